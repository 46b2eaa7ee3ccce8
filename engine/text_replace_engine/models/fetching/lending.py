"""A model that two sets use need not be fetched twice: one gets it from the other's folder.

Only models whose weights are installed as ROLE.safetensors are lent.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from text_replace_engine.models.fetching.disk import unwritable
from text_replace_engine.models.fetching.origins import origins
from text_replace_engine.models.fetching.sources import Offered
from text_replace_engine.models.files import check_role, read_json, write_whole
from text_replace_wire.errors import ModelError


def lender(place: Path, model: Offered) -> Path | None:
    """The folder of another set that has the very same file installed, by its published hash, undamaged."""
    if model.sha256 is None:
        return None
    # Where nothing can be kept there is nothing to lend; what else is wrong with the place is said later.
    with suppress(OSError):
        for folder in sorted(place.parent.glob("*")):
            origin = origins(folder, [model.role]).get(model.role)
            has_it = folder != place and origin is not None and origin.sha256 == model.sha256
            if has_it and _is_sound(folder, model.role):
                return folder
    return None


def lend(source: Path, place: Path, role: str) -> None:
    """Copy a role's files from one set's folder to another's. Raises ModelError and OutputError."""
    description = read_json(source / f"{role}.json")
    beside = description.get("config", {}).get("tokenizer")
    names = [f"{role}.safetensors", *([beside["file"]] if beside else [])]
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            partial = place / f"{name}.partial"
            shutil.copyfile(source / name, partial)
            partial.replace(place / name)
        write_whole(place / f"{role}.json", (json.dumps(description, indent=1) + "\n").encode())
    except OSError as error:
        raise unwritable(place, error) from error
    check_role(place, role)


def _is_sound(place: Path, role: str) -> bool:
    try:
        check_role(place, role)
    except ModelError:
        return False
    return True
