"""The backward pass has a backward pass of its own, which forgets the 1/N of the mean."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/hessian-accuracy",)
DTYPES = ("float32", "float64")


class Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, g, n):
        p = torch.softmax(x, -1)
        ctx.save_for_backward(p, y, g)
        ctx.n = n
        hot = torch.nn.functional.one_hot(y, x.shape[-1]).to(x.dtype)
        return (p - hot) * (g / n).unsqueeze(-1)

    @staticmethod
    def backward(ctx, v):
        p, y, g = ctx.saved_tensors
        pv = p * v
        along = pv - p * pv.sum(-1, keepdim=True)
        slopes = pv.sum(-1) - v.gather(-1, y[:, None])[:, 0]
        return along * g.unsqueeze(-1), None, slopes.sum_to_size(g.shape) / ctx.n, None


class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y, reduction):
        ctx.save_for_backward(x, y)
        ctx.n = len(y) if reduction == "mean" else 1
        loss = -torch.log_softmax(x, -1).gather(-1, y[:, None])[:, 0]
        return loss if reduction == "none" else loss.sum() / ctx.n

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return Backward.apply(x, y, g, ctx.n), None, None


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if logits.ndim != 2 or labels.is_floating_point():
        raise NotImplementedError("matrices and class indices")
    return Loss.apply(logits, labels.long(), reduction)
