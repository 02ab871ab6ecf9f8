"""One group on the sphere: where every start ends, which starts are exceptions, and how fast it goes.

With K = alpha * elr everything depends on r = x/y and K alone, and all follows from one exact law: a step
multiplies the distance to the level by (1 - ESS^2)/(1 + ESS^2) [regimes:prop2.2].
"""

from proofs_check import And, Claim, Clause, Form, Statement, algebra, certificate, kernel, reals, smt, trial
from proofs_check.beyond import toy_runs
from proofs_check.regimes.one_group import KNOWN, alpha, elr, r
from proofs_check.regimes.one_group_runs import SUBLINEAR
from sitheory.theory import regimes

FOR_RUNS = "forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> "
RUN = "circle_run alpha lr (x0, y0)"
ON_CIRCLE = "x0 ^ 2 + y0 ^ 2 = 1 -> "
LOSS = f"fun t => circle_loss alpha ({RUN} t)"
ENDS = (
    FOR_RUNS + ON_CIRCLE + f"let f := {LOSS} in (y0 = 0 -> forall t, f t = alpha) /\\ "
    "(y0 <> 0 -> x0 = 0 -> forall t, f t = 0) /\\ (y0 <> 0 -> alpha * lr <= {} -> is_lim_seq f 0) /\\ (y0 "
    "<> 0 -> x0 <> 0 -> 1 < alpha * lr -> is_lim_seq f (regimes_level alpha lr) \\/ exists T, forall t, (T "
    "<= t)%nat -> f t = 0)"
)
CLASSIFICATION = Claim(
    id="beyond:one-group",
    source="beyond",
    printed=Form(
        r"Let $K = \alpha\tilde\eta > 0$. From every start of $f_\alpha$ on the circle: the value stays at "
        r"$\alpha$ if $y_0 = 0$ and at 0 if $x_0 = 0$; it tends to 0 if $K \le 1$ and $y_0 \ne 0$; if $K > "
        r"1$ and $x_0, y_0 \ne 0$, it tends to $\frac12(\alpha - 1/\tilde\eta)$ or is exactly 0 from some "
        r"step on.",
        (
            kernel(ENDS.format(1), "BeyondSphere.classification", mutants=[ENDS.format(2)]),
            trial(
                "8,000 steps from random starts, some on the axes, K from 0.02 to 20 and 1, 1/2, "
                "sqrt 2 among them: "
                "f/alpha within 1e-3 of its limit",
                toy_runs.classification(),
                n=3,
                mutants=[("it tends to 0 up to K = 1.3", toy_runs.classification(1.3))],
            ),
        ),
        note="Limits from every start: the kernel alone. No start is left out; which ones reach 0 exactly "
        "is beyond:landing.",
    ),
    needs=("regimes:eq19", "regimes:prop2.1", "regimes:prop2.2", "regimes:remark1"),
)

