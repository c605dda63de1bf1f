"""Options that are numbers may be integers: 4 is the same number as 4.0."""

from __future__ import annotations

from functools import partial

from conformance.backends import Unsupported
from conformance.kernels.failures import CallFailed
from conformance.model import Example
from conformance.spec.claims import Claims
from conformance.spec.comparing import agree
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options
from conformance.spec.which import mild

#: Whole numbers of each option; none is a default, for which a kernel may take what it does not
#: look at.
_WHOLE = {
    "temperature": 4, "softcap": 2, "z_loss": 1, "gamma": 3, "alpha": 1, "label_smoothing": 1,
}  # fmt: skip
_NUMBERED = those(lambda f: not _WHOLE.keys().isdisjoint(f.options))


def _with_numbers(e: Example) -> bool:
    """Options that are numbers, and a cotangent of numbers."""
    return any(e.options.get(name) is not None for name in _WHOLE) and mild(e)


integer_law = partial(
    law,
    costs=2,
    reshapes=True,
    masked=True,
    when=_with_numbers,
    bound="2B",
    why="Both are the same number.",
    source="the definitions: functions of numbers",
)


@integer_law("integer-options", *_NUMBERED, needs="any number")
def integer_options(f: Examination, e: Example) -> Claims:
    """options that are whole numbers give the same as integers, or are refused: 4 for 4.0

    Reveals an integer that is taken for no option at all or for the default, a quotient of
    integers.
    """
    yield from _alike(f, e, "value")


@integer_law("gradient-with-integer-options", *_NUMBERED, needs="any number, vjp")
def gradient_with_integer_options(f: Examination, e: Example) -> Claims:
    """the gradient with options that are whole numbers is the same with integers: 4 for 4.0

    Reveals a backward pass that takes an integer for no option at all.
    """
    if f.kernel.compiles:
        raise Unsupported("programs for two more sets of options")
    yield from _alike(f, e, "vjp")


def _alike(f: Examination, e: Example, quantity: str) -> Claims:
    given = [name for name in _WHOLE if e.options.get(name) is not None]
    numbers = {name: float(_WHOLE[name]) for name in given}
    integers = {name: _WHOLE[name] for name in given}
    one = f.variant(e, "numbers", lambda: with_options(e, **numbers))
    whole = f.variant(e, "integers", lambda: with_options(e, **integers))
    f.computed(one, quantity)
    try:
        f.computed(whole, quantity)
    except CallFailed as error:
        if error.kind != "raised":
            raise
        raise Unsupported(f"integers are refused: {error}") from error
    words = ", ".join(f"{name}={value}" for name, value in integers.items())
    yield agree(f, one, whole, quantity, where=f.where(one, quantity), what=words)
