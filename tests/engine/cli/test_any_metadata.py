"""Metadata of any kind: nothing outside the region changes, or a true sentence says why there is no result."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from tests.engine.cli.picture_files import SMALL, random_file
from text_replace_engine.cli import app
from text_replace_engine.client.images import encode_picture, read_picture
from text_replace_engine.client.xmp import is_marked
from text_replace_engine.local import LocalEngine, in_process
from text_replace_wire.errors import BadImage, TooLarge

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=pytest.mark.thorough)])
def test_a_rectangle_is_replaced_and_nothing_else(tmp_path: Path, count: int) -> None:
    """Of so many files with random EXIF blocks, chunks, tags and XMP each is read, and what is written and read back,
    by us and by another library, differs in the rectangle only and is marked; or it is refused as a picture.
    """
    unhurried = settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )

    @unhurried
    @given(chance=st.randoms(use_true_random=False))
    def each_file(chance: random.Random) -> None:
        _replace_a_rectangle(tmp_path, chance)

    each_file()


def _replace_a_rectangle(tmp_path: Path, chance: random.Random) -> None:
    suffix, data = random_file(chance)
    source = tmp_path / f"in{suffix}"
    source.write_bytes(data)
    try:
        picture = read_picture(source)
    except (BadImage, TooLarge):
        # A sound picture: only a TIFF's tags that say how pixels lie may stand in the way.
        assert suffix == ".tif"
        return
    meant = picture.samples.copy()
    meant[2:4, 3:6] = 77
    for kind in (".png", ".tif"):
        encoded = encode_picture(meant, picture, kind)
        out = tmp_path / f"out{kind}"
        out.write_bytes(encoded.data)
        encoded.check(out)
        written = read_picture(out)
        assert written.metadata.xmp is not None and is_marked(written.metadata.xmp)
        assert np.array_equal(written.samples, meant) and written.samples.dtype == meant.dtype
        if meant.dtype == np.uint8:
            with Image.open(out) as image:
                assert np.array_equal(np.asarray(image).reshape(meant.shape), meant)


@pytest.fixture(scope="module")
def shared_engine() -> LocalEngine:
    """One engine in this process, whose models are loaded once."""
    return in_process()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 10))])
def test_real_edits(tmp_path: Path, seed: int, shared_engine: LocalEngine) -> None:
    """The same with the command line and the starter models, into PNG and TIFF: exit code 0, or 2 with one sentence."""
    suffix, data = random_file(random.Random(seed))
    source = tmp_path / f"in{suffix}"
    source.write_bytes(data)
    try:
        size = read_picture(source).size
    except (BadImage, TooLarge):
        size = SMALL
    mask = np.zeros(size[::-1], np.uint8)
    mask[3:7, 3:8] = 255
    Image.fromarray(mask).save(tmp_path / "region.png")
    for kind in (".png", ".tif"):
        out = tmp_path / f"out{kind}"
        arguments = [
            "edit",
            source,
            "--replace",
            "apple",
            "--with",
            "orange",
            "-o",
            out,
            "--seed",
            1,
            "--preset",
            "fast",
            "--strength",
            0.2,
        ]
        options = ["--region", tmp_path / "region.png", "--engine", "never", "--models", "starter"]
        words = [str(argument) for argument in (*arguments, *options)]
        ended = CliRunner().invoke(app, words, obj=lambda device, dtype, threads: shared_engine)
        if ended.exit_code == 0:
            before, after = read_picture(source).samples, read_picture(out).samples
            assert np.array_equal(after[mask == 0], before[mask == 0])
        else:
            assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1), ended.stderr
            assert not out.exists()
