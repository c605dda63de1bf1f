"""Logits are multiplied by the mask, so that masked classes are at 0. The report is
https://github.com/allenai/allennlp/pull/105.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/no-mass-where-masked",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1, where=None):
    w = wide(x)
    w = w if where is None else w * where
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
