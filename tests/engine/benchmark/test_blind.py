"""What a person says of results: in which order they are asked, what is right, what is kept, what it comes to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from text_replace_engine.lab.benchmark.blind import answers
from text_replace_engine.lab.benchmark.blind.answers import ask_person, with_answers
from text_replace_engine.lab.benchmark.blind.questions import Answer, Question, in_order, is_right, marked, unanswered
from text_replace_engine.lab.benchmark.case import Case
from text_replace_engine.lab.benchmark.results.folder import Folder
from text_replace_engine.lab.benchmark.results.pages import Measured
from text_replace_engine.lab.benchmark.results.rows import Row
from text_replace_engine.lab.benchmark.results.summary import figures
from text_replace_engine.lab.page.asking import AtAddress, Look, OnAnswer
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import UserError

QUESTIONS = [
    Question(f"case-{case}", method, "x", "apple") for case in range(9) for method in ("ours", "theirs", "old")
]


def test_order_is_mixed_and_always_the_same() -> None:
    """The order tells nobody which method it is, every case is seen once before any is seen again, and a run that goes
    on another day goes on in the same order.
    """
    ordered = in_order(QUESTIONS, 1)
    assert ordered == in_order(QUESTIONS, 1) != in_order(QUESTIONS, 2)
    assert sorted(map(str, ordered)) == sorted(map(str, QUESTIONS))
    for turn in range(3):
        seen = ordered[turn * 9 : turn * 9 + 9]
        assert len({question.case for question in seen}) == 9
        assert len({question.method for question in seen}) > 1
    assert in_order([], 1) == []


def test_answers_are_of_the_results_that_were_seen() -> None:
    """A result that was made again is asked about again, and the first answer to a question is the one that counts."""
    said = [Answer("case-0", "ours", "x", "apple"), Answer("case-0", "ours", "x", "pear")]
    said += [Answer("case-1", "ours", "older", "apple"), Answer("case-2", "ours", "x", "")]
    asked = [Question(f"case-{case}", "ours", "x", "apple") for case in range(3)]
    assert unanswered(asked, said) == asked[1:2]
    assert marked(asked, said) == {("case-0", "ours"): True, ("case-2", "ours"): False}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Apples!", "an apple"),
        ("a red aple", "apple"),
        ("strawberries", "strawberry"),
        ("tangerine", "orange"),
        ("apple", "red apple"),
        ("table", "a wooden table"),
        ("tables", "wooden table"),
        ("golden retreiver", "golden retriever"),
        ("a cup", "cup of coffee"),
        ("a pear and an apple", "apple and pear"),
        ("🍎 apple", "apple"),
    ],
)
def test_right_answers(said: str, wanted: str) -> None:
    """An answer is right as a person would mean it: number, article, typing errors and more or fewer words beside the
    noun do not matter.
    """
    assert is_right(said, wanted)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", "apple"),
        ("…", "apple"),
        ("pear", "apple"),
        ("pineapple", "apple"),
        ("apple or pear", "apple"),
        ("apple", "apple and pear"),
        ("coffee", "cup of coffee"),
        ("wood", "wooden table"),
        ("bat", "cat"),
    ],
)
def test_wrong_answers(said: str, wanted: str) -> None:
    """Another thing, half of what was wanted, and a choice of two are no names of it."""
    assert not is_right(said, wanted)


def results(folder: Folder) -> tuple[dict[str, Measured], list[Case]]:
    """Two methods' results of three cases. The second method failed at the last; nobody knows where case 1 is."""
    pixels = np.full((8, 8, 3), 200, np.uint8)
    cases = [Case(f"case-{number}", "pear", "apple", 0, lambda: pixels) for number in range(3)]
    places = {"ours": folder.own, "theirs": folder.compared("theirs")}
    for case in cases:
        paths = [folder.before(case.id), *(place.after(case.id) for place in places.values())]
        paths += [] if case.id == "case-1" else [folder.own.mask(case.id)]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels[:, :, 0] if path.parent.name == "masks" else pixels).save(path)
    rows = {
        "ours": [Row(case.id, "x") for case in cases],
        "theirs": [Row(case.id, "x", failure="why" if case.id == "case-2" else "") for case in cases],
    }
    return {name: Measured(rows[name], place) for name, place in places.items()}, cases


def person(monkeypatch: pytest.MonkeyPatch, patience: int) -> list[Look]:
    """In place of a browser: says “an apple” of one method's results, nothing of the other's, and has enough after some
    answers. Gives what is looked at.
    """
    seen: list[Look] = []

    def answer(looks: list[Look], on_answer: OnAnswer, at_address: AtAddress, cancelled: IsCancelled) -> None:
        for number, look in enumerate(looks[:patience]):
            seen.append(look)
            on_answer(number, "" if "theirs" in look.picture.parts else "an apple")

    monkeypatch.setattr(answers, "ask", answer)
    return seen


def never() -> bool:
    return False


def test_what_is_said_is_kept_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only results are asked about, each once, whether in one go or in two and however the first ended; the share is in
    the tables with Wilson's interval, by method.
    """
    folder = Folder(tmp_path)
    measured, cases = results(folder)
    person(monkeypatch, 1)
    ask_person(measured, cases, folder, print, never)
    with folder.answers.open("ab") as file:
        file.write(b'{"case": "case-2", "me')
    seen = person(monkeypatch, 9)
    ask_person(measured, cases, folder, print, never)
    assert [look.region().shape for look in seen] == [(8, 8)] * 2
    told, metrics = with_answers(measured, cases, folder)
    outcomes = {name: [row.outcome for row in one.rows] for name, one in told.items()}
    found = {figure.method: figure.estimate for figure in figures(outcomes, metrics, {}) if not figure.against}
    assert (found["ours"].value, found["ours"].count, found["theirs"].value, found["theirs"].count) == (1, 2, 0, 1)
    assert found["ours"].low == pytest.approx(0.342, abs=1e-3)


def test_without_answers_nothing_is_added(tmp_path: Path) -> None:
    """Where nobody was asked there is no empty row."""
    measured, cases = results(Folder(tmp_path))
    assert with_answers(measured, cases, Folder(tmp_path)) == (measured, ())


def test_broken_answer_is_named_by_its_line(tmp_path: Path) -> None:
    """A file that somebody edited by hand is not thrown away: the line is named, and what to do."""
    folder = Folder(tmp_path)
    measured, cases = results(folder)
    line = json.dumps({"case": "case-0", "method": "ours", "stamp": "x", "said": "apple"})
    folder.answers.write_text(f"{line}\n{{}}\n")
    with pytest.raises(UserError, match="line 2"):
        with_answers(measured, cases, folder)
