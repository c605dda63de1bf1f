"""Every piece of shared state: a change of it is seen, told in words, and put back."""

from __future__ import annotations

import ctypes
import decimal
import gc
import io
import locale
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from conformance.kernels import process_state
from conformance.kernels.state_items import ITEMS


def _torch() -> Any:
    return pytest.importorskip("torch")


def _jax() -> Any:
    return pytest.importorskip("jax")


def _set(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


#: Name -> (a change, a part of what is said of it).
CHANGES: dict[str, tuple[Callable[[], object], str]] = {
    "the working directory": (lambda: os.chdir("/"), "→ /)"),
    "the environment": (
        lambda: os.environ.update(CONFORMANCE_TEST="1"),
        "(CONFORMANCE_TEST: unset → 1)",
    ),
    "sys.stdout": (lambda: _set(sys, "stdout", io.StringIO()), "sys.stdout"),
    "sys.stderr": (lambda: _set(sys, "stderr", None), "sys.stderr"),
    "Python's random state": (random.random, "Python's random state"),
    "NumPy's random state": (np.random.rand, "NumPy's random state"),
    "NumPy's error state": (lambda: np.seterr(over="raise"), "over: warn → raise"),
    "NumPy's print options": (lambda: np.set_printoptions(precision=2), "precision: 8 → 2"),
    "the decimal context": (lambda: _set(decimal.getcontext(), "prec", 3), "prec: 28 → 3"),
    "the warnings filters": (lambda: warnings.simplefilter("always"), "warnings filters"),
    "garbage collection": (gc.disable, "on → off"),
    "the recursion limit": (lambda: sys.setrecursionlimit(54321), "→ 54321"),
    "the signal handlers": (lambda: signal.signal(signal.SIGFPE, signal.SIG_IGN), "SIGFPE"),
    "the locale": (
        lambda: locale.setlocale(
            locale.LC_ALL, "C" if locale.setlocale(locale.LC_ALL) != "C" else "C.UTF-8"
        ),
        "the locale",
    ),
    "the processor's arithmetic": (
        lambda: ctypes.CDLL("libm.so.6").fesetround(0x800),
        "rounding: to nearest → upwards",
    ),
    "torch's default dtype": (
        lambda: _torch().set_default_dtype(_torch().float64),
        "float32 → float64",
    ),
    "torch's default device": (lambda: _torch().set_default_device("meta"), "cpu → meta"),
    "torch's number of threads": (
        lambda: _torch().set_num_threads(_torch().get_num_threads() + 1),
        "number of threads (",
    ),
    "torch's grad mode": (lambda: _torch().set_grad_enabled(False), "True → False"),
    "torch's autocast": (lambda: _torch().set_autocast_enabled("cpu", True), "False → True"),
    "torch's inference mode": (
        lambda: _kept.append(_entered(_torch().inference_mode(True))),
        "False → True",
    ),
    "torch's anomaly mode": (
        lambda: _torch().autograd.set_detect_anomaly(True),
        "False → True",
    ),
    "torch's deterministic algorithms": (
        lambda: _torch().use_deterministic_algorithms(True),
        "deterministic algorithms",
    ),
    "torch's precision of float32 products": (
        lambda: _torch().set_float32_matmul_precision("medium"),
        "highest → medium",
    ),
    "torch's flags of cuDNN": (
        lambda: _set(_torch().backends.cudnn, "benchmark", True),
        "benchmark: False → True",
    ),
    "torch's random state": (lambda: _torch().rand(1), "random state"),
    "JAX's configuration": (
        lambda: _jax().config.update("jax_enable_x64", True),
        "jax_enable_x64: False → True",
    ),
}
_kept: list[Any] = []


def _entered(context: Any) -> Any:
    context.__enter__()
    return context


@pytest.mark.parametrize("name", [item.name for item in ITEMS])
@pytest.mark.filterwarnings("ignore")  # anomaly mode warns when it is switched on
def test_a_change_is_seen_and_put_back(name: str) -> None:
    change, words = CHANGES[name]
    if name.startswith("torch"):
        _torch()
    elif name.startswith("JAX"):
        _jax()
    before = process_state.snapshot()
    assert name in before
    try:
        change()
        said = process_state.changes(before, process_state.snapshot())
        assert [line for line in said if line.startswith(name) and words in line], said
    finally:
        process_state.restore(before)
    assert process_state.changes(before, process_state.snapshot()) == []


def test_subnormal_numbers_flushed_to_zero() -> None:
    torch = _torch()
    before = process_state.snapshot()
    try:
        if not torch.set_flush_denormal(True):
            pytest.skip("this processor cannot flush subnormal numbers to zero")
        said = process_state.changes(before, process_state.snapshot())
        assert said == ["the processor's arithmetic (subnormal numbers: kept → flushed to 0)"]
    finally:
        process_state.restore(before)
    assert process_state.changes(before, process_state.snapshot()) == []


def test_a_closed_stream_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    before = process_state.snapshot()
    was, sys.stdout = sys.stdout, io.StringIO()
    try:
        inner = process_state.snapshot()
        sys.stdout.close()
        assert process_state.changes(inner, process_state.snapshot()) == ["sys.stdout"]
        process_state.restore(inner)
        print("goes nowhere, and raises nothing")
        sys.stdout.close()
    finally:
        sys.stdout = was
    assert process_state.changes(before, process_state.snapshot()) == []
    assert capsys.readouterr().out == ""


def test_long_values_and_many_changes_are_cut_short() -> None:
    before = {"the environment": {}}
    after = {"the environment": {f"V{i}": "x" * 1000 for i in range(9)}}
    (said,) = process_state.changes(before, after)
    assert said.endswith(", ...)")
    assert len(said) < 250


def test_what_is_not_imported_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert not any(name.startswith("torch") for name in process_state.snapshot())
