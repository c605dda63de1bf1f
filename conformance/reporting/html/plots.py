"""Inline SVG: error against input, histograms, ratios of a law. Coordinates are whole numbers.

Everything drawn is also in a table of the page; each drawing has a text alternative. Series are
told apart by colour, dash and marker, which the page's style sheet gives to the classes i0, i1, ….
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from conformance.floats import FORMATS, Format
from conformance.records.results import Accuracy, Result, amount
from conformance.reporting.html.axes import Across, Up, position, up
from conformance.reporting.signs import decimal, figure

WIDTH, HEIGHT = 480, 132
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 20
COLUMNS = 160
_MARKERS = (
    "M{x} {y}m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M{x} {y}m-4-4h8v8h-8z",
    "M{x} {y}m0-5l5 5-5 5-5-5z",
    "M{x} {y}m0-5l5 9h-10z",
)
#: The histogram's bins, as `conformance.examine.profile` counts them.
ERRORS = ("≤ ½", "≤ 1", "≤ 2", "≤ 4", "≤ 8", "≤ 16", "≤ 64", "≤ 1024", "more")


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: an implementation in a mode on a device. `colour` is the implementation's."""

    accuracy: Accuracy
    label: str
    colour: int
    dash: int = 0


def error_plot(series: Sequence[Series], title: str) -> Markup:
    """Largest error in ulp against the input, implementations overlaid, the bound as a line."""
    fmt = FORMATS.get(series[0].accuracy.dtype) if series else None
    ranges = [_spans(s.accuracy, fmt) for s in series] if fmt else []
    spans = [span for of in ranges for span in of]
    if fmt is None or not spans:
        return Markup("")
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    across = Across(fmt, min(s[0] for s in spans), max(s[1] for s in spans), width)
    vertical = up([s[2] for s in spans], [s[3] for s in spans], height)
    limits = _columns([(a, b, bound) for a, b, _, bound in spans], across)
    parts = [_grid(across, vertical), _curve(limits, vertical, "bound")]
    for s, of in zip(series, ranges, strict=True):
        columns = _columns([(a, b, error) for a, b, error, _ in of], across)
        parts.append(_curve(columns, vertical, f"e i{s.colour} d{s.dash}"))
    parts += [_worst(s, fmt, across, vertical) for s in series]
    head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        WIDTH, HEIGHT, f"{title}: {_said(series)}"
    )
    inner = Markup("").join(parts)
    return head + Markup('<g transform="translate({} {})">').format(LEFT, TOP) + inner + _END


_END = Markup("</g></svg>")


def _said(series: Sequence[Series]) -> str:
    return "; ".join(
        f"{s.label} at most {figure(s.accuracy.ulp)} ulp at {decimal(s.accuracy.worst)}"
        for s in series
    )


_Span = tuple[int, int, float, float]


def _spans(accuracy: Accuracy, fmt: Format) -> list[_Span]:
    """(low, high, error, bound) of each bin, on the ordered axis."""
    found: list[_Span] = []
    for b in accuracy.bins:
        low, high = position(b.low, fmt), position(b.high, fmt)
        low, high = high if low is None else low, low if high is None else high
        if low is not None and high is not None:
            found.append((min(low, high), max(low, high), amount(b.ulp), amount(b.bound_ulp)))
    return found


def _columns(spans: Iterable[tuple[int, int, float]], across: Across) -> dict[int, float]:
    """The largest value in each of the plot's columns."""
    scale = COLUMNS / across.width
    found: dict[int, float] = {}
    for low, high, value in spans:
        first = min(int(across(low) * scale), COLUMNS - 1)
        for column in range(first, max(first + 1, min(round(across(high) * scale), COLUMNS))):
            found[column] = max(found.get(column, 0.0), value)
    return found


def _curve(columns: dict[int, float], vertical: Up, name: str) -> Markup:
    """A step line over the columns; a column without a value is a gap."""
    path, x, y = "", -1, 0
    width = WIDTH - LEFT - RIGHT
    for column, value in sorted(columns.items()):
        left, right = (round(c * width / COLUMNS) for c in (column, column + 1))
        level = round(vertical(value))
        if left != x:
            path += f"M{left} {level}H{right}"
        elif level != y:
            path += f"V{level}H{right}"
        else:  # the same level: make the last stroke longer
            path = f"{path[: path.rindex('H')]}H{right}"
        x, y = right, level
    return Markup('<path class="{}" d="{}"/>').format(name, path)


