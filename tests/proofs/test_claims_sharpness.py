"""The sharpness paper's claims: the ledger's verdicts, and the same mathematics on exact runs."""

from fractions import Fraction as F
from itertools import pairwise

import pytest

from proofs_check.sharpness import edge, effective_step, minimisers, oscillation, regression, stable_regime
from proofs_check.statements.answers import NO
from proofs_check.verdicts import book
from sitheory.theory import periodic, scale, sharpness

KIND = "conformance"

MODULES = (effective_step, stable_regime, minimisers, oscillation, edge, regression)
CLAIMS = {claim.id.partition(":")[2]: claim for module in MODULES for claim in module.CLAIMS}
REFUTED = ("lambda-max", "lemma3.1", "mean-h2", "null-space", "drift", "pl-remarks", "smoothness", "thm4.2")
SLOW = ("kernel", "certificate")


@pytest.mark.parametrize("name", CLAIMS)
def test_the_quick_engines_agree_and_kill_the_mutants(name):
    """Conformance: what certificates and the kernel add is run again by test_ledger."""
    committed = {
        (entry["form"], entry["engine"], entry["formula"]): entry["status"]
        for entry in book.committed_rows()[CLAIMS[name].id]["engines"]
    }
    for which, form in zip(("printed", "amended"), CLAIMS[name].forms, strict=False):
        for check in form.checks:
            if check.engine not in SLOW:
                verdict = check.run()
                assert not verdict.survivors
                assert verdict.status == committed[which, check.engine, check.formula]


@pytest.mark.parametrize("name", REFUTED)
def test_what_is_refuted_is_amended_and_explained(name):
    assert CLAIMS[name].amended is not None
    assert CLAIMS[name].printed.note


def test_every_claim_has_a_mutant():
    assert all(claim.mutants for claim in CLAIMS.values())
    listed = {i.partition(":")[2] for i in book.claim_ids() if i.startswith("sharpness:")}
    assert set(CLAIMS) == listed - {"thm4.7"}  # whose trials take a minute: test_tracking has them in small


def test_theorem_4_2_fails_at_its_corner_and_not_half_an_e_fold_later():
    """Closed form: T_0 = 2 at the witness; half an e-fold is 2,000 steps there."""
    at = (stable_regime.START, F(1), stable_regime.WD)
    assert stable_regime._holds(*at) == NO
    assert [grad_sq > F(9, 10) for _, grad_sq in stable_regime._run(*at, 2)] == [True] * 3


def test_the_learning_rate_follows_the_norm_on_an_exact_run():
    """Identity: elr_{t+1} from elr_t and the gradient is that of the new norm."""
    run = list(stable_regime._run(F(7), F(1, 3), F(1, 5), 4))
    for (norm_sq, grad_sq), (after, _) in pairwise(run):
        elr = scale.elr_with_decay(F(1, 3), F(1, 5), norm_sq)
        assert after == periodic.norm_sq_next(norm_sq, grad_sq, F(1, 3), F(1, 5))
        assert sharpness.pgd_elr_next(elr, grad_sq, F(1, 15)) == scale.elr_with_decay(F(1, 3), F(1, 5), after)


def test_the_end_of_a_step_is_sharper_than_every_point_on_the_way():
    """Closed form, the witness against lambda_max: 2 y^2/|w|^4 on the way, 2 y^2/|w|^2 on the sphere."""

    def height_and_stretch(a):
        return F(4, 5) * (1 + F(18, 25) * a), 1 + F(576, 625) * a**2

    y, stretch = height_and_stretch(F(1))
    on_the_way = [height_and_stretch(F(i, 50)) for i in range(51)]
    assert max(2 * y**2 / s**2 for y, s in on_the_way) < 2 * y**2 / stretch


@pytest.mark.parametrize("h", [F(1, 10), F(1, 100), F(1, 1000)])
def test_two_steps_on_the_sphere_drift_by_half_of_what_is_printed(h):
    """Rate: the error of -2 h^2 is of order h^4; that of -4 h^2 is 2 h^2."""
    x, y, z = h, F(0), F(1)
    for _ in range(2):
        x, y, z = oscillation.on_sphere(x, y, z, 1)
    assert abs(y / z - 2 * sharpness.drift(h**2)) <= 40 * h**4
    assert abs(y / z - sharpness.drift_two_steps_printed(h**2)) > h**2


def test_the_hessian_entry_of_the_kernel_is_the_theory_s():
    """Identity: the diagonal entry in SharpnessMore is 2 b/b^3."""
    b = F(3, 11)
    assert sharpness.bn_hessian_diagonal(1, b, b) == 2 * b / b**3
