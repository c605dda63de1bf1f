"""Gradients in PyTorch beside what else a program does: other cotangents, calls, changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conformance.backends import Unsupported
from conformance.backends.binding import Bound
from conformance.backends.library import Late
from conformance.backends.torch_autograd import IN_PLACE, gradient_of, loud_limits, with_options

if TYPE_CHECKING:
    import torch
else:
    torch = Late("torch")

#: What PyTorch says where several elements lie in one place of memory.
_OVERLAPPING = "refers to a single memory location"


def _first_pull(function: Any, arrays: Sequence[Any]) -> Any:
    """The gradient for the last array, pulled first from a graph that is then used again."""
    return _pulled(function, arrays, (1, -3))[0]


def _second_pull(function: Any, arrays: Sequence[Any]) -> Any:
    """The gradient for the last array, of a graph that has given another before."""
    return _pulled(function, arrays, (-3, 1))[1]


def _pull_after_another_call(function: Any, arrays: Sequence[Any]) -> Any:
    """The gradient for the last array, of a graph that another of the same shape follows."""
    return _pulled(function, arrays, (1,), beside=True)[0]


def _pull_into_grad(function: Any, arrays: Sequence[Any]) -> Any:
    """The gradient as a training loop gets it: x.grad, which is there before, has it added."""
    *rest, cotangent = arrays
    _refuse_rows(function)
    x = rest[0].detach().requires_grad_()
    with loud_limits(IN_PLACE):
        return _accumulated(lambda: function(x, *rest[1:]), [x], cotangent)[0]


def _accumulated(call: Callable[[], Any], leaves: Sequence[Any], cotangent: Any) -> list[Any]:
    """What .backward() adds to arrays of zeros that are the .grad of leaves before the call.

    Zeros for those that nothing depends on, and for those whose .grad has become another array.
    """
    held = [torch.zeros_like(leaf) for leaf in leaves]
    for leaf, zeros in zip(leaves, held, strict=True):
        leaf.grad = zeros
    out = call()
    if not isinstance(out, torch.Tensor):
        raise TypeError(f"returned {type(out).__name__}, not a tensor")
    if out.requires_grad:
        torch.autograd.backward(out, cotangent.to(out.dtype))
    return held


def _refuse_rows(function: Any) -> None:
    if isinstance(function, Bound) and function.program.mode == "vmap":
        raise Unsupported("a graph is kept of the whole batch, not of each row")


def _pulled(
    function: Any, arrays: Sequence[Any], factors: Sequence[int], *, beside: bool = False
) -> list[Any]:
    """Gradients of one graph, one after the other, for multiples of the last array."""
    _refuse_rows(function)
    *rest, cotangent = arrays
    x = rest[0].detach().requires_grad_()
    with loud_limits(IN_PLACE):
        out = function(x, *rest[1:])
        kept = _other_call(function, rest) if beside else None
        found = [gradient_of(out, x, k * cotangent, retain_graph=True) for k in factors]
        del kept
        return found


def _other_call(function: Any, arrays: Sequence[Any]) -> Any:
    """A result in training of the same shapes: every array turned round, those of options too."""
    flat = [*arrays, *getattr(function, "extras", ())]
    first, *rest = [_turned(array.detach()) for array in flat]
    first.requires_grad_()
    return function.flat((first, *rest)) if len(flat) > len(arrays) else function(first, *rest)


def pull_after_change(function: Any, arrays: Sequence[Any], name: str, place: int) -> Any:
    """The gradient for the last array after another array, or the result (no name), has changed."""
    *rest, cotangent = arrays
    flat, place = with_options(function, rest, name, place)
    x = flat[0].requires_grad_()
    with loud_limits(IN_PLACE, _OVERLAPPING):
        out = function.flat(flat)
        kept = out.clone()  # its graph leads to that of the result, which becomes another
        _change(out if not name else flat[place])
        return gradient_of(kept, x, cotangent)


def pull_together(
    function: Any, arrays: Sequence[Any], cotangent: Any, name: str, place: int,
    others: Sequence[tuple[str, int]],
) -> Any:  # fmt: skip
    """The gradient for an argument that a training loop gets with those for the first and others.

    Of another one than the first, a, its sum with 1 + |a|, which is one number, at each place.
    """
    flat, place = with_options(function, arrays, name, place)
    beside = [with_options(function, arrays, *other)[1] for other in others]
    leaves = [flat[k].requires_grad_() for k in dict.fromkeys((0, place, *beside))]
    with loud_limits(IN_PLACE):
        found = _accumulated(lambda: function.flat(flat), leaves, cotangent)
    if not place:
        return found[0]
    return torch.full_like(flat[0], (found[1] * (1 + flat[place].detach().abs())).sum().item())


def _change(array: Any) -> None:
    """Other numbers in the same memory, without a graph, as an optimizer writes them."""
    with torch.no_grad():
        if array.is_floating_point():
            array.neg_().sub_(1)
        else:
            array.copy_(_turned(array))


def _turned(array: Any) -> Any:
    """Its numbers along every axis the other way round."""
    return array.flip(tuple(range(array.dim())))


PULLS: Mapping[str, Callable[..., Any]] = {
    "of a graph that gave one before": _second_pull, "after its graph gave another": _first_pull,
    "after another call": _pull_after_another_call, "added to x.grad": _pull_into_grad,
}  # fmt: skip
