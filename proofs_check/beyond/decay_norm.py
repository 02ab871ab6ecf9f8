"""The norm recursion with nothing suppressed: where it ends, how fast, and the best times.

alpha' = 1 - (1 - eta lambda)^2 and kappa'^2 = eta/(lambda (2 - eta lambda)); E(g) = kappa'^2 g^2 is rho^4 at rest.
"""

from proofs_check import (
    And,
    Claim,
    Clause,
    Form,
    Q,
    Statement,
    algebra,
    certificate,
    kernel,
    reals,
    smt,
    trial,
)
from proofs_check.beyond import decay_runs
from sitheory.theory import periodic

lr, wd, lo, hi, s, g, grad_sq = reals("lr wd lo hi s g G")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
rest = periodic.rest_norm_4(g**2, lr, wd)
slow, fast = periodic.norm_4_rates(lr, wd)
after_4 = periodic.norm_sq_next(s, g**2, lr, wd) ** 2
alpha = periodic.beta_alpha_exact(lr, wd)

ALPHA = "periodic_beta_alpha_exact lr wd"
KAPPA = "sqrt (periodic_kappa_sq_exact lr wd)"
HEAD = "forall lr wd lo hi, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < lo <= hi -> "
ATTRACTS = (
    "(forall G s, norm_run lr wd lo hi G s -> forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> "
    f"{KAPPA} * lo - eps <= s t <= {KAPPA} * hi + eps)"
)
TOP = f"periodic_norm_sq_next ({KAPPA} * lo) (hi ^ 2) lr wd"
ABSORBED = (
    "forall lr wd lo hi G s, norm_run lr wd lo hi G s -> 0 < lo -> "
    f"lo < periodic_hop_ratio ({ALPHA}) * hi -> forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> "
    f"{KAPPA} * lo - eps <= s t <= "
)
SHARP = (
    "forall lr wd lo hi s0 eps, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < lo <= hi -> 0 < s0 -> "
    f"lo < periodic_hop_ratio ({ALPHA}) * hi -> 0 < eps -> "
    "exists G s, norm_run lr wd lo hi G s /\\ s O = s0 /\\ forall N, exists t, (N <= t)%nat /\\ "
    f"s t <= {KAPPA} * lo + eps /\\ {TOP} - eps <= s (S t)"
)
hop_height = Statement(
    [*SMALL, lo > 0, hi > 0, s > 0, s**2 == periodic.rest_norm_4(lo**2, lr, wd)],
    periodic.norm_sq_next(s, hi**2, lr, wd) ** 2
    == periodic.absorbing_hop_sq(alpha, lr**2 * lo**2, lr**2 * hi**2),
)


