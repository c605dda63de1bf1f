"""Blocks of classes, each capped and divided as it is made, with a running maximum."""

import numpy as np

BACKEND = "numpy"


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", temperature=1.0,
    softcap=None, z_loss=0.0,
):  # fmt: skip
    h, w = wide(hidden), wide(linear_weight)
    if labels.dtype.kind == "f":
        q = wide(labels)
    else:
        if np.any((labels < 0) | (labels >= len(w))):
            raise IndexError("no such class")
        q = np.eye(len(w), dtype=w.dtype)[labels] if len(w) < 10_000 else None
    m = np.full(h.shape[:-1], -np.inf, h.dtype)
    s, at, mass = np.zeros_like(m), np.zeros_like(m), np.zeros_like(m)
    for first in range(0, len(w), 64):
        block = slice(first, first + 64)
        z = h @ w[block].T + (0 if linear_bias is None else wide(linear_bias)[block])
        if softcap is not None:
            z = z.dtype.type(softcap) * np.tanh(z / z.dtype.type(softcap))
        z = z / z.dtype.type(temperature)
        new = np.maximum(m, z.max(axis=-1))
        s = s * np.exp(m - new) + np.exp(z - new[..., None]).sum(axis=-1)
        m = new
        if q is None:
            part = (labels[..., None] == np.arange(first, first + z.shape[-1])).astype(z.dtype)
        else:
            part = q[..., block]
        at, mass = at + (part * z).sum(axis=-1), mass + part.sum(axis=-1)
    whole = m + np.log(s)
    loss = mass * whole - at + h.dtype.type(z_loss) * whole**2
    with np.errstate(all="ignore"):
        loss = loss if reduction == "none" else getattr(loss, reduction)()
    return np.asarray(loss).astype(hidden.dtype)
