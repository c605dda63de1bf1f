"""logsumexp(x) - Σ p x: cancels where the logits have an offset."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("entropy-with-logits/accuracy", "entropy-with-logits/keeps-shift",)


def entropy_with_logits(logits, axis=-1):
    x = np.moveaxis(logits, axis, -1)
    m = x.max(axis=-1, keepdims=True)
    e = np.exp(x - m)
    s = e.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        mean = np.where(e == 0, 0, x * (e / s)).sum(axis=-1)
        return (m + np.log(s))[..., 0] - mean
