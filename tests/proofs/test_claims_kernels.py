"""The algebra of the compiled loops: each claim of ``kernel:``, but for what needs Coq, which test_ledger re-runs."""

import pytest

from proofs_check.kernels import fast_steps, regression_steps
from proofs_check.verdicts.claims import Status, conclude

KIND = "conformance"

CLAIMS = {claim.id: claim for module in (fast_steps, regression_steps) for claim in module.CLAIMS}


@pytest.mark.parametrize("name", CLAIMS)
def test_every_engine_but_the_kernel_agrees_and_kills_the_mutants(name):
    """Conformance: a changed formula of ``theory.kernels`` or ``theory.gram`` is no longer the printed equation."""
    for form in CLAIMS[name].forms:
        checks = [check for check in form.checks if check.engine not in ("kernel", "trial")]
        verdicts = [check.run() for check in checks]
        assert [verdict.survivors for verdict in verdicts] == [()] * len(checks)
        assert all(verdict.killed for verdict in verdicts)
        assert not verdicts or conclude(verdicts) is Status.PROVED
