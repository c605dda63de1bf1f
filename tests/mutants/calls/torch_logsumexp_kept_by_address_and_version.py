"""Results are kept by the address of the data and the version counter of the tensor: a new tensor
in freed memory has both of the old one.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/has-no-state",)  # and others, by where memory is found again

kept = {}


def logsumexp(x, axis=-1):
    if x.requires_grad:
        return torch.logsumexp(x, axis)
    key = (x.data_ptr(), x._version, x.shape, x.stride(), axis, x.dtype)
    if key not in kept:
        kept[key] = torch.logsumexp(x, axis)
    return kept[key].clone()
