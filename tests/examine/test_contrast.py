"""What a failure says of its cause: which law heads it, and for what likes of its input it holds.

Each kernel has one bug. The heading has to name the law of the exact value where that is broken,
and the contrast that of the input which the bug depends on.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from conformance.examine.contrast import contrasts, wrong
from conformance.examine.engine import examine, replay
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import Example, Subject, View
from conformance.records.results import UNSTEADY, Result
from conformance.reporting.terminal.causes import Entry, causes
from conformance.spec.context import Examination

SOFTMAX = """
import numpy as np
BACKEND = "numpy"
DTYPES = {dtypes}
def softmax(x, axis=-1):
    {before}
    w = np.exp(x - x.max(axis=axis, keepdims=True))
    p = w / w.sum(axis=axis, keepdims=True)
    {after}
    return p
"""
LOSS = """
import numpy as np
BACKEND = "numpy"
DTYPES = ("float32",)
def cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    z = logits - logits.max(-1, keepdims=True)
    z = z - np.log(np.exp(z).sum(-1, keepdims=True))
    loss = -np.take_along_axis(z, labels[..., None], -1)[..., 0]
    w = np.ones_like(loss) if weight is None else weight[labels]
    {made}
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else (loss.sum() / total).astype(loss.dtype)
"""
SIGMOID = """
import numpy as np
BACKEND = "numpy"
DTYPES = ("float32",)
def sigmoid(x):
    e = np.exp(-np.abs(x))
    s = np.where(x < 0, e, 1) / (1 + e)
    return np.where({branch}, {other}, s).astype(x.dtype)
