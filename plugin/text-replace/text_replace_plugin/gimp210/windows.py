"""The windows in GIMP 2.10, over ctypes to GTK 2: the dialog with all fields, and progress with a Cancel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Callable, Optional

from text_replace_plugin import layout, settings
from text_replace_plugin.gimp210 import fields, gtk2, libgimp2, parameters
from text_replace_plugin.gimp210.fields import ChoiceField, Field
from text_replace_plugin.gimp210.pair_fields import PairFields, PromptField
from text_replace_plugin.gimp210.parameters import Parameter
from text_replace_plugin.host import Display
from text_replace_plugin.i18n import _
from text_replace_plugin.offers import CANNOT_REMOVE, Offer, one_of
from text_replace_wire import options
from text_replace_wire.geometry import Box
from text_replace_wire.option import Option
from text_replace_wire.pairs import typed
from text_replace_wire.planes import Plane

_SPACING = 12
#: Under this name GIMP knows, as long as it runs, whether the part for the rest is open.
_IS_OPEN = f"{settings.PROCEDURE}-more-options".encode()
#: GIMP tells the user that it keeps no empty values.
_OPEN, _CLOSED = b"open", b"closed"


class _Form:
    """All fields, in the places of the layout. offered: what can be asked for, by the values there are."""

    def __init__(
        self, params: Sequence[Parameter], values: Sequence[Any], offered: Callable[[Sequence[Any]], Offer]
    ) -> None:
        self._offered = offered
        self._fields = [self._field(parameter, value) for parameter, value in zip(params, values)]
        self._by_name = {field.parameter.name: field for field in self._fields}
        as_wide = gtk2.size_group_new(gtk2.HORIZONTAL)
        self._pairs = PairFields([field for field in self._fields if isinstance(field, PromptField)])
        for label in (*self._pairs.labels(), *(field.label for field in self._fields)):
            if label is not None:
                gtk2.size_group_add(as_wide, label)
        self.widget = gtk2.column_new(0, _SPACING)
        gtk2.container_border(self.widget, _SPACING)
        gtk2.box_pack(self.widget, self._pairs.widget, 0, 0, 0)
        beside = [option for option in layout.MAIN if option not in layout.PROMPTS]
        gtk2.box_pack(self.widget, self._table(beside), 0, 0, 0)
        self._more = gtk2.expander_new(_("More optio_ns").encode())
        gtk2.container_add(self._more, self._table((*layout.further(), *layout.flags())))
        gtk2.expander_set(self._more, int(libgimp2.get_data_size(_IS_OPEN) == len(_OPEN)))
        gtk2.box_pack(self.widget, self._more, 0, 0, 0)
        self._is_updating = False

    @staticmethod
    def _field(parameter: Parameter, value: Any) -> Field:
        is_prompt = parameter.name in [prompt.name for prompt in layout.PROMPTS]
        return PromptField(parameter, value) if is_prompt else fields.field(parameter, value)

    def connect(self, handler: Any) -> None:
        for field in self._fields:
            field.connect(handler)

    def answers(self) -> list[Any]:
        return [field.value() for field in self._fields]

    def update(self) -> bool:
        """Show what can be asked for now; whether what must be given is there."""
        if not self._is_updating:
            self._is_updating = True
            self._show(self._offered(self.answers()))
            self._is_updating = False
        replace, with_ = (self._by_name[prompt.name].value() for prompt in layout.PROMPTS)
        removes = self._removes()
        pairs = typed(replace, "" if removes else with_)
        return all(pair.replace and (removes or pair.with_) for pair in pairs)

    def _removes(self) -> bool:
        remove = self._by_name.get(options.REMOVE.name)
        return remove is not None and bool(remove.value())

    def _show(self, offer: Offer) -> None:
        for field in self._fields:
            field.update()
        self._pairs.show()
        for option in self._known(options.OPTIONS):
            if option not in layout.PROMPTS:
                self._by_name[option.name].show(offer.shows(option))
        remove = self._by_name.get(options.REMOVE.name)
        if remove is not None:
            remove.set_sensitive(offer.can_remove)
            remove.explain(_(options.REMOVE.explanation if offer.can_remove else CANNOT_REMOVE))
            if not offer.can_remove:
                gtk2.toggle_set(remove.widget, 0)
        self._by_name[options.WITH.name].set_sensitive(not self._removes())
        for option, offered in offer.choices():
            choice = self._by_name.get(option.name)
            if offered and isinstance(choice, ChoiceField):
                choice.offer(parameters.entries(option, offered), one_of(offered, choice.value()))

    def keep(self) -> None:
        """Remember for the next time, while GIMP runs, what is open."""
        kept = _OPEN if gtk2.expander_get(self._more) else _CLOSED
        libgimp2.set_data(_IS_OPEN, kept, len(kept))

    def _known(self, of: Iterable[Option]) -> list[Option]:
        """Those that the procedure asks for."""
        return [option for option in of if option.name in self._by_name]

    def _table(self, of: Iterable[Option]) -> Any:
        shown = [self._by_name[option.name] for option in self._known(of)]
        table = gtk2.table_new(max(1, len(shown)), 2, 0)
        gtk2.table_columns(table, _SPACING)
        for row, field in enumerate(shown):
            field.attach(table, row)
        return table


def ask(
    title: str, params: Sequence[Parameter], values: Sequence[Any], offered: Callable[[Sequence[Any]], Offer]
) -> Optional[list[Any]]:
    """Show the dialog; the answers, or None when the user cancelled. Raises UserError without a screen.

    offered: what can be asked for, by the values there are.
    """
    gtk2.start()
    dialog = gtk2.dialog_new()
    gtk2.window_set_title(dialog, title.rstrip(".").encode())
    gtk2.dialog_add_button(dialog, b"gtk-cancel", gtk2.RESPONSE_CANCEL)
    gtk2.dialog_add_button(dialog, b"gtk-ok", gtk2.RESPONSE_OK)
    gtk2.dialog_set_default(dialog, gtk2.RESPONSE_OK)
    form = _Form(params, values, offered)
    gtk2.container_add(gtk2.dialog_content(dialog), form.widget)

    def update(*_ignored: Any) -> None:
        gtk2.dialog_set_sensitive(dialog, gtk2.RESPONSE_OK, int(form.update()))

    handler = gtk2.Changed(update)
    form.connect(handler)
    gtk2.set_transient(dialog)
    gtk2.widget_show_all(gtk2.dialog_content(dialog))
    update()
    gtk2.widget_show(dialog)
    response = gtk2.dialog_run(dialog)
    answers = form.answers()
    form.keep()
    gtk2.widget_destroy(dialog)
    gtk2.redraw()
    return answers if response == gtk2.RESPONSE_OK else None


class ProgressWindow:
    """See `host.Display`. What it shows, GIMP's own progress bar shows as well."""

    def __init__(self, bar_in_gimp: Display) -> None:
        self._bar_in_gimp = bar_in_gimp
        self._cancelled = False
        # Edit Again comes here without a dialog before.
        gtk2.start()
        self._dialog = gtk2.dialog_new()
        gtk2.window_set_title(self._dialog, settings.TITLE.encode())
        gtk2.window_set_resizable(self._dialog, 0)
        gtk2.dialog_add_button(self._dialog, b"gtk-cancel", gtk2.RESPONSE_CANCEL)
        self._handlers = gtk2.Response(self._cancel), gtk2.Deleted(self._cancel)
        gtk2.connect(self._dialog, b"response", self._handlers[0])
        gtk2.connect(self._dialog, b"delete-event", self._handlers[1])
        self._label = gtk2.label_new(b"")
        gtk2.misc_align(self._label, 0.0, 0.5)
        self._bar = gtk2.bar_new()
        gtk2.widget_set_size(self._bar, 420, -1)
        gtk2.container_border(self._dialog, _SPACING // 2)
        for widget in (self._label, self._bar):
            gtk2.box_pack(gtk2.dialog_content(self._dialog), widget, 0, 0, _SPACING // 2)
        gtk2.set_transient(self._dialog)
        gtk2.widget_show_all(self._dialog)
        gtk2.redraw()

    def _cancel(self, *_ignored: Any) -> int:
        self._cancelled = True
        gtk2.label_set(self._label, _("Cancelling…").encode())
        return 1  # keeps the window until the engine has answered

    def show(self, text: str, fraction: float) -> None:
        self._bar_in_gimp.show(text, fraction)
        if not self._cancelled:
            gtk2.label_set(self._label, text.encode())
        gtk2.bar_fraction(self._bar, fraction)
        gtk2.redraw()

    def cancelled(self) -> bool:
        gtk2.redraw()
        return self._cancelled

    def kept(self) -> bool:
        return False

    def next_edit(self) -> None:
        """This window has nothing to keep an edit with."""

    def preview(self, picture: Plane, box: Box) -> None:
        """This window shows no pictures."""

    def close(self) -> None:
        gtk2.widget_destroy(self._dialog)
        gtk2.redraw()
        self._bar_in_gimp.close()
