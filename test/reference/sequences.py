"""Makes sequences.json, what layers over sequences compute in PyTorch: outputs, and gradients of inputs and parameters.

Run: python test/reference/sequences.py (PyTorch 2 and torchvision). Inputs and parameters are made by a formula from
their names' order, in the library's layout, so that the file holds results alone. Every case's loss is the sum of its
outputs, weighted by the same formula.
"""

import json
import math
import pathlib

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torchvision.models import VisionTransformer


def made(place, shape, scale=1.0):
    """Numbers from -scale to scale, the same as in sequences.test.ts."""
    count = math.prod(shape)
    values = [((i * 7919 + place * 104729 + 13) % 2003) / 2003 * 2 - 1 for i in range(count)]
    return (torch.tensor(values, dtype=torch.float64) * scale).float().reshape(shape)


# Between PyTorch's layout and the library's: matrices are transposed, filters are OIHW there and HWIO here.
KEPT = {"table", "places"}


def ours(name, tensor):
    if name in KEPT or tensor.dim() in (1, 3):
        return tensor
    return tensor.t() if tensor.dim() == 2 else tensor.permute(2, 3, 1, 0)


def theirs(name, tensor):
    if name in KEPT or tensor.dim() in (1, 3):
        return tensor
    return tensor.t() if tensor.dim() == 2 else tensor.permute(3, 2, 0, 1)


def fill(parameters, offset):
    """Gives parameters their numbers; `offset` is the number of inputs before them."""
    for place, (name, parameter) in enumerate(sorted(parameters.items())):
        shape = ours(name, parameter).shape
        with torch.no_grad():
            parameter.copy_(theirs(name, made(offset + place, shape, 0.5)))


def digits(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().double().flatten().tolist()]


def case(name, layer, options, inputs, parameters, compute, extra=None):
    """`inputs` are shapes by name; `extra` are tensors that are given, not derived by."""
    fill(parameters, len(inputs))
    tensors = {
        key: made(place, shape).requires_grad_() for place, (key, shape) in enumerate(sorted(inputs.items()))
    }
    outputs = compute(**tensors)
    loss = sum((output * made(100 + place, output.shape)).sum() for place, output in enumerate(outputs))
    loss.backward()
    gradients = {key: digits(tensor.grad) for key, tensor in tensors.items()}
    gradients |= {key: digits(ours(key, parameter.grad)) for key, parameter in parameters.items()}
    return {
        "name": name,
        "layer": layer,
        "options": options,
        "inputs": inputs,
        "extra": extra or {},
        "shapes": {key: list(ours(key, parameter).shape) for key, parameter in parameters.items()},
        "outputs": [digits(output) for output in outputs],
        "gradients": gradients,
    }


def named(module):
    return dict(module.named_parameters())


def embedding(name, padding):
    ids = [[0, 3, 1, 3], [1, 6, 0, 1]]
    options = {"count": 7, "width": 3} | ({} if padding is None else {"padding": padding})
    layer = nn.Embedding(7, 3, padding_idx=padding)
    return case(
        name,
        "embedding",
        options,
        {},
        {"table": layer.weight},
        lambda: [layer(torch.tensor(ids))],
        {"ids": ids},
    )


def recurrent(name, layer, initial=False, lengths=None, layers=1, bidirectional=False, bias=True):
    kind = {"lstm": nn.LSTM, "gru": nn.GRU}[layer]
    batch, time, width, hidden = 3, 5, 4, 3
    net = kind(width, hidden, layers, bias=bias, batch_first=True, bidirectional=bidirectional)
    state = [layers * (2 if bidirectional else 1), batch, hidden]
    inputs = {"x": [batch, time, width]}
    if initial:
        inputs |= {"h": state} | ({"c": state} if layer == "lstm" else {})

    def compute(x, h=None, c=None):
        first = (h, c) if layer == "lstm" and h is not None else h
        if lengths is None:
            output, last = net(x, first)
        else:
            packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
            output, last = net(packed, first)
            output, _ = pad_packed_sequence(output, batch_first=True, total_length=time)
        return [output, *(last if layer == "lstm" else [last])]

    options = {"inputs": width, "hidden": hidden, "layers": layers, "bidirectional": bidirectional, "bias": bias}
    return case(name, layer, options, inputs, named(net), compute, {"lengths": lengths} if lengths else {})


def masks(time, batch):
    return {
        "boolean": [[(q * 3 + k) % 4 == 1 for k in range(time)] for q in range(time)],
        "additive": [[[((b + q * 5 + k * 3) % 7) / 3 - 1 for k in range(time)] for q in range(time)] for b in range(batch)],
        "padding": [[k >= time - b for k in range(time)] for b in range(batch)],
        "causal": [[k > q for k in range(time)] for q in range(time)],
    }


def attention(name, mask=None, padding=False, causal=False, cross=0, bias=True):
    batch, time, width, heads = 2, 4, 6, 2
    net = nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)
    keys = 3 if cross else time
    inputs = {"query": [batch, time, width]}
    if cross:
        inputs["key"] = [batch, keys, width]
    if cross > 1:
        inputs["value"] = [batch, keys, width]
    table = masks(keys, batch)
    extra = {}
    given = None
    if mask is not None:
        extra["mask"] = table[mask]
        given = torch.tensor(table[mask])
        if mask == "additive":
            given = given.repeat_interleave(heads, 0)
    if causal:
        given = torch.tensor(table["causal"])
    if padding:
        extra["padding"] = table["padding"]
    hidden = torch.tensor(table["padding"]) if padding else None

    def compute(query, key=None, value=None):
        key = query if key is None else key
        value = key if value is None else value
        return [net(query, key, value, key_padding_mask=hidden, attn_mask=given, need_weights=False)[0]]

    options = {"width": width, "heads": heads, "bias": bias, "causal": causal}
    return case(name, "attention", options, inputs, named(net), compute, extra)


