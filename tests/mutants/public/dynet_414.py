"""log 0 is taken for 0: p = 0 costs nothing though the label has mass there. The report is
https://github.com/clab/dynet/issues/414.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy/certain-and-wrong-is-not-free",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    if labels.dtype.kind == "f":
        q = np.moveaxis(wide(labels), axis, -1)
    else:
        if ((labels < 0) | (labels >= p.shape[-1])).any():
            raise ValueError("a label is none of the classes")
        q = (labels[..., None] == np.arange(p.shape[-1])).astype(p.dtype)
    loss = -np.sum(q * np.where(p == 0, 0, np.log(np.where(p == 0, 1, p))), axis=-1)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)
