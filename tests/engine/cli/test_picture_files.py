"""Kinds of picture files: what is read of each, and what OUT keeps of what stands beside the pixels."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from tests.engine.cli.conftest import SIZE, Command, report
from tests.engine.cli.picture_files import Array, gradient, jpeg, packed_png, packet, png, raw_rows, tag_block, tiff
from text_replace_engine.client.images import read_picture
from text_replace_engine.client.png_chunks import Chunk, png_file, read_chunks

RGB, GREY = gradient(SIZE), gradient(SIZE, 1)
DEEP = {channels: gradient(SIZE, channels, 16) for channels in (1, 2, 3, 4)}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
CAMERA = (0x010F, 2, 4, b"Cam\0")
JPEG = np.asarray(Image.open(io.BytesIO(jpeg(RGB))))
#: The places of an Exif and a GPS directory whose one tag is DateTimeOriginal, or GPSVersionID.
SUB_DIRECTORIES = tag_block([(34665, 4, 1, struct.pack("<I", 38)), (34853, 4, 1, struct.pack("<I", 56))]) + b"".join(
    struct.pack("<HHHI4sI", 1, tag, kind, 4, value, 0)
    for tag, kind, value in ((0x9003, 2, b"now\0"), (0, 1, b"\2\3\0\0"))
)


def exif_jpeg(*entries: tuple[int, int, int, bytes]) -> bytes:
    return jpeg(RGB, [(0xE1, b"Exif\0\0" + tag_block(entries))])


def long(value: int) -> bytes:
    return struct.pack("<I", value)


def saved(picture: Array, kind: str, mode: str | None = None, **options: Any) -> bytes:
    packed = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(packed, kind, **options)
    return packed.getvalue()


def deep_tiff(pixels: Array, **options: Any) -> bytes:
    packed = io.BytesIO()
    tifffile.imwrite(packed, pixels, **options)
    return packed.getvalue()


def spoiled(file: bytes, kind: bytes) -> bytes:
    """With a wrong checksum in the chunk of `kind`."""
    place = file.index(kind)
    end = place + 4 + int.from_bytes(file[place - 4 : place], "big")
    return file[:end] + bytes(4) + file[end + 4 :]


def apple_png(pixels: Array) -> bytes:
    """As Apple's tools write one: no checksum over the rows, blue first, colour times alpha."""
    deflate = zlib.compressobj(wbits=-15)
    alpha = pixels[:, :, 3:].astype(int)
    colour = (pixels[:, :, 2::-1].astype(int) * alpha + 127) // 255
    rows = raw_rows(np.concatenate([colour, alpha], 2).astype(np.uint8))
    header = Chunk(b"IHDR", struct.pack(">IIBBBBB", *SIZE, 8, 6, 0, 0, 0))
    idat = Chunk(b"IDAT", deflate.compress(rows) + deflate.flush())
    return png_file([Chunk(b"CgBI", b"\x50\0\x20\2"), header, idat, Chunk(b"IEND", b"")])


def with_alpha(pixels: Array, alpha: Array) -> Array:
    return np.concatenate([pixels, alpha.astype(pixels.dtype)[:, :, None]], 2)


HALF = np.where(np.arange(SIZE[0]) < 50, 255, 0)[None].repeat(SIZE[1], 0)
INDICES = GREY[:, :, 0] % 4
PALETTE = bytes(range(10, 22))
LOOKED_UP = np.frombuffer(PALETTE, np.uint8).reshape(4, 3)[INDICES]
KEYED = with_alpha(RGB, np.where((RGB[9, 9] == RGB).all(2), 0, 255))
APPLE = with_alpha(RGB, np.full(SIZE[::-1], 255))

