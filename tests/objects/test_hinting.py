"""What is proposed as `--as` for objects with names of their own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from conformance.errors import LoadError
from conformance.objects.hinting import called
from conformance.objects.places import Place


def proposed(target, name="mine"):
    """The text after --as in the message; empty if there is none."""
    with pytest.raises(LoadError) as raised:
        called(name, Place("mine.py", name), target)
    found = re.search(
        r"--as '(.*)'(, with which small calls agree| if it is \w+)$", str(raised.value)
    )
    return found[1] if found else ""


def soft(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)


def focal(logits, y):
    p = np.where(y == 1, 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits)))
    return (np.where(y == 1, 0.25, 0.75) * (1 - p) ** 2 * -np.log(p)).mean()


def picked(logits, labels):
    return -np.log(np.take_along_axis(soft(logits), labels[:, None], -1)[:, 0])


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (lambda v: 1 / (1 + np.exp(-v)), "sigmoid"),
        (lambda a, b: np.log(np.exp(a) + np.exp(b)), "logaddexp"),
        (soft, "softmax"),
        (lambda v: soft(v), "softmax(axis=-1)"),
        (lambda v: np.log(np.exp(v).sum(-1)), "logsumexp(axis=-1)"),
        (picked, "cross_entropy_with_logits(axis=-1, reduction='none')"),
        (
            lambda labels, logits: picked(logits, labels).mean(),
            "cross_entropy_with_logits(axis=-1)",
        ),
        (lambda h, w, y: picked(h @ w.T, y).sum(), "linear_cross_entropy(reduction='sum')"),
        (lambda v, q: -(q * np.log(soft(v))).sum(-1).mean(), "cross_entropy_with_logits(axis=-1)"),
        (lambda v, q: (q * (np.log(q) - v)).sum(-1), "kl_div(reduction='sum', ndim=1)"),
        (lambda v, q: (q * (np.log(q) - v)).mean(-1), "kl_div(reduction='mean', ndim=1)"),
        (focal, "sigmoid_focal_loss(alpha=0.25)"),
    ],
)
def test_it_is_what_small_calls_agree_with(target, said):
    assert proposed(target) == said


@pytest.mark.parametrize("target", [np.tanh, lambda x: soft(-x), lambda x, y: (x - y) ** 2])
def test_nothing_is_proposed_for_what_is_no_function_of_the_spec(target):
    assert proposed(target, "softmin") == ""
    with pytest.raises(LoadError, match="small calls agree with none"):
        called("softmin", Place("mine.py", "softmin"), target)


def test_the_name_tells_where_no_small_call_gives_anything():
    def refuses(x):
        raise RuntimeError("needs a GPU")

    assert proposed(refuses, "fused_log_softmax") == "log_softmax(axis=-1)"
    assert called("softmax", Place("mine.py", "softmax"), refuses) == "softmax"


@pytest.mark.parametrize("name", ["gumbel_softmax", "logaddexp2", "register", "linear_ce"])
def test_without_calls_a_name_with_another_word_gets_no_proposal(name):
    def refuses(x):
        raise RuntimeError("needs a GPU")

    with pytest.raises(LoadError, match="if it is one of them: sigmoid"):
        called(name, Place("mine.py", name), refuses)
