"""The one table of what can be asked of a replacement. GIMP's arguments, dialogs and recipe are made from it, and tests
hold the command line against it.
"""

from __future__ import annotations

import secrets

from text_replace_wire.option import Entry, Kind, Option, Owner

MAX_SEED = 2**31 - 1
#: Pixels of the picture.
MAX_GROWTH = 4096
MAX_VARIATIONS = 8
#: The few steps were learnt for a grid of so many; https://arxiv.org/abs/2311.05556 skips from one to another of them.
MAX_STEPS = 50
MAX_GUIDANCE = 20
MAX_WORKING_SIZE = 1024
AUTO = "auto"


def translatable(text: str) -> str:
    """Marks a text for the catalogues of translations; the plug-in translates it where it is shown."""
    return text


_ = translatable

REPLACE = Option("replace", Kind.TEXT, "", _("Re_place"), _("What is in the picture"), noun=_("Replace"))
WITH = Option("with", Kind.TEXT, "", _("_With"), _("What to paint instead"), noun=_("With"))
SEED = Option(
    "seed",
    Kind.INTEGER,
    -1,
    _("S_eed"),
    _("The same seed gives the same picture"),
    most=MAX_SEED,
    unset=-1,
    unset_label=_("Random"),
    noun="seed",
)
PRESET = Option(
    "preset",
    Kind.CHOICE,
    "standard",
    _("Prese_t"),
    _("How to paint"),
    noun="preset",
    entries=(
        Entry("standard", _("Standard"), _("Blended at every step; the usual choice")),
        Entry("fast", _("Fast"), _("Cheaper and weaker guidance")),
        Entry("best", _("Best of four"), _("Four seeds, ranked; four times the time")),
        Entry("paper", _("Paper"), _("As published: slow, and not blended while sampling")),
    ),
)
#: Its values are the identifiers of model sets, which only an engine knows.
MODELS = Option("models", Kind.TEXT, AUTO, _("_Models"), _("Which models to use"), noun="models")
STRENGTH = Option(
    "strength",
    Kind.NUMBER,
    0.0,
    _("Strength"),
    _("Share of the schedule that runs: less keeps more of the picture"),
    most=1,
    above_least=True,
    unset=0.0,
    unset_label=_("The preset's own"),
    start=0.7,
    step=0.05,
    noun="strength",
    owner=Owner.PAINTER,
)
VARIATIONS = Option(
    "variations",
    Kind.INTEGER,
    1,
    _("_Variations"),
    _("How many results, from as many seeds"),
    least=1,
    most=MAX_VARIATIONS,
    noun="number of variations",
)
GROW = Option(
    "grow",
    Kind.NUMBER,
    -1.0,
    _("_Grow"),
    _("Pixels by which the object grows before it is painted over"),
    most=MAX_GROWTH,
    unset=-1.0,
    unset_label=_("Automatic"),
    start=8,
    noun="growth",
)
FEATHER = Option(
    "feather",
    Kind.NUMBER,
    -1.0,
    _("Feather"),
    _("Pixels over which the edge fades"),
    most=MAX_GROWTH,
    unset=-1.0,
    unset_label=_("Automatic"),
    start=8,
    noun="feather",
)
USE_SELECTION = Option(
    "use-selection",
    Kind.FLAG,
    False,
    _("_Use my selection instead"),
    _("Replace what is selected; look for nothing"),
)
KEEP_SELECTION = Option(
    "keep-selection",
    Kind.FLAG,
    False,
    _("_Keep the old selection as a channel"),
    _("Else it is lost"),
    owner=Owner.EDITOR,
)
AS_LAYER_MASK = Option(
    "as-layer-mask",
    Kind.FLAG,
    False,
    _("Result as la_yer with mask"),
    _("A whole layer, cut out by a mask to edit"),
    owner=Owner.EDITOR,
)
RECORD_RECIPE = Option(
    "record-recipe",
    Kind.FLAG,
    True,
    _("Record the rec_ipe"),
    _("In the layer, for Edit Again; it has the descriptions"),
    owner=Owner.EDITOR,
)
MARK = Option(
    "mark",
    Kind.FLAG,
    True,
    _("Mark the image as AI-e_dited"),
    _("In its metadata, for exported files; without the descriptions"),
    owner=Owner.EDITOR,
)
REMOVE = Option(
    "remove",
    Kind.FLAG,
    False,
    _("_Just remove it"),
    _("Put nothing in its place; photo models only"),
)
#: Beside the set: of those that paint for it.
PAINTER = Option(
    "painter",
    Kind.CHOICE,
    AUTO,
    _("Painted _by"),
    _("What paints; else FLUX.2 klein where it is installed and fits this machine"),
    unset=AUTO,
    noun="painter",
    entries=(
        Entry(AUTO, _("Automatic"), _("The better one that fits this machine")),
        Entry("sd15", _("Stable Diffusion"), _("Runs anywhere")),
        Entry("klein", _("FLUX.2 klein"), _("Better, on a card with much memory")),
        Entry("lama", _("LaMa"), _("Only removes, by what is around the object")),
    ),
    owner=Owner.PAINTER,
)
ROOM = Option(
    "room",
    Kind.CHOICE,
    "normal",
    _("Room _around it"),
    _("How far around the object is painted over"),
    unset="normal",
    noun="room",
    entries=(
        Entry("tight", _("Tight"), _("Where the new object has the same outline")),
        Entry("normal", _("Normal"), _("For most objects")),
        Entry("loose", _("Loose"), _("For any outline as large as the object")),
    ),
    owner=Owner.PAINTER,
)
STEPS = Option(
    "steps",
    Kind.INTEGER,
    0,
    _("Steps"),
    _("Length of the schedule, of which strength is a share"),
    least=1,
    most=MAX_STEPS,
    unset=0,
    unset_label=_("The preset's own"),
    start=25,
    noun="number of steps",
    owner=Owner.PAINTER,
)
GUIDANCE_SCALE = Option(
    "guidance-scale",
    Kind.NUMBER,
    0.0,
    _("Guidance"),
    _("How closely the prompt is followed; 1: without guidance, in half the time"),
    least=1,
    most=MAX_GUIDANCE,
    unset=0.0,
    unset_label=_("The preset's own"),
    start=2.5,
    step=0.5,
    noun="guidance scale",
    owner=Owner.PAINTER,
)
NEGATIVE_PROMPT = Option(
    "negative-prompt",
    Kind.TEXT,
    "",
    _("Avoid"),
    _("What not to paint; it takes a guidance above 1, and Fast's own is 1"),
    unset="",
    noun="negative prompt",
    owner=Owner.PAINTER,
)
WORKING_SIZE = Option(
    "working-size",
    Kind.INTEGER,
    0,
    _("Working size"),
    _("Side of the square that the network paints"),
    least=1,
    most=MAX_WORKING_SIZE,
    unset=0,
    unset_label=_("Automatic"),
    start=512,
    step=64,
    noun="working size",
    owner=Owner.PAINTER,
)

#: In the order of a procedure's arguments. The letters underlined in dialogs are all different, and not those of GIMP's
#: own buttons.
OPTIONS = (
    REPLACE,
    WITH,
    SEED,
    PRESET,
    MODELS,
    STRENGTH,
    VARIATIONS,
    GROW,
    FEATHER,
    USE_SELECTION,
    KEEP_SELECTION,
    AS_LAYER_MASK,
    RECORD_RECIPE,
    MARK,
    REMOVE,
    PAINTER,
    ROOM,
    STEPS,
    GUIDANCE_SCALE,
    NEGATIVE_PROMPT,
    WORKING_SIZE,
)
#: What the user typed, which nobody else needs to know.
PROMPTS = (REPLACE, WITH, NEGATIVE_PROMPT)


def seeds_from(first: int, count: int) -> list[int]:
    """`count` seeds from `first` on, wrapped at 2³¹."""
    return [(first + number) % (MAX_SEED + 1) for number in range(count)]


def random_seed() -> int:
    """0 … 2³¹ − 1."""
    return secrets.randbelow(MAX_SEED + 1)
