"""Every message of the protocol, as frozen data. `codec` turns them into frames, `connection` says when each is
allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Optional

from text_replace_wire.adjustments import Adjustments
from text_replace_wire.errors import BadImage, BadPrompt, BadSelection, TooLarge, UserError
from text_replace_wire.geometry import Box

PROTOCOL_VERSION = 3
MAX_PIXELS = 100_000_000
MAX_SIDE = 32_768
MAX_SEARCH_SIDE = 1280
MAX_PROMPT = 1000
MAX_SEED = 2**31 - 1


class MaskKind(str, Enum):
    """What the mask of an edit is: the object (the engine grows and feathers it) or the edit region, used as it is."""

    OBJECT = "object"
    REGION = "region"


class Preset(str, Enum):
    PAPER = "paper"
    STANDARD = "standard"
    FAST = "fast"
    BEST = "best"


class ModelChoice(str, Enum):
    AUTO = "auto"
    STARTER = "starter"
    FULL = "full"


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


def check_size(size: tuple[int, int]) -> None:
    """Raises BadImage or TooLarge for a (width, height) that no picture may have."""
    width, height = size
    if width < 1 or height < 1:
        raise BadImage(f"A picture of {width}×{height} pixels cannot be read.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise TooLarge(
            f"The picture has {width}×{height} pixels; the limits are {MAX_PIXELS // 10**6} megapixels "
            f"and {MAX_SIDE} a side: scale it down or crop it first."
        )


@dataclass(frozen=True)
class Plane:
    """8-bit pixels, row by row, interleaved: 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels, values 0..255."""

    width: int
    height: int
    channels: int
    data: bytes

    def __post_init__(self) -> None:
        check_size(self.size)
        if self.channels not in (1, 2, 3, 4):
            raise BadImage(f"A picture of {self.channels} channels cannot be read.")
        if len(self.data) != self.width * self.height * self.channels:
            raise BadImage("The picture's data does not have the announced size.")

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def check_prompt(text: str, what: str) -> str:
    """`text` stripped; raises BadPrompt where it is empty, too long or no text. `what` names the field to the user."""
    stripped = text.strip()
    if any("\ud800" <= character <= "\udfff" for character in stripped):
        raise BadPrompt(f"“{what}” has characters that cannot be read: type it again.")
    if not stripped:
        raise BadPrompt(f"“{what}” is empty: type a word or a short phrase.")
    if len(stripped) > MAX_PROMPT:
        raise BadPrompt(f"“{what}” has {len(stripped)} characters; use at most {MAX_PROMPT}.")
    return stripped


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


@dataclass(frozen=True)
class Find:
    """Look for `replace` in a copy of the layer scaled to at most 1,280 pixels a side.

    `selection` (one channel, the copy's size): candidates are cut to its non-zero pixels.
    """

    replace: str
    image: Plane
    layer_size: tuple[int, int]
    selection: Optional[Plane] = None
    models: ModelChoice = ModelChoice.AUTO
    #: The edit prompt, where one will follow: models that cannot paint it refuse before anything runs.
    with_: Optional[str] = None

    def __post_init__(self) -> None:
        check_prompt(self.replace, "Replace")
        check_size(self.layer_size)
        if max(self.image.size) > MAX_SEARCH_SIDE:
            raise TooLarge(
                f"The search copy has {self.image.width}×{self.image.height} pixels; at most {MAX_SEARCH_SIDE} a side."
            )
        if self.selection is not None and (self.selection.size, self.selection.channels) != (self.image.size, 1):
            raise BadSelection("The selection does not have the picture's size.")


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
    """The ranked candidates, best first, and the ranks the engine would replace: empty where nothing reaches the
    floor.
    """

    candidates: tuple[Candidate, ...]
    chosen: tuple[int, ...]
    #: What the engine says to the user when nothing was chosen ("I looked for … and saw …"); empty otherwise.
    explanation: str
    #: JSON: `models`, `seconds`, `device`, `dtype`, `versions` as in the report (engine/REFERENCE.md).
    report: dict[str, Any] = field(default_factory=dict)


def check_region_options(adjustments: Adjustments, preset: Preset, mask_kind: MaskKind) -> None:
    """Raises UserError where there is nothing to grow or feather."""
    if adjustments.reshapes and mask_kind is MaskKind.REGION:
        raise UserError("The edit region was given and is used as it is: leave out growth and feather.")
    if adjustments.reshapes and preset is Preset.PAPER:
        raise UserError(
            "The preset “paper” paints exactly the object: leave out growth and feather, or use another preset."
        )


@dataclass(frozen=True)
class Edit:
    """Paint `with_` into one box of the layer.

    image: the box at full resolution, 1 to 4 channels. selection: one channel, the box's size, multiplied into the
    region.
    mask: one channel; kind OBJECT: of the whole layer at any size (the search copy's), resampled by the engine;
    kind REGION: of the box's size, used as it is.
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
    preset: Preset = Preset.STANDARD
    models: ModelChoice = ModelChoice.AUTO
    working_size: Optional[int] = None
    adjustments: Adjustments = Adjustments()

    def __post_init__(self) -> None:
        check_prompt(self.replace, "Replace")
        check_prompt(self.with_, "With")
        check_size(self.layer_size)
        if not 0 <= self.seed <= MAX_SEED:
            raise UserError(f"The seed is {self.seed}; it must be from 0 to {MAX_SEED}.")
        if self.box.is_empty() or self.box != self.box.clipped(self.layer_size) or self.box.size != self.image.size:
            raise BadImage("The part of the layer that was sent does not have the announced place and size.")
        check_region_options(self.adjustments, self.preset, self.mask_kind)
        if self.mask.channels != 1 or (self.mask_kind is MaskKind.REGION and self.mask.size != self.image.size):
            raise BadImage("The mask does not have the picture's size.")
        if self.selection is not None and (self.selection.size, self.selection.channels) != (self.image.size, 1):
            raise BadSelection("The selection does not have the picture's size.")


@dataclass(frozen=True)
class Edited:
    """The result for the box.

    pixels: unblended new colour, as many colour channels as the image had, no alpha. region: one channel, the edit
    region.
    object_mask: one channel, the object mask at native size (equals region's footprint where a region was given).
    """

    pixels: Plane
    region: Plane
    object_mask: Plane
    #: JSON: `seed`, `samples`, `preset`, `models`, `steps`, `losses`, `seconds`, `device`, `dtype`, `working_size`,
    #: `versions`, `refined`, every field of Adjustments but `keep_at`, and `kept_at`, all as in the report
    #: (engine/REFERENCE.md), and `family`: the models that “auto” meant.
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Where the engine is: `step` of `steps` within the stage.

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


@dataclass(frozen=True)
class StatusRequest:
    """Ask what the engine is doing."""


@dataclass(frozen=True)
class Status:
    engine: str
    pid: int
    busy: bool
    queued: int
    idle_seconds: float
    models: tuple[str, ...]
    device: str


@dataclass(frozen=True)
class StopRequest:
    """Ask the engine to cancel everything and exit; answered by Status, then end of file."""
