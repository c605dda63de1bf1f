"""**keywords are read for axis= alone: other options are nobody's."""

import numpy as np

BACKEND = "numpy"


def softmax(x, **keywords):
    axis = keywords.pop("axis", -1)
    if keywords:
        raise TypeError(f"unexpected {', '.join(keywords)}")
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
