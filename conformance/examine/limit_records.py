"""The limits of a subject as records for the report, one for each kind."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from conformance.examine.call_text import call_text
from conformance.kernels.layouts import shape_of
from conformance.kernels.limit import Limit
from conformance.kernels.limit_words import LAYOUTS, taken_words
from conformance.model import Implementation
from conformance.records.limit_kinds import KINDS
from conformance.records.results import LimitRecord
from conformance.spec.context import Examination


def limited(f: Examination) -> list[LimitRecord]:
    """What the subject's calls have shown that it does not take, in the order of the kinds."""
    limits = f.kernel.limits
    record = partial(LimitRecord, **asdict(f.subject))
    reductions = record(
        kind="reductions",
        takes=["reduction='none' only"],
        refuses=["reduction='mean'", "reduction='sum'"],
        said="it has no option reduction, and gives the loss of each row",
        reason=f.implementation.limits.get("reductions", ""),
    )
    training = record(
        kind="training",
        takes=["tensors that require grad only"],
        refuses=["tensors that do not require grad"],
        said="no plain call gave a result; it is examined as training calls it",
        reason=f.implementation.limits.get("training", ""),
    )
    own = [reductions] * f.gives_rows + [training] * f.kernel.tracks
    return own + [
        record(
            kind=kind,
            takes=taken_words(found),
            refuses=list(dict.fromkeys(limit.words for limit in found)),
            said=found[0].said,
            law=f"{f.function.slug}/{law}" if law else "",
            reason=f.implementation.limits.get(kind, ""),
            first=_first(found[0], f.implementation),
        )
        for kind, law in KINDS.items()
        if (found := limits.of(kind))
    ]  # fmt: skip


def _first(limit: Limit, of: Implementation) -> str:
    """The first call refused: softmax(x, axis=0), shape 2x3, float32."""
    e = limit.example
    rowwise = e.function.rowwise
    shape = shape_of(e.view, "rows", e.x.shape[-1]) if rowwise else e.view.batch
    told = [f"shape {'x'.join(map(str, shape)) or '()'}", e.fmt.name]
    told += [LAYOUTS[e.view.layout]] if e.view.layout in LAYOUTS else []
    labels = e.args.get("labels")
    told += [f"labels {labels.dtype.name}"] if labels is not None else []
    return f"{call_text(e, of)}, {', '.join(told)}"
