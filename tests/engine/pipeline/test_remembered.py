"""A second request for the same picture does not look again, and answers exactly what the first one did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from torch import Tensor

from tests.architecture.imports import CLONE
from text_replace_engine.client.exchange import find_request
from text_replace_engine.client.images import read_picture
from text_replace_engine.finding.cache import Remembered
from text_replace_engine.finding.segment import Segment
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.bundle import ModelFile
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Segmenter
from text_replace_engine.pipeline import Pipeline
from text_replace_wire.messages import Find, Found, ModelChoice
from text_replace_wire.planes import Plane

MODELS = (ModelFile("segmenter", "starter/segmenter", "0" * 64),)


@pytest.fixture(scope="module")
def request_() -> Find:
    """For the apple of the sample picture."""
    pixels = read_picture(CLONE / "install/sample/sample.png").pixels[::3, ::3]
    return find_request(np.ascontiguousarray(pixels), None, "apple", ModelChoice.STARTER)


def find(pipeline: Pipeline, request: Find) -> Found:
    return LocalEngine(pipeline).find(request, lambda progress: None, lambda: False)


def answer(found: Found) -> Found:
    """Without what differs from run to run."""
    return dataclasses.replace(found, report={})


def test_the_same_picture_is_not_looked_at_again(request_: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments and CLIP's vectors are reused for another prompt, and every answer is bit for bit that of an engine
    which has seen nothing before.
    """
    looked: list[str] = []
    logits, encode = Segmenter.logits, Clip.encode_image

    def counted_logits(self: Segmenter, image: Tensor) -> Tensor:
        looked.append("segmenter")
        return logits(self, image)

    def counted_encode(self: Clip, image: Tensor) -> Tensor:
        looked.append("clip")
        return encode(self, image)

    monkeypatch.setattr(Segmenter, "logits", counted_logits)
    monkeypatch.setattr(Clip, "encode_image", counted_encode)
    warm = Pipeline("cpu")
    first = find(warm, request_)
    assert looked == ["segmenter", "clip"]
    second, other = find(warm, request_), find(warm, dataclasses.replace(request_, replace="dog"))
    assert looked == ["segmenter", "clip"]
    assert answer(second) == answer(first)
    assert answer(other) == answer(find(Pipeline("cpu"), dataclasses.replace(request_, replace="dog")))


def test_another_selection_or_picture_is_looked_at(request_: Find) -> None:
    """A changed selection or a changed pixel is another question, whatever was seen before."""
    width, height = request_.image.size
    half = np.zeros((height, width), np.uint8)
    half[:, : width // 2] = 255
    selected = dataclasses.replace(request_, selection=Plane(width, height, 1, half.tobytes()))
    pixels = bytearray(request_.image.data)
    pixels[: len(pixels) // 3] = bytes(len(pixels) // 3)
    changed = dataclasses.replace(request_, image=dataclasses.replace(request_.image, data=bytes(pixels)))
    warm = Pipeline("cpu")
    find(warm, request_)
    for each in (selected, changed):
        assert answer(find(warm, each)) == answer(find(Pipeline("cpu"), each))


def test_memory_of_pictures_is_bounded() -> None:
    """Many or huge pictures push out the ones that were used longest ago."""
    remembered, looked = Remembered(), []

    def look(number: int) -> list[Segment]:
        looked.append(number)
        return [Segment("apple", np.zeros((1000, 1000), bool))]

    def plane(number: int) -> Plane:
        return Plane(1, 1, 1, bytes([number]))

    for number in (*range(8), 0, 8, 0, 1):
        remembered.picture(MODELS, plane(number), lambda number=number: look(number))  # type: ignore[misc]
    assert looked == [*range(8), 8, 1]
    huge = [Segment("sky", np.zeros((20000, 20000), bool))]
    assert remembered.picture(MODELS, plane(99), lambda: huge).segments is huge
    assert remembered.picture(MODELS, plane(99), list).segments == []
