"""The map phi of appendix A.4.1: equations 11 and 12, properties 13a to 13g, and the chain after them.

The paper's standing assumptions are 0 < alpha < 1/2 and x_0 > 0, so that every x_t and every
gamma_t is positive; ``periodic:13d`` is false without that, and its mutant says so.
"""

from proofs_check import (
    And,
    Claim,
    Derivation,
    Form,
    Or,
    Q,
    Statement,
    Step,
    algebra,
    between,
    kernel,
    reals,
    root,
    smt,
)
from proofs_check.attacks import maps
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic

alpha, beta, gamma, x, u, v = reals("alpha beta gamma x u v")
SMALL = between(Q(0), alpha, high=Q(1, 2))
POSITIVE = [*SMALL, gamma > 0]
EITHER_SIGN = [*SMALL, gamma != 0]
UP_TO_ONE = between(Q(0), alpha, high=Q(1))
FOR_ALL = "forall alpha gamma, 0 < alpha < 1 / 2 -> 0 < gamma -> "
phi = periodic.phi(gamma, alpha)
hop = periodic.hop_ratio(alpha)
star, is_star = root(periodic.stationary_sq(alpha, beta), "x_star")
lowest, is_lowest = root(periodic.phi_argmin_sq(alpha), "s")
least, is_least = root(periodic.phi_min_sq(alpha), "m")

stays = Statement(
    [*SMALL, beta > 0, x > 0, is_star], (periodic.beta_next(x, alpha, beta) == x) == (x == star)
)
FIXED_POINT = Claim(
    id="periodic:eq11-fixed-point",
    source="periodic A.4.1, below (11)",
    printed=Form(
        r"For $\beta > 0$: $x_{t+1} = x_t \iff x_t = x^* = \sqrt{\beta/\alpha}$, the only stationary point.",
        (
            smt(
                stays,
                mutants=[
                    stays.but(given=[*SMALL, beta > 0, x != 0, is_star]),
                    stays.but(then=(periodic.beta_next(x, alpha, beta) == x) == (x == beta)),
                ],
            ),
            kernel(
                "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> 0 < x -> "
                "(periodic_beta_next x alpha beta = x <-> x = sqrt (beta / alpha))",
                "Beta.eq11_fixed_point",
                mutants=[
                    "forall alpha beta x, 0 < alpha < 1 / 2 -> 0 < beta -> x <> 0 -> "
                    "(periodic_beta_next x alpha beta = x <-> x = sqrt (beta / alpha))"
                ],
            ),
            searched(
                maps.EQ11_FIXED_POINT_RESTS_AT_X_STAR_AND_ONLY_THERE,
                wrong=[maps.EQ11_FIXED_POINT_RESTS_AT_X_STAR_SQUARED_AND_ONLY_THERE],
            ),
        ),
        note="Read on x > 0, where the sequence lives. The map has a second fixed point, -x*, on x < 0.",
    ),
)


def conjugacy() -> list[Derivation]:
    """From (11) to (12), as the paper divides by x*."""
    import sympy

    a, b, g, s = sympy.symbols("alpha beta gamma_t x_star", positive=True)
    start = periodic.beta_next(g * s, a, b) / s
    steps = [
        Step((1 - a) * g + b / (g * s**2), "divide (11) at x_t = gamma_t x* by x*"),
        Step((1 - a) * g + a / g, "x*^2 = beta/alpha", {s: sympy.sqrt(b / a)}),
        Step(periodic.phi(g, a), "the definition of phi"),
    ]
    return [Derivation(start, steps, "gamma_{t+1} = phi(gamma_t), free of beta", "eq. 12")]


