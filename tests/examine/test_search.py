"""The search for worse: what only it finds, that it is reproducible, that it leaves right files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS
from conformance.inputs.mutations import moved
from conformance.kernels.importing import resolve
from conformance.kernels.loading import load
from conformance.model import Implementation
from conformance.power import specimens
from conformance.records.results import Result
from conformance.reporting.terminal.searched import searched

FOLDER = Path(__file__).parents[1] / "searched"
FILES = {m.name: m for m in specimens.mutants([str(FOLDER)])}
SETTINGS = Settings(only=("*/accuracy", "*/gradient-accuracy"), brief=True)


def _results(implementation: Implementation, settings: Settings) -> Mapping[str, Result]:
    found = [
        result
        for subject in subjects(implementation, settings)[0]
        for result in examine(implementation, subject, settings).results
    ]
    return {f"{r.invariant} {r.dtype}": r for r in found}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", FILES)
def test_only_a_search_finds_them(name: str, seed: int) -> None:
    mutant = FILES[name]
    implementation = load(mutant.file)
    (law,) = mutant.caught_by
    settings = replace(SETTINGS, only=(law,), seed=seed)
    (before,) = _results(implementation, settings).values()
    (after,) = _results(implementation, replace(settings, search=2.0)).values()
    assert before.outcome == "pass"
    assert before.search is None
    assert after.outcome == "fail"
    assert after.search is not None
    assert float(after.search.before) == before.excess < 1 < float(after.search.after)


@pytest.mark.parametrize("function", ["softmax", "cross_entropy", "binary_cross_entropy"])
def test_the_same_seed_finds_the_same(function: str) -> None:
    numpy = load(resolve("numpy"))
    settings = replace(SETTINGS, functions=(function,), dtypes=("float32",), search=0.2)
    first, again = (_results(numpy, settings) for _ in range(2))
    other = _results(numpy, replace(settings, seed=9))
    assert {k: r.search for k, r in first.items()} == {k: r.search for k, r in again.items()}
    assert {k: r.search for k, r in first.items()} != {k: r.search for k, r in other.items()}
    for r in first.values():
        assert r.outcome == "pass"
        assert r.search is not None
        assert r.search.steps > 0
        assert float(r.search.after) >= float(r.search.before) > 0
    (line,) = searched([*first.values()])
    assert line.startswith("numpy: 20 steps in 2 cases")


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("probs", [False, True])
def test_steps_lead_to_finite_neighbours(dtype: str, probs: bool) -> None:
    fmt = FORMATS[dtype]
    rng = np.random.Generator(np.random.PCG64(1))
    x = rng.random((4000, 5)).astype(fmt.dtype)
    x[:, 0] = 0.5 if probs else fmt.largest
    y = moved(rng, x, fmt, probs=probs).astype(np.float64)
    assert np.isfinite(y).all()
    assert not probs or ((y >= 0) & (y <= 1)).all()
    changed = (y != x.astype(np.float64)).sum(axis=1)
    assert {0, 1, 2} <= set(changed.tolist())
    assert (changed > 0).mean() > 0.8
