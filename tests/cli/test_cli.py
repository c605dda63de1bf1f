"""The command: exit statuses, mistakes in one line, and every command's own work."""

from __future__ import annotations

import json
import os
import sys
import types
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import reports

import conformance
from conformance import backends, processes
from conformance.backends.library import Library
from conformance.cli import main as cli
from conformance.cli.commands import new
from conformance.errors import UsageError
from conformance.records import counterexamples, storage
from conformance.records.results import Report, Result

Run = Callable[..., tuple[int, str, str]]


@dataclass
class Engine:
    """Stands for `conformance.processes.run`: gives a report, remembers the plan."""

    report: Report
    plans: list[Any] = field(default_factory=list)
    raises: BaseException | None = None

    def run(self, plan: Any, progress: Callable[[Any], None] = lambda event: None) -> Report:
        self.plans.append(plan)
        for done, result in enumerate(self.report.results, 1):
            total = len(self.report.results)
            event = {"kind": "result", "done": done, "total": total, "result": result}
            progress(types.SimpleNamespace(**event, words="numpy softmax"))
        if self.raises is not None:
            raise self.raises
        progress(types.SimpleNamespace(kind="done", done=1, total=1, result=None, words=""))
        return self.report


def failing(**fields: Any) -> Result:
    base = {"ratio": 5.3, "counterexample": reports.counterexample(), "dtype": "float16"}
    return reports.result("fail", **{**base, **fields})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine(reports.small(reports.result()))
    module = types.ModuleType("conformance.processes.run")
    module.__dict__.update(run=fake.run, Plan=lambda **words: types.SimpleNamespace(**words))
    monkeypatch.setitem(sys.modules, "conformance.processes.run", module)
    monkeypatch.setattr(processes, "run", module, raising=False)
    return fake


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.mark.parametrize(
    ("results", "options", "status"),
    [
        ([reports.result()], [], 0),
        ([failing()], [], 1),
        ([failing(level="should")], [], 0),
        ([failing(level="should")], ["--fail-on", "should"], 1),
        ([reports.result("error", None)], [], 1),
        ([reports.result("deviation", 9.0)], [], 0),
        ([reports.result("vacuous", None)], [], 0),
        ([reports.result("unsupported", None)], [], 5),
        ([], [], 5),
    ],
)
def test_exit_statuses(
    engine: Engine, run: Run, results: list[Result], options: list[str], status: int
) -> None:
    engine.report = reports.small(*results)
    assert run("run", "numpy", *options)[0] == status


def test_an_incomplete_run_was_interrupted(engine: Engine, run: Run) -> None:
    engine.report = reports.small(reports.result(), complete=False)
    assert run("run", "numpy")[0] == 2


def test_an_interrupted_run(engine: Engine, run: Run) -> None:
    engine.raises = KeyboardInterrupt()
    assert run("run", "numpy")[0] == 2


def test_a_mistake_found_by_the_engine(engine: Engine, run: Run) -> None:
    engine.raises = UsageError("no device 'cuda'; there are cpu")
    assert run("run", "numpy", "-q") == (
        4, "", "conformance run: no device 'cuda'; there are cpu\n"
    )  # fmt: skip


def test_options_reach_the_engine(engine: Engine, run: Run) -> None:
    run("run", "a.py", "torch", "--dtype", "float16", "-n", "2", "--timeout", "9", "--seed", "7")
    (plan,) = engine.plans
    assert plan.implementations == ("a.py", "torch")
    assert (plan.workers, plan.timeout, plan.memory) == (2, 9.0, 0)
    assert plan.settings.dtypes == ("float16",) and plan.settings.seed == 7


def test_without_names_what_is_installed_is_examined(
    engine: Engine, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"numpy": backends.about("numpy"), "nothere": Library("nothere", "NotHere", "not-here")}
    monkeypatch.setattr(backends, "libraries", lambda: known)
    status, out, _ = run("run")
    assert status == 0 and engine.plans[0].implementations == ("numpy",)
    assert "NotHere is not installed: pip install not-here" in out


def test_pyproject_names_what_is_examined(engine: Engine, run: Run, tmp_path: Path) -> None:
    text = '[tool.conformance]\nimplementations = ["mine.py"]\ngrade = "strict"\n'
    (tmp_path / "pyproject.toml").write_text(text)
    run("run")
    run("run", "torch", "--grade", "relaxed")
    assert engine.plans[0].implementations == ("mine.py",)
    assert engine.plans[0].settings.grade == "strict"
    assert engine.plans[1].implementations == ("torch",)
    assert engine.plans[1].settings.grade == "relaxed"


