"""What only a process of its own shows: signals, full disks, the start of the program."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.cli.conftest import SOURCES, noise
from tests.engine.cli.processes import start
from text_replace_engine.failures import without_prompts

pytestmark = pytest.mark.slow

FAKE = "tests.engine.cli.fake_main"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds in.png alone."""
    inside = tmp_path / "work"
    inside.mkdir()
    noise(3, (300, 200)).save(inside / "in.png")
    return inside


def edit_arguments(folder: Path, with_: str = "orange") -> list[object]:
    return ["edit", folder / "in.png", "--replace", "apple", "--with", with_, "-o", folder / "out.png"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_edit_leaves_nothing(folder: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C during the work ends it with code 130 and leaves the folder as it was."""
    process = start(FAKE, *edit_arguments(folder, "slow"), "--mask", folder / "m.png", home=tmp_path)
    while process.poll() is None and not (tmp_path / "painting").exists():
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert [each.name for each in folder.iterdir()] == ["in.png"]


def test_full_disk_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """When the disk fills up in the middle of a file, code 7 and no half of any output."""

    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    process = start(
        FAKE, *edit_arguments(folder), "--mask", folder / "m.png", "--json", folder / "r.json",
        home=tmp_path, prepare=small_files_only,
    )  # fmt: skip
    _, err = process.communicate(timeout=60)
    assert process.returncode == 7
    assert "full" in err
    assert sorted(each.name for each in folder.iterdir()) == ["in.png", "r.json"]
    assert json.loads((folder / "r.json").read_text())["error"]["kind"] == "output"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_full_device_undoes_the_other_outputs(folder: Path, tmp_path: Path) -> None:
    """Outputs come together: where the report cannot be written, the picture is not there either."""
    process = start(FAKE, *edit_arguments(folder), "--json", "/dev/full", home=tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 7
    assert "/dev/full" in err and "full" in err
    assert [each.name for each in folder.iterdir()] == ["in.png"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")
def test_full_file_system(folder: Path, tmp_path: Path) -> None:
    """A file system without room for the picture: code 7, nothing half written, and what was there is still there."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine may not mount a small file system")
    try:
        (small / "out.png").write_bytes(b"old")
        process = start(FAKE, *edit_arguments(folder), "-o", small / "out.png", home=tmp_path)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 7
        assert "full" in err
        assert [(each.name, each.read_bytes()) for each in small.iterdir()] == [("out.png", b"old")]
    finally:
        subprocess.run(["umount", small], check=True)


def test_no_progress_bar_without_a_terminal(folder: Path, tmp_path: Path) -> None:
    """In a script nothing is drawn: stderr is empty, stdout says what was written."""
    out, err = start(FAKE, *edit_arguments(folder), home=tmp_path).communicate(timeout=60)
    assert err == ""
    assert out.count("\n") == 1 and "out.png" in out


def test_progress_bar_on_a_terminal(folder: Path, tmp_path: Path) -> None:
    """On a terminal the steps are shown, and the picture comes out as without one."""
    import pty

    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", FAKE, *map(str, edit_arguments(folder))],
        env={**os.environ, "PYTHONPATH": SOURCES, "TEXT_REPLACE_HOME": str(tmp_path), "TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=follower,
    )
    os.close(follower)
    drawn = b""
    while True:
        try:
            drawn += (part := os.read(leader, 65536))
        except OSError:
            break
        if not part:
            break
    os.close(leader)
    assert process.wait(30) == 0
    assert b"painting" in drawn


@pytest.mark.parametrize("form", [("--replace", "bug", "--with", "my grandmother"), ("--replace=bug", "--with=bug")])
def test_log_of_a_mistake_is_private_and_has_no_prompts(folder: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    """The log tells what went wrong and with which options, to this user only, and no word of what was typed."""
    home = tmp_path / "state"
    arguments = ["edit", folder / "in.png", *form, "-o", folder / "out.png"]

    def everybody_may_read() -> None:
        os.umask(0o022)

    process = start(FAKE, *arguments, home=home, prepare=everybody_may_read)
    _, err = process.communicate(timeout=60)
    log = home / "log" / "text-replace.log"
    assert process.returncode == 1 and str(log) in err
    command, *trace = log.read_text().splitlines()
    assert "--replace" in command and "--with" in command and "out.png" in command
    assert "bug" not in command and "grandmother" not in command
    assert "RuntimeError: boom" in trace
    assert [stat.S_IMODE(place.stat().st_mode) for place in (home, log.parent, log)] == [0o700, 0o700, 0o600]


def test_the_log_has_no_categories_either() -> None:
    """They are what was typed to be painted, in other words."""
    typed = ["text-replace", "batch", "in", "--category", "my grandmother", "--limit=3"]
    assert without_prompts(typed) == ["text-replace", "batch", "in", "--category", "…", "--limit=3"]


def test_help_is_quick_and_needs_no_torch(tmp_path: Path) -> None:
    """`--help` lists the commands and imports neither torch nor Pillow nor numpy."""
    code = (
        "import sys\n"
        "from text_replace_engine.cli import main\n"
        "sys.argv = ['text-replace', '--help']\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted({'torch', 'PIL', 'numpy', 'rich'} & set(sys.modules)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("edit", "batch", "segment", "serve", "start", "stop", "status", "tunnel", "train", "doctor"):
        assert f"\n  {command} " in done.stdout
