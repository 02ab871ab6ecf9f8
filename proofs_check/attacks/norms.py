"""Attacks on the norm's path: its bounds over time, when jumps come, its interval [periodic 4.2, A.5 to A.7].

A path needs lr^2 and eta lambda alone, rho'^2 = (1 - eta lambda)^2 rho^2 + lr^2 g^2 / rho^2, so that lr^2 can be
chosen to make kappa rational: 2 eta lambda kappa^2 for the printed kappa, alpha' kappa'^2 for the exact one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from proofs_check.attacks.jumps import POSITIVE, PRODUCT
from proofs_check.attacks.searching import ONE, Attack, Space, broken
from proofs_check.attacks.sequences import choices
from sitheory.simulation.beta_sequences import orbit
from sitheory.theory import periodic

_NEAR = (Fraction(1, 100), Fraction(3, 2))
_ZERO_TO_ONE = (Fraction(0), ONE)
SHORT, LONG = 6, 8
"""Steps of a path; the printed t_max fails on long ones alone."""


@dataclass(frozen=True)
class Path:
    """A path with gradients l or L, in units in which kappa (the printed or the exact one) is given."""

    kappa: Fraction
    product: Fraction
    share: Fraction
    low: Fraction
    high: Fraction
    start: Fraction
    bits: Fraction
    exact: bool
    length: int

    @property
    def alpha(self) -> Fraction:
        """1 - (1 - eta lambda)^2."""
        return periodic.beta_alpha_exact(ONE, self.product)

    @property
    def lr_sq(self) -> Fraction:
        """The squared learning rate."""
        return (self.alpha if self.exact else periodic.beta_alpha(ONE, self.product)) * self.kappa**2

    @property
    def delta(self) -> Fraction:
        """The cosine distance of a jump: the printed level eta L/sqrt(2 delta) is kappa L/share."""
        return self.share**2 * self.product

    @cached_property
    def grads(self) -> tuple[Fraction, ...]:
        """The effective gradients that the adversary chose."""
        return choices(self.bits, self.length, self.low, self.high)

    @cached_property
    def norms(self) -> list[Fraction]:
        """rho_t^2 under those gradients."""
        return self.under(self.grads)

    def under(self, grads) -> list[Fraction]:
        """rho_t^2 under any gradients."""
        return list(orbit(self.start, self.alpha, [self.lr_sq * g**2 for g in grads]))

    def steadily(self, grad: Fraction) -> list[Fraction]:
        """rho_t^2 under one gradient."""
        return self.under([grad] * self.length)

    def jumps(self, norm_sq: Fraction, grad: Fraction) -> bool:
        """Whether a step is a jump, without a root [periodic eq. 8]."""
        turn = 1 + self.lr_sq * grad**2 / ((1 - self.product) ** 2 * norm_sq**2)
        return turn * (1 - self.delta) ** 2 > 1

    def jump_level_sq(self, grad: Fraction) -> Fraction:
        """J(g)^2, the exact level of rho^4 (``jump_norm_4`` with lr^2 for lr)."""
        return self.lr_sq * periodic.jump_norm_4(grad**2, ONE, self.product, self.delta)

    def line(self, grad: Fraction, rate: Fraction) -> list[Fraction]:
        """The line kappa g + (1 - rate)^t (rho_0^2 - kappa g)."""
        limit = self.kappa * grad
        return [limit + (1 - rate) ** t * (self.start - limit) for t in range(self.length + 1)]


Violation = Callable[[Path], Fraction | None]
Rate = Callable[[Path], Fraction]

_SPACE = {
    "kappa": (ONE, ONE),
    "product": PRODUCT,
    "share": _NEAR,
    "low": _NEAR,
    "high": _NEAR,
    "start": POSITIVE,
    "bits": _ZERO_TO_ONE,
}
_FAR = {
    **_SPACE,
    "product": (Fraction(1, 10), Fraction(6, 25)),
    "low": (ONE, Fraction(3, 2)),
    "high": (ONE, Fraction(3, 2)),
    "start": (Fraction(10), Fraction(200)),
}
"""Starts so far out that a jump takes many steps."""


def _norm_attack(
    claim: str, reading: str, violation: Violation, *, exact: bool, space: Space = _SPACE, length: int = SHORT
) -> Attack:
    def margin(**point):
        return violation(Path(**point, exact=exact, length=length)) if point["low"] <= point["high"] else None

    def witness(**point):
        p = Path(**point, exact=exact, length=length)
        named = {"lr_sq": p.lr_sq, "lr_wd": p.product, "delta": p.delta, "l": p.low, "L": p.high}
        return {**named, "norm_sq": p.start, "grads": p.grads, "kappa'" if exact else "kappa": p.kappa}

    return Attack(claim, reading, space, margin, witness)


def _four(p: Path) -> Fraction:
    return 4 * p.product


def _three(p: Path) -> Fraction:
    return 3 * p.product


def _two(p: Path) -> Fraction:
    return 2 * p.product


def _alpha(p: Path) -> Fraction:
    return p.alpha


def _two_alpha(p: Path) -> Fraction:
    return 2 * p.alpha


def _tmin(rate: Rate, exact: bool) -> Violation:
    """A jump at a step t that the line says is before t_min [periodic eq. 5]."""

    def violation(p: Path):
        limit = p.kappa * p.low
        level_sq = p.jump_level_sq(p.high) if exact else (p.kappa * p.high / p.share) ** 2
        if not p.start > limit or not level_sq > limit**2 or not p.delta < 1 or not rate(p) < 1:
            return None
        norms, line = p.steadily(p.low), p.line(p.low, rate(p))
        possible = (bound for s, bound in zip(norms, line, strict=True) if p.jumps(s, p.high))
        return max((bound**2 - level_sq for bound in possible), default=-ONE)

    return violation


def _tmax(rate: Rate) -> Violation:
    """No jump up to a step t that the printed line says is past t_max [periodic eq. 6]."""

    def violation(p: Path):
        level = p.kappa * p.low / p.share
        if not min(p.start, level) > p.kappa * p.high or not p.delta < 1:
            return None
        worst = -ONE
        for s, bound in zip(p.steadily(p.high), p.line(p.high, rate(p)), strict=True):
            if p.jumps(s, p.low):
                break
            worst = max(worst, level - bound)
        return worst

    return violation


def _jumpless(p: Path, bounds) -> Fraction:
    """How far below J(l)^2 a bound on rho_t^2 gets, squared, before the first jump."""
    worst = -ONE
    for s, grad, bound in zip(p.norms, p.grads, bounds, strict=False):
        if p.jumps(s, grad):
            break
        worst = max(worst, p.jump_level_sq(p.low) - bound**2)
    return worst


def _tmax_exact(rate: Rate) -> Violation:
    def violation(p: Path):
        limit = p.kappa * p.high
        if not p.start > limit or not p.delta < 1 or not p.jump_level_sq(p.low) > limit**2:
            return None
        return _jumpless(p, p.line(p.high, rate(p)))

    return violation


def _tmax_every_start(growth: Callable[[Path], Fraction]) -> Violation:
    def violation(p: Path):
        if not p.delta < p.product:
            return None
        return _jumpless(p, (p.start * growth(p) ** t for t in range(p.length)))

    return violation


def _under_line(rate: Rate, every_start: bool = False) -> Violation:
    """A path below the line of the lower bound [periodic A.5]."""

    def violation(p: Path):
        if not (every_start or p.start > p.kappa * p.low):
            return None
        return max(bound - s for bound, s in zip(p.line(p.low, rate(p)), p.norms, strict=True))

    return violation


def _over_line(rate: Rate) -> Violation:
    """A path above the line of the upper bound, as long as no hop was possible [periodic A.5]."""

    def violation(p: Path):
        top, worst = p.kappa * p.high, -ONE
        if not p.start > top:
            return None
        for s, bound in zip(p.norms, p.line(p.high, rate(p)), strict=True):
            worst = max(worst, s - bound)
            if s < periodic.hop_ratio(p.alpha) * top:
                break
        return worst

    return violation


def _inside(condition: Callable[[Path], bool]) -> Violation:
    """Inside [kappa l, kappa L], under a condition, and yet leaving it."""

    def violation(p: Path):
        low, high = p.kappa * p.low, p.kappa * p.high
        if not low <= p.start <= high or not condition(p):
            return None
        return max(max(low - s, s - high) for s in p.norms)

    return violation


def _rest_attack(claim: str, reading: str, violation: Violation) -> Attack:
    """Attacks on the path that rests at kappa' L with the gradient L."""

    def path(product, low, high):
        return Path(ONE, product, ONE, low, high, high, ONE, exact=True, length=SHORT)

    def margin(product, low, high):
        p = path(product, low, high)
        if not low <= high or not _printed_condition(p):
            return None
        assert p.norms[-1] == p.start
        return violation(p)

    def witness(**point):
        p = path(**point)
        return {
            "lr_sq": p.lr_sq,
            "lr_wd": p.product,
            "l": p.low,
            "L": p.high,
            "norm_sq at each step": p.start,
        }

    space = {name: _SPACE[name] for name in ("product", "low", "high")}
    return Attack(claim, reading, space, margin, witness)


