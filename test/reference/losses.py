"""Makes losses.json: values and input gradients of losses, by PyTorch and torchvision. Run: python3 losses.py

Inputs are short decimals, taken to float32; PyTorch then computes in float64, so that what is left is our rounding.
Dice and InfoNCE are not in PyTorch: they are the formulas of Milletari et al. (2016) and van den Oord et al. (2018),
differentiated by PyTorch.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F
import torchvision

EXTREME = 1e4


def series(shape, phase, scale=2.0):
    """Deterministic without any library's generator; rounded, so that the file stays small."""
    n = math.prod(shape)
    values = [round(scale * math.sin(1.7 * i + phase) * math.cos(0.31 * i * i + phase), 2) for i in range(n)]
    return torch.tensor(values, dtype=torch.float32).double().reshape(shape)


def extreme(shape, phase, shift=0):
    """Logits of which a third each is EXTREME, -EXTREME and small; another shift has them in other places."""
    x = series(shape, phase)
    pick = (torch.arange(x.numel()).reshape(shape) + shift) % 3
    return torch.where(pick == 0, EXTREME, torch.where(pick == 1, -EXTREME, x))


def probabilities(shape, phase):
    p = torch.softmax(series(shape, phase), -1)
    return torch.tensor([float(f"{v:.4g}") for v in p.flatten()], dtype=torch.float32).double().reshape(shape)


def hard(shape, phase):
    return (series(shape, phase) > 0.3).double()


def short(values):
    """Seven digits, what float32 holds; whole numbers without a point."""
    numbers = [float(f"{v:.7g}") for v in values.detach().flatten().tolist()]
    return [int(v) if v == int(v) else v for v in numbers]


def tensor(x):
    return {"shape": list(x.shape), "values": short(x)}


cases = []


def case(loss, compute, predicted, target=None, both=False, **options):
    """`compute` of leaves, reduced as the options say; `none` is weighted by sines for the gradient."""
    leaves = [predicted.clone().requires_grad_()] + ([] if target is None else [target.clone().requires_grad_(both)])
    y = compute(*leaves)
    weights = torch.sin(torch.arange(1, y.numel() + 1, dtype=torch.float64)).reshape(y.shape)
    (y if y.dim() == 0 else (y * weights).sum()).backward()
    cases.append({
        "loss": loss,
        "predicted": tensor(predicted),
        **({} if target is None else {"target": tensor(target)}),
        "options": options,
        "value": tensor(y),
        "gradients": [short(leaf.grad) for leaf in leaves if leaf.requires_grad],
    })


def cross_entropy():
    for shape, labels in [((4, 5), [2, 0, 4, 1]), ((2, 3, 4), [0, 3, 1, 2, 2, 0]), ((1, 2), [1]), ((3, 1), [0, 0, 0])]:
        for x in [series(shape, 0.1), extreme(shape, 0.2)]:
            classes = shape[-1]
            weights = [0.5, 2, 1, 0, 3][:classes]
            for options in [
                {},
                {"reduction": "sum"},
                {"reduction": "none", "smoothing": 0.2, "classWeights": weights},
                {"smoothing": 0.1, "classWeights": weights, "ignoreIndex": labels[0]},
                {"classWeights": weights},
            ]:
                y = torch.tensor(labels)
                if options.get("ignoreIndex") == labels[0] and len(set(labels)) == 1:
                    continue
                run = lambda x: F.cross_entropy(
                    x.reshape(-1, classes), y,
                    weight=torch.tensor(options["classWeights"]).double() if "classWeights" in options else None,
                    label_smoothing=options.get("smoothing", 0), ignore_index=options.get("ignoreIndex", -100),
                    reduction=options.get("reduction", "mean"))
                out = (lambda x: run(x).reshape(shape[:-1])) if options.get("reduction") == "none" else run
                case("crossEntropy", out, x, labels=labels, **options)
            for options in [{}, {"smoothing": 0.3, "classWeights": weights, "reduction": "sum"}, {"classWeights": weights}]:
                case("crossEntropy", lambda x, t: F.cross_entropy(
                    x.reshape(-1, classes), t.reshape(-1, classes),
                    weight=torch.tensor(options["classWeights"]).double() if "classWeights" in options else None,
                    label_smoothing=options.get("smoothing", 0), reduction=options.get("reduction", "mean")),
                    x, probabilities(shape, 1.3), **options)


