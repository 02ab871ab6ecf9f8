"""kernel: regression in the Gram matrix's eigenbasis is the printed equation, for all reals (``theory.gram``).

A sum over samples is linear in the products of ``gram_products``: a formula of sums holds for any number of samples if
it holds for one of them, with its products for the sums, and adds up, which the parts "one sample" and "sums" say.
"""

from proofs_check import And, Statement, reals, smt
from proofs_check.kernels.fast_steps import claim
from sitheory.theory import gram, kernels, periodic, sharpness

p, g, t, lr, wd, variance, norm, along = reals("p g t lr wd V n a")
keep = periodic.resting_cos(lr, wd)
strength = gram.gram_strength(variance, lr)
inverse = kernels.reciprocal(norm**2)
pull, ratio = gram.gram_pull(strength, kernels.reciprocal(norm)), gram.gram_ratio(along, inverse)
shrink = gram.gram_shrink(pull, ratio)
grad = sharpness.bn_grad(variance, p, t, along, norm)
moved = gram.gram_step(p, g, g * t, keep, pull, shrink)
step = Statement([norm != 0], moved == periodic.decay_step(p, g * grad, lr, wd))

# The next norm from sums. Their scalars are free: the step's pull and shrink, and ratio = shrink / pull.
held, push, push_ratio = reals("k u r")
s0, s1, s2, a0, a1, a2 = gram.gram_products(p, g, t, g * t)
c1, c2 = gram.gram_target_products(t, g * t)
after = gram.gram_step(p, g, g * t, held, push, gram.gram_shrink(push, push_ratio))
one = And(
    gram.gram_norm_sq_next(s0, s1, s2, a1, a2, c2, held, push, push * push_ratio) == after**2,
    gram.gram_along_next(a0, a1, c1, held, push, push * push_ratio) == after * t,
    gram.gram_norm_sq_late(s0, s1, s2, a1, a2, c2, held, push, push_ratio) == after**2,
    gram.gram_along_late(a0, a1, c1, held, push, push_ratio) == after * t,
)
one_sample = Statement([], one)
first, second = reals("x0 x1 x2 x3 x4 x5 x6 x7"), reals("y0 y1 y2 y3 y4 y5 y6 y7")


def _next(formulas, sums, scalar):
    """The two formulas of an algebra from eight sums."""
    norm_sq_next, along_next = formulas
    s0, s1, s2, a0, a1, a2, c1, c2 = sums
    return (
        norm_sq_next(s0, s1, s2, a1, a2, c2, held, push, scalar),
        along_next(a0, a1, c1, held, push, scalar),
    )


ALGEBRAS = (
    (gram.gram_norm_sq_next, gram.gram_along_next),
    (gram.gram_norm_sq_late, gram.gram_along_late),
)
sums = Statement(
    [],
    And(
        *(
            whole == left + right
            for formulas in ALGEBRAS
            for whole, left, right in zip(
                _next(formulas, [x + y for x, y in zip(first, second, strict=True)], push_ratio),
                _next(formulas, first, push_ratio),
                _next(formulas, second, push_ratio),
                strict=True,
            )
        )
    ),
)

# What is observed. All but the loss are sums whose shares are the printed ones.
weights, grad_sq = reals("m s")
missed = gram.gram_missed(p, ratio, t)
shares = Statement(
    [norm != 0, g != 0, variance != 0],
    And(
        gram.gram_slope(missed, g) == norm**2 * g * grad**2 / (2 * variance) ** 2,
        gram.gram_moved_sq(pull, gram.gram_slope(missed, g)) == lr**2 * g * grad**2,
        gram.gram_missed_sq(missed) == ratio**2 * s0 - 2 * ratio * a0 + t**2,
        sharpness.bn_loss(variance, p, t, norm) == variance * (s0 / norm**2 - 2 * a0 / norm + t**2),
        gram.gram_weight_sq(p, kernels.reciprocal(g)) == p**2 / g,
    ),
)
cosine = gram.gram_cosine(along, kernels.reciprocal(norm))
loss = Statement(
    [norm != 0],
    gram.gram_loss(1 - cosine, ratio**2 * norm**2 - 2 * ratio * along + 1)
    == norm**2 / norm**2 - 2 * along / norm + 1,
)
whole = Statement(
    [weights != 0, keep != 0, norm != 0],
    And(
        gram.gram_weights_next(weights, lr**2 * grad_sq, keep)
        == periodic.norm_sq_next(weights, weights * grad_sq, lr, wd),
        gram.gram_tan_sq(1 / keep**2, lr**2 * grad_sq, kernels.reciprocal(weights))
        == kernels.step_tan_sq(weights, grad_sq, lr, keep),
        gram.gram_eff_grad_sq(norm**2 * grad_sq, inverse, weights) == weights * grad_sq,
    ),
)

