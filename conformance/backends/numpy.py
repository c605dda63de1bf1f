"""NumPy: the CPU, eager, without derivatives of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import ml_dtypes
import numpy as np

from conformance.backends import Unsupported, underived
from conformance.backends.library import VIEWS, Library
from conformance.floats import FORMATS, Array

NAME = "numpy"
MODES: tuple[str, ...] = ("eager",)
DEFAULT_MODES: tuple[str, ...] = ("eager",)
COMPILES = False
LIBRARY = Library(
    NAME, "NumPy", "numpy", array="a NumPy array", on_host=True, derives=False,
    layouts=(*VIEWS, "reversed", "unaligned", "swapped", "readonly"),
)  # fmt: skip


def versions() -> Mapping[str, str]:
    """NumPy's and ml_dtypes' versions, and the SIMD extensions that NumPy found."""
    config: Any = np.show_config(mode="dicts")
    found = config.get("SIMD Extensions", {}).get("found", ())
    return {
        "numpy": np.__version__,
        "ml_dtypes": ml_dtypes.__version__,
        "numpy simd": " ".join(found) or "baseline",
    }


def devices() -> tuple[str, ...]:
    """The CPU."""
    return ("cpu",)


def why_not(dtype: str, device: str, mode: str) -> str | None:
    """Why this combination cannot be examined, or None."""
    if device != "cpu":
        return f"NumPy runs on the cpu only, not on {device!r}"
    if mode not in MODES:
        return f"NumPy has no mode {mode!r}, only eager"
    return None if dtype in FORMATS else f"unknown dtype {dtype!r}"


def scope(device: str, dtype: str = "float64") -> AbstractContextManager[None]:
    """Nothing to set."""
    return nullcontext()


def array(host: Array, device: str) -> Array:
    """A fresh copy."""
    return np.array(host, order="C")


def host(native: Any) -> Array:
    """A copy in row-major order and native byte order: the file may reuse its buffer."""
    copy = np.array(native, order="C", subok=False)
    return copy if copy.dtype.isnative else copy.astype(copy.dtype.newbyteorder("="))


def borrowed(host: Array) -> Array:
    """The array itself."""
    return host


def lent(native: Any) -> Array:
    """The array itself; a scalar as an array."""
    return np.asarray(native)


def is_array(value: object) -> bool:
    """True for arrays and NumPy scalars (what a reduction returns), not for masked arrays."""
    return isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, np.ma.MaskedArray)


def transpose(native: Any, order: Sequence[int]) -> Any:
    """A view with permuted axes."""
    return native.transpose(order)


def shares_memory(a: Any, b: Any) -> bool:
    """True if the two arrays overlap."""
    return bool(np.may_share_memory(a, b)) and bool(np.shares_memory(a, b))


def compiled(
    function: Callable[..., Any], mode: str, options: Mapping[str, Any]
) -> Callable[..., Any]:
    """The function with its options bound."""
    if mode not in MODES:
        raise Unsupported(f"NumPy has no mode {mode!r}, only eager")
    return partial(function, **options) if options else function


vjp = jvp = hvp = underived("NumPy")
