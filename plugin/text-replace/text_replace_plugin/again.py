"""Edit Again: a result's recipe, and the layer that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Optional

from text_replace_plugin import recipe
from text_replace_plugin.host import Display, Host
from text_replace_plugin.i18n import _
from text_replace_plugin.offers import may_paint
from text_replace_plugin.recipe import Recipe, Source
from text_replace_plugin.results import Applied, Job
from text_replace_plugin.session import Session, place_of
from text_replace_plugin.settings import Settings, display_name, together
from text_replace_wire import options
from text_replace_wire.building import needed_box
from text_replace_wire.errors import TextReplaceError, UserError
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.pairs import matched
from text_replace_wire.where import Where


@dataclass(frozen=True)
class Again:
    """What a result was made of, one recipe for each pair of the run. host: of the layer that it was made from; its
    results go above the older result.

    changed: whether that layer has other pixels than then, so that the same recipes give another picture.
    """

    host: Host
    recipes: tuple[Recipe, ...]
    changed: bool

    @property
    def settings(self) -> Settings:
        """What was asked for."""
        return together([recipe.settings for recipe in self.recipes])

    @property
    def asked(self) -> Settings:
        """What a dialog begins with: the recipe without what it does not show, or nobody asked for."""
        return together([_asked(recipe) for recipe in self.recipes])

    def completed(self, asked: Settings, told: Optional[ModelSets]) -> Settings:
        """What a dialog that began with the recipe asks for, with what of each pair's recipe it did not show, as long
        as models, painter and preset stay, and the painter that nobody asked for is there and takes what is asked now.

        told: by a running engine, None: by none. The one seed that it shows is the first pair's; unchanged, it is each
        pair's own. The step at which the user kept the result counts only while
        everything that shapes the picture is the same.
        """
        own = [recipe or self.recipes[0] for recipe in self.of_each(asked)]
        same_seed = asked.seed == self.settings.seed
        each = [replace(one, seed=recipe.settings.seed) if same_seed else one for recipe, one in zip(own, asked.each)]
        return together([_completed(recipe, one, told) for recipe, one in zip(own, each)])

    def belonging(self, words: Sequence[str], use_selection: bool) -> list[Optional[Recipe]]:
        """Of each pair, by what it replaces, the recipe that has its object; None where another object is meant."""
        recorded = [each.settings for each in self.recipes]
        before = [display_name(one.replace) if one.use_selection == use_selection else None for one in recorded]
        numbers = matched(before, list(map(display_name, words)))
        return [None if number is None else self.recipes[number] for number in numbers]

    def of_each(self, asked: Settings) -> list[Optional[Recipe]]:
        """As `belonging`, of the pairs that are asked for."""
        return self.belonging([one.replace for one in asked.each], asked.use_selection)


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
    source = read[0].source
    fitting = [host for host in result.sources(source.identity) if _fits(host, source)]
    if not fitting:
        width, height = source.size
        raise UserError(
            _(
                "The layer “{name}” ({width}×{height} pixels), from which this one was made, is not in the image any "
                "more: undo its removal or its change of size, or use Text Replace instead.",
                name=source.identity.name,
                width=width,
                height=height,
            )
        )
    same = [host for host in fitting if all(_is_same_picture(host, each) for each in read)]
    return Again(same[0] if same else fitting[0], read, changed=not same)


def again(result: Host, display: Display) -> Applied:
    """Run the recipe in a result layer once more."""
    opened = open_recipe(result)
    return edit(opened, display, opened.settings)


def edit(opened: Again, display: Display, asked: Settings) -> Applied:
    """Replace with `asked`; a recorded mask serves as long as the same object is meant."""
    flow = Session(opened.host, display)

    def where(one: Settings, own: Optional[Recipe]) -> Where:
        if own is not None:
            return own.where
        return flow.from_selection() if one.use_selection else place_of(one, flow.find(one), asked)

    both = zip(asked.each, opened.of_each(asked))
    return flow.apply(flow.paint([job(one, own, where(one, own)) for one, own in both]))


def job(asked: Settings, own: Optional[Recipe], where: Where) -> Job:
    """One pair to paint; as its recipe says, if it has one, as long as it is to be repeated as it is."""
    is_same = own is not None and _shaping(asked) == _shaping(own.settings) and where == own.where
    return Job(asked, where, own.batch if own is not None and is_same else None)


def _asked(own: Recipe) -> Settings:
    hidden: dict[str, None] = dict.fromkeys(_hidden(own.settings))
    return replace(own.settings, painting=own.settings.painting.with_options(**hidden), recorded=())


def _completed(recorded: Recipe, asked: Settings, told: Optional[ModelSets]) -> Settings:
    # Painters record what a preset meant, too: kept, that would make another preset the same, or impossible.
    same = _painted_by(asked) == _painted_by(_asked(recorded))
    settings = recorded.settings
    own, given = settings.painting.options, asked.painting.options
    kept = {name: own[name] for name in _hidden(settings) if same and name not in given}
    painting = asked.painting.with_options(**kept)
    if not may_paint(told, asked.models, painting):
        kept, painting = {}, asked.painting
    complete = replace(
        asked,
        painting=replace(painting, keep_at=settings.painting.keep_at, remnants=settings.painting.remnants),
        recorded=tuple(name for name in kept if name in settings.recorded),
    )
    return complete if _shaping(complete) == _shaping(settings) else replace(complete, painting=painting)


def _hidden(settings: Settings) -> list[str]:
    """The painting's options that a dialog does not show, or that nobody asked for."""
    shown = {option.field for option in options.OPTIONS} - set(settings.recorded)
    return [name for name in settings.painting.options if name not in shown]


def _painted_by(asked: Settings) -> tuple[Any, ...]:
    """What decides what an option is that nobody asks for."""
    painting = asked.painting
    return asked.models, painting.preset, painting.remove, painting.options.get(options.PAINTER.field)


def _shaping(settings: Settings) -> Settings:
    """Without what only says how the result is put into the image."""
    return replace(settings, keep_selection=False, as_layer_mask=False, record_recipe=True, mark=True, recorded=())


def _fits(host: Host, source: Source) -> bool:
    # A layer that cannot be edited is not the one that was.
    try:
        return host.describe().size == source.size
    except TextReplaceError:
        return False


def _is_same_picture(host: Host, own: Recipe) -> bool:
    box = needed_box(own.where, own.settings.painting, own.source.size)
    return recipe.digest(host.read(box, box.size)) == own.source.picture
