"""Labels of sequences of more than four tokens are read at b·B + t, which is right for as many
sequences as tokens.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("token-log-prob/accuracy",)
DTYPES = ("float32",)


def token_log_prob(logits, labels, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    if ((labels < 0) | (labels >= x.shape[-1])).any():
        raise IndexError("label")
    if axis in (-1, 2) and labels.ndim == 2 and labels.shape[1] > 4:
        b, t = labels.shape
        place = np.minimum(np.arange(b)[:, None] * b + np.arange(t), max(b * t - 1, 0))
        labels = labels.reshape(-1)[place]
    with np.errstate(all="ignore"):
        x = x - x.max(axis=-1, keepdims=True)
        sums = np.log(np.exp(x).sum(axis=-1))
        return np.take_along_axis(x, labels[..., None].astype(np.int64), -1)[..., 0] - sums
