"""Objects named where they stand: what --as says, how they are called, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import reports

import conformance
from conformance.backends import Unsupported
from conformance.cli import main as cli
from conformance.errors import LoadError
from conformance.kernels.parameters import parameters
from conformance.objects.adapter import Adapted
from conformance.objects.asked import typed
from conformance.objects.calls import Spelled, parsed
from conformance.objects.libraries import own_function
from conformance.objects.like import hints
from conformance.objects.load import load
from conformance.objects.places import is_object, places, resolve
from conformance.records import deviations, storage
from conformance.reporting.html import reproducer

KERNELS = """
import numpy as np

class Softmax:
    def __call__(self, x):
        return softmax_rows(x)

class Scaled:
    def __init__(self, scale):
        self.scale = scale
    def __call__(self, x):
        return softmax_rows(self.scale * x)
    @staticmethod
    def still(x):
        return softmax_rows(x)
    def moved(self, x):
        return softmax_rows(x)

class Own:  # whose instances cannot be called
    def rows(self, x):
        return softmax_rows(x)
    @property
    def lazily(self):
        return softmax_rows

def softmax_rows(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def zeros(x):
    return np.zeros_like(x)

def pair(x, dim):
    e = np.exp(x - x.max(dim, keepdims=True))
    return "softmax", e / e.sum(dim, keepdims=True)

def into(out, x):
    out[...] = softmax_rows(x)

def backward(grad, x):
    p = softmax_rows(x)
    return p * (grad - (p * grad).sum(-1, keepdims=True))

softmaxes = [softmax_rows]
number = 3
"""
SOFTMAX = "softmax(axis=-1)"


@pytest.fixture
def kernels(tmp_path):
    path = tmp_path / "kernels.py"
    path.write_text(KERNELS)
    return path


def run(*arguments):
    return cli.main(["run", *map(str, arguments), "-n", "1", "-q", "--effort", "quick"])


def call(target, text, *arrays, **options):
    return Adapted(target, parsed(text))(*arrays, **options)


def test_what_a_call_says():
    said = parsed("cross_entropy_with_logits(logits=input, labels=target, axis=1, eps=0.5)")
    assert said.name == "cross_entropy_with_logits"
    assert dict(said.renamed) == {"logits": "input", "labels": "target"}
    assert dict(said.fixed) == {"axis": 1}
    assert dict(said.constants) == {"eps": 0.5}
    ordered = parsed("softmax((x, out), False)")
    assert ordered.order == ((Spelled("x"), Spelled("out")), False)
    assert parsed("softmax").order is None
    assert parsed("softmax_vjp").arrays == ("x", "cotangent")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("softmx", "Did you mean 'softmax'?"),
        ("relu", "there are sigmoid,"),
        ("softmax(", "is not a call such as softmax(axis=1)"),
        ("1 + 1", "is not a call such as softmax(axis=1)"),
        ("softmax(axs=1)", "Did you mean 'axis'?"),
        ("softmax(dim=1)", "the spec's word for dim is axis: axis=dim if"),
        ("cross_entropy(reduction=mean)", "write reduction='mean' with quotes"),
        ("cross_entropy(reduction='avg')", "'none', 'mean' or 'sum'"),
        ("softmax(axis='x')", "an axis such as -1"),
        ("softmax(x=3)", "x= is an array; give the object's name for it: x=NAME"),
        ("softmax(labels)", "there are x, axis"),
        ("softmax(labels=target)", "there are x, axis"),
        ("softmax(x, x)", "x is given twice"),
        ("softmax(x, axis, axis=1)", "axis is given twice"),
        ("cross_entropy(probs)", "the call leaves out labels"),
        ("softmax(n=1+2)", "1 + 2 is neither a name nor a plain value"),
        ("softmax(**{})", "** says nothing here"),
        ("softmax(out=1, result=0)", "either out= or result="),
        ("softmax(out=-1)", "out= is a place such as 2, or a name"),
        ("softmax(ndim=0)", "the number of axes"),
        ("softmax(shape=7)", "a shape such as"),
        ("cross_entropy_with_logits(weight=3)", "None: weights are arrays"),
        ("cross_entropy_with_logits(label_smoothing=2)", "a number from 0 to 1"),
    ],
)
def test_a_call_that_says_nothing_is_refused_in_a_line(text, words):
    with pytest.raises(LoadError) as caught:
        parsed(text)
    assert str(caught.value).startswith("--as ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arrays_and_options_go_where_the_object_has_them():
    seen = []

    def ce(target, inputs, dim, reduction="none", eps=0.0):
        seen.append((target, inputs, dim, reduction, eps))

    text = "cross_entropy_with_logits(logits=inputs, labels=target)"
    adapted = Adapted(ce, parsed(text))
    assert adapted.accepted == {"axis", "reduction"}
    adapted(*(x := (np.ones(2), np.ones(1))), axis=0, reduction="sum")
    adapted(*x)
    assert seen == [(x[1], x[0], 0, "sum", 0.0), (x[1], x[0], -1, "mean", 0.0)]


def test_an_option_that_is_built_in_is_passed_to_an_argument_that_has_it():
    def softmax(x, dim):
        return dim

    assert call(softmax, "softmax(axis=1)", np.ones(2)) == 1
    assert call(lambda x: "none", "softmax(axis=1)", np.ones(2)) == "none"
    assert call(softmax, "softmax(x, axis)", np.ones(2), axis=0) == 0
    assert call(lambda *a, **k: (len(a), k), "softmax(x, axis, False)", np.ones(1)) == (3, {})
    assert call(lambda *a, **k: (len(a), k), "softmax", np.ones(1), axis=1) == (1, {"axis": 1})
    assert call(lambda data: len(data), "softmax((x, axis))", np.ones(1)) == 2
    assert call(lambda x, /, y=5, *, n: (y, n), "softmax(n=3)", np.ones(1)) == (5, 3)


@pytest.mark.parametrize("text", ["softmax(out=1)", "softmax(out=y)", "softmax(x, out)"])
def test_what_is_written_to_is_full_of_nan_before(text):
    def into(x, y):
        assert np.isnan(y).all()
        y[0] = 1

    got = call(into, text, np.zeros((2, 3), np.float32))
    assert got.shape == (2, 3) and got.dtype == np.float32
    assert (got[0] == 1).all() and np.isnan(got[1]).all()


def test_the_output_has_the_shape_of_the_result():
    got = []
    into = lambda *arrays: got.append(arrays[-1].shape)  # noqa: E731
    x, y = np.ones((4, 3)), np.ones(4, int)
    call(into, "logsumexp(x, out)", x, axis=0)
    call(into, "cross_entropy(probs, labels, out)", x, y, reduction="none")
    call(into, "cross_entropy(probs, labels, out)", x, y)
    call(into, "cross_entropy_vjp(probs, labels, cotangent, out)", x, y, np.ones(4))
    assert got == [(3,), (4,), (), (4, 3)]


def test_the_part_of_a_tuple_that_is_the_result():
    assert call(lambda x: (1, x), "softmax(result=1)", "x") == "x"
    assert call(lambda x: {"p": x}, "softmax(result='p')", "x") == "x"
    assert call(lambda x: SimpleNamespace(p=x), "softmax(result='p')", "x") == "x"
    with pytest.raises(TypeError, match=r"returned an int, which has no \[1\]"):
        call(lambda x: 1, "softmax(result=1)", "x")


def test_what_keeps_no_graph_has_no_derivatives():
    torch = pytest.importorskip("torch")
    adapted = Adapted(lambda x: torch.softmax(x.detach(), -1), parsed("softmax"))
    x = torch.zeros(3, requires_grad=True)
    with pytest.raises(Unsupported, match="has no graph"):
        adapted(x)
    assert adapted(x.detach()).sum() == 1


def test_an_autograd_function_has_the_parameters_of_its_forward():
    torch = pytest.importorskip("torch")

    class WithContext(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, dim):
            return torch.softmax(x, dim)

    class Apart(torch.autograd.Function):
        @staticmethod
        def forward(x, dim):
            return torch.softmax(x, dim)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.dim = inputs[1]

    for kind in (WithContext, Apart):
        known = parameters(kind.apply)
        assert [(p.name, p.by_place, p.by_name) for p in known] == [
            ("x", True, False), ("dim", True, False)
        ]  # fmt: skip
        assert Adapted(kind.apply, parsed("softmax(axis=dim)")).accepted == {"axis"}


def test_operators_of_torch_tell_their_arguments():
    pytest.importorskip("torch")
    found = load("torch.ops.aten._softmax as softmax(axis=dim, half_to_float=False)")
    assert found.options["softmax"] == {"axis"}
    assert found.backend.NAME == "torch"
    with pytest.raises(LoadError, match="needs an argument 'half_to_float': give it"):
        load("torch.ops.aten._softmax as softmax")


def test_places_are_text_and_back():
    text = "a.py::K.softmax as softmax(axis=1)"
    (place,) = places(text)
    assert (place.source, place.path, place.said) == ("a.py", "K.softmax", "softmax(axis=1)")
    assert str(place) == text
    assert str(places("scipy.special:softmax as softmax")[0]).startswith("scipy.special:softmax")
    assert not is_object("numpy") and not is_object("some/file.py")
    assert resolve("json.decoder:loads as softmax").name == "decoder.py"


def test_a_gradient_joins_the_function_before_it(kernels):
    refs = [f"{kernels}::softmax_rows", f"{kernels}::backward", f"{kernels}::zeros"]
    said = [SOFTMAX, "softmax_vjp(cotangent=grad)", SOFTMAX]
    found = typed(refs, said)
    assert len(found) == 2
    assert set(load(found[0]).gradients) == {"softmax"}


def test_an_object_conforms_and_another_does_not(kernels, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--dtype", "float32", "--only", "softmax/accuracy", "--json", "r.json"]
    for name in ("Softmax", "Scaled.still", "Own.rows", "Own.lazily", "softmax_rows"):
        assert run(f"kernels.py::{name}", "--as", SOFTMAX, *options) == 0, capsys.readouterr()
    assert run("kernels.py::pair", "--as", "softmax(axis=dim, result=1)", *options) == 0
    assert run("kernels.py::into", "--as", "softmax(out=out)", *options) == 0
    assert run("kernels.py::zeros", "kernels.py::Softmax", "--as", SOFTMAX, *options) == 1
    report = json.loads((tmp_path / "r.json").read_text())
    assert [i["name"] for i in report["implementations"]] == ["zeros", "Softmax"]
    wrong = report["results"][0]
    assert cli.main(["replay", wrong["counterexample"]["id"]]) == 1
    assert "FAILED" in capsys.readouterr().out


def test_laws_are_asked_under_what_is_built_in(tmp_path, monkeypatch):
    """A cap and a temperature are met by what holds under them, in wrong kernels and in right."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fixed.py"
    path.write_text(
        "import numpy as np\n"
        "def softmax(x):\n"
        "    e = np.exp(x - x.max(-1, keepdims=True))\n"
        "    return e / e.sum(-1, keepdims=True)\n"
        "def warm(x):\n"
        "    return softmax(x / x.dtype.type(0.07))\n"
        "def capped(x):\n"
        "    return softmax(x.dtype.type(5) * np.tanh(x / x.dtype.type(5)))\n"
        "def rows_as_they_lie(x):\n"
        "    return warm(x.ravel(order='K').reshape(x.shape))\n"
    )
    warm, options = "softmax(temperature=0.07)", ["--dtype", "float32", "--json", "r.json"]
    assert run("fixed.py::warm", "--as", warm, *options) == 0
    counts = [r.outcome for r in storage.read("r.json").results]
    assert "vacuous" not in counts and counts.count("pass") > 30
    assert run("fixed.py::capped", "--as", "softmax(softcap=5.0)", *options) == 0
    only = ["--only", "softmax/layout-does-not-matter"]
    assert run("fixed.py::rows_as_they_lie", "--as", warm, *options, *only) == 1


def test_a_built_in_axis_is_where_the_classes_are(kernels, tmp_path, capsys):
    path = tmp_path / "columns.py"
    path.write_text(
        "import numpy as np\n"
        "def columns(x):\n"
        "    assert x.ndim == 3\n"
        "    e = np.exp(x - x.max(1, keepdims=True))\n"
        "    return e / e.sum(1, keepdims=True)\n"
    )
    options = ["--dtype", "float64", "--only", "softmax/accuracy"]
    assert run(f"{path}::columns", "--as", "softmax(axis=1, ndim=3)", *options) == 0
    assert run(f"{path}::columns", "--as", "softmax(axis=-1, ndim=3)", *options) == 1


def test_built_in_options_of_losses(tmp_path):
    path = tmp_path / "losses.py"
    path.write_text(
        "import numpy as np\n"
        "def loss(x, y):\n"
        "    m = x.max(-1, keepdims=True)\n"
        "    z = x - m - np.log(np.exp(x - m).sum(-1, keepdims=True))\n"
        "    picked = np.take_along_axis(z, np.where(y == -1, 0, y)[..., None], -1)[..., 0]\n"
        "    return np.where(y == -1, 0, -(0.75 * picked + 0.25 * z.mean(-1)))\n"
    )
    said = "reduction='none', label_smoothing=0.25, ignore_index=-1"
    only = ["--dtype", "float64", "--only", "cross-entropy-with-logits/accuracy"]
    assert run(f"{path}::loss", "--as", f"cross_entropy_with_logits({said})", *only) == 0
    other = said.replace("0.25", "0.5")
    assert run(f"{path}::loss", "--as", f"cross_entropy_with_logits({other})", *only) == 1
    assert run(f"{path}::loss", "--as", "cross_entropy_with_logits", *only) == 1


@pytest.mark.parametrize(
    ("refs", "said", "words"),
    [
        (["Sofmax"], SOFTMAX, "has no 'Sofmax'. Did you mean"),
        (["number"], SOFTMAX, "is an int and cannot be called"),
        (
            ["Scaled"],
            SOFTMAX,
            "making an instance needs scale: write `F = Scaled(scale=...)` in the file",
        ),
        (["Scaled.moved"], SOFTMAX, "making an instance needs scale"),
        (
            ["Softmax"],
            None,
            "say which function of the spec it is, such as --as 'softmax(axis=-1)'",
        ),
        (["pair"], "softmax(axis=d)", "takes no argument 'd'; it has x, dim"),
        (["into"], "softmax", "needs an argument 'out': give it with --as 'softmax(out=...)'"),
        (["backward"], "softmax_vjp", "softmax_vjp goes with softmax"),
        ([""], SOFTMAX, "names no object after"),
        (["pair"], "softmax(out=2)", "has no argument 2, counted from 0; it has x, dim"),
        (["zeros"], "softmax(axis=1, ndim=1)", "an array with ndim=1 has no axis 1"),
        (["zeros"], "softmax(axis=1, shape=(2,))", "an array with ndim=1 has no axis 1"),
        (["zeros"], "softmax(ndim=2, shape=(2, 3, 4))", "shape= has 3 axes, and ndim= is 2"),
    ],
)
def test_mistakes_are_one_line(refs, said, words, kernels, capsys):
    words_of_as = [] if said is None else ["--as", said]
    assert run(*(f"{kernels}::{name}" for name in refs), *words_of_as) == 4
    line = capsys.readouterr().err
    assert words in line and line.count("\n") == 1


def test_mistakes_of_the_whole_command(kernels, capsys):
    assert run("numpy", "--as", SOFTMAX) == 4
    assert "--as needs an object" in capsys.readouterr().err
    assert run("::zeros", "--as", SOFTMAX) == 4
    assert "names no file before '::'" in capsys.readouterr().err
    assert run("--as", SOFTMAX) == 4
    assert "--as needs an object" in capsys.readouterr().err
    assert run(f"{kernels}::zeros", "--as", SOFTMAX, "--as", SOFTMAX) == 4
    assert "--as is given 2 times for 1 objects" in capsys.readouterr().err
    assert run("no_such_module_here.x:f", "--as", SOFTMAX) == 4
    assert "no module 'no_such_module_here' can be found" in capsys.readouterr().err
    assert run(kernels, "--as", SOFTMAX) == 4
    assert "has several objects (Softmax, Scaled" in capsys.readouterr().err


def test_the_objects_of_pyproject(kernels, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.conformance]\n"
        'implementations = ["kernels.py::Softmax", "kernels.py::zeros"]\n'
        'as = ["softmax(axis=-1)"]\nonly = ["softmax/accuracy"]\ndtype = ["float32"]\n'
    )
    monkeypatch.chdir(tmp_path)
    assert run() == 1


