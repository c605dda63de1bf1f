"""Every law can be broken: a dropped check, or a bound that lets everything pass, is noticed.

The bundled NumPy file is spoilt in a few coarse ways; between them each law that NumPy can
exercise must fail at least once, those between two functions with one of them spoilt. Noise of 32u
alone must break each law of numbers, noise of 256u of the result itself each law with a bound.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import resolve
from conformance.kernels.loading import load
from conformance.spec import catalogue

FAINT, RELATIVE, FINITE = "noise of 32u", "noise of 256u of itself", "large for infinite"
ABOVE, BELOW = "two more", "two less"
#: What the spoilt functions do with their result y, their arguments a and k, and themselves.
SPOILT = {
    FAINT: """
        sign = np.random.default_rng(_turn(y)).choice([-1.0, 1.0], np.shape(y))
        noise = 32 * 2.0**-24 * sign * (1 + np.abs(y.astype(np.float64)))
        return np.where(np.abs(y) < 1e30, y + noise, y).astype(y.dtype)
    """,
    "noise": """
        noise = np.random.default_rng(_turn(y)).normal(0, 9, np.shape(y))
        return (y + noise.astype(y.dtype)).astype(y.dtype)
    """,
    RELATIVE: """
        sign = np.random.default_rng(_turn(y)).choice([-1.0, 1.0], np.shape(y))
        noise = 256 * 2.0**-24 * sign * np.abs(y.astype(np.float64))
        return np.where(np.abs(y) < 1e30, y + noise, y).astype(y.dtype)
    """,
    FINITE: "return np.clip(y, -1e30, 1e30).astype(y.dtype)",
    ABOVE: "return (y + 2).astype(y.dtype)",
    BELOW: "return (y - 2).astype(y.dtype)",
    "nothing but NaN": "return np.full(np.shape(y), np.nan, y.dtype)",
    "long double, and the arguments overwritten": """
        a[0][...] = 1
        return np.asarray(y, np.longdouble)
    """,
    "one buffer for all, plausible numbers for everything, a trace left": """
        if not np.size(y):
            raise ValueError("nothing to do")
        np.random.seed(next(_calls))
        kept = _buffers.setdefault((np.shape(y), y.dtype), np.empty_like(y))
        kept[...] = np.where(np.isfinite(y), y, 0.5)
        return kept
    """,
    "gradients of NaN, values in the arguments' memory": """
        if function.__name__.endswith("_vjp"):
            return np.full(np.shape(y), np.nan, y.dtype)
        return a[0].reshape(-1)[: y.size].reshape(y.shape) if y.size <= a[0].size else y
    """,
}
#: The same with other signs: a sum of a few numbers may be lucky once.
AGAIN = {f"{how}, again": how for how in (FAINT, RELATIVE)}
SPOILT |= {k: SPOILT[how].replace("_turn(y)", "14000 + _turn(y)") for k, how in AGAIN.items()}
SPOILT |= {
    f"{how}, once more": SPOILT[how].replace("_turn(y)", "28000 + _turn(y)")
    for how in (FAINT, RELATIVE)
}
WRAPPER = """

import collections as _collections
import functools as _functools
import itertools as _itertools
import types as _types
import zlib as _zlib

_calls, _buffers, _seen = _itertools.count(), {{}}, _collections.Counter()


def _turn(y):
    # the result and how often it was seen, so that another law's calls change nothing
    key = _zlib.crc32(y.tobytes())
    _seen[key] += 1
    return key + _seen[key]


def _spoilt(function):
    @_functools.wraps(function)
    def spoilt(*a, **k):
        try:
            y = np.asarray(function(*a, **k))
        except (IndexError, ValueError):
            if not {forgiving}:
                raise
            y = np.full(np.shape(a[1]), 0.5, a[0].dtype)
        with np.errstate(all="ignore"):
{body}
    return spoilt


for _name, _function in list(globals().items()):
    if isinstance(_function, _types.FunctionType) and _name.split("_vjp")[0] in {names!r}:
        globals()[_name] = _spoilt(_function)
