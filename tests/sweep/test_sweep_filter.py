"""The reference of a sweep: its stated errors against balls, on a million inputs and all edges."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from cases import certified

from conformance.floats import FORMATS, Array, ulp
from conformance.numerics import nodes
from conformance.numerics.curves import VALUE, logistic, minus_log
from conformance.sweep.elements import Oracle
from conformance.sweep.sheets import CELL, CELLS, SHARD, Binade, Sheet
from conformance.sweep.tallies import DELTA
from conformance.sweep.targets import FUNCTIONS_SWEPT, Quantity, Target, targets

F32 = FORMATS["float32"]
QUANTITIES: tuple[Quantity, ...] = ("value", "vjp")
OracleOf = Callable[..., Oracle]
UNARY: list[Target] = [
    t
    for function in FUNCTIONS_SWEPT
    if targets(function, "value")[0].shape == "unary"
    for quantity in QUANTITIES
    for t in targets(function, quantity)
]  # fmt: skip
ONE_PER_CURVE: dict[str, Target] = {t.curves[0].base: t for t in UNARY if t.curves[0].scale == 1}


@pytest.fixture(scope="module")
def oracle_of() -> OracleOf:
    """An oracle of any target."""
    return lambda target, dtype="float32": Oracle(target, FORMATS[dtype], "standard")


def edges(probabilities: bool) -> Array:
    """Both ends of every binade and of every cell of some, and of the reach of every node."""
    heads = np.arange(0, 127 if probabilities else 255, dtype=np.uint32) << 23
    last = heads | np.uint32(SHARD - 1)
    inside = np.arange(CELLS, dtype=np.uint32) * np.uint32(CELL)
    cells = [np.uint32(e << 23) + inside + np.uint32(k) for e in (120, 126) for k in (0, CELL - 1)]
    found = np.concatenate([heads, last, *cells]).view(np.float32)
    step = 256 if probabilities else 128
    middles = (np.arange(step if probabilities else step * 128) + 0.5).astype(np.float32) / step
    around = [middles, np.nextafter(middles, np.float32(9e9)), np.nextafter(middles, np.float32(0))]
    found = np.concatenate([found, *around])
    return found[(found > 0) & (found < 1)] if probabilities else np.concatenate([found, -found])


def many(probabilities: bool, count: int) -> Array:
    """Random inputs of every size, more where the functions are not constant."""
    rng = np.random.default_rng(20260612)
    if probabilities:
        near = 1 - np.ldexp(rng.uniform(1, 2, count // 4), -rng.integers(2, 24, count // 4))
        small = np.ldexp(rng.uniform(1, 2, count // 2), -rng.integers(2, 149, count // 2))
        found = np.concatenate([near, small, rng.uniform(0, 1, count // 4)])
        found = found.astype(np.float32)
        return found[(found > 0) & (found < 1)]
    sizes = np.ldexp(rng.uniform(1, 2, count // 2), rng.integers(-30, 7, count // 2))
    found = np.concatenate([sizes, rng.uniform(0, 120, count - count // 2)])
    return np.asarray((found * rng.choice([-1, 1], len(found))).astype(np.float32))


def exact(target: Target, x: Array) -> tuple[Array, Array]:
    """The value by balls."""
    return certified(target.function, target.quantity, target.arguments(x, F32), target.options)


@pytest.mark.parametrize("base", ONE_PER_CURVE)
def test_every_curve_keeps_its_stated_error(base: str) -> None:
    """2^-50 relatively: over a million inputs in all, and every edge."""
    target = ONE_PER_CURVE[base]
    x = np.concatenate([edges(target.probabilities), many(target.probabilities, 150_000)])
    hi, lo = exact(target, x)
    got = target.curves[0].value(x.astype(np.float64))
    error = np.abs((got.astype(np.longdouble) - hi) - lo)
    tiny = np.abs(x) >= nodes.REACH if target.curves[0].logistic else np.zeros(x.shape, bool)
    allowed = np.where(tiny & (got == 0), 2.0**-184, VALUE * np.abs(hi))
    assert len(x) > 140_000
    assert (error <= allowed).all(), x[np.argmax(error - allowed)]


def test_the_curves_are_all_covered() -> None:
    """By the test above and the next one."""
    used = {c.base for f in FUNCTIONS_SWEPT for q in QUANTITIES for t in targets(f, q)
            for c in t.curves}  # fmt: skip
    assert used == {*ONE_PER_CURVE, "inverse"}
    assert len(ONE_PER_CURVE) * (150_000 + len(edges(False)) // 2) > 1_000_000


def test_reciprocals_are_one_rounding() -> None:
    """−1/p, the one curve that no target has with a positive sign."""
    target = targets("binary_cross_entropy", "vjp")[1]
    x = np.concatenate([edges(True), many(True, 50_000)])
    x = x[x >= F32.omega]
    hi, lo = exact(target, x)
    got = target.curves[0].value(x.astype(np.float64))
    assert (np.abs((got - hi) - lo) <= VALUE * np.abs(hi)).all()


@pytest.mark.parametrize("order", range(9))
def test_derivatives_of_the_share_are_below_eight_times_it(order: int) -> None:
    """|P_k| <= 8 on [0, ½]: on a grid, with the slope between its points."""
    weights = nodes.derivative_weights(order)
    grid = np.linspace(0, 0.5, (1 << 17) + 1)
    slope = sum(abs(c) * k * 0.5 ** (k - 1) for k, c in enumerate(weights) if k)
    values = np.abs(np.polynomial.polynomial.polyval(grid, weights))
    assert values.max() + slope * (grid[1] / 2) <= 8


def test_far_out_nothing_is_left() -> None:
    """From 128 on both numbers are taken as 0, and were below 2^-184."""
    q, rest = logistic(np.array([127.9, 128.0, 1e30, np.inf]))
    assert 0 < q[0] < 2.0**-184
    assert 0 < rest[0] < 2.0**-184
    assert not q[1:].any()
    assert not rest[1:].any()
    assert minus_log(np.array([1.0]))[0] == 0


CELL_CASES = [(False, 103), (False, 118), (False, 126), (False, 127), (False, 130), (True, 104),
              (True, 124), (True, 128), (True, 131), (True, 133)]  # fmt: skip


@pytest.mark.parametrize("target", UNARY, ids=lambda t: f"{t.function} {t.name}")
def test_polynomials_of_cells_are_within_delta(target: Target, oracle_of: OracleOf) -> None:
    """At random inputs and at the ends of cells, in ulp; and bounds are enclosed."""
    rng = np.random.default_rng(7)
    oracle = oracle_of(target)
    cases = (
        [(False, e) for e in (1, 60, 100, 119, 125, 126)] if target.probabilities else CELL_CASES
    )
    for negative, exponent in cases:
        binade = Binade(negative, exponent)
        sheet = Sheet(oracle, binade, 0)
        cells = sheet.cells
        soft = np.flatnonzero(~cells.hard)
        assert len(soft) > CELLS * 0.95
        chosen = np.concatenate([soft[[0, 1, -1]], rng.choice(soft, 40)])
        offsets = rng.integers(0, CELL, len(chosen))
        offsets[::3], offsets[1::3] = 0, CELL - 1
        powers = (offsets - CELL // 2).astype(float)[:, None] ** np.arange(cells.terms.shape[1])
        got = (cells.terms[chosen] * powers).sum(axis=1)
        x = binade.inputs(chosen * CELL + offsets)
        hi, lo = exact(target, x)
        assert (cells.unit[chosen] == ulp(hi, F32)).all()
        assert (np.abs((got - hi) - lo) <= DELTA * cells.unit[chosen]).all()
        for level, bound in enumerate(oracle.facts(x).bounds):
            assert (cells.low[level][chosen] <= bound[:, 0]).all()
            assert (bound[:, 0] <= cells.high[level][chosen]).all()


@pytest.mark.parametrize("function", ["sigmoid", "log_sigmoid", "softmax", "logsumexp"])
@pytest.mark.parametrize("quantity", ["value", "vjp"])
def test_bounds_of_blocks_enclose(function: str, quantity: Quantity, oracle_of: OracleOf) -> None:
    """The least bound at the ends of a block, over its middle."""
    target = targets(function, quantity)[0]
    oracle = oracle_of(target)
    rng = np.random.default_rng(3)
    for negative, exponent in ((False, 0), *CELL_CASES, (True, 200), (False, 254)):
        binade = Binade(negative, exponent)
        for entry in range(len(target.curves)):
            ends = Sheet(oracle, binade, entry).ends(1 << 16)
            index = rng.integers(0, SHARD, 500)
            x = binade.inputs(index)
            rows = x if target.shape == "unary" else np.stack([x, np.zeros_like(x)], axis=1)
            for level, bound in enumerate(oracle.facts(rows).bounds):
                assert (ends.low[level][index >> 16] <= bound[:, entry]).all()
                assert (bound[:, entry] <= ends.high[level][index >> 16]).all()
