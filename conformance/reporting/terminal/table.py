"""The table of a run: function x implementation, the worst ratio of must laws and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.errors import printable
from conformance.functions import FUNCTIONS
from conformance.records.grouping import grouped
from conformance.records.results import Report, Result
from conformance.reporting.signs import STATES, counts, plural
from conformance.reporting.verdicts import cell

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

STYLES = {
    "fail": "bold red",
    "error": "bold magenta",
    "missed": "yellow",
    "known": "yellow",
    "deviation": "yellow",
    "stale": "cyan",
    "pass": "green",
}
_HEAD = "worst error / bound, must laws"
_LABEL = {False: 34, True: 20}  # columns of the function's name, whole and shortened
_FIGURE = 15  # columns that a cell with its sign, figure and missed should laws takes at most
_COUNTED = 26  # and one with the counts beside it


def tables(report: Report, width: int) -> list[Table]:
    """One table, or several below each other where the implementations are too many for it."""
    names = list(dict.fromkeys(r.implementation for r in report.results))
    narrow = width < 80
    room = max((width - _LABEL[narrow]) // _FIGURE, 1)
    counted = width >= _LABEL[narrow] + _COUNTED * len(names)
    groups = [names[i : i + room] for i in range(0, len(names), room)]
    return [_table(report.results, group, narrow, counted) for group in groups]


def _table(results: Sequence[Result], names: list[str], narrow: bool, counted: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("error / bound" if narrow else _HEAD, no_wrap=True)
    for name in names:
        table.add_column(Text(printable(name)), no_wrap=True, overflow="ellipsis")
    own = grouped(((r.function, r.implementation), r) for r in results)
    for function in FUNCTIONS:
        cells = [own.get((function, name), []) for name in names]
        if any(cells):
            label = (FUNCTIONS[function].short if narrow else "") or function
            table.add_row(label, *(_cell(cases, counted) for cases in cells))
    return table


def _cell(results: Sequence[Result], counted: bool) -> Text:
    from rich.text import Text

    found = cell(results, noted=True)
    text = Text(f"{found.sign} {found.text}".strip() or "·", STYLES.get(found.state, ""))
    if found.should:
        text.append(f" {found.should}", STYLES["missed"])
    if counted and results:
        text.append(f"  {found.note}", "dim")
    return text


def tally(results: Sequence[Result]) -> str:
    """What the signs mean, with the number of verdicts of every level, in one line."""
    if not results:
        return "nothing was examined"
    words = [f"{STATES[s][0]} {n:,} {_WORDS[s]}" for s, n in counts(results)]
    return f"{', '.join(words)}: {plural(len(results), 'verdict')}, of all levels"


_WORDS = {
    "fail": "fail",
    "error": "give no result",
    "missed": "miss a should law",
    "known": "known",
    "deviation": "declared",
    "stale": "stale",
    "pass": "hold",
    "open": "left open",
    "vacuous": "vacuous",
    "unsupported": "unsupported",
}
