"""The failures of a run for a terminal: a few in full, the others in one line each."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from conformance.floats import to_hex
from conformance.records.grouping import grouped
from conformance.records.results import (
    CLEAR,
    ArrayText,
    Counterexample,
    LawRecord,
    Result,
    amount,
)
from conformance.reporting.revealed import fitting
from conformance.reporting.signs import figure, manner, plural, returned, sign, state_of
from conformance.reporting.terminal.causes import (
    Entry,
    causes,
    entries,
    named,
    of_derivative,
    plainness,
    spread,
)
from conformance.reporting.terminal.numbers import argument, pair, part, presented, runs

#: What is shown on one screen: so many entries whole, or a few and so many lines for others.
WHOLE, FEW_WHOLE, LINES = 3, 2, 10
_AXES = ("implementation", "dtype", "mode", "device")
_ALSO = 8  # other laws of an entry that are named
_GIVEN = 48  # characters of a counterexample that are shown in a line

Line = tuple[str, str]  # text, style
_TWO_LINES = 80  # below it a failure in short takes two lines

_STYLES = {"fail": "bold red", "error": "bold magenta", "missed": "bold yellow"}


def failures(
    results: Sequence[Result], laws: Sequence[LawRecord], width: int, everything: bool = False
) -> Iterator[Line]:
    """The lines about all that is broken."""
    found = entries(results) if everything else causes(results)
    by_id = {law.id: law for law in laws}
    whole = len(found) if everything or len(found) <= WHOLE else FEW_WHOLE
    first, rest = spread(found, whole)
    for entry in first:
        yield "", ""
        yield from block(entry, by_id, width)
    if rest:
        yield "", ""
        yield from _lines(_in_order(spread(rest, LINES)[0], results), width)
    if len(rest) > LINES:
        yield f"  … and {len(rest) - LINES} more", "dim"
    if first and not everything and (rest or any(len(e.laws) > 1 for e in first)):
        yield "--all shows every law by itself", "dim"


def _in_order(rest: Sequence[Entry], results: Sequence[Result]) -> list[Entry]:
    """Must laws first; of a level by implementation and function, as they were run."""
    places = {(r.implementation, r.function): i for i, r in enumerate(reversed(results))}
    return sorted(
        rest,
        key=lambda e: (
            e.shown.level != "must",
            -places[e.shown.implementation, e.shown.function],
        ),
    )


def block(entry: Entry, laws: Mapping[str, LawRecord], width: int) -> Iterator[Line]:
    """One entry whole: the law, where it fails, the smallest input, how to see it again."""
    r, c = entry.shown, entry.shown.counterexample
    law = laws.get(r.invariant)
    yield from _heading(entry, law, width)
    if c is not None:
        yield from _inputs(entry, c, width)
    yield from (_raised(entry, width) if r.outcome == "error" else _measured(entry, law, width))
    if c is not None:
        yield from _field("again", f"conformance replay {c.id}", width)
    if len(entry.laws) > 1:
        also = _also(entry)
        breaks = also if r.outcome == "fail" else f"{r.invariant}; {also}"
        yield from _field("breaks", breaks, width)


def _fault(r: Result) -> str:
    """What went wrong in the calls of several laws, in a few words: raises ValueError."""
    if returned(r):
        return "returns no array of the right form"
    name = re.match(r"\w+(?=: |$)", r.message)
    return f"raises {name[0]}" if name else "fails in the call"


def _also(entry: Entry) -> str:
    """The other laws that are broken, those with one smallest input together."""
    plainest: dict[str, Result] = {}
    for r in sorted(entry.cases, key=plainness):
        if r.invariant != entry.shown.invariant:
            plainest.setdefault(r.invariant, r)
    by_id = grouped(
        (r.counterexample.id if r.counterexample else "", law.partition("/")[2] or law)
        for law, r in list(plainest.items())[:_ALSO]
    )
    parts = [", ".join(laws) + (f" ({name})" if name else "") for name, laws in by_id.items()]
    more = len(plainest) - _ALSO
    return "also " + "; ".join([*parts, *([f"and {plural(more, 'more law')}"] if more > 0 else [])])


def _heading(entry: Entry, law: LawRecord | None, width: int) -> Iterator[Line]:
    r = entry.shown
    state, level = state_of(r), r.level.upper()
    title = f"{sign(state)} {r.invariant}"
    if r.outcome == "error" and len(entry.laws) > 1:
        title = f"{sign(state)} {' and '.join(entry.functions)} {_fault(r)}"
    elif law is not None:
        title += f"   {law.says}"
    lines = textwrap.wrap(title, max(width - len(level) - 2, 20), subsequent_indent="    ") or [""]
    yield lines[0] + level.rjust(max(width - len(lines[0]), 2)), _STYLES.get(state, "bold")
    yield from ((line, "bold") for line in lines[1:])
    yield from ((line, "") for line in _wrap(f"  {where(entry)}", width, 4))
    if entry.apart:
        yield from ((line, "bold") for line in _wrap(f"  {entry.apart}", width, 4))


def where(entry: Entry) -> str:
    """my_kernels · float16, float32 · eager · cpu."""
    return " · ".join(", ".join(named(_shown_cases(entry), axis)) for axis in _AXES)


def _shown_cases(entry: Entry) -> tuple[Result, ...]:
    return entry.cases if entry.shown.outcome == "error" else entry.same


def _inputs(entry: Entry, c: Counterexample, width: int) -> Iterator[Line]:
    if c.call:
        yield from _field("call", c.call + _one_of_several(entry), width)
    own = next((a.shape for a in c.arguments.values()), [])
    small = "smallest found" + presented(c, own)
    if c.first_shape and c.first_shape != own:
        small += f"; first failure had shape {'x'.join(map(str, c.first_shape))}"
    small = f" ({small})"
    for name in c.arguments:
        yield from _field(name, _both(*argument(c, name)) + small, width, equals=True)
        small = ""
    for name, value in c.options.items():
        if isinstance(value, ArrayText):
            values, where = part(value, c.index if len(value.shape) == 2 else ())
            text = runs(plainly(structs.replace(value, values=values)), str)
            yield from _field(name, f"{where} {text}".lstrip(), width, equals=True)


def plainly(option: ArrayText) -> list[str]:
    """The values of an array option: of a mask True and False."""
    if option.dtype != "bool":
        return option.values
    return [str(value != to_hex(0.0)) for value in option.values]


def _one_of_several(entry: Entry) -> str:
    """Which of the cases of an entry the input is of, where they are not all of one kind."""
    axes = [axis for axis in _AXES if len(named(_shown_cases(entry), axis)) > 1]
    return f"   in {', '.join(getattr(entry.shown, axis) for axis in axes)}" if axes else ""


def _both(exact: str, decimal: str) -> str:
    return f"{exact}   {decimal}" if decimal else exact


def _measured(entry: Entry, law: LawRecord | None, width: int) -> Iterator[Line]:
    c = entry.shown.counterexample
    if c is not None:
        several = len(c.index) > 1 and any(len(a.values) > 1 for a in c.arguments.values())
        at = f"   at index {c.index}" if any(c.index) or several else ""
        if c.got:
            yield from _field("got", _both(*pair(c.got)) + at, width, equals=True)
        for name, text in (("expected", c.expected), ("exact", c.exact)):
            if text and not (name == "expected" and text == c.exact):
                yield from _field(name, _both(*pair(text)), width, equals=True)
        if c.claim and law is not None and c.claim not in law.says:
            yield from _field("asked", c.claim, width)
        if c.error:
            yield from _field("error", _error(c, law), width, equals=True)
    if c is None or _worse(entry, c):
        yield from _field("worst", _worst(entry), width)
    if c is not None and c.least is not None and amount(c.least) < CLEAR:
        yield from _field("least", f"{figure(c.least)} x over: smaller excesses exist", width)
    if law is not None and (reveals := fitting(law.reveals, c)):
        yield from _field("reveals", reveals, width)


def _error(c: Counterexample, law: LawRecord | None) -> str:
    bound = f" = {law.bound}" if law is not None and law.bound else ""
    error, allowed = c.errors
    beyond = f"   {figure(c.over)} x over" if c.over not in (None, "inf") else ""
    return f"{error}, allowed {allowed}{bound}{beyond}"


def _worse(entry: Entry, c: Counterexample) -> bool:
    """Whether the largest ratio is another input's, by more than its rounding shows."""
    return c.over is not None and entry.excess > 1.05 * float(c.over)


