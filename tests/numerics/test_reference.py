"""The wide filter against balls: its error is the stated part of every bound.

2^-29 of a bound for the 16- and 32-bit formats and 2^-11 for float64, at every grade and level, so
that a ratio up to `measure.CLOSE` is decided rightly without balls.
"""

from __future__ import annotations

from dataclasses import replace

import cases
import numpy as np
import pytest
from cases import DTYPES, QUANTITIES, certified

from conformance.floats import FORMATS, HAS_EXTENDED
from conformance.functions import FUNCTIONS
from conformance.model import GRADES, Claim, Example, View
from conformance.numerics import measure
from conformance.numerics.bounds import bound, budget
from conformance.numerics.problem import Problem
from conformance.numerics.reference import reference

#: Parts of a bound that the filter may be wrong by.
STATED = {"float64": 2.0**-11, "float32": 2.0**-29, "float16": 2.0**-29, "bfloat16": 2.0**-29}
OVER = np.finfo(np.float64).max
#: Certified values are pairs of float64: what is left of a subnormal one is below half of η.
HALF = np.longdouble(2) ** -1075


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(params=DTYPES, scope="module")
def dtype(request):
    return request.param


def differences(e, quantity):
    """|wide − certified| where the value is forced; 0 where both leave float64 or are infinite."""
    wide = reference(Problem(e), quantity)
    hi, lo = certified(e.function.name, quantity, e.args, e.options)
    with np.errstate(all="ignore"):
        error = np.abs((wide - hi.astype(np.longdouble)) - lo.astype(np.longdouble))
    beyond = np.isinf(hi) & (np.sign(hi) == np.sign(wide)) & (np.abs(wide) >= OVER)
    return np.where(beyond | (wide == hi), 0, error), cases.forced(e, quantity)


@pytest.mark.parametrize(("function", "quantity"), QUANTITIES)
def test_the_filter_is_within_its_stated_part_of_every_bound(function, quantity, dtype):
    looked = 0
    for e in (cases.shown(e, quantity) for e in cases.examples(function, dtype)):
        error, where = differences(e, quantity)
        for grade in GRADES:
            for level in ("must", "should"):
                limit = bound(Problem(e), budget(e.fmt, grade), quantity, level)
                fine = (error == 0) | (error <= STATED[dtype] * limit + HALF)
                assert fine[where].all(), (grade, level, e.options)
        looked += int(where.sum())
    assert looked >= 60  # of class weights there are few


def test_the_filter_may_be_trusted_below_close():
    assert measure.CLOSE + max(STATED.values()) < 1


@pytest.mark.parametrize(("function", "quantity"), QUANTITIES)
def test_what_is_forced_is_a_number_or_a_limit(function, quantity, dtype):
    for e in (cases.shown(e, quantity) for e in cases.examples(function, dtype)):
        _, where = differences(e, quantity)
        wide = np.broadcast_to(reference(Problem(e), quantity), where.shape)
        assert not np.isnan(wide[where]).any()


@pytest.mark.parametrize("function", ["softmax", "cross_entropy_with_logits", "sigmoid"])
def test_a_wrong_filter_is_noticed(function, dtype, monkeypatch):
    quantities = FUNCTIONS[function].quantities
    right = quantities["value"].reference

    def wrong(p):
        return right(p) * (1 + p.wide(64 * STATED[dtype] * p.fmt.u))

    monkeypatch.setitem(quantities, "value", replace(quantities["value"], reference=wrong))
    with pytest.raises(AssertionError):
        test_the_filter_is_within_its_stated_part_of_every_bound(function, "value", dtype)


def test_certified_rows_of_a_reduced_loss_are_those_of_the_whole():
    for name in ("cross_entropy_with_logits", "binary_cross_entropy_with_logits"):
        for e in cases.examples(name, "float64")[:12]:
            exact = measure.Exact(Problem(e), "vjp")
            hi, _ = certified(name, "vjp", e.args, e.options)
            places = np.arange(exact.wide.size)
            got, low = exact.at(places)
            with np.errstate(all="ignore"):
                error = np.abs((got - hi.ravel()) + low)
            forced = np.isfinite(hi.ravel())
            assert (error <= 2.0**-50 * np.abs(hi.ravel()) + 1e-320)[forced].all()


def test_a_close_ratio_is_decided_by_balls():
    """The bound's end itself passes and the next number fails, whatever the filter says."""
    e = cases.examples("sigmoid", "float32")[0]
    hi, lo = certified("sigmoid", "value", e.args, e.options)
    limit = np.full(hi.shape, 2.0**-20)
    for factor, passes in ((1 - 2.0**-30, True), (1 + 2.0**-30, False)):
        got = hi + (lo + factor * 2.0**-20)
        claim = Claim("equal", got, measure.Exact(Problem(e), "value"), limit, np.isfinite(hi))
        assert (measure.measure(claim, FORMATS["float32"]).ratio <= 1) is passes


@pytest.mark.skipif(not HAS_EXTENDED, reason="long double is no wider than double here")
def test_the_furthest_subnormal_that_a_bound_allows_passes():
    """Strict allows 2η there, of which half an η is below what a certified pair tells."""
    x = -np.linspace(708.5, 712, 2000)
    e = Example(FUNCTIONS["sigmoid"], FORMATS["float64"], {"x": x}, View(x.shape))
    limit = bound(Problem(e), budget(e.fmt, "strict"), "value")
    eta = np.longdouble(e.fmt.eta)
    got = np.floor((reference(Problem(e), "value") + 0.9999 * limit) / eta) * eta
    claim = Claim("equal", got.astype(np.float64), measure.Exact(Problem(e), "value"), limit)
    assert 0.9 < measure.measure(claim, e.fmt).ratio <= 1
