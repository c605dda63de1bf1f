"""The merge of two partial logsumexps takes -inf - (-inf), NaN where both blocks are masked. The
report is https://github.com/vllm-project/vllm/issues/39148.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/merges-infinities",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        a, b = wide(x), wide(y)
        m = np.maximum(a, b)
        gap = np.where(a == b, 0, np.abs(a - b))
        return np.asarray(m + np.log(np.exp(a - m) + np.exp(b - m))).astype(x.dtype)
