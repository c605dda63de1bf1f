"""A Triton kernel, one program for each row; TRITON_INTERPRET=1 runs it on a CPU.

TRITON_INTERPRET=1 conformance run examples/languages/by_triton.py::softmax_rows \
    --as 'softmax(axis=-1, ndim=2)' --effort quick
"""

import torch
import triton
import triton.language as tl

DTYPES = ("float32",)


@triton.jit
def _row(x, out, n, BLOCK: tl.constexpr):
    row, column = tl.program_id(0), tl.arange(0, BLOCK)
    inside = column < n
    values = tl.load(x + row * n + column, mask=inside, other=-float("inf"))
    e = tl.exp(values - tl.max(values, axis=0))
    tl.store(out + row * n + column, e / tl.sum(e, axis=0), mask=inside)


def softmax_rows(x: torch.Tensor) -> torch.Tensor:
    x = x.contiguous()
    out = torch.empty_like(x)
    rows, n = x.shape
    if x.numel():
        _row[(rows,)](x, out, n, BLOCK=triton.next_power_of_2(n))
    return out
