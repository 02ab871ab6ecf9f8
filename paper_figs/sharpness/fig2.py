"""Descent with weight decay: 2 / ELR comes down to the sharpness, the edge of stability (sharpness Figure 2).

Real runs: 450 digits as one batch, a smooth perceptron 64-64-64-10 (Swish), all scale-invariant, learning rate 2, in
float64, 3,000 steps, seed 0; with weight decay 0.001, and without (the ablation). Sharpness is the largest eigenvalue
of the Hessian on the unit sphere, by Lanczos; the dotted line is where all training images are classified correctly.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.bridge.watching.long_run import destabilisations
from sitheory.theory import sharpness

NEEDS = ("net_sharpness_time",)
CLAIMS = ("sharpness:def1.1", "sharpness:thm4.4", "sharpness:eos-equivalence", "sharpness:gradient-flow")
COST = "half a minute"


def draw(result: xr.Dataset) -> Figure:
    """Draw test accuracy, sharpness beside 2 / ELR, and the loss."""
    figure = new_figure(8.6, 2.9)
    accuracy, sharp, loss = figure.subplots(1, 3)
    for i, (ink, other) in enumerate(((INKS[0], INKS[1]), (INKS[4], INKS[2]))):
        run = result.isel(run=i, seed=0)
        name = f"wd {float(run['wd']):g}"
        step, seen = run["step"].values, np.isfinite(run["sharpness"].values)
        accuracy.plot(step[seen][1:], 100 * (1 - run["test_error"].values[seen][1:]), color=ink, label=name)
        sharp.semilogy(step[1:], edge(run)[1:], color=other, label=rf"$2/\tilde\eta$, {name}", linewidth=0.8)
        sharp.semilogy(
            step[seen],
            run["sharpness"].values[seen],
            ".-",
            color=ink,
            label=f"sharpness, {name}",
            markersize=3,
        )
        loss.semilogy(step[1:], run["online_loss"][1:], color=ink, label=name, linewidth=0.8)
        fitted = step[seen][np.flatnonzero(run["train_error"].values[seen] == 0)]
        if len(fitted) and not i:
            accuracy.axvline(fitted[0], color="0.5", linestyle=":", linewidth=0.8)
    accuracy.set(xlabel="step", title="test accuracy, %", ylim=(90, 100))
    sharp.set(xlabel="step", title="spherical sharpness")
    loss.set(xlabel="step", title="train loss")
    sharp.legend(fontsize="x-small")
    loss.legend(fontsize="small")
    return figure


def edge(run: xr.Dataset) -> np.ndarray:
    """Return 2 over the ELR of the projected descent that the run is [sharpness lemma 3.1]."""
    return 2 * run["total_norm"].values ** 2 / sharpness.pgd_norm_sq(float(run["lr"]), float(run["wd"]), 1.0)


def numbers(result: xr.Dataset) -> list[Number]:
    """Tell where the run destabilises beside the edge of stability, and that the ablation stays below it."""
    fallen, reached, calm = [], [], []
    for seed in range(result.sizes["seed"]):
        with_decay, without = (result.isel(run=i, seed=seed) for i in (0, 1))
        jumps = destabilisations(with_decay)
        seen = np.isfinite(with_decay["sharpness"].values) & (
            with_decay["step"].values < min(jumps, default=0)
        )
        sharp, product = (v[seen] for v in (with_decay["sharpness"].values, beside_edge(with_decay)))
        learnt = int(np.flatnonzero(with_decay["train_error"].values[seen] == 0)[0])
        fallen.append(float(np.log(sharp[learnt] / sharp[-1])))
        reached.append(float(np.nanmax(product[learnt:])))
        late = slice(without.sizes["step"] // 4, None)
        calm.append(float(np.nanmax(beside_edge(without)[late])))
    return [
        Number(
            "log of the sharpness when all is learnt over that before the destabilisation",
            0,
            min(fallen),
            0,
            ">",
        ),
        Number("ELR times sharpness before the destabilisation, at most", 2, min(reached), 0, ">="),
        Number("late ELR times sharpness without weight decay, at most", 2, max(calm), 0, "<="),
    ]


def beside_edge(run: xr.Dataset) -> np.ndarray:
    """Return ELR times sharpness, which is 2 at the edge of stability; NaN where it was not measured."""
    return 2 * run["sharpness"].values / edge(run)
