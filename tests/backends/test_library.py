"""A library is one file: the test adds one, and all the rest of the suite knows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import reports

from conformance import backends
from conformance.cli.commands import new
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.kernels.importing import first_libraries
from conformance.kernels.layouts import layouts
from conformance.kernels.loading import load
from conformance.objects.libraries import library
from conformance.records.results import ImplementationInfo, Result
from conformance.reporting.html.reproducer import script

TINY = '''\
"""An array library of one type."""

import numpy as np


class Array(np.ndarray):
    pass


def array(values):
    return np.array(values).view(Array)


exp, where = np.exp, np.where
'''
BACKEND = '''\
"""Tiny: NumPy's arrays under another type."""

from contextlib import nullcontext
from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.backends.library import Late, Library, Script

tiny = Late("tiny")
NAME, COMPILES = "tiny", False
MODES = DEFAULT_MODES = ("eager",)
LIBRARY = Library(
    NAME, "Tiny", "tiny-array", array="a tiny.Array", derives=False, ahead=True,
    layouts=("C", "F"), environment={"TINY_QUIET": "1"},
    script=Script(module="tiny", imports="import tiny",
                  array="tiny.array(np.array({values}, np.{dtype}))"),
)


def versions():
    return {"tiny": "1.0"}


def devices():
    return ("cpu",)


def why_not(dtype, device, mode):
    return "tiny has no bfloat16" if dtype == "bfloat16" else None


def scope(device, dtype="float64"):
    return nullcontext()


def array(host, device):
    return tiny.array(host)


def host(native):
    return np.array(native, subok=False)


def is_array(value):
    return isinstance(value, tiny.Array)


def transpose(native, order):
    return native.transpose(order)


def shares_memory(a, b):
    return np.shares_memory(a, b)


def compiled(function, mode, options):
    return partial(function, **options)


def vjp(*arguments):
    raise Unsupported("Tiny derives nothing")


jvp = hvp = vjp
'''
KERNEL = """\
import tiny


def sigmoid(x):
    z = tiny.exp(-abs(x))
    return (tiny.where(x >= 0, 1, z) / (1 + z)).astype(x.dtype)
"""


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "tiny.py").write_text(TINY)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "tiny.py").write_text(BACKEND)
    (tmp_path / "kernel.py").write_text(KERNEL)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(backends, "__path__", [*backends.__path__, str(tmp_path / "more")])
    backends.libraries.cache_clear()
    yield tmp_path / "kernel.py"
    for name in ("tiny", "conformance.backends.tiny"):
        sys.modules.pop(name, None)
    monkeypatch.undo()
    backends.libraries.cache_clear()


def test_a_library_is_known_before_it_is_imported(kernel: Path) -> None:
    assert list(backends.libraries())[:3] == ["numpy", "torch", "jax"]
    assert backends.about("tiny").title == "Tiny" and "tiny" not in sys.modules
    assert first_libraries(kernel) == ("tiny",)
    assert "tiny" not in sys.modules


def test_a_file_that_imports_it_is_examined_with_it(kernel: Path) -> None:
    implementation = load(kernel)
    assert implementation.backend.NAME == library(implementation.functions["sigmoid"]) == "tiny"
    assert layouts(implementation.backend) == ("C", "F")
    settings = Settings(effort="quick", dtypes=("float32",), only=("sigmoid/*accuracy",))
    (subject,), _ = subjects(implementation, settings)
    results = {r.invariant: r.outcome for r in examine(implementation, subject, settings).results}
    assert results["sigmoid/accuracy"] == "pass"
    assert "sigmoid/gradient-accuracy" not in results
    there, absent = subjects(implementation, Settings(dtypes=("bfloat16",)))
    assert not there and "tiny has no bfloat16" in {n.why for n in absent}


def test_another_array_than_its_own_is_told_by_its_name(kernel: Path) -> None:
    kernel.write_text(
        "import numpy as np\nimport tiny\n\ndef sigmoid(x):\n    return np.array(x)\n"
    )
    implementation = load(kernel)
    settings = Settings(effort="quick", dtypes=("float32",), only=("sigmoid/accuracy",))
    (subject,), _ = subjects(implementation, settings)
    (result,) = examine(implementation, subject, settings).results
    assert (result.outcome, result.found) == ("error", "error")
    assert "not a tiny.Array" in result.message


def test_stubs_and_scripts_are_written_in_its_words(kernel: Path) -> None:
    text = new.stub("tiny")
    assert 'BACKEND = "tiny"' in text and "import tiny\n" in text and "tiny.exp(-x)" in text
    assert "This library derives nothing" in text
    failure: Result = reports.result("fail", 3.0, counterexample=reports.counterexample("float32"))
    info = ImplementationInfo(name="mine", file="kernel.py", backend="tiny")
    written = script(failure, info)
    assert "import tiny\n" in written and "tiny.array(np.array(" in written
