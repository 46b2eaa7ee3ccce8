"""What the user asks for, and the names under which GIMP knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from text_replace_plugin.i18n import N_, _
from text_replace_wire import options, pairs
from text_replace_wire.errors import BadPrompt, UserError
from text_replace_wire.messages import MaskKind, check_models, check_prompt, check_shape
from text_replace_wire.option import Kind, Option, Owner
from text_replace_wire.options import AUTO, MAX_SEED
from text_replace_wire.painting import Painting
from text_replace_wire.pairs import Pair

PROCEDURE = "plug-in-text-replace"
#: In English: GIMP 2.10 translates these itself.
MENU_LABEL = N_("Text Replace...")
TITLE = "Text Replace"
BLURB = N_("Replace one object by another, described in words")
HELP = N_(
    "Finds the object named by “replace” in the layer, paints what “with” names in its place, and returns that as a "
    "new layer above, with the edit region as the selection. A selection limits where it looks. Several lines in both "
    "replace as many objects."
)
AUTHORS = "The Text Replace developers"
DATE = "2026"

#: In GIMP 2.10, whose PROCEDURE keeps the arguments that it has always had.
EXTENDED = "plug-in-text-replace-extended"
EDIT_AGAIN = "plug-in-text-replace-edit-again"
AGAIN_MENU_LABEL = N_("Text Replace: Edit Again...")
AGAIN_BLURB = N_("Repeat or change a replacement that Text Replace made")
AGAIN_HELP = N_(
    "Works on a layer that Text Replace added: reads the recipe in it and runs it again, which gives the same pixels "
    "as long as the layer it was made from is the same. The new layer is put above the old one, which is hidden."
)

#: What stands for an object that was clicked and not named: users read it in their language, models in English.
NAMELESS = N_("object")

_NUMBERS = (Kind.INTEGER, Kind.NUMBER)
#: What is said of each pair by itself, by field.
_WORDS = (options.REPLACE.field, options.WITH.field)


@dataclass(frozen=True)
class Settings:
    """One request as checked. The fields are those of the options, but for what says how to paint.

    seed: 0 .. 2**31 - 1, already drawn where the user left it random; of the first of several variations.
    models: a model set's id. variations: number of results.
    use_selection: the selection is the edit region, and nothing is looked for. keep_selection: it stays as a channel.
    as_layer_mask: the result is a whole layer, cut out by a layer mask. record_recipe: the result says how it was made.
    mark: the image says that generative AI edited it.
    recorded: of the painting's options, the names of those that nobody asked for: a recipe has what they were.
    further: what is asked of the other pairs of the same run, each alone: the same but the words, and but for what a
    recipe has of each.
    """

    replace: str
    with_: str
    seed: int
    models: str = AUTO
    painting: Painting = Painting()
    variations: int = 1
    use_selection: bool = False
    keep_selection: bool = False
    as_layer_mask: bool = False
    record_recipe: bool = True
    mark: bool = True
    recorded: tuple[str, ...] = ()
    further: tuple[Settings, ...] = ()

    @property
    def each(self) -> tuple[Settings, ...]:
        """Of every pair alone, in order."""
        return replace(self, further=()), *self.further


def together(each: Sequence[Settings]) -> Settings:
    """The settings of several pairs, each alone, as those of one run."""
    first, *further = each
    return replace(first, further=tuple(further))


def check(**values: Any) -> Settings:
    """The settings in a procedure's values, which go by the options' fields; left out, a value is the default.

    Raises BadPrompt, and UserError for a value that does not exist.
    """
    asked = to_search(**values)
    for one in () if asked.painting.remove else asked.each:
        if asked.further and not one.with_:
            raise BadPrompt(_("There is nothing to paint instead of “{replace}”: say what.", replace=one.replace))
        check_prompt(one.with_, _(options.WITH.noun))
    if asked.further and asked.use_selection:
        raise UserError(_("The selection can be one object only: replace one at a time, or let them be found."))
    check_shape(asked.painting, MaskKind.REGION if asked.use_selection else MaskKind.OBJECT)
    return asked


def to_search(**values: Any) -> Settings:
    """As `check`, where it is only looked for something yet: `with_` may be empty. Where the object is removed, it is
    empty whatever was given. Both prompts have a line for each pair.
    """
    words = {field: str(values.pop(field, "") or "") for field in _WORDS}
    beside = [option for option in options.OPTIONS if option.field not in words]
    given = {option.field: _checked(option, values.pop(option.field, option.default)) for option in beside}
    if values:
        raise TypeError(f"there are no options {', '.join(values)}")
    own = {option.field: given.pop(option.field) for option in options.OPTIONS if option.owner is Owner.PAINTER}
    shape = {field: given.pop(field) for field in ("preset", "grow", "feather", "remove")}
    if shape["remove"]:
        words[options.WITH.field] = ""
    typed = pairs.typed(*words.values())
    pairs.check_number(len(typed))
    painting = Painting(**shape).with_options(**own)
    return together([Settings(_sought(pair.replace), pair.with_, painting=painting, **given) for pair in typed])


def values(asked: Settings) -> dict[str, Any]:
    """The procedure's values that `check` turns into these settings, by field."""
    painting = asked.painting
    words = pairs.written([Pair(display_name(one.replace), one.with_) for one in asked.each])
    own = {**vars(asked), **vars(painting), **painting.options, **dict(zip(_WORDS, words))}
    return {option.field: option.spoken(own.get(option.field, option.default)) for option in options.OPTIONS}


