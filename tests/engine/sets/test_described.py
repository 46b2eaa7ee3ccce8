"""What the sets say of their painters is what their painters check."""

from __future__ import annotations

import pytest

from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_engine.painting.guided import options as guided
from text_replace_engine.painting.latent.klein import options as klein
from text_replace_engine.painting.latent.names import PainterName, Room
from text_replace_engine.painting.latent.sd15 import options as sd15
from text_replace_engine.sets import registry
from text_replace_engine.sets.photo import PHOTO_SET
from text_replace_wire import options
from text_replace_wire.errors import UserError
from text_replace_wire.option import Owner
from text_replace_wire.painting import Painting

VALUES = {
    "painter": "sd15",
    "strength": 0.5,
    "steps": 5,
    "guidance_scale": 2.0,
    "negative_prompt": "people",
    "room": "tight",
    "working_size": 512,
}


@pytest.mark.parametrize("painter", [guided, sd15, klein], ids=["guided", "sd15", "klein"])
def test_each_takes_what_it_says_and_no_more(painter: object) -> None:
    """Of the presets and the table's options: a dialog that offers them gets no refusal, and hides no possibility."""
    entry, check = painter.ENTRY, painter.check  # type: ignore[attr-defined]

    def takes(painting: Painting) -> bool:
        try:
            check(painting)
        except UserError:
            return False
        return True

    assert {preset.value for preset in options.PRESET.entries if takes(Painting(preset.value))} == set(entry.presets)
    own = [option.field for option in options.OPTIONS if option.owner is Owner.PAINTER]
    taken = [field for field in own if takes(Painting(options={field: VALUES[field]}))]
    assert taken == [field for field in own if field in entry.options]


def test_the_table_names_every_painter_and_room() -> None:
    """The wire's words are the engine's."""
    assert [entry.value for entry in options.PAINTER.entries] == [options.AUTO, *PainterName]
    assert [entry.value for entry in options.ROOM.entries] == list(Room)


def test_clients_are_told_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second painter only where it is there; LaMa beside them where it removes; the paper's sets cannot
    remove.
    """
    there: set[str] = set()
    monkeypatch.setattr(type(PHOTO), "is_there", lambda _self, role: role in there)
    sets = {entry.id: entry for entry in registry.described().sets}
    assert [painter.id for painter in sets["photo"].painters] == ["sd15"]
    assert sets["photo"].erasers == sets["photo"].painters
    assert [painter.id for painter in sets["starter"].painters] == ["guided"] and sets["starter"].erasers == ()
    monkeypatch.setattr(type(PHOTO), "is_usable", lambda _self: True)
    there |= {"klein", "eraser"}
    assert [painter.id for painter in PHOTO_SET.painters()] == ["sd15", "klein"]
    assert [painter.id for painter in PHOTO_SET.erasers()] == ["lama", "sd15", "klein"]
