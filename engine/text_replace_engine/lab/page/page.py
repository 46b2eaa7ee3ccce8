"""A document as one HTML file, to look at without a server or a network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from text_replace_engine.lab.page.document import Document, Shown
from text_replace_engine.lab.page.pictures import Picture, Pictures
from text_replace_engine.lab.page.rendering import rendered
from text_replace_engine.lab.page.thumbnails import data_uri
from text_replace_engine.models.files import write_whole


@dataclass(frozen=True)
class _Seen:
    """What a method made of a case. picture: None where it made none. values: as they are to be read."""

    method: str
    picture: Picture | None
    failure: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    shown: Shown
    before: Picture
    mask: Picture | None
    seen: tuple[_Seen, ...]


def write_page(document: Document, path: Path) -> None:
    """Write the page. Pictures that lie beside or below it are linked as well.

    A picture that cannot be read is one sentence in its place. Raises OSError.
    """
    pictures = Pictures(path.parent)
    methods = _methods(document.cases)
    titles = _titles(document.cases)
    html = rendered(
        "report.html",
        ["page.css", "report.css"],
        ["report.js"],
        document=document,
        plots=[(plot, data_uri("PNG", plot.png)) for plot in document.plots],
        cases=[_case(shown, methods, titles, pictures) for shown in document.cases],
        methods=methods,
        titles=titles,
        categories=sorted({shown.category for shown in document.cases} - {""}),
        failing=[method for method in methods if any(method in shown.failures for shown in document.cases)],
        index=[_entry(shown, methods, titles) for shown in document.cases],
        uris=pictures.uris,
    )
    write_whole(path, html)


def _methods(cases: tuple[Shown, ...]) -> list[str]:
    return list(
        dict.fromkeys(name for case in cases for names in (case.after, case.failures, case.values) for name in names)
    )


def _titles(cases: tuple[Shown, ...]) -> list[str]:
    """Of the values that some result has."""
    of_results = [values for case in cases for values in case.values.values()]
    titles = dict.fromkeys(title for values in of_results for title in values)
    return [title for title in titles if any(values.get(title) is not None for values in of_results)]


def _case(shown: Shown, methods: list[str], titles: list[str], pictures: Pictures) -> _Case:
    before = pictures.photo(shown.before)
    mask = None if shown.mask is None else pictures.mask(shown.mask)
    seen = []
    for method in methods:
        after, values = shown.after.get(method), shown.values.get(method, {})
        picture = None if after is None else pictures.photo(after)
        texts = tuple(_number(values.get(title)) for title in titles)
        seen.append(_Seen(method, picture, shown.failures.get(method, ""), texts))
    return _Case(shown, before, mask, tuple(seen))


def _entry(shown: Shown, methods: list[str], titles: list[str]) -> dict[str, object]:
    """What the script sorts and filters a case by."""
    values = [[_finite(shown.values.get(method, {}).get(title)) for title in titles] for method in methods]
    failed = [number for number, method in enumerate(methods) if method in shown.failures]
    text = "\n".join((shown.id, shown.caption, shown.category, *shown.failures.values()))
    return {"id": shown.id, "text": text, "category": shown.category, "failed": failed, "values": values}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}".replace("-", "−")
