"""Plain records of a run and their JSON form: what every writer, reader and gate works on.

Numbers that may be infinite are the string "inf" when they are (JSON has none); numbers of the
examined format are exact hexadecimal text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import msgspec

SCHEMA_VERSION = 1

Measured = Literal["pass", "fail", "error", "unsupported", "vacuous"]
#: What was measured, beside what was expected: `deviation` and `known` break, `stale` holds.
Outcome = Literal["pass", "fail", "error", "unsupported", "deviation", "known", "stale", "vacuous"]
Level = Literal["must", "should", "may"]
Number = float | Literal["inf"]

#: How the message begins of a law that holds where no value was compared.
UNCOMPARED = "no value was compared"
#: What the message of a law has, once, that could not be judged through a fault of the suite.
OURS = "conformance itself failed, please report it"
#: What is said of a process that was ended since it did not answer any more.
SILENT = "it gave no sign of life"
#: What is said of a call that gives other results when it is made again.
UNSTEADY = "gives other results each time: memory that is never written?"
#: An excess of so many bounds convinces whoever reads it.
CLEAR = 10.0


def amount(value: Number | None) -> float:
    """A number of a record as a float; 0 where none was measured."""
    return math.inf if value == "inf" else float(value or 0.0)


def number(value: float | None) -> Number | None:
    """A ratio or ulp count as JSON can hold it; NaN counts as infinite."""
    if value is None:
        return None
    return float(value) if math.isfinite(value) else "inf"


#: What is said of the error of a result that is no finite number.
_UNUSUAL = {"nan": "not a number", "inf": "infinite", "-inf": "infinite"}


class ArrayText(msgspec.Struct, frozen=True, kw_only=True):
    """An array in exact text: hexadecimal for floats, decimal for integers, row-major."""

    dtype: str
    shape: list[int]
    values: list[str]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """The input of which a law made the call that is shown: what `replay` begins with."""

    arguments: dict[str, ArrayText]
    options: dict[str, ArrayText | bool | int | float | str | None] = {}
    view: dict[str, int | str | list[int]] = {}


class Counterexample(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest input found that breaks a law, and what the implementation made of it.

    `call` is as a person types it, with the names that the function has; `passed` are the options
    that it gives, by the spec's names. `arguments` are canonical (class axis last); `view` says how
    they were presented: the batch shape, the position of the class axis and the memory layout. It
    is the smallest whose excess is clear; `least` is the smallest excess that was met, in bounds,
    where it is less than half of it.
    `over` is the error of this input in bounds; `error` and `allowed` say both to a person.
    `exact` is the certified value of what the call computes, `expected` what a law compares with
    that is no exact value: another result of the implementation, or what the definition forces.
    `wrong` is the quantity, "value" or a derivative, that is beyond its must bound at this input,
    `right_in` the other formats and modes in which that is right at the same input, and `contrasts`
    say what changes of the input make it right.
    Where a law looks at what it makes of an input, another layout of it for instance, the call that
    was measured is shown, and `given` is the input.
    """

    id: str
    call: str
    passed: list[str] = []
    arguments: dict[str, ArrayText]
    options: dict[str, ArrayText | bool | int | float | str | None] = {}
    view: dict[str, int | str | list[int]] = {}
    index: list[int] = []
    got: str = ""
    exact: str = ""
    expected: str = ""
    error: str = ""
    allowed: str = ""
    claim: str = ""
    first_shape: list[int] = []
    least: Number | None = None
    over: Number | None = None
    wrong: str = ""
    right_in: list[str] = []
    contrasts: list[str] = []
    given: Given | None = None

    @property
    def errors(self) -> tuple[str, str]:
        """The error and what is allowed; in words where one of them is infinite."""
        error, allowed = self.error, self.allowed
        if error == "infinite":
            right = self.against[1]
            error = _UNUSUAL.get(self.got, f"infinite: the value is {right}" if right else error)
        return error, "any number" if allowed == "infinite" else allowed

    @property
    def against(self) -> tuple[str, str]:
        """What the result is shown beside, and that in a word: "exact" or "expected"."""
        return ("exact", self.exact) if self.exact else ("expected", self.expected)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A climb from the worst inputs of a law: how many steps, the largest ratio before and after.

    A step is a call with a batch of neighbours of the worst inputs so far.
    """

    steps: int
    before: Number
    after: Number


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one law on one subject. `ratio` is error / bound: <= 1 conforms.

    `outcome` is what was measured, unless something else was expected; then `measured` is that.

    `examples` exercised the law; `first` is the number, among all examples of the subject, of the
    first one that broke it (0: none did). `search` is what a search for worse gained.
    """

    implementation: str
    function: str
    invariant: str
    level: Level
    dtype: str
    device: str
    mode: str
    outcome: Outcome
    ratio: Number | None = None
    grade: str = ""
    worst: str = ""
    examples: int = 0
    first: int = 0
    seconds: float = 0.0
    message: str = ""
    counterexample: Counterexample | None = None
    search: Search | None = None
    measured: Measured | None = None

    @property
    def found(self) -> Measured:
        """What was measured, whatever was expected; of an older file as far as it tells."""
        return self.measured or _MEASURED[self.outcome]

    @property
    def fails(self) -> bool:
        """True if it breaks its law, and nothing said that it would."""
        return self.outcome in ("fail", "error")

    @property
    def broken(self) -> bool:
        """True if it breaks its law, whether that was expected or not."""
        return self.found in ("fail", "error")

    @property
    def holds(self) -> bool:
        """True if it keeps its law, whether that was expected or not."""
        return self.found == "pass"

    @property
    def ours(self) -> bool:
        """True if the suite itself failed, which says nothing of the implementation."""
        return self.outcome == "unsupported" and OURS in self.message

    @property
    def examined(self) -> bool:
        """True if something exercised the law."""
        return self.found not in ("unsupported", "vacuous")

    @property
    def key(self) -> str:
        """What identifies the case in a baseline and in comparisons."""
        place = f"{self.dtype}-{self.mode}-{self.device}"
        return "::".join((self.implementation, self.function, self.invariant, place))

    @property
    def excess(self) -> float:
        """The ratio as a float; 0 where none was measured."""
        return amount(self.ratio)


