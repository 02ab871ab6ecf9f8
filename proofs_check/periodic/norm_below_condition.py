"""Appendix A.7: what remains of proposition 3 when 0 < l < 2 eta lambda L, with nothing suppressed."""

from proofs_check import (
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Process,
    Q,
    Statement,
    algebra,
    certificate,
    induction,
    kernel,
    reals,
    root,
    smt,
)
from proofs_check.attacks import norms, sequences
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic

lr, wd, lo, hi, s, grad_sq, c = reals("lr wd lo hi s G c")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
BELOW = [lo > 0, lo < 2 * lr * wd * hi]
GRADIENT = [lo**2 <= grad_sq, grad_sq <= hi**2]
kappa, is_kappa = root(periodic.kappa_sq(lr, wd), "kappa")
exact, is_exact = root(periodic.kappa_sq_exact(lr, wd), "kappa_x")
alpha = periodic.beta_alpha_exact(lr, wd)
hop = periodic.hop_ratio(alpha)
after = periodic.norm_sq_next(s, grad_sq, lr, wd)
after_hi = periodic.norm_sq_next(s, hi**2, lr, wd)

RUN = "forall lr wd lo hi G s, norm_run lr wd lo hi G s -> "
FROM_SOME_T = "exists T, forall t, (T <= t)%nat -> "
KAPPA, EXACT = "sqrt (periodic_kappa_sq lr wd)", "sqrt (periodic_kappa_sq_exact lr wd)"

stays = Process([s], [after], [*SMALL, *BELOW, *GRADIENT, is_kappa], [s >= kappa * lo], [s >= kappa * lo])
LOWER = Claim(
    id="periodic:A7-lower",
    source="periodic A.7",
    printed=Form(
        r"If $0 < \ell < 2\eta\lambda L$, then $\kappa\ell \le \rho_t^2$ for every large $t$.",
        (
            kernel(
                RUN + f"0 < lo -> {FROM_SOME_T}{KAPPA} * lo <= s t",
                "Equilibrium.proposition3_lower",
                mutants=[
                    RUN + f"0 < lo -> {FROM_SOME_T}{EXACT} * lo <= s t",
                    RUN + f"0 < lo -> forall t, {KAPPA} * lo <= s t",
                ],
                part="from some step on",
            ),
            induction(
                stays,
                mutants=[
                    Process(
                        [s], [after], [*SMALL, grad_sq >= 0, lo > 0, is_kappa], stays.start, stays.invariant
                    )
                ],
                part="and never below again",
            ),
            searched(
                norms.A7_LOWER_NEVER_BELOW_KAPPA_L_AGAIN,
                wrong=[norms.A7_LOWER_NEVER_BELOW_2_KAPPA_L_AGAIN],
                part="and never below again",
            ),
        ),
        note="True on (1) in finite time and from every start, because the exact level kappa' l lies above "
        "kappa l; the assumption l < 2 eta lambda L is not needed. For the level kappa' l itself, as for "
        "alpha = 2 "
        "eta lambda, it holds in the limit only (Beta.lower_never_from_below). 'From some step on' has the "
        "kernel alone: no other engine here decides 'eventually'.",
        clauses=(
            Clause("it is reached", ("from some step on",)),
            Clause("it is never left again", ("and never below again",)),
        ),
    ),
    needs=("periodic:eq3", "periodic:lemma2.1"),
)

