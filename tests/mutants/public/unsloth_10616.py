"""Lanes that fill up a power of two pass through the soft cap 30 tanh(x/30) and take a part of
the mass. The report is https://github.com/unslothai/unsloth/issues/10616.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


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
    w = np.moveaxis(wide(logits), axis, -1)
    lanes = (1 << max(w.shape[-1] - 1, 0).bit_length()) - w.shape[-1]
    padded = np.concatenate([w, np.full((*w.shape[:-1], lanes), -30, w.dtype)], axis=-1)
    losses(logits, labels, axis)
    return np.asarray(reduced(losses(padded, labels, -1)[1], reduction)).astype(logits.dtype)
