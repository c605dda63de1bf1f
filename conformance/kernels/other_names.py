"""What the functions of the spec are called elsewhere: a guess for people, never a verdict."""

from __future__ import annotations

import re

from conformance.errors import nearest
from conformance.functions import FUNCTIONS

#: Words of a name, without those that say nothing of what is computed -> the function.
_ELSEWHERE = {
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "log_expit": "log_sigmoid",
    "logsigmoid": "log_sigmoid",
    "log_sum_exp": "logsumexp",
    "lse": "logsumexp",
    "log_add_exp": "logaddexp",
    "logsoftmax": "log_softmax",
    "softmax_cross_entropy": "cross_entropy_with_logits",
    "sparse_softmax_cross_entropy": "cross_entropy_with_logits",
    "softmax_cross_entropy_with_integer_labels": "cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits": "cross_entropy_with_logits",
    "sparse_softmax_cross_entropy_with_logits": "cross_entropy_with_logits",
    "cross_entropy": "cross_entropy_with_logits",
    "ce": "cross_entropy_with_logits",
    "bce": "binary_cross_entropy",
    "bce_with_logits": "binary_cross_entropy_with_logits",
    "sigmoid_cross_entropy": "binary_cross_entropy_with_logits",
    "sigmoid_cross_entropy_with_logits": "binary_cross_entropy_with_logits",
    "sigmoid_binary_cross_entropy": "binary_cross_entropy_with_logits",
    "focal": "sigmoid_focal_loss",
    "sigmoid_focal": "sigmoid_focal_loss",
    "nll": "nll_loss",
    "kl": "kl_div",
    "kl_divergence": "kl_div",
    "linear_ce": "linear_cross_entropy",
    "entropy": "entropy_with_logits",
    "logprobs": "token_log_prob",
    "selective_log_softmax": "token_log_prob",
}
_SAYS_NOTHING = {"fused", "fast", "my", "loss", "fn", "func", "kernel", "forward", "fwd"}


def guessed(name: str, cutoff: float = 0.6) -> str:
    """The function that a name, in any case, is likely to mean; empty if it is like none."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    plain = "_".join(word for word in words if word not in _SAYS_NOTHING)
    if plain in _ELSEWHERE:
        return _ELSEWHERE[plain]
    return nearest(plain, FUNCTIONS, cutoff) or nearest(name, FUNCTIONS, cutoff)
