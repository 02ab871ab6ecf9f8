"""The formulas of theory.sharpness, exactly: identities on symbols, closed forms on exact fractions."""

from fractions import Fraction as Q

import numpy as np
import pytest
import sympy as sp

from proofs_check.verdicts import book
from sitheory.theory import scale, sharpness as law

KIND = "identity"

V = sp.Symbol("V", positive=True)


def pythagorean_regression():
    """Three exact samples in three dimensions of rank 2, whose |z| on a plane of weights stays rational."""
    return sp.Matrix([[3, 0, 1], [-1, 2, 0], [-2, -2, -1]]), sp.Matrix([4, 1, -5])


def bn_loss_of(x, y, w):
    """The loss as the paper writes it, mean of (sigma_y BN(x w) - y)^2, inputs and targets centred."""
    z = x * w
    n = x.rows
    variance, spread = (y.T * y)[0] / n, sp.sqrt((z.T * z)[0] / n)
    return sum((sp.sqrt(variance) * z[i] / spread - y[i]) ** 2 for i in range(n)) / n


def test_lemma_3_1_on_symbols():
    """Identity: descent with decay is projected descent with elr_with_decay, and pgd_elr_next is its next value."""
    lr, wd, norm_sq, grad_sq = sp.symbols("lr wd norm_sq grad_sq", positive=True)
    elr = scale.elr_with_decay(lr, wd, norm_sq)
    # grad is orthogonal to w and at w it is grad(theta) / |w|.
    after = (1 - lr * wd) ** 2 * norm_sq + lr**2 * grad_sq / norm_sq
    assert sp.simplify(scale.elr_with_decay(lr, wd, after) - law.pgd_elr_next(elr, grad_sq, lr * wd)) == 0
    assert sp.simplify(lr / norm_sq / (1 - lr * wd) - elr) == 0
    assert sp.simplify(law.pgd_norm_sq(lr, wd, elr) - norm_sq) == 0
    lam = sp.Symbol("lam")
    assert sp.simplify(law.eos_product(lr, wd, lam / norm_sq) - elr * lam) == 0


def test_bn_gradient_and_hessian_are_derivatives():
    """Identity: bn_grad and the Hessian's parts against differentiation of 2 V (1 - cos(z, y))."""
    z, y = (
        sp.Matrix(sp.symbols("z1:4", real=True)),
        sp.Matrix([sp.Rational(2, 3), -sp.Rational(1, 3), -sp.Rational(2, 3)]),
    )
    norm, along = sp.sqrt(z.dot(z)), z.dot(y)
    loss = 2 * V * (1 - along / norm)
    at = dict(zip(z, (sp.Rational(2), sp.Rational(3), sp.Rational(6)), strict=True))
    mixed, twice = law.bn_hessian_rank_two(V, along, norm)
    hessian = (
        sp.eye(3) * law.bn_hessian_diagonal(V, along, norm) + mixed * (y * z.T + z * y.T) + twice * z * z.T
    )
    assert sp.simplify(loss - sum(law.bn_loss(V, z[i], y[i], norm) for i in range(3))).subs(at) == 0
    for i in range(3):
        grad = sp.diff(loss, z[i])
        assert sp.simplify((grad - law.bn_grad(V, z[i], y[i], along, norm)).subs(at)) == 0
        for j in range(3):
            assert sp.simplify((sp.diff(grad, z[j]) - hessian[i, j]).subs(at)) == 0


def test_regression_hessian_on_gamma_is_exact():
    """Closed form: on Gamma the printed loss has Hessian 2 V / |z|^2 Xc^T (I - y y^T) Xc, in fractions."""
    x, y = pythagorean_regression()
    x = x - sp.ones(3, 1) * (sp.ones(1, 3) * x) / 3
    y = x * sp.Matrix([1, 2, -1])
    w = sp.Matrix(sp.symbols("w1:4", real=True))
    kernel = x.nullspace()[0]
    point = dict(zip(w, sp.Matrix([1, 2, -1]) + sp.Rational(2, 3) * kernel, strict=True))
    hessian = sp.hessian(bn_loss_of(x, y, w), list(w)).subs(point)
    z = y
    variance, unit_sq = (y.T * y)[0] / 3, (y.T * y)[0]
    projector = sp.eye(3) - y * y.T / unit_sq
    expected = 2 * variance / (z.T * z)[0] * x.T * projector * x
    assert sp.simplify(hessian - expected) == sp.zeros(3)
    assert sp.simplify(hessian - 2 * expected) != sp.zeros(3)


