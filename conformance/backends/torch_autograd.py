"""Derivatives in PyTorch: autograd, torch.func, dual tensors, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.backends import Dropped, Unsupported
from conformance.backends.binding import Bound, Program, Way, given_by, mapped
from conformance.backends.library import Late

if TYPE_CHECKING:
    import torch
else:
    torch = Late("torch")

#: Parts of the messages with which PyTorch refuses, by name, what a function cannot do.
_REFUSALS = (
    "functorch transforms", "generate_vmap_rule", "data-dependent control flow",
    "vmap: It looks like you're calling .item()", "on Tensor that requires grad",
    "double backward", "donated buffers which requires create_graph=False",
    "arguments don't support automatic differentiation",
    "once_differentiable", "no autograd formula was registered", "InvalidCxxCompiler",
    "unsafe to autocast",
    "does not support it because it has not been implemented",
)  # fmt: skip
#: PyTorch says so if what was saved has been written over since.
IN_PLACE = "modified by an inplace operation"
#: What torch.func transforms refuse.
_MUTATIONS = ("that would mutate a captured Tensor", "saved tensor hooks")


@contextmanager
def loud_limits(*further: str) -> Iterator[None]:
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
    with loud_limits():
        out = function(*arrays[:wrt], x, *arrays[wrt + 1 :])
        return gradient_of(out, x, cotangent)


def graph(function: Any, arrays: Sequence[Any]) -> Any:
    """The value as training computes it. Unsupported if it keeps no graph."""
    out = _in_training(function, arrays)
    if isinstance(out, torch.Tensor) and not out.requires_grad:
        raise Unsupported("its result keeps no graph (requires_grad is False)")
    return _detached(out)


def _in_training(function: Any, arrays: Sequence[Any]) -> Any:
    """The result as computed in training, with the graph that derivatives need."""
    with loud_limits():
        return function(arrays[0].detach().requires_grad_(), *arrays[1:])


def tracked(function: Any, arrays: Sequence[Any]) -> Any:
    """The value as training computes it: of no leaf of the graph, as a layer's result is none."""
    x = arrays[0].detach().requires_grad_()
    with loud_limits():
        return _detached(function(x.view_as(x), *arrays[1:]))


def _untracked(function: Any, arrays: Sequence[Any]) -> Any:
    """The value as computed in inference; a module is switched to evaluation.

    New tensors are of float64 by default, as a user may set it, unless the call refuses that.
    """
    with torch.no_grad(), _evaluating(function), loud_limits():
        if getattr(getattr(function, "program", None), "mode", "eager") == "eager":
            with suppress(Exception), _wide_default():
                return function(*arrays)
        return function(*arrays)


