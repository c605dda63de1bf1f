"""A search for larger errors: from the worst inputs found, step by step to worse neighbours.

Designed and drawn inputs show that a law breaks. A climb shows how close a right kernel comes to
its bound, and finds defects in intervals that no such input hits. A step calls a batch of
neighbours of the worst rows so far. The worst row of each kind is kept, by the exponents of its
largest number and of the gap below it: where bounds are wide, a defect shows long before it is
the worst of all. The seconds that are asked for fix the number of steps, so that the same seed
finds the same; the clock only ends what takes far longer.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from conformance.backends import Unsupported
from conformance.examine.selection import Settings
from conformance.examine.tally import Climb, Tally
from conformance.examine.watch import Watch
from conformance.floats import Array
from conformance.inputs import elementwise, families
from conformance.inputs.families import Rng
from conformance.inputs.mutations import moved
from conformance.kernels.failures import CallFailed
from conformance.model import Example, View
from conformance.numerics.measure import ratios
from conformance.spec.batches import rows_of
from conformance.spec.context import Examination

#: Seconds where none are asked for, and the steps that a second stands for.
_SECONDS = {"thorough": 2.0}
_RATE = 100
#: The clock ends a search that takes so many times longer than it was asked to.
_PATIENCE = 10
#: Laws that are climbed: of one call's numbers against exact ones.
_CLIMBED = ("accuracy", "gradient-accuracy")
#: Elements of a step; of its rows, those that come first and are not moved.
_ELEMENTS = 8192
_PARENTS = 8
#: Kinds of rows of which the worst is kept.
_KINDS = 400
#: Different worst inputs to begin from.
_STARTS = 2


def seconds(settings: Settings) -> float:
    """How long a subject is searched."""
    return settings.search or _SECONDS.get(settings.effort, 0.0)


def search(
    f: Examination, tallies: Sequence[Tally], settings: Settings, watch: Watch, index: int
) -> None:
    """Climb from the worst inputs of each accuracy law that holds; `index` is the next example's.

    What is found goes into the tallies, as any example does.
    """
    climbed = [(k, t) for k, t in enumerate(tallies) if _climbs(f, t)]
    asked = seconds(settings)
    until = time.monotonic() + _PATIENCE * asked
    for place, tally in climbed:
        before, made = tally.ratio, 0
        starts = _starts(f, tally)
        steps = int(_RATE * asked / (len(climbed) * max(len(starts), 1)))
        for number, start in enumerate(starts):
            key = zlib.crc32(f"{f.subject.id} {tally.law.id} {number}".encode())
            rng = np.random.Generator(np.random.PCG64([key, settings.seed]))
            for e in _candidates(f, tally, start, rng, steps):
                if tally.settled or watch.stopped or time.monotonic() > until:
                    break
                index, made = index + 1, made + 1
                if not watch.passes_over(index, e, tallies):
                    watch.at(index, place)
                    f.begin()
                    tally.look(f, e, index)
        tally.climb = Climb(made, before, tally.ratio)


def _climbs(f: Examination, tally: Tally) -> bool:
    """True for a law of accuracy that holds so far and whose inputs have not all been tried."""
    name = tally.law.id.partition("/")[2]
    exhausted = f.function.unary and f.fmt.is_half and name == "accuracy"
    unbroken = bool(tally.worst) and not (tally.failures or tally.errors)
    return name in _CLIMBED and unbroken and not exhausted


def _starts(f: Examination, tally: Tally) -> list[Example]:
    """The worst rows of losses that are not reduced, as examples of one row."""
    found: list[Example] = []
    for seen in tally.worst:
        e, index = seen.claim.at or seen.example, seen.measured.index
        n = e.x.shape[-1] if e.function.rowwise else 1
        if not index or e.reduction != "none" or n > _ELEMENTS or "where" in e.options:
            continue
        row = rows_of(e, slice(index[0], index[0] + 1))
        if np.isfinite(row.x.astype(np.float64)).all():
            found.append(row)
    return found[: 1 if f.kernel.compiles else _STARTS]  # each has a shape of its own


def _candidates(
    f: Examination, tally: Tally, start: Example, rng: Rng, steps: int
) -> Iterator[Example]:
    """Batches of neighbours of the worst rows of every kind; the worst of all come first."""
    n = start.x.shape[-1] if start.function.rowwise else 1
    count = min(max(_ELEMENTS // n, 2 * _PARENTS), 1024)
    e = _begun(rows_of(start, np.zeros(count, int)), rng)
    kept, scores = rows_of(e, np.arange(0)), np.zeros(0)
    for _ in range(steps):
        yield e
        both = _joined(kept, e)
        worst = np.concatenate([scores, _scores(f, tally, e)])
        best = _worst_of_each_kind(both, worst)
        kept, scores = rows_of(both, best), worst[best]
        parents = rng.integers(0, len(best), count)
        parents[: count // 2] = np.resize(np.arange(min(len(best), _PARENTS)), count // 2)
        e = _neighbours(rows_of(kept, parents), rng)


def _begun(e: Example, rng: Rng) -> Example:
    """Copies of the first row, half of them replaced by fresh numbers."""
    fresh = len(e.x) // 2
    if e.function.probabilities and not e.function.rowwise:
        x = elementwise.probabilities(rng, fresh, e.fmt)
    elif e.function.probabilities:
        x = families.probabilities(rng, fresh, e.x.shape[1], e.fmt, 0, zeros=False)
    elif e.function.rowwise:
        x = families.logits(rng, fresh, e.x.shape[1], e.fmt, 0, families.TAME)
    else:
        pool = elementwise.everywhere(e.fmt.name, 24_000)
        x = pool[rng.integers(0, len(pool), fresh)]
        x = np.where(np.isfinite(x.astype(np.float64)), x, e.x[:1])
    return _neighbours(e.with_first(np.concatenate([x, e.x[fresh:]])), rng)


def _joined(a: Example, b: Example) -> Example:
    """The rows of both."""
    args = {k: np.concatenate([v, b.args[k]]) for k, v in a.args.items()}
    each = {} if a.function.rowwise else a.options
    options = {
        k: np.concatenate([v, b.options[k]]) if np.ndim(each.get(k, 0)) else v
        for k, v in a.options.items()
    }
    return a.but(view=View((len(args[a.function.first]),)), options=options, **args)


def _worst_of_each_kind(e: Example, scores: Array) -> Array:
    """The places of the worst row of each kind, the worst of all first."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(_kinds(e)[order], axis=0, return_index=True)
    return order[np.sort(first)][:_KINDS]