INTERVAL = Claim(
    id="beyond:norm-interval",
    source="beyond",
    printed=Form(
        r"Let $\eta\lambda < \frac14$, $0 < \ell \le \tilde g_t \le L$. In every run $\rho_t^2$ is in "
        r"the end as near "
        r"to $[\kappa'\ell, \kappa' L]$ as one likes if "
        r"and only if $\frac{\alpha'}{1-\alpha'}L \le \ell$. Otherwise the least closed interval of "
        r"which that is "
        r"true is $\left[\kappa'\ell, "
        r"(1-\eta\lambda)^2\kappa'\ell+\frac{\eta^2L^2}{\kappa'\ell}\right]$: the "
        r"upper end holds "
        r"from some $t$ on, and from every start some run comes as near as one likes to both ends, for ever.",
        (
            kernel(
                f"{HEAD}({ATTRACTS} <-> periodic_hop_ratio ({ALPHA}) * hi <= lo)",
                "BeyondDecay.interval_iff",
                mutants=[
                    f"{HEAD}({ATTRACTS} <-> 2 * lr * wd * hi <= lo)",
                    f"{HEAD}({ATTRACTS} <-> periodic_hop_ratio ({ALPHA}) * hi < lo)",
                ],
                part="if and only if",
            ),
            kernel(
                ABSORBED + TOP,
                "BeyondDecay.absorbed",
                mutants=[
                    ABSORBED + f"{KAPPA} * hi",
                    ABSORBED.replace("exists T, forall t, (T <= t)%nat -> ", "forall t, ") + TOP,
                ],
                part="the interval absorbs",
            ),
            kernel(
                SHARP,
                "BeyondDecay.absorbing_sharp",
                mutants=[SHARP.replace(f"lo < periodic_hop_ratio ({ALPHA}) * hi -> ", "")],
                part="none smaller does",
            ),
            algebra(
                hop_height,
                mutants=[
                    hop_height.but(
                        then=periodic.norm_sq_next(s, hi**2, lr, wd) ** 2
                        == periodic.stationary_sq(alpha, lr**2 * hi**2)
                    )
                ],
                part="its upper end in closed form",
            ),
            trial(
                "descent in 2 to 8 dimensions, lr wd from 0.02 to 0.24, gradients random in [l, L] "
                "or such that "
                "runs hop from the lower end: late norms keep to the interval, and come near to both ends "
                "where it is the larger one",
                decay_runs.ends_between(),
                n=30,
                part="the interval absorbs",
                mutants=[
                    ("the condition is 3/2 alpha'/(1 - alpha') L <= l", decay_runs.ends_between(1.5)),
                    ("the condition is 3/5 alpha'/(1 - alpha') L <= l", decay_runs.ends_between(0.6)),
                ],
            ),
        ),
        clauses=(
            Clause("every run ends between the rests if and only if this", ("if and only if",)),
            Clause(
                "otherwise the larger interval absorbs all, the upper end from some t on",
                ("the interval absorbs", "its upper end in closed form"),
            ),
            Clause("from every start some run comes near to both ends, for ever", ("none smaller does",)),
        ),
        note="The paper's interval with kappa for kappa' and its condition 2 eta lambda L <= l are "
        "both a little off "
        "(periodic:prop3); where l is 0 a hop has no bound. Limits have the kernel alone.",
    ),
    needs=("periodic:eq3", "periodic:prop3", "periodic:A7-hop"),
)

