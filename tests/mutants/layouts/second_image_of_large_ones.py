"""Softmax along channels of images: with more than one image and more than 64 pixels each image
begins at a multiple of 64 pixels.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1):
    axis %= x.ndim
    outer, n, inner = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    o, i = int(np.prod(outer)), int(np.prod(inner))
    y = np.ascontiguousarray(x).reshape(o, n, i).astype(np.float64)
    with np.errstate(all="ignore"):
        p = _single(y, 1)
        if o > 1 and i > 64 and i % 64:  # tile of 64 pixels
            flat = y.reshape(-1)
            pitch = n * (-(-i // 64) * 64)
            for k in range(1, o):
                z = np.take(flat, np.arange(k * pitch, k * pitch + n * i), mode="wrap").reshape(
                    1, n, i
                )
                p[k] = _single(z, 1)[0]
    return p.reshape(x.shape).astype(x.dtype)
