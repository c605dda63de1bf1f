"""keepdims=True puts the axis of length 1 last, wherever it was."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/keepdims-changes-no-number", "logsumexp/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def logsumexp(x, axis=-1, keepdims=False):
    found = along(wide(x), axis).astype(x.dtype)
    return found[..., np.newaxis] if keepdims else found