RUN = "forall lr wd lo hi G s, norm_run lr wd lo hi G s -> "
REST = "periodic_rest_norm_4 ({g} ^ 2) lr wd"
LOWER = RUN + (
    f"forall t, {REST.format(g='lo')} + periodic_norm_4_rates_0 lr wd ^ {{t}} * (s O ^ 2 - "
    f"{REST.format(g='lo')}) <= s t ^ 2"
)
UPPER = RUN.replace("G s, ", "G s t, ") + (
    f"{KAPPA} * hi < s O -> {{clear}}"
    f"s t ^ 2 <= {REST.format(g='hi')} + periodic_norm_4_rates_1 lr wd ^ {{t}} * (s O ^ 2 - "
    f"{REST.format(g='hi')})"
)
CLEAR = f"(forall u, (u < t)%nat -> periodic_hop_ratio ({ALPHA}) * ({KAPPA} * hi) <= s u) -> "
below = Statement([*SMALL, g > 0, s > 0], after_4 - rest >= slow * (s**2 - rest))
above = Statement([*SMALL, g > 0, s > 0, s**2 >= rest], after_4 - rest <= fast * (s**2 - rest))
gap = Statement(SMALL, fast - slow == (lr * wd) ** 2 * (2 - lr * wd) ** 2)
at_rest = Statement([*SMALL, g > 0, s > 0], (periodic.norm_sq_next(s, g**2, lr, wd) == s) == (s**2 == rest))
elr_at_rest = Statement(
    [*SMALL, g > 0, s > 0, s**2 == rest], (lr / s) ** 2 == periodic.rest_elr_sq(g**2, lr, wd)
)
turn_at_rest = Statement(
    [*SMALL, g > 0, s > 0, s**2 == rest],
    periodic.inverse_cos_sq(s, g**2, lr, wd) * periodic.resting_cos(lr, wd) ** 2 == 1,
)
close = Statement(
    [*SMALL, g > 0], And(rest >= lr * g**2 / (2 * wd), rest <= (1 + lr * wd) * lr * g**2 / (2 * wd))
)
RATES = Claim(
    id="beyond:norm-rates",
    source="beyond",
    printed=Form(
        r"In the fourth power of $\rho$ the two sides agree to first order: with $E(g) = \frac{\eta "
        r"g^2}{\lambda(2-\eta\lambda)}$, $\ell "
        r"\le \tilde g_t \le L$, $\eta\lambda < \frac14$, from every start $\rho_t^4 - E(\ell) \ge "
        r"(1-2\alpha')^t(\rho_0^4-E(\ell))$, and from $\rho_0^2 > \kappa' L$, as long as all earlier "
        r"$\rho_s^2 \ge "
        r"\frac{\alpha'}{1-\alpha'}\kappa' L$, "
        r"$\rho_t^4 - E(L) \le (1-\eta\lambda)^{4t}(\rho_0^4-E(L))$. The two rates, both $1 - "
        r"4\eta\lambda$ to first order, "
        r"differ by $\alpha'^2$. At rest $\rho^4 = E(g)$, $\tilde\eta = \sqrt{\alpha'}/g$ and $\cos = "
        r"1-\eta\lambda$; $\frac{\eta g^2}{2\lambda} \le E(g) \le (1+\eta\lambda)\frac{\eta g^2}{2\lambda}$.",
        (
            kernel(
                LOWER.format(t="t"),
                "BeyondDecay.norm_4_lower",
                mutants=[LOWER.format(t="t").replace("rates_0", "rates_1"), LOWER.format(t="(t - 1)")],
                part="from below",
            ),
            smt(
                below,
                mutants=[below.but(then=after_4 - rest >= fast * (s**2 - rest))],
                part="from below, a step",
            ),
            kernel(
                UPPER.format(t="t", clear=CLEAR),
                "BeyondDecay.norm_4_upper",
                mutants=[
                    UPPER.format(t="t", clear=CLEAR).replace("rates_1", "rates_0"),
                    UPPER.format(t="t", clear=""),
                ],
                part="from above",
            ),
            smt(above, mutants=[above.but(without=-1)], part="from above, a step"),
            algebra(gap, mutants=[gap.but(then=fast - slow == (lr * wd) ** 2)], part="their distance"),
            smt(
                at_rest,
                mutants=[at_rest.but(then=at_rest.then.arg(0) == (s**2 == lr * g**2 / (2 * wd)))],
                part="the rest",
            ),
            algebra(
                elr_at_rest,
                mutants=[elr_at_rest.but(then=(lr / s) ** 2 == 2 * lr * wd / g**2)],
                part="its ELR",
            ),
            algebra(
                turn_at_rest,
                mutants=[turn_at_rest.but(then=periodic.inverse_cos_sq(s, g**2, lr, wd) == 1 + 2 * lr * wd)],
                part="its turn",
            ),
            certificate(
                close, mutants=[close.but(then=rest <= lr * g**2 / (2 * wd))], part="against the paper's"
            ),
            smt(close, mutants=[close.but(then=rest <= lr * g**2 / (2 * wd))], part="against the paper's"),
            trial(
                "descent in 2 to 8 dimensions, 300 steps with held and with random gradients in [l, L], "
                "lr wd from 1e-3 to 0.249: both bounds at each step, and the rest",
                decay_runs.fourth_power(),
                n=30,
                part="from below",
                mutants=[("with the two rates exchanged", decay_runs.fourth_power(True))],
            ),
        ),
        clauses=(
            Clause("the bound from below, from every start", ("from below", "from below, a step")),
            Clause("the bound from above", ("from above", "from above, a step")),
            Clause("the two rates differ by alpha'^2", ("their distance",)),
            Clause("rho^4, the ELR and the cosine at rest", ("the rest", "its ELR", "its turn")),
            Clause(
                "E(g) exceeds the paper's rest by a factor up to 1 + eta lambda", ("against the paper's",)
            ),
        ),
        note="For rho^2, which lemma 1 bounds, the two rates are 1 - 2 alpha' and 1 - alpha': times "
        "a factor 2 apart. "
        "Runs have the kernel alone, single steps the solvers too.",
    ),
    needs=("periodic:eq3", "periodic:lemma1"),
)

