"""Memory as earlier calls leave it: filled, then freed, so that the next call allocates it."""

from __future__ import annotations

import numpy as np

from conformance.backends import Backend
from conformance.floats import Array

#: Copies of each size: more than an allocator keeps at hand for one (NumPy 7, glibc 7).
_COPIES = 8
#: Seconds after which a result that a thread still writes is another one.
MOMENT = 0.0005


def leave(content: Array, backend: Backend, device: str) -> None:
    """Free memory of the size of `content`, and of its scratch in float32 and float64, full of it.

    Small allocations get it back at once: what a kernel leaves unwritten then shows the content.
    """
    flat = content.reshape(-1)
    with np.errstate(all="ignore"):
        kinds = {flat.dtype: flat, **{np.dtype(t): flat.astype(t) for t in (np.float32, float)}}
    held = [backend.array(kind, device) for kind in kinds.values() for _ in range(_COPIES)]
    del held
