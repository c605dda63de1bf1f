"""Labels and weights of a wider format than the predictions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.backends import Unsupported
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.spec.claims import equal, holds
from conformance.spec.context import Examination
from conformance.spec.declare import LOSSES, law


@law(
    "wider-arrays-change-no-number", *LOSSES,
    level="should",
    says="floating labels and weights of a wider format than the predictions are refused, or give "
    "the same loss, in either format",
    bound="B of the predictions' format",
    why="Their numbers are the same. NumPy and JAX promote the loss to the wider format; PyTorch "
    "promotes some of its losses and refuses in the others. Which of the three is a choice.",
    source="numpy.result_type; jax.numpy promotion; torch.result_type",
    reveals="memory of one format read as another, labels of another format rounded to classes",
    formats=("float32", "float16", "bfloat16"), costs=3, reshapes=True,
    when=lambda e: e.size > 0,
)  # fmt: skip
def wider_arrays_change_no_number(f: Examination, e: Example) -> Iterator[Claim]:
    """Each array beside the predictions in float32, or in float64 beside float32."""
    wide = "float32" if f.fmt.is_half else "float64"
    said = []
    for name, other in _widened(f, e, wide):
        try:
            got = f.observed(other)
        except (CallFailed, Unsupported) as error:
            if isinstance(error, CallFailed) and error.kind != "raised":
                raise
            said.append(f"{name} in {wide}: {error}")
            continue
        words = f"{name} in {wide}"
        yield holds(got.dtype in (f.fmt.name, wide), what=f"{words}: {got.dtype}", at=other)
        yield equal(got.result, f.exact(e), f.bound(e), where=f.forced(e), what=words, at=other)
    if said:
        raise Unsupported(said[0])


def _widened(f: Examination, e: Example, wide: str) -> Iterator[tuple[str, Example]]:
    """The example with one array widened, which changes none of its numbers."""
    if e.labels.dtype.kind not in "iu":
        labels = e.labels.astype(wide)
        yield "labels", f.variant(e, "wide labels", lambda: e.but(labels=labels))
    for name, value in e.options.items():
        if isinstance(value, np.ndarray) and value.dtype == f.fmt.dtype:
            options = {**e.options, name: value.astype(wide)}
            yield name, f.variant(e, f"wide {name}", lambda o=options: e.but(options=o))  # type: ignore[misc]
