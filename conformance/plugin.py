"""The pytest plugin: `pytest --conformance my_kernels.py`. Without that option it does nothing.

pytest imports this module at every start: nothing heavy may be imported here.
"""

from __future__ import annotations

import pytest

from conformance.cli.options import add_to_pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --conformance and what goes with it."""
    add_to_pytest(parser.getgroup("conformance", "conformance of softmax, cross-entropy, ..."))


# first, so that Hypothesis finds the profiles and pytest the files
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hand over to the session's own plugin if there is something to examine."""
    config.addinivalue_line("markers", "conformance: a law of conformance's spec")
    if config.getoption("conformance"):
        from conformance.pytest_plugin.session import start

        start(config)
