"""Makes optimizers.json: weights after each of 200 steps of fixed gradients, by PyTorch. Run: python3 optimizers.py

Lion is not in PyTorch: its rows come from the update of Chen et al. (2023), algorithm 2, in float32.
"""
import json
import pathlib

import torch

STEPS = 200
SIZE = 6


def gradients():
    """Deterministic without any library's generator: a few frequencies and a change of scale halfway."""
    rows = []
    for t in range(STEPS):
        scale = 1.0 if t < 100 else 0.01
        rows.append([scale * (((t * 37 + i * 91 + 13) % 101) / 50.0 - 1.0) for i in range(SIZE)])
    return rows


def start():
    return [0.5, -1.25, 2.0, 0.01, -0.3, 1.0]


def run(make):
    weight = torch.nn.Parameter(torch.tensor(start(), dtype=torch.float32))
    optimizer = make([weight])
    kept = {}
    for t, row in enumerate(gradients()):
        weight.grad = torch.tensor(row, dtype=torch.float32)
        optimizer.step()
        if t in (0, 1, 2, 9, 49, 99, 149, 199):
            kept[t + 1] = [float(x) for x in weight.detach()]
    return kept


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(torch.sign(m * b1 + p.grad * (1 - b1)), alpha=-group["lr"])
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


O = torch.optim
CASES = [
    ("adam", dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0), O.Adam),
    ("adam", dict(lr=3e-3, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1), O.Adam),
    ("adamw", dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01), O.AdamW),
    ("adamw", dict(lr=5e-2, betas=(0.5, 0.9), eps=1e-8, weight_decay=0.5), O.AdamW),
    ("sgd", dict(lr=1e-1, momentum=0, dampening=0, nesterov=False, weight_decay=0), O.SGD),
    ("sgd", dict(lr=1e-2, momentum=0.9, dampening=0, nesterov=False, weight_decay=0.01), O.SGD),
    ("sgd", dict(lr=1e-2, momentum=0.9, dampening=0.5, nesterov=False, weight_decay=0), O.SGD),
    ("sgd", dict(lr=1e-2, momentum=0.9, dampening=0, nesterov=True, weight_decay=0.01), O.SGD),
    ("rmsprop", dict(lr=1e-2, alpha=0.99, eps=1e-8, momentum=0, centered=False, weight_decay=0), O.RMSprop),
    ("rmsprop", dict(lr=1e-3, alpha=0.9, eps=1e-6, momentum=0.9, centered=True, weight_decay=0.01), O.RMSprop),
    ("lion", dict(lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1), Lion),
]


def schedules():
    """Learning rates of 60 steps, by torch.optim.lr_scheduler."""
    S = O.lr_scheduler
    out = []

    def trace(name, options, lr, make):
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = O.SGD([weight], lr=lr, momentum=0.9)
        scheduler = make(optimizer)
        rates = []
        for _ in range(60):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        out.append(dict(name=name, options=options, lr=lr, rates=rates))

    trace("cosine", dict(steps=60, final=1e-4), 0.1, lambda o: S.CosineAnnealingLR(o, T_max=60, eta_min=1e-4))
    trace("cosine_restarts", dict(first=10, multiplier=2, final=1e-3), 0.1, lambda o: S.CosineAnnealingWarmRestarts(o, T_0=10, T_mult=2, eta_min=1e-3))
    trace("step", dict(every=7, gamma=0.5), 0.1, lambda o: S.StepLR(o, step_size=7, gamma=0.5))
    trace("multi_step", dict(milestones=[5, 20, 33], gamma=0.1), 0.1, lambda o: S.MultiStepLR(o, milestones=[5, 20, 33], gamma=0.1))
    trace("exponential", dict(gamma=0.93), 0.1, lambda o: S.ExponentialLR(o, gamma=0.93))
    trace("polynomial", dict(steps=40, power=2.0), 0.1, lambda o: S.PolynomialLR(o, total_iters=40, power=2.0) if hasattr(S, "PolynomialLR") else S.LambdaLR(o, lambda t: (1 - min(t, 40) / 40) ** 2.0))
    trace("one_cycle", dict(steps=61, pct_start=0.3, div=25.0, final_div=1e4), 0.1, lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=61, pct_start=0.3, cycle_momentum=False))
    trace("linear_warmup", dict(steps=10, start_factor=0.1), 0.1, lambda o: S.LinearLR(o, start_factor=0.1, total_iters=10))
    trace("one_cycle", dict(steps=60, pct_start=0.45, div=10.0, final_div=100.0, anneal="linear"), 0.1, lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=60, pct_start=0.45, div_factor=10.0, final_div_factor=100.0, anneal_strategy="linear", cycle_momentum=False))
    trace("cosine_restarts", dict(first=13, multiplier=1, final=0), 0.2, lambda o: S.CosineAnnealingWarmRestarts(o, T_0=13))
    trace("sequential", dict(milestones=[8, 30]), 0.1, lambda o: S.SequentialLR(o, [S.ConstantLR(o, factor=1, total_iters=1), S.ExponentialLR(o, gamma=0.9), S.StepLR(o, step_size=5, gamma=0.5)], milestones=[8, 30]))
    return out


