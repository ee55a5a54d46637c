"""Writes pages.json: what the official implementation of CLEval makes of random pages.

Run with: python3 pages.py   (cleval 0.1.1, opencv-python-headless 5.0, numpy 2.4; the seed makes it repeatable)
"""

import json
import random
from types import SimpleNamespace

import numpy as np
from cleval.box_types import QUAD
from cleval.eval_functions import evaluation
from cleval.torchmetric import CLEvalMetric

rng = random.Random(7)
WORDS = "ab AB cab ABBA total 12.50 caCao xyz q".split()


def quad(size):
    kind = rng.random()
    x, y, w, h = rng.randint(0, size), rng.randint(0, size), rng.randint(1, 80), rng.randint(1, 40)
    box = [x, y, x + w, y, x + w, y + h, x, y + h]
    if kind < 0.5:
        return box
    if kind < 0.8:
        return [v + rng.randint(-5, 5) for v in box]
    if kind < 0.95:
        return [round(v + rng.random(), 2) for v in box]
    return [x, y, x + w, y + h, x + w, y, x, y + h]


def text():
    return "###" if rng.random() < 0.2 else rng.choice(WORDS) + rng.choice(["", "s", " 1"])


def detections(regions, size):
    found = []
    for points, word in regions:
        kind = rng.random()
        x0, y0, x1, y1 = points[0], points[1], points[4], points[5]
        if kind < 0.6:
            found.append(([v + rng.randint(-3, 3) for v in points], word if rng.random() < 0.6 else text()))
        elif kind < 0.75:
            m = int((x0 + x1) / 2)
            found.append(([x0, y0, m, y0, m, y1, x0, y1], word[: len(word) // 2]))
            found.append(([m, y0, x1, y0, x1, y1, m, y1], word[len(word) // 2 :]))
        elif kind < 0.85:
            other = rng.choice(regions)[0]
            xs, ys = points[0::2] + other[0::2], points[1::2] + other[1::2]
            left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
            found.append(([left, top, right, top, right, bottom, left, bottom], word + text()))
    found += [(quad(size), text()) for _ in range(rng.randint(0, 4))]
    rng.shuffle(found)
    return found


def stats(one):
    return [one.recall, one.precision, one.hmean, one.num_char_gt, one.num_char_det, one.num_char_tp_recall, one.num_char_fp]


def case():
    size = rng.choice([60, 150, 400])
    regions = [(quad(size), text()) for _ in range(rng.randint(0, 12))]
    found = detections(regions, size)
    case_sensitive, penalty, least = rng.random() < 0.5, rng.choice([1.0, 0.5, 2.0]), rng.choice([0.3, 0.5])
    args = SimpleNamespace(
        CASE_SENSITIVE=case_sensitive,
        VERTICAL_ASPECT_RATIO_THRESH=0.5,
        AREA_PRECISION_CONSTRAINT=least,
        RECALL_GRANULARITY_PENALTY_WEIGHT=penalty,
        PRECISION_GRANULARITY_PENALTY_WEIGHT=penalty / 2,
        E2E=True,
        ORIENTATION=False,
        DUMP_SAMPLE_RESULT=False,
    )
    boxes = lambda all: [QUAD(list(points), transcription=word) for points, word in all]
    result = evaluation(args, boxes(regions), boxes(found)).stats
    return {
        "regions": regions,
        "found": found,
        "caseSensitive": case_sensitive,
        "splitPenalty": penalty,
        "mergePenalty": penalty / 2,
        "areaPrecision": least,
        "detection": stats(result.det),
        "endToEnd": stats(result.e2e),
        "splits": result.num_splitted,
        "merges": result.num_merged,
        "overlapped": result.num_char_overlapped,
    }


def sizes():
    """Whole pixels, since the metric takes single precision; as a set, by size bins."""
    metric, pages = CLEvalMetric(scale_wise=True), []
    for _ in range(12):
        regions = [([round(v) for v in points], word) for points, word in ((quad(900), text()) for _ in range(8))]
        found = [([round(v) for v in points], word) for points, word in detections(regions, 900)]
        array = lambda all: np.array([points for points, _ in all], dtype=np.float32).reshape(-1, 8)
        metric.update(
            array(found),
            array(regions),
            [word for _, word in found],
            [word for _, word in regions],
            [word == "###" for _, word in regions],
            1000,
        )
        pages.append({"regions": regions, "found": found})
    bins = metric.compute()["scale_wise"].values()
    return {"longSide": 1000, "pages": pages, "hmeans": [float(one["det_h"]) for one in bins]}


with open("pages.json", "w") as file:
    json.dump({"cases": [case() for _ in range(60)], "sizes": sizes()}, file, default=float, separators=(",", ":"))
