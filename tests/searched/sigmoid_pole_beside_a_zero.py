"""A fitted quotient whose denominator and numerator vanish within 1.2e-9 of each other: its error
is d/(x - x0), above the bound in an interval of 0.001 around -17.3 and far below it elsewhere.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy",)


def sigmoid(x):
    w = np.asarray(x, np.float64)
    e = np.exp(-np.abs(w))
    s = np.where(w >= 0, 1, e) / (1 + e)
    pole, zero = -17.31459263, -17.31459263 + 1.2e-9
    quotient = (w - zero) / (w - pole)
    return np.asarray(np.where(np.abs(w + 17.5) < 0.5, s * quotient, s)).astype(x.dtype)
