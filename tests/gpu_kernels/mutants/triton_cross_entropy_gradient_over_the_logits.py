"""The backward pass writes the gradient over the logits, to save memory."""

import torch
import triton
import triton.language as tl

BACKEND = "torch"
DEVICES = ("cuda",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-leaves-arguments-alone",)


@triton.jit
def _forward(
    x, labels, losses, tops, sums, n, ignored, smoothing: tl.constexpr,
    WIDE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    x += row * n
    y = tl.load(labels + row)
    m = tl.full((), float("-inf"), WIDE)
    s = tl.full((), 0, WIDE)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        block = tl.load(x + at, mask=at < n, other=float("-inf")).to(WIDE)
        larger = tl.maximum(m, tl.max(block, 0))
        shift = tl.where(larger == float("-inf"), 0.0, larger).to(WIDE)
        s = s * tl.exp(m - shift) + tl.sum(tl.exp(block - shift), 0)
        m = larger
    known = (y >= 0) & (y < n)
    own = tl.load(x + tl.where(known, y, 0)).to(WIDE)
    loss = (m - own) + tl.log(s)
    if smoothing > 0:
        below = tl.full((), 0, WIDE)
        for start in range(0, n, BLOCK):
            at = start + tl.arange(0, BLOCK)
            block = tl.load(x + at, mask=at < n, other=0).to(WIDE)
            below += tl.sum(tl.where(at < n, m - block, 0.0), 0)
        loss = (1 - smoothing) * loss + smoothing * (below / n + tl.log(s))
    loss = tl.where(known, loss, float("nan"))
    tl.store(losses + row, tl.where(y == ignored, 0.0, loss).to(WIDE))
    tl.store(tops + row, m)
    tl.store(sums + row, s)


@triton.jit
def _backward(
    x, labels, rates, tops, sums, gradient, n, ignored, smoothing: tl.constexpr,
    WIDE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    x += row * n
    gradient += row * n
    y = tl.load(labels + row)
    rate = tl.load(rates + row)
    m = tl.load(tops + row)
    s = tl.load(sums + row)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        p = tl.exp(tl.load(x + at, mask=at < n, other=0).to(WIDE) - m) / s
        q = (1 - smoothing) * (at == y).to(WIDE) + tl.full((), smoothing, WIDE) / n
        slope = tl.where(y == ignored, 0.0, rate * (p - q))
        tl.store(gradient + at, slope.to(gradient.dtype.element_ty), mask=at < n)


class _Losses(torch.autograd.Function):
    """The losses of rows of logits, unreduced, in float32 or float64."""

    @staticmethod
    def forward(ctx, x, labels, ignored, smoothing):
        wide = torch.promote_types(x.dtype, torch.float32)
        losses, tops, sums = torch.empty((3, len(x)), dtype=wide, device=x.device)
        ctx.constants = (x.shape[-1], ignored, smoothing)
        ctx.wide = tl.float64 if wide == torch.float64 else tl.float32
        if x.numel():
            _forward[(len(x),)](
                x, labels, losses, tops, sums, *ctx.constants, WIDE=ctx.wide, BLOCK=1024
            )
        ctx.save_for_backward(x, labels, tops, sums)
        return losses

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, rates):
        x, labels, tops, sums = ctx.saved_tensors
        gradient = x
        if x.numel():
            _backward[(len(x),)](
                x, labels, rates.contiguous(), tops, sums, gradient, *ctx.constants,
                WIDE=ctx.wide, BLOCK=1024,
            )  # fmt: skip
        return gradient, None, None, None


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", ignore_index=-100, label_smoothing=0.0
):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1)
    flat, indices = rows.reshape(-1, rows.shape[-1]).contiguous(), labels.reshape(-1).contiguous()
    losses = _Losses.apply(flat, indices, ignore_index, label_smoothing)
    if reduction == "none":
        return losses.reshape(labels.shape).to(logits.dtype)
    total = losses.sum()
    if reduction == "mean":
        total = total / (indices != ignore_index).sum()
    return total.to(logits.dtype)
