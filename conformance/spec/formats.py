"""Formats one after another: a call in one has no effect on a call in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import FORMATS, Array, Format
from conformance.kernels.calling import Kernel
from conformance.model import Example
from conformance.spec.claims import Claims, equal, holds
from conformance.spec.comparing import attempted
from conformance.spec.context import Examination
from conformance.spec.declare import CLASSES, law

#: Numbers of classes that no other example has, of each format another: nothing is kept of them.
_FRESH = dict(zip(FORMATS, (57, 58, 59, 61), strict=True))
#: A row of so many more is of a shape that is called in one format only; of more still, of one
#: whose first call was in the finest other format.
_APART, _FINER = 12, 100
#: The coarsest first: what is rounded to it shows.
_OTHERS = ("bfloat16", "float16", "float32", "float64")
_FEW_ROWS, _FEW_CLASSES = 40, 40


def _small(e: Example) -> bool:
    """Few rows of few classes, whose labels are classes of the fresh shape too."""
    return len(e.x) <= _FEW_ROWS and 0 < e.x.shape[-1] <= _FEW_CLASSES


def _with_numbers(e: Example) -> bool:
    """Options that are numbers or arrays of the format, of which a table may be made."""
    return bool(e.options.get("label_smoothing") or "weight" in e.options)


@law(
    "other-formats-leave-nothing",
    *CLASSES,
    needs="formats",
    costs=9,
    reshapes=True,
    when=_small,
    prefers=_with_numbers,
)
def other_formats_leave_nothing(f: Examination, e: Example) -> Claims:
    """the first call of a shape, after one in another format, gives its value, in this one

    Within B and twice the errors of the same rows in a shape that no other format has met. It is a
    function of its arguments. The shape is met nowhere else: what is kept of it was made in the
    other format, once the coarsest of those that the file takes, which shows in the value, and once
    the finest, which shows in the result's format. Silent where those rows are wrong: accuracy
    reports that.
    [the interface: functions of their arguments]
    Reveals tables, constants and workspaces kept by shape and options but not by dtype.
    """
    for others, more in ((_OTHERS, 0), (_OTHERS[::-1], _FINER)):
        fresh = _fresh(f, e, more)
        before = next(_called(f, fresh, others), "")
        if before and f.taken(fresh):
            yield from _after(f, e, fresh, before)


def _after(f: Examination, e: Example, fresh: Example, before: str) -> Claims:
    got, words = f.observed(fresh).dtype, f"after a call in {before}"
    if f.observed(e).dtype == f.fmt.name:
        yield holds(got == f.fmt.name, what=f"{f.fmt.name}, not {got}, {words}", at=fresh)
    where, further = f.where(fresh), 0.0
    if not (f.right(fresh) | ~where).all():
        right, further = _apart(f, e)
        where = where & right
    bound = f.bound(fresh) + further
    yield equal(f.value(fresh), f.exact(fresh), bound, where=where, what=words, at=fresh)


def _apart(f: Examination, e: Example) -> tuple[Any, Any]:
    """Which rows are right for as many classes that no other format has met, and twice by what."""
    apart = _fresh(f, e, _APART)
    right, error = np.asarray(f.right(apart)), np.abs(f.value(apart) - f.exact(apart).wide)
    error = np.where(right & np.isfinite(error), error, 0)
    if right.ndim == 1:
        return right, 2 * error
    return right.all(axis=-1, keepdims=True), 2 * error.max(axis=-1, keepdims=True)


def _called(f: Examination, e: Example, others: Iterable[str]) -> Iterator[str]:
    """The other formats in which the file takes an example, each after a call in it."""
    s = f.subject
    kernel = Kernel(f.implementation, s.function, s.mode, s.device)
    taken = f.implementation.dtypes or FORMATS
    for name in others:
        if name in taken and name != s.dtype and not _why_not(f, name):
            try:
                got = attempted(partial(kernel.value, _in_format(e, FORMATS[name])))
            except Unsupported:
                continue
            if got is not None:
                yield name


def _why_not(f: Examination, dtype: str) -> str | None:
    return f.kernel.backend.why_not(dtype, f.subject.device, f.subject.mode)


def _fresh(f: Examination, e: Example, more: int) -> Example:
    """The same rows with so many more classes than the format's own number."""
    n = _FRESH[f.fmt.name] + more
    return f.variant(e, str(n), lambda: _of_classes(e, n))


def _of_classes(e: Example, n: int) -> Example:
    """The same rows with more classes, or fewer: those that there are, again and again."""
    places = np.arange(n) % e.x.shape[-1]
    args = {k: v[:, places] if v.ndim == 2 else v for k, v in e.args.items()}
    options = {k: v[places] if np.ndim(v) else v for k, v in e.options.items()}
    return replace(e, args=args, options=options)


def _in_format(e: Example, fmt: Format) -> Example:
    """The example with all that has its format in another one."""

    def cast(found: Mapping[str, Any]) -> dict[str, Any]:
        return {k: _cast(v, e.fmt, fmt) for k, v in found.items()}

    return replace(e, fmt=fmt, args=cast(e.args), options=cast(e.options))


def _cast(value: Any, old: Format, new: Format) -> Any:
    mine = isinstance(value, np.ndarray) and value.dtype == old.dtype
    with np.errstate(all="ignore"):
        found: Array | Any = value.astype(new.dtype) if mine else value
    return found
