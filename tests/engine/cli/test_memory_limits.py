"""Limits on memory: a sentence with the remedy and exit code 6, whatever the limit; no bug, and no “Interrupted”."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.cli import processes
from tests.engine.cli.conftest import SOURCES, noise
from text_replace_engine import memory_limits
from text_replace_engine.memory_limits import is_shortage
from text_replace_wire.errors import OutOfMemory

pytestmark = pytest.mark.slow

GB = 10**9
MB = 10**6


def start(
    *arguments: object, home: Path, limit: int, kind: int = resource.RLIMIT_AS, module: str = "text_replace_engine"
) -> subprocess.Popen[str]:
    """The real command line under a limit in bytes."""

    def prepare() -> None:
        resource.setrlimit(kind, (limit, limit))

    return processes.start(module, *arguments, home=home, prepare=prepare)


def edit_arguments(folder: Path, engine: str = "never") -> list[object]:
    noise(3).save(folder / "in.png")
    words = ["--replace", "apple", "--with", "orange", "--models", "starter", "--engine", engine]
    return ["edit", folder / "in.png", *words, "-o", folder / "out.png"]


@pytest.mark.parametrize(
    ("command", "size"),
    [
        pytest.param(command, size, marks=() if command == "edit" or size == 3000 * MB else pytest.mark.thorough)
        for command in ("edit", "segment", "serve", "doctor")
        for size in (750 * MB, 2500 * MB, 3000 * MB, 3500 * MB, 3700 * MB, 4500 * MB)
    ],
)
def test_limit_on_address_space(tmp_path: Path, command: str, size: int) -> None:
    """What needs an engine in its own process says so before it loads one, under any limit that is too low."""
    edit = edit_arguments(tmp_path)
    arguments = {"edit": edit, "segment": ["segment", edit[1], "--replace", "apple", "--engine", "never"]}
    process = start(*arguments.get(command, [command]), home=tmp_path / "home", limit=size)
    _, err = process.communicate(timeout=60)
    assert process.returncode == OutOfMemory.exit_code, err
    assert "ulimit -v" in err and "raise that limit" in err and err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
    assert not (tmp_path / "home" / "endpoint.json").exists()


def test_limit_on_data(tmp_path: Path) -> None:
    """The limit that counts only what is written to is another one, and is named."""
    process = start(*edit_arguments(tmp_path), home=tmp_path / "home", limit=GB, kind=resource.RLIMIT_DATA)
    _, err = process.communicate(timeout=60)
    assert process.returncode == OutOfMemory.exit_code, err
    assert "ulimit -d" in err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["status"], ["stop"], ["edit", "--help"], ["models", "path", "starter"]]
)
def test_what_needs_no_engine_needs_little(tmp_path: Path, arguments: list[str]) -> None:
    """Help and the control of a running engine work under limits that are far too low for one."""
    process = start(*arguments, home=tmp_path, limit=750 * MB)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (5 if arguments == ["status"] else 0), err


@pytest.mark.skipif(os.geteuid() == 0, reason="no limit on processes holds for root")
def test_limit_on_processes(tmp_path: Path) -> None:
    """Threads that cannot be started are a shortage too, not a Ctrl-C."""
    process = start(*edit_arguments(tmp_path), home=tmp_path / "home", limit=1, kind=resource.RLIMIT_NPROC)
    _, err = process.communicate(timeout=60)
    assert process.returncode == OutOfMemory.exit_code, err


def test_threads_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a trial of as many threads as libraries will start fails, the limit that is the cause is named."""
    memory_limits.check()
    few = memory_limits._TRIAL.replace("threading.Thread(", "exec('raise RuntimeError'), threading.Thread(", 1)
    monkeypatch.setattr(memory_limits, "_TRIAL", few)
    with pytest.raises(OutOfMemory, match="ulimit -u"):
        memory_limits.check()


@pytest.mark.parametrize("size", [5300 * MB, pytest.param(6000 * MB, marks=pytest.mark.thorough)])
def test_enough_is_enough(tmp_path: Path, size: int) -> None:
    """Just above what is asked for, the sample's edit really fits; so the number is not too low."""
    if memory_limits._address_space() > size:
        pytest.skip("this machine has more cores, which need more")
    sample = Path(SOURCES.split(os.pathsep)[0]) / "install" / "sample" / "sample.png"
    # Fewer steps need no less memory.
    arguments = [*edit_arguments(tmp_path), "--strength", 0.2]
    arguments[1] = sample
    process = start(*arguments, home=tmp_path / "home", limit=size)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


@pytest.mark.parametrize("size", [1000 * MB, 3500 * MB, 6000 * MB])
def test_real_interrupt_stays_one(tmp_path: Path, size: int) -> None:
    """Ctrl-C is exit code 130 under every limit."""
    arguments = edit_arguments(tmp_path)
    arguments[arguments.index("orange")] = "slow"
    process = start(*arguments, home=tmp_path, limit=size, module="tests.engine.cli.fake_main")
    while process.poll() is None and not (tmp_path / "painting").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err


def test_no_library_may_send_an_interrupt(tmp_path: Path) -> None:
    """OpenBLAS, which sends SIGINT where it cannot start threads, starts none, whatever the environment asks for."""
    code = (
        "import text_replace_engine.client.images, numpy, os\n"
        "numpy.ones((300, 300)) @ numpy.ones((300, 300))\n"
        "print(len(os.listdir('/proc/self/task')))\n"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCES, "OPENBLAS_NUM_THREADS": "8", "OMP_NUM_THREADS": "8"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object: Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("No module named 'torch'"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_shortage_in_the_words_of_libraries(error: Exception, expected: bool) -> None:
    """What says that memory is short is told from what only sounds like it."""
    assert is_shortage(error) is expected


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("place", ["/", "/user/session", "/not/here"])
def test_control_groups(tmp_path: Path, version: int, place: str) -> None:
    """Of both versions, in the process's own group and above it, and in a container that hides the path: the least is
    left, and files that can be dropped do not count as used.
    """
    limit, used, prefix, top = (
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_", tmp_path / "memory")
        if version == 1
        else ("memory.max", "memory.current", "", tmp_path)
    )

    def group(path: Path, most: object, now: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        (path / limit).write_text(f"{most}\n")
        (path / used).write_text(f"{now}\n")
        (path / "memory.stat").write_text(f"anon 5\n{prefix}inactive_file 300\n{prefix}active_file 100\n")

    group(top, 10_000, 2_000)
    group(top / "user", "max", 2_000)
    group(top / "user" / "session", 5_000, 1_000)
    membership = tmp_path / "cgroup"
    membership.write_text(f"0::{place}\n" if version == 2 else f"3:cpu,memory:{place}\n2:cpuset:/other\n")
    left = list(memory_limits._left_in_groups(membership, tmp_path))
    assert left == ([4_400, 8_400] if place == "/user/session" else [8_400])


def test_control_groups_limit_is_the_remedys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that is too small is named."""
    monkeypatch.setattr(memory_limits, "_left_in_groups", lambda membership, root: iter([MB]))
    with pytest.raises(OutOfMemory, match="container"):
        memory_limits.check()
