"""One run of the toy function, measured and put into words, a table, JSON or a drawing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sitheory import theory
from sitheory._kernels.status import Status
from sitheory.losses.quotients import Quotients
from sitheory.measure import periods, regimes, statistics
from sitheory.measure.regimes import Regime, RegimeDecision
from sitheory.measure.statistics import Estimate, Flag
from sitheory.reports.command_line import save_whole
from sitheory.reports.text import beside, columns, counted, finite, number, pm
from sitheory.rules import SphereGD
from sitheory.simulation import sphere, starts
from sitheory.simulation.windows import WINDOWS
from sitheory.trajectory.progress import Progress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SURPRISE = 4.0
"""A mean this many standard errors off its prediction (and a percent off it) contradicts it."""

SLIGHT = 0.01
"""Differences below one percent are not worth a sentence."""

FIRM = 0.05
"""A mean whose standard error is beyond this fraction of its prediction can neither confirm nor deny it."""

CHAOS = 0.01
"""A Lyapunov exponent within this of 0 is none; on tori and at eq. 9 it vanishes like log(t)/t."""

TYPED = 1e-14
"""An ELR within this fraction of the threshold was meant to be it."""

ACROSS = 4
"""Runs side by side in a drawing; more go below."""

LEAST_LOSS = 1e-16
"""Where the axis of the loss ends: below it a run that converges shows nothing new."""

TAIL = 256
"""Steps recorded after the run, one by one, to look for a period of at most a quarter of them."""


@dataclass(frozen=True)
class Report:
    """What one run of the toy showed, beside what the paper predicts of it."""

    loss: Quotients
    rule: SphereGD
    steps: int
    seed: int
    status: int
    decision: RegimeDecision
    loss_mean: Estimate
    elr_mean: tuple[Estimate, ...]
    ess_spread: float
    log1p_ess_sq: tuple[float, ...]
    lyapunov: Estimate
    period: periods.Repeats
    on_axis: tuple[int, ...]
    loss_series: np.ndarray
    elr_series: np.ndarray

    @property
    def threshold(self) -> float:
        """The total ELR above which F cannot converge to 0 [regimes eq. 8]."""
        return theory.threshold(self.loss.alpha)

    @property
    def at_threshold(self) -> bool:
        """Whether the ELR is the threshold, to the rounding of the numbers that were typed."""
        return abs(self.rule.elr - self.threshold) <= TYPED * self.threshold

    @property
    def regime(self) -> str:
        """The regime's name; at the threshold the run is in none of them."""
        return "none: between convergence and equilibrium" if self.at_threshold else str(self.decision.regime)

    @property
    def fall(self) -> float:
        """The power of time by which the loss fell since the first eighth of the run."""
        loss = self.loss_series[len(self.loss_series) // 8 :]
        with np.errstate(divide="ignore", invalid="ignore"):
            time = np.log(np.arange(len(loss)) + len(self.loss_series) // 8 + 0.5)
            return float(np.polyfit(time, np.log(loss), 1)[0]) if len(loss) > 1 else float("nan")

    @property
    def loss_predicted(self) -> float:
        """0 up to the threshold, the equilibrium level above it [regimes eq. 25]."""
        return max(0.0, theory.equilibrium_loss(self.loss.alpha, self.rule.elr))

    @property
    def elr_equilibrium(self) -> list[float]:
        """The groups' ELRs at the equilibrium [regimes eq. 9]."""
        return theory.equilibrium_elrs(self.loss.alpha, self.rule.elr)

    def as_json(self) -> str:
        """Return the report as one JSON object; what is not a finite number is null."""
        return json.dumps(
            {
                "alpha": list(self.loss.alpha),
                "elr": self.rule.elr,
                "steps": self.steps,
                "seed": self.seed,
                "threshold": self.threshold,
                "regime": self.regime,
                "loss_mean": finite(self.loss_mean.mean),
                "loss_error": finite(self.loss_mean.error),
                "loss_flag": self.loss_mean.flag,
                "loss_predicted": self.loss_predicted,
                "elr_mean": [finite(e.mean) for e in self.elr_mean],
                "elr_error": [finite(e.error) for e in self.elr_mean],
                "elr_flag": [e.flag for e in self.elr_mean],
                "elr_equilibrium": self.elr_equilibrium,
                "ess_spread": finite(self.ess_spread),
                "lyapunov": finite(self.lyapunov.mean),
                "lyapunov_error": finite(self.lyapunov.error),
                "lyapunov_flag": self.lyapunov.flag,
                "period": self.period,
            }
        )


def run(
    loss: Quotients,
    rule: SphereGD,
    steps: int,
    seed: int = 0,
    start: np.ndarray | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run the toy once and measure it; means are over the second half of the run.

    Args:
        loss: The toy function.
        rule: The sphere's gradient descent with its ELR.
        steps: How many steps.
        seed: The seed of the random start.
        start: A start of shape (2n,) as x1, y1, x2, y2, ... in place of a random one.
        progress: Called now and then with the number of steps done.

    Returns:
        The report.
    """
    w = starts.starts(loss, 1, seed)[0] if start is None else starts.on_sphere(loss, start)
    windows = min(WINDOWS, steps)
    seen = sphere.window_means(loss, rule, steps, w, windows, tangent=True, progress=progress)
    after = sphere.samples(loss, rule, TAIL, seen["end"], every=1)
    return Report(
        loss=loss,
        rule=rule,
        steps=steps,
        seed=seed,
        status=int(seen["status"]),
        decision=regimes.decide_regime(seen["loss"], seen["log_loss"], seen["cos_dist"], steps),
        loss_mean=statistics.estimate(seen["loss"]),
        elr_mean=tuple(statistics.estimate(s) for s in seen["elr_group"]),
        ess_spread=statistics.relative_spread([statistics.estimate(s).mean ** 0.5 for s in seen["ess_sq"]]),
        log1p_ess_sq=tuple(statistics.estimate(s).mean for s in seen["log1p_ess_sq"]),
        lyapunov=periods.exponent(seen["log_stretch"]),
        period=periods.find_period(np.vstack([after["loss"], after["elr_group"]]), TAIL // 4),
        on_axis=tuple(int(i) + 1 for i in np.flatnonzero((seen["end"].reshape(-1, 2) == 0).any(axis=1))),
        loss_series=seen["loss"],
        elr_series=seen["elr_group"],
    )


def sentences(report: Report) -> list[str]:
    """Say what the run means, first the regime, then each place where it contradicts the paper."""
    if report.at_threshold and not (report.on_axis or report.status):
        return _at_threshold(report)
    said = [_what_happened(report)]
    if report.on_axis:
        named = ", ".join(str(i) for i in report.on_axis)
        said.append(
            f"Group{'s' if len(report.on_axis) > 1 else ''} {named} came to lie exactly on an axis, where the gradient "
            "vanishes, and will stay there; the paper speaks of other starts."
        )
        return said
    above = report.rule.elr > report.threshold
    regime = report.decision.regime
    if report.rule.elr < report.threshold and regime in (Regime.EQUILIBRIUM, Regime.DIVERGENCE):
        said.append("This contradicts the paper: below the threshold it expects convergence.")
    if above and regime is Regime.CONVERGENCE:
        said.append("This contradicts the paper: above the threshold it holds convergence to be impossible.")
    if regime is Regime.CONVERGENCE and len(report.elr_mean) > 1:
        said.append(
            "The groups' ELRs froze on the way, away from eq. (9), as the paper expects in this regime."
        )
    if regime in (Regime.EQUILIBRIUM, Regime.DIVERGENCE):
        said += [_about_chaos(report), *_about_loss(report), *_about_elrs(report)]
    return said


def _what_happened(report: Report) -> str:
    decision = report.decision
    if report.status:
        return f"The run failed numerically: {Status(report.status).meaning}."
    meaning = {
        Regime.CONVERGENCE: "the loss goes to its minimum 0",
        Regime.EQUILIBRIUM: "the loss stays around a level between its minimum and that of random directions",
        Regime.DIVERGENCE: "the loss moves around a level by steps as wide as those of a random walk",
        Regime.UNDECIDED: "more steps would tell (--steps)",
    }[decision.regime]
    return f"{decision.reason[0].upper()}{decision.reason[1:]}: {meaning}."


def _at_threshold(report: Report) -> list[str]:
    said = [
        "The ELR is the threshold itself, where the level that the paper predicts for the loss comes down to 0."
    ]
    if not np.isfinite(report.fall):
        return [*said, "The run is too short to tell how the loss falls (--steps)."]
    return [
        *said,
        f"There is neither the geometric convergence of lower ELRs nor an equilibrium above 0: the loss went like "
        f"t^{report.fall:.2g}, down to {number(float(report.loss_series[-1]))}.",
    ]


def _about_chaos(report: Report) -> str:
    exponent = report.lyapunov
    if exponent.mean - 2 * exponent.error > CHAOS:
        return "The run is chaotic: nearby starts separate exponentially."
    if exponent.mean + 2 * exponent.error > CHAOS:
        return f"The Lyapunov exponent {pm(exponent)} does not tell whether the run is chaotic."
    named = "calls its second regime a chaotic equilibrium"
    if report.decision.regime is Regime.DIVERGENCE:
        named = "says that chaos dominates its third regime"
    repeats = {
        None: "",
        1: ", and every step repeats the last",
        "undecided": ", and more steps would tell whether it repeats",
    }.get(report.period, f", and it repeats every {report.period} steps")
    return (
        f"This contradicts the paper, which {named}: nearby starts do not separate here (Lyapunov exponent "
        f"{number(exponent.mean)}){repeats}."
    )


def _about_loss(report: Report) -> list[str]:
    if not _differs(report.loss_mean, report.loss_predicted):
        return []
    side = "above" if report.loss_mean.mean > report.loss_predicted else "below"
    still = " and still drifts" if report.loss_mean.flag is Flag.DRIFTING else ""
    return [
        f"The mean loss {pm(report.loss_mean)} lies {side} the level {report.loss_predicted:.4g} that the "
        f"paper predicts{still}; random directions have {theory.random_walk_loss(report.loss.alpha):.4g}."
    ]


def _about_elrs(report: Report) -> list[str]:
    pairs = list(zip(report.elr_mean, report.elr_equilibrium, strict=True))
    off = [f"{i} ({m.mean / p:.3g} times)" for i, (m, p) in enumerate(pairs, 1) if _differs(m, p)]
    loose = [str(i) for i, (m, p) in enumerate(pairs, 1) if not (_differs(m, p) or m.error <= FIRM * p)]
    said = []
    if off:
        named = f"group{'s' if len(off) > 1 else ''} {', '.join(off)}"
        said.append(f"This contradicts the paper: the mean ELR of {named} is not that of eq. (9).")
    if loose:
        named = f"group{'s' if len(loose) > 1 else ''} {', '.join(loose)}"
        said.append(f"Rare excursions dominate the mean ELR of {named}: its error bar is too wide to tell.")
    if not said:
        return [_agreement(report)]
    balanced = ", ".join(f"{v:.4g}" for v in report.log1p_ess_sq)
    said.append(
        f"What eq. (5) does make equal in the long run is the mean of log(1 + ESS^2): here {balanced}."
    )
    return said


def _agreement(report: Report) -> str:
    flags = {mean.flag for mean in report.elr_mean if mean.flag}
    if not flags:
        return "The groups' mean ELRs agree with eq. (9)."
    off = max(abs(m.mean / p - 1) for m, p in zip(report.elr_mean, report.elr_equilibrium, strict=True))
    if Flag.DRIFTING in flags:
        return (
            f"The groups' mean ELRs are within {100 * off:.2g} % of eq. (9) and still drift: their error bars are "
            "none, and a longer run moves them (--steps)."
        )
    return (
        f"The groups' mean ELRs are within {100 * off:.2g} % of eq. (9); some error bars are none "
        f"({', '.join(sorted(flags))})."
    )


def _differs(mean: Estimate, predicted: float) -> bool:
    gap = abs(mean.mean - predicted)
    return gap > SURPRISE * mean.error and gap > SLIGHT * abs(predicted)


def in_words(report: Report) -> str:
    """Return the report as the command prints it."""
    alpha = " ".join(f"{a:g}" for a in report.loss.alpha)
    side = "below" if report.rule.elr < report.threshold else "above"
    side = "at" if report.at_threshold else side
    rows = [
        ("total ELR", f"{report.rule.elr:g}, {side} the threshold 1/sum(alpha) = {report.threshold:.6g}"),
        ("regime", report.regime),
        ("mean loss", f"{pm(report.loss_mean)}   predicted {report.loss_predicted:.6g}"),
    ]
    spread = f"{report.ess_spread:.3g}" if np.isfinite(report.ess_spread) else "not measurable"
    for i, (mean, predicted) in enumerate(zip(report.elr_mean, report.elr_equilibrium, strict=True)):
        rows.append((f"mean ELR, group {i + 1}", f"{pm(mean, nothing=0)}   eq. (9) {predicted:.6g}"))
    rows += [
        ("ESS spread", f"{spread}   (std/mean over groups of the root mean square ESS)"),
        ("Lyapunov exponent", f"{pm(report.lyapunov)} a step"),
    ]
    steps = counted(report.steps, "step")
    head = f"F = sum_i alpha_i x_i^2/(x_i^2+y_i^2), alpha = {alpha}, {steps}, seed {report.seed}"
    return "\n".join([head, *beside(rows), "", *sentences(report)])


def as_table(reports: Sequence[Report]) -> str:
    """Return a sweep's reports, a line each."""
    cells = {
        "ELR": [f"{r.rule.elr:g}" for r in reports],
        "regime": [r.regime for r in reports],
        "mean loss": [number(r.loss_mean.mean) for r in reports],
        "predicted": [number(r.loss_predicted) for r in reports],
        "ESS spread": [_short(r.ess_spread) for r in reports],
        "Lyapunov": [number(r.lyapunov.mean) for r in reports],
        "mean ELR / eq. (9)": [
            " ".join(_short(m.mean / e) for m, e in zip(r.elr_mean, r.elr_equilibrium, strict=True))
            for r in reports
        ],
    }
    table = columns(cells, left=("regime", "mean ELR / eq. (9)"))
    return f"threshold 1/sum(alpha) = {reports[0].threshold:.6g}\n{table}"


def _short(value: float) -> str:
    return "none" if np.isnan(value) else f"{value:.3g}"


def draw(reports: Sequence[Report], path: Path) -> None:
    """Draw loss and ELRs over time, a column a run, and write the file whole or not at all.

    Args:
        reports: The runs.
        path: Where to; its ending names the format.
    """
    save_whole(drawing(reports), path)


def drawing(reports: Sequence[Report]) -> Figure:
    """Return a figure of loss and ELRs over time, a column a run, at most four side by side."""
    from sitheory.reports.style import new_figure

    across = min(len(reports), ACROSS)
    down = -(-len(reports) // across)
    figure = new_figure(4.2 * across if across == 1 else 3.2 * across, 4.6 * down)
    axes = figure.subplots(2 * down, across, sharex=True, squeeze=False)
    for i, report in enumerate(reports):
        row, column = divmod(i, across)
        _draw_run(axes[2 * row, column], axes[2 * row + 1, column], report)
    for unused in axes.reshape(down, 2, across).transpose(0, 2, 1).reshape(-1, 2)[len(reports) :].ravel():
        unused.set_axis_off()
    for first in axes[:, 0]:
        first.set_ylabel(f"{'ELR' if first in axes[1::2, 0] else 'loss'}, window means")
    return figure


def _draw_run(top: Axes, bottom: Axes, report: Report) -> None:
    """Draw window means: the loss above, the groups' ELRs below, what the paper predicts dashed."""
    from sitheory.reports.style import FAINT, INKS, label_logarithms

    time = (np.arange(len(report.loss_series)) + 1) * report.steps / len(report.loss_series)
    top.loglog(time, np.maximum(report.loss_series, LEAST_LOSS), color=INKS[0])
    if report.loss_predicted > 0:
        top.axhline(report.loss_predicted, color=FAINT, linestyle="--", linewidth=0.8)
    flag = f", loss {report.loss_mean.flag}" if report.loss_mean.flag else ""
    top.set_title(f"ELR {report.rule.elr:g}: {report.regime}{flag}", fontsize="medium")
    for i, (elrs, predicted) in enumerate(zip(report.elr_series, report.elr_equilibrium, strict=True)):
        flag = f" ({report.elr_mean[i].flag})" if report.elr_mean[i].flag else ""
        (line,) = bottom.loglog(time, elrs, label=f"group {i + 1}, alpha {report.loss.alpha[i]:g}{flag}")
        bottom.axhline(predicted, color=line.get_color(), linestyle="--", linewidth=0.8)
    bottom.set_xlabel("step")
    bottom.tick_params(labelbottom=True)
    for axes in (top, bottom):
        label_logarithms(axes)
    bottom.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.22))
