"""Theory against networks: one table a run, each law's prediction beside what was observed, and what has none.

Takes a Dataset that ``bridge.train`` made, of one rule (select a cell of a grid first).
The laws of a single step are in ``step_laws``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sitheory.bridge.watching.long_run import (
    destabilisations,
    elr_spread,
    ess_means,
    ess_spread,
    late_rows,
    regime_decision,
)
from sitheory.reports.text import columns, with_error
from sitheory.theory import periodic, regimes, scale

if TYPE_CHECKING:
    import xarray as xr

HOLDS = 1.05
"""A law holds if its residual is at most this many times what explains it: the floors are first-order terms."""


SUMS = 1e-13
"""What sums over a window's steps may lose, per step."""


@dataclass(frozen=True)
class Line:
    """One law: what it predicts, what was observed, how far apart they may be, and whether that is kept.

    ``holds`` is None for what is reported but not predicted, or not decided.
    """

    law: str
    predicted: str
    observed: str
    allowed: str = ""
    holds: bool | None = None


def confront(run: xr.Dataset) -> list[Line]:
    """Return a line for each law that speaks of a run, and one for each number that no law predicts.

    Args:
        run: A run of one rule.

    Returns:
        The lines: exact laws first, then laws of the long run, then what is not predicted.

    Raises:
        ValueError: If the run has a grid's dimension.
    """
    if extra := set(run["loss"].dims) - {"step"}:
        raise ValueError(f"need a run of one rule, got dimensions {', '.join(map(str, extra))}")
    if int(run["status"]):
        return [
            Line("every law", "finite numbers", f"none from step {int(run['failed_step'])} on", holds=False)
        ]
    rule = rule_of(run)
    lines = [_total_elr(run), *_step_laws(run)]
    if rule["rule"] in ("SphereSGD", "FixedELR"):
        lines += [_elr_rule(run), _ess_means(run)]
    if not rule.get("momentum"):
        lines.append(_delta_bounds(run, rule))
    if rule.get("wd") and not rule.get("momentum") and rule["schedule"] == "constant":
        lines += [_norm_interval(run, rule), _period(run, rule)]
    if "sharpness" in run:
        lines += _edge(run)
    return [*lines, *_unpredicted(run)]


def table(lines: Sequence[Line]) -> str:
    """Return the lines as text."""
    words = {True: "holds", False: "BROKEN", None: ""}
    cells = {
        "law": [line.law for line in lines],
        "predicted": [line.predicted for line in lines],
        "observed": [line.observed for line in lines],
        "may be off by": [line.allowed for line in lines],
        "": [words[line.holds] for line in lines],
    }
    return columns(cells, left=cells)


def rule_of(run: xr.Dataset) -> dict[str, Any]:
    """Return the rule of a run's cell, from its configuration and the coordinates that were selected."""
    rule = dict(json.loads(run.attrs["config"])["rules"][0])
    return {**rule, **{n: float(run[n]) for n in ("elr", "lr", "wd", "momentum") if n in run.coords}}


def _total_elr(run: xr.Dataset) -> Line:
    rule = rule_of(run)
    moving = (
        run["elr_group"].values.min(axis=1) > 0
    )  # a schedule may end at 0, where there is no ELR to add up
    end = run.isel(step=int(np.flatnonzero(moving)[-1]))
    predicted = regimes.total_elr(end["elr_group"].values.tolist())
    if rule["schedule"] != "constant" or rule["rule"] == "GroupSphereSGD":
        return Line("total ELR from the groups' [regimes eq. 3]", f"{predicted:.6g}", "varies")
    seen = rule["elr"] if "elr" in rule else scale.elr(rule["lr"], float(end["total_norm"]) ** 2)
    off = abs(predicted / seen - 1)
    return Line(
        "total ELR from the groups' [regimes eq. 3]",
        f"{predicted:.6g}",
        f"{seen:.6g}",
        "1e-12 of it",
        off < 1e-12,
    )


