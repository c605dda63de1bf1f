"""What JAX compiles is kept from run to run, and changes nothing but the time."""

import json
import os
import subprocess
import sys

import pytest

from conformance.backends import about
from conformance.cli.commands import info
from conformance.examine.selection import Settings
from conformance.processes import programs
from conformance.processes.run import COLD, Plan, run

KERNEL = "import jax\nDTYPES = ('float32',)\n\ndef sigmoid(x):\n    return jax.nn.sigmoid(x)\n"
PLACE = "JAX_COMPILATION_CACHE_DIR"
JAX = about("jax")


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv(PLACE, raising=False)
    monkeypatch.delenv("JAX_ENABLE_COMPILATION_CACHE", raising=False)
    programs._prepared.cache_clear()
    yield tmp_path / "home"
    programs._prepared.cache_clear()


def test_kept_in_the_users_cache(home):
    found = programs.settings({})
    assert found[PLACE].startswith(str(home)) and os.path.isdir(found[PLACE])
    assert found["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] == "0"
    assert info.gathered()["programs"] == {"JAX": {"folder": found[PLACE], "bytes": 0}}


@pytest.mark.parametrize(
    "environ", [{PLACE: "/elsewhere"}, {"JAX_ENABLE_COMPILATION_CACHE": "False"}]
)
def test_what_the_user_says_of_it_stands(home, environ):
    assert programs.settings(environ) == {}
    assert programs.place(JAX, environ) == environ.get(PLACE, "")
    assert not home.exists()


def test_a_cache_is_cold_until_something_is_kept(home):
    assert programs.cold({}) == [JAX]
    (programs.folder(JAX) / "a-program").write_bytes(b"x")
    assert not programs.cold({})
    assert not programs.cold({"JAX_ENABLE_COMPILATION_CACHE": "0"})


@pytest.mark.parametrize(("backend", "told"), [("jax", True), ("numpy", False)])
def test_the_first_run_says_that_programs_are_compiled(home, tmp_path, backend, told):
    path = tmp_path / "kernel.py"
    path.write_text(
        KERNEL.replace("jax.nn.sigmoid(x)", "x").replace("import jax", f"import {backend}")
    )
    events = []
    settings = Settings(effort="quick", only=("none",))
    run(Plan((str(path),), settings, workers=1), events.append)
    assert [e.words for e in events if e.kind == "note"] == [COLD.format("JAX")] * told


def test_none_where_nothing_can_be_written(home):
    home.write_text("a file, not a folder")
    assert programs.settings({}) == {}


def test_thrown_away_when_there_are_too_many(home, monkeypatch):
    kept = programs.folder(JAX)
    kept.mkdir(parents=True)
    (kept / "old").write_bytes(b"x" * 100)
    monkeypatch.setattr(programs, "LARGEST", 100)
    programs.settings({})
    assert programs.size(kept) == 100
    programs._prepared.cache_clear()
    monkeypatch.setattr(programs, "LARGEST", 99)
    assert programs.settings({})[PLACE] == str(kept)
    assert programs.size(kept) == 0 and kept.is_dir()


def test_a_second_run_reads_them_and_says_the_same(home, tmp_path):
    pytest.importorskip("jax")
    (tmp_path / "mine.py").write_text(KERNEL)
    first, kept = _results(tmp_path), _programs()
    assert kept
    longest = max(kept, key=lambda path: path.stat().st_size)
    longest.write_bytes(longest.read_bytes()[:50])  # as a run that was killed leaves it
    assert _results(tmp_path) == first
    assert _programs() == kept, "the second run compiled something else"


def _programs():
    return set(programs.folder(JAX).glob("*-cache"))


def _results(where):
    command = [sys.executable, "-m", "conformance", "run", "mine.py", "--effort", "quick",
               "--only", "sigmoid/accuracy", "--only", "sigmoid/gradient-accuracy",
               "--json", "out.json", "-q"]  # fmt: skip
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((where / "out.json").read_text())["results"]
    return [{k: v for k, v in r.items() if k != "seconds"} for r in results]
