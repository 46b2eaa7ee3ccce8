"""Known shapes in paintings: found in the pose that was painted, put there, and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from tests.engine.sampling.draining import drain
from tests.engine.sampling.test_sampler import ALPHAS, SIDE, gaussian_denoiser, guidance_for
from text_replace_engine.models.bundle import Models, load_models
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.shapes import Shapes, drawn
from text_replace_engine.models.store import Stored, read_role
from text_replace_engine.models.vocabulary import read_vocabulary
from text_replace_engine.painting.guided.posing import Sight, found
from text_replace_engine.painting.guided.sampling.presets import PRESETS, Preset
from text_replace_engine.painting.guided.sampling.sampler import Shaped, sample
from text_replace_engine.painting.guided.shaping import Shaping, showing, without_colour
from text_replace_engine.tensors import blur, signed, unsigned
from text_replace_wire.errors import ModelDamaged

pytestmark = pytest.mark.slow
SIZE = 64
#: As the denoiser paints them: slightly turned, not quite in the middle.
POSES = ((30.0, 33.0, 40.0, 0.12, 1.0), (34.0, 31.0, 47.0, -0.17, -1.0))


@pytest.fixture(scope="module")
def models() -> Models:
    """The starter models."""
    return load_models("starter", torch.device("cpu"), None)


def texture_of(name: str) -> Tensor:
    """The committed texture of a name."""
    stored = read_role(STARTER, "shapes")
    index = stored.config["names"].index(name)
    return stored.tensors["textures"][index : index + 1].float() / 255


def region(width: int = SIZE, room: int = 8) -> Tensor:
    """A square's room to paint in, with nothing to paint near the edges."""
    mask = torch.zeros(1, 1, SIZE, width)
    mask[..., room:-room, room:-room] = 1
    return mask


def ground(width: int = SIZE) -> Tensor:
    """From blue to green, with grain."""
    ramp = torch.linspace(0.2, 0.6, width).expand(1, SIZE, width)
    picture = torch.stack([torch.full((1, SIZE, width), 0.3), ramp, 0.9 - ramp], 1)
    return picture + 0.02 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))


def painting(name: str, pose: tuple[float, ...], width: int = SIZE) -> Tensor:
    """The thing on the ground, a little blurred, as the denoiser paints."""
    shapes = drawn(texture_of(name), torch.tensor([pose]), (SIZE, width))
    return unsigned(showing(blur(shapes, 0.7))(signed(ground(width))))


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("name", ["cat", "truck", "banana", "tree"])
def test_a_painted_shape_is_found_where_it_is(name: str, pose: tuple[float, ...]) -> None:
    """Its place within a pixel, its size within 5 %, its angle within 3 degrees, and which way it looks."""
    there = found(texture_of(name), Sight(painting(name, pose), ground(), region()))
    assert there.is_there and there.unexplained < 0.3
    x, y, side, angle, mirrored = there.pose[0].tolist()
    assert abs(x - pose[0]) < 1 and abs(y - pose[1]) < 1
    assert side == pytest.approx(pose[2], rel=0.05)
    assert abs(angle - pose[3]) < 0.055
    # A tree looks the same from both sides.
    assert mirrored == pose[4] or name == "tree"


def test_it_is_found_in_a_long_region(name: str = "truck") -> None:
    """Anywhere along it."""
    pose = (88.0, 33.0, 42.0, 0.05, 1.0)
    there = found(texture_of(name), Sight(painting(name, pose, 128), ground(128), region(128)))
    assert there.is_there
    assert (there.pose[0, :3] - torch.tensor(pose[:3])).abs().max() < 2


def test_nothing_is_put_where_nothing_was_painted() -> None:
    """On bare ground there is no shape; another thing is not the shape either, but it may be one, painted badly."""
    shaping = Shaping(texture_of("banana"), signed(ground()), region(), grey=False)
    assert not shaping.shapes(shaping.poses(signed(ground()), [1])).any()
    other = found(texture_of("banana"), Sight(painting("cow", POSES[0]), ground(), region()))
    assert other.unexplained > 0.4


def test_every_sample_gets_its_own() -> None:
    """Of several paintings at once, each has the shape in its own pose, and one that shows none stays as it is."""
    pictures = torch.cat([*(painting("cat", pose) for pose in POSES), ground()])
    shaping = Shaping(texture_of("cat"), signed(ground()), region(), grey=False)
    poses = shaping.poses(signed(pictures), [1, 2, 3])
    clean = unsigned(showing(shaping.shapes(poses))(signed(ground().expand(3, -1, -1, -1))))
    for picture, pose, known in zip(clean, poses, POSES, strict=False):
        assert pose is not None and (pose[0, :2] - torch.tensor(known[:2])).abs().max() < 3
        assert float((pose[0, 3] - known[3]).abs()) < 0.16 and float(pose[0, 4]) == known[4]
        wanted = drawn(texture_of("cat"), pose, (SIZE, SIZE))
        inside = wanted[0, 3] > 0.99
        assert (picture - wanted[0, :3])[:, inside].abs().mean() < 0.01
    assert torch.equal(signed(clean[2:]), signed(unsigned(signed(ground()))))


