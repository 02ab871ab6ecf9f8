"""A lower ELR goes on along the same trajectory in the first regime, from any ELR to any (regimes Figure 17).

Real runs: digits with 20 % label noise, perceptron 64-200-100-10, one seed, 80 epochs and 80 more; grey are the same
ELRs from the initialisation. A lower ELR comes less far in as many epochs. The first ELR itself jumps at times, a
lower one never does.
"""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from paper_figs.numbers import Number
from paper_figs.regimes.fig3 import NOISE, SHOWN, columns, jump, same
from paper_figs.regimes.fig5 import chosen

NEEDS = ("net_regimes_finetune_first",)
CLAIMS = ("regimes:eq8",)
COST = "a minute"
THEN = {5e-4: (5e-4, 2e-4), 1e-3: (1e-3, 5e-4, 2e-4), 2e-3: (2e-3, 1e-3, 5e-4, 2e-4)}
"""For each first ELR those that go on, the first itself before lower ones."""
ZOOM = 4
"""The axes begin at so many times where the lowest first ELR has led."""


def draw(result: xr.Dataset) -> Figure:
    """Draw a column each first ELR."""
    run = result.sel(seed=0)
    figure, panels = columns(run, 8.6, {f"from ELR {first:g}": (first, elrs) for first, elrs in THEN.items()})
    start = chosen(run, min(THEN), min(THEN)).isel(step=0)
    panels[0, 0].set_xlim(left=ZOOM * float(start["loss"]))
    for row, name in zip(panels, SHOWN, strict=True):
        row[0].set_ylim(top=ZOOM * float(start[name]))
    return figure


def numbers(result: xr.Dataset) -> list[Number]:
    """Hold each lower ELR's gradient against that of going on as before, at one loss, and the loss against a jump."""
    run = result.sel(seed=0)
    pairs = [(first, elr) for first, (_, *lower) in THEN.items() for elr in lower]
    off = [same(chosen(run, first, elr), chosen(run, first, first)) for first, elr in pairs]
    rises = [jump(chosen(run, first, elr)) for first, elr in pairs]
    return [
        Number(
            "greatest log ratio of gradients, a lower ELR against the same, at one loss",
            0,
            max(off),
            0,
            "<=",
            0.1,
            NOISE,
        ),
        Number("greatest log of the loss' rise at a lower ELR", 0, max(rises), 0, "<=", 0.1, NOISE),
    ]
