"""What the scripts in install/ do. Standard library only, Python >= 3.9."""

from __future__ import annotations

import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
PLUGIN = CLONE / "plugin" / "text-replace"

# The wire package is the only part of the product that runs before anything is installed.
sys.path.insert(0, str(PLUGIN))
