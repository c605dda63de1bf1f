"""-Σ e^(log p) log p with a guard, and its gradient -p(log p + H)."""

import numpy as np

BACKEND = "numpy"


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def _logs(logits, axis):
    d = rows(logits, axis)
    logs = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    p = np.exp(logs)
    return p, np.where(p == 0, 0, logs)


def entropy_with_logits(logits, axis=-1):
    with np.errstate(all="ignore"):
        p, logs = _logs(logits, axis)
        return -(p * logs).sum(axis=-1).astype(logits.dtype)


def entropy_with_logits_vjp(logits, cotangent, axis=-1):
    with np.errstate(all="ignore"):
        p, logs = _logs(logits, axis)
        entropy = -(p * logs).sum(axis=-1, keepdims=True)
        slope = -p * (logs + entropy)
        return np.moveaxis(cotangent[..., None] * slope, -1, axis).astype(logits.dtype)
