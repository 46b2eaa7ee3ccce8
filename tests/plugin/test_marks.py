"""An image says in its own metadata that generative AI edited it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin import fake_engine
from tests.plugin.fake_host import FakeDisplay, FakeHost
from tests.plugin.test_variations import PIXELS, asked
from text_replace_plugin import image_metadata, outcome, recipe, session
from text_replace_wire import paths

#: As GIMP 3.0.4 and 2.10.34 write it.
CAMERA = """<?xml version='1.0' encoding='UTF-8'?>
<metadata>
  <tag name="Exif.Image.Make">Cam</tag>
  <namespace prefix="dc" url="http://purl.org/dc/elements/1.1/"></namespace>
  <tag name="Xmp.dc.title">lang=&quot;x-default&quot; &lt;/metadata&gt;</tag>
{said}  <tag name="Xmp.iptcExt.PersonInImage">Ann</tag>
</metadata>
"""
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE, GENERATED = f"{TERMS}compositeWithTrainedAlgorithmicMedia", f"{TERMS}trainedAlgorithmicMedia"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds another's engine, or takes its place."""
    monkeypatch.setenv("TEXT_REPLACE_HOME", str(tmp_path))


def tags(source: str = "", system: str = "") -> str:
    """The lines of both tags."""
    lines = [f'  <tag name="Xmp.iptcExt.DigitalSourceType">{source}</tag>\n'] if source else []
    lines += [f'  <tag name="Xmp.iptcExt.AISystemUsed">{system}</tag>\n'] if system else []
    return "".join(lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("", ""), (COMPOSITE, "Text Replace")),
        ((f"{TERMS}digitalCapture", ""), (COMPOSITE, "Text Replace")),
        ((GENERATED, "A &amp; B"), (GENERATED, "A &amp; B; Text Replace")),
        ((COMPOSITE, "Text Replace"), (COMPOSITE, "Text Replace")),
    ],
)
def test_the_mark_stands_beside_all_else(before: tuple[str, str], after: tuple[str, str]) -> None:
    """Every other line stays; what was said of the source gives way, unless the picture was generated as a whole;
    other systems stay named.
    """
    marked = image_metadata.marked(CAMERA.format(said=tags(*before)))
    end = "</metadata>\n"
    assert marked == CAMERA.format(said="").removesuffix(end) + tags(*after) + end


def test_an_image_without_metadata_gets_some() -> None:
    """Beginning and end are GIMP's; what is something else is refused."""
    assert image_metadata.marked("") == (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<metadata>\n{tags(COMPOSITE, 'Text Replace')}</metadata>\n"
    )
    with pytest.raises(ValueError, match="metadata"):
        image_metadata.marked("<tags/>")


def test_it_can_be_left_out() -> None:
    """Switched off, the image's metadata are not touched, and the recipe says so for the next time."""
    host = FakeHost(PIXELS)
    with fake_engine.running():
        session.replace(host, FakeDisplay(), asked(mark=False))
    assert "mark" not in host.calls
    assert host.inserted is not None and host.inserted.recipe is not None
    assert recipe.read(host.inserted.recipe)[0].settings.mark is False


def test_what_was_painted_stays_without_its_mark() -> None:
    """Where GIMP refuses the mark, layer and selection are there all the same, and the log says why."""
    host = FakeHost(PIXELS, fail_in="mark")
    with fake_engine.running():
        applied = session.replace(host, FakeDisplay(), asked())
        log = Path(paths.private_log(outcome.LOG_NAME)).read_text(encoding="utf-8")
    assert applied.layers == (host.inserted,) and host.selected is not None
    assert host.changes[-2:] == ["mark", "undo_group_end"]
    assert "GIMP refused mark" in log
