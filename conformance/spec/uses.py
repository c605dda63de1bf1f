"""The same value in every use of a library: in training, in inference, from a retained graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.backends import Native, Unsupported, uses
from conformance.kernels.call import How
from conformance.kernels.failures import CallFailed
from conformance.kernels.limit import Refused
from conformance.kernels.observation import Observation
from conformance.model import Example
from conformance.spec.claims import Claims, holds
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, array_options, law
from conformance.spec.which import several


def _rich(e: Example) -> bool:
    """A mean of a part of the rows, which rules of its own may take for the whole."""
    index = e.options.get("ignore_index")
    return e.reduction == "mean" and index is not None and 0 < (e.labels == index).mean() < 1


@law(
    "value-in-every-use", *ALL, needs="derived, uses", costs=2, reshapes=True, masked=True,
    when=several, prefers=_rich,
)  # fmt: skip
def value_in_every_use(f: Examination, e: Example) -> Claims:
    """f(x) is one number, whether a gradient is asked for, may be, or may not, and changes no x

    Within 2B. A kernel with a gradient of its own has a forward pass of its own for it, and may
    have a short way where no gradient is tracked: each computes f, also where a user has made
    float64 PyTorch's default dtype.
    [the definition; torch.autograd.Function, torch.no_grad, Module.eval, jax.custom_vjp]
    Reveals a forward rule, or a way for inference, that computes something else than the function,
    or writes over what a layer before it made.
    """
    refused = None
    for words, use in uses(f.kernel.backend).items():
        try:
            seen = f.kernel.observe_by(e, use)
        except (CallFailed, Unsupported) as failed:
            refused = _refused(f, e, failed)
        else:
            yield unchanged(f, e, seen.result, what=words)
            changed = ", ".join(f.kernel.changed(seen))
            yield holds(not changed, what=f"{words}: {changed} as before the call")
    if refused is not None:
        raise refused


def _refused(f: Examination, e: Example, failed: CallFailed | Unsupported) -> Unsupported | None:
    """Why a use is not taken. CallFailed if nothing but that use of it is refused."""
    if isinstance(failed, Unsupported):
        return failed
    if f.kernel.tracks:  # it is for training only
        return None
    try:
        f.vjp(e)
    except Refused as refused:
        return refused
    except CallFailed:
        pass
    raise failed


@law("gradients-of-one-graph", *ALL, needs="derived, graphs", costs=8, masked=True, when=several)
def gradients_of_one_graph(f: Examination, e: Example) -> Claims:
    """a graph gives each cotangent its own gradient, also when it is kept or another is made

    Within 2B. A gradient is linear in its cotangent, whatever was asked before; graphs of several
    calls live side by side until one backward pass goes through all. A training loop's .backward()
    adds it once to the x.grad that is there. Refusing aloud is allowed.
    [torch.autograd.grad: retain_graph; torch.Tensor.grad]
    Reveals a backward pass that scales in place what the forward pass saved, or adds to x.grad what
    it returns; a forward pass that clears x.grad; and what is saved for the last call only: on a
    class, in a workspace of a shape.
    """
    yield from _by_each(f, e, uses(f.kernel.backend, gradient=True))


def _by_each(f: Examination, e: Example, pulls: Mapping[str, How]) -> Claims:
    """That the gradient is the same by each way. Unsupported, as the last says, if by none."""
    told, refused = False, None
    for words, pull in pulls.items():
        try:
            seen = attempted(partial(_pulled, f, e, pull))
        except Unsupported as declined:
            refused = declined
            continue
        if seen is not None:
            told = True
            yield unchanged(f, e, seen.result, "vjp", what=words)
    if refused is not None and not told:
        raise refused


def _pulled(f: Examination, e: Example, pull: How) -> Observation:
    return f.kernel.observe_as(e, lambda _: pull, gradient=True)


@law("gradient-after-changes-in-place", *ALL, needs="derived, graphs", costs=5, masked=True,
     when=several)  # fmt: skip
def gradient_after_changes_in_place(f: Examination, e: Example) -> Claims:
    """a later change in place, of an argument or the result, changes no gradient, or raises

    Within 2B. A gradient is one at the numbers of its call. What save_for_backward keeps, PyTorch
    watches: it raises, which is allowed.
    [PyTorch's notes on extending autograd: arguments and results are saved by save_for_backward]
    Reveals arguments or results that are kept as attributes of ctx: dropout in place after a
    softmax, an optimizer's step between two passes, a buffer of labels filled again.
    """
    change = getattr(f.kernel.backend, "pull_after_change", None)
    if change is None:
        raise Unsupported("the backend's arrays do not change")
    yield from _by_each(f, e, {
        f"after the {name or 'result'} changed": partial(_after, change, name, place)
        for name, place in _arrays(e)
    })  # fmt: skip


def _arrays(e: Example) -> Iterator[tuple[str, int]]:
    """The result, which has no name, and each array of a call, with its place as an argument."""
    arguments = e.function.arguments
    yield "", 0
    for name in dict.fromkeys((*arguments, *array_options(e))):
        yield name, arguments.index(name) if name in arguments else len(arguments)


def _after(
    change: Callable[..., Native], name: str, place: int, call: Any, natives: Sequence[Native]
) -> Native:
    return change(call, natives, name, place)
