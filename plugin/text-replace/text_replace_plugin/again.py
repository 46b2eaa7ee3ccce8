"""Edit Again: a result's recipe, and the layer that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from text_replace_plugin import recipe
from text_replace_plugin.host import Display, Host
from text_replace_plugin.i18n import _
from text_replace_plugin.offers import may_paint
from text_replace_plugin.recipe import Batch, Recipe
from text_replace_plugin.session import Applied, Session
from text_replace_plugin.settings import Settings
from text_replace_wire import options
from text_replace_wire.building import needed_box
from text_replace_wire.errors import TextReplaceError, UserError
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.where import Where, chosen


@dataclass(frozen=True)
class Again:
    """What a result was made of. host: of the layer that it was made from; its results go above the older result.

    changed: whether that layer has other pixels than then, so that the same recipe gives another picture.
    """

    host: Host
    settings: Settings
    where: Where
    batch: Optional[Batch]
    changed: bool

    @property
    def asked(self) -> Settings:
        """What a dialog begins with: the recipe without what it does not show, or nobody asked for."""
        hidden: dict[str, None] = dict.fromkeys(self._hidden())
        return replace(self.settings, painting=self.settings.painting.with_options(**hidden), recorded=())

    def completed(self, asked: Settings, told: Optional[ModelSets]) -> Settings:
        """What a dialog that began with the recipe asks for, with what of the recipe it did not show, as long as
        models, painter and preset stay, and the painter that nobody asked for is there and takes what is asked now.

        told: by a running engine, None: by none. The step at which the user kept the result counts only while
        everything that shapes the picture is the same.
        """
        # Painters record what a preset meant, too: kept, that would make another preset the same, or impossible.
        same = _painted_by(asked) == _painted_by(self.asked)
        own, given = self.settings.painting.options, asked.painting.options
        kept = {name: own[name] for name in self._hidden() if same and name not in given}
        painting = asked.painting.with_options(**kept)
        if not may_paint(told, asked.models, painting):
            kept, painting = {}, asked.painting
        complete = replace(
            asked,
            painting=replace(
                painting, keep_at=self.settings.painting.keep_at, remnants=self.settings.painting.remnants
            ),
            recorded=tuple(name for name in kept if name in self.settings.recorded),
        )
        return complete if self._is_same(complete) else replace(complete, painting=painting)

    def _hidden(self) -> list[str]:
        """The painting's options that a dialog does not show, or that nobody asked for."""
        shown = {option.field for option in options.OPTIONS} - set(self.settings.recorded)
        return [name for name in self.settings.painting.options if name not in shown]

    def batch_of(self, asked: Settings, where: Where) -> Optional[Batch]:
        """How the result was painted, as long as it is to be repeated as it is."""
        return self.batch if self._is_same(asked) and where == self.where else None

    def _is_same(self, asked: Settings) -> bool:
        return _shaping(asked) == _shaping(self.settings)


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
    fitting = [source for source in result.sources(read.source.identity) if _fits(source, read)]
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
    return Again(same[0] if same else fitting[0], read.settings, read.where, read.batch, changed=not same)


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
        where = chosen(flow.find(asked))
    return flow.apply(asked, flow.paint(asked, where, batch=opened.batch_of(asked, where)))


def _painted_by(asked: Settings) -> tuple[Any, ...]:
    """What decides what an option is that nobody asks for."""
    painting = asked.painting
    return asked.models, painting.preset, painting.remove, painting.options.get(options.PAINTER.field)


def _shaping(settings: Settings) -> Settings:
    """Without what only says how the result is put into the image."""
    return replace(settings, keep_selection=False, as_layer_mask=False, record_recipe=True, mark=True, recorded=())


def _fits(host: Host, read: Recipe) -> bool:
    # A layer that cannot be edited is not the one that was.
    try:
        return host.describe().size == read.source.size
    except TextReplaceError:
        return False


def _same(hosts: Sequence[Host], read: Recipe) -> list[Host]:
    box = needed_box(read.where, read.settings.painting, read.source.size)
    return [host for host in hosts if recipe.digest(host.read(box, box.size)) == read.source.picture]
