"""Linear regression with batch normalisation in decimal arithmetic of any precision."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal, localcontext

import numpy as np

from sitheory.edge.regression import RegressionRun, RegressionState
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD


def run_decimal(
    loss: BatchNormRegression, rule: DecayGD, steps: int, state: RegressionState, digits: int, every: int = 1
) -> RegressionRun:
    """Run the form ``"gram"`` in decimal arithmetic of any precision; milliseconds a step.

    Args:
        loss: The regression.
        rule: Gradient descent with weight decay.
        steps: How many steps.
        state: A state of the form ``"gram"``.
        digits: How many decimal digits every operation keeps.
        every: Record each k-th step.

    Returns:
        The records; deviations are taken from the decimals, so they keep their size below 1e-16.
    """
    with localcontext(Context(prec=digits)):
        flat, back = _decimal_basis(loss)
        gain, unit = [Decimal(v) for v in loss.gram.values], [Decimal(v) for v in loss.gram.targets]
        size = sum((u * u for u in unit), Decimal(0)).sqrt()
        unit = [u / size for u in unit]
        p, rows = [Decimal(v) for v in state.row], []
        keep, strength = (
            1 - Decimal(rule.lr) * Decimal(rule.wd),
            2 * Decimal(loss.variance) * Decimal(rule.lr),
        )
        for t in range(steps):
            total = sum((x * x for x in p), Decimal(0))
            along = sum((x * u for x, u in zip(p, unit, strict=True)), Decimal(0))
            if t % every == 0:
                rows.append(_decimal_row(p, unit, along, flat, back))
            pull = strength / total.sqrt()
            shrink = pull * along / total
            p = [x * (keep - g * shrink) + g * u * pull for x, g, u in zip(p, gain, unit, strict=True)]
    seen = np.array(rows)
    times = state.step + np.arange(0, steps, every)
    kernel = state.kernel * (1 - rule.lr * rule.wd) ** times.astype(float)
    end = replace(state, row=np.array([float(x) for x in p]), step=state.step + steps)
    return RegressionRun(times, seen[:, :-1], seen[:, -1], kernel, None, end)


def _decimal_basis(loss):
    """Rows of modes^T frame and the Gram roots: a = modes^T frame (p / sqrt g)."""
    turn = loss.flat.modes.T @ loss.gram.frame
    roots = [Decimal(v).sqrt() for v in loss.gram.values]
    return [[Decimal(v) for v in row] for row in turn], roots


def _decimal_row(p, unit, along, turn, roots):
    """Deviations by differences from the minimiser along targets, which decimals of enough digits resolve."""
    off = [(x - along * u) / r for x, u, r in zip(p, unit, roots, strict=True)]
    base = [along * u / r for u, r in zip(unit, roots, strict=True)]
    share = sum((x * x for x in base), Decimal(0)).sqrt()
    row = [float(sum(t * o for t, o in zip(line, off, strict=True))) for line in turn]
    side = sum(o * x for o, x in zip(off, base, strict=True)) / share
    return [*row, float(share + side)]
