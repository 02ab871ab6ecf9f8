"""When delta-jumps come, exactly: without a bound on the gradient from above, and with one.

J(g)^2 is the exact level of rho^4 (``periodic:eq9``) and gamma the most by which a step without a jump can
multiply rho^2 (``theory.periodic.jumpless_growth_sq``).
"""

from proofs_check import Claim, Clause, Form, Not, Statement, kernel, reals, smt, trial
from proofs_check.beyond import decay_runs
from sitheory.theory import periodic

lr, wd, delta, s, grad_sq, lo, hi, x, y = reals("lr wd delta s G lo hi x y")
STEP = [lr > 0, wd > 0, lr * wd < 1, delta > 0, delta < 1, s > 0, grad_sq >= 0]
growth = periodic.jumpless_growth_sq(lr, wd, delta)
jump = (1 - delta) ** 2 * periodic.inverse_cos_sq(s, grad_sq, lr, wd) > 1
still = Statement(STEP, Not(jump) == (periodic.norm_sq_next(s, grad_sq, lr, wd) <= growth * s))
shrinks = Statement(STEP, (growth < 1) == (delta < lr * wd))

FREE = (
    "(forall G s, free_run lr wd lo G s -> forall N, exists t, (N <= t)%nat /\\ jump (s t) (G t) lr wd delta)"
)
RECUR = "forall lr wd lo delta, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < delta < 1 -> "
THRESHOLD = Claim(
    id="beyond:jump-threshold",
    source="beyond",
    printed=Form(
        r"Let $\eta\lambda < 1$, $0 < \delta < 1$ and $\ell > 0$. If $\delta < \eta\lambda$, "
        r"$\delta$-jumps come for "
        r"ever again in every run with $\tilde g_t \ge \ell$, however large $\tilde g_t$ gets; if "
        r"$\delta \ge \eta\lambda$, not in every such run. A "
        r"step is no jump if and only if $\rho_{t+1}^2 \le \gamma\rho_t^2$, $\gamma = "
        r"\left(\frac{1-\eta\lambda}{1-\delta}\right)^2$; $\gamma < 1$ if and only if $\delta < "
        r"\eta\lambda$.",
        (
            kernel(
                f"{RECUR}({FREE} <-> delta < lr * wd)",
                "BeyondDecay.jumps_recur_iff",
                mutants=[f"{RECUR}({FREE} <-> delta <= lr * wd)", f"{RECUR}({FREE} <-> 2 * delta < lr * wd)"],
                part="if and only if",
            ),
            kernel(
                "forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 -> "
                "(~ jump s G lr wd delta <-> "
                "periodic_norm_sq_next s G lr wd <= periodic_jumpless_growth_sq lr wd delta * s)",
                "BeyondDecay.no_jump_iff",
                mutants=[
                    "forall s G lr wd delta, 0 < lr -> lr * wd < 1 -> 0 < s -> 0 <= G -> 0 < delta < 1 -> "
                    "(~ jump s G lr wd delta <-> periodic_norm_sq_next s G lr wd <= s)"
                ],
                part="one step",
            ),
            smt(
                still,
                mutants=[still.but(then=Not(jump) == (periodic.norm_sq_next(s, grad_sq, lr, wd) <= s))],
                part="one step",
            ),
            smt(
                shrinks,
                mutants=[shrinks.but(then=(growth < 1) == (delta < 2 * lr * wd))],
                part="the threshold",
            ),
            trial(
                "descent in 2 to 8 dimensions, lr wd from 0.02 to 0.9, with constant, random, "
                "heavy-tailed and growing "
                "gradients and with the largest that make no jump: jumps come in the second half of "
                "each run if "
                "delta < lr wd, and the last of these never jumps if delta is above",
                decay_runs.jumps_recur(),
                n=12,
                part="if and only if",
                mutants=[("if delta < 3/2 lr wd", decay_runs.jumps_recur(1.5))],
            ),
            trial(
                "single steps of descent in 2 to 8 dimensions: a jump where the squared norm grows "
                "by more than gamma",
                decay_runs.growth_tells(),
                n=100,
                part="one step",
                mutants=[("by more than 9/10 of it", decay_runs.growth_tells(0.9))],
            ),
        ),
        clauses=(
            Clause(
                "below the threshold jumps come for ever again in every run, above not", ("if and only if",)
            ),
            Clause(
                "a step is no jump if and only if it multiplies the squared norm by at most gamma",
                ("one step",),
            ),
            Clause("gamma is less than 1 if and only if delta is less than eta lambda", ("the threshold",)),
        ),
        note="The paper's condition delta < eta lambda l^2/L^2 shrinks with the unknown L; neither L "
        "nor eta lambda < "
        "1/4 is needed. At delta = eta lambda a run at rest turns by exactly delta. 'For ever' has the "
        "kernel alone.",
    ),
    needs=("periodic:eq3", "periodic:eq9"),
)

