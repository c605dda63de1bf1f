"""The examples: the same for the same seed wherever they are made, drawn at random in part."""

import subprocess
import sys
import textwrap
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from conformance import backends
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs import elementwise, examples
from conformance.inputs.draws import CHOICES, DRAWN, draws
from conformance.kernels.layouts import CHANNELS_LAST, LAYOUTS, WINDOW, layouts
from conformance.model import TOGETHER, Example

EFFORTS = ("quick", "default", "thorough")


def _made(function: str, dtype: str = "float32", **changed: object) -> list[Example]:
    given = {
        "effort": "quick", "seed": 0, "programs": None,
        "options": frozenset(FUNCTIONS[function].options),
        "layouts": layouts(backends.get("numpy")),
    }  # fmt: skip
    return list(examples(FUNCTIONS[function], FORMATS[dtype], **(given | changed)))


def _bits(e: Example) -> tuple[object, ...]:
    arrays = {k: (v.shape, str(v.dtype), v.tobytes()) for k, v in e.args.items()}
    options = {k: np.asarray(v).tobytes() for k, v in e.options.items()}
    return arrays, options, e.view, e.family


def _drawn(made: list[Example]) -> list[Example]:
    return [e for e in made if e.family == "drawn"]


@pytest.mark.parametrize("function", ["sigmoid", "softmax", "cross_entropy_with_logits"])
def test_a_seed_gives_its_examples_again_and_another_gives_others(function: str) -> None:
    first, again, other = (_made(function, seed=s) for s in (3, 3, 4))
    assert [_bits(e) for e in first] == [_bits(e) for e in again]
    assert len(first) == len(other)
    theirs = {str(_bits(e)) for e in _drawn(other)}
    new = [e for e in _drawn(first) if str(_bits(e)) not in theirs]
    assert len(new) > len(_drawn(first)) / 2


def test_the_examples_do_not_depend_on_what_was_made_before() -> None:
    alone = [_bits(e) for e in _made("logsumexp", "float16")]
    _made("softmax", seed=9)
    np.random.default_rng().random()
    assert [_bits(e) for e in _made("logsumexp", "float16")] == alone


def test_the_examples_of_another_process_are_the_same() -> None:
    """Whatever it has imported, and in another order of subjects."""
    script = textwrap.dedent(
        """
        import sys, zlib
        sys.path.insert(0, sys.argv[1])
        from test_generation import _bits, _made
        _made("sigmoid", seed=5)
        print(zlib.crc32(repr([_bits(e) for e in _made("binary_cross_entropy")]).encode()))
        """
    )
    here = str(Path(__file__).parent)
    ran = subprocess.run(
        [sys.executable, "-c", script, here], capture_output=True, text=True, check=True
    )
    import zlib

    bits = repr([_bits(e) for e in _made("binary_cross_entropy")])
    assert int(ran.stdout) == zlib.crc32(bits.encode())


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_as_many_are_drawn_as_the_effort_says(function: str, dtype: str) -> None:
    made = _made(function, dtype)
    assert len(_drawn(made)) == DRAWN["quick"]
    assert [_bits(e) for e in made if e.family != "drawn"] == [
        _bits(e) for e in _made(function, dtype, draws=0)
    ]
    assert all(e.x.dtype == FORMATS[dtype].dtype for e in made)


def test_draws_are_of_all_kinds() -> None:
    drawn = list(draws(np.random.Generator(np.random.PCG64(11)), 300, rowwise=True))
    assert len(drawn) == 300
    small = [d for d in drawn if d.places]
    assert 50 < len(small) < 250
    assert all(d.rows * d.size == len(d.places) for d in small)
    assert len({d.places for d in small}) > len(small) / 2
    sizes = [d.size for d in drawn if not d.places]
    for low, high in ((1, 8), (8, 64), (64, 512), (512, 701)):
        assert sum(low <= n < high for n in sizes) > 10, (low, high)
    assert len({d.options for d in drawn}) > 40


def test_views_and_layouts_are_all_met() -> None:
    """At the default effort, over the designed and the drawn examples of one subject."""
    met = {e.view.layout for e in _made("softmax", effort="default")}
    assert met == set(LAYOUTS) - {"broadcast"} | {CHANNELS_LAST, WINDOW}
    assert {e.view.axis % (len(e.view.batch) + 1) for e in _made("softmax")} >= {0, 1}
    starts = {e.view.start for e in _made("softmax", effort="default") if e.view.layout == "offset"}
    assert len(starts) >= 8


@pytest.mark.parametrize("programs", [None, "default", "narrow", "beside"])
def test_two_arguments_meet_every_pair_of_ends(programs: str | None) -> None:
    made = _made("logaddexp", programs=programs)
    (e,) = (e for e in made if e.family == "ends")
    pairs = {(str(x), str(y)) for x, y in zip(e.x.ravel(), e.args["y"].ravel(), strict=True)}
    assert len(pairs) == 16
    assert {("-inf", "inf"), ("inf", "-inf"), ("nan", "-inf"), ("1.5", "inf")} <= pairs
    assert programs is None or e.size in {other.size for other in made if other.family != "ends"}


def test_a_compiling_backend_gets_few_shapes() -> None:
    made = _made("softmax", effort="default", programs="default")
    assert len({e.x.shape for e in made}) <= 9  # one of them a vocabulary
    assert len(_drawn(made)) == DRAWN["default"]


