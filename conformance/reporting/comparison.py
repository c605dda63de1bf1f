"""A comparison of two reports as text for a terminal, as Markdown and as JSON.

Everything in it came from files: it is escaped for Markdown, and never read as markup by rich.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from conformance.gate.compare import AXES, KINDS, Comparison, Difference
from conformance.records.grouping import grouped
from conformance.records.results import amount
from conformance.reporting.markdown import escaped, folded, grid

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES = {
    "new": "bold red",
    "worse": "red",
    "fixed": "bold green",
    "better": "green",
    "added": "cyan",
    "gone": "yellow",
}


#: Laws of one place that only one file has, each told by itself; more are counted.
_MANY = 3


def headline(comparison: Comparison) -> str:
    """One line: the counts."""
    counts = [f"{n} {kind}" for kind in KINDS if (n := comparison.count(kind))]
    names = f"{comparison.a} -> {comparison.b}"
    return f"{names}: {', '.join(counts) or 'no difference'}; {comparison.same:,} the same"


def to_json(comparison: Comparison) -> str:
    """The comparison as JSON, its fields as `Comparison` and `Difference` have them."""
    return msgspec.json.format(msgspec.json.encode(comparison)).decode() + "\n"


def entries(differences: list[Difference]) -> Iterator[tuple[Difference, list[Difference]]]:
    """One entry per law: (the worst case, all its cases), for the dtypes, modes and devices."""
    groups = grouped(
        ((d.kind, d.implementation, d.version, d.function, d.invariant, d.level, d.excuse), d)
        for d in differences
    )
    for group in groups.values():
        yield max(group, key=lambda d: (_ratio(d), d.case)), group


def _ratio(difference: Difference) -> float:
    return amount(difference.was if difference.now is None else difference.now)


def where(group: list[Difference]) -> str:
    """The dtypes, modes and devices of a group, each named once."""
    values = (dict.fromkeys(getattr(d, axis) for d in group) for axis in AXES[1:])
    return " · ".join(", ".join(names) for names in values)


def _name(difference: Difference) -> str:
    return " ".join(filter(None, (difference.implementation, difference.version)))


def _words(difference: Difference) -> str:
    return difference.words + (f" ({difference.excuse})" if difference.excuse else "")


def show(comparison: Comparison, console: Console, column: str = "implementation") -> None:
    """Print a comparison: the counts, the table by one column, then every law that differs."""
    from rich.text import Text

    console.print(Text(headline(comparison), "bold"), soft_wrap=True)
    for note in comparison.notes:
        console.print(Text(f"  {note}", "dim"), soft_wrap=True)
    if comparison.differences:
        console.print(_table(comparison, column))
    for kind in KINDS:
        for place, laws in _places(comparison.of(kind)).items():
            if kind in ("added", "gone") and len(laws) > _MANY:
                _line(console, kind, f"{_name(laws[0][0])}  {len(laws):,} laws", place)
                continue
            for worst, _ in laws:
                name = f"{_name(worst)}  {worst.invariant}"
                _line(console, kind, name, f"{place}  {worst.level}", _words(worst))


def _places(differences: list[Difference]) -> dict[str, list[tuple[Difference, list[Difference]]]]:
    """Entries by the function and where they are: a file may lack a format, or have a new one."""
    return grouped(
        (f"{worst.function} · {where(group)}", (worst, group))
        for worst, group in entries(differences)
    )


def _line(console: Console, kind: str, name: str, place: str, words: str = "") -> None:
    from rich.text import Text

    line = Text(f"{kind:6}", _STYLES[kind]).append(f" {name}", "bold").append(f"  {place}")
    console.print(line, soft_wrap=True)
    if words:
        console.print(Text(f"       {words}"), soft_wrap=True)


def _table(comparison: Comparison, column: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column(column)
    for kind in KINDS:
        table.add_column(kind, justify="right", style=_STYLES[kind])
    for value, counts in comparison.table(column).items():
        table.add_row(Text(value), *(str(counts[kind] or "·") for kind in KINDS))
    return table


def to_markdown(comparison: Comparison, column: str = "implementation") -> str:
    """A comparison for a pull request: the counts, the table, and folded what differs."""
    lines = [f"**{escaped(headline(comparison))}**", ""]
    lines += [f"- {escaped(note)}" for note in comparison.notes]
    if comparison.differences:
        rows = ((escaped(value), *(counts[kind] or "·" for kind in KINDS))
                for value, counts in comparison.table(column).items())  # fmt: skip
        lines += ["", grid((column, *KINDS), rows)]
    for kind in KINDS:
        lines += _folded(kind, comparison.of(kind))
    return "\n".join(lines) + "\n"


def _folded(kind: str, differences: list[Difference]) -> list[str]:
    if not differences:
        return []
    cells = [
        (_name(d), d.invariant, d.function, where(g), d.level, _words(d))
        for d, g in entries(differences)
    ]
    head = ("implementation", "law", "function", "where", "level", "")
    table = grid(head, (tuple(map(escaped, row)) for row in cells))
    return ["", folded(f"{kind}: {len(differences)}", table, kind in ("new", "worse"))]
