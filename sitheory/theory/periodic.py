"""Weight decay and the norm of scale-invariant weights: *periodic* section 4 and appendix A.

``norm_sq`` is rho^2 and ``norm_4`` is rho^4; ``eff_grad_sq`` is the squared effective gradient norm.
A beta-sequence is x' = (1 - alpha) x + beta / x.
"""


def norm_sq_next(norm_sq, eff_grad_sq, lr, wd):
    """rho^2 after one step with weight decay [periodic eq. 3]."""
    return (1 - lr * wd) ** 2 * norm_sq + lr**2 * eff_grad_sq / norm_sq


def norm_sq_next_momentum(norm_sq, norm_sq_before, step_sq_next, step_sq, lr, wd, momentum):
    """rho^2 after one step with weight decay and heavy-ball momentum; without it this is eq. 3 [periodic eq. 3].

    ``norm_sq_before`` is rho^2 one step earlier, ``step_sq_next`` and ``step_sq`` the squared lengths of the step
    that is taken and of the one before. Where the learning rate changes, ``momentum`` is times new over old.
    """
    grown = (1 + momentum - 2 * lr * wd) * norm_sq - momentum * norm_sq_before
    return grown + momentum * step_sq + step_sq_next


def decay_step(x, grad, lr, wd):
    """One coordinate after a step of gradient descent with weight decay [periodic eq. 1]."""
    return (1 - lr * wd) * x - lr * grad


def inverse_cos_sq(norm_sq, eff_grad_sq, lr, wd):
    """1 / cos^2 between adjacent iterates [periodic eq. 8]."""
    return 1 + lr**2 * eff_grad_sq / ((1 - lr * wd) ** 2 * norm_sq**2)


def jump_norm_4_printed(eff_grad_sq, lr, wd, delta):
    """The printed delta-jump level of rho^4 [periodic eq. 9]."""
    return lr**2 * eff_grad_sq / ((1 - lr * wd) ** 2 * 2 * delta)


def jump_norm_4(eff_grad_sq, lr, wd, delta):
    """The exact delta-jump level of rho^4: a jump happens below it and only there [periodic eq. 9]."""
    return lr**2 * eff_grad_sq * (1 - delta) ** 2 / ((1 - lr * wd) ** 2 * delta * (2 - delta))


def prop1_norm_4(eff_grad_sq, lr, delta):
    """The level of rho^4 that conditions 4a (with L) and 4b (with l) print [periodic prop. 1]."""
    return lr**2 * eff_grad_sq / (2 * delta)


def delta_bound(norm_sq, eff_grad_sq, lr):
    """eta^2 g^2 / (2 rho^4): delta_min with l, delta_max with L [periodic figure 3]."""
    return lr**2 * eff_grad_sq / (2 * norm_sq**2)


def time_to_level(start, limit, level, rate, log):
    """Steps until limit + (1 - rate)^t (start - limit) meets the level [periodic eqs. 5 and 6].

    ``log`` is the logarithm of the world that the other arguments live in.
    """
    return (log(start - limit) - log(level - limit)) / -log(1 - rate)


def kappa_sq(lr, wd):
    """kappa^2 = eta / (2 lambda) [periodic prop. 3]."""
    return lr / (2 * wd)


def beta_next(x, alpha, beta):
    """One step of a beta-sequence [periodic eq. 10]."""
    return (1 - alpha) * x + beta / x


def stationary_sq(alpha, beta):
    """The square of the stationary point, beta / alpha [periodic eq. 11]."""
    return beta / alpha


def phi(gamma, alpha):
    """The map of gamma = x / x* [periodic eq. 12]."""
    return (1 - alpha) * gamma + alpha / gamma


def phi_slope(gamma, alpha):
    """The derivative of phi in gamma [periodic eq. 14]."""
    return (1 - alpha) - alpha / gamma**2


def hop_ratio(alpha):
    """The ratio alpha / (1 - alpha): below this gamma the map hops over its fixed point [periodic 13d]."""
    return alpha / (1 - alpha)


def phi_argmin_sq(alpha):
    """The square of the gamma at which phi is smallest [periodic 13g]."""
    return alpha / (1 - alpha)


def phi_min_sq(alpha):
    """The square of the smallest value of phi [periodic 13g]."""
    return 4 * alpha * (1 - alpha)


def beta_rates(alpha):
    """The lower and the upper bound on the factor by which x - x* shrinks from above [periodic lemma 1]."""
    return 1 - 2 * alpha, 1 - alpha


