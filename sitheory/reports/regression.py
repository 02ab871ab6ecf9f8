"""What one run of linear regression with batch normalisation showed, in words, as JSON and as a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sitheory._kernels.status import Status
from sitheory.edge.long_run import Run
from sitheory.losses.regression import BatchNormRegression
from sitheory.reports.command_line import save_whole
from sitheory.reports.text import beside, counted
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOSTLY = 0.5
"""A distance that fell below this fraction has mostly gone."""

LEAST_LOSS = 1e-32
"""Where the axis of the loss ends: the square of the rounding of one."""

SHORT = 4
"""So few losses in the second half of a run say nothing of where it goes."""

FALLING = 0.9
"""A mean loss that falls below this fraction from one quarter of the run to the next is falling."""


@dataclass(frozen=True)
class Report:
    """One run, and what it was a run of."""

    loss: BatchNormRegression
    rule: DecayGD
    steps: int
    seed: int
    run: Run

    @property
    def oscillates(self) -> bool:
        """Whether the second half of the run is past the burst."""
        burst = self.run.marks.step("burst")
        return burst is not None and burst < self.run.times[len(self.run.times) // 2]

    @property
    def failed(self) -> bool:
        """Whether a number that the run shows at every step was not finite."""
        return not all(np.all(np.isfinite(self.run.seen[name])) for name in ("loss", "elr", "sharpness", "h"))

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def as_dict(self) -> dict[str, Any]:
        """Return the numbers of the report; what is not a finite number, or never came, is None."""
        seen, marks = self.run.seen, self.run.marks
        late = slice(len(self.run.times) // 2, None)
        signs = seen["h"][late]
        grad_sq = law.regression_log_sharp_grad(seen["tan_flattest"][late]) ** 2
        flattest = law.regression_eigenvalue(
            self.loss.variance, self.loss.flat.mu[0], self.loss.flat.reach, 1.0
        )
        tests = seen.get("test_loss", np.full(len(self.run.times), np.nan))
        rest = law.mean_h_sq(self.rule.lr * self.rule.wd, grad_sq)
        numbers = {
            "n": len(self.loss.y),
            "d": self.loss.dim,
            "lr": self.rule.lr,
            "wd": self.rule.wd,
            "steps": self.steps,
            "seed": self.seed,
            "fitted_step": marks.step("fitted"),
            "edge_step": marks.step("edge"),
            "burst_step": marks.step("burst"),
            "first_loss": marks.first_loss,
            "loss": float(np.mean(seen["loss"][late])),
            "test_loss_fitted": marks.at_fitted.get("test_loss"),
            "test_loss": float(np.mean(tests[-max(1, len(tests) // 10) :])),
            "elr_times_sharpness": float(np.mean((seen["elr"] * seen["sharpness"])[late])),
            "sharpness": float(seen["sharpness"][-1]),
            "flattest_sharpness": float(flattest),
            "sign_changes": float(np.mean(signs[1:] * signs[:-1] < 0)) if self.oscillates else None,
            "mean_h_sq_over_derived": float(np.mean(signs**2 / rest)) if self.oscillates else None,
            "tan_fitted": marks.at_fitted.get("tan_flattest"),
            "tan": float(seen["tan_flattest"][-1]),
            "dist_min_norm_fitted": marks.at_fitted.get("dist_min_norm"),
            "dist_min_norm": float(seen["dist_min_norm"][-1]),
            "energy": float(np.median(seen["energy"][late])),
            "status": int(Status.OVERFLOW if self.failed else Status.OK),
        }
        return {k: v if v is None or np.isfinite(v) else None for k, v in numbers.items()}


def sentences(report: Report) -> list[str]:
    """Say what the run means, and where it contradicts the paper."""
    d = report.as_dict()
    if report.failed:
        return [f"The run failed numerically: {Status.OVERFLOW.meaning}."]
    if d["fitted_step"] is None:
        return [_unfitted(d, report.run.seen["loss"])]
    said = [f"The training data are fitted at step {d['fitted_step']:,}."]
    if d["edge_step"] is None:
        return [
            *said,
            "The ELR has not reached 2 / sharpness, the edge of stability"
            + (
                ": without weight decay it never does." if report.rule.wd == 0 else ": more steps would tell."
            ),
        ]
    said.append(f"At step {d['edge_step']:,} the ELR reached 2 / sharpness, the edge of stability.")
    if d["burst_step"] is None:
        return [*said, "The oscillation has not grown from rounding yet: more steps would tell."]
    said.append(
        f"From step {d['burst_step']:,} on the weights oscillate across the minimisers, along the top "
        "eigenvector."
    )
    if d["mean_h_sq_over_derived"]:
        ratio = d["mean_h_sq_over_derived"]
        said.append(
            f"The mean of h^2 is {ratio:.4g} of 2 lr wd / (4 + G^2), so that of 2 h^2 is about "
            f"{2 * ratio:.2g} times what the paper prints at small G; eq. (3) is right all the same."
        )
    if not d["dist_min_norm_fitted"] or d["dist_min_norm"] is None:
        return said
    fallen = d["dist_min_norm"] / d["dist_min_norm_fitted"]
    ending = "as Theorem 5.1 says" if fallen < MOSTLY else "more steps would bring it further down"
    said.append(
        f"The distance to the minimum-norm interpolant fell to {fallen:.2g} of that when the data were "
        f"fitted: {ending}."
    )
    return said


def _unfitted(d: dict[str, Any], loss: np.ndarray) -> str:
    """Say why, by the side of the edge that the run stands on."""
    late = loss[len(loss) // 2 :]
    half = -(-len(late) // 2)
    before, after = float(np.mean(late[:half])), float(np.mean(late[half:] if len(late) > 1 else late))
    falling = after < FALLING * before
    left = f"The training data were never fitted: the loss, {_g(d['first_loss'])} at the start, is {_g(d['loss'])}"
    edge = d["elr_times_sharpness"]
    if len(late) < SHORT:
        return f"{left}. The run is too short to tell: more steps would."
    if (edge is None or edge >= 2) and not falling:
        return (
            f"{left} on average. Weight decay keeps the ELR at or above the edge of stability, where the loss "
            "hovers and does not fall: a smaller lr * wd would bring it down, more steps would not."
        )
    if falling:
        return f"{left} on average and still falls: more steps would tell."
    return (
        f"{left}. The ELR is below the edge of stability: more steps or a greater learning rate would tell."
    )


def rows(report: Report) -> list[tuple[str, str]]:
    """Return the measured numbers by name, as words."""
    d = report.as_dict()
    return [
        ("edge of stability", "not reached" if d["edge_step"] is None else f"step {d['edge_step']:,}"),
        ("training loss", f"{_g(d['loss'])}   (mean of the second half)"),
        ("test loss", _pair(d["test_loss_fitted"], d["test_loss"], "no test samples")),
        ("ELR x sharpness", f"{_g(d['elr_times_sharpness'], 5)}   edge: 2"),
        ("sharpness", f"{_g(d['sharpness'], 5)}   flattest minimiser {_g(d['flattest_sharpness'], 5)}"),
        (
            "sign changes of h",
            "-" if d["sign_changes"] is None else f"{100 * d['sign_changes']:.4g} % of steps",
        ),
        ("distance to (M)", _pair(d["dist_min_norm_fitted"], d["dist_min_norm"], "-")),
        ("angle from (M), tan", _pair(d["tan_fitted"], d["tan"], "-")),
    ]


def in_words(report: Report) -> str:
    """Return the report as the command prints it."""
    d = report.as_dict()
    head = (
        f"Linear regression with BN, n = {d['n']}, d = {d['d']}, lr {d['lr']:g}, wd {d['wd']:g}, "
        f"{counted(report.steps, 'step')}, seed {report.seed}"
    )
    return "\n".join([head, *beside(rows(report)), "", *sentences(report)])


def _g(value: float | None, digits: int = 4) -> str:
    return "none" if value is None else f"{value:.{digits}g}"


def _pair(before: float | None, after: float | None, missing: str) -> str:
    if after is None:
        return missing
    return (
        f"{after:.4g} at the end" if before is None else f"{before:.4g} when fitted, {after:.4g} at the end"
    )


def draw(report: Report, path: Path) -> None:
    """Draw losses, ELR against sharpness, distance to (M) and h, and write the file whole or not at all.

    Args:
        report: The run.
        path: Where to; its ending names the format.
    """
    save_whole(drawing(report), path)


def drawing(report: Report) -> Figure:
    """Return a figure of losses, ELR against sharpness, distance to (M), and h."""
    from sitheory.reports.style import FAINT, INKS, label_logarithms, new_figure

    figure = new_figure(7.2, 5)
    (a, b), (c, d) = figure.subplots(2, 2, sharex=True)
    times, seen = report.run.times, report.run.seen
    a.semilogy(times, np.maximum(seen["loss"], LEAST_LOSS), color=INKS[0], linewidth=0.7, label="train")
    if "test_loss" in seen:
        a.semilogy(times, seen["test_loss"], color=INKS[1], label="test")
    a.set_ylabel("loss")
    b.plot(times, 2 / seen["elr"], color=INKS[0], label="2 / ELR")
    b.plot(times, seen["sharpness"], color=INKS[1], linestyle="--", label="sharpness at phi")
    b.set(ylim=(0, 3 * float(np.median(seen["sharpness"]))), ylabel="sharpness")
    c.semilogy(times, seen["dist_min_norm"], color=INKS[0])
    c.set(xlabel="step", ylabel="relative distance to (M)")
    d.axhline(0, color=FAINT, linewidth=0.6)
    d.plot(times, seen["h"], ".", markersize=1, color=INKS[0])
    d.set(xlabel="step", ylabel="h along the top eigenvector")
    for logarithmic in (a, c):
        label_logarithms(logarithmic)
    for labelled in (a, b):
        labelled.legend()
    return figure
