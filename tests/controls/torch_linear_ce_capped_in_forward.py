"""Gradients of capped logits and of z_loss, taken in the forward pass in chunks of rows."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # PyTorch counts rows in float16


class _Losses(torch.autograd.Function):
    """The loss of each row of capped logits, with its gradient by them."""

    @staticmethod
    def forward(ctx, z, q, cap, T, weight):
        t = torch.tanh(z / cap) if cap else z
        y = (cap * t if cap else z) / T
        whole = torch.logsumexp(y, -1, keepdim=True)
        log_p = torch.log_softmax(y, -1)
        slope = log_p.exp() * (q.sum(-1, keepdim=True) + 2 * weight * whole) - q
        slope = slope * (1 - t * t) if cap else slope
        ctx.save_for_backward(slope / T, log_p)
        return -(q * log_p).sum(-1) + weight * whole[..., 0] ** 2

    @staticmethod
    def backward(ctx, g):
        slope, log_p = ctx.saved_tensors
        return g[..., None] * slope, -g[..., None] * log_p, None, None, None


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", temperature=1.0,
    softcap=None, z_loss=0.0,
):  # fmt: skip
    if not labels.is_floating_point():
        labels = F.one_hot(labels.long(), len(linear_weight))
    wide = torch.promote_types(hidden.dtype, torch.float32)
    rows, targets = hidden.reshape(-1, hidden.shape[-1]), labels.reshape(-1, labels.shape[-1])
    bias = None if linear_bias is None else linear_bias.to(wide)
    matrix = linear_weight.to(wide)  # once: their gradients are summed over the chunks in float32
    chunks = []
    for k in range(0, max(len(rows), 1), 32):
        z = F.linear(rows[k : k + 32].to(wide), matrix, bias)
        q = targets[k : k + 32].to(wide)
        chunks.append(_Losses.apply(z, q, softcap, temperature, z_loss))
    losses = torch.cat(chunks).reshape(hidden.shape[:-1])
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return losses.to(hidden.dtype)
