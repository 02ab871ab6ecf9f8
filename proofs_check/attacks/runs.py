"""Attacks on whole runs of gradient descent with weight decay on two quotients, in exact fractions [periodic eq. 1].

The functions are rational, so that norms, squared cosines, and directions are; each step multiplies the length
of the numbers by five, which is why runs are of two steps.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from proofs_check.attacks.searching import ONE, Attack
from sitheory.theory import periodic, regimes, scale

STEPS = 2
State = tuple[Fraction, ...]

_COORDINATE = (Fraction(-3), Fraction(3))
_SPACE = {
    "lr": (Fraction(1, 10), Fraction(2)),
    "product": (Fraction(1, 100), Fraction(6, 25)),
    "alpha": (Fraction(1, 4), Fraction(4)),
    "x": _COORDINATE,
    "y": (Fraction(1, 4), Fraction(3)),
    "u": _COORDINATE,
    "v": (Fraction(1, 4), Fraction(3)),
}


def gradient(alpha: Fraction, state: State) -> State:
    """Return the gradient of F = q(x, y) + alpha q(u, v) [regimes eq. 7]."""
    x, y, u, v = state
    return (*regimes.quotient_grad(ONE, x, y), *regimes.quotient_grad(alpha, u, v))


def steps(lr: Fraction, wd: Fraction, alpha: Fraction, state: State, count: int = STEPS) -> list[State]:
    """Return the states of a run."""
    states = [state]
    for _ in range(count):
        grad = gradient(alpha, states[-1])
        moved = (periodic.decay_step(w, g, lr, wd) for w, g in zip(states[-1], grad, strict=True))
        states.append(tuple(moved))
    return states


def dot(a: State, b: State) -> Fraction:
    """Return the inner product."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


Violation = Callable[[Fraction, Fraction, Fraction, list[State]], Fraction]


def _run_attack(claim: str, reading: str, violation: Violation) -> Attack:
    def margin(lr, product, alpha, x, y, u, v):
        wd = product / lr
        return violation(lr, wd, alpha, steps(lr, wd, alpha, (x, y, u, v)))

    def witness(lr, product, alpha, x, y, u, v):
        return {"lr": lr, "wd": product / lr, "alpha": (ONE, alpha), "x_0": (x, y, u, v)}

    return Attack(claim, reading, _SPACE, margin, witness)


def _eff_grad_sq(alpha: Fraction, state: State) -> Fraction:
    grad = gradient(alpha, state)
    return scale.eff_grad_sq(dot(grad, grad), dot(state, state))


def _norm_follows(formula: Callable) -> Violation:
    """The norm's recursion, step by step."""

    def violation(lr, wd, alpha, states):
        return max(
            abs(dot(after, after) - formula(dot(w, w), _eff_grad_sq(alpha, w), lr, wd))
            for w, after in pairwise(states)
        )

    return violation


def _cosine_follows(formula: Callable) -> Violation:
    """1/cos^2 between adjacent states, and the cosine's sign."""

    def violation(lr, wd, alpha, states):
        worst = -ONE
        for w, after in pairwise(states):
            along = dot(w, after)
            if along <= 0:
                return ONE
            seen = dot(w, w) * dot(after, after) / along**2
            worst = max(worst, abs(seen - formula(dot(w, w), _eff_grad_sq(alpha, w), lr, wd)))
        return worst

    return violation


def _rescaled(power: int) -> Violation:
    """(c x_0, c^2 lr, wd/c^power) gives c x_t, with c = 2/3."""

    def violation(lr, wd, alpha, states):
        c = Fraction(2, 3)
        start = tuple(c * w for w in states[0])
        scaled = steps(c**2 * lr, wd / c**power, alpha, start)
        return max(
            abs(c * a - b) for w, z in zip(states, scaled, strict=True) for a, b in zip(w, z, strict=True)
        )

    return violation


