"""Only the labels of the first 64 rows are checked, those of later rows are clamped."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("token-log-prob/label-too-large-is-refused",)


def token_log_prob(logits, labels, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    x = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    classes = x.shape[-1]
    first = labels.reshape(-1)[:64]
    if ((first < 0) | (first >= classes)).any():
        raise IndexError("label out of range")
    labels = np.clip(labels, 0, classes - 1)[..., None]
    with np.errstate(all="ignore"):
        m = x.max(axis=-1, keepdims=True)
        d = x - np.where(np.isfinite(m), m, 0)
        log_sum = np.log(np.exp(d).sum(axis=-1, keepdims=True))
        result = np.take_along_axis(d - log_sum, labels, -1)[..., 0]
    return result.astype(logits.dtype)
