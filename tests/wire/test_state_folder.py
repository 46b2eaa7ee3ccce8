"""Where plug-in and engine meet, and what they find there."""

from __future__ import annotations

import json
import stat
import sys
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
