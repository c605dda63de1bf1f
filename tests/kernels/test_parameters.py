"""Which parameters a callable really has, whatever Python shows of it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from conformance.functions import FUNCTIONS
from conformance.kernels.parameters import EMPTY, parameters
from conformance.kernels.signatures import accepted_options


def shown(target):
    """The names, with defaults where there are some."""
    found = parameters(target)
    assert found is not None
    named = ((p.star + p.name, p.default) for p in found)
    return ", ".join(n if d is EMPTY else f"{n}={d}" for n, d in named)


def wide(x, dim=-1, T=1.0):
    return x


WRAPPERS = {
    "x": lambda x: wide(x),
    "x, dim=0": lambda x, dim=0: wide(x, dim),
    "x, dim=-1, T=1.0": lambda *args, **kwargs: wide(*args, **kwargs),
    "x, dim=2, T=1.0": lambda x, dim=2, **kwargs: wide(x, dim, **kwargs),
    "x, dim=-1, T=1.0, check=True": lambda *args, check=True, **kwargs: wide(*args, **kwargs),
}


@pytest.mark.parametrize("signature", WRAPPERS)
def test_a_wrapper_takes_what_it_takes_itself_or_passes_on(signature):
    assert shown(functools.wraps(wide)(WRAPPERS[signature])) == signature


def test_a_wrapper_of_args_takes_nothing_by_name():
    wrapped = functools.wraps(wide)(lambda *args: wide(*args))
    assert shown(wrapped) == "x, dim=-1, T=1.0"
    assert accepted_options(wrapped, FUNCTIONS["softmax"]) == frozenset()


def test_a_function_of_rows_that_is_vectorised():
    assert shown(np.vectorize(lambda row: row, signature="(n)->(n)")) == "row"


def test_what_pytorch_registers_compiles_and_has_built_in():
    torch = pytest.importorskip("torch")
    signature = "(Tensor x, int axis=-1) -> Tensor"
    made = torch.library.custom_op(
        "conformance_test::of_parameters", lambda x, axis=-1: torch.softmax(x, axis),
        mutates_args=(), schema=signature,
    )  # fmt: skip
    operator = torch.ops.conformance_test.of_parameters
    timed = functools.wraps(made)(lambda *args, **kwargs: made(*args, **kwargs))
    for target in (made, operator, operator.default, timed, torch.compile(made)):
        assert shown(target) == "x, axis=-1"
    assert shown(torch.jit.trace(lambda x: torch.softmax(x, -1), torch.zeros(2, 3))) == "x"
    assert shown(torch.log_softmax) == "self, dim, dtype=None"
    assert shown(torch.special.logsumexp) == "self, dim, keepdim=False"


def test_an_autograd_function_takes_by_place_what_its_forward_takes():
    torch = pytest.importorskip("torch")

    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, axis=-1):
            return torch.softmax(x, axis)

    assert shown(Softmax.apply) == "x, axis=-1"
    assert accepted_options(Softmax.apply, FUNCTIONS["softmax"]) == frozenset()
