"""Limits: what a kernel refuses is found, said once, and the laws are asked within it."""

from __future__ import annotations

import importlib.util
import re
import textwrap
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from judging import broken, examined

from conformance.cli import main as cli
from conformance.errors import LoadError
from conformance.examine import engine
from conformance.examine.selection import Settings, subjects
from conformance.gate import judging as gate
from conformance.gate.baseline import parse, text
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed
from conformance.kernels.input_classes import InputClass, specimen
from conformance.kernels.limit import Limit, Refused
from conformance.kernels.limit_words import taken_words as words_taken
from conformance.kernels.limits import Limits
from conformance.kernels.named_sizes import named_sizes
from conformance.kernels.ranges import beyond
from conformance.kernels.sizes import Sizes, refused_words, rule_of, taken_words
from conformance.kernels.within import within
from conformance.objects.load import load
from conformance.processes.run import Plan, run
from conformance.records import deviations
from conformance.records.results import Report
from conformance.reporting import junit
from conformance.reporting.html.document import html
from conformance.reporting.limits import plain, table, takes
from conformance.reporting.markdown import markdown
from conformance.reporting.score import score
from conformance.reporting.verdicts import sentence

ROWS = 61_003
CONTROLS = Path(__file__).parents[1] / "controls"
SOFTMAX = """
import numpy as np

def softmax(x, axis=-1):
    if {refused}:
        raise ValueError("not that")
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
"""
#: What a kernel refuses -> the law that says so, and the words for what it takes.
LIMITS = {
    "x.dtype.byteorder == '>'": ("", "no other byte order"),
    "any(s < 0 for s in x.strides)": ("", "no negative strides"),
    "not x.flags.writeable": ("", "no read-only arrays or arrays with stride 0"),
    "not x.flags.c_contiguous": (
        "takes-any-layout",
        "takes C-contiguous arrays",
    ),
    "x.ndim != 2": ("takes-every-rank", "matrices"),
    "x.ndim == 1": ("takes-every-rank", "no vectors"),
    "axis % x.ndim != x.ndim - 1": ("takes-every-axis", "the last axis"),
    "axis >= 0": ("takes-every-axis", "axis=-1"),
    "x.shape[axis] == 1": ("takes-one-class", "at least 2 classes"),
    "x.shape[axis] > 4096": ("takes-every-size", "up to 4,096 classes"),
    "x.shape[axis] % 4": ("takes-every-size", "multiples of 4 classes"),
    "x.shape[axis] % 8 and x.shape[axis] != 3": ("takes-every-size", "multiples of 8 classes"),
    "x.shape[axis] > 128 and x.shape[axis] % 128": (
        "takes-every-size",
        "up to 128 classes and multiples of 128",
    ),
    "not 4 <= x.shape[axis] <= 1024": ("takes-every-size", "4 to 1,024 classes"),
    "x.shape[axis] != 4": ("takes-every-size", "only 4 classes"),
    "x.shape[axis] != 777": ("takes-every-size", "only 777 classes"),
    "x.shape[axis] % 256": ("takes-every-size", "multiples of 256 classes"),
    "x.shape[axis] % 100": ("takes-every-size", "multiples of 100 classes"),
    "x.ndim > 1 and x.size // max(x.shape[axis], 1) > 99": ("takes-every-size", "up to 99 rows"),
    "x.size == 0 and x.shape[axis]": ("takes-an-empty-batch", "no empty batches"),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


@pytest.mark.parametrize("refused", LIMITS)
def test_a_limit_is_said_once(refused: str, tmp_path: Path) -> None:
    found = examined(written(tmp_path, SOFTMAX.format(refused=refused)))
    clause, words = LIMITS[refused]
    assert broken(found) == ({clause: "should"} if clause else {})
    assert words in takes(found.limits, found.results)
    assert "ValueError: not that (mine.py:6)" in found.limits[0].said
    accuracy = next(r for r in found.results if r.invariant == "softmax/accuracy")
    assert accuracy.outcome == "pass"
    assert accuracy.ratio


@pytest.mark.parametrize("name", [
    "limits_blocks_of_8", "limits_contiguous", "limits_matrices", "limits_options_apart",
    "limits_powers_of_two", "limits_table_of_formats", "limits_vectors_asserted",
    "limits_one_shape_asserted", "limits_one_number_of_classes", "limits_one_shape_declared",
    "limits_one_number_of_elements", "limits_of_a_sampler", "limits_of_depth",
])  # fmt: skip
def test_controls_with_limits_break_no_must_law(name: str) -> None:
    found = examined(CONTROLS / f"{name}.py")
    assert "must" not in broken(found).values()
    assert len([r for r in found.results if r.outcome == "pass"]) >= 20


def test_sizes_that_a_refusal_names() -> None:
    def raised(said: str) -> Exception:
        try:
            assert ROWS, said
            raise ValueError(said)
        except ValueError as error:
            return error

    here = Path(__file__)
    named = named_sizes(raised("x"), "want (32, 1000), not 7x9 of float32 in 1,024 or 0", here)
    assert named[:3] == ((32, 1000), (7, 9), (1024,))
    assert (ROWS,) in named  # a name that the code reads
    assert (32,) not in named


def test_a_size_that_is_nowhere_named_can_be_declared(tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="str(x.shape[axis]) != '777'").replace("that", "that shape")
    error = next(r for r in examined(written(tmp_path, text)).results if r.outcome == "error")
    assert (
        "as in every plain call, so that nothing else is judged; if it takes one size only, say "
        "which, SHAPES" in error.message
    )
    declared = examined(written(tmp_path, text + "\nSHAPES = (-1, 777)\n"), effort="quick")
    assert broken(declared) == {"takes-every-size": "should"}


@pytest.mark.parametrize("refused", ["np.softmaxes(x)", "True"])
def test_a_kernel_that_raises_at_every_call_breaks_one_law(refused: str, tmp_path: Path) -> None:
    found = examined(written(tmp_path, SOFTMAX.format(refused=refused)))
    (error,) = [r for r in found.results if r.outcome == "error"]
    assert (error.invariant, error.level) == ("softmax/takes-its-formats", "must")
    assert "as in every plain call, so that nothing else is judged" in error.message
    assert "takes one size only" not in error.message  # neither speaks of a size
    assert error.counterexample is not None
    assert error.counterexample.arguments["x"].shape == [2, 3]
    assert broken(found) == {"takes-its-formats": "must"}
    assert sentence(found.results) == "Does not conform: no plain call of softmax gives a result."


def test_a_kernel_that_raises_at_plain_labels_only_is_judged_elsewhere() -> None:
    found = broken(examined(CONTROLS.parent / "mutants/limits/cross_entropy_refuses_label_0.py"))
    assert found["accuracy"] == found["takes-its-formats"] == "must"


def test_a_shape_that_is_too_large_is_not_examined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, SOFTMAX.format(refused="x.shape != (4096, 4096)"))
    found = examined(path, only=("softmax/accuracy",))
    assert "4096 x 4096 numbers were not tried: no more than 8,388,608" in found.results[0].message
    command = ["run", str(path), "--dtype", "float32", "--effort", "quick", "-n", "0", "-q"]
    assert cli.main([*command, "--only", "softmax/accuracy"]) == 5
    assert "Not examined" in capsys.readouterr().out


