"""Counterexamples as text, and back: exact inputs, what came out, what was right."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from conformance.examine.call_text import call_text, passed
from conformance.examine.contrast import contrasts, right_in, wrong
from conformance.examine.otherwise import otherwise
from conformance.examine.tally import Seen
from conformance.floats import Array, Format, format_of, from_hex, to_hex
from conformance.kernels.failures import CallFailed
from conformance.model import Example, Function, Implementation, View
from conformance.numerics.measure import within
from conformance.numerics.wanted import Exact
from conformance.records.results import UNSTEADY, ArrayText, Counterexample, Given, number
from conformance.spec.context import Examination


def array_text(array: Array) -> ArrayText:
    """An array as exact text."""
    values = array.ravel()
    if array.dtype.kind not in "iu":
        values = values.astype(np.float64)
    bits, places = np.unique(values.view(f"i{values.itemsize}"), return_inverse=True)
    texts = [_exactly(v) for v in bits.view(values.dtype)]  # of long rows many recur
    return ArrayText(
        dtype=array.dtype.name, shape=list(array.shape), values=[texts[k] for k in places.tolist()]
    )


def _exactly(value: Any) -> str:
    """The number, and the sign of a NaN, which some code takes for a number."""
    return "-nan" if value != value and np.signbit(value) else to_hex(value)


def array_of(text: ArrayText) -> Array:
    """The array that a text stands for. ValueError if it is not one."""
    dtype = ml_dtypes.bfloat16 if text.dtype == "bfloat16" else np.dtype(text.dtype)
    if np.dtype(dtype).kind not in "biufV" or any(s < 0 for s in text.shape):
        raise ValueError(f"not an array of numbers: {text.dtype}{text.shape}")
    if math.prod(text.shape) != len(text.values):
        raise ValueError(f"{len(text.values)} values for shape {text.shape}")
    values = [from_hex(v) for v in text.values]
    if np.dtype(dtype).kind in "iu":
        return np.array([int(v) for v in values], dtype).reshape(text.shape)
    return np.array(values, np.float64).astype(dtype).reshape(text.shape)


def _option(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return array_text(value)
    return value.item() if isinstance(value, np.generic) else value


def _common(e: Example, needs: tuple[str, ...], of: Implementation) -> dict[str, Any]:
    gradient = not {"vjp", "derived"}.isdisjoint(needs)
    unused = set() if "direction" in needs else {"direction"}
    unused |= set() if gradient else {"cotangent"}
    view = {"batch": list(e.view.batch), "axis": e.view.axis, "layout": e.view.layout}
    view |= {"only": e.view.only} if e.view.only else {}
    view |= {"start": e.view.start} if e.view.layout == "offset" else {}
    arguments = {k: array_text(np.asarray(v)) for k, v in e.args.items() if k not in unused}
    options = {k: _option(v) for k, v in e.options.items()}
    key = repr((e.function.name, arguments, options, view)).encode()
    return {
        "id": hashlib.sha256(key).hexdigest()[:6],
        "call": call_text(e, of, gradient=gradient),
        "passed": list(passed(e, of, gradient=gradient)),
        "arguments": arguments,
        "options": options,
        "view": view,
    }


def _shown(
    e: Example, at: Example | None, needs: tuple[str, ...], of: Implementation
) -> dict[str, Any]:
    """The call that was made, and the law's input if that is a different one."""
    given = _common(e, needs, of)
    if at is None or at is e or at.function is not e.function:
        return given
    shown = _common(at, needs, of)
    if (shown["id"], shown["call"]) == (given["id"], given["call"]):
        return given
    parts = {name: given[name] for name in ("arguments", "options", "view")}
    return shown | {"id": given["id"], "given": Given(**parts)}


def broken(
    of: Implementation,
    f: Examination | None,
    seen: Seen,
    first_shape: tuple[int, ...],
    needs: tuple[str, ...] = (),
    least: float = math.inf,
    holds: Callable[[Example], bool] | None = None,
    failing: Sequence[Example] = (),
) -> Counterexample:
    """The counterexample of a claim that an implementation fails.

    `least` is the smallest excess that was met.

    Of `f` the input is called in other forms, to tell more of it; None where it is not to be.
    `holds` tells whether the law does for another example, if that costs little; `failing` are
    those for which it does not.
    """
    m, fmt, exactly = seen.measured, seen.example.fmt, seen.claim.kind in ("holds", "same")
    certified = isinstance(seen.claim.want, Exact)
    got, want = _apart(m.got, m.want)
    parts = {
        "index": list(m.index),
        "got": got,
        "exact" if certified else "expected": want,
        "error": "" if exactly else in_u(m.error, m.want, fmt),
        "allowed": "" if exactly else in_u(m.bound, m.want, fmt),
        "claim": seen.claim.what,
        "over": None if exactly else number(m.ratio),
        "least": number(least) if least < m.ratio / 2 else None,
        "first_shape": list(first_shape),
    }
    told = {}
    if f is not None:
        told = _of_exact(f, seen, needs, failing) if certified else _beside(f, seen, needs)
    of_law = holds if exactly or certified else None  # an exact value of its own, or a truth
    if f is not None and of_law and not (told["wrong"] or seen.claim.at):
        quantity = "value" if {"vjp", "derived", "direction"}.isdisjoint(needs) else ""
        told["contrasts"] = contrasts(f, seen.example, quantity, (*m.index, 0)[0], of_law, failing)
    return Counterexample(**_shown(seen.example, seen.claim.at, needs, of), **{**parts, **told})


