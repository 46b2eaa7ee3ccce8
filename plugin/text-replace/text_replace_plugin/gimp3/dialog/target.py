"""What is going to be replaced, as a tint over the preview: candidates, the user's selection, or a recorded mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from text_replace_plugin import overlay
from text_replace_plugin.gimp3.dialog.candidates import Key, Pick
from text_replace_plugin.gimp3.dialog.preview import LayerPreview
from text_replace_plugin.overlay import Tint
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Found, MaskKind
from text_replace_wire.planes import Plane, framed
from text_replace_wire.where import Where

#: The preset that paints exactly the object.
_EXACT = "paper"


class Target:
    """Keeps every mask at the preview's size."""

    def __init__(self, host: Any, preview: LayerPreview, config: Any) -> None:
        self._host, self._preview, self._config = host, preview, config
        self._masks: dict[Key, Plane] = {}
        self._recorded: Optional[Plane] = None
        self._recorded_selection = False
        self._picked: list[tuple[list[Plane], list[Plane]]] = []
        self._layer_size = host.describe().size

    def set_candidates(self, found: Sequence[Optional[Found]]) -> None:
        """Those of each pair that was looked for."""
        self._recorded = None
        self._masks = {
            (number, candidate.rank): overlay.shrunk(candidate.mask, self._preview.size)
            for number, each in enumerate(found)
            for candidate in (each.candidates if each is not None else ())
        }
        self.set_picked([])

    def set_recorded(self, places: Sequence[Where]) -> None:
        """Those of each pair."""
        masks = [mask for mask in map(self._at_its_place, places) if mask is not None]
        if masks:
            self._recorded_selection = places[0].kind is MaskKind.REGION
            self._recorded = overlay.combined(self._preview.size, masks, ())
        self._draw()

    def _at_its_place(self, where: Where) -> Optional[Plane]:
        """A mask in the preview; None where it is too small to be seen."""
        box = Box(0, 0, *self._layer_size) if where.kind is MaskKind.OBJECT else where.box
        place = box.scaled(self._layer_size, self._preview.size)
        whole = Box(0, 0, *self._preview.size)
        return None if place.is_empty() else framed(overlay.shrunk(where.mask, place.size), place, whole)

    def set_picked(self, picks: Sequence[Pick]) -> None:
        """Of each pair."""
        self._picked = [
            ([self._masks[number, rank] for rank in pick.picked], [self._masks[number, rank] for rank in pick.without])
            for number, pick in enumerate(picks)
        ]
        self._draw()

    def set_pointed(self, key: Optional[Key]) -> None:
        if key not in self._masks:
            self._draw()
        else:
            mask = self._masks[key]
            self._preview.show_tint(overlay.tint(mask, mask, Tint.POINTED))

    def at(self, place: tuple[int, int]) -> Optional[Key]:
        """The smallest candidate at this place of what the preview shows."""
        x, y = (at * here // there for at, here, there in zip(place, self._preview.size, self._preview.shown))
        pixel = y * self._preview.size[0] + x
        there = [(sum(mask.data), key) for key, mask in self._masks.items() if mask.data[pixel]]
        return min(there)[1] if there else None

    def _draw(self) -> None:
        mask = self._mask()
        if mask is None:
            self._preview.show_tint(None)
            return
        grow, feather = self._reach()
        grown = overlay.grown(mask, grow)
        self._preview.show_tint(overlay.tint(grown, overlay.grown(grown, feather), Tint.PICKED))

    def _mask(self) -> Optional[Plane]:
        size = self._preview.size
        use_selection = self._config.get_property("use-selection")
        if self._recorded is not None and use_selection == self._recorded_selection:
            return self._recorded
        if use_selection:
            selection = self._host.read_selection(Box(0, 0, *self._layer_size), size)
            return None if selection is None else overlay.shrunk(selection, size)
        masks = [overlay.combined(size, picked, without) for picked, without in self._picked if picked]
        return overlay.combined(size, masks, ()) if masks else None

    def _reach(self) -> tuple[float, float]:
        """Growth and feather in pixels of the preview; 0 where the engine decides, or where there is none."""
        if self._config.get_property("use-selection") or self._config.get_property("preset") == _EXACT:
            return 0.0, 0.0
        scale = self._preview.size[0] / self._layer_size[0]
        grow, feather = (max(0.0, self._config.get_property(name)) * scale for name in ("grow", "feather"))
        return grow, feather
