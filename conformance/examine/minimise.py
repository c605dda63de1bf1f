"""The smallest example that still breaks a law: delta debugging on arrays, options and views.

What it may cost is counted in calls and elements, not in seconds, so that the counterexample does
not depend on how busy the machine is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.model import Example, View

Breaks = Callable[[Example], bool]
Fit = Callable[[Example], Example]

#: What a call costs beside its elements, and what a new shape costs where it is compiled: the
#: times of a call of few elements and of a small jit, in elements of the laws' arithmetic.
_CALL, _COMPILED = 1_000, 150_000
#: Numbers of ordinary size: e^x of the second leaves float32, of the third float64.
_ORDINARY = (64, 100, 1000)
#: Seconds after which even a slow implementation is left alone: a brake, not a measure.
_BRAKE = 20.0


@dataclass(slots=True)
class Allowance:
    """What minimising may still cost: candidates, and elements in all of them.

    `compiles` says that each new shape is compiled, which costs as much as many elements; of
    `fixed` shapes, only those that it began with are tried.
    """

    calls: int = 300
    elements: int = 2_000_000
    compiles: bool = False
    fixed: bool = False
    until: float = field(default_factory=lambda: time.monotonic() + _BRAKE)
    _shapes: set[object] = field(default_factory=set)

    def spend(self, e: Example) -> None:
        """Count a candidate."""
        self.calls -= 1
        self.elements -= _CALL + e.size
        if self.compiles and _shape(e) not in self._shapes:
            self._shapes.add(_shape(e))
            self.elements -= _COMPILED

    def begin(self, e: Example) -> None:
        """The example that is made smaller: its shape has been compiled."""
        self._shapes.add(_shape(e))

    def admits(self, e: Example) -> bool:
        """False for a candidate of another shape where that is fixed."""
        return not self.fixed or _shape(e) in self._shapes

    @property
    def spent(self) -> bool:
        """True if nothing is left."""
        return self.calls <= 0 or self.elements <= 0 or time.monotonic() > self.until


def _shape(e: Example) -> object:
    return e.x.shape, e.view, *e.options


def smallest(
    e: Example,
    breaks: Breaks,
    allowance: Allowance | None = None,
    fit: Fit | None = None,
    row: int = -1,
) -> Example:
    """A smaller example for which `breaks` is true; `e` itself if none is found.

    `fit` gives what is tried the axes that a kernel has. The row (or element) that is the worst is
    tried alone, if it is known. Rows and classes are cut as in delta
    debugging, then view, options and values are simplified until nothing helps or the allowance,
    which is changed, is spent. Deterministic.
    """
    search = _Search(breaks, allowance or Allowance(), fit or (lambda e: e))
    search.allowance.begin(e)
    if 0 <= row < len(e.x) > 1:
        e = search.tried(e, _of_rows(e, np.array([row])))
    for step in (_fewer_rows, _simpler_arguments, _plain_view, _fewer_classes, _fewer_options):
        e = search.follow(e, step)
    for _ in range(3):
        before = e
        for step in (_fewer_rows, _fewer_classes, _simpler_arguments, _simpler_values):
            e = search.follow(e, step)
        if e is before or search.allowance.spent:
            break
    return e


class _Search:
    """Greedy descent: take the first simpler example that still breaks the law, and repeat."""

    def __init__(self, breaks: Breaks, allowance: Allowance, fit: Fit) -> None:
        self._breaks, self._fit = breaks, fit
        self._held: set[int] = set()
        self.allowance = allowance

    def follow(self, e: Example, step: Callable[[Example], Iterator[Example]]) -> Example:
        """Repeat a kind of step as long as it helps."""
        helped = True
        while helped and not self.allowance.spent:
            helped = False
            for candidate in step(e):
                if self.allowance.spent:
                    return e
                if step is _plain_view and self._fit(candidate).view == e.view:
                    continue
                if (found := self.tried(e, candidate)) is not e:
                    e, helped = found, True
                    break
        return e

    def tried(self, e: Example, candidate: Example) -> Example:
        """The candidate if it still breaks, else what there was.

        Half of all candidates come again: each is counted, but not called twice.
        """
        candidate = self._fit(candidate)
        if not self.allowance.admits(candidate):
            return e
        self.allowance.spend(candidate)
        if (key := _identity(candidate)) in self._held:
            return e
        if self._breaks(candidate):
            return candidate
        self._held.add(key)
        return e


def _identity(e: Example) -> int:
    """A number that two examples have in common if they are the same call."""
    given = {**e.args, **e.options}
    exact = ((np.shape(v), v.tobytes()) if isinstance(v, np.ndarray) else v for v in given.values())
    return hash((e.view, *given, *exact))


def _chunks(size: int) -> Iterator[tuple[int, int]]:
    """Ranges to remove, large ones first."""
    step = size // 2
    while step >= 1:
        for start in range(0, size, step):
            yield start, min(start + step, size)
        step //= 2
        if size > 64 and step < size // 16:
            return  # single rows of a large batch come back when it is small


def _kept(size: int) -> Iterator[Array]:
    """Index sets to try: single indices if the size is small, then the complements of chunks."""
    everything = np.arange(size)
    for place in (0, size - 1, size // 2):
        if size > 1:
            yield everything[place : place + 1]
    for start, stop in _chunks(size):
        if stop - start < size:
            yield np.concatenate([everything[:start], everything[stop:]])


def _fewer_rows(e: Example) -> Iterator[Example]:
    for rows in _kept(len(e.x)):
        yield _of_rows(e, rows)


def _of_rows(e: Example, rows: Array) -> Example:
    return e.only(rows, replace(e.view, batch=(len(rows),), axis=_end(e.view)))


def _end(view: View) -> int:
    """The axis of a view with one batch axis that is most like the given one."""
    rank = len(view.batch) + 1
    return -1 if view.axis % rank == rank - 1 else 0


def _fewer_classes(e: Example) -> Iterator[Example]:
    if not e.function.rowwise:
        return
    if e.function.matrix:
        yield from _shorter_rows(e)
    for classes in _kept(e.classes) if e.classes > 1 else ():
        yield of_classes(e, classes)


def _shorter_rows(e: Example) -> Iterator[Example]:
    """Shorter hidden rows, from which a matrix makes the same number of logits."""
    matrix = e.function.matrix
    for places in _kept(e.x.shape[-1]) if e.x.shape[-1] > 1 else ():
        args: dict[str, Any] = {
            k: v[:, places] if np.ndim(v) == 2 and k != "labels" else v for k, v in e.args.items()
        }
        yield e.but(options={**e.options, matrix: e.options[matrix][:, places]}, **args)


def of_classes(e: Example, classes: Array) -> Example:
    """An example with some of its classes; labels of others become the nearest that is left."""
    own = not e.function.matrix  # else the rows are no logits
    args: dict[str, Any] = {
        k: v[:, classes] if np.ndim(v) == 2 and (own or k == "labels") else v
        for k, v in e.args.items()
    }
    options = dict(e.options)
    if not own:
        options[e.function.matrix] = options[e.function.matrix][classes]
    for name in ("weight", "where", "linear_bias"):
        given = options.get(name)
        if isinstance(given, np.ndarray) and given.shape[-1] == e.classes:
            options[name] = given[..., classes]
    if "labels" in args and args["labels"].ndim == 1:
        args["labels"] = _moved(e, args["labels"], classes)
    return e.but(options=options, **args)


def _moved(e: Example, labels: Array, classes: Array) -> Array:
    """Labels among the remaining classes; the others become the first or the last of them."""
    places = {int(c): i for i, c in enumerate(classes)}
    ignored, n = e.options.get("ignore_index"), e.classes
    new = []
    for label in labels.tolist():
        if label == ignored:
            new.append(label)
        elif label >= n:
            new.append(len(classes) + label - n)
        else:
            new.append(places.get(label, min(label, len(classes) - 1)))
    return np.array(new, labels.dtype)


def _plain_view(e: Example) -> Iterator[Example]:
    rows = len(e.x)
    plainer = (
        View((rows,)),
        View((rows,), 0),
        replace(e.view, batch=(rows,), axis=_end(e.view)),
        View(e.view.batch, e.view.axis),
        replace(e.view, axis=-1),
    )
    for view in plainer:
        if _order(view) < _order(e.view) and (e.function.rowwise or view.axis == -1):
            yield e.but(view=view)


def _order(view: View) -> tuple[int, int, bool, bool, int]:
    """A rank by which plainer views come first, so that no step is undone."""
    axes = len(view.batch)
    return abs(axes - 1), axes, view.layout != "C", view.axis != -1, abs(view.axis + 1)


#: Options that a call keeps: their defaults are not agreed on, or they are an argument.
_KEPT = ("reduction", "alpha", "gamma")


def _fewer_options(e: Example) -> Iterator[Example]:
    for name in e.options:
        if name not in (*_KEPT, e.function.matrix) and not (
            name == "ignore_index" and (e.labels == e.options[name]).any()
        ):  # without it such a label is wrong
            yield e.but(options={k: v for k, v in e.options.items() if k != name})
    for name, value in e.options.items():
        if isinstance(value, np.ndarray) and not (value == 1).all():
            yield e.but(options={**e.options, name: np.ones_like(value)})


def _simpler_arguments(e: Example) -> Iterator[Example]:
    """Whole arguments made plain: cotangents and directions of ones, logits of integers."""
    for name in ("cotangent", "direction"):
        if name in e.args and not (np.asarray(e.args[name]) == 1).all():
            yield e.with_argument(name, np.ones_like(e.args[name]))
    for plain in _plain_values(e):
        if not np.array_equal(plain, e.x, equal_nan=True):
            yield e.with_first(plain)
    for digits in (0, 1, 3):
        rounded = _rounded(e.x, digits)
        if not np.array_equal(rounded, e.x, equal_nan=True):
            yield e.with_first(rounded)


def _plain_values(e: Example) -> Iterator[Array]:
    """All zeros (½ for probabilities), small integers, or numbers of ordinary size."""
    if e.function.probabilities:
        yield np.full_like(e.x, 0.5)
        return
    few = e.x.ravel()[:64].astype(np.float64)
    if np.isfinite(few).all() and all(_complexity(float(v))[0] <= 5 for v in few):
        return
    yield np.zeros_like(e.x)
    yield (np.arange(e.x.size).reshape(e.x.shape) % 3).astype(e.x.dtype)
    wide = e.x.astype(np.float64)
    with np.errstate(all="ignore"):
        for most in _ORDINARY:
            yield np.where(np.abs(wide) > most, np.sign(wide) * most, wide).astype(e.x.dtype)


def _rounded(values: Array, digits: int) -> Array:
    with np.errstate(all="ignore"):
        wide = values.astype(np.float64)
        return np.where(np.isfinite(wide), np.round(wide * 10**digits) / 10**digits, wide).astype(
            values.dtype
        )


def _simpler_values(e: Example) -> Iterator[Example]:
    """Single numbers towards 0, 1 and short significands, the first few of each argument."""
    for name, value in e.args.items():
        if value.dtype.kind in "iu" or value.size > 40:
            continue
        flat = value.reshape(-1)
        for place in range(flat.size):
            for simple in _simple(flat[place]):
                changed = flat.copy()
                changed[place] = simple
                yield e.with_argument(name, changed.reshape(value.shape))


def _simple(value: Any) -> Iterator[Any]:
    """Simpler numbers than one, of its sign (a probability stays one), simplest first."""
    number = float(value)
    if number == 0 and np.signbit(number):
        yield np.abs(value)
    if not np.isfinite(number):
        yield value.dtype.type(0)
        return
    if number == 0:
        return
    rank = _complexity(number)
    rounded = (float(f"{number:.{digits}g}") for digits in (1, 2, 4))
    smaller = (np.copysign(most, number) for most in _ORDINARY if abs(number) > most)
    for candidate in (0.0, np.copysign(1.0, number), *smaller, np.round(number), *rounded):
        if np.isfinite(candidate) and _complexity(candidate) < rank:
            kept = np.asarray(candidate).astype(value.dtype)
            if np.isfinite(float(kept)):
                yield kept


def _complexity(number: float) -> tuple[int, float]:
    if number == 0:
        return (0, 0.0)
    if abs(number) == 1:
        return (1, float(number < 0))
    return (len(f"{number:.17g}".rstrip("0").rstrip(".")) + 1, 0.0)
