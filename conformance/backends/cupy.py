"""CuPy: NumPy's functions on CUDA devices, eager, without derivatives of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported, underived
from conformance.backends.library import VIEWS, Late, Library, Script
from conformance.floats import FORMATS, Array

cp: Any = Late("cupy")

NAME = "cupy"
MODES: tuple[str, ...] = ("eager",)
DEFAULT_MODES: tuple[str, ...] = ("eager",)
COMPILES = False
_SCRIPT = Script(
    module="cp", imports="import cupy as cp", device="cp.cuda.Device({index}).use()",
    array="cp.array(np.array({values}, np.{dtype}))", mask="cp.array(np.array({values}, bool))",
    layouts={
        **Script().layouts,
        "offset": "cp.concatenate([cp.zeros({start}, {x}.dtype), {x}.ravel()])[{start}:]"
        ".reshape({x}.shape)",
    },
    helpers={},  # its arrays begin at multiples of 64 bytes
)  # fmt: skip
LIBRARY = Library(
    NAME, "CuPy", "cupy-cuda12x", array="a cupy.ndarray", on_cpu=False, derives=False,
    layouts=(*VIEWS, "reversed"), script=_SCRIPT,
)  # fmt: skip


def versions() -> Mapping[str, str]:
    """CuPy's version, the CUDA runtime and driver, and the first device's name."""
    runtime = cp.cuda.runtime
    found = {"cupy": cp.__version__, "cuda runtime": str(runtime.runtimeGetVersion())}
    if devices():
        found["cuda driver"] = str(runtime.driverGetVersion())
        found["cupy flush denormal"] = str(_flushes())
        found["gpu"] = runtime.getDeviceProperties(0)["name"].decode()
    return found


def _flushes() -> bool:
    """Probed: whether the smallest subnormal number times 1 is 0."""
    return bool((cp.asarray(np.float32(2.0**-149)) * np.float32(1)).get() == 0)


def devices() -> tuple[str, ...]:
    """The CUDA devices, none if there is no driver."""
    try:
        count = int(cp.cuda.runtime.getDeviceCount())
    except cp.cuda.runtime.CUDARuntimeError:
        return ()
    return tuple(f"cuda:{index}" for index in range(count))


def why_not(dtype: str, device: str, mode: str) -> str | None:
    """Why this combination cannot be examined, or None."""
    if device not in devices():
        return f"CuPy sees no device {device!r}, only {', '.join(devices()) or 'none at all'}"
    if mode not in MODES:
        return f"CuPy has no mode {mode!r}, only eager"
    if dtype == "bfloat16":
        return "CuPy has no bfloat16 arithmetic"
    return None if dtype in FORMATS else f"unknown dtype {dtype!r}"


@contextmanager
def _on(device: str) -> Iterator[None]:
    with cp.cuda.Device(_index(device)):
        yield


def _index(device: str) -> int:
    return int(device.partition(":")[2] or 0)


def scope(device: str, dtype: str = "float64") -> AbstractContextManager[None]:
    """The device is current."""
    return _on(device)


def array(host: Array, device: str) -> Any:
    """A fresh array on the device; of one axis at first, as CuPy makes -0 of no axis to 0."""
    with cp.cuda.Device(_index(device)):
        return cp.array(host.reshape(-1), order="C").reshape(host.shape)


def host(native: Any) -> Array:
    """The values on the host, after the device has finished."""
    return np.ascontiguousarray(cp.asnumpy(native)).reshape(native.shape)


def is_array(value: object) -> bool:
    """True for CuPy arrays."""
    return isinstance(value, cp.ndarray)


def transpose(native: Any, order: Sequence[int]) -> Any:
    """A view with permuted axes."""
    return native.transpose(tuple(order))


def shares_memory(a: Any, b: Any) -> bool:
    """True if the two arrays overlap."""
    return bool(cp.may_share_memory(a, b)) and bool(cp.shares_memory(a, b))


def compiled(
    function: Callable[..., Any], mode: str, options: Mapping[str, Any]
) -> Callable[..., Any]:
    """The function with its options bound; each call waits, so that an error is its own."""
    if mode not in MODES:
        raise Unsupported(f"CuPy has no mode {mode!r}, only eager")
    bound = partial(function, **options)

    def call(*arrays: Any) -> Any:
        result = bound(*arrays)
        cp.cuda.get_current_stream().synchronize()
        return result

    return call


vjp = jvp = hvp = underived("CuPy")
