"""What a sweep says, against judging every input one by one and against balls."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import msgspec
import numpy as np
import pytest
from cases import certified

from conformance.errors import UsageError
from conformance.examine.profile import EDGES
from conformance.floats import FORMATS, Array, every, ulp
from conformance.records.results import Report
from conformance.sweep import spaces, tallies
from conformance.sweep.elements import Oracle, account
from conformance.sweep.plans import Plan
from conformance.sweep.report import sweep
from conformance.sweep.shards import _loaded, run
from conformance.sweep.sheets import SHARD
from conformance.sweep.tallies import Breaks, Place, Totals
from conformance.sweep.targets import Quantity, targets
from conformance.sweep.tasks import Job, Member, Outcome, Task

GOOD = """
import numpy as np

def sigmoid(x):
    with np.errstate(over="ignore"):
        e = np.exp(-np.abs(x))
    with np.errstate(all="ignore"):
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype)

def sigmoid_vjp(x, cotangent):
    return cotangent * sigmoid(x) * sigmoid(-x)

def log_sigmoid(x):
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))

def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)

def logsumexp(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    return (m + np.log1p(np.exp(x - m).sum(axis=axis, keepdims=True) - 1))[..., 0]

def binary_cross_entropy(probs, labels, reduction="mean"):
    if not ((probs >= 0) & (probs <= 1)).all():
        raise ValueError("a probability is between 0 and 1")
    with np.errstate(all="ignore"):
        up = np.where(labels == 0, 0, -np.log(probs) * labels)
        down = np.where(labels == 1, 0, -np.log1p(-probs) * (1 - labels))
    return (up + down).astype(probs.dtype)
"""

BAD = (
    GOOD
    + """
_right = sigmoid

def sigmoid(x):
    found = _right(x)
    wide = x.astype(np.float64)
    found = np.where((wide > 1.25) & (wide < 1.26), found * x.dtype.type(1.00001), found)
    found = np.where((wide > 1.5) & (wide < 1.5001), np.nan, found)
    found = np.where((wide > 1.75) & (wide < 1.750001), x.dtype.type(1.5), found)
    return found.astype(x.dtype)
"""
)

COARSE = (
    GOOD
    + """
_right = sigmoid

def sigmoid(x):
    found = _right(x)
    found = np.where((x > 1) & (x < 1.5), found * x.dtype.type(1.02), found)
    return np.where((x > 3) & (x < 4), np.nan, found).astype(x.dtype)
"""
)


def write(folder: Path, text: str, name: str = "mine.py") -> str:
    """An implementation file."""
    path = folder / name
    path.write_text(text)
    return str(path)


def task(path: str, function: str, shard: int = 0, *, quantity: Quantity = "value",
         variant: int = 0, dtype: str = "float32", samples: int = 4096) -> Task:  # fmt: skip
    """A shard of one implementation."""
    member = (Member(path, "eager", "cpu"),)
    job = Job(member, function, quantity, variant, dtype, samples=samples)
    return Task(job, shard)


def tally(of: Task) -> Totals:
    """What the shard's only member gave."""
    (outcome,) = tallies.decoded(run(of), list[Outcome])
    assert not outcome.error
    assert not outcome.unsupported
    return outcome.tally


def one_by_one(of: Task, x: Array, got: Array) -> Totals:
    """The same inputs judged the slow way."""
    oracle = Oracle(of.job.target, FORMATS[of.job.dtype], "standard")
    found = Totals(inputs=len(x))
    for start in range(0, len(x), 1 << 18):
        part = slice(start, start + (1 << 18))
        account(oracle, found, x[part], got[part])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("shard", [127, 256 + 129])
def test_a_binade_says_what_judging_one_by_one_says(shard: int, tmp_path: Path) -> None:
    """Counts to the last one, extremes to the reference's error; with planted defects."""
    of = task(write(tmp_path, BAD), "sigmoid", shard)
    found = tally(of)
    x = spaces.binade(shard).inputs(np.arange(SHARD))
    got = _loaded(of.job.members[0].path).functions["sigmoid"](x)
    slow = one_by_one(of, x, got[:, None])
    assert found.judged == slow.judged == found.inputs == SHARD
    assert found.histogram == slow.histogram
    assert found.correct == slow.correct
    assert found.broken.keys() == slow.broken.keys()
    for law, broken in slow.broken.items():
        assert found.broken[law].count == broken.count
        assert found.broken[law].first == broken.first
    assert found.ulp == slow.ulp or found.ulp == pytest.approx(slow.ulp, abs=2**-20)
    assert found.ratio <= slow.ratio <= found.ratio_limit
    assert found.ratio == slow.ratio or found.ratio == pytest.approx(slow.ratio, rel=1e-3)
    down = np.diff(got) < 0 if shard < 256 else np.diff(got) > 0
    assert found.descents == np.count_nonzero(down)
    if shard == 127:
        assert set(found.broken) == {"must", "range", "finite"}
        wide = x.astype(float)
        nans = np.count_nonzero((wide > 1.5) & (wide < 1.5001))
        high = np.count_nonzero((wide > 1.75) & (wide < 1.750001))
        assert found.broken["finite"].count == nans
        assert found.broken["range"].count == high
        assert found.broken["must"].count == nans + high + np.count_nonzero(
            (wide > 1.25) & (wide < 1.26)
        )


def test_two_entries_say_what_judging_one_by_one_says(tmp_path: Path) -> None:
    """Rows (x, 0) of softmax have two results for each input."""
    of = task(write(tmp_path, GOOD), "softmax", 256 + 130)
    found = tally(of)
    assert (found.inputs, found.judged) == (SHARD, 2 * SHARD)
    index = np.sort(np.random.default_rng(0).integers(0, SHARD, 200_000))
    x = spaces.binade(of.shard).inputs(index)
    rows = np.stack([x, np.zeros_like(x)], axis=1)
    got = _loaded(of.job.members[0].path).functions["softmax"](rows)
    slow = one_by_one(of, rows, got)
    shares = np.array(slow.histogram) / slow.judged
    assert np.abs(np.array(found.histogram) / found.judged - shares).max() < 5e-3
    assert slow.ulp <= found.ulp + 2**-20
    assert slow.ratio <= found.ratio_limit
    assert not found.broken
    assert not slow.broken


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_against_balls(dtype: str, tmp_path: Path) -> None:
    """The share of correctly rounded results and the largest error, from certified values."""
    of = task(write(tmp_path, GOOD), "sigmoid", dtype=dtype)
    found = tally(of)
    x = every(dtype)
    with np.errstate(invalid="ignore"):
        x = x[~np.isnan(x.astype(float))]
    got = _loaded(of.job.members[0].path).functions["sigmoid"](x).astype(np.longdouble)
    hi, lo = certified("sigmoid", "value", {"x": x}, {})
    ulps = np.abs((got - hi) - lo) / ulp(hi, FORMATS[dtype])
    assert found.judged == len(x)
    assert found.correct == np.count_nonzero(ulps <= 0.5)
    assert found.ulp == pytest.approx(float(ulps.max()), rel=1e-9)
    above = [int(np.count_nonzero(ulps > edge)) for edge in EDGES]
    assert found.histogram == [a - b for a, b in itertools.pairwise((len(x), *above, 0))]
    assert sum(b.judged for b in found.binades.values()) == found.judged


def test_probabilities_are_swept_inside_their_domain(tmp_path: Path) -> None:
    """An implementation may raise at others; 0, 1 and subnormal probabilities are in it."""
    path = write(tmp_path, GOOD)
    for shard in (0, 1, 100, 126, 127, 256, 300):
        for variant in (0, 1):
            found = tally(task(path, "binary_cross_entropy", shard, variant=variant))
            assert not found.broken, (shard, variant, found.broken)
    whole = tally(task(path, "binary_cross_entropy", dtype="float16"))
    assert whole.inputs == 0x3C00 + 2  # +0 to 1, and -0


def test_nan_and_infinities_are_asked_for(tmp_path: Path) -> None:
    """A function that loses NaN, and one that is wrong at inf."""
    lost = GOOD + "\n_s = sigmoid\ndef sigmoid(x):\n    return np.nan_to_num(_s(x), nan=0.5)\n"
    found = tally(task(write(tmp_path, lost), "sigmoid", 255))
    assert found.broken["nan"].count == SHARD - 1
    assert found.judged == 1
    assert found.inputs == SHARD
    wrong = GOOD + "\n_s = sigmoid\ndef sigmoid(x):\n    return np.where(np.isinf(x), 0, _s(x))\n"
    found = tally(task(write(tmp_path, wrong, "b.py"), "sigmoid", 255))
    assert found.broken["must"].count == 1
    assert found.broken["must"].first == Place(at=(0x7F800000,), got="0x0p+0")


def test_an_implementation_that_changes_its_argument_is_not_believed(tmp_path: Path) -> None:
    """Results that are the inputs in place do not pass for the identity."""
    bad = "import numpy as np\ndef log_sigmoid(x):\n    x += 1\n    return x\n"
    found = tally(task(write(tmp_path, bad), "log_sigmoid", 256 + 140))
    assert found.broken["must"].count == SHARD


def test_float64_is_a_stated_sample(tmp_path: Path) -> None:
    """As many inputs of each sign and exponent, both ends among them."""
    plan = Plan((write(tmp_path, GOOD),), ("sigmoid",), ("float64",), samples=3 * 4096)
    report = sweep(plan)
    (accuracy,) = report.accuracy
    assert accuracy.coverage == "12,288 of 2^64 float64 values: 3 of each sign and exponent"
    assert not accuracy.exhaustive
    assert accuracy.count < 12_288
    assert float(accuracy.ratio) <= 1
    assert len(accuracy.binades) > 4000
    assert accuracy.descents is None
    assert "sigmoid/exactly-monotone" not in {r.invariant for r in report.results}


def test_the_report_of_a_sweep(tmp_path: Path) -> None:
    """Records that the results file, the plots and the baseline are made of."""
    plan = Plan(
        (write(tmp_path, GOOD), write(tmp_path, COARSE, "bad.py")),
        ("sigmoid", "log_sigmoid"), ("float16",), ("value", "vjp"),
    )  # fmt: skip
    report = sweep(plan)
    assert report.complete
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report)
    by_key = {(a.implementation, a.function, a.quantity): a for a in report.accuracy}
    assert set(by_key) == {
        *((n, f, "value") for n in ("mine", "bad") for f in ("sigmoid", "log_sigmoid")),
        *((n, "sigmoid", "vjp") for n in ("mine", "bad")),
    }
    good = by_key["mine", "sigmoid", "value"]
    assert good.coverage == "all 65,536 float16 values"
    assert good.exhaustive
    assert sum(good.histogram) == good.count == 65_536 - 2 * 1023
    assert good.bins
    assert good.binades
    assert not good.regions
    bad = by_key["bad", "sigmoid", "value"]
    assert {r.invariant for r in bad.regions} >= {"sigmoid/accuracy", "sigmoid/finite-stays-finite"}
    broken = [r for r in report.results if r.outcome == "fail" and r.level == "must"]
    assert {r.implementation for r in broken} == {"bad"}
    accuracy = next(r for r in broken if r.invariant == "sigmoid/accuracy")
    assert accuracy.counterexample is not None
    assert "results break it" in accuracy.message
    assert [n.what for n in report.not_run] == [
        "mine · log_sigmoid vjp float16", "bad · log_sigmoid vjp float16"
    ]  # fmt: skip