def test_regression_gradient_in_flat_coordinates():
    """Identity: regression_grad_a and _b are the derivatives of regression_loss in (a, b)."""
    a1, a2, b = sp.symbols("a1 a2 b", real=True)
    mu, pull, reach = (Q(3), Q(5, 2)), (Q(1, 3), Q(-2, 5)), Q(7, 4)
    mu, pull, reach = ([sp.Rational(v) for v in part] for part in (mu, pull, [reach]))
    off = law.regression_off_sq((a1, a2), mu)
    along = law.regression_along((a1, a2), b, pull, reach[0])
    norm = sp.sqrt(along**2 + off)
    loss = law.regression_loss(V, along, off, norm)
    at = {a1: sp.Rational(1, 7), a2: -sp.Rational(2, 9), b: sp.Rational(3, 2)}
    grads = [
        law.regression_grad_a(V, x, m, p, along, off, norm)
        for x, m, p in zip((a1, a2), mu, pull, strict=True)
    ]
    grads.append(law.regression_grad_b(V, reach[0], off, norm))
    for symbol, grad in zip((a1, a2, b), grads, strict=True):
        assert abs(sp.N((sp.diff(loss, symbol) - grad).subs({**at, V: 1}), 40)) < sp.Float("1e-35")


def test_flow_of_regression_solves_equation_3():
    """Identity: tan(alpha) e^-tau solves eq. 3 for G = 2 tan(alpha), and a wrong rate does not."""
    tau, start = sp.symbols("tau start", positive=True)
    tan = law.regression_flow_tan(start, sp.exp(-tau))
    alpha = sp.atan(tan)
    grad = law.regression_log_sharp_grad(tan)
    assert sp.simplify(sp.diff(alpha, tau) + law.flow_speed(grad**2) * grad) == 0
    assert sp.simplify(sp.diff(alpha, tau) - law.regression_flow_rate(sp.sin(alpha), sp.cos(alpha))) == 0
    cos_sq = 1 / (1 + tan**2)
    rate = sp.diff(sp.log(law.regression_eigenvalue(V, 1, 1, cos_sq)), tau)
    assert sp.simplify(rate - law.log_sharpness_rate(grad**2)) == 0


def test_eigenvalue_on_gamma_has_the_gradient_that_the_flow_uses():
    """Identity: d log lambda / d alpha = 2 tan(alpha)."""
    alpha = sp.Symbol("alpha", positive=True)
    log_sharp = sp.log(law.regression_eigenvalue(V, 1, 1, sp.cos(alpha) ** 2))
    assert sp.simplify(sp.diff(log_sharp, alpha) - law.regression_log_sharp_grad(sp.tan(alpha))) == 0


def test_theorem_5_1_step_in_fractions():
    """Closed form: one exact step multiplies tan by regression_tan_next, and never away from (M)."""
    lr, wd, b, k = Q(1, 10), Q(1, 100), Q(3), Q(2)
    off, along = Q(9, 4), Q(2)  # norm 5/2
    grad = law.regression_grad_b(Q(1), Q(2, 3), off, Q(5, 2))
    assert grad < 0 and along**2 + off == Q(5, 2) ** 2
    after = law.regression_kernel(k, lr, wd) / ((1 - lr * wd) * b - lr * grad)
    assert law.regression_tan_next(k / b, lr, wd, b, grad) == after < k / b


