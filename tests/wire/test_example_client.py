"""The example for other editors works, and stays as small as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.plugin import fake_engine
from tests.plugin.fake_engine import NEW_COLOUR, REGION
from tests.wire import example_client
from text_replace_wire.endpoint import Endpoint
from text_replace_wire.messages import Find, Found

WIDTH, HEIGHT = 40, 24
CLONE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("kind", "channels"), [("P6", 3), ("P5", 1)])
def test_an_object_is_replaced_in_a_file(kind: str, channels: int, home: Path, tmp_path: Path) -> None:
    """The new colour is blended by the edit region; outside its box no byte changes."""
    data = bytes(pixel % 251 for pixel in range(WIDTH * HEIGHT * channels))
    source, target = tmp_path / "in.ppm", tmp_path / "out.ppm"
    source.write_bytes(f"{kind}\n# a comment\n{WIDTH} {HEIGHT}\n255\n".encode() + data)
    with fake_engine.running() as engine:
        command = [sys.executable, "-m", "tests.wire.example_client", str(source), "apple", "orange", str(target)]
        paths = f"{CLONE}:{CLONE / 'plugin' / 'text-replace'}"
        done = subprocess.run(command, env={"PYTHONPATH": paths, "TEXT_REPLACE_HOME": str(home)}, capture_output=True)
    assert done.returncode == 0, done.stderr
    before, after = example_client.read(source), example_client.read(target)
    (find,) = [message for message in engine.seen if isinstance(message, Find)]
    box = fake_engine.found_middle(find).candidates[0].edit_box
    for place, (old, new) in enumerate(zip(before.data, after.data, strict=True)):
        y, x = divmod(place // channels, WIDTH)
        inside = box.x0 <= x < box.x1 and box.y0 <= y < box.y1
        assert new == (round((old * (255 - REGION) + NEW_COLOUR * REGION) / 255) if inside else old)


def test_what_goes_wrong_is_a_sentence(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine's words and the exit code of the command line; no file is written."""
    source, target = tmp_path / "in.pgm", tmp_path / "out.pgm"
    source.write_bytes(b"P5 2 2 255\n\0\1\2\3")
    with fake_engine.running(find=lambda request: Found((), (), "I looked for “apple” and saw nothing.")):
        assert example_client.main(str(source), "apple", "orange", str(target)) == 3
    assert capsys.readouterr().err.endswith("I looked for “apple” and saw nothing.\n") and not target.exists()
    source.write_bytes(b"P3 1 1 255\n0 0 0")
    assert example_client.main(str(source), "apple", "orange", str(target)) == 2


def test_it_is_short() -> None:
    """At most 100 lines: what takes more belongs into the wire."""
    assert len(Path(example_client.__file__).read_text(encoding="utf-8").splitlines()) <= 100


@pytest.mark.thorough
@pytest.mark.slow
def test_with_the_real_engine(engine: Endpoint, state_folder: Path, tmp_path: Path) -> None:
    """The starter models find the sample's apple and paint over it; the rest of the picture keeps its bytes."""
    source, target = tmp_path / "in.ppm", tmp_path / "out.ppm"
    Image.open(CLONE / "install" / "sample" / "sample.png").convert("RGB").save(source)
    command = [sys.executable, "-m", "tests.wire.example_client", str(source), "apple", "orange", str(target)]
    paths = f"{CLONE}:{CLONE / 'plugin' / 'text-replace'}"
    environment = {"PYTHONPATH": paths, "TEXT_REPLACE_HOME": str(state_folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "edit 25/25" in done.stderr, done.stderr
    before, after = (np.asarray(Image.open(path)).astype(int) for path in (source, target))
    changed = (before != after).any(2)
    rows, columns = np.nonzero(changed)
    # Around the apple, and nowhere else.
    assert 150 < columns.mean() < 270 and 320 < rows.mean() < 440 and 0.02 < changed.mean() < 0.25
