"""The plug-in's texts in the user's language: gettext catalogues in `locale/` beside the plug-in.

A missing or broken catalogue, or a translation that does not fit its sentence, gives the English text instead.

Sentences that come from the engine, or from the wire package that it shares, are English: they name what was seen,
file names and limits. In another language `explained` puts what went wrong, by the error's kind, in front of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import gettext
import locale
import os
import sys
from pathlib import Path
from typing import Any, Optional

from text_replace_wire.errors import TextReplaceError

DOMAIN = "text-replace"
FOLDER = Path(__file__).resolve().parent.parent / "locale"
#: The help pages, a folder for each language, with GIMP's index of them.
HELP = FOLDER.parent / "help"


def languages() -> list[str]:
    """What the user reads, best first, as GNU gettext decides it: none in the locale C, whatever $LANGUAGE says."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    set_locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if set_locale.split(".")[0] in ("C", "POSIX"):
        return []
    asked = os.environ.get("LANGUAGE") or set_locale or _of_the_system()
    return [language for language in asked.split(":") if language]


def _of_the_system() -> str:
    """For Windows, which sets none of the variables."""
    if sys.platform == "win32":
        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return ""


def catalogue(folder: Path, wanted: list[str]) -> gettext.NullTranslations:
    """The catalogues of the `wanted` languages that are in `folder` and can be read, the first one in front."""
    chain: Optional[gettext.NullTranslations] = None
    for file in gettext.find(DOMAIN, str(folder), wanted, all=True) if wanted else []:
        # A damaged file may break the reader in any way.
        with contextlib.suppress(Exception), Path(file).open("rb") as stream:
            found = gettext.GNUTranslations(stream)
            if chain is None:
                chain = found
            else:
                chain.add_fallback(found)
    return chain or gettext.NullTranslations()


_catalogue = catalogue(FOLDER, languages())


class OwnText(str):
    """A sentence of the plug-in, already in the user's language."""


def N_(message: str) -> str:
    """Marks `message` as one to be translated later."""
    return message


def is_translated() -> bool:
    """Whether there is a catalogue in the user's language."""
    return isinstance(_catalogue, gettext.GNUTranslations)


def _(message: str, **values: Any) -> str:
    """`message` in the user's language, its {names} replaced by `values`."""
    return OwnText(_filled(message, _catalogue.gettext(message), values))


def plural(one: str, many: str, number: int, **values: Any) -> str:
    """The form of the message for `number`, which both forms may show as {number}."""
    source = one if number == 1 else many
    try:
        translated = _catalogue.ngettext(one, many, number)
    except Exception:
        translated = source
    return OwnText(_filled(source, translated, {"number": number, **values}))


def _filled(source: str, translated: str, values: dict[str, Any]) -> str:
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (LookupError, ValueError, AttributeError):
        return source.format(**values)


def explained(error: TextReplaceError) -> str:
    """The error's sentence for the user; see the module's text on languages."""
    sentence = str(error)
    own = bool(error.args) and isinstance(error.args[0], OwnText)
    headline = "" if own or not is_translated() else _headlines().get(error.kind, "")
    return f"{headline}\n{sentence}" if headline else sentence


def _headlines() -> dict[str, str]:
    versions = _("Plug-in and engine have different versions: install both again.")
    return {
        "bug": _("Text Replace made a mistake."),
        "usage": _("This cannot be done as it was asked."),
        "bad_prompt": _("One of the two descriptions cannot be used."),
        "cannot_paint": _("The installed models cannot paint that."),
        "bad_image": _("This layer cannot be edited."),
        "too_large": _("This is too large."),
        "frame_too_large": _("This is too large."),
        "bad_selection": _("The choice leaves nothing to edit."),
        "not_found": _("That was not found in the picture."),
        "model": _("The models cannot be used."),
        "no_picture": _("The models cannot be used."),
        "model_missing": _("A model is not installed."),
        "model_damaged": _("A model file is damaged."),
        "engine_unavailable": _("The engine is not running."),
        "engine_lost": _("The engine stopped during the work; nothing was changed."),
        "out_of_memory": _("There is not enough memory."),
        "image_changed": _("The image was changed meanwhile, so nothing was applied."),
        "wrong_secret": _("The engine belongs to someone else."),
        "wrong_version": versions,
        "protocol": versions,
        "bad_frame": versions,
        "output": _("A file could not be written."),
    }
