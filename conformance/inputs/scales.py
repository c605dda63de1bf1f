"""Options that change logits: their values, and rows of logits for which they matter."""

from __future__ import annotations

from math import frexp

import numpy as np

from conformance.inputs.options import Combination, nearly_one, rounded
from conformance.kernels.layouts import CHANNELS_LAST
from conformance.model import Example, View

#: Option -> its values by turns, rounded to the format that is examined, so that no implementation
#: rounds one that computes in it; below 1 and above, powers of two and others. A temperature of 1
#: stands for one that is `nearly_one`, a cap of 1024 for one that is far above the logits.
VALUES: dict[str, tuple[float, ...]] = {
    "temperature": (2.0, 0.7, 10.0, 0.0625, 1.0, 1e-4, 100.0, 0.5, 2048.0),
    "softcap": (2.0, 5.0, 0.3, 1024.0, 30.0, 0.7, 50.0),
    "z_loss": (0.125, 1e-4, 1.0, 0.3, 2.0**-10, 0.0625),
}
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
#: The combinations of a loss's other options that each is met with.
COMBINED: tuple[Combination, ...] = (
    ("none", "", "", 0.0, "index"),
    ("mean", "", "-100", 0.0, "index"),
    ("sum", "", "0", 0.0, "index"),
    ("none", "random", "", 0.0, "index"),
    ("none", "", "", 0.25, "index"),
    ("sum", "", "", 0.5, "soft"),
    ("none", "random", "last", 0.1037, "index"),
    ("none", "", "", 0.0, "soft"),
    ("mean", "zeros", "-100", 0.25, "index"),
    ("none", "", "", 0.0, "one-hot"),
    ("mean", "", "last", 0.5, "index"),
)


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
    factor = np.ldexp(1.0, frexp(value)[1] - 1)
    with np.errstate(over="ignore"):
        moved = (e.x.astype(e.fmt.wide) * factor).astype(e.x.dtype)
    every = np.arange(len(e.x))[:, None] % 2 == turn % 2
    other = e.with_first(np.where(every & np.isfinite(moved), moved, e.x))
    return other.but(options={**other.options, option: value})
