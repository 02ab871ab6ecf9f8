"""Section 5: linear regression with batch normalisation, in closed form.

n and d are written out where the data are (three points of the plane). For the rest the weights are
given in the orthonormal basis of ``sitheory.theory.sharpness``: a along the eigenvectors (mu) in which
the loss is curved, b along the minimum-norm interpolant w+, k in the kernel of the centred data.
"""

import sympy

from proofs_check import (
    And,
    Claim,
    Clause,
    Derivation,
    Form,
    Statement,
    Step,
    algebra,
    certificate,
    kernel,
    reals,
    root,
    smt,
)
from sitheory.theory import sharpness

# Equation (4) for three points of the plane.

w_1, w_2, gamma, beta, x_1, x_2 = reals("w_1 w_2 gamma beta x_1 x_2")
points = [tuple(reals(f"p_{i} q_{i}")) for i in (1, 2, 3)]
outputs = [w_1 * p + w_2 * q for p, q in points]
mean = sum(outputs) / 3
mu_p, mu_q = sum(p for p, _ in points) / 3, sum(q for _, q in points) / 3
cov = [
    sum(f * g for f, g in zip(left, right, strict=True)) / 3
    for left in ([p - mu_p for p, _ in points], [q - mu_q for _, q in points])
    for right in ([p - mu_p for p, _ in points], [q - mu_q for _, q in points])
]
spread = w_1 * w_1 * cov[0] + w_1 * w_2 * (cov[1] + cov[2]) + w_2 * w_2 * cov[3]
sigma, is_sigma = root(sum((z - mean) ** 2 for z in outputs) / 3, "sigma")
same_spread = Statement([], sum((z - mean) ** 2 for z in outputs) / 3 == spread)
tilde = [gamma * w_1 / sigma, gamma * w_2 / sigma]
tilde_b = beta - tilde[0] * mu_p - tilde[1] * mu_q
normalised = gamma * (w_1 * x_1 + w_2 * x_2 - mean) / sigma + beta
linear = Statement([is_sigma, sigma > 0], normalised == tilde[0] * x_1 + tilde[1] * x_2 + tilde_b)
of_points = [gamma * (z - mean) / sigma + beta for z in outputs]
moments = Statement(
    [is_sigma, sigma > 0],
    And(sum(of_points) / 3 == beta, sum((z - beta) ** 2 for z in of_points) / 3 == gamma**2),
)


def linear_model() -> list[Derivation]:
    """Equation (4), with wx for the product of w and x and w_mu for that of w and the mean."""
    wx, w_mu, scale, shift = sympy.symbols("wx w_mu gamma beta", real=True)
    norm = sympy.Symbol("|w|_Sigma", positive=True)
    slope = scale / norm
    why = "the bias cancels: w~ = gamma w/|w|_Sigma, b~ = beta - w~^T mu_x"
    steps = [Step(slope * wx + (shift - slope * w_mu), why)]
    return [Derivation(scale * (wx - w_mu) / norm + shift, steps, "linear in x", "eq. 4")]


