"""What is pointed at: the right pixels, whatever the picture's size, shape and orientation, and whoever asks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from typer.testing import CliRunner

from tests.engine.cli.conftest import noise
from tests.engine.pipeline.stand_ins import Ellipses, FlatPainter, StandInSet
from text_replace_engine.cli import app
from text_replace_engine.finding.finder import Finding
from text_replace_engine.local import LocalEngine
from text_replace_engine.pipeline import Pipeline
from text_replace_engine.serving.server import Server
from text_replace_engine.sets import registry
from text_replace_engine.tensors import from_plane, sample_box
from text_replace_wire import paths
from text_replace_wire.api import ignore, never
from text_replace_wire.building import find_request
from text_replace_wire.errors import CannotPaint
from text_replace_wire.geometry import SEARCH_SIDE, Box, edit_box
from text_replace_wire.link import Link
from text_replace_wire.messages import Find, Found, Stage
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane

#: Landscape, portrait, 1:4, smaller than the copy, 100 megapixels.
_SLOW = [(1600, 900), (800, 3200), (12500, 8000)]
SIZES = [(900, 2000), (90, 60), *(pytest.param(size, marks=pytest.mark.slow) for size in _SLOW)]
#: Where the tests point, as shares of width and height: no two places are mirror images.
PLACE = (0.7, 0.2)


@pytest.fixture(autouse=True)
def ellipses(monkeypatch: pytest.MonkeyPatch) -> StandInSet:
    """The only models: those that find an ellipse in every box."""
    made = StandInSet("ellipses", FlatPainter, outliner=Ellipses())
    monkeypatch.setattr(registry, "model_sets", lambda: {"ellipses": made})
    return made


@dataclass(frozen=True)
class Blank:
    """See `building.Picture`. selected: the part of it that is."""

    size: tuple[int, int]
    selected: Box | None = None

    def read(self, box: Box, size: tuple[int, int]) -> Plane:
        return Plane(*size, 3, bytes(size[0] * size[1] * 3))

    def read_selection(self, box: Box, size: tuple[int, int]) -> Plane | None:
        if self.selected is None:
            return None
        mask = np.zeros((size[1], size[0]), np.uint8)
        part = self.selected.scaled(self.size, size)
        mask[part.y0 : part.y1, part.x0 : part.x1] = 1
        return Plane(*size, 1, mask.tobytes())


def asked(picture: Blank, replace: str = "thing", **more: Any) -> Find:
    return find_request(picture, replace, "ellipses", **more)


def find(request: Find) -> Found:
    return LocalEngine(Pipeline("cpu")).find(request, ignore, never)


def place_in(size: tuple[int, int]) -> tuple[int, int]:
    return int(PLACE[0] * size[0]), int(PLACE[1] * size[1])


def middle_of(mask: NDArray[Any]) -> tuple[float, float]:
    """(x, y), from the outer edges."""
    rows, columns = np.nonzero(mask)
    return columns.mean() + 0.5, rows.mean() + 0.5


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_point_is_at_its_pixel(size: tuple[int, int]) -> None:
    """The mask that an edit gets is centred on the pixel that was pointed at, in the layer's own pixels."""
    x, y = place_in(size)
    (candidate,) = find(asked(Blank(size), points=[(x, y)])).candidates
    copy = max(1.0, max(size) / SEARCH_SIDE)
    reach = round(Ellipses.RADIUS * copy)
    around = Box(x - 2 * reach, y - 2 * reach, x + 2 * reach + 1, y + 2 * reach + 1).clipped(size)
    native = sample_box(from_plane(candidate.mask), size, around)[0, 0].numpy() > 0.5
    middle = middle_of(native)
    assert abs(middle[0] + around.x0 - x - 0.5) <= 0.6 * copy
    assert abs(middle[1] + around.y0 - y - 0.5) <= 0.6 * copy
    assert native.sum() == pytest.approx(np.pi * (Ellipses.RADIUS * copy) ** 2, rel=0.1)


