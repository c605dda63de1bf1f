"""Calling: right results in every mode, and every way in which a call can go wrong."""

from __future__ import annotations

import importlib.util
import pickle
import textwrap

import numpy as np
import pytest

from conformance.backends import Unsupported
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.again import after
from conformance.kernels.calling import Kernel
from conformance.kernels.failures import CallFailed, first_line
from conformance.kernels.limit import Refused
from conformance.kernels.loading import load
from conformance.model import Example, View

HAS_TORCH = importlib.util.find_spec("torch") is not None
HAS_JAX = importlib.util.find_spec("jax") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")
needs_jax = pytest.mark.skipif(not HAS_JAX, reason="JAX is not installed")


@pytest.fixture
def kernel(tmp_path):
    """A kernel of the first function that a text defines."""

    def make(text: str, mode: str = "eager", function: str | None = None) -> Kernel:
        path = tmp_path / "mine.py"
        path.write_text(textwrap.dedent(text))
        mine = load(path)
        return Kernel(mine, function or next(iter(mine.functions)), mode, "cpu")

    return make


def example(function="sigmoid", shape=(6,), view=None, dtype="float64", labels=None, **options):
    """An example of distinct mild values."""
    of, fmt = FUNCTIONS[function], FORMATS[dtype]
    x = np.linspace(0.125, 0.875, int(np.prod(shape))).reshape(shape).astype(fmt.dtype)
    args = {of.first: x} | ({"labels": labels} if labels is not None else {})
    return Example(of, fmt, args, view or View(shape[:-1] if of.rowwise else shape), options)


def failure(kernel, at=None) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        kernel.value(at or example(kernel.function.name))
    return caught.value


NUMPY = "import numpy as np\n"
TORCH = "import torch\n"
JAX = "import jax, jax.numpy as jnp\n"

RETURNS = {
    "nothing": (NUMPY + "def sigmoid(x): x + 1", "type", "returned None, not a NumPy array"),
    "a float": (NUMPY + "def sigmoid(x): return 0.5", "type", "returned a float"),
    "a list": (NUMPY + "def sigmoid(x): return list(x)", "type", "returned a list"),
    "a tuple": (NUMPY + "def sigmoid(x): return x, x", "type", "--as 'sigmoid(result=0)'"),
    "a dict": (
        NUMPY + "def sigmoid(x): return {'out': x}",
        "type",
        "--as \"sigmoid(result='out')\"",
    ),
    "a function": (NUMPY + "def sigmoid(x): return np.exp", "type", "a numpy.ufunc"),
    "a generator": (NUMPY + "def sigmoid(x): yield x", "type", "returned a generator"),
    "objects": (NUMPY + "def sigmoid(x): return x.astype(object)", "type", "an array of object"),
    "complex": (NUMPY + "def sigmoid(x): return x + 0j", "type", "an array of complex128"),
    "text": (NUMPY + "def sigmoid(x): return x.astype(str)", "type", "an array of <U32"),
    "records": (NUMPY + "def sigmoid(x): return x.view([('a', 'f8')])", "type", "an array of"),
    "masked": (
        NUMPY + "def sigmoid(x): return np.ma.masked_array(x)",
        "type",
        "numpy.ma.MaskedArray",
    ),
    "an axis more": (NUMPY + "def sigmoid(x): return x[None]", "shape", "shape (1, 6), not (6,)"),
    "an element less": (NUMPY + "def sigmoid(x): return x[1:]", "shape", "shape (5,), not (6,)"),
    "a scalar": (NUMPY + "def sigmoid(x): return x.sum()", "shape", "shape (), not (6,)"),
}


@pytest.mark.parametrize("kind", RETURNS)
def test_a_wrong_return_value(kind, kernel):
    text, expected, said = RETURNS[kind]
    failed = failure(kernel(text))
    assert failed.kind == expected
    assert said in failed.message
    assert failed.location == "mine.py:2"


