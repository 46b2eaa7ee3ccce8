"""Running other programs, and talking to the person who started the script."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Optional

from text_replace_wire.errors import TextReplaceError


class SetupFailed(TextReplaceError):
    """Something on this machine keeps a script from doing its job."""

    kind = "setup"


def say(text: str) -> None:
    """Print `text`. That nobody can read it, because the disk is full or the reader has gone, stops nothing."""
    try:
        print(text, flush=True)
    except OSError:
        # What is left of it would fail again at the end of the program.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def run(command: Sequence[object], failure: str, env: Optional[Mapping[str, str]] = None, show: bool = False) -> str:
    """Run `command` and return what it printed; with `show` it prints to the terminal and nothing is returned.

    Raises SetupFailed with the sentence `failure` and the last lines that the command printed.
    """
    words = [str(word) for word in command]
    output = None if show else subprocess.PIPE
    try:
        done = subprocess.run(
            words,
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if show else subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise SetupFailed(f"{failure} ({error})") from error
    printed = done.stdout or ""
    if done.returncode != 0:
        raise failed(failure, printed)
    return printed


def failed(failure: str, printed: str) -> SetupFailed:
    """The error that says `failure` and shows the last lines of what a command printed."""
    return SetupFailed("\n".join([failure, *(f"    {line}" for line in printed.strip().splitlines()[-15:])]))


def root_prefix() -> Optional[list[str]]:
    """What to write before a command that needs root: nothing for root, else sudo; None where neither would work."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    quiet = subprocess.run([sudo, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    return [sudo] if quiet.returncode == 0 or sys.stdin.isatty() else None


def script(main: Callable[[], int]) -> int:
    """Run a script's `main`; a failure is one sentence on standard error and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        # Our sentences have signs that not every encoding has.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return main()
    except TextReplaceError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n“{error.filename or 'a program'}” cannot be used: {error.strerror}. Mend that.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; run it again to go on where it stopped.", file=sys.stderr)
        return 130
