#!/usr/bin/env python3
"""Text Replace for GIMP 2.10, 3.0 and 3.2: this file only finds out which GIMP started it.

GIMP 3 calls a plug-in with: -gimp, protocol version, two pipe numbers, mode, stack trace mode.
GIMP 2.10 leaves the protocol version out. The mode is -query, -init or -run.
"""

from __future__ import annotations

import sys

MODES = ("-query", "-init", "-run")


def main(arguments: list[str]) -> int:
    if len(arguments) == 7 and arguments[5] in MODES:
        from text_replace_plugin.gimp3.plugin import main as run_in_gimp3

        return run_in_gimp3(arguments)
    if len(arguments) == 6 and arguments[4] in MODES:
        from text_replace_plugin.gimp210.plugin import main as run_in_gimp210

        return run_in_gimp210(arguments)
    print(
        "Text Replace is a GIMP plug-in: copy its folder into GIMP's plug-ins folder and start GIMP.", file=sys.stderr
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
