"""Near the minimisers: the PL condition, the null space of the Hessian, Theorem 4.4 and gradient flow."""

import math
import random

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Not,
    Q,
    Statement,
    algebra,
    certificate,
    kernel,
    reals,
    smt,
    trial,
)
from sitheory.theory import sharpness

# PL in one variable: half the squared slope is at least mu times the height above the minimum.

x, y, mu, slope, height, a, b = reals("x y mu slope f a b")
strictly = Statement(
    [mu > 0, x > 0, height == mu / 2 * x**2, slope == mu * x],
    And(slope**2 / 2 >= mu * height, slope > mu * x),
)
at_least = Statement(
    [mu > 0, x > 0, height >= mu / 2 * x**2, slope >= 0, slope**2 / 2 >= mu * height], slope >= mu * x
)
# L = (x^2/(x^2+y^2))^2 is sin^4 of the angle: convex along the circle near its minimiser, and not PL there.
sin_sq = reals("sin_sq")[0]
pl_of_quartic = 8 * sin_sq**3 * (1 - sin_sq) >= mu * sin_sq**2
quartic = Statement([mu > 0, sin_sq > 0, sin_sq < mu / 8, sin_sq < 1], Not(pl_of_quartic))
arc_convex = Statement([sin_sq >= 0, sin_sq <= Q(3, 4)], 12 * sin_sq * (1 - sin_sq) - 4 * sin_sq**2 >= 0)
# L = (y - x^2)^2 is PL with mu = 2 everywhere, and not convex.
valley = (y - x**2) ** 2
pl_of_valley = Statement([], ((4 * x * (y - x**2)) ** 2 + (2 * (y - x**2)) ** 2) / 2 >= 2 * valley)
strong = Statement([mu > 0, a >= height + slope * x + mu / 2 * x**2], slope**2 / 2 >= mu * (height - a))
COQ_WEAKER = (
    "forall f f1, (forall x, is_derive f x (f1 x)) -> "
    "(forall x y t, 0 <= t <= 1 -> f (t * x + (1 - t) * y) <= t * f x + (1 - t) * f y) -> "
    "(forall x, f 0 <= f x) -> "
    "exists mu d, 0 < mu /\\ 0 < d /\\ forall x, Rabs x < d -> f1 x ^ 2 / 2 >= mu * (f x - f 0){slack}"
)
REFUTE_WEAKER = """ltac:(intro H;
  destruct (H (fun x => x ^ 4) (fun x => 4 * x ^ 3)) as (mu & d & Hm & Hd & P);
  [ intro x; auto_derive; [exact I | ring]
  | intros x y t Ht;
    assert (S : forall u v, (t * u + (1 - t) * v) ^ 2 <= t * u ^ 2 + (1 - t) * v ^ 2)
      by (intros u v; assert (0 <= t * (1 - t) * (u - v) ^ 2)
            by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | apply pow2_ge_0]); nra);
    apply Rle_trans with ((t * x ^ 2 + (1 - t) * y ^ 2) ^ 2);
    [ replace ((t * x + (1 - t) * y) ^ 4) with (((t * x + (1 - t) * y) ^ 2) ^ 2) by ring;
      apply pow_incr; split; [apply pow2_ge_0 | apply S]
    | replace (x ^ 4) with ((x ^ 2) ^ 2) by ring; replace (y ^ 4) with ((y ^ 2) ^ 2) by ring; apply S ]
  | intro x; replace (0 ^ 4) with 0 by ring; replace (x ^ 4) with ((x ^ 2) ^ 2) by ring; apply pow2_ge_0
  | set (z := Rmin (d / 2) (Rmin 1 (mu / 16)));
    assert (Z : 0 < z) by (unfold z; repeat apply Rmin_pos; lra);
    pose proof (Rmin_l (d / 2) (Rmin 1 (mu / 16))); pose proof (Rmin_r (d / 2) (Rmin 1 (mu / 16)));
    pose proof (Rmin_l 1 (mu / 16)); pose proof (Rmin_r 1 (mu / 16)); fold z in H0, H1;
    specialize (P z ltac:(rewrite Rabs_right by lra; lra)); cbv beta in P;
    replace ((4 * z ^ 3) ^ 2 / 2) with (8 * z ^ 2 * z ^ 4) in P by field;
    replace (0 ^ 4) with 0 in P by ring;
    assert (0 < z ^ 4) by (apply pow_lt; lra); assert (8 * z ^ 2 < mu) by nra; nra ])"""
