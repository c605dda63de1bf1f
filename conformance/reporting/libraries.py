"""The page that compares libraries: function × format × library, in Markdown.

A cell is the largest error / bound of must laws; a library's name leads to what it does on which
input.
Everything that came from a file is escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.records import storage
from conformance.records.deviations import reason
from conformance.records.results import Accuracy, Report, Result
from conformance.reporting.markdown import escaped, grid
from conformance.reporting.multiples import multiples
from conformance.reporting.signs import STATES, figure, listed, plural, sign, state_of
from conformance.reporting.terminal.numbers import argument, pair, short
from conformance.reporting.verdicts import Verdict, cell, verdicts

#: Where a reason goes on with its source.
_SOURCE = re.compile(r":? *(?:: see |: https|https)|, as documented|; the same ")
#: The format that most people use, first.
_ORDER = ("float32", *(dtype for dtype in FORMATS if dtype != "float32"))
#: Signs with a colour of their own; their shapes tell them apart in black and white.
_COLOURED = {"pass": "✅", "deviation": "🔶", "fail": "❌", "error": "❗"}
_COUNT = re.compile(r" \(\d+ of \d+\)| \(\d+ times\)| in all \d+ examples?")


@dataclass(frozen=True, slots=True)
class _Page:
    """The report with the verdict on each library, and the cases of each."""

    report: Report
    libraries: list[Verdict]

    def cases(self, name: str, function: str = "", dtype: str = "") -> list[Result]:
        return [
            r
            for r in self.report.results
            if r.implementation == name and function in ("", r.function) and dtype in ("", r.dtype)
        ]


def write(report: Report, path: Path | str) -> None:
    """The page, and beside a file *.md the SVG file that it shows."""
    image = Path(path).with_suffix(".svg")
    drawn = multiples(report) if Path(path).suffix == ".md" else ""
    storage.put(path, page(report, image.name if drawn else "").encode("utf-8", "replace"))
    if drawn:
        storage.put(image, drawn.encode())


def page(report: Report, image: str = "") -> str:
    """The whole page, which shows an image of its folder."""
    shown = _Page(report, sorted(verdicts(report), key=lambda v: v.info.name))
    first, *others = (_table(shown, dtype) for dtype in _ORDER)
    parts = [
        *(_head(shown), first, _sentences(shown), *others, _ulps(shown)),
        f"![Errors in ulp over the inputs]({image})" if image else "",
        "## The libraries",
        *(_library(shown, v) for v in shown.libraries),
        _choices(shown),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _head(shown: _Page) -> str:
    r = shown.report
    made = ", ".join(
        filter(
            None,
            (
                r.settings.get("date", ""),
                f"spec {r.spec_version}",
                f"effort {r.settings.get('effort', '')}",
                r.environment.get("platform", ""),
                r.environment.get("processor", ""),
            ),
        )
    )
    legend = " · ".join(f"{word} {STATES[s][1]}" for s, word in _COLOURED.items())
    return (
        "# Libraries compared\n\n"
        f"Made by `tox -e comparison` ({escaped(made)}) from the files in "
        "[implementations/](../implementations), which call each library as its users do.\n\n"
        "A cell is the largest error that was found, as a multiple of the bound that every stable "
        "algorithm keeps ([bounds.md](bounds.md)), over all must laws, derivatives among them; "
        f"a library's name leads to its worst inputs. {legend}. An empty cell: the library does "
        "not have it, or not in this format."
    )


def _sentences(shown: _Page) -> str:
    """A sentence for each library that can be quoted."""
    lines = [
        f"- {_sign(v.state)} **{_link(v)} {escaped(v.version)}** {escaped(_sentence(shown, v))}"
        for v in shown.libraries
    ]
    return "\n".join(["## In a sentence", "", *lines])


def _sentence(shown: _Page, v: Verdict) -> str:
    """What it conforms to, or where it does not and the reason that most laws have."""
    broken = [r for r in shown.cases(v.info.name) if r.level == "must" and r.outcome == "deviation"]
    if not broken or v.state in ("fail", "error"):
        words = v.words.partition(";")[0].rstrip(".")
        return words[:1].lower() + words[1:] + "."
    laws = {r.invariant: reason(v.info.deviations, r.invariant, r.dtype) for r in broken}
    wide = [r for r in broken if r.dtype in ("float64", "float32")]
    ((why, _),) = Counter(laws[r.invariant] for r in wide or broken).most_common(1)
    where = listed(dict.fromkeys(r.function for r in broken), 5)
    more = len(set(laws.values())) - 1
    others = f"; {plural(more, 'other reason')}" if more else ""
    return f"breaks {plural(len(laws), 'must law')} of {where}: {_SOURCE.split(why)[0]}{others}."


def _table(shown: _Page, dtype: str) -> str:
    """One format, in two tables, so that each fits a screen."""
    had = {r.function for r in shown.report.results if r.dtype == dtype}
    names = [f for f in FUNCTIONS if f in had]
    half = len(names) // 2
    grids = [_functions(shown, dtype, part) for part in (names[:half], names[half:]) if part]
    return "\n\n".join([f"## {dtype}", *grids]) if grids else ""


def _functions(shown: _Page, dtype: str, names: list[str]) -> str:
    head = ("", *(FUNCTIONS[f].short or f for f in names))
    cells = ((v, [_cell(shown.cases(v.info.name, f, dtype)) for f in names])
             for v in shown.libraries)  # fmt: skip
    return grid(head, ((_link(v), *row) for v, row in cells if any(row)))


def _cell(results: Sequence[Result]) -> str:
    must = [r for r in results if r.level == "must"]
    if not must:
        return ""
    found = cell(must)
    return f"{_sign(found.state)}\u00a0{found.text}".rstrip()  # never on two lines


def _link(v: Verdict) -> str:
    name = escaped(v.info.name)
    return f"[{name}](#{_anchor(v.info.name)})"


def _sign(state: str) -> str:
    return _COLOURED.get(state) or sign(state)


def _anchor(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.strip().lower()).replace(" ", "-")


def _ulps(shown: _Page) -> str:
    """Unary functions: the largest error in units in the last place, and how much was looked at."""
    found = {(a.implementation, a.function, a.dtype): a for a in shown.report.accuracy}
    unary = [f.name for f in FUNCTIONS.values() if f.unary]
    columns = [(f, d) for f in unary for d in FORMATS]
    lines = [
        "## Errors of unary functions, in ulp",
        "",
        "The largest that was found, in 16 bits of all 65,536 numbers. Where the library keeps its "
        "bound, the largest among inputs whose results do not underflow, since it may take those "
        "for 0.",
        "",
    ]
    cells = ((v, [_ulp(found.get((v.info.name, f, d))) for f, d in columns])
             for v in shown.libraries)  # fmt: skip
    head = ("", *(f"{f} {d}" for f, d in columns))
    return "\n".join([*lines, grid(head, ((_link(v), *row) for v, row in cells if any(row)))])


def _ulp(accuracy: Accuracy | None) -> str:
    return "" if accuracy is None else figure(accuracy.ulp)


def _library(shown: _Page, v: Verdict) -> str:
    """What is said of one library: a sentence, then each law that it does not keep."""
    versions = ", ".join(f"{k} {value}" for k, value in v.info.versions.items())
    lines = [
        f"### {v.info.name}",
        "",
        f"{_sign(v.state)} {escaped(v.words)}",
        "",
        escaped(versions),
    ]
    broken = [r for r in shown.cases(v.info.name) if r.broken and r.level != "may"]
    laws = {law: [r for r in broken if r.invariant == law] for law in _order(broken)}
    if laws:
        head = ("law", "formats", "error / bound", "worst input found")
        lines += ["", grid(head, map(_law, laws.values()))]
    reasons = _reasons(v, broken)
    return "\n".join([*lines, *([""] if reasons else []), *reasons])


def _order(results: Sequence[Result]) -> list[str]:
    """Laws, those that fail first, then what is declared, then should laws."""
    return list(dict.fromkeys(r.invariant for r in sorted(results, key=_rank)))


def _rank(r: Result) -> int:
    order = ("fail", "error", "known", "deviation")
    state = state_of(r)
    return order.index(state) if r.level == "must" and state in order else len(order)


def _law(cases: Sequence[Result]) -> tuple[str, ...]:
    ranked = sorted(cases, key=lambda r: -r.excess)
    shown = next((r for r in ranked if r.counterexample), ranked[0])
    formats = ", ".join(dict.fromkeys(r.dtype for r in cases))
    level = " (should)" if shown.level == "should" else ""
    mark = f"{_sign(state_of(shown))} {escaped(shown.invariant)}{level}"
    return mark, formats, figure(ranked[0].ratio), _input(shown)


def _input(r: Result) -> str:
    """float32: x = [0, -100] gives [1, 1.6e-28], exact [1, 3.7e-44]."""
    c = r.counterexample
    if c is None:
        return escaped(r.message.partition("\n")[0][:160] or f"{r.dtype}: {r.worst}")
    given = (f"{name} = {argument(c, name)[-1] or argument(c, name)[0]}" for name in c.arguments)
    words = f"{r.dtype}: {', '.join(given)}"
    words += f" gives {_number(c.got, r)}" if c.got else f": {c.claim}" if c.claim else ""
    beside, right = c.against
    words += f", {beside} {_number(right, r)}" if right else ""
    return escaped(words[:240])


def _number(text: str, r: Result) -> str:
    """A number with as many digits as tell it from its neighbours; what else is said as it is."""
    exact, decimal = pair(text)
    return short(exact, r.dtype) if decimal else exact


def _reasons(v: Verdict, broken: Sequence[Result]) -> list[str]:
    """Each reason that is declared once, with the laws that it is for."""
    found: dict[str, list[str]] = {}
    for r in broken:
        if r.outcome == "deviation":
            laws = found.setdefault(reason(v.info.deviations, r.invariant, r.dtype), [])
            laws += [r.invariant] if r.invariant not in laws else []
    return [
        f"- {_sign('deviation')} {_linked(why)}: {escaped(listed(laws, 6))}"
        for why, laws in found.items()
        if why
    ]


def _linked(text: str) -> str:
    """Escaped text whose addresses are links."""
    parts = re.split(r"(https://\S+?)(?=[,;:)]*(?:\s|$))", text)
    return "".join(f"<{p}>" if p.startswith("https://") else escaped(p) + _gap(p) for p in parts)


def _gap(text: str) -> str:
    return " " if text.endswith(" ") else ""


def _choices(shown: _Page) -> str:
    """What each does where the spec leaves the choice."""
    found: dict[str, dict[str, list[str]]] = {}
    for b in shown.report.choices:
        names = found.setdefault(b.invariant, {}).setdefault(_words(b), [])
        if b.implementation not in names:
            names.append(b.implementation)
    says = {law.id: law.says for law in shown.report.laws}
    rows = []
    for law, words in found.items():
        for at, (said, names) in enumerate(sorted(words.items(), key=lambda w: -len(w[1]))):
            first = f"{escaped(law)}: {escaped(says.get(law, ''))}" if not at else ""
            rows.append((first, escaped(said), escaped(", ".join(sorted(names)))))
    table = grid(("law", "does", "libraries"), rows)
    return f"## Where the spec leaves the choice\n\n{table}" if found else ""


def _words(choice: Result) -> str:
    return _COUNT.sub("", choice.message)
