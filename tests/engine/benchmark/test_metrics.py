"""What a meter says of results whose measures are known, by the starter's own networks."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.benchmark.case import Case, PaintedArea, Pixels, Result
from text_replace_engine.lab.benchmark.files import read_opaque
from text_replace_engine.lab.benchmark.measures.background import MOST_PSNR, image_of
from text_replace_engine.lab.benchmark.measures.instruments import clip_for
from text_replace_engine.lab.benchmark.measures.matchers import Matcher
from text_replace_engine.lab.benchmark.measures.metrics import Meter
from text_replace_engine.lab.evaluate.cases import QUICK
from text_replace_wire.geometry import Box

# The library takes seconds to import.
pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 96, 120


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Meter:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("nothing-installed")))
        return Meter("starter")


def picture() -> Pixels:
    return np.random.default_rng(0).integers(40, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def plane(box: Box) -> Pixels:
    found = np.zeros((HEIGHT, WIDTH), np.uint8)
    found[box.y0 : box.y1, box.x0 : box.x1] = 255
    return found


OBJECT, REGION = Box(40, 30, 60, 60), Box(30, 20, 70, 70)


def painted(before: Pixels, region: Pixels) -> Pixels:
    return np.where(region[..., None] > 0, np.uint8(220), before)


def asked(with_: str = "cat", target_prompt: str = "") -> Case:
    return Case("1", "apple", with_, 1, picture, target_prompt=target_prompt)


def unpasted(before: Pixels, region: Pixels, steps: int) -> PaintedArea:
    """The whole picture, painted anew and so many 8-bit steps off."""
    return PaintedArea(Box(0, 0, *before.shape[1::-1]), before + np.uint8(steps), before, region)


def own_result() -> Result:
    before, region = picture(), plane(REGION)
    return Result(
        after=painted(before, region),
        unpasted=(unpasted(before, region, 4),),
        region=region,
        object_mask=plane(OBJECT),
        seconds=2.5,
        peak_memory=1_500_000_000,
    )


def test_every_metric_has_its_value_and_no_other(meter: Meter) -> None:
    """Titles and notes of tables are found by the keys of the values."""
    values = meter.values(asked(), picture(), own_result(), plane(OBJECT))
    assert list(values) == [metric.key for metric in meter.metrics]
    assert len({metric.title for metric in meter.metrics}) == len(values)
    assert all(value is not None for value in values.values())
    assert (values["seconds"], values["peak_memory"]) == (2.5, 1500)


def test_notes_say_which_network_measured(meter: Meter) -> None:
    """A number by the network that guided the painting is not mistaken for an independent one."""
    notes = {metric.key: metric.note for metric in meter.metrics}
    for key in ("clip_part", "background_lpips"):
        assert re.search(r"starter models \([0-9a-f]{12}\)", notes[key]) and "flatters" in notes[key]
    assert "flatters" not in notes["background_psnr"]


def test_mask_is_held_against_the_reference(meter: Meter) -> None:
    """Half of it found is one half; what the reference leaves open counts for neither side; with nothing marked there
    is nothing to find.
    """
    before, result = picture(), dataclasses.replace(own_result(), object_mask=plane(Box(40, 30, 50, 60)))
    assert meter.values(asked(), before, result, plane(OBJECT))["mask_iou"] == 0.5
    open_ = plane(OBJECT)
    open_[30:60, 50:60] = 128
    assert meter.values(asked(), before, result, open_)["mask_iou"] == 1.0
    assert meter.values(asked(), before, result, plane(Box(0, 0, 0, 0)))["mask_iou"] is None
    assert meter.values(asked(), before, result, None)["mask_iou"] is None


def test_edited_part_is_the_white_of_the_reference(meter: Meter) -> None:
    """A frame that counts as neither, as PIE-Bench's masks have, makes the part no larger."""
    before, result, framed = picture(), own_result(), np.maximum(plane(OBJECT), 127)
    framed[1:-1, 1:-1] = plane(OBJECT)[1:-1, 1:-1]
    parts = [meter.values(asked(), before, result, each)["clip_part"] for each in (framed, plane(OBJECT), None)]
    assert parts[0] == parts[1] != parts[2]
    assert meter.values(asked(), before, result, np.full_like(framed, 127))["clip_part"] is None


def test_background_is_around_the_reference_else_around_the_region(meter: Meter) -> None:
    """With a reference all methods are measured in the same place, so what a region painted beyond it counts; without
    one nothing was painted outside. Before the paste everything had changed.
    """
    before, result = picture(), own_result()
    beyond = meter.values(asked(), before, result, plane(OBJECT))
    within = meter.values(asked(), before, result, None)
    assert 5 < (beyond["background_psnr"] or 0) < MOST_PSNR
    assert (within["background_psnr"], within["background_mse"]) == (MOST_PSNR, 0)
    assert within["unpasted_mse"] == pytest.approx((4 / 255) ** 2, rel=1e-4)
    assert (within["unpasted_lpips"] or 0) > (within["background_lpips"] or 0)


