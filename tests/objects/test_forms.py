"""Files in the forms of benchmarks, kernels in other languages: the examples, right and wrong."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli import main as cli
from conformance.errors import LoadError
from conformance.examine.selection import Settings, laws, subjects
from conformance.objects.asked import typed
from conformance.objects.load import load
from conformance.records import storage

EXAMPLES = Path(__file__).parents[2] / "examples"
BENCH, GPU, LANGUAGES = EXAMPLES / "kernelbench", EXAMPLES / "gpu_mode", EXAMPLES / "languages"
ROWS = "softmax(axis=-1, ndim=2)"


def implementations(*refs, said=()):
    return [load(ref) for ref in typed([str(r) for r in refs], said)]


def score(capsys, *arguments, only="*/accuracy"):
    given = [*map(str, arguments), "--dtype", "float32", "--effort", "quick", "--only", only]
    status = cli.main(["run", *given, "-n", "1", "-q", "--score"])
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == status
    return found


def test_kernelbench_in_two_files(capsys):
    pytest.importorskip("torch")
    right, zeros = implementations(
        BENCH / "problem_softmax.py", BENCH / "solution_right.py", BENCH / "solution_zeros.py"
    )
    assert (right.name, zeros.name) == ("solution_right", "solution_zeros")
    assert dict(right.built_in["softmax"]) == {"axis": 1, "ndim": 2, "shape": (4096, 393216)}
    assert right.dtypes == ("float32",)
    (subject,) = subjects(right, Settings(dtypes=("float32",)))[0]
    assert "softmax/takes-every-rank" not in {law.id for law in laws(right, subject, Settings())}
    assert "KernelBench's form: ModelNew is softmax(axis=1, ndim=2)" in right.form
    found = score(capsys, BENCH / "problem_softmax.py", BENCH / "solution_zeros.py")
    assert found["broken"]["must"]["softmax/accuracy"] > 1e6
    assert score(capsys, BENCH / "problem_softmax.py", BENCH / "solution_right.py")["conforms"]


def test_kernelbench_in_one_file(capsys):
    pytest.importorskip("torch")
    (found,) = implementations(BENCH / "one_file_cross_entropy.py")
    built_in = {"axis": 1, "reduction": "mean", "ndim": 2, "shape": (32768, 4096)}
    assert dict(found.built_in["cross_entropy_with_logits"]) == built_in
    (problem,) = implementations(BENCH / "problem_softmax.py")
    assert "Model is softmax" in problem.form
    assert not score(capsys, BENCH / "one_file_cross_entropy.py")["conforms"]


def test_a_solution_alone_needs_its_problem_or_words():
    pytest.importorskip("torch")
    with pytest.raises(LoadError, match="name its file too, or say --as"):
        implementations(BENCH / "solution_right.py")
    (found,) = implementations(BENCH / "solution_right.py", said=["softmax(axis=1, ndim=2)"])
    assert found.form == "KernelBench's form: ModelNew"


@pytest.mark.parametrize(
    ("forward", "inputs", "said"),
    [
        ("torch.sigmoid(x)", "[torch.rand(300, 400)]", "sigmoid(ndim=2)"),
        ("torch.log_softmax(x, 2)", "[torch.randn(9, 3, 99)]", "log_softmax(axis=2, ndim=3)"),
        ("torch.logsumexp(x, 0)", "[torch.rand(300, 400)]", "logsumexp(axis=0, ndim=2)"),
        (
            "F.binary_cross_entropy(x, y, reduction='sum')",
            "[torch.rand(300), torch.rand(300)]",
            "binary_cross_entropy(reduction='sum', ndim=1)",
        ),
        (
            "F.cross_entropy(x, y, reduction='none')",
            "[torch.rand(2, 300, 8, 8), torch.randint(0, 300, (2, 8, 8))]",
            "cross_entropy_with_logits(axis=1, reduction='none', ndim=4)",
        ),
    ],
)
def test_what_a_model_computes_is_recognised(forward, inputs, said, tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "problem.py"
    path.write_text(
        "import torch\nimport torch.nn.functional as F\n"
        "class Model(torch.nn.Module):\n"
        f"    def forward(self, x, y=None):\n        return {forward}\n"
        f"def get_inputs():\n    return {inputs}\n"
        "def get_init_inputs():\n    return []\n"
    )
    (found,) = implementations(path)
    assert said in found.form


@pytest.mark.parametrize(
    ("forward", "inputs", "words"),
    [
        ("torch.relu(x)", "[torch.rand(3, 4)]", "Model computes no function of the spec"),
        ("x", "[1, 2]", "gives no list of arrays"),
        ("x", "[torch.rand(3, device='nowhere')]", "get_inputs() raised RuntimeError"),
    ],
)
def test_what_is_not_recognised_is_asked_for(forward, inputs, words, tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "problem.py"
    path.write_text(
        "import torch\nclass Model(torch.nn.Module):\n"
        f"    def forward(self, x):\n        return {forward}\n"
        f"def get_inputs():\n    return {inputs}\n"
    )
    with pytest.raises(LoadError) as caught:
        implementations(path)
    assert words in str(caught.value)


def test_backendbench(capsys, tmp_path):
    pytest.importorskip("torch")
    (found,) = implementations(EXAMPLES / "backendbench")
    assert set(found.functions) == {"softmax", "log_softmax"}
    assert found.options["softmax"] == {"axis"}
    result = score(capsys, EXAMPLES / "backendbench")
    assert list(result["broken"]["must"]) == ["log-softmax/accuracy"]
    (one,) = implementations(EXAMPLES / "backendbench" / "softmax__int")
    assert set(one.functions) == {"softmax"}
    with pytest.raises(LoadError, match="name one Python file in it, or a folder of BackendBench"):
        implementations(tmp_path)
    (tmp_path / "sigmoid").mkdir()
    (tmp_path / "sigmoid" / "sigmoid_implementation_v1.py").write_text("import torch\n")
    with pytest.raises(LoadError, match="defines no sigmoid_kernel_impl"):
        implementations(tmp_path)


def test_gpu_mode(capsys):
    pytest.importorskip("torch")
    kernel = GPU / "submission_softmax.py"
    assert score(capsys, kernel, "--as", "softmax((x, out), axis=-1)", only="*")["conforms"]
    with pytest.raises(LoadError, match=r"say which function it is and what data holds"):
        implementations(kernel)


def test_gpu_mode_in_two_files(capsys):
    pytest.importorskip("torch")
    files = [GPU / "cross_entropy_forward.py", GPU / "cross_entropy_backward.py"]
    said = ["cross_entropy_with_logits(axis=-1, reduction='none')"]
    said.append("cross_entropy_with_logits_vjp(axis=-1)")
    (found,) = implementations(*files, said=said)
    assert set(found.gradients) == {"cross_entropy_with_logits"}
    arguments = [*files, "--as", said[0], "--as", said[1]]
    result = score(capsys, *arguments, only="cross-entropy-with-logits/*accuracy")
    assert list(result["broken"]["must"]) == ["cross-entropy-with-logits/gradient-accuracy"]


def test_flashinfer(capsys, tmp_path):
    pytest.importorskip("torch")
    solution = EXAMPLES / "flashinfer" / "solution_softmax.json"
    (found,) = implementations(solution)
    assert found.name == "rows_in_two_passes"
    assert "run of main.py is softmax(axis=-1, ndim=2)" in found.form
    assert score(capsys, solution, only="*")["conforms"]
    other = tmp_path / "s.json"
    text = solution.read_text()
    for old, new, words in (
        ("softmax_n4096", "gemm_n4096", "names no function of the spec; say which it is"),
        ("main.py::run", "main.py::walk", "main.py has no function 'walk'"),
        ("main.py::run", "main.cu::run", "its entry_point 'main.cu::run' is not FILE.py::NAME"),
        ('"sources"', '"source"', "is not a Solution of FlashInfer-Bench"),
        ('"path": "main.py"', '"path": "../main.py"', "entry_point 'main.py::run'"),
    ):
        other.write_text(text.replace(old, new))
        with pytest.raises(LoadError) as caught:
            implementations(other)
        assert words in str(caught.value)


def test_a_source_outside_of_its_folder_is_refused_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    text = (EXAMPLES / "flashinfer" / "solution_softmax.json").read_text()
    for path in ("../other.py", "/tmp/other.py", "a/../../other.py"):
        solution = json.loads(text)
        solution["sources"].append({"path": path, "content": ""})
        (file := tmp_path / "s.json").write_text(json.dumps(solution))
        with pytest.raises(LoadError, match=r"lies outside of its folder"):
            implementations(file)
    assert os.listdir(tmp_path) == ["s.json"]


def test_a_solution_leaves_no_folder_in_the_temporary_directory(capsys, tmp_path, monkeypatch):
    """Its process is killed when it is done, and removes nothing itself."""
    pytest.importorskip("torch")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert score(capsys, EXAMPLES / "flashinfer" / "solution_softmax.json")["conforms"]
    assert not [*tmp_path.glob("conformance-*")]
    monkeypatch.setattr("tempfile.tempdir", None)


def _lacks(*modules):
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    return f"needs {', '.join(missing)}" if missing else ""


_COMPILER = "" if any(map(shutil.which, ("cc", "gcc", "clang"))) else "needs a C compiler"
_NINJA = "" if shutil.which("ninja") else "needs ninja"


@pytest.mark.parametrize(
    ("name", "said", "missing"),
    [
        ("c_by_ctypes.py::softmax_rows", ROWS, _COMPILER),
        ("by_numba.py::softmax_rows", ROWS, _lacks("numba")),
        ("by_triton.py::softmax_rows", ROWS, _lacks("torch", "triton")),
        ("by_pallas.py::softmax_rows", ROWS, _lacks("jax")),
        (
            "torch_cpp.py::torch.ops.examples.log_softmax",
            "log_softmax(axis=dim)",
            _lacks("torch") or _COMPILER or _NINJA,
        ),
    ],
    ids=["c", "numba", "triton", "pallas", "cpp"],
)
def test_kernels_in_other_languages(name, said, missing, capsys, monkeypatch):
    if missing:
        pytest.skip(missing)
    if name.startswith("torch_cpp"):  # it is compiled for a minute, when it is first imported
        subprocess.run([sys.executable, LANGUAGES / "torch_cpp.py"], check=True)
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    laws = "*softmax/accuracy,*softmax/*sums-to-one,*softmax/finite-stays-finite"
    assert score(capsys, LANGUAGES / name, "--as", said, only=laws)["conforms"]


KL = """
import numpy as np
def terms(x, t, log=False):
    y = np.exp(t) if log else t
    with np.errstate(all="ignore"):
        return np.where(y == 0, 0, y * ((t if log else np.log(t)) - x))
def by_rows(x, t):
    return terms(x, t).sum(-1).mean()
def of_logarithms(x, t):
    return terms(x, t, True).sum() / x.dtype.type(len(x))
def by_elements(x, t):
    return terms(x, t).mean()
"""


def test_a_mean_over_the_batch_is_one_that_can_be_built_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("kl.py").write_text(KL)
    said, logs = "kl_div(reduction='batchmean')", "kl_div(reduction='batchmean', log_target=True)"
    options = ["--dtype", "float32", "--effort", "quick", "-q", "-n", "1", "--json", "r.json"]
    assert cli.main(["run", "kl.py::by_rows", "--as", said, *options]) == 0
    assert cli.main(["run", "kl.py::of_logarithms", "--as", logs, *options]) == 0
    assert all(r.outcome != "vacuous" for r in storage.read("r.json").results)
    assert cli.main(["run", "kl.py::by_elements", "--as", said, *options]) == 1
