"""How often the error bars of the toy's time averages cover the truth: nominal 95 %, over seeds, regimes and lengths.

The truth is theory's where it has one, else what the longest runs say: at ELR 0.1 each seed's own, elsewhere the mean
over all seeds. Where chaos is transient, a run that ends in it is compared with the mean over that chaos, which is all
that it could know. Runs that failed numerically are left out.
"""

from dataclasses import dataclass

import numpy as np

import sitheory as si
from sitheory import theory
from sitheory.measure import periods, statistics
from sitheory.reports.text import NOTHING

ALPHA = (1, 2, 4)
SEEDS = 200
STEPS = (640, 6_400, 64_000, 640_000)
ELRS = {0.1: "convergence", 0.2: "creep to eq. 9", 0.3: "transient chaos", 0.4: "chaos", 1.0: "random walk"}
QUANTITIES = ("loss", "cos_dist", "log_stretch", "elr_group", "ess_sq", "log1p_ess_sq")
NORMAL = 1.96
MUST = 0.9
TRANSIENT = 0.3
"""Here chaos lasts some ten thousand steps and then gives way to a torus, which no run that ends before can know."""
LASTING = STEPS[1]
"""The longest runs of which many end in that chaos."""
CHAOTIC = 0.05
"""A tangent vector that grows by more a step is in chaos: there it is 0.4, on the torus 0, in a window 0.01 off."""


@dataclass(frozen=True)
class Share:
    """One line: the share of seeds whose interval covers the truth or whose error bar is flagged."""

    name: str
    covered: float
    flagged: float
    either: float
    must: float | None

    @property
    def missed(self):
        return self.must is not None and self.either < self.must

    def __str__(self):
        must = "" if self.must is None else f">={self.must:g}"
        flag, note = "!" if self.missed else "", f"covered {self.covered:.2f}, flagged {self.flagged:.2f}"
        return f"{flag:2}{self.name:58}{self.either:10.3g}{must:>8}{'':>8}   {note}"


def rows(repeats, seeds=SEEDS, lengths=STEPS):
    """All lines; nothing is timed, so that ``repeats`` does not matter."""
    for elr, regime in ELRS.items():
        runs = {steps: sweep(elr, seeds, steps) for steps in lengths}
        for name in QUANTITIES:
            for steps in lengths:
                # Rare excursions are worst in the group with the smallest alpha, and in that with the largest.
                yield share(f"{elr:g} ({regime}): {name}, {steps:,} steps", runs, name, elr, steps, MUST)


def sweep(elr, seeds, steps):
    grid = si.sweep(
        si.Quotients(ALPHA), si.SphereGD, elr=[elr], seeds=seeds, steps=steps, rng=7, tangent=True
    )
    return grid.isel(elr=0)


def share(title, runs, name, elr, steps, must):
    alive = np.logical_and.reduce([run["status"].values == 0 for run in runs.values()])
    series, longest = (_series(run, name)[alive] for run in (runs[steps], runs[max(runs)]))
    truth = truths(name, elr, longest)
    if elr == TRANSIENT and steps <= LASTING:
        truth = np.where(ends_in_chaos(runs[steps])[alive, None], while_chaotic(runs[LASTING], name), truth)
    found = [[_estimate(name, one) for one in of_seed] for of_seed in series]
    error = np.array([[e.error for e in of_seed] for of_seed in found])
    off = np.abs(np.array([[e.mean for e in of_seed] for of_seed in found]) - truth)
    flagged = np.array([[bool(e.flag) for e in of_seed] for of_seed in found])
    covered = off <= NORMAL * error + NOTHING
    return Share(title, covered.mean(), flagged.mean(), (covered | flagged).mean(), must)


def _series(run, name):
    """Shape (seed, group, window)."""
    values = run[name]
    return values.transpose("seed", ..., "step").values.reshape(
        values.sizes["seed"], -1, values.sizes["step"]
    )


def _estimate(name, series):
    return periods.exponent(series) if name == "log_stretch" else statistics.estimate(series)


def truths(name, elr, longest):
    """The truth for each seed and group, shape (seed, group)."""
    late = longest[..., longest.shape[-1] // 2 :].mean(axis=-1)
    excess = elr * sum(ALPHA)
    exact = {}
    if elr == 0.2:
        exact = {
            "loss": theory.equilibrium_loss(ALPHA, elr),
            "cos_dist": 1 - 1 / excess,
            "elr_group": theory.equilibrium_elrs(ALPHA, elr),
            "ess_sq": excess**2 - 1,
            "log1p_ess_sq": np.log(excess**2),
        }
    if elr == 0.1:
        exact = {"loss": 0.0, "cos_dist": 0.0, "ess_sq": 0.0, "log1p_ess_sq": 0.0}
    if name == "log_stretch" and elr <= TRANSIENT:
        exact = {name: 0.0}
    if name in exact:
        return np.broadcast_to(exact[name], late.shape)
    return late if elr == 0.1 else np.broadcast_to(late.mean(axis=0), late.shape)


def ends_in_chaos(run):
    """Whether each seed's tangent vector grew over the last eighth of the run."""
    growth = run["log_stretch"].values
    return growth[:, -(growth.shape[1] // 8) :].mean(axis=1) > CHAOTIC


def while_chaotic(run, name):
    """The mean of each group over the second halves of the runs that end in chaos."""
    chaotic = _series(run, name)[ends_in_chaos(run)]
    return chaotic[..., chaotic.shape[-1] // 2 :].mean(axis=(0, 2))


def table(lines):
    """The lines as Markdown, one row for each ELR and quantity, one column for each length."""
    head = "| ELR | average of | " + " | ".join(f"{steps:,}" for steps in STEPS) + " |"
    out, kept = [head, "|---|---|" + "--:|" * len(STEPS)], {}
    for line in lines:
        where, _, rest = line.name.partition(": ")
        kept.setdefault((where, rest.split(",")[0]), []).append(f"{line.either:.2f} ({line.flagged:.2f})")
    return "\n".join([*out, *(f"| {w} | `{q}` | {' | '.join(cells)} |" for (w, q), cells in kept.items())])


if __name__ == "__main__":
    print(table(rows(1)))
