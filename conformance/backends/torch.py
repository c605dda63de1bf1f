"""PyTorch: eager, jit (torch.compile), vmap (torch.func), grad-of-jit, autocast; on any device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from conformance.backends import Unsupported
from conformance.backends.binding import Program, bind, mapped
from conformance.backends.library import STRIDED, VIEWS, Late, Library, Script, State
from conformance.backends.torch_autograd import AXES_OF_VMAP as AXES_OF_VMAP
from conformance.backends.torch_autograd import ORDERS as ORDERS
from conformance.backends.torch_autograd import USES as USES
from conformance.backends.torch_autograd import graph as graph
from conformance.backends.torch_autograd import hvp as hvp
from conformance.backends.torch_autograd import hvp_along as hvp_along
from conformance.backends.torch_autograd import hvp_by as hvp_by
from conformance.backends.torch_autograd import jvp as jvp
from conformance.backends.torch_autograd import jvp_along as jvp_along
from conformance.backends.torch_autograd import loud_limits
from conformance.backends.torch_autograd import mapped_by as mapped_by
from conformance.backends.torch_autograd import tracked as tracked
from conformance.backends.torch_autograd import vjp as vjp
from conformance.backends.torch_graphs import PULLS as PULLS
from conformance.backends.torch_graphs import pull_after_change as pull_after_change
from conformance.backends.torch_graphs import pull_together as pull_together
from conformance.floats import FORMATS, Array

if TYPE_CHECKING:
    import torch
else:
    torch = Late("torch")

NAME = "torch"
MODES: tuple[str, ...] = ("eager", "jit", "vmap", "grad-of-jit", "autocast")
DEFAULT_MODES: tuple[str, ...] = ("eager",)
COMPILES = False


def _pulled(first: str, of: str, taken: str) -> Iterator[str]:
    yield from (f"{name}.requires_grad_()" for name in dict.fromkeys((first, of)))
    unused = "" if of == first else ", allow_unused=True"
    yield f"print('gradient', torch.autograd.grad(call({taken}), {of}, cotangent{unused})[0])"


_SCRIPT = Script(
    module="torch", imports="import torch", moved="torch.movedim", contiguous="{x}.contiguous()",
    device='torch.set_default_device("{kind}:{index}")', total="sum(dim=axis, keepdim=True)",
    array="torch.tensor({values}, dtype=torch.{dtype})",
    mask="torch.tensor({values}, dtype=torch.{dtype})", gradient=_pulled,
    layouts={
        **STRIDED,
        "F": "{x}.permute(*range({x}.ndim)[::-1]).contiguous().permute(*range({x}.ndim)[::-1])",
        "permuted": "{x}.transpose(0, 1).contiguous().transpose(0, 1)",
        "channels-last": "{x}.movedim(1, -1).contiguous().movedim(-1, 1)",
        "offset": "torch.cat([{x}.new_zeros({start}), {x}.ravel()])[{start}:].reshape({x}.shape)",
    },
    helpers={},  # its arrays begin at multiples of 64 bytes
    modes={
        **dict.fromkeys(("jit", "grad-of-jit"), "torch.compile(call, dynamic=False)"),
        "autocast": "torch.autocast('{kind}', dtype=torch.{dtype})(call)",
        "vmap": "torch.func.vmap(call)",
    },
)  # fmt: skip
_GUARDS = ExitStack()  # a mode ends with its guard


def _put_cudnn(was: dict[str, bool]) -> None:
    for name, value in was.items():
        setattr(torch.backends.cudnn, name, value)


_CUDNN = ("benchmark", "deterministic", "enabled")
_STATE: tuple[tuple[str, Callable[[], Any], Callable[[Any], object]], ...] = (
    ("default dtype", lambda: str(torch.get_default_dtype()).removeprefix("torch."),
     lambda was: torch.set_default_dtype(getattr(torch, was))),
    ("default device", lambda: str(torch.get_default_device()),
     lambda was: torch.set_default_device(None if was == "cpu" else was)),
    ("number of threads", lambda: torch.get_num_threads(), lambda was: torch.set_num_threads(was)),
    ("grad mode", lambda: torch.is_grad_enabled(), lambda was: torch.set_grad_enabled(was)),
    ("autocast", lambda: torch.is_autocast_enabled("cpu"),
     lambda was: torch.set_autocast_enabled("cpu", was)),
    ("inference mode", lambda: torch.is_inference_mode_enabled(),
     lambda was: _GUARDS.enter_context(torch.inference_mode(was))),
    ("anomaly mode", lambda: torch.is_anomaly_enabled(),
     lambda was: torch.autograd.set_detect_anomaly(was)),
    ("deterministic algorithms", lambda: (torch.are_deterministic_algorithms_enabled(),
                                          torch.is_deterministic_algorithms_warn_only_enabled()),
     lambda was: torch.use_deterministic_algorithms(was[0], warn_only=was[1])),
    ("precision of float32 products", lambda: torch.get_float32_matmul_precision(),
     lambda was: torch.set_float32_matmul_precision(was)),
    ("flags of cuDNN", lambda: {n: getattr(torch.backends.cudnn, n) for n in _CUDNN}, _put_cudnn),
    ("random state", lambda: torch.get_rng_state().numpy().tobytes(),
     lambda was: torch.set_rng_state(torch.frombuffer(bytearray(was), dtype=torch.uint8))),
)  # fmt: skip
LIBRARY = Library(
    NAME, "PyTorch", "torch", roots=("triton",), array="a torch.Tensor", layouts=VIEWS, ahead=True,
    later=("torch.fx.experimental.symbolic_shapes",),
    transforming=("torch._decomp.decompositions_for_jvp", "torch._dynamo"),
    operators="torch.ops.", built_in="torch.ops.aten",
    applied="torch.autograd.function.Function",
    state=tuple(State(f"torch's {name}", get, put, NAME) for name, get, put in _STATE),
    script=_SCRIPT,
)  # fmt: skip

_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
#: torch.compile gives up after 8 shapes and runs eagerly, unless told otherwise.
_LIMITS: dict[str, Any] = {"recompile_limit": 1 << 16, "accumulated_recompile_limit": 1 << 20}


def versions() -> Mapping[str, str]:
    """PyTorch's version and the settings that change results."""
    found = {
        "torch": torch.__version__,
        "torch threads": str(torch.get_num_threads()),
        "torch cpu": torch.backends.cpu.get_cpu_capability(),
        "torch flush denormal": str(_flushes()),
        "torch deterministic": str(torch.are_deterministic_algorithms_enabled()),
        "torch float32 products": torch.get_float32_matmul_precision(),
    }
    return found | (_cuda() if torch.cuda.is_available() else {})


