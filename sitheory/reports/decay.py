"""What one run with weight decay showed, in words, as JSON and as a drawing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sitheory._kernels.status import Status
from sitheory.losses.planar import Fourier
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.measure import cycles
from sitheory.measure.cycles import Behaviour, Cycle
from sitheory.reports.command_line import save_whole
from sitheory.reports.text import beside, counted, finite, interval, number, pm
from sitheory.rules import DecayGD
from sitheory.simulation import decay as simulation_decay, starts
from sitheory.simulation.beta_sequences import absorbing_interval
from sitheory.simulation.windows import Series
from sitheory.theory import periodic
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_WINDOWS = 20_000
"""The run is watched through at most this many windows; extremes are those of all steps."""

PERIODS = 8
"""A drawing of a cycling run shows so many periods, its last."""

WIDE = 1e6
"""An interval whose ends are this many times apart says nothing of a norm."""

ROUNDING = 1e-14
"""Effective gradients below this are roundings where the minimum is not on an axis."""


@dataclass(frozen=True)
class Report:
    """What one run showed in its second half, beside what the paper says of it."""

    name: str
    loss: ScaleInvariantLoss
    rule: DecayGD
    steps: int
    seed: int
    delta: float
    status: int
    seen: Series

    def _late(self, name: str) -> np.ndarray:
        values = self.seen[name]
        return values[len(values) // 2 :]

    @property
    def spacing(self) -> float:
        """Steps in a window."""
        return self.steps / len(self.seen["loss"])

    @property
    def cycle(self) -> Cycle:
        """What the norm did in the long run."""
        with np.errstate(divide="ignore"):
            log_norm_sq = 2 * np.log(self.seen["total_norm"])
        reach = cycles.log_reach(self.rule.lr, self.seen["total_eff_grad_max"])
        decay = -np.log1p(-self.rule.lr * self.rule.wd)
        return cycles.find_cycle(log_norm_sq, self.spacing, decay, reach)

    @property
    def small_period(self) -> float:
        """The period of small oscillations about rest, infinite without weight decay."""
        # arccos(1 - 2 x) = 2 arcsin(sqrt x), twice: no digit of a small lr wd is lost.
        turn = 4 * np.arcsin((self.rule.lr * self.rule.wd / 2) ** 0.5)
        return float(2 * np.pi / turn) if turn > 0 else float("inf")

    @property
    def grad_lo(self) -> float:
        """The least effective gradient norm, l."""
        return float(self._late("total_eff_grad_min").min())

    @property
    def grad_hi(self) -> float:
        """The greatest effective gradient norm, L."""
        return float(self._late("total_eff_grad_max").max())

    @property
    def norms_sq(self) -> tuple[float, float]:
        """The least and the greatest rho^2."""
        return float(self._late("total_norm_min").min()) ** 2, float(self._late("total_norm_max").max()) ** 2

    @property
    def interval(self) -> tuple[float, float]:
        """Kappa l and kappa L [periodic prop. 3]."""
        kappa = periodic.kappa_sq(self.rule.lr, self.rule.wd) ** 0.5 if self.rule.wd else float("inf")
        return kappa * self.grad_lo, kappa * self.grad_hi

    @property
    def exact_interval(self) -> tuple[float, float]:
        """What rho^2 ends in, given l and L, with nothing suppressed (see ``absorbing_interval``)."""
        # alpha = lr^2 / kappa^2 depends on lr wd alone; 1 - (1 - lr wd)^2 would keep nothing of a small one.
        product = self.rule.lr * self.rule.wd
        alpha = 1 / periodic.kappa_sq_exact(1.0, product) if product > 0 else 0.0
        if not 0 < alpha <= 0.5:
            return 0.0, float("inf")
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = (np.float64(self.rule.lr * g) ** 2 for g in (self.grad_lo, self.grad_hi))
            return absorbing_interval(alpha, low, high)

    @property
    def died_out(self) -> bool:
        """Whether the last gradients that were seen are exactly 0."""
        seen = self.seen["total_eff_grad_max"]
        seen = seen[np.isfinite(seen)]
        return bool(len(seen) and seen[-1] == 0)

    @property
    def bursts(self) -> int:
        """How many separate spells of delta-jumps there were."""
        jumping = self._late("cos_dist_max") > self.delta
        return int(np.sum(jumping[1:] & ~jumping[:-1]) + jumping[0])

    def as_json(self) -> str:
        """Return the report as one JSON object; what is not a finite number is null."""
        cycle = self.cycle
        numbers = {
            "lr": self.rule.lr,
            "wd": self.rule.wd,
            "steps": self.steps,
            "seed": self.seed,
            "status": self.status,
            "period": cycle.period.mean,
            "period_error": cycle.period.error,
            "period_spread": cycle.spread,
            "small_period": self.small_period,
            "swing": cycle.swing,
            "delta": self.delta,
            "bursts": self.bursts,
            "loss_mean": float(self._late("loss").mean()),
        }
        pairs = {
            "eff_grad": (self.grad_lo, self.grad_hi),
            "norm_sq": self.norms_sq,
            "norm_sq_printed": self.interval,
            "norm_sq_exact": self.exact_interval,
        }
        flat = {k: finite(v) for k, v in numbers.items()}
        both = {k: [finite(v) for v in pair] for k, pair in pairs.items()}
        return json.dumps({"loss": self.name, "behaviour": str(cycle.behaviour), **flat, **both})


def run(
    name: str,
    loss: ScaleInvariantLoss,
    rule: DecayGD,
    steps: int,
    seed: int = 0,
    start: np.ndarray | None = None,
    delta: float = 1e-2,
    progress: Progress | None = None,
) -> Report:
    """Run once and watch every step.

    Args:
        name: What to call the loss.
        loss: What to minimise.
        rule: The update rule.
        steps: How many steps.
        seed: The seed of the random start of norm sqrt(lr) and of the mini-batches.
        start: A start in place of a random one; its norm matters.
        delta: The cosine distance that a jump exceeds.
        progress: Called now and then with the number of steps done.

    Returns:
        The report.
    """
    w = (
        starts.starts(loss, 1, seed)[0] * rule.lr**0.5
        if start is None
        else starts.checked_decay_start(loss, start)
    )
    windows = min(MOST_WINDOWS, steps)
    seen = simulation_decay.window_means(loss, rule, steps, w, windows, rng=seed, progress=progress)
    return Report(name, loss, rule, steps, seed, delta, int(seen["status"]), seen)


def sentences(report: Report) -> list[str]:
    """Say what the run means, first the behaviour, then each place where it contradicts the paper."""
    said = [_what_happened(report), *_about_settling(report)]
    if report.cycle.behaviour is Behaviour.OSCILLATES and report.grad_lo < ROUNDING:
        said.append(
            f"The least effective gradient, {report.grad_lo:.2g}, is rounding noise: it ends the quiet phase, so the "
            "period is that of float64; without rounding the norm would fall further and the period be longer."
        )
    if report.status or report.rule.wd == 0 or report.cycle.behaviour is Behaviour.UNDECIDED:
        return said
    return [*said, *_about_period(report), *_about_interval(report)]


def _what_happened(report: Report) -> str:
    cycle = report.cycle
    if report.status == Status.VANISHED and report.died_out:
        return (
            "The run failed numerically: the weights came to lie exactly on a point without a gradient, where float64 "
            "holds no smaller angle, and weight decay shrank their norm to nothing."
        )
    if report.status:
        return f"The run failed numerically: {Status(report.status).meaning}."
    if report.rule.wd == 0:
        return _without_decay(report)
    return {
        Behaviour.SETTLES: "The norm settles: training reaches an equilibrium, and adjacent steps go to and fro.",
        Behaviour.OSCILLATES: "The norm goes up and down for ever: the periodic behaviour of the paper.",
        Behaviour.FLUCTUATES: "The norm goes up and down for ever, but at irregular intervals.",
        Behaviour.VANISHES: "The norm shrinks as fast as weight decay can shrink it: the gradient has died out.",
        Behaviour.UNDECIDED: "The run is too short to tell whether the norm settles or cycles (--steps).",
    }[cycle.behaviour]


def _without_decay(report: Report) -> str:
    said = "Without weight decay the norm cannot shrink, so it neither cycles nor comes to an equilibrium: "
    if report.cycle.swing <= cycles.STILL:
        return f"{said}it has stopped growing, at an effective gradient of {report.grad_hi:.2g}."
    if report.cycle.behaviour is Behaviour.SETTLES:
        return f"{said}it grows ever more slowly."
    return f"{said}it still grows."


def _about_settling(report: Report) -> list[str]:
    if not isinstance(report.loss, Fourier) or report.status or report.rule.wd == 0:
        return []
    end = report.seen["end"]
    minima = report.loss.minima()
    if not len(minima):
        return ["The loss has no minimum with a positive second derivative."]
    nearest = minima[np.argmin(np.abs(np.angle(np.exp(1j * (minima - np.arctan2(end[1], end[0]))))))]
    bends = np.array([float(report.loss.derivative(nearest, k)) for k in (2, 3, 4)])
    index = periodic.settling_index(*(bends / bends[0]))  # over f''^2, which may leave float64
    word = "settle" if index < -1e-9 else "cycle" if index > 1e-9 else "neither gain nor lose swing"
    with np.errstate(over="ignore"):
        index = index * bends[0] ** 2
    return [
        f"Near its minimum 4f''^2 + f''f'''' - 3f'''^2 = {index:.3g}, so small swings are expected to {word}."
    ]


def _about_period(report: Report) -> list[str]:
    if report.cycle.behaviour is not Behaviour.OSCILLATES:
        return []
    factor = report.cycle.period.mean / report.small_period
    return [
        f"The period is {factor:.3g} times that of small oscillations, pi/sqrt(2 lr wd) to leading order."
    ]


def _about_interval(report: Report) -> list[str]:
    if report.cycle.behaviour is Behaviour.VANISHES:
        return ["The paper expects the effective gradients to stay away from 0, with l > 0."]
    low, high = report.norms_sq
    said = []
    if periodic.beta_alpha(report.rule.lr, report.rule.wd) * report.grad_hi > report.grad_lo:
        said.append(
            "2 lr wd L <= l, which Proposition 3 needs and the paper holds to be generally fulfilled, fails here."
        )
    elif low < report.interval[0] or high > report.interval[1]:
        said.append(
            f"This contradicts the paper: rho^2, from {low:.6g} to {high:.6g}, left Proposition 3's interval."
        )
    return said


def in_words(report: Report) -> str:
    """Return the report as the command prints it."""
    cycle, (lo, hi) = report.cycle, report.norms_sq
    period = f"{pm(cycle.period)} steps" if np.isfinite(cycle.period.mean) else "none seen"
    small = f"{report.small_period:.6g}" if np.isfinite(report.small_period) else "none"
    printed, exact = interval(*report.interval), interval(*report.exact_interval)
    rows = [
        ("lr * wd", f"{report.rule.lr * report.rule.wd:g}"),
        ("behaviour", str(cycle.behaviour) if report.rule.wd else "no weight decay"),
        ("period", f"{period}   small oscillations {small}"),
        ("rho^2", interval(lo, hi)),
        ("  by Proposition 3", f"{printed}{worth(*report.interval)}"),
        ("  by its exact form", f"{exact}{worth(*report.exact_interval)}"),
        ("effective gradient", interval(report.grad_lo, report.grad_hi)),
        ("spells of jumps", f"{report.bursts}   (delta = {report.delta:g})"),
        ("mean loss", number(report._late("loss").mean(), 0)),
    ]
    head = (
        f"{report.name}, lr {report.rule.lr:g}, wd {report.rule.wd:g}, {counted(report.steps, 'step')}, "
        f"seed {report.seed}; second half:"
    )
    return "\n".join([head, *beside(rows), "", *sentences(report)])


def worth(low: float, high: float) -> str:
    """What an interval is worth, where that is nothing."""
    return "   (too wide to say anything)" if WIDE * low < high < np.inf else ""


def draw(report: Report, path: Path) -> None:
    """Draw loss, norm and effective gradient over time and the phase diagram; write the file whole or not at all.

    Args:
        report: The run.
        path: Where to; its ending names the format.
    """
    save_whole(drawing(report), path)


def drawing(report: Report) -> Figure:
    """Return a figure of loss, norm and effective gradient over time, and of the phase diagram."""
    from sitheory.reports.style import FAINT, INKS, label_logarithms, new_figure

    figure = new_figure(7.2, 4.6)
    axes = figure.subplots(2, 2)
    time = (np.arange(len(report.seen["loss"])) + 1) * report.spacing
    shown = _last_periods(report)
    for ax, name, label in (
        (axes[0, 0], "loss", "loss, window means"),
        (axes[0, 1], "total_norm", "norm"),
        (axes[1, 0], "cos_dist_max", "greatest cosine distance"),
    ):
        values = report.seen[name][shown]
        ax.plot(time[shown], np.where(values > 0, values, np.nan), linewidth=0.7, color=INKS[0])
        ax.set(xlabel="step", ylabel=label, yscale="log")
        ax.locator_params(axis="x", nbins=4)
    axes[1, 0].axhline(report.delta, color=FAINT, linestyle="--", linewidth=0.8)
    late = slice(len(time) // 2, None)
    elr, grad = report.seen["total_elr"][late], report.seen["total_eff_grad"][late]
    axes[1, 1].plot(elr, grad, linewidth=0.4, color=INKS[1])
    axes[1, 1].set(xlabel="effective learning rate", ylabel="effective gradient", xscale="log", yscale="log")
    for ax in axes.ravel():
        label_logarithms(ax)
    return figure


def _last_periods(report: Report) -> slice:
    """The windows of the last periods where the run has some, all windows otherwise: a thousand periods are one bar."""
    if report.cycle.behaviour is not Behaviour.OSCILLATES:
        return slice(None)
    return slice(
        -int(min(PERIODS * report.cycle.period.mean / report.spacing, len(report.seen["loss"]))), None
    )