def test_a_compiling_backend_gets_options_together() -> None:
    """In float32 alone: labels of both kinds, each beside all that has one meaning there."""
    loss = "cross_entropy_with_logits"
    made = [e for e in _made(loss, programs="default") if e.family == TOGETHER]
    assert {e.labels.ndim for e in made} == {1, 2} and any(len(e.view.batch) == 3 for e in made)
    assert set().union(*(e.options for e in made)) == {*FUNCTIONS[loss].options} - {"axis"}
    assert not any(e.function.domain.another_convention(e) for e in made)
    for e in made:
        ignored = e.labels == e.options.get("ignore_index")
        assert e.labels.ndim == 2 or 0 < ignored.mean() < 1
    assert not any(e.family == TOGETHER for e in _made(loss, programs="narrow"))
    plain = _made(loss, programs="default", options=frozenset({"axis", "reduction"}))
    assert not any(e.family == TOGETHER for e in plain)


@pytest.mark.parametrize("function", ["softmax", "cross_entropy_with_logits"])
def test_rows_of_vocabularies(function: str) -> None:
    """Two sizes by default, one of the labels in the last class; one where it is a program."""
    for dtype, programs, count in (
        ("float32", None, 2), ("bfloat16", None, 2), ("float64", None, 0), ("float16", "default", 1)
    ):  # fmt: skip
        made = [e for e in _made(function, dtype, effort="default", programs=programs) if e.vast]
        assert len({e.x.shape[-1] for e in made}) == len(made) == count
        assert all(len(e.x) in (2, 3) and e.x.shape[-1] > 100_000 for e in made)
        if made and function != "softmax":
            labels = made[-1].labels
            assert labels[1] == made[-1].x.shape[-1] - 1 > labels[0] > 0
            if dtype == "float32":  # of a row whose borders of tiles have it all, too
                assert len(labels) == 3
    sizes = {e.x.shape[-1] for e in _made(function, "float32", effort="thorough", draws=0)}
    assert {n + k for n in (2**17, 2**18) for k in (-1, 1)} <= sizes
    for dtype, long in (("float32", [262_144]), ("float16", [100_277]), ("bfloat16", [])):
        made = [e.x.shape[-1] for e in _made(function, dtype, effort="quick") if e.vast]
        assert made == long


@pytest.mark.parametrize("function", ["log_softmax", "cross_entropy_with_logits"])
def test_classes_along_a_middle_axis(function: str) -> None:
    """At every effort, beyond a block of 16 and with a tail; elsewhere the draws are the same."""
    for effort in EFFORTS:
        made = _made(function, effort=effort, draws=0)
        sizes = {e.x.shape[-1] for e in made if e.view.axis == 1 and len(e.view.batch) == 2}
        assert [n for n in sizes if n > 32 and n % 32]


@pytest.mark.parametrize("function", ["sigmoid", "binary_cross_entropy"])
def test_the_last_of_each_length_counts(function: str) -> None:
    """A mild number with a cotangent, so that a tail of one that is left out shows."""
    for e in _made(function, effort="quick", draws=0):
        if e.family.startswith("length") and e.reduction == "none" and e.size > 33:
            slope = e.args["cotangent"].flat[-1]
            assert slope != 0
            assert 0.2 < abs(e.x[-1]) < 3


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_effort_has_its_examples(function: str, effort: str, compiled: bool) -> None:
    """With one draw: the designed examples are what differs."""
    made = _made(function, effort=effort, programs=effort if compiled else None, draws=1)
    assert len(_drawn(made)) == 1
    assert len({e.family for e in made}) > 2
    assert all(e.x.dtype == FORMATS["float32"].dtype for e in made)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_mode_beside_another_gets_fewer_shapes(function: str) -> None:
    shapes = [
        {(e.x.shape, e.view.batch, e.view.axis) for e in _made(function, programs=programs)}
        for programs in ("beside", "default")
    ]
    assert 0 < len(shapes[0]) <= len(shapes[1]) - 2


@pytest.mark.parametrize("programs", [None, "default"])
def test_nothing_but_ignored_rows_under_every_reduction(programs: str | None) -> None:
    function = "cross_entropy_with_logits"
    nothing = [
        e.reduction
        for e in _made(function, programs=programs)
        if e.size and (e.args["labels"] == e.options.get("ignore_index")).all()
    ]
    assert set(nothing) == {"none", "mean", "sum"}


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("probabilities", [False, True])
def test_the_pool_of_small_arrays(dtype: str, probabilities: bool) -> None:
    pool = elementwise.notable(dtype, probabilities)
    assert pool.shape == (CHOICES,)
    wide = pool.astype(np.float64)
    assert len(np.unique(wide)) > CHOICES * 0.75
    if probabilities:
        assert ((wide >= 0) & (wide <= 1)).all()
    else:
        assert np.isnan(wide).any()
        assert {np.inf, -np.inf, 0.0, FORMATS[dtype].largest} <= set(wide.tolist())


def test_examples_are_made_one_by_one() -> None:
    """What is looked at first need not wait for all: the designed ones come before any draw."""
    given = {
        "effort": "thorough", "seed": 0, "programs": None, "options": frozenset({"axis"}),
        "layouts": ("C",),
    }  # fmt: skip
    first = list(islice(examples(FUNCTIONS["softmax"], FORMATS["float32"], **given), 3))
    assert [e.family for e in first] == ["small"] * 3
