"""Other tools' folders of pictures, and earlier evaluations', as methods beside our own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.benchmark.squares import WIDE, edited, made, scene
from text_replace_engine.lab.benchmark.case import Case, Pixels
from text_replace_engine.lab.benchmark.methods.comparing import Compared, comparisons, how_they_fit
from text_replace_engine.lab.benchmark.metric import Better, Metric
from text_replace_engine.lab.benchmark.results.folder import Folder
from text_replace_engine.lab.benchmark.results.rows import Row, Rows
from text_replace_wire.api import never
from text_replace_wire.errors import BadImage, NotFound, UserError

pytestmark = pytest.mark.slow

METRICS = (Metric("seconds", "time", Better.LOWER, "s"), Metric("unpasted_lpips", "LPIPS", Better.LOWER, note="By A."))


def case(identifier: str, stem: str = "", seed: int = 1) -> Case:
    return Case(identifier, "apple", "cat", 1, partial(scene, WIDE, seed), stem=stem)


def save(pixels: Pixels, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def other(folder: Path, *cases: Case) -> Compared:
    return Compared("other", folder, cases, METRICS)


def test_picture_is_found_by_id_or_by_its_own_name(tmp_path: Path) -> None:
    """People name results after cases or leave the picture's name as it was, with any ending that is read."""
    save(edited(scene(WIDE)), tmp_path / "first.png")
    save(edited(scene(WIDE, 2)), tmp_path / "beach.WebP")
    (tmp_path / "first.txt").write_text("what was typed")
    cases = case("first", "garden"), case("0002", "beach", 2)
    method = other(tmp_path, *cases)
    results = [method.result(each, each.read(), never) for each in cases]
    assert (results[0].after == edited(scene(WIDE))).all()
    assert [result.report["file"] for result in results] == ["first.png", "beach.WebP"]
    assert results[0].region is None and results[0].seconds is None


def test_one_picture_in_several_cases_needs_ids(tmp_path: Path) -> None:
    """Two edits of one picture have two results: its own name would be the same file for both."""
    save(edited(scene(WIDE)), tmp_path / "garden.png")
    cases = case("1", "garden"), case("2", "garden")
    with pytest.raises(UserError, match="“1.png”"):
        other(tmp_path, *cases).result(cases[0], scene(WIDE), never)


def test_what_is_missing_double_or_wrong_is_one_sentence(tmp_path: Path) -> None:
    """Each with the file and the case, so that it can be put right."""
    one = case("1", "garden")
    with pytest.raises(UserError, match="no picture for case “1”: put “1.png” or “garden.png” there"):
        other(tmp_path, one).result(one, one.read(), never)
    (tmp_path / "1.jpg").write_bytes(b"no picture")
    with pytest.raises(BadImage, match="1.jpg"):
        other(tmp_path, one).result(one, one.read(), never)
    save(scene(WIDE, 9), tmp_path / "1.png")
    with pytest.raises(UserError, match="several pictures for case “1”"):
        other(tmp_path, one).result(one, one.read(), never)
    (tmp_path / "1.jpg").unlink()
    with pytest.raises(UserError, match="1.png” does not show the picture of case “1”"):
        other(tmp_path, one).result(one, one.read(), never)


def test_square_comes_back_with_where_it_was(tmp_path: Path) -> None:
    """A crop covers a part, which the report tells; the reference decides what is background."""
    one = Case("1", "apple", "cat", 1, partial(scene, WIDE), lambda: np.where(np.eye(60, 96) > 0, 255, 0))
    save(made(edited(scene(WIDE)), "cropped", 128, 0.0), tmp_path / "1.png")
    result = other(tmp_path, one).result(one, one.read(), never)
    assert result.after.shape == (60, 96, 3)
    assert result.covers is not None and result.covers.size == (60, 60)
    assert result.report["how"] == "cropped"
    assert how_they_fit([result.report, {"how": "scaled"}, {"how": "scaled"}, {}]).startswith("2 scaled, 1 cropped;")


