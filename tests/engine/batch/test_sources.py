"""Folders, CSV and JSON Lines: what is asked of each picture of a batch, and what is said of an entry that asks
nothing that can be done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from text_replace_engine.batch.job import Broken, Job
from text_replace_engine.batch.sources.asked import Asked
from text_replace_engine.batch.sources.names import OWN, named, options_in
from text_replace_engine.batch.sources.registry import source_of
from text_replace_engine.cli import app
from text_replace_engine.client.pointing import Pointed
from text_replace_engine.client.wanted import Wanted
from text_replace_engine.identifiers import is_id
from text_replace_wire.choosing import Select
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.options import MAX_SEED
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import Pair

APPLE = {"picture": "a.png", "replace": "apple", "with": "pear"}
WORDS = {"replace": ["apple"], "with": ["pear"]}
#: Of the whole batch, or files of one edit.
NOT_IN_ROWS = {"source", "out", "mask", "object_mask", "models", "engine", "device", "dtype", "json"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that are called as pictures are; nobody looks into them."""
    for name in ("a.png", "b.JPG", "mask.png"):
        (tmp_path / name).touch()
    return tmp_path


def _jobs(folder: Path, text: str | bytes, name: str = "t.csv", asked: Mapping[str, Any] = {}) -> list[Job | Broken]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(source_of(path, Asked(asked)).jobs)


def _wanted(jobs: Sequence[Job | Broken]) -> list[Wanted]:
    assert all(isinstance(job, Job) for job in jobs), jobs
    return [job.wanted for job in jobs if isinstance(job, Job)]


def _of_line(folder: Path, fields: Mapping[str, Any], asked: Mapping[str, Any] = {}) -> Wanted:
    (wanted,) = _wanted(_jobs(folder, json.dumps(fields), "t.jsonl", asked))
    return wanted


def test_a_line_says_all_that_edit_can_be_asked(folder: Path) -> None:
    """Every option arrives, in the types of JSON, and files are named from the file's folder."""
    said = {
        **APPLE,
        "seed": 5,
        "page": 2,
        "where": "mask.png",
        "point": [[1, 2], [3, 4]],
        "box": [0, 0, 9, 9],
        "preset": "fast",
        "grow": 2.5,
        "feather": 0,
        "keep-at": 3,
        "remnants": False,
        "no-mark": True,
        "lambda-clip": 10,
        "strength": 0.5,
    }
    painting = Painting("fast", 2.5, 0, 3, {"lambda_clip": 10, "strength": 0.5}, remnants=False)
    assert _of_line(folder, said) == Wanted(
        folder / "a.png",
        (Pair("apple", "pear"),),
        5,
        where=folder / "mask.png",
        page=2,
        pointed=Pointed(((1, 2), (3, 4)), Box(0, 0, 9, 9)),
        painting=painting,
        mark=False,
    )
    others = _of_line(folder, {**APPLE, "pick": [0, 2], "select": "paper", "with": None, "remove": True})
    assert (others.picked, others.select, others.painting.remove) == ((0, 2), Select.PAPER, True)
    assert _of_line(folder, {**APPLE, "region": "mask.png"}).region == folder / "mask.png"


def test_a_table_of_a_spreadsheet_is_read(folder: Path) -> None:
    """A mark at its beginning, semicolons, commas in numbers, names in capitals, line breaks in cells, rows and lines
    that are empty: none of it is a mistake, and an empty cell says nothing.
    """
    table = (
        "\ufeffPicture;Replace;With;Seed;Strength;Point;Refine;Category\r\n"
        '\r\na.png;"apple\r\ndog";"pear\r\ncat";;0,5;;;"fruit\r\npet"\r\n;;;;;;;\r\n'
        'b.JPG;apple;"a pear\r\nwith leaves";7;;"1,2\n3,4";FALSE;\r\n'
    )
    jobs = _jobs(folder, table)
    first, second = _wanted(jobs)
    assert first.pairs == (Pair("apple", "pear"), Pair("dog", "cat"))
    assert first.painting.options == {"strength": 0.5} and not first.pointed
    assert second.pairs == (Pair("apple", "a pear with leaves"),) and second.seed == 7
    assert second.pointed.points == ((1, 2), (3, 4)) and second.painting.options == {"refine": False}
    said = [(job.place, job.categories) for job in jobs if isinstance(job, Job)]
    assert said == [("“t.csv”, line 3", ("fruit", "pet")), ("“t.csv”, line 8", ("pear with leaves",))]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_tables_have_other_delimiters_too(folder: Path, delimiter: str) -> None:
    """Which one it is says the first line; a comma in quotes is text, also where a space is before them."""
    rows = (["picture", "replace", "with", "negative_prompt"], ["a.png", "apple", ' "pear, red"', "7"])
    (wanted,) = _wanted(_jobs(folder, "\n".join(delimiter.join(row) for row in rows)))
    assert wanted.pairs == (Pair("apple", "pear, red"),) and wanted.painting.options == {"negative_prompt": "7"}


