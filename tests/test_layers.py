"""What may import what: read from the sources, so that ARCHITECTURE.md stays true."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
#: From the bottom to the top. A module imports its own layer and those below.
LAYERS = (
    "floats results results_io machine state_items options config model console counterexamples "
    "process_state deviations devices signatures",
    "anatomy problem kept reference exact bounds views failures backends passing label_kinds "
    "calling importing loading inputs measure examination tally minimise",
    "spec profile witness selection",
    "liveness grading verdicts examine",
    "environment messages programs supervise worker attempts examiner journal run",
    "ratchet judgement baseline baseline_file baseline_scope compare sweep reporting power",
    "commands cli plugin pytest_arguments pytest_cases pytest_items pytest_report pytest_session "
    "pytest_scheduling __main__ __init__",
)
RANK = {unit: rank for rank, units in enumerate(LAYERS) for unit in units.split()}
#: Longer than this, and a file is several files.
LONGEST = 400


def dotted(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


MODULES = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))
           if "implementations" not in path.parts}  # fmt: skip


def unit(module):
    """The file or package right under `conformance` that a module belongs to."""
    return [*module.split("."), "__init__"][1]


def _guarded(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def _nodes(tree, lazily):
    """Nodes that run at import, or all but those under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if _guarded(node) or (isinstance(node, (ast.FunctionDef, ast.Lambda)) and not lazily):
            continue
        yield node
        yield from _nodes(node, lazily)


@cache
def imported(path, lazily):
    """Names of the modules that a file imports, as written."""
    return tuple(_imported(path, lazily))


def _imported(path, lazily):
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), lazily):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def ours(path, lazily=False):
    found = {"conformance.__init__" if m == "conformance" else m for m in imported(path, lazily)}
    return {m for m in found if m in MODULES} - {dotted(path)}


def test_every_module_has_its_layer():
    assert {unit(module) for module in MODULES} == set(RANK)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    above = {m for m in ours(MODULES[module]) if RANK[unit(m)] > RANK[unit(module)]}
    above.discard("conformance.__init__")  # its constants; what it imports, it imports lazily
    assert not above


def test_there_are_no_cycles():
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


@pytest.mark.parametrize("family", sorted(m for m in MODULES if unit(m) in ("spec", "bounds")))
def test_the_spec_knows_neither_pytest_nor_an_array_library_but_numpy(family):
    roots = {name.split(".")[0] for name in imported(MODULES[family], lazily=True)}
    assert roots <= {*sys.stdlib_module_names, "conformance", "numpy"}


def test_the_exact_values_know_nothing_of_bounds_and_filters():
    for module in (m for m in MODULES if unit(m) == "exact"):
        assert {unit(m) for m in ours(MODULES[module], lazily=True)} <= {"exact", "floats"}


#: Who imports a framework, inside a function; the sweep's workers keep torch to one thread.
USERS = {
    "torch": {"conformance.backends.torch", "conformance.sweep.calls", "conformance.sweep.shards"},
    "jax": {"conformance.backends.jax"},
    "cupy": {"conformance.backends.cupy"},
    "distributed": {"conformance.sweep.pool"},
}


@pytest.mark.parametrize("heavy", USERS)
def test_frameworks_are_imported_by_their_own_modules_only(heavy):
    users = {m for m, path in MODULES.items()
             if any(n.split(".")[0] == heavy for n in imported(path, lazily=True))}  # fmt: skip
    assert users == USERS[heavy]


def test_implementations_import_nothing_of_ours():
    root = PACKAGE if (PACKAGE / "implementations").is_dir() else PACKAGE.parent
    files = sorted((root / "implementations").glob("*.py"))
    assert len(files) >= 4
    for path in files:
        assert not [m for m in imported(path, lazily=True) if m.split(".")[0] == "conformance"]
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
