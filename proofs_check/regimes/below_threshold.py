"""Below the threshold F need not converge to 0: five equal groups that take each other's places for ever.

Let all alpha_i = 1, and let the squared norm of all weights together grow by the factor q = 10 at every step before
the projection. Then a group's r = x/y and its ELR move by themselves: r by eq. 19, the ELR by eq. 5 with 1 + ESS^2 =
q. Balls enclose a point of period 5 of this map of the plane. Five groups at its five points, with norms rho_i^2
proportional to 1/elr_i, make the weights grow by exactly that factor (``SUM``), so each moves to the next one's place
at every step, F never changes, and the total ELR is the harmonic one, 1/sum(1/elr_i) [regimes eq. 3].
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint

from proofs_check import Statement, all_of, ball, less, reals
from proofs_check.regimes.enclosed_orbits import around, iterated, returns
from proofs_check.statements.answers import Answer
from sitheory.theory import regimes

GROUPS = 5
GROWTH = 10
CENTRE = ("0.60995788216533534413", "0.68850018534973864279")
"""r and the ELR of the first group."""
RADIUS = Fraction(1, 10**15)


def step(v: Sequence[Any], growth: Any = GROWTH) -> Sequence[Any]:
    """One step of a group's r and ELR while the squared norm of all weights grows by a factor."""
    r, elr = v
    ess_sq = regimes.ratio_eff_grad_sq(1, r * r) * elr * elr
    return regimes.ratio_next(1, elr, r), regimes.elr_next(elr, ess_sq, growth - 1)


def places() -> list[list[flint.arb]]:
    """Balls around r and the ELR of each group."""
    box = around(CENTRE, RADIUS)[1]
    return [iterated(step, box, steps)[0] if steps else box for steps in range(GROUPS)]


def stuck(share: str = "1", floor: str = "6/5", groups: int = GROUPS) -> Callable[[], Answer]:
    """Whether there is such a start with elr sum(alpha) below a share of the threshold and F above a floor.

    Args:
        share: elr sum(alpha) is less, where 1 is the threshold.
        floor: F is more, at every step.
        groups: how many there are; a start that returns after fewer steps than five would be one of fewer.
    """

    def holds() -> Answer:
        at = places()
        values = [regimes.ratio_loss(1, r * r) for r, _ in at]
        inverse = sum((1 / elr for _, elr in at), ball(0))  # of the total ELR
        back = returns(step, CENTRE, RADIUS, groups)
        alive = [less(0, abs(r)) for r, _ in at] + [less(0, elr) for _, elr in at]
        return all_of(
            back, *alive, less(groups, inverse * ball(share)), less(ball(floor), sum(values, ball(0)))
        )

    return holds


def tends(share: str = "1/3") -> Callable[[], Answer]:
    """Whether F tends to 0 from that start too, where elr sum(alpha) is below a share of the threshold: no."""
    found = stuck(share)
    return lambda: ~found()


SENTENCE = (
    "n = 5, all alpha_i = 1, elr sum(alpha) < {}: there is a start with all x_i, y_i other than 0 from which the "
    "groups take each other's places at every step, group 1 within 1e-15 of "
    f"r = {CENTRE[0]}, elr_1 = {CENTRE[1]}, and F > {{}} for ever"
)
norms = reals("w1 w2 w3 w4 w5")
(growth,) = reals("q")
following = [*norms[1:], norms[0]]
grown = [growth * after / now for now, after in zip(norms, following, strict=True)]
SUM = Statement(
    [w > 0 for w in norms],
    1 + regimes.total_ess_sq([1 / w for w in norms], [g - 1 for g in grown]) == growth,
)
"""Where each squared norm w_i becomes q times the next one's, all together become q times what they were."""
WITNESS = {
    "alpha": "(1, 1, 1, 1, 1)",
    "r_1": f"within 1e-15 of {CENTRE[0]}",
    "elr_1": f"within 1e-15 of {CENTRE[1]}",
    "r_2, .. r_5": "from r_1 and elr_1: about -0.00160, 0.01445, -1.40308, 0.70291",
    "elr_2, .. elr_5": "about 5.008, 50.07, 161.9, 0.0691",
    "elr": "1/sum(1/elr_i), about 0.06195",
}
"""The start is a point inside the balls; the rounded numbers themselves run away from it."""

CLAIMS = ()
