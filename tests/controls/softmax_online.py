"""Online softmax: one pass over the classes with a running maximum and a running sum that is
rescaled whenever the maximum rises. Lemma 2: the arguments telescope, no bound changes.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def running(x):
    """Maximum and sum of exponentials in one pass over the first axis."""
    m = np.full(x.shape[1:], -np.inf, x.dtype)
    s = np.zeros(x.shape[1:], x.dtype)
    for block in (x[i : i + 16] for i in range(0, len(x), 16)):
        new = np.maximum(m, np.max(block, axis=0))
        base = np.where(np.isfinite(new), new, 0)
        s = s * np.exp(m - base) + np.sum(np.exp(block - base), axis=0)
        m = new
    return np.where(np.isfinite(m), m, 0), s


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, 0)
    m, s = running(w)
    return np.moveaxis(np.exp(w - m) / s, 0, axis).astype(x.dtype)


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, 0)
    m, s = running(w)
    return np.moveaxis((w - m) - np.log(s), 0, axis).astype(x.dtype)


def logsumexp(x, axis=-1):
    m, s = running(np.moveaxis(wide(x), axis, 0))
    return (m + np.log(s)).astype(x.dtype)
