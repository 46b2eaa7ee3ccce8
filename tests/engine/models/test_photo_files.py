"""The photo models' files through the command line, from a hub on this machine that serves them well or badly."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tests.engine.models import photo_files
from tests.engine.models.conftest import quiet
from tests.engine.models.local_hub import Files, Hub
from tests.engine.models.served import REPOSITORIES, files_in, photo_hub, small_catalogue
from text_replace_engine.cli import app
from text_replace_engine.models.fetching import hub as asking
from text_replace_engine.models.importing import import_files
from text_replace_engine.models.photo.pulling import PHOTO
from text_replace_wire.errors import Cancelled

pytestmark = pytest.mark.slow

MASKER = "facebook/sam2.1-hiera-small"
DETECTOR = "iSEE-Laboratory/llmdet_tiny"


def run(*arguments: object) -> Result:
    """`text-replace models …` in this process."""
    return CliRunner().invoke(app, ["models", *(str(each) for each in arguments)])


def rows(identifier: str = "photo") -> dict[str, dict[str, object]]:
    """By role, what `models list --json` says of a set."""
    listed = json.loads(run("list", "--json").stdout)["models"]
    return {row["role"]: row for row in listed if row["set"] == identifier}


def manifest(role: str) -> dict[str, dict[str, object]]:
    """What is recorded of a role."""
    table: dict[str, dict[str, object]] = json.loads((PHOTO.folder() / f"{role}.json").read_text())
    return table


def write(folder: Path, files: Files) -> Path:
    """The files in a folder."""
    for path, contents in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(contents)
    return folder


@pytest.fixture
def photo(cache: Path) -> Path:
    """The folder of the photo models; it does not exist yet."""
    return PHOTO.folder()


@pytest.fixture
def hub(photo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the photo models' repositories, and nothing else."""
    with photo_hub(monkeypatch) as behaviour:
        yield behaviour


def test_pull_verify_remove_and_pull_again(server: Hub, photo: Path) -> None:
    """Sizes and licences first, then just the files that are needed, each checked, over cut connections; `auto` means
    photo; what was removed comes back the same.
    """
    refused = run("pull", "photo")
    assert refused.exit_code == 2 and "OpenRAIL" in refused.stderr and "--yes" in refused.stderr
    assert not server.seen and not photo.exists()
    server.cuts, server.after, server.page = 2, 100_000, 4
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 0, ended.stderr
    for role, paths in photo_files.NEEDED.items():
        there = {each.relative_to(photo / role).as_posix() for each in (photo / role).rglob("*") if each.is_file()}
        assert sorted(there) == sorted(paths) == sorted(manifest(role)["files"])
        assert all((photo / role / path).read_bytes() == REPOSITORIES[role][path] for path in paths)
    assert manifest("masker")["origin"]["revision"] == server.main[MASKER]
    standing = {role: row["verified"] for role, row in rows().items() if row["installed"]}
    assert standing == {"detector": True, "masker": False, "clip": True, "painter": False, "few-steps": True}
    sets = {each["id"]: each for each in json.loads(run("list", "--json").stdout)["sets"]}
    assert sets["photo"]["installed"] and sets["photo"]["auto"] and not sets["full"]["installed"]
    verified = run("verify", "photo")
    assert verified.exit_code == 0 and "photo painter" in verified.stdout
    recorded = {role: manifest(role) for role in photo_files.NEEDED}
    assert not list((photo / "downloads").iterdir())

    count = len(server.seen)
    assert run("pull", "photo").exit_code == 0 and len(server.seen) == count
    assert run("remove", "photo").exit_code == 0 and not photo.exists()
    assert run("pull", "photo", "--yes").exit_code == 0
    assert {role: manifest(role) for role in photo_files.NEEDED} == recorded


