"""Every law can be broken: a dropped check, or a bound that lets everything pass, is noticed.

The bundled NumPy file is spoilt in a few coarse ways; between them each clause that NumPy can
exercise must fail at least once. Noise of 32u alone must break each law that has a bound.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from conformance.examine import examine
from conformance.loading import load, resolve
from conformance.model import FUNCTIONS
from conformance.selection import Settings, subjects
from conformance.spec import catalogue

FAINT = "noise of 32u"
#: What the spoilt functions do with their result y, their arguments a and k, and themselves.
SPOILT = {
    FAINT: """
        sign = np.random.default_rng(next(_calls)).choice([-1.0, 1.0], np.shape(y))
        noise = 32 * 2.0**-24 * sign * (1 + np.abs(y.astype(np.float64)))
        return (y + noise).astype(y.dtype)
    """,
    "noise": """
        noise = np.random.default_rng(next(_calls)).normal(0, 9, np.shape(y))
        return (y + noise.astype(y.dtype)).astype(y.dtype)
    """,
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
}
WRAPPER = """

import functools as _functools
import itertools as _itertools
import types as _types

_calls, _buffers = _itertools.count(), {{}}


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
#: Clauses of which a coarse way of spoiling cannot tell, and where they are shown to fail.
ELSEWHERE = {"leaves-the-process-alone": "tests/test_process_state.py"}


def spoilt(folder, how):
    """The NumPy file with every function and gradient spoilt."""
    body = textwrap.indent(textwrap.dedent(SPOILT[how]).strip("\n"), 12 * " ")
    wrapper = WRAPPER.format(body=body, names=set(FUNCTIONS), forgiving="plausible" in how)
    path = folder / f"spoilt_{len(list(folder.iterdir()))}.py"
    path.write_text(resolve("numpy").read_text(encoding="utf-8") + wrapper, encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Way of spoiling -> clause -> outcome."""
    found = {how: {} for how in SPOILT}
    settings = Settings(effort="quick", dtypes=("float32",), brief=True, draws=4)
    state = np.random.get_state()
    for how in SPOILT:
        implementation = spoilt(tmp_path_factory.mktemp("spoilt"), how)
        for subject in subjects(implementation, settings)[0]:
            for result in examine(implementation, subject, settings).results:
                found[how][result.invariant] = result.outcome
    np.random.set_state(state)
    return found


def broken(outcomes, *ways):
    return {c for how in ways for c, said in outcomes[how].items() if said in ("fail", "error")}


def test_every_law_can_be_broken(outcomes):
    looked = {c for c in outcomes["noise"] if catalogue()[c].level != "may"}
    looked -= {c for c in looked if c.partition("/")[2] in ELSEWHERE}
    assert len(looked) > 350
    assert not looked - broken(outcomes, *SPOILT)


def test_every_bound_is_passed_by_a_little_noise(outcomes):
    """But for laws of what is finite, and of sums of thousands of losses, whose θ is larger."""
    laws, wide = catalogue(), ("finite-stays-finite", "gradient-finite", "mean-of-one-loss")
    bounded = {
        c for c in outcomes[FAINT]
        if laws[c].level != "may" and not laws[c].bound.startswith("none")
        and c.partition("/")[2] not in wide
    }  # fmt: skip
    assert len(bounded) > 200
    assert not bounded - broken(outcomes, FAINT)


def test_may_laws_give_no_verdict(outcomes):
    laws = catalogue()
    assert any(laws[c].level == "may" for c in outcomes["noise"])
    assert not [c for c in broken(outcomes, *SPOILT) if laws[c].level == "may"]


def test_where_it_is_shown_elsewhere():
    for path in ELSEWHERE.values():
        assert (Path(__file__).parent.parent / path).exists()