@contextmanager
def _wide_default() -> Iterator[None]:
    """New tensors are of float64, where nothing else is said."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _inferred(function: Any, arrays: Sequence[Any]) -> Any:
    """The same where no graph can ever be made, which some calls refuse."""
    with torch.inference_mode(), _evaluating(function), loud_limits("nference"):
        return function(*arrays)


@contextmanager
def _evaluating(function: Any) -> Iterator[None]:
    """Put the module that is called, or that owns the method, into evaluation mode for a while."""
    target = getattr(getattr(function, "program", None), "function", function)
    target = getattr(target, "target", target)
    module = getattr(target, "__self__", target)
    if not (isinstance(module, torch.nn.Module) and module.training):
        yield
        return
    before = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training


def _detached(out: Any) -> Any:
    return out.detach() if isinstance(out, torch.Tensor) else out


USES: Mapping[str, Callable[..., Any]] = {
    "where x.requires_grad": tracked, "in inference, by default in float64": _untracked,
    "under torch.inference_mode()": _inferred,
}  # fmt: skip


def gradient_of(out: Any, x: Any, cotangent: Any, **given: bool) -> Any:
    """The gradient; zeros where nothing depends on x. `given` is for torch.autograd.grad."""
    if not isinstance(out, torch.Tensor):
        raise TypeError(f"returned {type(out).__name__}, not a tensor")
    if not out.requires_grad:
        return torch.zeros_like(x)
    given |= {"allow_unused": True, "materialize_grads": True}
    return torch.autograd.grad(out, x, cotangent.to(out.dtype), **given)[0]


def _row_vjp(program: Program, wrt: int, cotangent: Any, *row: Any) -> Any:
    def of(x: Any) -> Any:
        return program.plain(*row[:wrt], x, *row[wrt + 1 :])

    out, pull = torch.func.vjp(of, row[wrt])[:2]
    return pull(cotangent.to(out.dtype))[0]


def _rows_vjp(function: Bound, arrays: Sequence[Any], cotangent: Any, wrt: int) -> Any:
    program, flat = function.program, (*arrays, *function.extras)
    rule = partial(_row_vjp, program, wrt)
    with loud_limits():
        return torch.func.vmap(rule, in_dims=(0, *mapped(program, flat)))(cotangent, *flat)


#: What a rule of a torch.autograd.Function is told of.
AXES_OF_VMAP: tuple[int, ...] = (0, 1)


def mapped_by(function: Bound, arrays: Sequence[Any], way: Way) -> Any:
    """The values by `vmap` along an axis of each argument, or beside it.

    With a cotangent, which is mapped along its first axis, the gradients.
    """
    call: Callable[..., Any] = function.program.plain
    if len(arrays) > len(way):
        *arrays, cotangent = arrays
        call, arrays, way = partial(_row_vjp, function.program, 0), [cotangent, *arrays], (0, *way)
    axes = (*way, *(None,) * len(function.extras))
    with loud_limits():
        given = given_by(way, arrays, torch.permute)
        return torch.func.vmap(call, in_dims=axes)(*given, *function.extras)


def jvp(function: Any, arrays: Sequence[Any], tangent: Any) -> Any:
    """Forward-mode automatic differentiation with dual tensors.

    Unsupported where something on the way drops tangents without a word, as torch.compile does.
    """
    dual: Any = torch.autograd.forward_ad
    with dual.dual_level(), loud_limits():
        out = function(dual.make_dual(arrays[0], tangent), *arrays[1:])
        primal, found = dual.unpack_dual(out)
    if found is not None:
        return found
    if _in_training(function, arrays).requires_grad:
        raise Unsupported("no forward mode: tangents are dropped, as torch.compile does")
    return torch.zeros_like(primal)


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
    with loud_limits(IN_PLACE):
        out = function(x, *arrays[1:])
        gradient = _differentiable(out, x, cotangent)
        if not out.requires_grad:
            return torch.zeros_like(x)
        found = None
        if gradient.requires_grad:
            given = {"allow_unused": True}
            found = torch.autograd.grad(gradient, x, direction.to(gradient.dtype), **given)[0]
        if found is not None:
            return found
        # after a loss, which is summed, PyTorch refuses it aloud; not so after a softmax's square
        if len(arrays) > 1 or out.shape != x.shape or not gradient.requires_grad:
            raise Dropped("no double backward: the backward pass keeps no graph of its input")
        return torch.zeros_like(x)


def _differentiable(out: Any, x: Any, cotangent: Any) -> Any:
    """The gradient with a graph of its own. Unsupported where part of it refuses to have one."""
    gradient = gradient_of(out, x, cotangent, create_graph=True)
    if _once_only(gradient):
        raise Unsupported("no double backward: something in it is once_differentiable")
    return gradient


def hvp_by(function: Any, arrays: Sequence[Any], cotangent: Any, direction: Any, wrt: int) -> Any:
    """The gradient of <direction, vjp> for another array; −1 is the cotangent."""
    leaves = [array.detach() for array in (*arrays, cotangent)]
    for k in {0, wrt, -1}:
        leaves[k].requires_grad_()
    *inputs, cotangent = leaves
    with loud_limits(IN_PLACE):
        gradient = _differentiable(function(*inputs), inputs[0], cotangent)
        if not gradient.requires_grad:
            raise Unsupported("no double backward: the gradient keeps no graph")
        by = [leaves[wrt]] if wrt == -1 else [leaves[wrt], inputs[0]]
        along = direction.to(gradient.dtype)
        found = torch.autograd.grad(gradient, by, along, allow_unused=True)
    if wrt != -1 and all(each is None for each in found):
        raise Unsupported("no double backward: the backward pass keeps no graph of its input")
    return torch.zeros_like(by[0]) if found[0] is None else found[0]


def with_options(function: Any, arrays: Sequence[Any], name: str, place: int) -> tuple[Any, int]:
    """The arguments and array options, and the place of one. Unsupported in another mode."""
    if not isinstance(function, Bound) or function.program.mode != "eager":
        raise Unsupported("with arrays of its own it is the plain function, in eager mode")
    names = function.program.names
    place = len(arrays) + names.index(name) if name in names else place
    return [array.detach() for array in (*arrays, *function.extras)], place


def jvp_along(function: Any, arrays: Sequence[Any], name: str, place: int) -> Any:
    """Forward mode along another argument, or an option that is an array, as its own tangent."""
    flat, place = with_options(function, arrays, name, place)
    dual: Any = torch.autograd.forward_ad
    with dual.dual_level(), loud_limits():
        flat[place] = dual.make_dual(flat[place], flat[place].clone())
        found = dual.unpack_dual(function.flat(flat)).tangent
    if found is None:
        raise Unsupported("no forward mode along it: its tangent is dropped")
    return found


def hvp_along(
    function: Any, arrays: Sequence[Any], cotangent: Any, name: str, place: int, way: str,
    others: Sequence[tuple[str, int]],
) -> Any:  # fmt: skip
    """The gradient for the first argument x of <a, the gradient for a>, a another one.

    Gradients might be asked for `others` too.
    "turned" is <a, the gradient for a of <x, the gradient for x>>, and "own" <a, that of <a, the
    gradient for a>>: one number, at each place.
    Zeros if nothing leads from that gradient to the first argument, though from its own something
    does; Unsupported if nothing does from either, or where the library refuses aloud.
    """
    flat, place = with_options(function, arrays, name, place)
    for k in (0, place, *(with_options(function, arrays, *other)[1] for other in others)):
        flat[k].requires_grad_()
    x, a = flat[0], flat[place]
    given: dict[str, Any] = {"allow_unused": True, "materialize_grads": True}
    with loud_limits(IN_PLACE):
        cotangent = cotangent.detach().requires_grad_()
        out = function.flat(flat)
        own, other = torch.autograd.grad(
            out, (x, a), cotangent.to(out.dtype), create_graph=True, **given
        )
        if _once_only(own) or _once_only(other) or not _leads(own, x):
            raise Unsupported("no double backward: the backward pass keeps no graph of its input")
        first, along, by = (own, x, a) if way == "turned" else (other, a, a if way else x)
        if not first.requires_grad:
            return torch.zeros_like(x)
        found = torch.autograd.grad(first, by, along.detach().to(first.dtype), **given)[0]
        if by is x:
            return found
        return torch.full_like(x, (found * a.detach()).sum().item())


def _leads(gradient: Any, x: Any) -> bool:
    """True if a gradient keeps a graph of an array."""
    if not gradient.requires_grad:
        return False
    along = torch.ones_like(gradient)
    return (
        torch.autograd.grad(gradient, x, along, allow_unused=True, retain_graph=True)[0] is not None
    )


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

    with loud_limits(*_MUTATIONS):
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