J_LO, J_HI = (f"periodic_jump_norm_4 ({end} ^ 2) lr wd delta" for end in ("lo", "hi"))
RUN_D = "forall lr wd lo hi delta G s, norm_run lr wd lo hi G s -> 0 < delta < 1 -> "
TIME = "periodic_time_to_level ({start} ^ 2) ({rest}) ({level}) (1 - periodic_norm_4_rates_{rate} lr wd)"
TMIN = RUN_D + (
    f"{REST.format(g='lo')} < s O ^ 2 -> {REST.format(g='lo')} < {J_HI} -> forall t, INR t <= {{time}} -> "
    "~ jumps lr wd delta G s t"
)
T_LO = TIME.format(start="s O", rest=REST.format(g="lo"), level=J_HI, rate="{rate}")
TMAX = RUN_D + (
    f"{REST.format(g='hi')} < s O ^ 2 -> {REST.format(g='hi')} < {{level}} -> forall T, {{time}} < INR T -> "
    "exists t, (t <= T)%nat /\\ jumps lr wd delta G s t"
)
T_HI = TIME.format(start="s O", rest=REST.format(g="hi"), level="{level}", rate="{rate}")
P_LO = TIME.format(start="s0", rest=REST.format(g="lo"), level="m", rate="{rate}")
PATH = "norm_path lr wd (fun _ => lo ^ 2) s0 t ^ 2"
PASSAGE = (
    "forall lr wd lo m s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo -> 0 < s0 -> "
    f"{REST.format(g='lo')} < s0 ^ 2 -> {REST.format(g='lo')} < m -> "
    f"(forall t, INR t <= {P_LO.format(rate=0)} -> m <= {PATH}) /\\ "
    f"(forall t, {P_LO.format(rate='{late}')} < INR t -> {PATH} < m)"
)
NORM_TIMES = Claim(
    id="beyond:norm-times",
    source="beyond",
    printed=Form(
        r"With $T(r; g, J) = \frac{\log(\rho_0^4-E(g))-\log(J^2-E(g))}{-\log(1-r)}$: where $\rho_0^4$ and "
        r"$J(L)^2$ exceed "
        r"$E(\ell)$, no jump comes up to $t_{\min} = T(2\alpha'; \ell, J(L))$, and with $\tilde g = \ell$ "
        r"the level is "
        r"passed by any $t > T(1-(1-\eta\lambda)^4; \ell, J(L))$; where $\rho_0^4$ and $J(\ell)^2$ exceed "
        r"$E(L)$, a jump "
        r"comes by any $t > t_{\max} = T(1-(1-\eta\lambda)^4; L, J(\ell))$.",
        (
            kernel(
                TMIN.format(time=T_LO.format(rate=0)),
                "BeyondDecay.tmin_fourth",
                mutants=[TMIN.format(time=T_LO.format(rate=0) + " + 1")],
                part="no jump before",
            ),
            kernel(
                PASSAGE.format(late=1),
                "BeyondDecay.first_passage_fourth",
                mutants=[
                    PASSAGE.format(late=0),
                    PASSAGE.format(late=1).replace("INR t <= ", "INR t - 1 <= "),
                ],
                part="none much later",
            ),
            kernel(
                TMAX.format(level=J_LO, time=T_HI.format(level=J_LO, rate=1)),
                "BeyondDecay.tmax_fourth",
                mutants=[
                    TMAX.format(level=J_LO, time=T_HI.format(level=J_LO, rate=0)),
                    TMAX.format(level=J_HI, time=T_HI.format(level=J_HI, rate=1)),
                ],
                part="a jump by then",
            ),
            trial(
                "descent in 2 to 8 dimensions with held and with random gradients in [l, L], lr wd "
                "from 0.01 to 0.24: "
                "no jump up to t_min, one by t_max, the level passed where it says",
                decay_runs.jump_times(),
                n=150,
                part="no jump before",
                mutants=[("with rho^2 in place of rho^4", decay_runs.jump_times(2))],
            ),
        ),
        clauses=(
            Clause("no jump comes up to t_min", ("no jump before",)),
            Clause("with the least gradient the level is passed by then", ("none much later",)),
            Clause("a jump comes by any t above t_max", ("a jump by then",)),
        ),
        note="The two formulas for t_min differ by a factor 1 + O(eta lambda) (beyond:norm-rates), "
        "those with rho^2 "
        "(periodic:prop2-tmin) by 2. Logarithms have the kernel alone; the steps are those of "
        "beyond:norm-rates.",
    ),
    needs=("beyond:norm-rates", "periodic:eq9"),
)

CLAIMS = (INTERVAL, RATES, NORM_TIMES)
