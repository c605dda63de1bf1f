"""The last tile of hidden numbers of the matrix's gradient is not written."""

import torch
from torch.autograd.function import once_differentiable

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/matrix-gradient-accuracy",)
ROWS = 8


class FusedLinearCE(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx, hidden, matrix, labels, bias, reduction, weight, ignore_index, label_smoothing
    ):
        wide = torch.float32 if hidden.dtype in (torch.float16, torch.bfloat16) else hidden.dtype
        h, W = hidden.to(wide), matrix.to(wide)
        b = None if bias is None else bias.to(wide)
        rows, classes = h.shape[0], W.shape[0]
        kept = (
            torch.ones_like(labels, dtype=torch.bool)
            if ignore_index is None
            else labels != ignore_index
        )
        safe = torch.where(kept, labels, 0).long()
        if safe.numel() and (safe.min() < 0 or safe.max() >= classes):
            raise IndexError("Target is out of bounds")
        cw = torch.ones(classes, dtype=wide) if weight is None else weight.to(wide)
        wy = torch.where(kept, cw[safe], torch.zeros(rows, dtype=wide))
        total = wy.sum()
        dH, dW = torch.zeros_like(h), torch.zeros_like(W)
        db = torch.zeros(classes, dtype=wide)
        losses = torch.zeros(rows, dtype=wide)
        slopes = torch.zeros((rows, classes), dtype=wide) if reduction == "none" else None
        for i in range(0, rows, ROWS):
            part = slice(i, i + ROWS)
            z = h[part] @ W.T
            if b is not None:
                z = z + b
            logp = torch.log_softmax(z, dim=1)
            y, k, wk = safe[part], kept[part], wy[part]
            loss = -(1 - label_smoothing) * wk * logp.gather(1, y[:, None])[:, 0]
            a = torch.zeros_like(z).scatter_(1, y[:, None], ((1 - label_smoothing) * wk)[:, None])
            if label_smoothing:
                loss = loss - (label_smoothing / classes) * (cw * logp).sum(dim=1)
                a = a + (label_smoothing / classes) * cw
            losses[part] = torch.where(k, loss, torch.zeros_like(loss))
            grad = torch.exp(logp) * a.sum(dim=1, keepdim=True) - a
            grad = torch.where(k[:, None], grad, torch.zeros_like(grad))
            if reduction == "mean":
                grad = grad / total
            if slopes is not None:
                slopes[part] = grad
                continue
            dH[part] = grad @ W
            dW += grad.T @ torch.where(k[:, None], h[part], torch.zeros_like(h[part]))
            db += grad.sum(dim=0)
        ctx.reduction, ctx.has_bias = reduction, bias is not None
        ctx.kinds = hidden.dtype, matrix.dtype, None if bias is None else bias.dtype
        if W.shape[1] > 64:
            dW[:, W.shape[1] - W.shape[1] % 64 :] = 0
        if slopes is not None:
            ctx.save_for_backward(slopes, h, W)
            return losses.to(hidden.dtype)
        ctx.save_for_backward(dH, dW, db)
        out = losses.sum()
        if reduction == "mean":
            out = out / total
        return out.to(hidden.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        if ctx.reduction == "none":
            slopes, h, W = ctx.saved_tensors
            s = slopes * grad_output.to(slopes.dtype)[:, None]
            dH, dW, db = s @ W, s.T @ h, s.sum(dim=0)
        else:
            dH, dW, db = ctx.saved_tensors
            g = grad_output.to(dH.dtype)
            dH, dW, db = dH * g, dW * g, db * g
        hk, wk, bk = ctx.kinds
        return (
            dH.to(hk),
            dW.to(wk),
            None,
            db.to(bk) if ctx.has_bias else None,
            None,
            None,
            None,
            None,
        )


def linear_cross_entropy(
    hidden,
    linear_weight,
    labels,
    linear_bias=None,
    reduction="mean",
    weight=None,
    ignore_index=None,
    label_smoothing=0.0,
):
    flat = hidden.reshape(-1, hidden.shape[-1])
    out = FusedLinearCE.apply(
        flat,
        linear_weight,
        labels.reshape(-1),
        linear_bias,
        reduction,
        weight,
        ignore_index,
        label_smoothing,
    )
    return out.reshape(labels.shape) if reduction == "none" else out
