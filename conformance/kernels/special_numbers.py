"""NaN and the infinities: which of them an example has, and in which of its arrays.

A kernel may refuse them, whatever else it is given, as one that checks its input, or its result,
for numbers that are not finite. Probabilities have none: NaN is no probability, and to refuse it
aloud is allowed anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from conformance.floats import Array
from conformance.kernels.failures import CallFailed
from conformance.model import Example

NAN, PLUS, MINUS = "NaN", "+inf", "−inf"
#: Where −inf is no mask of one class among others: it leaves nothing, or a loss that is infinite.
ROWS, LOSSES = "rows of −inf", "infinite losses"
#: In the order in which they are tried alone, and told.
SPECIAL = (NAN, PLUS, MINUS, LOSSES, ROWS)
#: A number of an array: the name of the array, and the kind.
Special = tuple[str, str]

#: How a library that has looked for them says so; what cannot be made of them is a mistake.
_SAYS_SO = re.compile(
    r"\b(nans?|infs?|infinity|infinite|infinities|(non-?)?finite)\b|invalid value", re.IGNORECASE
)
_ACCIDENT = re.compile("convert", re.IGNORECASE)


def specials(e: Example) -> tuple[Special, ...]:
    """The numbers of an example that are not finite, or have a loss that is not."""
    return tuple(
        (name, kind)
        for name in _arrays(e)
        if not (np.abs(e.args[name].astype(np.float64)) < e.fmt.largest / 2).all()
        for kind in SPECIAL
        if _are(e, name, kind).any()
    )


def _arrays(e: Example) -> Iterator[str]:
    """The arguments that are logits or logarithms, which may be infinite."""
    function = e.function
    if function.probabilities or function.matrix:
        return
    for name in function.arguments:
        if name != "labels" or e.options.get("log_target"):
            yield name


def _are(e: Example, name: str, kind: str) -> Array:
    """Which numbers of an array are of a kind."""
    wide = e.args[name].astype(np.float64)
    if kind == NAN:
        return np.isnan(wide)
    if kind in (PLUS, MINUS):
        return np.asarray(wide == float(kind.replace("−", "-")))
    lowest = np.isneginf(wide)
    if kind == ROWS:
        whole = lowest.all(axis=-1, keepdims=True) & e.function.rowwise
        return np.asarray(lowest & whole)
    losing = e.function.labelled and name == e.function.first
    return _infinitely_wrong(e, wide) if losing else np.zeros_like(lowest)


def _infinitely_wrong(e: Example, wide: Array) -> Array:
    """Which numbers make a loss, or the sum of them, leave the format."""
    lost, largest = _losses(e, wide), e.fmt.largest
    overflows = e.reduction != "none" and lost.sum() > largest
    return np.asarray(lost > (largest / len(wide) if overflows else largest))


@np.errstate(all="ignore")
def _losses(e: Example, wide: Array) -> Array:
    """The loss of each number, or a little less: 0 where it is NaN, or counts for nothing."""
    if not _by_mass(e):
        wrong = np.where(wide > 0, e.labels < 1, e.labels > 0)
        return np.where(wrong, np.nan_to_num(np.abs(wide), nan=0, posinf=np.inf), 0)
    top = wide.max(axis=-1, keepdims=True, initial=-np.inf) if e.function.from_logits else 0
    return np.where(
        np.isfinite(top) & _has_mass(e), np.nan_to_num(top - wide, nan=0, posinf=np.inf), 0
    )


def _by_mass(e: Example) -> bool:
    """True if a loss is infinite for what has no chance and some mass; else for a wrong sign."""
    return e.function.rowwise or e.function.logarithms


def _has_mass(e: Example) -> Array:
    """The classes, or the elements, that count in a loss."""
    labels = e.labels
    if labels.dtype.kind in "iu":
        own = labels[:, np.newaxis] == np.arange(e.classes)
        return np.asarray(own & (labels != e.options.get("ignore_index"))[:, np.newaxis])
    return np.asarray(labels > (-np.inf if e.options.get("log_target") else 0))


def put_in(e: Example, name: str, kind: str, seed: int) -> Example:
    """The example with one such number, if it has room: at another place for another seed."""
    array, places = e.args[name].copy(), np.argwhere(_room(e, name, kind))
    if not len(places):
        return e
    row, *column = places[(0, -1, len(places) // 2)[seed % 3]]
    rows = slice(None) if e.view.layout == "broadcast" else row  # all of one array with stride 0
    number = np.nan if kind == NAN else np.inf if kind == PLUS else -np.inf
    if kind == LOSSES and not _by_mass(e) and e.labels[row] < 1:
        number = np.inf
    array[(rows, *([] if kind == ROWS else column))] = number
    return e.with_argument(name, array)


def _room(e: Example, name: str, kind: str) -> Array:
    """Where a number of a kind may be put, so that it is of no other kind."""
    array = e.args[name]
    anywhere = np.ones(array.shape, bool)
    if kind == MINUS and e.function.rowwise and e.classes < 2:
        return ~anywhere
    if not e.function.labelled or name != e.function.first or kind == ROWS:
        return anywhere
    seen = (NAN, PLUS) * e.function.logarithms  # others need not be looked at
    if _by_mass(e):
        counts = anywhere & _has_mass(e)
        return counts if kind in (LOSSES, *seen) else ~counts if kind == MINUS else anywhere
    right = {PLUS: e.labels >= 1, MINUS: e.labels <= 0}
    return np.asarray(right.get(kind, anywhere))


def taken_out(e: Example, name: str, kind: str) -> Example:
    """The example with a harmless number for each of a kind."""
    array, harmless = e.args[name], -1 if e.function.logarithms else 0
    if kind == LOSSES and e.function.from_logits and e.function.rowwise:
        harmless = array.astype(np.float64).max(axis=-1, keepdims=True)
    return e.with_argument(name, np.where(_are(e, name, kind), harmless, array).astype(array.dtype))


def refused_on_purpose(failed: CallFailed) -> bool:
    """True if code looked for such numbers and raised: not what they led to further on.

    A `raise` or `assert` of the file or of what it uses; or what says so, as a library does.
    """
    if failed.meant and not failed.wraps:
        return True
    said = failed.message
    return bool(_SAYS_SO.search(said)) and not _ACCIDENT.search(said)
