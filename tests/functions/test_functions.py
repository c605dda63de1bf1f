"""A function of the spec is one file: a copy of the suite is given one, and does all it does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import conformance
from conformance.functions import FUNCTIONS
from conformance.spec import catalogue

PACKAGE = Path(conformance.__file__).parent
ADDED = Path(__file__).parents[1] / "added"


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The package with one module more, beside an implementation of its function."""
    root = tmp_path_factory.mktemp("suite")
    shutil.copytree(PACKAGE, root / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ADDED / "gate.py", root / "conformance/functions/gate.py")
    shutil.copy(ADDED / "mine.py", root / "mine.py")
    return root


def command(suite, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(suite), "XDG_CACHE_HOME": str(suite / "cache")}
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=suite, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def outcomes(suite, file):
    run = command(suite, "run", file, "--dtype", "float32", "-n", "1", "--json", "out.json")
    found = json.loads((suite / "out.json").read_text())["results"]
    return run.returncode, {r["invariant"]: r["outcome"] for r in found}


def test_it_is_specified(suite):
    said = json.loads(command(suite, "spec", "gate", "--json").stdout)
    names = {law["id"].partition("/")[2] for law in said}
    assert {"accuracy", "gradient-accuracy", "limits", "no-steeper-than", "bits-repeat"} <= names
    assert len(names) >= 45
    assert "the error of σ's exponential" in next(
        law["why"] for law in said if law["id"] == "gate/accuracy"
    )


def test_it_is_examined_and_a_wrong_one_is_caught(suite):
    code, found = outcomes(suite, "mine.py")
    assert code == 0 and found["gate/accuracy"] == found["gate/gradient-accuracy"] == "pass"
    wrong = (
        (suite / "mine.py").read_text().replace("return 2 * np.where", "return 2.0001 * np.where")
    )
    (suite / "wrong.py").write_text(wrong)
    code, found = outcomes(suite, "wrong.py")
    assert code == 1 and found["gate/accuracy"] == "fail"


def test_it_is_swept(suite):
    swept = command(suite, "sweep", "mine.py", "--function", "gate", "--dtype", "float16")
    assert swept.returncode == 0 and "all 65,536 float16 values" in swept.stdout


def test_a_new_stub_names_it(suite):
    assert command(suite, "new", "stub.py").returncode == 0
    assert "# gate(x)\n" in (suite / "stub.py").read_text()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_record_says_what_the_suite_asks(name):
    function = FUNCTIONS[name]
    assert {"value", "vjp"} <= function.quantities.keys()
    assert all(q.says and q.derivation for q in function.quantities.values())
    assert f"{function.slug}/accuracy" in catalogue()
    assert bool(function.ends) == function.unary
    for curves in function.curves.values():
        assert len(curves) == (2 if function.labelled else 1)
