"""Array libraries: one module for each, with the same functions (`Backend`).

A module here that has a constant LIBRARY is a library; no other file lists or names them.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol, cast

from conformance.backends.library import Late, Library
from conformance.floats import Array

Native = Any
Kernel = Callable[..., Native]


class Unsupported(Exception):
    """The backend lacks what was asked for; the message says what and why."""


class Dropped(Unsupported):
    """A derivative is lost on the way without a word, where a user may not notice: a limit."""


class Backend(Protocol):
    """The harness's view of an array library.

    Beside these names a backend may have LIBRARY, a `Library` that describes it, and some functions
    of its own: `threads(count)`, a context with so many threads inside an operation; `forget()`,
    which lets go of what was compiled; `rounds_alike(dtype, device)`, whether compiled code rounds
    each operation as it does alone; `borrowed(host)` and `lent(native)`, arrays on each other's
    memory, on the CPU; `without_memory()`, a context whose new arrays have shapes only. USES maps
    words for a use of a function, such as under `torch.no_grad()`, to what makes such a call of it
    with its arrays; PULLS does so for gradients, of one graph that is pulled back more than once.
    `graph` makes the call of a function whose derivatives are asked for, and is Unsupported where
    its result keeps nothing that they could be derived from. `tracked` makes the call with a first
    array of which derivatives may be asked, as some functions for training alone want it.
    `hvp_by(function, arrays, cotangent, direction, wrt)` is the gradient of <direction, vjp> for
    another argument `wrt`, or for the cotangent, −1. `jvp_along(function, arrays, name, place)` is
    the tangent along another argument, or an option that is an array, with itself as its tangent;
    `hvp_along(function, arrays, cotangent, name, place)` the gradient for the first argument of
    ⟨that argument, the gradient for it⟩. `mapped_by(function, arrays, way)` maps along an
    axis of each argument, of AXES_OF_VMAP, or beside one that all calls share.
    """

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


def underived(title: str) -> Callable[..., Native]:
    """What a library without automatic differentiation has for vjp, jvp and hvp."""

    def derive(*arguments: Any) -> Native:
        raise Unsupported(f"{title} has no automatic differentiation")

    return derive


def orders(backend: Backend) -> tuple[str, ...]:
    """The further orders of two derivatives that a backend composes, `ORDERS`."""
    return tuple(getattr(backend, "ORDERS", ()))


def uses(backend: Backend, gradient: bool = False) -> Mapping[str, Callable[..., Native]]:
    """The ways to call a function, or to pull back a cotangent, that a backend names."""
    return cast(Mapping[str, Any], getattr(backend, "PULLS" if gradient else "USES", {}))


@cache
def libraries() -> dict[str, Library]:
    """The libraries that come with the suite: the host's own first, then those of most modes."""
    found = (
        importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)
    )
    here = [cast(Backend, module) for module in found if hasattr(module, "LIBRARY")]
    here.sort(key=lambda b: (not about(b).on_host, -len(b.MODES), b.NAME))
    return {b.NAME: about(b) for b in here}


def about(backend: Backend | str) -> Library:
    """What a library is, by its backend or its name; nothing is imported for a third party's."""
    if isinstance(backend, str):
        if backend in libraries():
            return libraries()[backend]
        return cast(Library, getattr(sys.modules.get(backend), "LIBRARY", Library(backend)))
    own = getattr(backend, "LIBRARY", None)
    return Library(backend.NAME) if own is None else cast(Library, own)


def library_of(modules: Iterable[str | None]) -> str:
    """The library that a file or an object uses, by the modules that it names.

    Empty if it uses none; the host's own only if it uses no other.
    """
    roots = {(module or "").partition(".")[0] for module in modules}
    known = sorted(libraries().values(), key=lambda of: of.on_host)
    return next((of.name for of in known if not roots.isdisjoint((of.name, *of.roots))), "")


_NAMES = tuple(sorted({*Backend.__annotations__, *(n for n in vars(Backend) if n[0] != "_")}))


def get(name: str) -> Backend:
    """A backend by name, imported now, or a third party's by its module path."""
    if name not in libraries():
        return _third_party(name)
    title, package = libraries()[name].title, libraries()[name].package
    if importlib.util.find_spec(name) is None:
        raise Unsupported(f"{title} is not installed: pip install {package}")
    module = importlib.import_module(f"{__name__}.{name}")
    try:
        for alias, late in [(k, v) for k, v in vars(module).items() if isinstance(v, Late)]:
            setattr(module, alias, importlib.import_module(late.__name__))
    except (ImportError, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unsupported(f"{title} is installed but cannot be imported: {said}") from error
    return cast(Backend, module)


def _third_party(name: str) -> Backend:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever the third party's module raises
        known = ", ".join(libraries())
        raise Unsupported(
            f"unknown backend {name!r}: known are {known}, or the path of an importable module"
        ) from error
    missing = [n for n in _NAMES if not hasattr(module, n)]
    if missing:
        raise Unsupported(f"module {name!r} is not a backend: it lacks {', '.join(missing)}")
    return cast(Backend, module)