scaled = Statement(
    [alpha > 0, star != 0, gamma != 0, star * star == periodic.stationary_sq(alpha, beta)],
    periodic.beta_next(gamma * star, alpha, beta) == phi * star,
)
CONJUGACY = Claim(
    id="periodic:eq12",
    source="periodic (12)",
    printed=Form(
        r"With $x_t = \gamma_t x^*$: "
        r"$\gamma_{t+1} = \varphi(\gamma_t) = (1-\alpha)\gamma_t + \alpha/\gamma_t$.",
        (
            algebra(
                scaled,
                mutants=[
                    scaled.but(then=periodic.beta_next(gamma * star, alpha, beta) == phi),
                    scaled.but(then=periodic.beta_next(gamma, alpha, beta) == phi),
                ],
            ),
            kernel(
                "forall alpha beta gamma, 0 < alpha -> 0 < beta -> gamma <> 0 -> "
                "periodic_beta_next (gamma * sqrt (beta / alpha)) alpha beta "
                "= periodic_phi gamma alpha * sqrt (beta / alpha)",
                "Beta.eq12_conjugacy",
                mutants=[
                    "forall alpha beta gamma, 0 < alpha -> 0 < beta -> gamma <> 0 -> "
                    "periodic_beta_next (gamma * sqrt (beta / alpha)) alpha beta "
                    "= periodic_phi gamma beta * sqrt (beta / alpha)"
                ],
            ),
            searched(maps.EQ12_GAMMA_FOLLOWS_PHI, wrong=[maps.EQ12_GAMMA_FOLLOWS_PHI_OF_ALPHA_2]),
        ),
    ),
    derivation=conjugacy,
)

climbs = Statement([*POSITIVE, gamma < 1], phi > gamma)
BELOW = Claim(
    id="periodic:13a",
    source="periodic (13a)",
    printed=Form(
        r"$\gamma_t < 1 \Rightarrow \gamma_{t+1} > \gamma_t$.",
        (
            smt(climbs, mutants=[climbs.but(given=[*EITHER_SIGN, gamma < 1]), climbs.but(given=POSITIVE)]),
            kernel(
                FOR_ALL + "gamma < 1 -> periodic_phi gamma alpha > gamma",
                "Beta.eq13a",
                mutants=[FOR_ALL + "gamma <= 1 -> periodic_phi gamma alpha > gamma"],
            ),
            searched(maps.EQ13A_AS_PRINTED, wrong=[maps.EQ13A_WITH_PHI_GAMMA_BELOW_1]),
        ),
        note="One step. The words beside it, 'the sequence is increasing once it's below x*', hold for good "
        "only from alpha/(1-alpha) on: below that level the next value is above x* and then decreases.",
    ),
)

descends = Statement([*SMALL, gamma > 1], And(phi > 1, phi < gamma))
ABOVE = Claim(
    id="periodic:13b",
    source="periodic (13b)",
    printed=Form(
        r"$\gamma_t > 1 \Rightarrow 1 < \gamma_{t+1} < \gamma_t$.",
        (
            smt(
                descends,
                mutants=[
                    descends.but(given=[*UP_TO_ONE, gamma > 1]),
                    descends.but(given=[*SMALL, gamma >= 1]),
                ],
            ),
            kernel(
                "forall alpha gamma, 0 < alpha < 1 / 2 -> gamma > 1 -> 1 < periodic_phi gamma alpha < gamma",
                "Beta.eq13b",
                mutants=[
                    "forall alpha gamma, 0 < alpha -> gamma > 1 -> 1 < periodic_phi gamma alpha < gamma"
                ],
            ),
            searched(maps.EQ13B_AS_PRINTED, wrong=[maps.EQ13B_FROM_GAMMA_ABOVE_HALF]),
        ),
    ),
)

