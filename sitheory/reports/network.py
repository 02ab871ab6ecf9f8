"""A network's run as a drawing: what the notebook shows of ``bridge.train``'s result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


def drawing(run: xr.Dataset) -> Figure:
    """Return a figure of loss, errors, and each group's effective learning rate and step size over the epochs.

    Args:
        run: One run, variables over step and group.

    Returns:
        The figure.
    """
    from sitheory.reports.style import FAINT, INKS, label_logarithms, new_figure

    figure = new_figure(7.2, 4.6)
    (loss, error), (elr, ess) = figure.subplots(2, 2, sharex=True)
    epoch = run["epoch"].values
    loss.semilogy(epoch, run["loss"], color=INKS[0])
    loss.set_ylabel("training loss")
    error.plot(epoch, run["train_error"], color=INKS[0], label="training")
    error.plot(epoch, run["test_error"], color=INKS[1], linestyle="--", label="test")
    error.set(ylabel="error", ylim=(0, 1))
    error.legend()
    for axes, name, label in ((elr, "elr_group", "ELR"), (ess, "ess", "effective step size")):
        seen = run[name].transpose("step", "group")[1:]  # at the start no step has been made
        low, middle, high = np.quantile(seen, (0.05, 0.5, 0.95), axis=1)
        axes.fill_between(epoch[1:], low, high, color=FAINT, alpha=0.35, linewidth=0, label="90 % of groups")
        axes.semilogy(epoch[1:], middle, color=INKS[0], label="median")
        axes.set(xlabel="epoch", ylabel=label)
    ess.legend(fontsize="small")
    for axes in (loss, elr, ess):
        label_logarithms(axes)
    return figure
