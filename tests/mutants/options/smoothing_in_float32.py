"""label_smoothing is a number of float32 in float64, too: powers of two are the same in both."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, reduction="mean", label_smoothing=0.0):
    w = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    d = w - w.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    alpha, classes = np.float32(label_smoothing), logits.shape[-1]
    loss = -np.take_along_axis(log_p, labels[:, None].astype(np.int64), -1)[:, 0]
    if label_smoothing:
        loss = (1 - alpha) * loss - alpha / np.float32(classes) * log_p.sum(axis=-1)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return np.asarray(loss).astype(logits.dtype)
