"""z_loss of the logits before the temperature, where a mask is there."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def _parts(z):
    """log p and log Σe^z of rows."""
    m = z.max(axis=-1, keepdims=True, initial=-np.inf)
    d = z - np.where(np.isneginf(m), 0, m)
    log_S = np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return d - log_S, (m + log_S)[..., 0]


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", where=None, temperature=1.0, z_loss=0.0
):
    n = logits.shape[axis]
    if ((labels < 0) | (labels >= n)).any():
        raise IndexError("no such class")
    x = np.moveaxis(logits, axis, -1)
    with np.errstate(all="ignore"):
        if where is not None:
            mask = np.moveaxis(np.broadcast_to(where, logits.shape), axis, -1)
            x = np.where(mask, x, x.dtype.type(-np.inf))
        log_p, lse = _parts(x / x.dtype.type(temperature))
        losses = -np.take_along_axis(log_p, labels[..., None].astype(np.intp), -1)[..., 0]
        if z_loss:
            lse = lse if where is None else _parts(x)[1]
            losses = losses + x.dtype.type(z_loss) * lse * lse
    if reduction == "none":
        return losses
    total = losses.sum(dtype=x.dtype)
    return total if reduction == "sum" else total / x.dtype.type(losses.size)
