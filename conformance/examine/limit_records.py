"""The limits of a subject as records for the report: one for each kind."""

from __future__ import annotations

from conformance.kernels.limit_words import GROUPS, taken_words
from conformance.records.results import LimitRecord
from conformance.spec.context import Examination


def limited(f: Examination) -> list[LimitRecord]:
    """What the subject's calls have shown that it does not take, in the order of the kinds."""
    limits, s = f.kernel.limits, f.subject
    return [
        LimitRecord(
            implementation=s.implementation, function=s.function, dtype=s.dtype, device=s.device,
            mode=s.mode, kind=group,
            takes=taken_words(found),
            refuses=list(dict.fromkeys(limit.words for limit in found)),
            said=found[0].said,
            clause=f"{f.function.slug}/{clause}" if clause else "",
            reason=f.implementation.limits.get(group, ""),
        )
        for group, clause in GROUPS.items()
        if (found := limits.of(group))
    ]  # fmt: skip
