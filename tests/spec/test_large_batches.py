"""Reductions that leave float16: where two laws alone speak, on what, and that they are right."""

from __future__ import annotations

import numpy as np
import pytest

from conformance import backends
from conformance.examine import engine
from conformance.examine.selection import Settings
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.inputs.options import COMBINATIONS, rounded
from conformance.kernels.layouts import layouts
from conformance.kernels.loading import load
from conformance.model import EACH_OPTION, Claim, Example, Subject, View
from conformance.numerics.measure import measure
from conformance.spec import catalogue, large_batches
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES

CE = "cross_entropy_with_logits"
LAWS = ("reduces-large-batches", "gradient-in-large-batches")


@pytest.fixture(autouse=True)
def silent():
    """As an examination is: infinite losses are made on purpose."""
    with np.errstate(all="ignore"):
        yield


def examined(function: str, dtype: str = "float16") -> Examination:
    return Examination(load("numpy"), Subject("numpy", function, dtype, "cpu", "eager"))


def batch(rows: int, loss: float, dtype: str = "float16", **options: object) -> Example:
    """Rows of two classes, each with about that loss."""
    fmt = FORMATS[dtype]
    x = np.tile(np.array([0, -loss], fmt.dtype), (rows, 1))
    args = {"logits": x, "labels": np.ones(rows, np.int64), "cotangent": np.ones((), fmt.dtype)}
    return Example(FUNCTIONS[CE], fmt, args, View((rows,)), {"reduction": "mean", **options})


def each_option(function: str, seed: int = 0, programs: str | None = None) -> list[Example]:
    fmt, options = FORMATS["float16"], frozenset(FUNCTIONS[function].options)
    made = examples(
        FUNCTIONS[function], fmt, effort="quick", seed=seed, programs=programs, options=options,
        layouts=layouts(backends.get("numpy")), draws=0,
    )  # fmt: skip
    return [e for e in made if e.family == EACH_OPTION]


@pytest.mark.parametrize(
    ("e", "value", "gradient"),
    [
        (batch(2000, 16), False, False),  # Σℓ = 32,000
        (batch(2100, 16), True, False),
        (batch(32700, 1), True, False),  # Σℓ = 1.31 N
        (batch(32800, -8), True, True),  # Σℓ = 11, but N
        (batch(5000, 3, weight=np.full(2, 8, np.float16)), True, True),  # Σw = 40,000
        (batch(5000, 3, weight=np.full(2, 0.5, np.float16)), False, False),
        (batch(32800, 16, reduction="sum"), False, False),  # its sum is the result
        (batch(32800, 16, reduction="none"), False, False),
        # Σ_c |log p_c| = 41,000, of which α/C is a sixteenth
        (batch(1025, 40, reduction="sum", label_smoothing=0.125), True, False),
        (batch(32800, 16, "float32"), False, False),
        (batch(32800, 16, "bfloat16"), False, False),
    ],
)
def test_only_the_two_laws_speak_where_a_part_is_beyond_half_of_float16(
    e: Example, value: bool, gradient: bool
) -> None:
    f = examined(CE, e.fmt.name)
    assert (f.crowded(e), f.crowded(e, "vjp")) == (value, gradient)
    assert f.where(e).all() == (not value)
    assert f.where(e, "vjp").all() == (not gradient)
    assert f.summed(e).all() and f.summed(e, "vjp").all()


@pytest.mark.parametrize("seed", [0, 1, 7, 1000])
@pytest.mark.parametrize("programs", [None, "default"])
def test_every_set_of_options_is_there_whatever_the_seed(seed: int, programs: str | None) -> None:
    made = each_option(CE, seed, programs)
    found = {(e.reduction, "weight" in e.options, "ignore_index" in e.options,
              e.options.get("label_smoothing", 0.0), e.labels.ndim) for e in made}  # fmt: skip
    fmt = FORMATS["float16"]
    known = {(c[0], bool(c[1]), bool(c[2]), rounded(c[3], fmt), 1 if c[4] == "index" else 2)
             for c in COMBINATIONS}  # fmt: skip
    weighed = {("sum", True, True, 0.0, 1)}  # where programs are compiled
    assert found == known or (programs and found <= known | weighed and len(found) >= 9)
    binary = each_option("binary_cross_entropy_with_logits", seed, programs)
    sets = {(e.reduction, "weight" in e.options, "pos_weight" in e.options) for e in binary}
    assert len(sets) == (6 if programs else 12)


