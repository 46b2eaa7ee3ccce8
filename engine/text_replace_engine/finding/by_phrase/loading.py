"""Puts together what finds phrases, and what it is pointed at, of the networks that are installed in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from text_replace_engine.cancellation import cancellable
from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.finding.by_phrase.detect_and_mask import DetectAndMask
from text_replace_engine.finding.by_phrase.instances import InstanceSource
from text_replace_engine.finding.by_phrase.masking import PictureMasks
from text_replace_engine.finding.by_phrase.phrase_finder import PhraseFinder
from text_replace_engine.finding.by_phrase.segment_concepts import SegmentConcepts
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.networks.concepts import Concepts
from text_replace_engine.models.networks.detector import Detector
from text_replace_engine.models.networks.masker import Masker
from text_replace_engine.models.photo import roles
from text_replace_engine.models.store import read_role

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class PhraseFinding:
    """clip: of the finder, for whoever else needs one."""

    finder: PhraseFinder
    outliner: PictureMasks
    clip: Clip


def load_finding(folder: Path, concepts: bool, device: torch.device, dtype: torch.dtype | None) -> PhraseFinding:
    """From the snapshots `masker` and `detector`, or in place of the latter `concepts`, and the roles `clip` and
    `nouns`; each network on `device`, in `dtype`; None: in float32.

    Raises ModelMissing and ModelDamaged.
    """

    def ready(network: Network) -> Network:
        # On a processor bfloat16 gains nothing (tests/MEASURED.md), and differences of 0.01 between cosines decide.
        chosen = dtype or torch.float32
        network.requires_grad_(False).eval().to(device, chosen).to(memory_format=torch.channels_last)
        return cancellable(network)

    stored = read_role(folder, roles.CLIP)
    clip = ready(Clip.load(stored, folder))
    clip.remember_texts()
    masks = PictureMasks(ready(Masker.load(folder / roles.MASKER)))
    source: InstanceSource
    if concepts:
        source = SegmentConcepts(ready(Concepts.load(folder / roles.CONCEPTS)))
    else:
        source = DetectAndMask(ready(Detector.load(folder / roles.DETECTOR)), masks)
    agreement = Agreement.installed(folder, clip, stored.sha256)
    return PhraseFinding(PhraseFinder(source, clip, agreement), masks, clip)
