"""JAX: eager, jit, vmap and grad-of-jit, on every platform that it finds.

64-bit types are on inside `scope` and for float64 only; results are waited for, so that an error
is its own.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.backends import Unsupported, binding
from conformance.backends.binding import Bound, Program, Way, bind, given_by, mapped
from conformance.backends.library import Late, Library, Programs, Script, State
from conformance.floats import FORMATS, Array

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp
else:
    jax, jnp = Late("jax"), Late("jax.numpy")

NAME = "jax"
MODES: tuple[str, ...] = ("eager", "jit", "vmap", "grad-of-jit")
DEFAULT_MODES: tuple[str, ...] = ("eager", "jit")
COMPILES = True


def _pulled(first: str, of: str, taken: str) -> Iterator[str]:
    yield f"out, pull = jax.vjp(lambda {of}: call({taken}), {of})"
    yield "print('gradient', pull(cotangent.astype(out.dtype))[0])"


def _put(was: dict[str, Any]) -> None:
    config: Any = jax.config
    for name, value in config.values.items():
        if name in was and was[name] != value:
            config.update(name, was[name])


LIBRARY = Library(
    NAME, "JAX", "jax", roots=("jaxlib",), array="a jax.Array", immutable=True, ahead=True,
    environment={"XLA_PYTHON_CLIENT_PREALLOCATE": "false"},
    one_thread={
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    },
    programs=Programs(
        "JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE",
        {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"},
    ),
    leak="UnexpectedTracerError",
    state=(State("JAX's configuration", lambda: dict(jax.config.values), _put, NAME),),
    script=Script(
        module="jnp",
        imports="import jax\nimport jax.numpy as jnp",
        wide='jax.config.update("jax_enable_x64", True)',
        device='jax.config.update("jax_default_device", jax.devices("{kind}")[{index}])',
        array="jnp.array(np.array({values}, jnp.{dtype}))",
        mask="jnp.array(np.array({values}, bool))",
        contiguous="{x}",
        layouts={},
        modes={"jit": "jax.jit(call)", "grad-of-jit": "jax.jit(call)", "vmap": "jax.vmap(call)"},
        gradient=_pulled,
    ),
)  # fmt: skip

#: Errors of jax.errors; the first is of a branch on a value, among others.
_UNTRACEABLE = ("ConcretizationTypeError", "TracerArrayConversionError",
                "TracerIntegerConversionError", "NonConcreteBooleanIndexError")  # fmt: skip
_PLATFORMS = {"cuda": "gpu", "rocm": "gpu"}


def versions() -> Mapping[str, str]:
    """JAX's and jaxlib's versions and the settings that change results."""
    config: Any = jax.config
    found = {
        "jax": jax.__version__,
        "jaxlib": version("jaxlib"),
        "jax x64 by default": str(bool(config.jax_enable_x64)),
        "jax matmul precision": str(config.jax_default_matmul_precision or "default"),
        "jax platform": str(jax.devices()[0].device_kind),
        "jax flush denormal": str(_flushes()),
    }
    flags = os.environ.get("XLA_FLAGS")
    return {**found, "xla flags": flags} if flags else found


def _flushes() -> bool:
    """Probed on the default device: whether the smallest normal number halved is 0."""
    return bool(np.asarray(jnp.asarray(np.float32(2.0**-126)) * np.float32(0.5)) == 0.0)


def _installed() -> list[str]:
    """The platforms that JAX has started: what was looked for."""
    return list(dict.fromkeys(device.platform for device in _devices().values()))


@cache
def _devices() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for platform in dict.fromkeys((jax.default_backend(), "cpu")):
        for index, device in enumerate(jax.devices(platform)):
            found[platform if platform == "cpu" and index == 0 else f"{platform}:{index}"] = device
    return found


def _device(name: str) -> Any:
    platform, _, index = name.partition(":")
    platform = _PLATFORMS.get(platform, platform)
    found = _devices()
    for spelled in (f"{platform}:{index}" if index else platform, f"{platform}:{index or 0}"):
        if spelled in found:
            return found[spelled]
    return found["cpu"] if name == "cpu:0" else None


def devices() -> tuple[str, ...]:
    """The CPU (and further forced host devices) and the devices of the default platform."""
    return tuple(sorted(_devices(), key=lambda name: (not name.startswith("cpu"), name)))


def why_not(dtype: str, device: str, mode: str) -> str | None:
    """Why this combination cannot be examined, or None."""
    if _device(device) is None:
        return (
            f"JAX {jax.__version__}, on {', '.join(_installed())}, sees no device {device!r}, "
            f"only {', '.join(devices())}"
        )
    if mode not in MODES:
        return f"JAX has no mode {mode!r}, only {', '.join(MODES)}"
    return None if dtype in FORMATS else f"unknown dtype {dtype!r}"


@contextmanager
def _x64() -> Iterator[None]:
    """64-bit types, as a user has them: in the threads in which XLA calls back to Python, too."""
    enable: Any = getattr(jax, "enable_x64", None)
    if enable is None:  # before JAX 0.8
        enable = importlib.import_module("jax.experimental").enable_x64
    config: Any = jax.config
    before = config.jax_enable_x64
    with enable(True):
        config.update("jax_enable_x64", True)
        try:
            yield
        finally:
            config.update("jax_enable_x64", before)


@contextmanager
def scope(device: str, dtype: str = "float64") -> Iterator[None]:
    """The device is the default one, for this thread and this block; 64-bit types for float64.

    The others are examined as they are used, without them unless the file has switched them on:
    jax.nn.one_hot and a bare jnp.zeros would be of float64, and so would all that meets them.
    """
    with _x64() if dtype == "float64" else nullcontext(), jax.default_device(_device(device)):
        yield


def array(host: Array, device: str) -> Any:
    """A fresh array on the device (a copy: on the CPU JAX would borrow the host's memory)."""
    return jax.device_put(np.array(host, order="C"), _device(device))


def host(native: Any) -> Array:
    """The values on the host."""
    return np.asarray(native)


@cache
def rounds_alike(dtype: str, device: str) -> bool:
    """True if a compiled function rounds each operation as it does alone; probed for 16 bits.

    XLA may keep what it fuses in float32: 1 + u/2 - 1 and x * x / x, beyond the format, tell.
    """
    fmt = FORMATS[dtype]
    if not fmt.is_half:
        return True
    with scope(device, dtype):
        one, least, large = (array(np.full(8, v, fmt.dtype), device)
                             for v in (1, fmt.u / 2, fmt.largest / 2))  # fmt: skip
        kept, far = jax.jit(lambda a, b, c: (a + b - a, c * c / c))(one, least, large)
        return bool((np.asarray(kept) == 0).all() and np.isinf(np.asarray(far, np.float32)).all())


def forget() -> None:
    """Let go of everything compiled: of every shape, option and dtype a program or a dozen."""
    binding.forget()
    jax.clear_caches()  # type: ignore[no-untyped-call]


def is_array(value: object) -> bool:
    """True for JAX arrays."""
    return isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)