_MEASURED: dict[Outcome, Measured] = {
    "pass": "pass", "fail": "fail", "error": "error", "unsupported": "unsupported",
    "vacuous": "vacuous", "deviation": "fail", "known": "fail", "stale": "pass",
}  # fmt: skip


def expected(
    result: Result, expectation: Literal["deviation", "known"], reason: str = ""
) -> Result:
    """A result that was expected to break its law, for a reason. What was measured stays."""
    measured, said = result.found, result.message
    outcomes: dict[Measured, Outcome] = {"fail": expectation, "error": expectation, "pass": "stale"}
    return msgspec.structs.replace(
        result,
        outcome=outcomes.get(measured, measured),
        measured=measured,
        message=f"{reason} [{said}]" if reason and said else reason or said,
    )


class NotRun(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not examined, and why."""

    what: str
    why: str


class Bin(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Inputs from `low` to `high` (ordered, inclusive): the largest error and the bound there."""

    low: str
    high: str
    ulp: Number
    bound_ulp: Number


class BinadeRow(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Inputs of one sign and exponent, `low` to `high` by size: results, errors, the bound.

    `correct` of `count` results are correctly rounded.
    """

    low: str
    high: str
    count: int
    correct: int
    ulp: Number
    bound_ulp: Number


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs of one sign and exponent, or all, that break a law: how many, the first, the worst."""

    invariant: str
    low: str
    high: str
    count: int
    first: str
    worst: str
    ratio: Number


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Measured errors of one function over its inputs, for tables and plots.

    `coverage` says what was looked at: "all 65,536", "all 4,294,967,296" or "65,536 sampled".
    `histogram` counts results by error: bins [0, ½], (½, 1], (1, 2], (2, 4], ... ulp.
    A sweep adds: `ratio` is attained and no ratio exceeds `ratio_limit`; `descents` neighbours are
    in the wrong order, the first at `descent`; a table by binade; and where laws break.
    """

    implementation: str
    function: str
    quantity: str
    dtype: str
    device: str
    mode: str
    coverage: str
    count: int
    exhaustive: bool
    ulp: Number
    ratio: Number
    worst: str
    correctly_rounded: float
    histogram: list[int] = []
    bins: list[Bin] = []
    note: str = ""
    ratio_limit: Number | None = None
    descents: int | None = None
    descent: str = ""
    binades: list[BinadeRow] = []
    regions: list[Region] = []


class ImplementationInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One examined file: its name, backend, versions, and where each function is defined.

    `form` says in which known form it was found to be, and what it was taken for. `like` names the
    bundled implementation that it replaces, `inherited` the deviations that it has from there.
    `library` is the distribution that computes, where that is not the backend.
    `limits` are the kinds of limits that it declares, with its reasons.
    `left` are, of each function, parameters that stay at their defaults, and are not examined.
    `verdict` is that of the whole run, in a slim file, whose results do not tell it.
    """

    name: str
    file: str
    backend: str
    versions: dict[str, str] = {}
    functions: dict[str, int] = {}
    deviations: dict[str, str] = {}
    limits: dict[str, str] = {}
    form: str = ""
    left: dict[str, list[str]] = {}
    like: str = ""
    inherited: list[str] = []
    library: str = ""
    verdict: str = ""

    @property
    def version(self) -> str:
        """The version of the library that computes; empty if it is not known."""
        return self.versions.get(self.library or self.backend, "")


class LimitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What an implementation does not take, of one kind (`layouts`, `axes`, `sizes`, ...).

    `takes` are the words for what it does take, `refuses` for what it refuses, with what it raises.
    The law of `clause`, if there is one, says whether that matters; `reason` is the file's own.
    `first` is the first call that was refused.
    """

    implementation: str
    function: str
    dtype: str
    device: str
    mode: str
    kind: str
    takes: list[str]
    refuses: list[str]
    said: str = ""
    law: str = msgspec.field(default="", name="clause")
    reason: str = ""
    first: str = ""


class LawRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A law as it was at the time of the run, so that a report needs nothing but its file."""

    id: str
    level: Level
    functions: list[str]
    says: str
    bound: str = ""
    why: str = ""
    source: str = ""
    reveals: str = ""


class Report(msgspec.Struct, kw_only=True):
    """A whole run. `complete` is written last: a report without it was cut off."""

    schema_version: int = SCHEMA_VERSION
    spec_version: str = ""
    environment: dict[str, str] = {}
    settings: dict[str, str] = {}
    implementations: list[ImplementationInfo] = []
    laws: list[LawRecord] = []
    results: list[Result] = []
    accuracy: list[Accuracy] = []
    limits: list[LimitRecord] = []
    not_run: list[NotRun] = []
    complete: bool = False

    @property
    def choices(self) -> list[Result]:
        """The cases of *may* laws: `message` is what is done where the spec leaves the choice."""
        return [r for r in self.results if r.level == "may" and r.outcome == "pass"]


@dataclass(slots=True)
class Findings:
    """What the examination of one subject found.

    `unreached` examples were left out for want of time; then `reached` is the largest size seen.
    `notes` are what else is to be said of it.
    """

    results: list[Result] = field(default_factory=list)
    accuracy: list[Accuracy] = field(default_factory=list)
    limits: list[LimitRecord] = field(default_factory=list)
    unreached: int = 0
    reached: int = 0
    notes: list[str] = field(default_factory=list)
