"""ctypes declarations for libgimp-2.0, GEGL and babl: only what `gimpfu_compat` and the GIMP 2.10 host call.

Structures and enumerations are those of libgimp/gimptypes.h and libgimpbase/gimpbaseenums.h of GIMP 2.10.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_double, c_int, c_int32, c_uint32, c_uint64, c_void_p
from enum import IntEnum
from typing import Any, Optional


class PdbType(IntEnum):
    """GimpPDBArgType."""

    INT32 = 0
    INT16 = 1
    INT8 = 2
    FLOAT = 3
    STRING = 4
    INT32ARRAY = 5
    INT16ARRAY = 6
    INT8ARRAY = 7
    FLOATARRAY = 8
    STRINGARRAY = 9
    COLOR = 10
    ITEM = 11
    DISPLAY = 12
    IMAGE = 13
    LAYER = 14
    CHANNEL = 15
    DRAWABLE = 16
    SELECTION = 17
    COLORARRAY = 18
    VECTORS = 19
    PARASITE = 20
    STATUS = 21


class PdbStatus(IntEnum):
    """GimpPDBStatusType."""

    EXECUTION_ERROR = 0
    CALLING_ERROR = 1
    PASS_THROUGH = 2
    SUCCESS = 3
    CANCEL = 4


class Colour(ctypes.Structure):
    """GimpRGB, each 0 .. 1."""

    _fields_ = [("r", c_double), ("g", c_double), ("b", c_double), ("a", c_double)]


class _Parasite(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("flags", c_uint32), ("size", c_uint32), ("data", c_void_p)]


class _ParamData(ctypes.Union):
    _fields_ = [
        ("integer", c_int32),
        ("real", c_double),
        ("string", c_char_p),
        ("pointer", c_void_p),
        ("colour", Colour),
        ("parasite", _Parasite),
    ]


class Param(ctypes.Structure):
    """GimpParam."""

    _fields_ = [("type", c_int), ("data", _ParamData)]


class ParamDef(ctypes.Structure):
    """GimpParamDef."""

    _fields_ = [("type", c_int), ("name", c_char_p), ("description", c_char_p)]


class _Rectangle(ctypes.Structure):
    _fields_ = [("x", c_int), ("y", c_int), ("width", c_int), ("height", c_int)]


Procedure = CFUNCTYPE(None)
RunProcedure = CFUNCTYPE(None, c_char_p, c_int, POINTER(Param), POINTER(c_int), POINTER(POINTER(Param)))


class PlugInInfo(ctypes.Structure):
    """GimpPlugInInfo."""

    _fields_ = [("init", Procedure), ("quit", Procedure), ("query", Procedure), ("run", RunProcedure)]


_gimp = ctypes.CDLL("libgimp-2.0.so.0")
_gegl = ctypes.CDLL("libgegl-0.4.so.0")
_babl = ctypes.CDLL("libbabl-0.1.so.0")
_gobject = ctypes.CDLL("libgobject-2.0.so.0")


def declare(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    """The function `name` of `library` with its types."""
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


main = declare(_gimp, "gimp_main", c_int, POINTER(PlugInInfo), c_int, POINTER(c_char_p))
install_procedure = declare(
    _gimp, "gimp_install_procedure", None, *[c_char_p] * 8, c_int, c_int, c_int, POINTER(ParamDef), POINTER(ParamDef)
)
menu_register = declare(_gimp, "gimp_plugin_menu_register", c_int, c_char_p, c_char_p)
domain_register = declare(_gimp, "gimp_plugin_domain_register", c_int, c_char_p, c_char_p)
run_procedure = declare(_gimp, "gimp_run_procedure2", POINTER(Param), c_char_p, POINTER(c_int), c_int, POINTER(Param))
destroy_params = declare(_gimp, "gimp_destroy_params", None, POINTER(Param), c_int)
pdb_error = declare(_gimp, "gimp_get_pdb_error", c_char_p)
procedure_info = declare(
    _gimp,
    "gimp_procedural_db_proc_info",
    c_int,
    c_char_p,
    *[POINTER(c_void_p)] * 5,
    POINTER(c_int),
    POINTER(c_int),
    POINTER(c_int),
    POINTER(POINTER(ParamDef)),
    POINTER(POINTER(ParamDef)),
)
get_data = declare(_gimp, "gimp_procedural_db_get_data", c_int, c_char_p, c_void_p)
get_data_size = declare(_gimp, "gimp_procedural_db_get_data_size", c_int, c_char_p)
set_data = declare(_gimp, "gimp_procedural_db_set_data", c_int, c_char_p, c_void_p, c_uint32)
progress_init = declare(_gimp, "gimp_progress_init", c_int, c_char_p)
progress_set_text = declare(_gimp, "gimp_progress_set_text", c_int, c_char_p)
progress_end = declare(_gimp, "gimp_progress_end", c_int)
progress_update = declare(_gimp, "gimp_progress_update", c_int, c_double)

gegl_init = declare(_gegl, "gegl_init", None, c_void_p, c_void_p)
_drawable_buffer = declare(_gimp, "gimp_drawable_get_buffer", c_void_p, c_int32)
_drawable_format = declare(_gimp, "gimp_drawable_get_format", c_void_p, c_int32)
_buffer_get = declare(
    _gegl, "gegl_buffer_get", None, c_void_p, POINTER(_Rectangle), c_double, c_void_p, c_void_p, c_int, c_int
)
_buffer_set = declare(_gegl, "gegl_buffer_set", None, c_void_p, POINTER(_Rectangle), c_int, c_void_p, c_void_p, c_int)
_encoding = declare(_babl, "babl_format_get_encoding", c_char_p, c_void_p)
_format_with_space = declare(_babl, "babl_format_with_space", c_void_p, c_char_p, c_void_p)
_bytes_per_pixel = declare(_babl, "babl_format_get_bytes_per_pixel", c_int, c_void_p)
_unref = declare(_gobject, "g_object_unref", None, c_void_p)

_config = declare(_gegl, "gegl_config", c_void_p)
_set_size = declare(_gobject, "g_object_set", None, c_void_p, c_char_p, c_uint64, c_void_p)
_buffer_copy = declare(
    _gegl, "gegl_buffer_copy", None, c_void_p, POINTER(_Rectangle), c_int, c_void_p, POINTER(_Rectangle)
)
_width = declare(_gimp, "gimp_drawable_width", c_int, c_int32)
_height = declare(_gimp, "gimp_drawable_height", c_int, c_int32)

_parasite_new = declare(_gimp, "gimp_parasite_new", POINTER(_Parasite), c_char_p, c_uint32, c_uint32, c_char_p)
_parasite_free = declare(_gimp, "gimp_parasite_free", None, POINTER(_Parasite))
_attach_parasite = declare(_gimp, "gimp_item_attach_parasite", c_int, c_int32, POINTER(_Parasite))
_get_parasite = declare(_gimp, "gimp_item_get_parasite", POINTER(_Parasite), c_int32, c_char_p)
#: libgimpbase/gimpparasite.h: the parasite is saved with the image, and its attachment can be undone.
_KEPT_IN_XCF = 1 | 2

ABYSS_NONE, ABYSS_CLAMP = 0, 1
_AUTO_ROWSTRIDE = 0

#: Rows read at once where all of a drawable is read: two rows of GIMP's tiles, so that each tile travels once.
STRIP = 128

#: Bytes of tiles that GEGL keeps in the plug-in. GIMP sets its own, which may be half of the machine's memory.
TILE_CACHE = 128 << 20


def start_gegl() -> None:
    """Before any pixel is read or written."""
    gegl_init(None, None)
    _set_size(_config(), b"tile-cache-size", TILE_CACHE, None)


def value_layout(drawable: int) -> Any:
    """8 bits in the drawable's own model and space, so that channels and masks keep their numbers."""
    own = _drawable_format(drawable)
    return _format_with_space(_encoding(own).split()[0] + b" u8", own)