def test_what_a_row_leaves_out_is_as_the_command_line_has_it(folder: Path) -> None:
    """Words, too; a row that removes puts nothing, whatever the others are replaced by, and one with words of its own
    removes nothing. An option of the command line that was not given says nothing.
    """
    asked = {**WORDS, "preset": "fast", "category": "fruit", **options_in(["Steps=10", "no-mark=True"])}
    jobs = _jobs(folder, "picture,with,remove,steps\na.png,,,\nb.JPG,egg,,5\nmask.png,,true,\n", asked=asked)
    plain, egg, removed = _wanted(jobs)
    assert plain.pairs == (Pair("apple", "pear"),) and egg.pairs == (Pair("apple", "egg"),)
    assert [each.painting.options["steps"] for each in (plain, egg)] == [10, 5]
    assert removed.pairs == (Pair("apple"),) and removed.painting.remove and not removed.mark
    assert [job.categories for job in jobs if isinstance(job, Job)] == [("fruit",), ("fruit",), ("",)]
    removing = {"replace": ["apple"], "with": [], "category": None, **options_in(["remove=true"])}
    plain, pear = _wanted(_jobs(folder, "picture,with\na.png,\nb.JPG,pear", asked=removing))
    assert plain.painting.remove and pear.pairs == (Pair("apple", "pear"),) and not pear.painting.remove


