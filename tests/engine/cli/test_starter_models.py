"""The command line with the real pipeline and the committed starter models."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from tests.engine.cli.conftest import CLONE, SOURCES, Ended, noise, report
from tests.engine.other_styles import photograph
from text_replace_engine.cli import app
from text_replace_engine.local import in_process

pytestmark = pytest.mark.slow
SAMPLE = CLONE / "install" / "sample" / "sample.png"
ORANGE = ("--replace", "apple", "--with", "orange")
#: A fifth of the steps: what is tested here does not depend on their number.
SHORT = ("--preset", "fast", "--strength", "0.2")


shared_engine = functools.cache(in_process)


def text_replace(command: str, *arguments: object) -> Ended:
    """Runs a command in this process, whose engine for a device and a number format has its models already."""
    result = CliRunner().invoke(app, [command, "--engine", "never", *map(str, arguments)], obj=shared_engine)
    return Ended(result.exit_code, result.stdout, result.stderr)


def pixels(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path))


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a process of its own made of the sample: picture, mask, object mask and report."""
    folder = tmp_path_factory.mktemp("edited")
    outputs: list[str | Path] = ["-o", folder / "out.png", "--mask", folder / "m.png"]
    outputs += ["--object-mask", folder / "o.png", "--json", folder / "r.json"]
    options = ["--seed", "1", *SHORT, "--engine", "never"]
    done = subprocess.run(
        [sys.executable, "-m", "text_replace_engine", "edit", SAMPLE, *ORANGE, *options, *outputs],
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_only_the_region_changes(edited: Path) -> None:
    """The object is found, lies inside the region, and no pixel outside the region is touched."""
    before, after = pixels(SAMPLE), pixels(edited / "out.png")
    mask, chosen = pixels(edited / "m.png"), pixels(edited / "o.png")
    assert np.array_equal(after[mask == 0], before[mask == 0])
    assert (after[mask == 255] != before[mask == 255]).any(-1).mean() > 0.5
    assert (mask[chosen == 255] == 255).all()
    assert mask.mean() > chosen.mean() > 0


def test_two_objects_change_places(tmp_path: Path) -> None:
    """Apple and cat, both found and painted in IN: the cat's region has the pixels of that pair alone with the same
    seed, and outside the regions every pixel is IN's own.
    """
    small = tmp_path / "small.png"
    Image.open(SAMPLE).reduce(2).save(small)
    common = ("--seed", 1, *SHORT)
    alone = ("--replace", "cat", "--with", "apple")
    both = ("--replace", "apple", "--with", "cat", *alone)
    for name, words in (
        ("both", (*both, "--json", tmp_path / "r.json")),
        ("one", (*alone, "--mask", tmp_path / "m.png")),
    ):
        done = text_replace("edit", small, *words, *common, "-o", tmp_path / f"{name}.png")
        assert done.code == 0, done.err
    before, after, one = (pixels(file) for file in (small, tmp_path / "both.png", tmp_path / "one.png"))
    region = pixels(tmp_path / "m.png") > 0
    assert region.any() and np.array_equal(after[region], one[region])
    found = [pair["candidates"][pair["chosen"][0]] for pair in report(tmp_path / "r.json")["pairs"]]
    assert [candidate["label"] for candidate in found] == ["apple", "cat"]
    # No region reaches twice as far as its object.
    x0, y0, x1, y1 = found[0]["box"]
    around = max(x1 - x0, y1 - y0) // 2
    region[max(0, y0 - around) : y1 + around, max(0, x0 - around) : x1 + around] = True
    assert not region.all() and np.array_equal(after[~region], before[~region])


def test_report_gives_the_same_picture_again(edited: Path, tmp_path: Path) -> None:
    """What REPORT records is enough to make the picture again, bit for bit."""
    written = report(edited / "r.json")
    assert written["chosen"] and written["candidates"][written["chosen"][0]]["label"] == "apple"
    assert len(written["losses"]) == written["taken"]
    assert {"clip", "lpips", "l2"} == set(written["losses"][0])
    options = {"--seed": written["seed"], "--preset": written["preset"], "--device": written["device"]}
    options |= {"--dtype": written["dtype"], "--working-size": written["working_size"]}
    options |= {"--strength": written["strength"]}
    options |= {"--pick": ",".join(map(str, written["chosen"])), "-o": tmp_path / "again.png"}
    prompts = ["--replace", written["replace"], "--with", written["with"]]
    done = text_replace("edit", SAMPLE, *prompts, *(part for pair in options.items() for part in pair))
    assert done.code == 0, done.err
    assert np.array_equal(pixels(tmp_path / "again.png"), pixels(edited / "out.png"))


def test_the_mask_can_be_given_back(edited: Path, tmp_path: Path) -> None:
    """--region with an earlier MASK: the same mask comes out, byte for byte, and paint only inside it."""
    outputs = ["-o", tmp_path / "out.png", "--mask", tmp_path / "m.png"]
    done = text_replace("edit", SAMPLE, *ORANGE, *SHORT, "--region", edited / "m.png", *outputs)
    assert done.code == 0, done.err
    mask = pixels(tmp_path / "m.png")
    assert np.array_equal(mask, pixels(edited / "m.png"))
    assert np.array_equal(pixels(tmp_path / "out.png")[mask == 0], pixels(SAMPLE)[mask == 0])


def test_segment_and_edit_agree(edited: Path, tmp_path: Path) -> None:
    """segment makes the same candidates and the same decision as edit."""
    done = text_replace("segment", SAMPLE, "--replace", "apple", "--json", tmp_path / "r.json")
    assert done.code == 0, done.err
    listed, written = report(tmp_path / "r.json"), report(edited / "r.json")
    assert (listed["candidates"], listed["chosen"]) == (written["candidates"], written["chosen"])


@pytest.mark.parametrize(
    ("replace", "with_", "code", "said"),
    [
        ("helicopter", "zebra", 2, ["zebra", "apple", "models pull"]),
        ("helicopter", "orange", 3, ["helicopter", "apple"]),
    ],
)
def test_refusals(tmp_path: Path, replace: str, with_: str, code: int, said: list[str]) -> None:
    """What the models cannot paint is refused first; what they do not see is said with what they do see."""
    outputs = ["-o", tmp_path / "out.png", "--mask", tmp_path / "m.png"]
    done = text_replace("edit", SAMPLE, "--replace", replace, "--with", with_, *outputs)
    assert done.code == code
    assert all(word in done.err for word in said)
    assert list(tmp_path.iterdir()) == []


def test_an_object_in_transparent_pixels_is_not_found(tmp_path: Path) -> None:
    """Colour under an alpha of 0 is nothing that the user sees, so it is not replaced: code 3."""
    picture = Image.open(SAMPLE).convert("RGBA")
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, round(picture.width * 0.42), picture.height))
    picture.putalpha(alpha)
    picture.save(tmp_path / "hidden.png")
    assert text_replace("segment", tmp_path / "hidden.png", "--replace", "apple").code == 3
    assert text_replace("segment", tmp_path / "hidden.png", "--replace", "cat").code == 0


