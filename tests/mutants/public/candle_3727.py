"""The sum of half formats is kept in the format, one term after another: it stands still at 2048
or 256. The report is https://github.com/huggingface/candle/issues/3727.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/accuracy",
    "softmax/sums-to-one",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    total = np.sum(e, axis=-1, keepdims=True)
    if x.dtype.itemsize == 2 and w.shape[-1]:
        total = np.add.accumulate(e.astype(x.dtype), axis=-1)[..., -1:].astype(e.dtype)
    return np.moveaxis(e / total, -1, axis).astype(x.dtype)
