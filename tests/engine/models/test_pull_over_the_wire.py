"""GIMP's side of fetching the full models: over the socket, from a running engine, with progress and cancel."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.engine.models.local_hub import Hub
from tests.engine.service.conftest import serving
from tests.engine.service.fake_engine import FakeEngine
from text_replace_engine.models.full.pulling import FULL
from text_replace_wire.api import never
from text_replace_wire.errors import Cancelled, ModelDamaged, ModelError, UserError
from text_replace_wire.link import Link
from text_replace_wire.messages import Progress, Stage
from text_replace_wire.model_messages import Pull
from text_replace_wire.options import AUTO


class WithoutModels(FakeEngine):
    """An engine that only fetches them."""

    def warm(self, models: str = AUTO) -> NoReturn:
        """No models in this test."""
        raise ModelError("no models in this test")


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Link]:
    """A connection to an engine in this process."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path / "state"))
    with serving(WithoutModels), Link.connect() as connection:
        yield connection


def test_the_dialog_learns_sizes_and_licences(server: Hub, link: Link, cache: Path) -> None:
    """Before anything is fetched the engine tells sizes and terms, what a pull would take, and the room there is."""
    told = link.models()
    assert not told.complete and told.folder == str(cache) and told.free > 10**6
    chosen = {each.role: each for each in told.models if each.chosen}
    assert set(chosen) == set(FULL.needed)
    assert told.to_fetch == sum(each.size for each in chosen.values()) > 0
    assert "not commercial" in chosen["segmenter"].licence and not chosen["segmenter"].verified
    assert chosen["denoiser"].terms.startswith("https://") and chosen["denoiser"].verified
    assert not server.seen


def test_nothing_is_fetched_without_consent() -> None:
    """A pull that does not say that the licences were accepted cannot even be made."""
    with pytest.raises(UserError, match="licences"):
        Pull(accepted=False)


@pytest.mark.slow
def test_a_pull_tells_bytes_and_installs(server: Hub, link: Link) -> None:
    """Progress in bytes up to the whole, then the models are complete for every later request."""
    told: list[Progress] = []
    answer = link.pull(Pull(True), told.append, never)
    assert answer.complete and answer.to_fetch == 0
    assert all(each.installed for each in answer.models if each.chosen)
    fetched = [each for each in told if each.stage is Stage.FETCH]
    assert fetched[-1].step == fetched[-1].steps > 10_000_000
    assert any(each.stage is Stage.INSTALL for each in told)
    # Others write on that disk meanwhile.
    assert dataclasses.replace(link.models(), free=answer.free) == answer


@pytest.mark.slow
def test_a_pull_can_be_cancelled_and_continued(server: Hub, link: Link, cache: Path) -> None:
    """Cancel answers at once and keeps what has arrived; the next pull goes on, from a new connection."""
    server.pause = 0.02
    seen: list[Progress] = []

    def enough() -> bool:
        return any(each.stage is Stage.FETCH and each.step > 300_000 for each in seen)

    with pytest.raises(Cancelled):
        link.pull(Pull(True), seen.append, enough)
    deadline = time.monotonic() + 20
    while not list(cache.rglob("*.partial")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(cache.rglob("*.partial")) and not FULL.is_complete()
    server.pause = 0.0
    with Link.connect() as again:
        while True:
            try:
                assert again.pull(Pull(True), seen.append, never).complete
                break
            except ModelError:  # the cancelled one has not noticed yet
                time.sleep(0.1)


def test_what_goes_wrong_is_named(server: Hub, link: Link) -> None:
    """A wrong file arrives at the dialog as the sentence about it, and the engine goes on serving."""
    server.files = {**server.files, "config.json": b"{}", "pytorch_model.bin": b"wrong"}
    with pytest.raises(ModelDamaged, match="pytorch_model"):
        link.pull(Pull(True, (("segmenter", "segformer-b5"),)), lambda progress: None, never)
    assert not link.models().complete


@pytest.mark.slow
def test_any_set_that_is_fetched_can_be_asked_for(server: Hub, link: Link) -> None:
    """A set is listed and fetched by its id; afterwards it is installed for every client, and what “auto” means."""
    before = {entry.id: entry for entry in link.model_sets().sets}
    assert [entry.id for entry in before.values() if entry.pullable] == ["photo", "full"]
    assert before["photo"].size == link.models("photo").to_fetch > 0 and not before["photo"].installed
    assert "GB of memory" in before["photo"].fits and before["photo"].terms and not before["starter"].terms
    told: list[Progress] = []
    answer = link.pull(Pull(True, models="photo"), told.append, never)
    assert answer.set == "photo" and answer.complete and answer.to_fetch == 0
    assert all(each.installed for each in answer.models if each.chosen)
    fetched = [each for each in told if each.stage is Stage.FETCH]
    assert fetched[-1].step == fetched[-1].steps
    sets = link.model_sets()
    assert sets.auto == "photo" and {entry.id for entry in sets.sets if entry.installed} == {"photo", "starter"}
    assert link.models().set == "full" and not link.models().complete


@pytest.mark.slow
def test_one_pull_at_a_time(server: Hub, link: Link) -> None:
    """While one set is being fetched, another one is not: the sentence says what to do."""
    server.pause = 0.05
    other: list[Exception] = []

    def meanwhile(progress: Progress) -> None:
        if not other:
            with pytest.raises(ModelError, match="being fetched already") as raised, Link.connect() as second:
                second.pull(Pull(True, models="photo"), lambda progress: None, never)
            other.append(raised.value)

    with pytest.raises(Cancelled):
        link.pull(Pull(True), meanwhile, lambda: bool(other))
    assert other


def test_a_set_that_is_not_fetched_is_refused(server: Hub, link: Link) -> None:
    """Asked for the list of, or for, a set that comes otherwise or that there is not: a sentence, and the next request
    is answered.
    """
    for models, words in (("starter", "come with the engine"), ("pastel", "choose one of")):
        with pytest.raises(UserError, match=words):
            link.models(models)
        with pytest.raises(UserError, match=words):
            link.pull(Pull(True, models=models), lambda progress: None, never)
    assert link.models("photo").set == "photo" and not server.seen


def test_an_unknown_choice_is_refused(server: Hub, link: Link) -> None:
    """The choices of a pull are checked before the first byte."""
    with pytest.raises(UserError, match="512-class"):
        link.pull(Pull(True, (("denoiser", "huge"),)), lambda progress: None, never)
    assert not server.seen
