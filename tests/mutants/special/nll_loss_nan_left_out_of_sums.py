"""nansum and nanmean: a NaN prediction leaves no trace in a sum or a mean."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/nan-gives-nan-loss",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    losses = -picked(log_probs, labels, axis)
    losses = (
        losses if reduction == "none" else {"sum": np.nansum, "mean": np.nanmean}[reduction](losses)
    )
    return np.asarray(losses).astype(log_probs.dtype)
