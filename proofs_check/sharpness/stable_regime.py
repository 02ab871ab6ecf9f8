"""Section 4.1: the descent lemma, the smoothness constant, Theorem 4.2 and what is concluded from it.

Exact instances live on two losses of the plane, x^2/(x^2 + y^2) and xy/(x^2 + y^2). Both have
rho_2 = 2: in the angle, their Hessians on the circle have the eigenvalues l''/2 +- sqrt(l''^2/4 + l'^2).
"""

import random
from fractions import Fraction as F

from flint import arb

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Q,
    Statement,
    algebra,
    ball,
    certificate,
    enclosure,
    kernel,
    less,
    reals,
    smt,
    trial,
)
from proofs_check.statements.answers import CANNOT_TELL, NO, YES, Answer
from sitheory.theory import periodic, scale, sharpness

RHO_2 = 2

elr, lam, lam_max, grad_sq, x_sq, y_sq, a = reals("elr lambda lambda_max G x_sq y_sq a")
CIRCLE = [x_sq >= 0, y_sq >= 0, x_sq + y_sq == 1, elr >= 0]


def _descends(constant) -> Statement:
    """The descent lemma with a constant for lambda_max, on x^2/(x^2 + y^2) at x^2 + y^2 = 1."""
    after = x_sq * (1 - 2 * elr * y_sq) ** 2 / (1 + 4 * elr**2 * x_sq * y_sq)
    return Statement(CIRCLE, after <= sharpness.descent_bound(x_sq, elr, constant, 4 * x_sq * y_sq))


COQ_DESCENT = (
    "forall n f grad hess x lr wd M, scale_invariant f -> homogeneous_gradient grad -> "
    "0 < norm_sq n x -> 0 < lr -> {range} -> dot n (grad x) x = 0 -> "
    "let e := scale_elr_with_decay lr wd (norm_sq n x) in let th := direction n x in "
    "(forall a, 0 <= a <= e -> is_gradient n f (against n grad th a) (grad (against n grad th a))) -> "
    "(forall a, 0 <= a <= e -> forall i, (i < n)%nat -> "
    "is_gradient n (fun y => grad y i) (against n grad th a) (hess (against n grad th a) i)) -> "
    "(forall a, 0 <= a <= e -> forall v, rayleigh n (hess (against n grad th a)) v <= M * norm_sq n v) -> "
    "f (direction n (decay_step x (grad x) lr wd)) <= f th - e * (1 - e * M / {half}) * norm_sq n (grad th)"
)
DESCENT = Claim(
    id="sharpness:lemma4.1",
    source="sharpness lemma 4.1",
    printed=Form(
        r"$L(\theta_{t+1}) \le L(\theta_t) - \tilde\eta_t(1-\tilde\eta_t\lambda_{\max}^{(t)}/2)\|\nabla "
        r"L(\theta_t)\|^2$, with "
        r"$\lambda_{\max}^{(t)} = \sup_{0\le\alpha\le\tilde\eta_t}\lambda_1^H(\theta_t-\alpha\nabla "
        r"L(\theta_t))$.",
        (
            kernel(
                COQ_DESCENT.format(range="lr * wd < 1", half=2),
                "SharpnessMore.lemma4_1",
                mutants=[
                    COQ_DESCENT.format(range="lr * wd < 1", half=4),
                    COQ_DESCENT.format(range="True", half=2),
                ],
                part="every n",
                total=True,
            ),
            smt(
                _descends(RHO_2), mutants=[_descends(Q(RHO_2, 2)), _descends(Q(19, 10))], part="on x^2/|w|^2"
            ),
        ),
        note="True at every step size, far above 2/lambda_max too, for every twice differentiable "
        "scale-invariant loss and eta lambda < 1 (else the supremum is over nothing). M in the kernel's "
        "statement is any bound of the Rayleigh quotients on the segment, such as the supremum of lambda_1. "
        "The constant is sharp: on x^2/|w|^2, where rho_2 = 2, 19/10 fails. Every n is the kernel's alone.",
        clauses=(
            Clause(
                "the descent lemma",
                (
                    "every n",
                    "on x^2/|w|^2",
                ),
            ),
        ),
    ),
    needs=("si:orthogonality", "sharpness:lemma3.1"),
)

