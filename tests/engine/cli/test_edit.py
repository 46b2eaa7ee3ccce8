"""`text-replace edit`: what it writes, by engine/REFERENCE.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.engine.cli.conftest import SIZE, Command, noise, report
from tests.engine.cli.fake_engine import FakeEngine, new_colour

KEYS = {
    "status", "replace", "with", "seed", "samples", "preset", "models", "size", "candidates", "chosen", "region",
    "steps", "losses", "seconds", "device", "dtype", "threads", "working_size", "versions", "error",
    "strength", "grow", "feather", "lambda_clip", "lambda_lpips", "lambda_l2", "cutouts",
    "kept_at", "batch", "checkpointing", "warnings", "background_error", "refined", "metadata", "points", "box",
    "removed", "marked", "pairs", "select", "remnants", "scheduler", "eta", "guidance_scale", "understood",
}  # fmt: skip


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(np.int32)


def test_out_is_in_blended_with_the_new_colour_by_the_mask(
    edit: Command, fake: type[FakeEngine], source: Path, tmp_path: Path
) -> None:
    """OUT = IN·(1−m) + new·m, rounded, where m is MASK; where MASK is 0 the pixels are IN's own."""
    ended = edit("--seed", 7, "--mask", tmp_path / "m.png")
    assert (ended.code, ended.err) == (0, "")
    before, after, mask = pixels(source), pixels(tmp_path / "out.png"), pixels(tmp_path / "m.png")
    box = fake.edits[0].box
    new = before.copy()
    new[box.y0 : box.y1, box.x0 : box.x1] = new_colour(fake.edits[0])
    m = mask[:, :, None] / 255
    assert 0 < mask.max() < 255
    assert np.array_equal(after[mask == 0], before[mask == 0])
    assert np.array_equal(after, np.rint(before * (1 - m) + new * m))