def test_background_before_the_paste_is_the_mean_of_the_areas(meter: Meter) -> None:
    """Each is measured around its own region, and one that is all region says nothing."""
    before, region = picture(), plane(REGION)
    areas = unpasted(before, region, 4), unpasted(before, region, 2), unpasted(before, np.full_like(region, 255), 9)
    values = meter.values(asked(), before, dataclasses.replace(own_result(), unpasted=areas), None)
    assert values["unpasted_mse"] == pytest.approx((4**2 + 2**2) / 2 / 255**2, rel=1e-4)


def test_other_tools_result(meter: Meter) -> None:
    """Nobody knows where it painted: what needs the region is None; outside a crop nothing is measured."""
    before, crop = picture(), Box(0, 0, HEIGHT, HEIGHT)
    after = before.copy()
    after[:, :HEIGHT] = before[:, :HEIGHT] + np.uint8(3)
    values = meter.values(asked(), before, Result(after, covers=crop), plane(OBJECT))
    assert values["background_mse"] == pytest.approx((3 / 255) ** 2, rel=1e-4)
    assert values["changed_outside"] == HEIGHT * HEIGHT - OBJECT.width * OBJECT.height
    unknown = {key for key, value in values.items() if value is None}
    measured_while_painting = {"mask_iou", "seam", "seconds", "peak_memory"}
    assert unknown == measured_while_painting | {key for key in values if key.startswith("unpasted")}
    assert meter.values(asked(), before, Result(after), None)["background_psnr"] is None


def test_what_a_result_came_with_fills_gaps_only(meter: Meter) -> None:
    """An earlier run's rows know the time and the painting before the paste; what its pictures show is measured."""
    known = {"seconds": 7.0, "unpasted_mse": 0.5, "background_mse": 99.0, "unheard_of": 1.0}
    values = meter.values(asked(), picture(), Result(picture(), known=known), plane(OBJECT))
    assert (values["seconds"], values["unpasted_mse"], values["background_mse"]) == (7.0, 0.5, 0.0)
    assert "unheard_of" not in values


def test_pixels_changed_outside_the_region(meter: Meter) -> None:
    """One pixel, in one channel, by one step."""
    before, result = picture(), own_result()
    assert meter.values(asked(), before, result, plane(OBJECT))["changed_outside"] == 0
    after = result.after.copy()
    after[0, 0, 0] += 1
    assert meter.values(asked(), before, dataclasses.replace(result, after=after), None)["changed_outside"] == 1


def test_a_pasted_square_has_a_seam(meter: Meter) -> None:
    """In an even picture an even square of another brightness is all edge, and nothing has none."""
    even = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)
    result = Result(painted(even, plane(REGION)), region=plane(REGION))
    assert (meter.values(asked(), even, result, None)["seam"] or 0) > 5
    assert meter.values(asked(), even, dataclasses.replace(result, after=even), None)["seam"] == 0


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_mask_of_nothing_or_all_is_no_crash(meter: Meter, everywhere: bool) -> None:
    """What has no place to be measured in is None: the edited part, the seam, or the background."""
    box = Box(0, 0, WIDTH, HEIGHT) if everywhere else Box(0, 0, 0, 0)
    result = dataclasses.replace(own_result(), region=plane(box), object_mask=plane(box))
    for reference in (None, plane(box)):
        values = meter.values(asked(), picture(), result, reference)
        assert values["seam"] is None
        assert (values["clip_part"] is None) is not everywhere
        assert (values["background_psnr"] is None) is everywhere


def test_words_that_clip_cannot_read(meter: Meter) -> None:
    """The starter's reads names in any wording, letter soup it does not: None, not a number about nothing."""
    result = own_result()
    wordings = [meter.values(asked(words), picture(), result, None)["clip_part"] for words in ("cat", "“The Cat”")]
    assert wordings[0] == wordings[1] is not None
    assert meter.values(asked("xq zw kj"), picture(), result, None)["clip_part"] is None
    sentence = meter.values(asked(target_prompt="a cat on a table"), picture(), result, None)["clip_whole"]
    assert sentence == meter.values(asked(), picture(), result, None)["clip_whole"]


def test_small_pictures(meter: Meter) -> None:
    """Eight pixels a side: what can be said is said."""
    before = picture()[:8, :8]
    region = np.zeros((8, 8), np.uint8)
    region[2:4, 2:4] = 255
    values = meter.values(asked(), before, Result(before, region=region, object_mask=region), region)
    assert (values["background_ssim"], values["background_lpips"]) == (None, None)
    assert (values["mask_iou"], values["background_psnr"]) == (1.0, MOST_PSNR)
    assert values["clip_part"] is not None


def test_clip_sees_what_there_is() -> None:
    """Of real scenes a part with an object goes better with its own name than with that of what is not there."""
    matcher, better = Matcher.load(clip_for("starter")), []
    for entry in json.loads((QUICK / "scenes.json").read_text(encoding="utf-8"))[:6]:
        scene = image_of(read_opaque(QUICK / entry["picture"]))
        first = np.asarray(Image.open(QUICK / entry["masks"])) == 1
        own, other = (matcher.part(asked(name), scene, first) for name in (entry["objects"][0], entry["absent"]))
        assert own is not None and other is not None
        better.append(own > other)
    assert all(better)
