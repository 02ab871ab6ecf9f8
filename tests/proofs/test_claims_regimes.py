"""Training on the sphere (regimes, thesis): the ledger's verdicts; the same mathematics on exact states."""

from fractions import Fraction as F

import pytest
from hypothesis import assume, given, settings, strategies as st

from proofs_check.regimes import (
    batches,
    constraint,
    elrs,
    equilibrium,
    one_group,
    one_group_runs,
    threshold,
    trials,
)
from proofs_check.thesis import sphere, weight_decay
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Status
from sitheory.theory import regimes, scale

KIND = "conformance"

MODULES = (
    *(elrs, constraint, one_group, one_group_runs, threshold, equilibrium, trials, batches),
    *(sphere, weight_decay),
)
CLAIMS = {claim.id: claim for module in MODULES for claim in module.CLAIMS}
OWN = {name: claim for name, claim in CLAIMS.items() if name.startswith("regimes:")}
REFUTED = {
    *("A1-lagrangian", "eq21", "prop2.2", "eq8", "A4-nonvanishing", "equal-ess"),
    *("eq8-sufficient", "eq9-attracts", "time-average", "covariance-trace"),
}
APPROXIMATE = {"negative-feedback", "chaotic", "random-walk"}
SUPPORTED = {"third-regime"}
SMALL = st.fractions(F(1, 8), 8, max_denominator=8)
SIGNED = st.builds(lambda size, sign: size * sign, SMALL, st.sampled_from([-1, 1]))
GROUPS = st.lists(st.tuples(SMALL, SIGNED, SIGNED), min_size=2, max_size=3)


def exact_step(alpha, lr, x, y):
    """The ratios and squared norms after a step of the process (2), in fractions: no root is needed."""
    moved = [
        regimes.gradient_step(u, v, *regimes.quotient_grad(a, u, v), lr)
        for a, u, v in zip(alpha, x, y, strict=True)
    ]
    grown = [u * u + v * v for u, v in moved]
    shrink = sum(u * u + v * v for u, v in zip(x, y, strict=True)) / sum(grown)
    return [u / v for u, v in moved], [shrink * g for g in grown]


# The ledger's verdicts; test_ledger decides them anew.


@pytest.mark.parametrize("name", sorted(OWN))
def test_printed_forms_have_the_verdicts_of_the_report(name):
    short = name.partition(":")[2]
    listed = {Status.REFUTED: REFUTED, Status.APPROXIMATE: APPROXIMATE, Status.SUPPORTED: SUPPORTED}
    expected = next((status for status, names in listed.items() if short in names), Status.PROVED)
    assert book.committed_rows()[name]["printed_status"] == expected


@pytest.mark.parametrize("name", CLAIMS)
def test_what_does_not_stand_is_amended_and_explained(name):
    claim = CLAIMS[name]
    assert claim.mutants
    if name in OWN and name.partition(":")[2] in REFUTED | APPROXIMATE:
        assert claim.amended is not None
        assert claim.printed.note


def test_every_id_of_both_papers_is_decided_here():
    wanted = {i for i in book.claim_ids() if i.startswith(("regimes:", "thesis:"))}
    assert set(CLAIMS) == wanted


@pytest.mark.parametrize("name", ["eq4", "eq5", "eq16", "eq26"])
def test_derivations_have_no_gaps(name):
    chains = CLAIMS[f"regimes:{name}"].derivation()
    assert chains and not any(chain.gaps() for chain in chains)


# The witnesses, in fractions alone.


def test_proposition_2_2_has_a_start_that_lands_on_the_minimum():
    (ratio,), _ = exact_step([F(1)], F(25, 18), [F(4, 5)], [F(3, 5)])
    assert F(25, 18) > 1 and ratio == 0
    assert regimes.level(F(1), F(25, 18)) == F(7, 50)


def test_equation_8_has_a_start_that_lands_on_the_minimum():
    alpha, x, y = [F(2), F(1, 2)], [F(4, 5), F(2, 5)], [F(2, 5), F(1, 5)]
    assert sum(v * v for v in (*x, *y)) == 1
    assert regimes.threshold(alpha) == F(2, 5) < 1
    assert exact_step(alpha, F(1), x, y)[0] == [0, 0]


def test_equation_9_has_a_start_whose_elr_stays_above_it():
    alpha, x, y = [F(2), F(1)], [F(4, 5), F(1, 5)], [F(2, 5), F(2, 5)]
    ratios, norm_sqs = exact_step(alpha, F(1), x, y)
    assert sum(v * v for v in (*x, *y)) == 1 and ratios[0] == 0
    assert scale.elr(F(1), norm_sqs[0]) == F(37, 20) > regimes.equilibrium_elrs(alpha, F(1))[0] == F(3, 2)


# Identities on exact states: what the theorems of RegimesMore.v say of one step, for every start.


@given(GROUPS, SMALL)
@settings(deadline=None, max_examples=50)
def test_a_step_shrinks_the_distance_to_the_level_by_the_exact_factor(state, lr):
    alpha, x, y = zip(*state, strict=True)
    ratios, _ = exact_step(alpha, lr, x, y)
    for a, u, v, after in zip(alpha, x, y, ratios, strict=True):
        elr = scale.elr(lr, u * u + v * v)
        ess_sq = scale.ess_sq(elr, regimes.quotient_eff_grad_sq(a, u, v))
        level = regimes.level(a, elr)
        gap = regimes.ratio_loss(a, (u / v) ** 2) - level
        assert regimes.ratio_loss(a, after**2) - level == gap * (1 - ess_sq) / (1 + ess_sq)
        assert (
            ess_sq == 0 or gap == 0 or regimes.ratio_loss(a, after**2) - level != gap
        )  # the factor is not 1


@given(st.lists(SMALL, min_size=2, max_size=3), SMALL)
@settings(deadline=None, max_examples=50)
def test_the_equilibrium_stands_still_and_is_a_centre(alpha, elr):
    k = elr * sum(alpha)
    assume(k > 1)
    own = regimes.equilibrium_elrs(alpha, elr)
    ess_sqs = [regimes.level_ess_sq(a, e) for a, e in zip(alpha, own, strict=True)]
    total = regimes.total_ess_sq(own, ess_sqs)
    assert [regimes.elr_next(e, s, total) for e, s in zip(own, ess_sqs, strict=True)] == own
    turn = 2 / k**2 - 1
    assert turn**2 + (1 - turn) / (2 * k) * (4 / k) == 1


def test_runs_at_0_2_approach_the_equilibrium_slower_than_any_geometric_rate():
    """Rate: ten times the steps leave about a third of the spread, as t^(-1/2) does; q^t would leave none."""
    begin = ([0.445, -0.660, -0.321], [0.175, -0.480, -0.034])

    def spread(skip):
        losses = [trials.loss(trials.ALPHA, s) for s in trials.last(trials.ALPHA, 0.2, begin, skip, 300)]
        return max(losses) - min(losses)

    early, late = spread(1_000), spread(10_000)
    assert 0.1 * early < late < 0.6 * early
