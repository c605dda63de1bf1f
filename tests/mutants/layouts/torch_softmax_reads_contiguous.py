"""The kernel reads storage from the tensor's offset on as if it were contiguous."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/layout-does-not-matter",
    "softmax/gradient-layout-does-not-matter",
    "softmax/axis-does-not-matter",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def packed(x):
    """The storage from the first element on, as if x were contiguous."""
    steps, step = [], 1
    for n in reversed(x.shape):
        steps.append(step)
        step *= n
    return torch.as_strided(x, x.shape, steps[::-1]) if min(x.stride(), default=1) > 0 else x


def softmax(x, axis=-1):
    return torch.softmax(wide(packed(x)), axis).to(x.dtype)