def _step_laws(run: xr.Dataset) -> list[Line]:
    lines = []
    for name, law in (
        ("radial_cos", "weights and gradient orthogonal, |cos| [si:orthogonality]"),
        ("norm_residual", "norms after a step, log [regimes eq. 16, periodic eq. 3]"),
        ("cos_dist_residual", "cosine distance of a step, relative [periodic eq. 8]"),
    ):
        if name not in run:  # a result from before it was measured
            continue
        ratio = run[f"{name}_ratio"].values[1:]
        if np.isnan(ratio).all():
            lines.append(Line(law, "no law", "-"))
            continue
        seen, floor = (float(np.nanmax(run[n].values)) for n in (name, f"{name}_floor"))
        said = f"{floor:.2g} ({np.nanmax(ratio):.4g} of it at worst)"
        if name == "norm_residual" and (left := int((~_known(run)).sum())):
            said += f"; {left} groups with an eps of an unknown kind left out"
        lines.append(Line(law, "error 0", f"{seen:.2g}", said, bool(np.nanmax(ratio) < HOLDS)))
    return lines


def _step_errors(run: xr.Dataset) -> np.ndarray:
    """Return each window's largest error of a step's norms, which has its own line: sums over steps add them up."""
    return np.fmin(run["norm_residual"].values, run["norm_residual_floor"].values) + SUMS


def _known(run: xr.Dataset) -> np.ndarray:
    """Return of which groups it is known what eps does to their gradients in each step."""
    return ~np.isin(run["group"].values, json.loads(run.attrs["config"]).get("eps_unknown", []))


def _elr_rule(run: xr.Dataset) -> Line:
    """Eq. (5) over the whole run: the logarithm of each group's ELR moves by the summed log(1 + ESS^2)."""
    steps = np.diff(run["step"].values)[:, None]
    total = run["log1p_total_ess_sq"].values[1:, None]
    predicted = (steps * (total - run["log1p_ess_sq"].values[1:])).sum(axis=0)
    rule = rule_of(run)
    if rule["rule"] == "FixedELR":
        predicted = predicted - (steps * total).sum()
    if rule["rule"] == "FixedELR" or rule["schedule"] != "constant":  # the learning rate moves, too
        seen = -2 * np.log(run["norm"].values[-1] / run["norm"].values[0])
    else:
        seen = np.log(run["elr_group"].values[-1] / run["elr_group"].values[0])
    known = _known(run)
    law = "log ELR_i, first to last step [regimes eq. 5]"
    if not known.any():
        return Line(law, "no law", "-")
    seen, predicted = seen[known], predicted[known]
    off = float(np.abs(seen - predicted).max())
    floor = float((steps[:, 0] * _step_errors(run)[1:]).sum())
    return Line(
        law,
        f"{predicted.min():.4g} .. {predicted.max():.4g}",
        f"{seen.min():.4g} .. {seen.max():.4g}",
        f"{floor:.2g}; off by {off:.2g}",
        off <= HOLDS * floor,
    )


def _ess_means(run: xr.Dataset) -> Line:
    """The exact form of "all ESS are equal": time means of log(1 + ESS_i^2) agree up to 2 log(M/m)/T."""
    means, allowed = ess_means(run)
    if not (known := _known(run)).any():
        return Line("means of log(1 + ESS_i^2) are equal [regimes:time-average]", "no law", "-")
    means = means[known]
    floor = 2 * float(np.nanmax(_step_errors(run)[late_rows(run)]))
    return Line(
        "means of log(1 + ESS_i^2) are equal [regimes:time-average]",
        f"{means.mean():.4g}",
        f"{means.min():.4g} .. {means.max():.4g}",
        f"2 log(M/m)/T = {allowed:.2g}",
        bool(np.ptp(means) <= allowed + floor),
    )


