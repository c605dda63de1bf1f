"""The HTML report in a real Chromium: it opens, filters, links, copies, and runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reports import counterexample, info, realistic, result, small

from conformance.functions import FUNCTIONS
from conformance.records.results import LawRecord, NotRun, Report
from conformance.reporting.html.document import write as write_html

pytestmark = pytest.mark.browser
HOSTILE = "<script>window.hit=1</script><img src=x onerror='window.hit=2'>\" onload=\"window.hit=3"


@pytest.fixture(scope="module")
def report() -> Report:
    return realistic()


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
    assert browser.find_element("tag name", "output").text == f"20 of {20 * len(FUNCTIONS)} laws"
    browser.find_element("css selector", "button[type=reset]").click()
    assert browser.find_element("tag name", "output").text == f"{20 * len(FUNCTIONS)} laws"


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
    assert browser.find_element("tag name", "output").text == f"{20 * len(FUNCTIONS)} laws"
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


def test_names_and_messages_do_nothing(browser: Any, tmp_path: Path) -> None:
    write_html(hostile(), tmp_path / "hostile.html")
    opened(browser, (tmp_path / "hostile.html").as_uri())
    assert browser.execute_script("return window.hit") is None
    assert browser.find_elements("tag name", "img") == []
    assert browser.get_log("browser") == []
    filtered(browser, q="<script>")
    assert len(shown(browser)) >= 1
    assert browser.execute_script("return window.hit") is None


def hostile() -> Report:
    place: dict[str, str] = {"implementation": HOSTILE, "function": HOSTILE, "invariant": HOSTILE}
    place |= {"dtype": HOSTILE, "device": HOSTILE, "mode": HOSTILE}
    example = counterexample(
        **dict.fromkeys(("id", "call", "got", "exact", "error", "allowed", "claim"), HOSTILE)
    )
    words = dict.fromkeys(("id", "says", "bound", "why", "source", "reveals"), HOSTILE)
    return small(
        result("fail", 3.0, **place, worst=HOSTILE, message=HOSTILE, counterexample=example),
        result("error", None, invariant="softmax/x", message=HOSTILE, counterexample=example),
        result("pass", None, **place, level="may", message=HOSTILE),
        implementations=[info(HOSTILE, file=HOSTILE, backend=HOSTILE, versions={HOSTILE: HOSTILE})],
        laws=[LawRecord(**words, level="must", functions=[HOSTILE])],
        not_run=[NotRun(what=HOSTILE, why=HOSTILE)],
        environment={HOSTILE: HOSTILE, "platform": HOSTILE},
        settings={HOSTILE: HOSTILE, "grade": HOSTILE},
        spec_version=HOSTILE,
    )


def test_a_narrow_window_still_says_whose_column_it_is(browser: Any, file: str) -> None:
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        opened(browser, f"{file}#log_softmax")
        head = browser.find_element("css selector", "#log_softmax .head")
        assert head.text.split() == ["numpy", "torch", "jax"]
        law = browser.find_element("id", "log-softmax/vjp-accuracy")
        columns = [head.find_elements("css selector", ".c"), law.find_elements("tag name", "s")]
        lefts = [[round(e.rect["x"]) for e in row] for row in columns]
        assert lefts[0] == lefts[1]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_difference_leads_to_its_law(browser: Any, file: str) -> None:
    opened(browser, f"{file}#differences")
    browser.find_element("css selector", '.words a[href="#binary-cross-entropy/accuracy"]').click()
    law = browser.find_element("id", "binary-cross-entropy/accuracy")
    assert law.find_element("tag name", "dl").is_displayed()
    assert browser.get_log("browser") == []