def test_a_detector_is_told_the_new_objects_words(folder: Path) -> None:
    """Without a category of its own, and without what changes nothing: “An Orange” and “orange” are one kind."""
    pairs = {"picture": "a.png", "replace": ["apple", "dog"], "with": ["An Orange", "cat"]}
    lines = [pairs, {**pairs, "category": ["fruit", "pet"]}, {**pairs, "category": "thing"}]
    jobs = _jobs(folder, "\n".join(map(json.dumps, lines)), "t.jsonl")
    assert [job.categories for job in jobs if isinstance(job, Job)] == [
        ("orange", "cat"),
        ("fruit", "pet"),
        ("thing", "thing"),
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("{", "this is no JSON"),
        ({"replace": "apple"}, "“picture” is missing"),
        ({"picture": "a.png", "with": "pear"}, "“replace” is missing"),
        ({"picture": "a.png", "replace": "apple"}, "“with” is missing"),
        ({**APPLE, "picture": "none.png"}, "there is no file “none.png”"),
        ({**APPLE, "picture": "in\\none.png"}, "there is no file “in\\none.png”: write “/” between folders"),
        ({**APPLE, "picture": "n" * 300}, "the file “nnn"),
        ({**APPLE, "picture": 3}, "“picture” is no text"),
        ({**APPLE, "where": "none.png"}, "there is no file “none.png”"),
        ({**APPLE, "with": " "}, "“With” is empty"),
        ({**APPLE, "with": 3}, "“with” is no text"),
        ({**APPLE, "with": ["pear", "egg"], "replace": ["apple"]}, "There are 1 --replace and 2 --with"),
        ({**APPLE, "with": ["pear"] * 9, "replace": ["apple"] * 9}, "9 objects are too many"),
        ({**APPLE, "remove": True}, "--remove puts nothing"),
        ({**APPLE, "remove": "yes"}, "“remove” is “yes”: write true or false"),
        ({**APPLE, "seed": MAX_SEED + 1}, "“seed” is “2147483648”: write a whole number from 0 to 2147483647"),
        ({**APPLE, "seed": True}, "“seed” is “True”"),
        ({**APPLE, "seed": float("nan")}, "“seed” is “nan”"),
        ({**APPLE, "page": 0}, "“page” is “0”"),
        ({**APPLE, "keep_at": 1.5}, "“keep_at” is “1.5”"),
        ({**APPLE, "grow": "much"}, "The growth is “much”"),
        ({**APPLE, "grow": 10**400}, "The growth is 1000"),
        ({**APPLE, "refine": "a\nlittle"}, "The refinement is a little; it must be true or false"),
        ({**APPLE, "pick": "first"}, "--pick “first” is not a list of ranks"),
        ({**APPLE, "point": [1, "2"]}, "--point “1” is not a place"),
        ({**APPLE, "box": {"x": 1}}, "“box” is “{'x': 1}”"),
        ({**APPLE, "box": "1,2,3"}, "--box “1,2,3” is not a box"),
        ({**APPLE, "select": "best"}, "there is no select “best”"),
        ({**APPLE, "category": ["a", "b"]}, "“category” has 2 names for 1"),
        ({**APPLE, "category": " "}, "“category” is empty"),
        ({**APPLE, "region": "mask.png", "point": "1,2"}, "--point and --box say where the object is"),
        ({**APPLE, "strength": "much"}, "The strength is “much”"),
        ({**APPLE, "refine": 1}, "The refinement is 1; it must be true or false"),
        ({**APPLE, "steps": [1]}, "The value of “steps” is neither a number nor a short text"),
        ({**APPLE, "maks": "mask.png"}, "there is no “maks” here"),
        ({**APPLE, "Seed": 1, "seed": 2}, "“seed” is there twice"),
        ({**APPLE, "models": "full"}, "“models” is of the whole batch"),
        ({**APPLE, "id": "../a"}, "the id “../a” is no name for files"),
        ({**APPLE, "id": "A"}, "the id “A” is that of line 1"),
        (APPLE, "this is line 3 again"),
    ],
)
def test_a_broken_line_is_told_by_its_number_and_the_others_go_on(folder: Path, said: object, sentence: str) -> None:
    """Whoever wrote the file finds the line, and what to do about it."""
    line = said if isinstance(said, str) else json.dumps(said)
    first, _, third = json.dumps({**APPLE, "id": "a"}), line, json.dumps(APPLE)
    lines = (first, "", third, line) if said is APPLE else (first, "", line, third)
    jobs = _jobs(folder, "\n".join(lines), "t.jsonl")
    (broken,) = (job for job in jobs if isinstance(job, Broken))
    assert len(jobs) == 3
    number = 4 if said is APPLE else 3
    assert broken.why.startswith(f"“t.jsonl”, line {number}: {sentence}") and broken.why.endswith(".")


def test_a_broken_entry_keeps_its_id(folder: Path) -> None:
    """Whoever looks for it in the manifest finds it; an entry that has no id of its own yet has file and line."""
    lines = ({**APPLE, "id": "mine", "seed": -1}, {**APPLE, "grow": -1}, {"picture": "none.png"})
    jobs = _jobs(folder, "\n".join(map(json.dumps, lines)), "t.jsonl")
    assert [job.id for job in jobs if isinstance(job, Broken)] == ["mine", "a", "t.jsonl:3"]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "“t.csv”, line 1: the file is empty"),
        (
            "picture,repalce\na.png,apple",
            "“t.csv”, line 1, which names the columns: there is no “repalce” here: leave it out, or use picture, rep",
        ),
        ("\npicture,Seed,seed\na.png,1,2", "“t.csv”, line 2, which names the columns: “seed” is there twice"),
        ('picture,replace\na.png,apple\na.png,"dog\n', "“t.csv”, line 3: this row's quotes do not match"),
        ("picture,replace\n\xe4.png,apple".encode("latin-1"), "“t.csv”, line 2: this is not UTF-8"),
        ("picture,replace\n", "names no picture"),
    ],
)
def test_a_table_that_is_none_is_refused_as_a_whole(folder: Path, table: str | bytes, sentence: str) -> None:
    """Rows cannot be told apart, or none would be what was meant."""
    with pytest.raises(UserError) as refused:
        _jobs(folder, table, asked=WORDS)
    assert sentence in str(refused.value)


