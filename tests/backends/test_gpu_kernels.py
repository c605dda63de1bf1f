"""Kernels in Triton and in CUDA C++: the right ones pass, each wrong one breaks the laws it names.

What needs a GPU skips without one; `tox -e gpu` runs it.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

import conformance
from conformance import backends
from conformance.backends.devices import meant
from conformance.power import specimens
from conformance.power.specimens import Specimen

FOLDER = Path(__file__).parents[1] / "gpu_kernels"
CONTROLS = specimens.controls([str(FOLDER / "controls")])
MUTANTS = specimens.mutants([str(FOLDER / "mutants"), str(FOLDER / "far")])


def _needs(specimen: Specimen) -> None:
    """Skip without the library, the compiler or the GPU that a file needs."""
    name = Path(specimen.file).name.partition("_")[0]
    pytest.importorskip(name)
    library = {"triton": "torch"}.get(name, name)
    importlib.import_module(library)
    if not meant(backends.get(library).devices(), "cuda"):
        pytest.skip(f"{library} sees no GPU here")


def test_they_say_what_they_are() -> None:
    assert len(CONTROLS) >= 3
    assert len(MUTANTS) >= 10
    for specimen in (*CONTROLS, *MUTANTS):
        text = Path(specimen.file).read_text(encoding="utf-8")
        assert specimen.says.endswith(".")
        assert 'DEVICES = ("cuda",)' in text
        assert "conformance" not in text


@pytest.mark.gpu
@pytest.mark.parametrize("specimen", CONTROLS, ids=lambda c: Path(c.file).stem)
def test_a_right_kernel_passes(specimen: Specimen) -> None:
    _needs(specimen)
    report = conformance.check(specimen.file, effort="quick", mode="eager")
    assert report.complete
    assert {r.device for r in report.results} == {"cuda:0"}
    assert not [r for r in report.results if r.level == "must" and r.outcome in ("fail", "error")]


@pytest.mark.gpu
@pytest.mark.parametrize("specimen", MUTANTS, ids=lambda m: Path(m.file).stem)
def test_a_wrong_kernel_breaks_the_laws_it_names(specimen: Specimen) -> None:
    _needs(specimen)
    far = Path(specimen.file).parent.name == "far"
    report = conformance.check(
        specimen.file, only=specimen.caught_by, effort="thorough" if far else "default"
    )
    broken = {r.invariant for r in report.results if r.outcome in ("fail", "error")}
    assert broken == set(specimen.caught_by)
