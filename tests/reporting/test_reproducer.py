"""The script of a counterexample calls the user's function exactly as the law did."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import array_text, counterexample, info, result, small

from conformance import backends
from conformance.floats import FORMATS
from conformance.kernels import layouts
from conformance.kernels.importing import bundled
from conformance.model import View
from conformance.records.results import ArrayText, ImplementationInfo, Result
from conformance.reporting.html import reproducer
from conformance.reporting.html.reproducer import Scripts, script
from conformance.reporting.html.slicing import needed

FILE = """
SEEN = []

def softmax(x, axis=-1):
    SEEN.append((x, axis))
    return {softmax}

def softmax_vjp(x, cotangent, axis=-1):
    return x * cotangent

def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    SEEN.append((logits, labels, axis, reduction, weight))
    return logits.sum()
"""
INSTALLED = [n for n in ("numpy", "torch", "jax") if importlib.util.find_spec(n)]


def executed(
    text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, value: str = "x * 2"
) -> dict[str, Any]:
    """Run a script beside the user's file; its names. `file` is what it loaded."""
    (folder / "kernels.py").write_text(FILE.replace("{softmax}", value))
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(text, "script", "exec"), names)
    return names


def kernels(backend: str, **fields: object) -> ImplementationInfo:
    return info(**{"name": "kernels", "file": "somewhere/kernels.py", "backend": backend, **fields})


