"""The suite's own tests run with pytester, and on a quick, deterministic Hypothesis profile."""

from __future__ import annotations

import hypothesis

pytest_plugins = ["pytester"]

hypothesis.settings.register_profile("self-test", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("self-test")
