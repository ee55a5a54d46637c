"""
Writes torch.json, what PyTorch's loss makes of the numbers that the tests make again:

    pip install --target /tmp/torch torch
    PYTHONPATH=/tmp/torch python test/tasks/imageClassification/reference/torch_reference.py
"""

import json
import math
import pathlib

import torch


def loss(smoothing: float, weights: list[float] | None) -> dict:
    logits = torch.tensor([[math.sin(1.3 * (4 * i + c)) * 2 for c in range(4)] for i in range(3)], requires_grad=True)
    weight = None if weights is None else torch.tensor(weights)
    value = torch.nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)(logits, torch.tensor([2, 0, 3]))
    value.backward()
    return {
        "smoothing": smoothing,
        "weights": weights,
        "loss": value.item(),
        "gradient": logits.grad.flatten().tolist(),
    }


reference = {
    "torch": torch.__version__,
    "loss": [loss(0, None), loss(0.1, None), loss(0.1, [1, 2, 0.5, 3])],
}
path = pathlib.Path(__file__).with_name("torch.json")
path.write_text(json.dumps(reference) + "\n")
