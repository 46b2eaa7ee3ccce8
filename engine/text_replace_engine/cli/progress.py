"""Progress on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from text_replace_wire.messages import Progress, Stage

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

#: Over how many seconds the speed is taken: one case may take minutes.
_HOUR = 3600.0
_WORDS = {
    Stage.QUEUED: "waiting for the engine",
    Stage.LOADING: "loading the models",
    Stage.SEGMENT: "looking for objects",
    Stage.CHOOSE: "choosing the object",
    Stage.EDIT: "painting",
    Stage.UPSCALE: "enlarging",
    Stage.COMPOSITE: "putting it in place",
    Stage.FETCH: "fetching",
    Stage.INSTALL: "preparing",
}


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Gives what to call with every Progress."""
    with _bar() as show:
        yield lambda progress: show(progress.note or _WORDS[progress.stage], progress.step, progress.steps)


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Gives what to call with what is being done, the number of those that are done, and the number of all. Shows how
    much time is left, by how long those took since the first call.
    """
    from rich import progress as bars

    with _bar(bars.TextColumn("left"), bars.TimeRemainingColumn()) as show:
        yield show


@contextmanager
def _bar(*further: ProgressColumn) -> Iterator[Callable[[str, int, int], None]]:
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.SpinnerColumn("line"),
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        *further,
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=_HOUR) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