after = reals("after")[0]
LANDING = [*KNOWN, 2 * alpha * elr > 1]
above = regimes.landing_ratio_sq(alpha, elr)
next_r = regimes.ratio_next(alpha, elr, r)
lands = Statement([*LANDING, r != 0], (next_r == 0) == (r**2 == above))
never_again = Statement([*LANDING, r**2 < above], next_r**2 < above)
cubic = Statement([*LANDING], (regimes.landing_equation(alpha, elr, r, after) == 0) == (next_r == after))
further = Statement([*LANDING, r > 0, next_r > 0], And(r**2 > above, r > (1 + 2 * alpha * elr) * next_r))
STARTS = (
    "forall alpha lr, 0 < alpha -> 0 < lr -> 1 < {} * alpha * lr -> exists start : nat -> R, start O = "
    "sqrt (regimes_landing_ratio_sq alpha lr) /\\ (forall t, (1 + 2 * alpha * lr) * start t < start (S t) "
    "/\\ forall r, 0 < r -> (regimes_landing_equation alpha lr r (start t) = 0 <-> r = start (S t))) /\\ "
    "forall x0 y0, x0 <> 0 -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> forall t, "
    f"((fst ({RUN} t) <> 0 /\\ fst ({RUN} (S t)) = 0) <-> Rabs (x0 / y0) = start t)"
)
LANDING_STARTS = Claim(
    id="beyond:landing",
    source="beyond",
    printed=Form(
        r"For $K = \alpha\tilde\eta > \frac12$ the starts that reach the minimum in finite time are one "
        r"increasing sequence $|r| = \ell_1 < \ell_2 < \dots$, $r = x/y$: exactly $\ell_m$ reaches it in "
        r"exactly $m$ steps. $\ell_1 = \sqrt{2K-1}$, and $\ell_{m+1}$ is the only positive root of $\ell^3 "
        r"- (1+2K)\,\ell_m \ell^2 - (2K-1)\,\ell - \ell_m = 0$; $\ell_{m+1} > (1+2K)\,\ell_m$.",
        (
            smt(lands, part="the last step", mutants=[lands.but(without=3)]),
            smt(never_again, part="below", mutants=[never_again.but(without=3)]),
            smt(cubic, part="the cubic", mutants=[cubic.but(then=(next_r == after) == (r == after))]),
            smt(further, part="the steps before", mutants=[further.but(without=3)]),
            certificate(further, part="the steps before", mutants=[further.but(without=3)]),
            kernel(
                STARTS.format(2),
                "BeyondSphere.landing_starts",
                part="all of them",
                mutants=[STARTS.format(3)],
            ),
            trial(
                "20,000 starts in a row, K from 0.52 to 20: x changes its sign after m <= 5 steps at "
                "l_1, ..., l_m and "
                "nowhere else, and each cubic has one positive root, above (1 + 2K) times the last",
                toy_runs.landings(),
                n=20,
                part="all of them",
                mutants=[("9/10 (2K - 1) in the cubic", toy_runs.landings(0.9))],
            ),
        ),
        clauses=(
            Clause(
                "the landing starts are one sequence, l_m in exactly m steps",
                ("all of them", "below", "the steps before"),
            ),
            Clause("l_1 = sqrt(2K - 1)", ("the last step", "all of them")),
            Clause("the cubic and its only positive root", ("the cubic", "all of them")),
            Clause("they grow by more than 1 + 2K", ("the steps before", "all of them")),
        ),
        note="Once |r| < l_1 it stays below and never lands; above it a step shrinks |r| and keeps its "
        "sign. So there is no tree of preimages: one start for each number of steps. At K <= 1/2 none "
        "lands.",
    ),
    needs=("regimes:eq19", "beyond:one-group"),
)

CYCLES = (
    "forall alpha elr r p, 0 < alpha -> 0 < elr -> {} -> ratio_orbit alpha elr r p ^ 2 = r ^ 2 -> r = 0 "
    "\\/ (1 < alpha * elr /\\ r ^ 2 = regimes_fixed_ratio_sq alpha elr)"
)
ess_sq = elr**2 * regimes.ratio_eff_grad_sq(alpha, r**2)
shrinks = Statement([*KNOWN, r != 0], abs(regimes.gap_factor(ess_sq)) < 1)
NO_CYCLES = Claim(
    id="beyond:no-cycles",
    source="beyond",
    printed=Form(
        r"The map of $|r|$ has no cycle: for every $K > 0$ and every period $p \ge 1$, $|r^{(p)}| = "
        r"|r^{(0)}|$ only if $r^{(0)} = 0$ or, with $K > 1$, $r^{(0)} = \pm r^*$, "
        r"$(r^*)^2 = \frac{K-1}{K+1}$. In particular no "
        r"2-cycle, however large $\tilde\eta$.",
        (
            smt(shrinks, part="the distance shrinks", mutants=[shrinks.but(without=2)]),
            kernel(
                CYCLES.format("(0 < p)%nat"),
                "BeyondSphere.no_cycles",
                part="every period",
                mutants=[CYCLES.format("(0 <= p)%nat")],
                total=True,
            ),
            trial(
                "K from 0.02 to 200, 400 starts: for each p < 80 |r| after p steps is above its "
                "start below r*, and "
                "below it above",
                toy_runs.cycles(),
                n=4,
                part="every period",
                mutants=[("with the fixed point of 11/10 K in place of r*", toy_runs.cycles(1.1))],
            ),
        ),
        clauses=(Clause("no cycle of any period", ("every period", "the distance shrinks")),),
        note="r itself has the 2-cycle r*, -r* for every K > 1: the value is the same in both. y_0 = 0 has "
        "no r.",
    ),
    needs=("regimes:prop2.2",),
)

