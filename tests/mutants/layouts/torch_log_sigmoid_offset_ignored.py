"""Slices are read from the beginning of their storage: the offset is forgotten."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-sigmoid/layout-does-not-matter",
    "log-sigmoid/gradient-layout-does-not-matter",
    "log-sigmoid/accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def log_sigmoid(x):
    if x.storage_offset() and x.numel():
        x = torch.as_strided(x, x.shape, x.stride(), 0)
    return torch.nn.functional.logsigmoid(wide(x)).to(x.dtype)