def _grid(across: Across, vertical: Up) -> Markup:
    width, height = across.width, vertical.height
    lines = Markup("").join(
        Markup('<path class="g" d="M0 {0}h{1}"/><text class="y" x="-5" y="{0}">{2}</text>').format(
            round(y), width, label
        )
        for y, label in vertical.ticks()
    )
    labels = Markup("").join(
        Markup('<path class="t" d="M{0} {1}v4"/><text class="x" x="{0}" y="{2}">{3}</text>').format(
            round(x), height, height + 14, label
        )
        for x, label in across.ticks()
    )
    return lines + labels


def _worst(series: Series, fmt: Format, across: Across, vertical: Up) -> Markup:
    """The worst point, marked."""
    a = series.accuracy
    key = position(a.worst, fmt)
    if key is None or not across.low <= key <= across.high:
        return Markup("")
    shape = _MARKERS[series.colour % len(_MARKERS)]
    path = shape.format(x=round(across(key)), y=round(vertical(amount(a.ulp))))
    said = f"{series.label}: {figure(a.ulp)} ulp at {decimal(a.worst)}"
    return Markup('<path class="m i{}" d="{}"><title>{}</title></path>').format(
        series.colour, path, said
    )


def marker(colour: int) -> Markup:
    """The legend's piece of line with the series' marker."""
    path = _MARKERS[colour % len(_MARKERS)].format(x=13, y=6)
    line = '<svg class="key" viewBox="0 0 26 12" aria-hidden="true">'
    return Markup(
        line + '<path class="e i{0}" d="M0 6h26"/><path class="m i{0}" d="{1}"/></svg>'
    ).format(colour, path)


def histogram(counts: Sequence[int]) -> Markup:
    """Results by error: heights are logarithmic, so that one wrong result in 2³² is seen."""
    if not any(counts):
        return Markup("")
    tallest = math.log2(max(counts) + 1)
    bars = "".join(
        f"M{8 * i + 1} 20v{-max(1, round(19 * math.log2(n + 1) / tallest))}h6V20z"
        for i, n in enumerate(counts)
        if n > 0
    )
    said = ", ".join(f"{name} ulp: {n:,}" for name, n in zip(ERRORS, counts, strict=False) if n)
    width = 8 * max(len(counts), len(ERRORS))
    return Markup(
        '<svg class="hist" viewBox="0 0 {} 20" role="img" aria-label="{}">'
        '<title>{}</title><path d="{}"/><path class="t" d="M0 20h{}"/></svg>'
    ).format(width, said, said, bars, width)


def strip(lanes: Sequence[tuple[int, Sequence[Result]]]) -> Markup:
    """Error / bound of every case of a law on a log axis, one lane per implementation."""
    marks = "".join(_lane(row, colour, cases) for row, (colour, cases) in enumerate(lanes))
    if not marks or not any(r.excess for _, cases in lanes for r in cases):
        return Markup("")  # an exact law that holds has nothing to show
    height = 5 * len(lanes) + 1
    axis = f'<path class=t d="M60 0v{height}"/>'
    return Markup(
        f'<svg class=strip viewBox="0 0 100 {height}" aria-hidden=true>{axis}{marks}</svg>'
    )


def _lane(row: int, colour: int, cases: Iterable[Result]) -> str:
    places = sorted({_place(r.excess) for r in cases if r.ratio is not None})
    if not places:
        return ""
    path = "".join(f"M{x} {5 * row + 3}h0" for x in places)
    return f'<path class="s i{escape(colour)}" d="{path}"/>'


def _place(ratio: float) -> int:
    """0.001 at 0, the bound at 60, 100 and more at 97: twenty units a decade."""
    if not math.isfinite(ratio):
        return 97
    return max(3, min(97, round(60 + 20 * math.log10(max(ratio, 1e-9)))))
