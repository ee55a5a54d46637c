"""Trains a classifier of handwritten digits with PyTorch Lightning: the program that train.ts next to this one replaces.

Run: python train.py
"""
import lightning as L
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 64), nn.ReLU(), nn.Linear(64, 10))

    def training_step(self, batch, _):
        images, labels = batch
        return nn.functional.cross_entropy(self.net(images), labels)

    def validation_step(self, batch, _):
        images, labels = batch
        right = (self.net(images).argmax(1) == labels).float().mean()
        self.log("val/accuracy", right, prog_bar=True)

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=3e-3, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.trainer.estimated_stepping_batches)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


if __name__ == "__main__":
    L.seed_everything(42)
    digits = {
        split: datasets.MNIST("data", train=split == "train", download=True, transform=transforms.ToTensor())
        for split in ("train", "val")
    }
    trainer = L.Trainer(
        max_epochs=5,
        gradient_clip_val=5.0,
        accumulate_grad_batches=2,
        callbacks=[
            ModelCheckpoint(monitor="val/accuracy", mode="max", save_last=True),
            EarlyStopping(monitor="val/accuracy", mode="max", patience=2),
        ],
    )
    trainer.fit(
        Classifier(),
        DataLoader(digits["train"], batch_size=32, shuffle=True, num_workers=2),
        DataLoader(digits["val"], batch_size=32),
    )
