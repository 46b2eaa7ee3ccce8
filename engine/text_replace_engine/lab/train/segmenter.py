"""Trains the segmenter on composed scenes: a label for every pixel, "background" where no object is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine import devices
from text_replace_engine.lab.train.art import Art
from text_replace_engine.lab.train.loop import MORE, TrainingTask, autocast
from text_replace_engine.lab.train.pool import Pool, TrainingSample
from text_replace_engine.lab.train.scenes import Scene, compose_scene
from text_replace_engine.models.files import STARTER
from text_replace_engine.models.networks.segmenter import Segmenter, build_segmenter
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.tensors import in_grey

WIDTH, HEIGHT, BATCH = 256, 192, 8 * MORE
INPUT_SIZE = 384  # a small object needs the pixels; batches are cut from scenes of about this size
REFINEMENT_SIZE = 224
REFINEMENT_SHARE = 0.3  # of the samples show one object as `finding.segment` refines it
BACKGROUND_WEIGHT = 0.4
SHARP_FROM = 0.5  # of the training
GREY_SHARE = 0.5


def fresh_config(names: tuple[str, ...]) -> Config:
    """The architecture, about the size of SegFormer-B0's."""
    return {
        "labels": ["background", *names],
        "input_size": INPUT_SIZE,
        "closer_size": REFINEMENT_SIZE,  # the name that installed models have
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "segformer": {
            "hidden_sizes": [32, 64, 128, 192],
            "num_attention_heads": [1, 2, 4, 6],
            "depths": [2, 2, 4, 4],
            "sr_ratios": [8, 4, 2, 1],
            "decoder_hidden_size": 96,
            "drop_path_rate": 0.0,
            "classifier_dropout_prob": 0.0,
        },
    }


def _but_depths(config: Config) -> Config:
    return {**config, "segformer": {**config["segformer"], "depths": None}}


def _begin_with(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    further = network.load_state_dict(dict(tensors), strict=False).missing_keys
    # A block whose two residual branches end in zeros changes nothing.
    for name in further:
        if ".o_proj." in name or ".fc2." in name:
            nn.init.zeros_(network.get_parameter(name))


def labelled_scene(rng: np.random.Generator, art: Art) -> TrainingSample:
    """A cut (HEIGHT, WIDTH, 3) of a scene and its label map (HEIGHT, WIDTH), 0 the background; some are whole."""
    if rng.random() < REFINEMENT_SHARE:
        return _refinement_view(rng, art)
    scale = 1.0 if rng.random() < 0.25 else rng.uniform(1.2, INPUT_SIZE / WIDTH)
    wide, least = round(WIDTH * scale), round(HEIGHT * scale)
    tall = int(rng.integers(least, wide + 1)) if rng.random() < 0.35 else least
    scene = _scene(rng, art, (wide, tall))
    top, left = int(rng.integers(0, tall - HEIGHT + 1)), int(rng.integers(0, wide - WIDTH + 1))
    cut = (slice(top, top + HEIGHT), slice(left, left + WIDTH))
    return scene.image[cut], _label_map(scene, art)[cut]


def _refinement_view(rng: np.random.Generator, art: Art) -> TrainingSample:
    """The surroundings of one object of a scene, enlarged or reduced; beyond the scene its edge is repeated."""
    wide = int(np.exp(rng.uniform(np.log(220), np.log(640))))
    scene = _scene(rng, art, (wide, round(wide * rng.uniform(0.6, 1))))
    box = scene.objects[int(rng.integers(len(scene.objects)))].box
    high = max(box.size) * rng.uniform(1.25, 1.9)
    size = np.array([high * WIDTH / HEIGHT, high])
    corner = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2 - size * rng.uniform(0.4, 0.6, 2)
    columns, rows = (
        np.clip(np.arange(round(low), round(low + side)), 0, limit - 1)
        for low, side, limit in zip(corner, size, scene.image.shape[1::-1], strict=True)
    )
    picture = Image.fromarray(scene.image[rows][:, columns]).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    labels = Image.fromarray(_label_map(scene, art)[rows][:, columns])
    return np.asarray(picture), np.asarray(labels.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))