@pytest.mark.parametrize(("shapes", "why"), [
    ("(2, 'a')", "not a shape such as"), ("7", "not a shape such as"), ("()", "not a shape"),
    ("{'sofmax': (2, 3)}", "Did you mean 'softmax'"),
])  # fmt: skip
def test_shapes_that_are_none(shapes: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=why):
        load(written(tmp_path, SOFTMAX.format(refused="False") + f"\nSHAPES = {shapes}\n"))


def test_rows_that_grow_keep_their_labels() -> None:
    soft = InputClass("cross_entropy_with_logits", "float32", "value", 5, 5, (5,), labels="soft")
    e = specimen(soft, 0)
    few = Limit((("classes", Sizes("at least", 250)),), e, "not that")
    limits: Any = SimpleNamespace(found=[few], plain=lambda fmt: soft, axis=None)
    limits.covering = partial(Limits.covering, limits)
    grown = within(limits, e)
    assert (grown.x.shape, grown.grown) == ((5, 250), True)
    assert grown.labels.sum(axis=-1).tolist() == [1] * 5
    assert grown.args["cotangent"].tolist() == e.args["cotangent"].tolist()
    vast = replace(few, features=(("classes", Sizes("at least", 65_536)),))
    limits.found = [vast]
    assert within(limits, e).x.shape == (2, 65_536)  # as many rows as there is room for


@pytest.mark.parametrize(("shape", "words"), [
    ("(6, 50)", "the last axis, only 50 classes, only 6 rows; no more than two axes"),
    ("(2, 3, 70)", "the last axis, batches of 2 x 3 rows, only 70 classes; no matrices, arrays"),
])  # fmt: skip
def test_a_kernel_of_one_shape_gets_its_number(shape: str, words: str, tmp_path: Path) -> None:
    found = examined(written(tmp_path, SOFTMAX.format(refused=f"x.shape != {shape}")))
    assert set(broken(found)) == {"takes-every-size", "takes-every-axis", "takes-every-rank"}
    assert words in takes(found.limits, found.results)
    assert len([r for r in found.results if r.outcome == "pass" and r.level == "must"]) > 20


