"""The recipe in a result: everything that is needed to make the same pixels again, as JSON in a parasite."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Optional, TypeVar

from text_replace_plugin.host import Identity
from text_replace_plugin.i18n import _
from text_replace_plugin.results import Batch, Result
from text_replace_plugin.settings import Settings
from text_replace_wire.errors import TextReplaceError, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import MaskKind, check_models
from text_replace_wire.options import MAX_SEED, STRENGTH
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import check_number
from text_replace_wire.planes import Plane, check_size
from text_replace_wire.where import Limit, Where

PARASITE = "text-replace-recipe"
_VERSION = 1
_FLAGS = ("keep_selection", "as_layer_mask", "record_recipe", "mark")
#: Recipes of versions that did not write down what was asked for: what could be asked then, and is nowhere else.
_ASKED_BEFORE = (STRENGTH.field,)

Item = TypeVar("Item")


@dataclass(frozen=True)
class Source:
    """The layer that a result was made from. picture: a digest of the pixels that the edit saw."""

    identity: Identity
    size: tuple[int, int]
    picture: str


@dataclass(frozen=True)
class Recipe:
    """Of one pair. settings: with the seed of its result, and the step after which it was kept. where: the recorded
    mask.

    batch: None in recipes of versions that painted one after the other.
    """

    settings: Settings
    where: Where
    source: Source
    batch: Optional[Batch] = None


def digest(picture: Plane) -> str:
    """Of the pixels that an edit sees."""
    return hashlib.blake2b(picture.data, digest_size=16).hexdigest()


def written(results: Sequence[Result], number: int, source: Identity) -> bytes:
    """The parasite's contents for one result, which has this number among those of its run, one of each pair."""
    document = _described(results[number], source)
    if len(results) > 1:
        # What knows nothing of pairs repeats this one.
        others = [_described(result, source) for result in results if result is not results[number]]
        document["pairs"] = {"number": number, "others": others}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _described(result: Result, source: Identity) -> dict[str, Any]:
    settings, where, edit, report = result.job.settings, result.job.where, result.edit, result.variation.report
    painting = edit.painting
    painted_with = {name: value for name, value in report.get("options", {}).items() if value is not None}
    return {
        "version": _VERSION,
        "replace": edit.replace,
        "with": edit.with_,
        "seed": report["seed"],
        "preset": painting.preset,
        "models": {"choice": report["family"], "files": report["models"]},
        "options": {
            **painting.options,
            **painted_with,
            "grow": painting.grow,
            "feather": painting.feather,
            "keep_at": report.get("kept_at"),
            "remove": painting.remove,
        },
        # Versions that do not know it would take it for a painter's option.
        "remnants": painting.remnants,
        "asked": [name for name in painting.options if name not in settings.recorded],
        "batch": {
            "size": report.get("batch", 1),
            "variations": report.get("variations", 1),
            "place": report.get("place", 0),
        },
        "result": {name: getattr(settings, name) for name in _FLAGS},
        "mask_source": "found" if where.kind is MaskKind.OBJECT else "selection",
        "picked": where.picked,
        "without": where.without,
        "box": _numbers(where.box),
        "mask": _packed(where.mask),
        "selection": None if edit.selection is None else {**_packed(edit.selection), "box": _numbers(edit.box)},
        "layer": {**asdict(source), "size": edit.layer_size, "picture": digest(edit.image)},
        "clip": (report.get("samples") or [{}])[0].get("clip"),
        "device": report["device"],
        "dtype": report["dtype"],
        "versions": report["versions"],
    }


def read(contents: bytes) -> tuple[Recipe, ...]:
    """Of each pair of the run, in order. Raises UserError where this is no recipe that this version knows."""
    try:
        return _recipes(json.loads(contents))
    except (ValueError, TypeError, KeyError, IndexError, zlib.error, RecursionError, TextReplaceError) as error:
        raise UserError(
            _(
                "The recipe in this layer cannot be read: it is damaged or of a newer version, so use Text Replace "
                "instead."
            )
        ) from error


def whole_result(layer: Item, around: Sequence[Item], recipe_of: Callable[[Item], Optional[bytes]]) -> Item:
    """A result layer; of a run of several pairs the group of all of them: the nearest of those `around` it, from the
    inside out, that has a recipe. A result of one pair may lie in the group of others, from which it was made.

    Raises UserError as `read`.
    """
    contents = recipe_of(layer)
    if contents is None or len(read(contents)) == 1:
        return layer
    return next((group for group in around if recipe_of(group) is not None), layer)