def test_seeds_turn_and_move_what_all_paint_alike() -> None:
    """The same painting with another seed shows the shape in another pose, near what was painted and never larger, and
    with the same seed in the same, whatever is painted beside it.
    """
    picture = signed(painting("cat", POSES[0]))
    shaping = Shaping(texture_of("cat"), signed(ground()), region(), grey=False)
    told = shaping.poses(picture.expand(12, -1, -1, -1), range(12))
    poses = torch.cat([pose for pose in told if pose is not None])
    middle = found(texture_of("cat"), Sight(painting("cat", POSES[0]), ground(), region())).pose
    away = (poses - middle).abs()
    assert len(poses) == len({tuple(pose.tolist()) for pose in poses}) == 12
    assert bool((poses[:, 2] <= middle[:, 2] + 1e-3).all())
    assert float(away[:, :2].max()) < 0.031 * float(middle[0, 2]) and 0.05 < float(away[:, 3].max()) <= 0.1001
    (again,) = shaping.poses(picture, [7])
    assert again is not None and torch.equal(again, poses[7:8])


def test_a_grey_painting_is_known_too() -> None:
    """In a grey picture the shape comes in grey; where only the painting has no colour, it comes in its own."""
    around = signed(ground().mean(1, keepdim=True).expand(-1, 3, -1, -1))
    shapes = without_colour(drawn(texture_of("orange"), torch.tensor([POSES[0]]), (SIZE, SIZE)))
    grey = unsigned(showing(shapes)(around))

    def colour(in_grey: bool) -> float:
        shaping = Shaping(texture_of("orange"), around, region(), in_grey)
        shown = shaping.shapes(shaping.poses(signed(grey), [1]))[0, :3, 33, 30]
        return float(shown.max() - shown.min())

    assert colour(in_grey=True) < 0.01
    assert colour(in_grey=False) > 0.5


def test_the_shape_is_in_what_is_sampled() -> None:
    """It is asked for once, with x_0 before the first restart; from then on every x̂0 has it, and so has the result."""
    settings = dataclasses.replace(PRESETS[Preset.STANDARD], restarts=(0.5,))
    asked: list[Tensor] = []

    def shape(x_0: Tensor) -> Shaped:
        asked.append(x_0)

        def shaped(denoised: Tensor) -> Tensor:
            result = denoised.clone()
            result[..., 7:9, 7:9] = 0.75
            return result

        return shaped

    def run(shaping: bool) -> tuple[Tensor, list[Tensor]]:
        steps = sample(
            gaussian_denoiser, ALPHAS, guidance_for(settings), settings, [3], True, None, shape if shaping else None
        )
        x_0, told = drain(steps)
        return x_0, [step.denoised for step in told]

    x_0, shown = run(shaping=True)
    before = run(shaping=False)[1]
    assert len(asked) == 1 and x_0.shape[-1] == SIDE
    assert torch.equal(torch.stack(shown[:25]), torch.stack(before[:25]))
    assert all(bool((picture[..., 7:9, 7:9] == 0.75).all()) for picture in [*shown[25:], x_0])


def test_all_that_may_be_typed_has_a_shape(models: Models) -> None:
    """Every name and other word of the vocabulary is given its own texture."""
    assert models.shapes is not None
    vocabulary = read_vocabulary(STARTER / "vocabulary.json")
    for name in vocabulary.names:
        for word in (name, *vocabulary.also[name]):
            nearest = models.shapes.nearest(models.clip.encode_text([word]))
            assert torch.equal(nearest, texture_of(name)), word


@pytest.mark.parametrize("change", [{"textures": torch.zeros(68, 4, 8, 8)}, {"textures": torch.zeros(1, 1).byte()}, {}])
def test_other_tensors_are_no_shapes(models: Models, change: dict[str, Tensor]) -> None:
    """A file that does not hold a texture for every name, in 8 bits, is refused as damaged."""
    stored = read_role(STARTER, "shapes")
    with pytest.raises(ModelDamaged, match=r"shapes\.safetensors"):
        Shapes.load(Stored(stored.config, change, stored.sha256), models.clip, torch.device("cpu"))