def test_a_cell_without_a_column_is_no_picture_of_its_own(folder: Path) -> None:
    """A comma that should have been in quotes would move everything behind it."""
    whole, broken = _jobs(folder, "picture,replace,with\na.png,apple,pear,,\na.png,apple,red, round pear\n")
    assert isinstance(whole, Job) and isinstance(broken, Broken)
    assert broken.why.startswith("“t.csv”, line 3: the cell “round pear” is in no column that has a name")


def test_a_folder_has_its_pictures_in_order(folder: Path) -> None:
    """Not what is in folders inside, hidden files, and other files; it says how many of these there were, and of what
    kind: photographs of a telephone may be among them.
    """
    for name in (".hidden.png", "notes.txt", "IMG_1.HEIC", "README", "Äpfel 1.webp"):
        (folder / name).touch()
    (folder / "inside.png").mkdir()
    source = source_of(folder, Asked(WORDS))
    assert [wanted.source.name for wanted in _wanted(source.jobs)] == ["a.png", "b.JPG", "mask.png", "Äpfel 1.webp"]
    assert [job.id for job in source.jobs][:3] == ["a", "b", "mask"] and all(is_id(job.id) for job in source.jobs)
    assert list(source.notes) == [
        f"Left out: 1 folder in “{folder}” (each can be an INPUT of its own).",
        f"Left out: 3 other files in “{folder}” (.heic, .txt).",
    ]
    with pytest.raises(UserError, match="“replace” is missing"):
        assert source_of(folder, Asked({})).jobs
    with pytest.raises(UserError, match="There is no picture"):
        assert source_of(folder / "inside.png", Asked(WORDS)).jobs


def test_a_picture_that_is_added_changes_no_other(folder: Path) -> None:
    """Ids and seeds go by the picture's own entry: a run that goes on after rows were added makes nothing again."""
    rows = [APPLE, {**APPLE, "with": "egg"}, {**APPLE, "picture": "b.JPG"}]

    def asked(rows: Sequence[Mapping[str, Any]], seed: int = 0) -> dict[str, int]:
        path = folder / "t.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        jobs = source_of(path, Asked({}, seed=seed)).jobs
        return {job.id: job.wanted.seed for job in jobs if isinstance(job, Job)}

    before, added = asked(rows), {**APPLE, "with": "dog"}
    assert len(before) == 3 and {"a", "b"} < set(before)
    for more in ([*rows, added], [rows[0], added, *rows[1:]]):
        after = asked(more)
        assert len(after) == 4 and before.items() < after.items()
    assert len({*before.values()}) == 3 and all(0 <= seed <= MAX_SEED for seed in asked(rows, MAX_SEED).values())
    assert asked(rows, 1)["a"] == before["a"] + 1


def test_names_are_the_options_of_edit() -> None:
    """Every option of `text-replace edit` can be in a row, but those of the whole batch and further files."""
    parameters = typer.main.get_command(app).commands["edit"].params  # type: ignore[attr-defined]
    known = {parameter.name.rstrip("_") for parameter in parameters} - NOT_IN_ROWS
    assert set(named((name, None) for name in known)) == known
    assert set(OWN) - known == {"picture", "id", "category"}


@pytest.mark.parametrize("option", ["id=a", "point=1,2"])
def test_what_is_of_one_picture_is_not_asked_of_all(option: str) -> None:
    """The same id or place for each of a thousand pictures is a mistake."""
    with pytest.raises(UserError, match="is of one picture"):
        Asked(options_in([option]))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none.csv", r"There is no “.*none\.csv”: check the name"),
        ("none", r"There is no “.*none”: check the name"),
        ("a.png", r"neither a folder with pictures nor a file that ends in \.csv.*: save a table as CSV; a single"),
    ],
)
def test_what_is_no_input_is_refused(folder: Path, name: str, sentence: str) -> None:
    """One sentence says whether it is not there, or what it may be."""
    with pytest.raises(UserError, match=sentence):
        source_of(folder / name, Asked(WORDS))
