"""How a picture says that generative AI edited it: two properties of the IPTC Photo Metadata Standard, in its XMP.

https://iptc.org/std/photometadata/specification/IPTC-PhotoMetadata, its vocabulary http://cv.iptc.org/newscodes/digitalsourcetype
"""

from __future__ import annotations

import re

#: What names itself in pictures.
SOFTWARE = "Text Replace"
#: IPTC Extension, in which both properties are.
NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
SOURCE_TYPE, SYSTEM = "DigitalSourceType", "AISystemUsed"

_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: Captured, then edited with generative AI; and generated from the start.
COMPOSITE, GENERATED = _TERMS + "compositeWithTrainedAlgorithmicMedia", _TERMS + "trainedAlgorithmicMedia"
_BETWEEN = "; "


def source_type(before: str) -> str:
    """The term for a picture that now is edited, and of which `before` ("" where nothing) was said.

    What was generated as a whole stays that: the other term would say that a part of it was captured.
    """
    term = re.split("[/:#]", before.strip().rstrip("/"))[-1]
    return GENERATED if term == GENERATED[len(_TERMS) :] else COMPOSITE


def systems(before: str) -> str:
    """The systems that had a part in a picture, this one behind those of `before`."""
    named = [name for name in before.strip().split(_BETWEEN) if name]
    return _BETWEEN.join(named if SOFTWARE in named else [*named, SOFTWARE])
