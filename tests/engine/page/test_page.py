"""The page as a file: complete in itself, small, and never anything but text where a name is shown."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from PIL import Image, ImageCms

from tests.engine.page.samples import case, document, plain
from text_replace_engine.lab.page.document import Document, Shown
from text_replace_engine.lab.page.page import write_page

HOSTILE = "</script><script>alert(1)</script> “ü” \"'><img src=x onerror=alert(1)> {{ 7*7 }} &amp; \udcff"


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and their texts by name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = [("", {})]
        self.texts: list[tuple[str, dict[str, str], str]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((*self.elements[-1], data))

    def all_of(self, name: str) -> list[str]:
        """The values of an attribute, wherever it is."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def inside(self, tag: str) -> list[str]:
        """The texts right behind a start tag."""
        return [text for element, _, text in self.texts if element == tag]

    def pictures(self) -> Iterator[tuple[str, Image.Image]]:
        """The kind and the picture of every thumbnail."""
        for _, attributes, text in self.texts:
            if attributes.get("id", "").startswith("picture-"):
                kind, data = text.split(";base64,")
                yield kind, Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    write_page(document(tmp_path / "pictures", 6), tmp_path / "report.html")
    return Page(tmp_path / "report.html")


def test_refers_to_nothing_outside(page: Page, tmp_path: Path) -> None:
    """The page can be sent to somebody, and tells nobody that it was opened: it names only what is inside, and pictures
    beside it.
    """
    assert all(address.startswith("data:") for address in page.all_of("src"))
    links = [address for address in page.all_of("href") if address != "data:,"]
    assert len(links) == 6 * 4 - 1
    assert all((tmp_path / unquote_to_bytes(address).decode()).is_file() for address in links)
    assert not [text for text in page.inside("style") if "url(" in text or "@import" in text]


