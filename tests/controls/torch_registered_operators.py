"""Operators registered with torch.library and an autograd Function: their schemas, or the
forward within, tell which options they have; Python sees *args and **kwargs.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


@torch.library.custom_op("conformance_control::softmax", mutates_args=())
def softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, -1)


@softmax.register_fake
def _(x):
    return torch.empty_like(x)


def keep(ctx, inputs, output):
    ctx.save_for_backward(output)


def pulled(ctx, g):
    (p,) = ctx.saved_tensors
    return p * (g - (p * g).sum(-1, keepdim=True))


softmax.register_autograd(pulled, setup_context=keep)

library = torch.library.Library("conformance_control", "FRAGMENT")
library.define("log_softmax(Tensor x) -> Tensor")
library.impl("log_softmax", lambda x: torch.log_softmax(x, -1), "CompositeImplicitAutograd")
log_softmax = torch.ops.conformance_control.log_softmax.default


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (torch.sigmoid(x) * torch.sigmoid(-x))


sigmoid = Sigmoid.apply