def _cuda() -> dict[str, str]:
    """The GPU, and what its libraries may do to float32 and to sums in 16 bits."""
    blas: Any = torch.backends.cuda.matmul
    cudnn: Any = torch.backends.cudnn
    return {
        "torch cuda": str(torch.version.cuda),
        "gpu": torch.cuda.get_device_name(0),
        "torch tf32": f"products {blas.allow_tf32}, cuDNN {cudnn.allow_tf32}",
        "torch reduced-precision sums": f"float16 {blas.allow_fp16_reduced_precision_reduction}, "
        f"bfloat16 {blas.allow_bf16_reduced_precision_reduction}",
        "cudnn": f"{cudnn.version()}, deterministic {cudnn.deterministic}, "
        f"benchmark {cudnn.benchmark}",
        "torch flush denormal on the gpu": str(_flushes("cuda")),
    }


def _flushes(device: str = "cpu") -> bool:
    """Probed: whether the smallest subnormal number times 1 is 0."""
    return bool((torch.tensor(2.0**-149, device=device) * 1.0).item() == 0.0)


def devices() -> tuple[str, ...]:
    """The CPU and the devices of the accelerator that this PyTorch was built for."""
    if not hasattr(torch, "accelerator"):  # before PyTorch 2.6
        return ("cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())))
    accelerator = (
        torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    )
    if accelerator is None:
        return ("cpu",)
    return ("cpu", *(f"{accelerator.type}:{i}" for i in range(torch.accelerator.device_count())))


def why_not(dtype: str, device: str, mode: str) -> str | None:
    """Why this combination cannot be examined, or None."""
    kind, _, index = device.partition(":")
    if f"{kind}:{index or 0}" not in (*devices(), "cpu:0") and (why := _unusable(device)):
        return why
    if mode not in MODES:
        return f"PyTorch has no mode {mode!r}, only {', '.join(MODES)}"
    if mode == "autocast" and dtype not in ("float16", "bfloat16"):
        return f"autocast is for float16 and bfloat16, not for {dtype}"
    if kind == "mps" and dtype == "float64":
        return "Metal has no float64"
    return None if dtype in FORMATS else f"unknown dtype {dtype!r}"


@cache
def _unusable(device: str) -> str:
    """Why an unlisted device cannot be used; empty if PyTorch knows its name."""
    if device == "meta":
        return "device 'meta' holds no values: there is nothing to examine"
    try:
        if device.partition(":")[0] != "cpu" and torch.ones(1, device=device).cpu().item() == 1:
            return ""
    except Exception:  # whatever an absent driver raises
        pass
    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no CUDA"
    if torch.version.hip:
        built = f"ROCm {torch.version.hip}"
    return (
        f"PyTorch {torch.__version__}, built for {built}, sees no device {device!r}, "
        f"only {', '.join(devices())}"
    )


def scope(device: str, dtype: str = "float64") -> AbstractContextManager[None]:
    """Nothing to set."""
    return nullcontext()


@contextmanager
def threads(count: int) -> Iterator[None]:
    """That many threads inside an operation."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def array(host: Array, device: str) -> torch.Tensor:
    """A fresh tensor on the device."""
    tensor = borrowed(np.array(host, order="C"))
    return tensor if device == "cpu" else tensor.to(device)


def host(native: Any) -> Array:
    """A copy on the host, after the device has finished."""
    return np.array(lent(native), order="C")


def borrowed(host: Array) -> torch.Tensor:
    """A tensor on the memory of a host array."""
    if host.dtype == _BFLOAT16:
        return torch.from_numpy(host.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(host)


def lent(native: Any) -> Array:
    """The values where they lie, on the CPU; a copy of what is elsewhere."""
    if native.dtype == torch.bfloat16:
        return lent(native.detach().contiguous().view(torch.int16)).view(_BFLOAT16)
    return np.asarray(native.numpy(force=True))


def without_memory() -> AbstractContextManager[Any]:
    """New tensors have shapes only."""
    return torch.device("meta")


def is_array(value: object) -> bool:
    """True for dense tensors."""
    return isinstance(value, torch.Tensor) and value.layout is torch.strided


def transpose(native: Any, order: Sequence[int]) -> Any:
    """A view with permuted axes."""
    return native.permute(*order)


def shares_memory(a: Any, b: Any) -> bool:
    """True if the two tensors have one storage."""
    if not (a.numel() and b.numel()):
        return False
    return bool(a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr())


def compiled(
    function: Callable[..., Any], mode: str, options: Mapping[str, Any]
) -> Callable[..., Any]:
    """The function in a mode; array options are traced, others are constants."""
    if mode not in MODES:
        raise Unsupported(f"PyTorch has no mode {mode!r}, only {', '.join(MODES)}")
    return bind(function, mode, options, is_array, _run)


def _jitted(program: Program) -> Callable[..., Any]:
    return program.make("value", lambda: torch.compile(program.plain, dynamic=False))


def _beyond_limits(function: Callable[..., Any], flat: tuple[Any, ...]) -> Any:
    """The call of a function that may compile itself: a process makes more shapes than users do."""
    try:
        return function(*flat)
    except Exception as error:
        if type(error).__name__ != "FailOnRecompileLimitHit":
            raise
    for name, value in _LIMITS.items():
        setattr(torch._dynamo.config, name, value)
    torch._dynamo.reset()
    return function(*flat)


def _run(program: Program, flat: tuple[Any, ...]) -> Any:
    if program.mode == "eager":
        return _beyond_limits(program.plain, flat)
    if program.mode == "vmap":
        with loud_limits():
            return torch.func.vmap(program.plain, in_dims=mapped(program, flat))(*flat)
    if program.mode == "autocast":
        with torch.autocast(flat[0].device.type, dtype=flat[0].dtype), loud_limits():
            return program.plain(*flat)
    with torch._dynamo.config.patch(_LIMITS), loud_limits():
        return _jitted(program)(*flat)
