"""What is shipped: one top-level package with the implementations inside, from a clean build."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

pytest.importorskip("hatchling", reason="the build backend is not installed")


def built(tmp_path, kind, root=ROOT):
    """The archive that hatchling makes, in a process of its own as pip has it."""
    code = f"import hatchling.build as b; print(b.build_{kind}({str(tmp_path)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return tmp_path / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    with zipfile.ZipFile(built(tmp_path_factory.mktemp("wheel"), "wheel")) as archive:
        yield archive


def names(wheel):
    return wheel.namelist()


def test_one_top_level_package(wheel):
    roots = {name.split("/")[0] for name in names(wheel)}
    info = {r for r in roots if r.endswith(".dist-info")}
    assert roots - info == {"conformance"}


def test_implementations_are_inside(wheel):
    shipped = {n for n in names(wheel) if n.startswith("conformance/implementations/")}
    here = {
        f"conformance/implementations/{p.name}" for p in (ROOT / "implementations").glob("*.py")
    }
    assert shipped == here
    for name in ("numpy", "torch", "jax"):
        assert any(Path(n).stem.rstrip("_").startswith(name) for n in shipped)


def test_every_module_and_template_is_shipped(wheel):
    here = {str(p.relative_to(ROOT)) for p in (ROOT / "conformance").rglob("*")
            if p.is_file() and "__pycache__" not in p.parts}  # fmt: skip
    assert here <= set(names(wheel))


def test_nothing_else_is_shipped(wheel):
    for name in names(wheel):
        assert not re.search(r"__pycache__|\.pyc$|tests/|benchmarks/|\.ci/|hatch_build", name)


def test_metadata(wheel):
    info = next(n for n in names(wheel) if n.endswith(".dist-info/METADATA"))
    text = wheel.read(info).decode()
    assert "Name: logit-conformance" in text
    assert "Requires-Python: >=3.11" in text
    required = re.findall(r"^Requires-Dist: ([\w.-]+)(?!.*extra)", text, flags=re.M)
    core = [re.split(r"[><=]", d)[0] for d in PROJECT["dependencies"]]
    wanted = {d.lower().replace("_", "-") for d in core}
    assert wanted <= {r.lower().replace("_", "-") for r in required}
    assert not {"torch", "jax"} & {re.split(r"[><=]", d)[0] for d in PROJECT["dependencies"]}
    points = next(n for n in names(wheel) if n.endswith("entry_points.txt"))
    assert "conformance.plugin = conformance.plugin" in wheel.read(points).decode()
    assert "conformance = conformance.cli.main:main" in wheel.read(points).decode()
    assert any(n.endswith("LICENSE") for n in names(wheel))


def test_the_wheel_runs_without_the_checkout(wheel, tmp_path):
    """Bundled names resolve to the shipped files."""
    wheel.extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        "from conformance.kernels.loading import load; i = load('numpy'); print(i.name, i.path)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    name, path = done.stdout.split()
    assert name == "numpy"
    assert path.startswith(str(tmp_path / "conformance" / "implementations"))


def test_a_wheel_can_be_made_of_the_sdist(tmp_path):
    """The implementations lie where a checkout has them, and the wheel has them inside."""
    source = built(tmp_path, "sdist")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    root = next(p for p in tmp_path.iterdir() if p.is_dir())
    assert (root / "implementations" / "numpy_reference.py").is_file()
    assert not (root / "conformance" / "implementations").exists()
    with zipfile.ZipFile(built(tmp_path, "wheel", root)) as made:
        assert "conformance/implementations/numpy_reference.py" in made.namelist()


@pytest.mark.parametrize(("version", "shipped"), [("standard", True), ("editable", False)])
def test_an_editable_install_ships_no_copy(version, shipped):
    """It reads the checkout's own folder; a copy would shadow it and grow stale."""
    module = runpy.run_path(str(ROOT / "hatch_build.py"))
    hook, data = object.__new__(module["ShipImplementations"]), {"force_include": {}}
    hook.initialize(version, data)
    wanted = {"implementations": "conformance/implementations"} if shipped else {}
    assert data["force_include"] == wanted