@pytest.mark.parametrize("function", LOSSES)
@pytest.mark.parametrize("seed", [0, 5])
def test_each_is_exercised_and_right(function: str, seed: int) -> None:
    f = examined(function)
    slug = FUNCTIONS[function].slug
    value, gradient = (catalogue()[f"{slug}/{name}"] for name in LAWS)
    reduced = [e for e in each_option(function, seed) if e.reduction != "none"]
    assert len(reduced) >= 2
    for e in reduced:
        f.begin()
        measured = [measure(c, f.fmt) for c in value.check(f, e)]
        assert any(m.count for m in measured), e.options
        assert max(m.ratio for m in measured) <= 1, e.options
    means = [e for e in reduced if e.reduction == "mean" and not e.options.get("label_smoothing")]
    for e in means[:6]:
        f.begin()
        (found,) = (measure(c, f.fmt) for c in gradient.check(f, e))
        assert found.count and found.ratio <= 1, e.options


def of_copies(f: Examination, e: Example) -> Claim:
    """The claim on copies, which one on an example that is crowded itself may precede."""
    return next(c for c in large_batches.reduces_large_batches(f, e) if c.at is not None)


@pytest.mark.parametrize("function", LOSSES)
def test_what_is_asked_of_copies_is_what_float64_gives(function: str) -> None:
    """Of the very arrays that the implementation gets, in float64; they fill float16."""
    f, wide = examined(function), examined(function, "float64")
    for e in [e for e in each_option(function) if e.reduction == "mean"][:8]:
        f.begin()
        claim = of_copies(f, e)
        assert len(claim.at.x) > 65_520 or e.options.get("label_smoothing")
        args = {k: v.astype(np.float64) if v.dtype == np.float16 else v
                for k, v in claim.at.args.items()}  # fmt: skip
        options = {k: v.astype(np.float64) if isinstance(v, np.ndarray) else v
                   for k, v in claim.at.options.items()}  # fmt: skip
        same = Example(e.function, FORMATS["float64"], args, claim.at.view, options)
        assert float(wide.value(same)) == pytest.approx(float(claim.want), rel=1e-12)
        total = float(claim.want) * len(claim.at.x)
        assert total > 65_504


@pytest.mark.parametrize("function", LOSSES)
def test_no_copy_may_be_off_by_a_tenth(function: str) -> None:
    """Of a mean, and of the largest entry of its gradient, which are some hundred η."""
    f = examined(function)
    for e in [e for e in each_option(function) if e.reduction == "mean"][:8]:
        f.begin()
        mean = of_copies(f, e)
        assert np.all(mean.bound < 0.1 * np.abs(mean.want)), e.options
        for slope in large_batches.gradient_in_large_batches(f, e):
            if slope.at is None:
                continue
            want = np.abs(np.asarray(slope.want, np.float64))
            largest = np.unravel_index(want.argmax(), want.shape)
            bound = np.broadcast_to(np.asarray(slope.bound, np.float64), want.shape)
            # σ(1 − σ) of a wrong answer errs by 4u, and is multiplied by γ softplus(x)
            share = 0.4 if function == "sigmoid_focal_loss" else 0.1
            assert bound[largest] < share * want[largest], e.options


OVERFLOWS = """
import numpy as np

def binary_cross_entropy(probs, labels):
    p, y = probs.astype(np.float32), labels.astype(np.float32)
    losses = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, -(1 - y) * np.log1p(-p))
    total = losses.sum().astype(probs.dtype)
    return np.asarray(total / losses.size).astype(probs.dtype)
"""


def test_a_failure_is_seen_again(tmp_path) -> None:
    """Of a function without options, whose counterexample is one small batch."""
    file = tmp_path / "mine.py"
    file.write_text(OVERFLOWS)
    implementation = load(file)
    settings = Settings(effort="quick", dtypes=("float16",), only=("*large-batches", "*/accuracy"))
    subject = Subject("mine", "binary_cross_entropy", "float16", "cpu", "eager")
    (found,) = (r for r in engine.examine(implementation, subject, settings).results
                if r.outcome == "fail")  # fmt: skip
    assert found.invariant == "binary-cross-entropy/reduces-large-batches"
    assert found.counterexample is not None and found.ratio == "inf"
    assert "copies, each label made unlikely" in found.counterexample.claim
    again = engine.replay(implementation, found.invariant, found.counterexample, settings)
    assert again.outcome == "fail"
    file.write_text(OVERFLOWS.replace(".astype(probs.dtype)\n    return", "\n    return"))
    (tmp_path / "right.py").write_text(file.read_text())
    mended = engine.replay(
        load(tmp_path / "right.py"), found.invariant, found.counterexample, settings
    )
    assert mended.outcome == "pass"