def _recipes(document: dict[str, Any]) -> tuple[Recipe, ...]:
    own = _recipe(document)
    # Recipes of one pair say nothing of others.
    beside: dict[str, Any] = document.get("pairs", {"number": 0, "others": []})
    others, number = [_recipe(other) for other in beside["others"]], int(beside["number"])
    check_number(len(others) + 1)
    if not 0 <= number <= len(others):
        raise ValueError("no such pair")
    return (*others[:number], own, *others[number:])


def _recipe(document: dict[str, Any]) -> Recipe:
    if document["version"] != _VERSION:
        raise ValueError("unknown version")
    # Recipes that were recorded before there were marks say nothing of them.
    result = {"mark": True, **document["result"]}
    flags: dict[str, Any] = {name: bool(result[name]) for name in _FLAGS}
    # Older ones replace, and what they painted over had no remnants in it.
    told = {"remove": False, "remnants": document.get("remnants", False), **document["options"]}
    painting = _painting(document["preset"], told)
    asked = [_text(name) for name in document.get("asked", _ASKED_BEFORE)]
    settings = Settings(
        replace=str(document["replace"]),
        with_=str(document["with"]),
        seed=_seed(document["seed"]),
        models=_models(document["models"]["choice"]),
        painting=painting,
        use_selection=document["mask_source"] == "selection",
        recorded=tuple(name for name in painting.options if name not in asked),
        **flags,
    )
    layer = document["layer"]
    size = (int(layer["size"][0]), int(layer["size"][1]))
    check_size(size)
    box = _box(document["box"], size)
    kind = MaskKind.REGION if settings.use_selection else MaskKind.OBJECT
    where = Where(
        kind=kind,
        mask=_unpacked(document["mask"], box.size if kind is MaskKind.REGION else None),
        box=box,
        picked=tuple(map(int, document["picked"])),
        without=tuple(map(int, document["without"])),
        recorded=True,
        limit=_limit(document["selection"], size),
    )
    source = Source(Identity(int(layer["tattoo"]), str(layer["name"])), size, str(layer["picture"]))
    batch = document.get("batch")
    return Recipe(settings, where, source, None if batch is None else Batch(**batch))


def _seed(number: Any) -> int:
    seed = int(number)
    if not 0 <= seed <= MAX_SEED:
        raise ValueError("no such seed")
    return seed


def _models(name: Any) -> str:
    check_models(_text(name))
    return _text(name)


def _painting(preset: Any, options: dict[str, Any]) -> Painting:
    shape = {name: options.pop(name) for name in ("grow", "feather", "keep_at")}
    flags: dict[str, Any] = {name: bool(options.pop(name)) for name in ("remove", "remnants")}
    return Painting(_text(preset), **shape, **flags).with_options(**options)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _limit(document: Optional[dict[str, Any]], size: tuple[int, int]) -> Optional[Limit]:
    if document is None:
        return None
    box = _box(document["box"], size)
    return Limit(_unpacked(document, box.size), box)


def _numbers(box: Box) -> list[int]:
    return [box.x0, box.y0, box.x1, box.y1]


def _box(numbers: list[int], size: tuple[int, int]) -> Box:
    box = Box(*map(int, numbers))
    if box.is_empty() or box.clipped(size) != box:
        raise ValueError("the box lies outside the layer")
    return box


def _packed(plane: Plane) -> dict[str, Any]:
    data = base64.b64encode(zlib.compress(plane.data, 6)).decode()
    return {"width": plane.width, "height": plane.height, "data": data}


def _unpacked(document: dict[str, Any], size: Optional[tuple[int, int]]) -> Plane:
    width, height = int(document["width"]), int(document["height"])
    check_size((width, height))
    if size is not None and size != (width, height):
        raise ValueError("the mask does not have its box's size")
    try:
        packed = base64.b64decode(document["data"], validate=True)
    except binascii.Error as error:
        raise ValueError("the mask is damaged") from error
    # A mask that unpacks to more than it says would be a trap.
    return Plane(width, height, 1, zlib.decompressobj().decompress(packed, width * height))
