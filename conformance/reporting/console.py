"""The console of a command, for whoever writes to a terminal, a pipe or a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def put(out: Console, lines: Iterable[tuple[str, str]]) -> None:
    """Print lines, each with its style."""
    from rich.text import Text

    for line, style in lines:
        out.print(Text(line, style), soft_wrap=True)


def console(stderr: bool = False) -> Console:
    """The console of this process; pipes and logs get 100 columns unless COLUMNS says otherwise."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    interactive = stream is not None and stream.isatty()
    width = None if interactive or os.environ.get("COLUMNS", "").isdigit() else 100
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)
