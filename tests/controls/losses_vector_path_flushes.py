"""The logarithm of whole vectors of eight takes subnormal probabilities for zeros, that of the tail
does not: denormals are zeros on one path and not on the other.
"""

import numpy as np


def _log(p):
    flat = p.reshape(-1)
    whole = flat.size // 8 * 8
    head = np.where(flat[:whole] < np.finfo(flat.dtype).smallest_normal, 0, flat[:whole])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(np.concatenate([head, flat[whole:]])).reshape(p.shape)


def _wide(a):
    return a.astype(np.float32) if a.dtype.itemsize == 2 else a


def _cost(mass, log):
    with np.errstate(invalid="ignore"):
        return np.where(mass == 0, 0, -mass * log)


def _reduced(losses, reduction, dtype):
    if reduction == "mean":
        with np.errstate(invalid="ignore", divide="ignore"):
            return (np.sum(losses) / losses.size).astype(dtype)
    return np.asarray(np.sum(losses) if reduction == "sum" else losses).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(_wide(probs), axis, -1)
    if labels.dtype.kind == "f" or labels.dtype.itemsize == 2:
        losses = _cost(np.moveaxis(_wide(labels), axis, -1), _log(p)).sum(-1)
    elif np.any((labels < 0) | (labels >= p.shape[-1])):
        raise IndexError("a label is no class")
    else:
        losses = -np.take_along_axis(_log(p), labels[..., None], -1)[..., 0]
    return _reduced(losses, reduction, probs.dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = _wide(probs), _wide(labels)
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = _cost(y, _log(p)) + _cost(1 - y, np.log1p(-p))
    return _reduced(losses, reduction, probs.dtype)
