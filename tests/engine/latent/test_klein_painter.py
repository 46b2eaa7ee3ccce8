"""FLUX.2 klein behind the seam of painters, with small random networks."""

from __future__ import annotations

import dataclasses
import shutil
import weakref
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.latent.conftest import CPU
from tests.engine.latent.klein_oracle import oracle_klein
from tests.engine.latent.painted import PLENTY, canvas_of, painted, refined
from text_replace_engine import devices
from text_replace_engine.models.photo.roles import KLEIN
from text_replace_engine.painting.course import Course
from text_replace_engine.painting.latent.klein import storage
from text_replace_engine.painting.latent.klein.memory import BEST, needed
from text_replace_engine.painting.latent.klein.networks import KleinNetworks
from text_replace_engine.painting.latent.klein.options import check, settings_for
from text_replace_engine.painting.latent.klein.painter import KleinPainter, load_painter
from text_replace_engine.painting.latent.memory import LatentPlan
from text_replace_engine.painting.latent.names import Storage
from text_replace_engine.painting.latent.reading import count
from text_replace_engine.painting.painter import Preview
from text_replace_wire.errors import ModelDamaged, UserError
from text_replace_wire.geometry import Box
from text_replace_wire.painting import Painting

pytestmark = pytest.mark.slow

SIDE = 64
SIZE = (100, 70)
CANVAS = canvas_of(SIZE, Box(30, 20, 60, 50))
#: How often the small autoencoder gives its turn away.


def one(painter: KleinPainter, seed: int = 5, **options: Any) -> torch.Tensor:
    """What a seed paints."""
    return painted(painter, CANVAS, (seed,), working_size=SIDE, **options)[0].images[0]


def test_a_sample_does_not_depend_on_its_batch(klein: KleinPainter) -> None:
    """The same seed paints the same picture alone, and among others; to the bit the next time."""
    together = painted(klein, CANVAS, (5, 6), batch=2, working_size=SIDE)
    for sample in together:
        assert (sample.images[0] - one(klein, sample.seed)).abs().max() < 2e-6
    assert (together[0].images[0] - together[1].images[0]).abs().max() > 0.01
    assert torch.equal(one(klein), one(klein)) and not torch.equal(one(klein), one(klein, steps=2))


def test_outside_the_region_nothing_changes(klein: KleinPainter) -> None:
    """The result has the picture's own pixels where the region is 0; and grey stays grey."""
    for grey in (False, True):
        canvas = canvas_of(SIZE, Box(30, 20, 60, 50), grey=grey)
        sample = painted(klein, canvas, working_size=SIDE)[0]
        result = klein.render(canvas, sample)
        outside = (canvas.region == 0).expand_as(result)
        assert torch.allclose(result[outside], canvas.image[outside], atol=1e-6 if grey else 0.0, rtol=0.0)
        assert not torch.equal(result[~outside], canvas.image[~outside])
        assert torch.equal(result[:, :1].expand_as(result), result) is grey


def test_keeping_ends_after_the_step(klein: KleinPainter) -> None:
    """The x̂0 of that step is decoded, and the report says when; a picture that is kept is not refined."""
    course = Course(keep_at=2)
    samples = painted(klein, CANVAS, (3, 4), course=course, working_size=SIDE)
    assert [sample.seed for sample in samples] == [3]
    assert (samples[0].steps, course.kept_at) == (2, 2)
    large = canvas_of((700, 500), Box(200, 150, 400, 300))
    course = Course(keep_at=1)
    sample = painted(klein, large, course=course, working_size=SIDE)[0]
    painting = Painting(options={"working_size": SIDE})
    plan: LatentPlan = next(klein.plans(painting, 1, 1, PLENTY))
    assert not list(klein.refine(plan, painting, large, "an orange", sample, course))
    assert refined(klein, large, sample, working_size=SIDE, refine=True).refined == (0,)


def _work(painter: KleinPainter) -> Generator[Preview, None, Any]:
    painting = Painting(options={"working_size": SIDE})
    plan: LatentPlan = next(painter.plans(painting, 1, 1, PLENTY))
    return painter.paint(plan, painting, CANVAS, "an orange", (1,), Course())


def test_cancelling_anywhere_leaves_nothing_behind(klein: KleinPainter) -> None:
    """Wherever it stops, the painter is as before, and what it held is let go."""
    expected = one(klein)
    turns = sum(1 for _ in _work(klein))
    assert turns == 1 + 4
    for stop in range(1, turns + 1):
        work = _work(klein)
        for _ in range(stop):
            seen = weakref.ref(next(work).picture)
        work.close()
        del work
        assert seen() is None
    assert torch.equal(one(klein), expected)


