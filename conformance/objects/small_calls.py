"""Small calls of what is loaded, which leave nothing behind: laws look at what a call changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from conformance.backends import Backend
from conformance.floats import Array
from conformance.kernels import process_state
from conformance.kernels.importing import quiet
from conformance.kernels.sending import sent
from conformance.model import Example


@contextmanager
def unnoticed() -> Iterator[None]:
    """Drop what is printed, and put back the state of the process."""
    before = process_state.snapshot()
    try:
        with quiet():
            yield
    finally:
        process_state.restore(before)


def result(
    target: Callable[..., Any], e: Example, backend: Backend, device: str,
    options: Mapping[str, Any] | None = None,
) -> Array | None:  # fmt: skip
    """What a call with the arrays of an example gives; None if it raises."""
    with suppress(Exception), unnoticed(), backend.scope(device, e.fmt.name):
        natives = sent(e, {}, {}, backend, device)[1]
        return np.array(backend.host(target(*natives, **(options or {}))), np.float64)
    return None
