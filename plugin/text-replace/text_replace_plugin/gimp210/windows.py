"""The windows in GIMP 2.10, over ctypes to GTK 2: the dialog with the two entries, and progress with a Cancel."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import CFUNCTYPE, c_char_p, c_double, c_int, c_uint, c_void_p
from typing import Any, Optional

from text_replace_plugin import refusals, settings
from text_replace_plugin.gimp210.libgimp2 import declare
from text_replace_plugin.gimp210.parameters import PF_RADIO, PF_SLIDER, PF_SPINNER, PF_TOGGLE, Parameter
from text_replace_plugin.host import Display
from text_replace_plugin.i18n import _
from text_replace_wire.errors import UserError
from text_replace_wire.geometry import Box
from text_replace_wire.options import REMOVE, WITH
from text_replace_wire.planes import Plane

_gtk = ctypes.CDLL("libgtk-x11-2.0.so.0")
_gimpui = ctypes.CDLL("libgimpui-2.0.so.0")
_gobject = ctypes.CDLL("libgobject-2.0.so.0")
_atk = ctypes.CDLL("libatk-1.0.so.0")

RESPONSE_OK, RESPONSE_CANCEL = -5, -6
_FILL, _EXPAND_FILL = 4, 5
_SPACING = 12
_NUMBERS = (PF_SPINNER, PF_SLIDER)


def _function(name: str, result: Any, *arguments: Any) -> Any:
    return declare(_gtk, f"gtk_{name}", result, *arguments)


_init_check = _function("init_check", c_int, c_void_p, c_void_p)
_gimp_ui_init = declare(_gimpui, "gimp_ui_init", None, c_char_p, c_int)
_set_transient = declare(_gimpui, "gimp_window_set_transient", None, c_void_p)

_dialog_new = _function("dialog_new", c_void_p)
_dialog_add_button = _function("dialog_add_button", c_void_p, c_void_p, c_char_p, c_int)
_dialog_content = _function("dialog_get_content_area", c_void_p, c_void_p)
_dialog_set_default = _function("dialog_set_default_response", None, c_void_p, c_int)
_dialog_set_sensitive = _function("dialog_set_response_sensitive", None, c_void_p, c_int, c_int)
_dialog_run = _function("dialog_run", c_int, c_void_p)
_window_set_title = _function("window_set_title", None, c_void_p, c_char_p)
_window_set_resizable = _function("window_set_resizable", None, c_void_p, c_int)
_widget_destroy = _function("widget_destroy", None, c_void_p)
_widget_show_all = _function("widget_show_all", None, c_void_p)
_widget_set_size = _function("widget_set_size_request", None, c_void_p, c_int, c_int)
_widget_accessible = _function("widget_get_accessible", c_void_p, c_void_p)
_accessible_set_name = declare(_atk, "atk_object_set_name", None, c_void_p, c_char_p)
_container_add = _function("container_add", None, c_void_p, c_void_p)
_box_pack = _function("box_pack_start", None, c_void_p, c_void_p, c_int, c_int, c_uint)
_container_border = _function("container_set_border_width", None, c_void_p, c_uint)
_table_new = _function("table_new", c_void_p, c_uint, c_uint, c_int)
_table_attach = _function("table_attach", None, c_void_p, c_void_p, *[c_uint] * 4, c_int, c_int, c_uint, c_uint)
_table_rows = _function("table_set_row_spacings", None, c_void_p, c_uint)
_table_columns = _function("table_set_col_spacings", None, c_void_p, c_uint)
_label_new = _function("label_new_with_mnemonic", c_void_p, c_char_p)
_label_set = _function("label_set_text", None, c_void_p, c_char_p)
_label_for = _function("label_set_mnemonic_widget", None, c_void_p, c_void_p)
_misc_align = _function("misc_set_alignment", None, c_void_p, ctypes.c_float, ctypes.c_float)
_entry_new = _function("entry_new", c_void_p)
_entry_activates = _function("entry_set_activates_default", None, c_void_p, c_int)
_entry_get = _function("entry_get_text", c_char_p, c_void_p)
_entry_set = _function("entry_set_text", None, c_void_p, c_char_p)
_spin_new = _function("spin_button_new_with_range", c_void_p, c_double, c_double, c_double)
_spin_get = _function("spin_button_get_value", c_double, c_void_p)
_spin_set = _function("spin_button_set_value", None, c_void_p, c_double)
_check_new = _function("check_button_new", c_void_p)
_toggle_get = _function("toggle_button_get_active", c_int, c_void_p)
_toggle_set = _function("toggle_button_set_active", None, c_void_p, c_int)
_combo_new = _function("combo_box_text_new", c_void_p)
_combo_append = _function("combo_box_text_append_text", None, c_void_p, c_char_p)
_combo_get = _function("combo_box_get_active", c_int, c_void_p)
_combo_set = _function("combo_box_set_active", None, c_void_p, c_int)
_bar_new = _function("progress_bar_new", c_void_p)
_bar_fraction = _function("progress_bar_set_fraction", None, c_void_p, c_double)
_events_pending = _function("events_pending", c_int)
_iteration = _function("main_iteration_do", c_int, c_int)

_Changed = CFUNCTYPE(None, c_void_p, c_void_p)
_Response = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)
_Deleted = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)


def _connect(widget: Any, signal: bytes, handler: Any) -> None:
    """The caller keeps `handler` alive for as long as the widget lives."""
    connect = _gobject.g_signal_connect_data
    connect.argtypes = [c_void_p, c_char_p, type(handler), c_void_p, c_void_p, c_int]
    connect.restype = ctypes.c_ulong
    connect(widget, signal, handler, None, None, 0)


def _start_gtk() -> None:
    if not _init_check(None, None):
        raise UserError(refusals.NO_SCREEN)
    _gimp_ui_init(settings.PROCEDURE.encode(), 0)


def _redraw() -> None:
    while _events_pending():
        _iteration(0)


class _Field:
    """One row of the dialog: the widget of a parameter, and how to read it."""

    def __init__(self, parameter: Parameter, value: Any) -> None:
        self.parameter = parameter
        if parameter.kind == PF_RADIO:
            self.widget = _combo_new()
            # A recipe may have a value that is not offered: it is shown, and refused with a sentence if it is kept.
            offered = list(parameter.extra)
            self._values = [known for _label, known in offered]
            if value not in self._values:
                offered.append((value, value))
                self._values.append(value)
            for label, _known in offered:
                _combo_append(self.widget, label.encode())
            _combo_set(self.widget, self._values.index(value))
        elif parameter.kind == PF_TOGGLE:
            self.widget = _check_new()
            _toggle_set(self.widget, int(value))
        elif parameter.kind in _NUMBERS:
            self.widget = _spin_new(*parameter.extra)
            _spin_set(self.widget, value)
        else:
            self.widget = _entry_new()
            _entry_set(self.widget, value.encode())
        if self.is_text or parameter.kind in _NUMBERS:
            _entry_activates(self.widget, 1)
        _accessible_set_name(_widget_accessible(self.widget), parameter.label.replace("_", "").encode())

    @property
    def is_text(self) -> bool:
        return self.parameter.kind not in (PF_RADIO, PF_TOGGLE, *_NUMBERS)

    def value(self) -> Any:
        if self.parameter.kind == PF_RADIO:
            return self._values[_combo_get(self.widget)]
        if self.parameter.kind == PF_TOGGLE:
            return _toggle_get(self.widget)
        if self.parameter.kind in _NUMBERS:
            number = _spin_get(self.widget)
            return round(number) if self.parameter.kind == PF_SPINNER else number
        return _entry_get(self.widget).decode()


def ask(title: str, params: Sequence[Parameter], values: Sequence[Any]) -> Optional[list[Any]]:
    """Show the dialog; the answers, or None when the user cancelled. Raises UserError without a screen."""
    _start_gtk()
    dialog = _dialog_new()
    _window_set_title(dialog, title.rstrip(".").encode())
    _dialog_add_button(dialog, b"gtk-cancel", RESPONSE_CANCEL)
    _dialog_add_button(dialog, b"gtk-ok", RESPONSE_OK)
    _dialog_set_default(dialog, RESPONSE_OK)
    fields = [_Field(parameter, value) for parameter, value in zip(params, values)]
    _container_add(_dialog_content(dialog), _table(fields))

    def update(*_ignored: Any) -> None:
        removes = any(field.value() for field in fields if field.parameter.name == REMOVE.name)
        needed = [field for field in fields if field.is_text and not (removes and field.parameter.name == WITH.name)]
        _dialog_set_sensitive(dialog, RESPONSE_OK, all(field.value().strip() for field in needed))

    handler = _Changed(update)
    for field in fields:
        if field.is_text:
            _connect(field.widget, b"changed", handler)
        elif field.parameter.name == REMOVE.name:
            _connect(field.widget, b"toggled", handler)
    update()
    _set_transient(dialog)
    _widget_show_all(dialog)
    response = _dialog_run(dialog)
    answers = [field.value() for field in fields]
    _widget_destroy(dialog)
    _redraw()
    return answers if response == RESPONSE_OK else None


def _table(fields: Sequence[_Field]) -> Any:
    table = _table_new(len(fields), 2, 0)
    _container_border(table, _SPACING)
    _table_rows(table, _SPACING // 2)
    _table_columns(table, _SPACING)
    for row, field in enumerate(fields):
        label = _label_new(field.parameter.label.encode())
        _misc_align(label, 0.0, 0.5)
        _label_for(label, field.widget)
        _table_attach(table, label, 0, 1, row, row + 1, _FILL, _FILL, 0, 0)
        _table_attach(table, field.widget, 1, 2, row, row + 1, _EXPAND_FILL, _FILL, 0, 0)
    return table


class ProgressWindow:
    """See `host.Display`. What it shows, GIMP's own progress bar shows as well."""

    def __init__(self, bar_in_gimp: Display) -> None:
        self._bar_in_gimp = bar_in_gimp
        self._cancelled = False
        # Edit Again comes here without a dialog before.
        _start_gtk()
        self._dialog = _dialog_new()
        _window_set_title(self._dialog, settings.TITLE.encode())
        _window_set_resizable(self._dialog, 0)
        _dialog_add_button(self._dialog, b"gtk-cancel", RESPONSE_CANCEL)
        self._handlers = _Response(self._cancel), _Deleted(self._cancel)
        _connect(self._dialog, b"response", self._handlers[0])
        _connect(self._dialog, b"delete-event", self._handlers[1])
        self._label = _label_new(b"")
        _misc_align(self._label, 0.0, 0.5)
        self._bar = _bar_new()
        _widget_set_size(self._bar, 420, -1)
        _container_border(self._dialog, _SPACING // 2)
        for widget in (self._label, self._bar):
            _box_pack(_dialog_content(self._dialog), widget, 0, 0, _SPACING // 2)
        _set_transient(self._dialog)
        _widget_show_all(self._dialog)
        _redraw()

    def _cancel(self, *_ignored: Any) -> int:
        self._cancelled = True
        _label_set(self._label, _("Cancelling…").encode())
        return 1  # keeps the window until the engine has answered

    def show(self, text: str, fraction: float) -> None:
        self._bar_in_gimp.show(text, fraction)
        if not self._cancelled:
            _label_set(self._label, text.encode())
        _bar_fraction(self._bar, fraction)
        _redraw()

    def cancelled(self) -> bool:
        _redraw()
        return self._cancelled

    def kept(self) -> bool:
        return False

    def preview(self, picture: Plane, box: Box) -> None:
        """This window shows no pictures."""

    def close(self) -> None:
        _widget_destroy(self._dialog)
        _redraw()
        self._bar_in_gimp.close()
