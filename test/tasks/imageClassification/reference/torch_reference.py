"""
Writes torch.json, what PyTorch and torchvision make of the numbers that the tests make again:

    pip install --target /tmp/torch torch torchvision numpy
    PYTHONPATH=/tmp/torch python test/tasks/imageClassification/reference/torch_reference.py

Every weight is a function of its name's length and its place, `value` below, so that no weight need be stored. Filters
are drawn in the order of this project (height, width, inputs, outputs; inputs, outputs) and turned to PyTorch's.
"""

import json
import math
import pathlib

import torch
import torchvision


def value(name: str, i: int) -> float:
    x = 43758.5453 * math.sin(12.9898 * i + len(name))
    return 2 * (x - math.floor(x)) - 1


def filled(name: str, shape: list[int]) -> torch.Tensor:
    n = math.prod(shape)
    values = torch.tensor([value(name, i) for i in range(n)], dtype=torch.float64)
    if name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif name.endswith("running_mean") or name.endswith("bias"):
        values = 0.1 * values
    elif len(shape) == 1:
        values = 1 + 0.1 * values
    else:
        values = values * math.sqrt(6 / math.prod(shape[:-1]))
    return values.reshape(shape).float()


def ours(shape: list[int]) -> list[int]:
    if len(shape) == 4:
        return [shape[2], shape[3], shape[1], shape[0]]
    return [shape[1], shape[0]] if len(shape) == 2 else list(shape)


def theirs(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.dim() == 4:
        return tensor.permute(3, 2, 0, 1)
    return tensor.t() if tensor.dim() == 2 else tensor


def resnet(stem: str, side: int) -> dict:
    net = torchvision.models.resnet18(num_classes=5)
    if stem == "small":
        net.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        net.maxpool = torch.nn.Identity()
    state = net.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = theirs(filled(name, ours(list(tensor.shape))))
    net.load_state_dict(state)
    net.eval()
    images = torch.tensor([value("images", i) for i in range(2 * side * side * 3)]).reshape(2, side, side, 3)
    with torch.no_grad():
        logits = net(images.permute(0, 3, 1, 2))
    return {"side": side, "logits": logits.flatten().tolist()}


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


whole = torchvision.models.resnet18(num_classes=1000)
reference = {
    "torch": torch.__version__,
    "parameters": sum(p.numel() for p in whole.parameters()),
    "names": [
        [name, ours(list(tensor.shape))]
        for name, tensor in whole.state_dict().items()
        if not name.endswith("num_batches_tracked")
    ],
    "resnet": {"imagenet": resnet("imagenet", 50), "small": resnet("small", 18)},
    "loss": [loss(0, None), loss(0.1, None), loss(0.1, [1, 2, 0.5, 3])],
}
path = pathlib.Path(__file__).with_name("torch.json")
path.write_text(json.dumps(reference) + "\n")
