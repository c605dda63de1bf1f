"""Under a temperature the cap is c·T."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/cap-and-temperature",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0, softcap=None):
    w = wide(x)
    scale = w.dtype.type(temperature)
    if softcap is not None:
        c = w.dtype.type(softcap) * scale * scale
        w = c * np.tanh(w / c)
    w = w / scale
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
