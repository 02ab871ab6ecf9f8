"""beyond:second-attractor: the cycle that ``regimes.attracting_cycle`` encloses by balls."""

from proofs_check import Claim, Form, enclosure, trial
from proofs_check.beyond import toy_runs
from proofs_check.regimes.attracting_cycle import CENTRE, cycle

SENTENCE = (
    "K = {}, weights 1/3, 2/3: a cycle of least period {} within 1e-10 of (c_1, c_2, a_1) = "
    f"({', '.join(CENTRE)}), multipliers inside the circle"
)
SECOND = Claim(
    id="beyond:second-attractor",
    source="beyond",
    printed=Form(
        r"The equilibrium (9) is not the only attractor below $K = \sqrt3$: for $\alpha = (1, 2)$ and "
        r"$\tilde\eta = \frac{29}{60}$ ($K = \frac{29}{20}$) there is an attracting cycle of period 4 of "
        r"the ELRs and the $|r_i|$, at $(c_1, c_2, a_1) \approx (1.3631, 0.9661, 1.4363)$.",
        (
            enclosure(
                SENTENCE.format("29/20", 4),
                cycle("29/20"),
                mutants=[
                    (SENTENCE.format("7/5", 4), cycle("7/5")),
                    (SENTENCE.format("29/20", 2), cycle("29/20", 2)),
                ],
            ),
            trial(
                "20 starts within some 3e-3 of the point: after 12,000 steps of the toy function all "
                "are on a cycle of "
                "period 4 through it",
                toy_runs.four_cycle(),
                n=2,
                mutants=[("at K = 1.35", toy_runs.four_cycle(1.35))],
            ),
        ),
        note="Balls alone: an existence statement about given numbers. Krawczyk's test and Jury's "
        "conditions; the theory's own step runs on the balls. At K = 7/5, below the resonance at sqrt(2), "
        "runs from nearby come to rest in (9).",
    ),
    needs=("beyond:mean-field",),
)

CLAIMS = (SECOND,)
