"""The logarithm of a target of 0 is guarded, its product with log p = -inf is not: NaN. The report
is https://github.com/google-deepmind/optax/pull/1786.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("kl-div/no-mass-costs-nothing",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def reduced(losses, reduction, dtype):
    """The losses under their reduction."""
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def kl_div(log_probs, labels, reduction="mean", log_target=False):
    x, t = wide(log_probs), wide(labels)
    with np.errstate(all="ignore"):
        if log_target:
            losses = np.exp(t) * (t - x)
        else:
            losses = t * (np.where(t == 0, 0, np.log(t)) - x)
    return reduced(losses, reduction, log_probs.dtype)
