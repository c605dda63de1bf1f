"""What a terminal shows: widths, grouping, one screen, hostile text, no colour."""

from __future__ import annotations

import io
import re
from typing import Any

import msgspec
import numpy as np
import pytest
import reports
from rich.console import Console

from conformance.functions import FUNCTIONS
from conformance.processes.run import Event
from conformance.records.results import ArrayText, NotRun, Report, Result
from conformance.reporting.revealed import fitting
from conformance.reporting.terminal import summary
from conformance.reporting.terminal.causes import causes, entries, spread
from conformance.reporting.terminal.numbers import argument, pair, short
from conformance.reporting.terminal.progress import progress
from conformance.reporting.verdicts import cell, sentence

WIDTHS = (40, 60, 80, 100, 160)


def shown(report: Report, width: int = 100, **options: Any) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    summary.show(report, console, **options)
    return stream.getvalue()


def failing(**fields: Any) -> Result:
    base = {"ratio": 5.3, "counterexample": reports.counterexample(), "dtype": "float16"}
    return reports.result("fail", **{**base, **fields})


def test_a_failure_says_what_design_asks() -> None:
    text = shown(reports.small(failing()))
    for words in (
        "softmax/sums-to-one",
        "MUST",
        "numpy · float16 · eager · cpu",
        "x        = [0x1.4p+2, 0x0p+0]   [5, 0] (smallest found; first failure had shape 8x33)",
        "got      = 0x1.fcp-1",
        "exact    = 0x1.fc9p-1",
        "16 u, allowed 3.0 u",
        "5.33 x over",
        "a sum taken in half precision",
        "conformance replay 7f3a1c",
    ):
        assert words in text, words


def test_a_clear_excess_says_that_there_are_smaller_ones() -> None:
    assert "smaller excesses exist" not in shown(reports.small(failing()))
    c = msgspec.structs.replace(reports.counterexample(), least=1.03)
    text = shown(reports.small(failing(counterexample=c)))
    assert "least    : 1.03 x over: smaller excesses exist" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    lines = shown(reports.realistic(), width).splitlines()
    assert max(map(len, lines)) <= max(width, 60) + 2, max(lines, key=len)


def test_three_frameworks_in_three_bad_shapes_fit_one_screen() -> None:
    results = [
        failing(implementation=name, dtype=dtype, mode=mode, function=law.functions[0],
                invariant=law.id, level=law.level)
        for name in reports.FRAMEWORKS
        for dtype in reports.DTYPES
        for mode in ("eager", "jit")
        for law in reports.laws()
    ]  # fmt: skip
    text = shown(reports.small(*results))
    assert len(text.splitlines()) < 60 + len(FUNCTIONS)
    left_out = re.search(r"… and \d+ more", text)
    assert left_out
    assert "--all shows every law by itself" in text
    listed = text[text.index("also, each") : left_out.start()]
    assert [name in listed for name in reports.FRAMEWORKS] == [True] * 3


def test_all_shows_every_failure() -> None:
    results = [failing(invariant=law.id, function=law.functions[0]) for law in reports.laws()]
    text = shown(reports.small(*results), everything=True)
    assert all(f"{r.invariant} " in text for r in results)
    assert "--all shows" not in text


def test_one_law_in_many_places_is_one_entry() -> None:
    results = [
        failing(implementation=name, dtype=dtype, mode=mode)
        for name in ("numpy", "torch")
        for dtype in ("float16", "float32")
        for mode in ("eager", "jit")
    ]
    (entry,) = entries(results)
    assert len(entry.cases) == 8
    text = shown(reports.small(*results))
    for name in ("numpy", "torch"):
        assert f"  {name} · float16, float32 · eager, jit · cpu" in text


def test_the_laws_of_one_function_are_one_entry_those_of_one_input_together() -> None:
    own, other = (
        reports.counterexample(wrong="value"),
        reports.counterexample(id="0123ab", wrong="value"),
    )
    results = [
        failing(invariant="softmax/accuracy", counterexample=own),
        failing(invariant="softmax/range"),
        failing(invariant="softmax/shift", counterexample=other),
        failing(invariant="softmax/high-relative-accuracy", level="should"),
        failing(function="sigmoid", invariant="sigmoid/accuracy"),
    ]
    found = causes(results)
    assert [len(entry.cases) for entry in found] == [1, 4]
    text = " ".join(shown(reports.small(*results)).split())
    assert "also range, high-relative-accuracy (7f3a1c); shift (0123ab)" in text


