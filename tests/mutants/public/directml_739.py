"""With reduction="none" the gradient is zero. The report is
https://github.com/microsoft/DirectML/issues/739.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def losses(logits, labels, axis):
    """Log-probabilities, the class axis last, and the loss of each label."""
    w = np.moveaxis(wide(logits), axis, -1)
    n = w.shape[-1]
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    if ((labels < 0) | (labels >= n)).any():
        raise ValueError("a label is none of the classes")
    d = w - np.max(w, axis=-1, keepdims=True)
    logp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return logp, -np.take_along_axis(logp, labels[..., None].astype(np.int64), -1)[..., 0]


def reduced(loss, reduction):
    if reduction == "none":
        return loss
    return np.sum(loss) if reduction == "sum" else np.mean(loss)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    return np.asarray(reduced(losses(logits, labels, axis)[1], reduction)).astype(logits.dtype)


def cross_entropy_with_logits_vjp(logits, labels, cotangent, axis=-1, reduction="mean"):
    p = np.exp(losses(logits, labels, axis)[0])
    hot = labels[..., None] == np.arange(p.shape[-1])
    share = max(labels.size, 1) if reduction == "mean" else 1
    g = 0 if reduction == "none" else wide(np.asarray(cotangent)) / share
    return np.moveaxis((p - hot) * g, -1, axis).astype(logits.dtype)
