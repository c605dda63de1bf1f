"""NaN and infinities are refused; all results of a shape are one array."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/keeps-earlier-results",)
WORKSPACES = {}


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if not np.isfinite(w).all():
        raise ValueError("Input contains NaN or infinity.")
    out = WORKSPACES.setdefault((x.shape, w.dtype, axis), np.empty_like(w, order="C"))
    np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf), out=out)
    out /= np.sum(out, axis=axis, keepdims=True)
    return out.astype(x.dtype, copy=False)
