"""The gimpfu vocabulary for Python 3 on GIMP 2.10, which ships Python-Fu for Python 2 only (on Debian not at all).

`register`, `main`, `pdb`, the RUN_ modes and the PF_ types of `parameters` mean what they mean in gimpfu, with two
differences: the registered function gets the run mode first, and `dialog=` names the function that asks the user,
`dialog(title, params, values) -> values | None`. Objects (images, layers, …) are GIMP's numbers.
See https://developer.gimp.org for gimpfu, and libgimp 2.10's procedure browser for what `pdb` offers.
"""

from __future__ import annotations

import ctypes
import functools
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable, Optional

from text_replace_plugin.gimp210 import libgimp2
from text_replace_plugin.gimp210.libgimp2 import Colour, Param, ParamDef, PdbStatus, PdbType
from text_replace_plugin.gimp210.parameters import (
    PF_DRAWABLE,
    PF_FLOAT,
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
    Parameter,
)

RUN_INTERACTIVE, RUN_NONINTERACTIVE, RUN_WITH_LAST_VALS = 0, 1, 2

_PDB_TYPES = {
    PF_INT32: PdbType.INT32,
    PF_FLOAT: PdbType.FLOAT,
    PF_STRING: PdbType.STRING,
    PF_RADIO: PdbType.STRING,
    PF_SPINNER: PdbType.INT32,
    PF_SLIDER: PdbType.FLOAT,
    PF_TOGGLE: PdbType.INT32,
    PF_INT32ARRAY: PdbType.INT32ARRAY,
    PF_FLOATARRAY: PdbType.FLOATARRAY,
    PF_IMAGE: PdbType.IMAGE,
    PF_LAYER: PdbType.LAYER,
    PF_DRAWABLE: PdbType.DRAWABLE,
}
_ELEMENTS: dict[PdbType, Any] = {PdbType.INT32ARRAY: ctypes.c_int32, PdbType.FLOATARRAY: ctypes.c_double}
_PLUGIN = 1


class error(RuntimeError):
    """A procedure failed; the text is GIMP's. In a registered function: end with this message."""


class cancel(Exception):
    """Raised in a registered function: end as cancelled, without a message."""


@dataclass(frozen=True)
class _Registration:
    blurb: str
    help: str
    author: str
    copyright: str
    date: str
    label: str
    image_types: str
    params: tuple[Parameter, ...]
    results: tuple[Parameter, ...]
    function: Callable[..., Any]
    menu: Optional[str]
    dialog: Optional[Callable[..., Any]]
    domain: Optional[tuple[str, str]]
    more: tuple[Parameter, ...]


_registered: dict[str, _Registration] = {}


def register(
    proc_name: str,
    blurb: str,
    help: str,
    author: str,
    copyright: str,
    date: str,
    label: str,
    imagetypes: str,
    params: Sequence[tuple[Any, ...]],
    results: Sequence[tuple[Any, ...]],
    function: Callable[..., Any],
    menu: Optional[str] = None,
    dialog: Optional[Callable[..., Any]] = None,
    domain: Optional[tuple[str, str]] = None,
    more: Sequence[tuple[Any, ...]] = (),
) -> None:
    """Announce `function` as the procedure `proc_name`; the run mode is added in front of `params`.

    more: what the dialog asks for behind `params`, and callers cannot say: they get the defaults.
    domain: gettext's (name, folder), with which GIMP translates label, blurb and help.
    """
    _registered[proc_name] = _Registration(
        blurb,
        help,
        author,
        copyright,
        date,
        label,
        imagetypes,
        tuple(Parameter(*param) for param in params),
        tuple(Parameter(*result) for result in results),
        function,
        menu,
        dialog,
        domain,
        tuple(Parameter(*param) for param in more),
    )


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Hand over to libgimp, which calls back what was registered; the exit status."""
    given = sys.argv if arguments is None else arguments
    argv = (ctypes.c_char_p * (len(given) + 1))(*map(os.fsencode, given), None)
    nothing = libgimp2.Procedure(0)
    info = libgimp2.PlugInInfo(nothing, nothing, libgimp2.Procedure(_query), libgimp2.RunProcedure(_run))
    return int(libgimp2.main(ctypes.byref(info), len(given), argv))


def _query() -> None:
    for name, what in _registered.items():
        texts = (what.blurb, what.help, what.author, what.copyright, what.date, what.label, what.image_types)
        libgimp2.install_procedure(
            name.encode(),
            *(text.encode() for text in texts),
            _PLUGIN,
            len(what.params) + 1,
            len(what.results),
            _definitions([Parameter(PF_INT32, "run-mode", "The run mode"), *what.params]),
            _definitions(what.results),
        )
        if what.domain:
            libgimp2.domain_register(*map(os.fsencode, what.domain))
        if what.menu:
            libgimp2.menu_register(name.encode(), what.menu.encode())


def _definitions(params: Sequence[Parameter]) -> Any:
    entries = [ParamDef(_PDB_TYPES[param.kind], param.name.encode(), param.description.encode()) for param in params]
    return (ParamDef * len(entries))(*entries) if entries else None


#: GIMP reads the return values after `_run` has returned, so they must outlive it.
_returned: Any = None


def _run(name: bytes, count: int, params: Any, n_returned: Any, returned: Any) -> None:
    global _returned
    what = _registered[name.decode()]
    try:
        result = _call(name, what, [_from_param(params[i]) for i in range(count)])
        values = [(PdbType.STATUS, PdbStatus.SUCCESS), *_results(what, result)]
    except cancel:
        values = [(PdbType.STATUS, PdbStatus.CANCEL)]
    except Exception as problem:  # An exception must not cross into C.
        values = [(PdbType.STATUS, PdbStatus.EXECUTION_ERROR), (PdbType.STRING, str(problem))]
    _returned = _to_params(values)
    n_returned[0] = len(values)
    returned[0] = ctypes.cast(_returned, ctypes.POINTER(Param))


def _results(what: _Registration, result: Any) -> list[tuple[PdbType, Any]]:
    given = () if not what.results else (result,) if len(what.results) == 1 else result
    return [(_PDB_TYPES[promised.kind], value) for promised, value in zip(what.results, given)]


def _call(name: bytes, what: _Registration, arguments: list[Any]) -> Any:
    run_mode, *given = arguments
    fixed = sum(param.kind in (PF_IMAGE, PF_LAYER, PF_DRAWABLE) for param in what.params)
    asked = what.params[fixed:] + what.more
    if run_mode == RUN_NONINTERACTIVE:
        return what.function(run_mode, *given, *(param.default for param in what.more))
    values = _last_values(name, asked)
    if run_mode == RUN_INTERACTIVE and what.dialog:
        values = what.dialog(what.label, asked, values)
        if values is None:
            raise cancel
        _keep_values(name, values)
    return what.function(run_mode, *given[:fixed], *values)


def _last_values(name: bytes, params: Sequence[Parameter]) -> list[Any]:
    size = libgimp2.get_data_size(name)
    defaults = [param.default for param in params]
    if not size:
        return defaults
    stored = ctypes.create_string_buffer(size)
    libgimp2.get_data(name, stored)
    values: list[Any] = json.loads(stored.raw)
    return values if len(values) == len(defaults) else defaults


def _keep_values(name: bytes, values: Sequence[Any]) -> None:
    stored = json.dumps(list(values)).encode()
    libgimp2.set_data(name, stored, len(stored))


class _Pdb:
    """GIMP's procedures as attributes, `-` written `_`; a run mode is the keyword `run_mode`, as in gimpfu."""

    def __getattr__(self, attribute: str) -> Callable[..., Any]:
        name = attribute.replace("_", "-").encode()

        def call(*arguments: Any, run_mode: int = RUN_NONINTERACTIVE) -> Any:
            kinds, first = _argument_kinds(name)
            given = (run_mode, *arguments) if first == b"run-mode" else arguments
            if len(given) != len(kinds):
                raise error(f"{name.decode()} takes {len(kinds)} arguments, not {len(given)}")
            return _call_pdb(name, list(zip(kinds, given)))

        return call