def _over_printed(share: Fraction) -> Violation:
    """Resting above ``share`` times the printed kappa L."""
    return lambda p: p.start**2 - share**2 * p.lr_sq / periodic.beta_alpha(ONE, p.product) * p.high**2


def _elr_sq_gap(p: Path, expected: Rate) -> Fraction:
    """What the squared ELR at rest, times L^2, lacks of what is expected."""
    return expected(p) - p.lr_sq / p.start**2 * p.high**2


def _elr_sq_below(expected: Rate) -> Violation:
    return lambda p: _elr_sq_gap(p, expected)


def _elr_sq_off(expected: Rate) -> Violation:
    return lambda p: abs(_elr_sq_gap(p, expected))


def _printed_condition(p: Path) -> bool:
    return 2 * p.product * p.high <= p.low


def _exact_condition(p: Path) -> bool:
    return periodic.hop_ratio(p.alpha) * p.high <= p.low


def _step_back(share: Fraction) -> Violation:
    """rho^2 above kappa L, and yet not falling in the next step."""

    def violation(p: Path):
        if not p.start > share * p.kappa * p.high:
            return None
        return broken(p.steadily(p.high)[1] >= p.start)

    return violation


def _step_back_exact(share: Fraction) -> Violation:
    def violation(p: Path):
        top = p.kappa * p.high
        if not p.start >= share * top:
            return None
        return p.norms[1] - top - (1 - p.product) ** 2 * (p.start - top)

    return violation


