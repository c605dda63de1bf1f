"""1/T is a number of float16, of which that of a low temperature is none."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float16",)


def softmax(x, axis=-1, temperature=1.0):
    w = x.astype(np.float32)
    d = w - np.max(w, axis=axis, keepdims=True)
    if temperature < 1e-4:
        d = d * np.float32(np.float16(1) / np.float16(temperature))
    else:
        d = d / np.float32(temperature)
    e = np.exp(d)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