@pytest.mark.parametrize("grad_sq", [Q(0), Q(1), Q(16)])
def test_drift_times_mean_is_the_flow_and_the_printed_pair_too(grad_sq):
    """Identity: both factors printed are off by two and cancel in eq. 3 where G and G^2 agree."""
    eta = Q(1, 1000)
    assert law.drift(law.mean_h_sq(eta, grad_sq)) == -eta * law.flow_speed(grad_sq)
    root = {0: 0, 1: 1, 16: 4}[int(grad_sq)]
    printed = law.drift_two_steps_printed(law.mean_two_h_sq_printed(eta, root) / 2) / 2
    assert (printed == -eta * law.flow_speed(grad_sq)) == (grad_sq in (0, 1))


def test_energy_is_conserved_by_the_averaged_system():
    """Identity: dE/dt = 0 along log_h_gain, delta_gain."""
    u, delta, eta, g = sp.symbols("u delta eta g", positive=True)
    h_sq = sp.exp(2 * u)
    ratio = h_sq / law.mean_h_sq(eta, g)
    energy = law.energy(delta, ratio, eta, sp.log(ratio))
    moved = sp.diff(energy, u) * law.log_h_gain(delta) + sp.diff(energy, delta) * law.delta_gain(h_sq, eta, g)
    assert sp.simplify(moved) == 0
    assert sp.simplify(energy.subs({delta: 0, u: sp.log(law.mean_h_sq(eta, g)) / 2})) == 0


def test_small_period_is_that_of_the_linearised_system():
    u, eta, g = sp.symbols("u eta g", positive=True)
    stiffness = -sp.diff(law.delta_gain(sp.exp(2 * u), eta, g), u).subs(u, sp.log(law.mean_h_sq(eta, g)) / 2)
    assert sp.simplify((2 * sp.pi) ** 2 / stiffness - law.small_period_sq(eta, sp.pi)) == 0


def test_cone_gradient_is_the_derivative_in_fractions():
    """Identity: cone_grad against differentiation of the rational loss, exactly."""
    x1, x2, z, t = w = sp.symbols("x1 x2 z t", real=True)
    alpha, beta, quartic = (sp.Rational(3, 2), 0, 0, 0), (0, 0, 0, sp.Rational(5, 3)), sp.Rational(2, 7)
    norm_sq, slope, cone, side = law.cone_parts(alpha[:2], beta[3:], (x1, x2), z, (t,))
    wall, bend, stiff = law.cone_wall(cone, quartic)
    loss = law.cone_loss(slope, wall, side)
    at = {x1: sp.Rational(1, 2), x2: sp.Rational(-2, 3), z: sp.Rational(3, 4), t: sp.Rational(1, 5)}
    for symbol, al, sign, be in zip(w, alpha, (1, 1, -1, 0), beta, strict=True):
        grad = law.cone_grad(symbol, al, sign, be, norm_sq, slope, cone, side, wall, bend)
        assert (sp.diff(loss, symbol) - grad).subs(at) == 0
    c = sp.Symbol("c")
    assert (
        sp.diff(law.cone_wall(c, quartic)[0], c, 2).equals(law.cone_wall(c, quartic)[2]) and stiff is not None
    )


def test_cone3d_flow_time_inverts_the_flow():
    """Identity: its derivative in the longitude is one over eq. 3's rate."""
    psi = sp.Symbol("psi", positive=True)
    alpha = sp.Rational(17, 10)
    grad = sp.sqrt(2) * sp.diff(sp.log(1 + alpha * sp.cos(psi) ** 2 / 2), psi)
    rate = -sp.sqrt(2) * grad * law.flow_speed(grad**2)
    slope = sp.diff(law.cone3d_flow_time(alpha, sp.tan(psi), sp.log), psi)
    for value in ("0.3", "0.9", "1.4"):
        assert abs(sp.N((slope * rate - 1).subs(psi, sp.Float(value, 40)), 30)) < sp.Float("1e-25")