LOSS = """
import numpy as np

def cross_entropy_with_logits({arguments}):
    {refused}
    x = logits.astype(np.float64)
    x = x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    log_p = x - np.log(np.sum(np.exp(x), axis=-1, keepdims=True))
    if labels.dtype.kind == "f":
        losses = -np.sum(np.where(labels == 0, 0, labels * log_p), -1)
        ignored = np.zeros(losses.shape, bool)
    else:
        ignored = labels == np.asarray({ignored})
        at = np.where(ignored, 0, labels)
        if ((at < 0) | (at >= x.shape[-1])).any():
            raise IndexError("a label is out of range")
        losses = np.where(ignored, 0, -np.take_along_axis(log_p, at[..., None], -1)[..., 0])
    total = {{"none": lambda: losses, "sum": losses.sum,
             "mean": lambda: losses.sum() / np.sum(~ignored)}}
    return np.asarray(total[{reduction}]()).astype(logits.dtype)
"""
MEAN = "logits, labels, reduction='mean'"
#: Arguments, what is refused, the reduction -> the words for what is taken.
LOSSES = {
    (MEAN, "reduction != 'none'", "reduction"): "reduction='none' only",
    (MEAN, "reduction != 'mean'", "reduction"): "reduction='mean' only",
    (MEAN, "reduction != 'sum'", "reduction"): "reduction='sum' only",
    (MEAN, "reduction == 'none'", "reduction"): "no reduction='none'",
    (MEAN.replace("mean", "none"), "reduction != 'none'", "reduction"): "reduction='none' only",
    ("logits, labels", "False", "'none'"): "reduction='none' only",
    ("logits, labels", "False", "'mean'"): "",
    ("logits, labels, reduction", "False", "reduction"): "",
    ("*, logits, labels, reduction", "False", "reduction"): "",
    ("logits, labels, reduction='mean', /", "False", "reduction"): "",
    (MEAN, "labels.dtype == np.int64", "reduction"): "no labels of type int64",
    (MEAN, "labels.dtype.kind == 'f'", "reduction"): "class indices as labels",
    (MEAN, "labels.dtype.kind != 'f'", "reduction"): "distributions as labels",
    (f"{MEAN}, ignore_index=-100", "ignore_index not in (None, -100)", "reduction"):
        "ignore_index=-100 only",
    (f"{MEAN}, ignore_index=None", "ignore_index not in (None, 0)", "reduction"):
        "ignore_index=0 only",
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "refused", "reduction"), LOSSES)
def test_a_loss_of_one_reduction_or_kind_of_labels(
    arguments: str, refused: str, reduction: str, tmp_path: Path
) -> None:
    text = LOSS.format(
        arguments=arguments, reduction=reduction, refused=f"assert not ({refused})",
        ignored="ignore_index" if "ignore_index" in arguments else "None",
    )  # fmt: skip
    found = examined(written(tmp_path, text), effort="quick")
    assert "must" not in broken(found).values()
    assert broken(found).keys() <= {"relative-accuracy", "takes-its-options"}
    assert LOSSES[arguments, refused, reduction] in takes(found.limits, found.results)
    accuracy = next(r for r in found.results if r.invariant.endswith("logits/accuracy"))
    assert accuracy.ratio


def test_a_loss_of_each_row_that_is_wrong_is_found(tmp_path: Path) -> None:
    text = LOSS.format(
        arguments="logits, labels", refused="pass", reduction="'none'", ignored="None"
    ).replace("losses = np.where", "losses = (1 + (len(labels) > 9) / 8) * np.where")
    assert broken(examined(written(tmp_path, text)))["accuracy"] == "must"


def test_another_default_reduction_is_told_with_its_call(tmp_path: Path) -> None:
    arguments = MEAN.replace("mean", "none")
    text = LOSS.format(arguments=arguments, refused="pass", reduction="reduction", ignored="None")
    found = examined(written(tmp_path, text), effort="quick", only=("*/default-reduction-*",))
    (result,) = [r for r in found.results if r.outcome == "fail"]
    assert result.counterexample is not None
    assert result.counterexample.call == "cross_entropy_with_logits(logits, labels)"
    assert "returned shape" in result.counterexample.claim


def test_gradients_for_class_indices_alone_are_one_phrase() -> None:
    e = specimen(InputClass("cross_entropy_with_logits", "float32", "vjp", 2, 3, (2,)), 0)
    kinds = ("one-hot", "soft", "unnormalised")
    some = [Limit((("labels", kind), ("quantity", "vjp")), e, "not that") for kind in kinds]
    assert words_taken(some) == ["gradients for class indices as labels"]
    assert words_taken(some[2:]) == ["no gradient for labels that do not sum to 1"]
    option = Limit((("option", ("weight", "")), ("rank", 3), ("quantity", "vjp")), e, "")
    strides = Limit((("layout", ("broadcast", "cotangent", 2)), ("quantity", "vjp")), e, "")
    rows = Limit((("rows", Sizes("at least", 2)), ("quantity", "hvp")), e, "")
    assert words_taken([option, strides, rows]) == [
        "no gradient with weight for arrays of 3 axes",
        "no gradient for cotangent in arrays with stride 0",
        "no second derivative for fewer than 2 rows",
    ]
    single = [
        Limit((("classes", Sizes("but", n)), ("quantity", "vjp")), e, "") for n in (4, 3, 9, 2, 7)
    ]
    assert words_taken(single[:2]) == ["no gradient for 3 or 4 classes"]
    assert words_taken(single) == ["no gradient for 2, 3, 4 and 2 other numbers of classes"]
    assert words_taken(single[:1]) == ["no gradient for 4 classes"]


@pytest.mark.parametrize(("refused", "words"), [
    ("logits.ndim != 2", "matrices"), ("logits.ndim == 1", "no vectors"), ("False", ""),
])  # fmt: skip
def test_ranks_are_asked_for_where_there_is_no_axis(
    refused: str, words: str, tmp_path: Path
) -> None:
    text = LOSS.format(
        arguments=MEAN, refused=f"assert not {refused}", reduction="reduction", ignored="None"
    )
    found = examined(written(tmp_path, text), effort="quick", only=("*/takes-every-rank",))
    assert broken(found) == ({"takes-every-rank": "should"} if words else {})
    assert words in takes(found.limits, found.results)


