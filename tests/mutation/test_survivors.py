"""The list of known survivors stays true, and the command sees what survives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.groups import GROUPS, Group
from tests.mutation.mutants import CLONE, PACKAGES, Mutant, changed, run
from tests.mutation.survivors import LIST, known

COURSE = "text_replace_engine/painting/course.py"
COURSE_TESTS = "engine/pipeline/test_course.py::test_the_course_ends_at_the_step_that_was_asked_for"


def listed() -> dict[Mutant, str]:
    return known(LIST.read_text(encoding="utf-8"))


def source(module: str) -> str:
    """Of a module of a group, in one line."""
    text = (CLONE / PACKAGES[module.split("/")[0]] / module).read_text(encoding="utf-8")
    return " ".join(line.strip() for line in text.splitlines())


def test_groups_name_what_exists() -> None:
    """A module or a test that is moved cannot drop out of a group unseen."""
    for group in GROUPS.values():
        assert all(source(module) for module in group.modules)
        for name in group.tests:
            assert (CLONE / "tests" / name).exists()


def test_listed_survivors_are_of_this_code() -> None:
    """What is listed changes a line that there is, in a module of a group."""
    modules = [module for group in GROUPS.values() for module in group.modules]
    for mutant in listed():
        holding = [module for module in modules if mutant.is_of(Group((module,), ()))]
        assert len(holding) == 1, mutant
        assert mutant.before in source(holding[0]), mutant


def test_the_list_has_no_doubles_and_a_reason_for_all() -> None:
    """What is listed is explained, once."""
    entry = '[[known]]\nreason = "{}"\nchanges = [["a.b", "x = 1", "x = 2"]]\n'
    assert known(entry.format("Equal.")) == {Mutant("a.b", "x = 1", "x = 2"): "Equal."}
    for bad in (entry.format(" "), 2 * entry.format("Equal.")):
        with pytest.raises(ValueError, match=r"a\.b"):
            known(bad)


def test_a_change_is_told_without_what_is_the_same() -> None:
    """Lines that both versions have are left out, wherever they are."""
    assert changed(["a", "b", "c", "d"], ["a", "B", "c", "d"]) == ("b", "B")
    assert changed(["a", "b", "c", "d"], ["A1", "A2", "b", "c"]) == ("a d", "A1 A2")


@pytest.mark.slow
def test_survivors_of_a_run(tmp_path: Path) -> None:
    """With one test, mutants of what it looks at are noticed, and of what it does not look at they survive."""
    outcome = run(Group((COURSE,), (COURSE_TESTS,)), tmp_path, 1, 300)
    course = "text_replace_engine.painting.course.Course"
    assert 0 < outcome.survived < outcome.total == outcome.tried
    assert Mutant(f"{course}.__init__", "self.total = 0", "self.total = 1") in outcome.survivors
    assert Mutant(f"{course}.step", "self.done += count", "self.done -= count") not in outcome.survivors
