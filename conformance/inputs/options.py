"""Option sets of losses: every value alone, all pairs over the examples, one full combination."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from conformance.floats import Format
from conformance.inputs.families import Rng

#: The options that are numbers.
NUMBERS = frozenset({"label_smoothing", "temperature", "softcap", "z_loss", "gamma", "alpha"})
REDUCTIONS = ("none", "mean", "sum")
#: Rounded to the format (`rounded`). One is none of a narrower format, and no whole percentage,
#: one is below a thousandth.
_SLIGHT = 2.0**-11
SMOOTHINGS = (0.0, 0.1037, 0.25, 0.5, _SLIGHT, 1.0)
IGNORED = ("-100", "-1", "0", "last", "255", "300")

#: reduction, weight, ignored index, smoothing, label kind.
Combination = tuple[str, str, str, float, str]
#: A covering array of strength 2.
COMBINATIONS: tuple[Combination, ...] = (
    ("none", "", "", 0.0, "index"),
    ("mean", "", "", 0.0, "index"),
    ("sum", "", "", 0.0, "index"),
    ("none", "", "", 0.0, "soft"),
    ("mean", "", "", 0.0, "one-hot"),
    ("none", "random", "", 0.0, "index"),
    ("mean", "random", "", 0.0, "index"),
    ("sum", "zeros", "", 0.0, "index"),
    ("none", "", "-100", 0.0, "index"),
    ("mean", "", "-100", 0.0, "index"),
    ("sum", "", "0", 0.0, "index"),
    ("none", "", "", 0.25, "index"),
    ("mean", "", "", 0.1037, "index"),
    ("sum", "", "", 0.5, "soft"),
    ("none", "random", "last", 0.1037, "index"),
    ("mean", "zeros", "-100", 0.25, "index"),
    ("sum", "powers", "255", 0.1037, "index"),
    ("mean", "nearly one", "0", 0.0, "index"),
    ("none", "zeros", "", 0.5, "soft"),
    ("sum", "random", "", 0.0, "soft"),
    ("none", "powers", "", 0.0, "unnormalised"),
    ("mean", "", "", 0.25, "soft"),
    ("none", "", "", 0.0, "zero rows"),
    ("sum", "", "", 0.0, "unnormalised"),
    ("none", "", "", 0.0, "one-hot"),
    ("mean", "powers", "", 0.5, "index"),
    ("mean", "", "last", 0.5, "index"),
    ("mean", "", "", 0.0, "soft"),
    ("sum", "random", "last", 0.25, "index"),
    ("none", "nearly one", "255", 0.0, "index"),
    ("mean", "", "-1", 0.0, "index"),
    ("none", "", "300", 0.0, "index"),
    ("none", "", "", _SLIGHT, "index"),
    ("none", "zeros", "", 0.0, "index"),
    ("mean", "", "", 1.0, "index"),
)


#: What is ignored has a weight: the product with 0 that a compiler makes a choice of without one.
_WEIGHED: Combination = ("sum", "random", "0", 0.0, "index")
#: Those that a compiling backend is shown, each a program: every option, and every kind of label,
#: by turns along the last axis and the first, on which the plain mean and sum are both.
_COMPILED = (
    *(
        (COMBINATIONS[k], (-1, 0)[(turn + 1) // 2 % 2])
        for turn, k in enumerate((0, 1, 2, 3, 9, 11, 6, 22, 10, 14, 4, 13))
    ),
    (COMBINATIONS[32], 0),  # another smoothing of otherwise the same calls
)
#: As much as one combination can show.
_RICH = tuple(COMBINATIONS[k] for k in (6, 13, 14))


def rounded(value: float, fmt: Format) -> float:
    """An option's value as a number of the format: what computes in it does not round it again."""
    return float(np.asarray(value, fmt.dtype))


def nearly_one(fmt: Format) -> float:
    """A number of the format that differs from 1 by more than bounds: 128u, below 10⁻⁵ in float32.

    What compares with a tolerance, as `isclose` does, takes it for 1.
    """
    return 1 + 128 * fmt.u


def weights(rng: Rng, size: int, fmt: Format, kind: str) -> Any:
    """Weights of a kind: random in 2^[-8, 8], with exact zeros, powers of two, `nearly_one`.

    Random ones reach 2^13 outside of float16, whose sums of losses they leave there.
    """
    if kind == "random":
        found = np.exp2(rng.uniform(-8, 8 if fmt.name == "float16" else 13, size))
    elif kind == "zeros":
        found = np.where(rng.random(size) < 0.4, 0.0, rng.uniform(0.1, 4, size))
    elif kind == "powers":
        found = np.exp2(rng.integers(-4, 5, size).astype(np.float64))
    else:
        found = 1 + (nearly_one(fmt) - 1) * rng.integers(-1, 2, size)
    return found.astype(fmt.dtype)


