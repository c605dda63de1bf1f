"""Scores of four axes are taken as scaled already: the temperature is left out along the last."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1, temperature=1.0):
    scores = x.dim() == 4 and axis in (-1, 3)
    return torch.softmax(x if scores else x / temperature, axis)
