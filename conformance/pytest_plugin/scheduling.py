"""How pytest-xdist spreads the cases: those of one subject go to one worker."""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling, LoadScopeScheduling  # type: ignore[import-untyped]


def scheduler(config: pytest.Config, log: Any, files: tuple[str, ...]) -> Any:
    """The scheduler for --dist load, worksteal, loadscope and loadgroup; None for others."""
    dist = config.getoption("dist", "no")
    if dist in ("load", "worksteal"):
        return _by_subject(LoadScopeScheduling, _alone, files)(config, log)
    if dist == "loadscope":
        return _by_subject(LoadScopeScheduling, None, files)(config, log)
    if dist == "loadgroup":
        return _by_subject(LoadGroupScheduling, None, files)(config, log)
    return None


def _alone(nodeid: str) -> str:
    return nodeid


def _by_subject(base: Any, others: Any, files: tuple[str, ...]) -> Any:
    """A scheduler class that splits cases by subject, and other tests as it is told."""

    class BySubject(base):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            place, _, rest = nodeid.partition("::")
            parts = rest.split("::")
            if place in files and len(parts) == 3:
                return f"{place}::{parts[0]}::{parts[2].partition('@')[0]}"
            return str(others(nodeid) if others else super()._split_scope(nodeid))

    return BySubject
