"""Every limit of a request, on both sides of it: the last value that is taken and the first that is refused."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from text_replace_wire.errors import BadImage, BadPrompt, BadSelection, TooLarge, UserError
from text_replace_wire.geometry import SEARCH_SIDE, Box
from text_replace_wire.messages import MAX_BATCH, MAX_PROMPT, Edit, Find, MaskKind
from text_replace_wire.options import MAX_SEED, MAX_VARIATIONS
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

FIND = Find("apple", Plane(2, 2, 3, bytes(12)), (2, 2))
EDIT = Edit("apple", "orange", 0, (9, 9), Box(1, 1, 3, 3), Plane(2, 2, 3, bytes(12)), Plane(2, 2, 1, bytes(4)))
GREY = Plane(SEARCH_SIDE, 1, 1, bytes(SEARCH_SIDE))
REGION = {"mask_kind": MaskKind.REGION}


@pytest.mark.parametrize("request_", [FIND, EDIT], ids=["find", "edit"])
@pytest.mark.parametrize(
    "changes",
    [{"replace": "a" * MAX_PROMPT}, {"replace": f" {'a' * MAX_PROMPT}\n"}, {"models": "a" * 100}, {"models": "Ä b"}],
)
def test_what_both_requests_take(request_: Find | Edit, changes: dict[str, Any]) -> None:
    """A prompt of the full length, white space around it not counted, and any printable name of models."""
    dataclasses.replace(request_, **changes)


@pytest.mark.parametrize("request_", [FIND, EDIT], ids=["find", "edit"])
@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"replace": " \n"}, BadPrompt, "“Replace” is empty"),
        ({"replace": "a" * (MAX_PROMPT + 1)}, BadPrompt, f"“Replace” has {MAX_PROMPT + 1} characters"),
        ({"replace": "a\ud800"}, BadPrompt, "“Replace” has characters"),
        ({"replace": "\udfffa"}, BadPrompt, "“Replace” has characters"),
        ({"models": ""}, UserError, "no name"),
        ({"models": "a" * 101}, UserError, "no name"),
        ({"models": "a\nb"}, UserError, "no name"),
        ({"layer_size": (0, 2)}, BadImage, "0×2"),
        ({"selection": Plane(2, 1, 1, bytes(2))}, BadSelection, "size"),
        ({"selection": Plane(2, 2, 3, bytes(12))}, BadSelection, "size"),
    ],
)
def test_what_both_requests_refuse(
    request_: Find | Edit, changes: dict[str, Any], error: type[UserError], words: str
) -> None:
    """With a sentence that names the field as the user sees it."""
    with pytest.raises(error, match=words):
        dataclasses.replace(request_, **changes)


def test_search_copy() -> None:
    """At most 1,280 pixels a side, either side."""
    dataclasses.replace(FIND, image=GREY)
    for size in ((SEARCH_SIDE + 1, 1), (1, SEARCH_SIDE + 1)):
        with pytest.raises(TooLarge, match=f"{size[0]}×{size[1]}"):
            dataclasses.replace(FIND, image=Plane(*size, 1, bytes(SEARCH_SIDE + 1)))


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": MAX_SEED},
        {"variations": MAX_VARIATIONS, "place": MAX_VARIATIONS - 1},
        {"batch": 1},
        {"batch": MAX_BATCH},
        {"place": 0},
        {"mask": GREY},
        {"painting": Painting(grow=2.0, feather=2.0)},
        {**REGION, "painting": Painting(grow=0.0, feather=0.0)},
        {"selection": Plane(2, 2, 1, bytes(4))},
        {"layer_size": (3, 3)},
    ],
)
def test_what_an_edit_takes(changes: dict[str, Any]) -> None:
    """The last value of every range, and a mask of an object at any size."""
    dataclasses.replace(EDIT, **changes)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"with_": ""}, BadPrompt, "“With” is empty"),
        ({"painting": Painting(remove=True)}, UserError, "replaced or removed, not both"),
        ({"seed": -1}, UserError, "The seed is -1"),
        ({"seed": MAX_SEED + 1}, UserError, f"from 0 to {MAX_SEED}"),
        ({"variations": 0}, UserError, "number of variations is 0"),
        ({"variations": MAX_VARIATIONS + 1}, UserError, f"from 1 to {MAX_VARIATIONS}"),
        ({"batch": 0}, UserError, "0 samples"),
        ({"batch": MAX_BATCH + 1}, UserError, f"1 to {MAX_BATCH}"),
        ({"place": -1}, UserError, "no variation -1 of 1"),
        ({"variations": 3, "place": 3}, UserError, "no variation 3 of 3"),
        ({"box": Box(1, 1, 3, 2)}, BadImage, "place and size"),
        ({"box": Box(8, 1, 10, 3)}, BadImage, "place and size"),
        ({"mask": Plane(2, 2, 3, bytes(12))}, BadImage, "mask"),
        ({**REGION, "mask": Plane(2, 2, 3, bytes(12))}, BadImage, "mask"),
        ({**REGION, "mask": GREY}, BadImage, "mask"),
        ({**REGION, "painting": Painting(grow=1.0)}, UserError, "leave out growth and feather"),
        ({**REGION, "painting": Painting(feather=1.0)}, UserError, "leave out growth and feather"),
    ],
)
def test_what_an_edit_refuses(changes: dict[str, Any], error: type[UserError], words: str) -> None:
    """The first value beyond every range, and a region that is not the box's or is to be shaped."""
    with pytest.raises(error, match=words):
        dataclasses.replace(EDIT, **changes)
