"""The Hypothesis profile that is loaded chooses the effort and how many examples are drawn."""

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from conformance.examine.selection import EFFORTS
from conformance.inputs.draws import DRAWN
from conformance.pytest_plugin import profiles


@pytest.fixture
def _profile_put_back() -> Iterator[None]:
    before = settings.get_current_profile_name()
    yield
    settings.load_profile(before)


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_profile_for_each_effort(effort: str) -> None:
    profiles.register()
    assert settings.get_profile(f"conformance-{effort}").max_examples == DRAWN[effort]
    assert profiles.effort(f"conformance-{effort}") == effort
    assert profiles.effort(effort) is profiles.effort("conformance-nightly") is None


@pytest.mark.usefixtures("_profile_put_back")
def test_the_loaded_profile_says_how_many_are_drawn() -> None:
    settings.load_profile("default")
    assert profiles.asked() is None
    settings.register_profile("nightly", max_examples=7)
    settings.load_profile("nightly")
    assert profiles.asked() == 7
    settings.register_profile("only explicit", phases=[Phase.explicit])
    settings.load_profile("only explicit")
    assert profiles.asked() == 0
