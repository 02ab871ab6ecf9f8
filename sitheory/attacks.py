"""Attacks on *periodic*'s statements: exact rational counterexamples, or None where a search finds none.

An attack draws parameters of small denominators, lets an optimiser choose the betas or the parameters so as to
break the statement by as much as it can, and simplifies what it finds. Everything is exact: square roots are
avoided by drawing the roots (a = alpha A^2, delta = 2 s^2, lr = 2 wd kappa^2) or by comparing squares, and a
witness holds every number that the statement names.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sitheory.sequences import orbit
from sitheory.theory import periodic

Numbers = Mapping[str, Fraction]
ONE = Fraction(1)


@dataclass(frozen=True)
class Attack:
    """A statement, as a margin that is positive exactly where the statement's premises hold and it fails.

    Args:
        claim: The statement's id.
        reading: Which reading of it is attacked.
        space: Name -> lowest and highest value of each parameter.
        margin: Exact margin, or None where a premise fails.
        witness: Parameters -> everything that the statement names.
    """

    claim: str
    reading: str
    space: Mapping[str, tuple[Fraction, Fraction]]
    margin: Callable[..., Fraction | None]
    witness: Callable[..., dict[str, Fraction | tuple[Fraction, ...]]]


def search(
    attack: Attack, tries: int = 2000, seed: int = 0
) -> dict[str, Fraction | tuple[Fraction, ...]] | None:
    """Return a simple exact witness against the statement, or None.

    Args:
        attack: What to attack.
        tries: How many points to draw; each one that satisfies the premises is climbed from for a while.
        seed: Seed of the search.

    Returns:
        The witness's numbers with its ``margin``, or None.
    """
    draw = random.Random(seed)
    for _ in range(tries):
        point = {name: _between(draw, *ends) for name, ends in attack.space.items()}
        margin = attack.margin(**point)
        if margin is None:
            continue
        point, margin = _climb(attack, point, margin, draw)
        if margin > 0:
            point = _simplify(attack, point)
            found = attack.margin(**point)
            assert found is not None and found > 0
            return {**attack.witness(**point), "margin": found}
    return None


def _between(draw: random.Random, low: Fraction, high: Fraction) -> Fraction:
    denominator = draw.choice((2, 3, 4, 5, 8, 10, 12, 20, 50))
    return min(high, max(low, low + (high - low) * Fraction(draw.randint(0, denominator), denominator)))


def _climb(attack: Attack, point: dict[str, Fraction], margin: Fraction, draw: random.Random):
    for _ in range(20):
        if margin > 0:
            break
        name = draw.choice(list(point))
        moved = {**point, name: _between(draw, *attack.space[name])}
        better = attack.margin(**moved)
        if better is not None and better > margin:
            point, margin = moved, better
    return point, margin


def _simplify(attack: Attack, point: dict[str, Fraction]) -> dict[str, Fraction]:
    """Each number in turn by the simplest fraction that still breaks the statement."""
    for name, value in list(point.items()):
        for denominator in range(1, value.denominator):
            moved = {**point, name: value.limit_denominator(denominator)}
            low, high = attack.space[name]
            margin = attack.margin(**moved) if low <= moved[name] <= high else None
            if margin is not None and margin > 0:
                point = moved
                break
    return point


def choices(bits: Fraction, length: int, low: Fraction, high: Fraction) -> tuple[Fraction, ...]:
    """Return betas that are ``low`` or ``high`` by the binary digits of a fraction in [0, 1].

    A step is linear in its beta, so that an optimiser need look no further than the ends.
    """
    number = min(int(bits * 2**length), 2**length - 1)
    return tuple(high if number >> i & 1 else low for i in range(length))


LENGTH = 6
"""Steps of the sequences that an attack looks at."""

_ALPHA = (Fraction(1, 50), Fraction(49, 100))
_ROOT = (Fraction(1, 50), Fraction(4))
_BITS = (Fraction(0), ONE)


def _sequence(alpha, low_root, high_root, start, bits):
    """Betas and orbit for a = alpha low_root^2 and b = alpha high_root^2."""
    betas = choices(bits, LENGTH, alpha * low_root**2, alpha * high_root**2)
    return betas, list(orbit(start, alpha, betas))


def _sequence_attack(claim: str, reading: str, violation: Callable) -> Attack:
    def margin(alpha, low_root, high_root, start, bits):
        if not low_root <= high_root:
            return None
        betas, xs = _sequence(alpha, low_root, high_root, start, bits)
        return violation(alpha, low_root, high_root, betas, xs)

    def witness(alpha, low_root, high_root, start, bits):
        betas, xs = _sequence(alpha, low_root, high_root, start, bits)
        a, b = alpha * low_root**2, alpha * high_root**2
        return {"alpha": alpha, "a": a, "b": b, "betas": betas, "x": tuple(xs)}

    space = {"alpha": _ALPHA, "low_root": _ROOT, "high_root": _ROOT, "start": _ROOT, "bits": _BITS}
    return Attack(claim, reading, space, margin, witness)


def _lemma1(side: str) -> Callable:
    def violation(alpha, low_root, high_root, betas, xs):
        if len(set(betas)) > 1 or not xs[0] > high_root or betas[0] != alpha * high_root**2:
            return None
        gaps = [x - high_root for x in xs]
        if side == "lower":
            return max((1 - 2 * alpha) ** t * gaps[0] - gap for t, gap in enumerate(gaps))
        return max(gap - (1 - alpha) ** t * gaps[0] for t, gap in enumerate(gaps))

    return violation


def _lemma2_1(alpha, low_root, high_root, betas, xs):
    determined = orbit(xs[0], alpha, [alpha * low_root**2] * LENGTH)
    return max(bound - x for bound, x in zip(determined, xs, strict=True))


def _lemma2_2(needs_premise: bool) -> Callable:
    def violation(alpha, low_root, high_root, betas, xs):
        b = alpha * high_root**2
        determined = list(orbit(xs[0], alpha, [b] * LENGTH))
        worst = None
        for t in range(LENGTH + 1):
            if needs_premise and t > 0 and not xs[t - 1] ** 2 > b / (1 - alpha):
                break
            gap = xs[t] - determined[t]
            worst = gap if worst is None else max(worst, gap)
        return worst

    return violation


def _cor2_1(alpha, low_root, high_root, betas, xs):
    if not xs[0] > low_root:
        return None
    return max((1 - 2 * alpha) ** t * (xs[0] - low_root) - (x - low_root) for t, x in enumerate(xs))


def _cor2_2(pointwise: bool) -> Callable:
    def violation(alpha, low_root, high_root, betas, xs):
        if not xs[0] > high_root:
            return None
        level, worst = periodic.hop_ratio(alpha) * high_root, None
        for t, x in enumerate(xs):
            if x >= level:
                gap = (x - high_root) - (1 - alpha) ** t * (xs[0] - high_root)
                worst = gap if worst is None else max(worst, gap)
            elif not pointwise:
                break
        return worst

    return violation


def _interval(needs_condition: bool) -> Callable:
    """Once inside [sqrt(a/alpha), sqrt(b/alpha)] a sequence stays there."""

    def violation(alpha, low_root, high_root, betas, xs):
        if not low_root <= xs[0] <= high_root:
            return None
        if needs_condition and not periodic.hop_ratio(alpha) * high_root <= low_root:
            return None
        return max(max(low_root - x, x - high_root) for x in xs)

    return violation


def _exact_interval(alpha, low_root, high_root, betas, xs):
    """Once inside the exact absorbing interval a sequence stays there (see ``absorbing_interval``)."""
    top = high_root
    if periodic.hop_ratio(alpha) * high_root > low_root:
        top = periodic.beta_next(low_root, alpha, alpha * high_root**2)
    if not low_root <= xs[0] <= top:
        return None
    return max(max(low_root - x, x - top) for x in xs)


_PRODUCT = (Fraction(1, 1000), Fraction(1, 5))
_SMALL = (Fraction(1, 1000), Fraction(1, 2))
_POSITIVE = (Fraction(1, 10), Fraction(4))


def _jump_attack(claim: str, reading: str, margin: Callable) -> Attack:
    """Attacks on one step: lr = 1, wd = product, delta = 2 root^2, rho^2 and the bounds l <= L."""

    def witness(product, root, norm_sq, low, high):
        return {"lr": ONE, "wd": product, "delta": 2 * root**2, "norm_sq": norm_sq, "l": low, "L": high}

    space = {"product": _PRODUCT, "root": _SMALL, "norm_sq": _POSITIVE, "low": _POSITIVE, "high": _POSITIVE}
    return Attack(claim, reading, space, margin, witness)


def _jumps(norm_sq, grad, product, root) -> Fraction:
    """Positive exactly where a step with this effective gradient is a delta-jump [periodic eq. 8, definition 1]."""
    return periodic.inverse_cos_sq(norm_sq, grad**2, ONE, product) * (1 - 2 * root**2) ** 2 - 1


def _prop1a_sufficient(product, root, norm_sq, low, high):
    """Below the level of (4a) and yet no gradient up to L jumps."""
    if not low <= high or not norm_sq * 2 * root < high:
        return None
    return -_jumps(norm_sq, high, product, root)


def _prop1a_necessary(product, root, norm_sq, low, high):
    """At or above the level of (4a) and yet a jump."""
    if not low <= high or norm_sq * 2 * root < high:
        return None
    return _jumps(norm_sq, high, product, root)


def _prop1b(product, root, norm_sq, low, high):
    """Below the level of (4b) and yet the least gradient does not jump."""
    if not low <= high or not norm_sq * 2 * root < low:
        return None
    return -_jumps(norm_sq, low, product, root)


def _eq9_necessary(product, root, norm_sq, low, high):
    """A jump, and yet rho^2 is not below the level of (9)."""
    if norm_sq * 2 * root * (1 - product) < high:
        return None
    return _jumps(norm_sq, high, product, root)


def _eq9_sufficient(product, root, norm_sq, low, high):
    """Below the level of (9), and yet no jump."""
    if not norm_sq * 2 * root * (1 - product) < high:
        return None
    return -_jumps(norm_sq, high, product, root)


def _delta_max(product, root, norm_sq, low, high):
    """The cosine distance exceeds delta_max = L^2 / (2 rho^4)."""
    bound = periodic.delta_bound(norm_sq, high**2, ONE)
    if not bound < 1:
        return None
    return periodic.inverse_cos_sq(norm_sq, high**2, ONE, product) * (1 - bound) ** 2 - 1


def _delta_min(product, root, norm_sq, low, high):
    """The cosine distance is below delta_min = l^2 / (2 rho^4)."""
    bound = periodic.delta_bound(norm_sq, low**2, ONE)
    if not bound < 1:
        return None
    return 1 - periodic.inverse_cos_sq(norm_sq, low**2, ONE, product) * (1 - bound) ** 2


def _norms(kappa, product, low, high, start, late) -> tuple[Fraction, Fraction, list[Fraction]]:
    """lr, wd with eta lambda = product and eta/(2 lambda) = kappa^2, and rho_t^2 with the gradient ``late``."""
    lr_sq = 2 * product * kappa**2
    alpha = periodic.beta_alpha_exact(ONE, product)
    return lr_sq, alpha, list(orbit(start, alpha, [lr_sq * late**2] * LENGTH))


def _time_attack(claim: str, reading: str, margin: Callable) -> Attack:
    """Attacks over time, with squares of lr: lr^2 = 2 product kappa^2, jumps by squares."""

    def witness(kappa, product, share, low, high, start):
        lr_sq = 2 * product * kappa**2
        named = {"lr_sq": lr_sq, "lr_wd": product, "kappa": kappa, "sqrt(delta/(lr wd))": share}
        return {**named, "l": low, "L": high, "norm_sq": start}

    near = (Fraction(1, 100), Fraction(3, 2))
    space = {
        "kappa": (ONE, ONE),
        "product": _PRODUCT,
        "share": near,
        "low": near,
        "high": near,
        "start": _POSITIVE,
    }
    return Attack(claim, reading, space, margin, witness)


def _jump_at(norm_sq, grad_sq_lr_sq, product, delta) -> bool:
    return (1 + grad_sq_lr_sq / ((1 - product) ** 2 * norm_sq**2)) * (1 - delta) ** 2 > 1


def _tmin(kappa, product, share, low, high, start):
    """A jump at a step t that the printed lower line says is before t_min [periodic eq. 5].

    delta = share^2 lr wd, so that the printed level eta L / sqrt(2 delta) is kappa L / share.
    """
    level, delta = kappa * high / share, share**2 * product
    if (
        not low <= high
        or not start > kappa * low
        or not level > kappa * low
        or not delta < 1
        or 4 * product >= 1
    ):
        return None
    lr_sq, _, norms = _norms(kappa, product, low, high, start, low)
    gaps = [
        kappa * low + (1 - 4 * product) ** t * (start - kappa * low) - level
        for t, norm_sq in enumerate(norms)
        if _jump_at(norm_sq, lr_sq * high**2, product, delta)
    ]
    return max(gaps, default=Fraction(-1))


def _tmax(kappa, product, share, low, high, start):
    """No jump up to a step t that the printed upper line says is past t_max [periodic eq. 6]."""
    level, delta = kappa * low / share, share**2 * product
    if not low <= high or not start > kappa * high or not level > kappa * high or not delta < 1:
        return None
    lr_sq, _, norms = _norms(kappa, product, low, high, start, high)
    worst = Fraction(-1)
    for t, norm_sq in enumerate(norms):
        if _jump_at(norm_sq, lr_sq * low**2, product, delta):
            break
        worst = max(worst, level - (kappa * high + (1 - 2 * product) ** t * (start - kappa * high)))
    return worst


def _a5_lower(kappa, product, share, low, high, start):
    if not low <= high or not start > kappa * low:
        return None
    _, _, norms = _norms(kappa, product, low, high, start, low)
    line = ((1 - 4 * product) ** t * (start - kappa * low) + kappa * low for t in range(len(norms)))
    return max(bound - norm for bound, norm in zip(line, norms, strict=True))


def _a5_upper(kappa, product, share, low, high, start):
    if not low <= high or not start > kappa * high:
        return None
    _, _, norms = _norms(kappa, product, low, high, start, high)
    line = ((1 - 2 * product) ** t * (start - kappa * high) + kappa * high for t in range(len(norms)))
    return max(norm - bound for bound, norm in zip(line, norms, strict=True))


def _prop3(kappa, product, share, low, high, start):
    """Inside [kappa l, kappa L], with 2 eta lambda L <= l, and yet leaving it (l and L per unit of lr)."""
    if not low <= high or not kappa * low <= start <= kappa * high:
        return None
    lr_sq = 2 * product * kappa**2
    if not 4 * product**2 * high**2 <= low**2:
        return None
    alpha = periodic.beta_alpha_exact(ONE, product)
    return max(x - kappa * high for x in orbit(start, alpha, [lr_sq * high**2] * LENGTH))


def _a7_hop(kappa, product, share, low, high, start):
    """rho^2 not below the printed hop level 2 eta lambda L kappa, and yet hopping over the exact upper end."""
    if not 2 * product * kappa * high <= start:
        return None
    lr_sq, alpha = 2 * product * kappa**2, periodic.beta_alpha_exact(ONE, product)
    end_sq = periodic.stationary_sq(alpha, lr_sq * high**2)
    if not start**2 < end_sq:
        return None
    return periodic.beta_next(start, alpha, lr_sq * high**2) ** 2 - end_sq


ATTACKS = (
    _sequence_attack("periodic:lemma1", "lower bound", _lemma1("lower")),
    _sequence_attack("periodic:lemma1", "upper bound", _lemma1("upper")),
    _sequence_attack("periodic:lemma2.1", "as printed", _lemma2_1),
    _sequence_attack("periodic:lemma2.2", "as printed", _lemma2_2(True)),
    _sequence_attack("periodic:lemma2.2", "without its premise", _lemma2_2(False)),
    _sequence_attack("periodic:cor2.1", "as printed", _cor2_1),
    _sequence_attack("periodic:cor2.2", "while = as long as", _cor2_2(False)),
    _sequence_attack("periodic:cor2.2", "while = whenever", _cor2_2(True)),
    _sequence_attack("periodic:prop5", "the interval is kept", _interval(True)),
    _sequence_attack(
        "periodic:A7-attraction", "the interval is kept without the condition", _interval(False)
    ),
    _sequence_attack("periodic:A7-upper", "the exact interval is kept", _exact_interval),
    _jump_attack("periodic:prop1a", "below the level a jump is possible", _prop1a_sufficient),
    _jump_attack("periodic:prop1a", "only below the level", _prop1a_necessary),
    _jump_attack("periodic:prop1b", "as printed", _prop1b),
    _jump_attack("periodic:eq9", "necessary", _eq9_necessary),
    _jump_attack("periodic:eq9", "sufficient", _eq9_sufficient),
    _jump_attack("periodic:delta-bounds", "lower", _delta_min),
    _jump_attack("periodic:delta-bounds", "upper", _delta_max),
    _time_attack("periodic:prop2-tmin", "with the exact recursion", _tmin),
    _time_attack("periodic:prop2-tmax", "with the exact recursion", _tmax),
    _time_attack("periodic:A5-tmin", "with the exact recursion", _a5_lower),
    _time_attack("periodic:A5-tmax", "with the exact recursion", _a5_upper),
    _time_attack("periodic:prop3", "the interval is kept, with the exact recursion", _prop3),
    _time_attack("periodic:A7-hop", "2 eta lambda kappa L is the hop level, exact recursion", _a7_hop),
)
"""Every attack; ``search`` answers each with a witness or None."""
