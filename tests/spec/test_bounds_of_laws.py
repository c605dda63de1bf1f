"""Bounds of laws are as wide as accuracy makes them: neither narrower nor four times as wide.

A kernel whose every result errs by nearly all of its bound, by chance up or down, breaks no must
law but those that say more than accuracy; of every other bound it takes a good part.
"""

from __future__ import annotations

import erring
import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import resolve
from conformance.kernels.loading import load

#: Laws that follow from what every stable algorithm does, not from how near its results are.
SAY_MORE = {
    "at-least-max": "S ≥ 1 however it is rounded",
    "at-least-the-larger": "the same",
    "one-class-is-certain": "the error of a sum of one term",
    "keeps-argmax": "rounding is monotone",
    "sums-to-one": "the errors of the terms cancel",
    "reduces-its-own-losses": "of its own losses, whatever these are",
}


#: Laws whose bound such a kernel does not come near, and why.
WIDE = {
    "a-mask-is-shared": "its calls are its own, and not moved",
    "same-numbers-otherwise-arranged": "the same",
    "several-axes-are-one-row": "the same",
    "gradient-along-several-axes": "the same",
    "at-least-entropy": "only labels equal to the probabilities reach the entropy",
    "high-labels-are-whole": "many classes, whose sum errs less than it may",
    "masked-class-counts-nothing": "the other classes' sum errs less than it may",
    "masked-padding-changes-nothing": "of few sums and means, which may err alike",
    "ignoring-is-filtering": "the same",
    "merges-any-split": "three errors, which seldom meet",
    "gradient-of-z-loss-beside-weights": "its calls are of open conventions, and not moved",
    "gradient-of-a-weighted-soft-mean": "the same",
}


@pytest.fixture(scope="module", params=FUNCTIONS)
def results(request):
    """What each law of a function says of the kernel that errs."""
    implementation = load(resolve("numpy"))
    settings = Settings(effort="quick", dtypes=("float32",), functions=(request.param,), brief=True)
    (subject,) = subjects(implementation, settings)[0]
    with erring.erring(7):
        return examine(implementation, subject, settings).results


def name(result):
    return result.invariant.partition("/")[2]


def test_no_law_asks_for_more_than_accuracy(results):
    broken = {name(r) for r in results if r.fails and r.level == "must"}
    assert not broken - SAY_MORE.keys()


def test_no_bound_is_four_times_as_wide(results):
    used = {name(r): float(r.ratio) for r in results if r.level == "must" and r.ratio}
    assert used["accuracy"] > 0.9
    assert len(used) > 10
    assert not {law for law, ratio in used.items() if ratio < 0.3} - WIDE.keys()
