"""PyTorch's gradcheck and JAX's check_grads, on files of any library that has a gradient."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax.test_util import check_grads
from torch.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from usual_cases import Case, drawn
from usual_kernel import Kernel, has

from conformance.backends import Unsupported

#: Their second derivatives, 1/p², are beyond float32's finite differences.
OF_PROBABILITIES = ("binary_cross_entropy", "cross_entropy")


def _points(kernel: Kernel) -> list[Case]:
    """Logits from [-9, 9]; probabilities are those of logits from [-2, 2]."""
    rng = np.random.default_rng(1)
    width = 2 if kernel.name in OF_PROBABILITIES else 9
    return drawn(kernel.name, kernel.accepted, rng.uniform(-width, width, (3, 5)), rng)


def _torch_function(kernel: Kernel, case: Case) -> Callable[[torch.Tensor], torch.Tensor]:
    """A differentiable function of the first argument: the file's own, or around its F_vjp."""
    if kernel.backend.NAME == "torch" and kernel.written is None:
        rest, options = (
            kernel.arrays(case, case.arrays[0])[1:],
            kernel.options(case, case.arrays[0]),
        )
        return lambda x: kernel.implementation.functions[kernel.name](x, *rest, **options)

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return torch.from_numpy(np.array(kernel.value(case, x.detach().numpy())))

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:
            (x,) = ctx.saved_tensors
            g = kernel.vjp(case, x.detach().numpy(), cotangent.contiguous().numpy())
            return torch.from_numpy(np.array(g))

    return Wrapped.apply


def torch_gradcheck(kernel: Kernel, fast: bool) -> None:
    """gradcheck, and gradgradcheck where there is a second derivative. GradcheckError."""
    if not (kernel.backend.NAME == "torch" or _wrapped(kernel)) or not has(kernel, "float64"):
        raise Unsupported("not for PyTorch")
    for case in _points(kernel):
        with contextlib.suppress(NotImplementedError):
            _gradchecked(kernel, case, fast)


def _gradchecked(kernel: Kernel, case: Case, fast: bool) -> None:
    x = torch.from_numpy(case.arrays[0].copy()).requires_grad_()
    function = _torch_function(kernel, case)
    gradcheck(function, (x,), fast_mode=fast)
    if kernel.backend.NAME != "torch" or kernel.written is not None:
        return
    try:
        gradgradcheck(function, (x,), fast_mode=fast)
    except RuntimeError as error:  # once differentiable, unless it is the check's own
        if isinstance(error, GradcheckError):
            raise


def _wrapped(kernel: Kernel) -> bool:
    return kernel.backend.NAME == "numpy" and kernel.written is not None


def _jax_function(kernel: Kernel, case: Case) -> Callable[[Any], Any]:
    narrow = case.arrays[0].astype(np.float32)
    if kernel.backend.NAME == "jax" and kernel.written is None:
        rest, options = kernel.arrays(case, narrow)[1:], kernel.options(case, narrow)
        return lambda x: kernel.implementation.functions[kernel.name](x, *rest, **options)

    shape = jax.ShapeDtypeStruct(kernel.value(case, narrow).shape, np.float32)
    value = partial(kernel.value, case)

    @jax.custom_vjp
    def wrapped(x: Any) -> Any:
        return jax.pure_callback(lambda a: value(np.asarray(a)), shape, x)

    def backward(x: Any, cotangent: Any) -> tuple[Any]:
        back = jax.ShapeDtypeStruct(narrow.shape, np.float32)
        rule = partial(kernel.vjp, case)
        g = jax.pure_callback(lambda a, c: rule(np.asarray(a), np.asarray(c)), back, x, cotangent)
        return (g,)

    wrapped.defvjp(lambda x: (wrapped(x), x), backward)
    return wrapped


def jax_check_grads(kernel: Kernel) -> None:
    """check_grads. AssertionError."""
    own = kernel.backend.NAME == "jax" and kernel.written is None
    twice = own and kernel.name not in OF_PROBABILITIES
    if not (kernel.backend.NAME == "jax" or _wrapped(kernel)) or not has(kernel, "float32"):
        raise Unsupported("not for JAX")
    for case in _points(kernel):
        x = jnp.asarray(case.arrays[0].astype(np.float32))
        with contextlib.suppress(NotImplementedError):
            check_grads(
                _jax_function(kernel, case), (x,), order=2 if twice else 1, modes=["rev"],
                atol=1e-2, rtol=1e-2, eps=1e-3,
            )  # fmt: skip
