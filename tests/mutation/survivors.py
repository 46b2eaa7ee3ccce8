"""The list of known survivors, `survivors.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.mutation.mutants import Mutant

LIST = Path(__file__).with_name("survivors.toml")


def known(text: str) -> dict[Mutant, str]:
    """Every listed mutant and the reason why it may survive.

    Raises ValueError for one that is listed twice or without a reason.
    """
    found: dict[Mutant, str] = {}
    for entry in tomllib.loads(text)["known"]:
        reason = entry["reason"].strip()
        for function, before, after in entry["changes"]:
            mutant = Mutant(function, before, after)
            if mutant in found or not reason:
                raise ValueError(f"Listed twice, or without a reason:\n{mutant}")
            found[mutant] = reason
    return found
