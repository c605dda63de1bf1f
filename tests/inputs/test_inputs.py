"""Families, labels, options and sizes: what they promise is in them, in every format."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from conformance.floats import FORMATS, ordered
from conformance.functions import FUNCTIONS
from conformance.inputs import elementwise, examples, families, labels, options, palette
from conformance.model import STILL
from conformance.numerics.bounds import budget
from conformance.numerics.problem import Problem

DTYPES = tuple(FORMATS)
SIZES = (1, 2, 3, 17, 257, 300_007)


def rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def family(name, n, dtype, seed=0):
    fmt = FORMATS[dtype]
    start = families.NAMES.index(name)
    return families.logits(rng(seed), 1, n, fmt, start)[0].astype(np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", families.NAMES)
def test_families_give_numbers_of_their_format(name, dtype):
    special = {"one NaN": np.isnan, "one +inf": np.isposinf, "all masked": np.isneginf}
    for n in SIZES:
        x = family(name, n, dtype)
        assert x.shape == (n,)
        assert np.array_equal(x, family(name, n, dtype), equal_nan=True)
        if name in special:
            assert special[name](x).any()
        elif name.startswith("masked"):
            assert np.isfinite(x).any()
        else:
            assert np.isfinite(x).all()


def test_families_differ_and_seeds_matter():
    for dtype in DTYPES:
        made = {name: family(name, 64, dtype).tobytes() for name in families.NAMES}
        assert len(set(made.values())) == len(made)
    assert (
        family("normal", 9, "float32", 1).tobytes() != family("normal", 9, "float32", 2).tobytes()
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_families_are_what_they_are_called(dtype):
    fmt = FORMATS[dtype]
    n = 300
    assert np.ptp(family("all equal", n, dtype)) == 0
    assert family("to underflow", n, dtype).min() < np.log(fmt.omega) + 10
    assert np.abs(family("huge", n, dtype)).max() == fmt.largest
    ties = ordered(family("near ties", n, dtype).astype(fmt.dtype))
    assert 0 < np.ptp(ties) <= 8 * np.gcd.reduce(ties - ties.min())
    top = family("near the largest", n, dtype).astype(fmt.dtype)
    assert (ordered(np.array([fmt.largest]).astype(fmt.dtype)) - ordered(top) < 4).all()
    assert 0 < np.abs(family("subnormal", n, dtype)).max() < fmt.omega
    zeros = family("signed zeros", n, dtype)
    assert (zeros == 0).all()
    assert set(np.signbit(zeros)) == {False, True}
    up, down = family("ascending", n, dtype), family("descending", n, dtype)
    assert (np.diff(up) >= 0).all()
    assert (np.diff(down) <= 0).all()
    assert family("dominant last", n, dtype).argmax() == n - 1
    offset = family("far offset", n, dtype)
    assert np.abs(offset).min() > 2.0 ** (fmt.precision - 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_stagnation_makes_every_other_term_vanish(dtype):
    """Added one after the other to the largest, each term is lost: θ is reached."""
    fmt = FORMATS[dtype]
    x = np.sort(family("stagnation", 65, dtype))[::-1]
    total = np.array(1.0, fmt.dtype)
    for t in np.exp(x[1:] - x[0]).astype(fmt.dtype):
        total = (total + t * fmt.dtype.type(0.999)).astype(fmt.dtype)
    assert total == 1
    assert budget(fmt, "relaxed").theta(np.exp(x - x[0])[None])[0, 0] > 40 * fmt.u


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("function", ["softmax", "entropy_with_logits"])
def test_sums_of_one_sign_stand_still_in_half_formats(function, dtype):
    f, fmt = FUNCTIONS[function], FORMATS[dtype]
    made = examples(
        f, fmt, effort="default", seed=0, programs=None, options=frozenset(), layouts=("C",),
        draws=0,
    )  # fmt: skip
    (found,) = (e for e in made if e.family == STILL)
    assert (found.args["cotangent"] == 1).all()
    p = Problem(found).rows.p
    for block in (1, 8):
        starts = np.arange(0, p.shape[-1], block)
        terms = np.add.reduceat(p, starts, axis=-1).astype(fmt.dtype)
        total = np.add.accumulate(terms, axis=-1)[:, -1].astype(np.float64)
        assert total.min() < 0.6  # of 1


def test_a_mask_leaves_out_the_tail_of_a_long_row():
    half = {}
    for dtype in DTYPES:
        made = examples(
            FUNCTIONS["softmax"], FORMATS[dtype], effort="default", seed=0, programs=None,
            options=frozenset({"where"}), layouts=("C",), draws=0, beside=dtype != "float32",
        )  # fmt: skip
        long = [e for e in made if "where" in e.options and 2048 < e.x.shape[-1] < 4096]
        tails = (e.options["where"][:, e.x.shape[-1] // 64 * 64 :] for e in long)
        half[dtype] = any((~tail).any() and tail.size % 64 for tail in tails)
    assert half["float32"]
    assert half["float16"] or half["bfloat16"]


def test_summits_and_ties_stand_at_the_borders_of_blocks():
    places = {int(family("dominant", 300, "float32", s).argmax()) for s in range(300)}
    assert {0, 299, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256} <= places


@pytest.mark.parametrize("dtype", DTYPES)
def test_probabilities(dtype):
    fmt = FORMATS[dtype]
    p = families.probabilities(rng(), 60, 9, fmt, 0).astype(np.float64)
    assert ((p >= 0) & (p <= 1)).all()
    assert (p == 0).any()
    assert (p == 1).any()
    assert (p[p > 0] < 100 * fmt.omega).any()
    q = elementwise.probabilities(rng(), 4000, fmt).astype(np.float64)
    assert ((q >= 0) & (q <= 1)).all()
    assert {0.0, 1.0, 1 - 2 * fmt.u} <= set(q.tolist())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_all_numbers_of_16_bits_are_met(dtype):
    x = elementwise.everywhere(dtype, 1000)
    assert len(np.unique(x.view(np.uint16))) == 65536
    p = elementwise.all_probabilities(FORMATS[dtype], 1000)
    one = int(ordered(np.array([1.0]).astype(FORMATS[dtype].dtype))[0])
    assert sorted(set(ordered(p).tolist())) == list(range(one + 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_binade_of_both_signs_is_met(dtype):
    fmt = FORMATS[dtype]
    x = elementwise.everywhere(dtype, 24_000)
    finite = x[np.isfinite(x) & (np.abs(x) >= fmt.omega)].astype(np.longdouble)
    met = {(bool(v < 0), int(e)) for v, e in zip(finite, np.frexp(finite)[1], strict=True)}
    low, high = int(np.frexp(fmt.omega)[1]), int(np.frexp(fmt.largest)[1])
    wanted = {(s, e) for s in (False, True) for e in range(low, high + 1)}
    assert len(met & wanted) > 0.98 * len(wanted)
    assert {np.inf, -np.inf, 0.0} <= set(x.tolist())
    assert np.isnan(x).any()
    for seam in (0.0, 16.635, 88.72, np.log(fmt.largest), fmt.largest):
        near = np.sort(np.abs(ordered(x) - ordered(np.array([seam]).astype(fmt.dtype))))
        assert near[9] <= 40


# Labels, cotangents, options


def test_labels_are_first_last_and_all_between():
    found = [labels.indices(rng(), 12, 7, which) for which in range(10)]
    assert all(f.min() >= 0 and f.max() < 7 for f in found)
    assert any(set(f) == {0, 6} for f in found)
    assert any(set(f) == set(range(7)) for f in found)
    assert any(len(set(f)) == 1 for f in found)
    assert {f.dtype for f in found} == {np.dtype(np.int64)}


def test_rows_are_ignored_first_last_every_second_and_but_one():
    base = np.arange(8)
    found = [labels.ignoring(rng(), base, -100, which) == -100 for which in range(5)]
    assert [f.sum() for f in (found[0], found[1], found[3], found[4])] == [1, 1, 4, 7]
    assert found[0][0]
    assert found[1][-1]


@pytest.mark.parametrize("kind", labels.KINDS[1:])
@pytest.mark.parametrize("dtype", DTYPES)
def test_floating_labels(kind, dtype):
    q = labels.soft(rng(), 9, 6, FORMATS[dtype], kind).astype(np.float64)
    assert (q >= 0).all()
    sums = q.sum(axis=1)
    if kind == "one-hot":
        assert ((q == 0) | (q == 1)).all()
        assert (sums == 1).all()
    elif kind == "soft":
        assert np.abs(sums - 1).max() < 20 * FORMATS[dtype].u + 1e-5
    else:
        assert (np.abs(sums - 1) > 0.1).any()
    assert (kind == "zero rows") == bool((sums == 0).any())


def test_cotangents():
    fmt = FORMATS["float32"]
    made = [labels.cotangent(rng(), (6, 4), fmt, which) for which in range(9)]
    assert (made[0] == 1).all()
    assert (np.count_nonzero(made[2], axis=1) == 1).all()
    assert (np.log2(made[3]) % 1 == 0).all()
    assert 0 < np.abs(made[6].sum(axis=1)).max() < 0.01 * labels.TINY
    assert 0 < np.ptp(made[4]) < 0.01
    assert labels.cotangent(rng(), (), fmt, 2).shape == ()


def test_combinations_of_options_cover_all_pairs():
    """Every pair of values that can go together, of reduction, weight, ignored index, smoothing."""
    made = options.COMBINATIONS
    columns = {0: options.REDUCTIONS, 1: ("", "random"), 2: ("", "-100"), 3: (False, True)}
    rows = [(r, w and "random", i and "-100", bool(a)) for r, w, i, a, _ in made]
    for (i, first), (j, second) in combinations(columns.items(), 2):
        wanted = {(a, b) for a in first for b in second}
        assert wanted <= {(row[i], row[j]) for row in rows}, (i, j)
    assert {row[4] for row in made} == set(labels.KINDS)
    assert {row[2] for row in made} == {"", *options.IGNORED}
    assert {row[3] for row in made} == set(options.SMOOTHINGS)
    assert any(all((row[1], row[2], row[3])) for row in rows)


@pytest.mark.parametrize("dtype", DTYPES)
def test_near_ties_are_of_every_size(dtype):
    """A branch for nearly equal logits may begin anywhere between an ulp and the logits' size."""
    fmt = FORMATS[dtype]
    found = [ordered(family("near ties", 9, dtype, seed).astype(fmt.dtype)) for seed in range(400)]
    steps = {int(np.gcd.reduce(ties - ties.min())).bit_length() for ties in found}
    assert steps >= set(range(1, fmt.precision - 2))