COQ_MOMENTS = (
    "forall n (z : nat -> R) gamma beta, (0 < n)%nat -> let mean := sum_to n z / INR n in "
    "let var := sum_to n (fun i => (z i - mean) ^ 2) / INR n in "
    "let p := fun i => gamma * ((z i - mean) / sqrt var) + beta in 0 < var -> "
    "sum_to n p / INR n = beta /\\ sum_to n (fun i => (p i - beta) ^ 2) / INR n = gamma ^ {power}"
)
COQ_SPREAD = (
    "forall n d (x : nat -> nat -> R) w, (0 < n)%nat -> "
    "let mu := fun j => sum_to n (fun i => / INR n * x i j) in let z := fun i => dot d (x i) w in "
    "let cov := fun j k => sum_to n (fun i => / INR n * (x i j - mu j) * (x i k - {mean})) in "
    "sum_to n (fun i => (z i - sum_to n z / INR n) ^ 2) / INR n = dot d w (fun j => dot d (cov j) w)"
)
EQ4 = Claim(
    id="sharpness:eq4",
    source="sharpness (4)",
    printed=Form(
        r"$\Phi(x) = \tilde w^\top x + \tilde b$ with $\tilde w = \gamma w/\|w\|_{\Sigma_x}$, $\tilde b = "
        r"\beta-\tilde w^\top\mu_x$; whatever $w$, the mean and variance of $\Phi(x_i)$ are $\beta$ and "
        r"$\gamma^2$.",
        (
            algebra(
                same_spread, part="sigma_1 = |w|_Sigma", mutants=[same_spread.but(then=spread == mean**2)]
            ),
            algebra(
                linear,
                part="linear",
                mutants=[linear.but(then=normalised == tilde[0] * x_1 + tilde[1] * x_2 + beta)],
            ),
            kernel(
                "forall wx w_mu gamma beta sigma, sigma <> 0 -> gamma * ((wx - w_mu) / sigma) + beta = "
                "gamma / sigma * wx + (beta - gamma / sigma * w_mu)",
                "ltac:(intros; field; assumption)",
                part="linear",
                mutants=[
                    "forall wx w_mu gamma beta sigma, gamma * ((wx - w_mu) / sigma) + beta = "
                    "gamma / sigma * wx + (beta + gamma / sigma * w_mu)"
                ],
            ),
            algebra(moments, part="mean and variance", mutants=[moments.but(then=mean == beta)]),
            kernel(
                COQ_SPREAD.format(mean="mu k"),
                "SharpnessFlow.spread_of_outputs",
                part="sigma_1 = |w|_Sigma, every n and d",
                mutants=[COQ_SPREAD.format(mean="mu j")],
            ),
            kernel(
                COQ_MOMENTS.format(power=2),
                "SharpnessFlow.normalised_moments",
                part="mean and variance, every n",
                mutants=[COQ_MOMENTS.format(power=1)],
            ),
        ),
        clauses=(
            Clause(
                "the model is linear in x, with these coefficients",
                ("linear", "sigma_1 = |w|_Sigma", "sigma_1 = |w|_Sigma, every n and d"),
            ),
            Clause(
                "whatever w, the mean and variance are beta and gamma^2",
                ("mean and variance", "mean and variance, every n"),
            ),
        ),
        note="For w outside the kernel of the covariance: inside it sigma_1 = 0 and the model is undefined. "
        "Three points of the plane, all symbolic, in the algebra; every n and d in the kernel.",
    ),
    derivation=linear_model,
)

# The loss in the basis (a, b, k).

variance, reach, b, norm = reals("variance reach b norm")
a, mu, pull = reals("a_1 a_2"), reals("mu_1 mu_2"), reals("pull_1 pull_2")
along = sharpness.regression_along(a, b, pull, reach)
off_sq = sharpness.regression_off_sq(a, mu)
BASIS = [variance > 0, reach > 0, *(m > 0 for m in mu), norm > 0, norm**2 == along**2 + off_sq]
loss = sharpness.regression_loss(variance, along, off_sq, norm)
zero = Statement([*BASIS, norm + along > 0], (loss == 0) == And(a[0] == 0, a[1] == 0))
cosine_form = Statement([*BASIS, norm + along > 0], loss == 2 * variance * (1 - along / norm))


def _slope(d_along, d_half_off):
    """The derivative of 2 variance (1 - along/norm), by the quotient rule."""
    d_norm = (along * d_along + d_half_off) / norm
    return -2 * variance * (d_along * norm - along * d_norm) / norm**2