def test_object_mask_is_not_the_edit_region(edit: Command, tmp_path: Path) -> None:
    """--object-mask writes the chosen object itself, at native size."""
    assert edit("--mask", tmp_path / "m.png", "--object-mask", tmp_path / "o.png").code == 0
    mask, chosen = pixels(tmp_path / "m.png"), pixels(tmp_path / "o.png")
    assert chosen.shape == SIZE[::-1]
    assert set(np.unique(chosen)) == {0, 255}
    assert np.array_equal(mask, chosen // 2)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".PNG"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_out_keeps_mode_size_alpha_and_profile(edit: Command, tmp_path: Path, channels: int, suffix: str) -> None:
    """OUT has IN's size, mode and colour profile, and IN's alpha unchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = noise(channels)
    picture.save(tmp_path / "in.png", icc_profile=profile)
    assert edit("-o", tmp_path / f"out{suffix}").code == 0
    with Image.open(tmp_path / f"out{suffix}") as out:
        assert (out.size, out.mode) == (picture.size, picture.mode)
        assert out.info["icc_profile"] == profile
        if channels in (2, 4):
            assert np.array_equal(np.asarray(out)[:, :, -1], np.asarray(picture)[:, :, -1])


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["jpg", "tif", "webp", "png"])
def test_orientation_is_applied_and_cleared(edit: Command, tmp_path: Path, orientation: int, kind: str) -> None:
    """A picture taken on its side comes out upright, and nothing turns it again."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera"
    source = tmp_path / f"turned.{kind}"
    noise(3).save(source, exif=exif)
    assert edit("--json", tmp_path / "r.json", "--mask", tmp_path / "m.png", source=source).code == 0
    upright = SIZE if orientation in (1, 3) else SIZE[::-1]
    with Image.open(tmp_path / "out.png") as out:
        assert out.size == Image.open(tmp_path / "m.png").size == upright
        assert out.getexif().get(0x0112, 1) == 1
        assert out.getexif().get(0x010F) == "Camera"
    assert report(tmp_path / "r.json")["size"] == list(upright)


@pytest.mark.parametrize("kind", ["jpg", "tif", "webp", "png"])
def test_every_input_format_is_read(edit: Command, tmp_path: Path, kind: str) -> None:
    """PNG, JPEG, WebP and TIFF are input."""
    source = tmp_path / f"picture.{kind}"
    noise(3).save(source)
    assert edit(source=source).code == 0


def test_an_object_is_removed(run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path) -> None:
    """`--remove` in place of `--with`: both requests ask for it, and report and last line say so."""
    files = ["-o", tmp_path / "out.png", "--json", tmp_path / "r.json"]
    ended = run("edit", source, "--replace", "apple", "--remove", *files, "--seed", 7)
    assert ended.code == 0 and "apple removed, seed 7" in ended.out
    (find,), (asked,) = fake.finds, fake.edits
    assert find.painting.remove and asked.painting.remove and asked.with_ == ""
    written = report(tmp_path / "r.json")
    assert (written["with"], written["removed"], written["replace"]) == (None, True, "apple")


@pytest.mark.parametrize("text", ["orange", ""])
def test_an_object_is_not_both_replaced_and_removed(edit: Command, fake: type[FakeEngine], text: str) -> None:
    """Nobody knows then what was meant."""
    ended = edit("--remove", with_=text)
    assert ended.code == 2 and "--remove" in ended.err and not fake.finds


def test_report_has_exactly_the_keys_of_the_reference(edit: Command, tmp_path: Path) -> None:
    """Scripts can rely on REPORT: every key is there, and what changes the picture is recorded."""
    assert edit("--seed", 7, "--preset", "fast", "--json", tmp_path / "r.json").code == 0
    written = report(tmp_path / "r.json")
    assert set(written) == KEYS
    assert written["status"] == "done"
    assert (written["replace"], written["with"], written["seed"], written["preset"]) == ("apple", "orange", 7, "fast")
    assert written["size"] == list(SIZE)
    assert written["candidates"][0] == {
        "rank": 0, "label": "thing 0", "probability": 0.5, "presence": 0.5, "box": [24, 16, 48, 32], "area": 384,
    }  # fmt: skip
    assert (written["chosen"], written["region"], written["error"]) == ([0], "found", None)
    assert [each["role"] for each in written["models"]] == ["segmenter", "denoiser"]
    assert written["seconds"] == {"loading": 1.0, "segmenter": 1.0, "denoiser": 1.0}
    assert written["samples"] == [{"seed": 7, "clip": 0.5}]
    assert len(written["losses"]) == written["steps"] == 4
    assert (written["device"], written["dtype"], written["working_size"]) == ("cpu", "float32", 64)


@pytest.mark.parametrize(
    ("option", "replace", "recorded"),
    [((), "apple", True), (("--no-remnants",), "apple", False), ((), "truck", None)],
)
def test_report_says_whether_remnants_were_looked_for(
    edit: Command, tmp_path: Path, option: tuple[str, ...], replace: str, recorded: bool | None
) -> None:
    """As it was painted; null where nothing was."""
    edit(*option, "--json", tmp_path / "r.json", replace=replace)
    assert report(tmp_path / "r.json")["remnants"] is recorded


def test_same_seed_gives_the_same_bytes(edit: Command, tmp_path: Path) -> None:
    """A picture can be made again from its report."""
    for name in ("a", "b"):
        assert edit("--seed", 5, "-o", tmp_path / f"{name}.png", "--mask", tmp_path / f"{name}-m.png").code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a-m.png").read_bytes() == (tmp_path / "b-m.png").read_bytes()


def test_default_seed_is_random_and_recorded(edit: Command, tmp_path: Path) -> None:
    """Without --seed every run differs, and each can be repeated."""
    seeds = set()
    for _ in range(3):
        assert edit("--json", tmp_path / "r.json").code == 0
        seeds.add(report(tmp_path / "r.json")["seed"])
    assert len(seeds) == 3
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert edit("--seed", seeds.pop(), "-o", tmp_path / "again.png").code == 0


def test_where_limits_the_search_and_the_region(
    edit: Command, fake: type[FakeEngine], source: Path, tmp_path: Path
) -> None:
    """Candidates are cut to the non-zero pixels of --where, and the edit region is multiplied by it / 255."""
    where = np.zeros(SIZE[::-1], np.uint8)
    where[:, 40:44], where[:, 44:] = 51, 255
    Image.fromarray(where).save(tmp_path / "w.png")
    ended = edit("--where", tmp_path / "w.png", "--mask", tmp_path / "m.png", "--json", tmp_path / "r.json")
    assert ended.code == 0
    mask = pixels(tmp_path / "m.png")
    assert report(tmp_path / "r.json")["candidates"][0]["box"] == [40, 16, 48, 32]
    assert not mask[:, :40].any()
    assert set(np.unique(mask[16:32, 40:44])) == {round(127 * 51 / 255)}
    assert set(np.unique(mask[16:32, 44:48])) == {127}
    assert np.array_equal(pixels(tmp_path / "out.png")[mask == 0], pixels(source)[mask == 0])


def test_where_keeps_single_pixels_of_a_large_picture(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """In the copy that is searched, a pixel counts as selected where any pixel it covers is."""
    source = tmp_path / "large.png"
    noise(1, (3000, 1000)).save(source)
    where = np.zeros((1000, 3000), np.uint8)
    where[400, 1000] = 1
    Image.fromarray(where).save(tmp_path / "w.png")
    edit("--where", tmp_path / "w.png", source=source)
    request = fake.finds[0]
    assert request.image.size == (1280, 427)
    assert request.layer_size == (3000, 1000)
    assert request.selection is not None
    selected = np.frombuffer(request.selection.data, np.uint8).reshape(427, 1280)
    assert np.argwhere(selected).tolist() == [[170, 426]] or (selected > 0).sum() in (1, 2, 4)
    assert selected[int(400 * 427 / 1000), int(1000 * 1280 / 3000)] > 0


def test_region_is_used_byte_for_byte(edit: Command, fake: type[FakeEngine], source: Path, tmp_path: Path) -> None:
    """With --region MASK equals the file, nothing is looked for, and only the region changes."""
    region = np.zeros(SIZE[::-1], np.uint8)
    region[10:20, 5:30] = np.random.default_rng(1).integers(0, 256, (10, 25))
    region[63, 95] = 1
    Image.fromarray(region).save(tmp_path / "region.png")
    ended = edit(
        "--region",
        tmp_path / "region.png",
        "--mask",
        tmp_path / "m.png",
        "--json",
        tmp_path / "r.json",
        replace="unicorn",
    )
    assert ended.code == 0, ended.err
    assert fake.finds == []
    assert np.array_equal(pixels(tmp_path / "m.png"), region)
    written = report(tmp_path / "r.json")
    assert (written["candidates"], written["chosen"], written["region"]) == ([], [], "given")
    assert written["replace"] == "unicorn"
    assert np.array_equal(pixels(tmp_path / "out.png")[region == 0], pixels(source)[region == 0])


def test_pick_replaces_the_union_of_candidates(edit: Command, tmp_path: Path) -> None:
    """--pick overrides the engine's choice, also where it would have said "not found"."""
    ended = edit("--pick", "0,1", "--mask", tmp_path / "m.png", "--json", tmp_path / "r.json", replace="unicorn")
    assert ended.code == 0, ended.err
    assert report(tmp_path / "r.json")["chosen"] == [0, 1]
    mask = pixels(tmp_path / "m.png")
    assert mask[20, 30] == 127 and mask[20, 65] == 127 and mask[20, 55] == 0


def test_options_reach_the_requests(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """--device, --dtype, --models and --working-size are what the engine is asked for."""
    options = ("--device", "cpu:0", "--dtype", "float16", "--models", "starter", "--working-size", 96)
    assert edit(*options, "--json", tmp_path / "r.json").code == 0
    written = report(tmp_path / "r.json")
    assert (written["device"], written["dtype"], written["working_size"]) == ("cpu:0", "float16", 96)
    assert fake.finds[0].models == fake.edits[0].models == "starter"
    assert fake.edits[0].painting.options == {"working_size": 96}


def test_adjustments_are_asked_for_and_recorded(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """Strength, growth, feather, the λ's, the views and the step to keep reach the engine, and REPORT has them; without
    them they are null.
    """
    options = {"--strength": 0.5, "--grow": 3, "--feather": 0, "--lambda-clip": 0, "--lambda-lpips": 10.5}
    options |= {"--lambda-l2": 1e6, "--cutouts": 6, "--keep-at": 2}
    given = [part for pair in options.items() for part in pair]
    assert edit(*given, "--json", tmp_path / "r.json").code == 0
    written = report(tmp_path / "r.json")
    names = [option.lstrip("-").replace("-", "_") for option in options]
    recorded = ["kept_at" if name == "keep_at" else name for name in names]
    assert [written[name] for name in recorded] == list(options.values())
    painting = fake.edits[0].painting
    asked = {"grow": painting.grow, "feather": painting.feather, "keep_at": painting.keep_at, **painting.options}
    assert [asked[name] for name in names] == list(options.values())
    assert edit("--json", tmp_path / "r.json").code == 0
    assert [report(tmp_path / "r.json")[name] for name in recorded] == [None] * 8


def test_options_of_the_photo_painter_reach_it(edit: Command, fake: type[FakeEngine]) -> None:
    """Steps, guidance, what not to paint, the scheduler, and which of the two painters."""
    options = {
        "--painter": "sd15",
        "--steps": 9,
        "--guidance-scale": 2.5,
        "--negative-prompt": "people",
        "--scheduler": "ddim",
    }
    assert edit("--models", "photo", *(part for pair in options.items() for part in pair)).code == 0
    asked = fake.edits[0].painting.options
    assert asked == {option.lstrip("-").replace("-", "_"): value for option, value in options.items()}


def test_growth_has_room(edit: Command, fake: type[FakeEngine]) -> None:
    """A large growth sends more of the picture: the grown region never ends where the pixels do."""
    assert edit().code == edit("--grow", 5, "--feather", 4).code == 0
    plain, grown = (each.box for each in fake.edits)
    assert grown == plain.grown(14).clipped(SIZE) != plain


def test_nothing_but_the_outputs_is_left(edit: Command, source: Path, tmp_path: Path) -> None:
    """Temporary files are gone, and a new file has the permissions that any program's would have."""
    assert edit("--mask", tmp_path / "m.png", "--json", tmp_path / "r.json").code == 0
    assert {each.name for each in tmp_path.iterdir()} == {"in.png", "out.png", "m.png", "r.json"}
    reference = tmp_path / "reference"
    reference.touch()
    assert (tmp_path / "out.png").stat().st_mode == reference.stat().st_mode


def test_words_left_out_are_said_and_reported(
    edit: Command, run: Command, fake: type[FakeEngine], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the engine did not look for is on stderr and in REPORT, of edit and of segment."""
    known = fake._report
    sentence = "Left out of “Replace”: “please”."
    monkeypatch.setattr(fake, "_report", lambda self, role: {**known(self, role), "warnings": [sentence]})
    painted = edit("--json", tmp_path / "edit.json")
    listed = run("segment", source, "--replace", "apple", "--json", tmp_path / "segment.json")
    for ended, path in ((painted, "edit.json"), (listed, "segment.json")):
        assert (ended.code, ended.err) == (0, f"{sentence}\n")
        assert report(tmp_path / path)["warnings"] == [sentence]


def test_prompts_are_recorded_as_typed(edit: Command, fake: type[FakeEngine], tmp_path: Path) -> None:
    """REPORT keeps what was typed, and the line on the screen has no control characters."""
    typed = " “The\u202e ORANGES”\x1b[2J "
    ended = edit("--json", tmp_path / "r.json", with_=typed)
    assert report(tmp_path / "r.json")["with"] == typed
    assert "apple → “The ORANGES”[2J, seed" in ended.out
