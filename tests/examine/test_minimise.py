"""Minimising: the planted cause is what is left, the law stays broken, and it ends."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.examine.minimise import Allowance, smallest
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, View

F32 = FORMATS["float32"]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def rows(n=33, classes=40, seed=0, **changed):
    rng = np.random.default_rng(seed)
    args = {"x": rng.normal(0, 5, (n, classes)).astype(np.float32),
            "cotangent": rng.normal(0, 1, (n, classes)).astype(np.float32)}  # fmt: skip
    return Example(FUNCTIONS["softmax"], F32, {**args, **changed}, View((n,), 0, "F"))


def loss(n=12, classes=6, seed=0):
    rng = np.random.default_rng(seed)
    args = {"logits": rng.normal(0, 5, (n, classes)).astype(np.float32),
            "labels": rng.integers(0, classes, n),
            "cotangent": np.ones((), np.float32)}  # fmt: skip
    options = {"reduction": "mean", "weight": rng.random(classes).astype(np.float32),
               "label_smoothing": 0.25, "ignore_index": -100}  # fmt: skip
    return Example(FUNCTIONS["cross_entropy_with_logits"], F32, args, View((n,)), options)


def test_one_bad_number_is_left():
    e = rows()
    e.x[17, 23] = 77.0
    small = smallest(e, lambda c: bool((c.x > 50).any()))
    assert small.x.shape == (1, 1)
    assert small.x[0, 0] > 50
    assert small.view == View((1,))
    assert small.args["cotangent"][0, 0] in (0, 1)


def test_the_worst_row_is_tried_alone_first():
    e = rows()
    e.x[17, 23] = 77.0
    found = [smallest(e, lambda c: bool((c.x > 50).any()), Allowance(calls=1), row=r).x
             for r in (-1, 17, 18, len(e.x))]  # fmt: skip
    assert [len(x) for x in found] == [33, 1, 33, 33]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_plain_numbers_are_left_where_odd_ones_do_not_matter(odd):
    x = np.full((1, 2), odd, np.float32)
    e = rows(1, 2, x=x, cotangent=np.ones_like(x))
    assert (smallest(e, lambda c: True).x == 0).all()
    assert smallest(e, lambda c: not np.isfinite(c.x).all()).x.ravel().tolist()[:1] != [0]


def test_a_defect_of_a_size_keeps_that_size():
    small = smallest(rows(), lambda c: c.x.shape[1] >= 17)
    assert small.x.shape == (1, 17)
    assert np.unique(small.x).size == 1


def test_a_defect_of_two_rows_keeps_two():
    assert smallest(rows(), lambda c: len(c.x) >= 2 and c.x.shape[1] >= 3).x.shape == (2, 3)


def test_a_defect_of_a_view_keeps_the_view():
    small = smallest(rows(), lambda c: c.view.layout == "F")
    assert small.view.layout == "F"
    assert small.x.shape == (1, 1)


def test_a_layout_of_one_array_is_kept():
    e = loss()
    e = e.but(view=View(e.view.batch, 0, "strided", "labels"))
    small = smallest(e, lambda c: c.view.of("labels").layout == "strided" != c.view.of("x").layout)
    assert small.view == View((1,), -1, "strided", "labels")


def test_a_defect_of_an_option_keeps_that_option_only():
    small = smallest(loss(), lambda c: "label_smoothing" in c.options)
    assert small.options.get("label_smoothing") == 0.25
    assert "weight" not in small.options
    assert "ignore_index" not in small.options
    assert small.x.shape == (1, 1)


def test_labels_and_weights_follow_the_classes():
    e = loss()
    e.x[3, 4] = 90.0

    def breaks(c):
        assert c.labels.min() >= 0
        assert c.labels.max() < c.x.shape[1]
        weight = c.options.get("weight")
        assert weight is None or len(weight) == c.x.shape[1]
        assert len(c.labels) == len(c.x) == int(np.prod(c.view.batch))
        return bool((c.x > 80).any()) and c.x.shape[1] >= 2

    small = smallest(e, breaks)
    assert small.x.shape == (1, 2)


def test_elementwise_arguments_shrink_together():
    x = np.linspace(-30, 30, 1000).astype(np.float32)
    e = Example(FUNCTIONS["sigmoid"], F32, {"x": x, "cotangent": x * 2}, View((10, 100), -1, "F"))
    small = smallest(e, lambda c: bool((c.x < -20).any()))
    assert small.x.shape == small.args["cotangent"].shape == (1,)
    assert small.x[0] < -20
    assert float(small.x[0]).hex().rstrip("0") in {float(v).hex().rstrip("0") for v in small.x}


def test_numbers_become_simple():
    small = smallest(rows(), lambda c: bool((c.x > 1.3).any()))
    assert small.x.tolist() == [[2.0]]


def test_probabilities_stay_probabilities():
    """On a GPU a probability of -1 may cost the device."""
    seen = []

    def breaks(c):
        seen.extend(c.args.values())
        return bool((abs(c.x - 0.7) < 0.1).any() and (abs(c.args["labels"] - 0.2) < 0.1).any())

    rng = np.random.default_rng(0)
    args = {name: rng.random(9).astype(np.float32) for name in ("probs", "labels")}
    smallest(Example(FUNCTIONS["binary_cross_entropy"], F32, args, View((9,))), breaks)
    assert min(values.min() for values in seen) >= 0
    assert max(values.max() for values in seen) <= 1


def test_what_does_not_break_is_left_as_it_is():
    e = rows()
    assert smallest(e, lambda c: False) is e


def test_it_is_the_same_each_time_and_whatever_the_clock():
    def breaks(c):
        return bool(c.x.sum() > 30)

    found = [smallest(rows(seed=4), breaks) for _ in range(2)]
    assert found[0].x.tobytes() == found[1].x.tobytes()
    assert found[0].view == found[1].view


def test_the_allowance_is_kept():
    calls = []
    few = Allowance(calls=25)
    smallest(rows(), lambda c: calls.append(c) or False, few)
    assert few.calls == 0 and len(calls) <= 25
    calls.clear()
    smallest(rows(), lambda c: calls.append(c.size) or False, Allowance(elements=20_000))
    assert sum(calls) <= 20_000 + rows().size + 1_000
    spent = Allowance(compiles=True, elements=400_000)
    calls.clear()
    smallest(rows(), lambda c: calls.append(c) or False, spent)
    assert len(calls) <= 6


def test_what_holds_is_called_once():
    calls = []
    smallest(rows(), lambda c: calls.append((c.view, *(v.tobytes() for v in c.args.values()))))
    assert len(calls) == len(set(calls))


def test_the_given_example_is_not_changed():
    e = rows()
    before = {k: v.tobytes() for k, v in e.args.items()}
    smallest(e, lambda c: c.x.shape[1] >= 2)
    assert before == {k: v.tobytes() for k, v in e.args.items()}


def test_an_ignored_label_keeps_the_index_that_ignores_it():
    e = loss()
    e = e.but(labels=np.full(12, -100))
    left = smallest(e, lambda c: True, Allowance(400, 10**6))
    assert left.options["ignore_index"] == -100
    assert "label_smoothing" not in left.options