lands = Statement(POSITIVE, (phi == 1) == Or(gamma == hop, gamma == 1))
LANDING = Claim(
    id="periodic:13c",
    source="periodic (13c)",
    printed=Form(
        r"$\gamma_{t+1} = 1 \iff \gamma_t = \frac{\alpha}{1-\alpha} \lor \gamma_t = 1$.",
        (
            smt(
                lands,
                mutants=[
                    lands.but(then=(phi == 1) == (gamma == 1)),
                    lands.but(then=(phi == 1) == Or(gamma == alpha, gamma == 1)),
                ],
            ),
            kernel(
                FOR_ALL + "(periodic_phi gamma alpha = 1 <-> gamma = alpha / (1 - alpha) \\/ gamma = 1)",
                "Beta.eq13c",
                mutants=[FOR_ALL + "(periodic_phi gamma alpha = 1 <-> gamma = 1)"],
            ),
            searched(maps.EQ13C_AS_PRINTED, wrong=[maps.EQ13C_ONLY_AT_GAMMA_IS_1]),
        ),
        note="The two values are distinct because alpha < 1/2, and both lie on gamma > 0.",
    ),
)

below = Statement(POSITIVE, (phi < 1) == And(hop < gamma, gamma < 1))
STAYING = Claim(
    id="periodic:13d",
    source="periodic (13d)",
    printed=Form(
        r"$\gamma_{t+1} < 1 \iff \gamma_t \in \left(\frac{\alpha}{1-\alpha}, 1\right)$.",
        (
            smt(
                below,
                mutants=[
                    below.but(given=EITHER_SIGN),
                    below.but(given=[*UP_TO_ONE, gamma > 0]),
                    below.but(then=(phi < 1) == And(hop <= gamma, gamma < 1)),
                ],
            ),
            kernel(
                FOR_ALL + "(periodic_phi gamma alpha < 1 <-> alpha / (1 - alpha) < gamma < 1)",
                "Beta.eq13d",
                mutants=[
                    "forall alpha gamma, 0 < alpha < 1 / 2 -> gamma <> 0 -> "
                    "(periodic_phi gamma alpha < 1 <-> alpha / (1 - alpha) < gamma < 1)"
                ],
            ),
            searched(maps.EQ13D_AS_PRINTED, wrong=[maps.EQ13D_WITH_UPPER_END_ALONE]),
        ),
    ),
)


def _ordered(low: list, high: list, then: object) -> Statement:
    return Statement([*SMALL, u > 0, *low, u < v, *high], then)


falls = _ordered([], [is_lowest, v < lowest], periodic.phi(v, alpha) < periodic.phi(u, alpha))
FALLING = Claim(
    id="periodic:13e",
    source="periodic (13e)",
    printed=Form(
        r"$\varphi(\gamma_t)$ is decreasing for $\gamma_t < \sqrt{\alpha/(1-\alpha)}$.",
        (
            smt(
                falls,
                mutants=[
                    Statement([*SMALL, u != 0, v != 0, u < v, is_lowest, v < lowest], falls.then),
                    _ordered([], [is_least, v < least], periodic.phi(v, alpha) < periodic.phi(u, alpha)),
                ],
            ),
            kernel(
                "forall alpha u v, 0 < alpha < 1 / 2 -> 0 < u -> u < v -> v < sqrt (alpha / (1 - alpha)) -> "
                "periodic_phi v alpha < periodic_phi u alpha",
                "ltac:(intros; apply Beta.eq13e; lra)",
                mutants=[
                    "forall alpha u v, 0 < alpha < 1 / 2 -> u < v -> v < sqrt (alpha / (1 - alpha)) -> "
                    "periodic_phi v alpha < periodic_phi u alpha"
                ],
            ),
            searched(maps.EQ13E_AS_PRINTED, wrong=[maps.EQ13E_UP_TO_GAMMA_IS_1]),
        ),
        note="Strictly, and the end point may be included.",
    ),
)