"""
#: Strides that are not read, and a shift by the maximum of all rows.
UNREAD = "x = np.lib.stride_tricks.as_strided(x, x.shape, np.empty(x.shape, x.dtype).strides)"
OF_ALL = "w = np.exp(x - x.max(initial=-np.inf)); p = w / w.sum(axis, keepdims=True)"
#: Nothing from a second class on that is as large as the largest.
TIED = "p[np.cumsum(x == x.max(axis=axis, keepdims=True), axis=axis) > 1] = 0"
#: A factor where there are many classes.
OFF = "if p.shape[axis] > 96: p = p * p.dtype.type(1.001)"


def _softmax(before: str = "pass", after: str = "pass") -> str:
    dtypes = ("float32", *(("float64",) if "float32" in after else ()))
    return SOFTMAX.format(before=before, after=after, dtypes=dtypes)


#: A bug -> the law that heads its failures, and what is said of the input.
BUGS = {
    "strides": (_softmax(UNREAD), "accuracy", "right in a contiguous copy"),
    "the middle axis": (
        _softmax("if x.ndim == 3 and axis in (1, -2): axis = 2"),
        "accuracy", "right along the last axis",
    ),
    "a maximum of the batch": (
        _softmax(after=OF_ALL),
        "accuracy", "wrong in a batch of 2 rows, right for this one alone",
    ),
    "a size": (
        _softmax(after=OFF),
        "accuracy", "wrong for 97 classes, right for 96",
    ),
    "the rows of a tail": (
        _softmax(after="if x.ndim == 2 and len(x) > 32: p[len(x) // 32 * 32:] = 0"),
        "accuracy", "wrong in a batch of 33 rows, right in one of 32",
    ),
    "a constant": (_softmax(after="p = np.full_like(p, 1 / p.shape[axis])"), "accuracy", ""),
    "float32 alone": (
        _softmax(after="if p.dtype == np.float32: p = p * np.float32(1.001)"),
        "accuracy", "wrong in float32, right in float64",
    ),
    "an argument that is large": (
        _softmax(after="if x.flags.writeable and x.size > 100: x[...] = 0"),
        "leaves-arguments-alone", "wrong in a batch of 34 rows, right in one of 33",
    ),
    "a mask": (
        _softmax("x = np.where(np.isneginf(x), x.dtype.type(-1e4), x)"),
        "accuracy", "wrong with x of -inf, right with -1 there",
    ),
    "soft labels": (
        """
        import numpy as np
        BACKEND = "numpy"
        DTYPES = ("float32",)
        def cross_entropy_with_logits(logits, labels, reduction="mean"):
            z = logits - logits.max(-1, keepdims=True)
            z = z - np.log(np.exp(z).sum(-1, keepdims=True))
            if labels.dtype.kind == "f":
                labels = labels.argmax(-1)
            loss = -np.take_along_axis(z, labels[..., None], -1)[..., 0]
            return loss if reduction == "none" else getattr(loss, reduction)()
        """,
        "accuracy", "wrong with floating labels, right with class indices",
    ),
    "an argument": (
        _softmax(after="if x.flags.writeable: x[...] = 0"), "leaves-arguments-alone", "",
    ),
    "a branch": (
        SIGMOID.format(branch="x < -20", other="2 * s"),
        "accuracy", "wrong at x = -20.0000019, right at -20",
    ),
    "an error that grows": (
        SIGMOID.format(branch="x < 0", other="1 - 1 / (1 + e)"), "accuracy", "",
    ),
    "no shift": (
        _softmax(after="w = np.exp(x); p = w / w.sum(axis=axis, keepdims=True)"),
        "accuracy", "wrong at x = -103.972084, right at -103.972076",
    ),
    "a kink": (
        SIGMOID.format(branch="x == 0", other="1"),
        "accuracy", "wrong at x = 0 alone, right at both numbers next to it",
    ),
    "ties of two arguments": (
        """
        import numpy as np
        BACKEND = "numpy"
        DTYPES = ("float32",)
        def logaddexp(x, y):
            with np.errstate(all="ignore"):
                return np.where(x == y, x, np.logaddexp(x, y))
        """,
        "accuracy", "wrong at x = y, right at both numbers next to it",
    ),
    "a tie": (
        _softmax(after=TIED),
        "accuracy", "wrong where two classes are the largest, right with one of them higher",
    ),
    "a vector": (
        _softmax(after="if x.ndim == 1: p = p[::-1]"),
        "accuracy", "wrong as a vector, right as a matrix",
    ),
    "a weight": (
        LOSS.format(made="loss, total = loss * w, loss.size"),
        "accuracy", "wrong with weight=, right without it",
    ),
    "an offset": (
        """
        import numpy as np
        BACKEND = "numpy"
        DTYPES = ("float32",)
        def token_log_prob(logits, labels):
            m = logits.max(-1, keepdims=True)
            lse = m[..., 0] + np.log(np.exp(logits - m).sum(-1))
            return np.take_along_axis(logits, labels[..., None], -1)[..., 0] - lse
        """,
        "accuracy", "right with it subtracted first",
    ),
    "ignored rows": (
        """
        import numpy as np
        BACKEND = "numpy"
        DTYPES = ("float32",)
        def cross_entropy_with_logits(logits, labels, reduction="mean", ignore_index=-100):
            z = logits - logits.max(-1, keepdims=True)
            z = z - np.log(np.exp(z).sum(-1, keepdims=True))
            kept = labels != ignore_index
            loss = -np.take_along_axis(z, np.where(kept, labels, 0)[..., None], -1)[..., 0] * kept
            if reduction == "none":
                return loss
            return loss.sum() if reduction == "sum" else (loss.sum() / loss.size).astype(loss.dtype)
        """,
        "accuracy", "wrong with ignore_index=, right without it",
    ),
    "a mean": (
        LOSS.format(made="loss, total = loss * w, w.sum() + 1"),
        "accuracy", "wrong with reduction='mean', right with 'none'",
    ),
}  # fmt: skip


def headed(path: Path, text: str) -> list[Entry]:
    """The failures of a file, by cause."""
    path.write_text(textwrap.dedent(text))
    implementation, settings = load(path), Settings(effort="quick")
    results: list[Result] = []
    for subject in subjects(implementation, settings)[0]:
        results += examine(implementation, subject, settings).results
    return causes(results)


@pytest.mark.parametrize("bug", BUGS)
def test_the_law_of_what_is_wrong_heads_a_failure_with_what_it_depends_on(
    bug: str, tmp_path: Path
) -> None:
    text, law, words = BUGS[bug]
    entry = headed(tmp_path / "wrong.py", text)[0]
    assert entry.shown.invariant.partition("/")[2] == law, entry.laws
    assert words in entry.apart


def test_no_seam_is_told_of_an_error_that_grows(tmp_path: Path) -> None:
    """It passes the bound somewhere, where nothing happens."""
    entry = headed(tmp_path / "wrong.py", BUGS["an error that grows"][0])[0]
    assert "right at" not in entry.apart


def test_a_format_too_coarse_to_tell_is_not_said_to_be_right(tmp_path: Path) -> None:
    """An error of 2^-12 is within the bounds of bfloat16, whether it makes it or not."""
    text = SOFTMAX.format(
        before="pass", after="p = p * p.dtype.type(1 + 2**-12)", dtypes=("bfloat16", "float32")
    )
    entry = headed(tmp_path / "wrong.py", text)[0]
    assert entry.shown.dtype == "float32"
    assert "bfloat16" not in entry.apart


def test_no_size_is_told_apart_that_a_smaller_one_contradicts(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(_softmax(after=OFF))
    f = Examination(load(path), Subject("wrong", "softmax", "float32", "cpu", "eager"))
    x = np.zeros((1, 97), np.float32)
    e = Example(FUNCTIONS["softmax"], FORMATS["float32"], {"x": x}, View((1,)))
    smaller = e.with_first(x[:, :65])
    assert contrasts(f, e, "value") == ["wrong for 97 classes, right for 96"]
    assert contrasts(f, e, "value", failing=[e, smaller]) == []


def test_a_way_for_training_that_is_right_is_told(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    text = """
    import torch
    DTYPES = ("float32",)
    def sigmoid(x):
        p = torch.sigmoid(x)
        return p if torch.is_grad_enabled() and x.requires_grad else 2 * p
    """
    entry = headed(tmp_path / "wrong.py", text)[0]
    assert torch.is_grad_enabled()
    assert entry.apart.endswith("; wrong in a plain call, right where x.requires_grad")


def test_a_gradient_for_a_matrix_has_contrasts_of_its_own(tmp_path: Path) -> None:
    """One that is not scaled by the cotangent is right for one of ones."""
    pytest.importorskip("torch")
    text = """
    import torch
    import torch.nn.functional as F
    DTYPES = ("float32",)
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, hidden, weight, labels):
            z = hidden @ weight.t()
            d = (torch.softmax(z, -1) - F.one_hot(labels, len(weight))) / len(labels)
            ctx.save_for_backward(d @ weight, d.t() @ hidden)
            return F.cross_entropy(z, labels)
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            of_hidden, of_weight = ctx.saved_tensors
            return g * of_hidden, of_weight, None
    def linear_cross_entropy(hidden, linear_weight, labels):
        return Loss.apply(hidden, linear_weight, labels.long())
    """
    entry = headed(tmp_path / "wrong.py", text)[0]
    assert entry.shown.invariant == "linear-cross-entropy/matrix-gradient-accuracy"
    assert "wrong with this cotangent, right with one of ones" in entry.apart


def test_two_bugs_are_two_causes(tmp_path: Path) -> None:
    """Numbers that are wrong at a size, and an argument that is changed: none hides the other."""
    text = _softmax(after=f"{OFF}\n    x[...] = 0")
    laws = {entry.shown.invariant for entry in headed(tmp_path / "wrong.py", text)}
    assert {"softmax/accuracy", "softmax/leaves-arguments-alone"} <= laws


GRADIENT = """
    import torch
    DTYPES = ("float32",)
    class S(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, axis):
            p = torch.softmax(x, axis)
            ctx.save_for_backward(p)
            ctx.axis = axis
            return p
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            p, = ctx.saved_tensors
            axis = -1 if p.ndim == 3 and ctx.axis in (0, -3) else ctx.axis
            return p * (g - (p * g).sum(axis, keepdim=True)), None
    def softmax(x, axis=-1):
        return S.apply(x, axis)
