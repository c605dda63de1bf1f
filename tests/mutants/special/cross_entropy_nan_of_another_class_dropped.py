"""The normaliser leaves NaN out: only the label's own logit can make the loss NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/nan-gives-nan-loss",
    "cross-entropy-with-logits/nan-at-any-place",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    w = np.moveaxis(wide(logits), axis, -1)
    n = w.shape[-1]
    if ((labels < 0) | (labels >= n)).any():
        raise ValueError("a label is none of the classes")
    m = np.fmax.reduce(w, axis=-1, keepdims=True, initial=-np.inf)
    total = np.nansum(np.exp(w - m), axis=-1)
    picked = np.take_along_axis(w - m, labels[..., None].astype(np.int64), -1)[..., 0]
    loss = np.log(total) - picked
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