rises = _ordered([is_lowest, lowest < u], [], periodic.phi(u, alpha) < periodic.phi(v, alpha))
RISING = Claim(
    id="periodic:13f",
    source="periodic (13f)",
    printed=Form(
        r"$\varphi(\gamma_t)$ is increasing for $\gamma_t > \sqrt{\alpha/(1-\alpha)}$.",
        (
            smt(
                rises,
                mutants=[
                    _ordered([hop < u], [], rises.then),
                    rises.but(then=periodic.phi(u, alpha) > periodic.phi(v, alpha)),
                ],
            ),
            kernel(
                "forall alpha u v, 0 < alpha < 1 / 2 -> sqrt (alpha / (1 - alpha)) < u -> u < v -> "
                "periodic_phi u alpha < periodic_phi v alpha",
                "ltac:(intros; apply Beta.eq13f; lra)",
                mutants=[
                    "forall alpha u v, 0 < alpha < 1 / 2 -> alpha / (1 - alpha) < u -> u < v -> "
                    "periodic_phi u alpha < periodic_phi v alpha"
                ],
            ),
            searched(maps.EQ13F_AS_PRINTED, wrong=[maps.EQ13F_FROM_ALPHA_1_ALPHA_ON]),
        ),
        note="Strictly, and the end point may be included.",
    ),
)

minimum = Statement([*POSITIVE, is_lowest, is_least], And(phi >= least, (phi == least) == (gamma == lowest)))
MINIMUM = Claim(
    id="periodic:13g",
    source="periodic (13g)",
    printed=Form(
        r"$\gamma_{t+1} = \min \varphi = 2\sqrt{\alpha(1-\alpha)} \iff \gamma_t = \sqrt{\alpha/(1-\alpha)}$.",
        (
            smt(
                minimum,
                mutants=[
                    minimum.but(given=[*EITHER_SIGN, is_lowest, is_least]),
                    minimum.but(then=phi > least),
                    minimum.but(then=And(phi >= 2 * least, (phi == least) == (gamma == lowest))),
                ],
            ),
            kernel(
                FOR_ALL + "2 * sqrt (alpha * (1 - alpha)) <= periodic_phi gamma alpha /\\ "
                "(periodic_phi gamma alpha = 2 * sqrt (alpha * (1 - alpha)) <-> "
                "gamma = sqrt (alpha / (1 - alpha)))",
                "Beta.eq13g",
                mutants=[
                    FOR_ALL + "2 * sqrt (alpha * (1 - alpha)) < periodic_phi gamma alpha /\\ "
                    "(periodic_phi gamma alpha = 2 * sqrt (alpha * (1 - alpha)) <-> "
                    "gamma = sqrt (alpha / (1 - alpha)))"
                ],
            ),
            searched(maps.EQ13G_AS_PRINTED, wrong=[maps.EQ13G_ATTAINED_AT_ALPHA_1_ALPHA]),
        ),
    ),
)

ORDERED = (
    "alpha / (1 - alpha) < sqrt (alpha / (1 - alpha)) /\\ "
    "sqrt (alpha / (1 - alpha)) < 2 * sqrt (alpha * (1 - alpha)) /\\ "
    "2 * sqrt (alpha * (1 - alpha)) < 1"
)
levels = Statement([*SMALL, is_lowest, is_least], And(hop < lowest, lowest < least, least < 1))
CHAIN = Claim(
    id="periodic:chain",
    source="periodic A.4.1, below (13g)",
    printed=Form(
        r"$\frac{\alpha}{1-\alpha} < \sqrt{\frac{\alpha}{1-\alpha}} < 2\sqrt{\alpha(1-\alpha)} < 1$.",
        (
            smt(
                levels,
                mutants=[
                    Statement([alpha > 0, alpha <= Q(1, 2), is_lowest, is_least], levels.then),
                    levels.but(then=And(hop < lowest, 2 * lowest < least, least < 1)),
                ],
            ),
            kernel(
                "forall alpha, 0 < alpha < 1 / 2 -> " + ORDERED,
                "Beta.chain",
                mutants=["forall alpha, 0 < alpha <= 1 / 2 -> " + ORDERED],
            ),
            searched(maps.CHAIN_AS_PRINTED, wrong=[maps.CHAIN_WITH_TWICE_ROOT]),
        ),
        note="At alpha = 1/2 all four sides are 1; beyond it the first two inequalities turn round.",
    ),
)

CLAIMS = (
    FIXED_POINT, CONJUGACY, BELOW, ABOVE, LANDING, STAYING, FALLING, RISING, MINIMUM, CHAIN,
)  # fmt: skip
