"""Examines in this process, at the caller's risk: objects that no other process can find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from conformance.examine.engine import examine
from conformance.examine.selection import Settings
from conformance.examine.watch import Watch
from conformance.kernels import process_state
from conformance.model import Implementation, Subject
from conformance.objects.like import alike
from conformance.objects.load import load
from conformance.processes.examiner import Examiner
from conformance.processes.messages import Loaded
from conformance.processes.worker import loaded
from conformance.records.results import Findings


class Here(Examiner):
    """An examiner without a process: what crashes takes the caller along."""

    def __init__(self, settings: Settings, held: Mapping[str, Implementation]) -> None:
        super().__init__(settings)
        self._loaded_here = dict(held)
        self._watch = Watch()

    def stop(self) -> None:
        """Let what is under way be judged on what it has seen."""
        self._watch.stop()

    def prepare(self, refs: Iterable[str]) -> None:
        """Nothing: what is here need not be loaded."""

    def has(self, ref: str) -> bool:
        """True: nothing is kept elsewhere."""
        return True

    def describe(self, ref: str) -> Loaded:
        """What is in an object or a file. LoadError."""
        if ref not in self._loaded_here:
            self._loaded_here[ref] = load(ref)
        self._loaded_here[ref] = alike(self._loaded_here[ref], self.settings.like)
        return loaded(self._loaded_here[ref], self.settings)

    def examine(self, ref: str, subject: Subject) -> Findings:
        """The verdicts on a subject; what the examination sets in this process is put back."""
        before = process_state.snapshot()
        process_state.keep(before)
        try:
            with np.errstate(all="ignore"):
                return examine(self._loaded_here[ref], subject, self.settings, self._watch)
        finally:
            process_state.restore(before)
