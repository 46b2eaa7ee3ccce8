"""install/uninstall: takes away what install/setup made. Pictures, GIMP itself and its other settings stay."""

from __future__ import annotations

import argparse
import shutil

from installer import engine, gimp
from installer.shell import say
from text_replace_wire import paths


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
    for file in (paths.endpoint_file(), paths.engine_command_file(), paths.lock_file()):
        if file.exists():
            file.unlink()
            say(f"Removed {file}")
    if paths.log_dir().exists():
        shutil.rmtree(paths.log_dir())
        say(f"Removed {paths.log_dir()}")
    say(
        "Text Replace is uninstalled. GIMP, your pictures and what tests keep in ~/.cache/text-replace were left alone."
    )
    return 0
