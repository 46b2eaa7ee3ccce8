"""Homes and paths that most people do not have: each ends with a sentence or works."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.cli.conftest import Command
from tests.engine.cli.processes import environment, shell

#: The command line of somebody whose number the system does not know.
NOBODY = """
import pwd, sys
def unknown(number): raise KeyError(number)
pwd.getpwuid = unknown
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import main
main(FakeEngine)
"""
LONG = "a" * 300 + ".png"


def homeless(folder: Path, *arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    unset = ("HOME", "XDG_CACHE_HOME", "TEXT_REPLACE_HOME")
    variables = {name: value for name, value in environment(folder).items() if name not in unset} | changes
    command = [sys.executable, "-c", NOBODY, *map(str, arguments)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, cwd=folder, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("--help", 0),
        ("status", 5),
        ("start", 5),
        ("serve", 5),
        ("stop", 0),
        ("doctor", 5),
        ("models list", 4),
        ("models path", 4),
        ("models path starter", 0),
        ("models verify", 4),
        ("models pull --yes", 4),
        ("models remove", 4),
    ],
)
def test_without_a_home_folder(tmp_path: Path, command: str, code: int) -> None:
    """A user without an entry and without $HOME, as in many containers, hears what to set."""
    done = homeless(tmp_path, *command.split())
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert code in (0,) or command == "status" or "You have no home folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_edit_without_a_home_folder(source: Path, tmp_path: Path) -> None:
    """An edit in this process needs no home; a mistake in it is still one sentence; with a state folder all is well."""
    edit = ["edit", source, "--replace", "apple", "--with", "orange", "-o", tmp_path / "out.png"]
    done = homeless(tmp_path, *edit, "--engine", "require")
    assert done.returncode == 5 and "TEXT_REPLACE_HOME" in done.stderr
    done = homeless(tmp_path, "segment", source, "--replace", "bug")
    assert done.returncode == 1 and "Traceback" not in done.stderr and "TEXT_REPLACE_HOME" in done.stderr
    done = homeless(tmp_path, *edit, TEXT_REPLACE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("home", ["", "relative"])
def test_home_that_is_no_folder(tmp_path: Path, home: str) -> None:
    """An empty or relative $HOME counts as none: nothing lands in the root of all folders, or in the current one."""
    done = homeless(tmp_path, "start", HOME=home)
    assert done.returncode == 5 and "You have no home folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_starter_models_need_no_place_for_the_full_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache folder of another user's, or one that cannot be, means that no full models are installed."""
    from text_replace_engine.models import folders

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / LONG))
    assert folders.is_installed("starter") and not folders.is_installed("full")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["file", "loop.png"])
def test_state_folder_that_cannot_be(tmp_path: Path, loop: Path, name: str) -> None:
    """A state folder that is a file or a link in a loop: no permission would mend it."""
    (tmp_path / "file").touch()
    for command in ("start", "serve"):
        done = shell('"$@"', [command], environment(tmp_path / name))
        assert done.returncode == 5 and b"set TEXT_REPLACE_HOME" in done.stderr


@pytest.mark.parametrize("name", ["file", LONG, "loop.png"])
def test_models_where_nothing_can_be_kept(
    run: Command, loop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A cache folder that cannot be is an output that cannot be written, before anything is fetched."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
    ended = run("models", "pull", "--yes")
    assert ended.code == 7 and str(tmp_path) in ended.err


@pytest.fixture
def loop(tmp_path: Path) -> Path:
    """A link that leads to itself."""
    path = tmp_path / "loop.png"
    path.symlink_to(path)
    return path


@pytest.mark.parametrize(("name", "why"), [(LONG, "too long"), ("loop.png", "back to itself")])
@pytest.mark.parametrize("option", ["-o", "--json", "--mask", "--object-mask"])
def test_outputs_that_cannot_be(edit: Command, loop: Path, option: str, name: str, why: str) -> None:
    """Too long a name and a link in a loop are outputs that cannot be written."""
    ended = edit(option, loop.with_name(name))
    assert ended.code == 7 and why in ended.err


def test_link_to_nowhere(edit: Command, tmp_path: Path) -> None:
    """The folder that is missing is named, not the one that the link is in."""
    (tmp_path / "link.png").symlink_to(tmp_path / "absent" / "out.png")
    ended = edit("-o", tmp_path / "link.png")
    assert ended.code == 7 and f"no folder “{tmp_path / 'absent'}”" in ended.err


@pytest.mark.parametrize("name", [LONG, "loop.png", "loop.png/in.png"])
def test_inputs_that_cannot_be(run: Command, edit: Command, loop: Path, name: str) -> None:
    """As inputs they are wrong usage, in the system's words."""
    path = loop.parent / name
    for ended in (edit(source=path), edit("--where", path), edit("--region", path), run("models", "import", path)):
        assert ended.code == 2 and "Errno" not in ended.err and str(path) in ended.err


@pytest.mark.slow
def test_in_a_folder_that_was_deleted(source: Path, tmp_path: Path) -> None:
    """Whole paths work; names that mean nothing there are refused with the reason."""
    gone = tmp_path / "gone"
    gone.mkdir()
    line = 'cd "$GONE" && rmdir "$GONE" && "$@"'
    edit = ["edit", source, "--replace", "apple", "--with", "orange"]
    state = tmp_path / "state"
    state.mkdir()

    def ended(*arguments: object) -> tuple[int, str]:
        gone.mkdir(exist_ok=True)
        done = shell(line, arguments, environment(state, GONE=str(gone)))
        return done.returncode, done.stderr.decode()

    for relative in (["-o", "out.png"], ["-o", tmp_path / "out.png", "--json", "r.json"]):
        code, words = ended(*edit, *relative)
        assert code == 7 and "current folder has been deleted" in words
    code, words = ended("edit", "in.png", *edit[2:], "-o", tmp_path / "out.png")
    assert code == 2 and "“in.png” does not exist" in words
    assert ended(*edit, "-o", tmp_path / "out.png") == (0, "")


def test_torch_is_never_loaded_in_a_folder_that_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mathematics ends the process there."""
    from text_replace_engine.cli.engine_use import leave_deleted_folder

    monkeypatch.chdir(tmp_path)
    leave_deleted_folder()
    assert Path.cwd() == tmp_path
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    leave_deleted_folder()
    assert Path.cwd().is_dir()


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_output_keeps_its_rights(edit: Command, tmp_path: Path, mode: int) -> None:
    """A private picture that is written again stays private, also through a link; a new one follows the umask."""
    out, link = tmp_path / "out.png", tmp_path / "link.png"
    out.touch()
    out.chmod(mode)
    link.symlink_to(out)
    assert edit("-o", link, "--mask", tmp_path / "new.png").code == 0
    assert out.stat().st_size and link.is_symlink()
    assert stat.S_IMODE(out.stat().st_mode) == mode
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o666 & ~umask


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_output_keeps_its_owner(edit: Command, tmp_path: Path) -> None:
    """Root, who edits another user's picture, does not take it from them."""
    out = tmp_path / "out.png"
    out.touch()
    shutil.chown(out, 1234, 2345)
    assert edit("-o", out).code == 0
    assert (out.stat().st_uid, out.stat().st_gid) == (1234, 2345)
