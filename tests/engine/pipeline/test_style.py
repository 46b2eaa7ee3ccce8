"""With the starter models a picture in another style gets one sentence, and drawn ones are found however worn."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from tests.engine.cli.conftest import CLONE
from tests.engine.other_styles import Pixels, page, photograph, screenshot
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.client.images import read_picture
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.sets.paper import STARTER_SET
from text_replace_wire.api import ignore, never
from text_replace_wire.building import find_request
from text_replace_wire.messages import Found
from text_replace_wire.where import chosen

pytestmark = pytest.mark.slow

SAMPLE = read_picture(CLONE / "install" / "sample" / "sample.png").pixels[::2, ::2, :3]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    """The real pipeline, loaded once."""
    return LocalEngine(Pipeline("cpu"))


def found(engine: LocalEngine, pixels: Pixels, replace: str = "apple") -> Found:
    request = find_request(PictureInMemory(np.ascontiguousarray(pixels)), replace, STARTER_SET.id)
    return engine.find(request, ignore, never)


def jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def packed(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return packed


WORN: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "jpeg": jpeg(50),
    "shrunk": lambda image: image.resize((300, 200)),
    "enlarged": lambda image: image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "grey jpeg": lambda image: jpeg(60)(image.convert("L").convert("RGB")),
}


@pytest.mark.parametrize("wear", WORN)
def test_the_sample_is_in_style_however_worn(engine: LocalEngine, wear: str) -> None:
    """The apple of the sample is found in every state in which it was found before there was a detector of style."""
    answer = found(engine, np.asarray(WORN[wear](Image.fromarray(SAMPLE))))
    assert [answer.candidates[rank].label for rank in answer.chosen] == ["apple"], answer.explanation


@pytest.mark.parametrize("picture", [photograph, page, screenshot])
def test_another_style_gets_one_sentence(engine: LocalEngine, picture: Callable[[], Pixels]) -> None:
    """A photograph, a scan, a screenshot: nothing is found and nothing listed, and the sentence names the remedy."""
    answer = found(engine, picture())
    assert answer.chosen == ()
    assert "not in the style that the starter models know (drawn objects)" in answer.explanation
    assert "“text-replace models pull photo” or “Get…” in GIMP 3" in answer.explanation
    assert answer.explanation.count(". ") == 0 and answer.explanation.endswith(".")


def test_candidates_of_another_style_can_be_picked(engine: LocalEngine) -> None:
    """The user may know better: what is listed can be replaced, from GIMP's list and by --pick, in the same answer
    twice.
    """
    first, second = found(engine, photograph()), found(engine, photograph(), "whatever")
    assert first.candidates and first.explanation == second.explanation
    assert chosen(first, (0,)).picked == (0,)


def test_only_what_would_be_found_is_seen(engine: LocalEngine) -> None:
    """Whoever looked for what is not there, and takes a word of the sentence instead, finds it."""
    answer = found(engine, SAMPLE, "umbrella")
    _, _, listed = answer.explanation.partition(" and saw ")
    for word in listed.partition(":")[0].split(", "):
        assert found(engine, SAMPLE, word).chosen, word
