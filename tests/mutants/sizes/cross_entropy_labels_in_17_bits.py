"""Labels are packed into 17 bits beside a flag: those of 131,072 and more lose their top bit."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("labels are class indices")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, (labels & 0x1FFFF)[..., None], -1)[..., 0]
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
