"""Label smoothing sees the logits before they are divided."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _log_softmax(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", label_smoothing=0.0, temperature=1.0
):
    if labels.dtype.kind not in "iu":
        raise NotImplementedError("class indices only")
    rows = np.moveaxis(wide(logits), axis, -1)
    cold, plain = _log_softmax(rows / rows.dtype.type(temperature)), _log_softmax(rows)
    hard = -np.take_along_axis(cold, labels[..., None], -1)[..., 0]
    losses = (1 - label_smoothing) * hard
    if label_smoothing:
        losses = losses - label_smoothing * plain.mean(axis=-1)
    reduced = {"none": lambda v: v, "mean": np.mean, "sum": np.sum}[reduction](losses)
    return np.asarray(reduced).astype(logits.dtype)
