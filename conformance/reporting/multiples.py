"""Small multiples as one SVG file: float32 errors in ulp against the input, library by library.

Black on white, as wide as a phone; what it shows is also in the page's table of ulps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from conformance.floats import from_hex
from conformance.functions import FUNCTIONS
from conformance.records.grouping import grouped
from conformance.records.results import Accuracy, Bin, Number, Report, amount
from conformance.reporting.html.axes import Up
from conformance.reporting.signs import figure

#: Errors of 2^24 ulp and more are at the top: no digit is right.
_UP = Up(2.0**24, 28)
#: Bins of a curve, and how wide one is drawn.
BINS, _X = 19, 5
_LEFT, _ROW, _COLUMN, _HEAD = 88, 34, 102, 44
_STYLE = (
    "text{font:10px sans-serif;fill:#000}.h{font-weight:bold}"
    ".n{paint-order:stroke;stroke:#fff;stroke-width:3px}.r{text-anchor:end}"
    ".m{text-anchor:middle}.e{fill:#000}.b{fill:none;stroke:#777;stroke-dasharray:2 1}"
    ".g{fill:none;stroke:#ccc}.w{fill:#fff}"
)


def multiples(report: Report) -> str:
    """The file's text; empty if the report has no curves in float32."""
    names = [f.name for f in FUNCTIONS.values() if f.unary]
    found = {(a.implementation, a.function): a for a in report.accuracy
             if a.dtype == "float32" and a.bins}  # fmt: skip
    rows = sorted({name for name, _ in found}, key=str.lower)
    if not rows:
        return ""
    width, height = _LEFT + _COLUMN * len(names), _HEAD + _ROW * len(rows) + 4
    said = "float32: the largest error, in ulp, by input; dashed: the bound"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{said}</title><style>{_STYLE}</style>",
        f'<path class="w" d="M0 0h{width}v{height}H0z"/><text x="2" y="12">{said}</text>',
    ]
    for at, name in enumerate(names):
        parts.append(_at(_LEFT + at * _COLUMN, 0, f'<text class="h" y="26">{name}</text>{_axis()}'))
    for row, library in enumerate(rows):
        y = _HEAD + row * _ROW
        parts.append(f'<text x="2" y="{y + 18}">{escape(library)}</text>')
        shown = ((at, found[library, f]) for at, f in enumerate(names) if (library, f) in found)
        parts += [_at(_LEFT + at * _COLUMN, y, _panel(a)) for at, a in shown]
    return "".join([*parts, "</svg>\n"])


def _at(x: int, y: int, inner: str) -> str:
    return f'<g transform="translate({x} {y})">{inner}</g>'


def _axis() -> str:
    """Where the inputs lie: between bins, the middle one of which holds 0."""
    places = ((3, "−32"), (BINS / 2, "0"), (BINS - 3, "32"))
    return "".join(f'<text class="m" x="{_X * at:g}" y="38">{label}</text>' for at, label in places)


def _panel(a: Accuracy) -> str:
    """A curve, its bound, and its largest error in figures."""
    grid = f'<path class="g" d="M{_X * BINS / 2} 0V{_UP.height}M0 0V{_UP.height}h{_X * BINS}"/>'
    bins = [(_X * (_place(b) + BINS // 2), b) for b in coarse(a.bins)]
    area = "".join(f"M{x} {_UP.height}V{_level(b.ulp)}h{_X}V{_UP.height}" for x, b in bins)
    line = "".join(f"M{x} {_level(b.bound_ulp)}h{_X}" for x, b in bins)
    middle = _X * BINS // 2
    ends = (max((amount(b.ulp) for x, b in bins if (x < middle) == left), default=0)
            for left in (True, False))  # fmt: skip
    place = f'class="n r" x="{_X * BINS}"' if next(ends) >= next(ends) else 'class="n" x="3"'
    said = f'<text {place} y="10">{figure(a.ulp)}</text>'
    return f'{grid}<path class="e" d="{area}"/><path class="b" d="{line}"/>{said}'


def _level(ulp: Number) -> str:
    return f"{_UP(amount(ulp)):.3g}"


def coarse(bins: Sequence[Bin]) -> list[Bin]:
    """Nine bins on either side of 0, of two octaves up to 512 and one beyond, and one at 0."""
    return [_joined(group) for group in grouped((_place(b), b) for b in bins).values()]


def _place(b: Bin) -> int:
    """0 about 0, else 1 to 9 with the sign of the inputs."""
    ends = (float(from_hex(text)) for text in (b.low, b.high))
    outer = max((math.inf if math.isnan(x) else x for x in ends), key=abs)  # NaN is the last of all
    pair = math.ceil((math.log2(min(max(abs(outer), 2**-7), 2**10)) - 1) / 2)
    return int(math.copysign(min(pair, 5) + 4, outer))


def _joined(group: Sequence[Bin]) -> Bin:
    return Bin(
        low=group[0].low,
        high=group[-1].high,
        ulp=rounded(max(amount(b.ulp) for b in group)),
        bound_ulp=rounded(max(amount(b.bound_ulp) for b in group)),
    )


def rounded(value: float) -> Number:
    """In three digits."""
    return "inf" if math.isinf(value) else float(f"{value:.3g}")
