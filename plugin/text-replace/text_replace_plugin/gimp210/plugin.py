"""The procedures in GIMP 2.10: registration, run modes, return values."""

from __future__ import annotations

from typing import Any, Callable

from text_replace_wire.adjustments import MAX_GROWTH

from text_replace_plugin import settings
from text_replace_plugin.gimp210 import gimpfu_compat as gimpfu
from text_replace_plugin.gimp210 import libgimp2
from text_replace_plugin.gimp210.gimpfu_compat import (
    PF_DRAWABLE,
    PF_FLOATARRAY,
    PF_IMAGE,
    PF_INT32,
    PF_INT32ARRAY,
    PF_LAYER,
    PF_RADIO,
    PF_SLIDER,
    PF_SPINNER,
    PF_STRING,
    PF_TOGGLE,
)
from text_replace_plugin.i18n import DOMAIN, FOLDER, _
from text_replace_wire.messages import ModelChoice, Preset
from text_replace_wire.options import MAX_SEED


def _entries(choices: Any) -> tuple[tuple[str, str], ...]:
    return tuple((label, value.value) for value, (label, _explanation) in choices.items())


def _ask(title: str, params: Any, values: Any) -> Any:
    def work() -> Any:
        from text_replace_plugin.gimp210 import windows

        return windows.ask(title, params, values)

    return _ended(work)


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
        params = [gimpfu.Parameter(*each) for each in (*_params(), *_options())]
        answers = _ask(_(settings.AGAIN_MENU_LABEL), params, list(settings.values(asked).values()))
        if answers is None:
            raise gimpfu.cancel
        asked = _ended(lambda: opened.completed(settings.check(*answers)))
    return int(_shown(run_mode, lambda display: again.edit(opened, display, asked)).layers[0])


def _replace(run_mode: int, image: int, drawable: int, *values: Any) -> Any:
    from text_replace_plugin import session

    return _shown(run_mode, lambda display: session.replace(_host(image, drawable), display, settings.check(*values)))


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


def _params() -> list[tuple[Any, ...]]:
    labels = settings.LABELS
    return [
        (PF_STRING, "replace", labels["replace"], ""),
        (PF_STRING, "with", labels["with"], ""),
        (PF_SPINNER, "seed", labels["seed"], settings.RANDOM_SEED, (settings.RANDOM_SEED, MAX_SEED, 1)),
        (PF_RADIO, "preset", labels["preset"], Preset.STANDARD.value, _entries(settings.PRESETS)),
        (PF_RADIO, "models", labels["models"], ModelChoice.AUTO.value, _entries(settings.MODELS)),
    ]


def _options() -> list[tuple[Any, ...]]:
    labels, least = settings.LABELS, settings.AUTOMATIC
    return [
        (PF_SLIDER, "strength", labels["strength"], settings.PRESETS_OWN, (0.0, 1.0, 0.05)),
        (PF_SPINNER, "variations", labels["variations"], 1, (1, settings.MAX_VARIATIONS, 1)),
        (PF_SLIDER, "grow", labels["grow"], least, (least, MAX_GROWTH, 1)),
        (PF_SLIDER, "feather", labels["feather"], least, (least, MAX_GROWTH, 1)),
        (PF_TOGGLE, "use-selection", labels["use-selection"], 0),
        (PF_TOGGLE, "keep-selection", labels["keep-selection"], 0),
        (PF_TOGGLE, "as-layer-mask", labels["as-layer-mask"], 0),
        (PF_TOGGLE, "record-recipe", labels["record-recipe"], 1),
    ]


def main(arguments: list[str]) -> int:
    params, more = _params(), _options()
    layer = (PF_LAYER, "layer", "The new layer, the best of several")
    several = [
        (PF_INT32, "num-layers", "How many layers"),
        (PF_INT32ARRAY, "layers", "All new layers, best first"),
        (PF_INT32, "num-scores", "How many scores"),
        (PF_FLOATARRAY, "scores", "How well each layer fits the description: CLIP's cosine"),
    ]
    menu = "<Image>/Filters"
    _register(settings.PROCEDURE, False, params, [layer], _run, menu=menu, dialog=_ask, more=more)
    _register(settings.EXTENDED, False, [*params, *more], [layer, *several], _run_extended, dialog=_ask)
    _register(settings.EDIT_AGAIN, True, [], [layer], _run_again, menu=menu)
    return gimpfu.main(arguments)
