"""Between modes and devices: compiled, mapped and moved, the value is the same within its bound."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from conformance.backends import Native, Unsupported
from conformance.backends.binding import Way
from conformance.backends.devices import is_cpu
from conformance.floats import Array
from conformance.model import Claim, Example, View
from conformance.numerics.measure import within
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, equal, holds
from conformance.spec.comparing import attempted
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, law, those, turn_of
from conformance.spec.which import each

mode_law = partial(
    law,
    also="Checked where the other value is within its bound; elsewhere its own accuracy law "
    "reports it. Subnormal probabilities are left out: one of the two may flush them to zero.",
    source="the definition: the same function, in another order of operations",
    needs="transformed",
    costs=1,
)
device_law = partial(mode_law, needs="device, cpu")
#: So many calls of so many rows or numbers each: as many, so that another axis fits too.
_SIDE = 2
_SPECIAL = "none: exact, where no rounding overflows"


@mode_law("agrees-with-eager", *ALL)
def agrees_with_eager(f: Examination, e: Example) -> Claims:
    """the transformed function gives what the plain one gives

    Within 2B; same NaN and inf. It is the same function. The bits may differ: fused code keeps
    other intermediates, and JAX keeps float32 inside fused bfloat16.
    Reveals fusion bugs, Python branches frozen by tracing, a wrong batching rule.
    """
    yield _agreement(f, f.other(mode="eager"), e)


@mode_law("gradient-agrees-with-eager", *ALL, needs="transformed, vjp")
def gradient_agrees_with_eager(f: Examination, e: Example) -> Claims:
    """the gradient of the transformed function is that of the plain one

    Within 2B. It is the same function. The bits may differ: fused code keeps other intermediates,
    and JAX keeps float32 inside fused bfloat16.
    Reveals gradients that are wrong only under a transformation.
    """
    yield _agreement(f, f.other(mode="eager"), e, "vjp")


@mode_law("special-values-agree-with-eager", *ALL, level="should", bound=_SPECIAL)
def special_values_agree_with_eager(f: Examination, e: Example) -> Claims:
    """NaN and ±inf are where the plain function has them

    A transformation may not change where NaN and infinities are. [IEEE 754-2019, 6 and 7]
    Reveals fast-math compilation.
    """
    yield _same_special_values(f, f.other(mode="eager"), e)


@device_law("agrees-with-cpu", *ALL)
def agrees_with_cpu(f: Examination, e: Example) -> Claims:
    """the device gives what the CPU gives

    Within 2B. It is the same function; each value is within its bound.
    Reveals kernels for one device, TF32 and reduced-precision reductions.
    """
    yield _agreement(f, _on_cpu(f), e)


@device_law("special-values-agree-with-cpu", *ALL, level="should", bound=_SPECIAL)
def special_values_agree_with_cpu(f: Examination, e: Example) -> Claims:
    """NaN and ±inf are where the CPU has them

    A device may not change where NaN and infinities are. [IEEE 754-2019, 6 and 7]
    Reveals fast-math kernels, maxima that ignore NaN.
    """
    yield _same_special_values(f, _on_cpu(f), e)


def _plain_rows(e: Example) -> bool:
    """A matrix of several rows along its last axis, or a vector; labels or weights of each."""
    return len(e.x) > 1 and len(e.view.batch) == 1 and e.view.axis in (-1, 1)


@law("rows-under-vmap", *those(lambda f: not f.matrix), needs="mapped, derived", costs=3,
     masked=True, source="jax.vmap, torch.func.vmap", when=(each, _plain_rows))  # fmt: skip
def rows_under_vmap(f: Examination, e: Example) -> Claims:
    """mapped over rows, or over matrices along their first axis, f has their values and gradients

    Within 2B. vmap(f) is f of each of them. Refusing aloud is allowed.
    Reveals a batching rule that takes another axis, or whose gradient does.
    """
    mapped, told = f.other(mode="vmap"), False
    f = f.other(mode="eager") if f.subject.mode == "vmap" else f
    e = _in_matrices(f, e)
    for quantity in ("value", "vjp"):
        with suppress(Unsupported):
            if attempted(partial(mapped.computed, e, quantity)) is not None:
                told = True
                yield _agreement(mapped, f, e, quantity)
    if not told:
        raise Unsupported("vmap is refused")


def _in_matrices(f: Examination, e: Example) -> Example:
    """By turns pairs of rows, or more, as the columns of matrices: the classes first in each.

    Numbers are a column where each alone, as a scalar, is not taken.
    """
    count = len(e.x)
    if not e.function.rowwise:
        column = len(e.view.batch) == 1 and not _takes_scalars(f, e)
        return f.variant(e, "column", lambda: e.but(view=View((count, 1)))) if column else e
    inner = next((k for k in (2, 3, 5, 7) if count % k == 0), 1)
    columns = "axis" in f.accepts and not f.kernel.compiles and inner > 1
    if not columns or turn_of(e) % 2:
        return e
    return f.variant(e, "matrices", lambda: e.but(view=View((count // inner, inner), 1)))


def _takes_scalars(f: Examination, e: Example) -> bool:
    """False where scalars are refused; each compiled one would be a program of its own."""
    scalar = f.variant(e, "scalar", lambda: rows_of(e, slice(0, 1), View(())))
    if f.kernel.compiles:
        return f.kernel.limits.covering(scalar, "value") is None
    return attempted(partial(f.taken, scalar)) is not False


def _together(e: Example) -> bool:
    """Rows or numbers whose options are the same for all of them."""
    shared = e.function.rowwise and e.function.labelled
    return len(e.x) > 1 and all(np.ndim(v) < 1 + shared for v in e.options.values())


@law("vmap-in-any-way", *those(lambda f: not f.matrix), needs="mapped, derived", costs=21,
     reshapes=True, source="jax.vmap(in_axes), torch.func.vmap(in_dims)",
     when=(each, _together))  # fmt: skip
def vmap_in_any_way(f: Examination, e: Example) -> Claims:
    """mapped along any axis, or beside an argument that all calls share, f has the same values

    Within B, where the plain call is; the gradient too, where it is no program of its own. vmap(f)
    is f of each of them. Refusing aloud is allowed.
    Reveals a batching rule that takes an argument as mapped which is not, or another axis of it.
    """
    told = False
    for way in _ways(f, e):
        square = f.variant(e, f"{way}", lambda way=way: _square(e, way))  # type: ignore[misc]
        for quantity in ("value",) if f.kernel.compiles else ("value", "vjp"):
            with suppress(Unsupported):
                if (got := attempted(partial(_mapped, f, square, way, quantity))) is not None:
                    told = True
                    right = _right(f, e, square, quantity)
                    yield f.claim(square, quantity, where=right, got=got, at=square,
                                  what=f"along {way}")  # fmt: skip
    if not told:
        raise Unsupported("vmap is refused, or its rules see one argument and its first axis only")


def _right(f: Examination, e: Example, square: Example, quantity: str) -> Any:
    """Where the plain call is within its bound: a compiled one, of the rows that there were.

    It is of a matrix, which all take: what has no axis to name may take one of more axes otherwise.
    """
    if f.kernel.compiles:
        return (f.right(e) | ~f.where(e)).all()
    plain = f.variant(square, "matrix", lambda: square.but(view=View((len(square.x),))))
    got, exact = f.computed(plain, quantity), f.exact(plain, quantity)
    return within(got, exact, f.bound(plain, quantity), f.fmt)


def _mapped(f: Examination, e: Example, way: Way, quantity: str) -> Array:
    kernel = f.other(mode="vmap").kernel
    if kernel.fitting(e) is not e:
        raise Unsupported("its class axis is built in, and another one in a stack of matrices")
    mapped_by: Any = getattr(kernel.backend, "mapped_by")  # noqa: B009 — not every backend has it

    def how(call: Any, natives: Sequence[Native]) -> Native:
        return mapped_by(call, natives, way)

    seen = kernel.observe_as(e, lambda _: how, gradient=quantity == "vjp")
    return np.asarray(seen.result.astype(f.fmt.wide))


def _ways(f: Examination, e: Example) -> list[Way]:
    """Ways other than the usual one, along the first axis of all: an argument shared, or turned."""
    axes: tuple[int | None, ...] = getattr(f.kernel.backend, "AXES_OF_VMAP", ())
    if len(e.function.arguments) == 1:
        return [(axis,) for axis in axes if axis]
    return [way for way in product((*axes, None), repeat=2) if way.count(0) == 1]


def _square(e: Example, way: Way) -> Example:
    """As many calls as each has rows or numbers; a shared argument repeats those of the first."""
    places = np.arange(_SIDE**2).reshape(_SIDE, _SIDE)
    given = dict.fromkeys(e.args, places)
    for name, axis in zip(e.function.arguments, way, strict=True):
        if axis is None:
            given[name] = places * 0 + places[:1]
    arrays: dict[str, Any] = {
        name: e.array(name)[places.ravel() % len(e.x)] for name, places in given.items()
    }
    return e.but(view=View((_SIDE, _SIDE)), **arrays)


def _on_cpu(f: Examination) -> Examination:
    return f.other(device=next(d for d in f.kernel.backend.devices() if is_cpu(d)))


def _agreement(f: Examination, other: Examination, e: Example, quantity: str = "value") -> Claim:
    """The claim that two modes agree, where the other is within its bound."""
    exact, bound = f.exact(e, quantity), f.bound(e, quantity)
    theirs = other.computed(e, quantity)
    where = f.where(e, quantity) & within(theirs, exact, bound, f.fmt)
    return equal(f.computed(e, quantity), theirs, 2 * bound, where=where)


def _same_special_values(f: Examination, other: Examination, e: Example) -> Claim:
    """The claim that NaN and infinities agree, even where the definition leaves them open."""
    exact, got, theirs = f.exact(e), f.value(e), other.value(e)
    where = exact.unambiguous & (f.representable(e) | ~np.isfinite(exact.wide))
    where &= ~f.forced(e) | within(theirs, exact, f.bound(e), f.fmt)
    return holds(_kinds(got) == _kinds(theirs), where=where, what="the same NaN and inf")


def _kinds(values: Array) -> Array:
    """0 for numbers, ±1 for ±inf, 2 for NaN."""
    wide = np.asarray(values).astype(np.float64)
    return np.where(np.isnan(wide), 2, np.isinf(wide) * np.sign(np.nan_to_num(wide)))
