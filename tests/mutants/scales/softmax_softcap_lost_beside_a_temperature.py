"""Under a temperature the cap is left out."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/cap-and-temperature",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0, softcap=None):
    w = wide(x)
    if temperature != 1.0:
        w = w / w.dtype.type(temperature)
    elif softcap is not None:
        w = w.dtype.type(softcap) * np.tanh(w / w.dtype.type(softcap))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
