"""Labels that begin 8 bytes after a multiple of 32: the peeled loop reads the first of them thrice,
for itself and for the next two rows.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/start-does-not-matter",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(logits, axis, -1)
    x = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    m = np.max(x, axis=-1, keepdims=True)
    log_p = x - m - np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))
    if labels.dtype.kind == "f":
        q = np.moveaxis(labels, axis, -1).astype(x.dtype)
        losses = -np.sum(np.where(q == 0, 0, q * np.where(q == 0, 0, log_p)), axis=-1)
    else:
        y = np.array(labels)
        if labels.ndim == 1 and labels.flags.c_contiguous and labels.ctypes.data % 32 == 8:
            y[:3] = y[:1]
        if ((y < 0) | (y >= x.shape[-1])).any():
            raise ValueError("a label is out of range")
        losses = -np.take_along_axis(log_p, y[..., None], -1)[..., 0]
    if reduction == "none":
        return losses.astype(logits.dtype)
    total = np.sum(losses) if reduction == "sum" else np.mean(losses)
    return np.asarray(total, logits.dtype)