def test_several_implementations_share_a_sweep_without_change(tmp_path: Path) -> None:
    """Together they give what each gives alone."""
    paths = [write(tmp_path, GOOD), write(tmp_path, BAD, "bad.py")]
    members = tuple(Member(p, "eager", "cpu") for p in paths)
    together = Task(Job(members, "sigmoid", "value"), 127)
    both = tallies.decoded(run(together), list[Outcome])
    assert [o.tally for o in both] == [tally(task(p, "sigmoid", 127)) for p in paths]


def test_tallies_merge_in_any_order(tmp_path: Path) -> None:
    """A monoid: any order and any grouping give the same bytes, ties included."""
    path = write(tmp_path, BAD)
    parts = [tally(task(path, "sigmoid", shard)) for shard in (0, 1, 127, 140, 300, 385)]
    tie = Totals(
        inputs=1, judged=1, ulp=3.0, ulp_at=Place(at=(5,)), histogram=[1] + [0] * len(EDGES)
    )
    tie.broken["must"] = Breaks(count=1, first=Place(at=(5,)), worst=Place(at=(5,)), ratio=2.0)
    parts += [tie, msgspec.convert(msgspec.to_builtins(tie) | {"ulp_at": {"at": (4,)}}, Totals)]
    whole = tallies.encoded(tallies.merged(parts))
    shuffler = random.Random(1)
    for _ in range(10):
        shuffler.shuffle(parts)
        cut = shuffler.randrange(len(parts))
        halves = [tallies.merged(parts[:cut]), tallies.merged(parts[cut:])]
        assert tallies.encoded(tallies.merged(halves)) == whole


def test_a_tally_survives_its_text(tmp_path: Path) -> None:
    """Infinite numbers too."""
    found = tally(task(write(tmp_path, BAD), "sigmoid", 127))
    assert found.ulp == np.inf
    assert tallies.decoded(tallies.encoded(found), Totals) == found


def test_what_cannot_be_swept(tmp_path: Path) -> None:
    """One line that says why."""
    with pytest.raises(UsageError, match="not a function of one variable"):
        sweep(Plan((write(tmp_path, GOOD),), ("cross_entropy",)))


@pytest.mark.parametrize("function", ["softmax", "cross_entropy_with_logits"])
def test_every_target_has_one_curve_per_entry(function: str) -> None:
    """The curves are the spec's own function: values at one input, against balls."""
    x = np.array([[0.75, 0.0]], np.float32)
    for quantity in ("value", "vjp"):
        for target in targets(function, quantity):
            arguments = target.arguments(x, FORMATS["float32"])
            hi, _ = certified(function, quantity, arguments, target.options)
            got = [curve.value(np.array([0.75]))[0] for curve in target.curves]
            assert np.ravel(hi) == pytest.approx(got, rel=1e-14)