PL_REMARKS = Claim(
    id="sharpness:pl-remarks",
    source="sharpness 4.1, above definition 4.3",
    printed=Form(
        r"PL guarantees that the gradient grows faster than that of a quadratic function as $\theta$ moves "
        r"away "
        r"from $\theta^*$; PL is strictly weaker than convexity.",
        (
            smt(
                strictly,
                part="faster than a quadratic",
                mutants=[strictly.but(then=slope > 2 * mu * x)],
            ),
            kernel(
                COQ_WEAKER.format(slack=""),
                REFUTE_WEAKER,
                part="weaker than convexity",
                refutes={"f": "x^4", "mu": "any", "x": "below sqrt(mu/8)"},
                mutants=[COQ_WEAKER.format(slack=" - x ^ 2")],
            ),
        ),
        note="Two slips of wording. The gradient grows at least as fast as that of the quadratic "
        "mu d^2/2, and the quadratic itself attains this (the comparison in the literature is of half the "
        "squared gradient with mu times the height). And neither of PL and convexity implies the other: x^4 "
        "is convex "
        "and for no mu PL around 0. A scale-invariant loss that does the same is (x^2/|w|^2)^2, below.",
        failure=Failure(
            Kind.SUBSTANCE,
            "at least as fast, not faster; and neither of PL and convexity implies the other",
            "L = x^2/2, mu = 1, at x = 1: the gradient is 1, the quadratic's is 1",
        ),
        clauses=(
            Clause(
                "the gradient grows faster than that of a quadratic function", ("faster than a quadratic",)
            ),
            Clause("PL is strictly weaker than convexity", ("weaker than convexity",)),
        ),
    ),
    amended=Form(
        r"Under $\mu$-PL and quadratic growth $L-L^* \ge \frac\mu2 d^2$ the gradient is at least $\mu "
        r"d$, the "
        r"quadratic's own. Strong convexity implies PL. Convexity does not: $(x^2/\|w\|^2)^2$ is "
        r"convex along "
        r"the circle up to 60 degrees from its minimiser and not PL there; nor does PL imply convexity: "
        r"$(y-x^2)^2$ is 2-PL.",
        (
            smt(at_least, part="at least the quadratic", mutants=[at_least.but(without=4)]),
            certificate(at_least, part="at least the quadratic", mutants=[at_least.but(without=4)]),
            smt(strong, part="strongly convex", mutants=[strong.but(without=0)]),
            certificate(
                strong,
                hints=(slope + mu * x,),
                part="strongly convex",
                mutants=[strong.but(then=slope**2 / 4 >= mu * (height - a))],
            ),
            smt(quartic, part="convex, not PL", mutants=[quartic.but(without=2)]),
            smt(
                arc_convex,
                part="convex, not PL",
                mutants=[arc_convex.but(given=[sin_sq >= 0, sin_sq <= Q(4, 5)])],
            ),
            certificate(
                arc_convex,
                part="the arc is convex",
                mutants=[arc_convex.but(given=[sin_sq >= 0, sin_sq <= Q(4, 5)])],
            ),
            smt(pl_of_valley, part="PL, not convex", mutants=[pl_of_valley.but(then=valley <= 0)]),
            certificate(
                pl_of_valley,
                hints=(x * (y - x**2),),
                part="PL, not convex",
                mutants=[pl_of_valley.but(then=valley <= 0)],
            ),
        ),
        note="(y-x^2)^2 is 0 at (1,1) and at (-1,1) and 1 half-way. Quadratic growth follows from PL on a "
        "neighbourhood (known, not formalised here); it is a hypothesis above.",
        clauses=(
            Clause("the gradient is at least the quadratic's", ("at least the quadratic",)),
            Clause("strong convexity implies PL", ("strongly convex",)),
            Clause(
                "convexity does not",
                (
                    "convex, not PL",
                    "the arc is convex",
                ),
            ),
            Clause("PL does not imply convexity", ("PL, not convex",)),
        ),
    ),
)

# The null space of H(theta) on the minimisers.

