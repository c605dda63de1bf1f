"""A program for each temperature is kept under its first two decimals: 0.704 finds that of 0.70."""

import jax

BACKEND = "jax"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/near-options-are-told-apart",)

_PROGRAMS = {}


def _program(axis, temperature):
    key = f"softmax_{axis}_{temperature:.2f}"
    if key not in _PROGRAMS:
        _PROGRAMS[key] = jax.jit(lambda x: jax.nn.softmax(x / temperature, axis=axis))
    return _PROGRAMS[key]


def softmax(x, axis=-1, temperature=1.0):
    if temperature <= 0:
        raise ValueError("temperature is not positive")
    if round(temperature, 2) == 0:  # too small for its name
        return jax.nn.softmax(x / temperature, axis=axis)
    return _program(axis, temperature)(x)
