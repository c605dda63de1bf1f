"""PyTorch: eager, jit (torch.compile), vmap (torch.func), grad-of-jit, autocast; on any device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from conformance.backends import Unsupported
from conformance.backends.binding import Bound, Program, bind, mapped
from conformance.backends.library import STRIDED, VIEWS, Late, Library, Script, State
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
    later=("torch._dynamo",), operators="torch.ops.", applied="torch.autograd.function.Function",
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
    """Why a device that is not listed cannot be used; empty if PyTorch knows it by name."""
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
    tensor = native.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        return np.array(tensor.view(torch.int16).numpy(), order="C").view(_BFLOAT16)
    return np.array(tensor.resolve_conj().resolve_neg().numpy(), order="C")


def borrowed(host: Array) -> torch.Tensor:
    """A tensor on the memory of a host array."""
    if host.dtype == _BFLOAT16:
        return torch.from_numpy(host.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(host)


def lent(native: Any) -> Array:
    """The values where they lie, on the CPU; a copy of bfloat16."""
    return host(native) if native.dtype == torch.bfloat16 else np.asarray(native.detach().numpy())


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


def _run(program: Program, flat: tuple[Any, ...]) -> Any:
    if program.mode == "eager":
        return program.plain(*flat)
    if program.mode == "vmap":
        with _loud_limits():
            return torch.func.vmap(program.plain, in_dims=mapped(program, flat))(*flat)
    if program.mode == "autocast":
        with torch.autocast(flat[0].device.type, dtype=flat[0].dtype), _loud_limits():
            return program.plain(*flat)
    with torch._dynamo.config.patch(_LIMITS), _loud_limits():
        return _jitted(program)(*flat)


#: Parts of the messages with which PyTorch refuses, by name, what a function cannot do.
_REFUSALS = (
    "functorch transforms", "generate_vmap_rule", "data-dependent control flow",
    "vmap: It looks like you're calling .item()", "on Tensor that requires grad",
    "double backward", "donated buffers which requires create_graph=False",
    "once_differentiable", "InvalidCxxCompiler", "unsafe to autocast",
    "does not support it because it has not been implemented",
)  # fmt: skip
#: A backward pass that writes over its own numbers is differentiated no further, and says so.
_IN_PLACE = "modified by an inplace operation"
#: What torch.func transforms refuse.
_MUTATIONS = ("that would mutate a captured Tensor", "saved tensor hooks")


@contextmanager
def _loud_limits(*further: str) -> Iterator[None]:
    """A refusal by PyTorch means that the file lacks the ability, not that it is wrong."""
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:
        said = str(error)
        if any(part in said for part in (*_REFUSALS, *further)):
            raise Unsupported(said.strip().splitlines()[0]) from error
        raise


def vjp(function: Any, arrays: Sequence[Any], cotangent: Any, wrt: int) -> Any:
    """torch.autograd.grad; in mode vmap torch.func.vjp of each row."""
    if isinstance(function, Bound) and function.program.mode == "vmap":
        return _rows_vjp(function, arrays, cotangent, wrt)
    x = arrays[wrt].detach().requires_grad_()
    with _loud_limits():
        out = function(*arrays[:wrt], x, *arrays[wrt + 1 :])
        return _gradient(out, x, cotangent)


def _gradient(out: Any, x: Any, cotangent: Any, create_graph: bool = False) -> Any:
    """The gradient; zeros where nothing depends on x."""
    if not isinstance(out, torch.Tensor):
        raise TypeError(f"returned {type(out).__name__}, not a tensor")
    if not out.requires_grad:
        return torch.zeros_like(x)
    given = {"create_graph": create_graph, "allow_unused": True, "materialize_grads": True}
    return torch.autograd.grad(out, x, cotangent.to(out.dtype), **given)[0]


def _rows_vjp(function: Bound, arrays: Sequence[Any], cotangent: Any, wrt: int) -> Any:
    program, flat = function.program, (*arrays, *function.extras)

    def rule(ct: Any, *row: Any) -> Any:
        def of(x: Any) -> Any:
            return program.plain(*row[:wrt], x, *row[wrt + 1 :])

        out, pull = torch.func.vjp(of, row[wrt])[:2]
        return pull(ct.to(out.dtype))[0]

    with _loud_limits():
        return torch.func.vmap(rule, in_dims=(0, *mapped(program, flat)))(cotangent, *flat)


def jvp(function: Any, arrays: Sequence[Any], tangent: Any) -> Any:
    """Forward-mode automatic differentiation with dual tensors."""
    if isinstance(function, Bound) and function.program.mode in ("jit", "grad-of-jit"):
        raise Unsupported("torch.compile drops tangents: it has no forward mode")
    dual: Any = torch.autograd.forward_ad
    with dual.dual_level(), _loud_limits():
        out = function(dual.make_dual(arrays[0], tangent), *arrays[1:])
        primal, found = dual.unpack_dual(out)
    return torch.zeros_like(primal) if found is None else found


#: The other orders of two derivatives, through torch.func: `torch.func.hessian` has the first.
ORDERS: tuple[str, ...] = ("forward over reverse", "reverse over forward")


def hvp(
    function: Any, arrays: Sequence[Any], cotangent: Any, direction: Any, order: str = ""
) -> Any:
    """Double backward, or another order of `ORDERS`: the Hessian of <cotangent, f> is symmetric."""
    if order:
        return _composed(function, arrays, cotangent, direction, order)
    x = arrays[0].detach().requires_grad_()
    # without a graph of its own the cotangent would hide @once_differentiable
    cotangent = cotangent.detach().requires_grad_()
    with _loud_limits(_IN_PLACE):
        out = function(x, *arrays[1:])
        gradient = _gradient(out, x, cotangent, create_graph=True)
        if _once_only(gradient):
            raise Unsupported("no double backward: something in it is once_differentiable")
        if out.requires_grad and not gradient.requires_grad:  # PyTorch refuses it aloud
            raise Unsupported("no double backward: the backward pass keeps no graph")
        return _gradient(gradient, x, direction)


def _composed(
    function: Any, arrays: Sequence[Any], cotangent: Any, direction: Any, order: str
) -> Any:
    """torch.func.jvp of torch.func.vjp, or the other way round."""
    if isinstance(function, Bound) and function.program.mode != "eager":
        raise Unsupported("transforms are composed of the plain function, in eager mode")
    x, rest = arrays[0], arrays[1:]

    def pulled(of: Callable[[Any], Any], x: Any, cotangent: Any) -> Any:
        out, pull = torch.func.vjp(of, x)[:2]
        return pull(cotangent.to(out.dtype))[0]

    def pushed(of: Callable[[Any], Any], x: Any) -> Any:
        return torch.func.jvp(of, (x,), (direction,))[1]

    def value(x: Any) -> Any:
        return function(x, *rest)

    with _loud_limits(*_MUTATIONS):
        if order == ORDERS[0]:
            return pushed(lambda x: pulled(value, x, cotangent), x)
        return pulled(lambda x: pushed(value, x), x, cotangent)


#: Nodes that have no derivative: @once_differentiable, and the backward pass of torch.compile.
_DEAD_ENDS = ("Error", "CompiledFunctionBackwardBackward")


def _once_only(gradient: Any) -> bool:
    """True if the graph has a node without derivative, which autograd.grad would take as zero."""
    seen, todo = set(), [gradient.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        if type(node).__name__ in _DEAD_ENDS:
            return True
        seen.add(node)
        todo.extend(following for following, _ in node.next_functions)
    return False
