"""The one style of all figures, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

from sitheory.trajectory.atomic_files import written_whole

# In order of the group or ELR; printed in grey, each differs from the others by nine steps of lightness or more.
INKS = ("#1b2a49", "#9e3f2b", "#d2ab35", "#4f7f73", "#979797")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), "-.")

mpl.rcParams.update(
    {
        "axes.prop_cycle": mpl.cycler(color=INKS),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "font.size": 9,
        "figure.dpi": 150,
        "legend.frameon": False,
        "lines.linewidth": 1.1,
        "axes.formatter.min_exponent": 3,
        "svg.hashsalt": "sitheory",
    }
)


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of the house's style, sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def label_logarithms(axes: Axes) -> None:
    """Write at least two numbers beside a logarithmic axis of y, however few decades it spans."""
    low, high = axes.get_ylim()
    wide = high / low > 30
    axes.yaxis.set_major_locator(LogLocator() if wide else MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(LogFormatterSciNotation() if wide else ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(low, high)


def write(figure: Figure, stem: Path, drawn: Sequence[str] = ()) -> list[Path]:
    """Write the figure as PNG and PDF, each whole or not at all, without dates.

    Args:
        figure: The figure.
        stem: Where to, without the ending.
        drawn: The results that it drew; their names go into the metadata, Source in PNG and Subject in PDF.

    Returns:
        The paths.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    names, written = ", ".join(drawn), []
    png = {"Software": None, "Source": names}
    pdf = {"CreationDate": None, "ModDate": None, "Subject": names}
    for suffix, metadata in ((".png", png), (".pdf", pdf)):
        final = stem.with_suffix(suffix)
        with written_whole(final) as temporary:
            figure.savefig(temporary, metadata=metadata)
        written.append(final)
    return written