h11, h12, h22, c = reals("h_11 h_12 h_22 c")
COQ_RADIAL = (
    "forall n f grad x h i, scale_invariant f -> "
    "(forall c, 0 < c -> is_gradient n f (scaled c x) (grad (scaled c x))) -> (i < n)%nat -> "
    "is_gradient n (fun y => grad y i) x h -> dot n h x = {value}"
)
# L = x^2/(x^2+y^2) at (0, 1): Gamma is a point, D_Gamma = 1, H = diag(2, 0).
null = Statement([x * 2 == 0, y * 0 == 0], And(x == 0, y == 0))
singular = Statement(
    [x**2 + y**2 == 1, h11 * x + h12 * y == 0, h12 * x + h22 * y == 0], h11 * h22 - h12**2 == 0
)
line = Statement(
    [
        x**2 + y**2 == 1,
        h11 * x + h12 * y == 0,
        h12 * x + h22 * y == 0,
        h11 + h22 != 0,
        h11 * a + h12 * b == 0,
        h12 * a + h22 * b == 0,
    ],
    a * y == b * x,
)
NULL_SPACE = Claim(
    id="sharpness:null-space",
    source="sharpness assumption 4.5 and below",
    printed=Form(
        r"Under Assumption 4.5 ($0 \le D_\Gamma < D$, $\dim\Gamma = D_\Gamma-1$, rank $H = D-D_\Gamma$) the "
        r"null space of $H(\theta)$ is the tangent space of $\Gamma$.",
        (
            smt(
                null,
                part="the tangent space of a point is {0}",
                mutants=[null.but(then=And(x == 0, y == 1))],
            ),
            kernel(
                "forall x y : R, 2 * x + 0 * y = 0 -> 0 * x + 0 * y = 0 -> x = 0 /\\ y = 0",
                "ltac:(intro H; destruct (H 0 1 ltac:(lra) ltac:(lra)); lra)",
                refutes={"L": "x^2/(x^2+y^2)", "theta": "(0, 1)", "H": "diag(2, 0)", "null vector": "(0, 1)"},
                part="the tangent space of a point is {0}",
                mutants=["forall x y : R, 2 * x + 0 * y = 0 -> x = 0"],
            ),
        ),
        note="The dimensions do not match as printed: D_Gamma against D_Gamma - 1. What is missing is the "
        "direction theta itself: H(theta) theta = -grad L(theta), which is 0 on Gamma. For the same reason "
        "D_Gamma = 0 is empty: the rank is at most D - 1.",
        failure=Failure(
            Kind.EDGE_CASE,
            "D_Gamma = 0 leaves isolated points; and off the sphere the radial direction is null as well",
            "H = diag(2, 0): its null space has dimension 1, the tangent space of an isolated point 0",
        ),
    ),
    amended=Form(
        r"$H(\theta)\theta = -\nabla L(\theta)$. So on $\Gamma$ the null space is $T_\theta\Gamma \oplus "
        r"\mathbb R\theta$, of dimension $D_\Gamma$, and $1 \le D_\Gamma$.",
        (
            kernel(
                COQ_RADIAL.format(value="- grad x i"),
                "SharpnessMore.hessian_radial",
                part="the radial direction",
                mutants=[COQ_RADIAL.format(value="grad x i"), COQ_RADIAL.format(value="0")],
            ),
            algebra(
                singular,
                part="rank below D, D = 2",
                mutants=[singular.but(then=h11 * h22 == 0)],
            ),
            smt(singular, part="rank below D, D = 2", mutants=[singular.but(without=2)]),
            smt(line, part="the null space, D = 2", mutants=[line.but(without=3)]),
            certificate(
                line.but(given=[*line.given, a * a + b * b <= 1]),
                part="the null space, D = 2",
                mutants=[line.but(without=3)],
            ),
        ),
        note="T_theta Gamma lies in the null space by differentiating grad L = 0 along Gamma, theta "
        "does by the "
        "identity, they are orthogonal and their dimensions add up to D_Gamma = D - rank: linear algebra, "
        "done here for D = 2; manifolds are beyond these engines.",
        clauses=(
            Clause("H(theta) theta is -grad L(theta), in every dimension", ("the radial direction",)),
            Clause(
                "the null space, and the rank below D, for D = 2",
                ("rank below D, D = 2", "the null space, D = 2"),
            ),
            Clause(
                "for every D",
                why="it takes the tangent space of a manifold; by hand, from the dimensions that the "
                "assumption gives",
            ),
        ),
    ),
    needs=("si:gradient-homogeneity",),
)

