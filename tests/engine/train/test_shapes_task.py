"""The training of shapes, on two drawings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.engine.train.drawings import art
from text_replace_engine.lab.train.composer.draws import Draws
from text_replace_engine.lab.train.composer.textures import Sprites, Textures
from text_replace_engine.lab.train.shapes import ShapesTask, framed, learnt_textures
from text_replace_engine.models.networks.shapes import drawn
from text_replace_engine.models.store import read_role

pytestmark = pytest.mark.slow


def test_textures_come_to_look_like_the_art_in_any_pose(tmp_path: Path) -> None:
    """After a short training what is written, drawn in a pose of the composer's, is what the composer draws there."""
    task = ShapesTask(art(), seed=1)
    network = task.network()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for step in range(120):
        optimizer.zero_grad()
        task.loss(network, step, 0.0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    task.export(network, tmp_path)
    stored = read_role(tmp_path, "shapes")
    assert stored.config["names"] == ["apple", "car"]
    textures = Textures(art(), torch.device("cpu"))
    longest, angle, x, y = np.array([[44, 44], [0.2, 0.2], [30, 34], [33, 29]], np.float32)
    sprites = Sprites(np.arange(2), longest, angle, np.array([True, False]), x, y)
    shown = drawn(stored.tensors["textures"].float() / 255, framed(textures.poses(sprites)), (64, 64))
    wanted = textures.drawn(Draws.seeded((1,), torch.device("cpu")), sprites, 64)
    assert (shown - wanted).abs().mean() < 0.015


def test_textures_are_those_of_the_names_asked_for() -> None:
    """Whatever order a training has its names in."""
    one, other = learnt_textures(("car", "apple")), learnt_textures(("apple", "car"))
    assert torch.equal(one, other.flip(0)) and not torch.equal(one[0], one[1])
