"""(e^2z - 1)/(e^2z + 1), which is NaN where e^2z overflows. The report is
https://github.com/vllm-project/vllm/issues/56578.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/large-logits-are-the-cap",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _tanh(z):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(2 * z)
        return (e - 1) / (e + 1)


def softmax(x, axis=-1, softcap=None):
    w = wide(x)
    w = w if softcap is None else w.dtype.type(softcap) * _tanh(w / w.dtype.type(softcap))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
