"""What the **keywords of a function are read for."""

from __future__ import annotations

import pytest

from conformance.objects.load import load

HEAD = """
import numpy as np

def plain(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    x = np.moveaxis(logits, axis, -1)
    logs = x - np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)) - x.max()
    each = -np.take_along_axis(logs, labels[..., None], -1)[..., 0] - label_smoothing * x.mean(-1)
    return each if reduction == "none" else getattr(each, reduction)()

def timed(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

class Timed:
    def __init__(self, function):
        self.function = function
    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)
"""
TAKEN = {"axis", "reduction", "label_smoothing"}


def loaded(tmp_path, text, said=""):
    path = tmp_path / "theirs.py"
    path.write_text(HEAD + text)
    return load(f"{path}::{said}" if said else path)


@pytest.mark.parametrize("wrapper", ["timed", "Timed"])
def test_a_decorated_function_has_the_options_that_the_function_within_it_has(tmp_path, wrapper):
    found = loaded(tmp_path, f"cross_entropy_with_logits = {wrapper}(plain)\n")
    assert found.options["cross_entropy_with_logits"] == TAKEN
    assert found.form == (
        "cross_entropy_with_logits: its **keywords do not take ignore_index, weight"
    )


def test_keywords_that_are_not_read_are_no_options_under_another_name(tmp_path):
    own = "def criterion(source, target, **unused):\n    return plain(source, target)\n"
    said = "criterion as cross_entropy_with_logits(logits=source, labels=target)"
    found = loaded(tmp_path, own, said)
    assert not found.options["cross_entropy_with_logits"]
    assert "do not take axis, ignore_index, label_smoothing, reduction" in found.form


def test_what_is_read_and_refused_is_taken(tmp_path):
    own = (
        "def cross_entropy_with_logits(logits, labels, **more):\n"
        "    if more.get('label_smoothing'):\n"
        "        raise ValueError('no smoothing')\n"
        "    return plain(logits, labels, more.get('axis', -1), more.get('reduction', 'mean'))\n"
    )
    assert loaded(tmp_path, own).options["cross_entropy_with_logits"] == TAKEN


def test_keywords_of_what_takes_no_small_call_are_left_as_they_are(tmp_path):
    own = (
        "def cross_entropy_with_logits(logits, labels, **more):\n"
        "    assert logits.shape == (8, 1000)\n"
        "    return plain(logits, labels, **more)\n"
    )
    found = loaded(tmp_path, own)
    assert found.options["cross_entropy_with_logits"] == TAKEN | {"ignore_index", "weight"}
    assert not found.form


def test_a_gradient_takes_what_its_function_takes(tmp_path):
    own = (
        "def softmax(x, axis=-1):\n"
        "    e = np.exp(x - x.max(axis, keepdims=True))\n"
        "    return e / e.sum(axis, keepdims=True)\n"
        "def slope(x, cotangent):\n"
        "    p = softmax(x)\n"
        "    return p * (cotangent - (p * cotangent).sum(-1, keepdims=True))\n"
        "def softmax_vjp(x, cotangent, **unused):\n"
        "    return slope(x, cotangent)\n"
    )
    assert loaded(tmp_path, own).options["softmax_vjp"] == {"axis"}
    assert not loaded(tmp_path, own + "softmax_vjp = timed(slope)\n").options["softmax_vjp"]


def test_padding_may_have_the_usual_label_and_no_other(tmp_path):
    own = (
        "def cross_entropy_with_logits(logits, labels, **more):\n"
        "    kept = labels != (-100 if more.get('ignore_index') == -100 else None)\n"
        "    return plain(logits[kept], labels[kept])\n"
    )
    assert loaded(tmp_path, own).options["cross_entropy_with_logits"] == {"ignore_index"}
