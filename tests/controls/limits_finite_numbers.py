"""Finite numbers only: each checks its input for others, or its loss, and raises in its own way."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")


def checked(x):
    if not np.isfinite(x).all():
        raise ValueError("Input contains NaN, infinity or a value too large for its dtype.")
    return x.astype(x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = checked(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return e / np.sum(e, axis=axis, keepdims=True)


def logsumexp(x, axis=-1):
    """NaN alone is refused, and rows of which nothing is left."""
    assert not np.isnan(x).any(), "NaN"
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    assert (m > -np.inf).all() or not x.shape[axis], "a row is masked out"
    with np.errstate(all="ignore"):
        s = np.log(np.sum(np.exp(x - np.where(np.isfinite(m), m, 0)), axis=axis))
        return (np.squeeze(m, axis) + s).astype(x.dtype)


def logaddexp(x, y):
    return np.logaddexp(np.asarray_chkfinite(x), np.asarray_chkfinite(y)).astype(x.dtype)


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.dtype.kind not in "iu":
        raise TypeError("class indices are needed")
    if ((labels < 0) | (labels >= logits.shape[-1])).any():
        raise IndexError("a label is out of range")
    with np.errstate(all="ignore"):
        d = logits - np.max(logits, axis=-1, keepdims=True, initial=-np.inf)
        d_label = np.take_along_axis(d, labels[..., np.newaxis].astype(np.int64), -1)[..., 0]
        losses = np.log(np.sum(np.exp(d), axis=-1)) - d_label
        total = {"none": lambda v: v, "sum": np.sum, "mean": np.mean}[reduction](losses)
    if losses.size and not np.isfinite(total).all():
        raise FloatingPointError(f"the loss is {total}")
    return np.asarray(total).astype(logits.dtype)
