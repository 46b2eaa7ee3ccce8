"""An engine on another machine, through a real sshd: it is used as this machine's own is, and never beside that one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from tests.engine.cli.conftest import CLONE, SOURCES, noise
from tests.engine.cli.fake_engine import FakeEngine
from tests.engine.service import ssh_box
from tests.engine.service.conftest import PATIENCE, is_published, until
from text_replace_engine.cli import app
from text_replace_engine.serving import lifecycle
from text_replace_engine.serving.tunnel import Tunnel
from text_replace_wire import endpoint, launch, lock, paths
from text_replace_wire.codec import encode
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import EngineError, WrongSecret, WrongVersion
from text_replace_wire.link import Link
from text_replace_wire.messages import Failed

pytestmark = pytest.mark.slow

FAKE = "tests.engine.cli.fake_main"
REAL = "text_replace_engine"


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`ssh box` leads to a machine, which is this one."""
    folder = tmp_path_factory.mktemp("ssh")
    with ssh_box.machine(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder / "bin"), prepend=os.pathsep)
        yield


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The state folder there."""
    return tmp_path / "box"


@contextlib.contextmanager
def engine_there(box: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command line's fake engine runs on the other machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", FAKE, "serve"],
        env={**os.environ, "PYTHONPATH": SOURCES, "TEXT_REPLACE_HOME": str(box)},
    )
    try:
        until(lambda: published_by(box) == process.pid)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def published_by(home: Path) -> int | None:
    """The process whose endpoint is in a state folder."""
    with contextlib.suppress(FileNotFoundError):
        return int(json.loads((home / "endpoint.json").read_text())["pid"])
    return None


def tunnel(box: Path) -> subprocess.Popen[str]:
    """A tunnel to the engine whose state folder is `box`; not yet open."""
    command = f"env TEXT_REPLACE_HOME={box} PYTHONPATH={SOURCES} {sys.executable} -m {FAKE}"
    return subprocess.Popen(
        [sys.executable, "-m", REAL, "tunnel", ssh_box.NAME, "--command", command],
        env={**os.environ, "PYTHONPATH": SOURCES},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def opened(box: Path) -> Iterator[subprocess.Popen[str]]:
    """An open tunnel, which ends with the block."""
    process = tunnel(box)
    try:
        until(lambda: is_published() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[1]
        yield process
    finally:
        process.kill()
        process.communicate()


def edited(source: Path, out: Path, *options: str) -> bytes:
    """What the command line makes of an apple."""
    words = ["--replace", "apple", "--with", "orange", "--seed", "1", "-o", str(out), *options]
    ended = CliRunner().invoke(app, ["edit", str(source), *words], obj=FakeEngine)
    assert ended.exit_code == 0, ended.output
    return out.read_bytes()


def listening(pid: int) -> set[str]:
    """The addresses at which a process can be reached."""
    connections = psutil.Process(pid).net_connections("inet")
    return {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN}


def test_edit_through_a_tunnel(ssh: None, home: Path, box: Path, tmp_path: Path) -> None:
    """The command line gets the picture that it would make itself; nothing listens beyond 127.0.0.1, the secret there
    stays there, and `stop` ends the tunnel, not that engine.
    """
    source = tmp_path / "in.png"
    noise(3).save(source)
    with engine_there(box) as engine, opened(box) as way:
        through = edited(source, tmp_path / "through.png", "--engine", "require")
        assert through == edited(source, tmp_path / "own.png", "--engine", "never")
        status = lifecycle.status()
        assert status is not None and status.pid == engine.pid and status.engine.endswith(" on “box”")
        assert listening(way.pid) == listening(engine.pid) == {"127.0.0.1"}
        there = json.loads((box / "endpoint.json").read_text())
        assert endpoint.read().pid == way.pid and endpoint.read().secret != there["secret"]
        assert lifecycle.stop() is True
        assert (way.wait(PATIENCE), is_published(), engine.poll()) == (0, False, None)


@pytest.mark.thorough
def test_edit_by_the_real_engine(ssh: None, engine: Endpoint, state_folder: Path, home: Path, tmp_path: Path) -> None:
    """The starter models at the other end paint the pixels that they paint without a tunnel."""
    source = CLONE / "install" / "sample" / "sample.png"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXT_REPLACE_HOME", str(state_folder))
        plain = edited(source, tmp_path / "plain.png", "--engine", "require")
    with opened(state_folder):
        assert edited(source, tmp_path / "through.png", "--engine", "require") == plain


def test_the_two_engines_keep_out_of_each_others_way(ssh: None, home: Path, box: Path) -> None:
    """While a tunnel is open no engine of this machine takes its endpoint, also where the way is broken, which is told
    in one sentence; and no tunnel takes that of an engine.
    """
    with engine_there(box):
        with opened(box) as way:
            published = paths.endpoint_file().read_bytes()
            own = subprocess.run(
                [sys.executable, "-m", FAKE, "serve"], env={**os.environ, "PYTHONPATH": SOURCES}, timeout=PATIENCE
            )
            assert own.returncode == 5 and paths.endpoint_file().read_bytes() == published
            with pytest.raises(WrongSecret):
                Link.connect(Endpoint(endpoint.read().port, "guessed", 1, 1, ""))
        # Killed, it has left its file, which does not stand in the way of what comes next.
        assert way.returncode == -signal.SIGKILL and lifecycle.status() is None
        with engine_there(home):
            second = tunnel(box)
            assert "already running" in second.communicate(timeout=PATIENCE)[1] and second.returncode == 5


def test_a_broken_way(home: Path, box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ssh does not get there, whoever asks hears of it in one sentence, and no engine of this machine is started
    instead; once it gets there again, the same tunnel leads to the engine that runs there by then.
    """
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    started = tmp_path / "started"
    paths.make_private(home)
    paths.engine_command_file().write_text(json.dumps(["touch", str(started)]))
    with contextlib.ExitStack() as until_the_end:
        with ssh_box.machine(tmp_path):
            with engine_there(box):
                way = until_the_end.enter_context(opened(box))
            # An engine that is not running is started there, but a fake one is cheaper.
            with engine_there(box) as second, launch.ensure_engine() as link:
                assert link.status().pid == second.pid
        refused = r"^“box” cannot be reached: ssh says “[^”]*refused”; try “ssh box” in a terminal\.$"
        with pytest.raises(EngineError, match=refused):
            launch.ensure_engine()
        assert not started.exists()
        assert lifecycle.stop() is True
        assert way.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ("echo 'me@box: Permission denied (publickey).' >&2; exit 255", "ssh says “me@box: Permission denied"),
        ("echo sh: not found >&2; exit 127", "“box” has no “/there/text-replace”: install Text Replace there"),
        ("echo text-replace: No room. >&2; exit 6", "^On “box”: No room.$"),
        ("exit 9", "^On “box”: exit status 9$"),
        ("echo hello", "“box” answers ssh with something else than Text Replace"),
        ("printf '\\0\\0\\0\\3\\0\\0\\0\\0\\0\\0\\0\\0abc'", "“box” answers ssh with something else"),
    ],
)
def test_what_is_wrong_there_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str, sentence: str
) -> None:
    """A tunnel is not opened where nothing that answers is at its end; the reason is one sentence."""
    stand_in(tmp_path, monkeypatch, ends)
    with pytest.raises(EngineError, match=sentence):
        Tunnel("box", "/there/text-replace").run(pytest.fail)
    assert not is_published() and not lock.is_held()


def test_another_version_there_is_told(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine there says itself that it is of another version."""
    (tmp_path / "answer").write_bytes(encode(Failed(WrongVersion.kind, "Protocol 1 and 2.")))
    stand_in(tmp_path, monkeypatch, f"cat {tmp_path}/answer")
    with pytest.raises(WrongVersion, match="^On “box”: Protocol 1 and 2.$"):
        Tunnel("box").run(pytest.fail)


def stand_in(folder: Path, patch: pytest.MonkeyPatch, ends: str) -> None:
    """An `ssh` that only does what a shell is told by `ends`."""
    program = folder / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{ends}\n")
    program.chmod(0o755)
    patch.setenv("PATH", str(program.parent), prepend=os.pathsep)


@pytest.mark.thorough
def test_an_engine_is_started_there(ssh: None, home: Path, box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none runs any more, one is started, that outlives the tunnel."""
    with opened(box):
        status = lifecycle.status()
    assert status is not None
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(box))
    remaining = lifecycle.status()
    assert remaining is not None and remaining.pid == status.pid
    assert lifecycle.stop() is True
