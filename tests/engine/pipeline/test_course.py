"""How far a painting is, and when it is enough."""

from __future__ import annotations

from text_replace_engine.painting.course import Course


def test_the_course_remembers_that_it_was_enough() -> None:
    """Enough stays enough, whoever is asked later; `kept_at` is where something was left out, and null until then."""
    wanted = [False, True, False]
    course = Course(lambda: wanted.pop(0))
    course.step()
    assert not course.look()
    course.step(2)
    assert course.look() and course.look() and course.enough
    assert course.kept_at is None
    course.cut_short()
    assert course.kept_at == 3


def test_the_course_before_anything_is_painted() -> None:
    """No step of none, nothing left out, and not enough."""
    course = Course()
    assert (course.done, course.total, course.enough, course.kept_at) == (0, 0, False, None)
    assert not course.look()


def test_the_course_ends_at_the_step_that_was_asked_for() -> None:
    """From that step on it is enough, also where several steps are done at once and go past it."""
    for further in (1, 4):
        course = Course(keep_at=2)
        course.step()
        assert not course.look()
        course.step(further)
        assert course.look()
