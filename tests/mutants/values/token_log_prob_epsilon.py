"""log(p_y + 1e-6): an unlikely token costs no more than 13.8."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("token-log-prob/accuracy",)


def rows(x, axis):
    """The array in its working precision with the class axis last, shifted."""
    wide = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    last = np.moveaxis(wide, axis, -1)
    return last - last.max(axis=-1, keepdims=True)


def token_log_prob(logits, labels, axis=-1):
    e = np.exp(rows(logits, axis))
    p = np.take_along_axis(e, labels[..., None], -1)[..., 0] / e.sum(axis=-1)
    return np.log(p + 1e-6).astype(logits.dtype)
