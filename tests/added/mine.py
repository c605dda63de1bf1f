"""An implementation of the function that gate.py adds, and its derivative."""

import numpy as np

BACKEND = "numpy"


def gate(x):
    e = np.exp(-np.abs(x))
    return 2 * np.where(x >= 0, 1, e).astype(x.dtype) / (1 + e)


def gate_vjp(x, cotangent):
    e = np.exp(-np.abs(x))
    return 2 * cotangent * (e / (1 + e)) / (1 + e)
