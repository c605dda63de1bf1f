"""Measuring claims: ratios, what is infinitely wrong, where infinities and NaN are right."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Claim, Example, View
from conformance.numerics.bounds import Later
from conformance.numerics.measure import errors, measure
from conformance.numerics.problem import Problem

F32, F64 = FORMATS["float32"], FORMATS["float64"]
inf, nan = np.inf, np.nan


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def equal(got, want, bound, where=True, fmt=F32):
    return measure(Claim("equal", np.array(got), np.array(want), np.array(bound), where), fmt)


def test_the_worst_place_is_told():
    m = equal([1.0, 2.5, 3.0], [1.0, 2.0, 3.1], [0.1, 0.25, 0.1])
    assert (m.ratio, m.count, m.index) == (2.0, 3, (1,))
    assert (m.got, m.want, m.bound, m.error) == (2.5, 2.0, 0.25, 0.5)
    m = equal([[1.0, 2.0], [3.0, 4.5]], [[1.0, 2.0], [3.0, 4.0]], 1.0)
    assert (m.ratio, m.index) == (0.5, (1, 1))
    m = equal(2.0, 1.0, 4.0)
    assert (m.ratio, m.count, m.index) == (0.25, 1, ())


def test_places_that_are_not_claimed_do_not_count():
    m = equal([1.0, 9.0, 2.0], [1.0, 1.0, 1.0], 1.0, np.array([True, False, True]))
    assert (m.ratio, m.count, m.index) == (1.0, 2, (2,))
    assert equal([9.0], [1.0], 1.0, np.array([False])).count == 0
    column = equal([[1.0, 5.0], [9.0, 9.0]], [[1.0, 1.0]] * 2, 1.0, np.array([[True], [False]]))
    assert (column.ratio, column.count) == (4.0, 2)
    assert equal(np.zeros(0), np.zeros(0), 1.0).count == 0


@pytest.mark.parametrize(
    ("got", "want", "bound", "ratio"),
    [
        (nan, 1.0, 1e9, inf),
        (1.0, nan, 1e9, inf),
        (nan, nan, 0.0, 0),
        (inf, 1.0, 1e9, inf),
        (inf, inf, 0.0, 0),
        (-inf, inf, 1e9, inf),
        (1e30, inf, 1e9, inf),
        (nan, inf, 1e9, inf),
        (inf, F32.largest, 0.0, inf),
        (inf, F32.largest * (1 + F32.u), 0.0, 0),
        (inf, F32.largest, 2 * F32.u * F32.largest, 0),
        (-inf, -2 * F32.largest, 0.0, 0),
        (-inf, F32.largest * 2, 0.0, inf),
        (-0.0, 0.0, 0.0, 0),
        (1.0, 1.0, 0.0, 0),
        (1.0 + 2.0**-20, 1.0, 0.0, inf),
        (inf, inf, nan, 0),
        (3.0, inf, nan, inf),
    ],
)
def test_special_values(got, want, bound, ratio):
    assert equal([got], [want], [bound]).ratio == ratio


def test_errors_are_measured_wider_than_the_format():
    """A float64 result is not rounded away, and 2^-60 is seen beside 1."""
    got = np.array([1.0 + 2.0**-52])
    want = got + np.longdouble(2) ** -60
    seen = np.finfo(np.longdouble).nmant >= 63
    assert equal(got, want, np.longdouble(2) ** -60, fmt=F64).ratio == int(seen)
    assert errors(np.float64([3.0]), np.float64([1.0]), np.float64([1.0]), F32)[0] == 2


def test_nan_beats_every_ratio_and_is_found_behind_numbers():
    m = equal([5.0, nan, 7.0], [1.0, 1.0, 1.0], 1.0)
    assert (m.ratio, m.index) == (inf, (1,))


def test_at_most():
    def most(got, want, bound=0.0, where=True):
        return measure(Claim("at_most", np.array(got), np.array(want), bound, where), F32)

    assert most([1.0, 2.0], [1.0, 3.0]).ratio == 0
    assert most([1.5], [1.0], 0.25).ratio == 2
    assert most([1.5], [1.0]).ratio == inf
    assert most([nan], [1.0], 9.0).ratio == inf
    assert most([inf], [inf]).ratio == 0
    assert most([inf], [1.0], 9.0).ratio == inf
    assert most([-inf], [1.0]).ratio == 0
    assert most([9.0, 1.0], [1.0, 1.0], where=np.array([False, True])).ratio == 0


def test_holds_and_same():
    assert measure(Claim("holds", np.array([True, True])), F32).ratio == 0
    m = measure(Claim("holds", np.array([[True, False], [True, True]])), F32)
    assert (m.ratio, m.index) == (inf, (0, 1))
    assert (m.got, m.want) == ("", "")
    of = measure(Claim("holds", np.array([True, False]), np.array([2.0, np.inf])), F32)
    assert (of.got, of.want) == (np.inf, "")
    masked = Claim("holds", np.array([True, False]), where=np.array([True, False]))
    assert (measure(masked, F32).ratio, measure(masked, F32).count) == (0, 1)

    def same(a, b):
        return measure(Claim("same", np.array(a), np.array(b)), F32).ratio

    assert same([1.0, nan, -0.0], [1.0, nan, 0.0]) == 0
    assert same([1.0], [np.nextafter(1.0, 2)]) == inf
    assert same([1, 2], [1, 2]) == 0
    assert same([1, 2], [1, 3]) == inf
    assert same([nan], [1.0]) == inf
    whole = np.zeros((3, 2, 6))
    m = measure(Claim("same", whole, np.where(np.arange(36).reshape(3, 2, 6) == 20, 7, whole)), F32)
    assert (m.ratio, m.index, m.got, m.want) == (inf, (1, 1, 2), 0, 7)


def test_flushed_probabilities_are_taken_either_way():
    """log of a subnormal, or of the 0 that flushing hardware reads: both, and nothing between."""
    from conformance.numerics.wanted import Exact

    p = np.float32([1e-40])
    e = Example(FUNCTIONS["cross_entropy"], F32, {"probs": p[:, None], "labels": np.array([0])},
                View((1,)), {"reduction": "none"})  # fmt: skip
    exact = Exact(Problem(e), "value")
    for got, passes in ((-np.log(1e-40), True), (inf, True), (100.0, False), (nan, False)):
        claim = Claim("equal", np.array([got]), exact, np.array([1e-3]))
        assert (measure(claim, F32).ratio <= 1) is passes


@pytest.mark.parametrize("dtype", FORMATS)
def test_one_number_beyond_the_bound_fails(dtype):
    """The nearest number of the format outside of a bound is caught, the nearest inside passes."""
    from conformance.floats import from_ordered, ordered
    from conformance.numerics.bounds import bound, budget
    from conformance.numerics.wanted import Exact

    fmt = FORMATS[dtype]
    x = np.linspace(-6, 6, 50).astype(fmt.dtype)
    p = Problem(Example(FUNCTIONS["sigmoid"], fmt, {"x": x}, View(x.shape)))
    exact, limit = Exact(p, "value"), bound(p, budget(fmt, "standard"), "value")
    edge = (exact.wide + limit).astype(fmt.dtype)
    inside = from_ordered(ordered(edge) - (edge.astype(fmt.wide) > exact.wide + limit), fmt.dtype)
    outside = from_ordered(ordered(inside) + 1, fmt.dtype)
    assert measure(Claim("equal", inside, exact, limit), fmt).ratio <= 1
    for i in range(len(x)):
        one = np.zeros(len(x), bool)
        one[i] = True
        assert measure(Claim("equal", outside, exact, limit, one), fmt).ratio > 1


def test_a_bound_is_asked_for_as_late_as_can_be():
    asked = []

    def ratio(got, least=-1.0, where=True, slight=-1.0):
        asked.clear()
        limit = Later(
            lambda: (asked.append("first"), np.array([0.5, 0.5]))[1],
            lambda: (asked.append("full"), np.array([1.0, 1.0]))[1],
        )
        claim = Claim("equal", np.array(got), np.array([1.0, 2.0]), limit, where)
        found = measure(claim, F32, least, slight)
        return found.ratio, found.count, list(asked)

    assert ratio([1.0, 2.0]) == (0, 2, [])
    assert ratio([1.0, 2.25], 0.9) == (0.9, 2, ["first"])  # no larger
    assert ratio([1.0, 2.25], 0.4) == (0.25, 2, ["first", "full"])
    assert ratio([1.0, 2.25], 0.1, slight=0.9) == (0.5, 2, ["first"])
    assert ratio([1.0, 2.25], 0.1, slight=0.4) == (0.25, 2, ["first", "full"])
    assert ratio([1.0, np.inf], 0.9) == (np.inf, 2, ["first", "full"])
    assert ratio([1.0, 2.25]) == (0.25, 2, ["full"])
    assert ratio([1.0, np.nan], 0.9) == (np.inf, 2, ["first", "full"])
    assert ratio([1.0, np.nan], where=np.array([True, False])) == (0, 1, [])
