"""The edge of stability and the sharpness-reduction flow: *sharpness* sections 3 to 5.

``log_sharp_grad_sq`` is ||grad_Gamma log lambda_1||^2, the squared slope of the log spherical sharpness along
the minimisers; ``h`` is the displacement from them along the top eigenvector; ``intrinsic_lr`` is
eta_in = lr * wd. Formulas that end in ``_printed`` are the paper's where measurement and proof say otherwise.
"""


# Gradient descent with weight decay as projected gradient descent.


def pgd_norm_sq(lr, wd, elr):
    """The |w|^2 at which that effective learning rate is ``elr`` [sharpness lemma 3.1]."""
    return lr / ((1 - lr * wd) * elr)


def pgd_elr_next(elr, grad_sq, intrinsic_lr):
    """The same after one step; ``grad_sq`` is |grad L|^2 on the unit sphere [sharpness:rmsprop-like]."""
    return elr / ((1 - intrinsic_lr) ** 2 * (1 + elr**2 * grad_sq))


def eos_product(lr, wd, lambda_w):
    """elr * spherical sharpness from lambda_1 of the Hessian at w itself [sharpness:eos-equivalence]."""
    return lr * lambda_w / (1 - lr * wd)


def descent_bound(loss, elr, lambda_max, grad_sq):
    """The upper bound of the next loss [sharpness lemma 4.1]."""
    return loss - elr * (1 - elr * lambda_max / 2) * grad_sq


def thm42_steps_printed(lr, wd, norm_sq, smoothness, pi, log):
    """T_0 before rounding up, as printed [sharpness thm. 4.2]."""
    return log(norm_sq / (smoothness * pi**2 * lr)) / (2 * lr * wd)


def thm42_steps(lr, wd, norm_sq, smoothness, pi, log):
    """T_0 before rounding up with the half e-fold more with which the theorem is proved [sharpness thm. 4.2].

    As printed it fails at the corner of its hypotheses; that less than half an e-fold would not do is not known.
    """
    return (2 * log(norm_sq / (smoothness * pi**2 * lr)) + 1) / (4 * lr * wd)


def thm42_grad_sq(lr, wd, smoothness, pi):
    """The bound on |grad L|^2 that some step up to T_0 is to meet [sharpness thm. 4.2]."""
    return 8 * pi**4 * smoothness**2 * wd * lr


def thm42_first_elr(lr, wd, smoothness, pi):
    """The largest first effective learning rate that the theorem allows [sharpness thm. 4.2]."""
    return 1 / (pi**2 * smoothness * (1 - lr * wd))


# The flow and the oscillation that drives it.


def flow_speed(log_sharp_grad_sq):
    """The factor before -grad_Gamma log lambda_1 [sharpness eq. 3]."""
    return 2 / (4 + log_sharp_grad_sq)


def log_sharpness_rate(log_sharp_grad_sq):
    """d log lambda_1 / d tau along the flow [sharpness:flow]."""
    return -flow_speed(log_sharp_grad_sq) * log_sharp_grad_sq


def power_factor(elr, eigenvalue):
    """The factor of one eigendirection's displacement in one step [sharpness:power-method]."""
    return 1 - elr * eigenvalue


def drift(h_sq):
    """phi_{t+1} - phi_t in units of grad_Gamma log lambda_1, one step [sharpness:drift]."""
    return -h_sq


def drift_two_steps_printed(h_sq):
    """phi_{t+2} - phi_t in the same units, as printed: twice what two steps do [sharpness:drift]."""
    return -4 * h_sq


def mean_h_sq(intrinsic_lr, log_sharp_grad_sq):
    """The period mean of h^2 that makes ``drift`` run along eq. 3 [sharpness:mean-h2]."""
    return intrinsic_lr * flow_speed(log_sharp_grad_sq)


def mean_two_h_sq_printed(intrinsic_lr, log_sharp_grad):
    """The period mean of 2 h^2 as printed, the gradient's norm unsquared [sharpness:mean-h2]."""
    return 2 * intrinsic_lr / (4 + log_sharp_grad)


def log_h_gain(delta):
    """d log|h| a step in the averaged system, delta = elr * lambda_1 - 2 [sharpness:hamiltonian]."""
    return delta


