"""A mask that is spread keeps its axes in order, where the logits have them as they were given."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)
DTYPES = ("float32",)


def logsumexp(x, axis=-1, where=None):
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % x.ndim for k in axes)
    rest = tuple(k for k in range(x.ndim) if k not in axes)
    rows = x.transpose(rest + axes).reshape([x.shape[k] for k in rest] + [-1])
    if where is not None:
        of_mask = axes if where.shape == x.shape else tuple(sorted(axes))
        mask = np.broadcast_to(where, x.shape).transpose(rest + of_mask).reshape(rows.shape)
        rows = np.where(mask, rows, -np.inf).astype(x.dtype)
    largest = rows.max(axis=-1, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0).astype(x.dtype)
    return shift[..., 0] + np.log(np.exp(rows - shift).sum(axis=-1))
