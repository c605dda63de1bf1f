"""tanh(x/c): the cap does not multiply again."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, softcap=None):
    w = wide(x)
    w = w if softcap is None else np.tanh(w / w.dtype.type(softcap))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
