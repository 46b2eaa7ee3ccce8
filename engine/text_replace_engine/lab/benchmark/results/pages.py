"""What an evaluation's rows come to, as a page to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from text_replace_engine.lab.benchmark.case import Broken, Case
from text_replace_engine.lab.benchmark.metric import Metric
from text_replace_engine.lab.benchmark.results.folder import Folder, Pictures
from text_replace_engine.lab.benchmark.results.rows import Row
from text_replace_engine.lab.page.document import Document, Shown, Table


@dataclass(frozen=True)
class Measured:
    """One method's rows, one for each entry in their order, and its pictures."""

    rows: Sequence[Row]
    pictures: Pictures


def document(
    title: str,
    facts: Mapping[str, str],
    tables: Sequence[Table],
    entries: Sequence[Case | Broken],
    metrics: Sequence[Metric],
    measured: Mapping[str, Measured],
    folder: Folder,
) -> Document:
    """measured: by the method's name; masks are shown of the first of them. Entries that cannot be asked, or whose
    picture cannot be read, are in a table of their own.
    """
    first, *_ = measured.values()
    shown: list[Shown] = []
    unread: list[tuple[str, str]] = []
    for number, entry in enumerate(entries):
        if isinstance(entry, Case) and folder.before(entry.id).is_file():
            rows = {name: (one.rows[number], one.pictures) for name, one in measured.items()}
            shown.append(_shown(entry, rows, metrics, folder))
        else:
            unread.append((entry.id, first.rows[number].failure))
    lost = [Table("Could not be asked", ("", "why"), tuple(unread), prose=True)] if unread else []
    return Document(title, tuple(facts.items()), (*tables, *lost), cases=tuple(shown))


def _shown(case: Case, rows: Mapping[str, tuple[Row, Pictures]], metrics: Sequence[Metric], folder: Folder) -> Shown:
    (_, first), *_ = rows.values()
    mask = first.mask(case.id)
    return Shown(
        id=case.id,
        caption=f"{case.replace} → {case.with_}",
        before=folder.before(case.id),
        mask=mask if mask.is_file() else None,
        after={name: pictures.after(case.id) for name, (row, pictures) in rows.items() if not row.failure},
        values={
            name: {metric.title: row.values.get(metric.key) for metric in metrics}
            for name, (row, _) in rows.items()
            if not row.failure
        },
        failures={name: row.failure for name, (row, _) in rows.items() if row.failure},
        category=case.category,
    )
