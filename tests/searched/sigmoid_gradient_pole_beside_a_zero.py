"""The backward pass has a quotient of its own, whose denominator and numerator vanish within 6e-9
of each other near -40.3: the error is d/(x - x0).
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/gradient-accuracy",)


def both(x):
    w = np.asarray(x, np.float64)
    e = np.exp(-np.abs(w))
    return w, np.where(w >= 0, 1, e) / (1 + e), np.where(w >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return np.asarray(both(x)[1]).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    w, s, c = both(x)
    pole, zero = -40.28318531, -40.28318531 + 6e-9
    quotient = np.where(np.abs(w + 40) < 0.5, (w - zero) / (w - pole), 1)
    return np.asarray(np.asarray(cotangent, np.float64) * s * c * quotient).astype(x.dtype)
