"""A little higher ELR goes on along the same trajectory, a far higher one jumps out (regimes Figure 18).

Real runs: digits with 20 % label noise, perceptron 64-200-100-10, one seed, 80 epochs and 80 more; grey are the same
ELRs from the initialisation. From ELR 0.0005 a fifth more stays, noisier; twice and four times the ELR throw the loss
up at once, from where it comes down again, after four times to a flatter place. The test errors (297 samples) do not
tell the places apart.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.regimes.fig3 import NOISE, columns, jump, same
from paper_figs.regimes.fig5 import chosen

NEEDS = ("net_regimes_finetune_first",)
CLAIMS = ("regimes:eq8",)
COST = "a minute"
FROM = 5e-4
THEN = {"a little higher": (6e-4, 5e-4), "far higher": (2e-3, 1e-3)}


def draw(result: xr.Dataset) -> Figure:
    """Draw effective gradient above and test error below against the loss, a column each kind of change."""
    kinds = {f"from ELR {FROM:g}, {title}": (FROM, elrs) for title, elrs in THEN.items()}
    return columns(result.sel(seed=0), 7.4, kinds)[0]


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold the loss' rise at a little and at a far higher ELR, and the gradient after it."""
    run = result.sel(seed=0)
    (little, stays), far = THEN["a little higher"], THEN["far higher"]
    on = {elr: chosen(run, FROM, elr) for elr in (stays, little, *far)}
    return [
        Number(f"log of the loss' rise at ELR {little:g}", 0, jump(on[little]), 0, "<=", 0.5, NOISE),
        Number(
            f"log gradient at ELR {little:g} over that of going on at {FROM:g}, at one loss",
            0,
            same(on[little], on[stays]),
            0,
            "=",
            0.2,
            NOISE,
        ),
        Number(
            "least log of the loss' rise at a far higher ELR", 1, min(jump(on[elr]) for elr in far), 0, ">"
        ),
        Number(
            f"log gradient of going on at {FROM:g} over that after {max(far):g}, at one loss",
            0,
            same(on[stays], on[max(far)]),
            0,
            ">",
        ),
    ]
