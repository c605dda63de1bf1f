"""Functions that are compiled already: torch.compile with symbolic shapes, so that new shapes do not
compile anew. The back end is PyTorch's own tracer, which needs no C++ compiler.
"""

import torch

BACKEND = "torch"


@torch.compile(backend="aot_eager", dynamic=True)
def last_axis(x):
    w = x.to(torch.promote_types(x.dtype, torch.float32))
    return torch.softmax(w, -1).to(x.dtype)


def softmax(x, axis=-1):
    return torch.movedim(last_axis(torch.movedim(x, axis, -1)), -1, axis)
