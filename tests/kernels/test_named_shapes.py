"""Shapes that are named for a kernel are examined; and what cannot be examined does not conform."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from conformance.cli import main as cli
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.inputs.named import FAMILY
from conformance.kernels.layouts import fitting
from conformance.model import Example, View
from conformance.objects.load import load
from conformance.records.results import UNCOMPARED, Findings
from conformance.reporting.verdicts import sentence

ONE_SHAPE = """
    import numpy as np
    DTYPES = ("float32",)

    def f(x):
        if {refused}:
            raise ValueError("not that shape")
        e = np.exp(x - x.max({axis}, keepdims=True, initial=-np.inf))
        y = e / e.sum({axis}, keepdims=True)
        return {result}
"""


def examined(folder: Path, text: str, said: str = "") -> Findings:
    path = folder / "mine.py"
    path.write_text(textwrap.dedent(text))
    found = load(f"{path}::f as {said}" if said else path)
    settings = Settings(dtypes=("float32",), effort="quick")
    return examine(found, subjects(found, settings)[0][0], settings)


def outcomes(found: Findings, level: str = "must") -> dict[str, str]:
    return {r.invariant.partition("/")[2]: r.outcome for r in found.results if r.level == level}


#: A shape and an axis, as --as says them.
SHAPES = [
    ((4, 64, 8), 1),
    ((4, 64, 8), -2),
    ((64, 4, 8), 0),
    ((2, 3, 10, 10), 1),
    ((2, 3, 10, 10), -2),
    ((2, 3, 4, 7, 5), 3),
]


@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_a_kernel_of_one_shape_is_examined_along_any_axis(
    shape: tuple[int, ...], axis: int, tmp_path: Path
) -> None:
    said = f"softmax(axis={axis}, shape={shape})"
    refused = f"x.shape != {shape}"
    right = examined(tmp_path, ONE_SHAPE.format(refused=refused, axis=axis, result="y"), said)
    held = outcomes(right)
    assert set(held.values()) <= {"pass", "unsupported"}
    assert held["accuracy"] == held["nan-at-any-place"] == held["has-no-state"] == "pass"
    zeros = examined(tmp_path, ONE_SHAPE.format(refused=refused, axis=axis, result="0 * y"), said)
    assert outcomes(zeros)["accuracy"] == "fail"


@pytest.mark.parametrize("said", ["softmax(axis=1)", "softmax(axis=1, shape=(-1, 3, -1, 5))"])
def test_a_kernel_of_four_axes_is_examined(said: str, tmp_path: Path) -> None:
    right = examined(tmp_path, ONE_SHAPE.format(refused="x.ndim != 4", axis=1, result="y"), said)
    assert set(outcomes(right).values()) <= {"pass", "unsupported"}
    assert outcomes(right)["accuracy"] == "pass"
    first = "np.concatenate([y[:1], 0 * y[1:]])"  # the first image alone
    wrong = examined(tmp_path, ONE_SHAPE.format(refused="x.ndim != 4", axis=1, result=first), said)
    assert outcomes(wrong)["accuracy"] == "fail"


@pytest.mark.parametrize(
    ("shape", "said"),
    [((16, 16384), "softmax(axis=1, ndim=2, shape=(16, 16384))"),
     ((2, 3, 10, 10), "softmax(axis=1, shape=(2, 3, 10, 10))"),
     ((3, 500), "softmax(shape=(3, 500))")],
)  # fmt: skip
def test_what_is_wrong_at_the_named_shape_alone_is_wrong(
    shape: tuple[int, ...], said: str, tmp_path: Path
) -> None:
    axis = 1 if "axis" in said else -1
    result = f"np.where(x.shape == {shape}, y[::-1], y)"
    text = ONE_SHAPE.format(refused="False", axis=axis, result=result)
    assert outcomes(examined(tmp_path, text, said))["accuracy"] == "fail"
    elsewhere = text.replace(f"x.shape == {shape}", "x.shape == (16, 16385)")
    assert outcomes(examined(tmp_path, elsewhere, said))["accuracy"] == "pass"


def test_an_elementwise_function_is_examined_at_its_shape(tmp_path: Path) -> None:
    text = """
    import numpy as np
    DTYPES = ("float32",)
    SHAPES = (1024, 300)

    def sigmoid(x):
        e = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, e) / (1 + e)
        return 0 * y if x.shape == {shape} else y
    """
    assert outcomes(examined(tmp_path, text.format(shape=(1024, 300))))["accuracy"] == "fail"
    assert outcomes(examined(tmp_path, text.format(shape=(1024, 301))))["accuracy"] == "pass"


@pytest.mark.parametrize("programs", [None, "default"])
@pytest.mark.parametrize("name", ["sigmoid", "softmax", "cross_entropy_with_logits"])
def test_a_large_shape_has_rows_that_recur_or_is_cut(name: str, programs: str | None) -> None:
    function = FUNCTIONS[name]
    for shape in ((512, 3000), (4096, 393_216)):
        made = examples(
            function, FORMATS["float32"], effort="quick", seed=0, programs=programs,
            options=frozenset(), layouts=("C",), built_in={"shape": shape}, draws=0,
        )  # fmt: skip
        named = [e for e in made if e.family == FAMILY]
        assert named
        for e in named:
            assert e.size <= 2**21
            if function.rowwise:
                assert e.classes == shape[1]
            if not function.reduces and shape == (512, 3000) and programs is None:
                assert (*e.view.batch, *e.x.shape[1:]) == shape
                assert e.repeats is not None


def test_the_axes_that_are_built_in() -> None:
    x = np.zeros((6, 4), np.float32)
    e = Example(FUNCTIONS["softmax"], FORMATS["float32"], {"x": x}, View((2, 3), -1))
    assert fitting(e, {}) is e
    assert fitting(e, {"axis": -1, "ndim": 3}) is e
    assert fitting(e, {"axis": 1, "ndim": 3}).view == View((2, 3), 1)
    assert fitting(e, {"axis": 1, "ndim": 4}).view == View((6, 1, 1), 1)
    assert fitting(e, {"axis": -1, "ndim": 2}).view == View((6,), -1)


NOWHERE = """
    import numpy as np
    DTYPES = ("float32",)

    def softmax(x, axis=-1):
        plain = np.random.Generator(np.random.PCG64([0, 2, 3])).integers(-16, 17, (2, 3)) / 8
        if not np.array_equal(x, plain):
            raise NotImplementedError("no more")
        return np.zeros_like(x)
