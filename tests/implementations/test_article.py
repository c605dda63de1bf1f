"""The tutorial's numbers and checks, and what they miss: which law fails, at which input."""

from __future__ import annotations

import types
from functools import cache
from typing import Any

import numpy as np
import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings
from conformance.kernels.importing import imported, resolve
from conformance.kernels.loading import load
from conformance.model import Subject
from conformance.records.results import Result

torch = pytest.importorskip("torch")
F = torch.nn.functional

TWO = [[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]]
LABELS = [0, 2]


@cache
def article(library: str) -> types.ModuleType:
    return imported(resolve(f"article_{library}"))


def sample(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def probabilities(logits: np.ndarray) -> Any:
    return torch.softmax(torch.from_numpy(logits), 1)


def one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(5)[labels]


# --- the checks of the article ---------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_softmax_is_torchs_within_a_squared_difference_of_1e_3(seed: int) -> None:
    z = sample(10, 5, seed=seed)
    theirs = probabilities(z).numpy()
    assert ((article("numpy").softmax(z, axis=1) - theirs) ** 2 < 1e-3).all()
    ours = article("torch").softmax(torch.from_numpy(z), axis=1).numpy()
    assert ((ours - theirs) ** 2 < 1e-3).all()


@pytest.mark.parametrize("seed", range(5))
def test_sigmoid_is_torchs_within_a_squared_difference_of_1e_4(seed: int) -> None:
    x = torch.from_numpy(sample(10, 5, seed=seed))
    assert ((article("torch").sigmoid(x) - torch.sigmoid(x)) ** 2 < 1e-4).all()
    assert ((article("numpy").sigmoid(x.numpy()) - torch.sigmoid(x).numpy()) ** 2 < 1e-4).all()


def test_both_forms_of_the_derivative_of_sigmoid_agree() -> None:
    x = sample(50)
    s = article("numpy").sigmoid(x)
    quotient = np.exp(-x) / (1 + np.exp(-x)) ** 2
    np.testing.assert_allclose(quotient, s * (1 - s), rtol=1e-14)
    np.testing.assert_allclose(article("numpy").sigmoid_vjp(x, np.ones(50)), quotient, rtol=1e-15)
    t = torch.from_numpy(x).requires_grad_()
    article("torch").sigmoid(t).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), quotient, rtol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_binary_cross_entropy_is_torchs_within_a_squared_difference_of_1e_5(seed: int) -> None:
    x = torch.from_numpy(sample(10, seed=seed))
    y = torch.from_numpy(np.random.default_rng(seed).integers(0, 2, 10).astype(float))
    theirs = F.binary_cross_entropy_with_logits(x, y)
    p = torch.sigmoid(x)
    assert (article("torch").binary_cross_entropy(p, y) - theirs) ** 2 < 1e-5
    ours = article("numpy").binary_cross_entropy(p.numpy(), y.numpy())
    assert (ours - theirs.item()) ** 2 < 1e-5


@pytest.mark.parametrize("form", ["one-hot", "one-hot by argmax", "index"])
@pytest.mark.parametrize("seed", range(5))
def test_cross_entropy_is_torchs_in_the_mean_of_signed_differences(form: str, seed: int) -> None:
    z, y = sample(10, 5, seed=seed), np.random.default_rng(seed).integers(0, 5, 10)
    theirs = F.cross_entropy(torch.from_numpy(z), torch.from_numpy(y), reduction="none")
    p = probabilities(z)
    if form == "one-hot by argmax":
        ours = article("torch").cross_entropy(p, torch.from_numpy(one_hot(y)), reduction="none")
    else:
        labels = one_hot(y) if form == "one-hot" else y
        loss = article("numpy").cross_entropy(p.numpy(), labels, axis=1, reduction="none")
        ours = torch.from_numpy(loss)
    assert (ours - theirs).mean() ** 2 < 1e-4


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_picking_and_the_loss_of_what_was_picked(library: str) -> None:
    make = np.asarray if library == "numpy" else torch.tensor
    p, y = make(TWO), make(LABELS)
    assert article(library).picked(p, y).tolist() == pytest.approx([0.1, 0.5])
    losses = article(library).cross_entropy(p, y, reduction="none")
    assert [round(float(v), 4) for v in losses] == [2.3026, 0.6931]


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_certain_and_right_costs_nothing_and_certain_and_wrong_a_large_number(library: str) -> None:
    make = np.asarray if library == "numpy" else torch.tensor
    with np.errstate(all="ignore"):
        right = article(library).binary_cross_entropy(make([1.0, 0.0]), make([1.0, 0.0]))
        wrong = article(library).binary_cross_entropy(make([0.0]), make([1.0]))
    assert right == 0
    assert wrong == (np.finfo(float).max if library == "numpy" else torch.finfo(wrong.dtype).max)


