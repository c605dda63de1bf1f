"""Errors in other modes: a transformed function must not compute what the plain one refuses.

What is known when a function is traced, such as shapes, types and names of options, can raise in
every mode. A value cannot: JAX raises nothing inside jit. A bad label may then give NaN, but not
the loss of another class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.kernels.call import How
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.model import Example, View
from conformance.spec.claims import Claims, holds
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, SOFT, law, with_options, without_options
from conformance.spec.labels import loss_of_a_bad_label, not_ignored
from conformance.spec.losses import INDEXED
from conformance.spec.which import each, indexed


def _a_batch(e: Example) -> bool:
    return len(e.x) > 2 and e.classes > 1


_SAME_LOSS = "none; for the same loss B + B′"
_BOTH = (indexed, each)
refusal_law = partial(
    law,
    bound="none",
    source="the definition: the same function of the same arguments",
    needs="transformed",
    reshapes=True,
)
Mistake = Callable[[Kernel], object]


def _gives(kernel: Kernel, mistake: Mistake) -> bool | None:
    """Whether a wrong call returns anything; None if the call cannot be made."""
    try:
        mistake(kernel)
    except CallFailed as error:
        if error.lost:
            raise
        return error.kind != "raised"
    except Unsupported:
        return None
    return True


def _plainly(f: Examination, e: Example) -> Example:
    """The example as a batch of unreduced losses, which every mode takes."""
    none = {"reduction": "none"} if "reduction" in e.options else {}
    batch = e.view.batch or (len(e.x),)
    return f.variant(e, "plainly", lambda: with_options(e, **none).but(view=View(batch)))


def _mistakes(f: Examination, e: Example) -> Iterator[tuple[str, Mistake]]:
    """Calls that are wrong without regard to values: in axes, names or shapes."""
    if e.function.rowwise and "axis" in f.accepts:
        rank = len(e.view.batch) + 1
        for axis in (rank, -rank - 1):
            there = View(e.view.batch, axis)
            yield f"axis={axis}", lambda k, v=there: k.value(e.but(view=v))  # type: ignore[misc]
    if not e.function.labelled:
        return
    yield "one label too few", lambda k: k.observe_by(e, _short(k))
    if "reduction" in f.accepts:
        yield "reduction='average'", lambda k: k.value(with_options(e, reduction="average"))
    if e.function.rowwise and "weight" in f.accepts:
        many = np.ones(e.classes + 1, e.fmt.dtype)
        yield "a weight too many", lambda k: k.value(with_options(e, weight=many))


def _short(kernel: Kernel) -> How:
    """A call without the last label, which is cut off on the host: a slice may be compiled."""

    def how(call: Callable[..., Any], natives: Sequence[Any]) -> Any:
        labels = kernel.backend.host(natives[-1])[:-1]
        return call(*natives[:-1], kernel.backend.array(labels, kernel.device))

    return how


@refusal_law("refuses-what-eager-refuses", *SOFT, *LOSSES, costs=6, when=_a_batch)
def refuses_what_eager_refuses(f: Examination, e: Example) -> Claims:
    """an axis, a shape or a name that the plain function refuses, the transformed one refuses

    What is known without values can raise while a function is traced, in every library. What the
    plain function accepts is not checked.
    Reveals checks that are skipped under a transformation, shapes that broadcast instead.
    """
    plain = f.other(mode="eager").kernel
    for name, mistake in _mistakes(f, _plainly(f, e)):
        here = _gives(f.kernel, mistake)  # first: what is refused is not compiled
        eager = _gives(plain, mistake) if here else here
        if eager is not None and here is not None:
            yield holds(eager or not here, what=f"{name} is refused")


@refusal_law("refuses-types-that-eager-refuses", *ALL, level="should", costs=2)
def refuses_types_that_eager_refuses(f: Examination, e: Example) -> Claims:
    """where the plain function refuses integers for its first argument, so does the transformed one

    A type is known without a value. Integers are outside the interface, so this is not a must; but
    an integer result, all zeros for a softmax, is not an answer.
    Reveals a softmax of integers that compiles to integers.
    """
    integers = np.arange(e.x.size).reshape(e.x.shape) % (2 if e.function.probabilities else 7)
    given = _plainly(f, e).with_first(integers.astype(np.int64))
    eager = _gives(f.other(mode="eager").kernel, lambda k: k.value(given))
    here = eager or _gives(f.kernel, lambda k: k.value(given))
    yield holds(bool(eager) or not here, what="integers are refused")


@refusal_law("bad-labels-as-in-eager", *INDEXED, bound=_SAME_LOSS, costs=4, apart=True, when=_BOTH)
def bad_labels_as_in_eager(f: Examination, e: Example) -> Claims:
    """a bad label that the plain function refuses raises here, or gives NaN, ±inf or 0

    Labels < 0 or ≥ C; NaN counts as a refusal. One that the plain function reads as a class gives
    that loss here too. Inside jit no value can raise, but a bad label need not become a plausible
    loss: two modes of one function cannot mean two losses.
    Reveals labels that are checked without jit and wrap or are clamped inside of it.
    """
    for label in not_ignored(e, e.classes, -1):
        here, eager = (
            loss_of_a_bad_label(k, e, label) for k in (f.kernel, f.other(mode="eager").kernel)
        )
        fine = not np.isfinite(here) or here == 0
        if not fine and np.isfinite(eager):
            fine = np.abs(here - eager) <= 2 * _largest_bound(f, e)
        yield holds(bool(fine), what=f"label {label} as without {f.subject.mode}")


def _largest_bound(f: Examination, e: Example) -> Any:
    """The larger bound of the first and the last class; a bad label may be read as either."""
    middle, plain = len(e.x) // 2, without_options(e, "ignore_index")
    args: dict[str, Any] = {
        e.function.first: np.repeat(e.x[middle : middle + 1], 2, axis=0),
        "labels": np.array([0, e.classes - 1]),
    }
    ends = f.variant(e, "ends", lambda: plain.but(view=View((2,)), **args))
    return f.bound(ends).max()
