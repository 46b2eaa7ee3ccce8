"""`text-replace batch`: many pictures into one folder, each as `edit` makes it, and what is said of those that fail."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from tests.engine.cli.conftest import Command, Ended, noise
from tests.engine.cli.fake_engine import FakeEngine
from text_replace_engine.cli import app
from text_replace_engine.client.png_writing import encode_png
from text_replace_wire.api import Edited, IsCancelled, OnProgress
from text_replace_wire.messages import Edit

pytestmark = pytest.mark.slow
NAMES = ("a", "b", "c")
Batch = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures that differ."""
    path = tmp_path / "in"
    path.mkdir()
    for number, name in enumerate(NAMES):
        noise(3, seed=number).save(path / f"{name}.png")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def batch(run: Command, folder: Path, out: Path) -> Batch:
    """Runs `text-replace batch` of the three pictures, apple to fruit, with further options."""

    def invoke(*options: object, source: Path = folder, replace: str = "apple", with_: str = "fruit") -> Ended:
        return run("batch", source, "-o", out, "--replace", replace, "--with", with_, *options)

    return invoke


@pytest.fixture
def rows(folder: Path) -> Callable[..., Path]:
    """Writes JSON Lines beside the pictures, and gives the file."""

    def write(*entries: Mapping[str, Any]) -> Path:
        path = folder / "rows.jsonl"
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        return path

    return write


def entries_in(out: Path) -> dict[str, Any]:
    """The manifest's entries, by id, each of which is there once."""
    _, *lines = (out / "manifest.jsonl").read_bytes().splitlines()
    entries = [json.loads(line) for line in lines]
    by_id = {entry["id"]: entry for entry in entries}
    assert len(by_id) == len(entries)
    return by_id


def files_in(out: Path) -> dict[str, bytes]:
    """All files but the manifest, whose seconds differ, and the lock."""
    paths = (path for path in out.rglob("*") if path.is_file() and path.name not in ("manifest.jsonl", ".lock"))
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


def test_every_picture_is_what_edit_makes_of_it(batch: Batch, run: Command, folder: Path, out: Path) -> None:
    """Result and edit region have the bytes that `edit` writes with the same seed; the manifest knows all of them."""
    done = batch()
    assert (done.code, done.out) == (0, f"Pictures: 3 done. Wrote “{out}”.\n")
    entries = entries_in(out)
    assert list(entries) == list(NAMES)
    for name, entry in entries.items():
        (result,) = entry["results"]
        words = ("--replace", "apple", "--with", "fruit", "--seed", result["seed"])
        run("edit", folder / f"{name}.png", *words, "-o", out / "edit.png", "--mask", out / "mask.png")
        assert (out / f"images/{name}.png").read_bytes() == (out / "edit.png").read_bytes()
        assert (out / f"masks/{name}.png").read_bytes() == (out / "mask.png").read_bytes()
        assert (entry["status"], entry["size"], result["file"]) == ("done", [96, 64], f"images/{name}.png")
        assert result["report"]["seed"] == result["seed"]
    assert len({entry["results"][0]["seed"] for entry in entries.values()}) == len(NAMES)


def test_new_objects_are_annotated_where_they_are_found_again(batch: Batch, rows: Callable[..., Path]) -> None:
    """What the finder does not see in the result is flagged, and left out of the annotations."""
    source = rows({"picture": "a.png"}, {"picture": "b.png", "with": "orange"})
    done = batch(source=source)
    out = source.parents[1] / "out"
    assert done.out == f"Pictures: 2 done, 1 whose new object was not found again. Wrote “{out}”.\n"
    assert [entry["results"][0]["objects"] == [None] for entry in entries_in(out).values()] == [False, True]
    annotations = json.loads((out / "annotations.json").read_bytes())
    assert [image["file_name"] for image in annotations["images"]] == ["a.png"]
    assert [each["bbox"] for each in annotations["annotations"]] == [[24, 16, 24, 16]]


