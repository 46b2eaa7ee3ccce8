"""An image's metadata as GIMP writes them as text (libgimpbase/gimpmetadata.c), the same in 2.10 and 3: with the mark
that generative AI edited the image.
"""

from __future__ import annotations

import html
import re

from text_replace_wire import provenance

_EMPTY = "<?xml version='1.0' encoding='UTF-8'?>\n<metadata>\n</metadata>\n"
_END = "</metadata>"
_TAG = '  <tag name="{name}">{value}</tag>\n'


def marked(text: str) -> str:
    """`text`, or "" where the image has no metadata, with the mark; all else in it stays.

    Raises ValueError where it is not such a text.
    """
    text = text or _EMPTY
    for name, of in ((provenance.SOURCE_TYPE, provenance.source_type), (provenance.SYSTEM, provenance.systems)):
        tag = f"Xmp.iptcExt.{name}"
        # GIMP escapes what stands in a value: no value can look like a tag.
        said = re.compile(rf'[ ]*<tag name="{re.escape(tag)}">([^<]*)</tag>\n?')
        found = said.search(text)
        value = of(html.unescape(found[1]) if found else "")
        before, end, after = said.sub("", text).rpartition(_END)
        if not end:
            raise ValueError("not an image's metadata")
        text = before + _TAG.format(name=tag, value=html.escape(value)) + end + after
    return text