def test_progress_goes_to_standard_error_as_plain_lines(engine: Engine, run: Run) -> None:
    _, out, err = run("run", "numpy")
    assert "1 verdict" in err and "\x1b" not in err + out and "\r" not in err
    assert run("run", "numpy", "--quiet")[2] == ""


def test_all_files_are_written(engine: Engine, run: Run, tmp_path: Path) -> None:
    engine.report = reports.small(failing(), reports.result("error", None, message="bad \x00"))
    status, out, _ = run(
        "run", "numpy", "--json", "r.json", "--html", "r.html", "--markdown", "r.md",
        "--junit", "r.xml",
    )  # fmt: skip
    assert status == 1
    assert storage.read("r.json").complete
    assert "results: r.json" in out and "report: r.html" in out
    assert "<html" in Path("r.html").read_text(encoding="utf-8")
    suite = ET.parse(tmp_path / "r.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")


def test_a_file_that_cannot_be_written(engine: Engine, run: Run) -> None:
    status, _, err = run("run", "numpy", "-q", "--json", "no/such/folder/r.json")
    assert status == 4 and err.count("\n") == 1 and "no/such/folder" in err


def test_the_gate(engine: Engine, run: Run) -> None:
    gate = ("run", "numpy", "-q", "--baseline", "b.baseline")
    assert run(*gate)[0] == 4
    engine.report = reports.small(reports.result())
    assert run(*gate, "--update-baseline")[0] == 0
    engine.report = reports.small(failing(dtype="float32"))
    status, out, _ = run(*gate)
    assert status == 1 and "gate fails: 1 new" in out
    assert run(*gate, "--update-baseline")[0] == 0
    status, out, _ = run(*gate)
    assert status == 0 and "1 known" in out
    engine.report = reports.small(reports.result())
    assert run(*gate)[0] == 0
    assert run(*gate, "--strict-baseline")[0] == 1


@pytest.mark.parametrize("option", ["--update-baseline", "--strict-baseline"])
def test_baseline_options_need_a_baseline(engine: Engine, run: Run, option: str) -> None:
    status, _, err = run("run", "numpy", option)
    assert status == 4 and f"{option} needs --baseline FILE" in err
    assert not engine.plans


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rn",), "no command 'rn'. Did you mean 'run'?"),
        (("run", "--dtyp", "float16"), "no option '--dtyp'. Did you mean '--dtype'?"),
        (("run", "--dtype"), "expected one argument"),
        (("run", "numpy", "--dtype", "float33"), "Did you mean 'float32'?"),
        (("compare", "a.json"), "arguments are required: B.json"),
        (("compare", "a.json", "b.json"), "a.json: no such results file"),
        (("report",), "arguments are required"),
        (("report", "gone.json"), "gone.json: no such results file"),
        (("replay", "7f3a1c"), "no counterexample '7f3a1c'"),
        (("replay", "../../etc/passwd"), "no counterexample"),
        (("new", "x.txt"), "a file named *.py; say x.py"),
        (("new", "torch.py"), "would hide a module"),
        (("new", "no/such/place.py"), "cannot be written"),
        (("new", "x.py", "--backend", "toch"), "no backend 'toch'. Did you mean 'torch'?"),
        (("spec", "softmax/acuracy"), "Did you mean 'softmax/accuracy'?"),
        (("spec", "gradient"), "Did you mean '*gradient*'"),
        (("spec", "--function", "sofmax"), "Did you mean 'softmax'?"),
        (("--bogus",), "usage"),
    ],
)
def test_mistakes_are_one_line_with_the_way_out(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = run(*arguments)
    assert status == 4 and said in err + out
    assert arguments[0].startswith("-") or err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_teaches_with_examples(run: Run, command: str) -> None:
    with pytest.raises(SystemExit) as left:
        run(command, "--help")
    assert left.value.code == 0
    text = cli.parser([command])[1][command].format_help()
    assert text.count(f"conformance {command}") >= 3 and "examples:" in text
    assert max(map(len, text.splitlines())) <= 100


def test_the_page_of_the_command_line_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "cli.md"
    assert page.read_text(encoding="utf-8") == cli.reference(), "python -m conformance.cli.main"


def test_counterexamples_are_kept_and_listed(engine: Engine, run: Run, tmp_path: Path) -> None:
    engine.report = reports.small(failing())
    run("run", "numpy", "-q")
    assert (tmp_path / ".conformance" / ".gitignore").read_text() == "*\n"
    (kept,) = counterexamples.find("7f3a1c")
    assert kept.result.invariant == "softmax/sums-to-one"
    run("run", "numpy", "-q")
    assert len(counterexamples.find("7f3a1c")) == 1
    assert run("replay")[1] == "7f3a1c  numpy  softmax/sums-to-one\n"


def test_a_directory_that_cannot_be_written(engine: Engine, run: Run, tmp_path: Path) -> None:
    engine.report = reports.small(failing())
    (tmp_path / ".conformance").write_text("in the way")
    status, out, err = run("run", "numpy", "-q")
    assert status == 1 and "cannot be written" in out and "--json FILE" in out
    assert "Traceback" not in out + err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kept": 3}', "[" * 100_000, "\udcff"])
def test_kept_files_that_are_none_of_ours(run: Run, tmp_path: Path, text: str) -> None:
    folder = tmp_path / ".conformance" / "counterexamples"
    folder.mkdir(parents=True)
    (folder / "abcdef.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run("replay", "abcdef")[0] == 4
    assert run("replay")[0] == 0


def test_the_oldest_counterexamples_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterexamples, "_MOST", 3)
    for i in range(6):
        c = reports.counterexample(id=f"{i:06}")
        counterexamples.keep(reports.small(failing(counterexample=c)), tmp_path)
        os.utime(tmp_path / "counterexamples" / f"{i:06}.json", (i, i))
    assert counterexamples.known(tmp_path) == ["000003", "000004", "000005"]


def test_a_results_file_never_decides_what_is_run(run: Run, tmp_path: Path) -> None:
    evil = tmp_path / "evil.py"
    evil.write_text("open('ran', 'w')\n")
    info = reports.info("mine", file=str(evil))
    report = reports.small(failing(implementation="mine"), implementations=[info])
    storage.write(report, tmp_path / "r.json")
    status, _, err = run("replay", "7f3a1c", "--from", "r.json")
    assert status == 4 and "name the file to run" in err
    assert not (tmp_path / "ran").exists()


def test_report_prints_and_joins(run: Run) -> None:
    storage.write(reports.small(failing()), "a.json")
    storage.write(reports.small(reports.result(implementation="torch")), "b.json")
    status, out, _ = run("report", "a.json", "b.json")
    assert status == 0 and "numpy" in out and "torch" in out and "replay 7f3a1c" in out
    status, out, _ = run("report", "a.json", "b.json", "--json", "c.json", "--html", "c.html")
    assert out == "results: c.json\nreport: c.html\n"
    assert {r.implementation for r in storage.read("c.json").results} == {"numpy", "torch"}


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "cupy"])
def test_the_stub_is_a_program_in_good_order(run: Run, tmp_path: Path, backend: str) -> None:
    status, out, _ = run("new", "mine.py", "--backend", backend)
    assert status == 0 and "conformance run mine.py" in out
    text = (tmp_path / "mine.py").read_text(encoding="utf-8")
    compile(text, "mine.py", "exec")
    assert "@" not in text and max(map(len, text.splitlines())) <= 100
    status, _, err = run("new", "mine.py", "--backend", backend)
    assert status == 4 and "exists already" in err