def transpose(native: Any, order: Sequence[int]) -> Any:
    """Permuted axes: a copy, JAX has no views."""
    return jnp.transpose(native, tuple(order))


def shares_memory(a: Any, b: Any) -> bool:
    """Never known to: arrays are immutable."""
    return False


def compiled(
    function: Callable[..., Any], mode: str, options: Mapping[str, Any]
) -> Callable[..., Any]:
    """The function in a mode; array options are traced, others are constants."""
    if mode not in MODES:
        raise Unsupported(f"JAX has no mode {mode!r}, only {', '.join(MODES)}")
    return bind(function, mode, options, is_array, _run)


def _run(program: Program, flat: tuple[Any, ...]) -> Any:
    if program.mode in ("jit", "grad-of-jit"):
        call = program.make("value", lambda: jax.jit(program.plain))
    elif program.mode == "vmap":
        axes = mapped(program, flat)
        call = program.make(("value", axes), lambda: _mapped(program.plain, axes))
    else:
        call = program.plain
    return _ready(_loud_limits(call, *flat))


def _mapped(call: Callable[..., Any], axes: tuple[int | None, ...]) -> Any:
    """The call over rows, compiled: operation by operation it would be a dozen programs."""
    return jax.jit(jax.vmap(call, in_axes=axes))


#: JAX itself moves the mapped axis to the front; rules see which arguments are mapped.
AXES_OF_VMAP: tuple[int, ...] = (0,)


def mapped_by(function: Bound, arrays: Sequence[Any], way: Way) -> Any:
    """The values by `vmap` along an axis of each argument, or beside it: a program of its own."""
    program, axes = function.program, (*way, *(None,) * len(function.extras))
    call = program.make(("value", axes), lambda: _mapped(program.plain, axes))
    return _ready(_loud_limits(call, *given_by(way, arrays, transpose), *function.extras))


def _ready(result: Any) -> Any:
    return result.block_until_ready() if isinstance(result, jax.Array) else result


def _pullback(base: Callable[..., Any], wrt: int, cotangent: Any, *flat: Any) -> Any:
    def of(x: Any) -> Any:
        out = base(*flat[:wrt], x, *flat[wrt + 1 :])
        if not isinstance(out, jax.Array):
            raise TypeError(f"returned {type(out).__name__}, not an array")
        return out

    out, pull = jax.vjp(of, flat[wrt])
    return pull(cotangent.astype(out.dtype))[0]


def _valued(base: Callable[..., Any], *flat: Any) -> Any:
    """The value computed along with a gradient, perhaps by a custom rule."""
    return jax.vjp(lambda x: base(x, *flat[1:]), flat[0])[0]