gradient = Statement(
    BASIS,
    And(
        *(
            sharpness.regression_grad_a(variance, v, m, p, along, off_sq, norm) == _slope(p, m * v)
            for v, m, p in zip(a, mu, pull, strict=True)
        ),
        sharpness.regression_grad_b(variance, reach, off_sq, norm) == _slope(reach, 0),
    ),
)
# Near Gamma: a = e * (v_1, v_2) to first order in e; |w| = 1, b = cos alpha.
e, cos, v_1, v_2 = reals("e cos v_1 v_2")
near = sharpness.regression_along([e * v_1, e * v_2], cos, pull, reach)
near_off = sharpness.regression_off_sq([e * v_1, e * v_2], mu)
GAMMA = [variance > 0, reach > 0, cos > 0, norm > 0]
curved = mu[0] * v_1**2 + mu[1] * v_2**2
mixing = pull[0] * v_1 + pull[1] * v_2
along_v1 = sharpness.regression_grad_a(variance, e * v_1, mu[0], pull[0], near, near_off, norm)
along_b = sharpness.regression_grad_b(variance, reach, near_off, norm)
scale = 2 * variance / norm**3
first_order = Statement(
    GAMMA,
    And(
        along_v1
        == scale * (e * reach * cos * mu[0] * v_1 + e**2 * (mu[0] * v_1 * mixing - pull[0] * curved)),
        along_b == scale * -(e**2) * reach * curved,
    ),
)
no_rest = first_order.but(then=along_v1 == scale * e * reach * cos * mu[0] * v_1)
on_gamma = Statement(
    [*GAMMA, norm == reach * cos],
    2 * variance * reach * cos * mu[0] / norm**3
    == sharpness.regression_eigenvalue(variance, mu[0], reach, cos**2),
)
TOP = [*GAMMA, mu[0] >= mu[1], mu[1] > 0]
eigenvalues = [sharpness.regression_eigenvalue(variance, m, reach, cos**2) for m in mu]
top = Statement(TOP, eigenvalues[0] >= eigenvalues[1])
at_w_plus = sharpness.regression_eigenvalue(variance, mu[0], reach, 1)
flattest = Statement([*GAMMA, mu[0] > 0, cos <= 1], eigenvalues[0] >= at_w_plus)
COQ_ZERO = (
    "forall n d X y w, (0 < n)%nat -> 0 < norm_sq n y -> 0 < norm_sq n (applied d X w) -> "
    "(bn_loss n d X y w = 0 <-> exists rho, 0 {sign} rho /\\ "
    "forall i, (i < n)%nat -> applied d X w i = rho * y i)"
)
COQ_CURVATURE = (
    "forall n d X y w v rho, (0 < n)%nat -> 0 < norm_sq n y -> 0 < rho -> "
    "(forall i, (i < n)%nat -> applied d X w i = rho * y i) -> "
    "curvature (bn_loss n d X y) w v (off_labels n d X y v / rho ^ {power})"
)
LR_HESSIAN = Claim(
    id="sharpness:lr-hessian",
    source="sharpness section 5 (appendix O)",
    printed=Form(
        r"In the basis $(a,b,k)$ the zero-loss set on the sphere is $\Gamma = \{a = 0, b > 0\}$; there "
        r"$H = \operatorname{diag}\left(\frac{2\sigma_y^2\mu_i}{r^2\cos^2\alpha}\right) \oplus 0$ with "
        r"$b = \cos\alpha$, "
        r"$r = \|y_c\|/\|w_+\|$: the top eigenvector is the same all over $\Gamma$ and the top eigenvalue is "
        r"smallest at $w_+$.",
        (
            smt(zero, part="Gamma", mutants=[zero.but(then=(loss == 0) == (a[0] == 0))]),
            algebra(cosine_form, part="the loss", mutants=[cosine_form.but(then=loss == 1 - along / norm)]),
            algebra(
                gradient,
                part="the gradient",
                mutants=[gradient.but(without=-1)],
            ),
            algebra(
                first_order,
                part="the gradient to first order",
                mutants=[no_rest],
            ),
            algebra(
                on_gamma,
                part="the eigenvalues",
                mutants=[on_gamma.but(without=-1)],
            ),
            smt(on_gamma, part="the eigenvalues", mutants=[on_gamma.but(without=-1)]),
            smt(top, part="top eigenpair", mutants=[top.but(without=4)]),
            certificate(top, part="top eigenpair", mutants=[top.but(without=4)]),
            smt(flattest, part="flattest at w+", mutants=[flattest.but(without=5)]),
            certificate(flattest, part="flattest at w+", mutants=[flattest.but(without=5)]),
            kernel(
                COQ_ZERO.format(sign="<"),
                "(fun n d X y w _ => SharpnessFlow.zero_loss n d X y w)",
                part="Gamma, every n and d",
                mutants=[COQ_ZERO.format(sign="<>")],
            ),
            kernel(
                COQ_CURVATURE.format(power=2),
                "(fun n d X y w v rho _ => SharpnessFlow.curvature_on_gamma n d X y w v rho)",
                part="the Hessian, every n and d",
                mutants=[COQ_CURVATURE.format(power=1)],
                total=True,
            ),
        ),
        clauses=(
            Clause("the zero-loss set", ("Gamma", "Gamma, every n and d", "the loss")),
            Clause(
                "the Hessian there, and its eigenvalues",
                (
                    "the gradient",
                    "the gradient to first order",
                    "the eigenvalues",
                    "the Hessian, every n and d",
                ),
            ),
            Clause(
                "the top eigenvector is the same all over Gamma",
                ("top eigenpair", "the Hessian, every n and d"),
            ),
            Clause("the top eigenvalue is smallest at w+", ("flattest at w+",)),
        ),
        note="The main text prints no formula; this is what its theorem rests on. The gradient is exact "
        "everywhere; its part that is linear in the displacement from Gamma is the Hessian: no "
        "component along b "
        "or k, no mixing of the v_i. Two curved directions are written out. For every n and d the kernel has the "
        "quadratic form: on X w = rho y it is 1/rho^2 times one that does not depend on w. "
        "That such a basis exists is the spectral theorem. For n = 2 there is no curved direction, the loss "
        "is "
        "constant near Gamma, and log lambda_1 is undefined: n >= 3 is needed.",
    ),
    needs=("sharpness:eq4",),
)

