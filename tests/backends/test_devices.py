"""Devices: what a word means, what is said of one that is absent or is lost in a call."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import conformance
from conformance import backends, machine
from conformance.backends.devices import chosen, meant
from conformance.cli import main as cli
from conformance.errors import UsageError
from conformance.examine.selection import Settings, laws
from conformance.examine.tally import Tally
from conformance.floats import same_bits
from conformance.inputs import palette
from conformance.inputs.rows import Rows
from conformance.kernels.loading import load
from conformance.model import Subject
from conformance.records.results import Report, Result
from conformance.spec.context import Examination

SIGMOID = """\
import numpy as np


def sigmoid(x):
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)
"""


@pytest.mark.parametrize(
    ("there", "word", "names"),
    [
        ("cpu", "cpu", "cpu"),
        ("cpu", "cpu:0", "cpu"),
        ("cpu", "cpu:1", ""),
        ("cpu", "cuda", ""),
        ("cpu", "gpu", ""),
        ("cpu", "all", "cpu"),
        ("cpu cpu:1", "cpu:1", "cpu:1"),
        ("cpu cpu:1", "all", "cpu cpu:1"),
        ("cpu cpu:1", "gpu", ""),
        ("cpu cuda:0 cuda:1", "cuda", "cuda:0"),
        ("cpu cuda:0 cuda:1", "cuda:1", "cuda:1"),
        ("cpu cuda:0 cuda:1", "cuda:2", ""),
        ("cpu cuda:0 cuda:1", "gpu", "cuda:0"),
        ("cpu cuda:0 cuda:1", "gpu:1", "cuda:1"),
        ("cpu cuda:0 cuda:1", "mps", ""),
        ("cpu mps:0", "gpu", "mps:0"),
        ("cpu gpu:0", "cuda", "gpu:0"),  # as JAX calls it
        ("cpu gpu:0", "cuda:0", "gpu:0"),
        ("cpu gpu:0", "rocm", "gpu:0"),
        ("cpu tpu:0", "tpu", "tpu:0"),
        ("cpu tpu:0", "cuda", ""),
        ("cuda:0", "cpu", ""),
        ("", "all", ""),
    ],
)
def test_what_a_word_means(there: str, word: str, names: str) -> None:
    assert meant(tuple(there.split()), word) == tuple(names.split())


def test_words_that_mean_the_same_are_one_device() -> None:
    assert chosen(("cpu", "cuda:0"), ("cuda", "gpu", "all", "mps")) == ("cuda:0", "cpu", "mps")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A right file of NumPy, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SIGMOID, encoding="utf-8")
    return tmp_path / "mine.py"


@pytest.mark.parametrize("word", ["cuda", "cuda:1", "gpu", "cpu:1", "nonsense"])
def test_a_device_that_is_nowhere_is_a_mistake(
    word: str, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "mine.py", "--device", word, "-q"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert f"no device {word!r} here. mine: NumPy runs on the cpu only, not on {word!r}" in err
    assert err.count("\n") == 1


def test_no_device_at_all(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "mine.py", "--device", "the gpu"]) == 4
    assert "is not a device; devices are cpu, cuda, cuda:1, gpu, all" in capsys.readouterr().err


def test_a_device_of_the_file_that_is_absent_is_unsupported(mine: Path) -> None:
    """What the file itself asks for, and is not here, is told and costs nothing else."""
    mine.write_text(SIGMOID + "\nDEVICES = ('cuda', 'cpu')\n", encoding="utf-8")
    report = conformance.check(mine, dtype="float32", only="sigmoid/keeps-dtype", effort="quick")
    assert [r.device for r in report.results] == ["cpu"]
    said = {n.what: n.why for n in report.not_run}
    assert said["mine::float32-eager-cuda"] == "NumPy runs on the cpu only, not on 'cuda'"


def test_torch_says_what_was_looked_for(mine: Path) -> None:
    torch = pytest.importorskip("torch")
    backend = backends.get("torch")
    assert backend.why_not("float32", "cpu:0", "eager") is None
    absent = backend.why_not("float32", "cuda:99", "eager")
    assert absent is not None
    for words in (f"PyTorch {torch.__version__}", "CUDA", "no device 'cuda:99', only cpu"):
        assert words in absent
    with pytest.raises(UsageError, match="torch: device 'meta' holds no values: there is nothing"):
        conformance.check("torch", device="meta", dtype="float32", only="sigmoid/keeps-dtype")


def test_what_changes_results_is_recorded() -> None:
    pytest.importorskip("torch")
    said = backends.get("torch").versions()
    names = ("threads", "flush denormal", "deterministic", "float32 products")
    assert {f"torch {name}" for name in names} <= set(said)


def test_a_setting_is_probed_and_not_believed() -> None:
    torch = pytest.importorskip("torch")
    versions = backends.get("torch").versions
    assert versions()["torch flush denormal"] == "False"
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormal numbers to zero")
    try:
        assert versions()["torch flush denormal"] == "True"
    finally:
        torch.set_flush_denormal(False)


# JAX with two host devices, in a process of its own as always

JAX = """\
import jax
import jax.numpy as jnp


