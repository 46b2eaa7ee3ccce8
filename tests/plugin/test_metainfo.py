"""What software centres and GIMP's help read: AppStream metainfo and the index of the help pages."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from tests.plugin.catalogues import PLUGIN
from text_replace_plugin import i18n, settings
from text_replace_wire import options

CLONE = PLUGIN.parents[1]
METAINFO = PLUGIN / "org.gimp.GIMP.Plugin.TextReplace.metainfo.xml"


def test_metainfo_describes_this_version_of_the_add_on() -> None:
    """A software centre shows the plug-in under GIMP, with its version and where to read more."""
    component = ElementTree.parse(METAINFO).getroot()
    setup = configparser.ConfigParser()
    setup.read(CLONE / "setup.cfg")
    assert component.get("type") == "addon" and component.findtext("extends") == "org.gimp.GIMP"
    assert f"{component.findtext('id')}.metainfo.xml" == METAINFO.name
    release = component.find("releases/release")
    assert release is not None and release.get("version") == setup["metadata"]["version"]
    assert component.findtext("project_license") == setup["metadata"]["license"]
    assert all(re.match(r"https://\w", url.text or "") for url in component.findall("url"))
    assert {url.get("type") for url in component.findall("url")} == {"homepage", "help"}


def test_metainfo_is_valid() -> None:
    """AppStream's own validator accepts the file."""
    validator = shutil.which("appstreamcli")
    if validator is None:
        pytest.skip("appstreamcli is not installed (apt-get install appstream)")
    subprocess.run([validator, "validate", "--no-net", METAINFO], check=True, capture_output=True)


def test_every_procedure_has_a_help_page() -> None:
    """F1 and Help open the page of the procedure, at a place that is there."""
    index = ElementTree.parse(i18n.HELP / "en" / "gimp-help.xml").getroot()
    pages = {str(item.get("id")): str(item.get("ref")) for item in index}
    assert set(pages) == {settings.PROCEDURE, settings.EDIT_AGAIN}
    for reference in pages.values():
        file, _, place = reference.partition("#")
        text = (i18n.HELP / "en" / file).read_text(encoding="utf-8")
        assert not place or f'id="{place}"' in text


def test_underlined_letters_are_all_different() -> None:
    """Alt and a letter goes to one field; GIMP's own buttons have h, r, o, c, l and s."""
    letters = [option.label.partition("_")[2][0].lower() for option in options.OPTIONS if "_" in option.label]
    assert len({*letters, *"hroclsfn"}) == len(letters) + 8
