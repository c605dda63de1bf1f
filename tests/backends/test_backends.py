"""The backends: round trips, derivatives against hand formulas, modes, and what must not leak."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from conformance import backends
from conformance.floats import FORMATS, every

INSTALLED = [n for n in ("numpy", "torch", "jax") if importlib.util.find_spec(n)]
DIFFERENTIABLE = [n for n in INSTALLED if n != "numpy"]
MODES = [(n, m) for n in DIFFERENTIABLE for m in ("eager", "jit", "vmap", "grad-of-jit")]
CHEAP = [(n, m) for n, m in MODES if n == "jax" or m in ("eager", "vmap")]


def softmax_of(name: str):
    """The library's own softmax over the last axis."""
    if name == "torch":
        import torch

        return lambda x, scale=None, axis=-1: torch.softmax(x if scale is None else x * scale, axis)
    import jax

    return lambda x, scale=None, axis=-1: jax.nn.softmax(x if scale is None else x * scale, axis)


def exact_softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def exact_vjp(x, g):
    p = exact_softmax(x)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def exact_hvp(x, g, v):
    p = exact_softmax(x)
    dp = exact_vjp(x, v)
    mean = (p * g).sum(axis=-1, keepdims=True)
    return dp * (g - mean) - p * (dp * g).sum(axis=-1, keepdims=True)


@pytest.fixture
def rows():
    rng = np.random.default_rng(1)
    return rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5))


@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize("dtype", FORMATS)
def test_arrays_return_as_they_went(name, dtype):
    backend = backends.get(name)
    values = (
        every(dtype)
        if FORMATS[dtype].is_half
        else np.frombuffer(np.random.default_rng(0).bytes(8 * 4096), FORMATS[dtype].dtype)
    )
    with backend.scope("cpu"):
        back = backend.host(backend.array(values, "cpu"))
    assert back.dtype == values.dtype
    assert back.tobytes() == values.tobytes()


@pytest.mark.parametrize("name", INSTALLED)
def test_integer_labels_stay_64_bit(name):
    backend = backends.get(name)
    labels = np.array([0, -100, 2**40], np.int64)
    with backend.scope("cpu"):
        assert backend.host(backend.array(labels, "cpu")).tolist() == labels.tolist()


@pytest.mark.parametrize("name", INSTALLED)
def test_native_arrays_are_fresh(name):
    backend = backends.get(name)
    host = np.ones(1000)
    with backend.scope("cpu"):
        native = backend.array(host, "cpu")
        host[:] = 2
        assert backend.host(native)[0] == 1


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_host_is_a_copy(name):
    backend = backends.get(name)
    native = backend.array(np.ones(3), "cpu")
    copy = backend.host(native)
    native[0] = 5
    assert copy[0] == 1


@pytest.mark.skipif("jax" not in INSTALLED, reason="JAX is not installed")
def test_x64_does_not_leak():
    import jax
    import jax.numpy as jnp

    backend = backends.get("jax")
    before = jax.config.jax_enable_x64
    with backend.scope("cpu"):
        assert jnp.ones(1, "float64").dtype == np.float64
        kernel = backend.compiled(softmax_of("jax"), "jit", {})
        assert kernel(backend.array(np.ones((2, 3)), "cpu")).dtype == np.float64
    assert jax.config.jax_enable_x64 == before
    if not before:
        assert jnp.asarray(1.0).dtype == np.float32
        with backend.scope("cpu", "float32"):
            assert jax.nn.one_hot(jnp.arange(3), 3).dtype == np.float32


@pytest.mark.parametrize(("name", "mode"), CHEAP)
def test_derivatives_match_hand_formulas(name, mode, rows):
    x, g, v = rows
    backend = backends.get(name)
    with backend.scope("cpu"):
        kernel = backend.compiled(softmax_of(name), mode, {"axis": -1})
        nx, ng, nv = (backend.array(a, "cpu") for a in rows)
        near = {"rtol": 1e-12, "atol": 1e-14}
        np.testing.assert_allclose(backend.host(kernel(nx)), exact_softmax(x), **near)
        got = backend.host(backend.vjp(kernel, [nx], ng, 0))
        np.testing.assert_allclose(got, exact_vjp(x, g), **near)
        got = backend.host(backend.jvp(kernel, [nx], nv))
        np.testing.assert_allclose(got, exact_vjp(x, v), **near)
        got = backend.host(backend.hvp(kernel, [nx], ng, nv))
        np.testing.assert_allclose(got, exact_hvp(x, g, v), **near)
        got = backend.host(backend.hvp_by(kernel, [nx], ng, nv, -1))
        np.testing.assert_allclose(got, exact_vjp(x, v), **near)


@pytest.mark.parametrize(("name", "mode"), CHEAP)
def test_array_options_are_traced_and_positive_axes_count(name, mode, rows):
    x, g, _ = rows
    backend = backends.get(name)
    scale = np.linspace(0.5, 2, 5)
    with backend.scope("cpu"):
        options = {"axis": 2, "scale": backend.array(scale, "cpu")}
        kernel = backend.compiled(softmax_of(name), mode, options)
        nx, ng = backend.array(x, "cpu"), backend.array(g, "cpu")
        got = backend.host(backend.vjp(kernel, [nx], ng, 0))
    np.testing.assert_allclose(got, scale * exact_vjp(x * scale, g), rtol=1e-12, atol=1e-14)