# --- what they miss --------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "last"), [("float64", 709), ("float32", 88), ("float16", 11)])
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_softmax_overflows_from_710_89_and_12_on(library: str, dtype: str, last: int) -> None:
    def softmax(x: float) -> float:
        row = np.array([x, 0], dtype)
        row = row if library == "numpy" else torch.from_numpy(row)
        with np.errstate(all="ignore"):
            return float(article(library).softmax(row)[0])

    assert softmax(last) == pytest.approx(1, rel=1e-3)
    assert np.isnan(softmax(last + 1))


def test_the_derivative_of_sigmoid_is_nan_where_e_to_minus_x_overflows() -> None:
    x = torch.tensor([-710.0], dtype=torch.float64, requires_grad=True)
    value = article("torch").sigmoid(x)
    assert value.item() == 0
    value.backward()
    assert torch.isnan(x.grad).all()
    with np.errstate(all="ignore"):
        assert np.isnan(article("numpy").sigmoid_vjp(np.array([-710.0]), np.ones(1))).all()


def test_a_probability_that_is_wrong_by_a_hundredth_passes_the_articles_check() -> None:
    z = sample(10, 5)
    assert ((probabilities(z).numpy() + 0.0099 - probabilities(z).numpy()) ** 2 < 1e-4).all()


def test_argmax_throws_a_soft_label_away() -> None:
    p, soft = torch.tensor(TWO), torch.tensor([[0.4, 0.3, 0.3], [0.0, 0.1, 0.9]])
    hard = article("torch").cross_entropy(p, torch.tensor(LABELS), reduction="none")
    assert torch.equal(article("torch").cross_entropy(p, soft, reduction="none"), hard)


def test_nan_is_taken_for_no_loss() -> None:
    with np.errstate(all="ignore"):
        assert article("numpy").binary_cross_entropy(np.array([np.nan]), np.array([1.0])) == 0
        loss = article("numpy").cross_entropy(np.full((1, 2), np.nan), np.array([[1.0, 0.0]]))
    assert loss == 0


# --- what the suite finds --------------------------------------------------------------------


@cache
def examined(library: str, function: str, dtype: str = "float64") -> dict[str, Result]:
    implementation = load(f"article_{library}")
    subject = Subject(implementation.name, function, dtype, "cpu", "eager")
    with np.errstate(all="ignore"):
        found = examine(implementation, subject, Settings(effort="quick"))
    return {r.invariant: r for r in found.results}


def value(result: Result, argument: str) -> list[float]:
    assert result.counterexample is not None
    return [float.fromhex(v) for v in result.counterexample.arguments[argument].values]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(("dtype", "edge"), [("float64", 709), ("float32", 88), ("float16", 11)])
def test_the_suite_finds_the_overflow_of_softmax(library: str, dtype: str, edge: int) -> None:
    broken = examined(library, "softmax", dtype)["softmax/finite-stays-finite"]
    assert (broken.level, broken.outcome) == ("must", "fail")
    row = value(broken, "x")
    assert max(row) > edge or max(row) < -edge  # overflow, or nothing left of the sum
    assert examined(library, "softmax", dtype)["softmax/sums-to-one"].outcome == "fail"


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_the_suite_finds_the_nan_derivative_of_sigmoid(library: str) -> None:
    broken = examined(library, "sigmoid")["sigmoid/gradient-finite"]
    assert (broken.level, broken.outcome) == ("must", "fail")
    assert value(broken, "x")[0] < -354  # (1 + e^-x)² overflows from 355 on, e^-x from 710 on
    assert examined(library, "sigmoid")["sigmoid/accuracy"].outcome == "pass"


def test_the_suite_finds_the_soft_labels_thrown_away() -> None:
    found = examined("torch", "cross_entropy")
    assert found["cross-entropy/accuracy"].outcome == "fail"
    assert found["cross-entropy/linear-in-labels"].outcome == "fail"
    assert examined("numpy", "cross_entropy")["cross-entropy/accuracy"].outcome == "pass"


def test_the_suite_finds_that_infinity_became_a_large_number() -> None:
    found = examined("numpy", "cross_entropy")
    assert found["cross-entropy/certain-and-wrong-is-infinite"].outcome == "fail"
