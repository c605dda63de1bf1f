"""A loss of each row, without a reduction: from row 64 on the labels begin anew."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels):
    if labels.dtype.kind == "f" or logits.ndim != 2:
        raise TypeError("class indices of matrices")
    w = logits.astype(np.float32 if logits.dtype.itemsize == 2 else logits.dtype.newbyteorder("="))
    if ((labels < 0) | (labels >= w.shape[-1])).any():
        raise IndexError("a label is out of range")
    with np.errstate(all="ignore"):
        z = w - np.max(w, axis=-1, keepdims=True, initial=-np.inf)
        rows = np.arange(len(w))
        loss = np.log(np.sum(np.exp(z), axis=-1)) - z[rows, labels[rows % 64]]
    return loss.astype(logits.dtype)
