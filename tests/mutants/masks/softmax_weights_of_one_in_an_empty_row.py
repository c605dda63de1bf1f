"""A row whose every class is masked has the weight 1 for each: they are at a sentinel, e^(m − m).

The report is https://github.com/NVIDIA/TensorRT-LLM/issues/17477.
"""

import numpy as np

SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-wholly-masked-row-has-no-more-than-one",)


def softmax(x, axis=-1, where=None):
    w = x.astype(np.promote_types(x.dtype, np.float32))
    if where is not None:
        w = np.where(where, w, -np.inf)
    m = w.max(axis=axis, keepdims=True, initial=-np.inf)
    empty = m == -np.inf if where is not None else np.zeros(m.shape, bool)
    t = np.where(empty, 1, np.exp(w - np.where(empty, 0, m)))
    return (t / np.where(empty, 1, t.sum(axis=axis, keepdims=True))).astype(x.dtype)
