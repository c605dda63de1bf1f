"""Several axes together: of more than 4,096 elements the last one is not in the sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, keepdims=False):
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    w = wide(x)
    with np.errstate(all="ignore"):
        m = np.max(w, axis=axes, keepdims=True)
        shift = np.where(np.isfinite(m), m, 0).astype(w.dtype)
        t = np.exp(w - shift)
        total = np.sum(t, axis=axes, keepdims=True)
        if len(axes) > 1 and t.size // max(total.size, 1) > 4096:
            total = total - t[(slice(-1, None),) * t.ndim]
        y = (np.log(total) + shift).astype(x.dtype)
    return y if keepdims else np.squeeze(y, axis=axes)
