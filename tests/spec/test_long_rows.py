"""Rows whose Σe^d leaves float16: two laws speak there, no other, and none in the relaxed grade."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import GRADES, Example, Subject, View
from conformance.numerics.measure import measure
from conformance.spec import catalogue
from conformance.spec.context import Examination

NAMES = ("softmax", "log_softmax", "logsumexp", "cross_entropy_with_logits")


def example(name: str, dtype: str, n: int) -> Example:
    """A flat row of n classes, and a peaked one."""
    function, fmt = FUNCTIONS[name], FORMATS[dtype]
    x = np.zeros((2, n), fmt.dtype)
    x[1, 0] = 20
    cotangent = np.ones((2, n) if function.by_class and name != "logsumexp" else 2, fmt.dtype)
    args = {function.first: x, "cotangent": cotangent, "direction": np.ones_like(x)}
    if function.labelled:
        args["labels"] = np.array([1, n - 1])
    options = {"reduction": "none"} if function.labelled else {}
    return Example(function, fmt, args, View((2,)), options)


def examination(name: str, dtype: str, grade) -> Examination:
    return Examination(load("numpy"), Subject("numpy", name, dtype, "cpu", "eager"), grade)


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", NAMES)
def test_two_laws_speak_of_the_row_whose_sum_is_beyond_the_format(name, grade):
    f, e = examination(name, "float16", grade), example(name, "float16", 65_536)
    slug = FUNCTIONS[name].slug
    for law, quantity in (("carries-long-sums", "value"), ("gradient-of-long-sums", "vjp")):
        (claim,) = catalogue()[f"{slug}/{law}"].check(f, e)
        spoken = np.broadcast_to(claim.where, np.shape(claim.got)).reshape(2, -1)
        others = np.broadcast_to(f.forced(e, quantity), np.shape(claim.got)).reshape(2, -1)
        assert spoken[0].all() == (grade != "relaxed")
        assert not spoken[1].any()
        assert not others[0].any()
        assert others[1].all()
        assert measure(claim, e.fmt).ratio <= 1


@pytest.mark.parametrize(("dtype", "n"), [("float16", 64_000), ("bfloat16", 65_536)])
@pytest.mark.parametrize("name", NAMES)
def test_all_laws_speak_where_the_sum_is_a_number_of_the_format(name, dtype, n):
    f, e = examination(name, dtype, "standard"), example(name, dtype, n)
    assert f.forced(e).all()
    assert not f.overlong(e).any()


def test_a_sum_that_may_round_beyond_the_format_is_not_judged_by_other_laws():
    f = examination("softmax", "float16", "standard")
    assert f.overlong(example("softmax", "float16", 65_500)).ravel().tolist() == [True, False]
