"""Along two of three axes a mask of one row is repeated as if the batch came before it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def joined(a, axes):
    rest = [k for k in range(a.ndim) if k not in axes]
    moved = a.transpose((*rest, *axes))
    return moved.reshape(*moved.shape[: len(rest)], -1)


def logsumexp(x, axis=-1, where=None):
    x = np.asarray(x, x.dtype.newbyteorder("="))
    axes = tuple(k % x.ndim for k in (range(x.ndim) if axis is None else np.atleast_1d(axis)))
    mask = None if where is None else np.broadcast_to(where, x.shape)
    if mask is not None and len(axes) > 1 and where.size < x.size:
        mask = np.resize(where, x.shape)
    x = joined(x, axes)
    if mask is not None:
        x = np.where(joined(mask, axes), x, x.dtype.type(-np.inf))
    m = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m).astype(x.dtype)
    with np.errstate(all="ignore"):
        return np.log(np.sum(np.exp(x - m), axis=-1)) + m[..., 0]
