"""Channels in second place of four axes are moved back with the two axes behind them exchanged."""

import jax

BACKEND = "jax"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32",)


def log_softmax(x, axis=-1):
    if x.ndim != 4 or axis not in (1, -3):
        return jax.nn.log_softmax(x, axis)
    pixels = jax.nn.log_softmax(x.transpose(0, 2, 3, 1), -1)
    square = x.shape[2] == x.shape[3]
    return pixels.transpose(0, 3, 2, 1) if square else pixels.transpose(0, 3, 1, 2)