def display_name(word: str) -> str:
    """The word for what is replaced, as users read it."""
    return _(NAMELESS) if word == NAMELESS else word


def bounds(option: Option) -> tuple[float, float]:
    """Of a number: the lowest and highest value of a procedure, the one that says None included."""
    lowest = option.least if option.unset is None else min(option.least, float(option.unset))
    return lowest, option.most


def documented(option: Option) -> str:
    """What the option is, for who calls a procedure: the value that says None included."""
    explanation = _(option.explanation)
    if not isinstance(option.unset, (int, float)) or not option.unset_label:
        return explanation
    return with_unset(explanation, option.unset, _(option.unset_label))


def with_unset(text: str, value: float, meaning: str) -> str:
    """The text of a number, and what the value means that says None."""
    return _(
        "{explanation} ({value}: {meaning})",
        explanation=text,
        value=f"{value:g}".replace("-", "−"),
        meaning=meaning,
    )


def _sought(word: str) -> str:
    sought = check_prompt(word, _(options.REPLACE.noun))
    return NAMELESS if sought == _(NAMELESS) else sought


def _checked(option: Option, value: Any) -> Any:
    """The option's value, None where it is left to others."""
    given = option.given(value)
    if option is options.SEED:
        return options.random_seed() if given is None else _seed(given)
    if option is options.MODELS:
        check_models(given)
    elif option is options.VARIATIONS and not option.least <= given <= option.most:
        raise UserError(_("There can be 1 to {most} variations, not {asked}.", most=option.most, asked=given))
    elif option.kind is Kind.CHOICE and given is not None:
        _check_choice(option, given)
    elif option.kind in _NUMBERS:
        option.check(given)
    elif option.kind is Kind.TEXT and given is not None:
        return given.strip()
    return bool(given) if option.kind is Kind.FLAG else given


def _seed(seed: int) -> int:
    if not 0 <= seed <= MAX_SEED:
        raise UserError(
            _("The seed is {seed}; use −1 for a random one, or a number from 0 to {most}.", seed=seed, most=MAX_SEED)
        )
    return seed


def _check_choice(option: Option, value: str) -> None:
    known = [entry.value for entry in option.entries]
    if value not in known:
        raise UserError(
            _(
                "There is no {name} “{value}”; use {known}.",
                name=option.noun,
                value=value,
                known=", ".join(known),
            )
        )
