"""What others call the arrays and options of the spec, where nothing else can be meant.

A mask is missing here: it may be True for what takes part, or for what does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.model import Function

#: The spec's option -> its names elsewhere.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "axis": ("dim",),
    "keepdims": ("keepdim",),
    "ignore_index": (
        "ignore_idx",
        "ignored_index",
        "ignore_id",
        "ignore_label",
        "ignore_token_id",
        "pad_id",
        "pad_idx",
        "pad_index",
        "padding_id",
        "padding_idx",
        "padding_index",
        "pad_token_id",
    ),
    "label_smoothing": ("smoothing",),
    "temperature": ("temp", "tau", "T"),
    "softcap": ("soft_cap", "logit_softcap", "logits_softcap", "logit_soft_cap", "logits_soft_cap"),
    "z_loss": ("lse_square_scale", "z_loss_weight", "z_loss_scale", "z_loss_multiplier"),
    "linear_bias": ("bias",),
}
#: The same, where the weights are those of classes.
_OF_CLASSES = {"weight": ("class_weight", "class_weights")}
#: The spec's array -> names that tell it wherever it stands.
_ARRAYS = {
    "labels": ("label", "target", "targets", "y_true"),
    "cotangent": ("grad", "grad_out", "grad_output", "dout", "dy"),
}
#: What is called otherwise elsewhere -> the spec's name.
ELSEWHERE = {
    "input": "logits",
    **{own: name for name, others in (_OPTIONS | _ARRAYS).items() for own in others},
}


def option(own: str, function: Function, names: Sequence[str]) -> str:
    """The option that a parameter stands for, one of `names`; empty if that is not certain.

    Beside weights that are said to be those of classes, `weight` is that of the rows.
    """
    classes = _OF_CLASSES if function.rowwise else {}
    for name, told in classes.items():
        there = [n for n in names if n in told]
        if name in function.options and len(there) == 1 and own in (name, *told):
            return name if own == there[0] else ""
    if own in function.options:
        return own
    for name, others in _OPTIONS.items():
        there = [n for n in names if n == name or n in others]
        if own in others and there == [own] and name in function.options:
            return name
    return ""


def arrays(wanted: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Each array -> the parameter that takes it: by a name that tells, the others in order."""
    told = {a: [n for n in names if n == a or n in _ARRAYS.get(a, ())] for a in wanted}
    found = {a: own[0] for a, own in told.items() if len(own) == 1}
    left = iter([n for n in names if n not in found.values()])
    return {a: found.get(a) or next(left) for a in wanted}
