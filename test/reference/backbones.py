"""
Writes backbones.json, what torchvision's nets make of numbers that the tests make again:

    pip install --target /tmp/torch torch torchvision numpy
    PYTHONPATH=/tmp/torch python test/reference/backbones.py

Every weight is a function of its name and its place, `value` below, so that no weight is stored. Weights are drawn in
the order of this project (height, width, inputs, outputs; inputs, outputs) and turned to PyTorch's. Computed in float64.
"""

import hashlib
import json
import math
import pathlib

import numpy
import torch
import torchvision

U32 = 0xFFFFFFFF


def key(name: str) -> int:
    h = 0
    for letter in name:
        h = (h * 31 + ord(letter)) & U32
    return h


def value(name: str, n: int) -> numpy.ndarray:
    """n values in [-1, 1): bits of a mixed counter."""
    h = numpy.arange(n, dtype=numpy.uint32) * numpy.uint32(2654435761) + numpy.uint32(key(name))
    h = (h ^ (h >> numpy.uint32(16))) * numpy.uint32(0x85EBCA6B)
    h = (h ^ (h >> numpy.uint32(13))) * numpy.uint32(0xC2B2AE35)
    h ^= h >> numpy.uint32(16)
    return (h >> numpy.uint32(8)).astype(numpy.float64) / 2**23 - 1


def ours(shape: list[int]) -> list[int]:
    if len(shape) == 4 and shape[1] == 1:
        return [shape[2], shape[3], shape[0], 1]
    if len(shape) == 4:
        return [shape[2], shape[3], shape[1], shape[0]]
    return [shape[1], shape[0]] if len(shape) == 2 else list(shape)


def theirs(tensor: torch.Tensor, depthwise: bool) -> torch.Tensor:
    if tensor.dim() == 4:
        return tensor.permute(2, 3, 0, 1) if depthwise else tensor.permute(3, 2, 0, 1)
    return tensor.t() if tensor.dim() == 2 else tensor


def filled(name: str, shape: list[int]) -> torch.Tensor:
    drawn = value(name, math.prod(shape))
    if name.endswith("running_var"):
        drawn = 1 + 0.5 * drawn
    elif name.endswith("running_mean") or name.endswith("bias"):
        drawn = 0.1 * drawn
    elif len(shape) == 1:
        drawn = 0.7 + 0.1 * drawn
    else:
        fan_in = math.prod(shape[:2]) if len(shape) == 4 and shape[3] == 1 else math.prod(shape[:-1])
        drawn = drawn * math.sqrt(6 / fan_in)
    # As the project holds them, in float32.
    return torch.tensor(drawn).float().double().reshape(shape)


def fill(net: torch.nn.Module) -> torch.nn.Module:
    state = net.double().state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            shape = list(tensor.shape)
            depthwise = len(shape) == 4 and shape[1] == 1
            state[name] = theirs(filled(name, ours(shape)), depthwise)
    net.load_state_dict(state)
    return net


def images(side: int, batch: int) -> torch.Tensor:
    drawn = value("images", batch * side * side * 3)
    return torch.tensor(drawn).float().double().reshape(batch, side, side, 3).permute(0, 3, 1, 2)


def small(net: torch.nn.Module) -> torch.nn.Module:
    net.conv1 = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    net.maxpool = torch.nn.Identity()
    return net


def described(name: str) -> dict:
    net = getattr(torchvision.models, name)()
    lines = [
        f"{key} {','.join(map(str, ours(list(tensor.shape))))}"
        for key, tensor in net.state_dict().items()
        if not key.endswith("num_batches_tracked")
    ]
    digest = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return {"parameters": sum(p.numel() for p in net.parameters()), "names": len(lines), "digest": digest}


def evaluated(net: torch.nn.Module, side: int) -> dict:
    with torch.no_grad():
        logits = fill(net).eval()(images(side, 1))
    return {"side": side, "logits": logits.flatten().tolist()}


def trained(net: torch.nn.Module, side: int, watched: list[str], statistic: str) -> dict:
    """Logits of a batch of 4, and what the gradient of their weighted sum is as long as."""
    net = fill(net).train()
    logits = net(images(side, 4))
    (logits * torch.tensor(value("logits", logits.numel())).float().double().reshape(logits.shape)).sum().backward()
    gradients = dict(net.named_parameters())
    return {
        "side": side,
        "logits": logits.flatten().tolist(),
        "norms": {name: gradients[name].grad.norm().item() for name in watched},
        "statistic": {"name": statistic, "values": net.state_dict()[statistic].flatten().tolist()},
    }


models = torchvision.models
names = ["resnet18", "resnet34", "resnet50", "mobilenet_v3_small", "mobilenet_v3_large"]
reference = {
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "described": {name: described(name) for name in names},
    "evaluated": {
        "resnet18": evaluated(models.resnet18(num_classes=10), 224),
        "resnet18_small": evaluated(small(models.resnet18(num_classes=10)), 18),
        "resnet34": evaluated(models.resnet34(num_classes=10), 50),
        "resnet50": evaluated(models.resnet50(num_classes=10), 64),
        "mobilenet_v3_small": evaluated(models.mobilenet_v3_small(num_classes=10), 64),
        "mobilenet_v3_small_half": evaluated(models.mobilenet_v3_small(num_classes=10, width_mult=0.5), 50),
        "mobilenet_v3_large": evaluated(models.mobilenet_v3_large(num_classes=10), 64),
    },
    "trained": {
        "resnet18_small": trained(
            small(models.resnet18(num_classes=10)),
            16,
            ["conv1.weight", "layer1.0.bn2.weight", "layer3.0.downsample.0.weight", "layer4.1.conv2.weight", "fc.bias"],
            "layer2.0.bn1.running_var",
        ),
        "mobilenet_v3_small": trained(
            models.mobilenet_v3_small(num_classes=10, dropout=0),
            64,
            [
                "features.0.0.weight",
                "features.1.block.0.0.weight",
                "features.4.block.2.fc1.weight",
                "features.8.block.1.1.weight",
                "features.12.0.weight",
                "classifier.3.weight",
            ],
            "features.4.block.1.1.running_var",
        ),
    },
}
path = pathlib.Path(__file__).with_name("backbones.json")
path.write_text(json.dumps(reference) + "\n")