def test_runs_nothing_but_its_own_script(page: Page) -> None:
    """The browser is told to run and to apply only what came with the engine, so a name that gets out of its place does
    nothing.
    """
    (policy,) = (each["content"] for _, each in page.elements if each.get("http-equiv") == "Content-Security-Policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert (directives["default-src"], directives["img-src"]) == ("'none'", "data:")
    (script,) = (text for tag, attributes, text in page.texts if tag == "script" and not attributes)
    (style,) = page.inside("style")
    for name, source in (("script-src", script), ("style-src", style)):
        assert directives[name] == f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
    assert not [name for _, each in page.elements for name in each if name.startswith("on") or name == "style"]


def test_pictures_are_small(tmp_path: Path) -> None:
    """A thousand large pictures fit into a page: each is at most 512 pixels a side, photographs as JPEG, masks as PNG,
    and one that several cases show is there once.
    """
    shown = case(tmp_path, 0)
    plain(shown.before, "red", (1500, 900))
    write_page(Document("", cases=(shown, shown)), tmp_path / "report.html")
    pictures = [(kind, picture.size) for kind, picture in Page(tmp_path / "report.html").pictures()]
    jpeg, png = "data:image/jpeg", "data:image/png"
    assert pictures == [(jpeg, (512, 307)), (png, (48, 32)), (jpeg, (48, 32)), (jpeg, (48, 32))]


def test_names_stay_text(tmp_path: Path) -> None:
    """Markup in an id, a caption, a failure, a method or a file's name is shown and does nothing."""
    name = f"{HOSTILE.replace('/', '∕')}"
    before = plain(Path(os.fsdecode(os.fsencode(tmp_path)) + f"/{name}.png"), "red")
    shown = Shown(HOSTILE, HOSTILE, before, None, {HOSTILE: before}, {HOSTILE: {HOSTILE: 1.0}}, {"b": HOSTILE}, HOSTILE)
    harmless = Shown("a", "b", before, None, {"c": before}, {"c": {"d": 1.0}}, {"e": "f"}, "g")
    trees = []
    for each in (harmless, shown):
        write_page(Document(each.id, ((each.id, each.id),), cases=(each,)), tmp_path / "report.html")
        trees.append(Page(tmp_path / "report.html"))
    assert [tag for tag, _ in trees[0].elements] == [tag for tag, _ in trees[1].elements]
    shown_as = HOSTILE.replace("\udcff", "?")
    assert {trees[1].inside(tag)[0] for tag in ("title", "bdi", "dt", "dd")} == {shown_as}


def test_links_are_relative_addresses_of_the_very_files(tmp_path: Path) -> None:
    """Any file is found from the page, with a colon or bytes that are no text in its name; what lies elsewhere is not
    linked, since it would not be there where the page is sent.
    """
    names = [b"a:b?c#d %20 \xff.png", "ü \"'<b>.png".encode()]
    paths = [plain(tmp_path / "here" / os.fsdecode(name), "red") for name in names]
    elsewhere = plain(tmp_path / "elsewhere.png", "blue")
    cases = tuple(Shown(str(number), "", path) for number, path in enumerate([*paths, elsewhere]))
    write_page(Document("", cases=cases), tmp_path / "here" / "report.html")
    links = [urlsplit(link) for link in Page(tmp_path / "here" / "report.html").all_of("href") if link != "data:,"]
    assert [unquote_to_bytes(link.path) for link in links] == names
    assert not any((link.scheme, link.netloc, link.query, link.fragment) != ("", "", "", "") for link in links)


def test_damaged_picture_is_a_sentence(tmp_path: Path) -> None:
    """One picture that cannot be read does not cost the page: the others are there, and in its place is why."""
    shown = case(tmp_path, 0)
    shown.before.write_bytes(b"no picture")
    shown.after["ours"].unlink()
    write_page(Document("", cases=(shown,)), tmp_path / "report.html")
    page = Page(tmp_path / "report.html")
    missing = [text.strip() for _, attributes, text in page.texts if attributes.get("class") == "missing"]
    assert "is not a PNG" in missing[0]
    assert str(shown.after["ours"]) in missing[1]
    assert len(list(page.pictures())) == 2


def test_photographs_keep_their_colours_and_stand_upright(tmp_path: Path) -> None:
    """A thumbnail has its picture's colour profile, and is turned as the camera says; what is transparent is white."""
    turned = Image.Exif()
    turned[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (40, 20), "red").save(tmp_path / "photo.jpg", exif=turned, icc_profile=profile)
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    cases = (Shown("1", "", tmp_path / "photo.jpg"), Shown("2", "", tmp_path / "clear.png"))
    write_page(Document("", cases=cases), tmp_path / "report.html")
    (_, photo), (_, clear) = Page(tmp_path / "report.html").pictures()
    assert photo.size == (20, 40) and photo.info["icc_profile"] == profile
    assert clear.getpixel((5, 5)) == (255, 255, 255)


def test_page_of_nothing_is_written(tmp_path: Path) -> None:
    """Where no case was measured yet there is a page all the same, without an empty list."""
    write_page(Document("Nothing yet"), tmp_path / "report.html")
    assert "article" not in {tag for tag, _ in Page(tmp_path / "report.html").elements}


def test_values_that_are_no_numbers_do_not_break_the_script(tmp_path: Path) -> None:
    """A value that is infinite, or missing, reads as such and is sorted last; JSON knows neither. What no result has at
    all takes no room.
    """
    shown = case(tmp_path, 0, ["ours"])
    values = {
        "ours": {"psnr": float("inf"), "iou": None, "lpips": None, "ssim": float("nan")},
        "theirs": {"iou": None, "lpips": -1e-7},
    }
    write_page(
        Document("", cases=(Shown("1", "", shown.before, values=values, after=shown.after),)), tmp_path / "r.html"
    )
    page = Page(tmp_path / "r.html")
    assert page.inside("td") == ["inf", "–", "nan", "–", "−1e−07", "–"]
    (index,) = (text for _, attributes, text in page.texts if attributes.get("id") == "index")
    assert '"values": [[null, null, null], [null, -1e-07, null]]' in index
