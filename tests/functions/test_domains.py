"""Where values are forced, and the plain formulas by which unknown code is recognised, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, View
from conformance.numerics.problem import Problem
from conformance.numerics.reference import reference

F32, INF, NAN = FORMATS["float32"], np.inf, np.nan


def problem(function, first, labels=None, **options):
    record = FUNCTIONS[function]
    x = np.asarray(first, np.float32)
    args = dict.fromkeys(record.arguments[:1], x)
    if labels is not None:
        given = np.asarray(labels)
        args["labels"] = given if given.dtype.kind == "i" else given.astype(np.float32)
    if record.reduces:
        options = {"reduction": "none", **options}
    return Problem(Example(record, F32, args, View(x.shape[:1]), options))


def settled(*args, **options):
    with np.errstate(all="ignore"):
        p = problem(*args, **options)
        return np.asarray(p.settled & p.contained).tolist()


def test_probabilities_and_their_logarithms():
    rows = [[0.5, 0.5], [-0.1, 1], [INF, 0], [NAN, 1]]
    assert settled("cross_entropy", rows, [0, 0, 0, 0]) == [True, False, False, False]
    assert settled("nll_loss", [[-1, 0], [0.1, -1], [NAN, -1]], [0, 0, 0]) == [True, False, False]
    assert settled("binary_cross_entropy", [0.5, 1, -0.1, 1.1, NAN], [1.0] * 5) == [
        *(True, True),
        *(False, False, False),
    ]
    assert settled("kl_div", [-1, 0, 0.1, -1, -1], [0.5, 1, 0.5, -0.1, 1.1]) == [
        *(True, True),
        *(False, False, False),
    ]


def test_nothing_times_infinity():
    """A label of weight 0 at −∞ is 0·∞; one of weight 1 costs ∞."""
    rows, labels, weight = [[-INF, -1], [-1, -INF]], [0, 1], np.float32([0, 1])
    assert settled("nll_loss", rows, labels, weight=weight) == [False, True]
    name = "cross_entropy_with_logits"
    assert settled(name, rows, [1, 1], weight=weight) == [False, True]
    assert settled(name, rows, labels, weight=np.float32([1, 2])) == [True, True]


#: Functions with a formula for arrays of x alone, or of x and labels.
PLAIN = [name for name in FUNCTIONS if name not in ("logaddexp", "linear_cross_entropy")]


@pytest.mark.parametrize("name", PLAIN)
def test_plain_formulas_are_those_of_the_spec(name):
    record, rng = FUNCTIONS[name], np.random.default_rng(0)
    x = rng.normal(0, 2, (3, 4) if record.rowwise else 6)
    if record.probabilities:
        x = np.abs(x) / np.abs(x).sum(-1, keepdims=True)
    elif record.logarithms:
        x = -np.abs(x)
    x = x.astype(np.float32).astype(float)
    labels = None
    if record.labelled:
        labels = np.array([0, 3, 2]) if record.rowwise else np.float64([0, 1, 1, 0, 0, 1])
        labels = (labels + 1) / 2 if name == "kl_div" else labels
    arrays = [x] if labels is None else [x, labels]
    with np.errstate(all="ignore"):
        found = record.plainly(*arrays, *([1] if record.rowwise else []))
        if found is None:
            pytest.skip("these arguments are not recognised")
        wanted = reference(problem(name, x, labels), "value")
    np.testing.assert_allclose(found, np.asarray(wanted, float), rtol=1e-6)
