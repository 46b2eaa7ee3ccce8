"""Choice: which segment does the replacement prompt r mean, and is it there at all (paper, section 3.1;
engine/REFERENCE.md, Words).

A segment's score is a weighted mean of two cosines, CLIP(segment) with CLIP(r) and CLIP(label) with CLIP(r): CLIP is
poor on cut-out segments, and the label is evidence too. Small parts of a group of touching segments score lower: they
are more often a wrong patch on an object than one of their own. Measured on 120 scenes of training seeds with the first
starter models (right object where nothing is refused): label weight 0.5 77 %, 0.2 81 %, 82 % with the parts lowered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from text_replace_engine.finding.agreement import BELOW, MOST_NOUNS, Agreement
from text_replace_engine.finding.finder import Finding, Seen
from text_replace_engine.finding.segment import Segment
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.tensors import blur, crop, resample, square_around

#: Not more candidates than a user could look at.
MOST_CANDIDATES = 24
#: The view of a segment: the square around its box, this many times its longer side.
_VIEW = 1.25
#: How much the surroundings of a segment are dimmed in its view.
_DIMMED = 0.35
_LABEL_WEIGHT = 0.2
#: How much a part's score is lowered when its share of the group falls to 1/e, and the least share that counts.
_PART = 0.15
_LEAST_SHARE = 0.05


def matched(
    image: Tensor,
    segments: Sequence[Segment],
    phrase: str,
    clip: Clip,
    label_weight: float = _LABEL_WEIGHT,
    vectors: Tensor | None = None,
    is_read: Callable[[str], bool] = lambda part: True,
    agreement: Agreement | None = None,
) -> Finding:
    """Rank `segments` of an RGB image (1, 3, h, w) in [0, 1] by `phrase`; its parts ("… and …", commas) are sought
    one by one, and each is found whose presence reaches CLIP's floor. vectors: `embedded` of these segments,
    (segments, d), where it is known. is_read: whether CLIP can know what a part means; else its presence is 0.
    agreement: what decides about presence in place of a floor that was never calibrated, and names what else is seen.
    """
    if not segments:
        return Finding((), (), ())
    if vectors is None:
        vectors = embedded(image, segments, clip)
    parts = split_prompt(phrase)
    cosines = scores(image, segments, parts, clip, label_weight, vectors)
    best = cosines.max(1).values
    probabilities = torch.softmax(clip.logit_scale * best, 0)
    presences = _presences(cosines, vectors, parts, clip, is_read, agreement)
    order = torch.argsort(best, descending=True, stable=True).tolist()
    rank = {index: place for place, index in enumerate(order)}
    # Of each part, the candidates that reach the floor, best first.
    named = [
        tuple(
            rank[index]
            for index in torch.argsort(presences[:, part], descending=True, stable=True).tolist()
            if float(presences[index, part]) >= clip.floor
        )
        for part in range(len(parts))
    ]
    chosen = {places[0] for places in named if places}
    ranked = tuple(
        Seen(
            segments[index].label,
            segments[index].pixels,
            float(probabilities[index]),
            float(presences[index].max()),
        )
        for index in order
    )
    if agreement is None:
        labels = _supported(image, segments, clip, label_weight, vectors, order)
    else:
        labels = agreement.fitting(vectors, MOST_NOUNS)
    return Finding(ranked, tuple(sorted(chosen)), labels, named=tuple(named))


def with_touching(
    finding: Finding,
    image: Tensor,
    groups: Sequence[Sequence[Segment]],
    phrase: str,
    clip: Clip,
    vectors: Tensor,
    is_read: Callable[[str], bool] = lambda part: True,
    agreement: Agreement | None = None,
) -> Finding:
    """A finding with touching objects told apart, as more candidates behind the others: those groups, each made of one
    segment, of which a part of the phrase names all. What was chosen stays so. vectors: `embedded` of all that is in
    the groups, (n, d), in their order. The rest as `matched`.
    """
    single = [segment for group in groups for segment in group]
    parts = split_prompt(phrase)
    cosines = scores(image, single, parts, clip, vectors=vectors)
    presences = _presences(cosines, vectors, parts, clip, is_read, agreement)
    ranked, named = list(finding.ranked), [list(places) for places in finding.named]
    start = 0
    for group in groups:
        there = presences[start : start + len(group)]
        start += len(group)
        is_named = there.amin(0) >= clip.floor
        if len(ranked) + len(group) > MOST_CANDIDATES or not bool(is_named.any()):
            continue
        for part in is_named.nonzero()[:, 0].tolist():
            order = torch.argsort(there[:, part], descending=True, stable=True).tolist()
            named[part] += [len(ranked) + place for place in order]
        ranked += [
            Seen(segment.label, segment.pixels, 0.0, float(presence.max()))
            for segment, presence in zip(group, there, strict=True)
        ]
    chosen = finding.chosen or tuple(sorted({places[0] for places in named if places}))
    labels = [*finding.seen]
    if agreement is None:
        labels += _supported(image, single, clip, _LABEL_WEIGHT, vectors, range(len(single)))
    return Finding(tuple(ranked), chosen, tuple(dict.fromkeys(labels)), named=tuple(tuple(places) for places in named))


def _presences(
    cosines: Tensor,
    vectors: Tensor,
    parts: Sequence[str],
    clip: Clip,
    is_read: Callable[[str], bool],
    agreement: Agreement | None,
) -> Tensor:
    """(segments, parts) in [0, 1], of `scores`."""
    presences = clip.presence(cosines) * torch.tensor([float(is_read(part)) for part in parts])
    if agreement is None:
        return presences
    agreed = torch.stack([agreement.agrees(vectors, part) for part in parts], 1)
    return torch.where(agreed, presences.clamp(min=clip.floor), presences.clamp(max=clip.floor - BELOW))


def _supported(
    image: Tensor, segments: Sequence[Segment], clip: Clip, label_weight: float, vectors: Tensor, order: Sequence[int]
) -> tuple[str, ...]:
    """The labels, in this order of the segments, that would be found by their own names: whoever tries one of the
    words that were seen is to find it.
    """
    labels = [segment.label for segment in segments]
    own = clip.presence(scores(image, segments, labels, clip, label_weight, vectors).diagonal())
    return tuple(dict.fromkeys(labels[index] for index in order if float(own[index]) >= clip.floor))


def split_prompt(prompt: str) -> list[str]:
    """The objects a prompt names: itself, or its parts between commas and the word "and"."""
    parts = [part.strip() for part in re.split(r",|(?<![^\s,&])and(?![^\s,&])|&", prompt, flags=re.IGNORECASE)]
    return [part for part in parts if part] or [prompt]


def scores(
    image: Tensor,
    segments: Sequence[Segment],
    parts: Sequence[str],
    clip: Clip,
    label_weight: float = _LABEL_WEIGHT,
    vectors: Tensor | None = None,
) -> Tensor:
    """(segments, parts), for an RGB image (1, 3, h, w) in [0, 1]: the weighted mean of picture and label cosine, lower
    for small parts of a group. `label_weight` 0 hides the labels (pixels only).
    """
    seen = embedded(image, segments, clip) if vectors is None else vectors
    shares = torch.tensor([segment.share for segment in segments]).clamp(min=_LEAST_SHARE)
    with torch.inference_mode():
        wanted = clip.encode_text(list(parts))
        named = clip.encode_text([segment.label for segment in segments])
        cosines = ((1 - label_weight) * seen @ wanted.T + label_weight * named @ wanted.T).float().cpu()
    return cosines + _PART * shares.log()[:, None]


def embedded(image: Tensor, segments: Sequence[Segment], clip: Clip) -> Tensor:
    """CLIP's unit vectors (segments, d) of what it sees of every segment of an RGB image (1, 3, h, w) in [0, 1]."""
    with torch.inference_mode():
        views = [view(image, segment, clip.image_size) for segment in segments]
        return clip.encode_image(torch.cat(views)) if views else torch.empty(0)


def view(image: Tensor, segment: Segment, size: int) -> Tensor:
    """What CLIP sees of a segment of an RGB image (1, 3, h, w) in [0, 1]: its square surroundings, dimmed and blurred
    outside it, (1, 3, size, size) in [0, 1].
    """
    square = square_around(segment.box, _VIEW)
    pixels = torch.from_numpy(segment.pixels)[None, None].to(image)
    picture = resample(crop(image, square), (size, size))
    inside = resample(crop(pixels, square), (size, size))
    return picture * inside + _DIMMED * blur(picture, size / 16) * (1 - inside)
