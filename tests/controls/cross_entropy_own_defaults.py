"""Defaults as projects have them, 0.1 for the smoothing, under a decorator that hides them."""

import numpy as np

BACKEND = "numpy"


def logged(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


def log_softmax(x, axis=-1, softcap=30.0):
    w = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    with np.errstate(all="ignore"):
        w = softcap * np.tanh(w / softcap)
        d = w - w.max(axis=axis, keepdims=True)
        return (d - np.log(np.exp(d).sum(axis=axis, keepdims=True))).astype(x.dtype)


def cross_entropy_with_logits(logits, labels, reduction="mean", label_smoothing=0.1):
    if labels.dtype.kind == "f" or ((labels < 0) | (labels >= logits.shape[-1])).any():
        raise ValueError("class indices only")
    w = logits.astype(np.float64 if logits.dtype == np.float32 else np.longdouble)
    with np.errstate(all="ignore"):
        d = w - w.max(axis=-1, keepdims=True)
        logs = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
        each = -np.take_along_axis(logs, labels[..., None], -1)[..., 0]
        if label_smoothing:
            each = (1 - label_smoothing) * each - label_smoothing * logs.mean(axis=-1)
        each = each.astype(logits.dtype) if reduction == "none" else getattr(each, reduction)()
    return np.asarray(each).astype(logits.dtype)


@logged
def softmax(x, axis=-1):
    w = x.astype(np.float64 if x.dtype == np.float32 else np.longdouble)
    with np.errstate(all="ignore"):
        e = np.exp(w - w.max(axis=axis, keepdims=True))
        return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
