"""What the functions of the spec are called elsewhere: a guess for people, never a verdict.

The words of a name decide, all of them: one that says something else (gumbel, gaussian, a 2 for the
base) leaves no guess, and so do parameters that the function could not have.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from conformance.backends import libraries
from conformance.errors import nearest
from conformance.functions import FUNCTIONS
from conformance.kernels.parameters import parameters

#: The words of a name joined, without those that say nothing of what is computed -> the function.
_ELSEWHERE = {
    **{name.replace("_", ""): name for name in FUNCTIONS},
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "logexpit": "log_sigmoid",
    "lse": "logsumexp",
    "crossentropy": "cross_entropy_with_logits",
    "ce": "cross_entropy_with_logits",
    "softmaxcrossentropy": "cross_entropy_with_logits",
    "softmaxcrossentropywithintegerlabels": "cross_entropy_with_logits",
    "sparsesoftmaxcrossentropy": "cross_entropy_with_logits",
    "sparsecategoricalcrossentropy": "cross_entropy_with_logits",
    "sparsecrossentropy": "cross_entropy_with_logits",
    "softmaxce": "cross_entropy_with_logits",
    "categoricalcrossentropy": "cross_entropy_with_logits",
    "softcrossentropy": "cross_entropy_with_logits",
    "softtargetcrossentropy": "cross_entropy_with_logits",
    "binarycrossentropy": "binary_cross_entropy",
    "bce": "binary_cross_entropy",
    "sigmoidcrossentropy": "binary_cross_entropy_with_logits",
    "sigmoidbinarycrossentropy": "binary_cross_entropy_with_logits",
    "sigmoidbce": "binary_cross_entropy_with_logits",
    "focal": "sigmoid_focal_loss",
    "sigmoidfocal": "sigmoid_focal_loss",
    "binaryfocal": "sigmoid_focal_loss",
    "focalbinary": "sigmoid_focal_loss",
    "nll": "nll_loss",
    "kl": "kl_div",
    "kldivergence": "kl_div",
    "linearce": "linear_cross_entropy",
    "entropy": "entropy_with_logits",
    "logprobs": "token_log_prob",
    "tokenlogprobs": "token_log_prob",
    "selectivelogsoftmax": "token_log_prob",
}
_OF_LOGITS = {"binary_cross_entropy": "binary_cross_entropy_with_logits"}
_OF_PROBABILITIES = {"cross_entropy_with_logits": "cross_entropy"}
_PROBABILITIES = {"p", "prob", "probs", "probabilities"}
_NEUTRAL = """
    fused fast my loss losses fn func function op ops layer module kernel impl forward fwd
    cuda cpu gpu triton np jnp jit c py liger
    naive stable numerically safe online fixed chunked flat flattened custom apply ref reference
    new simple basic compiled optimized efficient vectorized tiled row rows rowwise batched masked
    label smoothing smoothed with from logits
"""
_SAYS_NOTHING = frozenset((*_NEUTRAL.split(), *libraries()))
_FORMAT = re.compile(r"v\d+|b?f\d+|fp\d+")
#: Parameters of a loss that makes the logits itself.
_PROJECTS = {"weight", "linear_weight", "lin_weight", "w", "W", "c", "C", "hidden", "hidden_states"}
#: What tells functions apart that are called alike.
_BESIDE = {
    "cross_entropy": " (from probabilities)",
    "cross_entropy_with_logits": " (from logits)",
    "binary_cross_entropy": " (from probabilities)",
    "binary_cross_entropy_with_logits": " (from logits)",
    "nll_loss": " (from log-probabilities)",
    "kl_div": " (from log-probabilities)",
    "sigmoid_focal_loss": " (of the sigmoid, from logits)",
}


def guessed(name: str, taken: Collection[str] | None = None) -> str:
    """The function that a name, in any case, says; empty if none.

    `taken` are the names of the parameters, None if they are not known.
    """
    words = _words(name)
    plain = "".join(word for word in words if word not in _SAYS_NOTHING)
    found = _ELSEWHERE.get("".join(words)) or _known(plain)
    if "logits" in (*words, *(taken or ())):
        found = _OF_LOGITS.get(found, found)
    elif _PROBABILITIES & {*(taken or ())}:
        found = _OF_PROBABILITIES.get(found, found)
    if taken is not None and found == "linear_cross_entropy" and not _PROJECTS & {*taken}:
        return ""
    return found


def call_of(function: str, taken: Collection[str] | None) -> str:
    """What `--as` would say: with the last axis where the parameters have none."""
    own_axis = bool({"axis", "dim"} & {*(taken or ())})
    return function if own_axis or "axis" not in FUNCTIONS[function].options else (
        f"{function}(axis=-1)"
    )  # fmt: skip


def condition(function: str) -> str:
    """The function with what tells it from others that are called alike."""
    return f"{function}{_BESIDE.get(function, '')}"


def names_of(target: Any) -> list[str] | None:
    """The parameters' names of a function; None if they are not known."""
    known = parameters(target)
    return None if known is None else [p.name for p in known]


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().split("_")
    return [word for word in apart if word and not _FORMAT.fullmatch(word)]


def _known(joined: str) -> str:
    """The function of joined words, a letter of which may be wrong."""
    if joined in _ELSEWHERE or any(c.isdigit() for c in joined):
        return _ELSEWHERE.get(joined, "")
    return _ELSEWHERE.get(nearest(joined, _ELSEWHERE, 0.9), "")