pdb = _Pdb()


@functools.cache
def _argument_kinds(name: bytes) -> tuple[list[PdbType], bytes]:
    texts = [ctypes.c_void_p() for _ in range(5)]
    kind, count, n_results = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    params, results = ctypes.POINTER(ParamDef)(), ctypes.POINTER(ParamDef)()
    numbers = (ctypes.byref(place) for place in (kind, count, n_results, params, results))
    if not libgimp2.procedure_info(name, *(ctypes.byref(place) for place in texts), *numbers):
        raise error(f"GIMP has no procedure {name.decode()}")
    kinds = [PdbType(params[i].type) for i in range(count.value)]
    return kinds, params[0].name if kinds else b""


def _call_pdb(name: bytes, arguments: Sequence[tuple[PdbType, Any]]) -> Any:
    count = ctypes.c_int()
    returned = libgimp2.run_procedure(name, ctypes.byref(count), len(arguments), _to_params(arguments))
    try:
        if returned[0].data.integer not in (PdbStatus.SUCCESS, PdbStatus.PASS_THROUGH):
            raise error(libgimp2.pdb_error().decode())
        values = [_from_param(returned[i], returned[i - 1]) for i in range(1, count.value)]
    finally:
        libgimp2.destroy_params(returned, count)
    return None if not values else values[0] if len(values) == 1 else values


def _to_params(values: Sequence[tuple[PdbType, Any]]) -> Any:
    params: Any = (Param * len(values))()
    # Arrays live as long as the parameters that point to them.
    params.arrays = []
    for param, (kind, value) in zip(params, values):
        param.type = kind
        if kind is PdbType.STRING:
            param.data.string = value.encode()
        elif kind is PdbType.FLOAT:
            param.data.real = value
        elif kind is PdbType.COLOR:
            param.data.colour = Colour(*value)
        elif kind in _ELEMENTS:
            params.arrays.append((_ELEMENTS[kind] * len(value))(*value))
            param.data.pointer = ctypes.cast(params.arrays[-1], ctypes.c_void_p)
        else:
            param.data.integer = value
    return params


def _from_param(param: Any, before: Any = None) -> Any:
    """The Python value of `param`; an array's length is the parameter `before` it."""
    kind = PdbType(param.type)
    if kind is PdbType.STRING:
        return (param.data.string or b"").decode()
    if kind is PdbType.FLOAT:
        return param.data.real
    if kind is PdbType.COLOR:
        return tuple(getattr(param.data.colour, channel) for channel in "rgba")
    if kind in _ELEMENTS:
        count = before.data.integer if param.data.pointer else 0
        return list((_ELEMENTS[kind] * count).from_address(param.data.pointer)) if count else []
    return param.data.integer
