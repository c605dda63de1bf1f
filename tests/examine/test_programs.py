"""What JAX compiles is kept from run to run, and changes nothing but the time."""

import json
import os
import subprocess
import sys

import pytest

from conformance.cli.commands import info
from conformance.examine.selection import Settings
from conformance.processes import jax_cache
from conformance.processes.run import COLD, Plan, run

KERNEL = "import jax\nDTYPES = ('float32',)\n\ndef sigmoid(x):\n    return jax.nn.sigmoid(x)\n"
PLACE = "JAX_COMPILATION_CACHE_DIR"


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv(PLACE, raising=False)
    monkeypatch.delenv("JAX_ENABLE_COMPILATION_CACHE", raising=False)
    jax_cache._prepared.cache_clear()
    yield tmp_path / "home"
    jax_cache._prepared.cache_clear()


def test_kept_in_the_users_cache(home):
    found = jax_cache.settings({})
    assert found[PLACE].startswith(str(home)) and os.path.isdir(found[PLACE])
    assert found["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] == "0"
    assert info.gathered()["programs"] == {"folder": found[PLACE], "bytes": 0}


@pytest.mark.parametrize(
    "environ", [{PLACE: "/elsewhere"}, {"JAX_ENABLE_COMPILATION_CACHE": "False"}]
)
def test_what_the_user_says_of_it_stands(home, environ):
    assert jax_cache.settings(environ) == {}
    assert jax_cache.place(environ) == environ.get(PLACE, "")
    assert not home.exists()


def test_a_cache_is_cold_until_something_is_kept(home):
    assert jax_cache.cold({})
    (jax_cache.folder() / "a-program").write_bytes(b"x")
    assert not jax_cache.cold({})
    assert not jax_cache.cold({"JAX_ENABLE_COMPILATION_CACHE": "0"})


@pytest.mark.parametrize(("backend", "told"), [("jax", True), ("numpy", False)])
def test_the_first_run_says_that_programs_are_compiled(home, tmp_path, backend, told):
    path = tmp_path / "kernel.py"
    path.write_text(
        KERNEL.replace("jax.nn.sigmoid(x)", "x").replace("import jax", f"import {backend}")
    )
    events = []
    settings = Settings(effort="quick", only=("none",))
    run(Plan((str(path),), settings, workers=1), events.append)
    assert [e.words for e in events if e.kind == "note"] == [COLD] * told


def test_none_where_nothing_can_be_written(home):
    home.write_text("a file, not a folder")
    assert jax_cache.settings({}) == {}


def test_thrown_away_when_there_are_too_many(home, monkeypatch):
    kept = jax_cache.folder()
    kept.mkdir(parents=True)
    (kept / "old").write_bytes(b"x" * 100)
    monkeypatch.setattr(jax_cache, "LARGEST", 100)
    jax_cache.settings({})
    assert jax_cache.size(kept) == 100
    jax_cache._prepared.cache_clear()
    monkeypatch.setattr(jax_cache, "LARGEST", 99)
    assert jax_cache.settings({})[PLACE] == str(kept)
    assert jax_cache.size(kept) == 0 and kept.is_dir()


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
    return set(jax_cache.folder().glob("*-cache"))


def _results(where):
    command = [sys.executable, "-m", "conformance", "run", "mine.py", "--effort", "quick",
               "--only", "sigmoid/accuracy", "--only", "sigmoid/gradient-accuracy",
               "--json", "out.json", "-q"]  # fmt: skip
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((where / "out.json").read_text())["results"]
    return [{k: v for k, v in r.items() if k != "seconds"} for r in results]
