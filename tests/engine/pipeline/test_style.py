"""With the starter models a picture in another style gets one sentence, and drawn ones are found however worn."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.engine.cli.conftest import CLONE
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

Pixels = NDArray[np.uint8]
SAMPLE = read_picture(CLONE / "install" / "sample" / "sample.png").pixels[:, :, :3]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    """The real pipeline, loaded once."""
    return LocalEngine(Pipeline("cpu"))


def found(engine: LocalEngine, pixels: Pixels, replace: str = "apple") -> Found:
    request = find_request(PictureInMemory(np.ascontiguousarray(pixels)), replace, STARTER_SET.id)
    return engine.find(request, ignore, never)


def photograph() -> Pixels:
    """What a camera's pictures have: detail at every scale, out of focus in parts, with sensor noise."""
    rng = np.random.default_rng(3)
    scales = (2, 4, 8, 16, 32, 64, 128)
    planes = [Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32)) for cells in scales]
    field = sum(np.asarray(plane.resize((480, 360), Image.Resampling.BICUBIC)) / n for n, plane in enumerate(planes, 1))
    light = 0.45 + 0.16 * np.asarray(field)[..., None] * np.array([1.0, 0.85, 0.6])
    noisy = light + rng.normal(0, 0.02, light.shape)
    sharp = Image.fromarray((noisy.clip(0, 1) * 255).astype(np.uint8))
    blurred = np.asarray(sharp.filter(ImageFilter.GaussianBlur(4)))
    return np.where(np.arange(480)[None, :, None] < 200, np.asarray(sharp), blurred)


def page() -> Pixels:
    """A scan of text: grey paper, soft dark letters, a little askew."""
    rng = np.random.default_rng(4)
    image = Image.new("L", (620, 800), 235)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    for line in range(36):
        words = " ".join("".join(rng.choice(list("aeionrstlm"), rng.integers(2, 9))) for _ in range(10))
        draw.text((50, 40 + 20 * line), words[:62], fill=40, font=font)
    scanned = np.asarray(
        image.rotate(0.7, Image.Resampling.BICUBIC, fillcolor=235).filter(ImageFilter.GaussianBlur(0.7))
    )
    grain = scanned + rng.normal(0, 5, scanned.shape)
    return np.repeat(grain.clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def screenshot() -> Pixels:
    """A window with a title, a list, fields and buttons."""
    image = Image.new("RGB", (720, 480), (246, 245, 244))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    draw.rectangle((0, 0, 720, 34), (222, 221, 218))
    draw.text((310, 9), "Preferences", fill=(46, 52, 54), font=font)
    draw.rectangle((0, 35, 190, 480), (255, 255, 255), (205, 199, 194))
    for row in range(12):
        draw.text((16, 48 + 34 * row), f"Section number {row}", fill=(46, 52, 54), font=font)
    for row in range(7):
        draw.text((215, 62 + 50 * row), "Name of this setting", fill=(46, 52, 54), font=font)
        draw.rectangle((420, 54 + 50 * row, 690, 84 + 50 * row), (255, 255, 255), (205, 199, 194))
        draw.text((430, 62 + 50 * row), "its value, and more", fill=(46, 52, 54), font=font)
    for left in (480, 590):
        draw.rectangle((left, 430, left + 100, 462), (237, 235, 233), (205, 199, 194))
        draw.text((left + 26, 438), "Button", fill=(46, 52, 54), font=font)
    return np.asarray(image)


def jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def packed(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(file)

    return packed


WORN: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "jpeg": jpeg(50),
    "shrunk": lambda image: image.resize((300, 225)),
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