@needs_torch
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x.numpy()", "returned a numpy.ndarray, not a torch.Tensor"),
        ("x.sum().item()", "returned a float"),
        ("x.to_sparse()", "not a torch.Tensor"),
        ("x + 0j", "an array of complex128"),
    ],
)
def test_a_wrong_return_value_from_torch(body, said, kernel):
    assert said in failure(kernel(TORCH + f"def sigmoid(x): return {body}")).message


@needs_jax
@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_a_wrong_return_value_from_jax(mode, kernel):
    failed = failure(kernel(JAX + "def sigmoid(x): return (x, x)", mode))
    assert "returned a tuple" in failed.message


RAISES = {
    "ValueError('bad\\nworse')": ("ValueError", "bad"),
    "SystemExit(3)": ("SystemExit", "3"),
    "KeyboardInterrupt": ("KeyboardInterrupt", ""),
    "GeneratorExit": ("GeneratorExit", ""),
    "BaseException('base')": ("BaseException", "base"),
    "MemoryError": ("MemoryError", ""),
    "StopIteration": ("StopIteration", ""),
    "ExceptionGroup('many', [ValueError(1)])": ("ExceptionGroup", "many (1 sub-exception)"),
    "Rude()": ("Rude", ""),
}


@pytest.mark.parametrize("what", RAISES)
def test_whatever_is_raised_is_a_failure(what, kernel):
    rude = "class Rude(Exception):\n    def __str__(self): raise OSError\n"
    text = f"def helper(x):\n    raise {what}\ndef sigmoid(x):\n    return helper(x)"
    failed = failure(kernel(rude + text))
    assert (failed.kind, failed.exception, failed.message) == ("raised", *RAISES[what])
    assert failed.location == "mine.py:4"


def test_a_key_press_is_no_failure(kernel):
    pressed = "import signal\ndef sigmoid(x): signal.raise_signal(signal.SIGINT)"
    with pytest.raises(KeyboardInterrupt):
        kernel(pressed).value(example())


def test_a_failure_travels_between_processes(kernel):
    failed = failure(kernel("def sigmoid(x): raise ValueError('no')"))
    again = pickle.loads(pickle.dumps(failed))
    assert str(again) == str(failed) == "ValueError: no (mine.py:1)"


def test_not_implemented_is_unsupported(kernel):
    with pytest.raises(Unsupported, match=r"no soft labels \(mine.py:1\)"):
        kernel("def sigmoid(x): raise NotImplementedError('no soft labels')").value(example())


def test_a_wrong_dtype_is_kept(kernel):
    seen = kernel("def sigmoid(x): return x.astype('float32')").observe(example())
    assert (seen.dtype, seen.result.dtype) == ("float32", np.float32)


def test_a_byte_swapped_result_is_read(kernel):
    at = example(view=View((6,), -1, "swapped"))
    result = kernel("def sigmoid(x): return x").value(at)
    assert result.dtype == np.float64
    assert result.tolist() == at.x.tolist()


@pytest.mark.parametrize("layout", ["C", "strided", "F", "unaligned", "swapped", "reversed"])
@pytest.mark.parametrize("size", [6, 5000])
def test_a_changed_argument_is_seen(layout, size, kernel):
    text = "def sigmoid(x):\n    y = x + 1\n    x[-1:] = 3\n    return y"
    at = example(shape=(size,), view=View((size,), -1, layout))
    k, other = kernel(text), kernel("def sigmoid(x): return x + 1")
    assert k.changed(k.observe(at)) == ("x",)
    assert other.changed(other.observe(at)) == ()


def test_a_write_into_the_gaps_is_seen(kernel):
    text = "def sigmoid(x):\n    x.base[1::2] = 0\n    return x + 1"
    k = kernel(text)
    assert k.changed(k.observe(example(view=View((6,), -1, "strided")))) == ("x",)


def test_a_write_to_a_read_only_array_is_refused(kernel):
    text = "def sigmoid(x):\n    x[0] = 1\n    return x"
    with pytest.raises(Refused, match=r"refuses read-only arrays: ValueError: .* \(mine.py:2\)"):
        kernel(text).value(example(view=View((6,), -1, "readonly")))


