"""What the progress window says, and how far along that is."""

from __future__ import annotations

from typing import Optional

from text_replace_plugin.i18n import _, plural
from text_replace_plugin.settings import Settings, display_name
from text_replace_wire.messages import Progress, Stage

#: Where each stage begins and ends on the progress bar, 0 .. 1; painting takes nearly all of the time.
_SPANS = {
    Stage.QUEUED: (0.04, 0.04),
    Stage.LOADING: (0.04, 0.06),
    Stage.SEGMENT: (0.06, 0.10),
    Stage.CHOOSE: (0.10, 0.15),
    Stage.EDIT: (0.15, 0.92),
    Stage.UPSCALE: (0.92, 0.96),
    Stage.COMPOSITE: (0.96, 0.98),
    # A pull has the bar to itself.
    Stage.FETCH: (0.0, 0.9),
    Stage.INSTALL: (0.9, 1.0),
}
#: The parts in which all objects are looked for, and then painted.
_FOUND, _PAINTED = (0.04, 0.15), (0.15, 0.98)
_PAINTING = (Stage.EDIT, Stage.UPSCALE, Stage.COMPOSITE)


class Narrator:
    """Turns the engine's progress into (text, fraction); the fraction never goes back.

    count: of the pairs, all of which are looked for before the first one is painted.
    """

    def __init__(self, count: int = 1) -> None:
        self._count, self._number = count, 0
        self._replace = self._with = ""
        self._removes = False
        self._fraction = 0.0

    def begin(self, settings: Settings, number: int) -> None:
        """Look for, or paint, the pair of this number, which `settings` have alone."""
        self._number = number
        self._replace = display_name(settings.replace)
        self._with = settings.with_
        self._removes = settings.painting.remove

    def reading(self) -> tuple[str, float]:
        return self._at(_("Reading the layer…"), 0.0)

    def connecting(self) -> tuple[str, float]:
        return self._at(_("Connecting to the engine…"), 0.02)

    def tell(self, progress: Progress) -> tuple[str, float]:
        start, end = _SPANS[progress.stage]
        done = min(1.0, progress.step / progress.steps) if progress.steps > 0 else 0.0
        if progress.variations > 1 and progress.stage in _PAINTING:
            # Every variation has an equal part of the painting's span.
            start, end = _SPANS[Stage.EDIT]
            share = done * progress.together if progress.stage is Stage.EDIT else 1.0
            done = (progress.variation + share) / progress.variations
        text = self._text(progress)
        fraction = self._of_all(progress.stage, start + (end - start) * done)
        return self._at(f"{text} ({progress.note})" if progress.note else text, fraction)

    def applying(self) -> tuple[str, float]:
        return self._at(_("Adding the new layer…"), 0.98)

    def _of_all(self, stage: Stage, fraction: float) -> float:
        """Where one pair alone is as far as `fraction`; each has an equal part of the looking, and of the painting."""
        start, end = _PAINTED if stage in _PAINTING else _FOUND
        if not start <= fraction <= end:
            return fraction
        return start + (self._number * (end - start) + fraction - start) / self._count

    def _at(self, text: str, fraction: float) -> tuple[str, float]:
        self._fraction = max(self._fraction, fraction)
        return text, self._fraction

    def _text(self, progress: Progress) -> str:
        if progress.stage is Stage.EDIT:
            return self._removing(progress) if self._removes else self._painting(progress)
        return {
            Stage.QUEUED: _("Waiting for the engine to finish another request…"),
            Stage.LOADING: _("Loading the models…"),
            Stage.SEGMENT: _("Looking at the picture…"),
            Stage.CHOOSE: _("Looking for “{replace}”…", replace=self._replace),
            Stage.UPSCALE: _("Bringing the result to full resolution…"),
            Stage.COMPOSITE: _("Blending the edges…"),
            Stage.FETCH: _("Fetching the models…"),
            Stage.INSTALL: _("Preparing the models…"),
        }[progress.stage]

    def _painting(self, progress: Progress) -> str:
        if progress.steps <= 0:
            return _("Painting “{with_}”…", with_=self._with)
        numbers = _numbers(progress)
        if progress.variations == progress.together:
            return _("Painting “{with_}”: step {step} of {steps}", with_=self._with, **numbers)
        return _("Painting “{with_}” ({number} of {count}): step {step} of {steps}", with_=self._with, **numbers)

    def _removing(self, progress: Progress) -> str:
        if progress.steps <= 0:
            return _("Removing “{replace}”…", replace=self._replace)
        numbers = _numbers(progress)
        if progress.variations == progress.together:
            return _("Removing “{replace}”: step {step} of {steps}", replace=self._replace, **numbers)
        return _("Removing “{replace}” ({number} of {count}): step {step} of {steps}", replace=self._replace, **numbers)


def _numbers(progress: Progress) -> dict[str, int]:
    return {
        "step": progress.step,
        "steps": progress.steps,
        "number": progress.variation + 1,
        "count": progress.variations,
    }


class TimeLeft:
    """How long the painting still takes, judged by how long it took so far."""

    def __init__(self) -> None:
        self._began: Optional[tuple[float, float]] = None

    def tell(self, fraction: float, now: float) -> str:
        """A text for `fraction` at the time `now` in seconds; empty while nothing can be said."""
        if fraction <= _SPANS[Stage.EDIT][0]:
            return ""
        if self._began is None:
            self._began = fraction, now
        start, since = self._began
        if fraction <= start:
            return ""
        seconds = max(1, round((now - since) * (1 - fraction) / (fraction - start)))
        if seconds < 100:
            return plural("about {number} second left", "about {number} seconds left", seconds)
        minutes = round(seconds / 60)
        return plural("about {number} minute left", "about {number} minutes left", minutes)
