"""Losses under the name of those from probabilities that take logits."""

from __future__ import annotations

import pytest

from conformance.errors import LoadError
from conformance.examine.selection import Settings, subjects
from conformance.functions import FUNCTIONS
from conformance.kernels.other_names import guessed
from conformance.objects.load import load

_LOGITS = """
import numpy as np

def {name}({arrays}, reduction="mean"):
    x = {x} - {x}.max(axis=-1, keepdims=True)
    log_p = x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
    if {y}.dtype.kind == "f":
        loss = -({y} * log_p).sum(axis=-1)
    else:
        loss = -np.take_along_axis(log_p, {y}[:, None], -1)[:, 0]
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()
"""
_BINARY = """
import numpy as np

def binary_cross_entropy({arrays}):
    return np.mean(np.logaddexp(0, {x}) - {x} * {y})
"""
#: Names of which each has a word that says something else.
_OTHERS = [
    "gumbel_softmax", "softmin", "softmax1", "logaddexp2", "logsubexp", "gaussian_nll_loss",
    "log_loss", "rel_entr", "entr", "register", "soft_margin_loss", "poly_loss_cross_entropy",
]  # fmt: skip
_TORCH = "from torch.nn.functional import binary_cross_entropy, cross_entropy\n"


def written(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(text)
    return path


def ours(name="cross_entropy", x="x", y="y", arrays="x, y"):
    return _LOGITS.format(name=name, x=x, y=y, arrays=arrays)


@pytest.mark.parametrize(
    "text",
    [
        ours(),
        ours(arrays="logits, labels", x="logits", y="labels"),
        ours(arrays="y_true, y_pred", x="y_pred", y="y_true"),
        ours(arrays="input, target", x="input", y="target"),
        _TORCH,
    ],
)
def test_a_loss_that_takes_logits_is_examined_as_one(tmp_path, text):
    found = load(written(tmp_path, text))
    assert "cross_entropy_with_logits" in found.functions
    assert "cross_entropy" not in found.functions
    assert "cross_entropy takes logits, and is examined as cross_entropy_with_logits" in found.form
    assert found.lines["cross_entropy_with_logits"] > 0


@pytest.mark.parametrize("arrays", ["input, target", "x, y", "y_true, y_pred"])
def test_so_is_a_binary_loss(tmp_path, arrays):
    y, x = arrays.split(", ") if arrays.startswith("y_") else arrays.split(", ")[::-1]
    found = load(written(tmp_path, _BINARY.format(arrays=arrays, x=x, y=y)))
    assert [*found.functions] == ["binary_cross_entropy_with_logits"]


def test_a_softmax_too_many_is_a_mistake_where_probabilities_are_named(tmp_path):
    text = ours(arrays="probs, labels", x="probs", y="labels")
    assert [*load(written(tmp_path, text)).functions] == ["cross_entropy"]


def test_what_takes_probabilities_keeps_its_name(tmp_path):
    found = load(written(tmp_path, _TORCH))
    assert "binary_cross_entropy" in found.functions
    text = "import numpy as np\n\ndef cross_entropy(x, y):\n    return -(y * np.log(x)).sum(-1)\n"
    assert [*load(written(tmp_path, text)).functions] == ["cross_entropy"]


def test_one_that_cannot_be_called_so_keeps_its_name(tmp_path):
    text = "def cross_entropy(x, y):\n    raise ValueError\n"
    assert [*load(written(tmp_path, text)).functions] == ["cross_entropy"]


def test_a_second_name_of_what_the_file_has_is_left_out(tmp_path):
    found = load(written(tmp_path, ours() + ours("cross_entropy_with_logits")))
    assert [*found.functions] == ["cross_entropy_with_logits"]
    assert found.form == "cross_entropy takes logits, and is left out"


def test_its_gradient_and_its_shapes_go_with_it(tmp_path):
    text = ours() + 'SHAPES = {"cross_entropy": (8, 16)}\n'
    text += "\ndef cross_entropy_vjp(x, y, cotangent, reduction='mean'):\n    return x\n"
    found = load(written(tmp_path, text))
    assert [*found.gradients] == ["cross_entropy_with_logits"]
    assert found.built_in["cross_entropy_with_logits"]["shape"] == (8, 16)


@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_with_logits"])
def test_it_is_asked_for_by_either_name(tmp_path, name):
    found = load(written(tmp_path, ours()))
    there, missing = subjects(found, Settings(functions=(name,), dtypes=("float32",)))
    assert [s.function for s in there] == ["cross_entropy_with_logits"]
    assert not missing


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cross_entropy_loss", "cross_entropy_with_logits"),
        ("CrossEntropyLoss", "cross_entropy_with_logits"),
        ("fused_softmax", "softmax"),
        ("LogSoftmax", "log_softmax"),
        ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
        ("bce_with_logits_loss", "binary_cross_entropy_with_logits"),
        ("sofmax", "softmax"),
        ("attention", ""),
        ("LabelSmoothingCrossEntropy", "cross_entropy_with_logits"),
        ("liger_cross_entropy", "cross_entropy_with_logits"),
        ("chunked_cross_entropy", "cross_entropy_with_logits"),
        ("focal_loss_with_logits", "sigmoid_focal_loss"),
        ("categorical_crossentropy", "cross_entropy_with_logits"),
        ("SoftMax", "softmax"),
        ("softmax_fp16_v2", "softmax"),
        ("label_smoothed_nll_loss", "nll_loss"),
        *((name, "") for name in _OTHERS),
    ],
)
def test_a_name_used_elsewhere_is_guessed(name, meant):
    assert guessed(name) == meant


@pytest.mark.parametrize(
    ("name", "taken", "meant"),
    [
        ("linear_cross_entropy", ["x", "y"], ""),
        ("linear_cross_entropy", ["hidden", "w", "labels"], "linear_cross_entropy"),
        ("bce_loss", ["logits", "labels"], "binary_cross_entropy_with_logits"),
        ("ce_loss", ["probs", "labels"], "cross_entropy"),
    ],
)
def test_parameters_have_a_say_in_the_guess(name, taken, meant):
    assert guessed(name, taken) == meant


def test_what_is_guessed_is_there():
    from conformance.kernels import other_names

    assert set(other_names._ELSEWHERE.values()) <= set(FUNCTIONS)


_DIVERGENCE = """
import numpy as np

def kl_div(x, y):
    return {what}
"""
_OF_SPEC = "np.where(y > 0, y * (np.log(np.where(y > 0, y, 1)) - x), 0)"


@pytest.mark.parametrize("what", ["x * np.log(x / y) - x + y", "np.sum(y * np.log(y / x))"])
def test_a_divergence_of_two_probabilities_is_not_that_of_logarithms(tmp_path, what):
    path = written(tmp_path, _DIVERGENCE.format(what=what))
    for ref in (path, f"{path}::kl_div"):
        with pytest.raises(LoadError, match="kl_div of the spec is of log-probabilities"):
            load(ref)


def test_it_is_left_out_beside_others(tmp_path):
    both = _DIVERGENCE.format(what="x * np.log(x / y) - x + y") + _BINARY.format(
        arrays="x, y", x="x", y="y"
    )
    found = load(written(tmp_path, both))
    assert "kl_div" not in found.functions
    assert "kl_div takes two probabilities, and is left out" in found.form


def test_one_of_logarithms_is_examined(tmp_path):
    path = written(tmp_path, _DIVERGENCE.format(what=_OF_SPEC))
    assert list(load(path).functions) == ["kl_div"]