def test_modules_are_found_without_being_imported(tmp_path, monkeypatch):
    (tmp_path / "noisy").mkdir()
    (tmp_path / "noisy" / "__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "noisy" / "inner.py").write_text("def softmax(x): return x")
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve("noisy.inner:softmax as softmax").name == "inner.py"
    assert "noisy" not in sys.modules


def test_a_counterexample_of_an_object_is_a_script_that_loads_it(kernels):
    report = conformance.check(
        f"{kernels}::zeros", as_=SOFTMAX, dtype="float64", only="softmax/accuracy", isolate=False
    )
    (result,) = report.failures
    text = reproducer.script(result, report.implementations[0])
    assert f"load('kernels.py::zeros as {SOFTMAX}')" in text
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=kernels.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "0." in done.stdout


LOSS = """
import torch
LIKE = "torch"
def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    logits, labels = logits.movedim(axis, -1), labels
    logs = torch.log_softmax(logits, -1)
    if labels.is_floating_point():
        losses = -(labels.movedim(axis, -1) * logs).sum(-1)
    else:
        losses = -logs.gather(-1, labels[..., None].long()).squeeze(-1)
    return losses if reduction == "none" else getattr(losses, reduction)()
"""
NO_MASS = "cross-entropy-with-logits/masked-class-without-mass"


def test_what_the_replaced_implementation_declares_is_no_failure(tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "loss.py"
    only = {"only": [NO_MASS, "cross-entropy-with-logits/accuracy"], "dtype": "float32"}
    path.write_text(LOSS)
    report = conformance.check(path, isolate=False, effort="quick", **only)
    outcomes = {r.invariant: r.outcome for r in report.results}
    assert outcomes[NO_MASS] == "deviation" and report.conforms
    assert "as torch does: " in next(r.message for r in report.results if r.invariant == NO_MASS)
    path.write_text(LOSS.replace('LIKE = "torch"', ""))
    assert not conformance.check(path, isolate=False, effort="quick", **only).conforms
    (hint,) = hints(conformance.check(path, isolate=False, effort="quick", **only))
    assert hint == (
        "loss: of cross_entropy_with_logits it breaks only laws that torch breaks, too "
        "(docs/findings.md): --like torch if it replaces that"
    )
    report = conformance.check(path, isolate=False, effort="quick", like="torch", **only)
    assert report.conforms and report.implementations[0].like == "torch"
    assert not [*hints(report)]


CLAMPED = """
import torch
LIKE = "torch"
def binary_cross_entropy(probabilities, labels, reduction="mean"):
    p, rest = probabilities, 1 - probabilities
    logs = torch.log(p).clamp(min=-100), torch.log(rest).clamp(min=-100)
    losses = -(labels * logs[0] + (1 - labels) * logs[1])
    return losses if reduction == "none" else getattr(losses, reduction)()
"""


def test_a_failure_where_the_replaced_implementation_holds_is_no_deviation_of_its_own(tmp_path):
    pytest.importorskip("torch")
    path, law = tmp_path / "loss.py", "binary-cross-entropy/accuracy"
    only = {"only": [law], "dtype": "float32", "isolate": False, "effort": "quick"}
    path.write_text(CLAMPED)
    (result,) = conformance.check(path, **only).results
    assert result.outcome == "deviation" and "as torch does: " in result.message
    path.write_text(CLAMPED.replace("torch.log(p)", "torch.log(p + 1e-4)"))
    (result,) = conformance.check(path, **only).results
    assert result.outcome == "fail"
    assert "torch, which declares to break this law, keeps it here" in result.message
    path.write_text(
        CLAMPED.replace("p, rest =", "assert probabilities.min() > 1e-3\n    p, rest =")
    )
    (result,) = conformance.check(path, **only).results
    assert result.outcome == "error" and not result.message.startswith("as torch does")


def test_laws_that_the_replaced_implementation_breaks_and_this_keeps_are_told():
    info = reports.small(reports.result()).implementations[0]
    law = "softmax/accuracy"
    mine = msgspec.structs.replace(info, like="torch", inherited=[law], deviations={law: "why"})
    report = reports.small(reports.result(invariant=law, implementation=info.name))
    report = msgspec.structs.replace(report, implementations=[mine])
    assert deviations.settled(report).results[0].outcome == "pass"
    assert deviations.lines(report) == [f"{info.name} holds, unlike torch: {law}"]


def test_what_is_not_bundled_cannot_be_replaced(tmp_path, capsys):
    path = tmp_path / "loss.py"
    path.write_text("LIKE = 'tourch'\ndef softmax(x):\n    return x\n")
    assert run(path) == 4
    assert (
        "LIKE is 'tourch', which is not bundled. Did you mean 'torch'?" in capsys.readouterr().err
    )
    assert run("numpy", "--like", "tourch") == 4
    assert "Did you mean 'torch'?" in capsys.readouterr().err


def test_an_object_that_calls_the_library_itself_is_told_so(kernels):
    torch = pytest.importorskip("torch")

    class Model(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.softmax(x, dim=1)

    assert own_function(Model(), "softmax") == "torch's own softmax"
    assert own_function(lambda x: Model()(x), "log_softmax") == ""
    assert own_function(lambda x: torch.exp(x), "softmax") == ""
    assert load(f"{kernels}::Softmax as {SOFTMAX}").form == ""


def test_a_function_of_vectors_is_examined_as_one():
    """What `ndim=1` says is a limit, as it is of a file that refuses matrices."""

    def vector(x):
        e = np.exp(x - x.max())
        return e / e.sum()

    given = {"as_": "softmax(axis=-1, ndim=1)", "dtype": "float64", "only": "softmax/accuracy"}
    for kernel, outcome in ((vector, "pass"), (np.zeros_like, "fail")):
        found = conformance.check(kernel, isolate=False, effort="quick", **given)
        assert [r.outcome for r in found.results] == [outcome]


def test_a_module_that_is_wrong_in_evaluation_only(tmp_path):
    pytest.importorskip("torch")
    path = tmp_path / "modules.py"
    path.write_text(
        "import torch\nclass Softmax(torch.nn.Module):\n    def forward(self, x):\n"
        "        p = torch.softmax(x, -1)\n"
        "        return p if self.training else p.half().float()\n"
    )
    found = conformance.check(
        f"{path}::Softmax", as_="softmax(axis=-1)", isolate=False, effort="quick",
        dtype="float32", only="softmax/value-in-every-use,softmax/accuracy",
    )  # fmt: skip
    assert {r.invariant: r.outcome for r in found.results} == {
        "softmax/accuracy": "pass", "softmax/value-in-every-use": "fail"
    }  # fmt: skip


def test_objects_as_nodes_of_pytest(kernels):
    only = ["--conformance-only", "softmax/accuracy", "--conformance-dtype", "float32"]
    named = ["--conformance=kernels.py::Softmax", "--conformance=kernels.py::zeros"]
    told = [f"--conformance-as={SOFTMAX}", "--conformance-effort=quick", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *named, *told, *only]
    done = subprocess.run(command, cwd=kernels.parent, capture_output=True, text=True)
    assert "1 failed, 1 passed" in done.stdout
    assert "FAILED kernels.py::zeros::softmax::accuracy::float32-eager-cpu" in done.stdout
    node = "kernels.py::Softmax::softmax::accuracy"
    done = subprocess.run([*command, node], cwd=kernels.parent, capture_output=True, text=True)
    assert "1 passed" in done.stdout and "failed" not in done.stdout


def test_a_mask_that_is_required_leaves_nothing_out_where_none_is_given(tmp_path, capsys):
    path = tmp_path / "attention.py"
    path.write_text(
        "import numpy as np\n"
        "def attention(scores, keep):\n"
        "    x = np.where(keep, scores, -np.inf)\n"
        "    e = np.exp(x - x.max(axis=-1, keepdims=True))\n"
        "    return (e / e.sum(axis=-1, keepdims=True)).astype(scores.dtype)\n"
    )
    words = "softmax(x=scores, where=keep)"
    asked = ["--only", "softmax/accuracy", "--dtype", "float32", "--effort", "quick", "--score"]
    cli.main(["run", f"{path}::attention", "--as", words, *asked])
    assert json.loads(capsys.readouterr().out)["conforms"]


def test_a_class_of_a_package_is_made_in_a_file():
    with pytest.raises(LoadError, match="making an instance needs") as caught:
        load("torch.nn:LinearCrossEntropyLoss as linear_cross_entropy")
    said = str(caught.value)
    assert "write `from torch.nn import LinearCrossEntropyLoss` and `F = LinearCross" in said
    assert said.endswith("in a file, and name file.py::F")


def test_a_package_that_imports_late_is_said_to_have_attributes():
    with pytest.raises(LoadError, match="if nowhere is an attribute of json, say json:nowhere"):
        load("json.nowhere:f")


def test_a_method_of_arrays_wants_a_function_that_calls_it(tmp_path):
    text = "class Box:\n    def __init__(self, data): ...\n    def softmax(self): ...\n"
    path = tmp_path / "theirs.py"
    path.write_text(text)
    with pytest.raises(LoadError, match=r"def softmax\(x\): return x.softmax\(\)"):
        load(f"{path}::Box.softmax")
