"""A pytest session that examines implementations: collects, examines, gathers, writes."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cli import config as configuration
from conformance.cli.gating import Gate
from conformance.cli.values import settings_of, values_from
from conformance.errors import BaselineError, LoadError, UsageError
from conformance.pytest_plugin.arguments import check, chosen, distinct, files
from conformance.pytest_plugin.cases import Judge, Told
from conformance.pytest_plugin.items import Case, Implementation
from conformance.pytest_plugin.report import Gathered, skeleton

if TYPE_CHECKING:
    from conformance.model import Subject
    from conformance.processes.examiner import Examiner
    from conformance.processes.messages import Loaded
    from conformance.records.results import Result


def start(config: pytest.Config) -> None:
    """Register the session's plugin. pytest.UsageError for what is wrong with the options."""
    from conformance.pytest_plugin import profiles

    profiles.register()
    try:
        config.pluginmanager.register(Session(config), "conformance.session")
    except (UsageError, LoadError, BaselineError) as error:
        raise pytest.UsageError(f"conformance: {error}") from None


class Session:
    """The hooks of a session with --conformance."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.controls = bool(
            getattr(config.option, "numprocesses", None) or config.getoption("tx", None)
        )
        self.works = hasattr(config, "workerinput")
        self.values = _values(config)
        self.files = files(config, self.values["as"])
        settings_of(self.values)  # UsageError for laws that do not exist
        Gate(self.values)  # BaselineError before anything is run
        self.chosen = chosen(config, self.files)
        self.described: dict[Path, Loaded] = {}
        self.gathered = Gathered(self.values)
        self._open = ExitStack()
        self._examiner: Examiner | None = None
        self._found: dict[Subject, dict[str, Result]] = {}
        self._extra: dict[Subject, dict[str, Any]] = {}
        self._judge: Judge | None = None

    # --- what is examined ---------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Load every file, in a process of its own: a mistake ends the session with one line."""
        try:
            self.examiner.prepare(str(path) for path in self.chosen)
            self.described = distinct(
                {path: self.examiner.describe(str(path)) for path in self.chosen}
            )
            base = skeleton(list(self.described.values()), self.values)
            self._judge = Judge(self.values, base)
        except (LoadError, BaselineError) as error:
            raise pytest.UsageError(f"conformance: {error}") from None
        check(self.described, self.chosen, self.files)
        self._check_devices()
        self.gathered.begin(base, list(self.described.values()))
        if self.controls and not self.works:
            self.close()

    def _check_devices(self) -> None:
        from conformance.processes.examiner import check_devices

        try:
            check_devices(self.values["device"], self.described.values())
        except UsageError as error:
            raise pytest.UsageError(f"conformance: {error}") from None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """A file under examination is no test module: pytest does not import it."""
        return True if collection_path.resolve() in self.files else None

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The files hang on the session itself, so that no package or conftest.py is loaded."""
        report = yield
        if isinstance(collector, pytest.Session):
            report.result = [*(report.result or ()), *self._nodes(collector)]
        return report

    def _nodes(self, session: pytest.Session) -> Iterator[Implementation]:
        for path, parts in self.chosen.items():
            yield Implementation.from_parent(
                session,
                path=path,
                nodeid=self.files[path],
                described=self.described[path],
                chosen=parts,
                examination=self,
            )

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember that the run is a part of what was asked."""
        self.gathered.partial |= any(isinstance(item, Case) for item in items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look only at the laws that are left, if few are."""
        laws = {item.law for item in session.items if isinstance(item, Case)}
        asked = {law for d in self.described.values() for _, ids in d.subjects for law in ids}
        if laws and laws < asked:
            self.gathered.partial = True
            self.close()
            self.values["only"] = tuple(sorted(laws))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what the arguments were."""
        plain = {str(path): [list(parts) for parts in c] for path, c in self.chosen.items()}
        node.workerinput["conformance"] = {"chosen": plain, "args": list(self.config.args)}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Keep the cases of a subject, which are examined in one go, in one worker."""
        from conformance.pytest_plugin.scheduling import scheduler

        return scheduler(config, log, tuple(self.files.values()))

    # --- examining ----------------------------------------------------------------------------

    @property
    def examiner(self) -> Examiner:
        """Started when it is first needed."""
        if self._examiner is None:
            from conformance.processes import forked
            from conformance.processes.examiner import Examiner
            from conformance.pytest_plugin.profiles import asked

            timeout, memory = self.values["timeout"], self.values["memory"]
            settings = replace(settings_of(self.values), draws=asked())
            examiner = Examiner(settings, timeout=timeout, memory=memory)
            self._open.enter_context(forked.kept())
            self._examiner = self._open.enter_context(examiner)
        return self._examiner

    def result(self, ref: str, subject: Subject, law: str) -> Result:
        """The verdict of one law; its subject is examined when it is first asked about."""
        if subject not in self._found:
            findings = self.examiner.examine(ref, subject)
            assert self._judge is not None
            results = self._judge.look(findings.results)
            self._found[subject] = {r.invariant: r for r in results}
            self._extra[subject] = Gathered.further(findings)
        if law not in self._found[subject]:
            raise RuntimeError(f"{subject.id}: the examination gave no verdict on {law}")
        return self._found[subject][law]

    def verdict(self, result: Result) -> Told:
        """What pytest is to show of a result."""
        assert self._judge is not None
        return self._judge.told(result)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """The result travels in the report, from a worker too."""
        report: Any = yield
        if isinstance(item, Case) and item.result is not None and report.when == "call":
            further = self._extra.pop(item.subject, {})
            report.conformance = Gathered.packed(item.result, further)
            if item.result.outcome == "stale" and report.passed:
                report.wasxfail = f"stale: {item.result.message or 'it holds now'}"
        return report

    # --- what is gathered ---------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a case found."""
        if not self.works:
            self.gathered.take(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge the whole, write what was asked for."""
        self.close()
        if not self.works and self.gathered.base is not None:
            whole = int(exitstatus) in (0, 1) and not (session.shouldstop or session.shouldfail)
            if self.gathered.finish(whole) and int(exitstatus) == 0:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What the results say of each implementation, and where they went."""
        lines = self.gathered.lines
        if lines:
            terminalreporter.section("conformance")
            for line in lines:
                terminalreporter.write_line(line)

    def pytest_unconfigure(self) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the examiner's process; it starts again when it is needed."""
        self._examiner = None
        self._open.close()


def _values(config: pytest.Config) -> dict[str, Any]:
    """The options: pytest's, then Hypothesis's, then pyproject.toml's."""
    from conformance.pytest_plugin.profiles import effort

    configured = configuration.read(config.rootpath)
    configured.pop(configuration.IMPLEMENTATIONS, None)
    if chosen := effort(config.getoption("hypothesis_profile", None) or ""):
        configured["effort"] = chosen
    seed = config.getoption("hypothesis_seed", None)
    if seed is not None:
        configured["seed"] = int(seed) if str(seed).isdigit() else zlib.crc32(str(seed).encode())
    return values_from(config, configured)
