"""Templates made into HTML that may load nothing and run nothing but the style and the script inside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")


def rendered(template: str, styles: Sequence[str], scripts: Sequence[str], **context: object) -> bytes:
    """A template of `templates/` as UTF-8. styles, scripts: files beside it, put inside in this order. Everything in
    `context` is escaped, and what is no text, as of a file's name, becomes question marks.
    """
    style, script = (_joined(names) for names in (styles, scripts))
    html = (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style), script=Markup(script), style_hash=_hash(style), script_hash=_hash(script), **context
        )
    )
    return html.encode("utf-8", errors="replace")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _joined(names: Sequence[str]) -> str:
    return "\n".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _hash(source: str) -> str:
    """As a Content Security Policy names an element's contents (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