def _delta_bounds(run: xr.Dataset, rule: dict[str, Any]) -> Line:
    """In each window: the largest turn is below the bound by its largest gradient and least norm, and conversely."""
    if rule["rule"] == "GroupSphereSGD" or rule["schedule"] != "constant":
        return Line("delta bounds [periodic eq. 8]", "no law", "-")
    part = {
        n: run[n].values[1:]
        for n in ("total_norm_min", "total_norm_max", "total_eff_grad_min", "total_eff_grad_max")
    }
    wd = rule.get("wd", 0.0)
    low_sq, high_sq = part["total_norm_min"] ** 2, part["total_norm_max"] ** 2
    lr_low, lr_high = (
        (rule["lr"],) * 2
        if "lr" in rule
        else (scale.lr_at(rule["elr"], low_sq), scale.lr_at(rule["elr"], high_sq))
    )
    high = periodic.cos_dist_bounds(low_sq, part["total_eff_grad_max"] ** 2, lr_low, wd)[1]
    low = periodic.cos_dist_bounds(high_sq, part["total_eff_grad_min"] ** 2, lr_high, wd)[0]
    most, mean = run["cos_dist_max"].values[1:], run["cos_dist"].values[1:]
    kept = bool(np.all(most <= high * (1 + 1e-3)) and np.all(mean >= low * (1 - 1e-3)))
    return Line(
        "delta_min, delta_max around each window's turns [periodic eq. 8]",
        f"{low.min():.2g} .. {high.max():.2g}",
        f"{mean.min():.2g} .. {most.max():.2g}",
        "nothing but 1e-3 of it",
        kept,
    )


def _norm_interval(run: xr.Dataset, rule: dict[str, Any]) -> Line:
    """Prop. 3 with the extremes of the effective gradient over the late part, hops included [periodic A.7]."""
    late, rows = late_rows(run), run["step"].values
    norm_sq = run["total_norm_min"].values[late].min() ** 2, run["total_norm_max"].values[late].max() ** 2
    lr, wd = rule["lr"], rule["wd"]
    lo, hi = run["total_eff_grad_min"].values[late].min(), run["total_eff_grad_max"].values[late].max()
    kappa = periodic.kappa_sq_exact(lr, wd) ** 0.5
    alpha, a, b = periodic.beta_alpha_exact(lr, wd), (lr * lo) ** 2, (lr * hi) ** 2
    top = max(periodic.stationary_sq(alpha, b), periodic.absorbing_hop_sq(alpha, a, b)) ** 0.5
    forgotten = (1 - alpha) ** (rows[late][0] - rows[0])
    kept = bool(kappa * lo <= norm_sq[0] and norm_sq[1] <= top)
    return Line(
        "rho^2 in kappa [l, L], late [periodic prop. 3]",
        f"{kappa * lo:.3g} .. {top:.3g}",
        f"{norm_sq[0]:.3g} .. {norm_sq[1]:.3g}",
        f"start forgotten to {forgotten:.2g}",
        kept if forgotten < 0.01 or kept else None,
    )


def _period(run: xr.Dataset, rule: dict[str, Any]) -> Line:
    gaps = np.diff(destabilisations(run)) * rule["lr"] * rule["wd"]
    seen = f"- ({len(destabilisations(run))} destabilisations)" if len(gaps) < 2 else with_error(gaps)
    law = "period of destabilisations times eta lambda [periodic cor. 1]"
    return Line(law, "one constant for all", seen)


def _edge(run: xr.Dataset) -> list[Line]:
    seen = run["sharpness"].values * run["total_elr"].values
    told = seen[np.isfinite(seen) & (run["total_elr"].values > 0)]
    law = "ELR x sharpness against 2, the edge of stability"
    return [Line(law, "2 (full batch)", f"{told[-1]:.3g}")] if len(told) else []


def _unpredicted(run: xr.Dataset) -> list[Line]:
    end, decision = run.isel(step=-1), regime_decision(run)
    told = {} if rule_of(run)["rule"] == "SGD" else {"regime": f"{decision.regime}: {decision.reason}"}
    told |= {
        "ESS, std/mean over groups": f"{ess_spread(run):.3g} while ELRs differ {elr_spread(run):.3g} times",
        "train loss": f"{float(end['loss']):.4g}",
        "train error": f"{float(end['train_error']):.4g}",
    }
    if "test_error" in run:
        told["test error"] = f"{float(end['test_error']):.4g}"
    told["delta-jumps"] = f"{float(run['jumps'].sum()):.0f} of {int(run['step'][-1])} steps"
    return [Line(name, "not predicted", seen) for name, seen in told.items()]
