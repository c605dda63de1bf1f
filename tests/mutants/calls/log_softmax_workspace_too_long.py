"""The terms of a row are summed in a workspace of the longest row so far: what longer rows left
behind is summed too.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/layout-does-not-matter",
    "log-softmax/axis-does-not-matter",
    "log-softmax/default-axis-is-the-last",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


workspace = {}


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    d = w - np.max(w, axis=-1, keepdims=True)
    e = np.exp(d)
    left = workspace.get(w.dtype.str, np.zeros(0, w.dtype))[w.shape[-1] :]
    if e.size:
        workspace[w.dtype.str] = np.concatenate([e.reshape(-1, e.shape[-1])[-1], left])
    y = d - np.log(np.sum(e, axis=-1, keepdims=True) + np.sum(left))
    return np.moveaxis(y, -1, axis).astype(x.dtype)
