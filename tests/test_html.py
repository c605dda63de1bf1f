"""The HTML report: what is in it, and that it works in a real browser."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import accuracy, counterexample, info, realistic, result, small

from conformance.reporting import html as page_html
from conformance.reporting import merge, write_html
from conformance.reporting.html import html
from conformance.results import Accuracy, Behaviour, Bin, Law, NotRun, Report, Result
from conformance.results_io import ResultsError

HOSTILE = "<script>window.hit=1</script><img src=x onerror='window.hit=2'>\" onload=\"window.hit=3"


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
    cells = sum(len(re.findall(r"<td class=\w+>[^<]", body)) for body in bodies)
    assert cells == len(report.results)


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


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no Chromium with its driver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    found.execute_cdp_cmd("Browser.grantPermissions", {"permissions": permissions})
    yield found
    found.quit()


@pytest.fixture(scope="module")
def file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("html") / "report.html"
    write_html(report, path)
    return path.as_uri()


def opened(browser: Any, url: str) -> Any:
    browser.get("about:blank")
    browser.get(url)
    return browser


def shown(browser: Any) -> list[str]:
    return list(
        browser.execute_script(
            "return [...document.querySelectorAll('details.law')]"
            ".filter(e => e.checkVisibility()).map(e => e.id)"
        )
    )


def filtered(browser: Any, **values: str) -> None:
    for name, value in values.items():
        browser.execute_script(
            "const f = document.forms[0].elements[arguments[0]]; f.value = arguments[1];"
            "f.dispatchEvent(new Event('input', {bubbles: true}))",
            name,
            value,
        )


def test_it_opens_without_errors_or_requests(browser: Any, file: str) -> None:
    opened(browser, file)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_it_fits_the_window(browser: Any, file: str, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    opened(browser, file)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_filters_by_text_function_dtype_and_outcome(browser: Any, file: str) -> None:
    opened(browser, file)
    filtered(browser, q="TypeError")
    assert shown(browser) == ["cross-entropy/nan"]
    filtered(browser, q="", outcome="fail")
    assert shown(browser) == ["log-softmax/vjp-accuracy"]
    filtered(browser, dtype="float64")
    assert shown(browser) == []
    assert browser.find_element("id", "none").is_displayed()
    filtered(browser, dtype="", outcome="", function="sigmoid")
    assert len(shown(browser)) == 20
    assert browser.find_element("tag name", "output").text == "20 of 180 laws"
    browser.find_element("css selector", "button[type=reset]").click()
    assert browser.find_element("tag name", "output").text == "180 laws"


def test_the_filter_is_in_the_url(browser: Any, file: str) -> None:
    opened(browser, file)
    filtered(browser, function="softmax", q="a b&c=d")
    url = browser.current_url
    assert url.endswith("#?q=a+b%26c%3Dd&function=softmax")
    opened(browser, url)
    values = browser.execute_script(
        "return ['q', 'function'].map(n => document.forms[0].elements[n].value)"
    )
    assert values == ["a b&c=d", "softmax"]
    opened(browser, f"{file}#?function=nonsense&dtype=&what=ever")
    assert browser.find_element("tag name", "output").text == "180 laws"
    assert browser.get_log("browser") == []


def test_links_lead_from_cells_to_laws(browser: Any, file: str) -> None:
    opened(browser, file)
    browser.find_element("css selector", "tr[data-f=log_softmax] td.fail a").click()
    assert browser.current_url.endswith("#log_softmax")
    law = browser.find_element("id", "log-softmax/vjp-accuracy")
    law.find_element("tag name", "summary").click()
    assert law.find_element("tag name", "dl").is_displayed()
    assert browser.current_url.endswith("#log-softmax/vjp-accuracy")


def test_a_link_opens_the_law_also_if_it_is_folded(browser: Any, file: str) -> None:
    opened(browser, f"{file}#sigmoid/symmetry")
    law = browser.find_element("id", "sigmoid/symmetry")
    assert law.find_element("tag name", "dl").is_displayed()
    opened(browser, f"{file}#nothing%like%that")
    assert browser.get_log("browser") == []


def test_the_script_is_copied(browser: Any, file: str) -> None:
    opened(browser, f"{file}#log-softmax/vjp-accuracy")
    law = browser.find_element("id", "log-softmax/vjp-accuracy")
    law.find_element("css selector", ".again summary").click()
    button = law.find_element("css selector", "button.copy")
    button.click()
    copied = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied.startswith("# log-softmax/vjp-accuracy: jax 0.10.2")
    assert copied == law.find_element("css selector", "pre.script").get_attribute("textContent")
    assert button.text == "Copied"


def test_it_works_by_keyboard(browser: Any, file: str) -> None:
    opened(browser, file)
    browser.execute_script("document.querySelector('details.law summary').focus()")
    browser.switch_to.active_element.send_keys("\ue007")
    assert browser.find_element("css selector", "details.law[open] dl").is_displayed()


def test_without_script_all_but_the_filter_works(browser: Any, file: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, f"{file}#log_softmax")
        assert not browser.find_element("id", "filter").is_displayed()
        law = browser.find_element("id", "log-softmax/vjp-accuracy")
        law.find_element("tag name", "summary").click()
        assert law.find_element("tag name", "dl").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def hostile() -> Report:
    place: dict[str, str] = {"implementation": HOSTILE, "function": HOSTILE, "invariant": HOSTILE}
    place |= {"dtype": HOSTILE, "device": HOSTILE, "mode": HOSTILE}
    example = counterexample(
        **{k: HOSTILE for k in ("id", "call", "got", "exact", "error", "allowed", "claim")}
    )
    words = {k: HOSTILE for k in ("id", "says", "bound", "why", "source", "reveals")}
    return small(
        result("fail", 3.0, **place, worst=HOSTILE, message=HOSTILE, counterexample=example),
        result("error", None, invariant="softmax/x", message=HOSTILE, counterexample=example),
        implementations=[info(HOSTILE, file=HOSTILE, backend=HOSTILE, versions={HOSTILE: HOSTILE})],
        laws=[Law(**words, level="must", functions=[HOSTILE])],
        behaviours=[Behaviour(**place, words=HOSTILE)],
        not_run=[NotRun(what=HOSTILE, why=HOSTILE)],
        environment={HOSTILE: HOSTILE, "platform": HOSTILE},
        settings={HOSTILE: HOSTILE, "grade": HOSTILE},
        spec_version=HOSTILE,
    )


def test_names_and_messages_do_nothing(browser: Any, tmp_path: Path) -> None:
    write_html(hostile(), tmp_path / "hostile.html")
    opened(browser, (tmp_path / "hostile.html").as_uri())
    assert browser.execute_script("return window.hit") is None
    assert browser.find_elements("tag name", "img") == []
    assert browser.get_log("browser") == []
    filtered(browser, q="<script>")
    assert len(shown(browser)) >= 1
    assert browser.execute_script("return window.hit") is None


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
