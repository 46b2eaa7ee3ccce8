"""install/uninstall: takes away what install/setup made. Pictures, GIMP itself and its other settings stay."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from installer import engine, gimp
from installer.shell import say
from text_replace_wire import paths


def _is_left(folder: Path) -> bool:
    """Whether an empty folder is one that set-up made: by its name, or because nobody else may read it."""
    if not folder.is_dir() or folder.is_symlink() or any(folder.iterdir()):
        return False
    return folder.name == engine.own_data().name or not folder.stat().st_mode & 0o077


def main() -> int:
    argparse.ArgumentParser("install/uninstall", description=__doc__).parse_args()
    engine.stop_engine()
    for found in gimp.installed():
        gimp.remove_plug_in(found)
    environment = engine.environment_folder()
    if (environment / "pyvenv.cfg").exists():
        shutil.rmtree(environment)
        say(f"Removed {environment}")
    # Only what Text Replace wrote: the folder's place is the user's choice, and may hold other things.
    drafts = paths.home().glob(f"{paths.endpoint_file().name}.*")
    for file in (paths.endpoint_file(), *drafts, paths.engine_command_file(), paths.lock_file()):
        if file.exists():
            file.unlink()
            say(f"Removed {file}")
    if paths.log_dir().exists():
        shutil.rmtree(paths.log_dir())
        say(f"Removed {paths.log_dir()}")
    for folder in (engine.own_data(), paths.home()):
        if _is_left(folder):
            folder.rmdir()
            say(f"Removed {folder}")
    say(
        "Text Replace is uninstalled. GIMP, your pictures and ~/.cache/text-replace, where fetched models are and what "
        "tests keep, were left alone."
    )
    return 0
