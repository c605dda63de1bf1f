"""The controls: right but unusual files, which no must law may flag.

A fixed few at quick effort; all of them, at thorough effort with three seeds: `tox -e power`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from conformance.backends import libraries
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import Example, Subject, View
from conformance.numerics.measure import measure
from conformance.power import specimens
from conformance.spec import catalogue
from conformance.spec.context import Examination

FOLDER = Path(__file__).parents[1] / "controls"
FILES = sorted(FOLDER.rglob("*.py"))

#: Name -> the dtypes it is examined in here.
SOME = {
    "all_flush_results": ("float32",),
    "all_fortran_results": ("float64",),
    "bce_logits_with_gradient": ("float32",),
    "bce_probabilities_log1p": ("bfloat16",),
    "cross_entropy_masked_array": ("float32",),
    "cross_entropy_weights_normalised": ("float64",),
    "half_op_by_op": ("float16",),
    "half_pairwise_sum": ("bfloat16",),
    "log_softmax_base_2": ("float32",),
    "logsumexp_split_in_halves": ("float64", "float16"),
    "losses_vector_path_flushes": ("bfloat16",),
    "sigmoid_expm1": ("float32", "float16"),
    "sigmoid_vjp_s_times_one_minus_s": ("float32",),
    "masks_multiplied": ("float32",),
    "masks_rows_compressed": ("bfloat16",),
    "scales_multiply_add": ("float32",),
    "scales_softcap_forms": ("float32",),
    "softmax_masked_rows_zero": ("float32",),
    "softmax_online_merged": ("float32", "float64"),
    "softmax_own_exp": ("float32",),
    "softmax_peeled_loop": ("float32", "float16"),
    "softmax_sum_in_random_order": ("float64",),
    "style_memoised": ("float32",),
    "style_out_buffer": ("float64",),
    "torch_binary_from_cross_entropy": ("float32",),
    "torch_double_backward_by_hand": ("float64",),
}


def test_all_say_what_is_unusual_and_stand_alone() -> None:
    found = specimens.controls([str(FOLDER)])
    assert len(found) == len(FILES) >= 90
    assert [c.name for c in found if not c.says.endswith(".")] == []
    assert [path for path in FILES if "conformance" in _imported(path)] == []


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    names = [a.name for node in nodes if isinstance(node, ast.Import) for a in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_every_backend_has_controls() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    for backend in libraries().keys() - {"cupy"}:
        assert sum(f'BACKEND = "{backend}"' in text for text in texts) >= 8, backend


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_no_must_law_flags_it(name: str) -> None:
    if name.startswith("torch"):
        pytest.importorskip("torch")
    implementation = load(str(FOLDER / f"{name}.py"))
    settings = Settings(effort="quick", dtypes=SOME[name], brief=True)
    results = [
        result
        for subject in subjects(implementation, settings)[0]
        for result in examine(implementation, subject, settings).results
    ]
    flagged = [(r.invariant, r.dtype, r.ratio, r.message) for r in results
               if r.level == "must" and r.outcome in ("fail", "error")]  # fmt: skip
    assert flagged == []
    assert sum(r.outcome == "pass" and r.level == "must" for r in results) >= 10


@pytest.mark.parametrize(("logit", "judged"), [(1.79e308, False), (1.79e307, True)])
def test_a_label_slope_is_judged_where_its_factors_stay_in_the_format(logit, judged) -> None:
    """g·log p is infinite before the weight meets it, whose product with both is a number."""
    pytest.importorskip("torch")
    implementation = load(str(FOLDER / "torch_cross_entropy_by_mask.py"))
    name, fmt = "cross_entropy_with_logits", FORMATS["float64"]
    f = Examination(implementation, Subject("mask", name, "float64", "cpu", "eager"))
    args = {"logits": np.array([[logit, 0.0]]), "labels": np.array([[0.0, 1.0]]),
            "cotangent": np.array([-1.3]), "direction": np.zeros((1, 2))}  # fmt: skip
    options = {"reduction": "none", "weight": np.array([0.5, 0.5])}
    e = Example(FUNCTIONS[name], fmt, args, View((1,)), options)
    (claim,) = catalogue()[f"{FUNCTIONS[name].slug}/label-gradient-accuracy"].check(f, e)
    assert bool(claim.where[0, 1]) == judged
    assert np.isinf(claim.got[0, 1]) != judged
    assert measure(claim, fmt).ratio <= 1