def _of_exact(
    f: Examination, seen: Seen, needs: tuple[str, ...], failing: Sequence[Example]
) -> dict[str, Any]:
    """Which quantity is wrong at the input, and for which variants of the input it is right."""
    e, row = seen.claim.at or seen.example, (*seen.measured.index, 0)[0]
    quantity = wrong(f, needs, e)
    if not quantity:
        return {"wrong": ""}
    found = contrasts(f, e, quantity, row, failing=failing)
    if found == [UNSTEADY]:
        return {"wrong": quantity, "contrasts": found}
    meant = otherwise(f, failing) if quantity == "value" else []
    return {
        "wrong": quantity,
        "right_in": right_in(f, e, quantity),
        "contrasts": [*meant, *found],
    }


def _beside(f: Examination, seen: Seen, needs: tuple[str, ...]) -> dict[str, Any]:
    """For a claim about no exact value: the exact value, and which of two results is wrong."""
    e, at, claim = seen.example, seen.claim.at, seen.claim
    own = [e] if at is None or at.function is not e.function else [at, e]
    found: dict[str, Any] = {"wrong": wrong(f, needs, *own)}
    result = claim.want if claim.kind == "holds" else claim.got
    of = next((q for q in ("value", "vjp", "hvp") if f.held(own[0], q) is result), "")
    if result is None or not of:
        return found
    index, shape = seen.measured.index, np.shape(result)
    if not np.broadcast_to(f.forced(own[0], of), shape)[index]:
        return found
    exact = f.exact(own[0], of)
    right, other = (
        within(np.broadcast_to(each, shape), exact, f.bound(own[0], of), f.fmt)[index]
        for each in (result, claim.want)
    )
    found["exact"] = number_text(exact.wide[index])
    if claim.kind == "equal" and not (right and other):
        found["wrong"] = found["wrong"] or of
        if right and np.ndim(claim.want):
            found["claim"] = ": ".join(filter(None, (claim.what, "the other result is wrong")))
    return found


def raised(
    of: Implementation, e: Example, error: CallFailed, needs: tuple[str, ...] = ()
) -> Counterexample:
    """The counterexample of a call that gave nothing."""
    shown = _shown(e, error.at, needs, of)
    return Counterexample(**shown, got=str(error), claim="the call gives a result")


def _apart(got: Any, want: Any) -> tuple[str, str]:
    """Two numbers as text, with enough digits to tell them apart."""
    texts = number_text(got), number_text(want)
    alike = texts[0] != texts[1] and texts[0].partition(" ")[2] == texts[1].partition(" ")[2] != ""
    return (number_text(got, 17), number_text(want, 17)) if alike else texts


def number_text(value: Any, digits: int = 9) -> str:
    """Exact hex of a number of the format, and a decimal beside it."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        return str(number)
    return f"{to_hex(number)} ({number:.{digits}g})"


def in_u(size: float, reference: Any, fmt: Format) -> str:
    """An error in units of roundoff: of the exact value, or of 1 where that says more."""
    if not math.isfinite(size):
        return "infinite"
    scale = abs(float(reference)) if not isinstance(reference, str) else 1.0
    if scale >= fmt.omega and math.isfinite(scale):
        return f"{size / (fmt.u * scale):.3g} u ({size:.3g} absolutely)"
    return f"{size:.3g}"


def example_of(function: Function, c: Counterexample) -> Example:
    """The example that a counterexample stands for. ValueError if it is not one."""
    given = c.given or c
    args: dict[str, Array] = {k: array_of(v) for k, v in given.arguments.items()}
    if not args or function.first not in args:
        raise ValueError(f"no argument {function.first!r} in the counterexample")
    options: Mapping[str, Any] = {
        k: array_of(v) if isinstance(v, ArrayText) else v for k, v in given.options.items()
    }
    known = {*function.options, function.matrix} - {"axis"}
    if unknown := options.keys() - known:
        raise ValueError(f"{function.name} has no option {min(unknown)!r}")
    batch, axis = given.view.get("batch", []), given.view.get("axis", -1)
    start = given.view.get("start", 1)
    if not isinstance(batch, list) or not isinstance(axis, int) or not isinstance(start, int):
        raise ValueError("the counterexample's view is not one")
    view = View(tuple(batch), axis, str(given.view.get("layout", "C")),
                str(given.view.get("only", "")), start)  # fmt: skip
    return Example(function, format_of(args[function.first].dtype), args, view, options)
