"""A shard's table by sign and exponent, the order of neighbours, and NaN inputs."""

from __future__ import annotations

import math

import numpy as np

from conformance.floats import FORMATS, Array
from conformance.sweep.elements import Errors, Oracle
from conformance.sweep.tallies import BinadeTotals, Breaks, Totals


def key(head: int) -> str:
    """A sign and exponent field as one number, for tables."""
    return f"{head:03x}"


def nan_in(oracle: Oracle, tally: Totals, x: Array, got: Array) -> None:
    """NaN in, NaN out."""
    each = np.isnan(x.astype(np.float64))
    missing: Array = np.asarray(each.any(axis=1) if each.ndim == 2 else each)
    if not missing.any():
        return
    wrong = np.argwhere(missing[:, None] & ~np.isnan(got.astype(np.float64)))
    if len(wrong):
        row, entry = (int(v) for v in wrong[0])
        at = oracle.place(x, row, entry, float(got[row, entry]))
        found = Breaks(count=len(wrong), first=at, worst=at, ratio=math.inf)
        tally.breaks("nan").add(found)


def _heads(x: Array) -> Array:
    """The sign and exponent of each input as one number."""
    mantissa = FORMATS[x.dtype.name].precision - 1
    bits = x.view(f"u{x.dtype.itemsize}")
    return np.asarray(bits >> bits.dtype.type(mantissa))


def by_binade(oracle: Oracle, tally: Totals, x: Array, got: Array, seen: Errors) -> None:
    """The table of the inputs' signs and exponents; `x` (n,) is in the order of its bits."""
    heads = _heads(x)
    starts = np.flatnonzero(np.r_[True, heads[1:] != heads[:-1]])
    judged = np.add.reduceat(seen.where.sum(axis=1), starts)
    fine = np.add.reduceat((seen.where & (seen.ulps <= 0.5)).sum(axis=1), starts)
    ulps = np.maximum.reduceat(seen.ulps.max(axis=1), starts)
    bounds = np.maximum.reduceat(seen.bound_ulp.max(axis=1), starts)
    found = {}
    for i, start in enumerate(starts.tolist()):
        if judged[i]:
            found[int(heads[start])] = BinadeTotals(
                judged=int(judged[i]), correct=int(fine[i]), ulp=float(ulps[i]),
                bound_ulp=float(bounds[i]),
            )  # fmt: skip
    _regions(oracle, found, heads, x, got, seen)
    tally.binades.update({key(head): binade for head, binade in found.items()})


def _regions(
    oracle: Oracle, found: dict[int, BinadeTotals], heads: Array, x: Array, got: Array, seen: Errors
) -> None:
    """Record what breaks a bound in each binade."""
    for level, broken, ratios in zip(oracle.levels, seen.broken, seen.ratios, strict=True):
        any_entry = broken.any(axis=1)
        for head in np.unique(heads[any_entry]).tolist():
            mine = np.argwhere(broken & (heads == head)[:, None])
            worst = mine[int(np.argmax(ratios[mine[:, 0], mine[:, 1]]))]
            first, last = (
                oracle.place(oracle.target.rows_of(x), int(i), int(k), float(got[i, k]))
                for i, k in (mine[0], worst)
            )
            ratio = float(ratios[worst[0], worst[1]])
            found[head].broken[level] = Breaks(
                count=len(mine), first=first, worst=last, ratio=ratio
            )


def one_binade(tally: Totals, key: str, bound: float) -> None:
    """Make the one row of the table from the tally itself."""
    broken: dict[str, Breaks] = {
        law: tally.broken[law] for law in ("must", "should") if law in tally.broken
    }
    tally.binades[key] = BinadeTotals(
        judged=tally.judged, correct=tally.correct, ulp=tally.ulp, bound_ulp=bound, broken=broken
    )


def descents(
    oracle: Oracle, tally: Totals, x: Array, got: Array, exact: Array, where: Array
) -> None:
    """Neighbours whose results are in the wrong order; `x` is in the order of its bits."""
    wide = got.astype(np.float64)
    heads = np.signbit(x if x.ndim == 1 else x[:, 0])
    both = where[1:] & where[:-1] & (heads[1:] == heads[:-1])[:, None]
    wrong = both & (np.sign(exact[1:] - exact[:-1]) * (wide[1:] - wide[:-1]) < 0)
    found = np.argwhere(wrong)
    if len(found):
        row, entry = (int(v) for v in found[0])
        at = oracle.place(x, row + 1, entry, float(wide[row + 1, entry]))
        tally.add(Totals(descents=len(found), descent_at=at))
