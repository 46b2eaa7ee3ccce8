"""A second request for the same picture does not look again, and answers exactly what the first one did."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.architecture.imports import CLONE
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.client.images import read_picture
from text_replace_engine.finding.cache import CachedPicture, Cut, SegmentCache
from text_replace_engine.finding.finder import RememberingFinder
from text_replace_engine.finding.segment import Segment
from text_replace_engine.local import LocalEngine
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.segmenter import Look, Segmenter
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.steps import finished
from text_replace_wire.api import ignore, never
from text_replace_wire.building import find_request
from text_replace_wire.messages import Find, Found
from text_replace_wire.planes import Plane

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def request_() -> Find:
    """For the apple of the sample picture."""
    pixels = read_picture(CLONE / "install/sample/sample.png").pixels[::3, ::3]
    return find_request(PictureInMemory(np.ascontiguousarray(pixels)), "apple", "starter")


def find(pipeline: Pipeline, request: Find) -> Found:
    return LocalEngine(pipeline).find(request, ignore, never)


def answer(found: Found) -> Found:
    """Without what differs from run to run."""
    return dataclasses.replace(found, report={})


def test_the_same_picture_is_not_looked_at_again(request_: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments and CLIP's vectors are reused for another prompt, and every answer is bit for bit that of an engine
    which has seen nothing before.
    """
    looked: list[str] = []
    look, encode = Segmenter.look, Clip.encode_image

    def counted_look(self: Segmenter, image: Tensor) -> Look:
        looked.append("segmenter")
        return look(self, image)

    def counted_encode(self: Clip, image: Tensor) -> Tensor:
        looked.append("clip")
        return encode(self, image)

    monkeypatch.setattr(Segmenter, "look", counted_look)
    monkeypatch.setattr(Clip, "encode_image", counted_encode)
    warm = Pipeline("cpu")
    first = find(warm, request_)
    assert looked == ["segmenter", "clip"]
    second, other = find(warm, request_), find(warm, dataclasses.replace(request_, replace="dog"))
    assert looked == ["segmenter", "clip"]
    assert answer(second) == answer(first)
    assert answer(other) == answer(find(Pipeline("cpu"), dataclasses.replace(request_, replace="dog")))


def test_paintings_do_not_push_the_users_picture_out(request_: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are looked at by a finder with a memory of its own, which finds what the first one does."""
    warm = Pipeline("cpu")
    first, finder = find(warm, request_), warm._models("starter").finder
    assert isinstance(finder, RememberingFinder)
    pictures, visible = torch.linspace(0, 1, 9).view(9, 1, 1, 1, 1).expand(9, 1, 3, 48, 48), np.ones((48, 48), bool)
    for each in pictures:
        finished(finder.anew().find(each, visible, "apple"))
    monkeypatch.setattr(Segmenter, "look", None)
    assert answer(find(warm, request_)) == answer(first)


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
    for other in (selected, changed):
        assert answer(find(warm, other)) == answer(find(Pipeline("cpu"), other))


def test_eight_pixels_of_a_mask_are_kept_in_a_byte() -> None:
    """What is remembered of a picture takes little memory, and comes back bit for bit, cut or not."""
    rng = np.random.default_rng(0)
    masks = [rng.random((97, 103)) < 0.5 for _ in range(3)]
    first, second, third = (Segment("apple", mask, share) for mask, share in zip(masks, (1.0, 0.5, 0.25), strict=True))
    kept = CachedPicture([first, second])
    everything = np.ones((97, 103), bool)
    for look in (lambda: Cut([second], [[first, third]], torch.ones(3, 2)), lambda: Cut([], [], torch.zeros(0, 2))):
        cut = kept.cut_to(everything, look)
        assert [(each.label, each.share) for each in kept.segments] == [("apple", 1.0), ("apple", 0.5)]
        back = [*kept.segments, *cut.segments, *cut.touching[0]]
        for segment, known in zip(back, (first, second, second, first, third), strict=True):
            np.testing.assert_array_equal(segment.pixels, known.pixels)
            assert segment.pixels.dtype == bool
        assert torch.equal(cut.vectors, torch.ones(3, 2))
    assert kept.size == 5 * -(-97 * 103 // 8)


def test_memory_of_pictures_is_bounded() -> None:
    """Many or huge pictures push out the ones that were used longest ago."""
    cache, looked = SegmentCache(), []

    def look(number: int) -> CachedPicture:
        looked.append(number)
        return CachedPicture([Segment("apple", np.zeros((1000, 1000), bool))])

    def picture(number: int) -> Tensor:
        return torch.full((1, 3, 1, 1), number / 255)

    for number in (*range(8), 0, 8, 0, 1):
        cache.picture(picture(number), lambda number=number: look(number))  # type: ignore[misc]
    assert looked == [*range(8), 8, 1]
    huge = CachedPicture([Segment("sky", np.zeros((20000, 20000), bool))])
    assert cache.picture(picture(99), lambda: huge) is huge
    assert cache.picture(picture(99), lambda: CachedPicture([])).segments == []


def test_other_models_look_anew(request_: Find, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What one set's networks saw is never another set's answer, nor that of networks which were installed since."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shutil.copytree(STARTER, FULL.folder())
    described = json.loads((STARTER / "segmenter.json").read_text())

    def install(word: str) -> None:
        labels = [word if label == "apple" else label for label in described["config"]["labels"]]
        config = {**described["config"], "labels": labels}
        (FULL.folder() / "segmenter.json").write_text(json.dumps({**described, "config": config}))

    pipeline = Pipeline("cpu")

    def apples(models: str) -> set[str]:
        found = find(pipeline, dataclasses.replace(request_, models=models))
        return {candidate.label for candidate in found.candidates} & {"apple", "quince", "medlar"}

    install("quince")
    assert [apples("starter"), apples("full"), apples("starter")] == [{"apple"}, {"quince"}, {"apple"}]
    assert apples("full") == {"quince"}
    install("medlar")
    assert apples("full") == {"medlar"}
