"""The mutants and controls under the checks that people use today.

    python benchmarks/usual_checks.py tests/mutants tests/controls --json usual.json
    conformance power --from power.json --beside usual.json --markdown docs/power.md

Each check is what its authors' own tests do, with their tolerances: samples of a normal
distribution and torch.testing.assert_close's defaults by dtype, values and gradients; the fixed
cases of the ONNX backend tests; torch.autograd.gradcheck, slow and fast, and jax.test_util's
check_grads on [-9, 9]. NumPy files with a gradient of their own go through a wrapper of it.
"""

from __future__ import annotations

import argparse
import contextlib
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import torch
from usual_cases import Array, Case, drawn, expected, fixed
from usual_gradients import jax_check_grads, torch_gradcheck
from usual_kernel import DTYPES, Kernel, like

from conformance.backends import Unsupported
from conformance.kernels import process_state
from conformance.kernels.loading import load
from conformance.model import Implementation
from conformance.power.record import Usual
from conformance.records.storage import put

#: (rtol, atol): the defaults of torch.testing.assert_close; 16 bit: JAX's, which are wider.
CLOSE = {"float64": (1e-7, 1e-7), "float32": (1.3e-6, 1e-5), "float16": (1e-3, 1e-3),
         "bfloat16": (1.6e-2, 1e-2)}  # fmt: skip

CHECKS = {
    "allclose": "values, and gradients where there are any, within the tolerances of "
    "torch.testing.assert_close (float32: 1.3e-6 relative, 1e-5 absolute; in 16 bit those of JAX's "
    "tests, which are wider) of PyTorch in float64, "
    "on normal samples of shape (8, 5), every option and axis once, in every dtype",
    "ONNX cases": "the inputs of the ONNX backend tests in float32, within 1e-3 relative and 1e-7 "
    "absolute; values only",
    "gradcheck": "torch.autograd.gradcheck and gradgradcheck in float64 with their defaults, at "
    "samples from [-9, 9] of shape (3, 5); NumPy's through a wrapper of F_vjp",
    "gradcheck, fast": "the same with fast_mode=True, the mode of PyTorch's own tests",
    "check_grads": "jax.test_util.check_grads in float32, reverse mode, with eps 1e-3 and 1e-2 "
    "relative and absolute, as in JAX's own tests, at the same samples, to the second order "
    "(of probabilities the first); NumPy's through a wrapper of F_vjp, to the first",
}


def _close(got: Array, want: Array, rtol: float, atol: float) -> None:
    np.testing.assert_allclose(got.astype(np.float64), want, rtol, atol)


def allclose(kernel: Kernel) -> None:
    """Values and gradients at normal samples. AssertionError."""
    rng = np.random.default_rng(0)
    cases = drawn(kernel.name, kernel.accepted, rng.normal(size=(8, 5)), rng)
    for dtype in kernel.implementation.dtypes or tuple(DTYPES):
        for case in cases:
            with contextlib.suppress(NotImplementedError):
                _compare(kernel, case, dtype, rng)


def _compare(kernel: Kernel, case: Case, dtype: str, rng: np.random.Generator) -> None:
    x = case.arrays[0].astype(DTYPES[dtype])
    exact = Case((x, *(like(a, x) for a in case.arrays[1:])), case.options)
    wide = torch.from_numpy(x.astype(np.float64)).requires_grad_()
    want = expected(kernel.name, exact)(wide)
    for mode in kernel.backend.DEFAULT_MODES:
        _close(kernel.value(case, x, mode), want.detach().numpy(), *CLOSE[dtype])
    cotangent = np.asarray(rng.normal(size=want.shape)).astype(x.dtype)
    want.backward(torch.from_numpy(cotangent.astype(np.float64)))
    with contextlib.suppress(Unsupported):
        _close(kernel.vjp(case, x, cotangent), wide.grad.numpy(), *CLOSE[dtype])


def onnx(kernel: Kernel) -> None:
    """Values at fixed inputs. AssertionError."""
    if "float32" not in (kernel.implementation.dtypes or DTYPES):
        raise Unsupported("no float32")
    for case in fixed(kernel.name, kernel.accepted):
        x = case.arrays[0].astype(np.float32)
        want = expected(kernel.name, case)(torch.from_numpy(case.arrays[0]))
        with contextlib.suppress(NotImplementedError):
            _close(kernel.value(case, x), want.numpy(), 1e-3, 1e-7)


RUN: dict[str, Callable[[Kernel], None]] = dict(
    zip(
        CHECKS,
        (allclose, onnx, partial(torch_gradcheck, fast=False),
         partial(torch_gradcheck, fast=True), jax_check_grads),
        strict=True,
    )
)  # fmt: skip


def said(check: Callable[[Kernel], None], implementation: Implementation) -> tuple[str, str]:
    """caught, passed or none, and why. Whatever is raised is a catch."""
    made = False
    for name in implementation.functions:
        torch.manual_seed(0)
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                check(Kernel(implementation, name))
            made = True
        except Unsupported:
            continue
        except Exception as error:
            return "caught", f"{name}: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
    return ("passed" if made else "none"), ""


def _files(places: list[str]) -> Iterator[Path]:
    for place in map(Path, places):
        yield from sorted(place.rglob("[!_.]*.py")) if place.is_dir() else [place]


def main() -> None:
    """Check all files, print a line for each, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("places", nargs="+", help="files, or folders of them")
    parser.add_argument("--json", help="where to write what each check said")
    parser.add_argument("--why", action="store_true", help="print what each check objects to")
    args = parser.parse_args()
    usual = Usual(checks=CHECKS, said={})
    before = process_state.snapshot()
    for path in _files(args.places):
        started, implementation = time.monotonic(), load(str(path))
        found = {title: said(check, implementation) for title, check in RUN.items()}
        name = f"{path.resolve().parent.name}/{path.stem}"
        usual.said[name] = {title: verdict for title, (verdict, _) in found.items()}
        process_state.restore(before)  # what a file leaves behind is not the next one's
        told = " ".join(f"{verdict:7}" for verdict, _ in found.values())
        print(f"{told} {time.monotonic() - started:5.1f} s  {name}", flush=True)
        for title, (_, why) in found.items():
            if args.why and why:
                print(f"    {title}: {why}")
    if args.json:
        put(args.json, msgspec.json.encode(usual))


if __name__ == "__main__":
    main()
