"""PIE-Bench, as it is published: `mapping_file.json` beside `annotation_images/` (Ju et al. 2024, PnP Inversion,
https://arxiv.org/abs/2310.01506; https://github.com/cure-lab/PnPInversion).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from text_replace_engine.client.images import read_picture
from text_replace_engine.identifiers import is_id
from text_replace_engine.lab.benchmark.case import Broken, Case, Pixels, Result
from text_replace_engine.lab.benchmark.files import read_opaque, stamp
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_wire.errors import BadImage, UserError
from text_replace_wire.messages import check_prompt, check_text

NAME = "mapping_file.json"
_PICTURES = "annotation_images"
#: Of masks, and of the pictures that they are of.
_SIDE = 512
#: A pixel that counts neither as what changes nor as background.
_NEITHER = 127
#: By `editing_type_id`, as its documentation lists them.
_CATEGORIES = {
    "0": "random",
    "1": "change object",
    "2": "add object",
    "3": "delete object",
    "4": "change content",
    "5": "change pose",
    "6": "change colour",
    "7": "change material",
    "8": "change background",
    "9": "change style",
}
_NO_REPLACEMENT = {
    "2": "an object is added",
    "3": "an object is deleted",
    "8": "the background is changed",
    "9": "the style is changed",
}
_SAME_OBJECT = "the object stays, what it is like is changed"
_UNNAMED = "the prompts do not name one object and another"
_MARKED = re.compile(r"\[([^\]]*)\]")


class PieBench:
    """See `case.Source`. Only entries that replace one object by another are cases."""

    metrics: tuple[Metric, ...] = ()

    def __init__(self, folder: Path, seed: int) -> None:
        """seed: of every case. Raises UserError where the file is not as published, and OSError."""
        self._folder, self._seed = folder, seed
        path = folder / NAME
        try:
            entries = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise UserError(f"“{path}” is no JSON ({error}): fetch it again.") from error
        if not isinstance(entries, dict):
            raise UserError(f"“{path}” has no entry for each id, as PIE-Bench has: fetch it again.")
        self._listed: Mapping[str, Any] = entries

    @property
    def name(self) -> str:
        """See `case.Source`."""
        return "PIE-Bench"

    @property
    def left_out(self) -> Mapping[str, int]:
        """See `case.Source`."""
        return self._read[1]

    @property
    def entries(self) -> tuple[Case | Broken, ...]:
        """See `case.Source`."""
        return self._read[0]

    def judged(self, case: Case, result: Result) -> Mapping[str, float | None]:
        """See `case.Source`."""
        return {}

    @cached_property
    def _read(self) -> tuple[tuple[Case | Broken, ...], Mapping[str, int]]:
        found: list[Case | Broken] = []
        left_out: Counter[str] = Counter()
        for identifier, entry in self._listed.items():
            place = f"“{NAME}”, entry “{identifier}”"
            try:
                words = _words(entry)
                if isinstance(words, str):
                    left_out[words] += 1
                else:
                    found.append(self._case(identifier, entry, words, place))
            except UserError as error:
                found.append(Broken(f"{NAME}:{identifier}", f"{place}: {error}"))
        return tuple(found), left_out

    def _case(self, identifier: str, entry: Mapping[str, Any], words: tuple[str, str], place: str) -> Case:
        if not is_id(identifier):
            raise UserError("this id is no name for files: use letters, digits, “-”, “_” and “.”.")
        picture = self._folder / _PICTURES / entry["image_path"]
        if not picture.is_file():
            raise UserError(f"there is no file “{_PICTURES}/{entry['image_path']}”: fetch the pictures again.")
        runs = entry.get("mask")
        if not isinstance(runs, list) or len(runs) % 2 or not all(type(each) is int and each >= 0 for each in runs):
            raise UserError("“mask” is no list of starts and lengths: fetch the file again.")
        return Case(
            identifier,
            check_prompt(words[0], "blended_word"),
            check_prompt(words[1], "blended_word"),
            self._seed,
            partial(read_opaque, picture),
            partial(_reference, picture, tuple(runs)),
            _MARKED.sub(r"\1", entry["original_prompt"]),
            _MARKED.sub(r"\1", entry["editing_prompt"]),
            _CATEGORIES.get(entry["editing_type_id"], ""),
            partial(stamp, [picture], json.dumps(runs)),
            place,
            picture.stem,
        )


def decoded(runs: Sequence[int]) -> Pixels:
    """The mask (512, 512) of flat start, length pairs, row by row: 255 what is to be changed, else 0. What runs over
    the end is cut off. Its outermost pixels are 127 where nothing is to be changed there: PIE-Bench's own evaluation
    counts them to what may change, “to avoid annotation errors in boundary”
    (https://github.com/cure-lab/PnPInversion/blob/main/evaluation/evaluate.py, mask_decode).
    """
    flat = np.zeros(_SIDE * _SIDE, np.uint8)
    for start, length in zip(runs[::2], runs[1::2], strict=True):
        flat[start : start + length] = 255
    mask = flat.reshape(_SIDE, _SIDE)
    inner = mask[1:-1, 1:-1].copy()
    mask = np.maximum(mask, _NEITHER)
    mask[1:-1, 1:-1] = inner
    return mask


def _reference(picture: Path, runs: Sequence[int]) -> Pixels:
    width, height = read_picture(picture).size
    if (width, height) != (_SIDE, _SIDE):
        raise BadImage(
            f"“{picture.name}” has {width}×{height} pixels and its mask {_SIDE}×{_SIDE}: fetch the pictures as "
            "they are published."
        )
    return decoded(runs)


def _words(entry: Any) -> tuple[str, str] | str:
    """What is to be replaced and by what; or why this is no replacement. Raises UserError for what is not published so.

    It is one where `blended_word` has two words that differ. Where one of them is in brackets in its prompt, the whole
    of these is meant. Without any words the brackets are, if the entry is of the type that changes an object.
    """
    if not isinstance(entry, dict):
        raise UserError("this is no JSON object: fetch the file again.")
    for key in ("image_path", "original_prompt", "editing_prompt", "blended_word", "editing_type_id"):
        if not isinstance(entry.get(key), str):
            raise UserError(f"“{key}” is missing, or no text: fetch the file again.")
        check_text(entry[key], key)
    kind, blended = entry["editing_type_id"], entry["blended_word"].split()
    if kind in _NO_REPLACEMENT:
        return _NO_REPLACEMENT[kind]
    before, after = (_MARKED.findall(entry[key]) for key in ("original_prompt", "editing_prompt"))
    if len(blended) == 2:
        old, new = (_phrase(word, marked) for word, marked in zip(blended, (before, after), strict=True))
        return _SAME_OBJECT if blended[0].lower() == blended[1].lower() else (old, new)
    if not blended and kind == "1" and len(before) == len(after) == 1 and before[0].strip() and after[0].strip():
        return before[0], after[0]
    return _UNNAMED


def _phrase(word: str, marked: Sequence[str]) -> str:
    """The marked text that has a word in it, else the word."""
    return next((text for text in marked if word.lower() in text.lower().split()), word)
