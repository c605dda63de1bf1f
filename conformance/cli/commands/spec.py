"""`conformance spec [LAW]`: the laws, or one with its formula, bound, derivation and source."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from conformance._version import SPEC_VERSION
from conformance.cli.options import OPTIONS
from conformance.cli.values import normalised
from conformance.errors import UsageError, unknown
from conformance.functions import FUNCTIONS

if TYPE_CHECKING:
    from conformance.spec.law import Law

DESCRIPTION = (
    "The laws that implementations are held to. A must law follows from the definition, a should "
    "law asks more, a may law records a choice."
)
EXAMPLES = """\
examples:
  conformance spec                              every law, one line each
  conformance spec softmax/accuracy             one law: formula, bound, derivation, source
  conformance spec softmax                      the laws of one function
  conformance spec 'softmax/gradient-*'         a family
  conformance spec '*/gradient-*' --level must  the laws of derivatives that must hold
  conformance spec --json                       for programs
  conformance spec --markdown                   the page docs/spec.md
"""

_FIELDS = ("id", "level", "functions", "says", "bound", "why", "source", "reveals")


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("law", metavar="LAW", nargs="?", help="an id; * and ? are wildcards")
    parser.add_argument(
        "--function", metavar="NAME", action="append", help="only the laws of this function"
    )
    parser.add_argument(
        "--level", choices=("must", "should", "may"), help="only the laws of this level"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--markdown", action="store_true", help="as the page docs/spec.md")


def run(args: argparse.Namespace) -> int:
    """Print what was asked for."""
    laws = chosen(args.law, args.function, args.level)
    if args.json:
        records = [{field: getattr(law, field) for field in _FIELDS} for law in laws.values()]
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return 0
    if args.markdown:
        from conformance.reporting.specification import page

        print(page(laws), end="")
        return 0
    from conformance.reporting.console import console, put

    out = console()
    lines = _whole if len(laws) == 1 else _listed
    put(out, lines(laws, min(out.width, 100)))
    return 0


def chosen(wanted: str | None, functions: list[str] | None, level: str | None) -> dict[str, Law]:
    """The laws that a command line asks for. UsageError if there are none."""
    from conformance.spec import catalogue

    laws = catalogue()
    wanted = None if wanted is None else _pattern(wanted)
    names = normalised(OPTIONS["function"], functions, "--function") if functions else ()
    found = {
        name: law
        for name, law in laws.items()
        if (wanted is None or fnmatchcase(name, wanted))
        and (not names or set(names).intersection(law.functions))
        and level in (None, law.level)
    }
    if found:
        return found
    if wanted is not None and not any(fnmatchcase(name, wanted) for name in laws):
        raise UsageError(_misspelt(wanted, laws))
    raise UsageError("no law is all of this: leave out --level or --function")


def _pattern(law: str) -> str:
    """The law as a pattern; a function's name stands for all its laws."""
    slug = law.replace("_", "-")
    return f"{slug}/*" if slug.replace("-", "_") in FUNCTIONS else law


def _misspelt(law: str, laws: Mapping[str, Law]) -> str:
    """The laws that have the word in their name, or else the nearest id."""
    word = law.strip("*").replace("_", "-")
    having = [name for name in laws if word and word in name]
    if having:
        return f"no law {law!r}. Did you mean '*{word}*', {len(having)} laws?"
    return unknown("law", law, (*laws, *FUNCTIONS), "`conformance spec` lists all.")


def _listed(laws: Mapping[str, Law], width: int) -> Iterator[tuple[str, str]]:
    for function, spec in FUNCTIONS.items():
        own = [law for law in laws.values() if law.functions[:1] == (function,)]
        if own:
            yield f"{function}   {spec.says}", "bold"
            column = max(len(law.id) for law in own) + 2
            for law in own:
                yield from _row(law, column, width)
            yield "", ""
    yield f"spec {SPEC_VERSION}: {len(laws)} laws; `conformance spec ID` explains one", "dim"


def _row(law: Law, column: int, width: int) -> Iterator[tuple[str, str]]:
    head = f"  {law.level:6} {law.id.ljust(column)}"
    if len(head) + 28 > width:
        yield head.rstrip(), ""
        head = " " * 9
    for i, line in enumerate(textwrap.wrap(law.says, max(width - len(head), 20)) or [""]):
        yield (head if i == 0 else " " * len(head)) + line, ""


def _whole(laws: Mapping[str, Law], width: int) -> Iterator[tuple[str, str]]:
    for law in laws.values():
        yield f"{law.id}   {law.level.upper()}", "bold"
        yield from _field("says", law.says, width)
        yield from _field("bound", law.bound, width)
        yield from _field("why", law.why, width)
        yield from _field("source", law.source, width)
        yield from _field("reveals", law.reveals, width)
        yield from _field("needs", ", ".join((*law.needs, *law.options)), width)
        yield from _field("dtypes", ", ".join(law.formats), width)
        yield from _field("try it", f"conformance run FILE --only {law.id}", width)


def _field(label: str, text: str, width: int) -> Iterator[tuple[str, str]]:
    if text:
        head = f"  {label:8} "
        for i, line in enumerate(textwrap.wrap(text, max(width - len(head), 24))):
            yield (head if i == 0 else " " * len(head)) + line, ""
