"""The claims on the norm, its jumps and their times: trials of what is proved, twins of what is refuted."""

import random
from fractions import Fraction as F
from itertools import pairwise

import pytest

from proofs_check.periodic import (
    jumps_threshold,
    norm_average,
    norm_below_condition,
    norm_equilibrium,
    norm_practice,
    norm_step,
    times_jumps,
)
from sitheory.theory import periodic, regimes

KIND = "conformance"

FILES = (
    norm_step,
    jumps_threshold,
    times_jumps,
    norm_equilibrium,
    norm_below_condition,
    norm_average,
    norm_practice,
)
CLAIMS = {claim.id: claim for file in FILES for claim in file.CLAIMS}
SMALL_DENOMINATOR = 2**40
"""Runs are rounded up to multiples of 2^-40, or their fractions would double in length at each step."""


def parameters(chance):
    """Random exact eta, lambda with eta lambda < 1/4."""
    lr = F(chance.randint(1, 40), 20)
    return lr, F(chance.randint(1, 24), 100) / lr


def is_jump(norm_sq, grad_sq, lr, wd, delta):
    """Definition 1 with the cosine of eq. 8, without its root."""
    return (1 - delta) ** 2 * periodic.inverse_cos_sq(norm_sq, grad_sq, lr, wd) > 1


def rounded(value):
    """The value, rounded up to a multiple of 2^-40: a run of a slightly greater effective gradient."""
    return F(-(-value * SMALL_DENOMINATOR // 1), SMALL_DENOMINATOR)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_every_claim_has_mutants_in_each_of_its_checks(claim):
    assert all(check.mutants for form in claim.forms for check in form.checks)


@pytest.mark.parametrize("claim_id", ["periodic:eq3", "periodic:eq8", "periodic:eq15", "periodic:eq16"])
def test_derivations_have_no_gap(claim_id):
    assert all(not derivation.gaps() for derivation in CLAIMS[claim_id].derivation())


@pytest.mark.parametrize("seed", range(5))
def test_trial_jump_level_is_exact(seed):
    chance = random.Random(seed)
    lr, wd = parameters(chance)
    delta, g = F(chance.randint(1, 99), 100), F(chance.randint(1, 30), 10)
    for _ in range(200):
        norm_sq = F(chance.randint(1, 4000), 1000)
        below = norm_sq**2 < periodic.jump_norm_4(g**2, lr, wd, delta)
        assert is_jump(norm_sq, g**2, lr, wd, delta) == below


@pytest.mark.parametrize("seed", range(5))
def test_trial_jumps_come_whatever_the_adversary_does_below_eta_lambda(seed):
    """The adversary pushes as hard as it can without a jump; the level J(l) still catches it in time."""
    chance = random.Random(seed)
    lr, wd = parameters(chance)
    delta, lo, hi = lr * wd * F(1, 2), F(1, 4), F(2)
    growth = periodic.jumpless_growth_sq(lr, wd, delta)
    norm_sq = bound = F(chance.randint(1, 50))
    level_4 = periodic.jump_norm_4(lo**2, lr, wd, delta)
    while norm_sq**2 >= level_4:
        hardest = min(hi**2, norm_sq**2 * lo**2 / level_4)
        assert not is_jump(norm_sq, hardest, lr, wd, delta)
        norm_sq, bound = periodic.norm_sq_next(norm_sq, hardest, lr, wd), growth * bound
        assert norm_sq <= bound
        norm_sq, bound = rounded(norm_sq), rounded(bound)
    assert not [g for g in (lo, hi) if not is_jump(norm_sq, g**2, lr, wd, delta)]


def test_twin_the_late_jump_comes_by_the_corrected_time():
    """Proposition 2.2's witness, against the bound with kappa', (1 - eta lambda)^2 and the exact level."""
    lr, wd, delta, start = F(1, 3), F(2, 3), F(1, 50), F(70)
    keep = (1 - lr * wd) ** 2
    limit = rounded(F(float(periodic.kappa_sq_exact(lr, wd)) ** 0.5))
    level_4 = periodic.jump_norm_4(1, lr, wd, delta)
    norm_sq, t = start, 0
    while norm_sq**2 >= level_4:
        assert norm_sq <= limit + keep**t * (start - limit) + F(1, 10**6)
        norm_sq, t = periodic.norm_sq_next(norm_sq, 1, lr, wd), t + 1
    assert t == times_jumps.late_jump(random.Random(0))["no jump up to t"] + 1


@pytest.mark.parametrize("seed", range(3))
def test_identity_eq16_at_every_t(seed):
    chance = random.Random(seed)
    lr, wd = parameters(chance)
    norm_sq, grads = F(chance.randint(1, 9)), [F(chance.randint(0, 9)) for _ in range(12)]
    for t in range(1, len(grads) + 1):
        exact = periodic.norm_sq_unrolled(norm_sq, grads[:t], lr, wd)
        mean, kept = periodic.grad_sq_average(grads[:t], lr, wd), (1 - lr * wd) ** (2 * t)
        assert periodic.norm_sq_averaged(norm_sq, mean, kept, lr, wd) == exact
        if t > 1 and mean:
            assert periodic.norm_sq_averaged_printed(norm_sq, mean, kept, lr, wd) != exact


def test_rate_the_quartic_quotients_gradient_vanishes_while_the_run_goes_on():
    """A.7's counterexample, simulated: the ELR grows without end, the gradient falls faster."""
    lr, wd, x, y = 1.0, 0.2, 1.0, 5.0
    squares = []
    for _ in range(60):
        gx, gy = (2 * regimes.quotient(x, y) * part for part in regimes.quotient_grad(1, x, y))
        squares.append((x**2 + y**2) * (gx**2 + gy**2))
        x, y = periodic.decay_step(x, gx, lr, wd), periodic.decay_step(y, gy, lr, wd)
    assert all(later < earlier for earlier, later in pairwise(squares))
    assert 0 < squares[-1] < 1e-20 * squares[0]
    assert x**2 + y**2 < 1e-9
