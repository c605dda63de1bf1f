"""Verdicts: counterexamples that no clock decides, grades, and silence."""

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from conformance.examine import minimise, verdicts
from conformance.examine.engine import examine, tallied
from conformance.examine.grading import graded
from conformance.examine.minimise import Allowance, smallest
from conformance.examine.selection import Settings, subjects
from conformance.examine.tally import Seen, Tally, breaks
from conformance.examine.watch import JUDGING, Watch
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import Claim, Example, Grade, View
from conformance.numerics.measure import Measured
from conformance.records.results import Result
from conformance.spec import catalogue
from conformance.spec.context import Examination

BROKEN = """
import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)

def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)
"""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A softmax without a shift."""
    path = tmp_path_factory.mktemp("broken") / "broken.py"
    path.write_text(BROKEN)
    return path


def _results(path: Path, watch: Watch | None = None) -> list[Result]:
    implementation, settings = load(path), Settings(effort="quick")
    subject = subjects(implementation, settings)[0][0]
    return examine(implementation, subject, settings, watch).results


def _rows(rows: int, n: int) -> Example:
    x = np.arange(rows * n, dtype=np.float32).reshape(rows, n)
    ones = np.ones_like(x)
    args = {"x": x, "cotangent": ones, "direction": ones}
    return Example(FUNCTIONS["softmax"], FORMATS["float32"], args, View((rows,)))


def test_a_busy_machine_finds_the_same_counterexamples(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reading of the clock is a tenth of a second later than the one before."""
    free = {r.invariant: r.counterexample for r in _results(broken)}
    now = [0.0]

    def late() -> float:
        now[0] += 0.1
        return now[0]

    monkeypatch.setattr(minimise, "_BRAKE", 1e9)
    monkeypatch.setattr(time, "monotonic", late)
    assert {r.invariant: r.counterexample for r in _results(broken)} == free
    assert sum(found is not None for found in free.values()) >= 5


def test_an_allowance_counts_calls_and_elements() -> None:
    allowance = Allowance(calls=10, elements=100_000)
    allowance.spend(_rows(100, 10))
    assert (allowance.calls, allowance.elements) == (9, 100_000 - 1_000 - 1_000)
    assert not allowance.spent
    allowance.spend(_rows(1000, 100))
    assert allowance.spent


def test_a_compiled_shape_is_paid_for_once() -> None:
    plain, compiled = Allowance(), Allowance(compiles=True)
    costs = []
    for e in (_rows(3, 4), _rows(3, 4), _rows(4, 3)):
        before = compiled.elements
        plain.spend(e)
        compiled.spend(e)
        costs.append(before - compiled.elements)
    assert costs[0] == costs[2] > 100 * costs[1]
    assert plain.elements == 2_000_000 - 3 * 1_012


@pytest.mark.parametrize("calls", [1, 7, 60])
def test_no_more_candidates_than_allowed(calls: int) -> None:
    tried: list[Example] = []
    smallest(_rows(30, 30), lambda e: bool(tried.append(e)), Allowance(calls=calls))
    assert len(tried) == calls


def test_what_always_breaks_shrinks_to_one_number() -> None:
    found = smallest(_rows(40, 30), lambda e: e.size > 0)
    assert found.x.shape == (1, 1)


def test_what_breaks_by_size_stops_there() -> None:
    found = smallest(_rows(40, 30), lambda e: e.x.shape[-1] >= 7 and len(e.x) >= 2)
    assert found.x.shape == (2, 7)


GROWING = """
import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)

def log_sigmoid(x):
    w = x.astype(np.float64)
    exact = np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))
    return (exact * (1 + np.where(np.abs(w) <= 512, np.abs(w), 0) * UNIT)).astype(np.float32)
"""


@pytest.mark.parametrize(("unit", "clear"), [("1e-6", 10), ("5e-9", 1)])
def test_the_excess_that_is_shown_is_clear(unit: str, clear: float, tmp_path: Path) -> None:
    """The error grows with |x|: the smallest that breaks the law is hardly worth looking at."""
    file = tmp_path / "growing.py"
    file.write_text(GROWING.replace("UNIT", unit))
    law = "log-sigmoid/accuracy"
    (r,) = [r for r in _results(file) if r.invariant == law]
    c = r.counterexample
    assert r.outcome == "fail"
    assert c is not None
    over = float(c.error.split()[0]) / float(c.allowed.split()[0])
    worst = float(r.ratio or 0)
    assert min(clear, worst**0.5) <= over * 1.01
    assert len(c.arguments["x"].values) == 1
    if clear > 1:
        assert worst > 30
        assert c.least is not None
        assert 1 < float(c.least) < over / 2


def _seen(size: int, ratio: float) -> Seen:
    return Seen(_rows(1, size), Claim("equal", None, None), Measured(ratio, 1))


def test_the_smallest_clear_failure_is_shown() -> None:
    for ratios, shown in (
        ({3: 1.03, 5: 40.0, 7: 1e9, 9: 1e14}, 5),
        ({3: 1.03, 5: 1.5, 7: 4.0}, 7),
        ({3: 1.9, 5: 2.0}, 3),
        ({9: 1.01, 5: np.inf, 3: 2.0}, 5),
    ):
        for turned in (False, True):
            tally = Tally(next(iter(catalogue().values())))
            for size in sorted(ratios, reverse=turned):
                tally._keep(_seen(size, ratios[size]))
            assert tally.shown.example.size == shown


