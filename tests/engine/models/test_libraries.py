"""An edit starts quickly and its engine stays small: nothing large is imported that it has no use for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.imports import CLONE
from text_replace_engine.sets.registry import GROUP

pytestmark = pytest.mark.slow

#: Libraries that an edit needs import some of these where they can; others are for other sets, for measuring and for
#: batches.
_HEAVY = {
    "cuda.bindings",
    "diffusers.models.autoencoders",
    "matplotlib",
    "pandas",
    "ray",
    "scipy.optimize",
    "scipy.stats",
    "spandrel",
    "text_replace_engine.lab",
    "timm",
    "torchmetrics",
    "transformers.models.mm_grounding_dino",
    "transformers.models.sam2",
    "triton",
}
_ENGINE = """
import gc, json, sys
from importlib.util import find_spec
from pathlib import Path
from text_replace_engine.client.exchange import PictureInMemory
from text_replace_engine.client.images import read_picture
from text_replace_engine.local import in_process
from text_replace_wire.api import ignore, never
from text_replace_wire.building import edit_request, find_request
from text_replace_wire.painting import Painting
from text_replace_wire.where import chosen

thresholds = gc.get_threshold()
engine = in_process()
"""
_EDIT = """
picture = PictureInMemory(read_picture(Path(sys.argv[1])).pixels)
found = engine.find(find_request(picture, "apple", "starter"), ignore, never)
engine.edit(edit_request(picture, chosen(found), "apple", "orange", 1, "starter", Painting(keep_at=1)), ignore, never)
"""


def _printed(expression: str, *lines: str, path: str = "") -> Any:
    """What an expression is in a new process that has an engine, after these lines."""
    code = "\n".join([_ENGINE, *lines, f"print(json.dumps({expression}))"])
    sample = str(CLONE / "install" / "sample" / "sample.png")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path, *filter(None, sys.path)])}
    run = subprocess.run([sys.executable, "-c", code, sample], env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(run.stdout)


def test_a_starter_edit_imports_nothing_heavy_that_it_has_no_use_for() -> None:
    """Neither what its libraries can do without, nor what only other sets need; whoever does need it can import it
    afterwards, and garbage is collected as before.
    """
    modules, later, is_restored = _printed(
        "[list(sys.modules), [find_spec(name) is not None for name in ('scipy.stats', 'timm')],"
        " gc.get_threshold() == thresholds]",
        _EDIT,
    )
    assert not _HEAVY & set(modules)
    assert later == [True, True]
    assert is_restored


def test_sets_of_others_get_whole_libraries(tmp_path: Path) -> None:
    """Where another package registers a set, libraries are what that package has been tested with."""
    other = tmp_path / "other-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n", encoding="utf-8")
    (other / "entry_points.txt").write_text(f"[{GROUP}]\nother = other:SET\n", encoding="utf-8")
    assert set(_printed("list(sys.modules)", path=str(tmp_path))) >= {"scipy.stats", "timm"}
