"""install/demo: installs everything, then replaces the apple of the bundled picture in a real, headless GIMP."""

from __future__ import annotations

import argparse
import shutil
import time
from pathlib import Path

from installer import CLONE, engine, gimp, places
from installer.setup import set_up
from installer.shell import SetupFailed, failed, run, say

SAMPLE = CLONE / "install" / "sample" / "sample.png"
SEED = 7
_HERE = Path(__file__).parent


def main() -> int:
    argparse.ArgumentParser("install/demo", description=__doc__).parse_args()
    command = set_up()
    runnable = [found for found in gimp.installed() if found.program]
    if not runnable:
        raise SetupFailed("No GIMP was found that can be run: install one (Debian’s gimp), then run this again.")
    say("Starting the engine")
    run([command, "start"], "The engine does not start:")
    folder = places.home() / "text-replace-demo"
    folder.mkdir(exist_ok=True)
    picture = Path(shutil.copy(SAMPLE, folder))
    xcf, comparison = replace_apple(runnable[0], picture)
    say(
        f"\nIn {folder}:\n"
        f"  {comparison.name}  the picture before and after\n"
        f"  {xcf.name}  the original layer, the new layer above it, the edit region as the selection\n"
        "By hand:\n"
        f"  {runnable[0].program.replace('-console', '')} {picture}\n"
        "  Filters → Text Replace…, “apple”, “orange”, OK"
    )
    return 0


def replace_apple(host: gimp.Gimp, picture: Path) -> tuple[Path, Path]:
    """Run the plug-in in `host`; gives the XCF and the picture of before and after. Raises SetupFailed."""
    made = [picture.parent / name for name in ("apple-to-orange.xcf", "after.png", "before-after.png")]
    for old in made:
        old.unlink(missing_ok=True)
    xcf, after, comparison = made
    say(f"Replacing the apple by an orange in GIMP {host.version}, without a window")
    started = time.monotonic()
    places = {"DEMO_IN": str(picture), "DEMO_XCF": str(xcf), "DEMO_AFTER": str(after), "DEMO_SEED": str(SEED)}
    failure = f"GIMP {host.version} did not make the picture:"
    printed = run([host.program, "-i", "-d", "-f", *_batch(host)], failure, env=places)
    # GIMP 2.10 exits with 0 whatever happened.
    if not (xcf.exists() and after.exists()):
        raise failed(failure, printed)
    say(f"GIMP, the plug-in and the engine took {time.monotonic() - started:.0f} s")
    run(
        [engine.environment_folder() / "bin" / "python", _HERE / "before_after.py", picture, after, comparison],
        "The pictures could not be put side by side:",
    )
    return xcf, comparison


def _batch(host: gimp.Gimp) -> list[str]:
    if host.version.startswith("2."):
        return ["-b", (_HERE / "demo_gimp2.scm").read_text(encoding="utf-8"), "-b", "(gimp-quit 0)"]
    return ["--batch-interpreter=python-fu-eval", "-b", (_HERE / "demo_gimp3.py").read_text(encoding="utf-8"), "--quit"]