class _Counted(Watch):
    """A watch that counts the signs of life while failures are minimised."""

    signs = 0

    def at(self, example: int, law: int) -> None:
        self.signs += example == JUDGING
        super().at(example, law)


def test_a_declared_deviation_keeps_no_input_that_is_too_large_to_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "declared.py"
    path.write_text(BROKEN + '\nDEVIATIONS = {"softmax/accuracy": "no shift"}\n')
    monkeypatch.setattr(verdicts, "_UNREAD", 0)
    found = {r.invariant: r for r in _results(path)}
    declared = found.pop("softmax/accuracy")
    assert (declared.outcome, declared.measured) == ("deviation", "fail")
    assert declared.counterexample is None and declared.message == "no shift"
    failed = [r for r in found.values() if r.outcome == "fail"]
    assert failed and all(r.counterexample is not None for r in failed)


def test_each_candidate_is_a_sign_of_life(broken: Path) -> None:
    watch = _Counted()
    results = _results(broken, watch)
    assert watch.signs > 10 * sum(r.outcome == "fail" for r in results) > 0


@np.errstate(all="ignore")
@pytest.mark.parametrize(("dtype", "expected"), [("float16", "standard"), ("float32", "strict")])
def test_the_grade_is_the_strictest_that_all_must_laws_keep(dtype: str, expected: str) -> None:
    implementation = load("numpy")
    settings = Settings(effort="quick", functions=("softmax",), dtypes=(dtype,))
    subject = subjects(implementation, settings)[0][0]
    f = Examination(implementation, subject, "standard")
    tallies = [t for t in tallied(f, settings) if t.worst and t.law.level != "may"]
    strict = all(_keeps(f, t, "strict") for t in tallies if t.law.level == "must")
    assert strict == (expected == "strict")
    assert graded(f, tallies, Watch()) == {t.law.id: expected for t in tallies}


@np.errstate(all="ignore")
def test_a_failing_law_is_told_the_grade_that_it_would_keep() -> None:
    implementation = load("numpy")
    settings = Settings(effort="quick", functions=("softmax",), dtypes=("float16",))
    subject = subjects(implementation, settings)[0][0]
    f = Examination(implementation, subject, "strict")
    found = graded(f, tallied(f, settings), Watch())
    assert set(found.values()) == {"strict", "standard"}


@np.errstate(all="ignore")
def _keeps(f: Examination, tally: Tally, grade: Grade) -> bool:
    g = Examination(f.implementation, f.subject, grade)
    return breaks(tally.law, g, tally.worst[0].example) is None


@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("function", ["softmax", "log_sigmoid", "binary_cross_entropy_with_logits"])
def test_an_examination_is_silent(function: str, dtype: str) -> None:
    settings = Settings(effort="quick", functions=(function,), dtypes=(dtype,))
    implementation = load("numpy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for subject in subjects(implementation, settings)[0]:
            found = examine(implementation, subject, settings)
    assert all(r.outcome in ("pass", "unsupported") for r in found.results)


def test_the_order_of_subjects_changes_no_verdict() -> None:
    implementation = load("numpy")
    settings = Settings(effort="quick", functions=("sigmoid", "logsumexp"), dtypes=("float16",))
    asked = subjects(implementation, settings)[0]
    forth = {s: examine(implementation, s, settings) for s in asked}
    back = {s: examine(implementation, s, settings) for s in reversed(asked)}
    for subject in asked:
        assert list(_timeless(forth[subject].results)) == list(_timeless(back[subject].results))
        assert forth[subject].accuracy == back[subject].accuracy


def _timeless(results: list[Result]) -> Iterator[tuple[object, ...]]:
    for r in results:
        yield r.invariant, r.outcome, r.ratio, r.grade, r.worst, r.examples, r.message


def test_an_example_passed_over_leaves_the_others_in_place(broken: Path) -> None:
    """After a crash the examples of an examination have the numbers that they had before."""
    seen: dict[str, list[int]] = {"all": [], "some": []}

    class Passing(_Counted):
        def __init__(self, name: str, over: Callable[[int], bool]) -> None:
            super().__init__()
            self.name, self.over = name, over

        def passes_over(self, index, e, tallies) -> bool:
            seen[self.name].append((index, e.x.tobytes()))
            return self.over(index)

    _results(broken, Passing("all", lambda index: index > 20))
    _results(broken, Passing("some", lambda index: index > 10 or index == 3))
    assert seen["all"] == seen["some"]


def test_an_argument_that_no_call_gives_is_asked_for(tmp_path):
    path = tmp_path / "named.py"
    path.write_text(
        "import numpy as np\n"
        "def softmax(x, mask):\n"
        "    e = np.where(mask, np.exp(x - x.max(axis=-1, keepdims=True)), 0)\n"
        "    return e / e.sum(axis=-1, keepdims=True)\n"
    )
    settings = Settings(effort="quick", dtypes=("float32",))
    implementation = load(path)
    (subject,) = subjects(implementation, settings)[0]
    said = " ".join(r.message for r in examine(implementation, subject, settings).results)
    assert "say what mask is: named.py::softmax --as 'softmax(where=mask)'" in said