def test_an_alias_is_seen(kernel):
    k, other = kernel("def sigmoid(x): return x[::-1]"), kernel("def sigmoid(x): return x + 1")
    assert k.aliases(k.observe(example())) == ("x",)
    assert other.aliases(other.observe(example())) == ()


def test_the_result_survives_the_next_call(kernel):
    text = "buffer = np.empty(6)\ndef sigmoid(x):\n    buffer[:] = x\n    return buffer"
    k = kernel(NUMPY + text)
    first = k.value(example())
    k.value(example().but(x=np.zeros(6)))
    assert first.tolist() == example().x.tolist()


@needs_torch
def test_changes_and_aliases_in_torch(kernel):
    text = TORCH + "def sigmoid(x): return x.add_(1)"
    k = kernel(text)
    seen = k.observe(example())
    assert (k.changed(seen), k.aliases(seen)) == (("x",), ("x",))


def test_changed_labels_weights_and_cotangents_are_seen(kernel):
    k = kernel(
        """
        def binary_cross_entropy_with_logits(logits, labels, reduction, weight=None):
            if weight is not None: weight *= 2
            labels += 1
            return logits
        def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, **options):
            cotangent *= 2
            return logits + 1
        """
    )
    at = example(
        "binary_cross_entropy_with_logits", labels=np.ones(6), reduction="none", weight=np.ones(6)
    )
    assert k.changed(k.observe(at)) == ("labels", "weight")
    assert k.changed(k.observe_vjp(at, np.ones(6))) == ("cotangent",)


def test_numpy_warnings_are_silent_and_the_error_state_is_restored(kernel, recwarn):
    before = np.geterr()
    k = kernel(NUMPY + "def sigmoid(x):\n    np.seterr(all='raise')\n    return x")
    k.value(example())
    assert np.geterr() == before
    k = kernel(NUMPY + "def sigmoid(x): return np.log(x - x) / 0")
    assert np.isneginf(k.value(example())).all()
    assert not recwarn.list


def test_options_that_matter_are_required(kernel):
    text = NUMPY + "def cross_entropy(probs, labels): return np.mean(probs)"
    labels, name = np.zeros(2, np.int64), "cross_entropy"
    k = kernel(text)
    assert k.value(example(name, (2, 3), labels=labels, reduction="mean")).shape == ()
    with pytest.raises(Unsupported, match="takes no option 'reduction'"):
        k.value(example(name, (2, 3), labels=labels, reduction="sum"))
    with pytest.raises(Unsupported, match="takes no option 'axis'"):
        k.value(example(name, (2, 3), View((2,), 0), labels=labels))
    assert k.value(example(name, (2, 3), View((2,), 1), labels=labels)).shape == ()


def test_defaults_need_not_be_taken(kernel):
    text = NUMPY + "def cross_entropy_with_logits(logits, labels): return np.mean(logits)"
    defaults = {"weight": None, "ignore_index": None, "label_smoothing": 0.0, "reduction": "mean"}
    at = example("cross_entropy_with_logits", (2, 3), labels=np.zeros(2, np.int64), **defaults)
    assert kernel(text).value(at).shape == ()
    at = at.but(options={**defaults, "weight": np.ones(3)})
    with pytest.raises(Unsupported, match="'weight'"):
        kernel(text).value(at)


def test_class_weights_are_given_as_they_are(kernel):
    text = "def cross_entropy_with_logits(logits, labels, weight, reduction): return weight[labels]"
    at = example(
        "cross_entropy_with_logits",
        (4, 3),
        View((2, 2)),
        labels=np.array([0, 1, 2, 0]),
        weight=np.array([5.0, 6.0, 7.0]),
        reduction="none",
    )
    assert kernel(text).value(at).tolist() == [5, 6, 7, 5]


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_a_reduction_over_any_axis_returns_rows(axis, kernel):
    text = NUMPY + "def logsumexp(x, axis): return np.sum(x, axis)"
    at = example("logsumexp", (6, 4), View((2, 3), axis))
    np.testing.assert_allclose(kernel(text).value(at), at.x.sum(-1))