# On x^2/(x^2 + y^2) the largest eigenvalue of the Hessian is 2 y^2/(x^2 + y^2)^2. From (3/5, 4/5), at a:
height = Q(4, 5) * (1 + Q(18, 25) * a)
stretch = 1 + Q(576, 625) * a**2
last = Q(32, 25) * Q(43, 25) ** 2 / (1 + Q(576, 625))
inside = Statement([a >= 0, a <= 1], 2 * height**2 / stretch**2 < last)
locally = Statement(
    [elr >= 0, grad_sq >= 0, lam <= lam_max], (1 + elr**2 * grad_sq) * lam <= (1 + elr**2 * grad_sq) * lam_max
)
COQ_LOCAL = (
    "forall x y e, x ^ 2 + y ^ 2 = 1 -> 0 < e -> exists a, 0 <= a <= e /\\ "
    "2 * (y + 2 * e * x ^ 2 * y) ^ 2 / (1 + 4 * e ^ 2 * x ^ 2 * y ^ 2) <= "
    "2 * (y + 2 * a * x ^ 2 * y) ^ 2 / (1 + 4 * a ^ 2 * x ^ 2 * y ^ 2) ^ {power}"
)
REFUTE_LOCAL = """ltac:(intro H; destruct (H (3/5) (4/5) 1 ltac:(field) ltac:(lra)) as (a & Ha & E);
  assert (D : 0 < (1 + 4 * a ^ 2 * (3/5) ^ 2 * (4/5) ^ 2) ^ 2) by (apply pow_lt; nra);
  assert (V : 2 * (4/5 + 2 * a * (3/5) ^ 2 * (4/5)) ^ 2 /
    (1 + 4 * a ^ 2 * (3/5) ^ 2 * (4/5) ^ 2) ^ 2 < 19/10);
  [apply Rmult_lt_reg_r with (1 := D); unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; nra | lra])"""
LAMBDA_MAX = Claim(
    id="sharpness:lambda-max",
    source="sharpness lemma 4.1",
    printed=Form(
        r"$\lambda_{\max}^{(t)}$ is an upper bound of the spherical sharpness locally: on the segment from "
        r"$\theta_t$ to $\theta_t - \tilde\eta_t\nabla L(\theta_t)$ over which the supremum is taken.",
        (
            kernel(
                COQ_LOCAL.format(power=2),
                REFUTE_LOCAL,
                refutes={"L": "x^2/(x^2+y^2)", "theta_t": "(3/5, 4/5)", "elr": "1"},
                mutants=[COQ_LOCAL.format(power=1)],
            ),
        ),
        note="At theta_t itself it is one, by a = 0. Along the segment it is not: the supremum is taken of "
        "lambda_1 at points of norm above 1, where the Hessian is smaller by the norm's square than on the "
        "sphere. Wherever the sharpness rises along the step, the bound fails at theta_{t+1}. 'For "
        "no a' is the "
        "kernel's; the inequality in it has two more engines in the amended form.",
        failure=Failure(
            Kind.CONSTANT,
            "the supremum is taken off the sphere, where the Hessian is smaller by the squared norm",
            "at the segment's end the spherical sharpness is 1.97, lambda_max is 1.62",
        ),
    ),
    amended=Form(
        r"On the segment the spherical sharpness is at most $(1+\alpha^2\|\nabla L(\theta_t)\|^2)"
        r"\lambda_{\max}^{(t)}$, which at $\alpha = 0$ is $\lambda_{\max}^{(t)}$; without the factor it can "
        r"exceed $\lambda_{\max}^{(t)}$.",
        (
            smt(locally, mutants=[locally.but(then=(1 + elr**2 * grad_sq) * lam <= lam_max)], part="bound"),
            certificate(
                locally, mutants=[locally.but(then=(1 + elr**2 * grad_sq) * lam <= lam_max)], part="bound"
            ),
            smt(inside, mutants=[inside.but(then=2 * height**2 / stretch**2 < Q(8, 5))], part="needed"),
            certificate(inside, mutants=[inside.but(then=2 * height**2 / stretch < Q(3, 2))], part="needed"),
        ),
        note="The squared norm of theta - a grad L(theta) is 1 + a^2 |grad L|^2, by orthogonality; "
        "'needed' is "
        "the segment from (3/5, 4/5) on x^2/|w|^2, whose end is sharper than every lambda_1 before it.",
        clauses=(
            Clause("the bound on the segment", ("bound",)),
            Clause("the factor is needed", ("needed",)),
        ),
    ),
    needs=("si:hessian-homogeneity", "si:orthogonality"),
)