def test_what_returns_not_implemented_refuses(tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="axis % x.ndim != x.ndim - 1")
    text = text.replace('raise ValueError("not that")', "return NotImplemented")
    found = examined(written(tmp_path, text), effort="quick")
    assert broken(found) == {"takes-every-axis": "should"}
    assert "returned NotImplemented" in found.limits[0].said


def test_options_that_are_refused_as_a_pair() -> None:
    found = examined(CONTROLS / "limits_options_apart.py")
    kinds = {limit.kind: limit for limit in found.limits}
    assert kinds["options"].refuses == [
        "ignore_index=0", "label_smoothing together with weight", "ignore_index that is a class",
        "ignore_index that is no class", "label_smoothing=1 together with weight",
    ]  # fmt: skip
    assert "a negative ignore_index only" in kinds["options"].takes
    assert kinds["labels"].takes == ["class indices as labels"]


def test_a_format_that_is_not_declared_is_not_supported() -> None:
    found = examined(CONTROLS / "limits_table_of_formats.py", "float16")
    assert {r.outcome for r in found.results if r.level != "may"} == {"unsupported"}
    assert "refuses float16: KeyError" in found.results[0].message


def test_a_format_that_is_declared_and_refused_breaks_one_must_law(tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="x.dtype.itemsize == 2") + '\nDTYPES = ("float32", "float16")\n'
    path = written(tmp_path, text)
    assert broken(examined(path, "float16")) == {"takes-its-formats": "must"}
    assert broken(examined(path)) == {}


