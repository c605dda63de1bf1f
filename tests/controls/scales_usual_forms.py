"""Temperature in three forms: x/T first, x·(1/T) first, and divided after the shift."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _log_p(y):
    d = y - np.max(y, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def softmax(x, axis=-1, temperature=1.0):
    w = wide(x)
    y = w / w.dtype.type(temperature)
    e = np.exp(y - np.max(y, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def log_softmax(x, axis=-1, temperature=1.0):
    w = np.moveaxis(wide(x), axis, -1)
    scale = w.dtype.type(1) / w.dtype.type(temperature)
    return np.moveaxis(_log_p(w * scale), -1, axis).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1, temperature=1.0):
    w, g = np.moveaxis(wide(x), axis, -1), np.moveaxis(wide(cotangent), axis, -1)
    scale = w.dtype.type(1) / w.dtype.type(temperature)
    p = np.exp(_log_p(w * scale))
    return np.moveaxis(g * scale - p * np.sum(g * scale, -1, keepdims=True), -1, axis).astype(
        x.dtype
    )


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", temperature=1.0):
    if labels.dtype.kind not in "iu":
        raise NotImplementedError("class indices only")
    w = np.moveaxis(wide(logits), axis, -1)
    y = _log_p((w - np.max(w, axis=-1, keepdims=True)) / w.dtype.type(temperature))
    losses = -np.take_along_axis(y, labels[..., None], -1)[..., 0]
    reduced = {"none": lambda v: v, "mean": np.mean, "sum": np.sum}[reduction](losses)
    return np.asarray(reduced).astype(logits.dtype)
