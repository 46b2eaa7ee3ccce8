"""A plug-in of pytest: the first example that fails is enough, where nobody reads it."""

from __future__ import annotations

from hypothesis import Phase, settings


def pytest_collection_finish() -> None:
    """After all conftest.py have chosen their profile."""
    settings.register_profile("mutants", settings(), phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("mutants")