def beta_rates_of_squares(alpha):
    """The same for x^2 - x*^2, where the two are alpha^2 apart [periodic lemma 1]."""
    return 1 - 2 * alpha, (1 - alpha) ** 2


def order_product(alpha, beta):
    """Two values keep their order in a step if their product is at least this [periodic lemma 2]."""
    return beta / (1 - alpha)


def hop_level_sq(alpha, beta):
    """The square of sqrt(alpha beta) / (1 - alpha): below it x hops over x* [periodic cor. 2]."""
    return alpha * beta / (1 - alpha) ** 2


def least_a(alpha, b):
    """The least a for which [sqrt(a/alpha), sqrt(b/alpha)] is kept by every step [periodic prop. 5]."""
    return hop_ratio(alpha) ** 2 * b


def beta_alpha(lr, wd):
    """The alpha of the beta-sequence that rho^2 follows, as printed: 2 eta lambda [periodic A.5]."""
    return 2 * lr * wd


def beta_alpha_exact(lr, wd):
    """The same with nothing suppressed: 1 - (1 - eta lambda)^2 [periodic eq. 3]."""
    return 1 - (1 - lr * wd) ** 2


def norm_sq_unrolled(norm_sq, grad_sqs, lr, wd):
    """rho_t^2 from rho_0^2 and the squared gradient norms g_0^2 .. g_{t-1}^2 [periodic eq. 15]."""
    steps = len(grad_sqs)
    keep = (1 - lr * wd) ** 2
    pushed = sum(keep ** (steps - 1 - s) * g for s, g in enumerate(grad_sqs))
    return keep**steps * norm_sq + lr**2 * pushed


def absorbing_hop_sq(alpha, a, b):
    """beta_next(sqrt(a/alpha), alpha, b)^2: how high a hop from the lower end leads [periodic prop. 5 and A.7].

    All sequences end between ``stationary_sq(alpha, a)`` and the larger of this and ``stationary_sq(alpha, b)``;
    this one is the larger where hop_ratio(alpha)^2 b > a.
    """
    return (1 - alpha) ** 2 * a / alpha + 2 * (1 - alpha) * b + alpha * b**2 / a


def settling_index(f2, f3, f4):
    """4 f''^2 + f'' f'''' - 3 f'''^2 at a minimum of f(phi): GD with weight decay settles there if it is negative.

    Times 4 / (3 f''^2) it is the leading coefficient, in the squared amplitude, of det - 1 of the map of
    (phi, log rho^2) over two steps on the orbit that alternates around the minimum [periodic eq. 1].
    """
    return 4 * f2**2 + f2 * f4 - 3 * f3**2


def resting_cos(lr, wd):
    """The cosine between adjacent iterates at which the norm rests: 1 - eta lambda [periodic eqs. 3 and 8]."""
    return 1 - lr * wd


def small_period_cos(lr, wd):
    """cos(2 pi / P) for small oscillations of rho^2 about rest, exact for one quotient: P ~ pi/sqrt(2 eta lambda).

    It follows from the map of (phi, log rho^2) [periodic eqs. 1 and 3].
    """
    return 2 * (1 - lr * wd) ** 2 - 1


def kappa_sq_exact(lr, wd):
    """kappa^2 with nothing suppressed: eta^2 / (1 - (1 - eta lambda)^2) [periodic eqs. 7 and 16]."""
    return lr / (wd * (2 - lr * wd))


def jumpless_growth_sq(lr, wd, delta):
    """The most by which rho^2 can be multiplied in a step that is no delta-jump [periodic eq. 8]."""
    return (1 - lr * wd) ** 2 / (1 - delta) ** 2


def cos_dist_bounds(norm_sq, eff_grad_sq, lr, wd):
    """Rational bounds around 1 - cos, with the factor that figure 3 drops [periodic eq. 8]."""
    turn = inverse_cos_sq(norm_sq, eff_grad_sq, lr, wd) - 1
    return 2 * turn / (4 + 3 * turn), turn / 2


def grad_sq_average(grad_sqs, lr, wd):
    """Exponential moving average of squared gradients, its weights adding up to one [periodic eq. 16]."""
    keep = (1 - lr * wd) ** 2
    weights = [keep**s for s in range(len(grad_sqs))][::-1]
    return sum(w * g for w, g in zip(weights, grad_sqs)) / sum(weights)


