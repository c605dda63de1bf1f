"""Sweeps of objects where they stand, and of files that crash or hang: the command survives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.cli.main import main
from conformance.sweep import pool

OBJECTS = """
import os, time
import numpy as np

class Sigmoid:
    def __call__(self, t):
        z = np.exp(-np.abs(t.astype(np.float32)))
        return np.where(t >= 0, 1 / (1 + z), z / (1 + z)).astype(t.dtype)

def logs(input):
    t = input.astype(np.float32)
    return (np.minimum(t, 0) - np.log1p(np.exp(-np.abs(t)))).astype(input.dtype)

def dies(x):
    os._exit(7)

def hangs(x):
    time.sleep(60)
"""


def swept(tmp_path: Path, *words: str) -> tuple[int, list[dict[str, str]]]:
    """The status and the results of a sweep of float16."""
    saved = tmp_path / "r.json"
    command = ["sweep", *words, "--dtype", "float16", "-q", "--json", str(saved)]
    status = main(command)
    return status, json.loads(saved.read_text())["results"]


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "objects.py").write_text(OBJECTS, encoding="utf-8")
    return "objects.py"


@pytest.mark.parametrize(("name", "said", "function"), [
    ("Sigmoid", "sigmoid", "sigmoid"), ("logs", "log_sigmoid(x=input)", "log_sigmoid"),
])  # fmt: skip
def test_an_object_is_swept(
    name: str, said: str, function: str, objects: str, tmp_path: Path
) -> None:
    status, results = swept(tmp_path, f"{objects}::{name}", "--as", said)
    assert status == 0
    assert {(r["implementation"], r["function"]) for r in results} == {(name, function)}
    assert {r["outcome"] for r in results} == {"pass"}


@pytest.mark.parametrize(("name", "words"), [
    ("dies", "the worker died 3 times"), ("hangs", "it gave no sign of life for 5 s"),
])  # fmt: skip
def test_a_crash_or_a_hang_is_a_result(
    name: str, words: str, objects: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SILENT", 5.0)
    status, results = swept(tmp_path, f"{objects}::{name}", "--as", "sigmoid")
    assert status == 1
    (only,) = [r for r in results if r["outcome"] != "unsupported"]
    assert only["outcome"] == "error"
    assert words in only["message"]


@pytest.mark.parametrize(("words", "said"), [
    (("crash.py",), "crash.py:1: cannot be loaded: the process died"),
    (("objects.py::logs",), "say which function of the spec it is, such as --as"),
    (("objects.py::log", "--as", "sigmoid"), "has no 'log'. Did you mean 'logs'?"),
    (("objects.py", "--as", "sigmod"), "Did you mean 'sigmoid'?"),
])  # fmt: skip
def test_what_cannot_be_swept_is_one_line(
    words: tuple[str, ...], said: str, objects: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n"
    (tmp_path / "crash.py").write_text(crash, encoding="utf-8")
    assert main(["sweep", *words, "--dtype", "float16", "-q"]) == 4
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert said in err
