"""`conformance power`: what mutants say of themselves, the kill matrix, the page, the statuses."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import msgspec
import pytest

from conformance.cli import main as cli
from conformance.errors import UsageError
from conformance.examine.selection import Settings
from conformance.power import page, reasons, record, specimens
from conformance.power.matrix import Break, Matrix, Verdict, judged
from conformance.power.measuring import Bench, Trial, jobs, measured
from conformance.power.record import Measurement, Usual
from conformance.power.specimens import Specimen
from conformance.processes.examiner import Closed
from conformance.spec import catalogue

HERE = Path(__file__).parents[1]

RIGHT = '''"""Right."""
import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return (np.where(x >= 0, 1, e) / (1 + e)).astype(x.dtype)
'''

MUTANT = (
    RIGHT.replace("Right.", "{says}")
    + """
SEVERITY = "{severity}"
CAUGHT_BY = {caught_by}

right = sigmoid

def sigmoid(x):
    return {body}
"""
)


def planted(folder: Path, name: str, severity: str, caught_by: tuple[str, ...], body: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = MUTANT.replace("{says}", f"Planted: {name}.").replace("{severity}", severity)
    text = text.replace("{caught_by}", repr(caught_by)).replace("{body}", body)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three mutants, of which one survives, and a control."""
    root = tmp_path_factory.mktemp("checkout")
    mutants = root / "tests" / "mutants"
    both = ("sigmoid/accuracy", "sigmoid/reflects")
    planted(mutants / "values", "one_percent", "blatant", both, "(right(x) * np.float32(1.01))")
    planted(mutants / "values", "at_a_million", "subtle", ("sigmoid/accuracy", "sigmoid/limits"),
            "np.where(x == np.float32(1e6), np.float32(0.5), right(x))")  # fmt: skip
    planted(mutants / "calls", "in_place", "moderate", ("sigmoid/leaves-arguments-alone",),
            "np.divide(1, 1 + np.exp(-x, where=x > -80, out=x * 0 + np.inf), out=x)")  # fmt: skip
    (root / "tests" / "controls").mkdir()
    (root / "tests" / "controls" / "plain.py").write_text(RIGHT, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def whole(checkout: Path) -> tuple[int, Measurement]:
    """One measurement of all of it by the command, at quick effort."""
    file = checkout / "power.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(checkout)
        status = cli.main(["power", "--effort", "quick", "-q", "-n", "2", "--json", str(file)])
    return status, record.read(str(file))


def break_of(law: str, first: int = 1, **fields: object) -> Break:
    base = {"level": catalogue()[law].level, "function": "sigmoid", "dtype": "float32"}
    given = {**base, "mode": "eager", "outcome": "fail", **fields}
    return Break(law=law, first=first, **given)  # type: ignore[arg-type]


def verdict(
    name: str, *breaks: Break, caught_by: tuple[str, ...] = (), **fields: object
) -> Verdict:
    specimen = Specimen(name=name, file=f"{name}.py", severity="subtle", caught_by=list(caught_by))
    base = {"kind": "mutant", "specimen": specimen, "subjects": 1, "breaks": list(breaks)}
    return Verdict(**{**base, **fields})  # type: ignore[arg-type]


def test_the_small_checkout_is_measured(whole: tuple[int, Measurement]) -> None:
    status, measurement = whole
    found = {v.specimen.name: v for v in measurement.verdicts}
    assert status == 1 and measurement.complete
    assert {n: bool(v.catches) for n, v in found.items()} == {
        "values/one_percent": True, "values/at_a_million": False, "calls/in_place": True,
        "controls/plain": False,
    }  # fmt: skip
    first = found["values/one_percent"].first
    assert first is not None and (first.law, first.first) == ("sigmoid/accuracy", 1)
    assert found["values/at_a_million"].missed == ["sigmoid/accuracy", "sigmoid/limits"]
    assert measurement.environment["numpy"]


def test_what_was_measured_is_told_again_without_measuring(
    whole: tuple[int, Measurement], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["power", "--from", str(checkout / "power.json"), "--all"]) == 1
    out = capsys.readouterr().out
    assert "mutants: 2 of 3 caught" in out and "controls: 1 of 1 clean" in out
    assert "values/at_a_million (subtle): Planted: at_a_million." in out
    assert "calls/in_place: sigmoid/leaves-arguments-alone after" in out or "calls/in_place" in out


def test_the_page(whole: tuple[int, Measurement]) -> None:
    usual = Usual(
        checks={"allclose": "within 1e-5"},
        said={"values/one_percent": {"allclose": "caught"}, "calls/in_place": {"allclose": "none"},
              "values/at_a_million": {"allclose": "passed"}},
    )  # fmt: skip
    text = page.page(whole[1], usual)
    lines = text.splitlines()
    assert "do not edit" in text
    assert (
        "| subtle | 1 | 0 |" in text and "| all | 3 | 2 |" in text and "| sigmoid | 3 | 2 |" in text
    )
    assert "| blatant | 100 % (1 of 1) | 100 % (1 of 1) |" in lines
    assert "| moderate | 100 % (1 of 1) | — |" in lines
    assert "| all | 67 % (2 of 3) | 50 % (1 of 2) |" in lines
    assert any(
        line.startswith("| `one_percent` | blatant | `sigmoid/accuracy` | 1 |") for line in lines
    )
    assert "| `values/at_a_million` | subtle | 0 | Planted: at&#95;a&#95;million. |" in lines
    assert "None breaks a *must* law." in lines
    widths = {line.count("|") for line in table_under(lines, "## Mutants: values")}
    assert widths == {7}
    said = [c for c in judged() if f"`{c}`" in text or f"`{c.partition('/')[2]}`" in text]
    assert said == list(judged())


def test_a_shorter_measurement_is_a_section_of_the_page(
    whole: tuple[int, Measurement], checkout: Path
) -> None:
    longer = [verdict("a/b", break_of("sigmoid/accuracy", 7)), verdict("a/c")]
    record.write(Measurement(verdicts=longer, complete=True), checkout / "longer.json")
    files = [str(checkout / name) for name in ("longer.json", "power.json", "page.md")]
    command = ["power", "--from", files[0], "--quick", files[1], "--markdown", files[2], "-q"]
    assert cli.main(command) == 1
    text = Path(files[2]).read_text(encoding="utf-8")
    before, title, section = text.partition("## At quick effort\n")
    assert title and "2 of them, at default effort" in before
    section = section.partition("\n## ")[0]
    assert "3 of them, at quick effort, seed 0." in section
    assert "| all | 3 | 2 |" in section and "| all | 2 | 1 |" in before
    assert "| of those caught | 100 % | 100 % |" in section
    assert "| of those caught | 0 % | 0 % | 100 % |" in before  # after 7 examples
    assert "| `values/at_a_million` | subtle | 0 | Planted: at&#95;a&#95;million. |" in section


def table_under(lines: list[str], title: str) -> list[str]:
    rest = lines[lines.index(title) + 2 :]
    return rest[: rest.index("")]


def test_a_law_alone_is_held_to_what_mutants_name_of_it(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(checkout / "tests" / "mutants" / "values" / "one_percent.py")
    options = ["--mutants", file, "--effort", "quick", "-q", "--only"]
    assert cli.main(["power", *options, "sigmoid/accuracy"]) == 0
    assert cli.main(["power", *options, "sigmoid/leaves-arguments-alone"]) == 1
    assert "mutants: 0 of 1 caught" in capsys.readouterr().out


def test_a_wrong_control_is_an_alarm(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = str(checkout / "tests" / "mutants" / "values" / "one_percent.py")
    status = cli.main(["power", "--controls", wrong, "--only", "sigmoid/accuracy",
                       "--effort", "quick", "-q", "--seed", "3,4"])  # fmt: skip
    out = capsys.readouterr().out
    assert status == 1 and "controls: 0 of 1 clean" in out
    assert "values/one_percent (seed 3): sigmoid/accuracy float32" in out and "(seed 4)" in out


def test_catches_are_of_must_laws_or_named() -> None:
    should = "sigmoid/gradient-relative-accuracy"
    assert catalogue()[should].level == "should"
    assert not verdict("a/b", break_of(should)).catches
    assert verdict("a/b", break_of(should), caught_by=(should,)).catches
    assert verdict("a/b", break_of("sigmoid/accuracy")).catches


def test_the_first_catch_needs_the_fewest_examples_then_the_catalogue_decides() -> None:
    late, early = break_of("sigmoid/accuracy", 9), break_of("sigmoid/limits", 2)
    unknown = break_of("sigmoid/reflects", 0, outcome="error")
    assert verdict("a/b", unknown, late, early).first == early
    assert verdict("a/b", break_of("sigmoid/limits", 2), break_of("sigmoid/accuracy", 2)).first == (
        break_of("sigmoid/accuracy", 2)
    )


def test_what_does_not_hold() -> None:
    caught = verdict("a/caught", break_of("sigmoid/accuracy"), caught_by=("sigmoid/accuracy",))
    assert Matrix([caught]).holds
    assert not Matrix([caught, verdict("a/survives")]).holds
    short = verdict("a/short", break_of("sigmoid/accuracy"), caught_by=("sigmoid/limits",))
    assert not Matrix([short]).holds and Matrix([short]).caught([short.specimen]) == 1
    flagged = verdict("c/d", break_of("sigmoid/accuracy"), kind="control")
    assert not Matrix([caught, flagged]).holds
    assert Matrix([caught, verdict("c/d", kind="control")]).holds
    assert not Matrix([verdict("a/b", trouble="no numpy", subjects=0)]).holds


def test_a_page_of_several_seeds_has_a_row_for_each_mutant() -> None:
    seeds = [
        verdict("a/b", break_of("sigmoid/accuracy", 2)),
        verdict("a/b", break_of("sigmoid/accuracy", 7), seed=1, dtypes=["float32"]),
        verdict("a/c", break_of("sigmoid/limits", 1)),
        verdict("a/c", seed=1, dtypes=["float32"]),
    ]
    text = page.page(Measurement(verdicts=seeds, complete=True))
    assert "2 of them, at default effort, seeds 0, 1. Not in all formats: 2 with seed 1 in" in text
    assert text.count("| `b` |") == text.count("| `c` |") == 1
    assert "| `sigmoid/accuracy` | 2, 7 |" in text
    assert "| `sigmoid/limits` | 1, — |" in text
    assert "| all | 2 | 1 |" in text


def test_what_was_not_examined_is_neither_caught_nor_clean() -> None:
    lost = {"trouble": "it imports 'cupy', which is not installed", "subjects": 0}
    right = [verdict(f"c/{n}", kind="control", seed=n) for n in range(2)]
    matrix = Matrix(
        [verdict("a/b", **lost), *right, verdict("c/1", kind="control", seed=2, **lost),
         verdict("c/2", kind="control", **lost)]
    )  # fmt: skip
    assert matrix.clean == {"c/0"}
    assert not matrix.survivors
    assert matrix.mutants[0].fate == "not examined"
    assert len(matrix.troubles) == 3


def test_a_mutant_is_caught_only_if_every_seed_catches_it() -> None:
    with_0 = verdict("a/b", break_of("sigmoid/accuracy"), seed=0)
    with_1 = verdict("a/b", seed=1)
    matrix = Matrix([with_0, with_1])
    assert matrix.specimens == [with_0.specimen]
    assert matrix.caught(matrix.specimens) == 0 and matrix.survivors == [with_1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("BACKEND = 'numpy'\nCAUGHT_BY = ()", "SEVERITY must be one of blatant, moderate, subtle"),
        ("SEVERITY = 'awful'\nCAUGHT_BY = ()", "SEVERITY must be one of"),
        ("SEVERITY = 'subtle'", "CAUGHT_BY must be a tuple"),
        ("SEVERITY = 'subtle'\nCAUGHT_BY = tuple(laws)", "CAUGHT_BY must be a tuple"),
        (
            "SEVERITY = 'subtle'\nCAUGHT_BY = ('softmax/acuracy',)",
            "Did you mean 'softmax/accuracy'",
        ),
        ("SEVERITY = ", "invalid syntax"),
    ],
)
def test_a_mutant_that_says_nothing_is_refused_in_one_line(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    assert cli.main(["power", "--mutants", str(tmp_path)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert "m.py" in line and words in line


def test_what_a_mutant_says_is_read_and_not_run(tmp_path: Path) -> None:
    text = (
        '"""No shift.\n\nMore."""\nSEVERITY = "blatant"\nCAUGHT_BY = ("softmax/accuracy",)\n1 / 0\n'
    )
    (tmp_path / "m.py").write_text(text, encoding="utf-8")
    (found,) = specimens.mutants([str(tmp_path)])
    assert (found.says, found.severity, found.caught_by) == (
        "No shift.",
        "blatant",
        ["softmax/accuracy"],
    )
    assert found.name == f"{tmp_path.name}/m" and found.family == tmp_path.name


@pytest.mark.parametrize(
    "words", [["--mutants", "nowhere"], ["--from", "none.json"], ["--from", "a", "--mutants", "b"],
              ["--seed", "x"], []],
)  # fmt: skip
def test_usage(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["power", *words]) == 4


def test_a_file_that_cannot_be_loaded_is_said_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.py").write_text("import no_such_library", encoding="utf-8")
    assert cli.main(["power", "--controls", str(tmp_path), "-q"]) == 1
    assert "no_such_library" in capsys.readouterr().out


def test_interrupted_it_keeps_what_is_finished(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def measure(bench: Bench, todo: list[Trial], workers: int):  # type: ignore[no-untyped-def]
        yield verdict("a/b", break_of("sigmoid/accuracy"))
        raise KeyboardInterrupt

    monkeypatch.chdir(checkout)
    monkeypatch.setattr("conformance.power.measuring.measured", measure)
    file = tmp_path / "part.json"
    assert cli.main(["power", "-q", "--json", str(file)]) == 2
    part = record.read(str(file))
    assert len(part.verdicts) == 1 and not part.complete
    assert "cut off" in page.page(part)


def test_killed_it_has_kept_what_was_finished(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "part.json"

    def measure(bench: Bench, todo: list[Trial], workers: int):  # type: ignore[no-untyped-def]
        yield verdict("a/b", break_of("sigmoid/accuracy"))
        assert len(record.read(str(file)).verdicts) == 1
        yield verdict("a/c")
        part = record.read(str(file))
        assert len(part.verdicts) == 2 and not part.complete

    monkeypatch.chdir(checkout)
    monkeypatch.setattr("conformance.power.measuring.measured", measure)
    monkeypatch.setattr(record.Keeper, "EVERY", 0.0)
    assert cli.main(["power", "-q", "--json", str(file)]) == 1
    assert record.read(str(file)).complete


def test_a_closed_bench_begins_nothing(checkout: Path) -> None:
    bench = Bench(Settings(effort="quick"))
    bench.close()
    todo = jobs(specimens.mutants([str(checkout / "tests" / "mutants")]), [], [0])
    with pytest.raises(Closed):
        list(measured(bench, todo, 1))


def test_joined_measurements_take_the_later_verdict() -> None:
    old, new = verdict("a/b"), verdict("a/b", break_of("sigmoid/accuracy"))
    other = verdict("a/b", seed=1)
    whole = record.joined([Measurement(verdicts=[old, other], complete=True),
                           Measurement(verdicts=[new], complete=True)])  # fmt: skip
    assert sorted(whole.verdicts, key=lambda v: v.seed) == [new, other] and whole.complete
    assert not record.joined([whole, Measurement(complete=False)]).complete


def test_a_measurement_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(Measurement(power_version=99)))
    with pytest.raises(UsageError, match="has version 99"):
        record.read(str(tmp_path / "a.json"))


def test_what_usual_checks_said_is_joined(tmp_path: Path) -> None:
    for name in ("a", "b"):
        said = {f"x/{name}": {"allclose": "caught"}}
        data = msgspec.json.encode(Usual(checks={"allclose": "close"}, said=said))
        (tmp_path / name).write_bytes(data)
    whole = record.read_usual([str(tmp_path / "a"), str(tmp_path / "b")])
    assert whole.said.keys() == {"x/a", "x/b"} and whole.checks == {"allclose": "close"}


def test_reasons_name_laws_that_there_are() -> None:
    from fnmatch import fnmatchcase

    for pattern, why in reasons.REASONS.items():
        assert any(fnmatchcase(law, pattern) for law in judged()), pattern
        assert len(why) > 20, pattern


def test_a_law_that_catches_elsewhere_needs_no_reason_of_its_own() -> None:
    catchers = {"sigmoid/accuracy": {"a/b"}, "softmax/accuracy": set(), "softmax/nothing": set()}
    assert reasons.reason("softmax/accuracy", catchers) == "the law catches mutants of sigmoid"
    assert reasons.reason("softmax/nothing", catchers) == ""


def test_the_usual_checks_pass_the_right_and_catch_the_blatant(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    monkeypatch.syspath_prepend(str(HERE.parent / "benchmarks"))
    usual_checks = importlib.import_module("usual_checks")
    file = tmp_path / "usual.json"
    files = [HERE / "mutants" / "gradients" / "sigmoid_odd_derivative.py",
             HERE / "controls" / "logsumexp_gradient_by_log_softmax.py"]  # fmt: skip
    words = ["usual_checks.py", checkout / "tests", *files, "--json", file]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    usual_checks.main()
    said = json.loads(file.read_text())["said"]
    assert (
        said["values/one_percent"]["allclose"]
        == said["values/one_percent"]["ONNX cases"]
        == "caught"
    )
    assert set(said["values/at_a_million"].values()) == {"passed", "none"}
    assert set(said["controls/plain"].values()) == {"passed", "none"}
    assert set(said["controls/logsumexp_gradient_by_log_softmax"].values()) == {"passed"}
    wrong = said["gradients/sigmoid_odd_derivative"]
    assert (
        wrong["gradcheck"] == wrong["check_grads"] == "caught" and wrong["ONNX cases"] == "passed"
    )