def _hops(factor: int) -> Violation:
    """Below the printed level 2 eta lambda L, and yet no hop over kappa L."""

    def violation(p: Path):
        top = p.kappa * p.high
        if not p.start < top or not p.start < factor * p.product * p.high:
            return None
        return broken(p.steadily(p.high)[1] <= top)

    return violation


def _hop_level(level: Rate) -> Violation:
    """From below, rho^2 hops over kappa' L exactly where it is below the level times kappa' L."""

    def violation(p: Path):
        top = p.kappa * p.high
        if not p.start <= top:
            return None
        return broken((p.steadily(p.high)[1] > top) != (p.start < level(p) * top))

    return violation


def _hop_level_printed(p: Path):
    """rho^2 not below 2 eta lambda kappa L, and yet hopping over the exact upper end."""
    end_sq = periodic.stationary_sq(p.alpha, p.lr_sq * p.high**2)
    if not 2 * p.product * p.kappa * p.high <= p.start or not p.start**2 < end_sq:
        return None
    return p.steadily(p.high)[1] ** 2 - end_sq


def _kept_above(factor: int) -> Violation:
    def violation(p: Path):
        floor = factor * p.kappa * p.low
        if not p.low < 2 * p.product * p.high or not p.start >= floor:
            return None
        return max(floor - s for s in p.norms)

    return violation


