"""λL² beside a cross-entropy: exact values, and bounds that the right forms keep."""

from __future__ import annotations

import algorithms
import cases
import numpy as np
import oracle
import pytest
from arithmetic import SIGNS, Arithmetic

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Claim
from conformance.numerics.bounds import bound, budget
from conformance.numerics.measure import measure
from conformance.numerics.problem import Problem
from conformance.numerics.wanted import Exact

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

CE = "cross_entropy_with_logits"
LAMBDA = 0.125


def example(dtype, rng, n=5, **options):
    """Rows with L of either sign, and one that is ignored."""
    fmt = FORMATS[dtype]
    x = rng.normal(0, 2, (6, n)) + rng.choice([-3.0, 3.0], (6, 1))
    labels = rng.integers(0, n, 6)
    labels[2] = -100
    options = {"reduction": "none", "ignore_index": -100, "z_loss": LAMBDA, **options}
    return cases.completed(FUNCTIONS[CE], fmt, {"logits": x.astype(fmt.dtype), "labels": labels},
                           options, rng, 1)  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"softcap": 2.0, "label_smoothing": 0.25},
                                     {"temperature": 0.75, "reduction": "mean"}])  # fmt: skip
@pytest.mark.parametrize("quantity", ["value", "vjp", "hvp"])
def test_balls_are_those_of_the_bare_definition(quantity, options):
    e = example("float32", cases.rng_of(quantity), n=3, **options)
    keep = slice(0, 2)
    args = {k: v[keep] if np.ndim(v) else v for k, v in e.args.items()}
    found = cases.certified(CE, quantity, args, e.options)
    if quantity == "value":
        oracle.agree(found, oracle.value(CE, args, e.options))
    else:
        oracle.agree(found, oracle.derivative(CE, quantity, args, e.options), 900)


def _added(ar, p, found, by_log):
    """λL² beside a loss."""
    L = algorithms.logsumexp(ar, p, tail=by_log)
    return ar.add(found, ar.mul(LAMBDA, ar.mul(L, L)))


def _pulled(ar, p, found, by_log):
    """2λL·p beside a gradient, p of the quotient or e^(x − L)."""
    L = algorithms.logsumexp(ar, p)[:, None]
    soft = ar.exp(ar.sub(p.x, L)) if by_log else algorithms._softmax(ar, p.x)
    z = ar.mul(ar.mul(p.rate[:, None], ar.mul(2 * LAMBDA, L)), soft)
    return ar.add(found, z)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize(("quantity", "beside"), [("value", _added), ("vjp", _pulled)])
def test_no_right_form_passes_its_bound(quantity, beside, dtype):
    rng, worst = cases.rng_of(quantity, dtype), 0.0
    for n in (2, 5, 33):
        e = example(dtype, rng, n=n)
        p, b = Problem(e), budget(e.fmt, "standard")
        kept = np.flatnonzero(p.settled & ~p.ignored)
        exact, limit = Exact(p, quantity), bound(p, b, quantity)
        where = np.isin(np.arange(6), kept)
        for form in algorithms.forms(CE, quantity, "standard", "must", e.fmt):
            for signs in SIGNS:
                for by_log in (False, True):
                    ar = Arithmetic(b, rng, signs)
                    got = beside(ar, p, form(ar, p), by_log)
                    made = where if limit.ndim == 1 else where[:, None] & np.ones_like(got, bool)
                    claim = Claim("equal", ar.stored(got), exact, limit, made)
                    worst = max(worst, measure(claim, e.fmt).ratio)
    assert 0.1 < worst <= 1


def test_weights_beside_it_are_a_convention():
    e = example("float32", cases.rng_of("weights"), weight=np.ones(5, np.float32))
    assert e.function.domain.another_convention(e)
    assert not e.function.domain.another_convention(example("float32", cases.rng_of("none")))