def ignored_index(kind: str, n: int) -> int:
    """The index that a kind of `IGNORED` stands for."""
    return n - 1 if kind == "last" else int(kind)


def taken(combination: Combination, accepted: frozenset[str]) -> Combination:
    """The combination without what an implementation does not take."""
    reduction, weight, ignored, smoothing, kind = combination
    return (
        reduction,
        weight if "weight" in accepted else "",
        ignored if "ignore_index" in accepted else "",
        smoothing if "label_smoothing" in accepted else 0.0,
        kind,
    )


def usable(combination: Combination, accepted: frozenset[str], built_in: Mapping[str, Any]) -> bool:
    """True if the implementation has every option that a combination uses."""
    reduction, weight, ignored, smoothing, _ = combination
    if built_in.get("reduction", reduction) != reduction:
        return False
    accepted = accepted | {"reduction"} if "reduction" in built_in else accepted
    uses = {"reduction": reduction != "mean", "weight": bool(weight),
            "ignore_index": bool(ignored), "label_smoothing": bool(smoothing)}  # fmt: skip
    return all(name in accepted for name, used in uses.items() if used)


def compiled(programs: str, fits: Callable[[Combination], bool]) -> list[tuple[Combination, int]]:
    """The combinations that are compiled, with the class axis of each.

    Few of them have every option in a format or a mode whose run has another in full.
    """
    if programs == "quick":
        return list(_COMPILED[:4])
    if programs not in ("narrow", "beside"):
        weighed = {COMBINATIONS[10]: _WEIGHED} if fits(_WEIGHED) else {}
        return [(weighed.get(each, each), axis) for each, axis in _COMPILED]
    rich = [entry for entry in _COMPILED if entry[0] in _RICH and fits(entry[0])]
    plain = [_COMPILED[1]] if programs == "narrow" else []
    plain += [] if any(entry[0][0] == "sum" for entry in rich) else [_COMPILED[2]]
    return [_COMPILED[0], *plain, *rich]


#: Exponents of a focal loss and weights of its positives, rounded to the format. Seven of them meet
#: every reduction; of whole ones even and odd, beyond those that are written out.
_GAMMAS = (2.0, 0.0, 1.0, 0.5, 5.0, 2.23, 3.0)
_ALPHAS = (None, 0.25, 0.317, 0.0, 0.5)


def focus(accepted: frozenset[str], fmt: Format, turn: int) -> dict[str, Any]:
    """The numbers of a focal loss, which defaults are not agreed on, so that each call has them."""
    alpha = _ALPHAS[turn // 2 % len(_ALPHAS)]
    found = {
        "gamma": rounded(_GAMMAS[turn % len(_GAMMAS)], fmt),
        "alpha": alpha if alpha is None else rounded(alpha, fmt),
    }
    return {name: value for name, value in found.items() if name in accepted}


#: One binary loss in so many is smoothed, by one of these: with every other option by turns.
_SMOOTHED = 7
BINARY_SMOOTHINGS = (0.1037, _SLIGHT, 0.5, 0.75)


def binary_options(
    rng: Rng, size: int, fmt: Format, accepted: frozenset[str], turn: int
) -> Mapping[str, Any]:
    """Options of the binary losses by turns."""
    found: dict[str, Any] = {}
    if "reduction" in accepted:
        found["reduction"] = REDUCTIONS[turn % 3]
    if "weight" in accepted and turn % 4 in (1, 3):
        kind = ("random", "zeros", "powers")[turn // 4 % 3]
        found["weight"] = weights(rng, size if turn % 8 != 5 else 1, fmt, kind)
        if turn % 8 == 5:
            found["weight"] = found["weight"].reshape(())
    if "log_target" in accepted:
        found["log_target"] = turn % 4 in (1, 2)
    if "label_smoothing" in accepted and turn % _SMOOTHED == 3:
        found["label_smoothing"] = rounded(BINARY_SMOOTHINGS[turn // _SMOOTHED % 4], fmt)
    if "pos_weight" in accepted and turn % 4 in (2, 3):
        kind = ("random", "powers", "nearly one")[turn // 4 % 3]
        found["pos_weight"] = weights(rng, 1 if turn % 8 < 4 else size, fmt, kind)
        if turn % 8 < 4:
            found["pos_weight"] = found["pos_weight"].reshape(())
    return found