a, mu, pulled, reach, lean, share, off_sq = reals("a mu c R l b o")
straight = gram.deviation_along(lean, reach, share)
norm_sq = gram.deviation_norm_sq(straight, off_sq)
factor = gram.deviation_factor(strength, norm_sq, norm)
deviation = Statement(
    [norm != 0, norm**2 == norm_sq],
    And(
        gram.deviation_step(a, mu, pulled, keep, factor * straight, factor * off_sq)
        == periodic.decay_step(
            a, sharpness.regression_grad_a(variance, a, mu, pulled, straight, off_sq, norm), lr, wd
        ),
        gram.deviation_share_next(share, reach, keep, factor * off_sq)
        == periodic.decay_step(share, sharpness.regression_grad_b(variance, reach, off_sq, norm), lr, wd),
        gram.deviation_along(pulled * a, reach, share)
        == sharpness.regression_along([a], share, [pulled], reach),
        gram.deviation_off_sq(a, mu) == sharpness.regression_off_sq([a], [mu]),
    ),
)

# The secular equation. The columns of W are q t and q z / |z| with q = sqrt(gain); K x = kappa x.
shift, r, q, kappa, x0, x1, spread = reals("lambda R q kappa x0 x1 D")
yy, yz, zz, dyy, dyz, dzz = reals("yy yz zz dyy dyz dzz")
c = gram.gram_cosine(along, kernels.reciprocal(norm))
per_norm = kernels.reciprocal(norm)
k00, k01, k11 = gram.secular_matrix(yy, yz, zz, c, per_norm, per_norm**2)
shown = gram.secular_rank_two(x0, x1, c)
unit = norm**2 / (2 * variance)
diagonal = unit * sharpness.bn_hessian_diagonal(variance, along, norm)
crossed, squared = (unit * factor for factor in sharpness.bn_hessian_rank_two(variance, along, norm))
vector = q * (t * x0 + p * per_norm * x1) / gram.secular_distance(c, g, shift)
by_y, by_z = yy * x0 + yz * per_norm * x1, (yz * x0 + zz * per_norm * x1)
hessian = diagonal * g * vector + q * (crossed * (t * by_z + p * by_y) + squared * p * by_z)
residual = Statement(
    [
        variance != 0,
        norm != 0,
        gram.secular_distance(c, g, shift) != 0,
        k00 * x0 + k01 * x1 == kappa * x0,
        k01 * x0 + k11 * x1 == kappa * x1,
    ],
    hessian - shift * vector == kappa * q * (t * shown[0] + p * per_norm * shown[1]),
)
terms = gram.secular_terms(g * t, g, p, t, r)
inner = Statement(
    [],
    And(
        *(
            left == right
            for left, right in zip(
                terms,
                (
                    g * t * t * r,
                    g * t * p * r,
                    g * p * p * r,
                    g * t * t * r**2,
                    g * t * p * r**2,
                    g * p * p * r**2,
                    r**2,
                ),
                strict=True,
            )
        ),
        gram.secular_width_sq(p, g) == g * p**2,
    ),
)
b00, b01, b11 = reals("b00 b01 b11")
det, trace = gram.secular_determinant(b00, b01, b11), gram.secular_trace(b00, b11)
near = gram.secular_kappa(det, trace, spread)
split = [trace + spread != 0, spread**2 == gram.secular_spread_sq(b00, b01, b11)]
eigenvalue = Statement(
    split,
    And(
        near**2 - trace * near + det == 0,
        (b00 - near) * b01 + b01 * (near - b00) == 0,
        b01 * b01 + (b11 - near) * (near - b00) == 0,
        (b00 - near) * (near - b11) + b01 * b01 == 0,
        b01 * (near - b11) + (b11 - near) * b01 == 0,
    ),
)
vectors = (kappa - b11, b01), (b01, kappa - b00)
slope_of = [gram.secular_slope(dyy, dyz, dzz, *x, per_norm, per_norm**2) for x in vectors]
d00, d01, d11 = dyy, dyz * per_norm, dzz * per_norm**2
turning = (d00 + d11) * kappa - (d00 * b11 + b00 * d11 - 2 * b01 * d01)
newton = Statement(
    [norm != 0, *(slope != 0 for slope in slope_of), kappa**2 - trace * kappa + det == 0],
    And(
        *(
            gram.secular_newton(kappa, *x, kernels.reciprocal(slope)) * turning
            == -kappa * (2 * kappa - trace)
            for x, slope in zip(vectors, slope_of, strict=True)
        )
    ),
)
leaned, slope_sq = reals("X Y")
bounded = Statement(
    [slope_sq != 0],
    gram.secular_residual_sq(kappa, leaned, kernels.reciprocal(slope_sq)) == (kappa * leaned) ** 2 / slope_sq,
)

