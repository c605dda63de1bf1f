"""θ, the error of a sum of nonnegative terms in any order: by hand, and against an adversary."""

from __future__ import annotations

from types import SimpleNamespace

import cases
import numpy as np
import pytest
from arithmetic import ORDERS, Arithmetic
from cases import DTYPES

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import families
from conformance.model import Example, View
from conformance.numerics.bounds import budget, reduction_bound
from conformance.numerics.bounds.blocks import over_blocks
from conformance.numerics.intermediates import Rows
from conformance.numerics.problem import Problem


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_in_every_order_err_by_less_than_theta(dtype, order):
    fmt = FORMATS[dtype]
    b, rng, reached = budget(fmt, "standard"), cases.rng_of(dtype, order), 0.0
    for n in (2, 3, 33, 1000):
        t = Problem(_logits("softmax", families.logits(rng, 30, n, fmt, 0))).rows.t
        t = t[np.isfinite(t).all(axis=-1)]
        for signs in ("plus", "minus", "by number"):
            got = Arithmetic(b, rng, signs, order).total(t)
            exact = t.sum(axis=-1)
            allowed = b.theta(t)[:, 0] * exact
            ratio = np.where(got == exact, 0, np.abs(got - exact) / allowed)
            assert ratio.max() <= 1 + 4 * n * fmt.u + 2.0**-9, (n, signs)
            reached = max(reached, ratio.max())
    assert reached > 0.4


def _logits(function, x):
    fmt = FORMATS[x.dtype.name]
    return Example(FUNCTIONS[function], fmt, {"x": x}, View(x.shape[:1]))


def test_theta_by_hand():
    """n u of flat rows, min(ceil log₂ n, 8) u of a tree, nothing beside one large term."""
    flat, peaked = np.ones((1, 1000)), np.array([[1.0, *[1e-30] * 999]])
    single = budget(FORMATS["float32"], "standard")
    assert single.theta(flat)[0, 0] == (999 + 8) * single.u
    assert single.theta(peaked)[0, 0] == pytest.approx(0, abs=1e-20)
    alone = np.array([[0.0, 1.0, 0.0]])
    assert single.theta(alone)[0, 0] == 0
    assert single.theta(flat[:, :4])[0, 0] == (3 + 2) * single.u
    assert budget(FORMATS["float32"], "strict").theta(flat)[0, 0] == (32 + 10) * single.u
    half = budget(FORMATS["float16"], "standard")
    assert half.theta(flat)[0, 0] == (1 + 10) * half.u + (999 + 8) * single.u
    assert half.theta(flat[:, :1])[0, 0] == 0
    assert half.theta(alone)[0, 0] == half.u
    inside = budget(FORMATS["float16"], "strict")  # of float32
    assert inside.theta(flat)[0, 0] == (999 + 8) * single.u
    assert budget(FORMATS["float16"], "relaxed").theta(flat)[0, 0] == (999 + 8) * half.u


def test_theta_beside_is_the_theta_of_all_terms():
    """Within a factor of 8, for terms of 40 binades: what is exact would take n² steps."""
    rng = cases.rng_of("beside")
    for dtype in DTYPES:
        b = budget(FORMATS[dtype], "standard")
        for n in (1, 2, 17, 300):
            terms = np.exp2(rng.uniform(-40, 0, (6, n)) * rng.choice([0, 1, 1], (6, 1)))
            own = np.exp2(rng.uniform(-40, 20, (6, n)))
            scale = np.exp2(rng.uniform(-40, 0, (6, n)))
            found = b.theta_beside(own, terms, scale)
            least = _lost_of_all(b, own, terms, scale)
            height = np.ceil(np.log2(n + 1)) * (own + scale * terms.sum(-1, keepdims=True)) * b.u
            assert (found >= least).all()
            assert (found <= 8 * least + 2 * height).all()


def _lost_of_all(b, own, terms, scale):
    """Σ min(uW, t) over all terms but the largest."""
    u = 2.0**-24 if b.fmt.is_half else b.u
    every = np.concatenate(
        [own[..., None], scale[..., None] * np.repeat(terms[:, None, :], own.shape[1], 1)], -1
    )
    lost = np.minimum(every, u * every.sum(-1, keepdims=True))
    return lost.sum(-1) - lost.max(-1)


def test_theta_beside_by_hand():
    """The own term, all but the largest of the others, and a tree of them."""
    b = budget(FORMATS["float32"], "standard")
    u, ones, row = b.u, np.ones((1, 1)), np.ones((1, 7))
    assert b.theta_beside(ones, row, ones)[0, 0] == 8 * (6 + 1) * u + 3 * 7 * u + 3 * u
    assert b.theta_beside(0 * ones, row, ones)[0, 0] == 7 * 6 * u + 3 * 7 * u
    tiny = 2.0**-60 * ones  # the others vanish beside the own: all of them may be dropped
    assert b.theta_beside(ones, row, tiny)[0, 0] == pytest.approx(
        2.0**-60 * (6 + 1 + 7), rel=1e-6, abs=0
    )
    half = budget(FORMATS["bfloat16"], "standard")
    tree, single = 8 * half.u + 3 * half.u * (7 + 1), (6 + 1) * 8 * 2.0**-24
    assert half.theta_beside(ones, row, ones)[0, 0] == tree + single


def test_reductions_by_hand():
    b = budget(FORMATS["float32"], "standard")
    assert reduction_bound(np.ones(4), None, b) == (5 + 3) * b.u
    assert reduction_bound(-np.ones(4), np.ones(4), b) == (5 + 5 + 3) * b.u


def test_sums_over_blocks_by_hand():
    """Of 2 1 3 0 0 5 −inf: each entry with its neighbours up to the next larger one."""
    x = np.array([[2, 1, 3, 0, 0, 5, -np.inf], [1, np.nan, 2, 2, 1, 0, 3]], "float32")
    found = over_blocks(
        SimpleNamespace(rows=Rows(x.astype(float)), x=x, kept_values={}), np.ones_like(x)
    )
    assert found[0].tolist() == [2, 0, 5, 2, 2, 7, 0]
    assert found[1].tolist() == [0] * 7  # no maximum, so no shift
