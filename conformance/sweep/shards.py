"""One shard of a sweep: what a worker does."""

from __future__ import annotations

import contextlib
import ctypes
from functools import cache
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import FORMATS, Array
from conformance.kernels.failures import CallFailed
from conformance.model import Grade, Implementation
from conformance.objects.load import load
from conformance.sweep import spaces, tallies
from conformance.sweep.blocks import BlockScan, Inputs
from conformance.sweep.calls import Caller
from conformance.sweep.chunks import BlockSheet, Scratch, scratch
from conformance.sweep.elements import Oracle, account
from conformance.sweep.sheets import SHARD, Binade, Sheet
from conformance.sweep.tables import by_binade, descents, key, nan_in, one_binade
from conformance.sweep.tallies import Totals
from conformance.sweep.targets import Target
from conformance.sweep.tasks import Member, Outcome, Task

#: Inputs per call, which then takes longer than what is around it; results that are judged at once.
CALLED, BLOCK = 1 << 18, 1 << 16
_HELD = contextlib.ExitStack()  # as long as the process
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


@cache
def _loaded(path: str) -> Implementation:
    implementation = load(path)
    if threads := getattr(implementation.backend, "threads", None):
        _HELD.enter_context(threads(1))
    return implementation


@cache
def _keep_memory() -> None:
    """Let glibc keep freed blocks; dask's workers return them, which costs time at each call."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            mallopt(parameter, 1 << 25)


@cache
def _scratch() -> Scratch:
    return scratch()


@cache
def _oracle(target: Target, dtype: str, grade: Grade) -> Oracle:
    return Oracle(target, FORMATS[dtype], grade)


@cache
def _caller(member: Member, target: Target, dtype: str, n: int) -> Caller:
    made = _loaded(member.path)
    return Caller(made, target, FORMATS[dtype], member.mode, member.device, n)


def forget() -> None:
    """Load every file anew: it may have changed since the last sweep of this process."""
    for kept in (_loaded, _oracle, _caller):
        kept.cache_clear()


def run(task: Task) -> bytes:
    """The outcomes of a shard, one per implementation, as JSON that says the same everywhere."""
    _keep_memory()
    shard = _Shard(task)
    with np.errstate(all="ignore"):
        shard.run()
    return tallies.encoded(list(shard.outcomes.values()))


def run_all(tasks: tuple[Task, ...]) -> list[bytes]:
    """Several shards."""
    return [run(task) for task in tasks]


class _Shard:
    """The work of one shard, with the exact values that its implementations share."""

    def __init__(self, task: Task) -> None:
        self.shard = task.shard
        self.space = task.job.space
        self.dtype = task.job.dtype
        self.target = task.job.target
        self.members = task.job.members
        self.outcomes = {m: Outcome(tally=Totals()) for m in self.members}
        self.oracle = _oracle(self.target, self.dtype, task.job.grade)

    def run(self) -> None:
        """Whatever kind of shard it is."""
        kinds = {"half": self._half, "binades": self._binade, "sample": self._sample}
        kinds[self.space.kind]()

    def _caller(self, member: Member, n: int) -> Caller:
        return _caller(member, self.target, self.dtype, n)

    def _guarded(self, member: Member, work: Any) -> Any:
        """What `work` returns, or None after noting that the implementation failed or cannot."""
        outcome = self.outcomes[member]
        if outcome.error or outcome.unsupported:
            return None
        try:
            return work()
        except Unsupported as error:
            outcome.unsupported = str(error)
        except CallFailed as error:
            outcome.error = str(error)
        return None

    def _results(self, member: Member, x: Array) -> Array | None:
        """Results (n, entries) for inputs (n,)."""

        def work() -> Array:
            caller = self._caller(member, len(x))
            _put(caller.inputs, x)
            got = np.array(caller())
            return got if got.ndim == 2 else got[:, None]

        found: Array | None = self._guarded(member, work)
        return found

    def _half(self) -> None:
        fmt = FORMATS[self.dtype]
        x = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(fmt.dtype)
        self._elements(self._domain(x), ordered=True)

    def _domain(self, x: Array) -> Array:
        """The inputs on which the function is defined; some libraries raise for others."""
        if not self.target.probabilities:
            return x
        wide = x.astype(np.float64)
        return x[(wide >= 0) & (wide <= 1)]

    def _sample(self) -> None:
        x = spaces.sample(self.space, self.shard)
        x = self._domain(x)
        if len(x):
            self._elements(x, ordered=False)

    def _elements(self, x: Array, ordered: bool) -> None:
        given = self.target.rows_of(x)
        facts = self.oracle.facts(given)
        for member in self.members:
            got = self._results(member, x)
            if got is None:
                continue
            tally = self.outcomes[member].tally
            tally.inputs += len(x)
            seen = account(self.oracle, tally, given, got, facts)
            nan_in(self.oracle, tally, given, got)
            by_binade(self.oracle, tally, x, got, seen)
            if ordered:
                descents(self.oracle, tally, given, got, facts.exact, seen.where)

    def _binade(self) -> None:
        binade = spaces.binade(self.shard)
        if binade.exponent == 255:
            self._specials(binade)
        elif not self.target.probabilities or (not binade.negative and binade.exponent < 127):
            self._ordinary(binade)
        else:
            self._outside(binade)

    def _outside(self, binade: Binade) -> None:
        """Probabilities beyond [0, 1]: 1 and -0 begin their binades, the others have no value."""
        if binade.exponent == (0 if binade.negative else 127):
            self._elements(binade.inputs(np.arange(1)), ordered=False)

    def _specials(self, binade: Binade) -> None:
        """An infinity and 2^23 - 1 NaN."""
        if self.target.probabilities:
            return
        self._elements(binade.inputs(np.arange(1)), ordered=False)
        for member in self.members:
            self._nans(member, binade)

    def _nans(self, member: Member, binade: Binade) -> None:
        tally = self.outcomes[member].tally
        for start in range(0, SHARD, CALLED):
            index = np.arange(start, start + CALLED)
            index[:1] = max(start, 1)  # the infinity has been seen
            x = binade.inputs(index)
            got = self._results(member, x)
            if got is None:
                return
            seen = slice(int(start == 0), None)
            tally.inputs += len(x[seen])
            nan_in(self.oracle, tally, self.target.rows_of(x)[seen], got[seen])

    def _ordinary(self, binade: Binade) -> None:
        if self.target.probabilities and self.target.quantity == "vjp" and binade.exponent == 0:
            return  # subnormal probabilities: hardware may flush them, and 1/p overflows
        entries = range(len(self.target.curves))
        known = [BlockSheet(Sheet(self.oracle, binade, entry), BLOCK) for entry in entries]
        bound = max(float(np.max(k.ends.bound / k.ends.unit.min(axis=1))) for k in known)
        for member in self.members:
            scans = [BlockScan(k, self.oracle, _scratch()) for k in known]
            self._guarded(member, lambda p=member, w=scans: self._swept(p, binade, w))
            tally = self.outcomes[member].tally
            for scan in scans:
                tally.add(scan.finish())
            one_binade(tally, key(binade.start >> 23), bound)

    def _swept(self, member: Member, binade: Binade, scans: list[BlockScan]) -> None:
        caller, tally = self._caller(member, CALLED), self.outcomes[member].tally
        inputs = Inputs(binade, CALLED, BLOCK)
        direct = caller.inputs if self.target.shape == "unary" else None
        entries = len(scans)
        for k in range(SHARD // CALLED):
            inputs.fill(k, caller.inputs if direct is None else direct)
            results = caller()
            for entry, scan in enumerate(scans):
                mine = np.ascontiguousarray(results[:, entry] if entries > 1 else results)
                for block, part in enumerate(mine.reshape(-1, BLOCK), k * (CALLED // BLOCK)):
                    scan.see(block, part, inputs)
        tally.inputs += SHARD


def _put(inputs: Array, x: Array) -> None:
    if inputs.ndim == x.ndim:
        np.copyto(inputs, x)
    else:
        inputs[:, 0] = x
        inputs[:, 1] = 0