def delta_gain(h_sq, intrinsic_lr, log_sharp_grad_sq):
    """d delta a step: decay lifts it, gradient and drift lower it [sharpness:hamiltonian]."""
    return 4 * intrinsic_lr - 2 * (4 + log_sharp_grad_sq) * h_sq


def energy(delta, h_sq_ratio, intrinsic_lr, log_h_sq_ratio):
    """The averaged system's conserved energy, 0 at its centre [sharpness:hamiltonian].

    ``h_sq_ratio`` is h^2 over ``mean_h_sq`` and ``log_h_sq_ratio`` its logarithm y. In y and the time
    s = t sqrt(8 intrinsic_lr) the system is y'' = 1 - e^y for every loss; this is y'^2/2 + e^y - y - 1.
    """
    return delta**2 / (4 * intrinsic_lr) + h_sq_ratio - log_h_sq_ratio - 1


def energy_rate(cubic, log_sharp_grad_sq, log_sharp_grad_sq_rate=0):
    """d log energy / d tau of small orbits, to the next order in eta_in [beyond:edge-drift].

    ``cubic`` is C in log|h_{t+1} / h_t| = delta + C h^2. Explicit steps (8), the gradient's and the drift's
    own dependence on delta (-2 (8 + G^2) / (4 + G^2)) and C add up; what is even in delta averages out.
    ``log_sharp_grad_sq_rate`` is dG^2/dtau along the flow: the drift is fastest in bursts, where h^2 is above
    its mean, and there a falling G raises the mean most, so that a falling G takes energy.
    """
    return (16 + 6 * log_sharp_grad_sq + 4 * cubic + log_sharp_grad_sq_rate) / (4 + log_sharp_grad_sq)


def regression_log_sharp_grad_sq_rate(tan):
    """dG^2/dtau = -2 G^2 along the flow of regression with BN, where G = 2 tan alpha [beyond:edge-regression]."""
    return -2 * regression_log_sharp_grad(tan) ** 2


def regression_cubic(mu, pull, reach, cos_sq):
    """The C of regression with BN on Gamma, the other modes at rest where the first puts them [beyond:edge-drift].

    ``mu`` and ``pull`` are the modes' eigenvalues and predictions along the targets, the sharpest mode first;
    ``cos_sq`` is cos^2 alpha. Along the flow C grows with the sharpness, so that C cos^2 alpha stays.
    """
    settled = sum(mu[0] * p**2 / m for m, p in zip(mu[1:], pull[1:], strict=True))
    return -(3 * mu[0] + 24 * pull[0] ** 2 + 4 * settled) / (reach**2 * cos_sq)


def tangent_wall(tangent_sq, quartic):
    """(T + kappa T^2)/2 and its derivative in T, the square of the tangent of h [beyond:edge-bursts]."""
    return (tangent_sq + quartic * tangent_sq**2) / 2, (1 + 2 * quartic * tangent_sq) / 2


def tangent_cubic(quartic):
    """The C of lambda(phi) (T + kappa T^2)/2, whatever lambda is [beyond:edge-bursts]."""
    return 4 * quartic


def cone_cubic(quartic):
    """The C of the cone where it is flattest: energy grows for kappa > 1/4 [sharpness:hamiltonian]."""
    return 16 * quartic - 8


def small_period_sq(intrinsic_lr, pi):
    """The squared period, in steps, of small orbits of the averaged system [sharpness:hamiltonian]."""
    return pi**2 / (2 * intrinsic_lr)


# Batch normalisation in front of a squared loss: L = 2 sigma_y^2 (1 - cos(z, y)), z and y centred.


def bn_loss(variance, z, unit_y, norm):
    """One coordinate's share of the loss, without cancellation near 0 [sharpness eq. 4]."""
    return variance * (z / norm - unit_y) ** 2


def bn_grad(variance, z, unit_y, along, norm):
    """One coordinate of the gradient in z; linear in z and y only [sharpness eq. 4]."""
    return 2 * variance * (along * z - norm**2 * unit_y) / norm**3


def bn_hessian_diagonal(variance, along, norm):
    """The multiple of the identity in the Hessian in z; the rest has rank two [sharpness eq. 4]."""
    return 2 * variance * along / norm**3


