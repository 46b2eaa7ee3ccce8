"""The photo painter behind the seam, with small random networks."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.latent.painted import PLENTY, canvas_of, painted, region_of
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.memory import LatentPlan
from text_replace_engine.painting.latent.sd15 import options
from text_replace_engine.painting.latent.sd15 import painter as painter_module
from text_replace_engine.painting.latent.sd15.memory import needed
from text_replace_engine.painting.latent.sd15.painter import StableDiffusionPainter
from text_replace_engine.painting.painter import Canvas, Preview
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

SIZE, REGION = (100, 70), Box(30, 20, 60, 50)
CANVAS = canvas_of(SIZE, REGION)
MANY: dict[str, Any] = {"scheduler": "ddim", "steps": 3, "guidance_scale": 4.0}


@pytest.mark.parametrize("asked", [{}, MANY], ids=["lcm", "ddim"])
def test_a_sample_does_not_depend_on_its_batch(painter: StableDiffusionPainter, asked: dict[str, Any]) -> None:
    """The same seed paints the same picture alone, and among others."""
    together = painted(painter, CANVAS, (5, 6, 7), batch=3, **asked)
    alone = [painted(painter, CANVAS, (seed,), **asked)[0] for seed in (5, 6, 7)]
    for one, other in zip(together, alone, strict=True):
        assert one.seed == other.seed
        assert (one.images[0] - other.images[0]).abs().max() < 2e-6
    assert (alone[0].images[0] - alone[1].images[0]).abs().max() > 0.01


def test_the_same_seed_paints_the_same_picture(painter: StableDiffusionPainter) -> None:
    """To the bit; another prompt, another one; and torch's own random numbers are left alone."""
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    first, again, other = (painted(painter, CANVAS, prompt=prompt)[0].images[0] for prompt in ("a", "a", "b"))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    "asked", [{"negative_prompt": "people"}, {"guidance_scale": 3.0}, {"steps": 3}, {"strength": 0.5}]
)
def test_options_change_the_picture(painter: StableDiffusionPainter, asked: dict[str, Any]) -> None:
    """Each of them reaches the sampler."""
    assert not torch.equal(painted(painter, CANVAS)[0].images[0], painted(painter, CANVAS, **asked)[0].images[0])


def test_outside_the_region_nothing_changes(painter: StableDiffusionPainter) -> None:
    """Also at a soft region's edge: what comes is of the picture's own size, and the picture's own where it is 0."""
    soft = torch.zeros(1, 1, SIZE[1], SIZE[0])
    soft[..., 20:50, 30:60] = torch.linspace(0.01, 1, 30)
    canvas = Canvas(CANVAS.image, soft)
    result = painter.render(canvas, painted(painter, canvas)[0])
    outside = (soft == 0).expand_as(result)
    assert result.shape == canvas.image.shape
    assert torch.equal(result[outside], canvas.image[outside])
    assert not torch.equal(result[~outside], canvas.image[~outside])


def test_grey_stays_grey(painter: StableDiffusionPainter) -> None:
    """Pictures without colours get none, in previews, samples and results."""
    canvas = canvas_of(SIZE, REGION, grey=True)
    pictures: list[Tensor] = []
    (sample,) = painted(painter, canvas, on_preview=lambda preview: pictures.append(preview.picture))
    for picture in (*pictures, *sample.views, painter.render(canvas, sample)):
        assert torch.equal(picture[:, :1].expand_as(picture), picture)


def test_previews_show_what_there_is_where_it_is(painter: StableDiffusionPainter) -> None:
    """About what is painted, in its surroundings, after every step; and what there is before the first, at once."""
    previews: list[Preview] = []
    course = Course()
    (sample,) = painted(painter, CANVAS, course=course, on_preview=previews.append, **MANY)
    assert [preview.number for preview in previews] == [0, 0, 1, 2]
    assert course.done == course.total == 3
    part, first, last = sample.parts[0], previews[0], previews[-1]
    assert torch.equal(first.picture[0, :, 0, 0], sample.views[0][0, :, 0, 0])
    for preview in previews:
        assert preview.area == part.area and preview.picture.shape[-2:] == part.shape
    # The corner is outside, the middle inside.
    assert torch.equal(last.picture[0, :, 0, 0], sample.views[0][0, :, 0, 0])
    assert not torch.equal(first.picture, last.picture)


