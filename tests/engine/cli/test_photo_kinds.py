"""The photo set by the command line in pictures of every kind, with small networks from a hub on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tests.engine.cli.conftest import SIZE
from tests.engine.cli.picture_files import gradient, jpeg, packed_png, png, tiff
from tests.engine.models import small_photo_set
from text_replace_engine.cli import app
from text_replace_engine.client.images import read_picture
from text_replace_engine.client.png_chunks import Chunk
from text_replace_engine.local import LocalEngine, in_process

pytestmark = pytest.mark.slow

#: By name: suffix and file.
KINDS = {
    **{
        f"{suffix} of {bits} bits, {channels} channels": (suffix, make(gradient(SIZE, channels, bits)))
        for suffix, make in ((".png", png), (".tif", tiff))
        for bits in (8, 16)
        for channels in (1, 2, 3, 4)
    },
    "JPEG": (".jpg", jpeg(gradient(SIZE))),
    "grey JPEG": (".jpg", jpeg(gradient(SIZE, 1)[:, :, 0])),
    "palette": (".png", packed_png(gradient(SIZE, 1)[:, :, 0] % 4, 8, 3, [Chunk(b"PLTE", bytes(range(10, 22)))])),
}
ONE = ".png of 16 bits, 4 channels"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """In this process, with the photo set that was pulled into a cache folder of its own."""
    cache = small_photo_set.pull(tmp_path_factory.mktemp("photo"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        yield in_process()


@pytest.mark.parametrize(
    "kind", [ONE, *(pytest.param(each, marks=pytest.mark.thorough) for each in KINDS if each != ONE)]
)
def test_photographs_of_every_kind(engine: LocalEngine, tmp_path: Path, kind: str) -> None:
    """What a phrase finds and what is given as a region is painted, and removed: as many numbers of as many bits, the
    same outside of the mask that is written, others inside.
    """
    suffix, data = KINDS[kind]
    source, out, mask = tmp_path / f"in{suffix}", tmp_path / "out.tif", tmp_path / "mask.png"
    source.write_bytes(data)
    before = read_picture(source).samples
    region = np.zeros(SIZE[::-1], np.uint8)
    region[8:-8, 8:-8] = 255
    Image.fromarray(region).save(tmp_path / "region.png")
    given = ("--region", tmp_path / "region.png")
    limited = ("--where", tmp_path / "region.png")
    for words in (("--with", "cat", *limited), ("--with", "cat", *given), ("--remove", *given)):
        asked = ("--replace", "red apple", "--models", "photo", "--engine", "never", "--preset", "fast", "--mask", mask)
        arguments = map(str, ("edit", source, *asked, *words, "-o", out))
        ended = CliRunner().invoke(app, list(arguments), obj=lambda device, dtype, threads: engine)
        assert ended.exit_code == 0, ended.stderr
        after, painted = read_picture(out).samples, np.asarray(Image.open(mask)) > 0
        assert (after.shape, after.dtype) == (before.shape, before.dtype)
        assert np.array_equal(after[~painted], before[~painted]) and not np.array_equal(after, before)
        assert painted.any() and not painted[region == 0].any()
