"""Which examples a law looks at: conditions for `when=`, all of which must hold.

No law sees an empty example unless it says so, and few see rows as long as a vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from conformance.floats import Array
from conformance.model import Example

#: More than any block of a kernel.
_VERY_MANY = 2**17


def having(*options: str) -> Callable[[Example], bool]:
    """Examples with these options; a smoothing of 0 is none."""
    return lambda e: all(_given(e, option) for option in options)


def without(*options: str) -> Callable[[Example], bool]:
    """Examples with none of these options."""
    return lambda e: not any(_given(e, option) for option in options)


def _given(e: Example, option: str) -> bool:
    value = e.options.get(option)
    return bool(value) if option == _SMOOTHING else value is not None


def each(e: Example) -> bool:
    """A value for each row or element: no loss that is reduced."""
    return e.reduction == "none"


def reduced(e: Example) -> bool:
    """A sum or a mean."""
    return e.reduction != "none"


def averaged(e: Example) -> bool:
    """A mean."""
    return e.reduction == "mean"


def summed(e: Example) -> bool:
    """A sum."""
    return e.reduction == "sum"


def indexed(e: Example) -> bool:
    """Labels that are class indices, of rows that have classes."""
    return e.labels.ndim == 1 and e.labels.dtype.kind in "iu" and e.classes > 0


def indices(e: Example) -> bool:
    """Labels of one number for each row or element."""
    return e.labels.ndim == 1


def distributions(e: Example) -> bool:
    """Labels that are a distribution for each row."""
    return e.labels.ndim == 2


def floating(e: Example) -> bool:
    """Labels that are numbers: distributions, or probabilities of the positive class."""
    return e.labels.dtype.kind not in "iu"


def hard(e: Example) -> bool:
    """A label of 0 or 1 among the probabilities of the positive class."""
    return bool(((e.labels == 0) | (e.labels == 1)).any())


def several(e: Example) -> bool:
    """More than one element."""
    return e.size > 1


def recurring(e: Example) -> bool:
    """Very many rows or elements, of which a few recur, each given for itself."""
    return e.repeats is not None and e.size >= _VERY_MANY and e.reduction == "none"


def several_rows(e: Example) -> bool:
    """More than one row, or element."""
    return len(e.x) > 1


def two_classes(e: Example) -> bool:
    """Rows of two classes."""
    return bool(e.x.shape[-1] == 2)


def several_classes(e: Example) -> bool:
    """Rows of more than one class."""
    return bool(e.x.shape[-1] > 1)


def up_to(most: int) -> Callable[[Example], bool]:
    """Rows of at most so many classes."""
    return lambda e: bool(e.x.shape[-1] <= most)


def with_nan(e: Example) -> bool:
    """NaN among the predictions."""
    return "nan" in e.not_finite


def with_infinity(e: Example) -> bool:
    """+inf or −inf among the predictions."""
    return with_plus_infinity(e) or with_minus_infinity(e)


def with_plus_infinity(e: Example) -> bool:
    """+inf among the predictions."""
    return "+inf" in e.not_finite


def with_minus_infinity(e: Example) -> bool:
    """−inf among the predictions."""
    return "-inf" in e.not_finite


def with_limits(e: Example) -> bool:
    """Predictions of ±Ω or ±inf."""
    return bool((np.abs(_numbers(e)) >= e.fmt.largest).any())


def with_zero(e: Example) -> bool:
    """Predictions of 0, or of a number that is as good as 0."""
    return bool((np.abs(_numbers(e)) <= e.fmt.eta).any())


def wholly_masked(e: Example) -> bool:
    """A row whose every logit is −inf."""
    return with_minus_infinity(e) and bool(np.isneginf(_numbers(e)).all(axis=-1).any())


def one_class(e: Example) -> bool:
    """Rows of a single class."""
    return bool(e.x.shape[-1] == 1)


_SMOOTHING = "label_smoothing"


def _numbers(e: Example) -> Array:
    """The predictions as ordinary numbers, which are theirs in any format."""
    return e.x.astype(np.float64)


def mild(e: Example) -> bool:
    """A cotangent and a direction of finite numbers."""
    g, v = e.args["cotangent"], e.args["direction"]
    return bool(np.isfinite(g.astype(np.float64)).all() and np.isfinite(v.astype(np.float64)).all())