def test_every_part_is_painted(painter: StableDiffusionPainter) -> None:
    """Separate objects each get a crop and all their steps."""
    size = (220, 70)
    canvas = Canvas(torch.rand(1, 3, 70, 220), region_of(size, Box(10, 10, 40, 40), Box(170, 20, 210, 60)))
    course = Course()
    (sample,) = painted(painter, canvas, course=course, **MANY)
    assert len(sample.parts) == len(sample.images) == len(sample.views) == 2
    assert course.done == course.total == 6
    assert sample.parts[0].area != sample.parts[1].area


def test_parts_of_other_proportions_in_tiles(painter: StableDiffusionPainter) -> None:
    """The autoencoder takes more turns for one than for the other; all the same both are kept after as many steps, and
    repeat their pixels.
    """
    size = (400, 300)
    canvas = Canvas(torch.rand(1, 3, 300, 400), region_of(size, Box(0, 0, 380, 20), Box(100, 140, 220, 260)))
    course = Course(keep_at=4)
    (sample,) = painted(painter, canvas, course=course, tiled_decoding=True, steps=4)
    assert [image.shape[-2:] for image in sample.images] == [part.shape for part in sample.parts]
    assert len({part.shape for part in sample.parts}) == 2
    assert (sample.steps, course.kept_at) == (2, 4)


@pytest.mark.parametrize("preset", ["standard", "best"])
def test_keeping_ends_after_the_step(painter: StableDiffusionPainter, preset: str) -> None:
    """The x̂0 of that step is decoded, no further sample is begun, and the report says when."""
    course = Course(keep_at=2)
    samples = painted(painter, CANVAS, (3, 4), course=course, preset=preset)
    assert [sample.seed for sample in samples] == [3]
    assert (samples[0].steps, course.kept_at) == (2, 2)
    whole = painted(painter, CANVAS, (3,))[0]
    assert whole.steps == 6 and not torch.equal(whole.images[0], samples[0].images[0])


def test_keeping_at_the_last_step_changes_nothing(painter: StableDiffusionPainter) -> None:
    """There is nothing left to leave out."""
    course = Course(keep_at=6)
    assert torch.equal(painted(painter, CANVAS, course=course)[0].images[0], painted(painter, CANVAS)[0].images[0])
    assert course.kept_at is None


def _work(painter: StableDiffusionPainter) -> Generator[Preview, None, Any]:
    painting = Painting()
    plan: LatentPlan = next(painter.plans(painting, 1, 1, PLENTY))
    return painter.paint(plan, painting, CANVAS, "an orange", (1,), Course())


def test_cancelling_anywhere_leaves_nothing_behind(painter: StableDiffusionPainter) -> None:
    """Wherever it stops, the painter is as before, and what it held is let go."""
    expected = painted(painter, CANVAS)[0].images[0]
    turns = sum(1 for _ in _work(painter))
    assert turns == 1 + 6
    for stop in range(1, turns + 1):
        work = _work(painter)
        for _ in range(stop):
            seen = weakref.ref(next(work).picture)
        work.close()
        del work
        assert seen() is None
    assert torch.equal(painted(painter, CANVAS)[0].images[0], expected)


def test_plans_go_from_fast_to_small(painter: StableDiffusionPainter) -> None:
    """The learnt size first, smaller ones where memory is short, with a sentence; a size that was asked for alone."""
    ways = list(painter.plans(Painting(), 4, None, PLENTY))
    assert [(way.working_size, way.tiled) for way in ways] == [
        (size, tiled) for size in (64, 48, 32) for tiled in (False, True)
    ]
    said = ["", "Decoded in tiles, which may differ in colour: memory is short."]
    said += ["Painted at 48 instead of 64 pixels: memory is short."] * 2
    assert [" ".join(way.warnings) for way in ways[:4]] == said
    asked = Painting().with_options(working_size=128)
    assert {way.working_size for way in painter.plans(asked, 4, None, PLENTY)} == {128}
    for tiled in (False, True):
        same = asked.with_options(tiled_decoding=tiled)
        assert [(way.tiled, way.warnings) for way in painter.plans(same, 4, None, PLENTY)] == [(tiled, ())]
    assert not list(painter.plans(Painting(), 4, None, 0))
    assert [(way.batch, way.tiled) for way in painter.plans(asked, 4, 3, PLENTY)] == [(3, False), (1, False), (1, True)]
    assert [way.batch for way in painter.plans(asked, 4, 5, PLENTY)] == [5, 2, 1, 1]
    with pytest.raises(UserError, match="multiples of 8"):
        next(painter.plans(Painting().with_options(working_size=100), 1, None, PLENTY))


