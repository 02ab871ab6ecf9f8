"""The toy function's runs as a moving picture: the first group's weights from above, and the loss over time."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sitheory import theory
from sitheory._kernels.status import Status
from sitheory.losses.quotients import Quotients
from sitheory.reports.command_line import check_writable
from sitheory.reports.toy import LEAST_LOSS
from sitheory.rules import SphereGD
from sitheory.simulation import sphere
from sitheory.trajectory.atomic_files import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAMES = 90
"""Pictures of a film; their times grow geometrically, so that the first steps are seen one by one."""

PER_SECOND = 15
TRAIL = 24
"""Steps before a picture's own that are drawn behind the point."""

MOST_RUNS = 4
"""Runs side by side that can still be told apart."""


@dataclass(frozen=True)
class Filmed:
    """A run as its pictures show it.

    Attributes:
        times: the step of each picture, shape (frames,).
        trails: the first group's weights at that step and those before it, one array of shape (points, 2) a picture.
        losses: the loss at each picture's step, shape (frames,).
    """

    loss: Quotients
    rule: SphereGD
    times: np.ndarray
    trails: list[np.ndarray]
    losses: np.ndarray


def check_film(path: Path, kind: str) -> None:
    """Raise ValueError if a film of this kind, ``gif`` or ``mp4``, cannot be made or written to this file."""
    try:
        from matplotlib.animation import writers
    except ImportError:
        raise ValueError(
            f"need matplotlib for --{kind} (the extra [figures]), got an environment without it"
        ) from None
    if path.suffix.lower() != f".{kind}":
        raise ValueError(f"need a file for --{kind} that ends in .{kind}, got {str(path)!r}")
    if kind == "mp4" and not writers.is_available("ffmpeg"):
        raise ValueError("need the program ffmpeg for --mp4 (--gif needs none), got none on the PATH")
    check_writable(path, "film")


def check_runs(count: int) -> None:
    """Raise ValueError if so many runs do not fit into a film."""
    if count > MOST_RUNS:
        raise ValueError(f"need at most {MOST_RUNS} ELRs in a film, got {count}")


def record(loss: Quotients, rule: SphereGD, steps: int, w: np.ndarray, frames: int = FRAMES) -> Filmed:
    """Run the toy and keep what pictures show, without keeping every step.

    Args:
        loss: The toy function.
        rule: The sphere's gradient descent.
        steps: How many steps.
        w: The start on the unit sphere, shape (dim,).
        frames: How many pictures; fewer where there are fewer steps.

    Returns:
        The start and the run's pictures, up to the last step or the first state that is not finite.
    """
    times = np.unique(np.geomspace(1, steps, frames).astype(int))
    trail, done = [w], 0
    seen = [(0, w[None, :2], float(loss.value(w)))]
    for time in times:
        first = max(int(time) - TRAIL, done)
        trail = trail if first == done else []
        for count in (first - done, *[1] * (int(time) - first)):
            if count:
                run = sphere.samples(loss, rule, count, w, every=count)
                w = run["end"]
                if run["status"] != Status.OK:
                    return _filmed(loss, rule, seen)
                trail = [*trail, w][-TRAIL - 1 :]
        done = int(time)
        seen.append((done, np.array(trail)[:, :2], float(loss.value(w))))
    return _filmed(loss, rule, seen)


def _filmed(loss: Quotients, rule: SphereGD, seen: list[tuple[int, np.ndarray, float]]) -> Filmed:
    times, trails, losses = zip(*seen, strict=True)
    return Filmed(loss, rule, np.array(times), list(trails), np.array(losses))


def write_film(runs: Sequence[Filmed], path: Path) -> None:
    """Write the runs side by side as a film, whole or not at all.

    Args:
        runs: The runs.
        path: Where to; it ends in .gif or .mp4.

    Raises:
        OSError: If there is no room.
    """
    from matplotlib.animation import FFMpegWriter, PillowWriter

    maker = FFMpegWriter if path.suffix.lower() == ".mp4" else PillowWriter
    figure, states = pictures(runs)
    writer = maker(fps=PER_SECOND)
    with written_whole(path) as temporary:
        try:
            with writer.saving(figure, str(temporary), dpi=100):
                for _ in states:
                    writer.grab_frame()
        except (
            subprocess.CalledProcessError
        ) as failed:  # of ffmpeg, which has written why to a log of its own
            raise OSError(errno.EIO, f"ffmpeg ended with {failed.returncode}", str(path)) from None


def pictures(runs: Sequence[Filmed]) -> tuple[Figure, Iterator[int]]:
    """Return a figure, and an iterator that moves it on by one picture each time and says which it shows.

    Args:
        runs: The runs, a column each.

    Returns:
        Both.
    """
    from sitheory.reports.style import FAINT, INKS, new_figure

    figure = new_figure(2.6 * len(runs), 4.2)
    axes = figure.subplots(2, len(runs), squeeze=False, height_ratios=(5, 3))
    last = max(int(run.times[-1]) for run in runs)
    moved = []
    for (top, bottom), run in zip(axes.T, runs, strict=True):
        _disc(top, run)
        (line,) = top.plot([], [], color=INKS[1], linewidth=0.7)
        (point,) = top.plot([], [], "o", color=INKS[1], markersize=5, markeredgecolor="white")
        (curve,) = bottom.loglog([], [], color=INKS[0])
        level = max(0.0, theory.equilibrium_loss(run.loss.alpha, run.rule.elr))
        if level > 0:
            bottom.axhline(level, color=FAINT, linestyle="--", linewidth=0.8)
        bottom.set(xlim=(0.8, max(last, 2)), ylim=(LEAST_LOSS, 2 * sum(run.loss.alpha)), xlabel="step")
        moved.append((run, line, point, curve))
    axes[1, 0].set_ylabel("loss")
    figure.suptitle("step 1")
    figure.draw_without_rendering()
    figure.set_layout_engine(
        "none"
    )  # to lay out every picture anew would move the axes, and takes most of the time
    return figure, _moving(figure, moved, max(len(run.times) for run in runs))


def _disc(axes: Axes, run: Filmed) -> None:
    """The sphere from above: x_1 and y_1 in the plane, all other weights' length towards the reader."""
    side = np.linspace(-1, 1, 201)
    x, y = np.meshgrid(side, side)
    radius_sq = x**2 + y**2
    inside = (radius_sq > 0) & (radius_sq <= 1)
    share = np.where(inside, x**2 / np.where(inside, radius_sq, 1), np.nan)
    axes.imshow(share, extent=(-1, 1, -1, 1), origin="lower", cmap="Greys_r", vmin=-1.2, vmax=1.2)
    axes.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), aspect="equal", title=f"ELR {run.rule.elr:g}")
    axes.set_axis_off()


def _moving(figure: Figure, moved: Sequence[tuple], count: int) -> Iterator[int]:
    for number in range(count):
        for run, line, point, curve in moved:
            at = min(number, len(run.times) - 1)
            trail = run.trails[at]
            line.set_data(*trail.T)
            point.set_data(*trail[-1:].T)
            curve.set_data(np.maximum(run.times[: at + 1], 1), np.maximum(run.losses[: at + 1], LEAST_LOSS))
        figure.suptitle(f"step {max(int(run.times[min(number, len(run.times) - 1)]) for run, *_ in moved):,}")
        yield number