rho, b, k = reals("rho b k")
p, q, cos, sin = reals("p q cos sin")
variance, n_z, v_1, v_2 = reals("variance N v_1 v_2")
unbounded = Statement([rho > 0, b == 1 / (1 + rho)], sharpness.bn_hessian_diagonal(1, b, b) > rho)
along_z = n_z * (sin * v_1 + cos * v_2)
mixed, outer = sharpness.bn_hessian_rank_two(variance, n_z * cos, n_z)
form = (
    sharpness.bn_hessian_diagonal(variance, n_z * cos, n_z) * (v_1**2 + v_2**2)
    + 2 * mixed * v_2 * along_z
    + outer * along_z**2
)
radial, across = sin * v_1 + cos * v_2, cos * v_1 - sin * v_2
polar = Statement(
    [n_z > 0, cos**2 + sin**2 == 1],
    form * n_z**2 == 2 * variance * (cos * across**2 - 2 * sin * radial * across),
)
bounded = Statement([cos**2 + sin**2 == 1], 3 * (cos * q**2 - 2 * sin * p * q) ** 2 <= 4 * (p**2 + q**2) ** 2)
COQ_SMOOTH = "exists rho, forall b k, 0 < b -> b ^ 2 + k ^ 2 = 1 -> {entry} <= rho"
SMOOTHNESS = Claim(
    id="sharpness:smoothness",
    source="sharpness theorem 4.2, section 5",
    printed=Form(
        r"$\rho_2 = \sup_{\|w\|=1}\|\nabla^2 L(w)\|$ is finite for the models that the theorems are applied "
        r"to, such as linear regression with BN, $d > n$.",
        (
            kernel(
                COQ_SMOOTH.format(entry="2 * 1 * b / b ^ 3"),
                "ltac:(intros (rho & H); destruct (SharpnessMore.smoothness_infinite rho) as (b & k "
                "& P & U & X); "
                "specialize (H b k P U); lra)",
                refutes={"w": "(a, b, k) = (0, b, sqrt(1 - b^2))", "d^2 L/da^2": "2 sigma_y^2 / b^2"},
                mutants=[COQ_SMOOTH.format(entry="2 * 1 * b")],
            ),
        ),
        note="The loss is smooth off the kernel of the centred data only; near the kernel, which is not zero "
        "where d >= n, the Hessian grows like 1/|Xc w|^2. So Theorems 4.2 and 4.4 say nothing there as they "
        "stand: T_0 = ceil(-infinity), and no first learning rate is allowed. 'For no rho' is the kernel's; "
        "the inequality in it has two more engines in the amended form.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "no such sentence is printed: it is what the theorems take for granted, and with d > n it fails",
            "the Hessian is 200 sigma_y^2 at b = 1/10 and 20,000 sigma_y^2 at b = 1/100: there is no bound",
        ),
    ),
    amended=Form(
        r"For linear regression with BN $\rho_2 = \infty$ as soon as the centred data have a kernel. Where "
        r"$\|z\|^2 \ge m$, $z = X_c w$, it is finite: the Hessian in $z$ is at most "
        r"$\frac{4}{\sqrt3}\sigma_y^2/m$ in norm.",
        (
            smt(unbounded, mutants=[unbounded.but(then=2 / b > rho**2)], part="infinite"),
            certificate(unbounded, mutants=[unbounded.but(then=2 / b > rho**2)], part="infinite"),
            algebra(
                polar,
                mutants=[
                    polar.but(then=form * n_z**2 == 2 * variance * (cos * across**2 - sin * radial * across))
                ],
                part="the Hessian in z",
            ),
            smt(
                bounded,
                timeout=3,
                mutants=[bounded.but(then=(cos * q**2 - 2 * sin * p * q) ** 2 <= (p**2 + q**2) ** 2)],
                part="the bound",
            ),
            kernel(
                bounded,
                "ltac:(intros c s q p E; assert (X : (c * q - 2 * s * p) ^ 2 <= q ^ 2 + 4 * p ^ 2) by "
                "(pose proof (pow2_ge_0 (2 * c * p + s * q)); nra); "
                "pose proof (pow2_ge_0 (2 * p ^ 2 - q ^ 2)); pose proof (pow2_ge_0 q); nra)",
                mutants=[bounded.but(then=(cos * q**2 - 2 * sin * p * q) ** 2 <= (p**2 + q**2) ** 2)],
                part="the bound",
            ),
        ),
        note="The Hessian in z acts in the plane of z and y-hat as given, and across it as 2 "
        "sigma_y^2 cos/|z|^2, "
        "which is smaller.",
        clauses=(
            Clause("infinite where the data have a kernel", ("infinite",)),
            Clause(
                "finite where z is bounded below",
                (
                    "the Hessian in z",
                    "the bound",
                ),
            ),
        ),
    ),
)

