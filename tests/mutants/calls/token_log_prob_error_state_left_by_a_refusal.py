"""NumPy's error state is put back at the end, which a refused label never reaches."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("token-log-prob/leaves-the-process-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def token_log_prob(logits, labels, axis=-1):
    before = np.seterr(all="ignore")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    found = np.take_along_axis(lp, labels[..., None].astype(np.int64), -1)[..., 0]
    np.seterr(**before)
    return found.astype(logits.dtype)
