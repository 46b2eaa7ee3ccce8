"""Puts results into the image: layers, a group where there are several, the selection, the recipes; all or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Optional

from text_replace_plugin import outcome, pixels, recipe
from text_replace_plugin.host import Editor, NewLayer
from text_replace_plugin.i18n import N_, _
from text_replace_plugin.results import Applied, Result
from text_replace_plugin.settings import Settings, display_name
from text_replace_wire import pairs
from text_replace_wire.api import IsCancelled
from text_replace_wire.meeting import Painted
from text_replace_wire.planes import Plane, multiplied

#: The name of results that must not tell the prompts.
NEUTRAL_NAME = "Text Replace"
KEPT_SELECTION = N_("Selection before Text Replace")

#: The results of each pair, best first; one at least.
Results = Sequence[Sequence[Result]]


def regions_of(results: Results, cancelled: IsCancelled) -> list[Plane]:
    """The edit region of each pair's results, without what is another pair's. Raises Cancelled."""
    best = [of_pair[0] for of_pair in results]
    return pairs.given_way([Painted(each.edit.box, each.region, each.object_mask) for each in best], cancelled)


def insert(editor: Editor, results: Results, regions: Sequence[Plane]) -> Applied:
    """Layers in the pairs' order, later ones above, and all edit regions (`regions_of`) as the selection. When anything
    fails, the image is as it was.
    """
    best, extras = [of_pair[0] for of_pair in results], editor.extras
    asked = best[0].job.settings
    new = [
        [_new_layer(editor, results, number, result, region) for result in of_pair]
        for number, (of_pair, region) in enumerate(zip(results, regions))
    ]
    with contextlib.ExitStack() as undo:
        if extras is not None and asked.keep_selection:
            channel = extras.keep_selection(_(KEPT_SELECTION))
            if channel is not None:
                undo.callback(extras.remove_channel, channel)
        titles = [_title(each.job.settings) for each in best]
        all_titles = ", ".join(dict.fromkeys(titles))
        around = own = _group(editor, undo, all_titles, None, new[0][0].recipe) if len(new) > 1 else None
        inserted: list[Any] = []
        for of_pair, title in zip(new, titles):
            own = _group(editor, undo, title, around) if len(of_pair) > 1 else around
            inserted += _inserted(editor, undo, of_pair, own)
        if extras is not None:
            extras.show_older(False)
            undo.callback(extras.show_older, True)
        editor.select(*pairs.union(regions, [each.edit.box for each in best]))
        undo.pop_all()
    if asked.mark and extras is not None:
        # What was painted is worth more than its mark.
        outcome.attempt(extras.mark)
    scores = tuple(result.score for of_pair in results for result in of_pair)
    return Applied(tuple(inserted), scores, around or own)


def _group(
    editor: Editor, undo: contextlib.ExitStack, name: str, parent: Any, contents: Optional[bytes] = None
) -> Optional[Any]:
    """An empty group, in `parent` where there is one; None in an editor without groups. contents: a recipe."""
    if editor.extras is None:
        return None
    group = editor.extras.insert_group(name, parent, contents)
    if parent is None:
        undo.callback(editor.remove, group)
    return group


def _inserted(editor: Editor, undo: contextlib.ExitStack, layers: Sequence[NewLayer], group: Any) -> list[Any]:
    """The editor's own layers, the first one on top."""
    inserted: list[Any] = []
    # The last one in is on top, and GIMP's active layer.
    for new in reversed(layers):
        inserted.insert(0, editor.insert(new, group))
        if group is None:
            undo.callback(editor.remove, inserted[0])
    return inserted


def _new_layer(editor: Editor, results: Results, number: int, result: Result, region: Plane) -> NewLayer:
    """Of one of the results of the pair of this number. Where there are several, the seed is part of the name."""
    edit, settings, extras = result.edit, result.job.settings, editor.extras
    source_alpha = pixels.alpha_of(edit.image)
    alpha = region.data
    if settings.as_layer_mask:
        alpha = b"\xff" * len(alpha) if source_alpha is None else source_alpha
    elif source_alpha is not None:
        alpha = multiplied(alpha, source_alpha, edit.box.width)
    contents = None
    if settings.record_recipe and extras is not None:
        contents = recipe.written(_beside(results, number, result), number, extras.identity())
    return NewLayer(
        name=_title(settings) + (f", seed {result.seed}" if len(results[number]) > 1 else ""),
        box=edit.box,
        pixels=pixels.with_alpha(result.variation.pixels, alpha),
        mask=region if settings.as_layer_mask else None,
        recipe=contents,
        visible=result is results[number][0],
    )


def _beside(results: Results, number: int, result: Result) -> list[Result]:
    """One result of each pair: this one, and of the others that with the same seed, or the best where there is none."""
    of_seed = [next((each for each in of_pair if each.seed == result.seed), of_pair[0]) for of_pair in results]
    return [*of_seed[:number], result, *of_seed[number + 1 :]]


def _title(settings: Settings) -> str:
    if not settings.record_recipe:
        return NEUTRAL_NAME
    new = "removed" if settings.painting.remove else settings.with_.strip()
    return f"{new} (was {display_name(settings.replace)})"