@pytest.fixture(scope="session")
def masker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of the masker."""
    return write(tmp_path_factory.mktemp("snapshots") / "sam2.1-hiera-small", photo_files.masker())


def _only(patch: pytest.MonkeyPatch, *roles: str) -> None:
    """A pull takes only these roles: what is tested of one is true of all."""
    patch.setattr(type(PHOTO), "pulled", roles)


@pytest.mark.parametrize("role", ["masker", "few-steps"])
def test_damage_is_noticed_and_repaired(
    hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, masker_folder: Path, role: str
) -> None:
    """A flipped byte, a cut file, a missing one and one that nobody put there are named by verify, and the next pull
    fetches that role again.
    """
    _only(monkeypatch, role)
    path = photo / role / next(each for each in photo_files.NEEDED[role] if each.endswith(".safetensors"))
    assert run("pull", "photo", "--yes").exit_code == 0
    monkeypatch.setattr(type(PHOTO), "needed", (role,))
    whole = path.read_bytes()
    for damaged in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], None):
        path.unlink() if damaged is None else path.write_bytes(damaged)
        ended = run("verify", "photo")
        assert ended.exit_code == 4 and ("not installed" in ended.stderr or path.name in ended.stderr)
        assert run("pull", "photo", "--yes").exit_code == 0
        assert path.read_bytes() == whole
    (path.parent / "model-00003-of-00002.safetensors").write_bytes(b"from elsewhere")
    ended = run("verify", "photo")
    assert ended.exit_code == 4 and "model-00003" in ended.stderr and "pull photo" in ended.stderr
    assert run("pull", "photo", "--yes").exit_code == 0
    assert run("verify", "photo").exit_code == 0


def test_a_moved_main_changes_nothing(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What “main” was at the first pull is fetched again later, although it means something else by then."""
    _only(monkeypatch, "masker")
    first = hub.main[MASKER]
    assert run("pull", "photo", "--yes").exit_code == 0
    hub.publish(MASKER, {**photo_files.masker(), "config.json": photo_files.text(model_type="sam2", other=1)})
    assert run("remove", "photo").exit_code == 0 and run("pull", "photo", "--yes").exit_code == 0
    assert manifest("masker")["origin"]["revision"] == first != hub.main[MASKER]
    assert (photo / "masker" / "config.json").read_bytes() == photo_files.masker()["config.json"]


