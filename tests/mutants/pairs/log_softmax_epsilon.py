"""log_softmax adds 1e-3 to the sum before the logarithm, against log(0)."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/one-class-is-certain")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True) + 1e-3)).astype(x.dtype)


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    return np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis).astype(
        x.dtype
    )


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    loss = np.log(np.sum(np.exp(d), -1)) - np.take_along_axis(d, labels[..., None], -1)[..., 0]
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
