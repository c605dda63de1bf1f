"""Of images whose channels are last in memory the two axes of a picture come back exchanged."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    channels = x.dim() == 4 and axis in (1, -3) and not x.is_contiguous()
    if not (channels and x.is_contiguous(memory_format=torch.channels_last)):
        return torch.softmax(x, axis)
    count, classes, height, width = x.shape
    pixels = torch.softmax(x.permute(0, 2, 3, 1).reshape(-1, classes), -1)
    return pixels.view(count, width, height, classes).permute(0, 3, 2, 1)
