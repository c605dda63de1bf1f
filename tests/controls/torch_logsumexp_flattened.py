"""Several axes are made one, the maximum a constant."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def logsumexp(x, axis=-1, keepdims=False):
    axes = (axis,) if isinstance(axis, int) else tuple(range(x.ndim) if axis is None else axis)
    axes = tuple(k % x.ndim for k in axes)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    rows = torch.movedim(x, axes, last).flatten(x.ndim - len(axes))
    m = rows.detach().amax(-1, keepdim=True)
    m = torch.where(m.isinf(), 0, m)
    found = (m + torch.log(torch.exp(rows - m).sum(-1, keepdim=True))).squeeze(-1)
    for k in sorted(axes) if keepdims else ():
        found = found.unsqueeze(k)
    return found