def _scene(rng: np.random.Generator, art: Art, size: tuple[int, int]) -> Scene:
    jpeg = int(rng.integers(40, 95)) if rng.random() < 0.3 else None
    return compose_scene(rng, art, objects=int(rng.integers(1, 6)), size=size, grey=rng.random() < 0.1, jpeg=jpeg)


def _label_map(scene: Scene, art: Art) -> NDArray[np.uint8]:
    labels = np.zeros(scene.image.shape[:2], np.uint8)
    for item in scene.objects:
        labels[item.mask] = 1 + art.names.index(item.name)
    return labels


class SegmenterTask(TrainingTask):
    """See the module."""

    name = "segmenter"
    steps = 20000
    rates = (5e-4, 1e-5)
    ema_decay = 0.998

    def __init__(self, art: Art, seed: int) -> None:
        self._config = fresh_config(art.names)
        self._pool = Pool(lambda rng: labelled_scene(rng, art), 2500, MORE, seed)
        self._weight = torch.tensor([BACKGROUND_WEIGHT] + [1.0] * len(art.names), device=devices.best())

    def network(self) -> nn.Module:
        """The network, with the committed weights where only depths differ; further blocks begin as the identity."""
        network = build_segmenter(self._config)
        if (STARTER / "segmenter.json").exists():
            stored = read_role(STARTER, self.name)
            if _but_depths(stored.config) == _but_depths(self._config):
                _begin_with(network, stored.tensors)
        # Plain attention is faster than the fused one on processors, backward.
        network.set_attn_implementation("eager")
        return Segmenter(network, self._config)

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy at the network's own stride of 4, later at 2 for sharper outlines; mirrored at random."""
        assert isinstance(network, Segmenter)
        device = devices.best()
        pictures, labels = self._pool.batch(step, BATCH)
        image = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255
        label = torch.from_numpy(labels).to(device)
        mirrored = (torch.rand(BATCH) < 0.5)[:, None, None].to(device)
        image = torch.where(mirrored[..., None], image.flip(3), image)
        faded = (torch.rand(BATCH) < GREY_SHARE)[:, None, None, None].to(device)
        image = torch.where(faded, in_grey(image), image)
        stride = 4 if progress < SHARP_FROM else 2
        target = torch.where(mirrored, label.flip(2), label)[:, stride // 2 :: stride, stride // 2 :: stride]
        with autocast():
            found = network.network(pixel_values=(image - 0.5) / 0.25).logits
        found = functional.interpolate(found.float(), target.shape[1:], mode="bilinear", align_corners=False)
        return functional.cross_entropy(found, target.long(), self._weight)

    @torch.no_grad()
    def sheet(self, network: nn.Module) -> Image.Image:
        """Twelve scenes above the labels found in them, a colour for each."""
        assert isinstance(network, Segmenter)
        pictures = self._pool.batch(0, 12)[0]
        palette = np.random.default_rng(0).integers(60, 256, (len(network.labels), 3)).astype(np.uint8)
        palette[0] = 0
        rows = []
        for k in range(0, 12, 6):
            part = torch.from_numpy(pictures[k : k + 6]).permute(0, 3, 1, 2).float() / 255
            maps = [network.logits(one[None].to(devices.best())).argmax(1)[0].cpu().numpy() for one in part]
            rows += [np.concatenate(list(pictures[k : k + 6]), 1), np.concatenate([palette[one] for one in maps], 1)]
        return Image.fromarray(np.concatenate(rows))

    def export(self, network: nn.Module, folder: Path) -> None:
        """Write the weights."""
        assert isinstance(network, Segmenter)
        write_role(folder, self.name, self._config, network.network.state_dict())
