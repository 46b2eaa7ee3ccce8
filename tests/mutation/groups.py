"""What is mutated, and the fast tests that reach it."""

from __future__ import annotations

from dataclasses import dataclass

_WIRE = "text_replace_wire"
_ENGINE = "text_replace_engine"
_SAMPLING = f"{_ENGINE}/painting/guided/sampling"


@dataclass(frozen=True)
class Group:
    """modules: files below `engine/` or `plugin/text-replace/`. tests: files and folders below `tests/`."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.py" for name in names)


GROUPS = {
    "wire": Group(_files(_WIRE, "messages", "codec", "connection"), ("wire",)),
    "requests": Group(
        _files(_WIRE, "painting", "option", "options", "where", "building", "geometry", "planes"), ("wire", "plugin")
    ),
    "region": Group(
        _files(f"{_ENGINE}/painting", "region"),
        ("engine/pipeline/test_geometry_of_edits.py", "engine/pipeline/test_region.py"),
    ),
    "choice": Group(
        _files(f"{_ENGINE}/finding", "match"),
        ("engine/pipeline/test_segment_and_choice.py", "engine/pipeline/test_match.py"),
    ),
    "steps": Group(
        (f"{_ENGINE}/painting/course.py", f"{_ENGINE}/steps.py"),
        ("engine/pipeline/test_steps.py", "engine/pipeline/test_course.py"),
    ),
    "sampler": Group(
        (*_files(_SAMPLING, "sampler", "guidance", "tiles"), f"{_ENGINE}/painting/tiles.py"), ("engine/sampling",)
    ),
}
