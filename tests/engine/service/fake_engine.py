"""An engine without models, steered by its prompts, and a program that serves it exactly as `text-replace serve` does.

The program's arguments: idle seconds, seconds that loading takes.
"""

# ruff: noqa: E402
from __future__ import annotations

import sys
import time
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path[:0] = [str(CLONE), str(CLONE / "engine"), str(CLONE / "plugin" / "text-replace")]

from text_replace_engine.serving import lifecycle
from text_replace_engine.sets import registry
from text_replace_wire import paths
from text_replace_wire.api import Edited, IsCancelled, IsKept, OnProgress, OnVariation, ignore, never
from text_replace_wire.errors import Cancelled, NotFound, TextReplaceError
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Edit, Find, Found, Progress, Stage, Variation
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import AUTO, seeds_from
from text_replace_wire.planes import Plane

STEP = 0.05
SLOW_STEPS = 400
LONG_STEP = 2.5
_STEPS = {"one long step": LONG_STEP, "a step without end": 3600.0}


def steps_file() -> Path:
    """One line a step that was really computed."""
    return paths.home() / "steps.txt"


class FakeEngine:
    """`with_` of an edit says how it goes: quick, slow, one long step, a step without end, crash, memory, not found.

    See `local.ResidentEngine`.
    """

    device_name = "fake"

    def __init__(self, load_seconds: float = 0.0) -> None:
        self.loaded: tuple[str, ...] = ()
        self._load_seconds = load_seconds
        # Nothing around the engine may need torch: it answers before that is imported.
        assert __name__ != "__main__" or "torch" not in sys.modules

    def warm(self, models: str = AUTO) -> None:
        """Loading takes its time."""
        time.sleep(self._load_seconds)
        self.loaded = ("fake",)

    def model_sets(self) -> ModelSets:
        """The real ones."""
        return registry.described()

    def find(self, request: Find, on_progress: OnProgress, cancelled: IsCancelled) -> Found:
        """Everything is one object."""
        on_progress(Progress(Stage.SEGMENT, 0, 1))
        width, height = request.image.size
        mask = Plane(width, height, 1, b"\xff" * (width * height))
        box = Box(0, 0, *request.layer_size)
        on_progress(Progress(Stage.CHOOSE, 0, 1))
        return Found((Candidate(0, request.replace, 1.0, 1.0, box, box, 1, mask),), (0,), "")

    def edit(
        self,
        request: Edit,
        on_progress: OnProgress,
        cancelled: IsCancelled,
        kept: IsKept = never,
        on_variation: OnVariation = ignore,
    ) -> Edited:
        """One colour."""
        self.warm(request.models)
        if request.with_ == "crash":
            raise ZeroDivisionError("apple pie")
        if request.with_ == "memory":
            raise MemoryError
        if request.with_ == "not found":
            raise NotFound("I looked for “apple” and saw nothing.")
        if request.with_ in _STEPS:
            on_progress(Progress(Stage.EDIT, 0, 2))
            time.sleep(_STEPS[request.with_])
        width, height = request.box.size
        variations = []
        for seed in seeds_from(request.seed, request.variations):
            report = {"seed": seed, "kept_at": self._paint(request, on_progress, cancelled, kept)}
            variations.append(Variation(Plane(width, height, 3, b"\x07" * (3 * width * height)), report))
            on_variation(variations[-1])
            if kept():
                break
        grey = Plane(width, height, 1, b"\xff" * (width * height))
        return Edited(tuple(variations), grey, grey)

    def _paint(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, kept: IsKept) -> int | None:
        steps = SLOW_STEPS if request.with_ == "slow" else 4
        for step in range(steps):
            if cancelled():
                raise Cancelled
            time.sleep(STEP)
            with steps_file().open("a") as file:
                file.write("step\n")
            on_progress(Progress(Stage.EDIT, step + 1, steps, Plane(2, 2, 3, bytes([step % 256]) * 12)))
            if kept():
                return step + 1
        return None


def main(idle_seconds: float, load_seconds: float) -> None:
    """Serve it."""
    try:
        lifecycle.serve(idle_seconds / 60, lambda: FakeEngine(load_seconds))
    except TextReplaceError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