RUN_TO = "((exists G s, {run} /\\ s O = s0 /\\ forall t, (t <= T)%nat -> ~ {jump}) <-> {level})"
LATEST = "forall lr wd lo delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 -> 0 < lo -> 0 < s0 -> 0 < delta < lr * wd -> "
FREE_UNTIL = LATEST + RUN_TO.format(
    run="free_run lr wd lo G s",
    jump="jump (s t) (G t) lr wd delta",
    level="periodic_jump_norm_4 ({end} ^ 2) lr wd delta <= (periodic_jumpless_growth_sq lr wd delta ^ {T} * s0) ^ 2",
)
BOUNDED = (
    "forall lr wd lo hi delta s0 T, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 -> "
    "0 < delta <= 1 / 4 -> "
)
UNTIL = BOUNDED + RUN_TO.format(
    run="norm_run lr wd lo hi G s",
    jump="jumps lr wd delta G s t",
    level="(forall t, (t <= T)%nat -> "
    "periodic_jump_norm_4 ({end} ^ 2) lr wd delta <= (lazy_path lr wd hi delta s0 t) ^ 2)",
)
lazy_step = [lr > 0, wd > 0, 4 * lr * wd < 1, delta > 0, 4 * delta <= 1, x > 0, y >= x]
lazier = Statement(
    [*lazy_step, (1 - lr * wd) ** 2 * x * y < lr**2 * hi**2],
    growth * x <= periodic.norm_sq_next(y, hi**2, lr, wd),
)


TIMES = Claim(
    id="beyond:jump-times",
    source="beyond",
    printed=Form(
        r"Let $0 < \delta < \eta\lambda$, $\ell > 0$. Without a bound above, a run from $\rho_0^2$ that "
        r"has not jumped "
        r"up to $T \ge 0$ exists if and only if $J(\ell) \le \gamma^T\rho_0^2$, "
        r"$J(\ell) = \frac{\eta\ell(1-\delta)}{(1-\eta\lambda)\sqrt{\delta(2-\delta)}}$: where "
        r"$\rho_0^2 \ge J(\ell)$ the latest first jump is at $T = "
        r"\left\lfloor\frac{\log(\rho_0^2/J(\ell))}{2\log\frac{1-\delta}{1-\eta\lambda}}\right\rfloor + "
        r"1$, else at 0. With "
        r"$\ell \le \tilde g_t \le L$, $\eta\lambda < \frac14$ and $\delta \le \frac14$, it exists if and "
        r"only if the "
        r"laziest path $x_{t+1} = \min\left(\gamma x_t, (1-\eta\lambda)^2x_t + "
        r"\frac{\eta^2L^2}{x_t}\right)$, $x_0 = "
        r"\rho_0^2$, keeps $J(\ell) \le x_t$ for $t \le T$.",
        (
            kernel(
                FREE_UNTIL.format(end="lo", T="T"),
                "BeyondDecay.latest_jump_iff",
                mutants=[FREE_UNTIL.format(end="lo", T="S T"), FREE_UNTIL.format(end="(2 * lo)", T="T")],
                part="without an upper bound",
            ),
            kernel(
                UNTIL.format(end="lo"),
                "BeyondDecay.no_jump_until_iff",
                mutants=[
                    UNTIL.format(end="hi"),
                    UNTIL.format(end="lo").replace("delta <= 1 / 4", "delta < 1"),
                ],
                part="between l and L",
                total=True,
            ),
            smt(
                lazier,
                mutants=[lazier.but(then=2 * growth * x <= periodic.norm_sq_next(y, hi**2, lr, wd))],
                part="a higher path stays higher",
            ),
            trial(
                "descent in 2 to 8 dimensions without a bound above: the run with the largest "
                "gradients that make no "
                "jump jumps first at the latest time, five random ones no later",
                decay_runs.last_chance(),
                n=150,
                part="without an upper bound",
                mutants=[("a step later", decay_runs.last_chance(1))],
            ),
            trial(
                "descent with gradients in [l, L]: the run with the largest that make no jump jumps "
                "first where the "
                "laziest path passes below the level, five near-greedy random ones no later",
                decay_runs.laziest(),
                n=150,
                part="between l and L",
                mutants=[("where the decay alone, (1 - lr wd)^2 a step, does", decay_runs.laziest(True))],
            ),
        ),
        clauses=(
            Clause("the latest first jump without a bound above, attained", ("without an upper bound",)),
            Clause(
                "between l and L the laziest path decides", ("between l and L", "a higher path stays higher")
            ),
        ),
        note="With periodic:prop2-tmin, whose first part is exact in the same sense for the earliest "
        "jump, both times "
        "of proposition 2 are known exactly. 'Some run' has the kernel alone.",
    ),
    needs=("beyond:jump-threshold", "periodic:prop2-tmin"),
)

CLAIMS = (THRESHOLD, TIMES)
