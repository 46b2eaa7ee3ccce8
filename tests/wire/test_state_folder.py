"""Where plug-in and engine meet, and what they find there."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from text_replace_wire import endpoint, paths
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import EngineUnavailable

SAMPLE = Endpoint(50000, "secret", 123, 1, "text-replace 0")


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "HOME/.local/state/text-replace"),
        ("linux", {"XDG_STATE_HOME": "/elsewhere"}, "HOME/.local/state/text-replace"),
        ("darwin", {}, "HOME/Library/Application Support/text-replace"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/text-replace"),
        ("linux", {"TEXT_REPLACE_HOME": "/mine"}, "/mine"),
        ("win32", {"TEXT_REPLACE_HOME": "/mine"}, "/mine"),
    ],
)
def test_state_folder_is_the_documented_one(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """GIMP's Python and the engine's agree on the folder on every platform, inside Flatpak too."""
    for name in ("TEXT_REPLACE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": str(tmp_path), **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    folder = Path(expected.replace("HOME", str(tmp_path)))
    assert paths.home() == folder
    assert paths.endpoint_file() == folder / "endpoint.json"
    assert paths.engine_command_file() == folder / "engine-command.json"
    assert paths.log_dir() == folder / "log"


def test_endpoint_is_private_and_comes_back(home: Path) -> None:
    """The secret is for this user only, in a folder for this user only, and nothing but the file is left behind."""
    paths.make_private(paths.log_dir())
    endpoint.write(SAMPLE)
    endpoint.write(SAMPLE)
    assert endpoint.read() == SAMPLE
    assert stat.S_IMODE(paths.endpoint_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {file.name for file in home.iterdir()} == {"endpoint.json", "log"}
    endpoint.remove()
    endpoint.remove()
    with pytest.raises(EngineUnavailable, match="text-replace start"):
        endpoint.read()


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """What most systems have: everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(*places: Path) -> list[int]:
    return [stat.S_IMODE(place.stat().st_mode) for place in places]


def wide_open(home: Path) -> Path:
    """A state folder as earlier versions made it: everybody may read its log; gives that."""
    log = home / "log" / "some.log"
    log.parent.mkdir(mode=0o755, parents=True)
    home.chmod(0o755)
    for page in (log, log.with_name("some.log.1")):
        page.write_text("old")
        page.chmod(0o644)
    return log


@pytest.mark.usefixtures("usual_umask")
def test_logs_are_private(home: Path) -> None:
    """A log may tell what somebody works on: only this user can read it, or even see that it is there."""
    log = paths.private_log("some.log")
    assert (log, log.read_bytes()) == (home / "log" / "some.log", b"")
    assert rights(home, home / "log", log) == [0o700, 0o700, 0o600]


@pytest.mark.usefixtures("usual_umask")
def test_logs_of_earlier_versions_become_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and logs that others could read are narrowed, and nothing in them is lost."""
    monkeypatch.delenv("TEXT_REPLACE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    log = wide_open(paths.home())
    assert paths.private_log("some.log") == log
    assert rights(paths.home(), log.parent, log, log.with_name("some.log.1")) == [0o700, 0o700, 0o600, 0o600]
    assert log.read_text() == "old"


@pytest.mark.usefixtures("usual_umask")
def test_chosen_folder_keeps_its_rights(home: Path) -> None:
    """A folder that was there before $TEXT_REPLACE_HOME named it may serve others too: only the log in it is ours."""
    log = wide_open(home)
    paths.private_log("some.log")
    assert rights(home, log.parent, log) == [0o755, 0o700, 0o600]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60)
    | st.text(max_size=40).map(lambda text: json.dumps({**asdict(SAMPLE), "port": text}).encode())
)
def test_garbage_endpoint_is_no_engine(home: Path, data: bytes) -> None:
    """Whatever is in the file, the user hears that the engine should be restarted."""
    paths.make_private(home)
    paths.endpoint_file().write_bytes(data)
    with pytest.raises(EngineUnavailable):
        endpoint.read()


@pytest.mark.parametrize("change", [{"port": 0}, {"port": 70000}, {"port": 1.5}, {"pid": "1"}, {"secret": 7}, {"x": 1}])
def test_wrong_values_in_the_endpoint_are_no_engine(home: Path, change: dict[str, object]) -> None:
    """A file of another version, or half understood, is not used."""
    paths.make_private(home)
    paths.endpoint_file().write_text(json.dumps({**asdict(SAMPLE), **change}))
    with pytest.raises(EngineUnavailable, match="damaged"):
        endpoint.read()
