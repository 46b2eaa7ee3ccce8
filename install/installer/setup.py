"""install/setup: the engine, GIMP where it is missing, and the plug-in in GIMP's folders."""

from __future__ import annotations

import argparse
from pathlib import Path

from installer import engine, gimp
from installer.shell import say

DESCRIPTION = """\
Installs Text Replace for the user who runs it; safe to run again, and then fast.

It makes a virtual environment with the engine (TEXT_REPLACE_VENV names another place for it), installs Debian's GIMP
where no GIMP is found (root or sudo), copies the plug-in into the folder of every GIMP found, and records how GIMP
starts the engine."""


def set_up() -> Path:
    """Install everything; returns the installed command line. Raises SetupFailed."""
    gimp.ensure_installed()
    command = engine.install_engine()
    for found in gimp.installed():
        gimp.copy_plug_in(found)
    return command


def main() -> int:
    argparse.ArgumentParser(
        "install/setup", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    command = set_up()
    versions = ", ".join(gimp.versions())
    say(f"\nText Replace is installed{f' for GIMP {versions}' if versions else ''}.")
    if versions:
        say("In GIMP: open a picture, then Filters → Text Replace… (restart GIMP if it is running)")
    say(f"Command line: {command} --help")
    return 0
