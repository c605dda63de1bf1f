"""e^(x/T) is not shifted once a temperature is given."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/low-temperature-is-the-largest",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0):
    w = wide(x)
    if temperature == 1.0:
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    else:
        e = np.exp(w / w.dtype.type(temperature))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