# eta = 2 lambda k^2, so that kappa = k is rational wherever eta and lambda are.
k = reals("k")[0]
lr_k = 2 * wd * k**2
hops = Statement(
    [wd > 0, k > 0, lr_k * wd < Q(1, 4), hi > 0, s > 0, s < k * hi, s < 2 * lr_k * wd * hi],
    periodic.norm_sq_next(s, hi**2, lr_k, wd) > k * hi,
)
level = Statement(
    [*SMALL, hi > 0, s > 0, is_exact, s <= exact * hi], (after_hi > exact * hi) == (s < hop * exact * hi)
)
best = Statement([*SMALL, s > 0, grad_sq <= hi**2], after <= after_hi)
kappa_sq_scaled = periodic.kappa_sq_exact(c**2 * lr, wd / c**2)
scales = Statement([*SMALL, c > 0], kappa_sq_scaled == c**4 * periodic.kappa_sq_exact(lr, wd))
COQ_LEVEL = (
    "forall lr wd hi, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < hi -> "
    f"forall x, 0 < x <= {EXACT} * hi -> ((exists gt, 0 <= gt <= hi /\\ "
    f"periodic_norm_sq_next x (gt ^ 2) lr wd > {EXACT} * hi) <-> x < "
)
COQ_HOPS = (
    "forall lr wd hi x, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 < hi -> 0 < x < 2 * lr * wd * hi -> "
    f"x < {KAPPA} * hi -> exists gt, 0 <= gt <= hi /\\ periodic_norm_sq_next x (gt ^ 2) lr wd > {KAPPA} * hi"
)
REFUTED_HOP = """ltac:(intro H; destruct Equilibrium.A7_hop_printed_refuted as
  (lr & wd & hi & x & Hl & Hw & Hp & Hh & Hx & Hk & N);
  destruct (H lr wd hi x Hl Hw Hp Hh Hx Hk) as (gt & Hg & J); specialize (N gt Hg); lra)"""
HOP = Claim(
    id="periodic:A7-hop",
    source="periodic A.7",
    printed=Form(
        r"If $\rho_t^2$ falls below $2\eta\lambda L$, it can hop over $\kappa L$: some $\tilde g_t \le L$ "
        r"makes "
        r"$\rho_{t+1}^2 > \kappa L$.",
        (
            smt(hops, mutants=[hops.but(given=[*hops.given[:-1], s < 4 * lr_k * wd * hi])]),
            kernel(
                COQ_HOPS,
                REFUTED_HOP,
                mutants=[
                    COQ_HOPS.replace("0 < x < 2 * lr * wd * hi -> ", "0 < x -> x < lr * wd * hi / 100 -> ")
                ],
                refutes={"eta": "1/8", "lambda": "1", "L": "1", "rho_t^2": "1/5", "kappa": "1/4"},
            ),
            searched(norms.A7_HOP_AS_PRINTED, wrong=[norms.A7_HOP_BELOW_4_ETA_LAMBDA_L]),
        ),
        note="The level lacks a factor: it does not scale with (x_0, eta, lambda) -> (c x_0, c^2 eta, "
        "lambda/c^2) as "
        "rho^2 does (proposition 4). So it is too high where kappa is small, which refutes the sentence, "
        "and too "
        "low where kappa is large: at eta = 2, lambda = 1/16, L = 1 the norm hops from rho^2 = 1 "
        "(Equilibrium."
        "A7_hop_above_printed).",
        failure=Failure(
            Kind.MISPRINT,
            "the level lacks kappa: 2 eta lambda L is no squared norm",
            "eta = 1/4, lambda = 1/2, kappa = 1/2, hi = 3/2: rho_t^2 = 1/3 is below 2 eta lambda "
            "hi = 3/8, yet with the largest gradient, hi, rho_{t+1}^2 = 65/96, not above kappa hi = 3/4",
        ),
    ),
    amended=Form(
        r"From below, $\rho_t^2$ can hop over $\kappa' L$ if and only if $\rho_t^2 < "
        r"\frac{\alpha'}{1-\alpha'}\kappa' L$, with "
        r"$\alpha' = 1-(1-\eta\lambda)^2$, $\kappa'^2 = \frac{\eta}{\lambda(2-\eta\lambda)}$: to first "
        r"order, below "
        r"$2\eta\lambda\,\kappa L$. This level scales as $\rho^2$ does.",
        (
            smt(
                level,
                mutants=[level.but(then=(after_hi > exact * hi) == (s < 2 * lr * wd * exact * hi))],
                part="the level",
            ),
            kernel(
                COQ_LEVEL + f"periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * ({EXACT} * hi))",
                "Equilibrium.A7_hop_level",
                mutants=[COQ_LEVEL + "2 * lr * wd * hi)", COQ_LEVEL + f"2 * lr * wd * ({EXACT} * hi))"],
                part="the level",
            ),
            smt(best, mutants=[best.but(then=after < after_hi)], part="L hops if any gradient does"),
            certificate(best, mutants=[best.but(without=4)], part="L hops if any gradient does"),
            algebra(
                scales,
                mutants=[scales.but(then=kappa_sq_scaled == c**2 * periodic.kappa_sq_exact(lr, wd))],
                part="the scale",
            ),
            searched(
                norms.A7_HOP_EXACT_LEVEL,
                wrong=[
                    norms.A7_HOP_EXACTLY_BELOW_2_ETA_LAMBDA_KAPPA_PRIME_L,
                    norms.A7_HOP_2_ETA_LAMBDA_KAPPA_L_IS_HOP_LEVEL_EXACT_RECURSION,
                ],
                part="the level",
            ),
        ),
        clauses=(
            Clause(
                "it can hop if and only if it is below this level",
                (
                    "the level",
                    "L hops if any gradient does",
                ),
            ),
            Clause("the level scales as rho^2 does", ("the scale",)),
        ),
    ),
    needs=("periodic:eq3", "periodic:13d"),
)