def test_changed_file_is_measured_again(tmp_path: Path) -> None:
    """The stamp is of the bytes: another picture under the same name is another result."""
    one = case("1")
    save(scene(WIDE), tmp_path / "1.png")
    before = other(tmp_path, one).stamp(one)
    assert before == other(tmp_path, one).stamp(one)
    save(edited(scene(WIDE)), tmp_path / "1.png")
    assert before != other(tmp_path, one).stamp(one)


def test_an_evaluation_brings_what_its_pictures_do_not_show(tmp_path: Path) -> None:
    """Time, and the painting before the paste, as its rows have them: but not what another network measured. Its masks
    say where it painted; what it did not find, it does not find here; what it has not, it is to be asked for.
    """
    out = Folder(tmp_path)
    rows = Rows(out.rows, {"metrics": {"seconds": "", "unpasted_lpips": "By another."}})
    rows.add(Row("1", "", {"seconds": 3.5, "unpasted_lpips": 0.5}))
    rows.add(Row("2", "", failure="There is no apple.", kind=NotFound.kind))
    rows.add(Row("3", "", failure="Its file is damaged.", kind=BadImage.kind))
    save(edited(scene(WIDE)), out.own.after("1"))
    save(np.full((60, 96), 255, np.uint8), out.own.mask("1"))
    cases = case("1"), case("2"), case("3"), case("4")
    method = other(tmp_path, *cases)
    with pytest.raises(UserError, match="no result for case “4”: go on with the evaluation"):
        method.result(cases[3], scene(WIDE), never)
    result = method.result(cases[0], scene(WIDE), never)
    assert result.known == {"seconds": 3.5}
    assert result.region is not None and result.region.all()
    with pytest.raises(NotFound, match="There is no apple."):
        method.result(cases[1], scene(WIDE), never)
    with pytest.raises(UserError, match="Its file is damaged."):
        method.result(cases[2], scene(WIDE), never)
    stamp = method.stamp(cases[0])
    rows.add(Row("1", "", {"seconds": 4.0}))
    assert other(tmp_path, *cases).stamp(cases[0]) != stamp


def test_rows_of_something_else_are_refused(tmp_path: Path) -> None:
    """A file of the same name and beginning, as older ablations wrote."""
    Rows(Folder(tmp_path).rows, {"metrics": ["clip_part"]})
    with pytest.raises(UserError, match="no results of an evaluation"):
        other(tmp_path, case("1"))


@pytest.mark.parametrize("argument", ["folder", "=folder", "name=", "a/b=.", "standard=.", "same=."])
def test_what_is_no_name_and_folder_is_refused(tmp_path: Path, argument: str) -> None:
    """Before anything is painted: no name, one that no folder can have, or that another method has."""
    with pytest.raises(UserError, match="--compare"):
        comparisons([f"same={tmp_path}", argument], "standard", [case("1")], METRICS)
    with pytest.raises(UserError, match="there is no folder"):
        comparisons([f"x={tmp_path / 'nowhere'}"], "standard", [case("1")], METRICS)
    assert [one.name for one in comparisons([f"a={tmp_path}", f"b={tmp_path}"], "standard", [], METRICS)] == ["a", "b"]


def test_an_evaluation_of_other_cases_is_not_mistaken_for_one_of_these(tmp_path: Path) -> None:
    """Under the same id another edit may have been asked for, or the picture had another size: then its words are told,
    and its mask says nothing.
    """
    out = Folder(tmp_path)
    rows = Rows(out.rows, {"metrics": {}})
    rows.add(Row("1", "", report={"replace": "apple", "with": "dog"}))
    rows.add(Row("2", "", report={"replace": "apple", "with": "cat"}))
    for identifier in ("1", "2"):
        twice = Image.fromarray(scene(WIDE)).resize((192, 120))
        save(np.asarray(twice), out.own.after(identifier))
        save(np.full((120, 192), 255, np.uint8), out.own.mask(identifier))
    method = other(tmp_path, case("1"), case("2"))
    with pytest.raises(UserError, match="“apple” → “dog”"):
        method.result(case("1"), scene(WIDE), never)
    result = method.result(case("2"), scene(WIDE), never)
    assert result.region is None and result.after.shape == (60, 96, 3)