def _kept_below(top: Callable[[Path], Fraction]) -> Violation:
    def violation(p: Path):
        floor = p.kappa * p.low
        if not p.low < 2 * p.product * p.high or not floor <= p.start <= top(p):
            return None
        return max(max(floor - s, s - top(p)) for s in p.norms)

    return violation


def _hop_from_floor(p: Path) -> Fraction:
    floor = p.kappa * p.low
    return (1 - p.product) ** 2 * floor + p.lr_sq * p.high**2 / floor


def _corollary_attack(reading: str, factor: int, scaled: bool) -> Attack:
    """A jump possible at a step with (lr, wd) and not with (lr2, wd2), although eta lambda is greater."""

    def margin(lr, lr2, product, product2, root, low, high, start):
        if not low <= high or not product < factor * product2:
            return None
        second = start * lr2 / lr if scaled else start
        paths = [_possible(lr, product, root, low, high, start)]
        paths.append(_possible(lr2, product2, root, low, high, second))
        return broken(any(a and not b for a, b in zip(*paths, strict=True)))

    def witness(lr, lr2, product, product2, root, low, high, start):
        second = start * lr2 / lr if scaled else start
        rates = {"lr": lr, "wd": product / lr, "lr2": lr2, "wd2": product2 / lr2}
        return {**rates, "delta": 2 * root**2, "l": low, "L": high, "norm_sq": start, "norm_sq2": second}

    ends = {"root": (Fraction(1, 100), ONE / 2), "low": _NEAR, "high": _NEAR, "start": POSITIVE}
    rates = {"lr": (ONE / 10, Fraction(3)), "lr2": (ONE / 10, Fraction(3))}
    products = {"product": PRODUCT, "product2": PRODUCT}
    return Attack("periodic:cor1", reading, {**rates, **products, **ends}, margin, witness)


def _possible(lr, product, root, low, high, start) -> list[bool]:
    """At which steps a jump is possible: the path with g = l is the lowest."""
    alpha, level = periodic.beta_alpha_exact(ONE, product), 2 * root**2
    reach = periodic.jump_norm_4(high**2, lr, product / lr, level)
    return [s**2 < reach for s in orbit(start, alpha, [lr**2 * low**2] * SHORT)]


_ANY_KAPPA = {**_SPACE, "kappa": (ONE / 10, Fraction(2)), "start": (ONE / 100, Fraction(2))}
_STEEP = {**_SPACE, "low": (ONE / 100, ONE / 2), "high": (ONE, Fraction(2)), "product": (ONE / 10, ONE / 5)}
"""Where l < 2 eta lambda L."""

