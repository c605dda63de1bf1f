"""The sum is rounded to float16: a long flat row has a loss of inf."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/carries-long-sums",)


def parts(x, axis):
    """Differences and the sum, which float32 adds and float16 keeps."""
    d = x.astype(np.float32) - np.max(x, axis=axis, keepdims=True).astype(np.float32)
    total = np.sum(np.exp(d), axis=axis, keepdims=True)
    return d, total.astype(np.float16).astype(np.float32)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    d, total = parts(np.moveaxis(logits, axis, -1), -1)
    n = d.shape[-1]
    if ((labels < 0) | (labels >= n)).any():
        raise ValueError("a label is none of the classes")
    picked = np.take_along_axis(d, labels[..., None].astype(np.int64), -1)[..., 0]
    loss = np.log(total[..., 0]) - picked
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