def norm_sq_averaged_printed(norm_sq, average, kept, lr, wd):
    """rho_t^2 from the average of the g^2 as printed; ``kept`` is (1 - eta lambda)^(2t) [periodic eq. 16]."""
    return kept * norm_sq + lr**2 * beta_alpha_exact(lr, wd) / (1 - kept) * average


def norm_sq_averaged(norm_sq, average, kept, lr, wd):
    """rho_t^2 from the average of the g^2, exactly; ``kept`` is (1 - eta lambda)^(2t) [periodic eq. 16]."""
    return kept * norm_sq + kappa_sq_exact(lr, wd) * (1 - kept) * average


# Beyond the papers: sharp laws, nothing suppressed.


def rest_norm_4(eff_grad_sq, lr, wd):
    """rho^4 at which the norm rests under a constant effective gradient [beyond:norm-rates].

    Equals eta g^2 / (lambda (2 - eta lambda)), which is eta g^2 / (2 lambda) to leading order.
    """
    return kappa_sq_exact(lr, wd) * eff_grad_sq


def rest_elr_sq(eff_grad_sq, lr, wd):
    """The square of the effective learning rate eta / rho^2 at rest [beyond:norm-rates]."""
    return beta_alpha_exact(lr, wd) / eff_grad_sq


def norm_4_rates(lr, wd):
    """Bounds of the factor by which rho^4 - rest shrinks in a step from above [beyond:norm-rates].

    They are (eta lambda)^2 (2 - eta lambda)^2 apart; for rho^2 they would be a factor 2 in time apart.
    """
    return 1 - 2 * beta_alpha_exact(lr, wd), (1 - lr * wd) ** 4


def rest_bend(f1, f2, turn_tan):
    """elr f'' at a point of the orbit that goes to and fro at rest, from f', f'' there [beyond:decay-multipliers].

    ``turn_tan`` is tan arccos(1 - eta lambda), the tangent of the resting turn: elr f' equals it.
    """
    return turn_tan * f2 / f1


def rest_multipliers(bend, lr, wd):
    """Trace and determinant of (phi, log rho^2) -> (-phi', log rho'^2) at rest, f even [beyond:decay-multipliers].

    ``bend`` is elr f'' there. At bend 2 the determinant is 1 and the trace 2 cos(2 arccos(1 - eta lambda)).
    """
    keep = (1 - lr * wd) ** 2
    return keep * bend - 2 * (1 - keep), 1 + keep * (bend - 2)


def rest_multipliers_two_steps(bend, other, lr, wd):
    """Trace and determinant over two steps, for any f, from elr f'' at both points [beyond:decay-multipliers]."""
    keep = (1 - lr * wd) ** 2
    trace = (
        (1 - keep * bend) * (1 - keep * other) - 2 * keep * (1 - keep) * (bend + other) + (2 * keep - 1) ** 2
    )
    return trace, (2 * keep - 1 - keep * bend) * (2 * keep - 1 - keep * other)


def swing_rate(f2, f3, f4):
    """Growth a step of the log of a small swing, over eta lambda, to leading order [beyond:decay-index]."""
    return settling_index(f2, f3, f4) / (6 * f2**2)


def cubic_of_planar(f2, f3, f4):
    """The C of log|h_{t+1} / h_t| = delta + C h^2 over two steps at a minimum of f(phi) [beyond:decay-index]."""
    return (f2 * f4 - 8 * f2**2 - 3 * f3**2) / (3 * f2**2)


def quiet_steps(first, last, lr, wd, log):
    """Steps in which the ELR grows from ``first`` to ``last`` while the gradient sleeps [beyond:decay-period]."""
    return (log(last) - log(first)) / (-2 * log(1 - lr * wd))


def floored_period_sq(log_floor, lr, wd):
    """The squared period where noise of size 1/e^log_floor ends the quiet phase [beyond:decay-rounding]."""
    return 2 * log_floor / (lr * wd)


def quiet_corrections(entry, leave, sine, log):
    """What a quiet phase's sum has over its integral: of the pole, of the ends [beyond:decay-relaxation].

    u grows from ``entry`` to ``leave`` by e^growth per step and passes 1 at the time log(1/entry)/growth; ``sine`` is
    the sine of pi times that time: where it is near 0 a step all but lands on the minimum.
    """
    return log(4 * sine**2) / 2, log(((1 - entry) / (1 - leave)) ** 2) / 4
