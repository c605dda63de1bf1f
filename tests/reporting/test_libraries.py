"""Slim results, and the page that compares libraries made of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from reports import counterexample, info, realistic, result, small

from conformance.cli import main as cli
from conformance.records import storage
from conformance.records.results import ArrayText, Report
from conformance.reporting.libraries import page, write
from conformance.reporting.merging import merge
from conformance.reporting.multiples import BINS
from conformance.reporting.signs import figure, state_of
from conformance.reporting.slim import encoded, slim
from conformance.reporting.verdicts import verdicts

REASON = "as it is <b>, see https://example.org/1"


@pytest.fixture(scope="module")
def whole() -> Report:
    return realistic()


@pytest.fixture(scope="module")
def kept(whole: Report) -> Report:
    return slim(whole)


def test_each_law_that_is_not_held_is_kept_once_for_a_format(whole: Report, kept: Report) -> None:
    def broken(report: Report) -> set[tuple[str, ...]]:
        told = ("fail", "error", "missed", "deviation", "known", "stale")
        found = (r for r in report.results if state_of(r) in told)
        return {(r.implementation, r.function, r.invariant, r.dtype) for r in found}

    assert broken(kept) == broken(whole) != set()
    assert len(kept.results) < len(whole.results) / 3
    assert len(storage.encoded(kept)) < len(storage.encoded(whole)) / 5


def test_what_comes_closest_is_kept_for_every_function_and_format(
    whole: Report, kept: Report
) -> None:
    def closest(report: Report) -> dict[tuple[str, ...], float]:
        found: dict[tuple[str, ...], float] = {}
        for r in report.results:
            if r.level == "must" and r.outcome == "pass" and r.ratio is not None:
                place = (r.implementation, r.function, r.dtype)
                found[place] = max(found.get(place, 0.0), r.excess)
        return found

    assert closest(kept) == closest(whole) != {}


def test_verdicts_are_those_of_the_whole_report(whole: Report, kept: Report) -> None:
    assert [v.words for v in verdicts(kept)] == [v.words for v in verdicts(whole)]
    again = slim(kept)
    assert [v.words for v in verdicts(again)] == [v.words for v in verdicts(whole)]
    assert (again.results, again.accuracy) == (kept.results, kept.accuracy)


def test_a_slim_file_reads_back_as_it_was(kept: Report, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(encoded(kept))
    assert storage.read(file) == kept
    assert file.stat().st_size < 0.9 * len(storage.encoded(kept))


def test_a_large_counterexample_is_left_out_a_small_one_kept() -> None:
    big = ArrayText(dtype="float32", shape=[30], values=["0x0p+0"] * 30)
    large = msgspec.structs.replace(counterexample(), arguments={"x": big})
    report = slim(
        small(
            result("fail", 9.0, counterexample=counterexample()),
            result("fail", 9.0, counterexample=large, invariant="softmax/accuracy"),
            result("fail", 8.0, counterexample=counterexample(), dtype="float64"),
        )
    )
    assert [r.counterexample is None for r in report.results] == [False, True, True]


def library(name: str, outcome: Any, ratio: float, **fields: Any) -> Report:
    about = msgspec.structs.replace(
        info(name=name),
        versions={"numpy": "2.4", name: "1.2"},
        library=name,
        deviations={"softmax/sums-to-one": REASON} if outcome == "deviation" else {},
    )
    return small(result(outcome, ratio, implementation=name, **fields), implementations=[about])


def test_a_library_s_name_leads_to_its_worst_input() -> None:
    declared = library("other", "deviation", 7.0, counterexample=counterexample())
    text = page(merge([library("lib", "pass", 0.4), declared]))
    assert "| [lib](#lib) | ✅\u00a00.40 |" in text and "| [other](#other) | 🔶\u00a07.00 |" in text
    assert "**[other](#other) 1.2** breaks 1 must law of softmax: as it is &#60;b&#62;" in text
    assert "\n### other\n" in text
    assert re.search(r"🔶 softmax/sums-to-one \| float32 \| 7.00 \| float32: x = .+ gives", text)
    assert "<https://example.org/1>" in text and "<b>" not in text


def test_versions_of_one_library_stand_side_by_side() -> None:
    old, new = library("lib", "pass", 0.4), library("lib", "pass", 0.5)
    about = msgspec.structs.replace(new.implementations[0], versions={"numpy": "2.4", "lib": "2.0"})
    joined = merge([old, msgspec.structs.replace(new, implementations=[about])])
    assert {i.name for i in joined.implementations} == {"lib (1.2)", "lib (2.0)"}
    assert "(#lib-20)" in page(joined) and "\n### lib (2.0)\n" in page(joined)


def test_a_bundled_file_is_the_same_in_every_environment() -> None:
    def of(version: str, folder: str) -> Report:
        about = msgspec.structs.replace(
            info(name="numpy"),
            versions={"numpy": version},
            file=f"/{folder}/conformance/implementations/numpy_reference.py",
        )
        return small(result("pass", 0.4), implementations=[about])

    joined = merge([of("2.0.0", "old/lib"), of("2.4.6", "new/lib")])
    assert [i.name for i in joined.implementations] == ["numpy (2.0.0)", "numpy (2.4.6)"]
    same = merge([of("2.4.6", "old/lib"), of("2.4.6", "new/lib")])
    assert [i.name for i in same.implementations] == ["numpy"]


def test_choices_are_told_with_those_who_make_them() -> None:
    words = {"a": "gives NaN (3 of 4)", "b": "gives NaN", "c": "gives 0"}
    reports = [library(name, "pass", 0.4) for name in words]
    for report, (name, said) in zip(reports, words.items(), strict=True):
        law = {"invariant": "softmax/all-masked-row", "level": "may"}
        report.results.append(result("pass", None, implementation=name, message=said, **law))
    text = page(slim(merge(reports)))
    assert "| gives NaN | a, b |" in text and "| gives 0 | c |" in text


def test_the_command_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        storage.write(library(name, "pass", 0.4), tmp_path / f"{name}.json")
    files = [str(tmp_path / f"{name}.json") for name in ("one", "two")]
    kept, made = tmp_path / "kept.json", tmp_path / "page.md"
    assert cli.main(["report", *files, "--slim", "--json", str(kept)]) == 0
    assert cli.main(["report", str(kept), "--comparison", str(made)]) == 0
    assert made.read_text(encoding="utf-8") == page(storage.read(kept))
    assert not made.with_suffix(".svg").exists()  # there is no curve to draw
    assert kept.stat().st_size < (tmp_path / "one.json").stat().st_size * 2
    assert "[one](#one)" in made.read_text(encoding="utf-8")


def test_the_page_of_the_docs_has_the_libraries_of_its_results() -> None:
    docs = Path(__file__).parents[2] / "docs"
    report = storage.read(docs / "comparison.json")
    text = (docs / "comparison.md").read_text(encoding="utf-8")
    named = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert named == sorted(i.name for i in report.implementations)
    assert (docs / "comparison.json").stat().st_size < 1_000_000


def test_the_curves_of_each_library_are_beside_the_page(kept: Report, tmp_path: Path) -> None:
    name = "a <b>"
    curves = [msgspec.structs.replace(a, implementation=name) for a in kept.accuracy if a.bins]
    assert 5 < max(len(a.bins) for a in curves) <= BINS
    write(msgspec.structs.replace(kept, accuracy=[*kept.accuracy, *curves]), tmp_path / "page.md")
    assert "](page.svg)" in (tmp_path / "page.md").read_text(encoding="utf-8")
    drawn = ElementTree.parse(tmp_path / "page.svg").getroot()
    said = [t.text for t in drawn.iter("{http://www.w3.org/2000/svg}text")]
    names = {a.implementation for a in kept.accuracy if a.bins}
    assert names | {name} <= set(said) and len(names) > 0
    assert figure(curves[-1].ulp) in said
    paths = [p.get("d") for p in drawn.iter("{http://www.w3.org/2000/svg}path")]
    assert all(re.fullmatch(r"(?:[MLVHhvz][\d. -]*)+", path or "") for path in paths)