tan, sin, decay, kernel_part = reals("tan sin decay k")
slope_sq = sharpness.regression_log_sharp_grad(tan) ** 2
angle_rate = -sharpness.flow_speed(slope_sq) * sharpness.regression_log_sharp_grad(tan)
ANGLE = [cos > 0, tan == sin / cos, sin**2 + cos**2 == 1]
flow = Statement(ANGLE, angle_rate == sharpness.regression_flow_rate(sin, cos))
tan_rate = Statement(ANGLE, angle_rate / cos**2 == -tan)
least = Statement([b > 0, reach > 0], 1 / b**2 * (b**2 + kernel_part**2) >= 1)
smallest = Statement(
    [variance > 0, reach > 0, mu[0] > 0, cos > 0, cos < 1],
    sharpness.regression_eigenvalue(variance, mu[0], reach, cos**2)
    > sharpness.regression_eigenvalue(variance, mu[0], reach, 1),
)
COQ_DATA = (
    "forall n d X y wp M, 0 < norm_sq n y -> 0 < norm_sq d wp -> 0 < M -> "
    "(forall i, (i < n)%nat -> dot d (X i) wp = y i) -> "
    "{span}"
    "is_lub (fun c => exists v, norm_sq d v = 1 /\\ c = off_labels n d X y v) M -> "
    "let u := direction d wp in "
)
COQ_SPAN = "(exists a, forall j, (j < d)%nat -> wp j = sum_to n (fun i => a i * X i j)) -> "
COQ_51 = (
    COQ_DATA + "on_gamma n d X y u /\\ "
    "(forall th, on_gamma n d X y th -> 0 < dot d u th /\\ "
    "top_eigenvalue d (bn_loss n d X y) th (M * norm_sq d wp / dot d u th ^ 2)) /\\ "
    "(forall th, on_gamma n d X y th -> "
    "M * norm_sq d wp / dot d u u ^ 2 <= M * norm_sq d wp / dot d u th ^ 2 /\\ "
    "(M * norm_sq d wp / dot d u th ^ 2 = M * norm_sq d wp / dot d u u ^ 2 -> "
    "forall i, (i < d)%nat -> th i = u i)) /\\ "
    "(forall z0, on_gamma n d X y z0 -> exists z, solves_flow d u z /\\ forall i, z 0 i = z0 i) /\\ "
    "(forall z, solves_flow d u z -> forall i, (i < d)%nat -> is_lim (fun t => z t i) p_infty ({limit}))"
)
COQ_UNIQUE = (
    "forall d u z, norm_sq d u = 1 -> solves_flow d u z -> "
    "forall t i, 0 <= t -> (i < d)%nat -> z t i = flow_from d u (z 0) ({time}) i"
)
COQ_GRADIENT = (
    "forall d u C (c : R -> nat -> R) v t, 0 < C -> locally t (fun s => norm_sq d (c s) = 1) -> "
    "0 < dot d u (c t) -> (forall i, (i < d)%nat -> is_derive (fun s => c s i) t (v i)) -> "
    "is_derive (fun s => ln (C / dot d u (c s) ^ {power})) t (dot d (sharpness_gradient d u (c t)) v)"
)
COQ_TANGENT = (
    "forall n d X (y u th : nat -> R) p rho, norm_sq d u = 1 -> {unit}"
    "(forall i, (i < n)%nat -> applied d X u i = p * y i) -> "
    "(forall i, (i < n)%nat -> applied d X th i = rho * y i) -> "
    "dot d (sharpness_gradient d u th) th = 0 /\\ "
    "exists k, forall i, (i < n)%nat -> applied d X (sharpness_gradient d u th) i = k * y i"
)
COQ_COEFFICIENTS = (
    "forall n d X (y wp : nat -> R), (0 < n)%nat -> 0 < norm_sq n y -> 0 < norm_sq d wp -> "
    "(forall i, (i < n)%nat -> dot d (X i) wp = y i) -> let u := direction d wp in "
    "forall j, sqrt (norm_sq n y / INR n) / sqrt (norm_sq n (applied d X u) / {count}) * u j = wp j"
)
COQ_LEAST_NORM = (
    "forall n d (x : nat -> nat -> R) (y wp : nat -> R), (0 < n)%nat -> "
    "let mu := fun j => sum_to n (fun i => / INR n * x i j) in "
    "let my := sum_to n (fun i => / INR n * y i) in let X := fun i j => x i j - mu j in "
    "(forall i, (i < n)%nat -> dot d (X i) wp = y i - my) -> "
    "{span}"
    "(forall i, (i < n)%nat -> dot d wp (x i) + (my - dot d wp mu) = y i) /\\ "
    "forall w b, (forall i, (i < n)%nat -> dot d w (x i) + b = y i) -> norm_sq d wp <= norm_sq d w /\\ "
    "(norm_sq d w = norm_sq d wp -> (forall j, (j < d)%nat -> w j = wp j) /\\ b = my - dot d wp mu)"
)


