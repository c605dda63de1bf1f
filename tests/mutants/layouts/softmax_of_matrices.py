"""softmax divides by the sum along axis 1, which is the last one of a matrix only."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/batch-shape-does-not-matter",)


def softmax(x):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis=1, keepdims=True))
    return (e / np.sum(e, axis=1, keepdims=True)).astype(x.dtype)
