"""What ExifTool, a reader of metadata that is not ours, says of picture files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest


def source_types(files: Sequence[Path | str]) -> list[Any]:
    """IPTC's `DigitalSourceType` of each file, as it stands there; None where it says none. Skips the test where
    ExifTool is not installed, but for where CI is set.
    """
    if not shutil.which("exiftool"):
        missing = "exiftool is not installed (apt-get install libimage-exiftool-perl)"
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    # -n: the address, not the words that ExifTool has for it.
    words = ["exiftool", "-json", "-n", "-XMP-iptcExt:DigitalSourceType", *map(str, files)]
    said = subprocess.run(words, capture_output=True, check=True).stdout
    return [each.get("DigitalSourceType") for each in json.loads(said)]
