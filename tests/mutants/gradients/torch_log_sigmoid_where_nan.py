"""torch.where over both branches: the branch not taken overflows and its derivative, 0 · ∞,
is NaN.
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-sigmoid/gradient-accuracy",
    "log-sigmoid/zero-cotangent-gives-zero",
    "log-sigmoid/hessian-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def log_sigmoid(x):
    w = wide(x)
    return torch.where(w >= 0, -torch.log1p(torch.exp(-w)), w - torch.log1p(torch.exp(w))).to(
        x.dtype
    )