# Theorem 4.2 on xy/(x^2 + y^2) from (start, 0): theta_0 = (1, 0) has the largest squared gradient, 1.


def _run(start: F, lr: F, wd: F, steps: int):
    """Squared norm and squared gradient on the sphere at steps 0 to ``steps``, exactly."""
    x, y = start, F(0)
    for _ in range(steps + 1):
        norm_sq = x * x + y * y
        yield norm_sq, (x * x - y * y) ** 2 / norm_sq**2
        turn = lr * (x * x - y * y) / norm_sq**2
        x, y = (1 - lr * wd) * x + turn * y, (1 - lr * wd) * y - turn * x


def _holds(start: F, lr: F, wd: F, share: int = 1, more: int = 0) -> Answer:
    """Whether some step up to T_0 + more meets the two bounds, the first divided by ``share``."""
    eta, decay, start_sq = (ball(v) for v in (lr, wd, start**2))
    pi = arb.pi()
    first = ~less(
        sharpness.thm42_first_elr(eta, decay, RHO_2, pi), scale.elr_with_decay(eta, decay, start_sq)
    )
    count = sharpness.thm42_steps_printed(eta, decay, start_sq, RHO_2, pi, arb.log).ceil().unique_fmpz()
    if first.value is not True or count is None or lr * wd > F(1, 2):
        return CANNOT_TELL
    bound = sharpness.thm42_grad_sq(eta, decay, RHO_2, pi) / share
    largest = 2 * sharpness.thm42_first_elr(eta, decay, RHO_2, pi)
    some = NO
    for norm_sq, grad_sq in _run(start, lr, wd, int(count) + more):
        now = scale.elr_with_decay(eta, decay, ball(norm_sq))
        some = some | ~(less(bound, grad_sq) | less(largest, now))
        if some == YES:
            break
    return some


def _corner(share: int = 1):
    """An attempt near the corner of the hypotheses, where T_0 is small."""

    def attempt(chance: random.Random):
        start, wd = F(chance.randint(40, 60), 9), F(1, chance.randint(2, 100) ** 2)
        if start > F(40, 9) or _holds(start, F(1), wd, share) != NO:
            return None
        return {"L": "x y/(x^2+y^2)", "rho_2": 2, "w_0": f"({start}, 0)", "eta": 1, "lambda": wd}

    return attempt


