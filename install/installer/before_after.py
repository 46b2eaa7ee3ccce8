"""Puts two pictures of one size side by side. Runs in the engine's environment: before_after.py BEFORE AFTER OUT."""

from __future__ import annotations

import sys

from PIL import Image

GAP = 24


def main(before: str, after: str, out: str) -> None:
    left, right = Image.open(before).convert("RGB"), Image.open(after).convert("RGB")
    sheet = Image.new("RGB", (left.width + GAP + right.width, left.height), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width + GAP, 0))
    sheet.save(out, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
