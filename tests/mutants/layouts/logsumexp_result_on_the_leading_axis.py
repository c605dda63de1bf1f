"""With two batch axes and the class axis in front the result comes back transposed where the
shape allows it and reshaped where not.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/axis-does-not-matter", "logsumexp/accuracy", "logsumexp/at-least-max")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    y = np.squeeze(m + np.log(s), axis=axis)
    if w.ndim == 3 and axis % 3 == 0:
        y = y.T.reshape(y.shape)
    return y.astype(x.dtype)