def binary():
    for shape in [(6,), (2, 3, 4)]:
        for x in [series(shape, 0.3, 6), extreme(shape, 0.4), torch.zeros(shape).double()]:
            for t in [hard(shape, 0.9), (series(shape, 0.5, 0.5) + 0.5)]:
                for options in [{}, {"reduction": "sum", "posWeight": 3}, {"reduction": "none", "posWeight": [0.5 + i for i in range(shape[-1])]}]:
                    case("binaryCrossEntropy", lambda x, t: F.binary_cross_entropy_with_logits(
                        x, t, pos_weight=torch.tensor(options["posWeight"]).double() if "posWeight" in options else None,
                        reduction=options.get("reduction", "mean")), x, t, **options)
                for options in [{"reduction": "none"}, {"alpha": 0.6, "gamma": 1.5}, {"alpha": "none", "gamma": 3, "reduction": "sum"}, {"gamma": 0}]:
                    alpha = options.get("alpha", 0.25)
                    case("focal", lambda x, t: torchvision.ops.sigmoid_focal_loss(
                        x, t, alpha=-1 if alpha == "none" else alpha, gamma=options.get("gamma", 2),
                        reduction=options.get("reduction", "mean")), x, t, **options)


def regression():
    for shape in [(7,), (2, 3, 2, 1)]:
        t = series(shape, 2.2)
        # Neither equal values nor differences at a corner, where the derivative is a convention.
        for x in [series(shape, 0.6, 3) + 0.013, extreme(shape, 0.7) + 0.5]:
            for reduction in ["mean", "sum", "none"]:
                case("mse", lambda x, t: F.mse_loss(x, t, reduction=reduction), x, t, reduction=reduction)
                case("l1", lambda x, t: F.l1_loss(x, t, reduction=reduction), x, t, reduction=reduction)
            for beta in [0, 0.5, 1]:
                case("smoothL1", lambda x, t: F.smooth_l1_loss(x, t, beta=beta), x, t, beta=beta)
            for delta in [0.5, 1, 2]:
                case("huber", lambda x, t: F.huber_loss(x, t, delta=delta), x, t, delta=delta)


def dice_of(x, t, activation, over, smooth):
    p = {"sigmoid": torch.sigmoid, "softmax": lambda x: torch.softmax(x, -1), "none": lambda x: x}[activation](x)
    axes = list(range(1 if over == "sample" else 0, x.dim() - 1))
    return 1 - (2 * (p * t).sum(axes) + smooth) / (p.sum(axes) + t.sum(axes) + smooth)


def dice():
    shape = (2, 3, 4, 2)
    for x in [series(shape, 0.8), extreme(shape, 0.9)]:
        for activation in ["sigmoid", "softmax"]:
            for over in ["sample", "batch"]:
                case("dice", lambda x, t: dice_of(x, t, activation, over, 1).mean(), x, hard(shape, 0.2),
                     activation=activation, over=over)
                case("dice", lambda x, t: dice_of(x, t, activation, over, 0.01), x, hard(shape, 0.2),
                     activation=activation, over=over, smooth=0.01, reduction="none")
    case("dice", lambda x, t: dice_of(x, t, "none", "sample", 1).sum(), hard(shape, 1.1), torch.zeros(shape).double(),
         activation="none", reduction="sum")


def divergence():
    for shape in [(3, 4), (2, 2, 3)]:
        for x in [series(shape, 1.0), extreme(shape, 1.1)]:
            with_zero = probabilities(shape, 0.4)
            with_zero[0] = 0
            with_zero[0, ..., 0] = 1
            rows = math.prod(shape[:-1])
            for t in [probabilities(shape, 1.2), with_zero]:
                case("klDivergence", lambda x, t: F.kl_div(F.log_softmax(x, -1), t, reduction="sum") / rows, x, t)
                case("klDivergence", lambda x, t: F.kl_div(F.log_softmax(x, -1), t, reduction="none").sum(-1), x, t, reduction="none")
            for t in [series(shape, 1.4), extreme(shape, 1.5)]:
                case("klDivergence", lambda x, t: F.kl_div(
                    F.log_softmax(x, -1), F.log_softmax(t, -1), reduction="sum", log_target=True), x, t, both=True,
                    targets="logits", reduction="sum")


