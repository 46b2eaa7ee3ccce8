"""Progress on a terminal; elsewhere a line now and then of what takes long, and else nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from text_replace_wire.messages import Progress, Stage

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

#: Over how many seconds the speed is taken: one case may take minutes.
_HOUR = 3600.0
_BETWEEN_LINES = 60.0
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
    long each takes and how much time is left, by how long those took since the first call; where there is no terminal,
    in a line now and then.
    """
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich import progress as bars
    from rich.text import Text

    class Each(bars.ProgressColumn):
        def render(self, task: bars.Task) -> Text:
            return Text(f"{1 / task.speed:.1f} s each" if task.speed else "")

    with _bar(Each(), bars.TextColumn("left"), bars.TimeRemainingColumn()) as show:
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


class _Lines:
    """For logs of what takes hours."""

    def __init__(self) -> None:
        self._started = self._told = time.monotonic()
        self._what, self._before = "", 0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._before, self._started = what, done, now
        if now - self._told < _BETWEEN_LINES or done == self._before:
            return
        self._told = now
        each = (now - self._started) / (done - self._before)
        left = (total - done) * each / 60
        typer.echo(f"{what}: {done} of {total}, {each:.1f} s each, about {left:.0f} minutes left", err=True)