def test_previews_show_about_what_there_is(klein: KleinPainter) -> None:
    """The linear map that is fitted to the picture's own latents; the result looks like the last preview."""
    pictures: list[Preview] = []
    (sample,) = painted(klein, CANVAS, on_preview=pictures.append, working_size=SIDE)
    assert {preview.picture.shape for preview in pictures} == {sample.views[0].shape}
    assert [preview.number for preview in pictures] == [0, 0, 1, 2, 3]


def test_plans_go_from_fast_to_small(klein: KleinPainter) -> None:
    """1024², then the autoencoder in tiles, then smaller ones, with a sentence; multiples of 16."""
    ways = list(klein.plans(Painting(), 4, None, PLENTY))
    assert [(way.working_size, way.tiled) for way in ways[:3]] == [(1024, False), (1024, True), (768, False)]
    assert {way.batch for way in ways} == {1}
    assert ways[2].warnings == ("Painted at 768 instead of 1024 pixels: memory is short.",)
    needs = [needed(way, torch.float32) for way in ways]
    assert needs == sorted(needs, reverse=True) and len(set(needs)) == len(ways)
    (asked,) = klein.plans(Painting().with_options(working_size=512, tiled_decoding=True), 1, None, PLENTY)
    assert asked.tiled and not asked.warnings
    assert not list(klein.plans(Painting(), 4, None, 0))
    with pytest.raises(UserError, match="multiples of 16"):
        next(klein.plans(Painting().with_options(working_size=72), 1, None, PLENTY))


def test_facts_repeat_the_sample(klein: KleinPainter) -> None:
    """The options that a report names paint the same picture again."""
    painting = Painting(options={"working_size": SIDE})
    plan: LatentPlan = next(klein.plans(painting, 1, 1, PLENTY))
    (sample,) = painted(klein, CANVAS, (5,), working_size=SIDE)
    facts = klein.facts(plan, painting, sample, "an orange")
    assert (facts["painter"], facts["taken"], facts["guidance_scale"]) == ("klein", 4, 1.0)
    check(Painting(options=facts["options"]))
    assert torch.equal(painted(klein, CANVAS, (5,), **facts["options"])[0].images[0], sample.images[0])
    assert [klein.samples(Painting(preset)) for preset in ("standard", "fast", "best")] == [1, 1, 4]


@pytest.mark.parametrize(
    ("stored", "exact"), [pytest.param(torch.bfloat16, True, marks=pytest.mark.thorough), (torch.float8_e4m3fn, False)]
)
def test_weights_are_stored_in_fewer_digits(
    klein_snapshot: Path, klein: KleinPainter, monkeypatch: pytest.MonkeyPatch, stored: torch.dtype, exact: bool
) -> None:
    """Where memory is short; the same picture comes of the 16 bits that files have, and about the same of 8. Moving a
    network changes nothing of that.
    """
    weights = count(klein_snapshot / KLEIN / "transformer")
    free = needed(BEST, torch.float32) + weights * stored.itemsize
    monkeypatch.setattr(devices, "free_memory", lambda _: free)
    other = load_painter(klein_snapshot, CPU, torch.float32)
    kept = {parameter.dtype for parameter in other.networks.transformer._network.parameters()}
    assert kept == {stored, torch.float32} and other.dtype == "float32"
    other.networks.transformer.set_aside()
    difference = (one(other) - one(klein)).abs().mean()
    assert difference == 0 if exact else 0 < difference < 0.02
    assert {parameter.dtype for parameter in other.networks.transformer._network.parameters()} == kept


def test_how_weights_are_stored_is_recorded() -> None:
    """Where memory was short it is said, and the options that a report names have them stored so again where it is not;
    what is asked without them is then painted as well as memory allows.
    """
    networks = oracle_klein()[0].networks
    loaded: list[Storage | None] = []

    def load(asked: Storage | None) -> KleinNetworks:
        loaded.append(asked)
        return dataclasses.replace(networks, storage=asked or fitting)

    fitting = Storage.EIGHT
    painter = KleinPainter(load, CPU)
    painting = Painting(options={"working_size": SIDE})
    plan: LatentPlan = next(painter.plans(painting, 1, 1, PLENTY))
    assert len(plan.warnings) == 1 and "in 8 bits" in plan.warnings[0]
    (sample,) = painted(painter, CANVAS, working_size=SIDE)
    recorded = painter.facts(plan, painting, sample, "an orange")["options"]
    assert recorded["storage"] == "8-bit" and loaded == [None]
    fitting = Storage.SIXTEEN
    painter = KleinPainter(load, CPU)
    for _ in range(2):
        assert not next(painter.plans(Painting(options=recorded), 1, 1, PLENTY)).warnings
        assert painter.networks.storage is Storage.EIGHT
    assert not next(painter.plans(painting, 1, 1, PLENTY)).warnings
    assert loaded == [None, None, Storage.EIGHT, None] and painter.networks.storage is Storage.SIXTEEN
    check(Painting(options=recorded))