@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_the_files_own_gradient_is_used(mode, kernel):
    text = "def softmax(x, axis=-1): return x\ndef softmax_vjp(x, g, axis): return 7 * g"
    if mode == "jit" and not HAS_JAX:
        pytest.skip("JAX is not installed")
    k = kernel(("BACKEND = 'jax'\n" if mode == "jit" else "") + text, mode)
    at = example("softmax", (2, 3), View((2,), 0))
    assert k.vjp(at, np.ones((2, 3))).tolist() == [[7.0] * 3] * 2
    for call in (lambda: k.hvp(at, at.x, at.x), lambda: k.jvp(at, at.x)):
        with pytest.raises(Unsupported, match="writes softmax_vjp itself"):
            call()


def test_numpy_derives_nothing(kernel):
    with pytest.raises(Unsupported, match="automatic differentiation"):
        kernel("def sigmoid(x): return x").vjp(example(), np.ones(6))


MODES = [("jax", m) for m in ("eager", "jit", "vmap", "grad-of-jit") if HAS_JAX]
MODES += [("torch", m) for m in ("eager", "vmap") if HAS_TORCH]
LOSSES = {
    "torch": """
        import torch
        def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
            p = torch.log_softmax(logits, axis)
            loss = -torch.take_along_dim(p, labels.unsqueeze(axis), axis).squeeze(axis)
            loss = loss if weight is None else loss * weight[labels]
            return loss if reduction == "none" else loss.mean()
        """,
    "jax": """
        import jax, jax.numpy as jnp
        def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
            p = jax.nn.log_softmax(logits, axis)
            taken = jnp.take_along_axis(p, jnp.expand_dims(labels, axis), axis)
            loss = -jnp.squeeze(taken, axis)
            loss = loss if weight is None else loss * weight[labels]
            return loss if reduction == "none" else loss.mean()
        """,
}


@pytest.mark.parametrize(("backend", "mode"), MODES)
@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_loss_and_its_derivatives_in_every_mode(backend, mode, axis, weighted, kernel):
    k = kernel(LOSSES[backend], mode)
    labels = np.array([0, 3, 1, 2, 2, 0])
    weight = np.array([1.0, 2.0, 0.5, 3.0])
    at = example("cross_entropy_with_logits", (6, 4), View((2, 3), axis), labels=labels)
    at = at.but(options={"reduction": "none"} | ({"weight": weight} if weighted else {}))
    w = weight[labels] if weighted else np.ones(6)
    e = np.exp(at.x)
    p, onehot = e / e.sum(1, keepdims=True), np.eye(4)[labels]
    ct, v = np.linspace(-1, 2, 6), np.cos(np.arange(24.0)).reshape(6, 4)
    near = {"rtol": 1e-12, "atol": 1e-14}
    np.testing.assert_allclose(k.value(at), -w * np.log((p * onehot).sum(1)), **near)
    gradient = w[:, None] * (p - onehot)
    np.testing.assert_allclose(k.vjp(at, ct), ct[:, None] * gradient, **near)
    np.testing.assert_allclose(k.jvp(at, v), (gradient * v).sum(1), **near)
    second = p * (v - (p * v).sum(1, keepdims=True))
    np.testing.assert_allclose(k.hvp(at, ct, v), (ct * w)[:, None] * second, **near)
    if mode != "vmap":
        mean = at.but(options={"reduction": "mean"})
        got = k.vjp(mean, np.array(3.0))
        np.testing.assert_allclose(got, 3 * (p - onehot) / 6, **near)


@pytest.mark.parametrize(("backend", "mode"), [m for m in MODES if m[1] == "vmap"])
def test_what_vmap_cannot_map(backend, mode, kernel):
    k = kernel(LOSSES[backend], mode)
    labels = np.zeros(2, np.int64)
    for view, reduction, said in (
        (View((2,), -1), "mean", "reduction='none'"),
        (View((2,), 0), "none", "before the class axis"),
        (View((2,), -2), "none", "before the class axis"),
    ):
        at = example("cross_entropy_with_logits", (2, 3), view, labels=labels, reduction=reduction)
        with pytest.raises(Unsupported, match=said):
            k.value(at)