"""


def test_a_gradient_that_is_wrong_along_an_axis_is_headed_by_its_exact_value(
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch")
    entry = headed(tmp_path / "wrong.py", GRADIENT)[0]
    c = entry.shown.counterexample
    assert entry.shown.invariant == "softmax/gradient-accuracy"
    assert "softmax/gradient-rows-sum" in entry.laws
    assert c is not None
    assert "axis=" in c.call
    assert c.exact
    assert not c.expected
    assert "right along the last axis" in entry.apart


def test_a_law_of_two_results_tells_the_exact_one_and_which_is_wrong(tmp_path: Path) -> None:
    """A row alone is right where its batch is wrong."""
    path = tmp_path / "wrong.py"
    path.write_text(BUGS["a maximum of the batch"][0])
    implementation, settings = load(path), Settings(effort="quick", only=("softmax/row-alone",))
    (result,) = examine(implementation, subjects(implementation, settings)[0][0], settings).results
    c = result.counterexample
    assert c is not None
    got, expected, exact = (
        float.fromhex(t.split()[0]) if t != "nan" else np.nan for t in (c.got, c.expected, c.exact)
    )
    assert abs(got - exact) < 2.0**-24
    assert not abs(expected - exact) < 2.0**-24
    assert c.wrong == "value"
    assert "the other result is wrong" in c.claim


def test_a_replay_tells_again_what_it_depends_on(tmp_path: Path) -> None:
    top = headed(tmp_path / "wrong.py", BUGS["strides"][0])[0].shown
    assert top.counterexample is not None
    again = replay(load(tmp_path / "wrong.py"), top.invariant, top.counterexample, Settings())
    assert again.counterexample is not None
    assert again.counterexample.contrasts == top.counterexample.contrasts != []


def _strided() -> Example:
    x = np.zeros((1, 2), np.float32)
    args = {"x": x, "cotangent": np.ones_like(x), "direction": np.ones_like(x)}
    return Example(FUNCTIONS["softmax"], FORMATS["float32"], args, View((1,), layout="strided"))


def test_nothing_is_told_of_what_is_right(tmp_path: Path) -> None:
    path = tmp_path / "right.py"
    path.write_text(_softmax())
    f = Examination(load(path), Subject("right", "softmax", "float32", "cpu", "eager"))
    assert wrong(f, (), _strided()) == ""


def test_a_contrast_is_told_only_if_its_call_is_right(tmp_path: Path) -> None:
    """A kernel that is wrong in any memory is not said to be right in a contiguous copy."""
    path = tmp_path / "wrong.py"
    path.write_text(_softmax(after="p = 2 * p"))
    f = Examination(load(path), Subject("wrong", "softmax", "float32", "cpu", "eager"))
    assert wrong(f, (), _strided()) == "value"
    assert contrasts(f, _strided(), "value") == []


UNWRITTEN = """
import numpy as np
BACKEND = "numpy"
DTYPES = ("float32",)
def cross_entropy(probs, labels, reduction="mean"):
    if labels.dtype.kind != "f":
        raise NotImplementedError("distributions only")
    loss = -(labels * np.log(probs, where=labels > 0)).sum(-1)
    if reduction == "none":
        return loss
    return np.asarray(loss.sum() if reduction == "sum" else loss.mean())
"""


@pytest.mark.filterwarnings("ignore")
def test_of_a_call_that_differs_each_time_nothing_that_varies_with_it_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "unwritten.py"
    path.write_text(UNWRITTEN, encoding="utf-8")
    subject = Subject("unwritten", "cross_entropy", "float32", "cpu", "eager")
    f = Examination(load(path), subject)
    args = {"probs": np.full((4, 5), 0.2, np.float32), "labels": np.eye(5, dtype=np.float32)[:4]}
    options = {"reduction": "none"}
    e = Example(FUNCTIONS["cross_entropy"], FORMATS["float32"], args, View((4,)), options)
    assert contrasts(f, e, "value") == [UNSTEADY]
