"""Crops composed by the batch are what those composed one by one are."""

from __future__ import annotations

import io
from dataclasses import fields

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch.nn import functional

from tests.engine.train.drawings import art
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.composer.crops import Composer, Recipe
from text_replace_engine.lab.train.composer.damage import jpeg_like
from text_replace_engine.lab.train.composer.draws import Draws
from text_replace_engine.lab.train.composer.grounds import Windows, lattice
from text_replace_engine.lab.train.composer.regions import grown
from text_replace_engine.lab.train.composer.textures import Sprites, Textures
from text_replace_engine.lab.train.scenes import Variety

CPU = torch.device("cpu")
WHOLE = Variety(zoom=(1.3, 1.8), angle=12, shift=0.25, neighbours=0.2)
PIECE = Variety(zoom=(0.65, 0.9), angle=12, shift=0.2, neighbours=0.2)


def recipe(**changed: float) -> Recipe:
    shares = {"grey": 0.0, "jpeg": 0.0, "pieces": 0.0, **changed}
    return Recipe(size=64, whole=WHOLE, piece=PIECE, **shares)


def wedges() -> Art:
    """Two triangles, whose middles are elsewhere when they are turned."""
    corners = {"steep": ((2, 2), (94, 78), (2, 78)), "flat": ((2, 2), (94, 2), (30, 50))}
    pictures = {}
    for name, points in corners.items():
        pictures[name] = Image.new("RGBA", (96, 80))
        ImageDraw.Draw(pictures[name]).polygon(points, fill="green")
    return Art(pictures, ())


def sprites(angle: float, mirrored: bool, longest: float = 80.0) -> Sprites:
    numbers = (np.full(2, value, np.float32) for value in (longest, angle))
    longest_, angles = numbers
    centre = np.full(2, 64, np.float32), np.array([60, 66], np.float32)
    return Sprites(np.arange(2), longest_, angles, np.full(2, mirrored), *centre)


def test_the_same_seed_composes_the_same_crops() -> None:
    """A training that goes on sees the data that it would have seen."""
    composer = Composer(art(), recipe(grey=0.5, jpeg=0.5, pieces=0.5), CPU)
    first, again, other = (composer.crops(seed, 6) for seed in ((1, 0), (1, 0), (1, 1)))
    assert torch.equal(first.pictures, again.pictures) and torch.equal(first.regions, again.regions)
    assert not torch.equal(first.pictures, other.pictures)


def test_the_region_holds_the_object() -> None:
    """Nothing of an object is left outside: crops with it differ from those without only where the region reaches."""
    composer = Composer(art(), recipe(), CPU)
    crops = composer.crops((3,), 24)
    bright = (crops.pictures.float() / 255).amin(1, keepdim=True) > 0.97
    middle = torch.zeros_like(bright)
    middle[..., 16:48, 16:48] = True
    inside = crops.regions[bright & middle]
    assert len(inside) and (inside >= 229).float().mean() > 0.95
    assert (inside == 255).float().mean() > 0.5
    assert (crops.regions == 0).flatten(1).any(1).float().mean() > 0.9


def test_large_batches_are_composed_in_parts() -> None:
    """As many crops as were asked for, however many a processor composes at once, and each of its own."""
    crops = Composer(art(), recipe(), CPU).crops((7,), 37)
    assert all(len(getattr(crops, field.name)) == 37 for field in fields(crops))
    assert len(np.unique(crops.pictures.flatten(1).numpy(), axis=0)) == 37


