"""Functions of a file whose parameters have names or an order of their own."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.errors import LoadError
from conformance.kernels.signatures import default, required
from conformance.objects import synonyms
from conformance.objects.adapter import Adapted
from conformance.objects.load import load
from conformance.records.results import ImplementationInfo
from conformance.reporting.html import reproducer

HEAD = "import numpy as np\nseen = []\n"


def loaded(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(HEAD + text)
    return load(path)


@pytest.mark.parametrize(
    ("signature", "name", "options"),
    [
        ("x, dim", "softmax", {"axis"}),
        ("input, dim=None, keepdim=False", "logsumexp", {"axis", "keepdims"}),
        ("x, T, dim=-1, /", "softmax", {"axis", "temperature"}),
        ("x, *, dim, logits_soft_cap=0.0", "log_softmax", {"axis", "softcap"}),
        ("x, y, ignored_index=-100, smoothing=0.0", "cross_entropy_with_logits",
         {"ignore_index", "label_smoothing"}),
        ("x, y, pad_id=0", "cross_entropy_with_logits", {"ignore_index"}),
        ("x, y, *, padding_idx", "cross_entropy_with_logits", {"ignore_index"}),
        ("x, y, ignore_index=-100, pad_id=0", "cross_entropy_with_logits", {"ignore_index"}),
        ("h, weight, y, bias=None, class_weight=None", "linear_cross_entropy",
         {"linear_bias", "weight"}),
        ("x, axis=-1", "softmax", {"axis"}),
        ("x, mask", "softmax", set()),
        ("x, T=1.0, tau=1.0", "softmax", set()),
        ("x, dim, axis=-1", "softmax", {"axis"}),
        ("x, dim=3", "sigmoid", set()),
    ],
)  # fmt: skip
def test_options_are_known_by_names_that_nothing_else_has(tmp_path, signature, name, options):
    found = loaded(tmp_path, f"def {name}({signature}):\n    return x\n")
    assert found.options[name] == options


@pytest.mark.parametrize(
    ("signature", "order"),
    [
        ("labels, logits", (1, 0)),
        ("y_true, y_pred", (1, 0)),
        ("target, input", (1, 0)),
        ("input, target", (0, 1)),
        ("target, labels", (0, 1)),
        ("y, t", (0, 1)),
        ("*, targets, logits", (1, 0)),
    ],
)
def test_labels_may_come_first_if_their_name_says_so(tmp_path, signature, order):
    own = signature.replace("*, ", "")
    text = f"def cross_entropy_with_logits({signature}):\n    return [{own}]\n"
    function = loaded(tmp_path, text).functions["cross_entropy_with_logits"]
    arrays = (np.zeros(1), np.ones(1))
    assert [int(a[0]) for a in function(*arrays)] == list(order)


def test_a_gradient_may_take_its_cotangent_first():
    names = ("grad_output", "x", "target")
    wanted = ("logits", "labels", "cotangent")
    taken = {"logits": "x", "labels": "target", "cotangent": "grad_output"}
    assert synonyms.arrays(wanted, names) == taken


def test_the_default_axis_stays_that_of_the_file(tmp_path):
    text = "def softmax(x, dim=0, tau=2.0):\n    seen.append((dim, tau))\n    return x\n"
    function = loaded(tmp_path, text).functions["softmax"]
    assert default(function, "axis") == 0 and not required(function, "axis")
    x = np.ones(2)
    function(x)
    function(x, axis=1)
    assert function.target.__globals__["seen"] == [(0, 1.0), (1, 1.0)]


def test_an_option_without_a_default_gets_what_its_absence_means(tmp_path):
    text = "def softmax(x, where, temperature):\n    return where, temperature\n"
    function = loaded(tmp_path, text).functions["softmax"]
    assert isinstance(function, Adapted)
    where, temperature = function(np.array([1, np.nan]))
    assert where.all() and temperature == 1
    assert required(function, "temperature")


def test_the_report_and_its_scripts_know_the_names(tmp_path):
    found = loaded(tmp_path, "def softmax(x, dim):\n    return x\n")
    assert found.form == "softmax: dim is taken for axis"
    info = ImplementationInfo(name="theirs", file=str(found.path), backend="numpy", form=found.form)
    source, _ = reproducer._source(_Failure(), info)
    assert "load('theirs.py')" in source


class _Failure:
    function, counterexample = "softmax", None


def test_a_default_of_its_own_is_replaced_by_the_spec_s(tmp_path):
    found = loaded(
        tmp_path,
        "def cross_entropy_with_logits(logits, labels, label_smoothing=0.1, reduction='mean'):\n"
        "    seen.append((label_smoothing, reduction))\n"
        "    return logits.sum()\n",
    )
    call = found.functions["cross_entropy_with_logits"]
    call(np.zeros((2, 3)), np.zeros(2, int))
    call(np.zeros((2, 3)), np.zeros(2, int), label_smoothing=0.5)
    assert call.target.__globals__["seen"] == [(0.0, "mean"), (0.5, "mean")]
    assert found.form == (
        "cross_entropy_with_logits: label_smoothing is passed, which is 0.1 by default"
    )


def test_a_cap_that_is_a_number_by_default_is_built_in(tmp_path):
    own = "def log_softmax(x, soft_cap=30.0):\n    return soft_cap * np.tanh(x / soft_cap)\n"
    found = loaded(tmp_path, own)
    assert found.built_in["log_softmax"] == {"softcap": 30.0}
    assert "softcap" not in found.options["log_softmax"]
    assert "softcap is left at its 30.0" in found.form


def test_a_class_under_a_name_of_the_spec_is_made(tmp_path):
    own = (
        "class softmax:\n"
        "    def __call__(self, x, axis=-1):\n"
        "        return np.exp(x)\n"
    )  # fmt: skip
    found = loaded(tmp_path, own)
    assert found.functions["softmax"](np.zeros(2)).tolist() == [1, 1]
    with pytest.raises(LoadError, match="making an instance needs heads"):
        loaded(tmp_path, own.replace("def", "def __init__(self, heads): pass\n    def", 1))
