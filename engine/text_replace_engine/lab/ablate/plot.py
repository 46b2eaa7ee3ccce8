"""What each weight does to both sides of the bargain: agreement with the prompt inside, error around it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from text_replace_engine.lab.ablate.sweep import Weight, number

_INCHES, _DPI = (13.0, 4.2), 110
_COLOURS = {Weight.CLIP: "#c44e52", Weight.L2: "#4c72b0", Weight.LPIPS: "#55a868"}


@dataclass(frozen=True)
class Panel:
    """One diagram. points: by λ and value, of every seed; is_log: the vertical axis."""

    title: str
    points: Mapping[Weight, Mapping[float, Sequence[float]]]
    is_log: bool = False


def plotted(panels: Sequence[Panel], values: Sequence[float]) -> bytes:
    """A PNG with the panels beside each other: the mean over the seeds, and from the least to the most of them.

    values: those on the horizontal axis, logarithmic with 0 at its left.
    """
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    # Without pyplot there is no state that another thread, or a screen, could share.
    FigureCanvasAgg(figure)
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _draw(axes, panel, values)
    packed = io.BytesIO()
    figure.savefig(packed, format="png", metadata={"Software": None})
    return packed.getvalue()


def _draw(axes: Axes, panel: Panel, values: Sequence[float]) -> None:
    for weight, by_value in panel.points.items():
        known = {value: numbers for value, numbers in sorted(by_value.items()) if numbers}
        at, colour = list(known), _COLOURS[weight]
        axes.plot(at, [mean(numbers) for numbers in known.values()], "o-", color=colour, label=weight.symbol)
        if any(len(numbers) > 1 for numbers in known.values()):
            low, high = [min(numbers) for numbers in known.values()], [max(numbers) for numbers in known.values()]
            axes.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)
    threshold = min((value for value in values if value > 0), default=1.0)
    axes.set_xscale("symlog", linthresh=threshold)
    axes.set_xticks(sorted(values))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.minorticks_off()
    axes.set_xlim(left=-0.1 * threshold)
    if panel.is_log:
        axes.set_yscale("log")
    axes.set_xlabel("λ, the others at 1000")
    axes.set_title(panel.title)
    axes.grid(alpha=0.25)
    axes.legend()


def _short(value: float) -> str:
    """Large powers of ten as such, which leave room for their neighbours."""
    digits = number(value)
    exponent = len(digits) - 1
    return f"$10^{{{exponent}}}$" if exponent > 3 and digits == f"1{'0' * exponent}" else digits
