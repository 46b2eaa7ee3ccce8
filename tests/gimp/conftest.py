"""One profile for each GIMP and one real engine, shared by all tests of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gimp import engines, screens
from tests.gimp.gimps import CLONE, Gimp, Gimp3, Gimp210, gimp32

KINDS: dict[str, Callable[..., Gimp]] = {"2.10": Gimp210, "3.0": Gimp3, "3.2": gimp32}
#: Parameters for tests that make a GIMP of their own.
VERSIONS = ["2.10", "3.0", pytest.param("3.2", marks=pytest.mark.gimp32)]
PICTURE = CLONE / "install" / "sample" / "sample.png"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder above everything that a GIMP sees."""
    return tmp_path_factory.mktemp("gimp")


@pytest.fixture(scope="session", params=VERSIONS)
def gimp(request: pytest.FixtureRequest, root: Path) -> Gimp:
    """A real GIMP with the product, copied alone as users do, and with the plug-ins that scenarios need."""
    return KINDS[request.param](root / request.param)


@pytest.fixture(scope="session")
def home(root: Path) -> Iterator[Path]:
    """The state folder of a real engine that runs with the starter models."""
    with engines.running(root / "state"):
        yield root / "state"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    taken = sorted(screens.folder().glob("gimp-*.png")) if screens.folder().is_dir() else []
    if taken:
        terminalreporter.write_line(f"Screenshots of the GIMPs: {screens.folder()}")