"""


def test_what_is_not_examined_does_not_conform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A plain call gives a result, and nothing that the law of the value asks for does."""
    found = examined(tmp_path, NOWHERE)
    assert "pass" not in outcomes(found).values()
    said = next(r.message for r in found.results if r.message.startswith(UNCOMPARED))
    assert said.endswith("if it takes one size only, say which, SHAPES = (32, 1000) in the file or "
                         "shape=(32, 1000) in --as")  # fmt: skip
    assert sentence(found.results) == f"Not examined: {said}."
    given = [str(tmp_path / "mine.py"), "--dtype", "float32", "--effort", "quick"]
    assert cli.main(["run", *given, "-n", "1", "-q"]) == 5
    assert "Not examined" in capsys.readouterr().out


FUSED = """
    import numpy as np
    DTYPES = ("float32",)
    SHAPES = (37, 48)

    def linear_cross_entropy(hidden, matrix, labels, reduction="mean"):
        if {refused}:
            raise ValueError("that size is not built")
        z = hidden.astype(np.float64) @ matrix.astype(np.float64).T * ({factor})
        z = z - z.max(-1, keepdims=True)
        logs = z - np.log(np.exp(z).sum(-1, keepdims=True))
        loss = -np.take_along_axis(logs, labels[..., None].astype(np.int64), -1)[..., 0]
        return (loss if reduction == "none" else getattr(loss, reduction)()).astype(hidden.dtype)
"""


@pytest.mark.parametrize(("refused", "factor", "outcome"), [
    ("hidden.shape != SHAPES", "1", "pass"),
    ("False", "1", "pass"),
    ("False", "1.01 if hidden.shape == SHAPES else 1", "fail"),
])  # fmt: skip
def test_the_shape_of_hidden_rows(refused: str, factor: str, outcome: str, tmp_path: Path) -> None:
    found = examined(tmp_path, FUSED.format(refused=refused, factor=factor))
    assert outcomes(found)["accuracy"] == outcome
