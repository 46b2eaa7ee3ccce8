"""What the detail stage learns from: where the known shape is in paintings, and what of them counts as the object."""

from __future__ import annotations

from dataclasses import replace

import torch

from tests.engine.train.drawings import art
from text_replace_engine.lab.train.composer.crops import Composer
from text_replace_engine.lab.train.detail import RECIPE
from text_replace_engine.lab.train.pairs import shaped, unpacked
from text_replace_engine.lab.train.shapes import framed, learnt_textures
from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.tensors import resample, signed

SIDE, SMALL = 64, 32


def test_every_painting_has_its_shape_on_its_own_ground() -> None:
    """In the pose in which the crop has the thing: its colours where it is solid, the crop's own where nothing of it
    is, and no colours in a grey crop; the object is where the shape is more there than not.
    """
    crops = Composer(art(), replace(RECIPE, size=SIDE, grey=0.5), torch.device("cpu")).crops((3,), 8)
    textures, prompts = learnt_textures(art().names), torch.eye(4).expand(2, 4, 4)
    pairs = unpacked(shaped(SMALL, textures, crops, prompts, seed=5))
    scale = SMALL / SIDE
    poses = framed(crops.poses) * torch.tensor([scale, scale, scale, 1, 1])
    shapes = drawn(textures[crops.labels], poses, (SMALL, SMALL))
    solid, bare = ((shapes[:, 3:] > 0.999).expand(-1, 3, -1, -1), (shapes[:, 3:] == 0).expand(-1, 3, -1, -1))
    coloured = ~crops.grey[:, None, None, None]
    assert 0 < int(crops.grey.sum()) < 8 and bool((solid & coloured).any())
    own = signed(resample(crops.pictures.float() / 255, (SMALL, SMALL)))
    assert torch.allclose(pairs.paintings[solid & coloured], signed(shapes[:, :3])[solid & coloured], atol=0.01)
    assert torch.allclose(pairs.paintings[bare], own[bare], atol=0.02)
    grey = pairs.paintings[crops.grey]
    assert float((grey[:, 0] - grey[:, 2]).abs().max()) < 0.01
    large = drawn(textures[crops.labels], framed(crops.poses), (SIDE, SIDE))[:, 3:]
    assert bool(((pairs.objects > 0.5) == (large > 0.5))[(large - 0.5).abs() > 0.02].all())
    assert set(pairs.phrases.tolist()) <= set(range(4)) and torch.equal(pairs.labels, crops.labels)
