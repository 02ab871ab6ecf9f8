"""The averaged system of the edge, y'' = 1 - e^y: its period and the mean of p^2."""

from proofs_check import Claim, Clause, Form, Statement, algebra, kernel, reals, trial
from proofs_check.beyond import edge_runs

ORBIT = "forall y p, BeyondEdge.orbit y p -> "
MEAN = ORBIT + (
    "forall T, BeyondEdge.period y p T -> RInt (fun s => p s ^ 2) 0 T <= {share}BeyondEdge.energy y p 0 * T"
)
ARCS = ORBIT + (
    "forall a b c, a < b < c -> y a = 0 -> y b = 0 -> y c = 0 -> (forall s, a < s < b -> y s < 0) -> "
    "(forall s, b < s < c -> 0 < y s) -> p c = p a /\\ "
    "2 * PI <= c - a <= {most} * PI + 2 * sqrt (2 * BeyondEdge.energy y p 0)"
)
PERIOD = ORBIT + ("forall T, BeyondEdge.period y p T -> 0 < BeyondEdge.energy y p 0 -> {least} * PI <= T")
ABOVE = ORBIT + (
    "forall a b, a < b -> y a = 0 -> y b = 0 -> (forall s, a < s < b -> 0 < y s) -> b - a <= {most}PI"
)
CHICONE = "forall y, 0 <= (exp y - 1) * (exp y + 5) - ({four} * exp y + 2) * y"
y, s = reals("y s")
V, V1, V2 = s - 1 - y, s - 1, s
chicones = 6 * V * V2**2 - 3 * V1**2 * V2 - 2 * V * V1 * V2
criterion = Statement([], chicones == s * ((s - 1) * (s + 5) - (4 * s + 2) * y))

ORBITS = Claim(
    id="beyond:edge-period",
    source="beyond",
    printed=Form(
        r"On every orbit of $y'' = 1-e^y$ of energy $E > 0$, $p = y'$: $\overline{p^2} \le E$ over a period; every "
        r"period is at least $2\pi$ long in $s$; from one downward crossing of $y = 0$ to the next, when $p$ is again "
        r"what it was, at most $2\pi+2\sqrt{2E}$ passes, and of that at most $\pi$ where $y > 0$.",
        (
            kernel(
                MEAN.format(share=""),
                "BeyondEdgePeriod.kinetic_below",
                mutants=[MEAN.format(share="1 / 2 * ")],
                part="the mean of p^2",
                total=True,
            ),
            kernel(
                PERIOD.format(least="2"),
                "BeyondEdgePeriod.period_lower",
                mutants=[PERIOD.format(least="3")],
                part="the least length",
            ),
            kernel(
                ARCS.format(most="2"),
                "BeyondEdgePeriod.least_period",
                mutants=[ARCS.format(most="1")],
                part="from crossing to crossing",
                total=True,
            ),
            kernel(
                ABOVE.format(most=""),
                "BeyondEdgePeriod.upper_arc",
                mutants=[ABOVE.format(most="1 / 2 * ")],
                part="above",
            ),
            trial(
                "forty orbits at a time by leapfrog, lowest points from -0.1 to -40: mean of p^2, period, time above 0",
                edge_runs.periods(),
                n=3,
                part="the mean of p^2",
                mutants=[("the mean of p^2 is at most 9/10 of E", edge_runs.periods(0.9))],
            ),
        ),
        clauses=(
            Clause("the mean of p^2 is at most E", ("the mean of p^2",)),
            Clause("every period is at least 2 pi long", ("the least length",)),
            Clause(
                "from one downward crossing to the next at most 2 pi + 2 sqrt(2E)",
                ("from crossing to crossing",),
            ),
            Clause("at most pi of it where y > 0", ("above",)),
        ),
        note="The mean: E - p^2 differs from (6V - 3yV' + VV')/6, V = e^y - 1 - y, by a total derivative, and that is "
        "never negative. The least length: Wirtinger's inequality for p, with the mean of p'^2 equal to that of p^2. "
        "The arcs: Sturm's comparison, below 0 in the time s - p. That crossings of y = 0 alternate, so that one "
        "downward crossing to the next is the least period, is classical. In steps of descent s = t sqrt(8 eta_in).",
    ),
    needs=("beyond:edge-energy",),
)
GROWS = Claim(
    id="beyond:edge-period-grows",
    source="beyond",
    printed=Form(
        r"The period of $y'' = 1-e^y$ grows with $E$; $V = e^y-1-y$ has $6VV''^2-3V'^2V''-2VV'V''' \ge 0$, which is "
        r"Chicone's condition for it.",
        (
            algebra(
                criterion,
                mutants=[criterion.but(then=chicones == s * V1)],
                part="the condition in e^y",
            ),
            kernel(
                CHICONE.format(four=4),
                "BeyondEdgePeriod.chicone",
                mutants=[CHICONE.format(four=5)],
                part="the condition",
            ),
            trial(
                "forty orbits at a time by leapfrog, in the order of their lowest points from -0.3 to -40",
                edge_runs.periods_grow(),
                n=3,
                part="periods",
                mutants=[("the period is the same", edge_runs.periods_grow(False))],
            ),
        ),
        clauses=(
            Clause("the period grows with E", ("periods",)),
            Clause("Chicone's condition holds", ("the condition in e^y", "the condition")),
        ),
        note="That the condition makes the period grow is Chicone's theorem (1987), which no engine here restates.",
    ),
    needs=("beyond:edge-period",),
)

CLAIMS = (ORBITS, GROWS)