def test_grey_crops_and_pieces_are_as_many_as_asked_for() -> None:
    """Grey crops have no colour, and pieces show an object larger than the crop."""
    none, every = (Composer(art(), recipe(grey=share, pieces=share), CPU).crops((5,), 8) for share in (0.0, 1.0))
    assert not none.grey.any() and every.grey.all()
    assert not none.pieces.any() and every.pieces.all()
    assert (every.pictures.float().amax(1) - every.pictures.float().amin(1)).max() <= 1
    assert every.regions.float().mean() > none.regions.float().mean() + 50


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [-0.25, 0.0, 0.25])
def test_a_sprite_lies_where_it_was_put(angle: float, mirrored: bool) -> None:
    """What is seen of it is in the middle, however it is turned, though the picture's frame may not be."""
    drawn = Textures(wedges(), CPU).drawn(Draws.seeded((0,), CPU), sprites(angle, mirrored), 128)
    for alpha, y in zip(drawn[:, 3], (60, 66), strict=True):
        rows, columns = (torch.nonzero(alpha.amax(axis) > 0.5)[:, 0] for axis in (1, 0))
        assert abs((rows.min() + rows.max() + 1) / 2 - y) <= 1
        assert abs((columns.min() + columns.max() + 1) / 2 - 64) <= 1


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("longest", [40.0, 100.0, 250.0])
def test_tiles_show_all_of_a_sprite(longest: float, mirrored: bool) -> None:
    """What is drawn only in the tiles that a sprite reaches lacks nothing, and most tiles are left out around small
    ones.
    """
    textures, draws = Textures(wedges(), CPU), Draws.seeded((0,), CPU)
    for angle in (-0.25, 0.1):
        turned = sprites(angle, mirrored, longest)
        whole, tiles = textures.drawn(draws, turned, 128), textures.tiles(draws, turned, 128)
        found = torch.zeros_like(whole).contiguous()
        tiles.put(found, textures.drawn_tiles(draws, turned, tiles))
        assert (found - whole).abs().max() < 1e-3
        assert torch.equal(tiles.of(found), textures.drawn_tiles(draws, turned, tiles))
        assert len(tiles.rows) < 0.3 * 2 * 64 or longest > 40


def test_a_sprite_looks_as_pillow_draws_it() -> None:
    """A texture that is sampled is as sharp as one that is resized, and not moved by half a pixel."""
    drawn = Textures(art(), CPU).drawn(Draws.seeded((0,), CPU), sprites(0, False), 128)[0]
    picture = art().pictures["apple"].convert("RGBa")
    wide, high = 80, round(80 * picture.height / picture.width)
    square = Image.new("RGBa", (128, 128))
    resized = picture.resize((wide, high), Image.Resampling.LANCZOS)
    box = resized.getchannel("a").point(lambda a: 255 if a > 8 else 0).getbbox()
    assert box is not None
    square.paste(resized, (64 - (box[0] + box[2]) // 2, 60 - (box[1] + box[3]) // 2))
    expected = torch.from_numpy(np.asarray(square).astype(np.float32)).permute(2, 0, 1) / 255
    assert (drawn - expected).abs().mean() < 0.01


def test_other_outlines_are_grown_to_all_sides() -> None:
    """An outline becomes as much larger as was drawn for it, corners included."""
    outlines = torch.rand(2, 3, 1, 24, 24, generator=torch.Generator().manual_seed(0)) > 0.98
    steps = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1, 1)
    found = grown(outlines, steps)
    for number in range(3):
        expected = functional.max_pool2d(outlines[:, number].float(), 3 + 2 * number, 1, 1 + number)
        assert torch.equal(found[:, number].float(), expected)


def test_noise_is_as_fine_as_that_of_single_crops() -> None:
    """Interpolated by the same cubic between as many values: as uneven, and as different from pixel to pixel."""
    x0, y0, side, cells = (np.full(16, value, np.float32) for value in (0.3, 0.1, 0.8, 12))
    ours = lattice(Draws.seeded((0,), CPU), Windows(x0, y0, side, 64), cells)[:, 0].numpy()
    values = np.random.default_rng(0).uniform(-1, 1, (16, 20, 20)).astype(np.float32)
    box = (1.5 + 3.6, 1.5 + 1.2, 1.5 + 13.2, 1.5 + 10.8)
    theirs = np.stack(
        [np.asarray(Image.fromarray(each).resize((64, 64), Image.Resampling.BICUBIC, box=box)) for each in values]
    )
    assert ours.std() == pytest.approx(theirs.std(), rel=0.08)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.08)
    for axis in (1, 2):
        assert np.abs(np.diff(ours, axis=axis)).mean() == pytest.approx(
            np.abs(np.diff(theirs, axis=axis)).mean(), rel=0.08
        )


@pytest.mark.parametrize("quality", [50, 75, 92])
def test_jpeg_is_what_pillow_makes_of_it(quality: int) -> None:
    """Two steps of difference at most, on average: where libjpeg smooths colours otherwise."""
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (8, 8, 3)).astype(np.uint8))
    picture = small.resize((64, 64), Image.Resampling.BICUBIC)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=quality)
    expected = torch.from_numpy(np.asarray(Image.open(packed)).astype(np.float32)).permute(2, 0, 1)
    original = torch.from_numpy(np.asarray(picture).astype(np.float32)).permute(2, 0, 1)
    found = jpeg_like(original[None] / 255, torch.tensor([float(quality)]))[0] * 255
    assert (found - expected).abs().mean() < 2
    assert (found - expected).abs().mean() < 0.6 * (original - expected).abs().mean()
