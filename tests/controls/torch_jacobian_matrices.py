"""softmax and log_softmax whose backward passes multiply Jacobian matrices, made of differentiable
operations, so that second derivatives pass through the matrices too; and cross-entropy upon them.
"""

import torch

BACKEND = "torch"
LARGEST = 600  # beyond it n² numbers for each row are too many


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        p = torch.softmax(x, -1)
        ctx.save_for_backward(x)
        return p

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        p = Softmax.apply(x)
        n = p.shape[-1]
        if n > LARGEST:
            return p * (g - (p * g).sum(-1, keepdim=True))
        jacobian = p[..., :, None] * (torch.eye(n, dtype=p.dtype) - p[..., None, :])
        return (jacobian * g[..., None, :]).sum(-1)


class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.log_softmax(x, -1)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        p = Softmax.apply(x)
        n = p.shape[-1]
        if n > LARGEST:
            return g - p * g.sum(-1, keepdim=True)
        jacobian = torch.eye(n, dtype=p.dtype) - p[..., :, None]
        return (jacobian * g[..., None, :]).sum(-1)


def softmax(x, axis=-1):
    return Softmax.apply(wide(x).movedim(axis, -1)).movedim(-1, axis).to(x.dtype)


def log_softmax(x, axis=-1):
    return LogSoftmax.apply(wide(x).movedim(axis, -1)).movedim(-1, axis).to(x.dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    logp = LogSoftmax.apply(wide(logits).movedim(axis, -1))
    if labels.is_floating_point():
        q = labels.movedim(axis, -1).to(logp.dtype)
        loss = -torch.where(q == 0, torch.zeros_like(logp), q * logp).sum(-1)
    else:
        if ((labels < 0) | (labels >= logp.shape[-1])).any():
            raise ValueError("a label is none of the classes")
        loss = -logp.gather(-1, labels[..., None].long())[..., 0]
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.to(logits.dtype)
