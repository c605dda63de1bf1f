"""Errors in other modes: what the plain function refuses, a transformed one does not compute.

What is known when a function is traced, shapes, types, names of options, can raise in every mode.
A value cannot: JAX raises nothing inside jit. A bad label may then give NaN, but no other class's
loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example, View
from conformance.spec.claims import holds
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, SOFT, law, with_options
from conformance.spec.labels import not_ignored, with_bad_label
from conformance.spec.losses import INDEXED, each, indexed

_SOURCE = "the definition: the same function of the same arguments"
Mistake = Callable[[Kernel], object]


def _gives(kernel: Kernel, mistake: Mistake) -> bool | None:
    """Whether a wrong call gives anything, of whatever shape; None where it cannot be made."""
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
    """The example as a batch with a loss each, which every mode takes."""
    none = {"reduction": "none"} if "reduction" in e.options else {}
    batch = e.view.batch or (len(e.x),)
    return f.variant(e, "plainly", lambda: with_options(e, **none).but(view=View(batch)))


def _mistakes(f: Examination, e: Example) -> Iterator[tuple[str, Mistake]]:
    """Wrong calls of whatever is known without a value: axes, names, shapes."""
    if e.function.rowwise and "axis" in f.accepts:
        rank = len(e.view.batch) + 1
        for axis in (rank, -rank - 1):
            there = View(e.view.batch, axis)
            yield f"axis={axis}", lambda k, v=there: k.value(e.but(view=v))  # type: ignore[misc]
    if not e.function.labelled:
        return
    yield "one label too few", lambda k: k.observe_by(e, _short)
    if "reduction" in f.accepts:
        yield "reduction='average'", lambda k: k.value(with_options(e, reduction="average"))
    if e.function.rowwise and "weight" in f.accepts:
        many = np.ones(e.x.shape[-1] + 1, e.fmt.dtype)
        yield "a weight too many", lambda k: k.value(with_options(e, weight=many))


def _short(call: Callable[..., Any], natives: Any) -> Any:
    return call(natives[0], natives[1][:-1])


@law(
    "refuses-what-eager-refuses", *SOFT, *LOSSES,
    says="an axis, a shape or a name that the plain function refuses, the transformed one refuses",
    bound="none",
    why="What is known without a value can raise while a function is traced, in every library. "
    "Nothing is asked of what the plain function takes.",
    source=_SOURCE,
    reveals="checks that are skipped under a transformation, shapes that broadcast instead",
    needs=("transformed",), costs=6, reshapes=True,
    when=lambda e: len(e.x) > 2 and e.x.shape[-1] > 1,
)  # fmt: skip
def refuses_what_eager_refuses(f: Examination, e: Example) -> Iterator[Claim]:
    """Wrong calls in both modes."""
    plain = f.other(mode="eager").kernel
    for name, mistake in _mistakes(f, _plainly(f, e)):
        here = _gives(f.kernel, mistake)  # first: what is refused is not compiled
        eager = _gives(plain, mistake) if here else here
        if eager is not None and here is not None:
            yield holds(np.array([eager or not here]), what=f"{name} is refused", at=e)


@law(
    "refuses-types-that-eager-refuses", *ALL,
    level="should",
    says="where the plain function refuses integers for its first argument, so does the "
    "transformed one",
    bound="none",
    why="A type is known without a value. Integers are outside the interface, so that it is no "
    "must; an integer result, all zeros for a softmax, is still no answer.",
    source=_SOURCE,
    reveals="a softmax of integers that compiles to integers",
    needs=("transformed",), costs=2, reshapes=True, when=lambda e: e.size > 0,
)  # fmt: skip
def refuses_types_that_eager_refuses(f: Examination, e: Example) -> Iterator[Claim]:
    """Small integers for logits, 0 and 1 for probabilities."""
    size = 2 if e.function.probabilities else 7
    integers = np.arange(e.x.size, dtype=np.int64).reshape(e.x.shape) % size
    given = _plainly(f, e).with_first(integers)
    eager = _gives(f.other(mode="eager").kernel, lambda k: k.value(given))
    here = eager or _gives(f.kernel, lambda k: k.value(given))
    yield holds(np.array([bool(eager) or not here]), what="integers are refused", at=e)


@law(
    "bad-labels-as-in-eager", *INDEXED,
    says="a label < 0 or ≥ C that the plain function refuses, by an error or by NaN, raises here "
    "or gives NaN, ±inf or 0; one that it reads as a class gives that loss",
    bound="none; for the same loss B + B′",
    why="Inside jit no value can raise, but it need not become another number: of two modes of one "
    "function at most one loss is meant.",
    source=_SOURCE,
    reveals="labels that are checked without jit and wrap or are clamped inside of it",
    needs=("transformed",), costs=4, reshapes=True, apart=True,
    when=lambda e: indexed(e) and each(e) and len(e.x) > 0,
)  # fmt: skip
def bad_labels_as_in_eager(f: Examination, e: Example) -> Iterator[Claim]:
    """One bad label in both modes."""
    at = len(e.x) // 2
    for label in not_ignored(e, e.x.shape[-1], -1):
        bad = with_bad_label(e, label)
        here, eager = (_loss(k, bad, at) for k in (f.kernel, f.other(mode="eager").kernel))
        fine = not np.isfinite(here) or here == 0
        if not fine and np.isfinite(eager):
            fine = bool(np.abs(here - eager) <= 2 * _largest_bound(f, e, at))
        yield holds(np.array([fine]), what=f"label {label} as without {f.subject.mode}", at=e)


def _loss(kernel: Kernel, e: Example, at: int) -> Any:
    """One loss of a batch; NaN if the call is refused."""
    try:
        return np.asarray(kernel.value(e)).astype(e.fmt.wide)[at]
    except CallFailed as error:
        if error.kind != "raised":
            raise
        return e.fmt.wide(np.nan)


def _largest_bound(f: Examination, e: Example, at: int) -> Any:
    """The larger bound of the first and the last class, as which a label may be read."""
    x = np.repeat(e.x[at : at + 1], 2, axis=0)
    labels = np.array([0, e.x.shape[-1] - 1])
    options = {k: v for k, v in e.options.items() if k != "ignore_index"}
    args: dict[str, Array] = {e.function.first: x, "labels": labels}
    ends = f.variant(e, f"ends {at}", lambda: e.but(view=View((2,)), options=options, **args))
    return f.bound(ends).max()
