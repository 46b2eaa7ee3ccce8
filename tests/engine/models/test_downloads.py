"""Fetching over connections that break, from servers that err: a real server on this machine."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engine.models.file_server import Behaviour, serving
from text_replace_engine.models.fetching import answers
from text_replace_engine.models.fetching.disk import check_room
from text_replace_engine.models.fetching.downloads import fetch
from text_replace_engine.models.fetching.sources import Download
from text_replace_engine.models.full.catalogue import MODELS
from text_replace_engine.models.photo.catalogue import SNAPSHOTS
from text_replace_wire.errors import Cancelled, ModelDamaged, ModelMissing, OutputError

CONTENTS = random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(CONTENTS).hexdigest()
FILE = Download("weights.pt", ("https://example.invalid/weights.pt",), len(CONTENTS), SHA256, "this test")
UNVERIFIED = Download("weights.pt", ("https://example.invalid/weights.pt",), len(CONTENTS))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    """The mirror that all plain files are fetched from; it behaves until told otherwise."""
    behaviour = Behaviour({"weights.pt": CONTENTS})
    monkeypatch.setattr(answers, "_WAITS", (0.0, 0.0))
    with serving(behaviour) as address:
        monkeypatch.setenv("TEXT_REPLACE_MIRROR", f"{address}/models/")
        yield behaviour


def _fetch(place: Path, download: Download = FILE) -> tuple[Path, list[int]]:
    counts: list[int] = []
    return fetch(download, place, counts.append, lambda: False), counts


def test_a_file_arrives_whole_with_progress(server: Behaviour, tmp_path: Path) -> None:
    """The file has its name and contents, progress rises to its size, and nothing else is left beside it."""
    path, counts = _fetch(tmp_path)
    assert path == tmp_path / "weights.pt" and path.read_bytes() == CONTENTS
    assert counts == sorted(counts) and counts[-1] == len(CONTENTS)
    assert list(tmp_path.iterdir()) == [path]
    assert server.seen == [("/models/weights.pt", None)]


def test_a_file_that_is_there_is_not_fetched_again(server: Behaviour, tmp_path: Path) -> None:
    """A finished file costs no second download, and a damaged one is replaced."""
    path, _ = _fetch(tmp_path)
    _fetch(tmp_path)
    assert len(server.seen) == 1
    path.write_bytes(b"damaged")
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS


def test_a_cut_connection_is_taken_up_within_one_call(server: Behaviour, tmp_path: Path) -> None:
    """A connection that breaks in the middle is resumed where it broke, without the user's help."""
    server.cuts, server.after = 1, 400_000
    path, _ = _fetch(tmp_path)
    assert path.read_bytes() == CONTENTS
    asked = server.seen[1][1]
    assert asked is not None and 200_000 < int(asked.removeprefix("bytes=").rstrip("-")) <= 400_000


def test_the_next_call_goes_on_where_the_last_one_stopped(server: Behaviour, tmp_path: Path) -> None:
    """What had arrived before a cancel is kept, under no name that would be loaded, and only the rest is fetched."""
    seen: list[int] = []
    with pytest.raises(Cancelled):
        fetch(FILE, tmp_path, seen.append, lambda: bool(seen and seen[-1] > 300_000))
    assert not (tmp_path / "weights.pt").exists()
    start = (tmp_path / "weights.pt.partial").stat().st_size
    assert start > 300_000
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS
    assert server.seen[-1][1] == f"bytes={start}-"


def test_a_part_that_is_the_whole_gets_its_name(server: Behaviour, tmp_path: Path) -> None:
    """A download that ended just before its file was named is finished without fetching anything."""
    (tmp_path / "weights.pt.partial").write_bytes(CONTENTS)
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS
    assert server.sent == 0


def test_a_part_of_another_longer_file_is_thrown_away(server: Behaviour, tmp_path: Path) -> None:
    """Where the server's file has become shorter than what is here, it is fetched anew."""
    (tmp_path / "weights.pt.partial").write_bytes(CONTENTS + b"more")
    assert _fetch(tmp_path, UNVERIFIED)[0].read_bytes() == CONTENTS


def test_a_server_without_ranges_is_asked_for_everything(server: Behaviour, tmp_path: Path) -> None:
    """A server that ignores the wish to resume does not make a file with its beginning twice."""
    server.ranges = False
    (tmp_path / "weights.pt.partial").write_bytes(CONTENTS[:5000])
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS


def test_wrong_bytes_never_get_the_name(server: Behaviour, tmp_path: Path) -> None:
    """A file with another hash is an error that says so, and neither it nor a part of it stays to poison a retry."""
    server.files = {"weights.pt": CONTENTS[:-1] + b"x"}
    with pytest.raises(ModelDamaged, match=r"weights.pt .*SHA-256"):
        _fetch(tmp_path)
    assert not list(tmp_path.iterdir())
    server.files = {"weights.pt": CONTENTS}
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS


def test_a_wrong_beginning_is_noticed_after_resuming(server: Behaviour, tmp_path: Path) -> None:
    """The hash is that of the whole file, also where only its end was fetched now."""
    (tmp_path / "weights.pt.partial").write_bytes(b"x" * 5000)
    with pytest.raises(ModelDamaged):
        _fetch(tmp_path)
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS


@pytest.mark.parametrize(("status", "words"), [(404, "not there"), (403, "refused"), (410, "not there")])
def test_a_refusal_is_named(server: Behaviour, tmp_path: Path, status: int, words: str) -> None:
    """What the server answered and what can be done is said in one sentence, at once."""
    server.refusals = [status]
    with pytest.raises(ModelMissing, match=words):
        _fetch(tmp_path)
    assert len(server.seen) == 1


def test_a_busy_server_is_asked_again(server: Behaviour, tmp_path: Path) -> None:
    """503 is waited out twice; a server that stays busy is named, and what had arrived is kept."""
    server.refusals = [503, 502]
    assert _fetch(tmp_path)[0].read_bytes() == CONTENTS
    (tmp_path / "weights.pt").unlink()
    server.refusals = [503] * 3
    with pytest.raises(ModelMissing, match="busy"):
        _fetch(tmp_path)
    assert not (tmp_path / "weights.pt").exists()


def test_a_slow_server_is_waited_for(server: Behaviour, tmp_path: Path) -> None:
    """Slow is not broken, and progress shows that something comes."""
    server.pause = 0.05
    path, counts = _fetch(tmp_path)
    assert path.read_bytes() == CONTENTS
    assert len(set(counts)) > 3


def test_nobody_listening_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a network the sentence speaks of the connection, not of Python."""
    with serving(Behaviour({})) as address:
        monkeypatch.setenv("TEXT_REPLACE_MIRROR", address)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    with pytest.raises(ModelMissing, match="connection failed"):
        _fetch(tmp_path)


@pytest.mark.slow
def test_a_server_that_falls_silent_is_said(server: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Silence has an end; what had arrived before it is kept."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.1)
    # Only the library's own module: the server waits by the real one.
    monkeypatch.setattr("huggingface_hub.file_download.time", SimpleNamespace(sleep=lambda seconds: None))
    (tmp_path / "weights.pt.partial").write_bytes(CONTENTS[:5000])
    server.silence = 0.3
    with pytest.raises(ModelMissing, match="does not answer"):
        _fetch(tmp_path)
    assert (tmp_path / "weights.pt.partial").read_bytes() == CONTENTS[:5000]


def test_a_second_source_is_tried(server: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one source fails, the next one is asked; here the hub's mirror."""
    monkeypatch.setenv("HF_ENDPOINT", os.environ["TEXT_REPLACE_MIRROR"].replace("/models/", "/hub"))
    both = Download("weights.pt", ("https://example.invalid/weights.pt", "hub:owner/name/weights.pt"), 1, SHA256)
    server.refusals = [404]
    assert _fetch(tmp_path, both)[0].read_bytes() == CONTENTS
    assert server.seen[-1][0] == "/hub/owner/name/resolve/main/weights.pt"


def test_a_full_disk_is_noticed_before_the_start(tmp_path: Path) -> None:
    """More than the disk holds is refused with both numbers; a little is not."""
    check_room(tmp_path / "not" / "there yet", 1)
    with pytest.raises(OutputError, match=r"GB.*free"):
        check_room(tmp_path, 10**16)


def test_the_hubs_client_fetches_plainly_and_tells_nobody() -> None:
    """Neither in pieces from another service, nor with a report of what is used."""
    from huggingface_hub import constants

    assert constants.HF_HUB_DISABLE_XET and constants.HF_HUB_DISABLE_TELEMETRY


def test_what_can_be_checked_is_cited() -> None:
    """Every hash in the catalogues has 64 digits and says where it is published; sizes and terms are there for all."""
    for model in MODELS:
        assert model.size > 1_000_000 and model.licence and model.terms.startswith("https://")
        for download in model.downloads:
            assert (download.sha256 is None) == (download.cited == "")
            assert download.sha256 is None or len(download.sha256) == 64
            assert download.urls()
    for snapshot in SNAPSHOTS:
        assert snapshot.size > 1_000_000 and snapshot.licence and snapshot.terms.startswith("https://")
        assert bool(snapshot.published) == bool(snapshot.cited)
        assert snapshot.revision is None or (len(snapshot.revision) == 40 and snapshot.cited)
        assert all(len(sha256) == 64 for _, sha256 in snapshot.published)