def test_a_lost_revision_is_said(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the revision of the first pull is gone, the sentence says what to delete to take the present one."""
    _only(monkeypatch, "masker")
    assert run("pull", "photo", "--yes").exit_code == 0
    run("remove", "photo")
    first = hub.main[MASKER]
    hub.publish(MASKER, {**photo_files.masker(), "vocab.txt": b"new"})
    hub.forget(MASKER, first)
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "first-hashes.json" in ended.stderr
    (photo.parent / "first-hashes.json").unlink()
    assert run("pull", "photo", "--yes").exit_code == 0
    assert manifest("masker")["origin"]["revision"] == hub.main[MASKER]


def test_an_interrupted_pull_goes_on_with_its_revision(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a repository at one revision and half at another would be neither."""
    _only(monkeypatch, "masker")
    first = hub.main[MASKER]
    hub.instead["model-00002-of-00002.safetensors"] = b"wrong"
    assert run("pull", "photo", "--yes").exit_code == 4
    hub.instead.clear()
    hub.publish(MASKER, {**photo_files.masker(), "vocab.txt": b"new"})
    hub.seen.clear()
    (arrived,) = photo.rglob("model-00001-of-00002.safetensors")
    (arrived.parent / "of an older rule.json").write_bytes(b"{}")
    assert run("pull", "photo", "--yes").exit_code == 0
    assert not list(photo.rglob("of an older rule.json"))
    assert manifest("masker")["origin"]["revision"] == first
    assert "model-00001-of-00002.safetensors" not in hub.fetched()


@pytest.mark.parametrize(
    ("path", "contents"),
    [("model-00001-of-00002.safetensors", b"x" * 1000), ("config.json", b'{"model_type": "sam2"}')],
    ids=["large", "small"],
)
def test_wrong_bytes_are_refused(
    hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, path: str, contents: bytes
) -> None:
    """Whether the list has a file's SHA-256 or git's name for it: other bytes are not installed, and not kept."""
    _only(monkeypatch, "masker")
    hub.instead[path] = contents
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and path in ended.stderr and "mirror" in ended.stderr
    assert not (photo / "masker.json").exists() and not list(photo.rglob(path))


def test_a_published_hash_overrules_the_hub(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that lists and sends another file than was published is not believed, before anything is fetched."""
    _only(monkeypatch, "detector")
    hub.publish(DETECTOR, photo_files.detector(seed=9), hub.main[DETECTOR])
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "model.safetensors" in ended.stderr and not hub.fetched()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("model-00002-of-00002.safetensors", "model-00002"),
        ("model.safetensors.index.json", "no weights in safetensors form"),
        ("config.json", "config.json"),
    ],
)
def test_a_repository_that_is_not_whole(
    hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, missing: str, words: str
) -> None:
    """A shard, the index of shards or the configuration that the hub does not have: a sentence, before large files."""
    _only(monkeypatch, "masker")
    hub.publish(MASKER, {path: file for path, file in photo_files.masker().items() if path != missing})
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and words in ended.stderr and MASKER in ended.stderr
    assert set(hub.fetched()) <= {"model.safetensors.index.json"}


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (photo_files.text(weight_map={"a": "../../evil.safetensors"}), "names no files beside it"),
        (photo_files.text(weight_map={}), "names no files beside it"),
    ],
)
def test_an_index_of_shards_that_makes_no_sense(
    hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, index: bytes, words: str
) -> None:
    """What names the parts of the weights is a stranger's file: it is read with care."""
    _only(monkeypatch, "masker")
    hub.publish(MASKER, {**photo_files.masker(), "model.safetensors.index.json": index})
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and words in ended.stderr


@pytest.mark.parametrize(
    "path", ["../x.json", "a/../../x.json", "/etc/x.json", "C:/x.json", "a\\x.json", "a//x.json", "x.json ", "a\0.json"]
)
def test_a_list_cannot_name_files_elsewhere(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A path that would leave the folder, on any system, ends the pull before anything is fetched."""
    _only(monkeypatch, "masker")
    hub.publish(MASKER, {**photo_files.masker(), path: b"{}"})
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "outside of its folder" in ended.stderr and not hub.fetched()


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{}",
        b"[1]",
        b"[" * 100_000,
        b'[{"type": "file"}]',
        b'[{"type": "file", "path": "a", "size": -1, "oid": "x"}]',
        b'[{"type": "file", "path": "a", "size": Infinity, "oid": "%s"}]' % (b"0" * 40),
        b'[{"type": "file", "path": "a", "size": 1%s, "oid": "%s"}]' % (b"0" * 400, b"0" * 40),
        b"<html>",
    ],
    ids=["nothing", "object", "number", "deep", "bare", "negative", "infinite", "huge", "page"],
)
def test_a_list_that_cannot_be_read(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, told: bytes) -> None:
    """What a captive portal or a broken mirror sends in place of a list is one sentence."""
    _only(monkeypatch, "masker")
    hub.changed[MASKER] = told
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "cannot be read" in ended.stderr and MASKER in ended.stderr


def test_no_room_for_what_is_listed_is_said(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository that is larger than the catalogue knows ends with exit code 7 before it fills the disk."""
    _only(monkeypatch, "masker")
    listed = [
        {"type": "file", "path": path, "size": size, "oid": "0" * 40}
        for path, size in (("config.json", 9), ("model.safetensors", 2**49))
    ]
    hub.changed[MASKER] = json.dumps(listed).encode()
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 7 and "GB" in ended.stderr and not hub.fetched()


def test_a_next_page_that_is_nowhere(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that goes on at what is no address cannot be read either."""
    _only(monkeypatch, "masker")
    tree = Hub._tree
    nowhere = {"Link": '<::::>; rel="next"'}
    monkeypatch.setattr(Hub, "_tree", lambda *asked: (tree(*asked)[0], nowhere))
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "cannot be read" in ended.stderr and MASKER in ended.stderr


@pytest.mark.parametrize(
    ("statuses", "words"),
    [([404], "not there"), ([401], "access is refused"), ([503] * 3, "busy"), ([418], "418")],
)
def test_a_hub_that_refuses_is_named(
    hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch, statuses: list[int], words: str
) -> None:
    """What the hub answers in place of its list, and what can be done, is one sentence; a busy one is asked again."""
    _only(monkeypatch, "masker")
    hub.refusals = list(statuses)
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and words in ended.stderr and len(hub.seen) == len(statuses)
    hub.refusals = [503, 503]
    assert run("pull", "photo", "--yes").exit_code == 0


def test_a_hub_that_does_not_answer_is_named(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence has an end, and a sentence; a slow hub is waited for."""
    _only(monkeypatch, "masker")
    monkeypatch.setattr(asking, "TIMEOUT", 0.1)
    hub.silence = 0.3
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "does not answer" in ended.stderr
    monkeypatch.setattr(asking, "TIMEOUT", 5.0)
    hub.silence = 0.02
    assert run("pull", "photo", "--yes").exit_code == 0


def test_offline_is_said(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who told the hub's library to stay offline hears that this is why nothing can be fetched."""
    _only(monkeypatch, "masker")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 4 and "HF_HUB_OFFLINE" in ended.stderr and not hub.seen


def test_clip_is_not_fetched_twice(server: Hub, photo: Path, cache: Path) -> None:
    """Whichever set is fetched first, the other one copies CLIP from it, and stays whole when the first is removed."""
    assert run("pull", "full", "--yes").exit_code == 0
    server.seen.clear()
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 0 and "clip: copied from" in ended.stderr
    assert not any("ViT-B-32" in path for path, _ in server.seen)
    assert run("remove", "full").exit_code == 0 and not cache.exists()
    assert run("verify", "photo").exit_code == 0 and PHOTO.is_complete()
    server.seen.clear()
    assert run("pull", "--yes").exit_code == 0
    assert not any("ViT-B-32" in path for path, _ in server.seen)
    assert run("verify").exit_code == 0


def test_snapshots_of_the_users_are_imported(server: Hub, photo: Path, full_files: Path, tmp_path: Path) -> None:
    """Folders and files are recognised by what is in them, go to the set that uses them, and CLIP completes both."""
    source = tmp_path / "mine"
    for role, files in REPOSITORIES.items():
        if role != "few-steps":
            write(source / role[:3], files)
    write(source / "sam", {**photo_files.masker(), "config.json": photo_files.text(model_type="sam3")})
    (source / "steps.safetensors").write_bytes(REPOSITORIES["few-steps"]["pytorch_lora_weights.safetensors"])
    (source / "notes.txt").write_text("mine")
    first = run("import", source)
    assert first.exit_code == 0, first.stderr
    assert "Still missing for the photo models: clip." in first.stdout and not server.seen
    for role, paths in photo_files.NEEDED.items():
        assert sorted(manifest(role)["files"]) == sorted(paths)
    assert manifest("detector")["origin"]["published"] and not manifest("masker")["origin"]["published"]
    assert manifest("detector")["origin"]["variant"] == "llmdet_tiny"
    assert rows()["concepts"]["installed"] and not PHOTO.is_usable()
    second = run("import", full_files / "ViT-B-32.pt")
    assert second.exit_code == 0 and "full clip" in second.stdout and "photo clip" in second.stdout
    assert "The photo models are installed" in second.stdout and PHOTO.is_usable()
    assert run("verify", "photo").exit_code == 0
    assert run("pull", "photo").exit_code == 0 and not server.seen


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        (photo_files.painter(channels=4), 2, "inpainting"),
        (photo_files.painter(pipeline="StableDiffusionPipeline"), 2, "StableDiffusionPipeline"),
        ({**photo_files.detector(), "model.safetensors": photo_files.weights("a")[:-7]}, 4, "model.safetensors"),
        ({**photo_files.detector(), "model.safetensors": b"\xff" * 100}, 4, "model.safetensors"),
        ({k: v for k, v in photo_files.masker().items() if "00001" not in k}, 4, "model-00001"),
        ({k: v for k, v in photo_files.painter().items() if not k.startswith("tokenizer")}, 4, "tokenizer"),
        ({"style.safetensors": photo_files.weights("lora_unet_a_attn1_to_q.lora_down.weight")}, 2, "few steps"),
        (
            {
                "all.safetensors": photo_files.weights(
                    "lora_unet_a_time_emb_proj.lora_down.weight", "lora_te_text_model_q.lora_down.weight"
                )
            },
            2,
            "few steps",
        ),
    ],
    ids=[
        "four channels",
        "another pipeline",
        "cut",
        "no weights",
        "a shard missing",
        "no vocabulary",
        "a style",
        "words too",
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(
    hub: Hub, photo: Path, tmp_path: Path, files: Files, code: int, words: str
) -> None:
    """Nearly a snapshot is none: what is wrong is named, and nothing is installed."""
    ended = run("import", write(tmp_path / "mine", files))
    assert ended.exit_code == code and words in ended.stderr, ended.stderr
    assert not list(photo.glob("*.json"))


def test_an_import_replaces_a_role_as_a_whole(hub: Hub, photo: Path, masker_folder: Path, tmp_path: Path) -> None:
    """No file of what was there before stays; nothing of the folder that was imported is moved or changed."""
    assert run("import", masker_folder).exit_code == 0
    other = {**photo_files.detector(), "config.json": photo_files.text(model_type="sam2")}
    assert run("import", write(tmp_path / "other", other)).exit_code == 0
    assert sorted(each.name for each in (photo / "masker").iterdir()) == sorted(photo_files.NEEDED["detector"])
    assert manifest("masker")["origin"]["variant"] == "other"
    assert sorted(each.name for each in masker_folder.iterdir()) == sorted(photo_files.masker())


def test_a_cancelled_import_leaves_no_copies(hub: Hub, photo: Path, masker_folder: Path) -> None:
    """Gigabytes that were copied before it would lie there unseen."""
    asked = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        import_files(masker_folder, quiet, lambda: next(asked))
    assert not [each for each in photo.rglob("*") if each.is_file()]


def test_what_was_computed_is_verified_and_computed_again(server: Hub, photo: Path) -> None:
    """The everyday nouns' vectors are checked, too; where they are damaged, nothing is fetched again."""
    run("pull", "photo", "--yes")
    vectors = photo / "nouns.safetensors"
    whole = vectors.read_bytes()
    vectors.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ended = run("verify", "photo")
    assert ended.exit_code == 4 and "nouns.safetensors" in ended.stderr and "pull photo" in ended.stderr
    server.seen.clear()
    assert run("pull", "photo").exit_code == 0 and not server.seen
    assert vectors.read_bytes() == whole and "photo nouns" in run("verify", "photo").stdout


def test_what_was_fetched_finds_and_paints_without_a_network(
    photo: Path, full_files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Small networks of the true classes, pulled and verified, look for a phrase and paint: they have all they need of
    what was fetched, and open no connection, in a process that fetches, where the hub’s library may not stay offline.
    """
    from tests.engine.models import small_klein, small_painter, small_photo

    small_photo.write_detector(tmp_path / "detector")
    small_photo.write_masker(tmp_path / "masker")
    small_painter.write_painter(tmp_path / "painter")
    small_painter.write_few_steps(tmp_path / "few-steps")
    small_klein.write_klein(tmp_path / "klein")
    repositories = {role: files_in(tmp_path / role) for role in (*REPOSITORIES, "klein")}
    with small_catalogue(full_files, monkeypatch, repositories):
        pulled = run("pull", "photo", "--yes", "--painter", "klein")
        assert pulled.exit_code == 0, pulled.stderr
    assert run("verify", "photo").exit_code == 0

    def connect(*ignored: object) -> NoReturn:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    Image.new("RGB", (120, 90), "green").save(tmp_path / "in.png")
    Image.new("L", (120, 90), 255).save(tmp_path / "region.png")
    words = (tmp_path / "in.png", "--replace", "red apple", "--models", "photo", "--engine", "never")
    looked = CliRunner().invoke(app, ["segment", *map(str, words)])
    # Random weights find nothing.
    assert looked.exit_code == 3 and "red apple" in looked.stderr, looked.stderr
    files = ("--region", tmp_path / "region.png", "-o", tmp_path / "out.png", "--json", tmp_path / "report.json")
    for painter in ("klein", "sd15"):
        how = ("--with", "a cat", "--preset", "fast", "--painter", painter, "--working-size", 64)
        painted = CliRunner().invoke(app, ["edit", *map(str, (*words, *how, *files))])
        assert painted.exit_code == 0, painted.stderr
        report = json.loads((tmp_path / "report.json").read_text())
        assert (report["painter"], report["steps"], report["guidance_scale"]) == (painter, 4, 1.0)
        assert report["scheduler"] == {"klein": "euler", "sd15": "lcm"}[painter] and not report["warnings"]
    names = [each["name"] for each in json.loads((tmp_path / "report.json").read_text())["models"]]
    assert {name.partition("@")[0] for name in names} >= {
        "photo/llmdet_tiny",
        "photo/sam2.1-hiera-small",
        "photo/ViT-B-32",
    }
    # What need not be there, and is damaged, keeps nobody from removing.
    eraser = {"files": {"model.safetensors": {"size": 3, "sha256": "0"}}}
    (PHOTO.folder() / "eraser.json").write_text(json.dumps(eraser))
    (PHOTO.folder() / "eraser").mkdir()
    (PHOTO.folder() / "eraser" / "model.safetensors").write_bytes(b"...")
    removed = CliRunner().invoke(app, ["edit", *map(str, (*words, "--remove", "--preset", "fast", *files))])
    assert removed.exit_code == 0, removed.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["removed"] and report["painter"] == "sd15"
    assert any(said.startswith("Painted over: The model file eraser/") for said in report["warnings"])
    # Which revision of a repository it was.
    assert all(len(name.partition("@")[2]) == 40 for name in names if "ViT" not in name)


def test_choices_are_for_the_full_models(hub: Hub, photo: Path) -> None:
    """Variants are the full models' only; a set that there is not is named with those that there are."""
    ended = run("pull", "photo", "--denoiser", "512", "--yes")
    assert ended.exit_code == 2 and "photo models have no denoiser" in ended.stderr
    ended = run("pull", "photo", "--clip", "ViT-L-14", "--yes")
    assert ended.exit_code == 2 and "ViT-B-32" in ended.stderr
    ended = run("pull", "pastel", "--yes")
    assert ended.exit_code == 2 and "photo, full" in ended.stderr
    assert not hub.seen
    bare = run("pull")
    assert "pull photo" in bare.stderr.splitlines()[0] and "SegFormer" in bare.stderr


def test_no_room_is_said_before_anything_is_asked(hub: Hub, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is too full ends with exit code 7, before the hub is asked."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    ended = run("pull", "photo", "--yes")
    assert ended.exit_code == 7 and "GB" in ended.stderr and not hub.seen
