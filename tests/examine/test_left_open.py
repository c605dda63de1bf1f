"""What has no value by definition may be refused, in a further call of a law's, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance.examine.tally import Tally
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import CallFailed
from conformance.kernels.loading import load
from conformance.model import Example, Subject, View
from conformance.spec import catalogue
from conformance.spec.context import Examination

FILE = Path(__file__).parent.parent / "controls" / "torch_labels_are_constants.py"
NAME = "cross_entropy_with_logits"


@pytest.mark.parametrize(("label", "errors"), [(7, 0), (1, 1)])
def test_a_further_call_without_a_kept_row_may_be_refused(label: int, errors: int) -> None:
    fmt = FORMATS["float32"]

    def made(label: int) -> Example:
        args = {
            "logits": np.zeros((1, 3), fmt.dtype), "labels": np.array([label]),
            "cotangent": np.ones((), fmt.dtype), "direction": np.ones((1, 3), fmt.dtype),
        }  # fmt: skip
        options = {"reduction": "mean", "ignore_index": 7}
        return Example(FUNCTIONS[NAME], fmt, args, View((1,)), options)

    failed = CallFailed("raised", "ValueError", "there is no mean")
    failed.at = made(label)

    def check(f: Examination, e: Example):
        raise failed

    tally = Tally(replace(catalogue()["cross-entropy-with-logits/has-no-state"], check=check))
    tally.look(Examination(load(FILE), Subject("k", NAME, "float32", "cpu", "eager")), made(1))
    assert tally.errors == errors
    assert bool(tally.refused) == (not errors)
