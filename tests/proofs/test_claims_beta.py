"""Beta-sequences (periodic A.4): the ledger's verdicts, and the same mathematics on exact trajectories."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
from hypothesis import given, settings, strategies as st

from proofs_check.periodic import beta_bounds, beta_limits, beta_map, beta_orbits
from proofs_check.verdicts.claims import Status, conclude
from sitheory.theory import periodic

KIND = "conformance"

MODULES = (beta_map, beta_orbits, beta_bounds, beta_limits)
CLAIMS = {claim.id.partition(":")[2]: claim for module in MODULES for claim in module.CLAIMS}
REFUTED_OR_VAGUE = {"prop5": Status.REFUTED, "footnote4": Status.APPROXIMATE}
STEPS = 6  # exact fractions double their length at every step
RATIONALS = st.fractions(min_value=F(1, 50), max_value=20, max_denominator=50)
ALPHAS = st.fractions(min_value=F(1, 50), max_value=F(24, 50), max_denominator=50)
SHARES = st.lists(st.fractions(min_value=0, max_value=1, max_denominator=9), min_size=STEPS, max_size=STEPS)
NEAR = 0.02  # distance of a rate from its limit after LONG steps, far above rounding
LONG = 60


def path(x, alpha, betas):
    """The exact sequence from x under the betas."""
    values = [x]
    for beta in betas:
        values.append(periodic.beta_next(values[-1], alpha, beta))
    return values


# The ledger's verdicts, without the kernel, which test_ledger re-runs where Coq is installed, and without the
# searches, which test_searches runs.


@pytest.mark.parametrize("name", CLAIMS)
def test_every_engine_but_the_kernel_agrees_and_kills_the_mutants(name):
    for form in CLAIMS[name].forms:
        checks = [check for check in form.checks if check.engine not in ("kernel", "trial")]
        verdicts = [check.run() for check in checks]
        assert [v.survivors for v in verdicts] == [()] * len(checks)
        assert all(v.killed for v in verdicts)
        assert not verdicts or conclude(verdicts) is Status.PROVED


@pytest.mark.parametrize("name", CLAIMS)
def test_what_is_refuted_or_vague_is_amended(name):
    claim = CLAIMS[name]
    if name in REFUTED_OR_VAGUE:
        assert claim.amended is not None
        assert claim.printed.note
    assert claim.mutants


def test_footnote_4_says_nothing_exact_as_printed():
    printed = CLAIMS["footnote4"].printed
    assert printed.decide().status is Status.OPEN and printed.hedge


@pytest.mark.slow
def test_proposition_5_as_printed_is_refuted_by_the_kernel():
    finding = CLAIMS["prop5"].printed.decide()
    if not any(v.missing for v in finding.verdicts):
        assert finding.status is REFUTED_OR_VAGUE["prop5"]
        assert finding.witness == {"alpha": "1/3", "a": "1", "b": "2", "beta_t": "2 for all t", "x_0": "3"}


@pytest.mark.parametrize("name", ["eq12", "lemma1", "prop5"])
def test_derivations_have_no_gaps(name):
    chains = CLAIMS[name].derivation()
    assert chains and not any(chain.gaps() for chain in chains)


def test_a_wrong_derivation_has_a_gap():
    chain = CLAIMS["lemma1"].derivation()[0]
    wrong = replace(chain, steps=[replace(chain.steps[0], expression=chain.steps[0].expression + 1)])
    assert wrong.gaps()


# Closed forms: the witnesses.


def test_the_witness_against_proposition_5_stays_above_its_interval():
    alpha, a, b = F(1, 3), 1, 2
    assert periodic.least_a(alpha, b) <= a
    assert all(x**2 > periodic.stationary_sq(alpha, b) for x in path(F(3), alpha, [b] * 10))


def test_betas_strictly_below_b_may_never_bring_the_sequence_down():
    alpha, b = F(1, 4), 1
    betas = [1 - F(1, 4 ** (t + 1)) for t in range(20)]
    assert periodic.least_a(alpha, b) <= min(betas) < max(betas) < b
    assert path(F(3), alpha, betas) == [2 + F(1, 2**t) for t in range(21)]
    shortfall = sum((b - beta) / (1 - 2 * alpha) ** (t + 1) for t, beta in enumerate(betas))
    assert shortfall < 1  # bounded, as the criterion says


def test_while_in_corollary_2_must_cover_the_past():
    alpha, b = F(2, 5), F(2, 5)
    x = path(F(6, 5), alpha, [0, 0, b])
    assert x[3] ** 2 >= periodic.hop_level_sq(alpha, b)
    assert x[2] ** 2 < periodic.hop_level_sq(alpha, b)
    assert x[3] - 1 > (1 - alpha) ** 3 * (x[0] - 1)


# Trials: exact trajectories with adversarial betas.


@settings(max_examples=60, deadline=None)
@given(x=RATIONALS, alpha=ALPHAS, low=RATIONALS, betas=SHARES)
def test_the_lower_rate_holds_from_every_start(x, alpha, low, betas):
    a = alpha * low**2
    slow, _ = periodic.beta_rates(alpha)
    values = path(x, alpha, [a * (1 + share) for share in betas])
    assert all(slow**t * (x - low) <= value - low for t, value in enumerate(values))


@settings(max_examples=60, deadline=None)
@given(x=RATIONALS, alpha=ALPHAS, b=RATIONALS, betas=SHARES)
def test_the_upper_envelope_holds_from_every_start_under_the_condition(x, alpha, b, betas):
    a = periodic.least_a(alpha, b)
    values = path(x, alpha, [a + share * (b - a) for share in betas])
    assert all(value <= top for value, top in zip(values, path(x, alpha, [b] * STEPS), strict=True))


def test_the_upper_envelope_breaks_just_below_the_condition():
    alpha, b = F(1, 3), F(3)  # x_b = 3, and its level is 3/2
    a = periodic.least_a(alpha, b) * F(9, 10)
    down = [float(a)] * LONG
    values = path(5.0, float(alpha), [*down, float(b)])
    assert values[-1] > path(5.0, float(alpha), [float(b)] * (LONG + 1))[-1] + NEAR


@settings(max_examples=60, deadline=None)
@given(x=RATIONALS, alpha=ALPHAS, star=RATIONALS)
def test_squares_shrink_at_pinned_rates(x, alpha, star):
    start = star + x
    low, high = periodic.beta_rates_of_squares(alpha)
    values = path(start, alpha, [alpha * star**2] * STEPS)
    gap = start**2 - star**2
    assert all(low**t * gap <= v**2 - star**2 <= high**t * gap for t, v in enumerate(values))


@settings(max_examples=60, deadline=None)
@given(x=RATIONALS, alpha=ALPHAS, star=RATIONALS)
def test_only_the_first_step_can_hop(x, alpha, star):
    sides = [value > star for value in path(x, alpha, [alpha * star**2] * STEPS)[1:]]
    assert len(set(sides)) == 1


# Rates.


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.4])
def test_the_rate_tends_to_one_minus_two_alpha(alpha):
    values = path(3.0, alpha, [alpha] * round(2 / alpha))
    rate = (values[-1] - 1) / (values[-2] - 1)
    assert abs(rate - (1 - 2 * alpha)) < NEAR
    assert abs(rate - (1 - alpha)) > NEAR