u, g, r = reals("u g r")
pi_sq = reals("pi_sq")[0]
UNITS = [r > 0, r <= Q(1, 2)]
stays = Statement([*UNITS, u >= Q(1, 2), g > 8 * r], periodic.norm_sq_next(u, g, 1, r) >= Q(1, 2))
drops = Statement(
    [*UNITS, u >= Q(1, 2), pi_sq > 9, rho > 0, elr == 1 / ((1 - r) * pi_sq * rho * u)],
    1 - elr * rho / 2 >= Q(7, 9),
)
COQ_42 = (
    "forall lr wd rho s G L, 0 < lr -> 0 < wd -> lr * wd <= 1 / 2 -> 0 < rho -> 0 < s O -> "
    "(forall t : nat, 0 <= G t) -> "
    "(forall t, s (S t) = (1 - lr * wd) ^ 2 * s t + lr ^ 2 * (G t / s t)) -> "
    "(forall t, L (S t) <= L t - scale_elr_with_decay lr wd (s t) "
    "* (1 - scale_elr_with_decay lr wd (s t) * rho / 2) * G t) -> "
    "(forall t t', L t - L t' <= PI ^ 2 * rho / 2) -> "
    "scale_elr_with_decay lr wd (s O) <= 1 / (PI ^ 2 * rho * (1 - lr * wd)) -> "
    "forall T, (ln (s O / (rho * PI ^ 2 * lr)) + {more}) / (2 * lr * wd) <= INR T -> "
    "exists t, (t <= T)%nat /\\ G t <= {bound} * PI ^ 4 * rho ^ 2 * wd * lr /\\ "
    "scale_elr_with_decay lr wd (s t) <= 2 / (PI ^ 2 * rho * (1 - lr * wd))"
)
START, WD = F(40, 9), F(1, 4000)
THEOREM_4_2 = Claim(
    id="sharpness:thm4.2",
    source="sharpness theorem 4.2",
    printed=Form(
        r"If $\hat\eta\hat\lambda \le \frac12$ and $\tilde\eta_0 \le "
        r"\frac{1}{\pi^2\rho_2(1-\hat\eta\hat\lambda)}$, some $0 \le t \le T_0 = "
        r"\left\lceil\frac{1}{2\hat\eta\hat\lambda}\ln\frac{\|w_0\|^2}{\rho_2\pi^2\hat\eta}\right\rceil$ has "
        r"$\|\nabla L(\theta_t)\|^2 \le 8\pi^4\rho_2^2\hat\lambda\hat\eta$ and $\tilde\eta_t \le "
        r"\frac{2}{\pi^2\rho_2(1-\hat\eta\hat\lambda)}$.",
        (
            trial(
                "Theorem 4.2 as printed on xy/(x^2 + y^2) from (start, 0)",
                _corner(),
                n=400,
                mutants=[("with half the bound on the gradient", _corner(2))],
            ),
            enclosure(
                "Theorem 4.2 as printed on xy/(x^2+y^2) from w_0 = (40/9, 0), eta = 1, lambda = 1/4000",
                lambda: _holds(START, F(1), WD),
                mutants=[("with half the bound", lambda: _holds(START, F(1), WD, share=2))],
            ),
        ),
        note="At the corner of the hypotheses T_0 is next to 0, so that the start itself would need a small "
        "gradient, which nothing gives: here T_0 = 2, rho_2 = 2, and the squared gradient is above 9/10 at "
        "steps 0 to 2, the bound below 8/10. The bound on the learning rate is not what fails.",
        failure=Failure(
            Kind.CONSTANT,
            "T_0 is half an e-fold too short",
            "T_0 = 2, and at t = 0, 1, 2 the squared gradient is above 0.95, the bound 8 pi^4 "
            "rho_2^2 lambda eta = 0.62",
        ),
    ),
    amended=Form(
        r"The theorem is true with half an e-fold more, $T_0 = \left\lceil\frac{1}{2\hat\eta\hat\lambda}"
        r"\left(\ln\frac{\|w_0\|^2}{\rho_2\pi^2\hat\eta}+\frac12\right)\right\rceil$, for every loss whose "
        r"values on the sphere span at most $\pi^2\rho_2/2$.",
        (
            kernel(
                COQ_42.format(more="1 / 2", bound=8),
                "SharpnessMore.thm4_2",
                mutants=[COQ_42.format(more="0", bound=8), COQ_42.format(more="1 / 2", bound=4)],
                part="the theorem",
            ),
            smt(
                stays,
                mutants=[stays.but(without=3), stays.but(given=[*UNITS, u > 0, g > 8 * r])],
                part="the norm does not fall",
            ),
            certificate(stays, mutants=[stays.but(without=3)], part="the norm does not fall"),
            smt(
                drops,
                mutants=[drops.but(given=[*drops.given[:3], pi_sq > 1, *drops.given[4:]])],
                part="the loss falls",
            ),
        ),
        note="In units u = |w|^2/(pi^2 rho_2 eta): while the gradient is above its bound, u stays above 1/2, "
        "each step lowers the loss by at least 7/9 of elr |grad|^2, and the steps after ln u_0 + 1/2 e-folds "
        "would lower it by more than it spans. The span: a loss that attains its minimum on the "
        "sphere grows by "
        "at most rho_2 s^2/2 on an arc of length s from there, as the gradient is orthogonal to theta "
        "(SharpnessMore.taylor_upper); that the minimum is attained is compactness, not formalised. The "
        "summation over the steps is the kernel's alone.",
        clauses=(
            Clause(
                "the theorem with half an e-fold more",
                (
                    "the theorem",
                    "the norm does not fall",
                    "the loss falls",
                ),
            ),
        ),
    ),
    needs=("sharpness:lemma3.1", "sharpness:lemma4.1", "periodic:eq3"),
)

lr, wd, s, level = reals("lr wd s k")
POSITIVE = [lr > 0, wd > 0, lr * wd <= Q(1, 2)]
first = Statement(
    [*POSITIVE, level > 0, elr == sharpness.thm42_first_elr(lr, wd, level, 1)], elr <= 1 / level
)
decreases = Statement([*UNITS, u >= Q(1, 2), g >= 0, g <= 8 * r], periodic.norm_sq_next(u, g, 1, r) < u)
below = Statement(
    [*POSITIVE, rho > 0, pi_sq > 9, elr <= 2 * sharpness.thm42_first_elr(lr, wd, pi_sq * rho, 1)],
    And(elr <= 4 / (pi_sq * rho), 4 / (pi_sq * rho) < 2 / rho),
)
smaller_pi = below.but(given=[*below.given[:-2], pi_sq > 1, below.given[-1]])
falls = Statement(
    [*POSITIVE, s > 0, grad_sq >= 0],
    (periodic.norm_sq_next(s, grad_sq, lr, wd) < s)
    == (scale.elr_with_decay(lr, wd, s) ** 2 * grad_sq < 1 / (1 - lr * wd) ** 2 - 1),
)


