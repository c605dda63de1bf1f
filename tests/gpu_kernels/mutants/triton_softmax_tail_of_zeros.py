"""Lanes beyond the end of a row load 0 for the maximum and the sum, not -inf."""

import torch
import triton
import triton.language as tl

BACKEND = "torch"
DEVICES = ("cuda",)
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


@triton.jit
def _maximum_and_sum(x, n, WIDE: tl.constexpr, BLOCK: tl.constexpr):
    m = tl.full((), float("-inf"), WIDE)
    s = tl.full((), 0, WIDE)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        block = tl.load(x + at, mask=at < n, other=0.0).to(WIDE)
        larger = tl.maximum(m, tl.max(block, 0))
        shift = tl.where(larger == float("-inf"), 0.0, larger).to(WIDE)
        s = s * tl.exp(m - shift) + tl.sum(tl.exp(block - shift), 0)
        m = larger
    return m, s


@triton.jit
def _softmax(x, y, n, WIDE: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    x += row * n
    y += row * n
    m, s = _maximum_and_sum(x, n, WIDE, BLOCK)
    for start in range(0, n, BLOCK):
        at = start + tl.arange(0, BLOCK)
        d = tl.load(x + at, mask=at < n, other=float("-inf")).to(WIDE) - m
        tl.store(y + at, (tl.exp(d) / s).to(y.dtype.element_ty), mask=at < n)


def _over_rows(kernel, x, axis):
    rows = x.movedim(axis, -1).contiguous()
    y = torch.empty_like(rows)
    if rows.numel():
        n = rows.shape[-1]
        wide = tl.float64 if x.dtype == torch.float64 else tl.float32
        kernel[(rows.numel() // n,)](rows, y, n, WIDE=wide, BLOCK=1024)
    return y.movedim(-1, axis)


def _wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = _over_rows(_softmax, x, axis)
        ctx.save_for_backward(y)
        ctx.axis = axis
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        p, h = _wide(y), _wide(g)
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(y.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