def test_laws_that_break_where_all_numbers_are_right_have_causes_of_their_own() -> None:
    own = reports.counterexample(wrong="value")
    state = reports.counterexample(id="0123ab", got="", exact="", over=None)
    results = [
        failing(invariant="softmax/accuracy", counterexample=own),
        *(failing(invariant="softmax/leaves-arguments-alone", counterexample=state, dtype=d)
          for d in ("float32", "float64")),
    ]  # fmt: skip
    assert [entry.laws for entry in causes(results)] == [
        ("softmax/leaves-arguments-alone",),
        ("softmax/accuracy",),
    ]


@pytest.mark.parametrize(
    ("view", "options", "laws"),
    [
        ({"batch": [1], "axis": -1, "layout": "strided"}, {}, 1),
        ({"batch": [1, 1], "axis": 0, "layout": "strided"}, {}, 1),
        ({"batch": [1], "axis": -1, "layout": "C"}, {}, 2),
        ({"batch": [1], "axis": -1, "layout": "C"}, {"where": True}, 2),
    ],
)
def test_what_breaks_in_odd_memory_alone_explains_no_plain_input(
    view: dict[str, Any], options: dict[str, Any], laws: int
) -> None:
    """A law follows from one that a simpler input of its kind breaks, and from no odder one."""
    odd = reports.counterexample(
        view={"batch": [1], "axis": -1, "layout": "strided"}, wrong="value", over=5.0
    )
    other = reports.counterexample(
        id="0123ab", view=view, options=options, wrong="value", over=5.0, expected="0x0p+0"
    )
    found = causes([
        failing(invariant="softmax/accuracy", counterexample=odd),
        failing(invariant="softmax/shift", counterexample=other),
    ])  # fmt: skip
    assert len(found) == laws
    assert "softmax/accuracy" in [entry.shown.invariant for entry in found]


def test_an_exact_value_heads_a_smaller_input_of_two_results() -> None:
    """A row alone may be right, and its batch wrong: the law of the exact value shows that."""
    two = {"x": reports.array_text(np.zeros((1, 4), np.float32))}
    one = {"x": reports.array_text(np.zeros((1, 1), np.float32))}
    results = [
        failing(invariant="softmax/row-alone", counterexample=reports.counterexample(
            arguments=one, wrong="value", over=5.0, expected="0x0p+0")),
        failing(invariant="softmax/accuracy", counterexample=reports.counterexample(
            arguments=two, wrong="value", over=5.0)),
    ]  # fmt: skip
    (entry,) = causes(results)
    assert entry.shown.invariant == "softmax/accuracy"


@pytest.mark.parametrize(
    ("law", "options", "entries"),
    [
        ("high-labels-are-whole", {}, 1),
        ("high-labels-are-whole", {"weight": "[1]"}, 2),
        ("gradient-in-large-batches", {}, 2),
    ],
)
def test_a_law_of_a_size_has_the_cause_of_a_value_that_is_wrong_anyway(
    law: str, options: dict[str, Any], entries: int
) -> None:
    """But none that needs an option, which that law's call has not, nor that of a value alone."""
    top = reports.counterexample(wrong="value", over=5.0, options=options)
    many = {"x": reports.array_text(np.zeros((2, 40), np.float32))}
    sized = reports.counterexample(id="10371c", arguments=many, over=5.0)
    found = causes([
        failing(invariant="softmax/accuracy", counterexample=top),
        failing(invariant=f"softmax/{law}", counterexample=sized),
    ])  # fmt: skip
    assert found[0].shown.invariant == "softmax/accuracy"
    assert len(found) == entries