@pytest.mark.parametrize("name", FORMATS)
def test_an_option_is_a_number_of_the_format_that_no_narrower_one_has(name):
    fmt = FORMATS[name]
    for alpha in options.SMOOTHINGS:
        assert float(np.array(options.rounded(alpha, fmt)).astype(fmt.dtype)) == options.rounded(
            alpha, fmt
        )
    narrower = [other for other in FORMATS.values() if other.precision < fmt.precision]
    for other in narrower:
        cut = options.rounded(0.1, other)
        assert cut != options.rounded(0.1, fmt)


def test_only_accepted_options_are_used():
    for name in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
        accepted = frozenset(FUNCTIONS[name].options)
        made = [
            options.binary_options(rng(), 5, FORMATS["float32"], accepted, t) for t in range(24)
        ]
        assert set().union(*made) == accepted
    assert not options.binary_options(rng(), 5, FORMATS["float32"], frozenset(), 3)


# Sizes


def test_sizes_stand_on_both_sides_of_powers_and_blocks():
    classes = set(palette.class_sizes("default"))
    for n in (32, 128, 256, 512, 1024, 4096):
        assert {n - 1, n, n + 1} & classes
        assert n + 1 in classes
    assert {1, 2, 3, 65537} <= classes
    for n in (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096):
        assert {n - 1, n, n + 1} <= set(palette.LENGTHS if n <= 33 else palette.CLASSES)
    assert max(palette.batch_sizes("thorough")) > 4096


