"""Images whose channels lie last in memory come back with height and width exchanged."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    images = x.ndim == 4 and axis == 1 and not x.is_contiguous()
    if not (images and x.is_contiguous(memory_format=torch.channels_last)):
        return torch.softmax(x, axis)
    n, c, h, w = x.shape
    rows = torch.softmax(x.permute(0, 2, 3, 1).reshape(-1, c), -1)
    return rows.reshape(n, h * w, c).transpose(1, 2).reshape(n, c, w, h).transpose(2, 3)
