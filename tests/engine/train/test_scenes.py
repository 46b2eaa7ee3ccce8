"""Composed training pictures are functions of their seed, and their masks tell the truth."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.crops import matcher_crops
from text_replace_engine.lab.train.pool import Pool
from text_replace_engine.lab.train.regions import region_around
from text_replace_engine.lab.train.scenes import compose_crop, compose_scene, shadow


@pytest.fixture(scope="module")
def art() -> Art:
    """Four drawn shapes in place of the art, which tests do not fetch."""
    pictures = {}
    for index, (name, colour) in enumerate({"apple": "red", "orange": "orange", "dog": "brown", "cat": "grey"}.items()):
        picture = Image.new("RGBA", (120, 90 + 20 * index))
        draw = ImageDraw.Draw(picture)
        (draw.ellipse if index % 2 else draw.rectangle)((4, 4, 115, 85 + 20 * index), fill=colour)
        pictures[name] = picture
    return Art(pictures, ("unicorn", "spaceship"))


def test_the_same_seed_gives_the_same_scene(art: Art) -> None:
    """Evaluation scenes can be named by their seeds alone."""
    first = compose_scene(np.random.default_rng(5), art)
    second = compose_scene(np.random.default_rng(5), art)
    assert (first.image == second.image).all()
    assert [item.name for item in first.objects] == [item.name for item in second.objects]


@pytest.mark.parametrize("size", [(200, 150), (640, 480), (300, 300)])
def test_masks_are_disjoint_and_fill_their_boxes(art: Art, size: tuple[int, int]) -> None:
    """The visible part of every object is known, at the size asked for."""
    for seed in range(10):
        scene = compose_scene(np.random.default_rng(seed), art, objects=3, size=size)
        assert scene.image.shape == (size[1], size[0], 3) and scene.image.dtype == np.uint8
        assert np.sum([item.mask for item in scene.objects], axis=0).max() <= 1
        for item in scene.objects:
            box = item.box
            assert item.mask[box.y0 : box.y1, box.x0 : box.x1].sum() == item.mask.sum() > 0


def test_grey_scenes_have_no_colour(art: Art) -> None:
    """Grey really is grey, also after JPEG."""
    scene = compose_scene(np.random.default_rng(1), art, size=(200, 150), grey=True)
    assert (scene.image == scene.image[..., :1]).all()
    packed = compose_scene(np.random.default_rng(1), art, size=(200, 150), grey=True, jpeg=80).image.astype(int)
    assert np.abs(packed - packed[..., :1]).max() <= 2


def test_regions_hold_the_object(art: Art) -> None:
    """The denoiser never sees a part of the object it has to paint."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        _, alpha = compose_crop(rng, art, "dog", 64)
        region = region_around(rng, art, alpha)
        solid = alpha > 0.5
        assert (region[solid] > 0.4).mean() > 0.97
        assert region.shape == (64, 64) and region.max() <= 1


@pytest.mark.parametrize("workers", [0, 2])
def test_pool_goes_on_where_it_was(art: Art, workers: int) -> None:
    """A resumed training draws the batches that an uninterrupted one would have drawn, whoever composes them."""
    compose = matcher_crops(art, 32)
    through = Pool(compose, 20, 3, seed=1, workers=0)
    resumed = Pool(compose, 20, 3, seed=1, workers=workers)
    for step in range(12):
        expected = through.batch(step, 8)
    for ours, theirs in zip(resumed.batch(11, 8), expected, strict=True):
        assert (ours == theirs).all()


@pytest.mark.slow
def test_a_scene_knows_what_belongs_to_its_objects(art: Art) -> None:
    """Strings change the picture where the scene says, and else at most the edges of objects; neither strings nor
    shadows are on an object.
    """
    for seed in range(6):
        how = {"objects": 2, "size": (320, 240)}
        plain = compose_scene(np.random.default_rng(seed), art, **how)  # type: ignore[arg-type]
        hung = compose_scene(np.random.default_rng(seed), art, **how, strings=np.random.default_rng(9))  # type: ignore[arg-type]
        strings = np.any([item.string for item in hung.objects], axis=0)
        changed = (plain.image != hung.image).any(-1)
        assert not any(item.string.any() for item in plain.objects) and strings.any()
        objects = np.any([item.mask for item in hung.objects], axis=0)
        assert not (changed & ~ndimage.binary_dilation(strings | objects, iterations=2)).any()
        for item in hung.objects:
            assert not (item.string & objects).any() and not (item.shadow & (objects | strings)).any()


def test_a_shadow_is_where_it_darkens(art: Art) -> None:
    """By at least what can be seen, of a white canvas; outside of the canvas there is none."""
    canvas = np.ones((100, 100, 3), np.float32)
    sprite = art.pictures["dog"].convert("RGBa").resize((40, 40))
    seen = shadow(canvas, np.random.default_rng(0), sprite, 30, 30, 0.4)
    assert (seen == (canvas.max(-1) <= 1 - 0.02)).all() and seen.any()
    assert not shadow(canvas, np.random.default_rng(0), sprite, 300, 30, 0.4).any()