def bn_hessian_rank_two(variance, along, norm):
    """The rest: coefficients of y-hat z^T + z y-hat^T and of z z^T in the Hessian in z [sharpness eq. 4]."""
    return 2 * variance / norm**3, -6 * variance * along / norm**5


# Linear regression with BN in an orthonormal basis of the weights in which the minimisers are flat:
# a_i along the eigenvectors v_i of Xc^T (I - y-hat y-hat^T) Xc (eigenvalues mu_i), b along the minimum-norm
# interpolant w+, k along the kernel of Xc. pull_i = <y-hat, Xc v_i>, reach = |y| / |w+|.


def regression_off_sq(a, mu):
    """|z|^2 - <z, y-hat>^2 = sum mu_i a_i^2; zero on Gamma [sharpness:lr-hessian]."""
    return sum(m * x**2 for m, x in zip(mu, a))


def regression_along(a, b, pull, reach):
    """<z, y-hat> = reach b + sum pull_i a_i [sharpness:lr-hessian]."""
    return reach * b + sum(p * x for p, x in zip(pull, a))


def regression_loss(variance, along, off_sq, norm):
    """The loss at along > -norm, exact however close to Gamma [sharpness:lr-hessian]."""
    return 2 * variance * off_sq / (norm * (norm + along))


def regression_grad_a(variance, a, mu, pull, along, off_sq, norm):
    """The gradient along one v_i [sharpness:lr-hessian]."""
    return 2 * variance * (along * mu * a - pull * off_sq) / norm**3


def regression_grad_b(variance, reach, off_sq, norm):
    """The gradient along w+: never positive, so the oscillation lengthens w+'s share [sharpness thm. 5.1]."""
    return -2 * variance * reach * off_sq / norm**3


def regression_eigenvalue(variance, mu, reach, cos_sq):
    """The spherical Hessian's eigenvalue of v_i on Gamma, at angle alpha from w+ [sharpness:lr-hessian].

    Equals 2 mu |w+|^2 / (n cos^2 alpha): the sharpness over all of Gamma is smallest at w+ itself.
    """
    return 2 * variance * mu / (reach**2 * cos_sq)


def regression_log_sharp_grad(tan):
    """grad_Gamma log lambda_1, which points away from w+ along the great circle [sharpness:lr-hessian]."""
    return 2 * tan


def regression_flow_rate(sin, cos):
    """d alpha / d tau on the flow, -sin alpha cos alpha [sharpness thm. 5.1]."""
    return -sin * cos


def regression_flow_tan(tan, decay):
    """tan alpha after time tau, ``decay`` = exp(-tau): every start ends at w+ [sharpness thm. 5.1]."""
    return tan * decay


def regression_kernel(k, lr, wd):
    """The weights in the kernel of Xc after one step, whatever the rest does [sharpness thm. 5.1]."""
    return (1 - lr * wd) * k


def regression_tan_next(tan, lr, wd, b, grad_b):
    """tan alpha = |k| / b after one step, exactly [sharpness thm. 5.1]."""
    return tan / (1 - lr * grad_b / ((1 - lr * wd) * b))


# Losses with curved minimisers: L = a (c^2 + kappa c^4) + sum_j beta_j t_j^2 / |w|^2 over w = (x, z, t), with
# the cone c = (|x|^2 - z^2) / |w|^2 and the height a = 1 + sum_i alpha_i x_i^2 / |w|^2; Gamma: c = 0, t = 0.


def cone_parts(alpha, beta, x, z, t):
    """|w|^2, a - 1, c and the t-part of the loss [sharpness figure 4]."""
    x_sq = sum(xi**2 for xi in x)
    norm_sq = x_sq + z**2 + sum(tj**2 for tj in t)
    slope = sum(al * xi**2 for al, xi in zip(alpha, x)) / norm_sq
    side = sum(be * tj**2 for be, tj in zip(beta, t)) / norm_sq
    return norm_sq, slope, (x_sq - z**2) / norm_sq, side


def cone_wall(cone, quartic):
    """c^2 + kappa c^4, its derivative and its second derivative [sharpness figure 4]."""
    return cone**2 + quartic * cone**4, 2 * cone + 4 * quartic * cone**3, 2 + 12 * quartic * cone**2


