"""Between modes and devices: compiled, mapped and moved, the value is the same within its bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.examination import Examination
from conformance.floats import Array
from conformance.model import Claim, Example
from conformance.spec.declare import ALL, law

_WHY = (
    "The same function. Bitwise equality is false: fused code keeps other intermediates, and JAX "
    "keeps float32 inside fused bfloat16."
)


@law(
    "agrees-with-eager", *ALL,
    says="the transformed function gives what the plain one gives", bound="2B; same NaN and inf",
    why=_WHY, source="the definition: the same function, in another order of operations",
    reveals="fusion bugs, Python branches frozen by tracing, a wrong batching rule",
    needs=("transformed",), costs=1,
)  # fmt: skip
def agrees_with_eager(f: Examination, e: Example) -> Iterator[Claim]:
    """The mode's value against the eager one."""
    eager = f.other(mode="eager").value(e)
    yield Claim("equal", f.value(e), eager, 2 * f.bound(e), f.where(e), "", e)


@law(
    "gradient-agrees-with-eager", *ALL,
    says="the gradient of the transformed function is that of the plain one", bound="2B",
    why=_WHY, source="the definition: the same function, in another order of operations",
    reveals="gradients that are wrong only under a transformation",
    needs=("transformed", "vjp"), costs=1,
)  # fmt: skip
def gradient_agrees_with_eager(f: Examination, e: Example) -> Iterator[Claim]:
    """The mode's gradient against the eager one."""
    eager = f.other(mode="eager").vjp(e)
    yield Claim("equal", f.vjp(e), eager, 2 * f.bound(e, "vjp"), f.where(e, "vjp"), "", e)


@law(
    "special-values-agree-with-eager", *ALL,
    level="should",
    says="NaN and ±inf are where the plain function has them", bound="none: exact",
    why="A transformation is no licence for other special values.",
    source="IEEE 754-2019, 6 and 7",
    reveals="fast-math compilation",
    needs=("transformed",), costs=1,
)  # fmt: skip
def special_values_agree_with_eager(f: Examination, e: Example) -> Iterator[Claim]:
    """NaN and infinities of both."""
    got = _kinds(f.value(e))
    want = _kinds(f.other(mode="eager").value(e))
    where: Any = True
    if f.subject.mode == "autocast":  # float32 results go further
        where = f.representable(e)
    yield Claim("holds", got == want, where=where, what="the same NaN and inf", at=e)


def _kinds(values: Array) -> Array:
    """0 for numbers, ±1 for ±inf, 2 for NaN."""
    wide = np.asarray(values).astype(np.float64)
    return np.where(np.isnan(wide), 2, np.isinf(wide) * np.sign(np.nan_to_num(wide)))


@law(
    "agrees-with-cpu", *ALL,
    says="the device gives what the CPU gives", bound="2B",
    why="The same function, each within its bound.",
    source="the definition: the same function, in another order of operations",
    reveals="kernels for one device, TF32 and reduced-precision reductions",
    needs=("device",), costs=1,
)  # fmt: skip
def agrees_with_cpu(f: Examination, e: Example) -> Iterator[Claim]:
    """The device's value against that of the first CPU."""
    if (cpu := _cpu(f)) is not None:
        yield Claim("equal", f.value(e), f.other(device=cpu).value(e), 2 * f.bound(e), f.where(e),
                    "", e)  # fmt: skip


@law(
    "special-values-agree-with-cpu", *ALL,
    level="should",
    says="NaN and ±inf are where the CPU has them", bound="none: exact",
    why="A device is no licence for other special values.",
    source="IEEE 754-2019, 6 and 7",
    reveals="fast-math kernels, maxima that ignore NaN",
    needs=("device",), costs=1,
)  # fmt: skip
def special_values_agree_with_cpu(f: Examination, e: Example) -> Iterator[Claim]:
    """NaN and infinities of both."""
    if (cpu := _cpu(f)) is None:
        return
    got = f.value(e).astype(np.float64)
    want = f.other(device=cpu).value(e).astype(np.float64)
    odd = ~np.isfinite(want) | np.isnan(got)
    yield Claim("holds", (got == want) | (np.isnan(got) & np.isnan(want)), where=odd, at=e)


def _cpu(f: Examination) -> str | None:
    """The first CPU that the library knows; CuPy knows none."""
    return next((d for d in f.kernel.backend.devices() if d.split(":")[0] == "cpu"), None)
