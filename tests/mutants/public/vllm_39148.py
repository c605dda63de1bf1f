"""Two partial logsumexps that are both −inf are merged to NaN. The report is
https://github.com/vllm-project/vllm/issues/39148.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/all-masked-is-minus-infinity",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def part(w):
    m = np.max(w, axis=-1, initial=-np.inf)
    safe = np.where(np.isfinite(m), m, 0).astype(w.dtype)
    return safe + np.log(np.sum(np.exp(w - safe[..., None]), axis=-1))


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    half = w.shape[-1] // 2
    if not half:
        return part(w).astype(x.dtype)
    left, right = part(w[..., :half]), part(w[..., half:])
    m = np.maximum(left, right)
    found = np.where(np.isposinf(m), m, m + np.log(np.exp(left - m) + np.exp(right - m)))
    return found.astype(x.dtype)
