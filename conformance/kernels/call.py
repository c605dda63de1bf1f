"""One call of a function of a file: its options, and whether it is plain or for a derivative."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.backends import Native

#: The fewest numbers whose work is looked at for being shared: who shares that of fewer shares that
#: of these, and clocks of processors are slow to read.
SHARED = 1024
#: What other threads compute that is more than chance, in seconds and as a share of all.
_OTHERS, _SHARE = 1e-4, 0.2
#: How often a call is made again, and for how many seconds in all.
_AGAIN, _SECONDS = (10, 100), 0.4
#: Seconds after which a result that a thread still writes is another one.
MOMENT = 0.0005
_PROCESSORS = os.cpu_count() or 1

How = Callable[[Callable[..., Native], Sequence[Native]], Native]


@dataclass(slots=True)
class Call:
    """A function of the file, the options it takes, and how it is called: plainly or derived."""

    function: Callable[..., Any]
    accepted: frozenset[str]
    how: How


def plainly(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
    """The call as a user makes it. NotImplementedError for what is returned to say so."""
    made = call(*natives)
    if made is NotImplemented:
        raise NotImplementedError("returned NotImplemented")
    return made


class Stopwatch:
    """What the threads of this process compute from now on."""

    def __init__(self) -> None:
        self._all, self._own = time.process_time(), time.thread_time()
        self._began = time.perf_counter()

    def chances(self) -> int:
        """How often a call is worth making again: where threads share its work they may race."""
        if (time.perf_counter() - self._began) * _PROCESSORS < _OTHERS:
            return 0
        spent, own = time.process_time() - self._all, time.thread_time() - self._own
        if spent - own < max(_OTHERS, _SHARE * spent):
            return 0
        return int(min(max(_SECONDS / spent, _AGAIN[0]), _AGAIN[1]))
