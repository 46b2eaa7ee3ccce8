"""Which model sets there are: this package's own, and those of others, found by their entry points."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from text_replace_engine.sets import registry
from text_replace_wire import codec
from text_replace_wire.errors import UserError

#: Registers a set under an entry point of this name; its source is the module's.
Register = Callable[[str, str], None]


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """Installs packages that register a set each, in a folder of this test's own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.model_sets.cache_clear()
    installed: list[str] = []

    def install(name: str, source: str) -> None:
        about = tmp_path / f"registered_{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: registered-{name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = registered_{name}:SET\n")
        (tmp_path / f"registered_{name}.py").write_text(source)
        installed.append(f"registered_{name}")

    yield install
    registry.model_sets.cache_clear()
    for module in installed:
        sys.modules.pop(module, None)


def named(identifier: str) -> str:
    """The source of a module with a set of that id."""
    return f"class Set:\n    id = {identifier!r}\n    title = 'of another package'\nSET = Set()\n"


def test_a_set_of_another_package_is_found(register: Register) -> None:
    """Registered by its entry point, it is there after the engine's own, and meant by its id."""
    register("toy", named("toy"))
    assert list(registry.model_sets()) == ["photo", "full", "starter", "toy"]
    assert registry.resolved("toy").title == "of another package"


def test_an_unknown_set_is_refused_with_the_known_ones(register: Register) -> None:
    """Who asks for models that there are not reads which there are."""
    register("toy", named("toy"))
    with pytest.raises(UserError, match="“toi”.*auto, photo, full, starter, toy"):
        registry.resolved("toi")


@pytest.mark.parametrize(
    "changed",
    ["", "    vocabulary = lambda self: 1 / 0\n", "    title = None\n", "    is_installed = lambda self: None\n"],
    ids=["no purpose", "vocabulary fails", "no title", "no yes or no"],
)
def test_a_set_that_cannot_describe_itself_is_not_offered(
    register: Register, caplog: pytest.LogCaptureFixture, changed: str
) -> None:
    """Clients are told of all others, and can read it; the fault is logged."""
    complete = "    purpose = ''\n    licences = vocabulary = lambda self: ()\n    is_installed = lambda self: True\n"
    register("good", named("good").replace("SET", f"{complete}SET"))
    register("toy", named("toy").replace("SET", f"{complete if changed else ''}{changed}SET"))
    with caplog.at_level(logging.ERROR):
        offered = registry.described()
    assert [entry.id for entry in offered.sets] == ["photo", "full", "starter", "good"]
    assert ["“toy”" in record.getMessage() for record in caplog.records] == [True]
    assert codec.decode(codec.encode(offered)[codec.PREFIX.size :], b"") == offered


@pytest.mark.parametrize(
    "source", ["raise OSError('no such library')", "", "SET = object()"], ids=["import fails", "no set", "no id"]
)
def test_a_set_that_fails_is_left_out(register: Register, caplog: pytest.LogCaptureFixture, source: str) -> None:
    """Somebody else's fault is logged with its name and its traceback, and costs no other set."""
    register("broken", source)
    register("toy", named("toy"))
    with caplog.at_level(logging.ERROR):
        assert list(registry.model_sets()) == ["photo", "full", "starter", "toy"]
    (record,) = caplog.records
    assert "registered_broken:SET" in record.getMessage() and record.exc_info


@pytest.mark.parametrize("identifier", ["starter", "full", "auto", "", "a b", "größe", "x" * 51])
def test_an_id_that_is_taken_or_unfit_is_refused(
    register: Register, caplog: pytest.LogCaptureFixture, identifier: str
) -> None:
    """Nobody takes the place of the engine's own sets or of “auto”; ids can be typed and fit into a request."""
    own = dict(registry.model_sets())
    registry.model_sets.cache_clear()
    register("intruder", named(identifier))
    with caplog.at_level(logging.ERROR):
        assert registry.model_sets() == own
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_of_two_with_one_id_the_first_counts(register: Register, caplog: pytest.LogCaptureFixture) -> None:
    """Two packages with one id: the one whose entry point comes first by name, whatever the order of the folders."""
    register("second", named("toy").replace("another", "the second"))
    register("first", named("toy").replace("another", "the first"))
    with caplog.at_level(logging.ERROR):
        assert registry.model_sets()["toy"].title == "of the first package"
    assert ["registered_second:SET" in record.getMessage() for record in caplog.records] == [True]