@pytest.mark.skipif("jax" not in INSTALLED, reason="JAX is not installed")
@pytest.mark.parametrize("mode", ["jit", "grad-of-jit"])
def test_a_shape_is_compiled_once(mode):
    traced = []

    def square(x, weight=None, axis=-1):
        traced.append(x.shape)
        return x * x if weight is None else x * x * weight

    backend = backends.get("jax")
    with backend.scope("cpu"):
        for value in (1.0, 2.0, 3.0):
            weight = backend.array(np.full(4, value), "cpu")
            kernel = backend.compiled(square, mode, {"weight": weight, "axis": -1})
            x = backend.array(np.ones(4), "cpu")
            assert backend.host(kernel(x)).tolist() == [value] * 4
            assert backend.host(backend.vjp(kernel, [x], x, 0)).tolist() == [2 * value] * 4
    assert len(traced) <= 2  # the value and its derivative


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_no_dependence_is_a_zero_gradient(name):
    backend = backends.get(name)
    with backend.scope("cpu"):
        x = backend.array(np.arange(3.0), "cpu")
        kernel = backend.compiled(lambda x, y: y * 2, "eager", {})
        assert backend.host(backend.vjp(kernel, [x, x], x, 0)).tolist() == [0, 0, 0]
        assert backend.host(backend.vjp(kernel, [x, x], x, 1)).tolist() == [0, 2, 4]
        assert backend.host(backend.hvp(kernel, [x, x], x, x)).tolist() == [0, 0, 0]
        assert backend.host(backend.jvp(kernel, [x, x], x)).tolist() == [0, 0, 0]


def test_numpy_has_no_derivatives():
    backend = backends.get("numpy")
    x = np.ones(3)
    for call in (lambda: backend.vjp(np.exp, [x], x, 0), lambda: backend.jvp(np.exp, [x], x)):
        with pytest.raises(backends.Unsupported, match="automatic differentiation"):
            call()


@pytest.mark.parametrize("name", INSTALLED)
def test_why_not(name):
    backend = backends.get(name)
    assert backend.why_not("float32", "cpu", "eager") is None
    assert "cuda:7" in (backend.why_not("float32", "cuda:7", "eager") or "")
    assert "float8" in (backend.why_not("float8", "cpu", "eager") or "")
    assert "turbo" in (backend.why_not("float32", "cpu", "turbo") or "")
    assert name in backend.versions()


def test_an_unknown_backend_lists_the_known_ones():
    with pytest.raises(backends.Unsupported, match="numpy, torch, jax, cupy"):
        backends.get("tensorflow_of_mine")
    with pytest.raises(backends.Unsupported, match="'json' is not a backend: it lacks"):
        backends.get("json")


def test_a_missing_library_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(backends.Unsupported, match="PyTorch is not installed: pip install torch"):
        backends.get("torch")


def test_a_third_partys_backend_is_used(monkeypatch):
    import sys
    import types

    module = types.ModuleType("third_party_backend")
    vars(module).update(vars(backends.get("numpy")), NAME="third")
    monkeypatch.setitem(sys.modules, "third_party_backend", module)
    assert backends.get("third_party_backend").NAME == "third"


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_shared_memory_is_seen(name):
    backend = backends.get(name)
    a = backend.array(np.arange(6.0).reshape(2, 3), "cpu")
    assert backend.shares_memory(a, backend.transpose(a, (1, 0)))
    assert not backend.shares_memory(a, a + 1)


@pytest.mark.skipif("jax" not in INSTALLED, reason="needs JAX")
@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_a_custom_vjp_without_forward_mode_is_unsupported(mode):
    import jax

    @jax.custom_vjp
    def double(x):
        return 2 * x

    double.defvjp(lambda x: (double(x), None), lambda _, g: (2 * g,))
    backend = backends.get("jax")
    x = backend.array(np.ones(2, np.float32), "cpu")
    function = backend.compiled(double, mode, {})
    with pytest.raises(backends.Unsupported, match="no forward mode"):
        backend.jvp(function, [x], x)
    assert backend.host(backend.vjp(function, [x], x, 0)).tolist() == [2, 2]


@pytest.mark.skipif("torch" not in DIFFERENTIABLE, reason="PyTorch is not installed")
def test_inference_leaves_the_parts_of_a_module_in_their_modes():
    """A part that its file keeps in evaluation is not trained by being looked at."""
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Softmax(-1), torch.nn.Dropout())
    module[1].eval()
    infer = backends.uses(backends.get("torch"))["in inference, by default in float64"]
    assert infer(module, [torch.zeros(4)]).tolist() == [0.25] * 4
    assert [part.training for part in module.modules()] == [True, True, False]


def test_dropped_tangents_are_no_forward_mode():
    """As torch.compile drops them, without a word; what depends on nothing has a tangent of 0."""
    torch = pytest.importorskip("torch")
    backend, dual, x = backends.get("torch"), torch.autograd.forward_ad, torch.ones(3)

    def softmax(x):
        return torch.softmax(dual.unpack_dual(x).primal if dual._current_level >= 0 else x, -1)

    with pytest.raises(backends.Unsupported, match="tangents are dropped"):
        backend.jvp(softmax, [x], x)
    assert backend.jvp(lambda x: softmax(x).detach(), [x], x).tolist() == [0, 0, 0]


def test_autocast_is_for_the_16_bit_formats_and_may_answer_in_float32():
    torch = backends.get("torch")
    assert torch.why_not("float16", "cpu", "autocast") is None
    assert "float16 and bfloat16" in torch.why_not("float32", "cpu", "autocast")
    x = torch.array(np.array([0.5, -3.0], np.float16), "cpu")

    def doubled(x):
        import torch as library

        assert library.is_autocast_enabled("cpu")
        return library.nn.functional.softplus(x)

    assert str(torch.compiled(doubled, "autocast", {})(x).dtype) in (
        "torch.float32",
        "torch.float16",
    )
