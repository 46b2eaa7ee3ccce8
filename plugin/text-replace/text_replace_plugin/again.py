"""Edit Again: a result's recipe, and the layer that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from text_replace_plugin import recipe, session
from text_replace_plugin.host import Display, Host
from text_replace_plugin.i18n import _
from text_replace_plugin.recipe import Recipe
from text_replace_plugin.session import Applied, Session
from text_replace_plugin.settings import Settings
from text_replace_plugin.where import Where
from text_replace_wire.errors import TextReplaceError, UserError
from text_replace_wire.geometry import Box


@dataclass(frozen=True)
class Again:
    """What a result was made of. host: of the layer that it was made from; its results go above the older result.

    changed: whether that layer has other pixels than then, so that the same recipe gives another picture.
    """

    host: Host
    settings: Settings
    where: Where
    changed: bool

    def completed(self, asked: Settings) -> Settings:
        """What a dialog that began with the recipe asks for, with what of the recipe it does not show.

        The step at which the user kept the result counts only while everything that shapes the picture is the same.
        """
        own, shown = self.settings.adjustments, asked.adjustments
        adjustments = replace(
            shown, lambda_clip=own.lambda_clip, lambda_lpips=own.lambda_lpips, lambda_l2=own.lambda_l2
        )
        size = self.settings.working_size if asked.models is self.settings.models else None
        complete = replace(asked, working_size=size, adjustments=replace(adjustments, keep_at=own.keep_at))
        if _shaping(complete) == _shaping(self.settings):
            return complete
        return replace(complete, adjustments=adjustments)


def open_recipe(result: Host) -> Again:
    """The recipe in a result layer. Raises UserError where there is none, or its source is not there any more."""
    contents = result.recipe()
    if contents is None:
        raise UserError(
            _(
                "This layer has no recipe: select a layer that Text Replace added while it recorded recipes, or use "
                "Text Replace instead."
            )
        )
    read = recipe.read(contents)
    fitting = [each for each in result.sources(read.source.identity) if _fits(each, read)]
    if not fitting:
        width, height = read.source.size
        raise UserError(
            _(
                "The layer “{name}” ({width}×{height} pixels), from which this one was made, is not in the image any "
                "more: undo its removal or its change of size, or use Text Replace instead.",
                name=read.source.identity.name,
                width=width,
                height=height,
            )
        )
    same = _same(fitting, read)
    return Again(same[0] if same else fitting[0], read.settings, read.where, changed=not same)


def again(result: Host, display: Display) -> Applied:
    """Run the recipe in a result layer once more."""
    opened = open_recipe(result)
    return edit(opened, display, opened.settings)


def edit(opened: Again, display: Display, asked: Settings) -> Applied:
    """Replace with `asked`; the recorded mask serves as long as the same object is meant."""
    flow = Session(opened.host, display)
    if (asked.replace, asked.use_selection) == (opened.settings.replace, opened.settings.use_selection):
        where = opened.where
    elif asked.use_selection:
        where = flow.from_selection()
    else:
        where = flow.pick(flow.find(asked))
    return flow.apply(asked, flow.paint(asked, where))


def _shaping(settings: Settings) -> Settings:
    """Without what only says how the result is put into the image."""
    return replace(settings, keep_selection=False, as_layer_mask=False, record_recipe=True)


def _fits(host: Host, read: Recipe) -> bool:
    # A layer that cannot be edited is not the one that was.
    try:
        return host.describe().size == read.source.size
    except TextReplaceError:
        return False


def _same(hosts: Sequence[Host], read: Recipe) -> list[Host]:
    box = _seen_box(read)
    return [each for each in hosts if recipe.digest(each.read(box, box.size)) == read.source.picture]


def _seen_box(read: Recipe) -> Box:
    return session.edit_box(read.where, read.settings, read.source.size)