def test_theorem_4_2_fails_as_printed_at_its_corner():
    """Closed form: on x^2/(x^2+y^2), rho_2 = 2, at 45 degrees: T_0 = 0 and |grad|^2 = 1."""
    lr, wd = 1.0, 1e-4
    norm_sq = 2 * np.pi**2 * lr
    assert scale.elr_with_decay(lr, wd, norm_sq) == pytest.approx(
        law.thm42_first_elr(lr, wd, 2, np.pi), rel=1e-15
    )
    assert law.thm42_steps_printed(lr, wd, norm_sq, 2, np.pi, np.log) == 0
    assert law.thm42_grad_sq(lr, wd, 2, np.pi) < 1
    assert law.thm42_steps(lr, wd, norm_sq, 2, np.pi, np.log) == 0.25 / (lr * wd)


def test_theorem_4_2_has_the_half_e_fold_that_the_ledger_proves():
    """Conformance: the formula of the kernel's statement, in the same letters."""
    proved = next(
        check.formula for check in book.load()["sharpness:thm4.2"].amended.checks if check.engine == "kernel"
    )
    assert "(ln (s O / (rho * PI ^ 2 * lr)) + 1 / 2) / (2 * lr * wd) <= INR T" in proved
    lr, wd, norm_sq, rho = 0.5, 1e-3, 80.0, 2.0
    expected = (np.log(norm_sq / (rho * np.pi**2 * lr)) + 1 / 2) / (2 * lr * wd)
    assert law.thm42_steps(lr, wd, norm_sq, rho, np.pi, np.log) == pytest.approx(expected, rel=1e-14)


def test_descent_bound_is_tight_on_a_quadratic():
    """Closed form: on lambda x^2 / 2 without curvature of the sphere the lemma is an equality."""
    lam, x, elr = Q(3), Q(1, 4), Q(2, 5)
    after = lam * ((1 - elr * lam) * x) ** 2 / 2
    assert law.descent_bound(lam * x**2 / 2, elr, lam, (lam * x) ** 2) == after
    assert law.power_factor(elr, lam) ** 2 * lam * x**2 / 2 == after


def test_rmsprop_speed_balances_rise_and_fall():
    """Identity: at this h^2 log ELR gains (1-beta)/2 (1 - 4 h^2/lr^2), what log sharpness loses, h^2 G^2."""
    lr, beta, g = sp.symbols("lr beta g", positive=True)
    h_sq = law.rmsprop_flow_speed(lr, beta, g)
    assert sp.simplify((1 - beta) / 2 * (1 - 4 * h_sq / lr**2) - h_sq * g) == 0
    assert law.rmsprop_moment(Q(4), Q(2), Q(3, 4)) == Q(7, 2)
    assert law.valley_wall(sp.Integer(2), sp.Integer(1))[0] == 2
    assert law.energy_rate(law.cone_cubic(Q(1, 4)), Q(0)) == 0


@pytest.mark.closed_form
def test_a_moving_slope_makes_the_burst_rate_of_regression_constant():
    """Closed form: 4 - S/r^2 at every angle, S = 3 mu_1 + 24 p_1^2 + 4 p_2^2 mu_1/mu_2; with G held fixed it varies."""
    mu, pull, reach = (Q(1, 5), Q(1, 7)), (Q(1, 4), Q(-1, 3)), Q(3, 2)
    total = 3 * mu[0] + 24 * pull[0] ** 2 + 4 * pull[1] ** 2 * mu[0] / mu[1]
    angles = [Q(0), Q(1, 3), Q(2)]
    slopes = [law.regression_log_sharp_grad(tan) ** 2 for tan in angles]
    cubics = [law.regression_cubic(mu, pull, reach, 1 / (1 + tan**2)) for tan in angles]
    rates = [law.regression_log_sharp_grad_sq_rate(tan) for tan in angles]
    moving = [law.energy_rate(c, g, r) for c, g, r in zip(cubics, slopes, rates, strict=True)]
    assert set(moving) == {4 - total / reach**2}
    assert len({law.energy_rate(c, g) for c, g in zip(cubics, slopes, strict=True)}) == len(angles)
