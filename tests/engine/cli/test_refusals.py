"""Bad input and failures: the exit code of engine/REFERENCE.md, one clear sentence, and nothing lost or left behind."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.cli.conftest import SIZE, Command, noise, report
from tests.engine.cli.fake_engine import FakeEngine


def header_of_png(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds no pixels."""
    fields = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"")
    chunks = [struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in (fields, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def truncated(kind: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        noise(3).save(path, kind)
        path.write_bytes(path.read_bytes()[:-2000])

    return make


BAD_PICTURES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "absent": ("no.png", lambda path: None, "does not exist"),
    "folder": ("folder.png", Path.mkdir, "is a folder"),
    "pipe": ("pipe.png", os.mkfifo, "not a regular file"),
    "empty": ("empty.png", Path.touch, "not a PNG"),
    "text": ("text.png", lambda path: path.write_text("hello"), "not a PNG"),
    "gif": ("in.gif", lambda path: noise(1).save(path), "not a PNG"),
    "truncated webp": ("cut.webp", truncated("WEBP"), "damaged"),
    "truncated tiff": ("cut.tif", truncated("TIFF"), "damaged"),
    "header only": ("head.png", lambda path: path.write_bytes(header_of_png(50, 50)), "damaged"),
    "400 megapixels": ("huge.png", lambda path: path.write_bytes(header_of_png(20000, 20000)), "100 megapixels"),
    "40,000 wide": ("wide.png", lambda path: path.write_bytes(header_of_png(40000, 10)), "32768"),
    "float tiff": ("f.tif", lambda path: Image.new("F", SIZE).save(path), "floating-point"),
    "32 bit tiff": ("i.tif", lambda path: Image.new("I", SIZE).save(path), "8 or 16 bits"),
    "jpeg xl": ("in.jxl", lambda path: path.write_bytes(b"\xff\x0a" + bytes(99)), "JPEG XL"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_picture_that_cannot_be_used(edit: Command, fake: type[FakeEngine], tmp_path: Path, name: str) -> None:
    """A picture that is missing, damaged, too large or of an unsupported kind is refused in a sentence, with code 2."""
    file, make, expected = BAD_PICTURES[name]
    source = tmp_path / "pictures" / file
    source.parent.mkdir()
    make(source)
    ended = edit("--json", tmp_path / "r.json", source=source)
    assert ended.code == 2
    assert expected in ended.err and str(source) in ended.err
    assert ended.err.count("\n") == 1
    assert fake.finds == []
    assert {each.name for each in tmp_path.iterdir()} == {"in.png", "pictures"}


WRONG_OPTIONS: dict[str, tuple[list[str], str]] = {
    "region and where": (["--region", "mask.png", "--where", "mask.png"], "--region"),
    "region and object mask": (["--region", "mask.png", "--object-mask", "o.png"], "--region"),
    "empty region": (["--region", "black.png"], "empty"),
    "empty where": (["--where", "black.png"], "black"),
    "where of another size": (["--where", "small.png"], "same size"),
    "region of another size": (["--region", "small.png"], "same size"),
    "coloured where": (["--where", "in.png"], "grey"),
    "page that is not there": (["--page", "2"], "--page 2"),
    "page 0": (["--page", "0"], "page"),
    "absent where": (["--where", "no.png"], "does not exist"),
    "unknown rank": (["--pick", "0,7"], "7"),
    "rank in words": (["--pick", "first"], "--pick"),
    "negative seed": (["--seed", "-1"], "seed"),
    "large seed": (["--seed", str(2**31)], "seed"),
    "unknown preset": (["--preset", "quick"], "preset"),
    "unknown models": (["--models", "huge"], "models"),
    "unknown dtype": (["--dtype", "int8"], "dtype"),
    "no working size": (["--working-size", "0"], "working-size"),
    "no strength": (["--strength", "0"], "strength"),
    "strength above 1": (["--strength", "1.01"], "strength"),
    "strength that is no number": (["--strength", "nan"], "strength"),
    "negative growth": (["--grow", "-1"], "growth"),
    "endless growth": (["--grow", "inf"], "growth"),
    "negative feather": (["--feather", "-0.5"], "feather"),
    "negative λ": (["--lambda-clip", "-1"], "CLIP"),
    "large λ": (["--lambda-l2", "1000001"], "L2"),
    "λ in words": (["--lambda-lpips", "much"], "lambda-lpips"),
    "step 0": (["--keep-at", "0"], "step"),
    "growth in paper": (["--preset", "paper", "--grow", "2"], "paper"),
    "feather of a region": (["--region", "mask.png", "--feather", "2"], "region"),
    "device of another engine": (["--engine", "require", "--device", "cpu"], "--engine"),
    "jpeg out": (["-o", "out.jpg"], ".png"),
    "out without suffix": (["-o", "out"], ".png"),
    "mask as tiff": (["--mask", "m.tif"], ".png"),
    "out is a folder": (["-o", "folder.png"], "folder"),
    "out is the mask": (["-o", "out.png", "--mask", "out.png"], "twice"),
    "report is the mask": (["--mask", "m.png", "--json", "m.png"], "twice"),
    "mask over where": (["--where", "mask.png", "--mask", "mask.png"], "also read"),
}


@pytest.mark.parametrize("name", WRONG_OPTIONS)
def test_options_that_cannot_be_meant(
    edit: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A wrong option ends with code 2, says which one it is, and writes nothing."""
    monkeypatch.chdir(tmp_path)
    Path("folder.png").mkdir()
    Image.new("L", SIZE, 0).save("black.png")
    Image.new("L", SIZE, 255).save("mask.png")
    Image.new("L", (10, 10), 255).save("small.png")
    before = {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()}
    options, expected = WRONG_OPTIONS[name]
    ended = edit(*options)
    assert ended.code == 2, ended.err
    assert expected in ended.err
    assert {each.name: each.stat().st_mtime_ns for each in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("replace", "with_"), [("", "orange"), ("apple", "  "), ("a" * 1001, "orange")])
def test_empty_and_endless_prompts(edit: Command, fake: type[FakeEngine], replace: str, with_: str) -> None:
    """A prompt needs a word, and fits into a sentence."""
    assert edit(replace=replace, with_=with_).code == 2
    assert fake.finds == []


@pytest.mark.parametrize("missing", ["--replace", "--with", "-o"])
def test_required_options(run: Command, source: Path, missing: str) -> None:
    """What is required is named."""
    options = {"--replace": "apple", "--with": "orange", "-o": "out.png"}
    del options[missing]
    ended = run("edit", source, *(part for pair in options.items() for part in pair))
    assert ended.code == 2
    assert missing in ended.err


def same(path: Path) -> Path:
    return path


def symbolic(path: Path) -> Path:
    path.with_name("link.png").symlink_to(path)
    return path.with_name("link.png")


def hard(path: Path) -> Path:
    path.with_name("hard.png").hardlink_to(path)
    return path.with_name("hard.png")


def roundabout(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


@pytest.mark.parametrize("name", [same, symbolic, hard, roundabout])
@pytest.mark.parametrize("option", ["-o", "--mask", "--json"])
def test_the_original_is_never_an_output(
    edit: Command, source: Path, name: Callable[[Path], Path], option: str
) -> None:
    """However IN is named, no output replaces it."""
    original = source.read_bytes()
    assert edit(option, name(source)).code == 2
    assert source.read_bytes() == original


def test_word_that_the_models_cannot_paint(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """An unpaintable --with is refused before anything is looked for, also when --replace would not be found."""
    ended = edit(with_="zebra", replace="unicorn")
    assert ended.code == 2
    assert "cannot paint “zebra”" in ended.err
    assert fake.finds == []
    assert not (tmp_path / "out.png").exists()


def test_object_that_is_not_there(edit: Command, tmp_path: Path) -> None:
    """Not found: code 3, stderr says what was looked for and seen, no OUT, no MASK, and REPORT has the candidates."""
    ended = edit("--mask", tmp_path / "m.png", "--json", tmp_path / "r.json", replace="unicorn")
    assert ended.code == 3
    assert "unicorn" in ended.err and "thing 0" in ended.err
    assert {each.name for each in tmp_path.iterdir()} == {"in.png", "r.json"}
    written = report(tmp_path / "r.json")
    assert (written["status"], written["error"]["kind"]) == ("not_found", "not_found")
    assert len(written["candidates"]) == 2
    assert written["chosen"] == []


def test_picture_of_one_pixel(edit: Command, tmp_path: Path) -> None:
    """Nothing is in a picture of one pixel."""
    noise(3, (1, 1)).save(tmp_path / "one.png")
    assert edit(source=tmp_path / "one.png").code == 3


@pytest.mark.parametrize(
    ("replace", "with_", "code", "kind"),
    [
        ("damaged", "orange", 4, "model_damaged"),
        ("lost", "orange", 5, "engine_lost"),
        ("apple", "lost", 5, "engine_lost"),
        ("memory", "orange", 6, "out_of_memory"),
        ("apple", "memory", 6, "out_of_memory"),
    ],
)
def test_failures_of_the_engine(edit: Command, tmp_path: Path, replace: str, with_: str, code: int, kind: str) -> None:
    """Models, engine and memory have exit codes of their own, and REPORT names the failure."""
    ended = edit("--mask", tmp_path / "m.png", "--json", tmp_path / "r.json", replace=replace, with_=with_)
    assert ended.code == code
    assert ended.err.count("\n") == 1
    written = report(tmp_path / "r.json")
    assert written["status"] == "error"
    assert written["error"] == {"kind": kind, "message": ended.err.removeprefix("text-replace: ").strip()}
    assert {each.name for each in tmp_path.iterdir()} == {"in.png", "r.json"}


def test_a_bug_is_in_the_log(edit: Command, tmp_path: Path) -> None:
    """A bug ends with code 1 and the log's path; the traceback is there and not on the screen."""
    ended = edit("--json", tmp_path / "r.json", replace="bug")
    assert ended.code == 1
    log = Path(os.environ["TEXT_REPLACE_HOME"]) / "log" / "text-replace.log"
    assert str(log) in ended.err
    assert "Traceback" not in ended.err
    assert "RuntimeError: boom" in log.read_text()
    assert report(tmp_path / "r.json")["error"]["kind"] == "bug"


def test_no_engine_where_one_is_required(edit: Command, tmp_path: Path) -> None:
    """--engine require never computes in this process: without an engine it ends with code 5."""
    ended = edit("--engine", "require", "--json", tmp_path / "r.json")
    assert ended.code == 5
    assert json.loads((tmp_path / "r.json").read_text())["status"] == "error"


@pytest.mark.parametrize(
    "contents", ["", "{", '{"port": 1, "secret": "x", "pid": 999999, "protocol": 1, "engine": "x"}']
)
def test_stale_endpoint_file(edit: Command, contents: str) -> None:
    """What a killed engine left behind is no engine: auto works here, require says so."""
    home = Path(os.environ["TEXT_REPLACE_HOME"])
    (home / "endpoint.json").write_text(contents)
    assert edit("--engine", "require").code == 5
    assert edit("--engine", "auto").code == 0


def test_folder_of_an_output_is_missing(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """An output that cannot be written is known before the work, with code 7."""
    ended = edit("--mask", tmp_path / "no" / "m.png", "--json", tmp_path / "r.json")
    assert ended.code == 7
    assert fake.finds == []
    assert report(tmp_path / "r.json")["error"]["kind"] == "output"
    assert not (tmp_path / "out.png").exists()


def test_outputs_need_permission(edit: Command, tmp_path: Path) -> None:
    """No write permission: code 7, and the sentence says which folder."""
    folder = Path("/sys")
    # Not even root may create files there.
    if not folder.is_dir() or os.geteuid():
        folder = tmp_path / "closed"
        folder.mkdir(mode=0o555)
    ended = edit("-o", folder / "out.png")
    assert ended.code == 7
    assert str(folder) in ended.err and "permission" in ended.err


def test_grey_masks_of_other_programs_are_read(edit: Command, tmp_path: Path) -> None:
    """Black and white stored in 1 or 16 bits, a palette or RGB mean the same as 8-bit grey."""
    white = np.zeros(SIZE[::-1], np.uint8)
    white[20:30, 30:40] = 255
    grey = Image.fromarray(white)
    deep = Image.fromarray(white.astype(np.uint16) * 257)
    for name, picture in (
        ("1", grey.convert("1")), ("P", grey.convert("P")), ("RGB", grey.convert("RGB")), ("16", deep)
    ):  # fmt: skip
        picture.save(tmp_path / f"{name}.png")
        assert edit("--region", tmp_path / f"{name}.png", "--mask", tmp_path / "m.png").code == 0
        assert np.array_equal(np.asarray(Image.open(tmp_path / "m.png")), white)
