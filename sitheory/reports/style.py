"""The one style of all pictures: inks, dashes, sizes of type, numbers beside logarithmic axes."""

from __future__ import annotations

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator, NullFormatter, ScalarFormatter

# In order of the group or ELR; printed in grey, each differs from the others by nine steps of lightness or more.
INKS = ("#1b2a49", "#9e3f2b", "#d2ab35", "#4f7f73", "#979797")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), "-.")
FAINT = "#979797"
"""The ink of what is predicted or given, beside what was measured."""

mpl.rcParams.update(
    {
        "axes.prop_cycle": cycler(color=INKS),
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
    wide = high / 30 > low
    axes.yaxis.set_major_locator(LogLocator() if wide else MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(LogFormatterSciNotation() if wide else ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(low, high)