def steps(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """The strides that matter: along an axis of length one there is no step."""
    return [step for length, step in zip(shape, strides, strict=True) if length > 1]


def failure(x: np.ndarray, view: View, **fields: Any) -> Result:  # type: ignore[type-arg]
    example = counterexample(
        arguments={"x": array_text(x), **fields.pop("more", {})},
        view={
            "batch": list(view.batch),
            "axis": view.axis,
            "layout": view.layout,
            "start": view.start,
        },
        options=fields.pop("options", {}),
    )
    return result("fail", 3.0, counterexample=example, **fields)


KINDS = [(b, dtype, "C") for b in INSTALLED for dtype in FORMATS]
KINDS += [(b, "float32", name) for b in INSTALLED for name in layouts.layouts(b) if name != "C"]


@pytest.mark.parametrize(("backend", "dtype", "layout"), KINDS)
@pytest.mark.parametrize(
    ("batch", "axis"), [((2,), -1), ((2,), 0), ((), -1), ((2, 1), 1), ((1, 2), -3)]
)
def test_values_shape_and_strides_are_those_of_the_law(
    backend: str,
    dtype: str,
    layout: str,
    batch: tuple[int, ...],
    axis: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = backends.get(backend)
    rows = int(np.prod(batch, dtype=int))
    x = np.array([[5, -0.0, 2**-20, np.inf], [np.nan, -(2**-14), 1, 0]][:rows]).astype(
        FORMATS[dtype].dtype
    )
    view = View(batch, axis, layout, start=3)
    with library.scope("cpu"):
        wanted = layouts.present(x, view, "rows", library, "cpu")
        text = script(failure(x, view, dtype=dtype), kernels(backend))
        names = executed(text, tmp_path, monkeypatch)
        ((got, got_axis),) = names["file"]["SEEN"]
        assert got_axis == (axis if axis not in (-1, len(batch)) else -1)
        assert got.shape == wanted.shape
        a, b = library.host(got), library.host(wanted)
        assert a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")
        assert a.astype(np.float64).tobytes() == b.astype(np.float64).tobytes()
        if backend == "numpy" and layout not in ("broadcast",):
            assert steps(got.shape, got.strides) == steps(wanted.shape, wanted.strides)
        if layout == "offset":
            assert layouts.address(got) % layouts.LINE == layouts.address(wanted) % layouts.LINE
        if backend == "torch" and layout not in ("broadcast", "F"):
            assert steps(got.shape, got.stride()) == steps(wanted.shape, wanted.stride())


@pytest.mark.parametrize("backend", INSTALLED)
@pytest.mark.parametrize("mode", ["eager", "jit", "vmap", "grad-of-jit"])
def test_value_and_gradient_are_printed_in_every_mode(
    backend: str,
    mode: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if (backend, "jit") == ("torch", mode) or (backend, mode) == ("torch", "grad-of-jit"):
        import torch

        monkeypatch.setattr(torch, "compile", lambda call, dynamic: call)
    x = np.array([[1.5, 2.0]], np.float32)
    more = {"cotangent": array_text(np.array([[3.0, 4.0]], np.float32))}
    found = failure(x, View((1,), -1, "C"), mode=mode, more=more)
    executed(script(found, kernels(backend)), tmp_path, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("value    ")
    assert "3" in lines[0]
    assert lines[1].startswith("gradient ")
    assert ("8" if backend != "numpy" or "vjp" in lines[1] else "4.5") in lines[1]


@pytest.mark.parametrize("backend", INSTALLED)
def test_labels_options_and_weights_are_passed(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {
        "logits": array_text(np.zeros((2, 3), np.float32)),
        "labels": array_text(np.array([2, 0])),
    }
    weight = array_text(np.array([1.0, 2.0, 0.5], np.float32))
    options: dict[str, Any] = {
        "reduction": "sum",
        "weight": weight,
        "ignore_index": None,
        "label_smoothing": 0.0,
    }
    view: dict[str, Any] = {"batch": [2], "axis": 0, "layout": "C"}
    example = counterexample(arguments=arrays, options=options, view=view)
    name = "cross_entropy_with_logits"
    found = result("fail", 3.0, function=name, counterexample=example)
    names = executed(script(found, kernels(backend)), tmp_path, monkeypatch)
    ((logits, labels, axis, reduction, given),) = names["file"]["SEEN"]
    assert tuple(logits.shape) == (3, 2)
    assert [int(v) for v in labels] == [2, 0]
    assert (axis, reduction) == (0, "sum")
    assert [float(v) for v in given] == [1.0, 2.0, 0.5]


@pytest.mark.parametrize("only", ["", "labels", "weight"])
def test_one_array_alone_has_the_layout(
    only: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {
        "logits": array_text(np.zeros((2, 3), np.float32)),
        "labels": array_text(np.array([2, 0])),
    }
    weight = array_text(np.array([1.0, 2.0, 0.5], np.float32))
    view: dict[str, Any] = {"batch": [2], "axis": -1, "layout": "strided", "only": only}
    example = counterexample(arguments=arrays, options={"weight": weight}, view=view)
    name = "cross_entropy_with_logits"
    found = result("fail", 3.0, function=name, counterexample=example)
    names = executed(script(found, kernels("numpy")), tmp_path, monkeypatch)
    ((logits, labels, _, _, given),) = names["file"]["SEEN"]
    strided = [not a.flags.c_contiguous for a in (logits, labels, given)]
    assert strided == [only in ("", name) for name in ("logits", "labels", "weight")]
    assert given.tolist() == [1.0, 2.0, 0.5]


def test_long_inputs_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.zeros((1, 5000), np.float32)
    x[0, 7] = 1.5
    text = script(failure(x, View((1,))), kernels("numpy"))
    assert len(text) < 1000
    ((got, _),) = executed(text, tmp_path, monkeypatch)["file"]["SEEN"]
    assert np.array_equal(got, x)


def test_what_the_law_said_is_a_comment_only() -> None:
    example = counterexample(claim="x\nimport os", got="\r\u2028bad()", exact="\n\ny")
    text = script(result("fail", 3.0, counterexample=example), kernels("numpy"))
    assert all(line.startswith("#") for line in text.splitlines()[:4])


HOSTILE = st.sampled_from(
    ["__import__('os')", "0x1p+0)", '"', "1\n2", "nan", "0x1p+0", "7", "\u0663"]
)


@given(
    st.lists(HOSTILE, max_size=3),
    st.sampled_from(["float32", "float32);x(", "int64", "os.x"]),
    st.lists(st.integers(-1, 3), max_size=2),
    st.text(max_size=5),
)
@settings(deadline=None)
def test_nothing_in_a_results_file_becomes_code(
    values: list[str], dtype: str, shape: list[int], word: str
) -> None:
    array = ArrayText(dtype=dtype, shape=shape, values=values)
    example = counterexample(
        arguments={"x": array, word: array}, options={word: word, "reduction": word},
        view={"batch": shape, "axis": word, "layout": word}, claim=word, got=word,
    )  # fmt: skip
    found = result("fail", 3.0, counterexample=example, invariant=word, mode=word)
    text = script(found, kernels("numpy", functions={word: 1}, versions={word: word}))
    assert "__import__" not in text
    if text:
        compile(text, "script", "exec")


def test_results_without_a_counterexample_have_no_script() -> None:
    assert script(result("fail", 3.0), kernels("numpy")) == ""
    unknown = result("fail", 3.0, function="other", counterexample=counterexample())
    assert script(unknown, kernels("numpy")) == ""


def test_the_budget_ends() -> None:
    found = result("fail", 3.0, counterexample=counterexample())
    scripts = Scripts(small(found, implementations=[kernels("numpy", name="numpy")]), budget=1500)
    lengths = [len(scripts(found)) for _ in range(4)]
    assert lengths[0] > 0
    assert lengths[-1] == 0


SOURCE = '''"""A bundled file."""
from __future__ import annotations

import numpy as np
import os

LIMIT = 3


def _helper(x):
    return x * LIMIT


class _Unused:
    pass


@np.errstate(all="ignore")
def softmax(x, axis=-1):
    return _helper(x)


def sigmoid(x):
    return os.fspath(x)


log_sigmoid = lambda x: np.log(sigmoid(x))
'''


def test_only_what_a_function_needs_is_written_out() -> None:
    text = needed(SOURCE, ["softmax"])
    for part in ("import numpy as np", "LIMIT = 3", "def _helper", "@np.errstate", "def softmax"):
        assert part in text
    for part in ("import os", "_Unused", "sigmoid", '"""'):
        assert part not in text
    assert needed(SOURCE, ["log_sigmoid"]).count("def sigmoid") == 1
    assert needed("def broken(:", ["broken"]) == ""
    assert needed(SOURCE, ["absent"]) == ""


def test_a_bundled_function_is_in_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "implementations"
    folder.mkdir()
    (folder / "numpy_functions.py").write_text(SOURCE)
    own = {"numpy_functions": folder / "numpy_functions.py"}
    monkeypatch.setattr(reproducer, "bundled", lambda: own)
    found = result("fail", 3.0, counterexample=counterexample())
    text = script(found, info("numpy"))
    assert "runpy" not in text
    exec(compile(text, "script", "exec"), {})
    assert capsys.readouterr().out == "value    [[15.  0.]]\n"


DEVICES = [
    ("torch", "cpu", "import torch\n\n"),
    ("torch", "cuda:1", 'import torch\n\ntorch.set_default_device("cuda:1")\n'),
    ("jax", "cpu:1", 'jax.config.update("jax_default_device", jax.devices("cpu")[1])\n'),
    ("jax", "gpu:0", 'jax.config.update("jax_default_device", jax.devices("gpu")[0])\n'),
    ("cupy", "cuda:2", "import cupy as cp\n\ncp.cuda.Device(2).use()\n"),
    ("cupy", "cuda:0", "cp.array(np.array(exact("),
]


@pytest.mark.parametrize(("backend", "device", "line"), DEVICES)
def test_the_script_runs_where_the_law_failed(backend: str, device: str, line: str) -> None:
    found = result("fail", 3.0, counterexample=counterexample(), device=device)
    assert line in script(found, info(backend, file="mine.py", backend=backend))
    hostile = result("fail", 3.0, counterexample=counterexample(), device="cuda'); import os; ('")
    assert "default_device" not in script(hostile, info(backend, file="mine.py", backend=backend))


def test_autocast_is_that_of_the_device() -> None:
    found = result(
        "fail", 3.0, counterexample=counterexample(), device="cuda:0", mode="autocast",
        dtype="float16",
    )  # fmt: skip
    assert "torch.autocast('cuda', dtype" in script(found, info("torch", file="mine.py"))


@pytest.mark.parametrize("name", ["numpy", "torch", "jax"])
def test_the_frameworks_own_files_are_written_into_the_script(name: str) -> None:
    path = bundled()[name]
    found = result("fail", 3.0, implementation=name, counterexample=counterexample())
    for file in (name, str(path), f"elsewhere/implementations/{path.name}"):
        text = script(found, info(name, file=file))
        assert "runpy" not in text, file
        imports = [line for line in text.splitlines() if line.startswith("import ")]
        assert len(imports) == len(set(imports))
    assert "runpy" in script(found, info(name, file=f"mine/{path.name}"))


def test_a_script_of_thousands_of_numbers_is_left_to_replay() -> None:
    values = [f"0x1.{i:04x}p+0" for i in range(3000)]
    long = {"x": ArrayText(dtype="float32", shape=[1, 3000], values=values)}
    found = result("fail", 3.0, counterexample=counterexample(arguments=long))
    scripts = Scripts(small(found, implementations=[kernels("numpy", name="numpy")]))
    assert scripts(found) == ""
    assert scripts(result("fail", 3.0, counterexample=counterexample())) != ""


@pytest.mark.parametrize("backend", [b for b in INSTALLED if b != "numpy"])
@pytest.mark.parametrize(("law", "of"), [("weight-gradient-accuracy", "weight"),
                                         ("label-gradient-accuracy", "labels"),
                                         ("gradient-accuracy", "logits")])  # fmt: skip
def test_the_gradient_is_of_what_the_law_differentiates_by(
    backend: str,
    law: str,
    of: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arrays = {name: array_text(np.full((1, 2), 0.5, np.float32)) for name in ("logits", "labels")}
    example = counterexample(
        arguments={**arrays, "cotangent": array_text(np.float32(1))},
        view={"batch": [1], "axis": -1, "layout": "C"},
        options={"weight": array_text(np.array([2, 3], np.float32))},
    )
    name = "cross_entropy_with_logits"
    found = result("fail", 3.0, function=name, invariant=f"x/{law}", counterexample=example)
    weighted = FILE.replace("return logits.sum()", "return (logits * labels * weight).sum()")
    monkeypatch.setitem(globals(), "FILE", weighted)
    executed(script(found, kernels(backend)), tmp_path, monkeypatch)
    said = capsys.readouterr().out.splitlines()[1]
    wanted = {"weight": ("0.25", "0.25"), "labels": ("1", "1.5"), "logits": ("1", "1.5")}[of]
    assert said.startswith("gradient ")
    assert all(number in said for number in wanted)
