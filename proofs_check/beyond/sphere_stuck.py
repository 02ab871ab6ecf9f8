"""Below the threshold a run need not converge: five equal groups take each other's places for ever."""

from proofs_check import Claim, Clause, Form, algebra, enclosure, trial
from proofs_check.beyond.stuck_runs import LONGEST, SAID, stays
from proofs_check.regimes.below_threshold import SENTENCE, SUM, stuck
from proofs_check.regimes.stuck_branch import SAID as SAID_OF_ALL, everywhere_between

STUCK = Claim(
    id="beyond:stuck-below",
    source="beyond",
    printed=Form(
        r"Below the threshold not every start has $F \to 0$. For $n = 5$, $\alpha_i = 1$ there are $\tilde\eta$ with "
        r"$\tilde\eta\sum\alpha_i < \frac13$ (about $0.30976$) and a start with all $x_i, y_i \ne 0$ from which at "
        r"every step each group takes the next one's place, up to signs: $F > \frac65$ (about $1.2652$) is the same at "
        r"every step. For every value of $\tilde\eta\sum\alpha_i$ from $\frac15$ to $\frac34$ there is such a start, "
        r"with $F > \frac{11}{10}$.",
        (
            enclosure(
                SENTENCE.format("1/3", "6/5"),
                stuck("1/3", "6/5"),
                part="the start",
                mutants=[
                    (SENTENCE.format("3/10", "6/5"), stuck("3/10", "6/5")),
                    (SENTENCE.format("1/3", "13/10"), stuck("1/3", "13/10")),
                    ("the same with four groups", stuck("1/3", "6/5", 4)),
                ],
            ),
            enclosure(
                SAID_OF_ALL.format("1/5", "3/4"),
                everywhere_between("1/5", "3/4"),
                part="at every ELR between",
                mutants=[(SAID_OF_ALL.format("1/5", "4/5"), everywhere_between("1/5", "4/5"))],
            ),
            algebra(
                SUM,
                part="all norms together",
                mutants=[SUM.but(then=SUM.then.arg(0) == SUM.then.arg(1) ** 2)],
            ),
            trial(
                SAID.format("about 0.30976, as enclosed", LONGEST),
                stays(),
                n=4,
                part="the start",
                mutants=[(SAID.format("a thousandth more", LONGEST), stays("0.001"))],
            ),
        ),
        clauses=(
            Clause("such a start below a third of the threshold", ("the start", "all norms together")),
            Clause(
                "such a start at every value from a fifth to three quarters",
                ("at every ELR between", "all norms together"),
            ),
            Clause(
                "at every step each takes the next one's place, F stays", ("the start", "all norms together")
            ),
        ),
        note="The squared norm of all weights grows by q = 10 before each projection; then a group's r and ELR move by "
        "themselves, and Krawczyk's test encloses a point of period 5 of that map; over an interval of q it encloses a "
        "curve of such points, along which the total ELR is continuous. Balls alone: existence statements "
        "about given numbers. The run repels its neighbours: in floats it ends after some tens of steps, and F "
        "tends to 0. `python -m simulations beyond_sphere_stuck` finds others in floats, of five to "
        "twelve groups, and none below the threshold of three or four.",
    ),
    needs=("beyond:mean-field", "regimes:eq4", "regimes:eq5", "regimes:eq19"),
)

CLAIMS = (STUCK,)
