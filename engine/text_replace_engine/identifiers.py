"""Names of pictures in a list of them, by which files are called on every system."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_id(text: str) -> bool:
    """Whether a picture may be called so."""
    return _ID.fullmatch(text) is not None