def test_a_failed_picture_does_not_stop_the_rest(batch: Batch, folder: Path, rows: Callable[..., Path]) -> None:
    """Each has its error in the manifest, and the exit code is the highest; bugs and lack of memory count, too."""
    (folder / "junk.png").write_bytes(b"junk")
    pictures = {"picture": "a.png"}
    source = rows(
        {**pictures, "id": "memory", "replace": "memory"},
        {**pictures, "id": "bug", "replace": "bug"},
        {"picture": "junk.png"},
        {**pictures, "id": "away", "replace": "giraffe"},
        {**pictures, "id": "wrong", "steps": "many"},
        pictures,
    )
    done = batch(source=source)
    entries = entries_in(folder.parent / "out")
    assert {identifier: entry["kind"] for identifier, entry in entries.items()} == {
        "memory": "out_of_memory",
        "bug": "bug",
        "junk": "bad_image",
        "away": "not_found",
        "wrong": "usage",
        "a": "",
    }
    assert entries["away"]["error"].startswith("“rows.jsonl”, line 4: I looked for “giraffe”")
    assert entries["away"]["status"] == "not_found" and entries["a"]["status"] == "done"
    assert done.code == 6 and done.out.startswith("Pictures: 1 done, 1 not found, 4 failed.")
    assert f"away: {entries['away']['error']}" in done.err


def test_a_link_that_leads_nowhere_fails_alone(batch: Batch, folder: Path, out: Path) -> None:
    """Also one that leads to itself; whether OUT is in the way of what is read can still be said."""
    (folder / "away.png").symlink_to("none.png")
    (folder / "loop.png").symlink_to("loop.png")
    assert batch("--no-annotations").code == 2
    assert [entry["id"] for entry in entries_in(out).values() if entry["kind"] == "bad_image"] == ["away", "loop"]