def test_picture_of_one_pixel(tmp_path: Path) -> None:
    """A 1×1 picture holds no object: code 3."""
    noise(3, (1, 1)).save(tmp_path / "one.png")
    assert text_replace("edit", tmp_path / "one.png", *ORANGE, "-o", tmp_path / "out.png").code == 3


def test_missing_models(tmp_path: Path) -> None:
    """Models that are not installed: code 4, and REPORT says so."""
    outputs = ["-o", tmp_path / "out.png", "--json", tmp_path / "r.json"]
    assert text_replace("edit", SAMPLE, *ORANGE, "--models", "full", *outputs).code == 4
    assert report(tmp_path / "r.json")["error"]["kind"] == "model_missing"


@pytest.mark.parametrize("device", ["nonsense", "cuda:99"])
def test_device_that_is_not_there(tmp_path: Path, device: str) -> None:
    """A device that this machine lacks, or that does not exist, is a wrong option and no bug."""
    done = text_replace("edit", SAMPLE, *ORANGE, "--device", device, "-o", tmp_path / "out.png")
    assert done.code == 2
    assert device in done.err


def test_number_format_that_the_processor_lacks(tmp_path: Path) -> None:
    """A number format that the device cannot compute in (bfloat16 works on some processors) is a wrong option and no
    bug.
    """
    done = text_replace("edit", SAMPLE, *ORANGE, "--device", "cpu", "--dtype", "float16", "-o", tmp_path / "out.png")
    assert done.code == 2
    assert "float16" in done.err


def test_what_is_typed_in_other_ways_paints_the_same(edited: Path, tmp_path: Path) -> None:
    """Quotes, full width, plurals, emoji and words beside names change no pixel; the words are said, and REPORT keeps
    what was typed.
    """
    words = ("--replace", "“ＡＰＰＬＥＳ”, please", "--with", "the 🍊.")
    outputs = ("-o", tmp_path / "out.png", "--json", tmp_path / "r.json")
    ended = text_replace("edit", SAMPLE, *words, *outputs, "--seed", "1", *SHORT)
    assert ended.code == 0
    assert np.array_equal(pixels(tmp_path / "out.png"), pixels(edited / "out.png"))
    written = report(tmp_path / "r.json")
    assert (written["replace"], written["with"]) == (words[1], words[3])
    assert written["warnings"] == ["Left out of “Replace”, because the starter models do not know it: “please”."]
    assert ended.err == f"{written['warnings'][0]}\n{written['understood']}\n"


def test_a_photograph_is_told_and_can_still_be_painted(tmp_path: Path) -> None:
    """Another style than the models' ends with exit code 3 and one sentence, in the report too; a candidate that the
    user picks, and a region that the user gives, are painted all the same.
    """
    source, out, written = tmp_path / "photograph.png", tmp_path / "out.png", tmp_path / "r.json"
    Image.fromarray(photograph()).save(source)
    looked = text_replace("segment", source, "--replace", "apple", "--json", written)
    refused = text_replace("edit", source, *ORANGE, "-o", out, "--json", written)
    for ended in (looked, refused):
        assert ended.code == 3
        assert "not in the style that the starter models know" in ended.err and ended.err.count("\n") == 1
    assert report(written)["status"] == "not_found" and report(written)["candidates"]
    assert not out.exists()
    region = np.zeros(photograph().shape[:2], np.uint8)
    region[100:180, 60:140] = 255
    Image.fromarray(region).save(tmp_path / "region.png")
    for given in (("--pick", 0), ("--region", tmp_path / "region.png")):
        painted = text_replace("edit", source, *ORANGE, *SHORT, "-o", out, *given)
        assert painted.code == 0, painted.err
        assert not np.array_equal(pixels(out), photograph())
        out.unlink()
