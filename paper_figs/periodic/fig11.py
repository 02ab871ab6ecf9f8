"""No periods of full-batch gradient descent with the norm fixed (periodic Figure 11).

Real runs: 450 digits as one batch, perceptron 64-64-64-10, all scale-invariant, learning rate 2, 1,200 steps, seed 0;
in grey with weight decay 0.004. Left: norms that are multiples of the initial one. Right: fixed before the loss rises.
"""

from __future__ import annotations

from paper_figs.periodic.net_fig4 import CLAIMS, draw, numbers

__all__ = ["CLAIMS", "COST", "NEEDS", "draw", "numbers"]

COST = "twenty seconds"
NEEDS = ("net_periodic_fixed_norm_descent",)
