"""An edit region that is shared out among several objects, and the colours that each of them gets."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine import colouring
from text_replace_engine.colour_share import share
from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.models.lengths import room_for
from text_replace_engine.models.vocabulary import Named, Reading
from text_replace_engine.painting.painter import Canvas
from text_replace_engine.painting.shares import Shares, shared_out
from text_replace_engine.steps import finished
from text_replace_engine.tensors import bounding_box
from text_replace_wire.messages import Stage


def region(*boxes: tuple[int, int, int, int]) -> Tensor:
    """Ones in boxes (x0, y0, x1, y1) of 60 × 40 pixels."""
    plane = torch.zeros(1, 1, 40, 60)
    for x0, y0, x1, y1 in boxes:
        plane[..., y0:y1, x0:x1] = 1
    return plane


def shares(where: Tensor, *texts: str, sizes: tuple[float, ...] = (0.5, 0.5)) -> Shares:
    found = shared_out(torch.rand(1, 3, 40, 60), where, where, texts, sizes)
    assert found is not None and [each.text for each in found.each] == list(texts)
    return found


def test_a_region_is_shared_along_its_longer_side() -> None:
    """Side by side in a wide one, one above the other in a tall one, each inside, by size, and no two overlap."""
    wide = shares(region((4, 10, 54, 30)), "cat", "dog", sizes=(0.6, 0.4))
    left, right = (bounding_box(each.region, 0.0) for each in wide.each)
    assert left.x1 <= right.x0 + 1 and left.width > right.width
    tall = shares(region((10, 2, 26, 38)), "cat", "dog")
    top, bottom = (bounding_box(each.region, 0.0) for each in tall.each)
    assert top.y1 <= bottom.y0 + 1 and abs(top.height - bottom.height) <= 1
    for found, where in ((wide, region((4, 10, 54, 30))), (tall, region((10, 2, 26, 38)))):
        total = sum(each.region for each in found.each)
        assert isinstance(total, Tensor)
        assert bool((total <= where).all()) and float(total.max()) <= 1


def test_a_share_keeps_proportions() -> None:
    """Of a square, halves are not twice as tall as wide: what is left over is ground."""
    found = shares(region((10, 2, 46, 38)), "cat", "dog")
    for each in found.each:
        box = bounding_box(each.region, 0.0)
        assert box.height <= 1.4 * box.width


def test_separate_parts_are_a_share_each() -> None:
    """Two objects that are replaced by two, the left one by the first."""
    found = shares(region((40, 5, 55, 20), (3, 20, 18, 38)), "cat", "dog")
    assert torch.equal(found.each[0].region, region((3, 20, 18, 38)))
    assert torch.equal(found.each[1].region, region((40, 5, 55, 20)))


def test_a_shadow_is_no_room_for_an_object() -> None:
    """What only belongs to the old object is painted over, but the new ones share the room of the object itself."""
    room, image = region((10, 5, 30, 15)), torch.rand(1, 3, 40, 60)
    found = shared_out(image, region((10, 5, 30, 38)), room, ("cat", "dog"), (0.5, 0.5))
    assert found is not None
    assert all(bool((each.region <= room).all()) for each in found.each)
    assert not torch.equal(found.ground[..., 20:38, 12:28], image[..., 20:38, 12:28])


def test_the_ground_has_nothing_of_the_old_object() -> None:
    """All objects are painted on the blurred surroundings; outside the region the picture is what it was."""
    where = region((10, 5, 50, 35))
    image = torch.where(where > 0, torch.tensor(1.0), torch.tensor(0.2)).expand(1, 3, -1, -1)
    found = shared_out(image, where, where, ("cat", "dog"), (0.5, 0.5))
    assert found is not None and float(found.ground.max()) < 0.25
    tiny = region((10, 10, 11, 40))
    assert shared_out(image, tiny, tiny, [str(number) for number in range(50)], [1 / 50] * 50) is None


def test_room_goes_by_length() -> None:
    """A bus gets more room than an apple, but not all of it; of what is unknown, as much as anything."""
    bus, apple = room_for(["red bus", "apples"])
    assert 0.55 < bus < 0.65 and bus + apple == pytest.approx(1)
    assert room_for(["bus", "grobble"]) == [0.5, 0.5]


class _Finder:
    """Finds all that differs from the upper left pixel."""

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.SEGMENT
        pixels = visible & ((image - image[..., :1, :1]).abs().amax((0, 1)) > 0.05).numpy()
        return Finding((Seen(phrase, pixels, 1.0, 1.0),) if pixels.any() else (), (), ())


def test_each_object_gets_its_own_colour() -> None:
    """The second one's is not the first one's, one without a colour keeps its own, and around them nothing changes."""
    where = region((2, 5, 20, 35), (24, 5, 38, 35), (42, 5, 58, 35))
    image = torch.full((1, 3, 40, 60), 0.95)
    painted = torch.where(where > 0, torch.tensor([0.9, 0.1, 0.15]).view(1, 3, 1, 1), image)
    objects = (Named("cat", "blue"), Named("dog", "green"), Named("car"))
    told = Reading("cat, dog and car", (), objects)
    found = shared_out(image, where, where, [each.text for each in objects], room_for([each.text for each in objects]))
    pixels, missed = finished(colouring.coloured(painted, Canvas(image, where, shares=found), told, _Finder()))
    inside = where[0, 0].numpy() > 0
    left, right = np.arange(60) < 22, np.arange(60) > 40
    assert share(pixels, inside & left, "blue") > 0.9
    assert share(pixels, inside & ~left & ~right, "green") > 0.9
    assert share(pixels, inside & right, "red") > 0.9
    assert torch.equal(pixels * (where == 0), painted * (where == 0))
    assert not missed and not colouring.notes(told, Canvas(image, where, shares=found))


class _NamingFinder:
    """Two halves of whatever it is shown, of which the right one is named. Its own memory is not for paintings."""

    def __init__(self, named: bool) -> None:
        self._named = named

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        raise AssertionError("the user's pictures are pushed out")

    def anew(self) -> _Halves:
        return _Halves(self._named)


class _Halves:
    def __init__(self, named: bool) -> None:
        self._named = named

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        yield Stage.SEGMENT
        right = visible & (np.arange(visible.shape[1]) >= visible.shape[1] // 2)
        halves = (Seen("box", visible & ~right, 0.9, 0.9), Seen(phrase, right, 0.1, 0.8))
        return Finding(halves, (0,), (), named=((1,),) if self._named else ((),))


@pytest.mark.parametrize("named", [True, False])
def test_what_the_word_names_is_given_the_colour(named: bool) -> None:
    """Not what is nearer to it by chance; where nothing is named, all that was painted. The finder is one with a memory
    of its own.
    """
    where = region((10, 5, 50, 35))
    image = torch.tensor([0.9, 0.1, 0.15]).view(1, 3, 1, 1).expand(1, 3, 40, 60)
    told = Reading("cat", (), (Named("cat", "blue"),))
    pixels, missed = finished(colouring.coloured(image, Canvas(image, where), told, _NamingFinder(named)))
    inside, left = where[0, 0].numpy() > 0, np.arange(60) < 28
    assert share(pixels, inside & (np.arange(60) > 32), "blue") > 0.9
    assert share(pixels, inside & left, "red" if named else "blue") > 0.9
    assert not missed


def test_objects_without_room_are_said_to_be_painted_as_one() -> None:
    """Nothing is dropped in silence: neither that they are not apart, nor the colours that none of them gets."""
    where = region((10, 10, 11, 40))
    canvas = Canvas(torch.rand(1, 3, 40, 60), where)
    told = Reading("cat and dog", (), (Named("cat", "red"), Named("dog")))
    assert colouring.apart(told, canvas) == ()
    (sentence,) = colouring.notes(told, canvas)
    assert all(f"“{word}”" in sentence for word in ("cat", "dog", "red"))
    pixels, missed = finished(colouring.coloured(canvas.image, canvas, told, _Finder()))
    assert pixels is canvas.image and not missed
    (without,) = colouring.notes(Reading("cat and dog", (), (Named("cat"), Named("dog"))), canvas)
    assert without.endswith("painted as one: name one of them only.")


def test_a_grey_picture_gets_no_colour_and_it_is_said() -> None:
    """Black and white show there; for blue the sentence says that it does not."""
    where = region((10, 5, 50, 35))
    image = torch.full((1, 3, 40, 60), 0.5)
    canvas = Canvas(image, where, grey=True)
    blue, white = (Reading("cat", (), (Named("cat", colour),)) for colour in ("blue", "white"))
    painted = torch.where(where > 0, torch.tensor(0.6), image)
    unchanged, _ = finished(colouring.coloured(painted, canvas, blue, _Finder()))
    assert torch.equal(unchanged, painted)
    assert "blue" in colouring.notes(blue, canvas)[0] and not colouring.notes(white, canvas)
    lighter, _ = finished(colouring.coloured(painted, canvas, white, _Finder()))
    assert float(lighter[0, 0, 20, 30]) > 0.8
    assert torch.equal(lighter[:, 0], lighter[:, 1]) and torch.equal(lighter[:, 0], lighter[:, 2])


def test_an_object_that_is_not_to_be_seen_keeps_its_colour() -> None:
    """Where nothing stands out of the painting, nothing is recoloured, and a sentence says so."""

    class Blind(_Finder):
        def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
            return (yield from super().find(image, visible & False, phrase))

    image = torch.rand(1, 3, 40, 60)
    told = Reading("cat", (), (Named("cat", "blue"),))
    pixels, missed = finished(colouring.coloured(image, Canvas(image, region((10, 5, 50, 35))), told, Blind()))
    assert torch.equal(pixels, image) and "blue" in missed[0]
