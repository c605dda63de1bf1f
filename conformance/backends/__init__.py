"""What the harness needs of an array library: one small module each, with the same names."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from conformance.floats import Array

Native = Any
Kernel = Callable[..., Native]


class Unsupported(Exception):
    """The backend lacks what was asked for; the message says what and why."""


class Backend(Protocol):
    """The harness's view of NumPy, PyTorch, JAX, CuPy or a third party's library."""

    NAME: str
    MODES: tuple[str, ...]
    DEFAULT_MODES: tuple[str, ...]
    #: Every new shape is compiled anew: the palettes of shapes are small.
    COMPILES: bool

    def versions(self) -> Mapping[str, str]:
        """Versions and numerical settings (TF32, x64, fast-math, threads) for the environment."""

    def devices(self) -> tuple[str, ...]:
        """Names of the devices that are there: "cpu", "cuda:0", ..."""

    def why_not(self, dtype: str, device: str, mode: str) -> str | None:
        """Why this combination cannot be examined, or None if it can."""

    def scope(self, device: str, dtype: str = "float64") -> AbstractContextManager[None]:
        """Settings that hold only while a dtype is examined (JAX: 64-bit types, for float64)."""

    def array(self, host: Array, device: str) -> Native:
        """A fresh native array with the values of a C-contiguous host array."""

    def host(self, native: Native) -> Array:
        """The values on the host (ml_dtypes for bfloat16), after the device has finished."""

    def is_array(self, value: object) -> bool:
        """True if `value` is this library's array."""

    def transpose(self, native: Native, order: Sequence[int]) -> Native:
        """A view with permuted axes where the library has views."""

    def shares_memory(self, a: Native, b: Native) -> bool:
        """True if two native arrays are known to overlap in memory."""

    def compiled(self, function: Kernel, mode: str, options: Mapping[str, Any]) -> Kernel:
        """`function` with keyword `options` bound, called with arrays only, in a mode."""

    def vjp(
        self, function: Kernel, arrays: Sequence[Native], cotangent: Native, wrt: int
    ) -> Native:
        """Gradient of <cotangent, function(*arrays)> for argument `wrt`. Unsupported if none."""

    def jvp(self, function: Kernel, arrays: Sequence[Native], tangent: Native) -> Native:
        """Forward mode: directional derivative along the first argument."""

    def hvp(
        self, function: Kernel, arrays: Sequence[Native], cotangent: Native, direction: Native
    ) -> Native:
        """d/dt vjp(x + t·direction) at t = 0, for the first argument.

        A backend that composes derivatives in other orders, too, names them in a constant
        `ORDERS`, and takes one of the names as a further argument, `order`.
        """


def orders(backend: Backend) -> tuple[str, ...]:
    """The further orders of two derivatives that a backend composes, `ORDERS`."""
    return tuple(getattr(backend, "ORDERS", ()))


#: Name -> (what people call it, what to install).
KNOWN: dict[str, tuple[str, str]] = {
    "numpy": ("NumPy", "numpy"),
    "torch": ("PyTorch", "torch"),
    "jax": ("JAX", "jax"),
    "cupy": ("CuPy", "cupy-cuda12x"),
}
#: Modules that a library imports late, at a first derivative: a second and more of a processor.
LATER: dict[str, tuple[str, ...]] = {"torch": ("torch._dynamo",)}
_NAMES = tuple(sorted({*Backend.__annotations__, *(n for n in vars(Backend) if n[0] != "_")}))


def get(name: str) -> Backend:
    """A backend by name, imported now, or a third party's by its module path."""
    if name in KNOWN:
        title, package = KNOWN[name]
        if importlib.util.find_spec(name) is None:
            raise Unsupported(f"{title} is not installed: pip install {package}")
        try:
            return cast(Backend, importlib.import_module(f"conformance.backends.{name}"))
        except (ImportError, OSError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise Unsupported(f"{title} is installed but cannot be imported: {said}") from error
    return _third_party(name)


def _third_party(name: str) -> Backend:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever the third party's module raises
        known = ", ".join(KNOWN)
        raise Unsupported(
            f"unknown backend {name!r}: known are {known}, or the path of an importable module"
        ) from error
    missing = [n for n in _NAMES if not hasattr(module, n)]
    if missing:
        raise Unsupported(f"module {name!r} is no backend: it lacks {', '.join(missing)}")
    return cast(Backend, module)
