"""Paints and measures every setting once; what is known already is not painted again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from text_replace_engine.client.images import encode_grey
from text_replace_engine.lab.ablate.folder import AGREEMENT, BACKGROUND, FRAME, SECONDS, Folder
from text_replace_engine.lab.ablate.subject import Asked, Painted, Subject
from text_replace_engine.lab.ablate.sweep import Setting, Sweep
from text_replace_engine.lab.benchmark.case import Case, Result
from text_replace_engine.lab.benchmark.files import encode_rgb, rgb
from text_replace_engine.lab.benchmark.measures.metrics import Meter
from text_replace_engine.lab.benchmark.measuring import OnCase
from text_replace_engine.lab.benchmark.results.rows import Row, Rows
from text_replace_engine.models.files import write_whole
from text_replace_wire.api import IsCancelled
from text_replace_wire.errors import NoPicture

#: What rows have.
_KEYS = (AGREEMENT, *BACKGROUND, SECONDS)


def measured(
    subject: Subject, asked: Asked, sweep: Sweep, meter: Meter, folder: Folder, on_edit: OnCase, cancelled: IsCancelled
) -> dict[Setting, Row]:
    """A row for every setting; pictures are written before the row that says that they are there.

    Raises UserError where the folder holds another ablation's rows, OSError, and whatever the engine raises.
    """
    rows = Rows(folder.rows, _identity(subject, asked, meter))
    write_whole(folder.before, encode_rgb(rgb(asked.picture.pixels), is_edited=False))
    found = {setting: row for setting in sweep.settings if (row := _kept(rows, setting, folder)) is not None}
    for setting in sweep.settings:
        if setting not in found:
            on_edit(setting.spoken, len(found), len(sweep.settings))
            found[setting] = _row(subject, asked, setting, meter, folder, cancelled)
            rows.add(found[setting])
    on_edit("done", len(found), len(sweep.settings))
    return found


def _kept(rows: Rows, setting: Setting, folder: Folder) -> Row | None:
    row = rows.get(setting.id)
    files = (folder.after(setting.id), folder.unpasted(setting.id), folder.mask)
    return row if row is not None and (row.failure or all(file.is_file() for file in files)) else None


def _row(subject: Subject, asked: Asked, setting: Setting, meter: Meter, folder: Folder, cancelled: IsCancelled) -> Row:
    try:
        painted = subject.painted(setting, cancelled)
    except NoPicture as error:
        # A weight can be so large that numbers run over; the others say something all the same.
        return Row(setting.id, "", failure=str(error), kind=error.kind)
    write_whole(folder.mask, encode_grey(painted.region))
    write_whole(folder.after(setting.id), encode_rgb(painted.after))
    write_whole(folder.unpasted(setting.id), encode_rgb(painted.unpasted))
    values = _values(asked, setting, painted, meter)
    return Row(setting.id, "", values, report={FRAME: list(dataclasses.astuple(painted.frame))})


def _values(asked: Asked, setting: Setting, painted: Painted, meter: Meter) -> dict[str, float | None]:
    before = rgb(asked.picture.pixels)
    case = Case(setting.id, asked.replace, asked.with_, setting.seed, lambda: before)
    result = Result(painted.after, painted.areas, painted.region, seconds=painted.seconds)
    values = meter.values(case, before, result, None)
    return {key: values[key] for key in _KEYS}


def _identity(subject: Subject, asked: Asked, meter: Meter) -> Mapping[str, object]:
    about = subject.about
    return {
        "source": asked.identity(),
        "models": [{"role": model["role"], "sha256": model["sha256"]} for model in about["models"]],
        "settings": {**dataclasses.asdict(asked.painting), "device": about["device"], "dtype": about["dtype"]},
        # Notes name the networks that measure: another installed set brings others.
        "metrics": {metric.key: metric.note for metric in meter.metrics if metric.key in _KEYS},
    }
