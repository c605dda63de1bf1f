"""Options that change logits: their values, and rows of logits for which they matter."""

from __future__ import annotations

from math import frexp
from typing import NamedTuple

import numpy as np

from conformance.floats import Array
from conformance.inputs.options import Combination, nearly_one, rounded
from conformance.kernels.layouts import CHANNELS_LAST
from conformance.model import Example, View

#: Option -> its values by turns, rounded to the format that is examined, so that no implementation
#: rounds one that computes in it; below 1 and above, powers of two and others. A temperature of 1
#: stands for one that is `nearly_one`. One of 1e-5 has a reciprocal that float16 has not. One of
#: 1e-7 may be taken for 0, a z_loss of 3e-6 for none, and so may a cap of 2¹⁵.
VALUES: dict[str, tuple[float, ...]] = {
    "temperature": (2.0, 0.7, 10.0, 0.0625, 1.0, 1e-5, 2048.0, 0.5, 1e-7, 3.0, 100.0),
    "softcap": (2.0, 5.0, 0.3, 2.0**15, 30.0, 0.7, 50.0),
    "z_loss": (0.125, 0.3, 1.0, 3e-6, 2.0**-10, 0.0625),
}
#: A temperature below it leaves no logits of ordinary size their digits; a cap above it bends only
#: those that are far from 0.
_COLD, _HIGH = 1e-4, 1000
#: Rows and classes, fewer and more than a block; a square, along the first axis if there is one.
SHAPES = ((9, 5), (9, 33), (24, 5), (4, 4), (7, 130), (24, 17), (3, 1025), (9, 64), (60, 2))
#: How these are given, since a call with an option may have a path of its own: the classes between
#: two axes of equal length, which may be confused; scores of attention and images with no two axes
#: of one length, some with their channels last in memory; and each layout taken for another.
VIEWS = {
    **{(9, n): View((3, 3), 1) for n in (5, 33, 64)},
    (24, 5): View((3, 4, 2), -1),
    (7, 130): View((7,), -2, "F"),
    (24, 17): View((4, 2, 3), 1, CHANNELS_LAST),
    (3, 1025): View((3,), -1, "strided"),
    (60, 2): View((3, 5, 4), -3),
}
#: The single row of a sampler, a vector where there is an axis to choose.
VECTOR = (1, 7)


class Meeting(NamedTuple):
    """What a loss is given beside an option: a combination of the others, and what scales too."""

    combination: Combination
    beside: tuple[str, ...] = ()


_PLAIN = Meeting(("none", "", "", 0.0, "index"))
#: What each option is met with by turns, of as many of `SHAPES` as it has values, of the vector,
#: and of the first again. Any three options, reductions, kinds of labels, and a batch of several
#: axes, meet where they are at work; but those of which the spec speaks apart, or not at all: a
#: z_loss beside weights (`met`), a cap beside a temperature, a smoothed class that is masked.
MEETINGS: dict[str, tuple[Meeting, ...]] = {
    "temperature": (
        _PLAIN,
        Meeting(("none", "", "", 0.0, "soft"), ("where", "z_loss")),
        Meeting(("mean", "zeros", "-100", 0.25, "index")),
        Meeting(("sum", "random", "", 0.0, "soft")),
        Meeting(("sum", "", "0", 0.0, "index")),
        Meeting(("none", "random", "last", 0.1037, "index")),
        Meeting(("mean", "random", "", 0.0, "index"), ("where",)),
        Meeting(("sum", "", "0", 0.0, "index"), ("where", "z_loss")),
        _PLAIN,
        _PLAIN,
        Meeting(("mean", "", "", 0.25, "soft"), ("z_loss",)),
    ),
    "softcap": (
        _PLAIN,
        Meeting(("none", "", "", 0.0, "soft"), ("where",)),
        Meeting(("mean", "", "", 0.25, "soft"), ("z_loss",)),
        _PLAIN,
        Meeting(("sum", "powers", "255", 0.1037, "index")),
        Meeting(("mean", "zeros", "-100", 0.25, "index")),
        Meeting(("none", "", "-100", 0.0, "index"), ("where", "z_loss")),
        _PLAIN,
        Meeting(("none", "zeros", "", 0.5, "soft")),
        Meeting(("sum", "zeros", "", 0.0, "index"), ("where",)),
        Meeting(("mean", "", "-100", 0.0, "index"), ("where", "z_loss")),
    ),
    "z_loss": (
        _PLAIN,
        Meeting(("mean", "", "last", 0.5, "index")),
        Meeting(("none", "", "", 0.0, "soft")),
        Meeting(("none", "", "-100", 0.0, "index"), ("where",)),
        Meeting(("sum", "", "", 0.5, "soft"), ("softcap",)),
        Meeting(("none", "", "", 0.25, "index")),
        _PLAIN,
        Meeting(("sum", "", "", 0.5, "soft"), ("temperature",)),
        Meeting(("sum", "", "0", 0.0, "index"), ("where", "softcap")),
    ),
}


def met(option: str, combination: Combination) -> bool:
    """True if an option is met with a combination: z_loss beside weights is a convention."""
    return option != "z_loss" or not combination[1]


def scaled(e: Example, option: str, turn: int) -> Example:
    """The example with an option of the next value, and in every second row logits of its size.

    A cap is met from far below it to far above it, and every third one by all of them below it.
    """
    value = rounded(VALUES[option][turn % len(VALUES[option])], e.fmt)
    if (option, value) == ("temperature", 1):
        value = nearly_one(e.fmt)
    if option == "z_loss":
        return e.but(options={**e.options, option: value})
    if option == "softcap" and turn % 3 == 1:  # all of it below the cap
        half = e.x.dtype.type(value / 2)
        e = e.with_first(np.clip(e.x, -half, half).astype(e.x.dtype))
        return e.but(options={**e.options, option: value})
    with np.errstate(over="ignore"):
        moved = _of_its_size(e, option, value).astype(e.x.dtype)
    every = np.arange(len(e.x))[:, None] % 2 == turn % 2
    every |= option == "temperature" and value < _COLD
    other = e.with_first(np.where(every & np.isfinite(moved), moved, e.x))
    return other.but(options={**other.options, option: value})


def _of_its_size(e: Example, option: str, value: float) -> Array:
    """Logits times the size of a value; beside half of a cap that is too high for differences."""
    x = e.x.astype(e.fmt.wide)
    if option == "softcap" and value > _HIGH:
        return x + value / 2
    return x * np.ldexp(1.0, frexp(value)[1] - 1)
