"""The command line through a running engine: a real server and real sockets, with the fake pipeline behind them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine.cli.conftest import SOURCES, Command, report
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_wire import endpoint, launch, paths
from text_replace_wire.codec import encode
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.errors import EngineUnavailable, WrongVersion
from text_replace_wire.link import Link
from text_replace_wire.messages import Failed
from text_replace_wire.status_messages import Status

pytestmark = pytest.mark.slow

FAKE = [sys.executable, "-m", "tests.engine.cli.fake_main"]


@pytest.fixture
def engine(fake: type[FakeEngine]) -> Iterator[subprocess.Popen[bytes]]:
    """An engine in this test's state folder."""
    process = subprocess.Popen([*FAKE, "serve"], env={**os.environ, "PYTHONPATH": SOURCES})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            endpoint.read()
            break
        except EngineUnavailable:
            time.sleep(0.05)
    yield process
    process.terminate()
    process.wait(15)


@pytest.fixture
def older_engine(fake: type[FakeEngine]) -> Iterator[None]:
    """An engine that turns everybody away who does not speak its older protocol."""

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(encode(Failed(WrongVersion.kind, "The plug-in and the engine differ in version.")))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint.write(Endpoint(listener.getsockname()[1], "secret", os.getpid(), 1, "text-replace 0"))
        serving = threading.Thread(target=serve, args=(listener,))
        serving.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        serving.join()


def status() -> Status:
    with Link.connect() as link:
        return link.status()


def start_slow_edit(source: Path, folder: Path) -> subprocess.Popen[str]:
    """An edit that takes long, and has begun."""
    options = ["--replace", "apple", "--with", "slow", "-o", str(folder / "out.png"), "--json", str(folder / "r.json")]
    process = subprocess.Popen(
        [*FAKE, "edit", str(source), *options],
        env={**os.environ, "PYTHONPATH": SOURCES},
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (paths.home() / "painting").exists():
        time.sleep(0.05)
    return process


def test_running_engine_is_used(
    edit: Command, fake: type[FakeEngine], engine: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """auto and require ask the running engine and write the same bytes as this process alone would."""
    for use in ("auto", "require", "never"):
        out = tmp_path / f"{use}.png"
        assert edit("--engine", use, "--seed", 3, "-o", out, "--json", tmp_path / "r.json").code == 0
        assert (len(fake.finds) == 0) == (use != "never")
    written = {(tmp_path / f"{use}.png").read_bytes() for use in ("auto", "require", "never")}
    assert len(written) == 1


def test_device_means_this_process(edit: Command, fake: type[FakeEngine], engine: subprocess.Popen[bytes]) -> None:
    """The running engine has chosen its device already: --device and --dtype compute here."""
    assert edit("--device", "cpu").code == 0
    assert len(fake.edits) == 1


def test_an_engine_that_was_started_answers_the_next_commands(
    edit: Command, run: Command, fake: type[FakeEngine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """--engine start, which may be a setting: the first command starts it in the background, and leaves it there. What
    means this process still does.
    """
    started = []
    begin = launch.start

    def start(command: list[str], wait: float) -> Link:
        started.append(command)
        return begin(["env", f"PYTHONPATH={SOURCES}", *FAKE, "serve"], wait)

    monkeypatch.setattr(launch, "start", start)
    try:
        assert edit("--engine", "start", "-o", tmp_path / "1.png").code == 0
        monkeypatch.setenv("TEXT_REPLACE_ENGINE", "start")
        assert edit("-o", tmp_path / "2.png").code == 0
        assert len(started) == 1 and not fake.edits
        assert edit("--device", "cpu", "-o", tmp_path / "3.png").code == 0
        assert len(fake.edits) == 1
        assert edit("--engine", "start", "--device", "cpu").code == 2
    finally:
        run("stop")


def test_refusals_come_through(edit: Command, engine: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """What the engine refuses has the same exit code and sentence as without it."""
    assert edit(with_="zebra", replace="unicorn").code == 2
    assert edit(replace="unicorn").code == 3
    assert edit(replace="damaged").code == 4
    assert edit(with_="memory").code == 6
    ended = edit("--json", tmp_path / "r.json", replace="bug")
    assert ended.code == 1
    assert "log" in ended.err
    assert report(tmp_path / "r.json")["status"] == "error"


def test_wrong_secret(edit: Command, engine: subprocess.Popen[bytes]) -> None:
    """An engine that is not ours is not asked: require says so with code 5, auto works in this process."""
    file = Path(os.environ["TEXT_REPLACE_HOME"]) / "endpoint.json"
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "secret": "0" * len(document["secret"])}))
    ended = edit("--engine", "require")
    assert ended.code == 5
    assert ended.err.count("\n") == 1
    ended = edit("--engine", "auto")
    assert (ended.code, ended.err) == (0, "")


def test_wrong_version(edit: Command, fake: type[FakeEngine], older_engine: None) -> None:
    """An engine of another version is not asked: require says so with code 5, auto warns and works in this process."""
    ended = edit("--engine", "require")
    assert ended.code == 5
    assert "version" in ended.err and ended.err.count("\n") == 1
    assert fake.edits == []
    ended = edit("--engine", "auto")
    assert ended.code == 0
    assert "another version" in ended.err and ended.err.count("\n") == 1
    assert len(fake.edits) == 1


def test_killed_engine(source: Path, engine: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """The engine dies in the middle of an edit: code 5 in a moment, nothing is written but the report."""
    process = start_slow_edit(source, tmp_path)
    engine.kill()
    _, err = process.communicate(timeout=15)
    assert process.returncode == 5
    assert err.count("\n") == 1
    assert {each.name for each in tmp_path.iterdir()} == {"in.png", "r.json"}
    assert report(tmp_path / "r.json")["error"]["kind"] == "engine_lost"


def test_interrupted_edit_frees_the_engine(source: Path, engine: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Ctrl-C ends the command with code 130, and the engine is free again at once."""
    process = start_slow_edit(source, tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 130
    deadline = time.monotonic() + 30
    while status().busy:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not (tmp_path / "out.png").exists()


def test_status_of_an_idle_engine(run: Command, engine: subprocess.Popen[bytes]) -> None:
    """status says what runs; stop ends it."""
    ended = run("status")
    assert ended.code == 0
    assert str(engine.pid) in ended.out and "idle" in ended.out
    assert run("stop").code == 0
    assert engine.wait(15) == 0


@pytest.mark.usefixtures("engine")
def test_a_batch_is_made_by_the_running_engine(
    run: Command, source: Path, tmp_path: Path, fake: type[FakeEngine]
) -> None:
    """Like an edit it asks nothing of its own process, and writes what that would have written."""
    words = ("--replace", "apple", "--with", "fruit")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    source.rename(pictures / "in.png")
    by_engine, here = tmp_path / "by_engine", tmp_path / "here"
    assert run("batch", pictures, "-o", by_engine, *words).code == 0
    assert not fake.finds
    assert run("batch", pictures, "-o", here, *words, "--engine", "never").code == 0
    for name in ("images/in.png", "masks/in.png", "annotations.json"):
        assert (by_engine / name).read_bytes() == (here / name).read_bytes()