bound = periodic.norm_sq_next(kappa * lo, hi**2, lr, wd)
INSIDE = [s >= kappa * lo, s <= bound]
bounded = Process([s], [after], [*SMALL, *BELOW, *GRADIENT, is_kappa], INSIDE, INSIDE)
TOP = "periodic_norm_sq_next (sqrt (periodic_kappa_sq lr wd) * lo) (hi ^ 2) lr wd"
CONDITION = "0 < lo < 2 * (lr * wd) * hi -> "
UPPER = Claim(
    id="periodic:A7-upper",
    source="periodic A.7",
    printed=Form(
        r"If $0 < \ell < 2\eta\lambda L$, then $\rho_t^2 \le (1-\eta\lambda)^2\kappa\ell + "
        r"\frac{\eta^2L^2}{\kappa\ell}$ for every "
        r"large $t$.",
        (
            kernel(
                RUN + CONDITION + FROM_SOME_T + f"s t <= {TOP}",
                "NormMore.A7_upper_printed",
                mutants=[
                    RUN + CONDITION + f"forall t, s t <= {TOP}",
                    RUN + CONDITION + FROM_SOME_T + f"s t <= {TOP} / 2",
                ],
                part="from some step on",
            ),
            induction(
                bounded,
                mutants=[
                    Process(
                        [s],
                        [after],
                        [*SMALL, *BELOW, *GRADIENT, is_kappa],
                        [*INSIDE[:1], s <= kappa * hi],
                        [*INSIDE[:1], s <= kappa * hi],
                    )
                ],
                part="and never above again",
            ),
            searched(
                norms.A7_UPPER_NEVER_ABOVE_HOP_AGAIN,
                wrong=[norms.A7_UPPER_NEVER_ABOVE_KAPPA_L_AGAIN],
                part="and never above again",
            ),
            searched(
                sequences.A7_UPPER_EXACT_INTERVAL_IS_KEPT,
                wrong=[sequences.A7_UPPER_INTERVAL_WITHOUT_HOP_IS_KEPT],
                part="and never above again",
            ),
        ),
        note="True on (1), with the printed mixture of an exact factor and the approximate kappa, because "
        "kappa < "
        "kappa' makes the bound larger. From a large start it holds after finitely many steps, not before "
        "(Equilibrium.A7_upper_all_t_refuted). 'From some step on' has the kernel alone.",
        clauses=(
            Clause("it is reached", ("from some step on",)),
            Clause("it is never left again", ("and never above again",)),
        ),
    ),
    needs=("periodic:A7-lower", "periodic:13e"),
)

returns = Statement(
    [*SMALL, hi > 0, s**2 > periodic.kappa_sq(lr, wd) * hi**2, s > 0],
    after_hi < s,
)
contracts = Statement(
    [*SMALL, hi > 0, is_exact, s >= exact * hi, grad_sq >= 0, grad_sq <= hi**2],
    after - exact * hi <= (1 - lr * wd) ** 2 * (s - exact * hi),
)
STEP_BACK = RUN + (
    f"forall t, s t >= {EXACT} * hi -> s (S t) - {EXACT} * hi <= {{keep}} ^ 2 * (s t - {EXACT} * hi)"
)
STEPS_BACK = """ltac:(intros lr wd lo hi G s R t H;
  pose proof (Beta.A7_attraction _ _ _ _ _ (NormMore.run_is_beta _ _ _ _ _ _ R) t) as A;
  destruct R as (Hl & Hw & Hp & Hlo & _); rewrite NormMore.star_is_kappax in A by lra;
  replace ((1 - lr * wd) ^ 2) with (1 - periodic_beta_alpha_exact lr wd)
    by (unfold periodic_beta_alpha_exact; ring);
  apply A; exact H)"""
