"""A machine with a real sshd, which is this one: on a free port of 127.0.0.1, with keys and settings of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

#: Its name, for an `ssh` that is called by this module's.
NAME = "box"
_SSHD = shutil.which("sshd", path=os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/usr/local/sbin")))
#: Where an sshd that root runs locks its unprivileged half in; the system's own makes it when it starts, and leaves it.
_PRISON = Path("/run/sshd")


@contextmanager
def machine(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Its sshd while the block runs. `folder`/bin gets an `ssh` that knows it, for $PATH. Skips the test where there is
    no sshd, but for where CI is set.
    """
    if _SSHD is None:
        missing = "sshd is not installed (apt-get install openssh-server)"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    port = _free_port()
    _write_settings(folder, port)
    if os.geteuid() == 0:
        _PRISON.mkdir(mode=0o755, exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen([_SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
    try:
        _wait_for(server, port, folder / "sshd.log")
        yield server
    finally:
        server.terminate()
        server.wait(15)


def _write_settings(folder: Path, port: int) -> None:
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        # The folder of all tests is one that anybody may write to.
        "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPidFile none\n"
    )
    (folder / "ssh_config").write_text(
        f"Host {NAME}\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n IdentityFile {folder}/user\n"
        f" IdentitiesOnly yes\n UserKnownHostsFile {folder}/known_hosts\n StrictHostKeyChecking yes\n"
    )
    program = folder / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n')
    program.chmod(0o755)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 15
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
