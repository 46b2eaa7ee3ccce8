"""GIMP's own progress bar, for runs without a window of ours. Its Cancel ends the plug-in, which frees the engine."""

from __future__ import annotations

from typing import Any, Callable

from text_replace_plugin.settings import TITLE
from text_replace_wire.geometry import Box
from text_replace_wire.planes import Plane


class GimpDisplay:
    """See `host.Display`. The functions are GIMP's progress_init, progress_set_text, progress_update
    and progress_end."""

    def __init__(
        self,
        init: Callable[[Any], Any],
        set_text: Callable[[Any], Any],
        update: Callable[[float], Any],
        end: Callable[[], Any],
    ) -> None:
        self._set_text = set_text
        self._update = update
        self._end = end
        init(TITLE)

    def show(self, text: str, fraction: float) -> None:
        self._set_text(text)
        self._update(fraction)

    def cancelled(self) -> bool:
        return False

    def kept(self) -> bool:
        return False

    def next_edit(self) -> None:
        """GIMP's progress bar has nothing to keep an edit with."""

    def preview(self, picture: Plane, box: Box) -> None:
        """GIMP's progress bar shows no pictures."""

    def close(self) -> None:
        self._end()