#: Name: suffix, file, what is in it.
KINDS: dict[str, tuple[str, bytes, Array]] = {
    "exif sub-directories": (".jpg", jpeg(RGB, [(0xE1, b"Exif\0\0" + SUB_DIRECTORIES)]), JPEG),
    "exif photometric ycbcr": (".jpg", exif_jpeg((262, 3, 1, b"\6\0"), CAMERA), JPEG),
    "exif width smaller": (".jpg", exif_jpeg((256, 4, 1, long(60)), (257, 4, 1, long(80))), JPEG),
    "exif length larger": (".jpg", exif_jpeg((257, 4, 1, long(8000))), JPEG),
    "exif strips": (".jpg", exif_jpeg((273, 4, 1, long(9)), (278, 4, 1, long(1)), (279, 4, 1, long(5))), JPEG),
    "exif layout": (".jpg", exif_jpeg((258, 3, 1, b"\1\0"), (284, 3, 1, b"\2\0"), (338, 3, 1, b"\1\0")), JPEG),
    "exif sample format": (".jpg", exif_jpeg((277, 3, 1, b"\4\0"), (339, 3, 1, b"\3\0")), JPEG),
    "exif signed width": (".jpg", exif_jpeg((256, 9, 1, long(2**32 - 5))), JPEG),
    "exif wrong types": (".jpg", exif_jpeg((271, 5, 1, bytes(8)), (305, 12, 1, bytes(8)), (306, 3, 1, b"\1\0")), JPEG),
    "exif types that are none": (".jpg", exif_jpeg((271, 99, 1, b"\1"), (272, 0, 5, b"\1"), (274, 2, 2, b"6")), JPEG),
    "exif endless values": (".jpg", exif_jpeg((1, 1, 2**32 - 1, long(8)), (271, 2, 2**31, long(8)), CAMERA), JPEG),
    "exif in png damaged": (".png", png(RGB, [Chunk(b"eXIf", b"\0\x08\0\2\1\x12\0\3")]), RGB),
    "exif in webp damaged": (".webp", saved(RGB, "WEBP", lossless=True, exif=b"junk"), RGB),
    "raw profile damaged": (".png", png(RGB, [Chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 9\nzz\n")]), RGB),
    "keyword exif": (".png", png(RGB, [Chunk(b"tEXt", b"exif\0b'Exif'")]), RGB),
    "keyword icc_profile": (".png", png(RGB, [Chunk(b"tEXt", b"icc_profile\0junk")]), RGB),
    "text over 1 MiB": (".png", png(RGB, [Chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(1 << 21)))]), RGB),
    "profile over 1 MiB": (".png", png(RGB, [Chunk(b"iCCP", b"a\0\0" + zlib.compress(SRGB + bytes(1 << 21)))]), RGB),
    "profile damaged": (".png", png(RGB, [Chunk(b"iCCP", b"a\0\0junk")]), RGB),
    "checksum of a text": (".png", spoiled(png(RGB, [Chunk(b"tEXt", b"c\0hello")]), b"tEXt"), RGB),
    "grey of 1 bit": (".png", packed_png(INDICES // 2, 1, 0), (INDICES // 2 * 255)[:, :, None]),
    "grey of 2 bits": (".png", packed_png(INDICES, 2, 0), (INDICES * 85)[:, :, None]),
    "grey of 4 bits": (".png", packed_png(INDICES, 4, 0), (INDICES * 17)[:, :, None]),
    "palette": (".png", packed_png(INDICES, 8, 3, [Chunk(b"PLTE", PALETTE)]), LOOKED_UP),
    "palette with alpha": (
        ".png",
        packed_png(INDICES, 2, 3, [Chunk(b"PLTE", PALETTE), Chunk(b"tRNS", b"\0\x80")]),
        with_alpha(LOOKED_UP, np.array([0, 128, 255, 255])[INDICES]),
    ),
    "transparent colour": (".png", png(RGB, [Chunk(b"tRNS", RGB[9, 9].astype(">u2").tobytes())]), KEYED),
    "apple's png": (".png", apple_png(APPLE), APPLE),
    **{f"png of 16 bits, {channels} channels": (".png", png(DEEP[channels]), DEEP[channels]) for channels in DEEP},
    **{f"tiff of 16 bits, {channels} channels": (".tif", tiff(DEEP[channels]), DEEP[channels]) for channels in DEEP},
    "tiff of 16 bits, big-endian": (".tif", tiff(DEEP[3], order=">"), DEEP[3]),
    "tiff of 16 bits, tiles": (".tif", deep_tiff(DEEP[3], tile=(32, 32), compression="lzw", predictor=True), DEEP[3]),
    "bigtiff": (".tif", deep_tiff(DEEP[3], bigtiff=True, compression="zlib"), DEEP[3]),
    "tiff of planes": (".tif", deep_tiff(np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate"), RGB),
    "tiff, white is 0": (".tif", deep_tiff(GREY[:, :, 0], photometric="miniswhite"), 255 - GREY),
    "tiff palette": (".tif", saved(RGB, "TIFF", "P"), np.asarray(Image.fromarray(RGB).convert("P").convert("RGB"))),
    "grey with associated alpha": (
        ".tif",
        deep_tiff(
            with_alpha(GREY, HALF) * (HALF > 0)[:, :, None],
            photometric="minisblack",
            planarconfig="contig",
            extrasamples=["assocalpha"],
        ),  # fmt: skip
        with_alpha(GREY * (HALF > 0)[:, :, None], HALF),
    ),
    "jpeg without its end": (".jpg", jpeg(RGB)[:-2], JPEG),
    "jpeg with junk behind": (".jpg", jpeg(RGB) + b"junk" * 99, JPEG),
    "animation": (".png", saved(RGB, "PNG", save_all=True, append_images=[Image.fromarray(255 - RGB)]), RGB),
    "pages": (".tif", saved(RGB, "TIFF", save_all=True, append_images=[Image.fromarray(255 - RGB)]), RGB),
}
SAID = {
    "palette": "palette", "palette with alpha": "palette", "tiff palette": "palette", "transparent colour": "alpha",
    "apple's png": "iPhone", "grey with associated alpha": "alpha", "animation": "--page", "pages": "--page",
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("name", KINDS)
def test_outside_is_identical(edit: Command, tmp_path: Path, name: str, suffix: str) -> None:
    """Whatever stands in a file beside its pixels, and however they lie in it: exit code 0, and outside the region OUT
    has the numbers of IN, of as many bits, in PNG and in TIFF; what was made of the file is said.
    """
    kind, data, expected = KINDS[name]
    source, out = tmp_path / f"picture{kind}", tmp_path / f"out{suffix}"
    source.write_bytes(data)
    region = np.zeros(SIZE[::-1], np.uint8)
    region[20:40, 30:60] = 255
    Image.fromarray(region).save(tmp_path / "region.png")
    ended = edit("--region", tmp_path / "region.png", "-o", out, "--json", tmp_path / "r.json", source=source)
    assert ended.code == 0, ended.err
    after = read_picture(out).samples
    assert (after.shape, after.dtype) == (expected.shape, expected.dtype)
    assert np.array_equal(after[region == 0], expected[region == 0])
    assert not np.array_equal(after[region > 0], expected[region > 0])
    said = " ".join(report(tmp_path / "r.json")["warnings"])
    assert SAID.get(name, "") in said and bool(said) == (name in SAID)
    assert ended.err.strip() == "\n".join(report(tmp_path / "r.json")["warnings"])


def test_sixteen_bits_are_dithered_by_the_seed(edit: Command, tmp_path: Path) -> None:
    """Inside the region 16-bit pixels are what was painted, within a step of 8 bits, with noise from the seed."""
    source = tmp_path / "deep.png"
    source.write_bytes(png(np.full((SIZE[1], SIZE[0], 3), 30000, np.uint16)))
    Image.new("L", SIZE, 255).save(tmp_path / "region.png")
    options = ("--region", tmp_path / "region.png", "--seed")
    results = []
    for number, seed in enumerate((1, 1, 2)):
        assert edit(*options, seed, "-o", tmp_path / f"{number}.png", source=source).code == 0
        results.append(read_picture(tmp_path / f"{number}.png").samples)
    source.write_bytes(png(np.full((SIZE[1], SIZE[0], 3), 117, np.uint8)))
    assert edit(*options, 1, source=source).code == 0
    painted = read_picture(tmp_path / "out.png").samples.astype(int) * 257
    assert np.abs(results[0] - painted).max() <= 129
    assert len(np.unique(results[0] - painted)) > 100
    assert np.array_equal(results[0], results[1]) and not np.array_equal(results[0], results[2])


CHUNKS = {
    "gamma": Chunk(b"gAMA", struct.pack(">I", 100000)),
    "chromaticities": Chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)),
    "colour space (cICP)": Chunk(b"cICP", b"\x0c\x0d\0\1"),
    "resolution": Chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
    "XMP": Chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + packet('<rdf:Description a:b="c"/>')),
    "text “Comment”": Chunk(b"tEXt", b"Comment\0mine"),
}


def test_png_keeps_what_says_how_it_looks(edit: Command, tmp_path: Path) -> None:
    """Gamma, chromaticities, colour space, resolution, XMP and texts are in OUT, byte for byte, and in REPORT."""
    source = tmp_path / "full.png"
    source.write_bytes(png(RGB, list(CHUNKS.values())))
    assert edit("--no-mark", "--json", tmp_path / "r.json", source=source).code == 0
    written = read_chunks((tmp_path / "out.png").read_bytes())
    assert [chunk for chunk in CHUNKS.values() if chunk not in written] == []
    assert set(report(tmp_path / "r.json")["metadata"]["kept"]) == set(CHUNKS)


@pytest.mark.parametrize(("name", "exponent"), [("gamma", 1.0), ("colour space (cICP)", 2.4)])
def test_tiff_has_a_profile_in_place_of_colour_chunks(
    edit: Command, tmp_path: Path, name: str, exponent: float
) -> None:
    """A TIFF cannot hold gamma or cICP: a colour profile says the same, so that it looks like IN."""
    source = tmp_path / "colours.png"
    source.write_bytes(png(RGB, [CHUNKS[name]]))
    assert edit("-o", tmp_path / "out.tif", "--json", tmp_path / "r.json", source=source).code == 0
    with Image.open(tmp_path / "out.tif") as out:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(out.info["icc_profile"]))
        middle = Image.new("RGB", (1, 1), (128, 128, 128))
        shown = ImageCms.profileToProfile(middle, profile, ImageCms.createProfile("sRGB"))
    assert shown is not None
    value = shown.getpixel((0, 0))
    assert isinstance(value, tuple)
    linear = 128 / 255 if exponent == 1.0 else ((128 / 255 + 0.055) / 1.055) ** 2.4
    expected = round(255 * (1.055 * linear ** (1 / 2.4) - 0.055))
    assert max(abs(channel - expected) for channel in value) <= 1
    assert report(tmp_path / "r.json")["metadata"]["kept"] == [f"{name} (as a colour profile)"]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_resolution_and_sub_directories_go_along(edit: Command, tmp_path: Path, suffix: str) -> None:
    """300 dpi stay 300 dpi; the Exif and GPS directories of a camera's JPEG are real directories in OUT."""
    source = tmp_path / "camera.jpg"
    source.write_bytes(jpeg(RGB, [(0xE1, b"Exif\0\0" + SUB_DIRECTORIES)], dpi=(300, 300)))
    assert edit("-o", tmp_path / f"out{suffix}", source=source).code == 0
    with Image.open(tmp_path / f"out{suffix}") as out:
        assert out.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        exif = out.getexif()
        assert exif.get_ifd(34665)[0x9003] == "now"
        assert bytes(exif.get_ifd(34853)[0]) == b"\2\3\0\0"


def test_what_is_lost_is_said(edit: Command, tmp_path: Path) -> None:
    """REPORT names what OUT does not have: layout tags, what is damaged, what a TIFF has no place for."""
    source = tmp_path / "odd.png"
    exif = tag_block([(257, 4, 1, long(8000)), CAMERA, (274, 3, 1, b"\3\0")])
    chunks = [Chunk(b"eXIf", exif), Chunk(b"iCCP", b"a\0\0junk"), Chunk(b"tEXt", b"Comment\0mine")]
    source.write_bytes(png(RGB, chunks))
    assert edit("-o", tmp_path / "out.tif", "--json", tmp_path / "r.json", source=source).code == 0
    metadata = report(tmp_path / "r.json")["metadata"]
    assert metadata["kept"] == ["EXIF"]
    gone = {"EXIF ImageLength", "colour profile (damaged)", "orientation (applied)", "text “Comment”"}
    assert set(metadata["dropped"]) == gone


def test_xmp_turns_nothing_again(edit: Command, tmp_path: Path) -> None:
    """An orientation in XMP is applied where EXIF has none, and cleared; sizes in it are left out."""
    told = packet('<rdf:Description xmlns:tiff="t" tiff:Orientation="6" tiff:ImageWidth="9"/>')
    source = tmp_path / "turned.jpg"
    source.write_bytes(jpeg(RGB, [(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + told)]))
    assert edit(source=source).code == 0
    with Image.open(tmp_path / "out.png") as out:
        assert out.size == SIZE[::-1]
        written = out.info["xmp"]
    assert b'tiff:Orientation="1"' in written and b"ImageWidth" not in written


CUTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg": (".jpg", lambda: jpeg(RGB, quality=95)[:-900]),
    "jpeg with an end": (".jpg", lambda: jpeg(RGB, quality=95)[:-900] + b"\xff\xd9"),
    "png": (".png", lambda: png(RGB, cut=(1 + SIZE[0] * 3) * 10)),
    "png of 16 bits": (".png", lambda: png(DEEP[3], cut=(1 + SIZE[0] * 6) * 10 - 5)),
}


@pytest.mark.parametrize("name", CUTS)
def test_missing_rows_are_counted(edit: Command, tmp_path: Path, name: str) -> None:
    """A file that ends early is read as far as it goes, with the number of missing rows on screen and in REPORT."""
    kind, make = CUTS[name]
    source = tmp_path / f"cut{kind}"
    source.write_bytes(make())
    ended = edit("--json", tmp_path / "r.json", source=source)
    assert ended.code == 0, ended.err
    (warning,) = report(tmp_path / "r.json")["warnings"]
    assert "rows are missing" in warning and warning in ended.err
    if kind == ".png":
        assert "the last 10 of 64 rows" in warning


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_page_takes_another(edit: Command, tmp_path: Path, kind: str) -> None:
    """--page takes a page or frame by its number from 1, and nothing has to be said."""
    source = tmp_path / "several"
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    source.write_bytes(saved(RGB, kind, save_all=True, append_images=[Image.fromarray(255 - RGB)], **options))
    Image.fromarray(np.eye(*SIZE[::-1], dtype=np.uint8)).save(tmp_path / "region.png")
    ended = edit("--page", 2, "--region", tmp_path / "region.png", source=source)
    assert (ended.code, ended.err) == (0, "")
    outside = np.eye(*SIZE[::-1]) == 0
    assert np.array_equal(read_picture(tmp_path / "out.png").samples[outside], 255 - RGB[outside])


def test_cmyk_becomes_srgb_and_says_without_which_profile(edit: Command, tmp_path: Path) -> None:
    """CMYK without a profile is converted plainly, with a warning; OUT is RGB and says that it is sRGB."""
    source = tmp_path / "inks.jpg"
    source.write_bytes(saved(RGB, "JPEG", "CMYK", quality=95))
    ended = edit(source=source)
    assert ended.code == 0 and "without a colour profile" in ended.err and "sRGB" in ended.err
    with Image.open(tmp_path / "out.png") as out:
        assert out.mode == "RGB"
        profile = ImageCms.ImageCmsProfile(io.BytesIO(out.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_avif_is_read_upright_whatever_its_exif_is(edit: Command, tmp_path: Path) -> None:
    """An AVIF is turned as its container says, also where its EXIF block is damaged; the sequence says its length."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    data = saved(RGB, "AVIF", exif=exif)
    block = max(data.find(b"II*\0"), data.find(b"MM\0*"))
    for name, contents in (("sound", data), ("damaged", data[:block] + b"XX" + data[block + 2 :])):
        (tmp_path / f"{name}.avif").write_bytes(contents)
        assert edit("-o", tmp_path / f"{name}.png", source=tmp_path / f"{name}.avif").code == 0
        with Image.open(tmp_path / f"{name}.png") as out:
            assert out.size == SIZE[::-1]


def test_a_wrong_file_never_leaves(edit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read back before anybody can have it: a difference is a bug, exit code 1, and no file."""

    def wrong(pixels: Array, **options: Any) -> Image.Image:
        return Image.new("RGB", (pixels.shape[1], pixels.shape[0]))

    monkeypatch.setattr("text_replace_engine.client.png_writing.Image.fromarray", wrong)
    before = set(tmp_path.iterdir())
    ended = edit()
    assert ended.code == 1 and "report" in ended.err
    assert set(tmp_path.iterdir()) == before


@pytest.fixture(autouse=True)
def long_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets Pillow, where tests look at OUT with it, read profiles of every length."""
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 1 << 26)