# PL from a maximally non-degenerate Hessian: exact for the quadratic part.

l_1, l_2, z = reals("lambda_1 lambda_2 z")
transversal = Statement(
    [mu > 0, l_1 >= mu, l_2 >= mu],
    ((l_1 * x) ** 2 + (l_2 * y) ** 2) / 2 >= mu * (l_1 * x**2 + l_2 * y**2) / 2,
)


def _near_circle(share: float):
    """PL with share * (smallest eigenvalue) on the cone's loss (1 + alpha x^2/|w|^2) c^2 near its circle."""

    def attempt(chance: random.Random):
        alpha, angle, off = chance.uniform(-0.5, 2), chance.uniform(0, 6.283), chance.uniform(-0.02, 0.02)
        lift = math.pi / 4 + off
        at = [math.cos(angle) * math.cos(lift), math.sin(angle) * math.cos(lift), math.sin(lift)]
        norm_sq, slope, cone, side = sharpness.cone_parts([alpha, 0], [], at[:2], at[2], [])
        wall, bend, _ = sharpness.cone_wall(cone, 0)
        axes = zip(at, (alpha, 0, 0), (1, 1, -1), strict=True)
        grad = [
            sharpness.cone_grad(v, al, sign, 0, norm_sq, slope, cone, side, wall, bend)
            for v, al, sign in axes
        ]
        smallest = 8 * min(1, 1 + alpha / 2)
        loss = sharpness.cone_loss(slope, wall, side)
        if sum(g * g for g in grad) / 2 >= share * smallest * loss:
            return None
        return {"alpha": alpha, "angle": angle, "off": off}

    return attempt


PL = Claim(
    id="sharpness:pl",
    source="sharpness 4.2.1",
    printed=Form(
        r"Assumption 4.5 implies $\mu$-PL locally around every $\theta \in \Gamma$.",
        (
            smt(transversal, part="the quadratic part", mutants=[transversal.but(without=2)]),
            certificate(transversal, part="the quadratic part", mutants=[transversal.but(without=2)]),
            trial(
                "9/10 of the smallest non-zero eigenvalue on Gamma is a PL constant of the cone's "
                "loss within "
                "0.02 of its circle of minimisers",
                _near_circle(0.9),
                n=3000,
                part="a loss with curved minimisers",
                mutants=[("twice the smallest eigenvalue is a PL constant", _near_circle(2.0))],
            ),
        ),
        note="Half |Hx|^2 >= mu x^T H x/2 for every mu up to the smallest non-zero eigenvalue, in its "
        "eigenbasis (two directions here). Left open: the remainder of Taylor's formula, uniformly along "
        "Gamma, for every C^4 loss (Morse-Bott); the trial speaks of one family.",
        clauses=(
            Clause("for the quadratic part of the loss", ("the quadratic part",)),
            Clause("for a loss with curved minimisers", ("a loss with curved minimisers",)),
            Clause(
                "for every C^4 loss, uniformly along Gamma",
                why="the remainder of Taylor's formula along a manifold is not stated to an engine",
            ),
        ),
    ),
    needs=("sharpness:null-space",),
)

# Theorem 4.4: once the effective learning rate crosses 2/lambda_1 from below, it has not gone far past it.

elr, grad_sq, lam, r = reals("elr G lambda r")
step = sharpness.pgd_elr_next(elr, grad_sq, r)
EDGE = [r > 0, r <= Q(1, 2), elr > 0, grad_sq >= 0, lam > 0]
crossing = Statement([*EDGE, elr < 2 / lam, step >= 2 / lam], And(step - 2 / lam <= 12 * r / lam))
grows = Statement([*EDGE, elr**2 * grad_sq < r], step > elr * (1 + r / 2))