def test_efforts_are_nested():
    for sizes in (palette.class_sizes, palette.batch_sizes, palette.lengths):
        quick, default, thorough = (set(sizes(e)) for e in ("quick", "default", "thorough"))
        assert quick <= default <= thorough
        assert len(quick) < len(thorough)


def test_batch_shapes_hold_their_rows():
    for rows in (0, 1, 2, 6, 12, 17):
        for turn in range(12):
            assert int(np.prod(palette.batch_shape(rows, turn))) == rows
    ranks = {len(palette.batch_shape(12, turn)) for turn in range(12)}
    assert {1, 2, 3} <= ranks
    assert () in {palette.batch_shape(1, turn) for turn in range(12)}


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.reduces])
def test_losses_that_are_always_reduced(name, reduction):
    """A module that gives a mean has no option for it; long arrays recur in none of them."""
    fixed = {"reduction": reduction}
    made = list(
        examples(
            FUNCTIONS[name], FORMATS["float32"], effort="default", seed=0, programs=None,
            options=frozenset(), layouts=("C",), built_in=fixed,
        )
    )  # fmt: skip
    assert len(made) > 20
    assert {e.reduction for e in made} == {reduction}
    assert {e.args["cotangent"].shape for e in made} == {()}


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("ignored", [255, -100])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if "ignore_index" in f.options])
def test_a_fixed_ignored_index_goes_with_every_kind_of_labels(name, reduction, ignored, dtype):
    fixed = {"reduction": reduction, "ignore_index": ignored, "label_smoothing": 0.125}
    made = list(
        examples(
            FUNCTIONS[name], FORMATS[dtype], effort="default", seed=0, programs=None,
            options=frozenset(), layouts=("C",), built_in=fixed,
        )
    )  # fmt: skip
    assert {e.options["ignore_index"] for e in made} == {ignored}
    for e in made:
        one_each = e.labels.dtype.kind in "iu"
        assert e.labels.shape == (len(e.x), e.classes)[: 2 - one_each]
        assert one_each or not (e.labels == ignored).any()


@pytest.mark.parametrize("weighted", [True, False])
def test_what_is_compiled_ignores_rows_that_have_weights(weighted: bool) -> None:
    taken = frozenset({"reduction", "ignore_index", *(["weight"] if weighted else [])})
    made = options.compiled("default", lambda c: options.usable(c, taken, {}))
    fit = [c for c, _ in made if options.usable(c, taken, {})]
    assert [c for c in fit if c[2]][1][:3] == ("sum", "random" * weighted, "0")
    assert len(made) == len(set(made)) == len(options.compiled("default", lambda c: False))
