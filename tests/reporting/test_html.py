"""The HTML report: what is in it, and that nothing from a file is markup."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import accuracy, counterexample, info, realistic, result, small

from conformance.errors import ResultsError
from conformance.records.results import Accuracy, ArrayText, Bin, Report, Result
from conformance.reporting.html import document as page_html
from conformance.reporting.html.document import html
from conformance.reporting.html.document import write as write_html
from conformance.reporting.merging import merge


@pytest.fixture(scope="module")
def report() -> Report:
    return realistic()


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return html(report)


# What is in the page


def test_it_is_small_and_needs_nothing_else(text: str) -> None:
    assert len(text.encode()) < 1_000_000
    assert not re.findall(r"""(?:src|href)=["']?(?!#|data:)\w""", text)
    assert "url(" not in text
    assert "@import" not in text


def test_ids_are_unique_and_links_lead_somewhere(text: str) -> None:
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert [i for i, n in Counter(ids).items() if n > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_the_first_screen_has_versions_machine_and_a_sentence_each(text: str) -> None:
    top = text[: text.index("<form")]
    for words in ("numpy", "2.4.6", "torch", "2.13.0", "jax", "0.10.2", "Linux x86_64"):
        assert words in top
    assert top.count("Conforms: ") == 2
    assert top.count("Does not conform: breaks 2 must laws in log_softmax and cross_entropy") == 1


def test_a_cell_has_a_sign_and_the_figure_that_decides(text: str) -> None:
    row = text[text.index('<tr data-f="log_softmax">') :].partition("</tr>")[0]
    assert re.search(r'<td class="c fail" title="[^"]*"><a [^>]*><b>✗</b> ∞</a>', row)


def test_every_case_is_in_the_page(report: Report, text: str) -> None:
    bodies = re.findall(r'<div class="body">(.*?)</div></details>', text, re.S)
    rows = [r for body in bodies for r in re.findall(r"<tr><th scope=row>\w+<td>(.*)", body)]
    cases = 0
    for row in rows:
        modes, *cells = re.split(r"<td[^>]*>", row)
        cases += len(modes.split(", ")) * sum(bool(c) for c in cells)
    assert cases == len(report.results)


def test_modes_that_do_the_same_share_a_row() -> None:
    def at(mode: str, ratio: float) -> Result:
        return result(ratio=ratio, mode=mode)

    same = html(small(at("eager", 0.25), at("jit", 0.25), at("vmap", 0.5)))
    assert "<td>eager, jit · cpu<td>✓ 0.25" in same
    assert "<td>vmap · cpu<td>✓ 0.50" in same


def test_a_law_that_raises_says_so_and_not_what_another_case_measured() -> None:
    raises = result("error", None, message="ValueError: no")
    text = html(small(raises, result("error", 0.0, dtype="float16", message="ValueError: no")))
    assert "<b>!</b> raises</a>" in text
    assert "! 0" not in text


def test_laws_of_which_the_same_is_said_share_a_row_and_lead_to_their_laws() -> None:
    laws = ("softmax/accuracy", "softmax/range")
    declared = [
        result("deviation", 3.0 + i, invariant=law, implementation="torch", message="a fast exp")
        for i, law in enumerate(laws)
    ]
    text = html(small(*declared, *(result(invariant=law) for law in laws)))
    table = text[text.index('<table class="words">') :].partition("</table>")[0]
    assert table.count("<td>declared: a fast exp<td>holds") == 1
    assert [f'href="#{law}"' in table for law in laws] == [True, True]


def test_of_a_long_argument_the_element_that_fails_is_shown() -> None:
    values = [f"0x1.{i:02x}p+0" for i in range(65)]
    long = ArrayText(dtype="float32", shape=[65], values=values)
    c = counterexample(arguments={"x": long}, index=[28])
    text = html(small(result("fail", 3.0, function="sigmoid", counterexample=c)))
    assert '<tr><th scope="row">x<td><span>element 28 of 65: 1.109375</span>' in text
    assert "1.1015625" not in text


def test_a_place_is_told_only_where_it_is_not_everywhere() -> None:
    half = result("fail", 3.0, dtype="float16", implementation="torch")
    text = html(small(half, result(implementation="torch"), result()))
    assert "breaks it, 3.00 × the bound in float16<br>holds in float32<td>holds" in text


def test_every_implementation_has_a_colour_of_the_style_sheet() -> None:
    text = html(small(*(result(implementation=f"k{i}") for i in range(9))))
    used = set(re.findall(r'class="dot i(\d+)"', text))
    assert used == {"0", "1", "2", "3", "4", "5"}
    assert all(f".e.i{i}, .s.i{i} {{ stroke" in text for i in used)


def test_folders_of_the_machine_are_not_in_the_page() -> None:
    text = html(small(result(), implementations=[info("numpy", file="/home/me/secret/k.py")]))
    assert "secret/k.py" in text
    assert "/home/me" not in text


def test_a_law_says_where_it_comes_from_and_how_to_see_it(text: str) -> None:
    at = text.index('id="log-softmax/vjp-accuracy"')
    body = text[at:].partition("</details>\n<details")[0]
    for words in ("must", "Blanchard, Higham and Higham 2021", "errS = θ(t)", "0x1.4p+2", "5, 0"):
        assert words in body
    assert "conformance replay 7f3a1c" in body
    assert "import jax" in body


def test_differences_are_in_words(text: str) -> None:
    table = text[text.index('<table class="words">') :].partition("</table>")[0]
    assert re.search(r"softmax/two-infinities.*<td>NaN<td>NaN<td>½ for each", table, re.S)
    assert "declared: clamps log at −100, see its documentation" in table
    assert "log-softmax/two-infinities" not in table


def test_numbers_of_examples_are_no_difference_nor_is_what_was_not_seen() -> None:
    def said(*words: str) -> list[Result]:
        law = {"invariant": "softmax/two-infinities", "level": "may"}
        return [
            result("pass", None, implementation=n, message=w, **law)
            for n, w in zip(("numpy", "torch", "jax"), words, strict=False)
        ]

    def table(*words: str) -> str:
        results = [result(implementation=name) for name in ("numpy", "torch", "jax")]
        text = html(small(*results, *said(*words)))
        return text.partition('<table class="words">')[2].partition("</table>")[0]

    assert table("holds in all 6 examples", "holds in all 1 examples", "not seen") == ""
    some = table("holds in all 6 examples", "does not hold in 1 of 6 examples", "not seen")
    assert "<td>holds in all examples<td>does not hold in some examples<td>not seen" in some


def test_an_incomplete_report_is_marked() -> None:
    assert "Incomplete." in html(small(result(), complete=False))
    assert "Incomplete." not in html(small(result()))


def test_an_empty_report_is_a_page() -> None:
    assert "No implementation was examined" in html(Report(complete=True))


def test_errors_that_are_infinite_or_of_no_known_dtype_are_shown() -> None:
    place = {"implementation": "numpy", "function": "sigmoid", "device": "cpu", "mode": "eager"}
    numbers: dict[str, Any] = {"coverage": "all", "count": 1, "exhaustive": True, "ratio": "inf"}
    found = [
        Accuracy(**place, **numbers, quantity="value", dtype=dtype, ulp="inf", worst="0x1p+0",
                 correctly_rounded=0.5, histogram=[1, 0, 3],
                 bins=[Bin(low="nan", high="0x1p+1", ulp="inf", bound_ulp=3.0),
                       Bin(low="0x1p+1", high="0x1p+2", ulp=1.0, bound_ulp="inf")])
        for dtype in ("float16", "float8_e4m3")
    ]  # fmt: skip
    text = html(small(result(function="sigmoid"), accuracy=found))
    assert text.count('<svg class="plot"') == 1
    assert "at most ∞ ulp at 1" in text
    assert text.count('<tr data-d="float8_e4m3">') == 1


TEXT = st.text(alphabet=st.sampled_from("<>&\"'\\{}%#/ \n\0\ud800aé"), max_size=6)


@given(
    st.lists(
        st.builds(
            result,
            st.sampled_from(["pass", "fail", "error", "known", "deviation", "vacuous", "stale"]),
            st.one_of(st.none(), st.just("inf"), st.floats(0, 1e300)),
            implementation=TEXT, function=TEXT, invariant=TEXT, message=TEXT, dtype=TEXT, mode=TEXT,
            level=st.sampled_from(["must", "should", "may"]),
            counterexample=st.none() | st.builds(counterexample, id=TEXT, call=TEXT, got=TEXT),
        ),
        max_size=4,
    )
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_every_report_is_a_page_without_foreign_markup(results: list[Result]) -> None:
    text = html(small(*results))
    empty = html(small())
    assert text.count("<script") == empty.count("<script")
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def test_a_page_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="cannot be written"):
        write_html(small(), tmp_path / "no" / "a.html")


# The files of the page


def test_our_own_files_are_put_in_as_they_are() -> None:
    assert "querySelectorAll" in page_html._part("report.js")
    assert "&lt;" not in page_html._part("report.css")


# Several files


def test_parts_of_one_run_are_one_implementation() -> None:
    a, b = small(result(dtype="float32")), small(result(dtype="float16"), complete=False)
    merged = merge([a, b])
    assert [i.name for i in merged.implementations] == ["numpy"]
    assert [r.dtype for r in merged.results] == ["float32", "float16"]
    assert not merged.complete


def test_versions_and_machines_are_told_apart() -> None:
    a = small(result())
    newer = small(result("fail", 3.0), implementations=[info("numpy", versions={"numpy": "3.0"})])
    other = small(result(), environment={"platform": "Darwin arm64"})
    assert {r.implementation for r in merge([a, newer]).results} == {"numpy (2.4.6)", "numpy (3.0)"}
    assert [i.name for i in merge([a, other]).implementations] == [
        "numpy (Linux x86_64)",
        "numpy (Darwin arm64)",
    ]
    assert merge([a, other]).environment["platform"] == "Linux x86_64 | Darwin arm64"


def test_of_the_same_case_the_later_counts() -> None:
    merged = merge([small(result("fail", 3.0)), small(result("pass", 0.5))])
    assert [r.outcome for r in merged.results] == ["pass"]


def test_one_report_stays_as_it_is(report: Report) -> None:
    assert merge([report]) == report


def test_what_cannot_be_shown_together_is_refused() -> None:
    a = small(result())
    for other, said in (
        (small(result(), spec_version="2.0"), "spec 1.0 and of spec 2.0"),
        (small(result(), settings={"grade": "strict"}), "--grade standard and of --grade strict"),
    ):
        with pytest.raises(ResultsError, match=said):
            merge([a, other])
    with pytest.raises(ResultsError, match="no results"):
        merge([])


def test_plots_are_made_of_the_worst_in_each_column() -> None:
    import random

    one = accuracy("numpy", "sigmoid", "value", "float32", random.Random(1), bins=4096)
    text = html(small(result(function="sigmoid"), accuracy=[one]))
    (drawing,) = re.findall(r'<svg class="plot".*?</svg>', text, re.S)
    assert len(drawing) < 8000
    assert f"numpy at most {float(one.ulp):.2f} ulp" in drawing


def test_the_example_is_what_a_report_may_be() -> None:
    path = Path(__file__).parents[2] / "docs" / "example-report.html"
    example = path.read_text("utf-8")
    assert len(example.encode()) < 150_000
    assert "Conformance of my_kernels" in example
    assert "Incomplete." not in example
    assert not re.search(r"/(home|root|tmp|Users)/", example)
    assert (path.parent / "report.png").stat().st_size < 200_000


def test_missed_should_laws_have_a_place_of_their_own() -> None:
    should = {"level": "should", "invariant": "softmax/relative"}
    text = html(small(result(ratio=0.5), result("fail", 6.7e13, **should)))
    (matrix,) = re.findall(r'<td class="c [^>]*>.*?</small>', text)
    assert matrix.startswith('<td class="c pass"')
    assert "</b> 0.50</a> <span class=missed>△1</span> <small>✓1</small>" in matrix
    assert "<td>✓ 0.50 <span class=missed>△1</span>" in text  # by dtype
    assert text.count("6.7·10¹³") >= 1  # in the row of the law itself
