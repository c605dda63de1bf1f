"""1 / (1 + e^-x): the value is right, the derivative is ∞/∞² for very negative x (jax#777)."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "float16")
SEVERITY = "moderate"
CAUGHT_BY = (
    "sigmoid/gradient-accuracy",
    "sigmoid/gradient-is-even",
    "sigmoid/zero-cotangent-gives-zero",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def sigmoid(x):
    return (1 / (1 + torch.exp(-wide(x)))).to(x.dtype)
