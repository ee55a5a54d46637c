"""Writes files/timm.json: names and shapes of timm's models, by model. Needs timm (`pip install timm`)."""
import json
import pathlib

import timm

MODELS = ["resnet18", "vit_tiny_patch16_224", "mobilenetv3_small_100", "mobilenetv3_large_100"]


def shapes(name):
    state = timm.create_model(name, pretrained=False).state_dict()
    return {key: list(value.shape) for key, value in state.items()}


lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(shapes(name), separators=(',', ':'))}" for name in MODELS)
pathlib.Path(__file__).with_name("files").joinpath("timm.json").write_text(f"{{\n{lines}\n}}\n")
