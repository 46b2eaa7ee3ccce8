"""What all tests share: a state folder of their own, a real engine, no silent skip of a GIMP test where CI is set."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from text_replace_wire import endpoint
from text_replace_wire.endpoint import Endpoint

CLONE = Path(__file__).resolve().parents[1]
_PATIENCE = 90.0  # seconds: importing torch on two busy cores
_GIMP = CLONE / "tests" / "gimp"
#: Modules with a test of half a minute and more, besides those that start GIMPs.
_LONGEST = {CLONE / "tests" / "engine" / path for path in ("evaluate/test_starter_models.py", "cli/test_evaluate.py")}

# Containers often keep Python from storing what it compiles: these modules, and ours in every program that tests start,
# would be compiled each time, which is a third of what it takes to collect the tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if "PYTEST_XDIST_WORKER" in os.environ:
    # Threads of several processes that share the cores wait for each other far longer than they work.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The session's $TEXT_REPLACE_HOME: no test touches the user's own. Programs started by tests inherit it."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def engine(state_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A real engine with the starter models, started once, in the session's state folder."""
    sources = os.pathsep.join([str(CLONE / "engine"), str(CLONE / "plugin" / "text-replace")])
    environment = {**os.environ, "TEXT_REPLACE_HOME": str(state_folder), "PYTHONPATH": sources}
    with running_engine(tmp_path_factory.mktemp("engine") / "engine.log", environment):
        yield endpoint.read()


@contextmanager
def running_engine(log: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A real engine while the block runs; what it prints goes into `log`."""
    with log.open("w") as output:
        process = subprocess.Popen(
            # It may be a while until the next test asks it.
            [sys.executable, "-m", "text_replace_engine", "serve", "--idle-minutes", "120"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(process, log, Path(environment["TEXT_REPLACE_HOME"]) / "endpoint.json")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(process: subprocess.Popen[bytes], log: Path, published: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not published.exists():
        alive = time.monotonic() < deadline and process.poll() is None
        assert alive, f"The engine did not start:\n{log.read_text()}"
        time.sleep(0.1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--real-size: also the tests with networks of the full models' own size."""
    parser.addoption("--real-size", action="store_true", help="also test networks of the full models' own size")


def pytest_itemcollected(item: pytest.Item) -> None:
    """What is thorough is slow: `-m "not slow"` leaves it out as well."""
    if item.get_closest_marker("thorough"):
        item.add_marker("slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that two processes end together; leave out what needs minutes and 12 GB of
    memory, unless it is asked for.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> int:
        # Those with GIMPs keep their order: pytest has put together what shares one.
        if _GIMP in item.path.parents:
            return 0
        return 1 if item.path in _LONGEST else 2 if item.path in slow else 3

    items.sort(key=place)
    if config.getoption("--real-size"):
        return
    large = [item for item in items if item.get_closest_marker("real_size")]
    items[:] = [item for item in items if item not in large]
    config.hook.pytest_deselected(items=large)


def pytest_collection_finish() -> None:
    """Leave what is there by now, all libraries and tests, out of every search for garbage: of those that the engine
    asks for each would take half a second.
    """
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, one process gets all that shares the GIMPs, besides whole modules. (`loadgroup` of
    pytest-xdist 3.8 takes no notice of its groups with pytest 9.2.)
    """
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "gimp" if file.startswith("tests/gimp/") else file

    if config.getoption("dist") != "loadfile":
        return None
    # Else modules would come by their number of tests, and the longest test of all last.
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set, a GIMP test that would be skipped fails: a machine without GIMP must not look like success."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("gimp"):
        report.outcome = "failed"
        report.longrepr = f"skipped where CI is set: {report.longrepr}"
    return report