@needs_jax
def test_jax_sees_64_bits_without_an_outer_scope(kernel):
    k = kernel(JAX + "def sigmoid(x): return jax.nn.sigmoid(x)")
    assert k.value(example()).dtype == np.float64
    assert k.vjp(example(), np.ones(6)).dtype == np.float64


@needs_jax
def test_an_error_inside_a_jitted_function_has_its_line(kernel):
    text = "def sigmoid(x):\n    return jnp.concatenate([x, jnp.ones((2, 2))])"
    failed = failure(kernel(JAX + text, "jit"))
    assert failed.kind == "raised"
    assert failed.location == "mine.py:3"


@needs_jax
@pytest.mark.parametrize(
    "body", ["x if x[0] > 0 else -x", "np.exp(x)", "x[x > 0]", "x * int(x[0])", "x * x[0].item()"]
)
def test_what_jax_cannot_trace_is_unsupported(body, kernel):
    text = JAX + f"import numpy as np\ndef sigmoid(x):\n    return {body}"
    with pytest.raises(Unsupported, match=r"JAX cannot trace it: .* \(mine.py:4\)"):
        kernel(text, "jit").value(example())


CUSTOM = """
    import torch
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.sigmoid(x)
            ctx.save_for_backward(y)
            return y
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * y * (1 - y)
    sigmoid = Own.apply
    """


@needs_torch
def test_what_a_custom_function_lacks_is_unsupported(kernel):
    k, ones, at = kernel(CUSTOM), np.ones(6), example()
    s = 1 / (1 + np.exp(-at.x))
    np.testing.assert_allclose(k.vjp(at, ones), s * (1 - s), rtol=1e-14)
    with pytest.raises(Unsupported, match="once_differentiable"):
        k.hvp(at, ones, ones)
    with pytest.raises(Unsupported, match="forward"):
        k.jvp(at, ones)
    with pytest.raises(Unsupported, match="vmap"):
        kernel(CUSTOM, "vmap").value(at)


@needs_torch
def test_a_backward_pass_that_writes_over_its_numbers_has_no_second(kernel):
    """It says so. The same in the first derivative is an error of the file."""
    again = CUSTOM.replace("        @torch.autograd.function.once_differentiable\n", "")
    again = again.replace("g * y * (1 - y)", "(torch.sigmoid(y.logit()).mul_(1 - y)) * g")
    k, ones, at = kernel(again), np.ones(6), example()
    s = 1 / (1 + np.exp(-at.x))
    np.testing.assert_allclose(k.vjp(at, ones), s * (1 - s), rtol=1e-12)
    with pytest.raises(Unsupported, match="modified by an inplace operation"):
        k.hvp(at, ones, ones)
    first = kernel(TORCH + "def sigmoid(x): y = torch.sigmoid(x); y.mul_(2); return y / 2")
    with pytest.raises(CallFailed, match="modified by an inplace operation"):
        first.vjp(at, ones)


@needs_torch
def test_a_backward_pass_without_a_graph_has_no_second(kernel):
    """PyTorch refuses it aloud, as it does for kernels that work on the memory of tensors."""
    again = CUSTOM.replace("        @torch.autograd.function.once_differentiable\n", "")
    again = again.replace("g * y * (1 - y)", "(g * y * (1 - y)).detach()")
    k, ones, at = kernel(again), np.ones(6), example()
    assert (k.vjp(at, ones) > 0).all()
    with pytest.raises(Unsupported, match="keeps no graph"):
        k.hvp(at, ones, ones)


