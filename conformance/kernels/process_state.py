"""The global state of a process, which a call may not change.

Snapshots of it are taken, compared and restored. Only array libraries that are already imported
are asked for theirs.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.backends.library import State as Item
from conformance.kernels.state_items import ITEMS

State = Mapping[str, Any]


def snapshot() -> State:
    """The state now. What cannot be read is left out."""
    found = {}
    for item in _there():
        with contextlib.suppress(Exception):
            found[item.name] = item.get()
    return found


def restore(state: State) -> None:
    """Put back what can be put back and has changed."""
    for item in _there():
        if item.put is None or item.name not in state:
            continue
        with contextlib.suppress(Exception):
            if item.get() == state[item.name]:
                continue
        with contextlib.suppress(Exception):  # a library that refuses keeps what it has
            item.put(state[item.name])


def changes(before: State, after: State) -> list[str]:
    """What differs between two snapshots, in words."""
    return [
        f"{name}{_how(before[name], after[name])}"
        for name in before
        if name in after and before[name] != after[name]
    ]


def threads() -> int:
    """The number of Python's threads that are alive."""
    return len(threading.enumerate())


_kept: list[State] = []


def keep(state: State) -> None:
    """Take a state as the one in which implementations are called."""
    _kept[:] = [state]


def reference() -> State:
    """The state that was kept; without one, the state now."""
    return _kept[0] if _kept else snapshot()


def _there() -> Iterator[Item]:
    return (item for item in ITEMS if not item.library or item.library in sys.modules)


def _how(before: Any, after: Any) -> str:
    """The difference in brackets, (over: ignore → raise); empty for long random states."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [k for k in {**before, **after} if before.get(k) != after.get(k)]
        told = [f"{k}: {_short(before.get(k))} → {_short(after.get(k))}" for k in keys[:3]]
        return f" ({', '.join(told)}{', ...' if len(keys) > 3 else ''})"
    if isinstance(before, str | int | float):
        return f" ({_short(before)} → {_short(after)})"
    return ""


def _short(value: Any) -> str:
    text = "unset" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