def test_a_gradient_for_weights_is_no_cause_of_one_for_logits() -> None:
    weight = {"weight": "[1]"}
    own = reports.counterexample(options=weight, over=5.0)
    gradient = reports.counterexample(
        id="3908f9", options={**weight, "label_smoothing": 0.5}, wrong="vjp", over=5.0
    )
    found = causes([
        failing(invariant="softmax/weight-gradient-accuracy", counterexample=own),
        failing(invariant="softmax/gradient-accuracy", counterexample=gradient),
    ])  # fmt: skip
    assert len(found) == 2


def test_formats_that_are_right_are_told_beside_those_that_are_wrong() -> None:
    c = reports.counterexample(right_in=["float64", "float32"])
    others = [reports.result(dtype=d) for d in ("float64", "float32", "bfloat16")]
    results = [failing(counterexample=c), *others]
    assert "  wrong in float16, right in float64 and float32\n" in shown(reports.small(*results))


def test_what_else_is_right_is_told_under_the_heading() -> None:
    c = reports.counterexample(contrasts=["wrong along axis 0, right along the last axis"])
    text = shown(reports.small(failing(counterexample=c)))
    assert "\n  wrong along axis 0, right along the last axis\n" in text
    assert "reveals" not in text


REVEALS = "NaN or inf: no max shift; nearly right: a wrong exp; far off: another axis, a race"


@pytest.mark.parametrize(
    ("got", "exact", "said"),
    [
        ("nan", "0x1p+0 (1)", "no max shift"),
        ("0x1.01p+0 (1.004)", "0x1p+0 (1)", "a wrong exp"),
        ("0x0p+0 (0)", "0x1p+0 (1)", "another axis, a race"),
        ("0x1p-30 (9.3e-10)", "0x0p+0 (0)", "a wrong exp"),
    ],
)
def test_what_a_law_reveals_fits_what_is_seen(got: str, exact: str, said: str) -> None:
    c = reports.counterexample(got=got, exact=exact)
    assert fitting(REVEALS, c) == said
    assert fitting("a stale maximum; a race", c) == "a stale maximum; a race"


def test_derivatives_are_an_entry_of_their_own() -> None:
    x = ArrayText(dtype="float16", shape=[1], values=["0x1.4p+5"])
    one = ArrayText(dtype="float16", shape=[1], values=["0x1p+0"])
    given = {"x": x, "cotangent": one}
    c = reports.counterexample(id="0123ab", arguments=given, got="nan", exact="0x0p+0")
    gradient = failing(invariant="softmax/gradient-finite", counterexample=c)
    others = [failing(function=f) for f in ("sigmoid", "log_sigmoid", "logsumexp")]
    assert len(causes([failing(), gradient])) == 2
    text = shown(reports.small(gradient, *others, failing(), failing(implementation="jax")), 120)
    assert "numpy  softmax gradient  gradient-finite  f16: x = 40, cotangent = 1 gives nan" in text


def test_what_is_raised_is_one_cause_whatever_sizes_it_tells() -> None:
    results = [
        reports.result("error", None, dtype=d, message=f"ValueError: shape ({n}, 3)")
        for n, d in enumerate(reports.DTYPES)
    ]
    assert len(causes(results)) == 1


def test_a_truth_that_fails_is_told_in_words() -> None:
    c = reports.counterexample(got="", exact="", claim="x is left alone")
    functions = ("softmax", "log_softmax", "sigmoid", "log_sigmoid")
    results = [failing(function=f, invariant=f"{f}/a", counterexample=c) for f in functions]
    assert "x = [5, 0]: not so: x is left alone" in shown(reports.small(*results))


def test_an_array_of_several_batch_axes_is_shown_with_its_shape() -> None:
    c = reports.counterexample(view={"batch": [1, 1], "axis": -2, "layout": "C"})
    said = "[[[5], [0]]] (smallest found; first failure had shape 8x33)"
    assert said in " ".join(shown(reports.small(failing(counterexample=c))).split())
    flat = {"x": reports.array_text(np.zeros(2, np.float32))}
    c = reports.counterexample(arguments=flat, view={"batch": [2, 1], "axis": -1}, first_shape=[2])
    assert "[[0], [0]] (smallest found)" in shown(reports.small(failing(counterexample=c)))
    large = {"x": reports.array_text(np.zeros((12, 2), np.float32))}
    c = reports.counterexample(arguments=large, view={"batch": [3, 4], "axis": 0})
    assert "row 0 of 12" in shown(reports.small(failing(counterexample=c)))
    assert "given as 2x3x4" in " ".join(shown(reports.small(failing(counterexample=c))).split())