def _directed(elr: Callable) -> Violation:
    """x_{t+1} is parallel to x^ - elr grad f(x^), x^ = x/rho; rho^2 elr is what ``elr`` returns."""

    def violation(lr, wd, alpha, states):
        worst = -ONE
        for w, after in pairwise(states):
            # rho times the step on the sphere, since grad f(x^) = rho grad f(x).
            step = tuple(x - elr(lr, wd) * g for x, g in zip(w, gradient(alpha, w), strict=True))
            across = max(abs(a * step[0] - b * after[0]) for a, b in zip(after, step, strict=True))
            worst = max(worst, across)
        return worst

    return violation


def _unrolled(formula: Callable) -> Violation:
    """rho_t^2 from rho_0^2 and all gradients."""

    def violation(lr, wd, alpha, states):
        squares = [dot(g, g) for g in (gradient(alpha, w) for w in states[:-1])]
        return abs(dot(states[-1], states[-1]) - formula(dot(states[0], states[0]), squares, lr, wd))

    return violation


def _with_average(formula: Callable) -> Callable:
    def unrolled(norm_sq, squares, lr, wd):
        kept = (1 - lr * wd) ** (2 * len(squares))
        return formula(norm_sq, periodic.grad_sq_average(squares, lr, wd), kept, lr, wd)

    return unrolled


def _shifted(norm_sq, squares, lr, wd):
    return periodic.norm_sq_unrolled(norm_sq, squares[::-1], lr, wd)


def _without_root(norm_sq, eff_grad_sq, lr, wd):
    return periodic.norm_sq_next(norm_sq, eff_grad_sq, lr, 0)


def _cos_without_decay(norm_sq, eff_grad_sq, lr, wd):
    return periodic.inverse_cos_sq(norm_sq, eff_grad_sq, lr, 0)


EQ3_ON_RUNS = _run_attack("periodic:eq3", "on runs", _norm_follows(periodic.norm_sq_next))
EQ3_ON_RUNS_WITHOUT_DECAY = _run_attack(
    "periodic:eq3", "on runs, without the decay", _norm_follows(_without_root)
)
EQ8_ON_RUNS = _run_attack("periodic:eq8", "on runs", _cosine_follows(periodic.inverse_cos_sq))
EQ8_ON_RUNS_WITHOUT_DECAY = _run_attack(
    "periodic:eq8", "on runs, without the decay", _cosine_follows(_cos_without_decay)
)
PROP4_ON_RUNS = _run_attack("periodic:prop4", "on runs", _rescaled(2))
PROP4_ON_RUNS_WITH_WD_C = _run_attack("periodic:prop4", "on runs, with wd/c", _rescaled(1))
UNIT_SPHERE_ON_RUNS = _run_attack("periodic:unit-sphere", "on runs", _directed(lambda lr, wd: lr))
UNIT_SPHERE_ON_RUNS_WITH_1_ETA_LAMBDA_TIMES_ELR = _run_attack(
    "periodic:unit-sphere",
    "on runs, with (1 - eta lambda) times the ELR",
    _directed(lambda lr, wd: lr * (1 - lr * wd)),
)
UNIT_SPHERE_ON_RUNS_WITH_DECAY_IN_ELR = _run_attack(
    "periodic:unit-sphere", "on runs, with the decay in the ELR", _directed(lambda lr, wd: lr / (1 - lr * wd))
)
EQ15_ON_RUNS = _run_attack("periodic:eq15", "on runs", _unrolled(periodic.norm_sq_unrolled))
EQ15_ON_RUNS_WITH_GRADIENTS_IN_REVERSE = _run_attack(
    "periodic:eq15", "on runs, with the gradients in reverse", _unrolled(_shifted)
)
EQ16_ON_RUNS = _run_attack(
    "periodic:eq16", "on runs", _unrolled(_with_average(periodic.norm_sq_averaged_printed))
)
EQ16_ON_RUNS_WITH_RHO_0_SQUARED_ALONE = _run_attack(
    "periodic:eq16", "on runs, with rho_0^2 alone", _unrolled(lambda norm_sq, squares, lr, wd: norm_sq)
)
EQ16_ON_RUNS_EXACTLY = _run_attack(
    "periodic:eq16", "on runs, exactly", _unrolled(_with_average(periodic.norm_sq_averaged))
)
