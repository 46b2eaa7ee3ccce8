"""Every OUT says that generative AI edited it, beside all that IN's XMP says; another XML library looks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests import exiftool
from tests.engine.cli.conftest import Command, noise, report
from tests.engine.cli.picture_files import packet, random_packet, xmp_properties
from text_replace_engine.client import xmp

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = TERMS + "compositeWithTrainedAlgorithmicMedia"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
SOURCE, SYSTEM, TOOL = f"{IPTC}DigitalSourceType", f"{IPTC}AISystemUsed", "{http://ns.adobe.com/xap/1.0/}CreatorTool"
CAPTURED, GENERATED = f"{TERMS}digitalCapture", f"{TERMS}trainedAlgorithmicMedia"


#: What IN says: what OUT says of source, systems and tool.
FORMS = {
    "nothing": ("", COMPOSITE, "Text Replace", "Text Replace"),
    "a camera, attribute": (f'<rdf:Description i:DigitalSourceType="{CAPTURED}" xmp:CreatorTool="Cam 1"/>',
                            COMPOSITE, "Text Replace", "Cam 1"),
    "a camera, element": (f"<rdf:Description><i:DigitalSourceType>\n{CAPTURED} </i:DigitalSourceType>"
                          "<xmp:CreatorTool>Cam 1</xmp:CreatorTool></rdf:Description>",
                          COMPOSITE, "Text Replace", "Cam 1"),
    "generated, resource": (f'<rdf:Description><i:DigitalSourceType rdf:resource="{GENERATED}"/></rdf:Description>',
                            GENERATED, "Text Replace", "Text Replace"),
    "generated": (f'<rdf:Description i:AISystemUsed="Ümläut &lt;2>" i:DigitalSourceType="{GENERATED}"/>', GENERATED,
                  "Ümläut <2>; Text Replace", "Text Replace"),
    "marked before": (f'<rdf:Description i:DigitalSourceType="{COMPOSITE}" i:AISystemUsed="Text Replace"/>',
                      COMPOSITE, "Text Replace", None),
    "names in values": ("<rdf:Description a:b=\" i:DigitalSourceType='x'>\" i:DigitalSourceType='>'>"
                        "<a:c>&lt;i:AISystemUsed&gt;</a:c></rdf:Description>",
                        COMPOSITE, "Text Replace", "Text Replace"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_mark_takes_the_place_of_what_was_said(form: str) -> None:
    """Once each: source type, systems, and the first known tool; a generated picture stays one, all others become
    composites, whatever form it was said in, and systems and tools that were there stay.
    """
    described, source, system, tool = FORMS[form]
    told = xmp_properties(xmp.marked(packet(described)))
    assert [value for name, value in told if name == SOURCE] == [source]
    assert [value for name, value in told if name == SYSTEM] == [system]
    assert [value.strip() for name, value in told if name == TOOL] == ([] if tool is None else [tool])


@pytest.mark.slow
@settings(max_examples=50)
@given(chance=st.randoms(use_true_random=False))
def test_all_else_that_xmp_says_stays(chance: random.Random) -> None:
    """Of any packet: every other property is there as it was, source types of parts and ingredients too; marking a
    second time changes nothing.
    """
    cleaned = xmp.cleaned(random_packet(chance))
    if cleaned is None:
        return
    marked = xmp.marked(cleaned[0])
    assert xmp.is_marked(marked) and xmp.marked(marked) == marked
    before, after = (
        [each for each in xmp_properties(told) if each[0] not in (SOURCE, SYSTEM)] for told in (cleaned[0], marked)
    )
    assert [each for each in after if each not in before] in ([], [(TOOL, "Text Replace")])
    assert [each for each in before if each not in after] == []


def test_a_packet_keeps_its_bytes() -> None:
    """Comments, white space, prefixes and references to characters are those of IN: something is only put in."""
    told = packet('<rdf:Description a:b="&#10;&#228;" ><!-- ä --><a:c>\r\n&#13;</a:c></rdf:Description><!-- -->')
    marked = xmp.marked(told)
    place = next(at for at, (one, other) in enumerate(zip(told, marked, strict=False)) if one != other)
    assert marked[:place] + marked[place + len(marked) - len(told) :] == told


def test_only_the_first_description_of_the_picture_counts() -> None:
    """What is in RDF farther inside, or in RDF that follows, is left alone, and the mark is not put there."""
    second = b"<rdf:RDF" + packet('<rdf:Description i:DigitalSourceType="x"/>').partition(b"<rdf:RDF")[2]
    told = packet("<rdf:Description><rdf:RDF></rdf:RDF></rdf:Description>").replace(b"</x:xmpmeta>", second)
    marked = xmp.marked(told)
    assert marked.endswith(b"</rdf:RDF>" + second) and b"<rdf:RDF></rdf:RDF>" in marked
    assert (SOURCE, COMPOSITE) in xmp_properties(marked.replace(second, b"</x:xmpmeta>"))


def test_utf_16_becomes_utf_8() -> None:
    """A packet in UTF-16, with a declaration or without, says the same in UTF-8."""
    told = packet('<rdf:Description a:b="ä"/>').decode()
    for text, encoding in ((told, "utf-16"), (f'<?xml version="1.0" encoding="UTF-16"?>\n{told}', "utf-16-be")):
        assert xmp.cleaned(text.encode(encoding)) == (told.encode(), 1)


@pytest.mark.parametrize(
    "told",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        + packet("<rdf:Description>&b;</rdf:Description>"),
        packet("<rdf:Description>"),
        packet("").replace(b"1999/02/22", b"2001/01/01"),
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        packet('<rdf:Description a:b="\xe4"/>').replace("ä".encode(), b"\xe4"),
        b"\xff\xfe<\0x",
        b"",
    ],
)
def test_what_is_no_xmp_is_damaged(told: bytes) -> None:
    """Entities, other namespaces, what ends early, other encodings: nothing is read from it."""
    assert xmp.cleaned(told) is None


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_out_says_that_it_was_edited(edit: Command, tmp_path: Path, suffix: str) -> None:
    """Also without XMP in IN, and where that is damaged; REPORT says so; --no-mark writes nothing of it; no prompt is
    in the file.
    """
    out, source = tmp_path / f"out{suffix}", tmp_path / "in.webp"
    for told, kept in ((b"", []), (b"<x", []), (packet('<rdf:Description a:b="c"/>'), ["XMP"])):
        noise(3).save(source, lossless=True, xmp=told)
        assert edit("-o", out, "--json", tmp_path / "r.json", source=source).code == 0
        with Image.open(out) as image:
            written = image.info["xmp"]
        assert {(SOURCE, COMPOSITE), (SYSTEM, "Text Replace"), (TOOL, "Text Replace")} <= set(xmp_properties(written))
        made = report(tmp_path / "r.json")
        assert (made["marked"], made["metadata"]["kept"]) == (True, kept)
        assert b"apple" not in out.read_bytes() and b"orange" not in out.read_bytes()
    assert ("{urn:a}b", "c") in xmp_properties(written)
    assert edit("-o", out, "--no-mark", "--json", tmp_path / "r.json", source=source).code == 0
    with Image.open(out) as image:
        assert image.info["xmp"].rstrip(b"\0") == packet('<rdf:Description a:b="c"/>')
    assert report(tmp_path / "r.json")["marked"] is False


@pytest.mark.slow
def test_exiftool_reads_the_mark(edit: Command, tmp_path: Path) -> None:
    """In a PNG and a TIFF that were made of a PNG, a JPEG, a TIFF and a WebP, each of which said something else."""
    told, outs = packet(f'<rdf:Description i:DigitalSourceType="{CAPTURED}"/>'), []
    for suffix in ("png", "jpg", "tif", "webp"):
        source = tmp_path / f"in.{suffix}"
        noise(3).save(source, xmp=told)
        for kind in ("png", "tif"):
            outs.append(tmp_path / f"{suffix}.{kind}")
            assert edit("-o", outs[-1], source=source).code == 0
    assert exiftool.source_types([source, *outs]) == [CAPTURED, *[COMPOSITE] * 8]


def test_a_file_without_its_mark_never_leaves(edit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark is looked for in what was written, before anybody can have it: exit code 1, and no file."""
    monkeypatch.setattr(xmp, "marked", lambda told: told)
    assert edit().code == 1
    assert not (tmp_path / "out.png").exists()
