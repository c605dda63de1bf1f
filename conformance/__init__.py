"""A conformance suite for softmax, sigmoid, cross-entropy, their relatives and derivatives.

>>> import conformance
>>> report = conformance.check("my_kernels.py", dtype="float32")
>>> [r.invariant for r in report.results if r.outcome == "fail"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance._version import SPEC_VERSION, __version__
from conformance.errors import LoadError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.records.results import Report

__all__ = ["SPEC_VERSION", "LoadError", "UsageError", "__version__", "check"]


def check(*implementations: str | Path, **options: Any) -> Report:
    """Examine implementations as `conformance run` does, without printing anything.

    The options are those of the command line: `check("mine.py", dtype="float16", effort="quick")`.
    Several values are a list. `conformance.UsageError` says what is wrong with one, and
    `conformance.LoadError` what is wrong with a file.
    """
    from conformance.cli.commands.run import examined

    return examined(tuple(str(ref) for ref in implementations), options)
