"""The plug-in speaks the user's language where it can, and English where a catalogue is missing, broken or wrong."""

from __future__ import annotations

import inspect
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tests.plugin import catalogues
from text_replace_plugin import i18n
from text_replace_wire import errors
from text_replace_wire.errors import BadImage, NotFound

LANGUAGES = ("de", "es", "fr", "ja", "zh_CN")
by_language = pytest.mark.parametrize("language", LANGUAGES)


def source(language: str) -> Path:
    return catalogues.LOCALE / language / "LC_MESSAGES" / "text-replace.po"


@by_language
def test_catalogue_has_every_message_of_the_code(language: str) -> None:
    """A text that is new in the code reaches the translators, and one that is gone does not stay behind."""
    wanted = {message.id for message in catalogues.template() if message.id}
    there = {message.id for message in catalogues.read(source(language)) if message.id}
    assert there == wanted, "run: python -m tests.plugin.catalogues"


@by_language
def test_compiled_catalogue_is_the_source(language: str) -> None:
    """The .mo that travels with the plug-in's folder says what the .po says."""
    file = source(language)
    assert file.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogues.read(file)), (
        "run: python -m tests.plugin.catalogues"
    )


@by_language
def test_translations_keep_placeholders_and_mnemonics(language: str) -> None:
    """A translation never loses what is filled in, nor the key of a field."""
    for message in catalogues.read(source(language)):
        original = message.id if isinstance(message.id, str) else str(message.id[-1])
        for translated in [message.string] if isinstance(message.string, str) else map(str, message.string or ()):
            if original and translated:
                assert sorted(re.findall(r"{\w+}", translated)) == sorted(re.findall(r"{\w+}", original)), translated
                assert ("_" in re.sub(r"{\w+}", "", translated)) == ("_" in re.sub(r"{\w+}", "", original)), translated


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"LANG": "de_AT.UTF-8"}, ["de_AT.UTF-8"]),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "fr:de"}, ["fr", "de"]),
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, ["ja_JP.UTF-8"]),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, []),
        ({"LC_ALL": "POSIX"}, []),
    ],
)
def test_language_is_chosen_as_gimp_chooses_it(
    variables: dict[str, str], wanted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plug-in and GIMP's own menus are in one language."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.languages() == wanted


def test_regional_language_finds_its_catalogue() -> None:
    """Austrians read German; the second language counts where the first is missing."""
    assert i18n.catalogue(i18n.FOLDER, ["de_AT.UTF-8"]).gettext("_Find") == "_Suchen"
    assert i18n.catalogue(i18n.FOLDER, ["xx", "fr"]).gettext("_Find") == "_Chercher"


@pytest.mark.parametrize("content", [b"", b"no catalogue", b"\xde\x12\x04\x95" + b"\xff" * 40])
def test_broken_catalogue_gives_english(content: bytes, tmp_path: Path) -> None:
    """A damaged file never keeps the plug-in from working."""
    file = tmp_path / "de" / "LC_MESSAGES" / "text-replace.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    assert i18n.catalogue(tmp_path, ["de"]).gettext("_Find") == "_Find"


def test_missing_catalogue_gives_english(tmp_path: Path) -> None:
    """A language that nobody translated yet, or a deleted folder, is no error."""
    assert i18n.catalogue(tmp_path / "nowhere", ["de"]).gettext("_Find") == "_Find"


def _german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **translations: str) -> None:
    made = Catalog(locale="de")
    for message, translated in translations.items():
        made.add(message, translated)
    file = tmp_path / "de" / "LC_MESSAGES" / "text-replace.mo"
    file.parent.mkdir(parents=True)
    data = io.BytesIO()
    write_mo(data, made)
    file.write_bytes(data.getvalue())
    monkeypatch.setattr(i18n, "_catalogue", i18n.catalogue(tmp_path, ["de"]))


def test_translation_that_does_not_fit_gives_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A translator's slip in a placeholder is no traceback in front of a user."""
    _german(monkeypatch, tmp_path, **{"{count} found": "{zahl} gefunden", "{count} lost": "{count verloren"})
    assert i18n._("{count} found", count=3) == "3 found"
    assert i18n._("{count} lost", count=3) == "3 lost"


def test_sentence_of_the_engine_gets_a_translated_headline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What went wrong is said in the user's language, the engine's details in English; our own texts stand alone."""
    _german(monkeypatch, tmp_path, **{"That was not found in the picture.": "Nicht gefunden.", "A group.": "Gruppe."})
    assert i18n.explained(NotFound("I saw a cat.")) == "Nicht gefunden.\nI saw a cat."
    assert i18n.explained(BadImage(i18n._("A group."))) == "Gruppe."


def test_english_sentence_stands_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a translation the user reads one sentence, as before."""
    monkeypatch.setattr(i18n, "_catalogue", i18n.catalogue(tmp_path, []))
    assert i18n.explained(NotFound("I saw a cat.")) == "I saw a cat."


def test_every_error_has_a_headline() -> None:
    """Where the engine's English sentence stands below a translated one, no kind of error is left in English alone."""
    kinds = {
        each.kind
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, errors.TextReplaceError)
    }
    # A cancel is not told, and only the engine's own program says that its folder cannot be used.
    assert set(i18n._headlines()) == kinds - {"cancelled", "engine"}
