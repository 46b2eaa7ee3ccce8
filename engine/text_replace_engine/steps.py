"""Work in steps: generators that yield after every one and end in a result. Dropping one cancels it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
News = TypeVar("News")
Result = TypeVar("Result")


def until(work: Generator[Item, None, Result], enough: Callable[[Item], bool]) -> Generator[Item, None, Result | None]:
    """`work` as far as it is wanted: None as soon as `enough` is true of what was yielded last, else its result."""
    try:
        while True:
            item = next(work)
            yield item
            if enough(item):
                return None
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        work.close()


def relayed(
    work: Generator[Item, None, Result], told: Callable[[Item], News], after: Callable[[], object] = lambda: None
) -> Generator[News, None, Result]:
    """`work`, of which every step is told in other words. after: called when a step has been heard of."""
    try:
        while True:
            yield told(next(work))
            after()
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        work.close()


def side_by_side(
    works: Sequence[Generator[Item, None, Result]], after_round: Callable[[], object]
) -> Generator[tuple[int, Item], None, list[Result]]:
    """Several works, one step of each in turn: (number of the work, its step).

    after_round: called when all that go on are equally far.
    """
    results: dict[int, Result] = {}
    try:
        while len(results) < len(works):
            for number, work in enumerate(works):
                if number in results:
                    continue
                try:
                    item = next(work)
                except StopIteration as end:
                    results[number] = end.value
                else:
                    yield number, item
            after_round()
        return [results[number] for number in range(len(works))]
    finally:
        for work in works:
            work.close()


def finished(work: Generator[Item, None, Result], on_step: Callable[[Item], object] = lambda _: None) -> Result:
    """The result of `work`, done without a pause. on_step: told of every step."""
    try:
        while True:
            on_step(next(work))
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        work.close()
