"""Every kind of misbehaviour: its verdict in words, all else still judged, nothing missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from misbehaviour import ALLOWED, DEATHS, HANGS, MEMORY, RESULTS, STATE, UNLOADABLE, Kind

from conformance.cli import main as cli
from conformance.errors import LoadError
from conformance.examine import call_notes
from conformance.examine.selection import Settings
from conformance.examine.watch import Board, Watch, attach
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import Example, View
from conformance.processes import examiner
from conformance.processes.examiner import Examiner
from conformance.processes.run import Plan, run
from conformance.records import counterexamples
from conformance.records.results import Report, Result

LAWS = (
    "accuracy", "monotone", "limits", "keeps-dtype", "owns-its-result", "leaves-arguments-alone",
    "leaves-the-process-alone",
)  # fmt: skip
FEW = ("accuracy", "monotone", "keeps-dtype")
QUICK = {"effort": "quick", "functions": ("sigmoid",), "dtypes": ("float32",)}
KINDS = DEATHS | RESULTS | STATE | ALLOWED


def _ref(kind: str) -> str:
    return "k_" + "".join(c if c.isalnum() else "_" for c in kind)


def _examined(kinds: Mapping[str, Kind], laws: tuple[str, ...], folder: Path, **limits) -> Report:
    """One run of all of them."""
    files = []
    for name, kind in kinds.items():
        files.append(folder / f"{_ref(name)}.py")
        files[-1].write_text(kind.text, encoding="utf-8")
    settings = Settings(**QUICK, only=tuple(f"sigmoid/{law}" for law in laws))
    return run(Plan(tuple(map(str, files)), settings, workers=2, journal=False, **limits))


def _of(report: Report, name: str) -> dict[str, Result]:
    """The verdicts on one kind, by law."""
    own = (r for r in report.results if r.implementation == _ref(name))
    return {r.invariant.partition("/")[2]: r for r in own}


def _holds(name: str, kind: Kind, found: Mapping[str, Result], laws: tuple[str, ...]) -> None:
    assert set(found) == set(laws)
    result = found[kind.law]
    assert (result.outcome, kind.words in result.message) == (kind.outcome, True), result.message
    rest = {law: r for law, r in found.items() if law != kind.law}
    if kind.rest == "pass":
        # what kills the process does so too where its traces are looked for
        excused = ("pass", "error") if name in DEATHS else ("pass",)
        traces = rest.pop("leaves-the-process-alone", None)
        assert traces is None or traces.outcome in excused
        assert {r.outcome for r in rest.values()} == {"pass"}
    else:
        assert {r.outcome for r in rest.values()} <= {"pass", "error", "fail", "unsupported"}
    assert not any("please report" in r.message for r in found.values())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """All kinds that come back or die, side by side in one run."""
    return _examined(KINDS, LAWS, tmp_path_factory.mktemp("kinds"))


def test_the_report_is_complete(report: Report) -> None:
    assert report.complete
    assert [i.name for i in report.implementations] == [_ref(name) for name in KINDS]
    assert not [n for n in report.not_run if "sigmoid" in n.what]


@pytest.mark.parametrize("name", KINDS)
def test_misbehaviour(name: str, report: Report) -> None:
    _holds(name, KINDS[name], _of(report, name), LAWS)


def test_a_death_names_the_line(report: Report) -> None:
    places = {"segmentation fault": 12, "abort": 12, "SciPy's sparse product": 13}
    for name, line in places.items():
        assert f"({_ref(name)}.py:{line})" in _of(report, name)["accuracy"].message, name


def test_what_always_dies_is_not_tried_for_ever(report: Report) -> None:
    found = _of(report, "always a segmentation fault")
    assert {r.outcome for r in found.values()} == {"error"}


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Those that do not come back, in a run with short limits."""
    return _examined(HANGS, FEW, tmp_path_factory.mktemp("hangs"), timeout=1.5)


