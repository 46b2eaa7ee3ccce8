"""Every message of the protocol, as frozen data. `codec` turns them into frames, `connection` says when each is
allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Optional

from text_replace_wire.choosing import Select
from text_replace_wire.errors import BadImage, BadPrompt, BadSelection, TooLarge, UserError
from text_replace_wire.geometry import SEARCH_SIDE, Box
from text_replace_wire.options import AUTO, MAX_SEED, VARIATIONS
from text_replace_wire.painting import Painting
from text_replace_wire.planes import Plane, check_size
from text_replace_wire.pointing import check_pointed
from text_replace_wire.prompts import is_blank

PROTOCOL_VERSION = 7
MAX_PROMPT = 1000
#: Samples painted at once.
MAX_BATCH = 64
#: Of the identifier of a model set.
_LONGEST_NAME = 100


class MaskKind(str, Enum):
    """What the mask of an edit is: the object (the engine grows and feathers it) or the edit region, used as it is."""

    OBJECT = "object"
    REGION = "region"


class Stage(str, Enum):
    """What the engine is doing, in the order it happens."""

    QUEUED = "queued"
    LOADING = "loading"
    SEGMENT = "segment"
    CHOOSE = "choose"
    EDIT = "edit"
    UPSCALE = "upscale"
    COMPOSITE = "composite"
    #: Of a pull: steps are bytes while it fetches.
    FETCH = "fetch"
    INSTALL = "install"


def check_prompt(text: str, what: str) -> str:
    """`text` stripped; raises BadPrompt where it is empty, too long or no text. `what` names the field to the user."""
    check_text(text, what)
    stripped = text.strip()
    if is_blank(stripped):
        raise BadPrompt(f"“{what}” is empty: type a word or a short phrase.")
    if len(stripped) > MAX_PROMPT:
        raise BadPrompt(f"“{what}” has {len(stripped)} characters; use at most {MAX_PROMPT}.")
    return stripped


def check_text(text: str, what: str) -> None:
    """Raises BadPrompt for what is no text: halves of characters, which no file can hold."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadPrompt(f"“{what}” has characters that cannot be read: type it again.")


def check_wanted(with_: str, painting: Painting) -> str:
    """What to paint, stripped; empty where it is removed. Raises BadPrompt, and UserError where both are asked."""
    if not painting.remove:
        return check_prompt(with_, "With")
    if with_:
        raise UserError("An object is replaced or removed, not both: say what to paint, or that it is to be removed.")
    return ""


@dataclass(frozen=True)
class Hello:
    """First frame of a client: the version it speaks and the secret of the endpoint file."""

    protocol: int
    secret: str
    client: str


@dataclass(frozen=True)
class Welcome:
    """The engine's answer to a good Hello."""

    protocol: int
    engine: str


def check_models(models: str) -> None:
    """Raises UserError for what cannot be the identifier of a model set."""
    if not models or len(models) > _LONGEST_NAME or not models.isprintable():
        raise UserError("The models have no name: choose “auto”.")


@dataclass(frozen=True)
class Find:
    """Look for `replace` in a copy of the layer scaled to at most 1,280 pixels a side.

    `selection` (one channel, the copy's size): candidates are cut to its non-zero pixels. models: a model set's id.
    with_, painting: the edit that will follow, where one will: models that cannot do it refuse before anything runs.
    points (x, y), box: in the layer's pixels; where any is given, what lies there is the one candidate, whatever
    `replace` names. select: by which rule it is chosen otherwise; models that do not segment first know only their own.
    """

    replace: str
    image: Plane
    layer_size: tuple[int, int]
    selection: Optional[Plane] = None
    models: str = AUTO
    with_: Optional[str] = None
    painting: Painting = Painting()
    points: tuple[tuple[int, int], ...] = ()
    box: Optional[Box] = None
    select: Select = Select.OURS

    def __post_init__(self) -> None:
        check_prompt(self.replace, "Replace")
        check_size(self.layer_size)
        check_models(self.models)
        if max(self.image.size) > SEARCH_SIDE:
            raise TooLarge(
                f"The search copy has {self.image.width}×{self.image.height} pixels; at most {SEARCH_SIDE} a side."
            )
        if self.selection is not None and (self.selection.size, self.selection.channels) != (self.image.size, 1):
            raise BadSelection("The selection does not have the picture's size.")
        check_pointed(self.points, self.box, self.layer_size)


@dataclass(frozen=True)
class Candidate:
    """One segment, or a union of segments. `mask` has the search copy's size, 0 or 255; `box` and `edit_box` are in
    the layer's pixels.
    """

    rank: int
    label: str
    probability: float
    presence: float
    box: Box
    edit_box: Box
    area: int
    mask: Plane


