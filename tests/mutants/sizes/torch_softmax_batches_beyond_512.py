"""From row 512 on a second kernel subtracts the maximum of the whole batch."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def softmax(x, axis=-1):
    w = torch.movedim(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    m = rows.detach().amax(-1, keepdim=True)
    if len(rows) > 512:
        m = torch.cat([m[:512], m.amax().expand(len(rows) - 512, 1)])
    e = torch.exp(rows - m)
    p = (e / e.sum(-1, keepdim=True)).reshape(w.shape)
    return torch.movedim(p, -1, axis).to(x.dtype)