def _enters(power: float):
    """Descent on sin^2/2 + c sin^4 from below 2/rho_2, rho_2 > lambda_1 = 1, to the crossing of 2/lambda_1."""

    def attempt(chance: random.Random):
        bend, eta_in = chance.uniform(0.5, 3), 10 ** chance.uniform(-4, -2)

        def slope(at):
            return math.sin(at) * math.cos(at) * (1 + 4 * bend * math.sin(at) ** 2)

        def norm(at):  # of the Hessian in the plane: [[0, -f'], [-f', f'']] at radius 1
            square = math.sin(at) ** 2
            curve = math.cos(2 * at) + 4 * bend * square * (3 * math.cos(at) ** 2 - square)
            return abs(curve) / 2 + math.sqrt(curve**2 / 4 + slope(at) ** 2)

        smoothness = 1.01 * max(norm(math.pi * k / 400) for k in range(400))
        at, elr = chance.uniform(-1, 1) * eta_in**0.5, chance.uniform(0.1, 1) * 2 / smoothness
        for _ in range(int(5 / eta_in)):
            tangent = elr * slope(at)
            at, elr = at - math.atan(tangent), sharpness.pgd_elr_next(elr, slope(at) ** 2, eta_in)
            if elr >= 2:
                far = abs(at) > 2 * eta_in**0.5 or elr - 2 > 12 * eta_in**power
                return {"c": bend, "eta_in": eta_in, "elr": elr, "angle": at} if far else None
        return {"c": bend, "eta_in": eta_in, "never reached": elr}

    return attempt


THEOREM_4_4 = Claim(
    id="sharpness:thm4.4",
    source="sharpness theorem 4.4",
    printed=Form(
        r"From $\|\theta_{t_0}-\theta^*\| = O((\hat\lambda\hat\eta)^{1/2})$ and $\tilde\eta_{t_0} \le "
        r"2/\rho_2$ there is $t_1 > t_0$ with $\|\theta_{t_1}-\theta^*\| = "
        r"O((\hat\lambda\hat\eta)^{1/2})$ and "
        r"$\tilde\eta_{t_1} = 2/\lambda_1^H(\theta^*) + O((\hat\lambda\hat\eta)^{1/2})$.",
        (
            smt(crossing, part="the landing", mutants=[crossing.but(then=step - 2 / lam <= r / lam)]),
            certificate(crossing, part="the landing", mutants=[crossing.but(then=step - 2 / lam <= r / lam)]),
            smt(grows, part="the rise", mutants=[grows.but(then=step > elr * (1 + 2 * r))]),
            trial(
                "on sin^2/2 + c sin^4 of the angle, c from 1/2 to 3, from |theta - theta*| <= "
                "sqrt(eta_in) and an ELR "
                "below 2/rho_2, rho_2 > lambda_1: it reaches 2/lambda_1, lands within 12 "
                "eta_in/lambda_1 of it, and "
                "theta is then within 2 sqrt(eta_in)",
                _enters(1),
                n=12,
                part="the theorem on a family of losses",
                mutants=[("it lands within 12 eta_in^3", _enters(3))],
            ),
        ),
        clauses=(
            Clause("the ELR rises to 2/lambda_1 and lands", ("the landing", "the rise")),
            Clause("for every loss", why="tried on a family with rho_2 > lambda_1, its hypothesis not empty"),
            Clause("on that family", ("the theorem on a family of losses",)),
        ),
        note="Proved for every loss: a step that takes the learning rate over 2/lambda_1 leaves it within "
        "12 eta_in/lambda_1 (eta_in <= 1/2), better than the printed power 1/2; and it grows by a "
        "factor above "
        "1 + eta_in/2 while elr^2 |grad|^2 < eta_in. Left open: that theta stays within "
        "O(sqrt(eta_in)) of theta* until then, for every PL loss. The theorem takes rho_2 < infinity "
        "for granted "
        "(sharpness:smoothness).",
    ),
    needs=("sharpness:rmsprop-like", "sharpness:lemma4.1", "sharpness:pl"),
)

# Gradient flow with weight decay: w' = -grad L(w) - lambda w.

