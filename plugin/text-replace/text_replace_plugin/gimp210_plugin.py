"""The procedure in GIMP 2.10: registration, run modes, return values."""

from __future__ import annotations

from typing import Any, Callable

from text_replace_wire.messages import MAX_SEED, ModelChoice, Preset

from . import gimpfu_compat as gimpfu
from . import libgimp2, settings
from .gimpfu_compat import PF_DRAWABLE, PF_IMAGE, PF_LAYER, PF_RADIO, PF_SPINNER, PF_STRING
from .i18n import DOMAIN, FOLDER, _


def _entries(choices: Any) -> tuple[tuple[str, str], ...]:
    return tuple((label, value.value) for value, (label, _explanation) in choices.items())


def _ask(title: str, params: Any, values: Any) -> Any:
    def work() -> Any:
        from . import gtk2_windows

        return gtk2_windows.ask(title, params, values)

    return _ended(work)


def _run(run_mode: int, image: int, drawable: int, *values: Any) -> int:
    return int(_ended(lambda: _replace(run_mode, image, drawable, *values)))


def _ended(work: Callable[[], Any]) -> Any:
    """What `work` gives. Raises gimpfu's `cancel` or `error`, nothing else."""
    from . import outcome

    result = outcome.of(work)
    if result.ending is outcome.Ending.CANCELLED:
        raise gimpfu.cancel
    if result.ending is outcome.Ending.FAILED:
        raise gimpfu.error(result.message)
    return result.value


def _replace(run_mode: int, image: int, drawable: int, *values: Any) -> Any:
    from . import session
    from .gimp210_host import Gimp210Host
    from .gimp_display import GimpDisplay

    asked = settings.check(*values)
    host = Gimp210Host(image, drawable)
    display: Any = GimpDisplay(
        lambda text: libgimp2.progress_init(text.encode()),
        lambda text: libgimp2.progress_set_text(text.encode()),
        libgimp2.progress_update,
    )
    if run_mode == gimpfu.RUN_INTERACTIVE:
        from . import gtk2_windows

        display = gtk2_windows.ProgressWindow(display)
    try:
        (layer,) = session.replace(host, display, asked).layers
    finally:
        display.close()
    gimpfu.pdb.gimp_displays_flush()
    return layer


def main(arguments: list[str]) -> int:
    gimpfu.register(
        settings.PROCEDURE,
        settings.BLURB,
        settings.HELP,
        settings.AUTHORS,
        settings.AUTHORS,
        settings.DATE,
        settings.MENU_LABEL,
        # Kinds of image that cannot be edited get a sentence, not a grey menu item.
        "*",
        [
            (PF_IMAGE, "image", "The image"),
            (PF_DRAWABLE, "drawable", "The layer"),
            (PF_STRING, "replace", _("Re_place"), ""),
            (PF_STRING, "with", _("_With"), ""),
            (PF_SPINNER, "seed", _("S_eed (−1 = random)"), settings.RANDOM_SEED, (settings.RANDOM_SEED, MAX_SEED, 1)),
            (PF_RADIO, "preset", _("Prese_t"), Preset.STANDARD.value, _entries(settings.PRESETS)),
            (PF_RADIO, "models", _("_Models"), ModelChoice.AUTO.value, _entries(settings.MODELS)),
        ],
        [(PF_LAYER, "layer", "The new layer")],
        _run,
        menu="<Image>/Filters",
        dialog=_ask,
        domain=(DOMAIN, str(FOLDER)),
    )
    return gimpfu.main(arguments)