"""
#: Laws that noise of 32u does not break: of what is finite or NaN, of calls and memory, and of sums
#: of thousands of losses, whose θ is larger.
UNMOVED = {
    *("finite-stays-finite", "gradient-finite", "mean-of-one-loss"),
    *("nan-in-nan-out", "nan-fills-the-row", "nan-at-any-place", "nan-gives-nan-loss"),
    "nan-gives-nan-gradient",
    *("keeps-dtype", "gradient-keeps-dtype", "leaves-arguments-alone", "owns-its-result"),
    *("gradient-leaves-arguments-alone", "leaves-the-process-alone", "keeps-earlier-results"),
    *("takes-an-empty-batch", "label-too-large-is-refused", "bad-label-is-not-free"),
    *("certain-and-wrong-is-not-free", "kept-nan-fills-the-row", "no-mass-where-masked"),
    *("gradient-of-gamma-below-one", "a-wholly-masked-row-has-no-more-than-one"),
}
#: Sums of so many elements that their θ is larger than such noise, and smaller than 256u.
OF_MANY = {
    *("kl-div/sums-over-parts", "sigmoid-focal-loss/sums-over-parts"),
    "binary-cross-entropy/reduces-its-own-losses",
    # at effort quick the masked losses that are forced are sums and means
    *(
        f"cross-entropy-with-logits/{law}"
        for law in (
            "low-logits-outweigh-a-mask",
            "masked-garbage-does-not-matter",
            "masked-numbers-do-not-matter",
            "masked-padding-changes-nothing",
        )
    ),
    # Σ|h||W| of the products
    "linear-cross-entropy/is-cross-entropy-of-logits",
    "linear-cross-entropy/high-labels-are-whole",
    "linear-cross-entropy/ignoring-is-filtering",
    "linear-cross-entropy/z-loss-is-for-each-row-kept",
}
#: Three rows of a gradient whose own bound is 100u wide: noise of 256u may miss twice that.
#: The others have the errors of matrix products in them, relative to Σ|h||W|.
WIDE = {
    "entropy-with-logits/gradient-row-alone",
    *(
        "linear-cross-entropy/keeps-common-offset",
        "linear-cross-entropy/high-labels-are-whole",
        "linear-cross-entropy/is-cross-entropy-of-logits",
    ),
    "linear-cross-entropy/gradient-keeps-common-offset",
    "linear-cross-entropy/gradient-is-computed-at-each-call",
    "linear-cross-entropy/gradient-start-does-not-matter",
}
#: Laws of what the NumPy file does not have, and a mutant that breaks each.
ABSENT = {
    "batchmean-is-sum-over-batch": "tests/mutants/options/kl_div_batchmean_over_all_elements.py",
    "gradient-of-batchmean": "tests/mutants/gradients/kl_div_gradient_of_batchmean.py",
    "batchmean-of-log-target": "tests/mutants/options/kl_div_batchmean_of_log_target_by_classes.py",
}
#: Laws whose ±inf is no large number.
INFINITE = (
    "masked-is-minus-infinity",
    "all-masked-is-minus-infinity",
    "minus-infinity-where-masked",
    "kept-minus-infinity-is-the-limit",
    "infinite-logit-is-infinite",
    "certain-and-wrong-is-infinite",
    "infinitely-wrong-is-infinite",
    "masked-label-is-infinite",
)
#: Laws of ranges, and on which sides a value leaves them.
SIDES = {
    "within-unit-interval": (ABOVE, BELOW),
    "never-positive": (ABOVE,),
    "at-most-max-plus-log-n": (ABOVE,),
    "never-negative": (BELOW,),
    "at-least-max": (BELOW,),
}
#: Laws of what is 0 where it is right.
STAYS_ZERO = ("of-log-softmax-is-zero", "large-logits-have-no-gradient")
#: Laws of limits, which only what raises breaks.
TAKES = {
    clause.partition("/")[2]
    for clause, law in catalogue().items()
    if law.check.__module__ == "conformance.spec.takes"
}
#: Laws of which a coarse way of spoiling cannot tell, and where they are shown to fail.
ELSEWHERE = {
    "leaves-the-process-alone": "tests/kernels/test_process_state.py",
    # silent where a value is wrong in itself
    "other-formats-leave-nothing": "tests/spec/test_formats.py",
    "same-numbers-otherwise-arranged": "tests/spec/test_leftovers.py",
    "near-options-are-told-apart": "tests/spec/test_leftovers.py",
    **{
        f"gradient-of-{what}": f"tests/mutants/gradients/cross_entropy_{mutant}.py"
        for what, mutant in (
            ("z-loss-beside-weights", "weights_left_out_of_z"),
            ("smoothing-beside-a-mask", "smoothed_over_masked_classes"),
        )
    },
    **dict.fromkeys(TAKES, "tests/kernels/test_limits.py"),
}


def spoilt(folder, how, names=FUNCTIONS):
    """The NumPy file with functions and their gradients spoilt."""
    body = textwrap.indent(textwrap.dedent(SPOILT[how]).strip("\n"), 12 * " ")
    wrapper = WRAPPER.format(body=body, names=set(names), forgiving="plausible" in how)
    path = folder / f"spoilt_{len(list(folder.iterdir()))}.py"
    path.write_text(resolve("numpy").read_text(encoding="utf-8") + wrapper, encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Way of spoiling -> law -> outcome."""
    found = {how: {} for how in SPOILT}
    settings = Settings(effort="quick", dtypes=("float32",), brief=True, draws=4)
    state = np.random.get_state()
    for how in SPOILT:
        implementation = spoilt(tmp_path_factory.mktemp("spoilt"), how)
        for subject in subjects(implementation, settings)[0]:
            for result in examine(implementation, subject, settings).results:
                found[how][result.invariant] = result.outcome
    for how in (FAINT, RELATIVE, *AGAIN):
        found[how] |= between_functions(tmp_path_factory, how, settings)
    np.random.set_state(state)
    return found