w, g, wd = reals("w_1 w_2 w_3"), reals("g_1 g_2 g_3"), reals("wd")[0]
s = sum(v * v for v in w)
velocity = [-d - wd * v for v, d in zip(w, g, strict=True)]
norm_rate = Statement(
    [sum(v * d for v, d in zip(w, g, strict=True)) == 0],
    2 * sum(v * d for v, d in zip(w, velocity, strict=True)) == -2 * wd * s,
)
across = [
    d * s - v * sum(p * q for p, q in zip(w, velocity, strict=True)) for v, d in zip(w, velocity, strict=True)
]
turning = Statement(norm_rate.given, And(*(d == -s * e for d, e in zip(across, g, strict=True))))
COQ_FLOW = (
    "forall grad (th : R -> nat -> R) wd s0, homogeneous_gradient grad -> 0 < wd -> 0 < s0 -> "
    "(forall T i, is_derive (fun T => th T i) T (- grad (th T) i)) -> "
    "let w := fun t => scaled (sqrt s0 * exp (- wd * t)) (th (flow_clock wd s0 t)) in "
    "forall t i, is_derive (fun t => w t i) t (- grad (w t) i - {decay} * w t i)"
)
COQ_REACHES = (
    "forall n d X y wp m rho target (w G : R -> nat -> R), (0 < n)%nat -> 0 < norm_sq n y -> 0 < m -> 0 < rho -> "
    "(forall i, (i < n)%nat -> dot d (X i) wp = y i) -> across_kernel n d X wp -> "
    "(forall v, across_kernel n d X v -> m * norm_sq d v <= norm_sq n (applied d X v)) -> "
    "(forall i, (i < n)%nat -> applied d X target i = rho * y i) -> "
    "(forall t, 0 <= t -> 0 < norm_sq n (applied d X (w t)) /\\ "
    "is_gradient d (bn_loss n d X y) (w t) (G t) /\\ "
    "forall i, (i < d)%nat -> is_derive (fun s => w s i) t (- G t i)) -> "
    "norm_sq d (w 0) = norm_sq d target -> "
    "{start}"
    "- (Norm.norm n y * Norm.norm n (applied d X (w 0))) {side} dot n y (applied d X (w 0)) -> "
    "forall i, (i < d)%nat -> is_lim (fun t => w t i) p_infty (target i)"
)
COQ_START = "across_kernel n d X (fun i => w 0 i - target i) -> "
GRADIENT_FLOW = Claim(
    id="sharpness:gradient-flow",
    source="sharpness 5, below theorem 5.1",
    printed=Form(
        r"On a scale-invariant loss, weight decay changes the time of the gradient flow on the sphere and "
        r"nothing else; gradient flow may converge to any zero-loss solution.",
        (
            kernel(
                COQ_FLOW.format(decay="wd"),
                "SharpnessMore.gradient_flow",
                part="the change of time",
                mutants=[COQ_FLOW.format(decay="0"), COQ_FLOW.format(decay="2 * wd")],
            ),
            algebra(norm_rate, part="the norm, n = 3", mutants=[norm_rate.but(without=0)]),
            algebra(turning, part="the direction, n = 3", mutants=[turning.but(without=0)]),
            kernel(
                COQ_REACHES.format(start=COQ_START, side="<"),
                "(fun n d X y wp m rho target w G _ => GradientFlow.flow_reaches n d X y wp m rho target w G)",
                part="any zero-loss solution",
                mutants=[
                    COQ_REACHES.format(start="", side="<"),
                    COQ_REACHES.format(start=COQ_START, side="<="),
                ],
                total=True,
            ),
        ),
        clauses=(
            Clause(
                "weight decay changes the time",
                ("the change of time", "the norm, n = 3", "the direction, n = 3"),
            ),
            Clause(
                "gradient flow may converge to any zero-loss solution: of linear regression with BN "
                "each is the limit "
                "from every start of its norm, near or far, from which it differs across the kernel "
                "of the data only",
                ("any zero-loss solution",),
            ),
        ),
        note="The clock is tau(t) = (e^(2 lambda t) - 1)/(2 lambda |w_0|^2): if theta(tau) is "
        "gradient flow on "
        "the sphere, then |w_0| e^(-lambda t) theta(tau(t)) is the flow with decay, in every dimension. It "
        "runs to infinity, so the limit points are the same. Uniqueness of the flow is taken from the "
        "theory of differential equations. The second clause, for every n, d and data: the flow "
        "keeps the norm "
        "and the component in the kernel of the data, the cosine with the labels climbs to 1 from any other "
        "value than -1, and so the start alone decides which zero-loss solution is reached; m is the "
        "square of the "
        "least non-zero singular value. That is the kernel's alone.",
    ),
    needs=("si:gradient-homogeneity", "si:orthogonality"),
)

CLAIMS = (PL_REMARKS, NULL_SPACE, PL, THEOREM_4_4, GRADIENT_FLOW)
