"""A conformance suite for softmax, sigmoid, cross-entropy, their relatives and derivatives.

>>> import conformance
>>> report = conformance.check("my_kernels.py", dtype="float32")
>>> report.conforms, [r.invariant for r in report.failures]
>>> conformance.check(softmax=my_softmax).raise_for_failures()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance._version import SPEC_VERSION, __version__
from conformance.errors import LoadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.checking.report import Report

__all__ = ["SPEC_VERSION", "LoadError", "UsageError", "__version__", "check"]


def check(
    *objects: Any, as_: str | Sequence[str] = (), isolate: bool = True, **options: Any
) -> Report:
    """Examine implementations as `conformance run` does, without printing anything.

    Args:
        *objects: files, bundled names, places such as "k.py::Softmax", functions, instances of
            torch.nn.Module, any callables, or lists of these; each is an implementation.
        as_: which function of the spec the objects are: "softmax(axis=1)", one for all or one for
            each; what the command line calls `--as`.
        isolate: examine in processes apart, so that a kernel that crashes or hangs costs nothing.
            False examines in this process, also what no other one could find by a name.
        **options: those of the command line: `dtype="float16"`, `effort="quick"`, several values
            as a list; and functions of the spec with their objects, which together are one
            implementation: `softmax=my_softmax, softmax_vjp=my_gradient`.

    Nothing is raised for a wrong kernel: `report.conforms` says it, and
    `report.raise_for_failures()` raises. `conformance.UsageError` says what is wrong with an
    option, `conformance.LoadError` what is wrong with an object.
    """
    from conformance.checking import check as checking

    return checking.check(*objects, as_=as_, isolate=isolate, **options)
