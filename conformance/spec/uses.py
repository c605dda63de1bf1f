"""The same value in every use of a library: in training, in inference, from a retained graph."""

from __future__ import annotations

from functools import partial

from conformance.backends import Unsupported, uses
from conformance.kernels.call import How
from conformance.kernels.failures import CallFailed
from conformance.kernels.limits import Refused
from conformance.kernels.observation import Observation
from conformance.model import Example
from conformance.spec.claims import Claims
from conformance.spec.comparing import attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law
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
    """f(x) is one number, whether a gradient is asked for, may be, or may not

    Within 2B. A kernel with a gradient of its own has a forward pass of its own for it, and may
    have a short way where no gradient is tracked: each computes f.
    [the definition; torch.autograd.Function, torch.no_grad, Module.eval, jax.custom_vjp]
    Reveals a forward rule, or a way for inference, that computes something else than the function.
    """
    refused = None
    for words, use in uses(f.kernel.backend).items():
        try:
            seen = f.kernel.observe_by(e, use)
        except (CallFailed, Unsupported) as failed:
            refused = _refused(f, e, failed)
        else:
            yield unchanged(f, e, seen.result, what=words)
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


@law("gradients-of-one-graph", *ALL, needs="derived, graphs", costs=6, masked=True, when=several)
def gradients_of_one_graph(f: Examination, e: Example) -> Claims:
    """a graph gives each cotangent its own gradient, also when it is kept or another is made

    Within 2B. A gradient is linear in its cotangent, whatever was asked before; graphs of several
    calls live side by side until one backward pass goes through all. Refusing aloud is allowed.
    [torch.autograd.grad: retain_graph]
    Reveals a backward pass that scales in place what the forward pass saved, and what is saved for
    the last call only: on a class, in a workspace of a shape.
    """
    for words, pull in uses(f.kernel.backend, gradient=True).items():
        seen = attempted(partial(_pulled, f, e, pull))
        if seen is not None:
            yield unchanged(f, e, seen.result, "vjp", what=words)


def _pulled(f: Examination, e: Example, pull: How) -> Observation:
    return f.kernel.observe_as(e, lambda _: pull, gradient=True)
