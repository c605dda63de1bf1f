"""Which programs a compiling backend is asked for: fewer of its eager mode beside another."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from conformance.examine import engine
from conformance.examine.selection import Settings, laws, subjects
from conformance.kernels.loading import load
from conformance.model import Example

pytest.importorskip("jax")

PLAIN = """
import jax

DTYPES = ("float32",)

def sigmoid(x):
    return jax.nn.sigmoid(x)
"""
BRANCHING = PLAIN.replace("return", "return x if x.size and bool(x.min() > 1e9) else")
#: Only its backward pass does.
BRANCHING_BACK = (
    PLAIN.replace("def", "@jax.custom_vjp\ndef")
    + """

def forward(x):
    return sigmoid(x), sigmoid(x)

def backward(s, g):
    return (g if g.size and bool(g.max() > 1e9) else g * s * (1 - s),)

sigmoid.defvjp(forward, backward)
"""
)


def _asked(path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """The last word on programs in an examination of the eager mode that ends after one example."""
    asked: list[str | None] = []
    made = engine.examples

    def one(*arguments: Any, **named: Any) -> Iterator[Example]:
        asked.append(named["programs"])
        return islice(made(*arguments, **named), 1)

    monkeypatch.setattr(engine, "examples", one)
    implementation = load(path)
    subject = next(s for s in subjects(implementation, settings)[0] if s.mode == "eager")
    engine.examine(implementation, subject, settings)
    return asked[-1]


@pytest.mark.parametrize(
    ("source", "settings", "programs"),
    [
        (PLAIN, Settings(brief=True), "beside"),
        (PLAIN, Settings(brief=True, modes=("eager",)), "default"),
        (PLAIN, Settings(brief=True, effort="thorough"), "thorough"),
        (BRANCHING, Settings(brief=True), "default"),
        (BRANCHING_BACK, Settings(brief=True), "default"),
    ],
    ids=["beside jit", "alone", "thorough", "cannot be traced", "gradient cannot be traced"],
)
def test_eager_beside_jit_has_few_programs(
    source: str, settings: Settings, programs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source)
    assert _asked(path, settings, monkeypatch) == programs


@pytest.mark.parametrize(("modes", "left"), [((), True), (("eager",), False)])
def test_laws_of_new_shapes_are_left_to_jit(
    modes: tuple[str, ...], left: bool, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PLAIN)
    implementation, settings = load(path), Settings(modes=modes)
    looked = {
        s.mode: {law.id for law in laws(implementation, s, settings) if law.reshapes}
        for s in subjects(implementation, settings)[0]
    }
    assert (not looked["eager"]) == left
    assert looked.get("jit", {"alone"})


@pytest.mark.parametrize(
    ("modes", "asked"),
    [
        (("eager",), "eager"), (("eager", "vmap"), "eager"), (("eager", "jit", "vmap"), "jit"),
        (("vmap",), "vmap"), (("grad-of-jit",), ""),
    ],
)  # fmt: skip
def test_one_mode_is_mapped_whatever_else_is_declared(
    modes: tuple[str, ...], asked: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(f"{PLAIN}\nMODES = {modes}\n")
    implementation, settings = load(path), Settings()
    mapped = [
        s.mode
        for s in subjects(implementation, settings)[0]
        if "sigmoid/vmap-in-any-way" in {law.id for law in laws(implementation, s, settings)}
    ]
    assert mapped == [asked] * bool(asked)


def test_eager_beside_jit_is_asked_for_numbers_and_state(tmp_path: Path) -> None:
    """Further calls tell of it what compiled code has not; what follows from numbers is left."""
    found = _outcomes(tmp_path / "mine.py", PLAIN, "float32", "eager")
    for law in ("accuracy", "gradient-accuracy", "has-no-state", "gradient-has-no-state"):
        assert found[f"sigmoid/{law}"] == "pass"
    for law in ("linear-in-the-cotangent", "reflects", "neighbours-do-not-matter"):
        assert found[f"sigmoid/{law}"] == "unsupported"


def _outcomes(path: Path, source: str, dtype: str, mode: str) -> dict[str, str]:
    """The verdicts on one subject of a run that examines two formats and two modes."""
    wide = source.replace("nn.sigmoid(x)", "nn.sigmoid(x.astype('float32')).astype(x.dtype)")
    path.write_text(wide.replace('("float32",)', '("float32", "float16")'))
    implementation, settings = load(path), Settings(brief=True)
    every = subjects(implementation, settings)[0]
    subject = next(s for s in every if (s.dtype, s.mode) == (dtype, mode))
    found = engine.examine(implementation, subject, settings).results
    return {r.invariant: r.outcome for r in found if r.level == "must"}


@pytest.mark.parametrize(
    ("source", "alike", "left"),
    [(PLAIN, True, True), (PLAIN, False, False), (BRANCHING, True, False)],
    ids=["rounds alike", "keeps more inside", "cannot be traced"],
)
def test_eager_is_left_to_float32_where_nothing_else_differs(
    source: str, alike: bool, left: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = load("jax").backend
    monkeypatch.setattr(backend, "rounds_alike", lambda dtype, device: alike)
    outcomes = _outcomes(tmp_path / "mine.py", source, "float16", "eager")
    assert (set(outcomes.values()) == {"unsupported"}) == left
    assert (outcomes["sigmoid/accuracy"] == "pass") == (not left)


def test_the_other_format_looks_at_what_it_rounds(tmp_path: Path) -> None:
    """Values, gradients and their derivatives; not again at shapes, options and empty batches."""
    narrow = _outcomes(tmp_path / "mine.py", PLAIN, "float16", "jit")
    full = _outcomes(tmp_path / "mine.py", PLAIN, "float32", "jit")
    only = {"sigmoid/row-alone", "sigmoid/hessian-in-any-order"}
    assert full.keys() >= only and not narrow.keys() & only
    assert "sigmoid/batch-size-does-not-matter" not in full  # each is a program
    for law in ("accuracy", "gradient-accuracy", "hessian-accuracy", "has-no-state"):
        assert narrow[f"sigmoid/{law}"] == "pass"


def test_jax_says_itself_whether_it_rounds_alike() -> None:
    """Of formats that no other holds it does not ask; of 16 bits the answer is one or the other."""
    backend: Any = load("jax").backend
    assert backend.rounds_alike("float64", "cpu") and backend.rounds_alike("float32", "cpu")
    assert backend.rounds_alike("float16", "cpu") in (True, False)


def test_a_run_compiles_few_programs(tmp_path: Path) -> None:
    """Counted as a user's run would have them; the limit for all functions is in the script."""
    path = tmp_path / "mine.py"
    path.write_text(PLAIN)
    script = Path(__file__).parents[2] / "benchmarks" / "programs.py"
    command = [sys.executable, str(script), str(path), "--limit"]
    told = subprocess.run([*command, "40"], capture_output=True, text=True, check=False)
    assert "mine.py: " in told.stdout and "accuracy" in told.stdout, told.stderr
    counted = int(told.stdout.split("mine.py: ")[1].split(" ")[0])
    assert 10 < counted <= 40


def test_where_the_time_goes_is_told() -> None:
    """The benchmark reaches into modules, so that it breaks when they are changed."""
    script = Path(__file__).parents[2] / "benchmarks" / "layers.py"
    command = [sys.executable, str(script), "numpy", "--function", "softplus", "--effort", "quick"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "the implementation" in done.stdout and "accuracy" in done.stdout, done.stderr
