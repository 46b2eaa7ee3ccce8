"""One engine makes many pictures: while it paints one, the next are read and the last ones written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from text_replace_engine.batch.entry import Entry, Made
from text_replace_engine.batch.job import Job
from text_replace_engine.batch.making import Making, Settings
from text_replace_engine.batch.stamping import asked_of
from text_replace_wire.api import EngineApi, IsCancelled, ignore

Keep = Callable[[Made], None]
Item = TypeVar("Item")
Result = TypeVar("Result")

#: Pictures in memory, before and behind the one that is painted.
_WAITING = 2


class Way(Protocol):
    """Makes what is asked, wherever, in any order."""

    def __call__(self, jobs: Iterable[Job], settings: Settings, keep: Keep) -> Generator[Entry, None, None]:
        """Gives every entry once it is kept. Not to go on is to cancel; what has been painted by then is kept. Raises
        what makes every picture fail, and what `keep` raises.
        """


def overlapping(
    engine: EngineApi, cancelled: IsCancelled, jobs: Iterable[Job], settings: Settings, keep: Keep
) -> Generator[Entry, None, None]:
    """See `Way`. The engine is asked by the thread that drives this."""

    def read(job: Job) -> Making:
        making = Making(job, asked_of(job), settings)
        making.read()
        return making

    def written(making: Making) -> Entry:
        made = making.finish()
        keep(made)
        return made.entry

    with ThreadPoolExecutor(1, "writing") as writer, ThreadPoolExecutor(1, "reading") as reader:
        writing: deque[Future[Entry]] = deque()
        for making in _ahead(reader, read, jobs):
            making.find(engine, ignore, cancelled)
            making.paint(engine, ignore, cancelled)
            writing.append(writer.submit(written, making))
            while writing and (writing[0].done() or len(writing) > _WAITING):
                yield writing.popleft().result()
        while writing:
            yield writing.popleft().result()


def _ahead(executor: Executor, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results, in order; few are begun before they are asked for."""
    begun: deque[Future[Result]] = deque()
    for item in items:
        begun.append(executor.submit(work, item))
        if len(begun) > _WAITING:
            yield begun.popleft().result()
    while begun:
        yield begun.popleft().result()
