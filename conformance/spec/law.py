"""One law of the spec: what it says, of which functions, with which bound, and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypedDict

from conformance.model import VAST, Claim, Example
from conformance.records.results import LawRecord, Level
from conformance.spec.context import Examination

Check = Callable[[Examination, Example], Iterator[Claim]]


#: Options under which few laws hold as they are written: rows are masked, logits are others.
_APART = frozenset({"where", "temperature", "softcap"})


class Traits(TypedDict, total=False):
    """What a declaration may say of a law beside its texts: fields of `Law`."""

    formats: tuple[str, ...]
    costs: int
    reshapes: bool
    empties: bool
    least: int
    apart: bool
    prefers: Callable[[Example], bool]
    hungry: bool
    vast: bool
    limit: str
    large: bool
    corollary: bool
    masked: bool
    eager: bool


@dataclass(frozen=True, slots=True)
class Law:
    """One law of one function: level, formula, bound in words, derivation, source, what it reveals.

    `needs`: "vjp", "derived" (by the framework), "direction" (of a second derivative or of forward
    mode, shown with a failure), "layouts" (memory layouts other than C), "no axis" (among the
    options), "threads" (whose number can be set), "orders" (of two derivatives, other than the
    usual), "forward" (mode), "batches" (of any size: not where each is compiled, but for a thorough
    run), "transformed", "device" (another than the CPU), "cpu" (that the library has one), "far"
    (memory for 2³¹ elements) or another function's name; a subject without it has no such case.
    `when` selects the examples that exercise the law. `costs` is the number of further calls per
    example; the engine spends it on small examples. `reshapes` says that those calls have shapes or
    options of their own, each a program where they are compiled: the law sees few of them there, in
    one mode and one format. `formats` restricts the dtypes; `empties` says that the law speaks of
    empty batches and rows, which others are not shown. `apart`: its calls provoke errors that may
    cost a GPU's context, so that there it has a process of its own. `prefers`: examples that show
    what the law is for, of which it looks at half as many more. `vast`: it looks at rows of a
    vocabulary's size, and at what else is `for_few`. `hungry`: a right implementation may lack the
    memory for its calls, which is no verdict. `limit`: the kind of limits, of those in
    `limit_kinds`, that it speaks of. `large`: its calls have 32,768 elements and more, whatever the
    example has. `corollary`: it follows, up to rounding, from a law that stands before it, so that
    it looks where one of those fails and, where all hold, at examples with something new. `masked`:
    it looks at examples with the options of `_APART` too, of which most laws do not speak.
    `eager`: it speaks of state or of errors, so that its further calls are made in an eager mode,
    too, where a compiled one, which has the same code, is examined in full.
    """

    id: str
    functions: tuple[str, ...]
    level: Level
    says: str
    bound: str
    why: str
    source: str
    reveals: str
    check: Check
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    when: Callable[[Example], bool] | None = None
    formats: tuple[str, ...] = ()
    costs: int = 0
    reshapes: bool = False
    empties: bool = False
    least: int = 1
    apart: bool = False
    prefers: Callable[[Example], bool] | None = None
    hungry: bool = False
    vast: bool = False
    limit: str = ""
    large: bool = False
    corollary: bool = False
    masked: bool = False
    eager: bool = False

    def looks_at(self, e: Example) -> bool:
        """True if the example is one of those that the law is for, however many it may have."""
        if not (self.empties or e.size):
            return False
        if not (self.masked or _APART.isdisjoint(e.options)):
            return False
        if not self.vast and (e.for_few or (e.size >= VAST and not e.grown)):
            return False
        return self.when is None or self.when(e)

    def record(self) -> LawRecord:
        """What a report says of the law."""
        return LawRecord(
            id=self.id, level=self.level, functions=list(self.functions), says=self.says,
            bound=self.bound, why=self.why, source=self.source, reveals=self.reveals,
        )  # fmt: skip
