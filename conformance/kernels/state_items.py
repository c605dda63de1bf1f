"""Each piece of state that a process shares: how it is read, and how it is put back."""

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
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of state. `put` is None where it cannot be put back; `library` must be imported."""

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object] | None = None
    library: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """One of the standard streams, and whether it is closed."""

    stream: Any
    closed: bool

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Stream)
            and other.stream is self.stream
            and other.closed == self.closed
        )


def _stream(name: str) -> Item:
    def get() -> _Stream:
        stream = getattr(sys, name)
        return _Stream(stream, bool(getattr(stream, "closed", False)))

    def put(was: _Stream) -> None:
        stream = was.stream
        if not was.closed and getattr(stream, "closed", False):
            stream = io.TextIOWrapper(io.FileIO(os.devnull, "w"), write_through=True)
        setattr(sys, name, stream)

    return Item(f"sys.{name}", get, put)


def _put_environment(was: dict[str, str]) -> None:
    for key in [k for k in os.environ if k not in was]:
        del os.environ[key]
    os.environ.update({k: v for k, v in was.items() if os.environ.get(k) != v})


def _context() -> dict[str, Any]:
    """The decimal context without its flags, which any operation raises."""
    c = decimal.getcontext()
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
    return {**{n: getattr(c, n) for n in names}, "traps": [k for k, v in c.traps.items() if v]}


def _put_context(was: dict[str, Any]) -> None:
    decimal.setcontext(decimal.Context(**was))


def _numpy_random() -> tuple[Any, ...]:
    kind, keys, *rest = np.random.get_state()
    return (kind, np.asarray(keys).tobytes(), *rest)


def _put_numpy_random(was: tuple[Any, ...]) -> None:
    np.random.set_state((was[0], np.frombuffer(was[1], np.uint32), *was[2:]))


def _put_filters(was: list[Any]) -> None:
    warnings.filters[:] = was  # type: ignore[index]
    getattr(warnings, "_filters_mutated", lambda: None)()


_SIGNALS = [s for s in ("SIGINT", "SIGTERM", "SIGALRM", "SIGFPE", "SIGABRT") if hasattr(signal, s)]


def _handlers() -> dict[str, Any]:
    return {name: signal.getsignal(getattr(signal, name)) for name in _SIGNALS}


def _put_handlers(was: dict[str, Any]) -> None:
    for name, handler in was.items():
        if handler is not None:
            signal.signal(getattr(signal, name), handler)


def _arithmetic() -> dict[str, str]:
    """How this thread's floating-point unit treats subnormal numbers and rounds."""
    tiny, one, half = 5e-324, 1.0, 2.0**-53
    flushed = np.multiply(tiny, one) == 0
    up, down = np.add(one, 1.5 * half / 2) > one, np.add(one, 1.5 * half) == one
    return {
        "subnormal numbers": "flushed to 0" if flushed else "kept",
        "rounding": "upwards" if up else "downwards" if down else "to nearest",
    }


def _put_arithmetic(was: dict[str, str]) -> None:
    """The default arithmetic of this thread, where the C library has a name for it."""
    if sys.platform.startswith("linux") and set(was.values()) == {"kept", "to nearest"}:
        default = ctypes.c_void_p(-1)  # FE_DFL_ENV of glibc and musl
        ctypes.CDLL("libm.so.6").fesetenv(default)


def _torch(name: str, get: Callable[[Any], Any], put: Callable[[Any, Any], object]) -> Item:
    return Item(
        f"torch's {name}",
        lambda: get(sys.modules["torch"]),
        lambda was: put(sys.modules["torch"], was),
        "torch",
    )


def _deterministic(torch: Any) -> tuple[bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def _put_torch_random(torch: Any, was: bytes) -> None:
    torch.set_rng_state(torch.frombuffer(bytearray(was), dtype=torch.uint8))


_GUARDS: list[Any] = []


def _put_inference_mode(torch: Any, was: bool) -> None:
    guard = torch.inference_mode(was)
    guard.__enter__()
    _GUARDS.append(guard)  # the mode ends with it


def _cudnn(torch: Any) -> dict[str, bool]:
    return {n: getattr(torch.backends.cudnn, n) for n in ("benchmark", "deterministic", "enabled")}


def _put_cudnn(torch: Any, was: dict[str, bool]) -> None:
    for name, value in was.items():
        setattr(torch.backends.cudnn, name, value)


def _jax() -> dict[str, Any]:
    return dict(sys.modules["jax"].config.values)


def _put_jax(was: dict[str, Any]) -> None:
    config = sys.modules["jax"].config
    for name, value in _jax().items():
        if name in was and was[name] != value:
            config.update(name, was[name])


ITEMS = (
    Item("the working directory", os.getcwd, os.chdir),
    Item("the environment", lambda: dict(os.environ), _put_environment),
    _stream("stdout"),
    _stream("stderr"),
    Item("Python's random state", random.getstate, random.setstate),
    Item("NumPy's random state", _numpy_random, _put_numpy_random),
    Item("NumPy's error state", np.geterr, lambda was: np.seterr(**was)),
    Item("NumPy's print options", np.get_printoptions, lambda was: np.set_printoptions(**was)),
    Item("the decimal context", _context, _put_context),
    Item("the warnings filters", lambda: list(warnings.filters), _put_filters),
    Item(
        "garbage collection", lambda: "on" if gc.isenabled() else "off",
        lambda was: gc.enable() if was == "on" else gc.disable(),
    ),
    Item("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Item("the signal handlers", _handlers, _put_handlers),
    Item("the locale", lambda: locale.setlocale(locale.LC_ALL),
         lambda was: locale.setlocale(locale.LC_ALL, was)),
    Item("the processor's arithmetic", _arithmetic, _put_arithmetic),
    _torch("default dtype", lambda t: str(t.get_default_dtype()).removeprefix("torch."),
           lambda t, was: t.set_default_dtype(getattr(t, was))),
    _torch("default device", lambda t: str(t.get_default_device()),
           lambda t, was: t.set_default_device(None if was == "cpu" else was)),
    _torch("number of threads", lambda t: t.get_num_threads(),
           lambda t, was: t.set_num_threads(was)),
    _torch("grad mode", lambda t: t.is_grad_enabled(), lambda t, was: t.set_grad_enabled(was)),
    _torch("autocast", lambda t: t.is_autocast_enabled("cpu"),
           lambda t, was: t.set_autocast_enabled("cpu", was)),
    _torch("inference mode", lambda t: t.is_inference_mode_enabled(), _put_inference_mode),
    _torch("anomaly mode", lambda t: t.is_anomaly_enabled(),
           lambda t, was: t.autograd.set_detect_anomaly(was)),
    _torch("deterministic algorithms", _deterministic,
           lambda t, was: t.use_deterministic_algorithms(was[0], warn_only=was[1])),
    _torch("precision of float32 products", lambda t: t.get_float32_matmul_precision(),
           lambda t, was: t.set_float32_matmul_precision(was)),
    _torch("flags of cuDNN", _cudnn, _put_cudnn),
    _torch("random state", lambda t: t.get_rng_state().numpy().tobytes(), _put_torch_random),
    Item("JAX's configuration", _jax, _put_jax, "jax"),
)  # fmt: skip
