"""Two reports side by side: what differs, and how it is shown."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main as cli
from conformance.errors import CompareError, UsageError
from conformance.gate.compare import KINDS, Comparison, compare
from conformance.records.results import ImplementationInfo, LawRecord, Report, Result
from conformance.reporting import comparison as views


def result(outcome: str = "pass", ratio: Any = 0.3, **fields: Any) -> Result:
    base: dict[str, Any] = {
        "implementation": "torch",
        "function": "softmax",
        "invariant": "softmax/accuracy",
        "level": "must",
        "dtype": "float32",
        "device": "cpu",
        "mode": "eager",
    }
    return Result(**{**base, "outcome": outcome, "ratio": ratio, **fields})


def report(*results: Result, version: str = "2.13", **fields: Any) -> Report:
    names = sorted({r.implementation for r in results})
    infos = [
        ImplementationInfo(name=n, file="f.py", backend=n, versions={n: version}) for n in names
    ]
    laws = [
        LawRecord(id=i, level="must", functions=["softmax"], says="", bound="3 u")
        for i in sorted({r.invariant for r in results})
    ]
    base = {"spec_version": "1.0", "complete": True, "implementations": infos, "laws": laws}
    return Report(results=list(results), **{**base, **fields})


def kinds(a: Report, b: Report, **options: Any) -> list[tuple[str, str]]:
    return [(d.kind, d.words) for d in compare(a, b, **options).differences]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (result(), result(), []),
        (result(), result("fail", 5.0), ["new"]),
        (result(), result("error", None), ["new"]),
        (result("fail", 5.0), result(), ["fixed"]),
        (result("fail", 5.0), result("stale"), ["fixed"]),
        (result("fail", 5.0), result("fail", 10.1), ["worse"]),
        (result("fail", 5.0), result("fail", "inf"), ["worse"]),
        (result("fail", 5.0), result("fail", 9.9), []),
        (result("fail", 5.0), result("fail", 2.4), ["better"]),
        (result("fail", 5.0), result("error", None), ["worse"]),
        (result("pass", 0.3), result("pass", 0.7), ["worse"]),
        (result("pass", 0.7), result("pass", 0.3), ["better"]),
        (result("pass", 0.001), result("pass", 0.003), []),
        (result("pass", 0.3), result("unsupported", None), ["gone"]),
        (result("vacuous", None), result("pass", 0.3), ["added"]),
        (result("vacuous", None), result("fail", 3.0), ["new"]),
        (result("unsupported", None), result("vacuous", None), []),
        (result("pass", 0.3), result("pass", 0.3, device="cuda"), ["added", "gone"]),
        (result("pass", 0.3, level="may"), result("pass", "inf", level="may"), []),
        (result("pass", 0.3, level="may"), result("error", None, level="may"), ["new"]),
    ],
)
def test_what_differs(old: Result, new: Result, expected: list[str]) -> None:
    assert [kind for kind, _ in kinds(report(old), report(new))] == expected


def test_both_numbers_are_said() -> None:
    assert kinds(report(result()), report(result("fail", 5.25))) == [
        ("new", "passed with error / bound = 0.3, fails with error / bound = 5.25")
    ]
    assert kinds(report(result(ratio=0.3)), report(result(ratio=0.9))) == [
        ("worse", "0.3 -> 0.9 of the bound (3 times)")
    ]


def test_versions_are_shown_on_each_difference() -> None:
    found = compare(report(result(), version="2.12"), report(result("fail", 5.0)))
    assert found.differences[0].version == "2.12 -> 2.13"
    assert "torch: torch: 2.12 -> 2.13" in found.notes


def test_across_a_device_the_same_cases_meet() -> None:
    cpu = report(result(), result(dtype="float16"))
    cuda = report(result("fail", 3.0, device="cuda"), result(dtype="float16", device="cuda"))
    found = compare(cpu, cuda, across=["device"])
    assert [(d.kind, d.device) for d in found.differences] == [("new", "cpu -> cuda")]
    assert found.same == 1


def test_across_an_axis_the_worst_case_stands_for_all() -> None:
    a = report(result(mode="eager"), result("fail", 3.0, mode="jit"))
    assert kinds(a, a, across=["mode"]) == []
    assert [k for k, _ in kinds(a, report(result()), across=["mode"])] == ["fixed"]


@pytest.mark.parametrize(
    ("outcome", "excuse"), [("fail", ""), ("known", "known"), ("deviation", "declared")]
)
def test_what_is_accepted_is_shown_and_does_not_fail(outcome: str, excuse: str) -> None:
    found = compare(report(result()), report(result(outcome, 5.0)))
    assert [(d.kind, d.excuse) for d in found.differences] == [("new", excuse)]
    assert found.status(["new"]) == (not excuse)


def test_another_spec_is_named_and_no_regression() -> None:
    b = report(result(), result("fail", 3.0, invariant="softmax/new"), spec_version="1.1")
    found = compare(report(result()), b)
    assert [(d.kind, d.excuse) for d in found.differences] == [("new", "spec")]
    assert found.status(KINDS) == 0
    assert {"spec 1.0 -> 1.1", "new law: softmax/new"} <= set(found.notes)


def test_another_spec_with_the_same_laws_is_said() -> None:
    found = compare(report(result()), report(result(), spec_version="1.1"))
    assert found.notes == ["spec 1.0 -> 1.1: the same laws"]


def test_incomplete_reports_are_said_to_be_so() -> None:
    found = compare(report(complete=False), report(complete=False), names=("a.json", "b.json"))
    assert found.notes == [
        "a.json is incomplete, its run was cut off: new and added may be only that",
        "b.json is incomplete, its run was cut off: gone may be only that",
    ]


def test_other_settings_and_machines_are_said() -> None:
    a = report(settings={"grade": "standard"}, environment={"platform": "x86"})
    b = report(settings={"grade": "strict"}, environment={"platform": "arm"})
    assert compare(a, b).notes == ["platform: x86 -> arm", "--grade: standard -> strict"]


def test_another_schema_is_refused() -> None:
    with pytest.raises(CompareError, match=r"b.json: results of schema 2, .* schema 1"):
        compare(report(), report(schema_version=2), names=("a.json", "b.json"))


@pytest.mark.parametrize("factor", [0.0, float("nan")])
def test_an_unusable_factor_is_refused(factor: float) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        compare(report(), report(), factor=factor)


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(CompareError, match="no axis 'colour'"):
        compare(report(), report(), across=["colour"])


# Properties

RESULTS = st.lists(
    st.builds(
        result,
        st.sampled_from(["pass", "fail", "error", "known", "deviation", "unsupported", "stale"]),
        st.one_of(st.none(), st.floats(0, 1e300), st.just("inf")),
        implementation=st.sampled_from(["torch", "<script>", "a|b`c"]),
        dtype=st.sampled_from(["float32", "float16"]),
        device=st.sampled_from(["cpu", "cuda"]),
        message=st.text(max_size=5),
    ),
    unique_by=lambda r: r.key,
    max_size=6,
)


@given(RESULTS)
def test_a_report_does_not_differ_from_itself(results: list[Result]) -> None:
    found = compare(report(*results), report(*results))
    examined = [r for r in results if r.outcome != "unsupported"]
    assert (found.differences, found.same) == ([], len(examined))


@given(RESULTS, RESULTS)
def test_backwards_each_kind_is_its_opposite(one: list[Result], two: list[Result]) -> None:
    forth, back = compare(report(*one), report(*two)), compare(report(*two), report(*one))
    assert forth.same == back.same
    assert forth.count("better") + forth.count("worse") == back.count("better") + back.count(
        "worse"
    )
    cases = {d.case for d in forth.differences}
    assert cases == {d.case for d in back.differences}


@given(RESULTS, RESULTS, st.randoms())
def test_the_order_of_results_does_not_matter(
    one: list[Result], two: list[Result], random: random.Random
) -> None:
    shuffled = random.sample(two, len(two))
    assert compare(report(*one), report(*two)) == compare(report(*one), report(*shuffled))


@given(RESULTS, RESULTS)
def test_every_view_shows_every_comparison(one: list[Result], two: list[Result]) -> None:
    found = compare(report(*one), report(*two))
    assert msgspec.json.decode(views.to_json(found), type=Comparison) == found
    markdown = views.to_markdown(found)
    assert "<script>" not in markdown
    text = shown(found)
    for kind in KINDS:
        if found.count(kind):
            assert f"{kind}: {found.count(kind)}</summary>" in markdown
            assert kind in text


# Views and the command


def shown(found: Comparison) -> str:
    from rich.console import Console

    out = io.StringIO()
    views.show(found, Console(file=out, width=60), "dtype")
    return out.getvalue()


def test_one_cause_is_one_entry() -> None:
    places = [{"dtype": d, "mode": m} for d in ("float16", "float32") for m in ("eager", "jit")]
    a = report(*(result(**where) for where in places))
    b = report(*(result("fail", 3.0 + i, **where) for i, where in enumerate(places)))
    text = shown(compare(a, b))
    assert text.count("softmax/accuracy") == 1
    assert "softmax · float16, float32 · cpu · eager, jit" in text
    assert "error / bound = 6" in text


def test_a_format_that_one_file_lacks_is_one_line() -> None:
    def of(dtype: str, laws: int) -> list[Result]:
        return [result(invariant=f"softmax/law-{n}", dtype=dtype) for n in range(laws)]

    a, b = report(*of("float32", 5), *of("float16", 5)), report(*of("float32", 5))
    text = shown(compare(a, b))
    assert "gone   torch 2.13  5 laws  softmax · float16 · cpu · eager" in text
    assert "law-0" not in text
    few = report(*of("float32", 5), *of("float16", 3))
    assert shown(compare(few, b)).count("softmax/law-") == 3
    assert shown(compare(a, few)).count("softmax/law-") == 2


def test_names_are_not_markup() -> None:
    text = shown(compare(report(result()), report(result(implementation="[red]x[/red]"))))
    assert "[red]x[/red]" in text


def command_line(*arguments: str) -> int:
    return cli.main(["compare", *arguments])


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_bytes(msgspec.json.encode(report(result())))
    b.write_bytes(msgspec.json.encode(report(result("fail", 5.0))))
    return str(a), str(b)


def test_the_command(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(*files) == 0
    assert "1 new; 0 the same" in capsys.readouterr().out
    assert command_line(*files, "--fail-on", "new,worse") == 1
    assert command_line(*files, "--fail-on", "worse") == 0
    assert command_line(*files[::-1], "--fail-on", "new,worse") == 0


def test_the_command_writes(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "c.md"
    assert command_line(*files, "--markdown", str(target), "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["differences"][0]["kind"] == "new"
    assert "1 new; 0 the same" in target.read_text()


@pytest.mark.parametrize("bad", [b"", b"{", b"[]", b'{"schema_version": 99}'])
def test_the_command_refuses_what_are_no_results(
    files: tuple[str, str], tmp_path: Path, bad: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_bytes(bad)
    assert command_line(files[0], str(tmp_path / "bad.json")) == 4
    said = capsys.readouterr().err
    assert said.startswith("conformance compare: ")
    assert said.count("\n") == 1


def test_the_command_refuses_wrong_options(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(str(tmp_path / "absent.json"), files[1]) == 4
    assert command_line(*files, "--worse-factor", "0") == 4
    assert command_line(*files, "--json", str(tmp_path / "no" / "file")) == 4
    for wrong in (["--fail-on", "wors"], ["--across", "colour"], ["--by", "colour"]):
        assert command_line(*files, *wrong) == 4
