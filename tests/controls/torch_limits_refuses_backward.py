"""Forward passes only: each refuses a gradient in words of its own, when it is called or pulled back."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        return torch.softmax(x, axis)

    @staticmethod
    def backward(ctx, g):
        raise ValueError("nothing to train here")


def softmax(x, axis=-1):
    return _Softmax.apply(x, axis)


def log_softmax(x, axis=-1):
    if x.requires_grad and torch.is_grad_enabled():
        raise RuntimeError("serve it, do not train it")
    return torch.log_softmax(x, axis)


class _Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.sigmoid(x)


def sigmoid(x):
    return _Sigmoid.apply(x)
