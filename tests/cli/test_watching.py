"""`--watch`: which files are followed, and that a change is answered by a process kept ready."""

from __future__ import annotations

import importlib.util
import os
import time

import pytest

from conformance.cli import main as cli
from conformance.cli import watching
from conformance.processes import spare

KERNEL = """
import json
import numpy as np
from helper import shifted

def softmax(x):
    e = np.exp(shifted(x))
    return e / e.sum(-1, keepdims=True)
"""
RIGHT = "def shifted(x):\n    return x - x.max(-1, keepdims=True)\n"


@pytest.fixture
def kernel(tmp_path):
    (tmp_path / "helper.py").write_text(RIGHT)
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    return path


def test_what_a_file_imports_of_its_own_is_followed(kernel):
    files, libraries = watching._followed(lambda: [str(kernel)])
    assert [f.name for f in files] == ["kernel.py", "helper.py"]
    assert libraries == ["numpy"]
    files, _ = watching._followed(lambda: [f"{kernel}::softmax as softmax"])
    assert len(files) == 2


def test_a_change_is_answered_by_a_process_that_was_kept_ready(kernel, monkeypatch, capsys):
    seen = []

    def wait(files, before):
        seen.append([process.lives for process in spare._READY])
        if len(seen) == 1:
            kernel.with_name("helper.py").write_text("def shifted(x):\n    return 0 * x\n")
        elif len(seen) == 2:
            kernel.write_text("def (")
        elif len(seen) == 3:
            kernel.write_text(KERNEL)
            kernel.with_name("helper.py").write_text(RIGHT)
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_wait", wait)
    only = ["--only", "softmax/accuracy", "--dtype", "float32", "--effort", "quick"]
    assert cli.main(["run", str(kernel), *only, "--watch", "--score", "-q", "-n", "1"]) == 0
    said = capsys.readouterr()
    assert [line[:16] for line in said.out.splitlines()] == [
        '{"conforms":true', '{"conforms":fals', '{"conforms":true',
    ]  # fmt: skip
    assert "syntax error" in said.err
    assert seen == [[True]] * 4
    assert not spare._READY


def test_waiting_ends_when_a_file_was_written(kernel, monkeypatch):
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 3:
            os.utime(kernel, ns=(1, 1))

    monkeypatch.setattr(time, "sleep", nap)
    watching._wait([kernel], watching._stamps([kernel]))
    assert naps == [watching._POLL] * 3 + [watching._SETTLED]


def test_what_cannot_be_imported_ahead_costs_nothing(kernel):
    assert importlib.util.find_spec("no_such_module_here") is None
    with spare.kept_ready():
        spare.prepare(1, ("no_such_module_here", "json"))
        process = spare.taken()
        time.sleep(0.5)
        assert process.lives
        process.close()
        assert not process.lives
