"""Masked rows: effective arguments, how masks are presented, cut and stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.examine.counterexample import array_of, array_text
from conformance.examine.engine import examine
from conformance.examine.minimise import smallest
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS, Array
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.kernels.calling import Kernel
from conformance.kernels.loading import load
from conformance.kernels.signatures import accepted_options
from conformance.model import Example, View
from conformance.numerics.bounds import bound, budget
from conformance.numerics.domain import label_masked
from conformance.numerics.exact import certified
from conformance.numerics.problem import Problem
from conformance.reporting.terminal.failures import plainly
from conformance.spec import catalogue

MASKED = [name for name, f in FUNCTIONS.items() if "where" in f.options]
X = np.array([[1.0, -2.0, 0.5, 3.0, -1.0], [9.0, 2.0, -4.0, 0.0, 7.0]])
MASK = np.array([[True, False, True, True, False], [False, True, True, False, True]])
BESIDE = MASK.sum(axis=-1)[0]


def example(name: str, fmt: str = "float32", where: Array | None = MASK, **view: Any) -> Example:
    """Two masked rows of five classes; labels at classes that take part."""
    function, f = FUNCTIONS[name], FORMATS[fmt]
    args: dict[str, Any] = {
        function.first: X.astype(f.dtype),
        "direction": (X[::-1] + 1).astype(f.dtype),
    }
    g = np.where(MASK, X[::-1], 0) if function.by_class else np.array([1.0, -2.0])
    args["cotangent"] = g.astype(f.dtype)
    options: dict[str, Any] = {} if where is None else {"where": where}
    if function.labelled:
        args["labels"] = np.array([3, 1])
        options["reduction"] = "none"
    return Example(function, f, args, View(view.pop("batch", (2,)), **view), options)


def compressed(e: Example) -> Example:
    """The rows of the classes that take part: three in each of them."""

    def cut(v: Array) -> Array:
        return v[MASK].reshape(2, BESIDE) if v.ndim == 2 else v

    args: dict[str, Any] = {k: cut(v) for k, v in e.args.items()}
    if "labels" in args:
        args["labels"] = np.array([2, 0])
    return e.but(options={k: v for k, v in e.options.items() if k != "where"}, **args)


@pytest.mark.parametrize("quantity", ["value", "vjp", "hvp"])
@pytest.mark.parametrize("name", MASKED)
def test_a_masked_row_is_the_row_of_its_other_classes(name: str, quantity: str) -> None:
    e = example(name)
    masked, short = Problem(e), compressed(e)
    exact = e.function.quantities[quantity].exact
    found = certified(exact, masked.e.args, masked.e.options)[0]
    want = certified(exact, short.args, short.options)[0]
    if found.ndim == 2:
        beside = -np.inf if (name, quantity) == ("log_softmax", "value") else 0
        assert (found[~MASK] == beside).all()
        found = found[MASK].reshape(2, BESIDE)
    np.testing.assert_array_equal(found, want)
    b = budget(e.fmt, "standard")
    allowed, plain = (bound(p, b, quantity) for p in (masked, Problem(short)))
    if allowed.ndim == 2:
        allowed = allowed[MASK].reshape(2, BESIDE)
    assert (allowed >= plain * (1 - 2**-20)).all()  # n and blocks are larger, and nothing else
    assert (allowed <= 4 * plain).all()


def test_what_stands_where_masked_is_not_looked_at() -> None:
    e = example("softmax")
    other = e.with_first(np.where(MASK, e.x, np.float32(np.nan)))
    np.testing.assert_array_equal(Problem(e).rows.p, Problem(other).rows.p)


def test_labels_and_cotangents_where_masked_are_conventions() -> None:
    loss = example("cross_entropy_with_logits").but(labels=np.array([1, 1]))
    assert Problem(loss).settled.tolist() == [False, True]
    e = example("log_softmax").but(cotangent=np.ones((2, 5), np.float32))
    p = Problem(e)
    assert not e.function.domain.smooth(p, p.settled, False).any()


SEEN = """
import numpy as np
BACKEND = "numpy"
def softmax(x, axis=-1, where=None):
    where = np.broadcast_to(where, x.shape)
    e = np.where(where, np.exp(x), 0)
    return e / e.sum(axis=axis, keepdims=True)
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    path = tmp_path / "seen.py"
    path.write_text(SEEN)
    return Kernel(load(str(path)), "softmax", "eager", "cpu")


