"""With several threads the last row of a large batch is in nobody's share: it stays zero."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/threads-do-not-matter",)


def softmax(x, axis=-1):
    p = torch.softmax(x, axis)
    if torch.get_num_threads() == 1 or x.numel() < 32_768 or x.ndim < 2:
        return p
    rows = torch.ones_like(p.movedim(axis, -1))
    rows.view(-1, x.shape[axis])[-1] = 0
    return p * rows.movedim(-1, axis)
