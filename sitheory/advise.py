"""What learning rate and weight decay will do to scale-invariant weights: ``python -m sitheory.advise --lr 0.1 ...``.

From a few measured numbers, the norm of the weights and of the gradient there, it says where the norm comes to
rest, with which effective learning rate and turn a step, how long that takes, and when delta-jumps come. With
bounds of the gradient all of this comes with intervals that are theorems: see the claims ``beyond:norm-rates``,
``beyond:norm-interval``, ``beyond:jump-times``. Nothing is run.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sitheory.reports.command_line import OneLine, run_command, whole
from sitheory.simulation.beta_sequences import absorbing_interval
from sitheory.theory import periodic, scale

Pair = tuple[float, float]


class Phase(StrEnum):
    """Where the norm stands."""

    SHRINKS = "shrinks"
    RESTS = "rests"
    GROWS = "grows"


@dataclass(frozen=True)
class Advice:
    """Predictions from measured numbers; pairs are bounds.

    Args:
        lr: Learning rate.
        wd: Weight decay.
        norm: Norm of the scale-invariant weights.
        grad: Norm of the gradient there.
        grad_lo: The least gradient norm that is to be reckoned with, at weights of this norm.
        grad_hi: The greatest.
        within: How close rho^4 must be to its rest, relatively, to call it reached.

    Raises:
        ValueError: If a law is broken.

    Example:
        >>> advice = Advice(lr=0.1, wd=1e-3, norm=10.0, grad=0.05)
        >>> round(advice.rest_norm[0], 3), round(advice.rest_elr[0], 4), round(advice.turn_at_rest, 2)
        (1.88, 0.0283, 0.81)
    """

    lr: float
    wd: float
    norm: float
    grad: float
    grad_lo: float | None = None
    grad_hi: float | None = None
    within: float = 0.01

    def __post_init__(self):
        for name in ("lr", "wd", "norm", "grad", "within"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"need {name} > 0, got {name}={value!r}")
        if not self.lr * self.wd < 0.25:
            raise ValueError(f"need lr * wd < 1/4, got lr * wd = {self.lr * self.wd:g}")
        low, high = self._grads
        if not 0 <= low <= self.grad <= high < math.inf:
            raise ValueError(f"need 0 <= grad_lo <= grad <= grad_hi, got {low!r}, {self.grad!r}, {high!r}")

    @property
    def _grads(self) -> Pair:
        return (
            self.grad if self.grad_lo is None else self.grad_lo,
            self.grad if self.grad_hi is None else self.grad_hi,
        )

    @property
    def eff_grads(self) -> Pair:
        """Bounds l and L of the effective gradient norm, which does not depend on the norm."""
        low, high = self._grads
        return low * self.norm, high * self.norm

    @property
    def elr(self) -> float:
        """The effective learning rate now."""
        return scale.elr(self.lr, self.norm**2)

    @property
    def rest_norm(self) -> Pair:
        """Where the norm rests under a constant gradient at either bound [beyond:norm-rates]."""
        low, high = (periodic.rest_norm_4(g**2, self.lr, self.wd) ** 0.25 for g in self.eff_grads)
        return low, high

    @property
    def end_norm(self) -> Pair:
        """What the norm ends in, whatever the gradients between the bounds do [beyond:norm-interval]."""
        alpha = periodic.beta_alpha_exact(self.lr, self.wd)
        low, high = absorbing_interval(alpha, *((self.lr * g) ** 2 for g in self.eff_grads))
        return low**0.5, high**0.5

    @property
    def rest_elr(self) -> Pair:
        """The effective learning rate at rest; the smaller gradient has the larger one."""
        low, high = self._grads
        least, most = (
            periodic.rest_elr_sq((g * self.norm) ** 2, self.lr, self.wd) ** 0.5 if g else math.inf
            for g in (high, low)
        )
        return least, most

    @property
    def end_elr(self) -> Pair:
        """What the effective learning rate ends in."""
        low, high = self.end_norm
        return scale.elr(self.lr, high**2), scale.elr(self.lr, low**2) if low else math.inf

    @property
    def turn(self) -> float:
        """The turn of the next step, in degrees [periodic eq. 8]."""
        grad_sq = (self.grad * self.norm) ** 2
        return _degrees(periodic.inverse_cos_sq(self.norm**2, grad_sq, self.lr, self.wd) - 1)

    @property
    def turn_at_rest(self) -> float:
        """The turn of a step at rest, in degrees, whatever the gradient: arccos(1 - lr wd)."""
        return math.degrees(math.acos(periodic.resting_cos(self.lr, self.wd)))

    @property
    def small_period(self) -> float:
        """Steps from one maximum of the norm to the next, for small swings [beyond:decay-period]."""
        return math.pi / math.acos(periodic.resting_cos(self.lr, self.wd))

    @property
    def phase(self) -> Phase:
        """Where the norm stands, beside the rests of the two bounds."""
        low, high = (periodic.rest_norm_4(g**2, self.lr, self.wd) for g in self.eff_grads)
        now = self.norm**4
        if now > (1 + self.within) * high:
            return Phase.SHRINKS
        return Phase.GROWS if now < (1 - self.within) * low else Phase.RESTS

    @property
    def warmup(self) -> Pair:
        """Steps until rho^4 is as near to its rest as asked, at least and at most [beyond:norm-rates].

        From above the bounds are those of a constant gradient, at least of the least and at most of the greatest
        one. From below a single step may be enough, so that only the upper one says something.
        """
        rates = [1 - rate for rate in periodic.norm_4_rates(self.lr, self.wd)]
        if self.phase is Phase.RESTS:
            return 0.0, 0.0
        rests = [periodic.rest_norm_4(g**2, self.lr, self.wd) for g in self.eff_grads]
        if self.phase is Phase.GROWS:
            start, level = 1 - self.norm**4 / rests[0], self.within
            return 1.0, max(0.0, periodic.time_to_level(start, 0.0, level, rates[0], math.log))
        goal = (1 + self.within) * rests[1]
        times = [
            periodic.time_to_level(self.norm**4, rest, goal, rate, math.log)
            for rest, rate in zip(rests, rates, strict=True)
        ]
        return times[0], times[1]

    def latest_jump(self, delta: float) -> float:
        """Return the most steps from now to the first delta-jump, whatever the gradient above its lower bound does.

        Args:
            delta: The cosine distance that makes a jump; jumps are certain below lr wd only.

        Returns:
            Steps, infinite from delta = lr wd on, or where the gradient may vanish [beyond:jump-times].
        """
        if delta >= self.lr * self.wd or not self.eff_grads[0]:
            return math.inf
        level = periodic.jump_norm_4(self.eff_grads[0] ** 2, self.lr, self.wd, delta)
        growth = periodic.jumpless_growth_sq(self.lr, self.wd, delta)
        if self.norm**4 < level:
            return 0.0
        return math.floor(periodic.time_to_level(self.norm**2, 0.0, level**0.5, 1 - growth, math.log)) + 1.0

    def norm_after(self, steps: int) -> Pair:
        """Return bounds of the norm after some steps, whatever the gradients between their bounds do.

        Args:
            steps: How many.

        Returns:
            The bounds [beyond:norm-rates, beyond:norm-interval].
        """
        if steps == 0:
            return self.norm, self.norm
        slow, fast = periodic.norm_4_rates(self.lr, self.wd)
        low, high = (periodic.rest_norm_4(g**2, self.lr, self.wd) for g in self.eff_grads)
        now = self.norm**4
        least = low + slow**steps * (now - low)
        most = high + fast**steps * (now - high) if now > high else high
        # A hop from as low as the norm can have been, where it leads further up.
        bottom = min(now, low + slow ** (steps - 1) * (now - low)) ** 0.5
        hop = periodic.norm_sq_next(bottom, self.eff_grads[1] ** 2, self.lr, self.wd)
        if bottom**2 < periodic.hop_ratio(periodic.beta_alpha_exact(self.lr, self.wd)) ** 2 * high:
            most = max(most, hop**2)
        return least**0.25, most**0.25


def _degrees(tan_sq: float) -> float:
    return math.degrees(math.atan(math.sqrt(tan_sq)))


def as_json(advice: Advice, delta: float, steps: int | None) -> str:
    """Return the advice as one JSON object; what is not finite is null."""
    numbers = {
        "lr_wd": advice.lr * advice.wd,
        "phase": str(advice.phase),
        "elr": advice.elr,
        "eff_grad": advice.eff_grads,
        "rest_norm": advice.rest_norm,
        "end_norm": advice.end_norm,
        "rest_elr": advice.rest_elr,
        "end_elr": advice.end_elr,
        "turn": advice.turn,
        "turn_at_rest": advice.turn_at_rest,
        "small_period": advice.small_period,
        "warmup_steps": advice.warmup,
        "delta": delta,
        "latest_jump": advice.latest_jump(delta),
    }
    if steps is not None:
        numbers |= {"steps": steps, "norm_after": advice.norm_after(steps)}
    return json.dumps({k: _finite(v) for k, v in numbers.items()})


def _finite(value):
    if isinstance(value, tuple):
        return [_finite(v) for v in value]
    return value if isinstance(value, str) or math.isfinite(value) else None


def in_words(advice: Advice, delta: float, steps: int | None) -> str:
    """Return the advice as the command prints it."""
    jump, warm = advice.latest_jump(delta), advice.warmup
    rows = [
        ("lr * wd", f"{advice.lr * advice.wd:g}"),
        ("effective gradient", _range(advice.eff_grads)),
        ("norm now, at rest", f"{advice.norm:g}   {_range(advice.rest_norm)}"),
        ("norm in the end", _range(advice.end_norm)),
        ("ELR now, at rest", f"{advice.elr:.4g}   {_range(advice.rest_elr)}"),
        ("ELR in the end", _range(advice.end_elr)),
        ("turn now, at rest", f"{advice.turn:.3g}   {advice.turn_at_rest:.3g} degrees a step"),
        ("warm-up", f"{_range(warm)} steps until rho^4 is within {advice.within:g} of its rest"),
        ("period", f"{advice.small_period:.4g} steps, of small swings of the norm"),
        (f"jumps, delta {delta:.3g}", f"the first by step {jump:g}, and for ever again" if math.isfinite(jump)
         else "none is certain: delta is not below lr * wd"),
    ]  # fmt: skip
    if steps is not None:
        rows.append((f"norm after {steps:,}", _range(advice.norm_after(steps))))
    said = {
        Phase.SHRINKS: "The norm is above its rest: weight decay shrinks it, and the effective learning rate climbs.",
        Phase.RESTS: "The norm is where it rests: each step turns the weights by the same angle, set by lr * wd alone.",
        Phase.GROWS: "The norm is below its rest: gradients lift it within few steps, and the ELR falls.",
    }
    head = f"lr {advice.lr:g}, wd {advice.wd:g}, norm {advice.norm:g}, gradient {advice.grad:g}; nothing was run:"
    return "\n".join([head, *(f"  {name:<20}{text}" for name, text in rows), "", said[advice.phase]])


def _range(pair: Pair) -> str:
    low, high = pair
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _parser() -> OneLine:
    parser = OneLine(
        prog="sitheory.advise", description=(__doc__ or "").split("\n", 1)[0], allow_abbrev=False
    )
    for name, needed, told in (
        ("lr", True, "learning rate"),
        ("wd", True, "weight decay"),
        ("norm", True, "norm of the scale-invariant weights"),
        ("grad", True, "norm of their gradient there"),
        ("grad-lo", False, "the least gradient norm to reckon with, at weights of that norm"),
        ("grad-hi", False, "the greatest"),
    ):
        parser.add_argument(f"--{name}", type=float, required=needed, metavar="X", help=told)
    parser.add_argument(
        "--within", type=float, default=0.01, metavar="X", help="what counts as reached (0.01)"
    )
    parser.add_argument(
        "--delta", type=float, metavar="X", help="cosine distance that makes a jump (half of lr * wd)"
    )
    parser.add_argument("--steps", type=whole, help="bound the norm after so many steps")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    asked: argparse.Namespace = parser.parse_args(argv)
    try:
        numbers = (asked.lr, asked.wd, asked.norm, asked.grad, asked.grad_lo, asked.grad_hi, asked.within)
        advice = Advice(*numbers)
        delta = asked.lr * asked.wd / 2 if asked.delta is None else asked.delta
        if not 0 < delta < 1:
            raise ValueError(f"need 0 < delta < 1, got delta={delta!r}")
        if asked.steps is not None and asked.steps < 0:
            raise ValueError(f"need steps >= 0, got steps={asked.steps}")
    except ValueError as bad:
        parser.error(str(bad))
    print((as_json if asked.json else in_words)(advice, delta, asked.steps))
    return 0


if __name__ == "__main__":
    sys.exit(run_command("sitheory.advise", main))
