"""Whether wrong values are those of the definition with an option built in, or a multiple of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from conformance.examine.contrast import NOT_TAKEN
from conformance.model import Example
from conformance.numerics.measure import measure
from conformance.spec.context import Examination

#: Usual values of options that a kernel may have built in.
_USUAL: dict[str, tuple[Any, ...]] = {
    "reduction": ("sum",), "ignore_index": (0,), "label_smoothing": (0.1, 0.05, 0.2),
    "alpha": (0.25, 0.5, 0.75), "gamma": (0.0, 1.0, 1.5, 3.0), "softcap": (30.0, 50.0, 20.0),
    "temperature": (0.07, 0.05, 0.1, 0.2, 0.5, 2.0), "z_loss": (1e-4, 1e-3),
}  # fmt: skip
#: Elements of examples that are looked at, at most, and numbers that have to agree, at least.
_LARGEST, _ENOUGH = 4096, 3
#: Denominators of factors, and how near a factor is to 1 that rounding may be.
_DENOMINATOR, _NEAR = 100, 0.01


def otherwise(f: Examination, failing: Sequence[Example]) -> list[str]:
    """What all values of failing examples agree with, and how that is said; none if nothing.

    Those of a plain call have to agree, too: of one number a mean is the sum.
    """
    examples = {id(e): e for e in (f.kernel.limits.plainest(f.fmt.name), *failing)}
    small = [e for e in examples.values() if e.size <= _LARGEST and e.function is f.function]
    try:
        values = [(e, f.computed(e, "value")) for e in small]
    except NOT_TAKEN:
        return []
    if sum(np.unique(got).size for _, got in values) < _ENOUGH:
        return []
    agreeing = ((said, _factor(f, values, said)) for said in _candidates(f))
    return next((_words(f, said, c) for said, c in agreeing if c), [])


def _candidates(f: Examination) -> Iterator[dict[str, Any]]:
    """No option, and each one that may be built in: what the kernel has no option for."""
    known = {*f.accepts, *f.implementation.built_in.get(f.function.name, {})}
    yield {}
    for option in f.function.options:
        if option not in known:
            yield from ({option: value} for value in _USUAL.get(option, ()))


def _factor(
    f: Examination, values: Sequence[tuple[Example, np.ndarray]], said: dict[str, Any]
) -> Fraction | None:
    """The simple number by which all values are those of the definition; None if there is none."""
    found: Fraction | None = None
    for e, got in values:
        other = e.but(options={**e.options, **said})
        try:
            found = found or _simple(got, f.exact(other, "value").wide)
            if found is None or not _is_multiple(f, other, got, found):
                return None
        except NOT_TAKEN:
            return None
    return found if said or found != 1 else None


def _is_multiple(f: Examination, e: Example, got: np.ndarray, factor: Fraction) -> bool:
    """Whether values are those of an example times a factor, which may have made some infinite."""
    part = got / got.dtype.type(factor)
    return measure(f.claim(e, "value", got=part, where=np.isfinite(got)), f.fmt).ratio <= 1


def _simple(got: np.ndarray, exact: np.ndarray) -> Fraction | None:
    """The quotient of the largest values, if that is a simple number."""
    finite = np.isfinite(exact) & np.isfinite(got) & (exact != 0)
    if not finite.any():
        return None
    at = np.where(finite, np.abs(exact), 0).argmax()
    quotient = float(got.flat[at]) / float(exact.flat[at])
    if abs(quotient - 1) < _NEAR:
        return Fraction(1)
    inverted = quotient and Fraction(1 / quotient).limit_denominator(_DENOMINATOR)
    simple = 1 / inverted if inverted else Fraction(0)
    return simple if simple and abs(quotient / float(simple) - 1) < 1e-3 else None


def _words(f: Examination, said: dict[str, Any], factor: Fraction) -> list[str]:
    options = ", ".join(f"{option}={value!r}" for option, value in said.items())
    call = f"{f.function.name}({options})"
    quote = '"' if "'" in call else "'"
    words = [f"right with {options}, which --as {quote}{call}{quote} declares"] if said else []
    if factor != 1:
        beside = "and with the factor" if said else "right but for the factor"
        words.append(f"{beside} {factor}: if that is meant, write a function that undoes it")
    return [", ".join(words)]