VIEWS = [
    {},
    {"axis": 0},
    {"batch": (1, 2), "axis": 1},
    {"batch": (2, 1), "axis": -3, "layout": "F"},
    {"layout": "strided"},
    {"layout": "reversed", "axis": 0},
    {"layout": "offset"},
    {"layout": "swapped"},
]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("mask", [MASK, MASK[:1], np.array([[True], [True]])], ids=["", "row", "1"])
def test_masks_have_the_axes_of_the_rows(kernel: Kernel, view: dict[str, Any], mask: Array) -> None:
    e = example("softmax", where=mask, **view)
    got = kernel.observe(e)
    np.testing.assert_allclose(got.result, Problem(e).rows.p.astype(np.float32), rtol=1e-6)
    assert kernel.changed(got) == ()


def test_a_vector_is_passed_as_it_is(kernel: Kernel) -> None:
    e = example("softmax", where=MASK[0])
    np.testing.assert_allclose(kernel.value(e), Problem(e).rows.p.astype(np.float32), rtol=1e-6)


def test_keywords_do_not_stand_for_a_mask() -> None:
    def reads(x: Array, **keywords: Any) -> None: ...
    def names(x: Array, axis: int = -1, where: Array | None = None) -> None: ...

    softmax = FUNCTIONS["softmax"]
    assert accepted_options(reads, softmax) == {"axis"}
    assert accepted_options(names, softmax) == {"axis", "where"}


def test_masks_are_cut_with_their_rows_and_classes() -> None:
    def breaks(e: Example) -> bool:
        mask = e.options.get("where")
        return mask is not None and mask.shape == e.x.shape and not mask.all()

    small = smallest(example("softmax"), breaks)
    assert small.x.shape == (1, 1)
    assert not small.options["where"].any()


def test_masks_are_stored_as_text() -> None:
    np.testing.assert_array_equal(array_of(array_text(MASK)), MASK)
    assert array_of(array_text(MASK)).dtype == bool


def test_they_are_the_same_whatever_the_seed_and_each_row_keeps_a_class() -> None:
    for name in MASKED:
        f = FUNCTIONS[name]
        runs = [
            [e for e in examples(f, FORMATS["float32"], effort="quick", seed=seed,
                                 programs=None, layouts=("C",), options=frozenset(f.options),
                                 draws=0) if e.family == "masked"]
            for seed in (0, 7)
        ]  # fmt: skip
        assert len(runs[0]) >= 8
        for a, b in zip(*runs, strict=True):
            np.testing.assert_array_equal(a.options["where"], b.options["where"])
            assert a.options["where"].any(axis=-1).all()
            if "labels" in a.args:
                assert not label_masked(Problem(a)).any()


def test_laws_of_masks_are_for_files_that_have_them(tmp_path: Path) -> None:
    path = tmp_path / "plain.py"
    path.write_text(
        SEEN.replace(", where=None", "").replace("broadcast_to(where", "broadcast_to(1")
    )
    implementation = load(str(path))
    settings = Settings(functions=("softmax",), dtypes=("float32",), effort="quick")
    found = examine(implementation, subjects(implementation, settings)[0][0], settings)
    of_masks = {law.id for law in catalogue().values() if "where" in law.options}
    assert len(found.results) > 40
    assert not of_masks & {r.invariant for r in found.results}


def test_a_mask_is_shown_as_true_and_false() -> None:
    assert plainly(array_text(MASK))[:2] == ["True", "False"]
    assert plainly(array_text(X))[:1] == ["0x1p+0"]
