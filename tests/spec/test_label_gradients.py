"""Where the gradient for soft labels is asked for: no product of a usual form leaves the format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import Example, Subject, View
from conformance.spec import catalogue
from conformance.spec.context import Examination

FILE = Path(__file__).parent.parent / "controls" / "torch_kl_div_xlogy.py"


@pytest.mark.parametrize(("log_p", "asked"), [(-60_000, False), (-6_000, True)])
def test_a_product_by_the_chain_rule_may_overflow(log_p: float, asked: bool) -> None:
    """(g(log y − log p))·y is inf in float16 where g·y·(log y − log p) is 26,491."""
    fmt = FORMATS["float16"]
    args = {"log_probs": log_p, "labels": -1, "cotangent": 1.2, "direction": 1}
    e = Example(
        FUNCTIONS["kl_div"], fmt, {k: np.array([v], fmt.dtype) for k, v in args.items()},
        View((1,)), {"reduction": "none", "log_target": True},
    )  # fmt: skip
    f = Examination(load(FILE), Subject("k", "kl_div", "float16", "cpu", "eager"))
    (claim,) = catalogue()["kl-div/label-gradient-accuracy"].check(f, e)
    assert np.asarray(claim.where).all() == asked