def test_how_weights_are_stored_depends_on_the_room() -> None:
    """With 16 bits where that fits, else with 8; with more, which is quicker and the same, where that fits."""
    kept = [storage.storage_for(100, room) for room in (200, 199, 0)]
    assert kept == [Storage.SIXTEEN, Storage.EIGHT, Storage.EIGHT]
    formats = [storage.stored_as(Storage.SIXTEEN, torch.float32, 100, room) for room in (400, 399, 0)]
    assert formats == [torch.float32, torch.bfloat16, torch.bfloat16]
    assert storage.stored_as(Storage.SIXTEEN, torch.bfloat16, 100, 0) is torch.bfloat16
    assert storage.stored_as(Storage.EIGHT, torch.float32, 100, 400) is torch.float8_e4m3fn


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"negative_prompt": "people"},
            "has learnt: leave out negative_prompt, or use the painter sd15",
        ),
        ({"guidance_scale": 3.0, "scheduler": "ddim"}, "leave out guidance_scale, scheduler"),
        ({"strength": 0.5}, "leave out strength"),
        ({"lambda_clip": 1.0}, "not guided by losses"),
    ],
)
def test_what_it_cannot_do_is_refused(options: dict[str, Any], said: str) -> None:
    """In a sentence, before any network is loaded. An empty negative prompt asks for nothing."""
    check(Painting(options={"negative_prompt": ""}))
    with pytest.raises(UserError, match=said) as raised:
        check(Painting(options=options))
    assert raised.value.exit_code == 2
    with pytest.raises(UserError, match="not guided by losses"):
        check(Painting("paper"))


@pytest.mark.parametrize(
    ("preset", "asked", "on_card", "on_processor"),
    [
        ("standard", {}, True, False),
        ("standard", {"refine": False}, False, False),
        ("fast", {}, False, False),
        ("fast", {"refine": True}, True, True),
    ],
)
def test_the_second_time_can_be_asked_for(
    preset: str, asked: dict[str, Any], on_card: bool, on_processor: bool
) -> None:
    """Or against; else it is the preset's, but not on a processor, which takes minutes for it. How much room there is
    can be asked for as well.
    """
    painting = Painting(preset, options={"room": "loose", **asked})
    check(painting)
    refines = [bool(settings_for(painting, accelerated).refinement) for accelerated in (True, False)]
    assert refines == [on_card, on_processor]


def test_the_autoencoder_can_work_in_tiles(klein: KleinPainter) -> None:
    """Which is recorded, and looks about the same; else the picture is decoded as a whole."""
    painting = Painting(options={"working_size": SIDE, "tiled_decoding": True})
    plan: LatentPlan = next(klein.plans(painting, 1, 1, PLENTY))
    sample = painted(klein, CANVAS, (5,), **painting.options)[0]
    assert klein.facts(plan, painting, sample, "an orange")["options"]["tiled_decoding"] is True
    assert 0 < (sample.images[0] - one(klein)).abs().mean() < 0.1


def _without_a_shard(place: Path) -> None:
    next((place / "transformer").glob("*00001-of*")).unlink()


def _without_the_template(place: Path) -> None:
    (place / "tokenizer" / "chat_template.jinja").unlink()


def _without_the_vocabulary(place: Path) -> None:
    for name in ("tokenizer.json", "vocab.json"):
        (place / "tokenizer" / name).unlink(missing_ok=True)


def _cut(place: Path) -> None:
    file = next((place / "vae").glob("*.safetensors"))
    file.write_bytes(file.read_bytes()[:-100])


@pytest.mark.parametrize("harm", [_without_a_shard, _without_the_template, _without_the_vocabulary, _cut])
def test_damaged_files_are_refused(klein_snapshot: Path, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    """The libraries would paint noise, or follow no instruction."""
    copy = shutil.copytree(klein_snapshot, tmp_path / "copy")
    harm(copy / KLEIN)
    with pytest.raises(ModelDamaged, match="“klein/.*; run “text-replace models pull photo --painter klein” again"):
        load_painter(copy, CPU, torch.float32)