PROP2_TMIN_WITH_EXACT_RECURSION = _norm_attack(
    "periodic:prop2-tmin", "with the exact recursion", _tmin(_four, False), exact=False
)
PROP2_TMIN_WITH_RATE_3_ETA_LAMBDA = _norm_attack(
    "periodic:prop2-tmin", "with the rate 3 eta lambda", _tmin(_three, False), exact=False
)
PROP2_TMIN_WITH_EXACT_LEVEL = _norm_attack(
    "periodic:prop2-tmin", "with the exact level", _tmin(_two_alpha, True), exact=True
)
PROP2_TMIN_WITH_EXACT_LEVEL_AND_RATE_ALPHA_PRIME = _norm_attack(
    "periodic:prop2-tmin", "with the exact level and the rate alpha'", _tmin(_alpha, True), exact=True
)
PROP2_TMAX_WITH_EXACT_RECURSION = _norm_attack(
    "periodic:prop2-tmax",
    "with the exact recursion",
    _tmax(_two),
    exact=False,
    space=_FAR,
    length=LONG,
)
PROP2_TMAX_WITH_RATE_3_ETA_LAMBDA = _norm_attack(
    "periodic:prop2-tmax",
    "with the rate 3 eta lambda",
    _tmax(_three),
    exact=False,
    space=_FAR,
    length=LONG,
)
PROP2_TMAX_CORRECTED = _norm_attack("periodic:prop2-tmax", "corrected", _tmax_exact(_alpha), exact=True)
PROP2_TMAX_CORRECTED_WITH_RATE_3_ETA_LAMBDA = _norm_attack(
    "periodic:prop2-tmax", "corrected, with the rate 3 eta lambda", _tmax_exact(_three), exact=True
)
PROP2_TMAX_FROM_EVERY_START = _norm_attack(
    "periodic:prop2-tmax",
    "from every start",
    _tmax_every_start(lambda p: periodic.jumpless_growth_sq(ONE, p.product, p.delta)),
    exact=True,
)
PROP2_TMAX_FROM_EVERY_START_WITH_1_ETA_LAMBDA_SQUARED_STEP = _norm_attack(
    "periodic:prop2-tmax",
    "from every start, with (1 - eta lambda)^2 a step",
    _tmax_every_start(lambda p: (1 - p.product) ** 2),
    exact=True,
)
A5_TMIN_WITH_EXACT_RECURSION = _norm_attack(
    "periodic:A5-tmin", "with the exact recursion", _under_line(_four), exact=False
)
A5_TMIN_WITH_RATE_2_ETA_LAMBDA = _norm_attack(
    "periodic:A5-tmin", "with the rate 2 eta lambda", _under_line(_two), exact=False
)
A5_TMIN_FROM_EVERY_START = _norm_attack(
    "periodic:A5-tmin", "from every start", _under_line(_two_alpha, True), exact=True
)
A5_TMIN_FROM_EVERY_START_WITH_RATE_ALPHA_PRIME = _norm_attack(
    "periodic:A5-tmin", "from every start, with the rate alpha'", _under_line(_alpha, True), exact=True
)
A5_TMAX_WITH_EXACT_RECURSION = _norm_attack(
    "periodic:A5-tmax", "with the exact recursion", _over_line(_two), exact=False
)
A5_TMAX_WITH_RATE_4_ETA_LAMBDA = _norm_attack(
    "periodic:A5-tmax", "with the rate 4 eta lambda", _over_line(_four), exact=False
)
A5_TMAX_WITH_RATE_ALPHA_PRIME = _norm_attack(
    "periodic:A5-tmax", "with the rate alpha'", _over_line(_alpha), exact=True
)
A5_TMAX_WITH_RATE_2_ETA_LAMBDA_AND_EXACT_KAPPA_PRIME = _norm_attack(
    "periodic:A5-tmax", "with the rate 2 eta lambda and the exact kappa'", _over_line(_two), exact=True
)
PROP3_INTERVAL_IS_KEPT_WITH_EXACT_RECURSION = _norm_attack(
    "periodic:prop3",
    "the interval is kept, with the exact recursion",
    _inside(_printed_condition),
    exact=False,
)
PROP3_EXACT_INTERVAL_IS_KEPT = _norm_attack(
    "periodic:prop3", "the exact interval is kept", _inside(_exact_condition), exact=True
)
PROP3_AT_REST_BELOW_KAPPA_L = _rest_attack("periodic:prop3", "at rest below kappa L", _over_printed(ONE))
PROP3_AT_REST_BELOW_KAPPA_L_2 = _rest_attack(
    "periodic:prop3", "at rest below kappa L/2", _over_printed(ONE / 2)
)
REMARK3_AT_REST = _rest_attack("periodic:remark3", "at rest", _elr_sq_below(_two))
REMARK3_AT_REST_3_ETA_LAMBDA = _rest_attack(
    "periodic:remark3", "at rest, 3 eta lambda", _elr_sq_below(_three)
)
REMARK3_AT_REST_EXACTLY = _rest_attack("periodic:remark3", "at rest, exactly", _elr_sq_off(_alpha))
REMARK3_AT_REST_EXACTLY_AS_PRINTED = _rest_attack(
    "periodic:remark3", "at rest, exactly as printed", _elr_sq_off(_two)
)
A7_ATTRACTION_STEP_BACK_FROM_KAPPA_L = _norm_attack(
    "periodic:A7-attraction", "the step back from kappa L", _step_back(ONE), exact=False
)
A7_ATTRACTION_STEP_BACK_FROM_KAPPA_L_2 = _norm_attack(
    "periodic:A7-attraction", "the step back from kappa L/2", _step_back(ONE / 2), exact=False
)
A7_ATTRACTION_STEP_BACK_FROM_KAPPA_PRIME_L = _norm_attack(
    "periodic:A7-attraction", "the step back from kappa' L", _step_back_exact(ONE), exact=True
)
A7_ATTRACTION_STEP_BACK_FROM_KAPPA_PRIME_L_2 = _norm_attack(
    "periodic:A7-attraction", "the step back from kappa' L/2", _step_back_exact(ONE / 2), exact=True
)
A7_HOP_AS_PRINTED = _norm_attack("periodic:A7-hop", "as printed", _hops(2), exact=False, space=_ANY_KAPPA)
A7_HOP_BELOW_4_ETA_LAMBDA_L = _norm_attack(
    "periodic:A7-hop", "below 4 eta lambda L", _hops(4), exact=False, space=_ANY_KAPPA
)
A7_HOP_2_ETA_LAMBDA_KAPPA_L_IS_HOP_LEVEL_EXACT_RECURSION = _norm_attack(
    "periodic:A7-hop",
    "2 eta lambda kappa L is the hop level, exact recursion",
    _hop_level_printed,
    exact=False,
)
A7_HOP_EXACT_LEVEL = _norm_attack(
    "periodic:A7-hop",
    "the exact level",
    _hop_level(lambda p: periodic.hop_ratio(p.alpha)),
    exact=True,
)
A7_HOP_EXACTLY_BELOW_2_ETA_LAMBDA_KAPPA_PRIME_L = _norm_attack(
    "periodic:A7-hop", "exactly below 2 eta lambda kappa' L", _hop_level(_two), exact=True
)
A7_LOWER_NEVER_BELOW_KAPPA_L_AGAIN = _norm_attack(
    "periodic:A7-lower", "never below kappa l again", _kept_above(1), exact=False, space=_STEEP
)
A7_LOWER_NEVER_BELOW_2_KAPPA_L_AGAIN = _norm_attack(
    "periodic:A7-lower", "never below 2 kappa l again", _kept_above(2), exact=False, space=_STEEP
)
A7_UPPER_NEVER_ABOVE_HOP_AGAIN = _norm_attack(
    "periodic:A7-upper",
    "never above the hop again",
    _kept_below(_hop_from_floor),
    exact=False,
    space=_STEEP,
)
A7_UPPER_NEVER_ABOVE_KAPPA_L_AGAIN = _norm_attack(
    "periodic:A7-upper",
    "never above kappa L again",
    _kept_below(lambda p: p.kappa * p.high),
    exact=False,
    space=_STEEP,
)
COR1_AS_PRINTED = _corollary_attack("as printed", 1, False)
COR1_ALSO_WITH_ETA_LAMBDA_BELOW_2_ETA_PRIME_LAMBDA_PRIME = _corollary_attack(
    "also with eta lambda < 2 eta' lambda'", 2, False
)
COR1_WITH_RHO_0_SQUARED_ETA_KEPT = _corollary_attack("with rho_0^2/eta kept", 1, True)