def softmax(x, axis=-1):
    p = jax.nn.softmax(x, axis)
    second = {there}
    return jnp.where(jnp.isfinite(p), p * 1.01, {value}) if second else p
"""
ON_SECOND = "not isinstance(x, jax.core.Tracer) and next(iter(x.devices())).id == 1"


def _by_device(report: Report) -> dict[str, dict[str, Result]]:
    found: dict[str, dict[str, Result]] = {}
    for r in report.results:
        found.setdefault(r.device, {})[r.invariant] = r
    return found


def test_two_host_devices_of_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each device is examined, the second against the first; what is wrong on it alone is seen."""
    pytest.importorskip("jax")
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    (tmp_path / "mine.py").write_text(JAX.format(there=ON_SECOND, value="0.0"), encoding="utf-8")
    report = conformance.check(
        tmp_path / "mine.py", "jax", device="all", mode="eager", dtype="float32", effort="quick",
        function="softmax", only=["softmax/accuracy", "softmax/*-cpu"],
    )  # fmt: skip
    assert report.complete
    assert report.environment["xla flags"].endswith("device_count=2")
    laws = {"softmax/agrees-with-cpu", "softmax/special-values-agree-with-cpu"}
    right = _by_device(_only(report, "jax"))
    assert set(right) == {"cpu", "cpu:1"}
    assert set(right["cpu"]) == {"softmax/accuracy"}
    assert set(right["cpu:1"]) == {"softmax/accuracy", *laws}
    assert {r.outcome for of in right.values() for r in of.values()} == {"pass"}
    wrong = _by_device(_only(report, "mine"))
    assert wrong["cpu"]["softmax/accuracy"].outcome == "pass"
    assert {law: wrong["cpu:1"][law].outcome for law in laws} == dict.fromkeys(laws, "fail")
    assert wrong["cpu:1"]["softmax/accuracy"].outcome == "fail"


def _only(report: Report, name: str) -> Report:
    return Report(results=[r for r in report.results if r.implementation == name])


# A device whose context a failing call costs, as a GPU's is by an assertion in a kernel

BACKEND = '''\
"""NumPy with a second device, which fails for good after an assertion."""

from contextlib import contextmanager

from conformance.backends.numpy import *
from conformance.backends.numpy import array as _array, host as _host

NAME = "glass"
broken = []
places = ["cpu"]


def devices():
    return ("cpu", "gpu:0")


def why_not(dtype, device, mode):
    return None if device in devices() else f"no {device}"


@contextmanager
def scope(device, dtype="float64"):
    places.append(device)
    yield
    places.pop()


def array(values, device):
    _alive()
    return _array(values, device)


def host(native):
    _alive()
    return _host(native)


def _alive():
    if broken:
        raise RuntimeError("an assertion failed in an earlier kernel")


def assertion(holds):
    if not holds:
        broken.append(True)
        raise RuntimeError("an assertion failed in this kernel")
'''
GLASS = """\
import numpy as np

import glass

BACKEND = "glass"


def sigmoid(x):
    glass.assertion(x.size != 33)
    z = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + z), z / (1 + z)).astype(x.dtype)


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.ndim == logits.ndim:
        raise NotImplementedError("class indices only")
    glass.assertion(((labels >= 0) & (labels < logits.shape[-1])).all())
    shifted = logits - logits.max(axis=-1, keepdims=True)
    picked = np.take_along_axis(shifted, labels[..., None], -1)[..., 0]
    losses = np.log(np.exp(shifted).sum(axis=-1)) - picked
    reduced = {"none": np.asarray, "sum": np.sum, "mean": np.mean}[reduction](losses)
    return reduced.astype(logits.dtype)
"""


