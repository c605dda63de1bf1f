"""A sampler's softmax: temperatures from 0.05 to 100, and arrays that begin at 16 bytes.

It refuses the others in the words of a device, on the host.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0):
    if not 0.05 <= temperature <= 100:
        raise ValueError(f"temperature must lie in [0.05, 100], not at {temperature}")
    if x.size and (x.ctypes.data % 16 or not x.flags.c_contiguous):
        raise ValueError("misaligned address")
    w = wide(x) / wide(np.asarray(temperature, x.dtype))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