def colour_layout(layer: int) -> Any:
    """8 bits as on the wire: gamma-encoded also where the layer is linear, in the layer's own space.

    Plain babl formats would convert to sRGB.
    """
    own = _drawable_format(layer)
    model = _encoding(own).split()[0]
    encoded = {b"RGB": b"R'G'B'", b"RGBA": b"R'G'B'A", b"Y": b"Y'", b"YA": b"Y'A"}.get(model, model)
    return _format_with_space(encoded + b" u8", own)


def get_pixels(
    drawable: int, x: int, y: int, width: int, height: int, scale: float, abyss: int, layout: Any = None
) -> tuple[bytes, int]:
    """The rectangle, given in coordinates already multiplied by `scale`, and its number of bytes a pixel.

    layout: a babl format; without one, `value_layout`.
    """
    layout = layout or value_layout(drawable)
    size = _bytes_per_pixel(layout)
    data = ctypes.create_string_buffer(width * height * size)
    with _buffer_of(drawable) as buffer:
        _buffer_get(buffer, byref(_Rectangle(x, y, width, height)), scale, layout, data, _AUTO_ROWSTRIDE, abyss)
    return data.raw, size


def set_pixels(drawable: int, x: int, y: int, width: int, height: int, data: bytes, layout: Any = None) -> None:
    """Write `data`, laid out as by `get_pixels`, into the rectangle."""
    with _buffer_of(drawable) as buffer:
        place = byref(_Rectangle(x, y, width, height))
        _buffer_set(buffer, place, 0, layout or value_layout(drawable), data, _AUTO_ROWSTRIDE)


def attach_parasite(item: int, name: str, contents: bytes) -> bool:
    """Whether GIMP took it."""
    parasite = _parasite_new(name.encode(), _KEPT_IN_XCF, len(contents), contents)
    try:
        return bool(_attach_parasite(item, parasite))
    finally:
        _parasite_free(parasite)


def parasite_of(item: int, name: str) -> Optional[bytes]:
    """The contents of the item's parasite of this name."""
    parasite = _get_parasite(item, name.encode())
    if not parasite:
        return None
    try:
        return ctypes.string_at(parasite.contents.data, parasite.contents.size)
    finally:
        _parasite_free(parasite)


def copy_pixels(source: int, target: int) -> None:
    """All pixels of `source` into `target`, which has its size."""
    everything = byref(_Rectangle(0, 0, _width(source), _height(source)))
    with _buffer_of(source) as read, _buffer_of(target) as written:
        _buffer_copy(read, everything, ABYSS_NONE, written, everything)


def strips(drawable: int) -> Iterator[bytes]:
    """All pixels at the drawable's own depth, some rows at a time."""
    width, height, layout = _width(drawable), _height(drawable), _drawable_format(drawable)
    row = width * _bytes_per_pixel(layout)
    data = ctypes.create_string_buffer(row * min(STRIP, height))
    with _buffer_of(drawable) as buffer:
        for y in range(0, height, STRIP):
            rows = min(STRIP, height - y)
            place = byref(_Rectangle(0, y, width, rows))
            _buffer_get(buffer, place, 1.0, layout, data, _AUTO_ROWSTRIDE, ABYSS_NONE)
            yield data.raw[: row * rows]


@contextlib.contextmanager
def _buffer_of(drawable: int) -> Iterator[Any]:
    buffer = _drawable_buffer(drawable)
    try:
        yield buffer
    finally:
        # Dropping the buffer sends its tiles to GIMP.
        _unref(buffer)
