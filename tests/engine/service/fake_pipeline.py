"""A pipeline without models, steered by its prompts, and a program that serves it exactly as `text-replace serve` does.

The program's arguments: idle seconds, seconds that loading takes.
"""

# ruff: noqa: E402
from __future__ import annotations

import sys
import time
import types
from collections.abc import Generator
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path[:0] = [str(CLONE), str(CLONE / "engine"), str(CLONE / "plugin" / "text-replace")]

from text_replace_wire import paths
from text_replace_wire.errors import NotFound
from text_replace_wire.geometry import Box
from text_replace_wire.messages import Candidate, Edit, Edited, Find, Found, ModelChoice, Progress, Stage
from text_replace_wire.planes import Plane

STEP = 0.05
SLOW_STEPS = 400
LONG_STEP = 2.5
_STEPS = {"one long step": LONG_STEP, "a step without end": 3600.0}


def steps_file() -> Path:
    """One line a step that was really computed."""
    return paths.home() / "steps.txt"


class FakePipeline:
    """`with_` of an edit says how it goes: quick, slow, one long step, a step without end, crash, memory, not found."""

    device_name = "fake"
    load_seconds = 0.0

    def __init__(self, device: str | None = None, dtype: str | None = None) -> None:
        self.loaded: tuple[str, ...] = ()
        # Nothing around the pipeline may need torch: the engine answers before that is imported.
        assert __name__ != "__main__" or "torch" not in sys.modules

    def warm(self, which: ModelChoice) -> None:
        time.sleep(self.load_seconds)
        self.loaded = ("fake",)

    def find(self, request: Find) -> Generator[Progress, None, Found]:
        yield Progress(Stage.SEGMENT, 0, 1)
        width, height = request.image.size
        mask = Plane(width, height, 1, b"\xff" * (width * height))
        box = Box(0, 0, *request.layer_size)
        yield Progress(Stage.CHOOSE, 0, 1)
        return Found((Candidate(0, request.replace, 1.0, 1.0, box, box, 1, mask),), (0,), "")

    def edit(self, request: Edit) -> Generator[Progress, bool | None, Edited]:
        self.warm(request.models)
        if request.with_ == "crash":
            raise ZeroDivisionError("apple pie")
        if request.with_ == "memory":
            raise MemoryError
        if request.with_ == "not found":
            raise NotFound("I looked for “apple” and saw nothing.")
        if request.with_ in _STEPS:
            yield Progress(Stage.EDIT, 0, 2)
            time.sleep(_STEPS[request.with_])
        steps = SLOW_STEPS if request.with_ == "slow" else 4
        report = {"seed": request.seed}
        for step in range(steps):
            time.sleep(STEP)
            with steps_file().open("a") as file:
                file.write("step\n")
            if (yield Progress(Stage.EDIT, step + 1, steps, Plane(2, 2, 3, bytes([step % 256]) * 12))):
                report["kept_at"] = step + 1
                break
        width, height = request.box.size
        grey = Plane(width, height, 1, b"\xff" * (width * height))
        return Edited(Plane(width, height, 3, b"\x07" * (3 * width * height)), grey, grey, report)


def main(idle_seconds: float, load_seconds: float) -> None:
    FakePipeline.load_seconds = load_seconds
    stand_in = types.ModuleType("text_replace_engine.pipeline")
    stand_in.__dict__["Pipeline"] = FakePipeline
    sys.modules[stand_in.__name__] = stand_in

    from text_replace_engine.serving import lifecycle
    from text_replace_wire.errors import TextReplaceError

    try:
        lifecycle.serve(idle_seconds / 60, None, None)
    except TextReplaceError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
