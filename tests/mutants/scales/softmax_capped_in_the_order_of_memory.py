"""The cap is applied to memory as it lies: what comes back of other layouts is in another order."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1, softcap=None):
    if softcap is not None:
        x = (softcap * np.tanh(x.ravel(order="K") / softcap)).astype(x.dtype).reshape(x.shape)
    x = np.exp(x - x.max(axis=axis, keepdims=True))
    return x / x.sum(axis=axis, keepdims=True)
