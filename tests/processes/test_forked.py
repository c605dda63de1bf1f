"""Processes that are forked from one that has the suite imported."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.backends import about
from conformance.examine.selection import Settings
from conformance.examine.watch import Board
from conformance.kernels.importing import first_libraries
from conformance.processes import forked, forkserver
from conformance.processes.examiner import Examiner
from conformance.processes.messages import Load, Loaded
from conformance.processes.process import Allowance, Process
from conformance.processes.spare import deriving, transforming

pytestmark = pytest.mark.skipif(not forked.AVAILABLE, reason="processes are not forked here")

KERNEL = """
import sys
NAME = "kernel"
SEEN = "torch" in sys.modules

def softmax(x):
    return x
"""


@pytest.fixture
def kernel(tmp_path):
    path = tmp_path / "kernel.py"
    path.write_text(KERNEL)
    return path


@pytest.fixture
def worker():
    boards, processes = [], []

    def made(modules=()):
        boards.append(Board())
        if (process := forked.worker(boards[-1].path, modules)) is not None:
            processes.append(process)
        return process

    yield made
    for board in boards:
        board.close()
    for process in processes:
        process.end()
        for stream in process._streams:
            stream.close()


def test_without_a_run_nothing_is_forked(worker):
    assert worker() is None


def test_what_a_process_ended_with_is_told(worker):
    with forked.kept():
        first, second = worker(), worker()
        assert first.born(60)
        assert second.born(60)
        assert first.pid != second.pid
        assert first.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            first.wait(0.01)
        first.send_signal(signal.SIGKILL)
        assert first.wait(10) == first.poll() == -signal.SIGKILL
        second.stdin.close()  # nobody asks any more
        assert second.wait(10) == 0


def test_all_end_with_the_run(worker):
    with forked.kept():
        with forked.kept():
            process, other = worker(), worker(("json",))
            assert process.born(60)
            assert other.born(60)
        assert process.poll() is None
    assert process.wait(10) == -signal.SIGKILL
    assert other.wait(10) == -signal.SIGKILL
    assert worker() is None


def test_a_server_that_is_gone_is_done_without(kernel):
    with forked.kept():
        process = Process()
        server = forked._KEPT.servers[()]
        process.ask(Load(ref=str(kernel), settings=Settings()))
        server._process.kill()
        server._process.wait()
        assert isinstance(process.answer(Allowance()), Loaded)
        process.close()
        with Examiner(Settings(), timeout=60) as examiner:
            assert examiner.describe(str(kernel)).info.name == "kernel"


def test_where_no_server_can_be_started_processes_start_as_any_others(monkeypatch):
    def refuse():
        raise OSError("no sockets here")

    monkeypatch.setattr(forked.Server, "started", refuse)
    with forked.kept():
        process = Process()
        assert isinstance(process._popen, subprocess.Popen)
        process.close()


def test_a_server_ends_although_a_child_of_this_process_has_its_socket(worker):
    with forked.kept():
        server = forked._KEPT.servers[()]
        assert worker().born(60)
        copy = server._socket.dup()
        pid = server._process.pid
    with copy, pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_process_with_threads_forks_none(monkeypatch):
    tasks = [Path("/proc/self/task/1"), Path("/proc/self/task/2")]
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(tasks))
    assert not forkserver._has_one_thread()


def test_a_run_that_asks_for_nothing_does_not_wait_for_it():
    began = time.monotonic()
    with forked.kept():
        pid = forked._KEPT.servers[()]._process.pid
    assert time.monotonic() - began < 2
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import torch", ("torch",)),
        ("'''A kernel.'''\nimport math, numpy as np\nfrom jax.numpy import exp", ("jax",)),
        ("from torch import nn\nimport helper\nimport jax", ("torch",)),
        ("from .own import x\nimport torch", ()),
        ("import os\nos.environ['A'] = '1'\nimport torch", ()),
        ("def f():\n    import torch", ()),
        ("import (", ()),
    ],
)
def test_libraries_are_imported_ahead_unless_the_file_may_set_them_up(tmp_path, text, found):
    path = tmp_path / "file.py"
    path.write_text(text)
    assert first_libraries(path) == found
    assert first_libraries(tmp_path) == ()


def test_what_first_derivatives_import_is_imported_ahead():
    torch, library = pytest.importorskip("torch"), about("torch")
    assert deriving(("numpy", "torch"))[2:] == library.later
    ahead = transforming(("numpy", "torch"))[2:]
    assert ahead == (*library.later, *library.transforming)
    for name in ahead:  # what fails is silently left to the call
        assert importlib.import_module(name)
    before, x = set(sys.modules), torch.ones(2, 3)
    torch.func.vmap(torch.func.grad(torch.Tensor.sum))(x)
    with torch.autograd.forward_ad.dual_level():
        torch.autograd.forward_ad.make_dual(x, x).exp()
    torch.autograd.grad(x.requires_grad_().exp(), x, x)
    assert {name for name in set(sys.modules) - before if name.startswith("torch.")} == set()


def test_the_server_starts_before_anything_large_is_imported():
    imported = "conformance.cli.commands.run, conformance.processes.forked, sys"
    text = f"import {imported}; print(*sys.modules)"
    command = [sys.executable, "-c", text]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {"numpy", "ml_dtypes", "conformance.backends", "hypothesis"}.isdisjoint(there)


READING = """
import os
NAME = os.environ.get("JAX_COMPILATION_CACHE_DIR", "nowhere") + os.environ["OMP_NUM_THREADS"]

def softmax(x):
    return x
"""


def test_forked_processes_have_the_variables_of_libraries_and_the_users(tmp_path, monkeypatch):
    path = tmp_path / "reading.py"
    path.write_text(READING)
    names = []
    for threads in ("", "3"):
        if threads:
            monkeypatch.setenv("OMP_NUM_THREADS", threads)
        with forked.kept():
            examiner = Examiner(Settings())
            names.append(examiner.describe(str(path)).info.name)
            examiner.close()
    assert names[0].endswith("1") and names[1].endswith("3")
    assert not any(name.startswith("nowhere") for name in names)
