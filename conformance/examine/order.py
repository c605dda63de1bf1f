"""In which order examples are looked at where time may run out: what is newest for its size, first.

Most wrong kernels are wrong for a kind of input, not for a rare number: a size, a view, an option,
a special value. So each example is the one with most that none before it had, counted against its
size; what has nothing new comes last, as it was made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conformance.examine.novelty import Trait, traits
from conformance.model import Example

#: Elements that cost as much as what every example costs.
_DEAR = 4_000


def newest_first(examples: Sequence[Example]) -> list[Example]:
    """The same examples; the first one, which shrinks well, stays the first."""
    if not examples:
        return []
    found = [_all_of(e) for e in examples]
    place = {trait: k for k, trait in enumerate(dict.fromkeys(t for each in found for t in each))}
    has = np.zeros((len(examples), len(place)), np.int64)
    for index, each in enumerate(found):
        has[index, [place[trait] for trait in each]] = 1
    cost = 1 + np.array([e.size for e in examples]) / _DEAR
    order, new = [0], 1 - has[0]
    while (gain := has @ new).any():
        best = int(np.argmax(gain / cost))
        order.append(best)
        new &= 1 - has[best]
    return [examples[k] for k in (*order, *sorted(set(range(len(examples))).difference(order)))]


def _all_of(e: Example) -> list[Trait]:
    arrays = {k: np.shape(v) for k, v in e.options.items() if np.ndim(v)}
    return [*traits(e), *((name, "like x", shape == e.x.shape) for name, shape in arrays.items())]
