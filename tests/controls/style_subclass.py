"""Results are instances of a subclass of numpy.ndarray: still arrays of the library, with the right
dtype, shape and values.
"""

import numpy as np

BACKEND = "numpy"


class Probabilities(np.ndarray):
    pass


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype).view(Probabilities)
