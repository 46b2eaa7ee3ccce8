"""The scripts a user runs, as a user runs them, in a home folder of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from installer import CLONE, engine

SCRIPTS = ("setup", "demo", "test", "bench", "mutants", "uninstall")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "GIMP2_DIRECTORY", "GIMP3_DIRECTORY", "TEXT_REPLACE_VENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path / "state"))
    return tmp_path


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CLONE / "install" / name, *arguments], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_explains_and_changes_nothing(name: str, home: Path) -> None:
    """`--help` says what the script would do, and does none of it."""
    done = run(name, "--help")
    assert done.returncode == 0
    assert name in done.stdout
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", ["install/gimp3-tree", ".ci/run"])
def test_shell_scripts_parse(name: str) -> None:
    """A shell script with a syntax error would only show it half-way through."""
    subprocess.run(["bash", "-n", CLONE / name], check=True)


@pytest.mark.parametrize("name", [*(f"install/{name}" for name in SCRIPTS), "install/gimp3-tree", ".ci/run"])
def test_scripts_are_executable(name: str) -> None:
    """The README's commands work as they are written."""
    assert os.access(CLONE / name, os.X_OK)


def test_recorded_command_is_what_the_plug_in_reads(home: Path) -> None:
    """The engine's command is a list of strings in the state folder, and recording it again changes nothing."""
    engine.record_command(["/somewhere/text-replace", "serve"])
    file = home / "state" / "engine-command.json"
    written = file.stat().st_mtime_ns
    engine.record_command(["/somewhere/text-replace", "serve"])
    assert json.loads(file.read_text()) == ["/somewhere/text-replace", "serve"]
    assert file.stat().st_mtime_ns == written


def test_uninstall_keeps_what_it_did_not_make(home: Path) -> None:
    """Uninstalling removes the environment, the plug-in and the engine's own files, and nothing else."""
    environment = home / ".local/share/text-replace/venv"
    plug_ins = home / ".config/GIMP/3.0/plug-ins"
    log, pictures = home / "state" / "log", home / "text-replace-demo"
    for folder in (environment, plug_ins / "text-replace", plug_ins / "other", log, pictures):
        folder.mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    (home / "state" / "engine-command.json").write_text("[]")
    (home / "state" / "mine.txt").touch()
    done = run("uninstall")
    assert done.returncode == 0, done.stderr
    assert not environment.exists()
    assert [each.name for each in plug_ins.iterdir()] == ["other"]
    assert [each.name for each in (home / "state").iterdir()] == ["mine.txt"]
    assert pictures.exists()


def test_uninstall_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No empty folder remains of ours, and none of anybody else's goes."""
    monkeypatch.delenv("TEXT_REPLACE_HOME")
    environment, state = home / ".local/share/text-replace/venv", home / ".local/state/text-replace"
    for folder in (environment, state / "log"):
        folder.mkdir(parents=True)
    (environment / "pyvenv.cfg").touch()
    (state / "endpoint.json.4711").touch()
    assert run("uninstall").returncode == 0
    assert sorted(each.name for each in (home / ".local").rglob("*")) == ["share", "state"]


@pytest.mark.parametrize(("mode", "stays"), [(0o700, False), (0o755, True)])
def test_uninstall_and_a_state_folder_of_the_users_choice(home: Path, mode: int, stays: bool) -> None:
    """What is empty and private we made; what others may read was there before."""
    state = home / "state"
    state.mkdir(mode=mode)
    (state / "engine-command.json").write_text("[]")
    assert run("uninstall").returncode == 0
    assert state.exists() == stays


@pytest.mark.parametrize("name", ["uninstall", "setup", "demo"])
def test_without_a_home_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without an entry and without $HOME, as in many containers, hears what to set."""
    monkeypatch.delenv("HOME")
    code = (
        "import pwd, sys\n"
        "def unknown(number): raise KeyError(number)\n"
        "pwd.getpwuid = unknown\n"
        f"from installer import {name}\n"
        "from installer.shell import script\n"
        "sys.argv = sys.argv[:1]\n"
        f"sys.exit(script({name}.main))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CLONE / "install", capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip() == "You have no home folder: set HOME to a folder, then run this again."


@pytest.mark.parametrize("to", ["", ">&-", ">/dev/full", "2>/dev/full", "| true"])
def test_scripts_need_no_terminal(home: Path, to: str) -> None:
    """Neither an encoding without our signs nor a stream that is gone stops a script half-way."""
    (home / "state").mkdir(mode=0o700)
    (home / "state" / "engine-command.json").write_text("[]")
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    line = f'set -o pipefail; "$1" {to}'
    done = subprocess.run(["bash", "-c", line, "bash", CLONE / "install" / "uninstall"], env=plain, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"" and not (home / "state").exists()


def test_uninstall_does_not_delete_a_folder_that_is_no_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped TEXT_REPLACE_VENV must not cost anybody a folder."""
    precious = home / "precious"
    precious.mkdir()
    monkeypatch.setenv("TEXT_REPLACE_VENV", str(precious))
    assert run("uninstall").returncode == 0
    assert precious.exists()


def test_one_sentence_when_no_python_fits(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a suitable Python gets the versions that would do, not a traceback."""
    from installer import python
    from installer.shell import SetupFailed

    monkeypatch.setattr(python, "VERSIONS", ("3.98", "3.99"))
    with pytest.raises(SetupFailed, match=r"needs Python 3\.98 to 3\.99"):
        python.make_environment(home / "environment")


def test_one_sentence_when_the_disk_is_too_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of space half-way through gigabytes is noticed before the download, and another place is offered."""
    from installer.shell import SetupFailed

    monkeypatch.setattr(engine, "make_environment", lambda folder: folder)
    engine.environment_folder().mkdir(parents=True)
    monkeypatch.setattr(engine, "_SPACE", 1e18)
    with pytest.raises(SetupFailed, match="TEXT_REPLACE_VENV"):
        engine.install_libraries()
    assert not list(home.rglob("torch"))