def _worst(entry: Entry) -> str:
    worst = max(entry.same, key=lambda r: r.excess)
    place = f"{worst.implementation} {worst.dtype} {worst.mode}"
    return f"{figure(worst.ratio)} x over for {place}: {worst.worst}".rstrip(": ")


def _raised(entry: Entry, width: int) -> Iterator[Line]:
    said = entry.shown.message or "nothing was said"
    labels = {"form": "returned", "state": "found", "hangs": "found"}
    label = labels.get(manner(entry.shown)[0], "raised")
    yield from _field(label, said.removeprefix("returned "), width)


def _lines(rest: Sequence[Entry], width: int) -> Iterator[Line]:
    """The other failures, one line each, cut at the width."""
    yield "also, each shown by `conformance replay ID`:", "bold"
    names = max(len(", ".join(entry.implementations)) for entry in rest)
    titles = [_title(entry, names) for entry in rest]
    column = min(max(map(len, titles)), max(width // 2, 24))
    for entry, title in zip(rest, titles, strict=True):
        r, c = entry.shown, entry.shown.counterexample
        style = "" if r.level == "must" else "dim"
        head = f"  {c.id if c else '':6}  {sign(state_of(r))} "
        if width < _TWO_LINES:
            yield cut(head + title, width), style
            yield cut(" " * len(head) + _told(entry), width), "dim"
        else:
            yield cut(f"{head}{cut(title, column).ljust(column)}  {_told(entry)}", width), style


_SHORT = {"float64": "f64", "float32": "f32", "float16": "f16", "bfloat16": "bf16"}


def _title(entry: Entry, names: int) -> str:
    one = len(entry.functions) == 1
    functions = entry.functions[0] if one else f"{len(entry.functions)} functions"
    if one and entry.shown.outcome == "fail" and of_derivative(entry.shown):
        functions += " gradient"
    return f"{', '.join(entry.implementations).ljust(names)}  {functions}"


def _told(entry: Entry) -> str:
    """The law, how many more there are, in which dtypes, on what."""
    law = entry.shown.invariant
    more = f" +{len(entry.laws) - 1}" if len(entry.laws) > 1 else ""
    dtypes = [_SHORT.get(d, d) for d in named(entry.cases, "dtype")]
    own = _SHORT.get(entry.shown.dtype, entry.shown.dtype)
    of = f"{own} " if len(dtypes) > 1 else ""
    return f"{law.partition('/')[2] or law}{more}  {' '.join(dtypes)}: {of}{_said(entry)}"


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits and an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _said(entry: Entry) -> str:
    """What came out, in a few words."""
    r, c = entry.shown, entry.shown.counterexample
    if r.outcome == "error":
        return r.message.partition("\n")[0]
    given = ", ".join(_given(c)) if c is not None else ""
    if c is not None and given and len(given) <= _GIVEN:
        got, right = (pair(text)[1] or text for text in (c.got, c.expected or c.exact or c.claim))
        if not got:
            return f"{given}: not so: {c.claim}"
        return f"{given} gives {got}" + (right and f", not {right}")
    if r.ratio is not None:
        return f"{figure(r.ratio)} x over"
    return c.claim if c is not None else ""


def _given(c: Counterexample) -> Iterator[str]:
    """x = 5, cotangent = 1, in decimals."""
    for name in c.arguments:
        exact, decimal = argument(c, name)
        yield f"{name} = {decimal or exact}"


def _field(label: str, text: str, width: int, equals: bool = False) -> Iterator[Line]:
    """`  label  = text`, continued under the text."""
    head = f"  {label:8} {'=' if equals else ':'} "
    lines = textwrap.wrap(
        text, max(width - len(head), 24), drop_whitespace=True, break_on_hyphens=False
    )
    for i, line in enumerate(lines or [""]):
        yield (head if i == 0 else " " * len(head)) + line, ""


def _wrap(text: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 24), subsequent_indent=" " * indent, break_on_hyphens=False,
        drop_whitespace=True, replace_whitespace=False,
    )  # fmt: skip
