"""What learning rate and weight decay will do to scale-invariant weights: ``python -m sitheory.advise --lr 0.1 ...``.

From a few measured numbers, the norm of the weights and of the gradient there, it says where the norm comes to
rest, with which effective learning rate and turn a step, how long that takes, and when delta-jumps come. With
bounds of the gradient all of this comes with intervals that are theorems, rounded outward: see the claims
``beyond:norm-rates``, ``beyond:norm-interval``, ``beyond:jump-times``. Nothing is run.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from enum import StrEnum
from functools import wraps
from typing import Any, NamedTuple

from sitheory.reports import optimiser_command
from sitheory.reports.command_line import OneLine, run_command, whole
from sitheory.reports.text import beside
from sitheory.simulation.beta_sequences import absorbing_squares
from sitheory.theory import periodic, scale

Pair = tuple[float, float]

DIGITS = 60
"""Digits of the arithmetic, beside those that the cancellation of 1 - lr wd takes."""

DOUBT = Decimal("1e-40")
"""More than the roundings of a result may come to, relatively: its bounds are moved apart by it."""

LEAST_WITHIN = 2.0**-52
"""Numbers that come as floats are no closer to each other."""


class Exact(NamedTuple):
    """The numbers as they were given, in decimal arithmetic, with what follows from them by a formula."""

    lr: Decimal
    wd: Decimal
    norm_sq: Decimal
    low_sq: Decimal
    high_sq: Decimal

    @property
    def alpha(self) -> Decimal:
        """The coefficient of the beta-sequence that rho^2 follows."""
        return periodic.beta_alpha_exact(self.lr, self.wd)

    @property
    def rests(self) -> tuple[Decimal, Decimal]:
        """rho^4 at rest under the least and the greatest gradient."""
        low, high = (periodic.rest_norm_4(g, self.lr, self.wd) for g in (self.low_sq, self.high_sq))
        return low, high

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """The least and the greatest rho^2 in the end."""
        low, high = absorbing_squares(self.alpha, *(self.lr**2 * g for g in (self.low_sq, self.high_sq)))
        return low.sqrt(), high.sqrt()


def in_digits(method: Callable[..., Any]) -> Callable[..., Any]:
    """Run a method of ``Advice`` in decimal arithmetic that neither overflows nor cancels.

    Floats span 600 powers of ten, their fourth powers more than any float, and 1 - lr wd keeps nothing of lr wd = 1e-17
    in one.
    """

    @wraps(method)
    def run(self: Advice, *arguments: Any) -> Any:
        lost = -(Decimal(self.lr) * Decimal(self.wd)).adjusted()
        traps = [InvalidOperation, DivisionByZero, Overflow]
        digits = Context(prec=DIGITS + max(lost, 0), Emin=MIN_EMIN, Emax=MAX_EMAX, traps=traps)
        with localcontext(digits):
            return method(self, *arguments)

    return run


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
        within: How close rho^4 must be to its rest, relatively, to call it reached; 2**-52 at least.

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
        for name in ("lr", "wd", "norm", "grad"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"need {name} > 0 and finite, got {name}={value!r}")
        if not (self.within >= LEAST_WITHIN and math.isfinite(self.within)):
            raise ValueError(f"need within >= 2**-52, got within={self.within!r}")
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
    def _exact(self) -> Exact:
        lr, wd, norm = Decimal(self.lr), Decimal(self.wd), Decimal(self.norm)
        low, high = (Decimal(g) * norm for g in self._grads)
        return Exact(lr, wd, norm**2, low**2, high**2)

    @property
    @in_digits
    def eff_grads(self) -> Pair:
        """Bounds l and L of the effective gradient norm, which does not depend on the norm."""
        now = self._exact
        return _down(now.low_sq.sqrt()), _up(now.high_sq.sqrt())

    @property
    @in_digits
    def elr(self) -> float:
        """The effective learning rate now."""
        now = self._exact
        return float(scale.elr(now.lr, now.norm_sq))

    @property
    @in_digits
    def rest_norm(self) -> Pair:
        """Where the norm rests under a constant gradient at either bound [beyond:norm-rates]."""
        low, high = self._exact.rests
        return _down(low.sqrt().sqrt()), _up(high.sqrt().sqrt())

    @property
    @in_digits
    def end_norm(self) -> Pair:
        """What the norm ends in, whatever the gradients between the bounds do [beyond:norm-interval]."""
        low, high = self._exact.ends
        return _down(low.sqrt()), _up(high.sqrt())

    @property
    @in_digits
    def rest_elr(self) -> Pair:
        """The effective learning rate at rest; the smaller gradient has the larger one."""
        now = self._exact
        least, most = (
            periodic.rest_elr_sq(g, now.lr, now.wd).sqrt() if g else Decimal("inf")
            for g in (now.high_sq, now.low_sq)
        )
        return _down(least), _up(most)

    @property
    @in_digits
    def end_elr(self) -> Pair:
        """What the effective learning rate ends in."""
        lr, (low, high) = self._exact.lr, self._exact.ends
        return _down(scale.elr(lr, high)), _up(scale.elr(lr, low)) if low else math.inf

    @property
    @in_digits
    def turn(self) -> float:
        """The turn of the next step, in degrees [periodic eq. 8]."""
        now, grad_sq = self._exact, Decimal(self.grad) ** 2
        eff_grad_sq = scale.eff_grad_sq(grad_sq, now.norm_sq)
        tan_sq = scale.ess_sq(scale.elr_with_decay(now.lr, now.wd, now.norm_sq), eff_grad_sq)
        return math.degrees(math.atan(float(tan_sq.sqrt())))

    @property
    def turn_at_rest(self) -> float:
        """The turn of a step at rest, in degrees, whatever the gradient: arccos(1 - lr wd)."""
        return math.degrees(self._resting_turn)

    @property
    def small_period(self) -> float:
        """Steps from one maximum of the norm to the next, for small swings [beyond:decay-period]."""
        return math.pi / self._resting_turn

    @property
    @in_digits
    def _resting_turn(self) -> float:
        now = self._exact
        return math.atan2(float(now.alpha.sqrt()), float(periodic.resting_cos(now.lr, now.wd)))

    @property
    @in_digits
    def phase(self) -> Phase:
        """Where the norm stands, beside the rests of the two bounds."""
        now, within = self._exact, Decimal(self.within)
        low, high = now.rests
        if now.norm_sq**2 > (1 + within) * high:
            return Phase.SHRINKS
        return Phase.GROWS if now.norm_sq**2 < (1 - within) * low else Phase.RESTS

    @property
    @in_digits
    def warmup(self) -> Pair:
        """Steps until rho^4 is within the requested distance of its rest, at least and at most [beyond:norm-rates].

        From above the bounds are those of a constant gradient, at least of the least and at most of the greatest
        one. From below a single step may be enough, so that only the upper one says something.
        """
        if self.phase is Phase.RESTS:
            return 0.0, 0.0
        now, within = self._exact, Decimal(self.within)
        rates = [1 - rate for rate in periodic.norm_4_rates(now.lr, now.wd)]
        if self.phase is Phase.GROWS:
            start = 1 - now.norm_sq**2 / now.rests[0]
            return 1.0, max(0.0, _up(periodic.time_to_level(start, 0, within, rates[0], Decimal.ln)))
        goal = (1 + within) * now.rests[1]
        least, most = (
            periodic.time_to_level(now.norm_sq**2, rest, goal, rate, Decimal.ln)
            for rest, rate in zip(now.rests, rates, strict=True)
        )
        return _down(least), _up(most)

    @in_digits
    def latest_jump(self, delta: float) -> float:
        """Return the most steps from now to the first delta-jump, whatever the gradient above its lower bound does.

        Args:
            delta: The cosine distance that makes a jump; jumps are certain below lr wd only.

        Returns:
            Steps, infinite from delta = lr wd on, or where the gradient may vanish [beyond:jump-times].
        """
        now, width = self._exact, Decimal(delta)
        if width >= now.lr * now.wd or not now.low_sq:
            return math.inf
        level = periodic.jump_norm_4(now.low_sq, now.lr, now.wd, width)
        growth = periodic.jumpless_growth_sq(now.lr, now.wd, width)
        if now.norm_sq**2 < level:
            return 0.0
        time = periodic.time_to_level(now.norm_sq, 0, level.sqrt(), 1 - growth, Decimal.ln)
        return _up((time * (1 + DOUBT)).to_integral_value(ROUND_FLOOR) + 1, doubt=Decimal(0))

    @in_digits
    def norm_after(self, steps: int) -> Pair:
        """Return bounds of the norm after some steps, whatever the gradients between their bounds do.

        Args:
            steps: How many.

        Returns:
            The bounds [beyond:norm-rates, beyond:norm-interval].
        """
        if steps == 0:
            return self.norm, self.norm
        exact = self._exact
        slow, fast = periodic.norm_4_rates(exact.lr, exact.wd)
        (low, high), now = exact.rests, exact.norm_sq**2
        least = low + slow**steps * (now - low)
        most = high + fast**steps * (now - high) if now > high else high
        # A hop from as low as the norm can have been, where it leads further up.
        bottom = min(now, low + slow ** (steps - 1) * (now - low)).sqrt()
        if not bottom:
            most = Decimal("inf")
        elif bottom**2 < periodic.hop_ratio(exact.alpha) ** 2 * high:
            most = max(most, periodic.norm_sq_next(bottom, exact.high_sq, exact.lr, exact.wd) ** 2)
        return _down(least.sqrt().sqrt()), _up(most.sqrt().sqrt())


def _down(value: Decimal) -> float:
    """The greatest float that is certainly not above a value."""
    value = value * (1 - DOUBT)
    near = float(value)
    return math.nextafter(near, -math.inf) if Decimal(near) > value else near


def _up(value: Decimal, doubt: Decimal = DOUBT) -> float:
    """The least float that is certainly not below a value."""
    value = value * (1 + doubt)
    near = float(value)
    return math.nextafter(near, math.inf) if Decimal(near) < value else near


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
        ("lr * wd", f"{advice.lr * advice.wd or Decimal(advice.lr) * Decimal(advice.wd):g}"),
        ("effective gradient", _range(advice.eff_grads)),
        ("norm now, at rest", f"{advice.norm:g}   {_range(advice.rest_norm)}"),
        ("norm in the end", _range(advice.end_norm)),
        ("ELR now, at rest", f"{advice.elr:.4g}   {_range(advice.rest_elr)}"),
        ("ELR in the end", _range(advice.end_elr)),
        ("turn now, at rest", f"{advice.turn:.3g}   {advice.turn_at_rest:.3g} degrees a step"),
        ("warm-up", f"{_range(warm)} steps until rho^4 is within {advice.within:g} of its rest"),
        ("period", f"{advice.small_period:.4g} steps, of small swings of the norm"),
        (f"jumps, delta {delta:.3g}", f"first no later than step {jump:g}; jumps recur" if math.isfinite(jump)
         else f"none is certain: {'delta is not below lr * wd' if advice.eff_grads[0] else 'the gradient may vanish'}"),
    ]  # fmt: skip
    if steps is not None:
        rows.append((f"norm after {steps:,}", _range(advice.norm_after(steps))))
    said = {
        Phase.SHRINKS: "The norm is above its rest: weight decay shrinks it, and the effective learning rate climbs.",
        Phase.RESTS: "The norm is where it rests: each step turns the weights by the same angle, set by lr * wd alone.",
        Phase.GROWS: "The norm is below its rest: gradients lift it within few steps, and the ELR falls.",
    }
    given = f"lr {advice.lr:g}, wd {advice.wd:g}, norm {advice.norm:g}, gradient {advice.grad:g}"
    head = f"plain SGD, {given}; nothing was run:"
    return "\n".join([head, *beside(rows), "", said[advice.phase]])


def _range(pair: Pair) -> str:
    low, high = (f"{end:.4g}" for end in pair)
    return low if low == high else f"{low} to {high}"


DESCRIPTION = f"{(__doc__ or '').splitlines()[0]} For plain SGD, unless --optimizer NAME stands there."


def _parser() -> OneLine:
    parser = OneLine(prog="sitheory.advise", description=DESCRIPTION, allow_abbrev=False)
    for name, needed, told in (
        ("lr", True, "learning rate"),
        ("wd", True, "weight decay"),
        ("norm", False, "norm of the scale-invariant weights; a bridge.Watch of your loop prints it"),
        ("grad", False, "norm of their gradient there"),
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
    parser.add_argument(
        "--optimizer",
        choices=optimiser_command.OPTIMISERS,
        metavar="NAME",
        help=f"advise for another: {', '.join(optimiser_command.OPTIMISERS)}; it has options of its own, "
        "schedules and a checkpoint's layers among them: --optimizer adamw --help",
    )
    parser.add_argument("--steps", type=whole, help="bound the norm after so many steps")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _layers_of(path: str) -> Sequence[optimiser_command.Matrix]:
    """The layers of a checkpoint, which torch reads."""
    from sitheory import bridge

    return bridge.checkpoint_layers(path)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = sys.argv[1:] if argv is None else argv
    if any(word.split("=")[0] == "--optimizer" for word in given):
        return optimiser_command.main(given, _layers_of)
    parser = _parser()
    asked: argparse.Namespace = parser.parse_args(given)
    missing = [f"--{name}" for name in ("norm", "grad") if getattr(asked, name) is None]
    if missing:
        law = "need --norm and --grad, which a bridge.Watch of your loop prints, for plain SGD, or --optimizer NAME"
        parser.error(f"{law}; missing: {', '.join(missing)}")
    try:
        numbers = (asked.lr, asked.wd, asked.norm, asked.grad, asked.grad_lo, asked.grad_hi, asked.within)
        advice = Advice(*numbers)
        delta = (asked.lr * asked.wd / 2 or math.ulp(0.0)) if asked.delta is None else asked.delta
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
