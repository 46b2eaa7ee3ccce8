"""Trains the segmenter on composed scenes: a label for every pixel, "background" where no object is."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from text_replace_engine.models.files import STARTER
from text_replace_engine.models.segmenter import Segmenter, build_segmenter
from text_replace_engine.models.store import Config, read_role, write_role
from text_replace_engine.train.art import Art
from text_replace_engine.train.loop import Task, autocast, device_of_training
from text_replace_engine.train.pool import Pool, Sample
from text_replace_engine.train.scenes import compose_scene

WIDTH, HEIGHT, BATCH = 256, 192, 8
INPUT_SIZE = 384  # a small object needs the pixels; batches are cut from scenes of about this size
BACKGROUND_WEIGHT = 0.4
SHARP_FROM = 0.6  # of the training
GREY_SHARE = 0.25


def fresh_config(names: tuple[str, ...]) -> Config:
    """The architecture, about the size of SegFormer-B0's."""
    return {
        "labels": ["background", *names],
        "input_size": INPUT_SIZE,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "segformer": {
            "hidden_sizes": [32, 64, 128, 192],
            "num_attention_heads": [1, 2, 4, 6],
            "depths": [2, 2, 2, 2],
            "sr_ratios": [8, 4, 2, 1],
            "decoder_hidden_size": 96,
            "drop_path_rate": 0.0,
            "classifier_dropout_prob": 0.0,
        },
    }


def labelled_scene(rng: np.random.Generator, art: Art) -> Sample:
    """A cut (HEIGHT, WIDTH, 3) of a scene and its label map (HEIGHT, WIDTH), 0 the background; some are whole."""
    scale = 1.0 if rng.random() < 0.25 else rng.uniform(1.2, INPUT_SIZE / WIDTH)
    wide, least = round(WIDTH * scale), round(HEIGHT * scale)
    tall = int(rng.integers(least, wide + 1)) if rng.random() < 0.35 else least
    jpeg = int(rng.integers(40, 95)) if rng.random() < 0.3 else None
    count = int(rng.integers(1, 6))
    scene = compose_scene(rng, art, objects=count, size=(wide, tall), grey=rng.random() < 0.1, jpeg=jpeg)
    labels = np.zeros((tall, wide), np.uint8)
    for item in scene.objects:
        labels[item.mask] = 1 + art.names.index(item.name)
    top, left = int(rng.integers(0, tall - HEIGHT + 1)), int(rng.integers(0, wide - WIDTH + 1))
    cut = (slice(top, top + HEIGHT), slice(left, left + WIDTH))
    return scene.image[cut], labels[cut]


class SegmenterTask(Task):
    """See the module."""

    name = "segmenter"
    steps = 6000
    rates = (5e-4, 1e-5)
    ema_decay = 0.998

    def __init__(self, art: Art, seed: int) -> None:
        self._config = fresh_config(art.names)
        self._pool = Pool(lambda rng: labelled_scene(rng, art), 2500, 2, seed)
        self._weight = torch.tensor([BACKGROUND_WEIGHT] + [1.0] * len(art.names), device=device_of_training())

    def network(self) -> nn.Module:
        """The network, with the committed weights where they fit."""
        network = build_segmenter(self._config)
        if (STARTER / "segmenter.json").exists():
            stored = read_role(STARTER, self.name)
            if stored.config["segformer"] == self._config["segformer"]:
                network.load_state_dict(dict(stored.tensors))
        # Plain attention is faster than the fused one on processors, backward.
        network.set_attn_implementation("eager")
        return Segmenter(network.to(memory_format=torch.channels_last), self._config)

    def loss(self, network: nn.Module, step: int, progress: float) -> Tensor:
        """Cross entropy at the network's own stride of 4, later at 2 for sharper outlines; mirrored at random."""
        assert isinstance(network, Segmenter)
        device = device_of_training()
        pictures, labels = self._pool.batch(step, BATCH)
        image = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
        label = torch.from_numpy(labels)
        mirrored = (torch.rand(BATCH) < 0.5)[:, None, None]
        image = torch.where(mirrored[..., None], image.flip(3), image).to(device)
        faded = (torch.rand(BATCH) < GREY_SHARE)[:, None, None, None].to(device)
        image = torch.where(faded, image.mean(1, keepdim=True).expand_as(image), image)
        stride = 4 if progress < SHARP_FROM else 2
        target = torch.where(mirrored, label.flip(2), label)[:, stride // 2 :: stride, stride // 2 :: stride]
        with autocast():
            found = network.network(pixel_values=(image - 0.5) / 0.25).logits
        found = functional.interpolate(found.float(), target.shape[1:], mode="bilinear", align_corners=False)
        return functional.cross_entropy(found, target.long().to(device), self._weight)

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
            maps = [network.logits(one[None].to(device_of_training())).argmax(1)[0].cpu().numpy() for one in part]
            rows += [np.concatenate(list(pictures[k : k + 6]), 1), np.concatenate([palette[one] for one in maps], 1)]
        return Image.fromarray(np.concatenate(rows))

    def export(self, network: nn.Module) -> None:
        """Write the weights."""
        assert isinstance(network, Segmenter)
        write_role(STARTER, self.name, self._config, network.network.state_dict())
