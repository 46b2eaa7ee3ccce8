"""What a person says of an evaluation's results: asked, kept, and put beside what was measured of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from text_replace_engine.lab.benchmark.blind.questions import NAMED, Answer, Question, in_order, marked, unanswered
from text_replace_engine.lab.benchmark.case import Case, Pixels
from text_replace_engine.lab.benchmark.files import read_mask
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.folder import Folder
from text_replace_engine.lab.benchmark.results.pages import Measured
from text_replace_engine.lab.benchmark.results.rows import Row
from text_replace_engine.lab.page.asking import AtAddress, Look, ask
from text_replace_engine.lines import append_line, end_with_whole_line, whole_lines
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import UserError

_SEED = 0

Results = Mapping[str, Measured]


def ask_person(
    results: Results, cases: Sequence[Case], folder: Folder, at_address: AtAddress, cancelled: IsCancelled
) -> None:
    """Ask about all results that nobody has answered yet; see `asking.ask`. What is said is on disk at once.

    Raises UserError where the file of answers holds something else, and OSError.
    """
    if folder.answers.exists():
        end_with_whole_line(folder.answers)
    looks = _looks(results, cases, folder)
    questions = unanswered(in_order(list(looks), _SEED), _read(folder.answers))

    def keep(number: int, said: str) -> None:
        question = questions[number]
        append_line(folder.answers, asdict(Answer(question.case, question.method, question.stamp, said)))

    if questions:
        ask([looks[question] for question in questions], keep, at_address, cancelled)


def with_answers(
    results: Results, cases: Sequence[Case], folder: Folder
) -> tuple[dict[str, Measured], tuple[Metric, ...]]:
    """The results with a value of NAMED where somebody has said what one shows, and the metrics which that adds: none
    where nobody has. Raises as `ask_person`.
    """
    right = marked(_looks(results, cases, folder), _read(folder.answers))

    def marked_row(row: Row, method: str) -> Row:
        mark = right.get((row.id, method))
        return row if mark is None else replace(row, values={**row.values, NAMED.key: float(mark)})

    told = {method: replace(one, rows=[marked_row(row, method) for row in one.rows]) for method, one in results.items()}
    return told, (NAMED,) if right else ()


def _looks(results: Results, cases: Sequence[Case], folder: Folder) -> dict[Question, Look]:
    """Of every result there is; of a case of which nobody knows where its object is there is none. All of a case have
    the same outline, which tells none from another.
    """
    looks = {}
    rows = {(row.id, method): row for method, one in results.items() for row in one.rows}
    for case in cases:
        masks = [one.pictures.mask(case.id) for one in results.values()]
        mask = next((path for path in masks if path.is_file()), None)
        region: Callable[[], Pixels] | None = case.reference
        if mask is not None:
            region = partial(read_mask, mask, folder.before(case.id))
        for method, one in results.items():
            row = rows[case.id, method]
            if region is not None and not row.failure:
                question = Question(case.id, method, row.asked, case.with_)
                looks[question] = Look(one.pictures.after(case.id), region)
    return looks


def _read(path: Path) -> list[Answer]:
    answers = []
    for number, line in enumerate(whole_lines(path) if path.exists() else [], 1):
        try:
            answer = Answer(**json.loads(line))
            if not all(isinstance(text, str) for text in asdict(answer).values()):
                raise TypeError(answer)
            answers.append(answer)
        except (ValueError, TypeError, RecursionError) as error:
            raise UserError(
                f"“{path}”, line {number}, is no answer to a question: delete the line, and it is asked again."
            ) from error
    return answers
