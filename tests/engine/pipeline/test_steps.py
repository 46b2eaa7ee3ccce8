"""Work in steps: what it yields, what it ends in, and that dropping it cancels all of it."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from text_replace_engine.steps import finished, relayed, side_by_side, until


class Work:
    """Counts from 1 to `steps` and ends in its name. closed: it was ended, by itself or from outside.

    It holds on to its generator, which therefore ends only where somebody closes it.
    """

    def __init__(self, steps: int, name: str = "done") -> None:
        self.name, self.steps = name, steps
        self.done = 0
        self.closed = False
        self.generator = self._counted()

    def _counted(self) -> Generator[int, None, str]:
        try:
            for number in range(1, self.steps + 1):
                self.done = number
                yield number
            return self.name
        finally:
            self.closed = True


def test_finished_is_the_result() -> None:
    """Work is done to its end without a pause, and every step is told."""
    told: list[int] = []
    assert finished(Work(3).generator, told.append) == "done"
    assert told == [1, 2, 3]


def test_finished_cancels_where_its_listener_fails() -> None:
    """Who raises on hearing of a step ends the work there."""
    work = Work(3)

    def fail(number: int) -> None:
        raise KeyError(number)

    with pytest.raises(KeyError):
        finished(work.generator, fail)
    assert (work.done, work.closed) == (1, True)


def test_until_ends_early_or_with_the_result() -> None:
    """None after the first step that is enough, of which the caller has heard; the result where none is, the last
    step's not asked for.
    """
    work, told = Work(5), list[int]()
    assert finished(until(work.generator, lambda number: number == 2), told.append) is None
    assert (told, work.done, work.closed) == ([1, 2], 2, True)
    assert finished(until(Work(2).generator, lambda number: False)) == "done"


def test_until_looks_when_the_next_step_is_asked_for() -> None:
    """What happens while the caller holds a step counts: it is looked at then, not before."""
    enough = False
    work = Work(5)
    steps = until(work.generator, lambda number: enough)
    assert next(steps) == 1
    enough = True
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value is None
    assert work.done == 1


def test_relayed_tells_in_other_words() -> None:
    """Every step is translated, `after` runs once the caller has heard of it, and the result is the work's own."""
    events: list[str] = []
    steps = relayed(Work(2).generator, lambda number: f"step {number}", lambda: events.append("after"))
    assert finished(steps, events.append) == "done"
    assert events == ["step 1", "after", "step 2", "after"]


def test_side_by_side_takes_turns() -> None:
    """A step of each in turn under its number, a look after every round, results in the order of the works."""
    works = [Work(2, "first"), Work(2, "second")]
    events: list[object] = []
    steps = side_by_side([work.generator for work in works], lambda: events.append("round"))
    assert finished(steps, events.append) == ["first", "second"]
    assert events[:6] == [(0, 1), (1, 1), "round", (0, 2), (1, 2), "round"]
    assert all(event == "round" for event in events[6:])


def test_side_by_side_works_that_end_early_end_together() -> None:
    """Where the look after a round ends every work, none is a step ahead of another."""
    works, rounds = [Work(9), Work(9)], list[int]()
    steps = [until(work.generator, lambda number: len(rounds) == 3) for work in works]
    assert finished(side_by_side(steps, lambda: rounds.append(1))) == [None, None]
    assert [work.done for work in works] == [3, 3]


def test_side_by_side_waits_for_none_that_has_ended() -> None:
    """What has fewer steps ends, the others go on, and results stay in the order of the works."""
    works = [Work(4, "first"), Work(1, "second")]
    steps = side_by_side([work.generator for work in works], lambda: None)
    assert finished(steps) == ["first", "second"]


def test_dropping_the_outer_closes_the_inner() -> None:
    """However deep, work that nobody asks for any more is ended at once and computes nothing further."""
    works = [Work(9), Work(9), Work(9)]
    inner = [until(work.generator, lambda number: False) for work in works]
    together = side_by_side(inner, lambda: None)
    steps = relayed(together, lambda step: step)
    next(steps)
    next(steps)
    assert [work.closed for work in works] == [False, False, False]
    steps.close()
    assert [(work.done, work.closed) for work in works[:2]] == [(1, True), (1, True)]
    assert works[2].done == 0
    with pytest.raises(StopIteration):
        next(inner[2])


def test_an_error_in_one_ends_the_others() -> None:
    """Where one of the works fails the error comes out, and the rest is closed."""

    def failing() -> Generator[int, None, str]:
        yield 1
        raise ZeroDivisionError

    work = Work(9)
    with pytest.raises(ZeroDivisionError):
        finished(side_by_side([work.generator, failing()], lambda: None))
    assert (work.done, work.closed) == (2, True)
