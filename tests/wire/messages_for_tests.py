"""Hypothesis strategies: every message of the protocol, with any values it allows."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from text_replace_wire.choosing import Select
from text_replace_wire.codec import Message
from text_replace_wire.geometry import Box
from text_replace_wire.messages import (
    MAX_BATCH,
    Cancel,
    Candidate,
    Edit,
    EditDone,
    Failed,
    Find,
    Found,
    Hello,
    Keep,
    MaskKind,
    Progress,
    Stage,
    Variation,
    Welcome,
)
from text_replace_wire.model_messages import (
    ModelEntry,
    ModelList,
    ModelSets,
    ModelsRequest,
    PainterEntry,
    Pull,
    SetEntry,
    SetsRequest,
    Warm,
    Warmed,
)
from text_replace_wire.options import MAX_GROWTH, MAX_SEED, MAX_VARIATIONS
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane
from text_replace_wire.prompts import is_blank
from text_replace_wire.status_messages import Status, StatusRequest, StopRequest

_any_int = st.integers(-(2**63), 2**63)
_numbers = st.floats(allow_nan=False)
_any_text = st.text(max_size=40)
_prompts = st.text(min_size=1, max_size=40).filter(lambda text: not is_blank(text))
_json = st.recursive(
    st.none() | st.booleans() | _any_int | _numbers | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_any_text, inner, max_size=3),
    max_leaves=8,
)
_reports = st.dictionaries(_any_text, _json, max_size=4)
_boxes = st.builds(Box, _any_int, _any_int, _any_int, _any_int)


def planes(width: int, height: int, channels: SearchStrategy[int]) -> SearchStrategy[Plane]:
    """Planes of this size; the data's bytes are drawn once and repeated, so that drawing stays quick."""
    return st.builds(
        lambda count, pattern: Plane(
            width, height, count, (pattern * (width * height * count))[: width * height * count]
        ),
        channels,
        st.binary(min_size=1, max_size=8),
    )


@st.composite
def some_planes(draw: st.DrawFn) -> Plane:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    return draw(planes(width, height, st.integers(1, 4)))


@st.composite
def finds(draw: st.DrawFn) -> Find:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    selections = st.none() | planes(width, height, st.just(1))
    return Find(
        draw(_prompts),
        draw(planes(width, height, st.integers(1, 4))),
        (draw(st.integers(1, 3000)), draw(st.integers(1, 3000))),
        draw(selections),
        draw(_identifiers),
        draw(st.none() | _any_text),
        draw(paintings(st.none() | st.floats(0, MAX_GROWTH))),
        select=draw(st.sampled_from(Select)),
    )


_identifiers = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)
_options = st.dictionaries(_any_text, st.booleans() | _any_int | _numbers | _any_text, max_size=3)


def paintings(pixels: SearchStrategy[float | None]) -> SearchStrategy[Painting]:
    """pixels: growths and feathers to draw from."""
    steps, flag = st.none() | st.integers(1, 2**40), st.booleans()
    return st.builds(Painting, _any_text, pixels, pixels, steps, _options, flag, flag)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    x0, y0 = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    kind = draw(st.sampled_from(MaskKind))
    variations = draw(st.integers(1, MAX_VARIATIONS))
    painting = draw(paintings(st.none() | (st.floats(0, MAX_GROWTH) if kind is MaskKind.OBJECT else st.just(0.0))))
    region, grey = planes(width, height, st.just(1)), planes(7, 5, st.just(1))
    return Edit(
        replace=draw(_prompts),
        with_="" if painting.remove else draw(_prompts),
        seed=draw(st.integers(0, MAX_SEED)),
        layer_size=(x0 + width + draw(st.integers(0, 9)), y0 + height + draw(st.integers(0, 9))),
        box=Box(x0, y0, x0 + width, y0 + height),
        image=draw(planes(width, height, st.integers(1, 4))),
        mask=draw(region if kind is MaskKind.REGION else grey),
        mask_kind=kind,
        selection=draw(st.none() | region),
        models=draw(_identifiers),
        painting=painting,
        variations=variations,
        batch=draw(st.none() | st.integers(1, MAX_BATCH)),
        place=draw(st.none() | st.integers(0, variations - 1)),
        grey=draw(st.booleans()),
    )


_candidates = st.builds(Candidate, _any_int, _any_text, _numbers, _numbers, _boxes, _boxes, _any_int, some_planes())


def tuples_of(elements: SearchStrategy[int]) -> SearchStrategy[tuple[int, ...]]:
    return st.lists(elements, max_size=3).map(tuple)


_model_entries = st.builds(
    ModelEntry,
    _any_text,
    _any_text,
    _any_text,
    _any_int,
    _any_text,
    _any_text,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)

_names = st.lists(_any_text, max_size=3).map(tuple)
_painters = st.lists(st.builds(PainterEntry, _any_text, _names, _names), max_size=2).map(tuple)
_set_entries = st.builds(
    SetEntry,
    _any_text,
    _any_text,
    _any_text,
    st.booleans(),
    _names,
    _names,
    st.booleans(),
    _any_int,
    _any_text,
    _any_text,
    _painters,
    _painters,
)

#: By name, so that a test can ask for one kind.
STRATEGIES: dict[str, SearchStrategy[Message]] = {
    "Hello": st.builds(Hello, _any_int, _any_text, _any_text),
    "Welcome": st.builds(Welcome, _any_int, _any_text),
    "Find": finds(),
    "Found": st.builds(Found, st.lists(_candidates, max_size=3).map(tuple), tuples_of(_any_int), _any_text, _reports),
    "Edit": edits(),
    "Variation": st.builds(Variation, some_planes(), _reports),
    "EditDone": st.builds(EditDone, some_planes(), some_planes()),
    "Progress": st.builds(
        Progress, st.sampled_from(Stage), _any_int, _any_int, st.none() | some_planes(), st.none() | _boxes
    ),
    "Failed": st.builds(Failed, _any_text, _any_text),
    "Cancel": st.just(Cancel()),
    "Keep": st.just(Keep()),
    "StatusRequest": st.just(StatusRequest()),
    "Status": st.builds(
        Status,
        _any_text,
        _any_int,
        st.booleans(),
        _any_int,
        _numbers,
        st.lists(_any_text, max_size=3).map(tuple),
        _any_text,
    ),
    "StopRequest": st.just(StopRequest()),
    "SetsRequest": st.just(SetsRequest()),
    "ModelSets": st.builds(ModelSets, st.lists(_set_entries, max_size=3).map(tuple), _any_text),
    "Warm": st.builds(Warm, _identifiers),
    "Warmed": st.just(Warmed()),
    "ModelsRequest": st.builds(ModelsRequest, _identifiers),
    "ModelList": st.builds(
        ModelList,
        st.lists(_model_entries, max_size=3).map(tuple),
        st.booleans(),
        _any_int,
        _any_int,
        _any_text,
        _any_text,
    ),
    "Pull": st.builds(
        Pull, st.just(True), st.lists(st.tuples(_any_text, _any_text), max_size=3).map(tuple), _identifiers
    ),
}
messages: SearchStrategy[Message] = st.one_of(list(STRATEGIES.values()))