def test_an_array_that_is_not_contiguous_is_shown_as_it_lies() -> None:
    view: dict[str, Any] = {"batch": [1], "axis": -1, "layout": "strided", "only": "labels"}
    text = shown(reports.small(failing(counterexample=reports.counterexample(view=view))))
    assert "given in memory as strided arrays of labels alone" in " ".join(text.split())


def test_of_inputs_of_one_size_that_of_accuracy_is_shown() -> None:
    """One call shows it; the input of a law of two calls may look innocent."""
    one = {"x": reports.array_text(np.array([[-19968.0]], np.float32))}
    zero = {"x": reports.array_text(np.array([[0.0]], np.float32))}
    found = causes([
        failing(invariant="softmax/keeps-shift",
                counterexample=reports.counterexample(arguments=zero)),
        failing(invariant="softmax/accuracy", counterexample=reports.counterexample(arguments=one)),
    ])  # fmt: skip
    assert [e.shown.invariant for e in found] == ["softmax/accuracy"]


def test_an_input_of_one_of_several_dtypes_says_of_which() -> None:
    results = [failing(dtype=d, counterexample=reports.counterexample(d)) for d in reports.DTYPES]
    text = " ".join(shown(reports.small(*results)).split())
    assert re.search("softmax\\(x, axis=-1\\) in (float|bfloat)[0-9]+ x =", text)
    assert "softmax(x, axis=-1) x =" in " ".join(shown(reports.small(results[0])).split())


def test_what_fails_a_truth_is_shown_with_what_was_asked() -> None:
    c = reports.counterexample(got="inf", exact="", claim="a finite result")
    functions = ("softmax", "log_softmax", "sigmoid", "log_sigmoid")
    results = [failing(function=f, invariant=f"{f}/a", counterexample=c) for f in functions]
    text = shown(reports.small(*results))
    assert "x = [5, 0] gives inf, not a finite result" in text


def test_each_implementation_has_its_counts() -> None:
    text = shown(reports.small(failing(), reports.result(), reports.result(implementation="jax")))
    assert "times the bound. (✗1 ✓1)" in " ".join(text.split())
    assert "(✓1)" in text


def test_the_grade_is_told_if_it_is_another() -> None:
    result = reports.result(ratio=0.5, grade="standard")
    assert "grade" not in sentence([result], grade="standard")
    assert "; would pass the standard grade" in sentence([result], grade="strict")


def test_the_verdicts_are_counted_in_words() -> None:
    text = " ".join(shown(reports.small(failing(), reports.result())).split())
    assert "✗ 1 fail, ✓ 1 hold: 2 verdicts, of all levels" in text


#: A function that keeps its must laws and misses a should law by far, in two of three dtypes.
MISSES = [
    reports.result(ratio=0.5, invariant="softmax/accuracy"),
    *(
        reports.result("fail", 6.7e13, invariant="softmax/relative", level="should", dtype=dtype)
        for dtype in ("float32", "float64")
    ),
    reports.result(ratio=0.9, invariant="softmax/relative", level="should", dtype="float16"),
]


@pytest.mark.parametrize("width", [60, 100])
def test_the_number_of_a_cell_is_that_of_must_laws(width: int) -> None:
    (row,) = (line for line in shown(reports.small(*MISSES), width).splitlines()
              if line.startswith("softmax "))  # fmt: skip
    assert row.split()[1:4] == ["✓", "0.50", "△2"]
    assert "10¹³" not in row


def test_a_broken_must_law_stands_beside_the_missed_should_laws() -> None:
    found = cell([*MISSES, failing()], noted=True)
    assert (found.state, found.text, found.should, found.note) == ("fail", "5.30", "△2", "✗1 ✓2")
    assert "misses 1 should law: softmax/relative" in found.title


