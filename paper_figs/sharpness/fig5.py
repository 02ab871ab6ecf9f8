"""Linear regression with BN at the edge of stability, four panels (sharpness Figure 5).

The data are another draw than the paper's, which it does not give: the dotted line, where the edge of stability is
reached, stands near step 1,900 in place of 1,000, and the test loss falls from 0.40 to 0.26 in place of 0.26 to 0.16.
Before it the training loss falls below 1e-30 in float64, where the paper has 1e-14.
"""

from __future__ import annotations

import json

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.style import INKS, new_figure
from sitheory.measure.statistics import estimate
from sitheory.theory import sharpness as law

NEEDS = ("sharpness_regression",)
CLAIMS = ("sharpness:thm5.1", "sharpness:period-two", "sharpness:mean-h2")
COST = "a few seconds"
FLOOR = 1e-32
WINDOW = 1500


def draw(result: xr.Dataset) -> Figure:
    """Draw (a) test loss and distance to (M), (b) training loss, (c) 2/ELR and sharpness, (d) h."""
    step, elr, sharp = (result[k].values for k in ("step", "elr", "sharpness"))
    burst = int(np.argmax(np.abs(result["h"].values[200:]) > 1e-3)) + 200
    figure = new_figure(7.2, 5.0)
    (a, b), (c, d) = figure.subplots(2, 2)
    a.plot(step, result["test_loss"], color=INKS[0], label="test loss")
    a.plot(step, result["dist_min_norm"], color=INKS[1], label="distance to (M)")
    a.set(title="(a) generalisation", ylim=(0, 1.05 * float(result["dist_min_norm"][200:].max())))
    a.legend()
    b.semilogy(step, result["loss"].clip(min=FLOOR), color=INKS[0], linewidth=0.5)
    b.set(title="(b) training loss")
    shown = slice(max(burst - 700, 0), burst + WINDOW)
    c.plot(step[shown], 2 / elr[shown], color=INKS[1], label="2 / ELR")
    c.plot(step[shown], sharp[shown], color=INKS[0], linestyle=(0, (4, 1.5)), label="sharpness at phi")
    c.set(title="(c) around the edge of stability", xlabel="step")
    c.legend()
    even = np.arange(burst - 100, burst + WINDOW)
    for start, ink, name in ((0, INKS[0], "even steps"), (1, INKS[1], "odd steps")):
        part = even[even % 2 == start]
        d.plot(step[part], result["h"].values[part], ".", markersize=1.5, color=ink, label=name)
    d.set(title="(d) h along the top eigenvector", xlabel="step")
    d.legend(markerscale=4)
    for axes in (a, b):
        axes.axvline(burst, color=INKS[4], linestyle=":", linewidth=0.8)
        axes.set_xlabel("step")
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the late oscillation's signs and mean square, and the distance to (M), against the predictions."""
    config, half = json.loads(result.attrs["config"]), result.sizes["step"] // 2
    h, tan = result["h"].values[half:], result["tan_flattest"].values[half:]
    eta, grad_sq = config["lr"] * config["wd"], law.regression_log_sharp_grad(tan) ** 2
    derived = estimate(h**2 / law.mean_h_sq(eta, grad_sq), 0)
    printed = estimate(2 * h**2 / law.mean_two_h_sq_printed(eta, grad_sq**0.5), 0)
    why = r"terms of order $\sqrt{\eta\lambda}$"
    return [
        Number(
            "share of late steps at which $h$ changes its sign",
            1,
            float(np.mean(h[1:] * h[:-1] < 0)),
            printed=True,
        ),
        Number(
            r"mean $2h^2$ over $2\eta_{\mathrm{in}}/(4 + \|\nabla_\Gamma \log\lambda_1\|)$",
            1,
            printed.mean,
            printed.error,
            slack=eta**0.5,
            flag=printed.flag,
            why=why,
            printed=True,
        ),
        Number(
            r"mean $h^2$ over $2\eta_{\mathrm{in}}/(4 + \|\nabla_\Gamma \log\lambda_1\|^2)$",
            1,
            derived.mean,
            derived.error,
            slack=eta**0.5,
            flag=derived.flag,
            why=why,
        ),
        Number(
            "last distance to (M) over the first",
            0,
            float(result["dist_min_norm"][-1] / result["dist_min_norm"][0]),
            slack=2 * eta**0.5,
            why=why,
        ),
    ]
