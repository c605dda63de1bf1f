"""Each item of a process's global state: how it is read and how it is restored."""

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
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.backends import libraries
from conformance.backends.library import State


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


def _stream(name: str) -> State:
    def get() -> _Stream:
        stream = getattr(sys, name)
        return _Stream(stream, bool(getattr(stream, "closed", False)))

    def put(was: _Stream) -> None:
        stream = was.stream
        if not was.closed and getattr(stream, "closed", False):
            stream = io.TextIOWrapper(io.FileIO(os.devnull, "w"), write_through=True)
        setattr(sys, name, stream)

    return State(f"sys.{name}", get, put)


def _put_environment(was: dict[str, str]) -> None:
    for key in [k for k in os.environ if k not in was]:
        del os.environ[key]
    os.environ.update({k: v for k, v in was.items() if os.environ.get(k) != v})


def _context() -> dict[str, Any]:
    """The decimal context without its flags, which any operation raises."""
    c = decimal.getcontext()
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
    return {**{n: getattr(c, n) for n in names}, "traps": [k for k, v in c.traps.items() if v]}


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
    """How this thread's floating-point unit rounds and treats subnormal numbers."""
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


#: Of this process, and of the libraries that it has imported.
ITEMS = (
    State("the working directory", os.getcwd, os.chdir),
    State("the environment", lambda: dict(os.environ), _put_environment),
    _stream("stdout"),
    _stream("stderr"),
    State("Python's random state", random.getstate, random.setstate),
    State("NumPy's random state", _numpy_random, _put_numpy_random),
    State("NumPy's error state", np.geterr, lambda was: np.seterr(**was)),
    State("NumPy's print options", np.get_printoptions, lambda was: np.set_printoptions(**was)),
    State("the decimal context", _context, lambda was: decimal.setcontext(decimal.Context(**was))),
    State("the warnings filters", lambda: list(warnings.filters), _put_filters),
    State(
        "garbage collection", lambda: "on" if gc.isenabled() else "off",
        lambda was: gc.enable() if was == "on" else gc.disable(),
    ),
    State("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    State("the signal handlers", _handlers, _put_handlers),
    State("the locale", lambda: locale.setlocale(locale.LC_ALL),
         lambda was: locale.setlocale(locale.LC_ALL, was)),
    State("the processor's arithmetic", _arithmetic, _put_arithmetic),
    *(item for library in libraries().values() for item in library.state),
)  # fmt: skip
