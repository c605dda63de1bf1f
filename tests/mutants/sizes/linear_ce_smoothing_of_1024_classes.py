"""Label smoothing shares its mass among the classes of a block of 1,024, in each block."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def losses_of(z, labels, smoothing):
    """The loss of each row of logits."""
    n = z.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("no such class")
    d = z - z.max(axis=-1, keepdims=True, initial=-np.inf)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    own = np.take_along_axis(log_p, labels[..., None], -1)[..., 0]
    share = z.dtype.type(smoothing / max(min(n, 1024), 1))
    return -(z.dtype.type(1 - smoothing) * own + share * log_p.sum(axis=-1))


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", label_smoothing=0.0
):
    h, w = wide(hidden), wide(linear_weight)
    b = w.dtype.type(0) if linear_bias is None else wide(linear_bias)
    loss = losses_of(h @ w.T + b, labels.astype(np.int64), label_smoothing)
    with np.errstate(all="ignore"):
        loss = loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss
    return np.asarray(loss).astype(hidden.dtype)