@needs_torch
def test_torch_functions_that_leave_torch_have_no_gradient(kernel):
    ones = np.ones(6)
    loud = TORCH + "def sigmoid(x): return torch.from_numpy(x.numpy() + 1)"
    assert kernel(loud).value(example()).shape == (6,)
    with pytest.raises(Unsupported, match=r"requires grad.*\(mine.py:2\)"):
        kernel(loud).vjp(example(), ones)
    silent = kernel(TORCH + "def sigmoid(x): return torch.sigmoid(x.detach())")
    with pytest.raises(Refused, match="keeps no graph"):
        silent.vjp(example(), ones)


@pytest.mark.parametrize(("backend", "mode"), MODES)
@pytest.mark.parametrize("dtype", FORMATS)
def test_every_dtype_in_every_mode(backend, mode, dtype, kernel):
    own = "torch.sigmoid" if backend == "torch" else "jax.nn.sigmoid"
    k = kernel(f"import {backend}\nsigmoid = {own}", mode)
    at = example(dtype=dtype)
    u = FORMATS[dtype].u
    exact = 1 / (1 + np.exp(-at.x.astype(np.float64)))
    result = k.value(at)
    assert result.dtype == FORMATS[dtype].dtype
    np.testing.assert_allclose(result.astype(np.float64), exact, rtol=8 * u)
    slope = k.vjp(at, np.ones(6, at.x.dtype)).astype(np.float64)
    np.testing.assert_allclose(slope, exact * (1 - exact), rtol=16 * u)


@needs_torch
def test_torch_compiles(kernel):
    k, ones = kernel(TORCH + "def sigmoid(x): return torch.sigmoid(x)", "jit"), np.ones(6)
    assert k.compiles
    try:
        result = k.value(example())
    except Unsupported as error:
        pytest.skip(str(error))
    s = 1 / (1 + np.exp(-example().x))
    np.testing.assert_allclose(result, s, rtol=1e-14)
    np.testing.assert_allclose(k.vjp(example(), ones), s * (1 - s), rtol=1e-14)
    with pytest.raises(Unsupported, match="double backward"):
        k.hvp(example(), ones, ones)
    with pytest.raises(Unsupported, match="no forward mode"):
        k.jvp(example(), ones)


CACHED = """
seen = []

def sigmoid(x):
    if not seen or seen[0] is not x:
        seen[:] = x, 1 / (1 + np.exp(-x))
    return seen[1].copy()

def sigmoid_vjp(x, cotangent):
    s = sigmoid(x)
    return cotangent * s * (1 - s)
"""


def test_an_array_that_is_changed_between_two_calls(kernel):
    mine, e = kernel(NUMPY + CACHED), example()
    e = e.with_argument("cotangent", np.ones_like(e.x))
    other, calls = e.with_first(-e.x), []
    assert mine.changes_arrays
    assert np.allclose(after(mine, other, e), 1 / (1 + np.exp(e.x)))  # the old answer
    assert np.array_equal(after(mine, e, e), mine.value(e))
    right = mine.vjp(e, np.ones_like(e.x))
    for layout in ("readonly", "broadcast", "swapped"):
        at = e.but(view=View((6,), -1, layout))
        got = after(mine, at, at, lambda: calls.append(1), gradient=True)
        assert np.array_equal(got, right)
    assert len(calls) == 3


@needs_torch
def test_tensors_are_changed_between_two_calls_where_a_user_may(kernel):
    text = TORCH + "def sigmoid(x): return torch.sigmoid(x)"
    mine, e = kernel(text), example()
    e = e.with_argument("cotangent", np.ones_like(e.x))
    assert np.allclose(after(mine, e.with_first(-e.x), e), 1 / (1 + np.exp(-e.x)))
    s = mine.value(e)
    assert np.allclose(after(mine, e.with_first(-e.x), e, gradient=True), s * (1 - s))
    assert not kernel(text, "vmap").changes_arrays


def test_of_a_trace_that_a_message_quotes_the_last_line_is_said():
    trace = "Trace of it (most recent call last):\n  in f\nValueError: expected (N, 10)"
    assert first_line(RuntimeError(f"It failed.\n{trace}\n")) == "ValueError: expected (N, 10)"
    assert first_line(RuntimeError("It failed.\nSee the log.")) == "It failed."
