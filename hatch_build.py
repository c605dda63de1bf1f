"""Ships implementations/ inside the package; an editable install reads the checkout's folder."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShipImplementations(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the folder to a standard wheel only, so that no stale copy shadows a checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "standard":
            build_data["force_include"]["implementations"] = "conformance/implementations"
