"""The sentence on an implementation: which law it names, and what it says of calls that fail."""

from __future__ import annotations

import io

import numpy as np
import pytest
import reports
from msgspec import structs
from reports import result
from rich.console import Console

from conformance.records.results import LimitRecord
from conformance.reporting.limits import takes
from conformance.reporting.terminal import summary
from conformance.reporting.terminal.causes import causes
from conformance.reporting.verdicts import sentence


def test_a_verdict_names_the_law_of_the_first_entry_and_its_own_figure() -> None:
    one = {"x": reports.array_text(np.zeros((1, 1), np.float32))}
    c = reports.counterexample(arguments=one, wrong="value", over=5.0)
    first = result(
        "fail", invariant="softmax/accuracy", ratio=5.0, grade="relaxed", counterexample=c
    )
    further = structs.replace(first, invariant="softmax/sums-to-one", ratio=700.0)
    assert causes([further, first])[0].shown is first
    assert sentence([further, first]) == (
        "Does not conform: breaks 2 must laws in softmax, chiefly softmax/accuracy (float32), by "
        "up to 5.00 times the bound; would pass the relaxed grade, which admits half sums and "
        "errors that grow with |x|."
    )


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (["returned None"], "by returning no array of the right form"),
        (["ValueError: no"], "by raising"),
        (["changed NumPy's error state"], "by changing the process"),
        (["ValueError: no", "returned None"], "by raising or returning no array of the right form"),
    ],
)
def test_what_is_returned_is_told_from_what_is_raised(messages: list[str], said: str) -> None:
    broken = [
        result("error", None, invariant=f"softmax/{k}", message=m) for k, m in enumerate(messages)
    ]
    missed = [structs.replace(r, level="should") for r in broken]
    assert f"must law{'s'[len(broken) == 1 :]} in softmax, {said};" in sentence(broken + missed)
    assert f"fails in the calls of {len(broken)} should law" in sentence(broken + missed)


def test_what_most_calls_raise_comes_first() -> None:
    raised = [
        result("error", None, invariant=f"softmax/{k}", message="TypeError: no") for k in range(12)
    ]
    wrong = result("fail", invariant="softmax/accuracy", ratio=5.0,
                   counterexample=reports.counterexample())  # fmt: skip
    assert [e.shown.outcome for e in causes([wrong, *raised])] == ["error", "fail"]
    assert [e.shown.outcome for e in causes([wrong, *raised[:3]])] == ["fail", "error"]
    assert "13 must laws in softmax, chiefly by raising" in sentence([wrong, *raised])


def test_a_law_that_is_not_exercised_is_named_with_the_reason() -> None:
    left = result("unsupported", None, message="it has no option")
    out = io.StringIO()
    summary.show(reports.small(left), Console(file=out, width=100))
    text = " ".join(out.getvalue().split())
    assert f"Not examined: no must law was exercised ({left.invariant}: it has no option)." in text
    assert "()" not in text


def test_what_is_not_taken_at_all_has_no_gradient_either():
    def limit(kind, words):
        return LimitRecord(
            implementation="mine", function="softmax", dtype="float32", device="cpu",
            mode="eager", kind=kind, takes=[words], refuses=[],
        )  # fmt: skip

    said = takes([limit("derived", "no gradient for vectors"), limit("axes", "no vectors")], [])
    assert said == "takes no vectors"
    assert "gradient for vectors" in takes([limit("derived", "no gradient for vectors")], [])


def test_sizes_that_are_a_formats_are_told_with_it():
    def limit(dtype, words, function="softmax"):
        return LimitRecord(
            implementation="mine", function=function, dtype=dtype, device="cpu",
            mode="eager", kind="sizes", takes=[words], refuses=[],
        )  # fmt: skip

    wide, narrow = limit("float16", "up to 2,048 classes"), limit("float64", "up to 512 classes")
    said = "takes up to 2,048 classes (float16), up to 512 classes (float64)"
    assert takes([wide, narrow], []) == said
    assert takes([wide, limit("float32", "up to 2,048 classes")], []) == "takes up to 2,048 classes"
    other = limit("float64", "up to 512 classes", "log_softmax")
    assert "float" not in takes([wide, other], [])