def cone_loss(slope, wall, side):
    """The loss from ``cone_parts`` and ``cone_wall`` [sharpness figure 4]."""
    return (1 + slope) * wall + side


def cone_grad(w, alpha, sign, beta, norm_sq, slope, cone, side, wall, bend):
    """The derivative in a coordinate; sign is 1, -1, 0 for x, z, t [sharpness figure 4]."""
    return 2 * w / norm_sq * (wall * (alpha - slope) + (1 + slope) * bend * (sign - cone) + beta - side)


def cone_sharpness(slope):
    """lambda_1 of the spherical Hessian on Gamma, if above every 2 beta_j [sharpness figure 4]."""
    return 8 * (1 + slope)


def cone_log_sharp_grad(alpha, x, slope):
    """One x-coordinate of grad_Gamma log lambda_1 for |w| = 1; z's and t's are 0 [sharpness figure 4]."""
    return 2 * x * (alpha - 2 * slope) / (1 + slope)


def cone3d_flow_time(alpha, tan, log):
    """The time, up to a constant, when the flow for alpha = (alpha, 0) has y/x = tan [sharpness figure 4].

    Equation 3 separates in the longitude psi; for alpha > 0 it ends at x = 0, the flattest minimiser.
    """
    cos_sq = 1 / (1 + tan**2)
    return log(tan) / alpha + log(1 - cos_sq) / 4 - log(1 + alpha * cos_sq / 2) / 2


# Scalar RMSprop, without scale invariance: w' = w - lr / sqrt(v) grad, v' = beta v + (1 - beta) |grad|^2.


def rmsprop_moment(moment, grad_sq, beta):
    """The moving average of the squared gradient norm after one step [sharpness:quasi-rmsprop]."""
    return beta * moment + (1 - beta) * grad_sq


def valley_wall(sine, cosine):
    """(1 - cos(s y)) / s^2, slope, curvature, from sin(s y)/s and cos(s y) [sharpness:quasi-rmsprop]."""
    return sine**2 / (1 + cosine), sine, cosine


def rmsprop_flow_speed(lr, beta, log_sharp_grad_sq):
    """Mean h^2, the drift a step in units of -grad_Gamma log lambda_1 [sharpness:quasi-rmsprop]."""
    return (1 - beta) * lr**2 / (4 * (1 - beta) + 2 * lr**2 * log_sharp_grad_sq)


# Beyond the papers: the averaged system at every energy, in y = log(h^2 / mean) and s = t sqrt(8 intrinsic_lr).


def kinetic(delta, intrinsic_lr):
    """p^2 = (dy/ds)^2, delta = elr * lambda_1 - 2; the energy is p^2/2 + e^y - y - 1 [beyond:edge-energy]."""
    return delta**2 / (2 * intrinsic_lr)


def delta_next(delta, h_sq, intrinsic_lr, log_sharp_grad_sq):
    """elr * lambda_1 - 2 after one step: the exact step of the ELR times the drift of lambda_1 [beyond:edge-drift]."""
    softer = 1 - log_sharp_grad_sq * h_sq * (1 + delta / 2)
    return pgd_elr_next(2 + delta, h_sq, intrinsic_lr) * softer - 2


def energy_drift(cubic, log_sharp_grad_sq, kinetic_mean, log_sharp_grad_sq_rate=0):
    """dE/dtau at every energy: ``energy_rate`` times the orbit's mean of p^2 [beyond:edge-drift].

    That mean lies between 2E/3 and E, so the sign is the same for small swings and for the widest bursts.
    """
    return energy_rate(cubic, log_sharp_grad_sq, log_sharp_grad_sq_rate) * kinetic_mean


def peak_ratio_bounds(energy):
    """Bounds of the largest h^2 over its mean on the orbit of that energy [beyond:edge-tracking]."""
    return energy + 1, 2 * energy + 2


def regression_sharpness_left(tan_sq, decay):
    """lambda_1 over its least value after time tau, ``decay`` = exp(-tau) [beyond:edge-regression]."""
    return 1 + tan_sq * decay**2