def info_nce(q, k, temperature, symmetric, reduction):
    logits = F.normalize(q, dim=1) @ F.normalize(k, dim=1).T / temperature
    own = torch.arange(len(q))
    losses = F.cross_entropy(logits, own, reduction="none")
    if symmetric:
        losses = (losses + F.cross_entropy(logits.T, own, reduction="none")) / 2
    return losses.mean() if reduction == "mean" else losses


def similarity():
    # Sides that share no factor with the pattern of `extreme`: no two rows are nearly parallel, where float32 has no digits.
    shape = (4, 7)
    for a, b in [(series(shape, 1.6), series(shape, 2.9)), (extreme(shape, 1.8), extreme(shape, 1.9, 1)), (torch.zeros(shape).double(), series(shape, 2.0))]:
        for labels, margin in [([1, -1, -1, 1], 0), ([-1, -1, 1, -1], 0.3), ([-1, -1, -1, -1], -0.5)]:
            for reduction in ["mean", "none"]:
                # A vector of zeros has a derivative of 1e6 or 1e-3 by the place of the epsilon: no reference.
                if a.abs().sum() == 0 and (margin != 0 or reduction == "none"):
                    continue
                case("cosine", lambda a, b: F.cosine_embedding_loss(a, b, torch.tensor(labels), margin=margin, reduction=reduction),
                     a, b, both=True, labels=labels, margin=margin, reduction=reduction)
    for a, b in [(series(shape, 1.6), series(shape, 2.9)), (extreme(shape, 1.8), extreme(shape, 1.9, 1))]:
        for temperature in [0.07, 1]:
            case("infoNce", lambda a, b: info_nce(a, b, temperature, False, "none"), a, b, both=True, temperature=temperature, reduction="none")
            case("infoNce", lambda a, b: info_nce(a, b, temperature, True, "mean"), a, b, both=True, temperature=temperature, symmetric=True)
    case("infoNce", lambda a, b: info_nce(a, b, 0.1, False, "mean"), series((3, 5), 2.1), series((8, 5), 2.2), both=True)


def ctc():
    for shape, labels, lengths, blank in [
        ((2, 6, 4), [[1, 2], [3, 3]], [6, 6], 0),
        ((3, 9, 5), [[1, 1, 1], [2], [4, 3, 4, 3]], [9, 4, 7], 0),
        ((3, 5, 4), [[0, 2], [], [1]], [3, 5, 1], 3),
        ((2, 1, 3), [[1], []], [1, 1], 0),
        ((2, 4, 3), [[1, 1, 1], [2, 1]], [4, 4], 0),
        ((2, 48, 6), [[1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 1], [5, 1]], [48, 31], 0),
    ]:
        for x in [series(shape, 2.3, 3), extreme(shape, 2.4)]:
            for reduction in ["mean", "sum", "none"]:
                if shape[1] == 48 and reduction != "mean":
                    continue
                targets = torch.tensor([c for label in labels for c in label], dtype=torch.long)
                case("ctc", lambda x: F.ctc_loss(
                    F.log_softmax(x, -1).transpose(0, 1), targets, torch.tensor(lengths),
                    torch.tensor([len(label) for label in labels]), blank=blank, reduction=reduction, zero_infinity=True),
                    x, sequences=labels, lengths=lengths, blank=blank, reduction=reduction, zeroInfinity=True)


for part in [cross_entropy, binary, regression, dice, divergence, similarity, ctc]:
    part()

out = pathlib.Path(__file__).with_name("losses.json")
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
out.write_text(f'{{"made_by":"losses.py, torch {torch.__version__}, torchvision {torchvision.__version__}","cases":[\n{lines}\n]}}\n')
print(len(cases), "cases,", out.stat().st_size, "bytes")
