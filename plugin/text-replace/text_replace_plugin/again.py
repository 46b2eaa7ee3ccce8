"""Edit Again: a result's recipe, and the layer that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from text_replace_wire.errors import TextReplaceError, UserError
from text_replace_wire.geometry import Box

from . import recipe, session
from .host import Display, Host
from .i18n import _
from .recipe import Recipe
from .session import Applied, Session
from .settings import Settings
from .where import Where


@dataclass(frozen=True)
class Again:
    """What a result was made of. host: of the layer that it was made from; its results go above the older result.

    changed: whether that layer has other pixels than then, so that the same recipe gives another picture.
    """

    host: Host
    settings: Settings
    where: Where
    changed: bool


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
    session_ = Session(opened.host, display)
    return session_.apply(opened.settings, session_.paint(opened.settings, opened.where))


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