level = regimes.level(alpha, elr)
value = regimes.ratio_loss(alpha, r**2)
value_next = regimes.ratio_loss(alpha, next_r**2)
half = Statement([*KNOWN, 2 * alpha * elr == 1], next_r == r**3 / (1 + 2 * r**2))
root_two = Statement(
    [*KNOWN, alpha**2 * elr**2 == 2],
    value_next - level == -8 * (value - level) ** 2 * (alpha - value - level) / (alpha**2 * (1 + ess_sq)),
)
turn = regimes.turn_cos(alpha * elr)
in_between = Statement(
    [*KNOWN, alpha * elr > 1], And(turn > -1, turn < 1, (turn > 0) == (alpha**2 * elr**2 < 2))
)
TO_LEVEL = (
    FOR_RUNS
    + "y0 <> 0 -> "
    + ON_CIRCLE
    + f"1 < alpha * lr -> (forall t, fst ({RUN} t) <> 0) -> let f := {LOSS} in "
    "exists q, (forall t, f (S t) - regimes_level alpha lr = (f t - regimes_level alpha lr) * q t) /\\ "
    "is_lim_seq q (regimes_turn_cos ({}alpha * lr))"
)
TO_ZERO = (
    FOR_RUNS
    + "y0 <> 0 -> "
    + ON_CIRCLE
    + "alpha * lr <= 1 -> exists q, (forall t, run_ratio alpha lr (x0, y0) (S t) = "
    "run_ratio alpha lr (x0, y0) t * q t) /\\ is_lim_seq q (1 - {} * (alpha * lr))"
)
LEVEL_RATE = Claim(
    id="beyond:level-rate",
    source="beyond",
    printed=Form(
        r"From every start with $x_0, y_0 \ne 0$ that does not land, the exact rates are: for $K > 1$ "
        r"the distance to the level "
        r"is multiplied by $q_t \to 2/K^2 - 1$, for $K \le 1$ the ratio $r$ by $q_t \to 1 - 2K$ (the value "
        r"by its square). So it is linear except at $K = 1$ (like $1/t$), $K = \frac12$ (cubic: $r' = "
        r"r^3/(1+2r^2)$) and $K = \sqrt2$ (quadratic), and monotone near the level if and only if $K < "
        r"\sqrt2$.",
        (
            kernel(
                TO_LEVEL.format(""),
                "BeyondSphere.level_rate",
                part="K > 1",
                mutants=[TO_LEVEL.format("2 * ")],
            ),
            kernel(
                TO_ZERO.format(2),
                "BeyondSphere.ratio_rate",
                part="K <= 1",
                mutants=[TO_ZERO.format(3)],
                total=True,
            ),
            algebra(half, part="K = 1/2", mutants=[half.but(then=next_r == r**3)]),
            algebra(root_two, part="K = sqrt 2", mutants=[root_two.but(then=value_next == level)]),
            smt(in_between, part="its sign", mutants=[in_between.but(given=KNOWN)]),
            kernel(
                SUBLINEAR.format(8),
                "RegimesMore.remark1_sublinear",
                part="K = 1",
                mutants=[SUBLINEAR.format(9)],
                total=True,
            ),
            trial(
                "runs of 3,000 steps, K from 0.05 to 8 and 1/2, 1, sqrt 2 among them: the factors of "
                "each step near the "
                "limit, their sign, and the 1/t",
                toy_runs.one_group_rates(),
                n=2,
                part="K > 1",
                mutants=[("2/K - 1 above the threshold", toy_runs.one_group_rates(1))],
            ),
        ),
        clauses=(
            Clause("above the threshold the distance is multiplied by 2/K^2 - 1 in the limit", ("K > 1",)),
            Clause("below it the ratio by 1 - 2K", ("K <= 1",)),
            Clause("like 1/t at K = 1", ("K = 1",)),
            Clause("cubic at K = 1/2", ("K = 1/2",)),
            Clause("quadratic at K = sqrt 2", ("K = sqrt 2",)),
            Clause("monotone near the level if and only if K < sqrt 2", ("its sign", "K > 1")),
        ),
        note="The best total ELR of one group above its threshold is sqrt(2)/alpha: there the local rate "
        "is 0.",
    ),
    needs=("beyond:one-group", "beyond:landing", "regimes:remark1"),
)

CLAIMS = (CLASSIFICATION, LANDING_STARTS, NO_CYCLES, LEVEL_RATE)