def groups():
    """AdamW over two parameters of which the first learns at a tenth of the rate and does not decay."""
    slow, fast = (torch.nn.Parameter(torch.tensor(start(), dtype=torch.float32)) for _ in range(2))
    optimizer = O.AdamW([dict(params=[slow], lr=1e-3, weight_decay=0), dict(params=[fast])], lr=1e-2, weight_decay=0.1)
    for row in gradients():
        slow.grad = torch.tensor(row, dtype=torch.float32)
        fast.grad = torch.tensor(row, dtype=torch.float32)
        optimizer.step()
    return dict(slow=[float(x) for x in slow.detach()], fast=[float(x) for x in fast.detach()])


def averages():
    """Averages of the weights over 200 steps of SGD: EMA after each, and the mean of every twentieth from the hundredth on."""
    from torch.optim.swa_utils import AveragedModel, SWALR
    module = torch.nn.Module()
    module.weight = torch.nn.Parameter(torch.tensor(start(), dtype=torch.float32))
    optimizer = O.SGD([module.weight], lr=1e-1)
    # The decay warms up as TensorFlow's with num_updates: it is 0.95 from the 170th update on.
    decay = lambda count: min(0.95, (1 + int(count)) / (10 + int(count)))
    ema = AveragedModel(module, avg_fn=lambda average, value, count: average + (1 - decay(count)) * (value - average))
    swa = AveragedModel(module)
    for t, row in enumerate(gradients()):
        module.weight.grad = torch.tensor(row, dtype=torch.float32)
        optimizer.step()
        ema.update_parameters(module)
        if t >= 99 and (t + 1) % 20 == 0:
            swa.update_parameters(module)
    rates = dict()
    for strategy in ("cos", "linear"):
        optimizer = O.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = SWALR(optimizer, swa_lr=0.02, anneal_epochs=5, anneal_strategy=strategy)
        rates[strategy] = []
        for _ in range(9):
            rates[strategy].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    values = lambda model: [float(x) for x in model.module.weight.detach()]
    return dict(ema=values(ema), swa=values(swa), rates=rates)


def plateau():
    metrics = [0.1, 0.2, 0.2, 0.19, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.30001, 0.3, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = O.SGD([weight], lr=0.1)
    scheduler = O.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=2, threshold=1e-4, threshold_mode="rel", cooldown=1, min_lr=1e-3)
    rates = []
    for value in metrics:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    return dict(metrics=metrics, options=dict(mode="max", factor=0.5, patience=2, threshold=1e-4, cooldown=1, min_lr=1e-3), lr=0.1, rates=rates)


rows = []
for name, options, make in CASES:
    rows.append(dict(name=name, options={k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}, weights=run(lambda p: make(p, **options))))

out = dict(
    made_by=f"PyTorch {torch.__version__}",
    start=start(),
    gradients=gradients(),
    optimizers=rows,
    schedules=schedules(),
    plateau=plateau(),
    groups=groups(),
    averages=averages(),
)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
