"""Where the norm ends: proposition 3, remark 3, and appendix A.6, with nothing suppressed.

eq. 3 is a beta-sequence with alpha' = 1 - (1 - eta lambda)^2, not 2 eta lambda; its stationary points are
kappa' g with kappa'^2 = eta/(lambda (2 - eta lambda)), a little above the printed kappa g.
"""

from proofs_check import (
    And,
    Claim,
    Clause,
    Form,
    Not,
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
from proofs_check.attacks import norms
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic, scale

lr, wd, lo, hi, s, grad_sq, excess = reals("lr wd lo hi s G e")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
RANGE = [lo >= 0, lo <= hi]
exact, is_exact = root(periodic.kappa_sq_exact(lr, wd), "kappa_x")
alpha = periodic.beta_alpha_exact(lr, wd)
hop = periodic.hop_ratio(alpha)
PRINTED_CONDITION, CONDITION = 2 * lr * wd * hi <= lo, hop * hi <= lo

RUN = "forall lr wd lo hi G s, norm_run lr wd lo hi G s -> "
LARGE_T = "forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> "
KAPPA, EXACT = "sqrt (periodic_kappa_sq lr wd)", "sqrt (periodic_kappa_sq_exact lr wd)"
COQ_HOP = "periodic_hop_ratio (periodic_beta_alpha_exact lr wd) * hi <= lo -> "
COQ_PRINTED = "0 < lo -> 2 * lr * wd * hi <= lo -> "
ENDS = "{k} * lo - eps <= s t <= {k} * hi + eps"
RESTS = {"eta": "1", "lambda": "1/5", "l": "1", "L": "1", "rho_t^2": "5/3 at every t", "(kappa L)^2": "5/2"}
REFUTED_3 = """ltac:(intro H; destruct Equilibrium.proposition3_printed_refuted as
  (lr & wd & lo & hi & G & s & R & P & C & N);
  destruct (H lr wd lo hi G s R P C (1 / 20) ltac:(lra)) as [T HT];
  specialize (HT T (le_n T)); specialize (N T); lra)"""
REFUTED_CONDITION = """ltac:(intro H; destruct Equilibrium.proposition3_condition_refuted as
  (lr & wd & lo & hi & G & s & R & P & C & N);
  destruct (H lr wd lo hi G s R P C (1 / 1000) ltac:(lra)) as [T HT];
  destruct (N T) as (t & Ht & E); specialize (HT t Ht); lra)"""

rests = Statement(
    [*SMALL, hi > 0, s > 0, periodic.norm_sq_next(s, hi**2, lr, wd) == s],
    s**2 <= periodic.kappa_sq(lr, wd) * hi**2,
)
stays = Process(
    state=[s],
    following=[periodic.norm_sq_next(s, grad_sq, lr, wd)],
    given=[*SMALL, *RANGE, CONDITION, lo**2 <= grad_sq, grad_sq <= hi**2, is_exact, lo > 0],
    start=[exact * lo <= s, s <= exact * hi],
    invariant=[exact * lo <= s, s <= exact * hi],
)
nears = Process(
    state=[s, excess],
    following=[periodic.norm_sq_next(s, grad_sq, lr, wd), (1 - lr * wd) ** 2 * excess],
    given=stays.given,
    start=[s > exact * hi, excess == s - exact * hi],
    invariant=[exact * lo <= s, excess >= 0, s <= exact * hi + excess],
)


def but(process, **changes):
    """The process with some of its parts changed."""
    return Process(**(vars(process) | changes))


# The mutant at one point of the parameters, where a solver finds its counterexample at once.
AT_POINT = [lr == 1, wd == Q(1, 5), hi == 1, lo == Q(1, 2), grad_sq == 1]
under_printed = but(stays, given=[*AT_POINT, *SMALL, *RANGE, PRINTED_CONDITION, *stays.given[6:]])

RATE = (
    "s O > {k} * hi -> forall t, {k} * lo < s t /\\ "
    "s t - {k} * hi <= ((1 - lr * wd) ^ 2) ^ t * (s O - {k} * hi)"
)
TIME = (
    "s O > {k} * hi -> forall eps t, 0 < eps -> "
    "ln ((s O - {k} * hi) / eps) / {rate} <= INR t -> {k} * lo <= s t <= {k} * hi + eps"
)
FOR_EVER = (
    "forall lr wd lo hi s0, 0 < lr -> 0 < wd -> lr * wd < 1 / 4 -> 0 <= lo <= hi -> 0 < s0 -> "
    "lo < periodic_hop_ratio ({alpha} lr wd) * hi -> exists G s margin, norm_run lr wd lo hi G s /\\ s O = "
    "s0 "
    f"/\\ 0 < margin /\\ forall N, exists t, (N <= t)%nat /\\ {EXACT} * hi + margin <= s t"
)
PROP3 = Claim(
    id="periodic:prop3",
    source="periodic proposition 3, (7), A.6",
    printed=Form(
        r"If $2\eta\lambda L \le \ell$, then $\kappa\ell \le \rho_t^2 \le \kappa L$ in the limit $t \to "
        r"\infty$, "
        r"$\kappa = \sqrt{\eta/(2\lambda)}$.",
        (
            kernel(
                RUN + COQ_PRINTED + LARGE_T + ENDS.format(k=KAPPA),
                REFUTED_3,
                mutants=[RUN + COQ_PRINTED + LARGE_T + f"{KAPPA} * lo - eps <= s t"],
                refutes=RESTS,
            ),
            smt(rests, mutants=[rests.but(then=s**2 <= periodic.kappa_sq(lr, wd) * hi**2 / 2)]),
            searched(norms.PROP3_AT_REST_BELOW_KAPPA_L, wrong=[norms.PROP3_AT_REST_BELOW_KAPPA_L_2]),
        ),
        note="Formalised on (1) itself, 't >> 1' as a limit. The upper end fails by a relative O(eta "
        "lambda): a "
        "run with constant effective gradient L rests at kappa' L > kappa L. The solvers "
        "refute it for a run at rest. In the dynamics that A.5 puts in the place of (3), alpha = 2 eta "
        "lambda, the interval is that of "
        "proposition 5, but under its condition, not under the printed one (A.6).",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
    ),
    amended=Form(
        r"Let $\kappa'^2 = \frac{\eta}{\lambda(2-\eta\lambda)}$ and $\alpha' = 1-(1-\eta\lambda)^2$, "
        r"$\eta\lambda < "
        r"\frac14$. If $\frac{\alpha'}{1-\alpha'}L \le \ell$, the limit points of $\rho_t^2$ lie in "
        r"$[\kappa'\ell, "
        r"\kappa' L]$, an interval that is never left again; from $\rho_0^2 > \kappa' L$ on, $\rho_t^2 - "
        r"\kappa' L "
        r"\le (1-\eta\lambda)^{2t}(\rho_0^2 - \kappa' L)$, hence $\rho_t^2 \le \kappa' L + \varepsilon$ for "
        r"$t \ge "
        r"\frac1{\alpha'}\log\frac{\rho_0^2-\kappa' L}{\varepsilon}$. The condition is sharp: below it, some "
        r"run from every start exceeds $\kappa' L$ by a fixed margin again and again. The lower end holds "
        r"for "
        r"every large $t$ as printed, $\kappa\ell \le \rho_t^2$, and without the condition.",
        (
            kernel(
                RUN + COQ_HOP + LARGE_T + ENDS.format(k=EXACT),
                "Equilibrium.proposition3_exact",
                mutants=[
                    RUN + COQ_HOP + LARGE_T + ENDS.format(k=KAPPA),
                    RUN + LARGE_T + ENDS.format(k=EXACT),
                ],
                part="the limit",
            ),
            kernel(
                f"~ ({RUN}{COQ_PRINTED}{LARGE_T}{ENDS.format(k=EXACT)})",
                REFUTED_CONDITION,
                mutants=[f"~ ({RUN}{COQ_HOP}{LARGE_T}{ENDS.format(k=EXACT)})"],
                part="the printed condition is not enough",
            ),
            induction(
                stays,
                mutants=[under_printed],
                part="never left",
            ),
            kernel(
                RUN + COQ_HOP + RATE.format(k=EXACT),
                "Equilibrium.proposition3_rate",
                mutants=[RUN + COQ_HOP + RATE.format(k=KAPPA)],
                part="the rate",
            ),
            induction(
                nears,
                mutants=[but(nears, following=[nears.following[0], (1 - 2 * lr * wd) * excess])],
                part="the rate",
            ),
            kernel(
                RUN + COQ_HOP + TIME.format(k=EXACT, rate="periodic_beta_alpha_exact lr wd"),
                "Equilibrium.proposition3_time",
                mutants=[RUN + COQ_HOP + TIME.format(k=EXACT, rate="(2 * periodic_beta_alpha_exact lr wd)")],
                part="the time",
            ),
            kernel(
                FOR_EVER.format(alpha="periodic_beta_alpha_exact"),
                "NormMore.hop_forever",
                mutants=[FOR_EVER.format(alpha="2 * periodic_beta_alpha_exact")],
                part="the condition is sharp",
            ),
            kernel(
                RUN + f"0 < lo -> exists T, forall t, (T <= t)%nat -> {KAPPA} * lo <= s t",
                "Equilibrium.proposition3_lower",
                mutants=[RUN + f"0 < lo -> exists T, forall t, (T <= t)%nat -> {EXACT} * lo <= s t"],
                part="the lower end",
            ),
            searched(
                norms.PROP3_EXACT_INTERVAL_IS_KEPT,
                wrong=[norms.PROP3_INTERVAL_IS_KEPT_WITH_EXACT_RECURSION],
                part="never left",
            ),
        ),
        note="Limits, times and the adversary's run have the kernel alone: the other engines know one step "
        "or all steps of an invariant. O(1/(eta lambda)) is 1/alpha' times a logarithm, alpha' = eta lambda "
        "(2 "
        "- eta lambda).",
        clauses=(
            Clause(
                "the limit points lie in the interval under the condition",
                (
                    "the limit",
                    "the printed condition is not enough",
                ),
            ),
            Clause("the interval is never left again", ("never left",)),
            Clause("the rate from above", ("the rate",)),
            Clause("the time", ("the time",)),
            Clause("the condition is sharp", ("the condition is sharp",)),
            Clause("the lower end holds as printed", ("the lower end",)),
        ),
    ),
    needs=("periodic:eq3", "periodic:prop5"),
)

elr = scale.elr(lr, s)
elr_rests = Statement(
    [*SMALL, hi > 0, s > 0, periodic.norm_sq_next(s, hi**2, lr, wd) == s], elr**2 >= 2 * lr * wd / hi**2
)
elr_at_rest = elr_rests.but(then=elr**2 == alpha / hi**2)
ELR_ENDS = "{k} / hi - eps <= scale_elr lr (s t) <= {k} / lo + eps"
PRINTED_ELR, EXACT_ELR = "sqrt (2 * lr * wd)", "sqrt (periodic_beta_alpha_exact lr wd)"
ELR_UPPER = "0 < lo -> exists T, forall t, (T <= t)%nat -> scale_elr lr (s t) <= {k} / lo"
REFUTED_REMARK = """ltac:(intro H; destruct Equilibrium.remark3_printed_refuted as
  (lr & wd & lo & hi & G & s & R & P & C & N);
  destruct (H lr wd lo hi G s R P C (1 / 50) ltac:(lra)) as [T HT];
  specialize (HT T (le_n T)); specialize (N T); lra)"""
REMARK3 = Claim(
    id="periodic:remark3",
    source="periodic remark 3, A.6",
    printed=Form(
        r"$2\eta\lambda L \le \ell \le \tilde g_t \le L \Rightarrow \frac{\sqrt{2\eta\lambda}}{L} \le "
        r"\tilde\eta_t "
        r"\le \frac{\sqrt{2\eta\lambda}}{\ell}$ in the limit $t \to \infty$, $\tilde\eta_t = \eta/\rho_t^2$.",
        (
            kernel(
                RUN + COQ_PRINTED + LARGE_T + ELR_ENDS.format(k=PRINTED_ELR),
                REFUTED_REMARK,
                mutants=[RUN + COQ_PRINTED + LARGE_T + f"scale_elr lr (s t) <= {PRINTED_ELR} / lo + eps"],
                refutes={
                    "eta": "1",
                    "lambda": "1/5",
                    "l": "1",
                    "L": "1",
                    "ELR": "3/5 at every t",
                    "ELR^2 printed": ">= 2/5",
                },
            ),
            smt(elr_rests, mutants=[elr_rests.but(then=elr**2 >= 4 * lr * wd / hi**2)]),
            searched(norms.REMARK3_AT_REST, wrong=[norms.REMARK3_AT_REST_3_ETA_LAMBDA]),
        ),
        note="The directions are right (the larger norm gives the smaller ELR); the lower end inherits the "
        "failure of (7)'s upper end.",
        hedge="section 4 opens with 'we suppress O((eta lambda)^2)'",
    ),
    amended=Form(
        r"With $\alpha' = 1-(1-\eta\lambda)^2$ and $\frac{\alpha'}{1-\alpha'}L \le \ell$, $\ell > 0$: the "
        r"limit points "
        r"of $\tilde\eta_t$ lie in $\left[\frac{\sqrt{\alpha'}}{L}, \frac{\sqrt{\alpha'}}{\ell}\right]$. "
        r"The printed upper end "
        r"holds for every large $t$, without the condition.",
        (
            kernel(
                RUN + "0 < lo -> " + COQ_HOP + LARGE_T + ELR_ENDS.format(k=EXACT_ELR),
                "Equilibrium.remark3_exact",
                mutants=[RUN + "0 < lo -> " + COQ_HOP + LARGE_T + ELR_ENDS.format(k=PRINTED_ELR)],
                part="the limit",
            ),
            smt(
                elr_at_rest,
                mutants=[elr_at_rest.but(then=elr**2 == 2 * lr * wd / hi**2)],
                part="the ends are attained",
            ),
            kernel(
                RUN + ELR_UPPER.format(k=PRINTED_ELR),
                "Equilibrium.remark3_upper",
                mutants=[RUN + ELR_UPPER.format(k=EXACT_ELR)],
                part="the upper end",
            ),
            searched(
                norms.REMARK3_AT_REST_EXACTLY,
                wrong=[norms.REMARK3_AT_REST_EXACTLY_AS_PRINTED],
                part="the ends are attained",
            ),
        ),
        note="Limits have the kernel alone.",
        clauses=(
            Clause(
                "the limit points of the ELR",
                (
                    "the limit",
                    "the ends are attained",
                ),
            ),
            Clause("the printed upper end holds without the condition", ("the upper end",)),
        ),
    ),
    needs=("periodic:prop3",),
)

ratio = periodic.hop_ratio(periodic.beta_alpha(lr, wd))
step = lr * wd
expansion = Statement(SMALL, And(ratio - 2 * step >= 0, ratio - 2 * step <= 8 * step**2))
stronger = Statement([*SMALL, *RANGE, CONDITION], PRINTED_CONDITION)
enough = Statement([*SMALL, *RANGE, 2 * step * (1 + Q(5, 2) * step) * hi <= lo], CONDITION)
at_equality = Statement([*SMALL, hi > 0, lo == 2 * step * hi], And(Not(ratio * hi <= lo), Not(CONDITION)))
differences = Statement(
    [*SMALL],
    And(
        ratio - 2 * step == 4 * step**2 / (1 - 2 * step),
        hop - 2 * step == step**2 * (3 - 2 * step) / (1 - step) ** 2,
    ),
)
A6_COQ = (
    "forall lr wd, 0 < lr -> 0 < wd -> lr * wd < 1 / 2 -> "
    "periodic_hop_ratio (periodic_beta_alpha lr wd) - 2 * lr * wd = {first} * (lr * wd) ^ 2 / (1 - 2 * (lr "
    "* wd)) /\\ "
    "periodic_hop_ratio (periodic_beta_alpha_exact lr wd) - 2 * lr * wd = "
    "(lr * wd) ^ 2 * (3 - 2 * (lr * wd)) / (1 - lr * wd) ^ 2"
)
A6 = Claim(
    id="periodic:A6",
    source="periodic A.6",
    printed=Form(
        r"$\frac{\alpha}{1-\alpha} = \frac{2\eta\lambda}{1-2\eta\lambda} = 2\eta\lambda + "
        r"O((\eta\lambda)^2)$: for $\eta\lambda < "
        r"\frac14$ the two differ by at most $8(\eta\lambda)^2$.",
        (
            smt(expansion, mutants=[expansion.but(then=ratio - 2 * step <= 4 * step**2)]),
            certificate(expansion, mutants=[expansion.but(then=ratio - 2 * step <= 4 * step**2)]),
        ),
        note="That is what 'up to O((eta lambda)^2) terms' says exactly. It does not make the two conditions "
        "equivalent, as the proof of proposition 3 then takes them to be.",
    ),
    amended=Form(
        r"$\frac{\alpha}{1-\alpha} - 2\eta\lambda = \frac{4(\eta\lambda)^2}{1-2\eta\lambda}$, and with "
        r"$\alpha' = "
        r"1-(1-\eta\lambda)^2$ in place of $\alpha$ it is "
        r"$\frac{(\eta\lambda)^2(3-2\eta\lambda)}{(1-\eta\lambda)^2}$. So "
        r"proposition 5's condition on (3) implies $2\eta\lambda L \le \ell$ and is implied by "
        r"$2\eta\lambda(1 + \frac52\eta\lambda)L \le \ell$, but it fails for every $\eta\lambda$ where "
        r"$\ell = 2\eta\lambda L > 0$: the "
        r"two are never equivalent.",
        (
            algebra(
                differences,
                mutants=[differences.but(then=ratio - 2 * step == 4 * step**2)],
                part="the differences",
            ),
            kernel(
                A6_COQ.format(first="4"),
                "Equilibrium.A6_exact",
                mutants=[A6_COQ.format(first="2")],
                part="the differences",
            ),
            smt(
                stronger,
                mutants=[stronger.but(then=4 * step * hi <= lo)],
                part="implies",
            ),
            certificate(
                stronger,
                mutants=[stronger.but(then=4 * step * hi <= lo)],
                part="implies",
            ),
            smt(enough, mutants=[enough.but(given=[*SMALL, *RANGE, PRINTED_CONDITION])], part="implied by"),
            smt(
                at_equality,
                mutants=[at_equality.but(given=[*SMALL, hi > 0, lo == 3 * step * hi])],
                part="never equivalent",
            ),
        ),
        note="'Implied by' and 'never equivalent' have the two SMT solvers.",
        clauses=(
            Clause("the two differences", ("the differences",)),
            Clause("it implies 2 eta lambda L <= l", ("implies",)),
            Clause("it is implied by that with 1 + 5/2 eta lambda", ("implied by",)),
            Clause("they are never equivalent", ("never equivalent",)),
        ),
    ),
)

CLAIMS = (PROP3, REMARK3, A6)
