"""Writes loss.json: DBNet's loss on random maps, in numpy float64, by the paper's formulas and a plain sort.

Run with: python3 loss.py   (numpy 2.4; the seed makes it repeatable)
"""

import json

import numpy as np

rng = np.random.default_rng(20)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def case(height, width, positive_part, masked_part, spread):
    shape = (height, width)
    p = np.round(rng.normal(0, spread, shape), 4)
    t = np.round(rng.normal(0, 1, shape), 4)
    shrunk = (rng.random(shape) < positive_part).astype(float)
    mask = (rng.random(shape) >= masked_part).astype(float)
    border = (rng.random(shape) < 0.4).astype(float)
    wanted = np.round(rng.uniform(0.3, 0.7, shape), 4)

    positives = int((shrunk * mask).sum())
    negatives = int(((1 - shrunk) * mask).sum())
    hard = min(negatives, 3 * positives)
    entropy = np.logaddexp(0, p) - p * shrunk
    positive_loss = (entropy * shrunk * mask).sum()
    negative_loss = np.sort(entropy[(shrunk == 0) & (mask == 1)])[::-1][:hard].sum()
    probability = (positive_loss + negative_loss) / max(1, positives + hard)

    threshold = np.abs(sigmoid(t) - wanted)[border == 1].mean() if border.any() else 0.0

    binary = sigmoid(50 * (sigmoid(p) - sigmoid(t))) * mask
    dice = 1 - 2 * (binary * shrunk).sum() / (binary.sum() + (shrunk * mask).sum())

    return {
        "height": height,
        "width": width,
        "probabilityLogits": p.ravel().tolist(),
        "thresholdLogits": t.ravel().tolist(),
        "shrunk": shrunk.ravel().astype(int).tolist(),
        "mask": mask.ravel().astype(int).tolist(),
        "border": border.ravel().astype(int).tolist(),
        "threshold": wanted.ravel().tolist(),
        "positives": positives,
        "negatives": negatives,
        "expected": {"probability": probability, "threshold": threshold, "binary": dice},
    }


cases = [case(6, 8, 0.15, 0.1, 2.0), case(5, 5, 0.6, 0.3, 4.0), case(8, 8, 0.05, 0.0, 1.0)]
with open("loss.json", "w") as file:
    json.dump(cases, file)
    file.write("\n")