def _rises(chance: random.Random):
    """A start that meets the conclusion of Theorem 4.2 at t_0 = 0, and whose norm grows."""
    wd = F(1, 1000 * chance.randint(1, 4))
    (before, grad_sq), (after, _) = _run(START, F(1), wd, 1)
    bound = sharpness.thm42_grad_sq(ball(1), ball(wd), RHO_2, arb.pi())
    if less(grad_sq, bound) != YES or after <= before:
        return None
    return {"L": "x y/(x^2+y^2)", "w_0": f"({START}, 0)", "eta": 1, "lambda": wd, "t_0": 0}


CONSEQUENCE = Claim(
    id="sharpness:thm4.2-consequence",
    source="sharpness 4.1, below theorem 4.2",
    printed=Form(
        r"$\tilde\eta_{t_0} \le \frac{1}{\pi^2\rho_2} < \frac{2}{\rho_2}$, and from step $t_0$ on the norm "
        r"decreases.",
        (
            smt(first, mutants=[first.but(then=elr <= 1 / (2 * level))], part="the learning rate"),
            smt(decreases, mutants=[decreases.but(given=decreases.given[:-1])], part="the norm"),
            trial(
                "from t_0 on the norm decreases, on xy/(x^2 + y^2)",
                _rises,
                n=20,
                part="the norm",
            ),
        ),
        note="Theorem 4.2 bounds the learning rate by 2/(pi^2 rho_2 (1 - eta lambda)), more than "
        "twice what is "
        "written; a start at a critical point with the largest allowed learning rate (t_0 = T_0 = 0) exceeds "
        "1/(pi^2 rho_2) already. And a gradient that is allowed by the bound 8 pi^4 rho_2^2 eta "
        "lambda makes the "
        "norm grow: eta = 1, lambda = 1/3000, w_0 = (40/9, 0) on xy/(x^2+y^2), t_0 = 0. (k is pi^2 rho_2; "
        "u, g, r are the norm, gradient and eta lambda in the units of Theorem 4.2.)",
        failure=Failure(
            Kind.CONSTANT,
            "the bound at t_0 is 2/(pi^2 rho_2 (1 - eta lambda))",
            "with pi^2 rho_2 = 1 and eta lambda = 1/2 theorem 4.2 itself allows elr = 2, the printed bound is 1",
        ),
        clauses=(
            Clause("the learning rate", ("the learning rate",)),
            Clause("the norm decreases from then on", ("the norm",)),
        ),
    ),
    amended=Form(
        r"$\tilde\eta_{t_0} \le \frac{2}{\pi^2\rho_2(1-\hat\eta\hat\lambda)} \le \frac{4}{\pi^2\rho_2} < "
        r"\frac{2}{\rho_2}$; the norm decreases at step $t$ if and only if $\tilde\eta_t^2\|\nabla "
        r"L(\theta_t)\|^2 < (1-\hat\eta\hat\lambda)^{-2}-1$.",
        (
            smt(below, mutants=[smaller_pi], part="the learning rate"),
            certificate(below, mutants=[smaller_pi], part="the learning rate"),
            smt(
                falls,
                mutants=[falls.but(then=periodic.norm_sq_next(s, grad_sq, lr, wd) < s)],
                part="the norm",
            ),
            certificate(
                falls,
                mutants=[falls.but(then=periodic.norm_sq_next(s, grad_sq, lr, wd) < s)],
                part="the norm",
            ),
        ),
        note="So the conclusion that matters, elr below 2/rho_2, stands. Near a minimiser, where the "
        "gradient is "
        "o((eta lambda)^(1/2)), the norm does decrease.",
        clauses=(
            Clause("the chain of bounds on the ELR", ("the learning rate",)),
            Clause("the norm decreases if and only if", ("the norm",)),
        ),
    ),
    needs=("sharpness:thm4.2", "sharpness:rmsprop-like", "periodic:eq3"),
)

CLAIMS = (DESCENT, LAMBDA_MAX, SMOOTHNESS, THEOREM_4_2, CONSEQUENCE)