HOPS_AGAIN = (
    "forall lr wd lo hi s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 -> lo < {level} "
    "* hi -> "
    "exists G s margin, norm_run lr wd lo hi G s /\\ s O = s0 /\\ 0 < margin /\\ "
    f"forall N, exists t, (N <= t)%nat /\\ {EXACT} * hi + margin <= s t"
)
HOP_COQ = "periodic_hop_ratio (periodic_beta_alpha_exact lr wd)"
ATTRACTION = Claim(
    id="periodic:A7-attraction",
    source="periodic A.7",
    printed=Form(
        r"Once $\rho_t^2$ exceeds $\kappa L$, it immediately starts converging to it again: $\rho_{t+1}^2 < "
        r"\rho_t^2$. "
        r"So $[\kappa\ell, \kappa L]$ stays the interval of attraction.",
        (
            smt(returns, mutants=[returns.but(then=after_hi < (1 - lr * wd) * s)], part="the step back"),
            searched(
                norms.A7_ATTRACTION_STEP_BACK_FROM_KAPPA_L,
                wrong=[norms.A7_ATTRACTION_STEP_BACK_FROM_KAPPA_L_2],
                part="the step back",
            ),
        ),
        note="Between kappa L and kappa' L the norm can go on growing. With kappa' for kappa the step back "
        "is true "
        "and the conclusion is not: hops recur.",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
        clauses=(
            Clause("the step after an excess goes back", ("the step back",)),
            Clause(
                "the interval stays the interval of attraction",
                why="no definition is printed; the amended form gives the interval that attracts",
            ),
        ),
    ),
    amended=Form(
        r"Once $\rho_t^2 \ge \kappa' L$, $\rho_{t+1}^2 - \kappa' L \le (1-\eta\lambda)^2(\rho_t^2 - \kappa' "
        r"L)$. But if $\ell < "
        r"\frac{\alpha'}{1-\alpha'}L$, in particular if $\ell < 2\eta\lambda L$, then from every start some "
        r"run exceeds "
        r"$\kappa' L$ by a fixed margin for infinitely many $t$: $[\kappa'\ell, \kappa' L]$ does not "
        r"attract. What does is "
        r"$\left[\kappa\ell, (1-\eta\lambda)^2\kappa\ell + \frac{\eta^2L^2}{\kappa\ell}\right]$ (the two "
        r"claims above).",
        (
            smt(
                contracts,
                mutants=[contracts.but(then=after - exact * hi <= (1 - 2 * lr * wd) * (s - exact * hi))],
                part="the step back",
            ),
            kernel(
                STEP_BACK.format(keep="(1 - lr * wd)"),
                STEPS_BACK,
                mutants=[STEP_BACK.format(keep="(1 - 2 * lr * wd)")],
                part="the step back",
            ),
            kernel(
                HOPS_AGAIN.format(level=HOP_COQ),
                "NormMore.hop_forever",
                mutants=[HOPS_AGAIN.format(level=f"2 * {HOP_COQ}")],
                part="hops recur",
            ),
            searched(
                norms.A7_ATTRACTION_STEP_BACK_FROM_KAPPA_PRIME_L,
                wrong=[norms.A7_ATTRACTION_STEP_BACK_FROM_KAPPA_PRIME_L_2],
                part="the step back",
            ),
        ),
        note="The adversary's run has the kernel alone.",
        clauses=(
            Clause("from above a step shrinks the distance", ("the step back",)),
            Clause("under the other condition some run exceeds it again and again", ("hops recur",)),
        ),
    ),
    needs=("periodic:eq3", "periodic:A7-lower", "periodic:A7-upper"),
)

CLAIMS = (LOWER, HOP, UPPER, ATTRACTION)