def test_should_laws_alone_speak_for_themselves() -> None:
    found = cell(MISSES[1:])
    assert (found.state, found.text, found.should) == ("missed", "6.7·10¹³", "")


def test_one_exception_in_many_laws_is_one_entry() -> None:
    results = [
        reports.result("error", None, invariant=law.id, message="ValueError: no (mine.py:3)")
        for law in reports.laws()[:7]
    ]
    (entry,) = entries(results)
    text = shown(reports.small(*results))
    assert len(entry.laws) == 7
    assert "! softmax raises ValueError " in text
    assert f"breaks   : {entry.shown.invariant}; also " in text
    assert text.count("ValueError: no (mine.py:3)") == 1


def test_a_crash_is_one_entry_wherever_it_was_met() -> None:
    died = "the process died: segmentation fault (SIGSEGV), at softmax(x) of shape"
    first, second = (law.id for law in reports.laws()[:2])
    results = [
        reports.result("error", None, invariant=first, message=f"{died} [4, 7]"),
        reports.result("error", None, invariant=second, message=f"{died} [1, 4, 7]"),
    ]
    (entry,) = causes(results)
    assert len(entry.laws) == 2
    assert "! softmax fails in the call" in shown(reports.small(*results))
    formless = [msgspec.structs.replace(r, message="returned None") for r in results]
    assert "! softmax returns no array of the right form" in shown(reports.small(*formless))


def test_what_is_returned_was_not_raised() -> None:
    text = shown(reports.small(reports.result("error", None, message="returned None, not a list")))
    assert "returned : None, not a list" in text


def test_must_laws_come_before_should_laws_and_each_implementation_is_seen() -> None:
    should = failing(level="should", invariant="softmax/high-relative-accuracy")
    must = [failing(invariant=f"softmax/{name}") for name in "abcdef"]
    other = failing(implementation="torch", invariant="zigmoid/accuracy", level="should")
    found = entries([should, *must, other])
    assert [e.shown.level for e in found] == ["must"] * 6 + ["should"] * 2
    first, rest = spread(found, 2)
    assert [e.implementations for e in first] == [("numpy",), ("torch",)]
    assert len(rest) == 6


def test_the_smallest_input_is_shown() -> None:
    big = ArrayText(dtype="float32", shape=[1, 3], values=["0x1p+0", "0x1p+1", "0x1p+2"])
    large = failing(counterexample=reports.counterexample(id="aaaaaa", arguments={"x": big}))
    (entry,) = entries([large, failing(dtype="float64")])
    assert entry.shown.counterexample is not None
    assert entry.shown.counterexample.id == "7f3a1c"


def test_nothing_broken_says_so() -> None:
    text = shown(reports.small(reports.result()))
    assert "Conforms: 1 must law hold" in text or "Conforms" in text
    assert "replay" not in text


def test_an_incomplete_run_is_marked() -> None:
    assert "This run is incomplete" in shown(reports.small(reports.result(), complete=False))


def test_what_was_not_examined_is_told_with_the_way_to_add_it() -> None:
    gone = [NotRun(what="torch", why="PyTorch is not installed: pip install torch")]
    text = shown(reports.small(reports.result(), not_run=gone))
    assert "not examined" in text
    assert "pip install torch" in text


def test_declared_deviations_are_short_and_stale_ones_are_told() -> None:
    declared = [
        reports.result("deviation", 9.0, dtype=d, message="clamps at -100") for d in reports.DTYPES
    ]
    gone = reports.result("stale", function="sigmoid", invariant="sigmoid/accuracy")
    infos = [reports.info("numpy", deviations={"sigmoid/accuracy": "a fast exp"})]
    text = shown(reports.small(*declared, gone, implementations=infos))
    assert text.count("clamps at -100") == 1
    assert "↻ numpy: stale, shows nowhere in this run: sigmoid/accuracy" in text