SLIPS = {
    "a value": ("(np.isfinite(x) & (np.abs(x) > 50)).any()", "raise ValueError"),
    "now and then": ("CALLS.append(1) or len(CALLS) % 7 == 0", "raise ValueError"),
    "a name": ("x.ndim == 1", "x = missing"),
    "an attribute": ("axis == 0", "x = x.softened()"),
    "an operation": ("axis == 0", "x = x + None"),
    "a keyword": ("axis == 0", "x = int(x=1)"),
    "after a change": ("axis == 0 and x.size", "x += 1; raise ValueError"),
    "always": ("True", "raise ValueError"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_what_is_no_limit_stays_an_error(slip: str, tmp_path: Path) -> None:
    when, what = SLIPS[slip]
    text = f"""
    import numpy as np
    CALLS = []

    def softmax(x, axis=-1):
        if {when}: {what}
        e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
        return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
    """
    found = examined(written(tmp_path, text), "float64")
    assert "must" in broken(found).values()
    assert {limit.kind for limit in found.limits} <= {"memory"}  # a read-only array, at most


@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX is not installed")
@pytest.mark.parametrize(("declared", "level"), [("", "should"), ("MODES = ('jit',)", "must")])
def test_a_mode_that_is_refused(declared: str, level: str, tmp_path: Path) -> None:
    text = "import jax\ndef sigmoid(x):\n    float(x.sum())\n    return jax.nn.sigmoid(x)\n"
    path = written(tmp_path, text + declared)
    found = examined(path, modes=("jit",), effort="quick")
    assert broken(found) == {"takes-its-modes": level}
    assert takes(found.limits, found.results) == "takes eager mode only"
    assert {r.outcome for r in found.results if r.level == "must"} <= {"unsupported", "fail"}
    plain = examined(path, modes=("eager",), effort="quick", only=("sigmoid/accuracy",))
    assert [r.outcome for r in plain.results] == ["pass"]


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
@pytest.mark.parametrize(("when", "must"), [("True", False), ("axis == 0", True)])
def test_a_result_without_a_graph_has_no_derivatives(when: str, must: bool, tmp_path: Path) -> None:
    """A limit if no result keeps one; where some do, those of the others are wrong."""
    text = f"""
        import torch

        def softmax(x, axis=-1):
            p = torch.softmax(x, axis)
            return p.detach() if {when} else p
    """
    only = ("softmax/is-differentiable", "softmax/*gradient-accuracy", "softmax/hessian*",
            "softmax/forward*", "softmax/accuracy")  # fmt: skip
    found = examined(written(tmp_path, text), effort="quick", only=only)
    assert ("must" in broken(found).values()) == must
    if not must:
        assert broken(found) == {"is-differentiable": "should"}
        assert found.limits[0].refuses == ["gradient"]


BACKWARD = """
    import torch

    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, axis):
            ctx.axis, ctx.p = axis, torch.softmax(x, axis)
            return ctx.p

        @staticmethod
        def backward(ctx, g):
            {slip}
            return ctx.p * (g - (g * ctx.p).sum(ctx.axis, keepdim=True)), None

    def softmax(x, axis=-1):
        return Softmax.apply(x, axis)
"""


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
@pytest.mark.parametrize(("slip", "must"), [
    ("raise ValueError('forward only')", False),
    ("assert g is None", False),
    ("return g", True),
    ("return g + g.new_zeros(7, 5, 11, 13), None", True),
    ("ctx.forgotten", True),
    ("if g.abs().max() > 3: raise ValueError('forward only')", True),
    ("if g.shape[ctx.axis] == 5: raise ValueError('forward only')", False),
    ("if g.shape[ctx.axis] == 5: g = g - (g == 0)", True),
])  # fmt: skip
def test_a_backward_pass_that_raises(slip: str, must: bool, tmp_path: Path) -> None:
    """A limit if it means to, whatever the values; else a mistake."""
    only = ("softmax/is-differentiable", "softmax/*gradient-accuracy", "softmax/hessian*",
            "softmax/value-in-every-use")  # fmt: skip
    found = examined(written(tmp_path, BACKWARD.format(slip=slip)), effort="quick", only=only)
    assert ("must" in broken(found).values()) == must
    if not must:
        assert broken(found) == {"is-differentiable": "should"}
        assert takes(found.limits, found.results).endswith(
            ("no gradient", "no gradient for 5 classes")
        )


def test_labels_that_are_refused_are_told(tmp_path: Path) -> None:
    text = """
        import numpy as np

        def cross_entropy_with_logits(logits, labels):
            if labels.ndim == logits.ndim:
                raise TypeError("indices only")
            x = logits - logits.max(axis=-1, keepdims=True)
            logs = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
            return -np.take_along_axis(logs, labels[..., None], -1).mean(dtype=x.dtype)
    """
    found = examined(written(tmp_path, text), effort="quick", only=("*/takes-any-labels",))
    (told,) = found.results
    assert told.message.startswith("refuses one-hot labels: TypeError: indices only")
    assert "class indices as labels" in found.limits[0].takes


def test_more_than_refused_sizes_may_be_taken() -> None:
    assert rule_of(65_537, 3, lambda n: n % max(n // 256, 1) != 0) == Sizes("but", 65_537)
    assert rule_of(65_537, 3, lambda n: n > 768) == Sizes("at most", 768)
    assert rule_of(65_537, 3, lambda n: n > 65_536) == Sizes("at most", 65_536)


def test_no_rows_are_asked_for_within_other_limits(tmp_path: Path) -> None:
    refused = "x.ndim != 2 or x.shape[axis] % 8 or not x.shape[0]"
    found = examined(written(tmp_path, SOFTMAX.format(refused=refused)), effort="quick")
    assert broken(found).pop("takes-an-empty-batch") == "should"
    assert takes(found.limits, found.results).endswith("no empty batches")


def test_sizes_in_words() -> None:
    some = [Sizes("but", n) for n in (9, 5, 7, 11, 13)]
    assert taken_words(some, "rows") == "not 5, 7, 9 and 2 other numbers of rows"
    assert taken_words(some[:2], "rows") == "not 5 or 9 rows"
    assert (
        refused_words(Sizes("blocks", 64), "rows")
        == "more than 64 rows that are not a multiple of 64"
    )


@pytest.mark.parametrize("rule", ["at most", "at least", "multiple", "blocks", "power"])
def test_a_size_near_a_refused_one_is_taken(rule: str) -> None:
    sizes = Sizes(rule, 2 if rule == "power" else 16)
    refused = [n for n in range(1, 300) if not sizes.takes(n)]
    assert refused
    assert all(sizes.takes(sizes.nearest(n)) for n in refused)


def test_the_limits_in_every_report(tmp_path: Path) -> None:
    """HTML, Markdown, JUnit and the score tell what is refused, at which level, and where first."""
    text = SOFTMAX.format(refused="x.shape[axis] > 64 or not x.flags.c_contiguous")
    path = written(tmp_path, text + "\nLIMITS = {'layouts': 'the pitch is <n>'}\n")
    settings = Settings(dtypes=("float32", "float64"), effort="quick", brief=True)
    report = run(Plan((str(path),), settings, journal=False))
    (sizes,) = [x for x in table(report) if x.kind == "sizes"]
    assert (sizes.level, sizes.places) == ("should", ("float32", "float64"))
    assert (sizes.refuses, sizes.law) == (("more than 64 classes",), "softmax/takes-every-size")
    assert sizes.first == "softmax(x, axis=-1), shape 2x65, float32"
    layouts = next(x for x in table(report) if x.kind == "layouts")
    assert (layouts.level, layouts.reason) == ("declared", "the pitch is <n>")
    page, pull, xml = html(report), markdown(report), junit.text(report)
    assert 'id="limits"' in page
    for shown in (page, pull, xml):
        assert "more than 64 classes" in shown
        assert "<n>" not in shown
    assert "softmax(x, axis=-1), shape 2x65, float32" in page
    assert score(report, status=0)["limits"] == plain(report)
    assert plain(report)[0]["implementation"] == "mine"


@pytest.mark.parametrize("effort", ["quick", "default"])
def test_a_declared_limit_that_no_call_meets_is_stale(effort: str, tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="x.ndim != 2") + (
        '\nDTYPES = ("float32",)\nLIMITS = {"ranks": "rows", "one-class": "two are needed"}\n'
    )
    settings = Settings(effort=effort, brief=True, only=("softmax/takes-*",))
    report = run(Plan((str(written(tmp_path, text)),), settings, journal=False))
    outcomes = {r.invariant: (r.outcome, r.message) for r in report.results}
    lines = ["↻ mine: stale, shows nowhere in this run: LIMITS['one-class']"]
    assert deviations.lines(report) == (lines if effort == "default" else [])
    assert outcomes["softmax/takes-every-rank"][0] == "deviation"
    stale = ("stale", "declared: two are needed")
    assert outcomes["softmax/takes-one-class"] == (stale if effort == "default" else ("pass", ""))
    assert deviations.settled(report).results == report.results


def test_a_wrong_number_within_a_limit_is_found(tmp_path: Path) -> None:
    """The last column is lost in long rows, of which only some are taken."""
    text = SOFTMAX.format(refused="x.shape[axis] > 100 or axis != -1").replace(
        "    e = np.exp",
        "    w = np.where(np.arange(w.shape[-1]) > 70, -np.inf, w)\n    e = np.exp",
    )
    assert broken(examined(written(tmp_path, text)))["accuracy"] == "must"


MASKED = """
import numpy as np

def softmax(x, axis=-1, where=None):
    {refused}
    keep = np.ones(x.shape, bool) if where is None else {where}
    w = np.where(keep, x, -np.inf)
    m = np.max(w, axis=axis, keepdims=True, initial=-np.inf)
    e = np.where(keep, np.exp(w - np.where(np.isfinite(m), m, 0)), 0)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
"""


@pytest.mark.parametrize(("refused", "where", "breaks"), [
    ("pass", "np.moveaxis(where, axis, -1)", True),  # raises by accident, but for squares
    ("assert where is None or axis == -1", "where", False),
    ("assert where is None or axis == -1 or len({*x.shape}) == 1", "where", False),
])  # fmt: skip
def test_what_only_squares_are_taken_of_is_examined(
    refused: str, where: str, breaks: bool, tmp_path: Path
) -> None:
    found = examined(
        written(tmp_path, MASKED.format(refused=refused, where=where)),
        only=("softmax/accuracy", "softmax/takes-*", "softmax/no-mass-where-masked"),
    )
    assert ("must" in broken(found).values()) == breaks
    (options,) = [x for x in found.limits if x.kind == "options"]
    squares = ["but for squares" in words for words in options.refuses]
    assert any(squares) == (breaks or "len" in refused)


WEIGHED = """
import numpy as np

def cross_entropy_with_logits(logits, labels, weight=None, reduction="mean"):
    assert labels.dtype.kind == "i"
    {refused}
    w = logits.astype(np.longdouble)
    d = w - w.max(axis=-1, keepdims=True)
    each = np.log(np.exp(d).sum(axis=-1)) - np.take_along_axis(d, labels[..., None], -1)[..., 0]
    each = each if weight is None else weight * each
    return np.asarray(each if reduction == "none" else getattr(each, reduction)(), logits.dtype)
"""


@pytest.mark.parametrize("checked", [True, False])
def test_weights_of_rows_are_no_weights_of_classes_in_squares_either(
    checked: bool, tmp_path: Path
) -> None:
    refused = "assert weight is None or weight.shape == labels.shape" if checked else "pass"
    found = examined(
        written(tmp_path, WEIGHED.format(refused=refused)),
        only=("cross-entropy-with-logits/accuracy", "cross-entropy-with-logits/takes-*"),
    )
    assert ("must" in broken(found).values()) == (not checked)
    (options,) = [x for x in found.limits if x.kind == "options"]
    assert ("but for squares" in options.refuses[0]) == (not checked)


def test_the_sentence_has_what_is_taken(tmp_path: Path) -> None:
    found = examined(written(tmp_path, SOFTMAX.format(refused="x.ndim != 2")))
    words = sentence(found.results, True, found.limits)
    assert words.startswith("Conforms")
    assert words.endswith("; misses 1 should law; takes matrices.")


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_derivatives_that_are_declared_to_be_missing_are_not_asked_for() -> None:
    path = CONTROLS / "torch_limits_forward_only.py"
    found = examined(path)
    assert broken(found) == {}
    assert not any("gradient" in r.invariant for r in found.results)
    not_run = subjects(load(path), Settings())[1]
    assert any("declared in LIMITS: for inference only" in item.why for item in not_run)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_a_kernel_for_training_alone_is_called_so() -> None:
    """It is examined where derivatives may be asked of its results, and that is said."""
    found = examined(CONTROLS / "torch_limits_training_only.py", effort="quick")
    assert "must" not in broken(found).values()
    assert "accuracy" in {r.invariant.partition("/")[2] for r in found.results if r.examples}
    assert sentence(found.results, True, found.limits).endswith(
        "; takes tensors that require grad only."
    )


def test_a_limit_that_is_required_fails(tmp_path: Path) -> None:
    path = written(tmp_path, SOFTMAX.format(refused="x.ndim != 2"))
    assert broken(examined(path, require=("ranks",))) == {"takes-every-rank": "must"}
    assert broken(examined(path, require=("axes",))) == {"takes-every-rank": "should"}
    halves = CONTROLS / "limits_table_of_formats.py"
    required = examined(halves, "float16", require=("float16",))
    assert broken(required) == {"takes-its-formats": "must"}


def test_a_declared_limit_is_a_deviation(tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="x.ndim != 2") + '\nLIMITS = {"ranks": "a kernel of rows"}\n'
    found = examined(written(tmp_path, text))
    outcomes = {r.invariant: (r.outcome, r.message.partition(" [ref")[0]) for r in found.results}
    assert outcomes["softmax/takes-every-rank"] == ("deviation", "a kernel of rows")
    assert found.limits[0].reason == "a kernel of rows"


@pytest.mark.parametrize(("value", "said"), [
    ('{"contiguous": "why"}', "LIMITS has 'contiguous', not one of formats, modes, layouts"),
    ('{"layout": "why"}', "Did you mean 'layouts'?"),
    ('{"layouts": ""}', "not a reason in words"),
    ('("layouts",)', "LIMITS is a tuple, not a dict of kind to reason"),
])  # fmt: skip
def test_a_wrong_declaration_is_one_line(value: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, SOFTMAX.format(refused="False") + f"\nLIMITS = {value}\n")
    with pytest.raises(LoadError, match=re.escape(said)):
        load(path)


def reported(path: Path, **options: object) -> Report:
    """The report of a run of one file, in float32 with the quick inputs."""
    settings = Settings(effort="quick", dtypes=("float32",), only=("*/takes-*", "*/accuracy"))
    return run(Plan((str(path),), settings, journal=False, **options))  # type: ignore[arg-type]


def test_a_baseline_remembers_what_is_taken(tmp_path: Path) -> None:
    before = gate.update(reported(written(tmp_path, SOFTMAX.format(refused="x.ndim == 1"))))
    assert list(before.limits.values()) == ["vectors"]
    again = parse(text(before).encode())
    assert again.limits == before.limits
    narrower = reported(written(tmp_path, SOFTMAX.format(refused="x.ndim != 2")))
    judged = gate.judge(narrower, again)
    assert judged.status == 1
    words = [c.words for c in judged.new if "limits/ranks" in c.key]
    assert words == ["took, and refuses now: arrays of 3 axes; arrays of 4 axes; arrays of 5 axes"]
    wider = gate.judge(reported(written(tmp_path, SOFTMAX.format(refused="False"))), again)
    assert wider.status == 0
    assert [c.words for c in wider.fixed if "limits/" in c.key] == [
        "refused, and takes now: vectors"
    ]


def test_a_run_keeps_to_its_budget_and_says_what_it_did_not_reach(tmp_path: Path) -> None:
    slow = SOFTMAX.format(refused="time.sleep(0.03)").replace("import numpy", "import time, numpy")
    report = reported(written(tmp_path, slow), budget=2.0)
    assert report.complete
    accuracy = next(r for r in report.results if r.invariant == "softmax/accuracy")
    assert accuracy.outcome == "pass"
    why = next(item.why for item in report.not_run if "all sizes" in item.what)
    assert re.match(r"a budget of 2 s: \d+ of \d+ cases, some on fewer examples; sizes up to", why)
    assert sum(r.seconds for r in report.results) < 12


def test_memory_is_a_limit_of_size(tmp_path: Path) -> None:
    square = SOFTMAX.format(refused="np.ones((x.size, x.size))[:1, :1].any() and x.size == -1")
    report = reported(written(tmp_path, square), memory=600)
    limit = next(limit for limit in report.limits if limit.kind == "space")
    assert re.match(r"fewer than [\d,]+ numbers at once, for want of memory", limit.takes[0])
    assert "over the limit of" in limit.said
    outcomes = {r.invariant: r.outcome for r in report.results if r.level == "must"}
    assert outcomes["softmax/accuracy"] == "pass"


FAULTS = ("misaligned address", "illegal memory access", "device-side assert triggered")


@pytest.mark.parametrize("said", FAULTS)
def test_the_host_has_no_faults_of_a_device(said: str, tmp_path: Path) -> None:
    """The words are those of a lost context, which the host has none of: it is a refusal."""
    text = SOFTMAX.format(refused="x.size and x.shape[axis] % 4").replace("not that", said)
    found = examined(written(tmp_path, text))
    assert broken(found) == {"takes-every-size": "should"}
    assert "multiples of 4 classes" in takes(found.limits, found.results)


def test_a_fault_of_a_device_is_no_limit() -> None:
    failed = CallFailed("raised", "RuntimeError", "CUDA error: misaligned address")
    assert not failed.faulted
    failed.on_device = True
    assert failed.faulted


@pytest.mark.parametrize(
    ("taken", "words"),
    [("0.05 <= t", "no temperature below 0.05"), ("t <= 100", "no temperature above 100"),
     ("t == 1", "no temperature")],
)  # fmt: skip
def test_a_range_of_an_option_is_a_limit(taken: str, words: str, tmp_path: Path) -> None:
    text = SOFTMAX.format(refused=f"not ({taken})").replace("axis=-1)", "axis=-1, temperature=1.0)")
    text = text.replace("    if not", "    t = temperature\n    if not")
    text = text.replace("    e = ", "    w = w / np.asarray(t, w.dtype)\n    e = ")
    found = examined(written(tmp_path, text))
    assert broken(found) == {"takes-its-options": "should"}
    assert takes(found.limits, found.results).endswith(words)


def test_a_number_that_is_refused_alone_is_no_range() -> None:
    tried: list[float] = []
    assert beyond(0.3125, 2.0, lambda t: tried.append(t) is not None) is None
    assert tried == [0.3125 / 2]
    below = beyond(0.004, 2.0, lambda t: t < 0.01)
    assert below is not None
    assert (below.words, below.holds(0.009), below.holds(0.02)) == ("below 0.01", True, False)
    assert beyond(0.0, 2.0, lambda t: True) is None


def test_none_is_refused_where_the_default_is_a_number() -> None:
    found = examined(CONTROLS / "focal_loss_of_numbers.py")
    assert broken(found) == {"takes-its-options": "should"}
    words = takes(found.limits, found.results)
    assert words == "takes no alpha=None, gamma=0 or gamma below 1"
    accuracy = next(r for r in found.results if r.invariant == "sigmoid-focal-loss/accuracy")
    assert accuracy.outcome == "pass"


def test_a_slip_is_none_if_none_is_the_default(tmp_path: Path) -> None:
    text = (CONTROLS / "focal_loss_of_numbers.py").read_text().replace("alpha=0.25", "alpha=None")
    assert "must" in broken(examined(written(tmp_path, text))).values()


RAISED = [
    ("RecursionError", "x.shape[axis] > 400", {"takes-every-size": "should"}, "up to 400 classes"),
    ("MemoryError", "x.shape[axis] > 100", {"takes-every-size": "should"}, "up to 100 classes"),
]


@pytest.mark.parametrize(("error", "when", "laws", "words"), RAISED)
def test_a_size_is_refused_by_any_name(
    error: str, when: str, laws: dict[str, str], words: str, tmp_path: Path
) -> None:
    text = SOFTMAX.format(refused=when).replace("ValueError", error)
    found = examined(written(tmp_path, text))
    assert broken(found) == laws
    assert takes(found.limits, found.results) == f"takes {words}"


def test_a_recursion_without_an_end_is_a_mistake(tmp_path: Path) -> None:
    text = SOFTMAX.format(refused="axis == 0 and x.ndim == 2")
    text = text.replace('raise ValueError("not that")', "return softmax(x, axis)")
    assert "must" in broken(examined(written(tmp_path, text))).values()


def test_the_call_that_raised_is_shown(tmp_path: Path) -> None:
    """With the number that a law chose, which is not in the example that it was given."""
    text = SOFTMAX.format(refused="temperature < 0.1 and x.shape[axis] % 2")
    found = examined(written(tmp_path, text.replace("axis=-1)", "axis=-1, temperature=1.0)")))
    lowest = next(
        r for r in found.results if r.invariant.endswith("low-temperature-is-the-largest")
    )
    assert lowest.counterexample is not None
    assert "temperature=0.00390625" in lowest.counterexample.call
    assert lowest.counterexample.given is not None
    assert "temperature" not in lowest.counterexample.given.options


def test_labels_are_indices_where_the_first_floating_ones_are_unnormalised(tmp_path: Path) -> None:
    arguments = {"arguments": MEAN, "ignored": "None", "reduction": "reduction"}
    refused = "if labels.dtype.kind == 'f': raise TypeError('class indices only')"
    kernel = _kernel(written(tmp_path, LOSS.format(refused=refused, **arguments)))
    c = InputClass(
        "cross_entropy_with_logits", "float32", "value", 3, 4, (3,), labels="unnormalised",
        options=(("reduction", "mean"),),
    )  # fmt: skip
    with pytest.raises(Refused):
        kernel.value(specimen(c, 0))
    assert words_taken(kernel.limits.found) == ["class indices as labels"]


def _kernel(path: Path) -> Kernel:
    return Kernel(load(path), "cross_entropy_with_logits", "eager", "cpu")


def test_an_ignored_class_beside_floating_labels_may_be_refused(tmp_path: Path) -> None:
    source = LOSS.format(
        arguments=f"{MEAN}, ignore_index=-100",
        refused="assert labels.dtype.kind != 'f' or ignore_index < 0",
        ignored="ignore_index",
        reduction="reduction",
    )
    name = "cross-entropy-with-logits/floating-labels-are-not-ignored"
    found = examined(
        written(tmp_path, source),
        only=(name, name.replace("floating-labels-are-not-ignored", "takes-*")),
    )
    assert not found.limits
    assert {r.outcome for r in found.results if r.invariant == name} == {"unsupported"}


def test_a_second_derivative_that_is_dropped_is_said(tmp_path: Path) -> None:
    """A backward pass returns what the forward pass kept; one that refuses aloud is no limit."""
    pytest.importorskip("torch")
    path, kept = tmp_path / "mine.py", "    @staticmethod\n    def backward"
    path.write_text(GRADIENT_KEPT)
    loud = tmp_path / "loud.py"
    once = kept.replace("    def", "    @torch.autograd.function.once_differentiable\n    def")
    loud.write_text(GRADIENT_KEPT.replace(kept, once))
    settings = Settings(only=("*/hessian-accuracy", "*/is-differentiable"), effort="quick")
    found = [
        [r.message for r in _results(p, settings) if r.outcome == "fail"] for p in (path, loud)
    ]
    assert [len(each) for each in found] == [1, 0]
    assert found[0][0].startswith("refuses second derivative: no double backward")


GRADIENT_KEPT = """
import torch

DTYPES = ("float32",)

class Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.axis = axis
        ctx.save_for_backward(torch.softmax(x, axis))
        return torch.logsumexp(x, axis)

    @staticmethod
    def backward(ctx, g):
        return g.unsqueeze(ctx.axis) * ctx.saved_tensors[0], None

def logsumexp(x, axis=-1):
    return Kept.apply(x, axis)
"""


def _results(path: Path, settings: Settings) -> list[Any]:
    implementation = load(path)
    (subject,) = subjects(implementation, settings)[0]
    return list(engine.examine(implementation, subject, settings).results)
