"""A function of an examined file, called with host arrays, as the usual checks call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from usual_cases import Array, Case

from conformance.model import Implementation

DTYPES = {
    "float64": np.float64, "float32": np.float32, "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}  # fmt: skip


@dataclass(frozen=True)
class Kernel:
    """A function of a loaded file, called with host arrays."""

    implementation: Implementation
    name: str

    @property
    def backend(self) -> Any:
        return self.implementation.backend

    @property
    def accepted(self) -> frozenset[str]:
        return self.implementation.options[self.name]

    @property
    def written(self) -> Callable[..., Any] | None:
        """F_vjp, if the file defines it."""
        return self.implementation.gradients.get(self.name)

    def native(self, value: Any) -> Any:
        return self.backend.array(value, "cpu") if isinstance(value, np.ndarray) else value

    def options(self, case: Case, x: Array) -> dict[str, Any]:
        """The options as the file takes them: floating arrays in the dtype of x."""
        cast = {k: like(v, x) if isinstance(v, np.ndarray) else v for k, v in case.options.items()}
        return {k: self.native(v) for k, v in cast.items()}

    def arrays(self, case: Case, x: Array) -> list[Any]:
        return [self.native(a) for a in (x, *(like(a, x) for a in case.arrays[1:]))]

    def value(self, case: Case, x: Array, mode: str = "eager") -> Array:
        with self.backend.scope("cpu"):
            function = self.implementation.functions[self.name]
            bound = self.backend.compiled(function, mode, self.options(case, x))
            return np.asarray(self.backend.host(bound(*self.arrays(case, x))))

    def vjp(self, case: Case, x: Array, cotangent: Array) -> Array:
        """Unsupported if the file has no gradient."""
        with self.backend.scope("cpu"):
            arrays, options = self.arrays(case, x), self.options(case, x)
            ct = self.native(cotangent)
            if self.written is not None:
                return np.asarray(self.backend.host(self.written(*arrays, ct, **options)))
            bound = self.backend.compiled(
                self.implementation.functions[self.name], "eager", options
            )
            return np.asarray(self.backend.host(self.backend.vjp(bound, arrays, ct, 0)))


def like(a: Array, x: Array) -> Array:
    return a if a.dtype.kind in "iu" else a.astype(x.dtype)


def has(kernel: Kernel, dtype: str) -> bool:
    """True if the file is for this dtype."""
    return dtype in (kernel.implementation.dtypes or DTYPES)
