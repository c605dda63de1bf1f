"""Everything in float64, rounded once."""

import torch

BACKEND = "torch"


def sigmoid(x):
    return torch.sigmoid(x.double()).to(x.dtype)


def log_sigmoid(x):
    return torch.nn.functional.logsigmoid(x.double()).to(x.dtype)


def softmax(x, axis=-1):
    return torch.softmax(x.double(), axis).to(x.dtype)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x.double(), axis).to(x.dtype)
