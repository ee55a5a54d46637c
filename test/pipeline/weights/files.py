"""Makes files/: weights of a small net in the field's names, layouts and types, and files/outputs.json with its outputs.

Run: python3 files.py (torch and safetensors)
"""
import json
import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(5)
here = pathlib.Path(__file__).parent / "files"


class Net(torch.nn.Module):
    """Every layout once; `mix` is square, so that its shape does not give its order away."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.bn = torch.nn.BatchNorm2d(4)
        self.dw = torch.nn.Conv2d(4, 8, 3, padding=1, groups=4)
        self.up = torch.nn.ConvTranspose2d(8, 6, 2, stride=2)
        self.seq = torch.nn.Conv1d(6, 6, 3, padding=1)
        self.mix = torch.nn.Linear(6, 6)
        self.table = torch.nn.Embedding(6, 6)
        self.out = torch.nn.Linear(6, 5)

    def forward(self, x, ids):
        x = torch.relu(self.bn(self.conv(x)))
        x = self.up(self.dw(x))
        x = self.seq(x.mean(3))
        x = torch.tanh(self.mix(x.mean(2))) + self.table(ids)
        return self.out(x)


net = Net().eval()
with torch.no_grad():
    net.bn.weight.uniform_(0.5, 1.5)
    net.bn.bias.normal_(0, 0.2)
    net.bn.running_mean.normal_(0, 0.2)
    net.bn.running_var.uniform_(0.5, 1.5)
    net.bn.num_batches_tracked.fill_(7)

x = torch.randn(2, 3, 5, 4)
ids = torch.tensor([4, 1])


def outputs(state):
    with torch.no_grad():
        net.load_state_dict({k: v.to(torch.float32) if v.is_floating_point() else v for k, v in state.items()})
        return [float(v) for v in net(x, ids).flatten()]


state = {k: v.clone() for k, v in net.state_dict().items()}
cast = lambda dtype: {k: v.to(dtype) if v.is_floating_point() else v.clone() for k, v in state.items()}
expected = {}


def save(name, tensors, metadata=None, of=None):
    save_file({k: v.contiguous() for k, v in tensors.items()}, str(here / name), metadata)
    expected[name] = outputs(of or tensors)


here.mkdir(exist_ok=True)
save("f32.safetensors", state)
save("f16.safetensors", cast(torch.float16), {"format": "pt"})
save("bf16.safetensors", cast(torch.bfloat16), {"format": "pt"})
save("f64.safetensors", cast(torch.float64), {"format": "pt"})
save("prefixed.safetensors", {"encoder." + k: v for k, v in state.items()}, of=state)

# Keras: names by path, filters height, width, inputs, outputs (a transposed one height, width, outputs, inputs), dense
# weights inputs, outputs.
leaf = {"weight": "kernel", "bias": "bias", "running_mean": "moving_mean", "running_var": "moving_variance"}
order = {"conv": (2, 3, 1, 0), "up": (2, 3, 1, 0), "seq": (2, 1, 0), "mix": (1, 0), "out": (1, 0)}
keras = {}
for name, value in state.items():
    layer, what = name.split(".")
    if what == "num_batches_tracked":
        continue
    if layer == "bn":
        keras[f"net/bn/{ {'weight': 'gamma', 'bias': 'beta'}.get(what, leaf.get(what)) }"] = value
    elif what == "bias":
        keras[f"net/{layer}/bias"] = value
    elif layer == "dw":
        keras["net/dw/depthwise_kernel"] = value.reshape(4, 2, 3, 3).permute(2, 3, 0, 1)
    elif layer == "table":
        keras["net/table/embeddings"] = value
    else:
        keras[f"net/{layer}/kernel"] = value.permute(*order[layer])
save("keras.safetensors", keras, of=state)

shards = here / "sharded"
shards.mkdir(exist_ok=True)
names = sorted(state)
parts = {"model-00001-of-00002.safetensors": names[:9], "model-00002-of-00002.safetensors": names[9:]}
for file, part in parts.items():
    save_file({name: state[name] for name in part}, str(shards / file), {"format": "pt"})
index = {"metadata": {}, "weight_map": {name: file for file, part in parts.items() for name in part}}
(shards / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
expected["sharded"] = outputs(state)

made = {
    "made_by": f"PyTorch {torch.__version__}",
    "x": [float(v) for v in x.permute(0, 2, 3, 1).flatten()],
    "shape": [2, 5, 4, 3],
    "ids": ids.tolist(),
    "outputs": expected,
}
(here / "outputs.json").write_text(json.dumps(made, indent=1) + "\n")
