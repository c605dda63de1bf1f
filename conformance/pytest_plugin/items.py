"""The nodes of a file under examination: file.py::softmax::sums-to-one::float32-jit-cpu.

Every part is a node of its own, without brackets, so that -k, --lf and pasted node IDs work. The
file is never imported by pytest: a process of ours loads it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from conformance.model import Subject
from conformance.records.results import Result

if TYPE_CHECKING:
    from conformance.processes.messages import Loaded
    from conformance.pytest_plugin.cases import Told


#: Parts of node IDs that were given as arguments: ("softmax",), ("softmax", "sums-to-one"), ...
Chosen = tuple[tuple[str, ...], ...]


def case_name(subject: Subject) -> str:
    """float32-jit-cpu."""
    return f"{subject.dtype}-{subject.mode}-{subject.device}"


def law_name(law: str) -> str:
    """The law's id without the function's name."""
    return law.partition("/")[2] or law


class BrokenLawError(Exception):
    """A case that fails; the text is what pytest shows of it."""


class VerdictSource(Protocol):
    """Where a case has its verdict from."""

    def result(self, ref: str, subject: Subject, law: str) -> Result:
        """The verdict of one law; its subject is examined when it is first asked about."""

    def verdict(self, result: Result) -> Told:
        """What pytest is to show of a result."""


class Implementation(pytest.File):
    """A file under examination."""

    def __init__(
        self, *, described: Loaded, chosen: Chosen, examination: VerdictSource, **words: Any
    ) -> None:
        super().__init__(**words)
        self.described = described
        self.chosen = chosen
        self.examination = examination
        self.add_marker("conformance")

    def wants(self, *parts: str) -> bool:
        """Whether a node, named by its parts, was asked for: all are, if none is by name."""
        pairs = (zip(chosen, parts, strict=False) for chosen in self.chosen)
        return not self.chosen or any(all(a == b for a, b in pair) for pair in pairs)

    def collect(self) -> Iterator[Function]:
        """The functions that it defines, those that something is asked of."""
        laws: dict[str, dict[str, list[Subject]]] = {}
        for subject, ids in self.described.subjects:
            for law in ids:
                laws.setdefault(subject.function, {}).setdefault(law, []).append(subject)
        for name, asked in laws.items():
            if self.wants(name):
                yield Function.from_parent(self, name=name, laws=asked, file=self)


class Function(pytest.Collector):
    """A function of the spec."""

    def __init__(
        self, *, laws: dict[str, list[Subject]], file: Implementation, **words: Any
    ) -> None:
        super().__init__(**words)
        self.laws, self.file = laws, file

    def collect(self) -> Iterator[Law]:
        """The laws that speak of it."""
        for law, subjects in self.laws.items():
            name = law_name(law)
            if self.file.wants(self.name, name):
                yield Law.from_parent(self, name=name, law=law, subjects=subjects, file=self.file)


class Law(pytest.Collector):
    """A law of a function."""

    def __init__(
        self, *, law: str, subjects: list[Subject], file: Implementation, **words: Any
    ) -> None:
        super().__init__(**words)
        self.law, self.subjects, self.file = law, subjects, file

    def collect(self) -> Iterator[Case]:
        """One case for each dtype, mode and device."""
        for subject in self.subjects:
            name = case_name(subject)
            if self.file.wants(subject.function, self.name, name):
                yield Case.from_parent(
                    self, name=name, law=self.law, subject=subject, file=self.file
                )


class Case(pytest.Item):
    """A law of a function for one dtype, mode and device."""

    def __init__(self, *, law: str, subject: Subject, file: Implementation, **words: Any) -> None:
        super().__init__(**words)
        self.law, self.subject, self.file = law, subject, file
        self.result: Result | None = None

    def runtest(self) -> None:
        """Examine the subject, if that has not been done, and report what was found."""
        examination = self.file.examination
        self.result = examination.result(str(self.file.path), self.subject, self.law)
        outcome, text = examination.verdict(self.result)
        if outcome == "failed" or (outcome == "xfailed" and self.config.option.runxfail):
            raise BrokenLawError(text)
        if outcome == "skipped":
            raise pytest.skip.Exception(text, _use_item_location=True)
        if outcome == "xfailed":
            pytest.xfail(text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> Any:
        """The text of a case that fails; tracebacks are for errors of ours."""
        if isinstance(excinfo.value, BrokenLawError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Where the function is defined, and what is asked of it."""
        line = self.file.described.info.functions.get(self.subject.function, 0)
        return Path(self.path), line - 1 if line else None, f"{self.law} {self.name}"
