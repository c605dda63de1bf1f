"""Labels and weights in a wider format than the predictions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.kernels.failures import CallFailed
from conformance.kernels.observation import Observation
from conformance.model import Example
from conformance.spec.claims import Claims, equal, holds
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law, with_options

#: Formats that have a wider one.
should_law = partial(law, level="should", formats=("float32", "float16", "bfloat16"))


@should_law("wider-arrays-change-no-number", *LOSSES, costs=3, reshapes=True)
def wider_arrays_change_no_number(f: Examination, e: Example) -> Claims:
    """labels and weights of a wider format than the predictions are refused, or give the same loss

    Within B of the predictions' format. Their numbers are the same; the loss may have either
    format. NumPy and JAX promote it to the wider one; PyTorch promotes some of its losses and
    refuses in the others. Each of the three is accepted.
    [numpy.result_type; jax.numpy promotion; torch.result_type]
    Reveals memory of one format read as another, labels of another format rounded to classes.
    """
    wide = "float32" if f.fmt.is_half else "float64"
    for words, other, got in _taken(f, e, wide):
        yield holds(got.dtype in (f.fmt.name, wide), what=f"{words}: {got.dtype}", at=other)
        yield equal(got.result, f.exact(e), f.bound(e), where=f.forced(e), what=words, at=other)


def _taken(f: Examination, e: Example, wide: str) -> Iterator[tuple[str, Example, Observation]]:
    """Calls with one array widened, in words. Unsupported at the end if one was refused."""
    refused = []
    for name, other in _widened(e, wide):
        words = f"{name} in {wide}"
        try:
            got = f.observed(other)
        except (CallFailed, Unsupported) as error:
            if isinstance(error, CallFailed) and error.kind != "raised":
                raise
            refused.append(f"{words}: {error}")
        else:
            yield words, other, got
    if refused:
        raise Unsupported(refused[0])


def _widened(e: Example, wide: str) -> Iterator[tuple[str, Example]]:
    """The example with one array widened, which changes none of its numbers."""
    if e.labels.dtype.kind not in "iu":
        yield "labels", e.but(labels=e.labels.astype(wide))
    for name, value in e.options.items():
        if isinstance(value, np.ndarray) and value.dtype == e.fmt.dtype:
            yield name, with_options(e, **{name: value.astype(wide)})