def test_the_stub_loads(tmp_path: Path) -> None:
    from conformance.kernels.loading import load

    path = tmp_path / "mine.py"
    path.write_text(new.stub("numpy"), encoding="utf-8")
    implementation = load(path)
    assert set(implementation.functions) == {"sigmoid", "softmax"}
    assert set(implementation.gradients) == {"sigmoid"}


def test_spec(run: Run) -> None:
    status, out, _ = run("spec", "softmax/accuracy")
    assert status == 0 and "says" in out and "bound" in out and "source" in out
    status, out, _ = run("spec", "softmax/*")
    assert out == run("spec", "softmax")[1]
    assert "softmax/accuracy" in out and "sigmoid/" not in out
    records = json.loads(run("spec", "--json", "--level", "must", "--function", "sigmoid")[1])
    assert records and all(r["level"] == "must" for r in records)


def test_info(run: Run) -> None:
    status, out, _ = run("info")
    assert status == 0 and f"conformance {conformance.__version__}" in out and "numpy" in out
    assert json.loads(run("info", "--json")[1])["spec"] == conformance.SPEC_VERSION


def test_a_reader_that_goes_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(given: list[str]) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(cli, "_main", gone)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert cli.main(["spec"]) == 0


def test_check_is_the_same_engine(engine: Engine) -> None:
    report = conformance.check("mine.py", dtype="float16", only=["softmax/*"], fail_on="should")
    assert report.results == engine.report.results
    assert engine.plans[0].implementations == ("mine.py",)
    assert engine.plans[0].settings.dtypes == ("float16",)
    with pytest.raises(UsageError, match="Did you mean 'dtype'"):
        conformance.check("mine.py", dtypes="float16")


def test_importing_the_package_costs_nothing() -> None:
    import subprocess

    code = "import sys; import conformance; print(sorted(m for m in sys.modules if m in "
    code += "('numpy', 'pytest', 'hypothesis', 'msgspec', 'rich', 'torch', 'jax', 'argparse')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
