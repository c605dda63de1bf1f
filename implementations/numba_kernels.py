"""Kernels in Numba, as its manual writes them: vectorize for elements, guvectorize for rows."""

import math

import numpy as np
from numba import guvectorize, njit, vectorize

NAME = "numba"
BACKEND = "numpy"
PACKAGES = ("numba",)
DTYPES = ("float64", "float32")


@vectorize(["float32(float32)", "float64(float64)"])
def sigmoid(x):
    e = math.exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


@vectorize(["float32(float32)", "float64(float64)"])
def log_sigmoid(x):
    return min(x, 0) - math.log1p(math.exp(-abs(x)))


@vectorize(["float32(float32)", "float64(float64)"])
def softplus(x):
    return max(x, 0) + math.log1p(math.exp(-abs(x)))


@njit
def _log_sum(x):
    """The largest of a row, and the logarithm of Σ e^(x - largest)."""
    largest = x[0]
    for value in x:
        if value > largest or math.isnan(value):
            largest = value
    total = 0.0
    for value in x:
        total += math.exp(value - largest)
    return largest, math.log(total)


@guvectorize(["(float32[:], float32[:])", "(float64[:], float64[:])"], "(n)->(n)")
def _softmax(x, result):
    largest, log_sum = _log_sum(x)
    for i in range(x.shape[0]):
        result[i] = math.exp(x[i] - largest - log_sum)


@guvectorize(["(float32[:], float32[:])", "(float64[:], float64[:])"], "(n)->(n)")
def _log_softmax(x, result):
    largest, log_sum = _log_sum(x)
    for i in range(x.shape[0]):
        result[i] = x[i] - largest - log_sum


@guvectorize(["(float32[:], float32[:])", "(float64[:], float64[:])"], "(n)->()")
def _logsumexp(x, result):
    largest, log_sum = _log_sum(x)
    result[0] = largest if math.isinf(largest) else largest + log_sum


def softmax(x, axis=-1):
    return _softmax(x, axis=axis)


def log_softmax(x, axis=-1):
    return _log_softmax(x, axis=axis)


def logsumexp(x, axis=-1):
    return _logsumexp(np.moveaxis(x, axis, -1))
