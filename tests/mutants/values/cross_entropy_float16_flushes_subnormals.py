"""Float16 probabilities below 6.1e-5 count as 0: an infinite loss."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy/accuracy",
    "cross-entropy/finite-stays-finite",
    "cross-entropy/masked-class-without-mass",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def targets(labels, n, axis, dtype):
    """One row of label mass for each row, the classes last."""
    if not np.issubdtype(labels.dtype, np.integer):
        return np.moveaxis(wide(labels), axis, -1)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    p = np.where(p < 2.0**-14, 0, p).astype(p.dtype)
    q = targets(labels, p.shape[-1], axis, p.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * np.log(p)), axis=-1)
    return reduced(loss, reduction, probs.dtype)