@pytest.mark.parametrize("name", HANGS)
def test_what_does_not_come_back(name: str, hanging: Report) -> None:
    assert hanging.complete
    found = _of(hanging, name)
    _holds(name, HANGS[name], found, FEW)
    assert "pass" in {r.outcome for r in found.values()}


def test_memory(tmp_path: Path) -> None:
    found = _of(_examined({"memory": MEMORY}, FEW, tmp_path, memory=200), "memory")
    _holds("memory", MEMORY, found, FEW)
    assert "pass" in {r.outcome for r in found.values()}


IDENTITY = """
import mmap
import numpy as np

BACKEND = "numpy"

def cross_entropy(probs, labels, reduction="mean"):
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices are needed")
    n = probs.shape[-1]
    one = ARRAY  # n² bytes
    one[...] = 0
    one[np.arange(n), np.arange(n)] = 1
    loss = -np.log((one[labels] * probs.astype(float)).sum(-1)).astype(probs.dtype)
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.mean()
"""


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ("np.empty((n, n), np.uint8)", "n² bytes for n classes"),
        (
            "np.frombuffer(mmap.mmap(-1, n * n), np.uint8).reshape(n, n)",
            "over the limit of 300 MiB",
        ),
    ],
)
def test_memory_that_a_right_file_may_take_is_no_verdict(
    array: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "identity.py"
    path.write_text(IDENTITY.replace("ARRAY", array), encoding="utf-8")
    laws = ("cross-entropy/high-labels-are-whole", "cross-entropy/keeps-dtype")
    settings = Settings(effort="quick", dtypes=("float32",), only=laws)
    found = run(Plan((str(path),), settings, journal=False, memory=300))
    assert found.complete
    high, dtype = found.results
    assert high.outcome == "unsupported"
    assert words in high.message
    assert dtype.outcome == "pass"


BRIEFLY = """
import time
import numpy as np

DTYPES = ("float32",)

def softmax(x, axis=-1):
    if x.shape[axis] == 4097:
        taken = np.ones(2**24)  # 128 MiB
        time.sleep(0.08)
        del taken
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
"""


def test_memory_that_is_given_back_is_laid_to_what_took_it(tmp_path: Path) -> None:
    """The process goes on while it is being ended, with examples that take nothing."""
    path = tmp_path / "briefly.py"
    path.write_text(BRIEFLY, encoding="utf-8")
    laws = ("softmax/accuracy", "softmax/finite-stays-finite")
    settings = Settings(effort="quick", functions=("softmax",), only=laws)
    found = run(Plan((str(path),), settings, journal=False, memory=100))
    assert {r.outcome for r in found.results} == {"pass"}
    assert {limit.kind for limit in found.limits} <= {"space"}  # a busy machine may miss it


@pytest.mark.parametrize("kind", UNLOADABLE)
def test_what_cannot_be_loaded(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, words = UNLOADABLE[kind]
    monkeypatch.setattr(examiner, "LOADING", 5.0 if kind != "hangs" else 1.0)
    path = tmp_path / "mine.py"
    path.write_text(text + "\n", encoding="utf-8")
    with (
        Examiner(Settings(**QUICK), timeout=1.0, memory=200) as other,
        pytest.raises(LoadError) as caught,
    ):
        other.describe(str(path))
    said = str(caught.value)
    assert words in said
    assert "mine.py" in said
    assert "\n" not in said


TORCH = """\
import torch

KEPT = []


def sigmoid(x):
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_grad_enabled(False)
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    return torch.sigmoid(x)


def log_sigmoid(x):
    return torch.nn.functional.logsigmoid(x).to("meta")
"""
JAX = """\
import jax
import numpy as np


def fails(x):
    raise RuntimeError("the data has gone")


def sigmoid(x):
    return jax.pure_callback(fails, jax.ShapeDtypeStruct(x.shape, x.dtype), x)


def log_sigmoid(x):
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_debug_nans", True)
    return jax.nn.log_sigmoid(x)
"""


def _verdicts(text: str, folder: Path, *laws: str) -> dict[str, Result]:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    settings = Settings(effort="quick", dtypes=("float32",), modes=("eager",), only=laws)
    found = run(Plan((str(path),), settings, journal=False))
    assert found.complete
    return {r.invariant: r for r in found.results}


def test_state_of_torch_and_its_arrays_without_data(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    found = _verdicts(
        TORCH, tmp_path, "sigmoid/leaves*", "sigmoid/keeps-dtype", "log-sigmoid/limits"
    )
    state = found["sigmoid/leaves-the-process-alone"]
    assert state.outcome == "error"
    for words in (
        "torch's default dtype (float32 → float64)", "torch's number of threads",
        "torch's grad mode (True → False)", "torch's random state",
        "arithmetic (subnormal numbers: kept → flushed to 0)",
    ):  # fmt: skip
        assert words in state.message
    assert found["sigmoid/keeps-dtype"].outcome == "pass"
    assert found["log-sigmoid/limits"].outcome == "error"
    assert "meta tensor" in found["log-sigmoid/limits"].message


def test_configuration_of_jax_and_its_lazily_failing_arrays(tmp_path: Path) -> None:
    pytest.importorskip("jax")
    found = _verdicts(JAX, tmp_path, "sigmoid/half-at-zero", "log-sigmoid/leaves-the*")
    assert found["sigmoid/half-at-zero"].outcome == "error"
    assert "the data has gone" in found["sigmoid/half-at-zero"].message
    state = found["log-sigmoid/leaves-the-process-alone"]
    assert state.outcome == "error"
    assert "changed JAX's configuration (" in state.message
    assert "jax_enable_x64: False → True" in state.message


def test_a_key_press_is_no_misbehaviour() -> None:
    """Only what the file itself raises is held against it."""
    from conformance.kernels.failures import from_the_terminal

    def raised(action: Callable[[], object]) -> BaseException:
        try:
            action()
        except BaseException as error:
            return error
        raise AssertionError

    def by_statement() -> None:
        raise KeyboardInterrupt

    def by_signal() -> None:
        import signal

        signal.raise_signal(signal.SIGINT)

    assert not from_the_terminal(raised(by_statement))
    assert from_the_terminal(raised(by_signal))


FATAL = """
import numpy as np, os, signal

def sigmoid(x):
    if x.size == 33:
        FATE
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)
"""


@pytest.mark.parametrize(("fate", "words"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "segmentation fault (SIGSEGV)"),
    ("while True: pass", "it gave no sign of life for 2 s"),
])  # fmt: skip
def test_the_call_that_crashed_is_shown_and_replayed(
    fate: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Of a law that makes further calls, too: the call that was under way, not its example."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fatal.py"
    path.write_text(FATAL.replace("FATE", fate), encoding="utf-8")
    only = ("sigmoid/batch-size-does-not-matter",)
    settings = Settings(effort="quick", dtypes=("float32",), only=only)
    report = run(Plan((str(path),), settings, journal=False, timeout=2.0))
    (batch,) = report.results
    assert batch.outcome == "error"
    assert f"{words}, at sigmoid(x) of shape [33]" in batch.message
    assert batch.counterexample is not None
    assert batch.counterexample.arguments["x"].shape == [33]
    counterexamples.keep(report)
    monkeypatch.setattr(examiner.Examiner.__init__, "__kwdefaults__", {"timeout": 2.0, "memory": 0})
    assert cli.main(["replay", batch.counterexample.id]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("ERROR sigmoid/batch-size-does-not-matter")
    assert f"{words} (fatal.py:6)" in said
    path.write_text(FATAL.replace("FATE", "pass"), encoding="utf-8")
    assert cli.main(["replay", batch.counterexample.id]) == 0
    assert capsys.readouterr().out.startswith("FIXED  sigmoid/batch-size-does-not-matter")


def test_a_note_on_a_call_is_read_back_or_is_none() -> None:
    weight = np.array([1, 2], np.float32)
    e = Example(
        FUNCTIONS["cross_entropy_with_logits"], FORMATS["bfloat16"],
        {"logits": np.ones((3, 2), FORMATS["bfloat16"].dtype), "labels": np.array([0, 1, 1])},
        View((3,), 0, "offset", "logits", 4, axis_given=False),
        {"weight": weight, "reduction": "sum"},
    )  # fmt: skip
    data = call_notes.note(e)
    again = call_notes.example_of(data)
    assert again is not None
    assert (again.function, again.fmt, again.view) == (e.function, e.fmt, e.view)
    assert again.x.dtype == e.x.dtype and np.array_equal(again.labels, e.labels)
    assert again.options["reduction"] == "sum" and np.array_equal(again.options["weight"], weight)
    for spoilt in (b"", data[:-3], b"\x93" + data[1:], data.replace(b"bfloat16", b"complex9")):
        assert call_notes.example_of(spoilt) is None
    large = e.but(logits=np.ones((300, 400), FORMATS["bfloat16"].dtype))
    data = call_notes.note(large)
    assert call_notes.example_of(data) is None
    assert call_notes.words_of(data).endswith("of shape [400, 3]")
    assert not call_notes.words_of(call_notes.note(e))


def test_a_large_call_or_one_of_another_function_is_told_beside_what_it_is_made_of() -> None:
    dtype = FORMATS["float32"].dtype
    softmax, other = FUNCTIONS["softmax"], FUNCTIONS["log_softmax"]
    base = Example(softmax, FORMATS["float32"], {"x": np.ones((3, 2), dtype)}, View((3,)), {})
    large = base.but(x=np.ones((300, 400), dtype))
    beside = Example(other, base.fmt, base.args, base.view, {})
    for call, words in ((large, "softmax(x) of shape"), (beside, "log_softmax(x) of shape [3, 2]")):
        data = call_notes.note(call, base)
        again = call_notes.example_of(data)
        assert call_notes.words_of(data).startswith(words)
        assert again is not None and again.function is softmax
        assert np.array_equal(again.x, base.x)
    assert call_notes.example_of(call_notes.note(large, large)) is None


LARGE = """
import os
BACKEND = "numpy"
import numpy as np
def nll_loss(log_probs, labels, reduction="mean"):
    if labels.ndim > 1 or labels.dtype.kind not in "iu":
        raise NotImplementedError("class indices are needed")
    if len(log_probs) > 60_000:
        os._exit(3)
    found = -np.take_along_axis(log_probs, labels[:, None].astype(np.int64), -1)[:, 0]
    found = found.astype(np.float64)
    found = found.mean() if reduction == "mean" else found
    return np.asarray(found.sum() if reduction == "sum" else found).astype(log_probs.dtype)
"""


def test_a_larger_call_that_is_lost_is_told_beside_what_a_replay_makes_it_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "large.py"
    path.write_text(LARGE, encoding="utf-8")
    only = ("nll-loss/reduces-large-batches",)
    settings = Settings(effort="quick", dtypes=("float16",), only=only)
    report = run(Plan((str(path),), settings, journal=False))
    (result,) = report.results
    assert result.outcome == "error" and result.counterexample is not None
    assert "which the law makes of this input" in result.message
    assert result.counterexample.arguments["labels"].dtype.startswith("int")
    counterexamples.keep(report)
    assert cli.main(["replay", result.counterexample.id]) == 1


def test_a_place_is_kept_only_if_it_is_still_the_one_that_was_seen():
    board = Board()
    try:
        cells, _ = attach(board.path)
        watch = Watch((cells, None))
        watch.at(3, 1)
        seen = board.signs
        watch.at(4, 0)
        assert not board.hold(seen)
        assert board.place == (4, 0)
        assert board.hold(board.signs)
        watch.at(5, 2)
        assert board.place == (4, 0)
    finally:
        board.close()
