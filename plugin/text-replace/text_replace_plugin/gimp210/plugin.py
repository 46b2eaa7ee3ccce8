"""The procedures in GIMP 2.10: registration, run modes, return values."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, Optional

from text_replace_plugin import settings
from text_replace_plugin.gimp210 import gimpfu_compat as gimpfu
from text_replace_plugin.gimp210 import libgimp2, parameters
from text_replace_plugin.gimp210.parameters import (
    PF_DRAWABLE,
    PF_FLOATARRAY,
    PF_IMAGE,
    PF_INT32,
    PF_INT32ARRAY,
    PF_LAYER,
    Parameter,
)
from text_replace_plugin.i18n import DOMAIN, FOLDER, _
from text_replace_wire.model_messages import ModelSets
from text_replace_wire.options import MODELS, OPTIONS

if TYPE_CHECKING:
    from text_replace_plugin.offers import Offer

_OPTIONS = {option.name: option for option in OPTIONS}
_PATIENCE = 0.5  # seconds for an engine to say which model sets it has


def _ask(title: str, params: Any, values: Any) -> Any:
    return _ended(lambda: _answers(title, params, values, _told(params, values)))


def _answers(title: str, params: Any, values: Any, told: Optional[ModelSets]) -> Any:
    """What the dialog was answered, as far as it can be asked; None when the user cancelled."""
    from text_replace_plugin import offers
    from text_replace_plugin.gimp210 import windows

    def offered(answers: Sequence[Any]) -> Offer:
        return offers.offer(told, _spoken(params, answers))

    answers = windows.ask(title, _with_models(params, values, told), values, offered)
    if answers is None:
        return None
    fitting = offered(answers).fitting(_spoken(params, answers))
    return [fitting[_OPTIONS[parameter.name].field] for parameter in params]


def _spoken(params: Sequence[Parameter], values: Sequence[Any]) -> dict[str, Any]:
    """The values by the options' fields, of every option."""
    given = {_OPTIONS[parameter.name].field: value for parameter, value in zip(params, values)}
    return {option.field: given.get(option.field, option.default) for option in OPTIONS}


def _told(params: Sequence[Parameter], values: Sequence[Any]) -> Optional[ModelSets]:
    """What the running engine says of its model sets, if there is one."""
    from text_replace_plugin import running_engine

    wanted = _spoken(params, values)[MODELS.field]
    told: list[ModelSets] = []
    asking = threading.Thread(target=running_engine.prepare, args=(told.append, wanted), daemon=True)
    asking.start()
    asking.join(_PATIENCE)
    return told[0] if told else None


def _with_models(params: Sequence[Parameter], values: Sequence[Any], told: Optional[ModelSets]) -> list[Parameter]:
    """The parameters, with the model sets to choose from."""
    from text_replace_plugin import model_choices

    wanted = _spoken(params, values)[MODELS.field]
    offered = parameters.offering(model_choices.choices(() if told is None else told.sets, wanted))
    return [offered if parameter.name == MODELS.name else parameter for parameter in params]


def _ended(work: Callable[[], Any]) -> Any:
    """What `work` gives. Raises gimpfu's `cancel` or `error`, nothing else."""
    from text_replace_plugin import outcome

    result = outcome.of(work)
    if result.ending is outcome.Ending.CANCELLED:
        raise gimpfu.cancel
    if result.ending is outcome.Ending.FAILED:
        raise gimpfu.error(result.message)
    return result.value


def _run(run_mode: int, image: int, drawable: int, *values: Any) -> int:
    return int(_replace(run_mode, image, drawable, *values).layers[0])


def _run_extended(
    run_mode: int, image: int, drawable: int, *values: Any
) -> tuple[int, int, list[int], int, list[float]]:
    applied = _replace(run_mode, image, drawable, *values)
    layers, scores = list(applied.layers), list(applied.scores)
    return layers[0], len(layers), layers, len(scores), scores


def _run_again(run_mode: int, image: int, drawable: int) -> int:
    from text_replace_plugin import again

    opened = _ended(lambda: again.open_recipe(_host(image, drawable)))
    asked = opened.settings
    if run_mode == gimpfu.RUN_INTERACTIVE:
        params = [parameters.of(option) for option in (*parameters.first(), *parameters.further())]
        values = parameters.in_order(settings.values(opened.asked))
        told = _ended(lambda: _told(params, values))
        answers = _ended(lambda: _answers(_(settings.AGAIN_MENU_LABEL), params, values, told))
        if answers is None:
            raise gimpfu.cancel
        asked = _ended(lambda: opened.completed(settings.check(**parameters.by_field(answers)), told))
    return int(_shown(run_mode, lambda display: again.edit(opened, display, asked)).layers[0])


def _replace(run_mode: int, image: int, drawable: int, *values: Any) -> Any:
    from text_replace_plugin import session

    def work(display: Any) -> Any:
        asked = settings.check(**parameters.by_field(values))
        return session.replace(_host(image, drawable), display, asked)

    return _shown(run_mode, work)


def _shown(run_mode: int, work: Callable[[Any], Any]) -> Any:
    """What `work` gives, called with where it shows its progress."""

    def run() -> Any:
        from text_replace_plugin.gimp_display import GimpDisplay

        display: Any = GimpDisplay(
            lambda text: libgimp2.progress_init(text.encode()),
            lambda text: libgimp2.progress_set_text(text.encode()),
            libgimp2.progress_update,
            libgimp2.progress_end,
        )
        if run_mode == gimpfu.RUN_INTERACTIVE:
            from text_replace_plugin.gimp210 import windows

            display = windows.ProgressWindow(display)
        try:
            return work(display)
        finally:
            display.close()
            gimpfu.pdb.gimp_displays_flush()

    return _ended(run)


def _host(image: int, drawable: int) -> Any:
    from text_replace_plugin.gimp210.host import Gimp210Host

    return Gimp210Host(image, drawable)


def _register(name: str, again: bool, params: Any, results: Any, function: Any, **more: Any) -> None:
    label, blurb, text = (
        (settings.AGAIN_MENU_LABEL, settings.AGAIN_BLURB, settings.AGAIN_HELP)
        if again
        else (settings.MENU_LABEL, settings.BLURB, settings.HELP)
    )
    people = settings.AUTHORS, settings.AUTHORS, settings.DATE
    target = [(PF_IMAGE, "image", "The image"), (PF_DRAWABLE, "drawable", "The layer")]
    # Kinds of image that cannot be edited get a sentence, not a grey menu item.
    arguments = (name, blurb, text, *people, label, "*", [*target, *params], results, function)
    gimpfu.register(*arguments, domain=(DOMAIN, str(FOLDER)), **more)


def main(arguments: list[str]) -> int:
    params, more, extended = (
        [dataclasses.astuple(parameters.of(option)) for option in group]
        for group in (parameters.first(), parameters.further(), parameters.extended())
    )
    layer = (PF_LAYER, "layer", "The new layer, the best of several")
    several = [
        (PF_INT32, "num-layers", "How many layers"),
        (PF_INT32ARRAY, "layers", "All new layers, best first"),
        (PF_INT32, "num-scores", "How many scores"),
        (PF_FLOATARRAY, "scores", "How well each layer fits the description: CLIP's cosine"),
    ]
    menu = "<Image>/Filters"
    _register(settings.PROCEDURE, False, params, [layer], _run, menu=menu, dialog=_ask, more=more)
    _register(settings.EXTENDED, False, [*params, *extended], [layer, *several], _run_extended, dialog=_ask)
    _register(settings.EDIT_AGAIN, True, [], [layer], _run_again, menu=menu)
    return gimpfu.main(arguments)
