"""The first request's answer: what there is to replace, by the finder of a loaded model set."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from text_replace_engine.clock import Clock
from text_replace_engine.finding.finder import ComparableFinder, Finder, Finding, Seen
from text_replace_engine.finding.grow import ByColour
from text_replace_engine.finding.phrases.choosing import Chosen
from text_replace_engine.finding.phrases.language import english
from text_replace_engine.finding.phrases.naming import found
from text_replace_engine.finding.phrases.parsing import parsed
from text_replace_engine.sets.model_set import LoadedSet, ModelSet
from text_replace_engine.steps import relayed
from text_replace_engine.tensors import colour, from_plane, opacity
from text_replace_engine.words import colours_left_out, left_out, plain, taken_for, told_of_nouns
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.messages import Candidate, Find, Found, Progress, Stage
from text_replace_wire.planes import Plane
from text_replace_wire.prompts import normalised, shown


def search(
    request: Find, model_set: ModelSet, models: LoadedSet, device: torch.device, clock: Clock
) -> Generator[Progress, None, Found]:
    """The candidates, ranked; of the report only `warnings`. Raises ModelError and OutOfMemory."""
    source = from_plane(request.image)
    image = colour(source).to(device)
    visible = opacity(source)[0, 0].numpy() > 0
    if request.selection is not None:
        visible &= from_plane(request.selection)[0, 0].numpy() > 0
    if request.points or request.box is not None:
        return (yield from _pointed_at(request, models, image, visible, clock))
    names = model_set.vocabulary()
    asked, told = told_of_nouns(parsed(request.replace, english(), names), model_set)
    chosen = Chosen(())
    is_by_nouns = not asked.is_plain and request.select is Select.OURS
    if is_by_nouns:
        warnings = [*taken_for(told), *left_out("Replace", told, model_set)]
        meant = found(asked, models.finder, image, visible, english(), is_listed=bool(names))
        finding, chosen = yield from relayed(clock.staged(meant), partial(_told, warnings))
    # Models of any phrase may know what has “over the river” in its name.
    if not is_by_nouns or (chosen.unnamed and asked.is_related and not names):
        told = model_set.reading(plain(request.replace))
        hidden = colours_left_out(told) if request.select is Select.PAPER else []
        warnings = [*taken_for(told), *left_out("Replace", told, model_set), *hidden]
        work = _chooser(request, model_set, models).find(image, visible, told.text)
        finding = yield from relayed(clock.staged(work), partial(_told, warnings))
        # Signs alone name nothing, whatever they look like to a network.
        chosen = Chosen(finding.chosen if normalised(request.replace) else (), problem=chosen.problem)
    if chosen.understood:
        yield Progress(Stage.CHOOSE, 1, 1, note=" ".join([*warnings, chosen.understood]))
    candidates = tuple(_candidates(finding, request, models))
    explanation = "" if chosen.places else " ".join([_explain(request, finding, chosen.problem), *warnings])
    return Found(candidates, chosen.places, explanation, {"warnings": warnings}, chosen.understood)


def _told(warnings: Sequence[str], stage: Stage) -> Progress:
    return Progress(stage, 0, 1, note=" ".join(warnings))


def _chooser(request: Find, model_set: ModelSet, models: LoadedSet) -> Finder:
    """Raises UserError for a rule that the set's finder does not know."""
    if request.select is Select.OURS:
        return models.finder
    if not isinstance(models.finder, ComparableFinder):
        raise UserError(
            f"The {model_set.title} models do not choose among segments as the paper does: leave that rule out, or use "
            "the starter or the full models."
        )
    return models.finder.as_published()


def _pointed_at(
    request: Find, models: LoadedSet, image: Tensor, visible: NDArray[np.bool_], clock: Clock
) -> Generator[Progress, None, Found]:
    """The one candidate that is pointed at. What is typed is its name, and is asked of no network."""
    across, down = (here / there for here, there in zip(request.image.size, request.layer_size, strict=True))
    points = [((x + 0.5) * across, (y + 0.5) * down) for x, y in request.points]
    box = None if request.box is None else request.box.scaled(request.layer_size, request.image.size)
    work = (models.outliner or ByColour()).outline(image, visible, points, box)
    pixels = yield from relayed(clock.staged(work), lambda stage: Progress(stage, 0, 1))
    if pixels is None:
        return Found((), (), _explain_nothing(request), {"warnings": []})
    finding = Finding((Seen(shown(request.replace), pixels, 1.0, 1.0),), (0,), ())
    return Found(tuple(_candidates(finding, request, models)), finding.chosen, "", {"warnings": []})


def _candidates(finding: Finding, request: Find, models: LoadedSet) -> Iterator[Candidate]:
    ratio = request.layer_size[0] * request.layer_size[1] / (request.image.width * request.image.height)
    for rank, seen in enumerate(finding.ranked):
        box = seen.box.scaled(request.image.size, request.layer_size)
        mask = Plane(request.image.width, request.image.height, 1, (seen.pixels * np.uint8(255)).tobytes())
        yield Candidate(
            rank=rank,
            label=seen.label,
            probability=seen.probability,
            presence=seen.presence,
            box=box,
            edit_box=models.edit_box(box, request.layer_size),
            area=round(int(seen.pixels.sum()) * ratio),
            mask=mask,
        )


def _explain(request: Find, finding: Finding, problem: str) -> str:
    """problem: what is the matter with the objects that were named, as `phrases.choosing.Chosen` has it."""
    if finding.explanation:
        return finding.explanation
    where = "the selection" if request.selection is not None else "the picture"
    sought = f"I looked for “{shown(request.replace)}” in {where} and saw"
    if problem:
        return f"{sought} {problem}"
    if not finding.seen:
        return f"{sought} nothing I know: select the object."
    return f"{sought} {', '.join(finding.seen)}: try one of these words, or select the object."


def _explain_nothing(request: Find) -> str:
    place = "at that place" if request.box is None else "in that box"
    where = " inside the selection" if request.selection is not None else ""
    remedy = "drag a box around the object" if request.box is None else "drag another box"
    return f"There is nothing to tell apart {place}{where}: {remedy}, or select it."
