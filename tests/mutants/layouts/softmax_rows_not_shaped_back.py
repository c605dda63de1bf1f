"""An array of three axes becomes rows, which are not shaped back."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/batch-shape-does-not-matter",)
DTYPES = ("float32",)


def softmax(x):
    rows = np.ascontiguousarray(x).reshape(-1, x.shape[-1])
    e = np.exp(rows - rows.max(axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    return e if x.ndim > 2 else e.reshape(x.shape)