def _glass(folder: Path, monkeypatch: pytest.MonkeyPatch, **options: object) -> Report:
    monkeypatch.syspath_prepend(folder)
    (folder / "glass.py").write_text(BACKEND, encoding="utf-8")
    (folder / "mine.py").write_text(textwrap.dedent(GLASS), encoding="utf-8")
    return conformance.check(
        folder / "mine.py", device="gpu", dtype="float32", effort="quick", **options
    )


def test_a_library_without_a_cpu_is_compared_with_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    alone = BACKEND.replace('("cpu", "gpu:0")', '("gpu:0",)')
    (tmp_path / "glass.py").write_text(alone, encoding="utf-8")
    (tmp_path / "mine.py").write_text(GLASS, encoding="utf-8")
    report = conformance.check(
        tmp_path / "mine.py", dtype="float32", effort="quick", function="sigmoid",
        only=["*-with-cpu", "sigmoid/accuracy"],
    )  # fmt: skip
    assert [(r.invariant, r.device) for r in report.results] == [("sigmoid/accuracy", "gpu:0")]


def test_a_lost_device_is_blamed_on_the_call_that_lost_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laws = ["sigmoid/accuracy", "sigmoid/monotone", "sigmoid/limits", "sigmoid/keeps-dtype"]
    report = _glass(tmp_path, monkeypatch, function="sigmoid", only=laws)
    assert report.complete
    assert {r.device for r in report.results} == {"gpu:0"}
    found = {r.invariant: r for r in report.results}
    lost = found.pop("sigmoid/accuracy")
    assert lost.outcome == "error"
    for words in (
        "the device was lost: gpu:0: RuntimeError: an assertion failed in this kernel (mine.py:9)",
        "at sigmoid(x) of shape [33]",
    ):
        assert words in lost.message
    assert {r.outcome for r in found.values()} == {"pass"}


def test_a_refusal_that_costs_the_device_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label out of range asserts in the kernel: right, and no other law is to suffer from it."""
    laws = ["label-too-large-is-refused", "bad-label-is-not-free", "negative-label"]
    report = _glass(
        tmp_path, monkeypatch, function="cross_entropy_with_logits",
        only=[f"*/{law}" for law in (*laws, "keeps-dtype", "takes-*", "never-negative")],
    )  # fmt: skip
    assert report.complete
    outcomes = {r.invariant.partition("/")[2]: (r.outcome, r.message) for r in report.results}
    assert {outcomes[law][0] for law in laws[:2]} == {"pass"}
    assert outcomes[laws[2]][1].startswith("raises RuntimeError")
    assert {words for outcome, words in outcomes.values() if outcome == "error"} == set()
    order = [r.invariant for r in report.results]
    assert order == [law.id for law in report.laws if law.id in order]


# Between two devices: each may be wrong, and each may take subnormal probabilities for zeros

PAIR = """\
import numpy as np

import glass

BACKEND = "glass"


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p, y = np.moveaxis(probs, axis, -1), labels
    if labels.shape != probs.shape:
        y = (labels[..., None] == np.arange(p.shape[-1])).astype(p.dtype)
    else:
        y = np.moveaxis(labels, axis, -1)
    there = glass.places[-1] == "{device}"
    if there and {flushes}:
        p = np.where(p < np.finfo(p.dtype).smallest_normal, 0, p)
    with np.errstate(divide="ignore"):
        losses = np.where(y == 0, 0, -y * np.log(p, where=y != 0, out=np.zeros_like(p))).sum(-1)
    losses = losses * (1 + there * {error})
    reduced = {{"none": np.asarray, "sum": np.sum, "mean": np.mean}}[reduction](losses)
    return reduced.astype(probs.dtype)
"""


@pytest.mark.parametrize("device", ["cpu", "gpu:0"])
@pytest.mark.parametrize(("flushes", "error"), [(True, 0), (False, 0.01)])
def test_a_device_is_blamed_for_its_own_errors_only(
    device: str, flushes: bool, error: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "glass.py").write_text(BACKEND, encoding="utf-8")
    text = PAIR.format(device=device, flushes=flushes, error=error)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    laws = [f"cross-entropy/{law}" for law in ("accuracy", "agrees-*", "special-values-agree-*")]
    report = conformance.check(
        tmp_path / "mine.py", device="gpu", dtype="float32", effort="quick", only=laws
    )
    found = {r.invariant.partition("/")[2]: r.outcome for r in report.results}
    wrong = "fail" if error and device == "gpu:0" else "pass"
    assert found == {
        "accuracy": wrong,
        "agrees-with-cpu": wrong,
        "special-values-agree-with-cpu": "pass",
    }


# Rows beyond what 32 bits count

FAR = """\
import numpy as np

