"""ctypes declarations for GTK 2 and libgimpui: only what the windows of GIMP 2.10 call, by shortened names."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, c_char_p, c_double, c_int, c_uint, c_void_p
from typing import Any

from text_replace_plugin import refusals, settings
from text_replace_plugin.gimp210.libgimp2 import declare
from text_replace_wire.errors import UserError

_gtk = ctypes.CDLL("libgtk-x11-2.0.so.0")
_gimpui = ctypes.CDLL("libgimpui-2.0.so.0")
_gobject = ctypes.CDLL("libgobject-2.0.so.0")
_atk = ctypes.CDLL("libatk-1.0.so.0")

RESPONSE_OK, RESPONSE_CANCEL = -5, -6
FILL, EXPAND_FILL = 4, 5
HORIZONTAL = 1  # GtkSizeGroupMode


def _function(name: str, result: Any, *arguments: Any) -> Any:
    return declare(_gtk, f"gtk_{name}", result, *arguments)


init_check = _function("init_check", c_int, c_void_p, c_void_p)
gimp_ui_init = declare(_gimpui, "gimp_ui_init", None, c_char_p, c_int)
set_transient = declare(_gimpui, "gimp_window_set_transient", None, c_void_p)

dialog_new = _function("dialog_new", c_void_p)
dialog_add_button = _function("dialog_add_button", c_void_p, c_void_p, c_char_p, c_int)
dialog_content = _function("dialog_get_content_area", c_void_p, c_void_p)
dialog_set_default = _function("dialog_set_default_response", None, c_void_p, c_int)
dialog_set_sensitive = _function("dialog_set_response_sensitive", None, c_void_p, c_int, c_int)
dialog_run = _function("dialog_run", c_int, c_void_p)
window_set_title = _function("window_set_title", None, c_void_p, c_char_p)
window_set_resizable = _function("window_set_resizable", None, c_void_p, c_int)
widget_destroy = _function("widget_destroy", None, c_void_p)
widget_show_all = _function("widget_show_all", None, c_void_p)
widget_show = _function("widget_show", None, c_void_p)
widget_hide = _function("widget_hide", None, c_void_p)
widget_set_size = _function("widget_set_size_request", None, c_void_p, c_int, c_int)
widget_accessible = _function("widget_get_accessible", c_void_p, c_void_p)
accessible_set_name = declare(_atk, "atk_object_set_name", None, c_void_p, c_char_p)
container_add = _function("container_add", None, c_void_p, c_void_p)
box_pack = _function("box_pack_start", None, c_void_p, c_void_p, c_int, c_int, c_uint)
container_border = _function("container_set_border_width", None, c_void_p, c_uint)
widget_sensitive = _function("widget_set_sensitive", None, c_void_p, c_int)
widget_focus = _function("widget_grab_focus", None, c_void_p)
size_group_new = _function("size_group_new", c_void_p, c_int)
size_group_add = _function("size_group_add_widget", None, c_void_p, c_void_p)
widget_tooltip = _function("widget_set_tooltip_text", None, c_void_p, c_char_p)
column_new = _function("vbox_new", c_void_p, c_int, c_int)
row_new = _function("hbox_new", c_void_p, c_int, c_int)
expander_new = _function("expander_new_with_mnemonic", c_void_p, c_char_p)
expander_set = _function("expander_set_expanded", None, c_void_p, c_int)
expander_get = _function("expander_get_expanded", c_int, c_void_p)
table_new = _function("table_new", c_void_p, c_uint, c_uint, c_int)
table_attach = _function("table_attach", None, c_void_p, c_void_p, *[c_uint] * 4, c_int, c_int, c_uint, c_uint)
table_row = _function("table_set_row_spacing", None, c_void_p, c_uint, c_uint)
table_columns = _function("table_set_col_spacings", None, c_void_p, c_uint)
label_new = _function("label_new_with_mnemonic", c_void_p, c_char_p)
label_set = _function("label_set_text", None, c_void_p, c_char_p)
label_for = _function("label_set_mnemonic_widget", None, c_void_p, c_void_p)
misc_align = _function("misc_set_alignment", None, c_void_p, ctypes.c_float, ctypes.c_float)
entry_new = _function("entry_new", c_void_p)
entry_activates = _function("entry_set_activates_default", None, c_void_p, c_int)
entry_width = _function("entry_set_width_chars", None, c_void_p, c_int)
entry_get = _function("entry_get_text", c_char_p, c_void_p)
entry_set = _function("entry_set_text", None, c_void_p, c_char_p)
spin_new = _function("spin_button_new_with_range", c_void_p, c_double, c_double, c_double)
spin_get = _function("spin_button_get_value", c_double, c_void_p)
spin_digits = _function("spin_button_set_digits", None, c_void_p, c_uint)
spin_set = _function("spin_button_set_value", None, c_void_p, c_double)
check_new = _function("check_button_new_with_mnemonic", c_void_p, c_char_p)
toggle_get = _function("toggle_button_get_active", c_int, c_void_p)
toggle_set = _function("toggle_button_set_active", None, c_void_p, c_int)
combo_new = _function("combo_box_text_new", c_void_p)
combo_append = _function("combo_box_text_append_text", None, c_void_p, c_char_p)
combo_remove = _function("combo_box_text_remove", None, c_void_p, c_int)
combo_get = _function("combo_box_get_active", c_int, c_void_p)
combo_set = _function("combo_box_set_active", None, c_void_p, c_int)
button_new = _function("button_new_with_label", c_void_p, c_char_p)
bar_new = _function("progress_bar_new", c_void_p)
bar_fraction = _function("progress_bar_set_fraction", None, c_void_p, c_double)
events_pending = _function("events_pending", c_int)
iteration = _function("main_iteration_do", c_int, c_int)

Changed = CFUNCTYPE(None, c_void_p, c_void_p)
Response = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)
Deleted = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)


def connect(widget: Any, signal: bytes, handler: Any) -> None:
    """The caller keeps `handler` alive for as long as the widget lives."""
    to_connect = _gobject.g_signal_connect_data
    to_connect.argtypes = [c_void_p, c_char_p, type(handler), c_void_p, c_void_p, c_int]
    to_connect.restype = ctypes.c_ulong
    to_connect(widget, signal, handler, None, None, 0)


def start() -> None:
    """Raises UserError without a screen."""
    if not init_check(None, None):
        raise UserError(refusals.NO_SCREEN)
    gimp_ui_init(settings.PROCEDURE.encode(), 0)


def redraw() -> None:
    """Let the windows show what has changed, and react."""
    while events_pending():
        iteration(0)
