"""Without axis= the dimension is chosen as torch once did: the first for one and three axes,
else the second.
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/default-axis-is-the-last",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def softmax(x, axis=None):
    if axis is None:
        axis = 0 if x.ndim in (0, 1, 3) else 1
    return torch.softmax(wide(x), axis).to(x.dtype)