@dataclass(frozen=True)
class Found:
    """The ranked candidates, best first, and the ranks the engine would replace; none: nothing reaches the floor."""

    candidates: tuple[Candidate, ...]
    chosen: tuple[int, ...]
    #: What the engine says to the user when nothing was chosen ("I looked for … and saw …"); empty otherwise.
    explanation: str
    #: JSON: `models`, `seconds`, `device`, `dtype`, `versions`, `warnings` as in the report (engine/REFERENCE.md).
    report: dict[str, Any] = field(default_factory=dict)
    #: Which of how many objects the words mean ("2 of 3 apples: left, middle"); empty where they only name it.
    understood: str = ""


def check_shape(painting: Painting, mask_kind: MaskKind) -> None:
    """Raises UserError where there is nothing to grow or feather."""
    if painting.reshapes and mask_kind is MaskKind.REGION:
        raise UserError("The edit region was given and is used as it is: leave out growth and feather.")


@dataclass(frozen=True)
class Edit:
    """Paint `with_` into one box of the layer, in one or more variations; it is empty where `painting` removes.

    seed: of the first variation; the others have the seeds after it. batch: how many samples are painted at once; None:
    as many as the engine finds fit. place: paint all, and answer with this one alone, from 0: it repeats a result that
    was painted beside others.
    image: the box at full resolution, 1 to 4 channels. selection: one channel, the box's size, multiplied into the
    region.
    mask: one channel; kind OBJECT: of the whole layer at any size (the search copy's), resampled by the engine;
    kind REGION: of the box's size, used as it is.
    grey: the whole layer is grey, as which colours ever it is kept, and so is what is painted.
    """

    replace: str
    with_: str
    seed: int
    layer_size: tuple[int, int]
    box: Box
    image: Plane
    mask: Plane
    mask_kind: MaskKind = MaskKind.OBJECT
    selection: Optional[Plane] = None
    models: str = AUTO
    painting: Painting = Painting()
    variations: int = 1
    batch: Optional[int] = None
    place: Optional[int] = None
    grey: bool = False

    def __post_init__(self) -> None:
        check_prompt(self.replace, "Replace")
        check_wanted(self.with_, self.painting)
        check_size(self.layer_size)
        check_models(self.models)
        if not 0 <= self.seed <= MAX_SEED:
            raise UserError(f"The seed is {self.seed}; it must be from 0 to {MAX_SEED}.")
        VARIATIONS.check(self.variations)
        if self.batch is not None and not 1 <= self.batch <= MAX_BATCH:
            raise UserError(f"{self.batch} samples cannot be painted at once; it must be 1 to {MAX_BATCH}.")
        if self.place is not None and not 0 <= self.place < self.variations:
            raise UserError(f"There is no variation {self.place} of {self.variations}.")
        if self.box.is_empty() or self.box != self.box.clipped(self.layer_size) or self.box.size != self.image.size:
            raise BadImage("The part of the layer that was sent does not have the announced place and size.")
        check_shape(self.painting, self.mask_kind)
        if self.mask.channels != 1 or (self.mask_kind is MaskKind.REGION and self.mask.size != self.image.size):
            raise BadImage("The mask does not have the picture's size.")
        if self.selection is not None and (self.selection.size, self.selection.channels) != (self.image.size, 1):
            raise BadSelection("The selection does not have the picture's size.")


@dataclass(frozen=True)
class Variation:
    """One result for the box of an Edit, sent as soon as it is painted.

    pixels: unblended new colour, as many colour channels as the image had, no alpha.
    """

    pixels: Plane
    #: JSON (engine/REFERENCE.md, Report): `seed`, `samples`, `preset`, `models`, `seconds`, `device`, `dtype`,
    #: `versions`, `kept_at` (the step after which it was ended early, else null), `batch` and `place` (how many samples
    #: were painted at once, and which of them this is), `family` (the models that “auto” meant), `warnings`, the shape
    #: that was asked for (`grow`, `feather`), and the painter's own facts.
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EditDone:
    """All variations have been sent.

    region: one channel, the box's size, the edit region. object_mask: one channel, the object mask at native size
    (equals region's footprint where a region was given).
    """

    region: Plane
    object_mask: Plane


@dataclass(frozen=True)
class Progress:
    """Where the engine is: `step` of `steps` within the stage, in `variation` (from 0) of an edit of `variations`;
    together: so many of them, this one first, are painted at once.

    preview: in some edit steps, x̂0 inside the region and the picture around it, RGB, at most 256 pixels a side.
    box: what of the layer, in its pixels, the preview shows; may reach outside the layer.
    note: a sentence for the user, where something is done otherwise than it was asked for; else empty.
    """

    stage: Stage
    step: int
    steps: int
    preview: Optional[Plane] = None
    box: Optional[Box] = None
    note: str = ""
    variation: int = 0
    variations: int = 1
    together: int = 1


@dataclass(frozen=True)
class Failed:
    """The request ended in an error: a kind of `errors` and its sentence."""

    kind: str
    message: str


@dataclass(frozen=True)
class Cancel:
    """Stop the request in flight; a Cancel that arrives after its end is ignored."""


@dataclass(frozen=True)
class Keep:
    """End the edit in flight early with the best so far, at the earliest after its first step; ignored at any other
    time.
    """