def test_nothing_from_a_file_is_markup_or_control() -> None:
    hostile = "[bold]x[/bold]\x1b[31m\x07<script>"
    result = reports.result("error", None, message=hostile, implementation="[red]i")
    text = shown(reports.small(result))
    assert "[bold]x[/bold]" in text
    assert "[red]i" in text
    assert "\x1b" not in text
    assert "\x07" not in text


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_no_colour_where_it_is_not_wanted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1" if name == "NO_COLOR" else "dumb")
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True)
    summary.show(reports.small(failing()), console)
    assert "\x1b[31" not in stream.getvalue()
    assert "38;" not in stream.getvalue()


def test_numbers() -> None:
    assert short("0x1.4p+2") == "5"
    assert short("-0x0p+0") == "-0"
    assert short("nan") == "nan"
    assert pair("0x1p-1 (0.5)") == ("0x1p-1", "0.5")
    assert pair("nan") == ("nan", "")


@pytest.mark.parametrize(
    ("shape", "values", "index", "exact", "decimal"),
    [
        ([1], ["0x1p+0"], [0], "0x1p+0", "1"),
        ([1, 4], ["0x1p+0"] * 3 + ["0x0p+0"], [0], "[0x1p+0 ×3, 0x0p+0]", "[1 ×3, 0]"),
        ([2, 1], ["0x1p+0", "0x1p+1"], [1, 0], "row 1 of 2: 0x1p+1", "2"),
        ([9], [f"{i}" for i in range(9)], [7], "element 7 of 9: 7", ""),
        ([0], [], [], "[]", ""),
    ],
)
def test_arrays(
    shape: list[int], values: list[str], index: list[int], exact: str, decimal: str
) -> None:
    text = ArrayText(dtype="float32", shape=shape, values=values)
    c = reports.counterexample(arguments={"x": text}, index=index)
    assert argument(c, "x") == (exact, decimal)


def test_a_long_row_is_cut_in_the_middle() -> None:
    text = ArrayText(dtype="int64", shape=[1, 40], values=[str(i) for i in range(40)])
    c = reports.counterexample(arguments={"labels": text}, index=[0, 0])
    assert argument(c, "labels")[0] == "[0, 1, 2, 3, … 35 more …, 39]"


def test_progress_tells_what_fails_a_run_from_what_does_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = [*MISSES, failing(), reports.result("deviation", 3.0), reports.result("error", None)]
    with progress() as watch:
        for r in results:
            watch(Event("result", 1, 9, result=r))
        watch(Event("done", 9, 9))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("s  7 verdicts, 2 must broken, 2 should missed, 1 declared")
    assert len(line) < 80


def test_progress_tells_a_note_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as watch:
        watch(Event("note", 0, 0, "JAX compiles"))
    assert capsys.readouterr().err == "JAX compiles\n"


def test_progress_of_what_holds_is_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as watch:
        watch(Event("result", 1, 1, result=reports.result()))
        watch(Event("done", 1, 1))
    assert capsys.readouterr().err.splitlines()[0].endswith("s  1 verdict")


@pytest.mark.parametrize(("got", "exact", "allowed", "words"), [
    ("nan", "0x1p+0 (1)", "10 u (6e-07 absolutely)", "not a number, allowed 10 u (6e-07 absolut"),
    ("nan", "0x1p+0 (1)", "infinite", "not a number, allowed any number"),
    ("inf", "0x1p+0 (1)", "10 u", "infinite, allowed 10 u"),
    ("0x1p+0 (1)", "inf", "10 u", "infinite: the value is inf, allowed 10 u"),
])  # fmt: skip
def test_an_infinite_error_is_said_in_words(got: str, exact: str, allowed: str, words: str) -> None:
    r = failing()
    c = msgspec.structs.replace(
        r.counterexample, got=got, exact=exact, error="infinite", allowed=allowed, over="inf"
    )
    text = shown(reports.small(msgspec.structs.replace(r, ratio="inf", counterexample=c)))
    assert f"error    = {words}" in text
    assert "∞ x over" not in text


def test_a_cell_shows_no_error_of_a_case_that_is_not_judged():
    apart = reports.result("unsupported", 4.03, invariant="softmax/batch-shape-does-not-matter")
    assert cell([reports.result(ratio=0.12), apart]).text == "0.12"
