"""Makes metrics.json: random cases and what scikit-learn says of them.

Run: pip install --target /tmp/sklearn scikit-learn && PYTHONPATH=/tmp/sklearn python3 metrics.py
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics

random = np.random.default_rng(13)


def classified(classes, samples, absent=(), coarse=None):
    """Labels without the classes `absent`, and float32 probabilities, rounded to `coarse` decimals so that some tie."""
    present = [c for c in range(classes) if c not in absent]
    labels = random.choice(present, samples)
    logits = random.normal(size=(samples, classes)) + 1.5 * np.eye(classes)[labels]
    # No sample is taken for the last of the absent classes: it is in neither.
    if absent:
        logits[:, absent[-1]] = -50
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if coarse is not None:
        scores = np.round(scores, coarse)
    scores = scores.astype(np.float32)
    predictions = scores.argmax(axis=1)
    return labels, scores, predictions


def by_class(labels, predictions, classes):
    """Nothing of nothing is 0, and NaN of a class that is neither among the labels nor among the predictions."""
    seen = np.isin(range(classes), np.concatenate([labels, predictions]))
    found = {}
    for name, of in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ):
        found[name] = {
            "macro": of(labels, predictions, average="macro", zero_division=0),
            "micro": of(labels, predictions, average="micro", zero_division=0),
            "classes": list(
                np.where(seen, of(labels, predictions, average=None, labels=range(classes), zero_division=0), np.nan)
            ),
        }
    return found


def auroc(labels, scores):
    """The mean over classes that some samples have and some have not, each against the rest."""
    classes = scores.shape[1]
    if classes == 2:
        return metrics.roc_auc_score(labels, scores[:, 1])
    areas = [metrics.roc_auc_score(labels == c, scores[:, c]) for c in range(classes) if 0 < (labels == c).sum() < len(labels)]
    return float(np.mean(areas))


def classification(name, classes, samples, **how):
    labels, scores, predictions = classified(classes, samples, **how)
    tied = how.get("coarse") is not None
    case = {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "scores": [float(x) for x in scores.ravel()],
        "accuracy": metrics.accuracy_score(labels, predictions),
        "confusion": metrics.confusion_matrix(labels, predictions, labels=range(classes)).tolist(),
        "auroc": auroc(labels, scores),
        **by_class(labels, predictions, classes),
    }
    # scikit-learn breaks ties at the k-th place the other way.
    if classes > 2 and not tied:
        case["topK"] = {
            str(k): metrics.top_k_accuracy_score(labels, scores, k=k, labels=range(classes)) for k in (1, 2, 3)
        }
    if not tied:
        wide = scores.astype(np.float64)
        wide /= wide.sum(axis=1, keepdims=True)
        case["perplexity"] = float(np.exp(metrics.log_loss(labels, wide, labels=range(classes))))
    return case


def regression(name, samples, offset, scale, noise):
    targets = (random.normal(size=samples) * scale + offset).astype(np.float32)
    predictions = (targets + random.normal(size=samples) * noise).astype(np.float32)
    wide, given = targets.astype(np.float64), predictions.astype(np.float64)
    return {
        "name": name,
        "targets": [float(x) for x in targets],
        "predictions": [float(x) for x in predictions],
        "mae": metrics.mean_absolute_error(wide, given),
        "rmse": metrics.root_mean_squared_error(wide, given),
        "r2": metrics.r2_score(wide, given),
    }


def clean(value):
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, float) and np.isnan(value):
        return None
    return float(value) if isinstance(value, np.floating) else value


cases = {
    "made_by": f"scikit-learn {sklearn.__version__}",
    "classification": [
        classification("two classes", 2, 60),
        classification("two classes, many equal scores", 2, 80, coarse=1),
        classification("five classes", 5, 90),
        classification("five classes, many equal scores", 5, 90, coarse=1),
        classification("six classes, of which two have no sample", 6, 40, absent=(2, 4)),
        classification("ten classes, few samples", 10, 12),
    ],
    "regression": [
        regression("near zero", 50, 0, 1, 0.3),
        regression("far from zero", 50, 10000, 1, 0.5),
        regression("worse than the mean", 30, 5, 0.1, 3),
    ],
}

here = pathlib.Path(__file__).parent
(here / "metrics.json").write_text(json.dumps(clean(cases)) + "\n")