def flow_of_the_angle() -> list[Derivation]:
    """The flow (3) on Gamma, as an equation for tan alpha."""
    tangent = sympy.Symbol("tan_alpha", positive=True)
    start = -sharpness.flow_speed(sharpness.regression_log_sharp_grad(tangent) ** 2) * (
        sharpness.regression_log_sharp_grad(tangent) * (1 + tangent**2)
    )
    steps = [
        Step(-4 * tangent * (1 + tangent**2) / (4 + 4 * tangent**2), "grad log lambda_1 = 2 tan alpha"),
        Step(-tangent, "cancel 4 + 4 tan^2"),
    ]
    return [Derivation(start, steps, "tan alpha = tan alpha_0 e^(-tau)", "theorem 5.1")]


THEOREM_5_1 = Claim(
    id="sharpness:thm5.1",
    source="sharpness theorem 5.1",
    printed=Form(
        r"From every start on $\Gamma$ the flow (3) converges to the minimiser of the sharpness on "
        r"$\Gamma$, and "
        r"its $(\tilde w,\tilde b)$ is the solution of least norm of (M).",
        (
            algebra(flow, part="the angle", mutants=[flow.but(then=angle_rate == -sin)]),
            smt(flow, part="the angle", mutants=[flow.but(then=angle_rate == -sin)]),
            algebra(tan_rate, part="its tangent", mutants=[tan_rate.but(then=angle_rate == -tan)]),
            kernel(
                COQ_51.format(span=COQ_SPAN, limit="u i"),
                "SharpnessFlow.theorem5_1",
                part="every n and d",
                mutants=[COQ_51.format(span="", limit="u i"), COQ_51.format(span=COQ_SPAN, limit="wp i")],
                total=True,
            ),
            kernel(
                COQ_UNIQUE.format(time="t"),
                "SharpnessFlow.flow_unique",
                part="one solution",
                mutants=[COQ_UNIQUE.format(time="2 * t")],
                total=True,
            ),
            kernel(
                COQ_GRADIENT.format(power=2),
                "SharpnessFlow.sharpness_gradient_is",
                part="the gradient on Gamma",
                mutants=[COQ_GRADIENT.format(power=4)],
                total=True,
            ),
            kernel(
                COQ_TANGENT.format(unit="norm_sq d th = 1 -> "),
                "SharpnessFlow.sharpness_gradient_tangent",
                part="the gradient is tangent",
                mutants=[COQ_TANGENT.format(unit="")],
                total=True,
            ),
            kernel(
                COQ_COEFFICIENTS.format(count="INR n"),
                "(fun n d X y wp _ => SharpnessFlow.coefficients_at_limit n d X y wp)",
                part="(4) at the limit",
                mutants=[COQ_COEFFICIENTS.format(count="1")],
                total=True,
            ),
            kernel(
                COQ_LEAST_NORM.format(span=COQ_SPAN),
                "SharpnessFlow.least_norm",
                part="(M)",
                mutants=[COQ_LEAST_NORM.format(span="")],
            ),
            smt(smallest, part="the sharpness", mutants=[smallest.but(without=4)]),
            certificate(smallest, part="the sharpness", mutants=[smallest.but(without=4)]),
            smt(least, part="the norm", mutants=[least.but(then=1 / b**2 * (b**2 + kernel_part**2) > 1)]),
            certificate(
                least, part="the norm", mutants=[least.but(then=1 / b**2 * (b**2 + kernel_part**2) > 1)]
            ),
        ),
        clauses=(
            Clause(
                "from every start on Gamma, whatever n, d and the data, (3) has a solution, no other, and it "
                "converges to w+/|w+|",
                ("every n and d", "one solution", "the gradient on Gamma", "the gradient is tangent"),
            ),
            Clause("w+/|w+| alone has the least sharpness on Gamma", ("every n and d", "the sharpness")),
            Clause("its coefficients (4) solve (M), alone", ("(4) at the limit", "(M)", "the norm")),
            Clause("tan alpha falls as e^(-tau)", ("the angle", "its tangent")),
        ),
        note="The kernel's statement is for every n, d, centred data X and labels y: on Gamma the top "
        "eigenvalue of the loss's Hessian is M|w+|^2/<u, theta>^2, u = w+/|w+|, with M the least upper bound "
        "of the curvature across the labels; solves_flow is (3) with the gradient of its log on Gamma. w+ is the "
        "interpolant in the span of the centred rows, which exists wherever Gamma is not empty (linear algebra); "
        "M > 0, or the log is undefined. With alpha the angle from w+ the flow keeps to a great circle, where "
        "tan alpha = tan alpha_0 e^(-tau). That is the kernel's alone; 'the sharpness', 'the norm' and the "
        "angle's equations have other engines. The claim is of the flow; of gradient descent itself by Theorem "
        "4.7 only.",
    ),
    needs=("sharpness:lr-hessian", "sharpness:flow"),
    derivation=flow_of_the_angle,
)

CLAIMS = (EQ4, LR_HESSIAN, THEOREM_5_1)
