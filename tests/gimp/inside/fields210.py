"""The fields of the dialog in GIMP 2.10, made without a GIMP; prints what they are as JSON."""

from __future__ import annotations

import ctypes
import json
from ctypes.util import find_library

from text_replace_plugin.gimp210 import fields, gtk2, parameters
from text_replace_plugin.gimp210.fields import NumberField
from text_replace_wire import options

assert gtk2.init_check(None, None)
library = ctypes.CDLL(find_library("gtk-x11-2.0"))
target, type_name = (
    library.gtk_label_get_mnemonic_widget,
    ctypes.CDLL(find_library("gobject-2.0")).g_type_name_from_instance,
)
target.restype, target.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
type_name.restype, type_name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
sensitive = library.gtk_widget_get_sensitive
sensitive.argtypes = [ctypes.c_void_p]

reached = {}
for option in options.OPTIONS:
    made = fields.field(parameters.of(option), option.default)
    if made.label is not None:
        reached[option.name] = type_name(target(made.label)).decode()
grow = fields.field(parameters.of(options.GROW), options.GROW.default)
assert isinstance(grow, NumberField)
seen = []
for work in (grow.value, grow.update):
    work()
    seen.append(bool(sensitive(grow._number)))
print(json.dumps({"reached": reached, "sensitive": seen}))
