"""A row whose logits differ by less than 1/1000 is given as uniform."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    p = e / np.sum(e, axis=axis, keepdims=True)
    flat = np.min(e, axis=axis, keepdims=True) > 0.999
    return np.where(flat, 1 / w.dtype.type(w.shape[axis]), p).astype(x.dtype)