def _kinds(e: Example) -> Array:
    """Sign and exponent of the largest number of each row, and the exponent of the gap below it."""
    with np.errstate(all="ignore"):
        x = np.sort(e.x.reshape(len(e.x), -1).astype(np.float64), axis=1)
        top = x[:, -1]
        gap = top - x[:, -2] if x.shape[1] > 1 else np.zeros_like(top)
        exponents = [np.frexp(top)[1], np.frexp(gap)[1]]
    return np.stack([np.signbit(top), *exponents], axis=1).astype(int)


def _neighbours(e: Example, rng: Rng) -> Example:
    """Move all rows but the first few, and now and then the cotangent."""
    kept = min(_PARENTS, len(e.x) // 2)
    probs = e.function.probabilities
    x = np.array(e.x).reshape(len(e.x), -1)
    x[kept:] = moved(rng, x[kept:], e.fmt, probs=probs)
    g = np.array(e.args["cotangent"])
    turned = g.reshape(len(g), -1)
    some = np.flatnonzero(rng.random(len(g)) < 1 / 8)
    some = some[some >= kept]
    turned[some] = moved(rng, turned[some], e.fmt)
    return e.with_first(x.reshape(e.x.shape)).with_argument("cotangent", turned.reshape(g.shape))


def _scores(f: Examination, tally: Tally, e: Example) -> Array:
    """The largest ratio of each row; none for rows that cannot be called."""
    worst = np.zeros(len(e.x))
    try:
        for claim in tally.law.check(f, e):
            found = ratios(claim, f.fmt).astype(np.float64)
            worst = np.maximum(worst, found.reshape(len(worst), -1).max(axis=1))
    except (Unsupported, CallFailed):
        pass
    return worst
