"""JSON Lines that grow while a process may be killed: a line is on disk when it was written, and half a one is none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from text_replace_wire.errors import UserError


def append_line(path: Path, document: Mapping[str, Any]) -> None:
    """When this returns, it is on disk. Raises OSError."""
    with path.open("ab") as file:
        file.write((json.dumps(document, ensure_ascii=False) + "\n").encode(errors="backslashreplace"))
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> list[bytes]:
    """All that were written to their ends. Raises OSError."""
    *lines, _ = path.read_bytes().split(b"\n")
    return lines


def end_with_whole_line(path: Path) -> None:
    """Cut off what a process wrote that was killed while it wrote. Raises OSError."""
    with path.open("rb+") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)


def object_on(line: bytes) -> dict[str, Any]:
    """What a user wrote on a line. Raises UserError where it is no JSON object."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"this is no JSON ({error}): write one object a line.") from error
    if not isinstance(found, dict):
        raise UserError("this is no JSON object: write one object a line, in “{” and “}”.")
    return found
