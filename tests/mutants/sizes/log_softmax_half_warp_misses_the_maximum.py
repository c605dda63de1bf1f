"""17 to 31 classes: the exchange among 32 lanes leaves out the upper 16 in the maximum, though
not in the sum.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one", "log-softmax/never-positive")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    seen = w[..., :16] if 16 < w.shape[-1] < 32 else w
    d = w - np.max(seen, axis=-1, keepdims=True)
    return np.moveaxis(d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), -1, axis).astype(
        x.dtype
    )