def test_the_second_time_goes_before_the_size(painter: StableDiffusionPainter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not asked for, but the preset's; what is asked for stays."""
    monkeypatch.setattr(painter_module, "_is_accelerated", lambda device: True)
    ways = list(painter.plans(Painting(), 1, None, PLENTY))
    assert [(way.working_size, way.once) for way in ways[:5]] == [(64, False)] * 2 + [(64, True)] * 2 + [(48, False)]
    assert ways[2].warnings == ("Large objects are painted once, less sharp: memory is short.",)
    assert not any(way.once for way in painter.plans(Painting().with_options(refine=True), 1, None, PLENTY))
    assert all(way.once for way in painter.plans(Painting().with_options(refine=False), 1, None, PLENTY))


def test_tiles_take_less_memory() -> None:
    """By estimate: as little as one tile of the autoencoder or a step of the U-Net takes, whichever is more."""
    settings = options.settings_for(Painting("fast"), accelerated=False)
    whole, tiled = (
        needed(LatentPlan(batch=1, working_size=512, tiled=each), settings, torch.float32) for each in (False, True)
    )
    assert tiled < whole - 500 * 2**20


@pytest.mark.parametrize(
    "asked", [{}, {"steps": 3, "negative_prompt": "people", "working_size": 48}, {"tiled_decoding": True}]
)
def test_facts_repeat_the_sample(painter: StableDiffusionPainter, asked: dict[str, Any]) -> None:
    """The options that a report names paint the same picture again, also where nothing was asked for."""
    painting = Painting(options=asked)
    plan: LatentPlan = next(painter.plans(painting, 1, 1, PLENTY))
    (sample,) = painted(painter, CANVAS, **asked)
    facts = painter.facts(plan, painting, sample, "an orange")
    assert (facts["painter"], facts["taken"]) == ("sd15", sample.steps)
    assert not {"losses", "background_error"} & facts.keys()
    recipe = {name: value for name, value in facts["options"].items() if value is not None}
    assert recipe.keys() >= {"scheduler", "steps", "guidance_scale", "room", "refine", "working_size", *asked}
    assert torch.equal(painted(painter, CANVAS, **recipe)[0].images[0], sample.images[0])


def test_best_is_the_best_of_four(painter: StableDiffusionPainter) -> None:
    """Four samples to choose from; else one."""
    assert [painter.samples(Painting(preset)) for preset in ("standard", "fast", "best")] == [1, 1, 4]


LARGE = canvas_of((130, 110), Box(35, 25, 100, 85))


@pytest.mark.parametrize("keep_at", [None, 5, 7])
def test_the_second_time_can_be_kept_and_cancelled(painter: StableDiffusionPainter, keep_at: int | None) -> None:
    """Its steps are counted ahead; it is left out once it is enough, and ends after any of its own steps."""
    previews: list[Preview] = []
    course = Course(keep_at=keep_at)
    (sample,) = painted(painter, LARGE, course=course, on_preview=previews.append, refine=True)
    assert course.total == 6 + 2
    assert (sample.steps, course.kept_at) == {None: (8, None), 5: (5, 5), 7: (7, 7)}[keep_at]
    height, width = sample.images[0].shape[-2:]
    assert (sample.refined_sizes == [[width, height]]) == (keep_at != 5)
    assert all(preview.area == sample.parts[0].area for preview in previews)


def test_the_second_time_stays_what_it_was(painter: StableDiffusionPainter) -> None:
    """It begins with what was painted; views are of before it, so that samples compare; the same again to the bit."""
    once, twice, again = (painted(painter, LARGE, refine=refine)[0] for refine in (False, True, True))
    assert torch.equal(once.views[0], twice.views[0]) and torch.equal(twice.images[0], again.images[0])
    plain, refined = (painter.render(LARGE, sample) for sample in (once, twice))
    outside = (LARGE.region == 0).expand_as(plain)
    assert torch.equal(refined[outside], LARGE.image[outside]) and not torch.equal(plain, refined)


def test_small_regions_are_painted_once(painter: StableDiffusionPainter) -> None:
    """What was hardly shrunk is fine enough."""
    (sample,) = painted(painter, CANVAS, refine=True)
    assert not sample.refined and sample.steps == 6
