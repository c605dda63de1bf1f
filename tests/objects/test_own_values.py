"""Values of options that an object calls otherwise than the spec does."""

from __future__ import annotations

import numpy as np
import pytest

import conformance
from conformance.objects.load import load

HEAD = "import enum\nimport numpy as np\nseen = []\n"
LOSSES = """
    x = logits - logits.max(-1, keepdims=True)
    index = np.clip(labels, 0, x.shape[-1] - 1)[..., None]
    each = np.log(np.exp(x).sum(-1)) - np.take_along_axis(x, index, -1)[..., 0]
"""
IGNORING = f"""
    seen.append(ignore_index)
    {{check}}{LOSSES}
    keep = labels != ignore_index
    return np.where(keep, each, 0).sum() / keep.sum()
"""
LOGITS, LABELS = np.zeros((2, 3)), np.array([0, 1])
NAME = "cross_entropy_with_logits"


def loaded(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(HEAD + text)
    return load(path)


def passed(function, option, **options):
    """What the object got for an option in a call."""
    function(LOGITS, LABELS, **options)
    return function.target.__globals__["seen"][-1]


@pytest.mark.parametrize(
    ("default", "check", "own"),
    [
        ("=0", "pass", None),
        ("=1", "ignore_index.bit_length()", -100),
        ("=255", "ignore_index.bit_length()", -100),
        ("", "ignore_index.bit_length()", -100),
        ("=0", "assert -3 <= ignore_index; labels = labels.copy()", -1),
        ("=0", "assert ignore_index >= 0", 2**30),
        ("=0", "ignore_index = 0 if ignore_index is None else ignore_index", -100),
    ],
)
def test_no_label_is_ignored_by_a_number_that_no_label_is(tmp_path, default, check, own):
    head = f"def {NAME}(logits, labels, ignore_index{default}):"
    found = loaded(tmp_path, head + IGNORING.format(check=check))
    function = found.functions[NAME]
    assert passed(function, "ignore_index") == own
    assert passed(function, "ignore_index", ignore_index=None) == own
    assert passed(function, "ignore_index", ignore_index=2) == 2
    assert f"ignore_index={own!r} is passed where no label is ignored" in found.form


def test_a_class_that_is_always_ignored_is_built_in(tmp_path):
    check = "assert 0 <= ignore_index < 3"
    text = f"def {NAME}(logits, labels, ignore_index=0):" + IGNORING.format(check=check)
    found = loaded(tmp_path, text)
    assert found.built_in[NAME] == {"ignore_index": 0}
    assert "ignore_index" not in found.options[NAME]
    assert "ignore_index is left at its 0" in found.form


@pytest.mark.parametrize(
    ("default", "body", "own"),
    [
        ("2", "{0: each.sum, 1: lambda: each, 2: each.mean}[reduction]()", "1, 2, 0"),
        ("'MEAN'", "{'MEAN': each.mean, 'SUM': each.sum, 'NONE': lambda: each}[reduction]()",
         "'NONE', 'MEAN', 'SUM'"),
        ("np.mean", "each if reduction is None else reduction(each)", "None, mean, sum"),
        ("'average'", "{'average': each.mean}[reduction]()", "-, 'average', -"),
        ("True", "each.sum() if reduction else each", "False, -, True"),
    ],
)  # fmt: skip
def test_reductions_are_known_by_what_they_give(tmp_path, default, body, own):
    found = loaded(
        tmp_path, f"def {NAME}(logits, labels, reduction={default}):{LOSSES}    return {body}\n"
    )
    function, words = found.functions[NAME], ("none", "mean", "sum")
    each = zip(own.split(", "), words, strict=True)
    known = [f"{value} for {word!r}" for value, word in each if value != "-"]
    assert found.form == f"{NAME}: reduction is {', '.join(known)}"
    for word in words:
        if word in found.form:
            losses = np.full(2, np.log(3))
            want = losses if word == "none" else getattr(losses, word)()
            np.testing.assert_allclose(function(LOGITS, LABELS, reduction=word), want)
        else:
            with pytest.raises(ValueError, match=f"none of its values means reduction='{word}'"):
                function(LOGITS, LABELS, reduction=word)


def test_members_of_an_enum_are_found_by_annotation_if_there_is_no_default(tmp_path):
    text = (
        "class How(enum.Enum):\n    A, B, C = 'none', 'mean', 'sum'\n"
        f"def {NAME}(logits, labels, reduction: How):{LOSSES}"
        "    return each if reduction is How.A else getattr(each, reduction.value)()\n"
    )
    found = loaded(tmp_path, text)
    function = found.functions[NAME]
    assert function(LOGITS, LABELS, reduction="none").shape == (2,)
    assert function(LOGITS, LABELS, reduction="sum") == pytest.approx(2 * function(LOGITS, LABELS))
    assert found.form.endswith("reduction is How.A for 'none', How.B for 'mean', How.C for 'sum'")


@pytest.mark.parametrize(
    ("default", "own"), [("=3.0", 1.0), ("=np.float32(3)", 1.0), ("", 1.0), ("=None", None)]
)
def test_weights_of_one_replace_a_default_that_weights(tmp_path, default, own):
    name = "binary_cross_entropy_with_logits"
    text = (
        f"def {name}(logits, labels, pos_weight{default}):\n    seen.append(pos_weight)\n"
        "    weight = 1 if {none} and pos_weight is None else pos_weight\n"
        "    return (weight * labels * np.logaddexp(0, -logits)).mean()\n"
    ).replace("{none}", str(default == "=None"))
    found = loaded(tmp_path, text)
    function = found.functions[name]
    function(np.zeros(2), np.ones(2))
    assert getattr(function, "target", function).__globals__["seen"][-1] == own
    said = "pos_weight=1.0 is passed where nothing is weighted" in found.form
    assert said == (own is not None)


FOCAL = """
def sigmoid_focal_loss(logits, labels, alpha{default}, gamma=2.0):
    seen.append(alpha)
    p = 1 / (1 + np.exp(-logits))
    p = labels * p + (1 - labels) * (1 - p)
    share = alpha * labels + (1 - alpha) * (1 - labels) if {weighs} else 1
    return (share * (1 - p) ** gamma * -np.log(p)).mean()
"""


@pytest.mark.parametrize("default", ["", "=0.25"])
@pytest.mark.parametrize(
    ("weighs", "own"), [("alpha >= 0", -1.0), ("alpha is not None", None), ("True", 0.25)]
)
def test_an_alpha_of_none_has_the_value_that_weighs_nothing(tmp_path, default, weighs, own):
    """Where there is no such value, a call without it has the usual one, and None is refused."""
    found = loaded(tmp_path, FOCAL.format(default=default, weighs=weighs))
    function = found.functions["sigmoid_focal_loss"]
    function(np.zeros(2), np.ones(2))
    assert getattr(function, "target", function).__globals__["seen"][-1] == own
    told = f"alpha={own!r} is passed where nothing is weighted" in found.form
    assert told == (weighs != "True")


def test_an_alpha_that_has_to_be_a_number_is_a_limit(tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(HEAD + FOCAL.format(default="", weighs="True"))
    report = conformance.check(path, dtype="float32", effort="quick", only="*/takes-its-options")
    (result,) = report.results
    assert (result.level, result.outcome) == ("should", "fail")
    assert "refuses alpha=None: TypeError" in result.message


def test_a_gradient_has_the_values_of_its_function(tmp_path):
    text = f"def {NAME}(logits, labels, ignore_index=0):{IGNORING.format(check='pass')}"
    text += f"def {NAME}_vjp(logits, labels, cotangent, ignore_index=0):\n"
    found = loaded(tmp_path, f"{text}    seen.append(ignore_index)\n    return logits\n")
    gradient = found.gradients[NAME]
    gradient(LOGITS, LABELS, np.ones(()))
    assert gradient.target.__globals__["seen"][-1] is None


def test_an_object_with_as_is_understood_too(tmp_path):
    (tmp_path / "theirs.py").write_text(
        f"{HEAD}def padded(logits, labels, ignore_index=0):{IGNORING.format(check='pass')}"
    )
    found = load(f"{tmp_path}/theirs.py::padded as {NAME}(axis=-1)")
    assert passed(found.functions[NAME], "ignore_index") is None
    assert "ignore_index=None is passed where no label is ignored" in found.form


def test_weight_beside_weights_of_classes_is_that_of_rows(tmp_path):
    text = f"def {NAME}(logits, labels, weight=None, class_weight=None):\n    return class_weight\n"
    found = loaded(tmp_path, text)
    assert found.form == f"{NAME}: class_weight is taken for weight"
    assert found.functions[NAME](LOGITS, LABELS, weight=1) == 1


@pytest.mark.parametrize(("how", "given"), [("sum", "(-1)"), ("mean", "(-1)"), ("sum", "()")])
def test_a_number_for_each_row_is_that_of_vectors(tmp_path, how, given):
    body = f"return (labels * (np.log(labels) - log_probs)).{how}{given}"
    found = loaded(tmp_path, f"def kl_div(log_probs, labels):\n    {body}\n")
    rows = given == "(-1)"
    assert (found.built_in.get("kl_div") == {"reduction": how, "ndim": 1}) == rows
    words = f"kl_div: gives the {how} of each row, and is examined with vectors"
    assert (found.form == words) == rows
    by_as = load(f"{tmp_path}/theirs.py::kl_div")
    assert (by_as.form == words) == rows
