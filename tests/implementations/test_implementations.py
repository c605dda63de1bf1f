"""The bundled implementations: found by name, shadowing nothing, of the whole interface, right."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
import types
from itertools import product
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.errors import LoadError
from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import bundled, folder, imported, missing, resolve
from conformance.kernels.loading import load
from conformance.spec import catalogue

FILES = sorted(folder().glob("*.py"))
FRAMEWORKS = ("numpy", "torch", "jax")
DTYPES = ("float64", "float32", "float16", "bfloat16")
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
#: Bundled name -> the modules that its file may import beside the standard library's.
LIBRARIES = {
    "numpy": {"numpy"},
    "torch": {"torch"},
    "jax": {"jax"},
    "cupy": {"cupyx"},
    "article_numpy": {"numpy"},
    "article_torch": {"torch"},
    "keras": {"keras"},
    "liger": {"liger_kernel", "torch"},
    "mlx": {"mlx", "ml_dtypes", "numpy"},
    "numba": {"numba", "numpy"},
    "numpyro": {"numpyro", "jax"},
    "onnx": {"onnx", "numpy"},
    "onnxruntime": {"onnxruntime", "onnx", "numpy"},
    "openvino": {"openvino"},
    "optax": {"optax", "jax"},
    "paddle": {"paddle"},
    "scipy": {"scipy"},
    "sklearn": {"sklearn"},
    "tensorflow": {"tensorflow", "numpy"},
    "tinygrad": {"tinygrad"},
    "torch_distributions": {"torch"},
}


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    pytest.importorskip(name)
    return name


@pytest.fixture(scope="module")
def reference() -> types.ModuleType:
    return imported(resolve("numpy"))


# --- the files -------------------------------------------------------------------------------


def test_short_names_find_them() -> None:
    assert set(bundled()) == set(LIBRARIES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_file_shadows_no_module_and_imports_only_its_library(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = [entry for entry in sys.path if entry != str(path.parent)]
    monkeypatch.setattr(sys, "path", elsewhere)  # a file that was loaded is found beside itself
    assert importlib.util.find_spec(path.stem) is None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    roots = {
        alias.partition(".")[0]
        for node in names
        for alias in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        )
        if alias
    }
    name = next(n for n, p in bundled().items() if p == path)
    assert roots - LIBRARIES[name] <= sys.stdlib_module_names


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_file_whose_library_is_missing_says_how_to_install_it(name: str) -> None:
    """Each has an extra of its name, or is of a framework that has one."""
    path, extras = bundled()[name].resolve(), PROJECT["optional-dependencies"]
    lacking = missing(path)
    if not lacking:
        load(name)
    elif name != "cupy":
        with pytest.raises(LoadError, match=r"pip install 'logit-conformance\[(.+)\]'$") as raised:
            load(name)
        assert re.search(r"\[(.+)\]", str(raised.value))[1] in extras
    packages = re.findall(
        r'^PACKAGES = \("([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE
    )
    named = [re.split("[<>=[;]", wanted)[0] for wants in extras.values() for wanted in wants]
    assert set(packages) <= set(named)


#: What a framework has not got, and its users write in ways of their own.
LACKING = {"torch": {"sigmoid_focal_loss"}, "jax": {"sigmoid_focal_loss", "nll_loss", "kl_div"}}
SCALES = {"temperature", "softcap", "z_loss"}


def test_a_framework_has_every_function_and_every_option(framework: str) -> None:
    implementation = load(framework)
    assert implementation.name == framework
    assert set(implementation.functions) == set(FUNCTIONS) - LACKING.get(framework, set())
    for name in implementation.functions:
        lacking = SCALES if framework != "numpy" else set()
        assert implementation.options[name] == set(FUNCTIONS[name].options) - lacking


def test_numpy_has_every_gradient_with_the_same_options() -> None:
    implementation = load("numpy")
    assert set(implementation.gradients) == set(FUNCTIONS)
    for name, function in FUNCTIONS.items():
        assert implementation.options[f"{name}_vjp"] == set(function.options)


def test_declared_deviations_name_laws_and_a_source(framework: str) -> None:
    for clause, reason in load(framework).deviations.items():
        assert clause.partition("@")[0] in catalogue()
        assert "https://" in reason or "docs/findings.md" in reason


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_deviations_are_declared_for_laws_that_there_are(path: Path) -> None:
    """Read without importing: most of these libraries are not installed here."""
    text = path.read_text(encoding="utf-8")
    declared = re.findall(r'^    "([a-z-]+/[a-z-]+)(@\w+)?":', text, re.MULTILINE)
    assert ("DEVIATIONS = {" in text) == bool(declared)
    for clause, dtype in declared:
        assert clause in catalogue()
        assert dtype[1:] in ("", *DTYPES)
    assert not declared or "https://" in text or "docs/findings.md" in text


# --- NumPy conforms --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_breaks_no_law(dtype: str) -> None:
    implementation = load("numpy")
    settings = Settings(effort="quick", dtypes=(dtype,))
    broken = []
    with np.errstate(all="ignore"):
        for subject in subjects(implementation, settings)[0]:
            results = examine(implementation, subject, settings).results
            broken += [r.key for r in results if r.outcome in ("fail", "error")]
    assert broken == []


def test_scipy_breaks_no_law() -> None:
    """Of the libraries that `tox -e comparison` examines, a small part."""
    pytest.importorskip("scipy")
    implementation = load("scipy")
    settings = Settings(effort="quick", dtypes=("float32",), functions=("softmax", "log_softmax"))
    found = [
        r
        for subject in subjects(implementation, settings)[0]
        for r in examine(implementation, subject, settings).results
    ]
    assert sum(r.outcome == "pass" for r in found) > 60
    assert [r.key for r in found if r.level == "must" and r.outcome in ("fail", "error")] == []


# --- the corners of the interface, by hand ---------------------------------------------------


def test_scalars_empty_and_odd_shapes(reference: Any) -> None:
    assert reference.sigmoid(np.array(0.0)) == 0.5
    assert reference.sigmoid(np.zeros((0, 3))).shape == (0, 3)
    assert reference.softmax(np.zeros((2, 0, 3)), axis=1).shape == (2, 0, 3)
    assert reference.logsumexp(np.zeros((2, 0))).tolist() == [-np.inf, -np.inf]
    assert (
        reference.softmax(np.zeros((2, 3, 5)), axis=0).tolist() == np.full((2, 3, 5), 0.5).tolist()
    )


def test_masked_rows(reference: Any) -> None:
    masked = np.full((1, 3), -np.inf)
    assert reference.logsumexp(masked).tolist() == [-np.inf]
    assert np.isnan(reference.softmax(masked)).all()
    row = np.array([[0.0, -np.inf, 0.0]])
    assert reference.softmax(row).tolist() == [[0.5, 0.0, 0.5]]
    assert reference.cross_entropy_with_logits(row, np.array([1])) == np.inf


def test_no_mass_costs_nothing(reference: Any) -> None:
    p = np.array([[0.0, 1.0]])
    assert reference.cross_entropy(p, np.array([[0.0, 1.0]])) == 0
    assert reference.binary_cross_entropy(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0


@pytest.mark.parametrize("label", [-1, 3, 100])
@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_with_logits"])
def test_a_label_that_is_no_class_is_refused(reference: Any, name: str, label: int) -> None:
    x = np.full((2, 3), 0.5)
    with pytest.raises(IndexError, match=f"label {label} is not one of the 3 classes"):
        getattr(reference, name)(x, np.array([0, label]))
    with pytest.raises(IndexError):
        getattr(reference, f"{name}_vjp")(x, np.array([0, label]), np.float64(1))


def test_an_ignored_label_need_be_no_class(reference: Any) -> None:
    x, y = np.array([[1.0, 2.0], [np.nan, 0.0]]), np.array([1, -100])
    whole = reference.cross_entropy_with_logits(x, y, ignore_index=-100)
    assert whole == reference.cross_entropy_with_logits(x[:1], y[:1])
    gradient = reference.cross_entropy_with_logits_vjp(x, y, np.float64(1), ignore_index=-100)
    assert gradient[1].tolist() == [0.0, 0.0]


def test_an_unknown_reduction_is_refused(reference: Any) -> None:
    with pytest.raises(ValueError, match="not one of 'none', 'sum', 'mean'"):
        reference.binary_cross_entropy(np.array([0.5]), np.array([1.0]), reduction="max")


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">f2", "<f2", ml_dtypes.bfloat16])
def test_the_dtype_is_kept_and_nothing_is_written_to(reference: Any, dtype: Any) -> None:
    x = np.array([[0.5, 0.25], [0.25, 0.5]]).astype(dtype)
    x.flags.writeable = False
    y, one = np.array([0, 1]), np.ones((), dtype)
    unary = [getattr(reference, n)(x) for n in ("sigmoid", "log_sigmoid", "softmax", "logsumexp")]
    binary = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
    losses = [getattr(reference, name)(x, x) for name in binary]
    losses += [
        getattr(reference, name)(x, y) for name in ("cross_entropy", "cross_entropy_with_logits")
    ]
    gradients = [getattr(reference, f"{name}_vjp")(x, x, one) for name in binary]
    gradients.append(reference.cross_entropy_with_logits_vjp(x, y, one))
    assert {r.dtype for r in (*unary, *losses, *gradients)} == {np.dtype(dtype)}


def options() -> list[dict[str, Any]]:
    weight = np.array([0.5, 2.0, 1.0, 0.25])
    axes = {
        "reduction": ("none", "sum", "mean"),
        "weight": (None, weight),
        "ignore_index": (None, 2),
        "label_smoothing": (0.0, 0.25),
    }
    return [dict(zip(axes, chosen, strict=True)) for chosen in product(*axes.values())]


@pytest.mark.parametrize("labels", ["index", "soft"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_every_option_of_cross_entropy_is_pytorchs(reference: Any, labels: str, axis: int) -> None:
    torch = pytest.importorskip("torch")
    theirs = imported(resolve("torch")).cross_entropy_with_logits
    rng = np.random.default_rng(1)
    x = np.moveaxis(rng.normal(size=(3, 2, 4)), -1, axis)
    y = rng.integers(0, 4, (3, 2))
    if labels == "soft":
        y = np.moveaxis(rng.dirichlet(np.ones(4), (3, 2)), -1, axis)
    for chosen in options():
        if labels == "soft":
            chosen.pop("ignore_index")
        tensors = {
            k: torch.tensor(v) if k == "weight" and v is not None else v for k, v in chosen.items()
        }
        t = torch.tensor(x, requires_grad=True)
        loss = theirs(t, torch.tensor(y), axis=axis, **tensors)
        ours = reference.cross_entropy_with_logits(x, y, axis=axis, **chosen)
        np.testing.assert_allclose(ours, loss.detach().numpy(), rtol=1e-13, atol=1e-15)
        cotangent = np.ones(loss.shape)
        loss.backward(torch.tensor(cotangent))
        gradient = reference.cross_entropy_with_logits_vjp(x, y, cotangent, axis=axis, **chosen)
        np.testing.assert_allclose(gradient, t.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_with_logits"])
@pytest.mark.parametrize("soft", [False, True])
def test_frameworks_agree_on_ordinary_numbers(
    reference: Any, framework: str, name: str, soft: bool
) -> None:
    rng = np.random.default_rng(2)
    x = rng.dirichlet(np.ones(4), (3, 2)).astype(np.float32)
    y = rng.dirichlet(np.ones(4), (3, 2)).astype(np.float32) if soft else rng.integers(0, 4, (3, 2))
    to = {"torch": "tensor", "jax": "numpy.asarray"}.get(framework, "asarray")
    make: Any = importlib.import_module(framework)
    for part in to.split("."):
        make = getattr(make, part)
    got = getattr(imported(resolve(framework)), name)(make(x), make(y), reduction="sum")
    assert float(got) == pytest.approx(
        float(getattr(reference, name)(x, y, reduction="sum")), rel=1e-6
    )


def test_jax_answers_nan_to_a_label_that_is_no_class() -> None:
    jnp = pytest.importorskip("jax.numpy")
    loss = imported(resolve("jax")).cross_entropy_with_logits
    found = loss(jnp.zeros((2, 3)), jnp.array([1, 3]), reduction="none")
    assert np.isnan(np.asarray(found)).tolist() == [False, True]


# --- CuPy, which needs a GPU -----------------------------------------------------------------


def test_cupys_functions_are_those_of_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """cupyx.scipy.special has SciPy's interface; with SciPy in its place the file gives numbers."""
    scipy = pytest.importorskip("scipy")
    monkeypatch.setitem(sys.modules, "cupyx", types.ModuleType("cupyx"))
    monkeypatch.setitem(sys.modules, "cupyx.scipy", scipy)
    monkeypatch.setitem(
        sys.modules, "cupyx.scipy.special", importlib.import_module("scipy.special")
    )
    cupy = imported(resolve("cupy"))
    ours = imported(resolve("numpy"))
    x = np.random.default_rng(0).normal(size=(5, 7))
    for name in ("sigmoid", "log_sigmoid", "softmax", "log_softmax", "logsumexp"):
        np.testing.assert_allclose(getattr(cupy, name)(x), getattr(ours, name)(x), rtol=1e-14)
    np.testing.assert_allclose(cupy.softmax(x, axis=0), ours.softmax(x, axis=0), rtol=1e-14)


def test_an_older_pytorch_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """2.5 has no torch.accelerator and no linear_cross_entropy."""
    torch = pytest.importorskip("torch")
    monkeypatch.delattr(torch, "accelerator")
    monkeypatch.delattr(torch.nn.functional, "linear_cross_entropy")
    old = load("torch")
    assert "linear_cross_entropy" not in old.functions
    assert old.backend.devices()[0] == "cpu"
