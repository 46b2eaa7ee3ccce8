"""A GIMP on a virtual screen, with a driver beside it in one D-Bus session."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gimp.gimps import CLONE, INSIDE, Gimp

_PROGRAMS = {"Xvfb": "xvfb", "dbus-run-session": "dbus", "import": "imagemagick"}
DEADLINE = 1800  # seconds for one driver

_SESSION = """
/usr/libexec/at-spi-bus-launcher --launch-immediately >/dev/null 2>&1 </dev/null & bus=$!
sleep 1
{gimp} -n -s -d {picture} >{log} 2>&1 </dev/null & gimp=$!
timeout {deadline} /usr/bin/python3 {driver}; status=$?
kill -9 $gimp; kill $bus; exit $status
"""


def folder() -> Path:
    """Where screenshots go: $TEXT_REPLACE_SCREENSHOTS, or a folder beside these tests that git ignores."""
    return Path(os.environ.get("TEXT_REPLACE_SCREENSHOTS") or CLONE / "tests" / "gimp" / "screenshots")


@contextlib.contextmanager
def virtual_screen() -> Iterator[str]:
    """The DISPLAY of an Xvfb of our own."""
    for program, package in _PROGRAMS.items():
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed (apt-get install {package})")
    reader, writer = os.pipe()
    # With each last client gone it would start anew, and refuse the next while it does.
    arguments = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(arguments, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def drive(
    gimp: Gimp,
    picture: Path,
    home: Path,
    driver: str = "onscreen.py",
    after_shot: Callable[[str], None] = lambda name: None,
) -> dict[str, Any]:
    """Open `picture` (under the GIMP's folder) on a screen and let the driver work; what it saw.

    after_shot: called with the name of each screenshot, while the driver waits.
    """
    folder().mkdir(parents=True, exist_ok=True)
    log = gimp.folder / "onscreen.log"
    script = _SESSION.format(
        gimp=gimp.screen_program, picture=picture, log=log, driver=INSIDE / driver, deadline=DEADLINE
    )
    with virtual_screen() as display:
        environment = {
            "TEXT_REPLACE_HOME": str(home),
            "DISPLAY": display,
            "GTK_MODULES": "gail:atk-bridge",
            "NO_AT_BRIDGE": "0",
            "LANG": "C.UTF-8",
        }
        command = gimp.command(["dbus-run-session", "--", "sh", "-c", script], environment)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdin and process.stdout
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                if line.startswith("SHOT "):
                    target = folder() / f"gimp-{gimp.name}-{line.split()[1]}.png"
                    subprocess.run(["import", "-window", "root", "-display", display, str(target)], check=True)
                    after_shot(line.split()[1])
                    process.stdin.write("\n")
                    process.stdin.flush()
            status = process.wait(10)
        finally:
            process.kill()
    said = "".join(lines)
    assert status == 0, f"{said}\n{log.read_text(errors='replace')[-3000:]}"
    found: dict[str, Any] = json.loads(lines[-1])
    return found
