"""The last results are remembered by the array object: one that was changed in place gets the
old answer.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/has-no-state",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


recent = []


def softmax(x, axis=-1):
    for array, key, result in recent:
        if array is x and key == axis:
            return result.copy()
    recent.append((x, axis, computed(x, axis)))
    del recent[:-4]
    return recent[-1][2].copy()


def computed(x, axis):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