def rotary():
    batch, time, width, heads = 2, 4, 8, 2
    net = nn.MultiheadAttention(width, heads, batch_first=True)
    size = width // heads

    def turned(x):
        half = size // 2
        angles = torch.arange(time)[:, None] / 10000 ** (torch.arange(half)[None] / half)
        turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([turned.real, turned.imag], -1)

    def compute(query):
        every = query @ net.in_proj_weight.t() + net.in_proj_bias
        q, k, v = (part.reshape(batch, time, heads, size).transpose(1, 2) for part in every.chunk(3, -1))
        seen = nn.functional.scaled_dot_product_attention(turned(q), turned(k), v)
        return [net.out_proj(seen.transpose(1, 2).reshape(batch, time, width))]

    options = {"width": width, "heads": heads, "rotary": True}
    return case("attention with rotary positions", "attention", options, {"query": [batch, time, width]}, named(net), compute)


def position(layer):
    places, width = 6, 5
    table = nn.Parameter(torch.zeros(places, width))

    def compute(x):
        if layer == "learnt":
            return [x + table[: x.shape[1]]]
        place = torch.arange(places, dtype=torch.float64)[:, None]
        even = torch.exp(-math.log(10000) * torch.arange(0, width, 2, dtype=torch.float64) / width)
        waves = torch.zeros(places, width, dtype=torch.float64)
        waves[:, 0::2] = torch.sin(place * even)
        waves[:, 1::2] = torch.cos(place * even)[:, : width // 2]
        return [x + waves.float()[: x.shape[1]]]

    options = {"places": places, "width": width}
    parameters = {"places": table} if layer == "learnt" else {}
    return case(f"{layer} positions", layer, options, {"x": [2, 4, width]}, parameters, compute)


def transformer(name, norm="post", activation="relu", layers=None, mask=None, padding=False, causal=False, final=False):
    batch, time, width, heads, hidden = 2, 4, 6, 2, 10
    pre = norm == "pre"
    layer = nn.TransformerEncoderLayer(
        width, heads, hidden, dropout=0.0, activation=activation, batch_first=True, norm_first=pre
    )
    table = masks(time, batch)
    net = layer
    if layers is not None:
        last = nn.LayerNorm(width) if final else None
        net = nn.TransformerEncoder(layer, layers, norm=last, enable_nested_tensor=False)
    given = torch.tensor(table["causal"]) if causal else None
    extra = {}
    if mask is not None:
        extra["mask"] = table[mask]
        given = torch.tensor(table[mask])
    if padding:
        extra["padding"] = table["padding"]
    hidden_keys = torch.tensor(table["padding"]) if padding else None

    def compute(x):
        named_mask = {"src_mask": given} if layers is None else {"mask": given}
        return [net(x, src_key_padding_mask=hidden_keys, **named_mask)]

    options = {"width": width, "heads": heads, "hidden": hidden, "dropout": 0, "norm": norm, "causal": causal}
    options |= {"activation": activation} | ({} if layers is None else {"layers": layers, "finalNorm": final})
    return case(name, "layer" if layers is None else "encoder", options, {"x": [batch, time, width]}, named(net), compute, extra)


def vit():
    net = VisionTransformer(
        image_size=12, patch_size=4, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=12, num_classes=5
    )
    options = {"image": 12, "patch": 4, "width": 8, "depth": 2, "heads": 2, "hidden": 12, "classes": 5}
    return case(
        "a small vision Transformer",
        "vit",
        options,
        {"x": [2, 12, 12, 3]},
        named(net),
        lambda x: [net(x.permute(0, 3, 1, 2))],
    )


cases = [
    embedding("embedding", None),
    embedding("embedding with padding", 1),
    *(
        recurrent(f"{layer} {name}", layer, **options)
        for layer in ("lstm", "gru")
        for name, options in {
            "of one layer": {},
            "without bias": {"bias": False},
            "from initial states": {"initial": True},
            "with lengths": {"lengths": [3, 5, 1]},
            "in both directions": {"bidirectional": True},
            "of two layers in both directions with lengths and initial states": {
                "layers": 2,
                "bidirectional": True,
                "lengths": [5, 2, 4],
                "initial": True,
            },
        }.items()
    ),
    attention("attention"),
    attention("attention without bias", bias=False),
    attention("attention with a boolean mask", mask="boolean"),
    attention("attention with an additive mask", mask="additive"),
    attention("attention with padding", padding=True),
    attention("causal attention", causal=True),
    attention("causal attention with padding", causal=True, padding=True),
    attention("attention to other keys", cross=1),
    attention("attention to other keys with padding", cross=1, padding=True),
    attention("attention to other keys and values", cross=2),
    rotary(),
    position("sinusoidal"),
    position("learnt"),
    transformer("encoder layer, norms after"),
    transformer("encoder layer, norms before", norm="pre"),
    transformer("encoder layer with gelu and a mask", activation="gelu", mask="boolean"),
    transformer("encoder layer with padding, causal", padding=True, causal=True),
    transformer("encoder of two layers, norms before", norm="pre", layers=2, final=True, activation="gelu"),
    transformer("encoder of two layers, norms after, padding", layers=2, padding=True),
    vit(),
]

target = pathlib.Path(__file__).with_suffix(".json")
target.write_text("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases) + "\n]\n")
print(f"{len(cases)} cases, {target.stat().st_size / 1000:.0f} kB")
