"""What is asked of one picture, by the names in its entry, and by the command line where that says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from text_replace_engine.batch.sources.ids import seed_of
from text_replace_engine.batch.sources.names import OF_ONE, OWN, Fields, check_option
from text_replace_engine.client.pointing import picked, pointed
from text_replace_engine.client.wanted import Wanted, pairs_of
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.messages import check_text
from text_replace_wire.options import AUTO, MAX_SEED, PRESET
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import typed
from text_replace_wire.prompts import normalised, shown


@dataclass(frozen=True)
class Asked:
    """What the command line says of all pictures.

    fields: by name, for those whose own entry says nothing else; None and nothing in a list: not given. seed: to which
    the number is added that follows from a picture's id. Raises UserError for what is of one picture.
    """

    fields: Fields
    models: str = AUTO
    seed: int = 0
    variations: int = 1

    def __post_init__(self) -> None:
        wrong = [name for name in self.fields if name in OF_ONE]
        if wrong:
            raise UserError(f"“{wrong[0]}” is of one picture: name it in a CSV or JSON Lines file, picture by picture.")

    def with_own(self, own: Fields) -> Fields:
        """What is asked of a picture whose entry says `own`, with its own words in place of a removal, or the other way
        round.
        """
        given = {name: value for name, value in self.fields.items() if value not in (None, [])}
        if _flag(own, "remove", False):
            given.pop("with", None)
        if "with" in own:
            given.pop("remove", None)
        return {**given, **own}


def wanted_of(asked: Asked, own: Fields, source: Path, identifier: str) -> Wanted:
    """What is asked of the picture file `source`, with what its entry says before what is asked of all. own: where and
    region are paths. Raises UserError for whatever `edit` refuses before it reads.
    """
    fields = asked.with_own(own)
    painting = _painting(fields)
    replace, with_ = _words(fields, painting)
    seed = fields.get("seed")
    wanted = Wanted(
        source=source,
        typed=pairs_of(replace, with_, painting),
        seed=seed_of(identifier, asked.seed) if seed is None else _whole("seed", seed, 0, MAX_SEED),
        where=fields.get("where"),
        region=fields.get("region"),
        page=None if "page" not in fields else _whole("page", fields["page"], 1),
        picked=picked(_numbers("pick", fields.get("pick", ""))),
        select=_select(fields.get("select", Select.OURS.value)),
        pointed=pointed(_points(fields.get("point", [])), _numbers("box", fields["box"]) if "box" in fields else None),
        models=asked.models,
        painting=painting,
        mark=not _flag(fields, "no_mark", False),
        variations=asked.variations,
    )
    wanted.check()
    return wanted


def categories_of(asked: Asked, own: Fields, wanted: Wanted) -> tuple[str, ...]:
    """What a detector is to call each pair's new object: what was asked for, else its own words in their normal form;
    empty where nothing is put. Raises UserError.
    """
    if wanted.painting.remove:
        return ("",) * len(wanted.pairs)
    category = asked.with_own(own).get("category")
    if category is None:
        return tuple(normalised(pair.with_) or pair.with_ for pair in wanted.pairs)
    names = [name.strip() for name in _lines("category", category)]
    if len(names) not in (1, len(wanted.pairs)):
        raise UserError(
            f"“category” has {len(names)} names for {len(wanted.pairs)}: give one for all, or one for each."
        )
    if not all(names):
        raise UserError("“category” is empty: name what a detector is to call the new object.")
    return tuple(names * len(wanted.pairs) if len(names) == 1 else names)


def _words(fields: Fields, painting: Painting) -> tuple[list[str], list[str]]:
    """What is replaced, and by what: in JSON arrays, or in the lines of two texts."""
    if "replace" not in fields:
        raise UserError("“replace” is missing: say what is in the picture by --replace, or in the picture's own entry.")
    if "with" not in fields and not painting.remove:
        raise UserError("“with” is missing: say what to paint instead by --with, or in the picture's own entry.")
    replace, with_ = (_lines(name, fields.get(name, [])) for name in ("replace", "with"))
    if all(isinstance(fields.get(name, []), list) for name in ("replace", "with")):
        return replace, with_
    pairs = typed("\n".join(replace), "\n".join(with_))
    return [pair.replace for pair in pairs], [pair.with_ for pair in pairs] if with_ else []


def _painting(fields: Fields) -> Painting:
    keep_at = fields.get("keep_at")
    options = {name: value for name, value in fields.items() if name not in OWN}
    for name, value in options.items():
        check_option(name, value)
    return Painting(
        _text("preset", fields.get("preset", PRESET.default)),
        fields.get("grow"),
        fields.get("feather"),
        None if keep_at is None else _whole("keep_at", keep_at, 1),
        options,
        remove=_flag(fields, "remove", False),
        remnants=_flag(fields, "remnants", True),
    )


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UserError(f"“{name}” is no text: put it in quotes.")
    check_text(value, name)
    return value


def _lines(name: str, value: Any) -> list[str]:
    return [_text(name, each) for each in value] if isinstance(value, list) else _text(name, value).split("\n")


def _flag(fields: Fields, name: str, default: bool) -> bool:
    value = fields.get(name, default)
    if value not in (True, False):
        raise UserError(f"“{name}” is “{shown(str(value))}”: write true or false.")
    return bool(value)


def _whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    is_whole = type(value) in (int, float) and value == value // 1
    if not is_whole or value < least or (most is not None and value > most):
        wanted = f"from {least} on" if most is None else f"from {least} to {most}"
        raise UserError(f"“{name}” is “{shown(str(value))}”: write a whole number {wanted}.")
    return int(value)


def _select(rule: Any) -> Select:
    if rule not in [each.value for each in Select]:
        known = ", ".join(each.value for each in Select)
        raise UserError(f"there is no select “{shown(str(rule))}”: use one of {known}.")
    return Select(rule)


def _points(value: Any) -> Sequence[str]:
    """“x,y” in lines, [x, y], or a list of either."""
    if isinstance(value, str):
        return [line for line in value.split("\n") if line.strip()]
    if isinstance(value, list) and all(type(each) is int for each in value):
        value = [value] if value else []
    return [_numbers("point", each) for each in value] if isinstance(value, list) else [_numbers("point", value)]


def _numbers(name: str, value: Any) -> str:
    """As the command line has several numbers; in JSON they may be in a list, or one alone."""
    values = value if isinstance(value, list) else [value]
    if not isinstance(value, str) and not all(type(each) is int for each in values):
        raise UserError(f"“{name}” is “{shown(str(value))}”: write whole numbers with commas between them, in quotes.")
    return value if isinstance(value, str) else ",".join(map(str, values))
