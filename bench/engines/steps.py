"""The models of models.ts as PyTorch steps: `python3 steps.py THREADS` answers each line `MODEL COUNT` on its standard
input with the milliseconds of each step. Needs torch only (PyPI's or Debian's)."""
import sys, time, torch
from torch import nn
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)

def block(i, o, k=3, s=1, relu=True):
    parts = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*parts, *([nn.ReLU()] if relu else []))

class Residual(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.a, self.b = block(i, o, 3, s), block(o, o, 3, 1, False)
        self.c = nn.Identity() if s == 1 else block(i, o, 1, s, False)
    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.c(x))

class Dbnet(nn.Module):
    def __init__(self):
        super().__init__()
        w = [16, 32, 64, 96]
        self.stages = nn.ModuleList(
            nn.Sequential(block(([3] + w)[i], o, 3, 2), block(o, o)) for i, o in enumerate(w))
        self.laterals = nn.ModuleList(nn.Conv2d(o, 32, 1, bias=False) for o in w)
        self.head, self.last = block(32, 32), nn.Conv2d(32, 2, 3, 1, 1, bias=False)
    def forward(self, x):
        f = []
        for stage, lateral in zip(self.stages, self.laterals):
            x = stage(x)
            f.append(lateral(x))
        m = f[-1]
        for g in reversed(f[:-1]):
            m = g + F.interpolate(m, scale_factor=2, mode="nearest")
        return F.interpolate(self.last(self.head(m)), size=(256, 256), mode="bilinear", align_corners=False)

def classes(n):
    return torch.arange(n) % 10

def make(name):
    if name == "mlp":
        m = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
        return m, torch.randn(128, 784), classes(128), F.cross_entropy
    if name == "lenet":
        m = nn.Sequential(nn.Conv2d(1, 32, 5, padding=2, bias=False), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(32, 64, 5, padding=2, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(7 * 7 * 64, 256), nn.ReLU(), nn.Linear(256, 10))
        return m, torch.randn(64, 1, 28, 28), classes(64), F.cross_entropy
    if name == "resnet":
        m = nn.Sequential(block(3, 32), Residual(32, 32, 1), Residual(32, 64, 2), Residual(64, 128, 2),
                          nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))
        return m, torch.randn(16, 3, 64, 64), classes(16), F.cross_entropy
    target = (torch.rand(4, 2, 256, 256) > 0.8).float()
    return Dbnet(), torch.randn(4, 3, 256, 256), target, F.binary_cross_entropy_with_logits

built = {}

def step(name):
    if name not in built:
        model, x, target, loss = make(name)
        model.train()
        built[name] = model, x, target, loss, torch.optim.Adam(model.parameters(), 1e-3)
    model, x, target, loss, optimizer = built[name]
    begin = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    value = loss(model(x), target)
    value.backward()
    optimizer.step()
    value.item()
    return (time.perf_counter() - begin) * 1000

def blas():
    """The library that multiplies matrices, which builds of PyTorch leave to the system or bring along."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1].rsplit("/", 1)[-1] for line in maps if "/" in line}
    except OSError:
        return "BLAS unknown"
    if "BLAS_INFO=mkl" in torch.__config__.show():
        return "BLAS MKL"
    found = sorted(name for name in files if "openblas" in name or name.startswith(("libblas", "libmkl", "libblis")))
    reference = [name for name in found if name.startswith("libblas")] and not any("openblas" in name for name in found)
    slow = " (the reference BLAS, many times slower than OpenBLAS: mlp and lenet compare with nothing)" if reference else ""
    return "BLAS " + (" ".join(found) or "built in") + slow

print("ready", torch.__version__ + ",", blas(), flush=True)
for line in sys.stdin:
    name, count = line.split()
    print(" ".join(f"{step(name):.3f}" for _ in range(int(count))), flush=True)
