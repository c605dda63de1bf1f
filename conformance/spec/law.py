"""One law of the spec: what it says, of which functions, with which bound, and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import DEFAULTS
from conformance.model import VAST, Claim, Example
from conformance.records.results import LawRecord, Level
from conformance.spec.context import Examination

Check = Callable[[Examination, Example], Iterator[Claim]]


#: Options under which few laws hold as they are written: rows are masked, logits are others.
_APART = frozenset({"where", "temperature", "softcap", "z_loss"})


def is_apart(e: Example) -> bool:
    """True for an example with one of them."""
    return not _APART.isdisjoint(e.options)


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
    uncapped: bool
    unscaled: bool
    eager: bool


@dataclass(frozen=True, slots=True)
class Law:
    """One law of one function: level, formula, bound in words, derivation, source, what it reveals.

    `needs`: "vjp", "derived" (by the framework), "direction" (of a second derivative or of forward
    mode, shown with a failure), "layouts" (memory layouts other than C), "no axis" (among the
    options), "any option" (beside an axis), "any number" (among the options), "threads" (whose
    number can be set), "orders" (of two derivatives, other than the usual), "uses" (ways to call a
    function, other than plainly), "graphs" (that can be kept), "formats" (several that the file
    takes, and arrays that can be changed), "forward" (mode) and "batches" (of any size: neither
    where each is compiled, but for a thorough run), "many" (rows, neither where each shape is
    compiled, nor in a quick run), "transformed", "device" (another than the CPU), "cpu" (that the
    library has one), "far" (memory for 2³¹ elements), "mapped" (by vmap, of which one mode of a
    file tells) or another function's name; a subject without it has no such case.
    `when` selects the examples that exercise the law. `costs` is the number of further calls per
    example, which the engine spends on small examples. `reshapes`: those calls have shapes or
    options of their own, each a program where they are compiled; there the law sees few of them, in
    one mode and one format. `formats` restricts the dtypes. `empties`: it looks at empty batches
    and rows, which other laws do not see. `apart`: its calls may crash a GPU's context, so there it
    runs in a process of its own. `prefers` selects examples that show what the law is for; it looks
    at half as many more of them. `vast`: it looks at rows of a vocabulary's size, and at all else
    that is `for_few`. `hungry`: its calls have as many classes as a vocabulary, of which a right
    implementation may run out of memory, which is reported as unsupported. `limit`: the kind of
    limits, one of `limit_kinds`, that it is about. `large`: its calls have 32,768 elements and
    more, whatever the example has. `corollary`: it follows, up to rounding, from an earlier law, so
    it looks where one of those fails and, where all hold, at examples with something new. `masked`:
    it looks at examples with the options of `_APART` too, under which most laws do not hold as
    written. `uncapped`: it does not hold under a cap that is built in, as most do; `unscaled`: nor
    exactly under a temperature, which may leave the largest logit not quite 0 (docs/bounds.md).
    `built_in` are the options of `_APART` that a subject has one value of, under which the law is
    asked all the same. `eager`: it is about state or errors, so its further calls are made in an
    eager mode too, even where a compiled mode with the same code is examined in full.
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
    uncapped: bool = False
    unscaled: bool = False
    eager: bool = False
    built_in: frozenset[str] = frozenset()

    def looks_at(self, e: Example) -> bool:
        """True if the example is one of those that the law is for, however many it may have."""
        return self.is_open_to(e) and self.is_for(e)

    def is_for(self, e: Example) -> bool:
        """True if the example exercises the law, as far as `when` says."""
        return self.when is None or self.when(e)

    def is_open_to(self, e: Example) -> bool:
        """True unless the example is empty, has options, or is one of few, as few laws see."""
        if not (self.empties or e.size):
            return False
        if not self.masked and not (_APART - self.built_in).isdisjoint(e.options):
            return False
        return self.vast or not (e.for_few or (e.size >= VAST and not e.grown))

    def within(self, built_in: Mapping[str, Any]) -> Law | None:
        """The law as it is asked of a subject with options built in; None if it says nothing."""
        given = {name for name in _APART if name in built_in}
        if self.masked or not given:
            return self
        fine = {name for name in given if built_in[name] == DEFAULTS[name]}
        if not self.unscaled and FUNCTIONS.keys().isdisjoint(self.needs):
            fine |= {"temperature"} if self.uncapped else {"temperature", "softcap"}
        return replace(self, built_in=frozenset(fine)) if given <= fine else None

    def record(self) -> LawRecord:
        """What a report says of the law."""
        return LawRecord(
            id=self.id, level=self.level, functions=list(self.functions), says=self.says,
            bound=self.bound, why=self.why, source=self.source, reveals=self.reveals,
        )  # fmt: skip
