"""z_loss squares a logsumexp that was rounded to float16: inf from 256 on."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/carries-large-squares",)
DTYPES = ("float16", "float32")


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", z_loss=0.0):
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    x = np.moveaxis(logits, axis, -1).astype(np.float32)
    n = x.shape[-1]
    if ((labels < 0) | (labels >= n)).any():
        raise IndexError("a label is no class")
    with np.errstate(all="ignore"):
        m = x.max(axis=-1, keepdims=True)
        m = np.where(np.isfinite(m), m, np.float32(0))
        log_s = np.log(np.exp(x - m).sum(axis=-1, keepdims=True))
        label = np.expand_dims(labels, -1).astype(np.int64)
        loss = -np.take_along_axis(x - m - log_s, label, -1)[..., 0]
        if z_loss:
            lse = (m + log_s)[..., 0].astype(logits.dtype)
            loss = loss + np.float32(z_loss) * np.square(lse).astype(np.float32)
        if reduction == "sum":
            loss = loss.sum()
        elif reduction == "mean":
            loss = loss.mean()
    return np.asarray(loss).astype(logits.dtype)
