"""The temperature divides twice, as in https://github.com/RL-Align/RL-Kernel/issues/86."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0):
    w = wide(x) / np.float32(temperature)
    d = (w - np.max(w, axis=axis, keepdims=True)) / np.float32(temperature)
    e = np.exp(d)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
