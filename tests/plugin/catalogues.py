"""The catalogues of the plug-in's texts, kept in step with the code: `python -m tests.plugin.catalogues` updates them.

A new language starts as an empty `locale/LANGUAGE/LC_MESSAGES/text-replace.po` (with a comment in it).
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PLUGIN = Path(__file__).resolve().parents[2] / "plugin" / "text-replace"
LOCALE = PLUGIN / "locale"
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "plural": (1, 2)}


def sources() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/text-replace.po"))


def template() -> Catalog:
    """Every message in the plug-in's code, and in the wire's, which only marks them."""
    found = Catalog(project="text-replace", charset="utf-8")
    packages = (PLUGIN / "text_replace_plugin", PLUGIN / "text_replace_wire")
    for file in sorted(file for package in packages for file in package.rglob("*.py")):
        for _, message, _, _ in extract_from_file("python", file, keywords=_KEYWORDS):
            found.add(message, locations=[(str(file.relative_to(PLUGIN)), 0)])
    return found


def read(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=file.parts[-3])


def compiled(catalogue: Catalog) -> bytes:
    data = io.BytesIO()
    write_mo(data, catalogue)
    return data.getvalue()


def update(file: Path) -> int:
    """Add new messages, drop old ones, write the .mo; how many messages have no translation."""
    catalogue, wanted = read(file), template()
    wanted.creation_date = catalogue.creation_date
    catalogue.update(wanted, no_fuzzy_matching=True)
    with file.open("wb") as stream:
        write_po(stream, catalogue, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    file.with_suffix(".mo").write_bytes(compiled(read(file)))
    return sum(not message.string or not all(message.string) for message in catalogue if message.id)


if __name__ == "__main__":
    for source in sources():
        print(f"{source.parts[-3]}: {update(source)} messages without a translation")
