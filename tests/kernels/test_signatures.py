"""What signatures say of options, whatever kind of callable it is."""

import functools

import numpy as np
import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.kernels.signatures import REQUIRED, accepted_options, default


def test_options_of_callables_without_a_signature() -> None:
    assert accepted_options(np.exp, FUNCTIONS["sigmoid"]) == frozenset()
    bound = functools.partial(lambda x, axis=-1: x, axis=0)
    assert accepted_options(bound, FUNCTIONS["softmax"]) == {"axis"}


def test_defaults() -> None:
    assert default(lambda x, axis=None: x, "axis") is None
    assert default(lambda x, axis: x, "axis") is REQUIRED
    assert default(lambda x: x, "axis") is REQUIRED
    assert default(np.exp, "axis") is REQUIRED


def test_a_module_takes_what_its_forward_takes() -> None:
    torch = pytest.importorskip("torch")
    assert accepted_options(torch.nn.Softmax(dim=-1), FUNCTIONS["softmax"]) == frozenset()

    class Softmax(torch.nn.Module):
        def forward(self, x, axis=-1):
            return torch.softmax(x, axis)

    assert accepted_options(Softmax(), FUNCTIONS["softmax"]) == {"axis"}
    assert default(Softmax(), "axis") == -1


ALL_AXES = """
import numpy as np

BACKEND = "numpy"


def softmax(x, axis=None):
    w = x.astype(np.float64)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def logsumexp(x, axis=None):
    w = x.astype(np.float64)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    L = m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
    return np.asarray(np.squeeze(L, axis)).astype(x.dtype)
"""


def outcomes(tmp_path, text):
    """Outcome of the law on the default axis, by function, in float32."""
    file = tmp_path / "mine.py"
    file.write_text(text)
    implementation = load(str(file))
    settings = Settings(effort="quick", dtypes=("float32",), brief=True)
    return {
        subject.function: result
        for subject in subjects(implementation, settings)[0]
        for result in examine(implementation, subject, settings).results
        if result.invariant.endswith("/default-axis-is-the-last")
    }


def test_none_for_all_axes_is_a_convention(tmp_path) -> None:
    found = outcomes(tmp_path, ALL_AXES)
    assert {k: r.outcome for k, r in found.items()} == {
        "softmax": "unsupported",
        "logsumexp": "unsupported",
    }
    assert found["softmax"].message == "its axis is None by default, which stands for all axes"


def test_none_for_another_axis_is_not(tmp_path) -> None:
    first = ALL_AXES.replace("    w = x", "    axis = 0 if axis is None else axis\n    w = x")
    found = outcomes(tmp_path, first)
    assert found["softmax"].outcome == "fail"
    assert found["logsumexp"].outcome in ("fail", "error")
    last = first.replace("axis = 0", "axis = -1")
    assert {r.outcome for r in outcomes(tmp_path, last).values()} == {"pass"}


def test_keywords_stand_for_a_smoothed_label_of_classes_only():
    def loss(logits, labels, **keywords):
        return logits

    of_two = accepted_options(loss, FUNCTIONS["binary_cross_entropy_with_logits"])
    assert of_two == {"reduction", "weight", "pos_weight"}
    assert "label_smoothing" in accepted_options(loss, FUNCTIONS["cross_entropy_with_logits"])