import glass

BACKEND = "glass"


def softmax(x, axis=-1):
    if {raises!r} and x.size > 2**16:
        raise RuntimeError({raises!r})
    e = np.exp(x.astype(np.float32) - x.max(axis=axis, keepdims=True))
    p = (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
    return np.where(np.arange(x.size).reshape(x.shape) < {reached}, p, p[:1])
"""


#: (examples, failures, errors) of kernels that reach so far, or raise.
FAR_ROWS = [
    (2**60, "", (1, 0, 0)),
    (2**16 - 1, "", (1, 1, 0)),
    (0, "CUDA error: an illegal memory access was encountered", (0, 0, 1)),
    (0, "CUDA out of memory. Tried to allocate 8.00 GiB", (0, 0, 0)),
]


@pytest.mark.parametrize(("reached", "raises", "counts"), FAR_ROWS)
def test_far_rows(
    reached: int,
    raises: str,
    counts: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With 2¹⁶ in the place of 2³¹: what no other example is large enough for."""
    monkeypatch.setattr(palette, "FAR", 2**16)
    monkeypatch.setattr(machine, "available", lambda: 2**40)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "glass", raising=False)
    (tmp_path / "glass.py").write_text(BACKEND, encoding="utf-8")
    text = FAR.format(reached=reached, raises=raises)
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    implementation = load(tmp_path / "mine.py")
    subject = Subject("mine", "softmax", "float16", "gpu:0", "eager")
    thorough = Settings(effort="thorough", only=("softmax/far-rows-are-reached",), brief=True)
    (law,) = laws(implementation, subject, thorough)
    f = Examination(implementation, subject, "standard")
    made = Rows(f.function, f.fmt, "thorough", 0, None, f.accepts, ("C",), {})
    e = next(e for e in made._far() if e.family == "far")
    tally = Tally(law)
    tally.look(f, e)
    assert (tally.examples, tally.failures, tally.errors) == counts


def test_far_rows_are_for_devices_with_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "glass", raising=False)
    (tmp_path / "glass.py").write_text(BACKEND, encoding="utf-8")
    (tmp_path / "mine.py").write_text(FAR.format(reached=0, raises=""), encoding="utf-8")
    implementation = load(tmp_path / "mine.py")

    def there(device: str, effort: str, memory: int) -> bool:
        monkeypatch.setattr(machine, "available", lambda: memory)
        subject = Subject("mine", "softmax", "float16", device, "eager")
        found = laws(implementation, subject, Settings(effort=effort))
        return "softmax/far-rows-are-reached" in {law.id for law in found}

    assert there("gpu:0", "thorough", 2**40)
    assert not there("cpu", "thorough", 2**40)
    assert not there("gpu:0", "default", 2**40)
    assert not there("gpu:0", "thorough", 2**30)


# What needs the thing itself


def _gpu(name: str) -> str:
    pytest.importorskip(name)
    there = meant(backends.get(name).devices(), "gpu")
    if not there:
        pytest.skip(f"{name} sees no GPU here, only {', '.join(backends.get(name).devices())}")
    return there[0]


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["torch", "jax", "cupy"])
def test_a_gpu(name: str) -> None:
    device = _gpu(name)
    report = conformance.check(name, device="gpu", dtype="float32", effort="quick", mode="eager")
    assert report.complete
    assert {r.device for r in report.results} == {device}
    assert not [r for r in report.results if r.level == "must" and r.outcome in ("fail", "error")]


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["torch", "jax", "cupy"])
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 1, 3)])
def test_what_is_sent_to_a_gpu_comes_back(name: str, shape: tuple[int, ...]) -> None:
    device, library = _gpu(name), backends.get(name)
    for dtype in ("float64", "float32", "float16"):
        for value in (-0.0, np.finfo(dtype).smallest_subnormal, np.nan):
            sent = np.full(shape, value, dtype)
            with library.scope(device, dtype):
                there = library.array(sent, device)
                assert there.shape == shape
                assert same_bits(library.host(there), sent)


@pytest.mark.gpu
def test_a_device_side_assertion() -> None:
    """A bad label on the GPU: every other law has its verdict."""
    _gpu("torch")
    report = conformance.check(
        "torch", device="gpu", dtype="float32", effort="quick", function="cross_entropy_with_logits"
    )
    assert report.complete
    assert not [r for r in report.results if r.outcome == "error"]
