"""Limits of numbers: kernels that refuse NaN, +inf or −inf, whatever else they are given."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from judging import broken, examined

from conformance.cli import main as cli
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.input_classes import InputClass, class_of, specimen
from conformance.kernels.special_numbers import LOSSES, MINUS, NAN, PLUS, ROWS, taken_out
from conformance.objects.load import load
from conformance.reporting.limits import takes

CONTROLS = Path(__file__).parents[1] / "controls"
SOFTMAX = """
import numpy as np
CALLS = []

def softmax(x, axis=-1):
    w = x.astype(np.float64)
    rows = np.moveaxis(w, axis, -1)
    {check}
    with np.errstate(all="ignore"):
        e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
        return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
"""
#: How a softmax checks its input -> what is taken.
CHECKS = {
    "assert np.isfinite(w).all()": "finite numbers only",
    "np.asarray_chkfinite(w)": "finite numbers only",
    "if np.isnan(w).any(): raise ValueError('NaN')": "no NaN",
    "if np.isposinf(w).any(): raise ValueError('infinite')": "no +inf",
    "if np.isneginf(w).any(): raise ValueError('masks')": "no −inf, as in masks",
    "if np.isinf(w).any(): raise ValueError('infinite')": "no +inf or −inf, as in masks",
    "assert not x.size or not (rows == -np.inf).all(-1).any()": "no rows of −inf",
}
#: What raises, but for no kind of numbers alone: it stays an error.
ERRORS = (
    "assert (np.abs(w) <= 1e4).all()",
    "assert not (np.abs(w) > 1e30).any()",
    "assert not (w <= -1e9).any()",
    "assert not (np.isnan(w).any() and x.shape[axis] > 8)",  # in long rows
    "assert not np.isnan(rows[..., -1:]).any()",  # in the last class
    "CALLS.append(1); assert not (np.isnan(w).any() and len(CALLS) % 3 == 0)",  # now and then
    "[int(v) for v in w.flat[:9]]",  # cannot convert float NaN to integer
    "[np.flatnonzero(r == r.max())[0] for r in rows.reshape(-1, x.shape[axis]) if r.size]",
    "assert not (np.isnan(w).any() and np.isposinf(w).any())",  # both together
)


def written(folder: Path, check: str) -> Path:
    path = folder / "mine.py"
    path.write_text(SOFTMAX.format(check=check), encoding="utf-8")
    return path


@pytest.mark.parametrize("check", CHECKS)
def test_numbers_that_are_refused_are_a_limit(check: str, tmp_path: Path) -> None:
    found = examined(written(tmp_path, check))
    assert broken(found) == {"takes-every-number": "should"}
    assert takes(found.limits, found.results) == f"takes {CHECKS[check]}"
    assert [limit.kind for limit in found.limits] == ["numbers"]
    assert len([r for r in found.results if r.outcome == "pass" and r.level == "must"]) > 25


@pytest.mark.parametrize("check", ERRORS)
def test_what_raises_for_other_numbers_stays_an_error(check: str, tmp_path: Path) -> None:
    found = broken(examined(written(tmp_path, check)))
    assert found["accuracy"] == "must"


def test_each_function_of_the_control_says_what_it_takes() -> None:
    mine = load(CONTROLS / "limits_finite_numbers.py")
    asked = Settings(dtypes=("float32",), brief=True)
    said = {}
    for subject in subjects(mine, asked)[0]:
        found = examine(mine, subject, asked)
        assert "must" not in broken(found).values()
        said[subject.function] = takes(found.limits, found.results)
    assert said["softmax"] == said["logaddexp"] == "takes finite numbers only"
    assert said["logsumexp"] == "takes no NaN or rows of −inf"
    assert said["cross_entropy_with_logits"].endswith("NaN, +inf, infinite losses or rows of −inf")


def test_a_limit_of_numbers_is_declared_and_required(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "assert np.isfinite(w).all()")
    command = ["run", str(path), "--dtype", "float32", "--effort", "quick", "-n", "0", "-q"]
    command += ["--only", "softmax/accuracy", "--only", "softmax/takes-every-number"]
    assert cli.main(command) == 0
    assert "takes finite numbers only" in capsys.readouterr().out
    assert cli.main([*command, "--require", "numbers"]) == 1
    path.write_text(path.read_text() + '\nLIMITS = {"numbers": "the caller checks them"}\n')
    capsys.readouterr()
    assert cli.main(command) == 0
    assert "≈ 1 declared" in capsys.readouterr().out


EACH = (NAN, PLUS, MINUS)


@pytest.mark.parametrize(("function", "labels", "kinds"), [
    ("softmax", "", (*EACH, ROWS)),
    ("logaddexp", "", EACH),
    ("nll_loss", "index", (NAN, MINUS, LOSSES)),
    ("cross_entropy_with_logits", "index", (*EACH, ROWS, LOSSES)),
    ("cross_entropy_with_logits", "one-hot", (*EACH, ROWS, LOSSES)),
    ("binary_cross_entropy_with_logits", "hard", (*EACH, LOSSES)),
])  # fmt: skip
def test_one_kind_of_numbers_is_put_in_and_taken_out(
    function: str, labels: str, kinds: tuple[str, ...]
) -> None:
    of, index = FUNCTIONS[function], "int64" * (labels == "index")
    plain = InputClass(
        function, "float32", "value", 6, 4 * of.rowwise, (6,), labels=labels, label_type=index
    )
    for kind, seed in product(kinds, range(3)):
        e = specimen(replace(plain, special=((of.first, kind),)), seed)
        seen = {kind for _, kind in class_of(e, "value", special=True).special}
        assert kind in seen
        assert seen - {MINUS, PLUS} == {kind} - {MINUS, PLUS}  # of which the others are made
        for other in seen:
            e = taken_out(e, of.first, other)
        assert np.isfinite(e.x).all()
        assert not class_of(e, "value", special=True).special


def test_numbers_are_put_at_different_places() -> None:
    plain = InputClass("softmax", "float32", "value", 6, 4, (6,), special=(("x", NAN),))
    places = {tuple(np.argwhere(np.isnan(specimen(plain, seed).x))[0]) for seed in range(3)}
    assert len(places) == 3