# For a unit vector v: level = <v, gain v>, and u and w are the components of W^T v.
steep, size_y, size_z, level, u, w, cos, size = reals("G Y Z L u w c C")
quadratic = cos * level + 2 * u * w - 3 * cos * w**2
bound = gram.secular_bound(size, steep, size_y, size_z)
within = [
    size >= 0, size_y >= 0, size_z >= 0,
    -size <= cos, cos <= size, level >= 0, level <= steep, -size_y <= u, u <= size_y, -size_z <= w, w <= size_z,
]  # fmt: skip
bounded_above = Statement(within, quadratic <= bound)
bounded_below = Statement(within, quadratic >= -bound)
SCALE = gram.secular_bound(size, steep, size_y, 0)

CLAIMS = (
    claim(
        "gram-step",
        "sharpness (4); periodic (1)",
        r"With $p = U^T X_c w$ in the eigenbasis of $X_c X_c^T$, the loop's step $p_i(k - g_i s) + g_i t_i u$, "
        r"$u = 2\sigma^2\eta/|p|$, $s = u\langle p, t\rangle/|p|^2$, is descent with weight decay along the printed "
        r"gradient; $|p|^2$ and $\langle p, t\rangle$ after it follow from six sums before it, in both "
        r"orders of terms.",
        ("the step", step, [step.but(then=moved == periodic.decay_step(p, g * grad, 2 * lr, wd))]),
        (
            "one sample's sums",
            one_sample,
            [one_sample.but(then=gram.gram_along_next(a0, a1, c1, held, push, push) == after * t)],
        ),
        (
            "sums add up",
            sums,
            [
                sums.but(
                    then=_next(ALGEBRAS[0], first, push_ratio)[0] == _next(ALGEBRAS[1], first, push_ratio)[1]
                )
            ],
        ),
    ),
    claim(
        "gram-observed",
        "sharpness (4); periodic (3), (8)",
        r"Loss, gradient, $|w|^2$ and the angle between adjacent iterates that many runs add up are the printed ones.",
        (
            "one sample's shares",
            shares,
            [shares.but(then=gram.gram_slope(missed, g) == norm * g * grad**2 / (2 * variance) ** 2)],
        ),
        ("the loss", loss, [loss.but(then=gram.gram_loss(1 - cosine, 1 - cosine**2) == 1 - cosine)]),
        (
            "the norm and the angle",
            whole,
            [whole.but(then=gram.gram_eff_grad_sq(norm**2 * grad_sq, inverse, weights) == grad_sq)],
        ),
    ),
    claim(
        "deviation-step",
        "sharpness theorem 5.1",
        r"In deviations from the minimisers the loop's step is descent with weight decay along the printed gradient.",
        (
            "the step",
            deviation,
            [
                deviation.but(
                    then=gram.deviation_share_next(share, reach, keep, factor * straight)
                    == periodic.decay_step(
                        share, sharpness.regression_grad_b(variance, reach, off_sq, norm), lr, wd
                    )
                )
            ],
        ),
    ),
    claim(
        "gram-secular",
        "sharpness (4)",
        r"With $K = S^{-1} + W^T(cG-\lambda)^{-1}W$ and $Kx = \kappa x$, $v = (cG-\lambda)^{-1}Wx$ has "
        r"$(H-\lambda)v = \kappa WSx$, so the printed Hessian has an eigenvalue where $\kappa = 0$; the loop's "
        r"$\kappa$ and $x$ solve $Kx = \kappa x$, its step is Newton's for $\kappa$, and no eigenvalue is beyond the "
        r"bound.",
        (
            "one row",
            residual,
            [
                residual.but(
                    then=hessian - shift * vector == kappa * q * (t * shown[1] + p * per_norm * shown[0])
                )
            ],
        ),
        ("one sample's sums", inner, [inner.but(then=terms[1] == terms[0])]),
        ("the eigenvalue", eigenvalue, [eigenvalue.but(then=near**2 + trace * near + det == 0)]),
        (
            "Newton's step",
            newton,
            [
                newton.but(
                    then=gram.secular_newton(kappa, *vectors[0], kernels.reciprocal(slope_of[0])) * turning
                    == kappa
                )
            ],
        ),
        (
            "the residual",
            bounded,
            [
                bounded.but(
                    then=gram.secular_residual_sq(kappa, leaned, slope_sq) == (kappa * leaned) ** 2 / slope_sq
                )
            ],
        ),
        smt(bounded_above, mutants=[bounded_above.but(then=quadratic <= SCALE)], part="the bound above"),
        smt(bounded_below, mutants=[bounded_below.but(then=quadratic >= -SCALE)], part="the bound below"),
    ),
)