def between_functions(tmp_path_factory, how, settings):
    """Clause -> outcome of the laws that ask for another function, which has to be right."""
    laws = [law for law in catalogue().values() if FUNCTIONS.keys() & set(law.needs)]
    found = {}
    for function in {law.functions[0] for law in laws}:
        implementation = spoilt(tmp_path_factory.mktemp("alone"), how, [function])
        own = tuple(law.id for law in laws if function in law.functions)
        alone = replace(settings, functions=(function,), only=own)
        for subject in subjects(implementation, alone)[0]:
            for result in examine(implementation, subject, alone).results:
                found[result.invariant] = result.outcome
    return found


def broken(outcomes, *ways):
    return {c for how in ways for c, said in outcomes[how].items() if said in ("fail", "error")}


def test_every_law_can_be_broken(outcomes):
    looked = {c for c in outcomes["noise"] if catalogue()[c].level != "may"}
    looked -= {c for c in looked if c.partition("/")[2] in ELSEWHERE}
    assert len(looked) > 350
    unbroken = looked - broken(outcomes, *SPOILT)
    assert not unbroken


def named(clauses, laws):
    return {c for c in clauses if c.partition("/")[2] in laws}


def test_a_little_noise_breaks_every_law_of_numbers(outcomes):
    """An exact 0 that may be 1 is noticed."""
    looked = {c for c in outcomes[FAINT] if catalogue()[c].level != "may"}
    looked -= named(looked, {*UNMOVED, *INFINITE, *ELSEWHERE, *ABSENT}) | OF_MANY
    assert len(looked) > 250
    unbroken = looked - broken(outcomes, *(how for how in SPOILT if how.startswith(FAINT)))
    assert not unbroken


def test_bounds_are_no_wider_than_a_little_noise(outcomes):
    """But for the entropy below a loss, which only labels equal to the probabilities reach, and
    what is 0, which noise of itself leaves 0.
    """
    laws = catalogue()
    looked = {c for c in outcomes[RELATIVE]
              if laws[c].level != "may" and not laws[c].bound.startswith("none")}  # fmt: skip
    looked -= named(looked, {*UNMOVED, *INFINITE, *ELSEWHERE, *ABSENT}) | WIDE
    looked -= named(looked, {"at-least-entropy", *STAYS_ZERO})
    assert len(looked) > 200
    unbroken = looked - broken(outcomes, *(how for how in SPOILT if how.startswith(RELATIVE)))
    assert not unbroken


@pytest.mark.parametrize("law", INFINITE)
def test_large_is_not_infinite(law, outcomes):
    clauses = named(outcomes[FINITE], {law})
    assert clauses
    assert clauses <= broken(outcomes, FINITE)


@pytest.mark.parametrize("law", SIDES)
def test_ranges_have_their_sides(law, outcomes):
    clauses = named(catalogue(), {law})
    assert clauses
    for how in (ABOVE, BELOW):
        assert bool(clauses & broken(outcomes, how)) is (how in SIDES[law])
        assert how not in SIDES[law] or clauses <= broken(outcomes, how)


def test_may_laws_give_no_verdict(outcomes):
    laws = catalogue()
    assert any(laws[c].level == "may" for c in outcomes["noise"])
    assert not [c for c in broken(outcomes, *SPOILT) if laws[c].level == "may"]


def test_where_it_is_shown_elsewhere():
    for path in (*ELSEWHERE.values(), *ABSENT.values()):
        assert (Path(__file__).parents[2] / path).exists()
