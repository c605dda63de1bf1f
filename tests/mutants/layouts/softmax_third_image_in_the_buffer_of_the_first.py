"""Images are copied to two buffers by turns; the third is read before it has been copied."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    if x.ndim == 3 and axis in (1, -2) and x.shape[2] > 4:
        x = x[np.where(np.arange(len(x)) < 2, np.arange(len(x)), np.arange(len(x)) % 2)]
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)
