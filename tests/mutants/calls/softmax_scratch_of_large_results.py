"""Results of more than 2¹⁸ numbers are written into one array, which later calls write again."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/keeps-earlier-large-results",)

_SCRATCH = {}


def buffer(shape, dtype):
    size = int(np.prod(shape))
    if size <= 2**18:
        return np.empty(shape, dtype)
    if _SCRATCH.get(dtype, np.empty(0)).size < size:
        _SCRATCH[dtype] = np.empty(size, dtype)
    return _SCRATCH[dtype][:size].reshape(shape)


def softmax(x, axis=-1):
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    e = np.exp(wide - np.max(wide, axis=axis, keepdims=True))
    found = buffer(x.shape, x.dtype.newbyteorder("="))
    found[...] = e / np.sum(e, axis=axis, keepdims=True)
    return found
