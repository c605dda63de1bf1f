"""e^x by writing x into the exponent field, exact to 3 %."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "bfloat16")
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/no-steeper-than", "sigmoid/limits")


def rough_exp(x):
    """Schraudolph's method: x·2^23/ln 2 + the exponent's bias, read as a float32."""
    bits = np.clip(x, -87, 88) * np.float32(2**23 / np.log(2)) + np.float32(127 * 2**23 - 486411)
    return bits.astype(np.int32).view(np.float32)


def sigmoid(x):
    w = x.astype(np.float32)
    e = rough_exp(np.where(np.isnan(w), 0, -np.abs(w)))
    return np.where(np.isnan(w), w, np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
