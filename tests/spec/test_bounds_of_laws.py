"""No law asks for more than accuracy does, unless it says so: a bound too narrow is noticed.

A kernel whose every result errs by nearly all of its bound, by chance up or down, breaks no must
law but those that say more than accuracy.
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


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_law_asks_for_more_than_accuracy(function):
    implementation = load(resolve("numpy"))
    settings = Settings(effort="quick", dtypes=("float32",), functions=(function,), brief=True)
    (subject,) = subjects(implementation, settings)[0]
    with erring.erring(7):
        results = examine(implementation, subject, settings).results
    broken = {r.invariant.partition("/")[2] for r in results if r.fails and r.level == "must"}
    assert not broken - SAY_MORE.keys()
    accuracy = next(r for r in results if r.invariant.endswith("/accuracy"))
    assert accuracy.ratio > 0.9