def test_a_file_that_is_not_what_was_painted_is_not_kept(
    batch: Batch, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in writing pictures is found before anybody trains on them, and told as what it is."""
    darkened = "text_replace_engine.client.images.encode_png"
    monkeypatch.setattr(darkened, lambda samples, metadata: encode_png(samples // 2, metadata))
    assert batch("--limit", "1").code == 1
    assert entries_in(out)["a"]["kind"] == "bug"
    assert files_in(out).keys() == {"annotations.json"}


@pytest.mark.parametrize(("what", "code"), [("damaged", 4), ("lost", 5)])
def test_what_would_fail_with_every_picture_ends_the_run(
    batch: Batch, rows: Callable[..., Path], what: str, code: int
) -> None:
    """What was made before stays, and the same command goes on when it has been mended."""
    good = [{"picture": "a.png"}, {"picture": "c.png"}]
    source = rows(good[0], {"picture": "b.png", "replace": what}, good[1])
    out = source.parents[1] / "out"
    assert batch(source=source).code == code
    assert list(entries_in(out)) == ["a"] and (out / "annotations.json").exists()
    rows(good[0], {"picture": "b.png"}, good[1])
    assert batch(source=source).code == 0
    assert list(entries_in(out)) == list(NAMES)


def test_a_full_disk_ends_the_run(batch: Batch, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one sentence, as what it is; what was kept before stays, and once there is room the same command goes on."""
    synced = 0
    sync = os.fsync

    def failing(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        # The manifest twice, the first picture's files and line, then in the middle of the second's.
        if synced >= 2 + 3 + 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", failing)
        done = batch()
    assert (done.code, done.err.count("\n")) == (7, 1)
    assert "No space left on device" in done.err
    assert list(entries_in(out)) == ["a"]
    assert batch().code == 0
    assert sorted(entries_in(out)) == list(NAMES) and not any(".partial" in name for name in files_in(out))


def test_what_is_done_is_not_done_again(batch: Batch, folder: Path, out: Path, fake: type[FakeEngine]) -> None:
    """The same command asks for nothing and changes nothing; a picture that changed, or whose file is gone, is made
    again, and one that is new is made.
    """
    batch()
    before, manifest = files_in(out), (out / "manifest.jsonl").read_bytes()
    fake.edits.clear()
    again = batch()
    assert (again.code, again.out) == (0, f"Pictures: 3 done; 3 of them from before. Wrote “{out}”.\n")
    assert not fake.edits
    assert (files_in(out), (out / "manifest.jsonl").read_bytes()) == (before, manifest)

    noise(3, seed=9).save(folder / "a.png")
    (out / "images/b.png").unlink()
    noise(3, seed=10).save(folder / "d.png")
    assert batch().code == 0
    assert len(fake.edits) == 3
    assert sorted(entries_in(out)) == ["a", "b", "c", "d"]
    after = files_in(out)
    assert after["images/b.png"] == before["images/b.png"] and after["images/a.png"] != before["images/a.png"]
    assert sorted(after) == [
        "annotations.json",
        *(f"{kind}/{name}.png" for kind in ("images", "masks") for name in "abcd"),
    ]


def test_results_of_another_input_are_not_deleted(batch: Batch, folder: Path, out: Path) -> None:
    """Who names the wrong INPUT, or takes a picture away, loses nothing in OUT."""
    batch()
    before, manifest = files_in(out), (out / "manifest.jsonl").read_bytes()
    (folder / "c.png").unlink()
    refused = batch()
    assert refused.code == 2 and "“c”" in refused.err
    assert (files_in(out), (out / "manifest.jsonl").read_bytes()) == (before, manifest)


def test_halves_are_none(batch: Batch, out: Path, fake: type[FakeEngine]) -> None:
    """What a killed run had half written goes: a line of the manifest, and files under temporary names."""
    batch()
    before, manifest = files_in(out), (out / "manifest.jsonl").read_bytes()
    fake.edits.clear()
    (out / "manifest.jsonl").write_bytes(manifest[:-20])
    (out / "images/x.png.partial").touch()
    assert batch().code == 0
    assert len(fake.edits) == 1
    assert files_in(out) == before and sorted(entries_in(out)) == list(NAMES)


def test_only_what_may_go_well_another_time_is_tried_again(
    batch: Batch, rows: Callable[..., Path], fake: type[FakeEngine]
) -> None:
    """Lack of memory and bugs; what was not found would not be found the next time."""
    words = ("memory", "bug", "giraffe")
    source = rows(*({"picture": "a.png", "id": word, "replace": word} for word in words))
    batch(source=source)
    fake.finds.clear()
    batch(source=source)
    assert [request.replace for request in fake.finds] == ["object", "memory", "bug"]


def test_other_settings_are_refused(batch: Batch, out: Path) -> None:
    """Results of two kinds are never in one folder; the sentence says what differs."""
    batch()
    before = files_in(out)
    done = batch("--preset", "fast", "--variations", "2", with_="pear")
    assert done.code == 2
    assert "(with: “fruit”, now “pear”; preset: “standard”, now “fast”; variations: 1, now 2)" in done.err
    assert files_in(out) == before


def test_a_word_that_was_wrong_can_be_mended(batch: Batch, out: Path) -> None:
    """Where nothing was painted there is nothing to lose: OUT is begun anew by what is asked now."""
    assert batch(replace="giraffe").code == 3
    assert batch().code == 0
    first, *_ = (out / "manifest.jsonl").read_bytes().splitlines()
    assert json.loads(first)["identity"]["settings"]["replace"] == ["apple"]
    assert [entry["status"] for entry in entries_in(out).values()] == ["done"] * 3


def test_what_cannot_be_painted_at_all_is_refused_once(batch: Batch, out: Path) -> None:
    """A word of the command line that the models do not know leaves no folder behind."""
    done = batch(with_="zebra")
    assert done.code == 2 and "zebra" in done.err and len(done.err.splitlines()) == 1
    assert not out.exists()


def test_entries_that_ask_nothing_are_told_first(batch: Batch, rows: Callable[..., Path], out: Path) -> None:
    """By file and line, before anything is loaded; where no other is left nothing is made."""
    source = rows({"picture": "a.png", "seed": "many"}, {"picture": "none.png"})
    done = batch(source=source)
    first, second, last = done.err.splitlines()
    assert first.startswith("“rows.jsonl”, line 1: ") and second.startswith("“rows.jsonl”, line 2: ")
    assert "No picture can be made" in last
    assert done.code == 2 and not out.exists()


def test_folders_of_others_are_left_alone(batch: Batch, folder: Path, out: Path, run: Command) -> None:
    """OUT may be no file, hold nothing else, and nothing that is read."""
    words = ("--replace", "apple", "--with", "fruit")
    inside = run("batch", folder, "-o", folder, *words)
    assert inside.code == 2 and "is in -o" in inside.err
    out.mkdir()
    (out / "mine.txt").touch()
    assert "holds no results of a batch" in batch().err
    assert "is a file" in run("batch", folder, "-o", folder / "a.png", *words).err
    (out / "mine.txt").unlink()
    # Others, too, have manifests, and files that are half there.
    (out / "manifest.jsonl").write_text("{}\n")
    (out / "mine.partial").touch()
    assert "is no manifest of a batch" in batch().err and (out / "mine.partial").exists()
    (out / "manifest.jsonl").unlink()
    (out / "mine.partial").unlink()
    assert batch().code == 0
    again = run("batch", out / "images", "-o", out, *words)
    assert again.code == 2 and "is in -o" in again.err


def test_two_commands_do_not_write_into_one_folder(
    batch: Batch, out: Path, fake: type[FakeEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one is refused while the first one runs, before it loads models for minutes."""
    batch()
    monkeypatch.setattr(fake, "__init__", lambda *_: pytest.fail("an engine was opened"))
    with FileLock(out / ".lock"):
        done = batch()
    assert done.code == 2 and "Another batch writes into" in done.err


def test_variations(batch: Batch, out: Path) -> None:
    """So many results from as many seeds, which share their edit region; those with too low a score are not kept."""
    batch("--variations", "3", "--keep-better-than", "0.35")
    entry = entries_in(out)["a"]
    first = entry["results"][0]["seed"]
    assert [result["seed"] for result in entry["results"]] == [first, first + 1, first + 2]
    assert [result["score"] for result in entry["results"]] == [0.5, 0.4, 0.3]
    assert [result["file"] for result in entry["results"]] == ["images/a-1.png", "images/a-2.png", ""]
    files = files_in(out)
    assert {"images/a-1.png", "images/a-2.png", "masks/a.png"} < set(files) and "images/a-3.png" not in files
    assert files["images/a-1.png"] != files["images/a-2.png"]


def test_a_limit_can_be_lifted_later(batch: Batch, out: Path, fake: type[FakeEngine]) -> None:
    """The first N pictures; what is beyond the limit and done already stays."""
    batch("--limit", "2")
    assert list(entries_in(out)) == ["a", "b"]
    batch()
    assert len(fake.edits) == 3
    batch("--limit", "1")
    assert list(entries_in(out)) == list(NAMES) and len(fake.edits) == 3


def test_a_dry_run_paints_nothing(batch: Batch, rows: Callable[..., Path], out: Path, fake: type[FakeEngine]) -> None:
    """It says where what would be painted, or why nothing would, and writes nothing."""
    source = rows({"picture": "a.png"}, {"picture": "b.png", "replace": "giraffe"}, {"picture": "no.png"})
    done = batch("--dry-run", source=source)
    first, second, third = done.out.splitlines()
    assert first == "a: “apple” → “fruit”: 24,16,48,32 (thing 0, 0.500)"
    assert second.startswith("b: “rows.jsonl”, line 2: I looked for “giraffe”") and "no.png" in third
    assert done.code == 3
    assert done.err.splitlines()[1:] == ["Pictures: 1 found, 1 not found, 1 failed. Nothing was written."]
    assert not fake.edits and not out.exists()


class Interrupted(FakeEngine):
    """At the second picture somebody presses Ctrl-C."""

    def edit(self, request: Edit, on_progress: OnProgress, cancelled: IsCancelled, *more: Any) -> Edited:
        if self.edits:
            raise KeyboardInterrupt
        return super().edit(request, on_progress, cancelled, *more)


@pytest.mark.usefixtures("fake")
def test_ctrl_c_keeps_what_is_painted(folder: Path, out: Path) -> None:
    """The first picture is there, whole and annotated, and the sentence says how to go on."""
    command: Sequence[str] = ["batch", str(folder), "-o", str(out), "--replace", "apple", "--with", "fruit"]
    done = CliRunner().invoke(app, command, obj=Interrupted)
    assert done.exit_code == 130
    assert "Interrupted: the same command goes on from here." in done.stderr
    assert list(entries_in(out)) == ["a"]
    assert len(json.loads((out / "annotations.json").read_bytes())["images"]) == 1
