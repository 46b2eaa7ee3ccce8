"""The list of everyday nouns is consistent, says what may fit beside what, and its vectors belong to one CLIP."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from text_replace_engine.finding.agreement import Agreement
from text_replace_engine.finding.segment_and_match import SegmentAndMatch
from text_replace_engine.models import noun_vectors, nouns
from text_replace_engine.models.files import STARTER, read_json
from text_replace_engine.models.full.pulling import FULL
from text_replace_engine.models.networks.clip import Clip
from text_replace_engine.models.store import read_role
from text_replace_engine.sets.paper import FULL_SET
from text_replace_wire.errors import ModelDamaged, ModelMissing

NOUNS = nouns.everyday()


def test_the_list_is_in_order() -> None:
    """About 400 nouns as they are typed; every relation leads to another noun of the list."""
    assert 380 <= len(NOUNS.names) <= 450
    assert all(name == name.lower() == " ".join(name.split()) for name in NOUNS.names)
    related = {*NOUNS.general.values(), *NOUNS.wholes.values()}
    assert {name for names in related for name in names} <= set(NOUNS.names)


def test_no_noun_is_above_itself() -> None:
    """Kinds and parts form no circle, however they are mixed."""
    assert not [name for name in NOUNS.names if name in NOUNS._above[name]]


def test_what_general_words_there_are() -> None:
    """Those that people type where they do not care which: each with kinds."""
    general = ("animal", "bird", "person", "food", "fruit", "vegetable", "drink", "plant", "flower", "tree", "building")
    more = ("vehicle", "furniture", "clothing", "tool", "toy", "musical instrument", "weapon", "container", "machine")
    for name in (*general, *more):
        assert any(name in NOUNS.more_general(kind) for kind in NOUNS.names), name


def test_relations_go_all_the_way() -> None:
    """A polar bear is an animal by way of the bear; an eye is a part of a person by way of face and head."""
    assert NOUNS.more_general("polar bear") == {"bear", "animal"}
    assert {"polar bear", "cat", "tail", "wing"} <= NOUNS.excused("animal")
    assert "eye" in NOUNS.excused("person")


def test_parts_of_what_it_is_a_kind_of_are_its_own() -> None:
    """A taxi has a car's and a vehicle's wheels, but no other kind of vehicle counts as its part; a dog has no wings,
    though birds are animals too.
    """
    assert {"wheel", "steering wheel"} <= NOUNS.excused("taxi")
    assert not NOUNS.excused("taxi") & {"bus", "car", "vehicle"}
    assert "tail" in NOUNS.excused("dog") and "wing" not in NOUNS.excused("dog")


@pytest.mark.parametrize(
    ("phrase", "noun"),
    [
        ("car", "car"),
        ("old red cars", "car"),
        ("buses", "bus"),
        ("polar bears", "polar bear"),
        ("small teddy bear", "teddy bear"),
        ("cup of tea", "cup"),
        ("man with a hat", "man"),
        ("glasses", "glasses"),
        ("women", "woman"),
        ("zeppelin", None),
        ("in", None),
        ("", None),
    ],
)
def test_which_noun_a_phrase_is_about(phrase: str, noun: str | None) -> None:
    """Its last words before “of”, “with” and the like, the longest that are listed, in either number."""
    assert NOUNS.named_by(phrase) == noun
    assert (NOUNS.excused(phrase) == frozenset()) == (noun is None or not NOUNS.excused(noun))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a real CLIP, the starter's."""
    for name in ("clip.json", "clip.safetensors", "bpe.txt.gz"):
        shutil.copy(STARTER / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
def test_vectors_are_computed_once(folder: Path) -> None:
    """In batches that are told of, one for every noun, of the sentence about it; a second time there is nothing to
    do, unless CLIP is another.
    """
    told = list(noun_vectors.install(folder))
    assert told[0] == (0, len(NOUNS.names)) and len(told) > 10
    assert noun_vectors.is_installed(folder) and not list(noun_vectors.install(folder))
    stored = read_role(folder, "clip")
    vectors = noun_vectors.read(folder, stored.sha256)
    assert vectors.dtype == torch.float32
    clip = Clip.load(stored, folder)
    with torch.inference_mode():
        expected = clip.encode_text(["a photo of a cat", "a photo of a gift"])
    places = [NOUNS.names.index("cat"), NOUNS.names.index("gift")]
    torch.testing.assert_close(vectors[places], expected, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_vectors_of_another_clip_or_list_are_not_used(folder: Path) -> None:
    """Cosines between two CLIPs, or with another word than is named, would mean nothing."""
    sha256 = read_json(folder / "clip.json")["sha256"]
    with pytest.raises(ModelMissing):
        noun_vectors.read(folder, sha256)
    list(noun_vectors.install(folder))
    with pytest.raises(ModelDamaged):
        noun_vectors.read(folder, "0" * 64)
    described = read_json(folder / "nouns.json")
    described["config"]["nouns"][0] = "unicorn"
    (folder / "nouns.json").write_text(json.dumps(described))
    assert not noun_vectors.is_installed(folder)
    with pytest.raises(ModelDamaged):
        noun_vectors.read(folder, sha256)


@pytest.mark.slow
def test_dropping_the_work_cancels_it(folder: Path) -> None:
    """Nothing is written until all of it is there."""
    work = noun_vectors.install(folder)
    next(work)
    work.close()
    assert not (folder / "nouns.json").exists() and not noun_vectors.is_installed(folder)


@pytest.mark.slow
def test_full_models_ask_the_nouns_where_they_are_installed(
    installed_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that an earlier version installed work as before; once the vectors are there, they decide."""
    shutil.copytree(installed_once, tmp_path / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (FULL.folder() / "nouns.json").unlink(missing_ok=True)

    def agreement() -> Agreement | None:
        finder = FULL_SET.load(torch.device("cpu"), torch.float32).finder
        assert isinstance(finder, SegmentAndMatch)
        return finder._agreement

    before = FULL_SET.stamp()
    assert agreement() is None
    list(noun_vectors.install(FULL.folder()))
    assert FULL_SET.stamp() != before
    assert agreement() is not None


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("cat and dog", ("cat", "dog")),
        ("cat, dog and cup of tea", ("cat", "dog", "cup of tea")),
        ("vase with roses and tulips", ()),
        ("bowl of apples and bananas", ()),
    ],
)
def test_an_and_behind_a_link_parts_nothing(prompt: str, things: tuple[str, ...]) -> None:
    """What may all belong to the first object is not painted beside it."""
    assert nouns.things_in(prompt) == things