def _directional(base: Callable[..., Any], tangent: Any, *flat: Any) -> Any:
    return jax.jvp(lambda x: base(x, *flat[1:]), (flat[0],), (tangent,))[1]


def _second(base: Callable[..., Any], cotangent: Any, direction: Any, *flat: Any) -> Any:
    def gradient(x: Any) -> Any:
        return _pullback(base, 0, cotangent, x, *flat[1:])

    return jax.jvp(gradient, (flat[0],), (direction,))[1]


def _reverse_twice(base: Callable[..., Any], cotangent: Any, direction: Any, *flat: Any) -> Any:
    def gradient(x: Any) -> Any:
        return _pullback(base, 0, cotangent, x, *flat[1:])

    return _pullback(gradient, 0, direction, flat[0])


def _reverse_last(base: Callable[..., Any], cotangent: Any, direction: Any, *flat: Any) -> Any:
    def along(x: Any) -> Any:
        return _directional(base, direction, x, *flat[1:])

    return _pullback(along, 0, cotangent, flat[0])


_RULES: dict[str, Callable[..., Any]] = {
    "reverse over reverse": _reverse_twice,
    "reverse over forward": _reverse_last,
}
ORDERS: tuple[str, ...] = tuple(_RULES)


def _transposed(base: Callable[..., Any], cotangent: Any, direction: Any, *flat: Any) -> Any:
    """J v, by the pullback of g ↦ Jᵀg."""
    pull = jax.vjp(lambda g: _pullback(base, 0, g, *flat), cotangent)[1]
    return pull(direction)[0]


def _derive(
    function: Any, rule: Callable[..., Any], key: Hashable, leading: tuple[Any, ...],
    arrays: Sequence[Any],
) -> Any:  # fmt: skip
    """Apply a derivative rule in the function's mode; jit compiles the whole derivative."""
    if not isinstance(function, Bound):
        return _ready(_loud_limits(rule, function, *leading, *arrays))
    program, flat = function.program, (*arrays, *function.extras)
    base = program.plain
    if program.mode == "grad-of-jit":
        base = program.make("value", lambda: jax.jit(program.plain))
    call: Callable[..., Any] = partial(rule, base)
    if program.mode == "jit":
        call = program.make(key, lambda: jax.jit(partial(rule, program.plain)))
    elif program.mode == "vmap":
        axes = (0,) * len(leading) + mapped(program, flat)
        call = program.make((key, axes), lambda: _mapped(partial(rule, base), axes))
    return _ready(_loud_limits(call, *leading, *flat))


def _loud_limits(call: Callable[..., Any], *arguments: Any) -> Any:
    """Turn JAX's refusals into Unsupported: they mean a missing ability, not an error."""
    try:
        return call(*arguments)
    except tuple(getattr(jax.errors, name) for name in _UNTRACEABLE) as error:
        said = str(error).strip().splitlines()[0]
        raise Unsupported(f"JAX cannot trace it: {said}") from error
    except TypeError as error:
        if "forward-mode" in str(error):  # "differentiation" or "autodiff", as the versions have it
            raise Unsupported("jax.custom_vjp has no forward mode") from error
        if "Cannot apply JAX transformations" in str(error):
            raise Unsupported("JAX has compiled it already, and transforms it no more") from error
        raise


def vjp(function: Any, arrays: Sequence[Any], cotangent: Any, wrt: int) -> Any:
    """jax.vjp: of the jitted function in mode grad-of-jit, itself jitted in mode jit."""

    def rule(base: Any, cotangent: Any, *flat: Any) -> Any:
        return _pullback(base, wrt, cotangent, *flat)

    return _derive(function, rule, ("vjp", wrt), (cotangent,), arrays)


def _with_gradient(function: Any, arrays: Sequence[Any]) -> Any:
    return _derive(function, _valued, "valued", (), arrays)


USES: Mapping[str, Callable[..., Any]] = {"as the value of jax.vjp": _with_gradient}


def jvp(function: Any, arrays: Sequence[Any], tangent: Any) -> Any:
    """jax.jvp."""
    return _derive(function, _directional, "jvp", (tangent,), arrays)


def hvp(
    function: Any, arrays: Sequence[Any], cotangent: Any, direction: Any, order: str = ""
) -> Any:
    """jax.jvp of jax.vjp, or another order of `ORDERS`."""
    rule = _RULES.get(order, _second)
    return _derive(function, rule, ("hvp", order), (cotangent, direction), arrays)


def hvp_by(function: Any, arrays: Sequence[Any], cotangent: Any, direction: Any, wrt: int) -> Any:
    """jax.vjp of jax.vjp for the cotangent (−1); Unsupported for another array."""
    if wrt != -1:
        raise Unsupported("mixed second derivatives are programs of their own")
    return _derive(function, _transposed, "transposed", (cotangent, direction), arrays)