def test_models_say_what_an_edit_sees(ellipses: StandInSet) -> None:
    """Of an object's box and the layer's size they make what clients send; else it is the square of the wire."""
    box, size = Box(700, 300, 800, 360), (1600, 900)
    (candidate,) = find(asked(Blank(size), box=box)).candidates
    assert candidate.edit_box == edit_box(candidate.box, size)
    ellipses.edit_box = lambda object_box, layer: object_box.grown(200).clipped(layer)
    (other,) = find(asked(Blank(size), box=box)).candidates
    assert (other.box, other.edit_box) == (candidate.box, candidate.box.grown(200))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_box_is_where_it_was_drawn(size: tuple[int, int]) -> None:
    """The mask fills the box that was drawn, within a pixel of the copy that is searched."""
    x, y = place_in(size)
    box = Box(x - size[0] // 4, y - size[1] // 10, x + size[0] // 8, y + size[1] // 5)
    (candidate,) = find(asked(Blank(size), box=box)).candidates
    slack = max(1.0, max(size) / SEARCH_SIDE) + 1
    edges = zip((*candidate.box.size, candidate.box.x0, candidate.box.y0), (*box.size, box.x0, box.y0), strict=True)
    assert all(abs(found - drawn) <= 2 * slack for found, drawn in edges)
    assert candidate.area == pytest.approx(np.pi / 4 * box.width * box.height, rel=0.05)


def test_several_points_and_a_box_are_one_object() -> None:
    """All that was pointed at reaches the outliner together."""
    points, box = [(20, 15), (60, 15)], Box(30, 30, 50, 50)
    found = find(asked(Blank((90, 60)), points=points, box=box))
    (candidate,) = found.candidates
    mask = np.frombuffer(candidate.mask.data, np.uint8).reshape(60, 90)
    assert all(mask[y, x] == 255 for x, y in (*points, (40, 40)))
    assert mask[5, 40] == 0
    assert (found.chosen, candidate.rank, candidate.probability, candidate.presence) == ((0,), 0, 1.0, 1.0)


@pytest.mark.slow
def test_the_selection_limits_it() -> None:
    """Nothing outside the selection is found; where that leaves nothing, one sentence says so."""
    picture = Blank((90, 60), Box(0, 0, 45, 60))
    (candidate,) = find(asked(picture, points=[(44, 20)])).candidates
    assert candidate.box.x1 == 45 and candidate.box.width < 2 * Ellipses.RADIUS
    for pointed in (dict[str, Any](points=[(80, 20)]), dict[str, Any](box=Box(60, 10, 80, 30))):
        found = find(asked(picture, **pointed))
        assert (found.candidates, found.chosen) == ((), ())
        assert "nothing to tell apart" in found.explanation and "selection" in found.explanation


class _Asked:
    """See `finder.Finder`. Nobody may ask it."""

    def find(self, image: Tensor, visible: NDArray[np.bool_], phrase: str) -> Generator[Stage, None, Finding]:
        raise AssertionError(phrase)


def test_what_is_typed_is_only_a_name(ellipses: StandInSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network hears of the object's name; what shall be painted is checked as always."""

    def check(with_: str, painting: Painting) -> None:
        raise CannotPaint(with_)

    monkeypatch.setattr("tests.engine.pipeline.stand_ins.Blind", _Asked)
    monkeypatch.setattr(ellipses, "reading", lambda prompt: pytest.fail(prompt))
    (candidate,) = find(asked(Blank((90, 60)), "  grandma’s\nvase ", points=[(44, 20)])).candidates
    assert candidate.label == "grandma’s vase"
    monkeypatch.setattr(ellipses, "check", check)
    with pytest.raises(CannotPaint, match="unicorn"):
        find(asked(Blank((90, 60)), "vase", with_="unicorn", points=[(44, 20)]))


def command(*arguments: object) -> Any:
    """`text-replace` with an engine of its own; how it ended."""
    all_ = [*map(str, arguments), "--engine", "never", "--models", "ellipses"]
    return CliRunner().invoke(app, all_, obj=lambda device, dtype, threads: LocalEngine(Pipeline("cpu")))


@pytest.mark.slow
@pytest.mark.parametrize("orientation", [3, 6])
def test_places_are_in_the_picture_as_it_is_seen(orientation: int, tmp_path: Path) -> None:
    """With EXIF orientation the pixels that --point and --box count are those of OUT, which is turned."""
    picture = noise(3, (90, 60))
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "in.png", exif=exif)
    words = ["edit", tmp_path / "in.png", "--replace", "vase", "--with", "rose", "-o", tmp_path / "out.png"]
    files = ["--object-mask", tmp_path / "mask.png", "--json", tmp_path / "r.json"]
    for pointed, middle in ((["--point", "40,22"], (40.5, 22.5)), (["--box", "30,10,50,40"], (40.0, 25.0))):
        ended = command(*words, *files, *pointed)
        assert ended.exit_code == 0, ended.output
        mask = np.asarray(Image.open(tmp_path / "mask.png"))
        assert mask.shape == ((60, 90) if orientation < 5 else (90, 60))
        assert middle_of(mask > 127) == pytest.approx(middle, abs=0.1)
    written = json.loads((tmp_path / "r.json").read_text())
    assert (written["points"], written["box"], written["chosen"]) == ([], [30, 10, 50, 40], [0])


@pytest.mark.slow
def test_over_the_wire_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running engine answers with the same candidate as one in this process."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))
    requests: Sequence[Find] = (
        asked(Blank((1600, 900)), points=[(1100, 180), (1000, 300)]),
        asked(Blank((1600, 900)), box=Box(1000, 100, 1300, 200)),
    )
    server = Server(lambda: LocalEngine(Pipeline("cpu")), 3600)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not paths.endpoint_file().exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with Link.connect() as link:
            answers = [link.find(request, ignore, never) for request in requests]
    finally:
        server.stop()
        thread.join(30)
    for request, answer in zip(requests, answers, strict=True):
        own = find(request)
        assert answer.candidates == own.candidates and answer.chosen == own.chosen == (0,)
