"""The backward pass takes the probabilities of the last forward pass when its shape fits."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/gradient-accuracy",
    "softmax/gradient-rows-sum",
    "softmax/linear-in-the-cotangent",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


last = {}


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    last["p"] = e / np.sum(e, axis=axis, keepdims=True)
    return last["p"].astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    if last.get("p", np.zeros(0)).shape != x.shape:
        softmax(x, axis)
    p, g = last["p"].astype(wide(x).dtype), wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
