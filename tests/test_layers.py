"""What may import what: read from the sources, so that ARCHITECTURE.md stays true."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
#: The rooms from the bottom to the top: a room imports only those before it, itself aside.
ROOMS = (
    "_version", "errors", "floats", "machine", "backends", "model", "numerics", "functions",
    "records", "kernels", "objects", "inputs", "spec", "examine", "gate", "processes", "reporting",
    "sweep", "power", "cli", "checking", "__init__", "__main__", "pytest_plugin", "plugin",
)  # fmt: skip
RANK = {room: rank for rank, room in enumerate(ROOMS)}
#: Modules beside the folders: more, and a newcomer has to read them to find anything.
MOST_AT_THE_TOP = 8
#: Longer than this, and a file is several files.
LONGEST = 400


def dotted(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))
           if "implementations" not in path.parts}  # fmt: skip


def room(module):
    """The folder, or the module beside the folders, that a module belongs to."""
    return [*module.split("."), "__init__"][1]


@cache
def imported(path):
    """Names of the modules that a file imports anywhere: under TYPE_CHECKING, inside functions."""
    return tuple(_imported(path))


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def ours(path):
    return {m for m in imported(path) if m in MODULES} - {dotted(path)}


def test_every_room_is_named_and_there_are_few_modules_beside_the_folders():
    assert {room(module) for module in MODULES} == set(RANK)
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_TOP


def test_every_room_says_what_is_in_it():
    page = (Path(__file__).parent.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for folder in (p for p in PACKAGE.iterdir() if (p / "__init__.py").exists()):
        assert f"`{folder.name}/`" in page
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    """No circle of rooms, then: not under TYPE_CHECKING, and not inside functions either."""
    assert not {m for m in ours(MODULES[module]) if RANK[room(m)] > RANK[room(module)]}


def test_there_are_no_circles_of_modules():
    done, open_now = set(), []

    def visit(module):
        assert module not in open_now, [*open_now, module]
        if module not in done:
            open_now.append(module)
            for other in sorted(ours(MODULES[module])):
                visit(other)
            done.add(open_now.pop())

    for module in MODULES:
        visit(module)


_MATHEMATICS = ("conformance.spec", "conformance.functions", "conformance.numerics.bounds")


@pytest.mark.parametrize(
    "family",
    sorted(m for m in MODULES if m.startswith(_MATHEMATICS)),
)
def test_the_spec_knows_neither_pytest_nor_an_array_library_but_numpy(family):
    roots = {name.split(".")[0] for name in imported(MODULES[family])}
    assert roots <= {*sys.stdlib_module_names, "conformance", "numpy"}


def test_the_exact_values_know_nothing_of_bounds_and_filters():
    exact = "conformance.numerics.exact"
    for module in (m for m in MODULES if m.startswith(exact)):
        assert {m for m in ours(MODULES[module]) if not m.startswith(exact)} <= {
            "conformance.floats"
        }


#: Who imports a framework.
USERS = {
    "torch": {
        "conformance.backends.torch",
        "conformance.backends.torch_autograd",
        "conformance.backends.torch_graphs",
    },
    "jax": {"conformance.backends.jax"},
    "distributed": {"conformance.sweep.pool"},
}


@pytest.mark.parametrize("heavy", USERS)
def test_frameworks_are_imported_by_their_own_modules_only(heavy):
    users = {m for m, path in MODULES.items()
             if any(n.split(".")[0] == heavy for n in imported(path))}  # fmt: skip
    assert users == USERS[heavy]


#: Words for libraries, beside NumPy, which the suite computes with.
LIBRARY = re.compile(r"torch|jax|jaxlib|jnp|xla|cupy|triton|tensorflow|mlx", re.IGNORECASE)
#: Sentences that may name one: what a person reads, and nothing that decides.
SENTENCES = (
    "what is installed of NumPy, PyTorch and JAX", "files of yours, or numpy, torch, jax, ... by",
    "cuda cpu gpu triton np jnp jit",  # words of names
    "(default: eager; for JAX also jit)", "(default: eager; for JAX jit)", "a name such as 'torch'",
    "XLA CPU (log1p 3), NumPy SIMD", "because XLA on CPUs and -ftz", "what NumPy, SciPy, PyTorch",
    "exercised on GPUs and on JAX's", "257 real bugs of PyTorch",
)  # fmt: skip
#: Who tells the version of the suite's own NumPy.
VERSIONS = ("conformance.cli.commands.info", "conformance.processes.environment",
            "conformance.reporting.score")  # fmt: skip


def _text(tree):
    """The strings of a module, its docstrings aside, and the names in its code but NumPy's."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {id(n.body[0].value) for n in ast.walk(tree)
                  if isinstance(n, documented) and isinstance(n.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from () if id(node) in docstrings else node.value.splitlines()
        names = (str(getattr(node, name, "")) for name in ("id", "attr", "arg", "name"))
        yield from (name for name in names if name != "numpy")


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) not in ("backends", "spec")])
def test_a_library_is_named_in_its_backend_only(module):
    """Docstrings and the laws' prose may; so may examples of commands, and a few sentences."""
    words = re.compile(rf"(?<![a-z])({LIBRARY.pattern})(?![a-z])", re.IGNORECASE)
    named = [line for line in _text(ast.parse(MODULES[module].read_text(encoding="utf-8")))
             if words.search(line) or line == "numpy"]  # fmt: skip
    left = [line for line in named if not line.startswith("  conformance ")]
    left = [line for line in left if not any(said in line for said in SENTENCES)]
    assert [line for line in left if not (line == "numpy" and module in VERSIONS)] == []


def test_implementations_import_nothing_of_ours():
    root = PACKAGE if (PACKAGE / "implementations").is_dir() else PACKAGE.parent
    files = sorted((root / "implementations").glob("*.py"))
    assert len(files) >= 4
    for path in files:
        assert not [m for m in imported(path) if m.split(".")[0] == "conformance"]
    assert not (root / "implementations/__init__.py").exists()


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_functions_are_short():
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[len(lengths) // 2] <= 9
    assert lengths[-1] <= 75


def test_the_plugin_imports_nothing_heavy():
    """Every pytest run imports it, with or without an implementation to examine."""
    code = (
        "import sys; before = set(sys.modules); import conformance.plugin; "
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    ).stdout.split()  # fmt: skip
    assert not {"numpy", "hypothesis", "torch", "jax", "flint", "rich", "msgspec"} & set(found)
