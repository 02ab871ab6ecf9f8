"""Training on the sphere with a fixed effective learning rate: *regimes* section 3 and appendix A.

``elr`` is the effective learning rate of whatever the function speaks of: one group's in the
formulas of a single quotient (eqs. 6, 17-22, 26), the total one in those of the whole function
(eqs. 8, 9, 25). Sums run over the groups.
"""


def quotient(x, y):
    """f(x, y) = x^2 / (x^2 + y^2) [regimes eq. 6]."""
    return x**2 / (x**2 + y**2)


def toy_loss(alpha, x, y):
    """F(x, y) = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2) [regimes eq. 7]."""
    return sum(a * quotient(xi, yi) for a, xi, yi in zip(alpha, x, y))


def quotient_grad(alpha, x, y):
    """Gradient (d/dx, d/dy) of alpha * quotient [regimes eq. 18]."""
    slope = 2 * alpha * x * y / (x**2 + y**2) ** 2
    return slope * y, -slope * x


def quotient_eff_grad_sq(alpha, x, y):
    """Squared effective gradient norm of alpha * quotient, in x and y [regimes eq. 26]."""
    return 4 * alpha**2 * x**2 * y**2 / (x**2 + y**2) ** 2


def gradient_step(x, y, grad_x, grad_y, lr):
    """One group's (x, y) after the gradient step, before the projection [regimes eq. 2]."""
    return x - lr * grad_x, y - lr * grad_y


def total_elr(elrs):
    """Total ELR from the groups' ELRs: 1 / total = sum_i 1 / elr_i [regimes eq. 3]."""
    return 1 / sum(1 / e for e in elrs)


def ess_weights(elrs):
    """The weights omega_i = total ELR / elr_i of eq. 4; they add up to one [regimes eq. 4]."""
    total = total_elr(elrs)
    return [total / e for e in elrs]


def total_ess_sq(elrs, ess_sqs):
    """Total squared ESS, the convex combination of the groups' [regimes eq. 4]."""
    return sum(w * s for w, s in zip(ess_weights(elrs), ess_sqs))


def elr_next(elr, group_ess_sq, total_ess_sq):
    """A group's ELR after one step on the sphere [regimes eq. 5]."""
    return elr * (1 + total_ess_sq) / (1 + group_ess_sq)


def norm_sq_next(norm_sq, group_ess_sq, total_ess_sq):
    """A group's squared norm after one step on the sphere [regimes eq. 16]."""
    return norm_sq * (1 + group_ess_sq) / (1 + total_ess_sq)


def ratio_loss(alpha, r_sq):
    """alpha * f as a function of r^2 = (x/y)^2 [regimes eq. 17]."""
    return alpha * r_sq / (1 + r_sq)


def ratio_drop(alpha, elr, r_sq):
    """The term 2 alpha elr / (1 + 2 alpha elr r^2 / (1 + r^2)) that eq. 21 bounds [regimes eq. 21]."""
    return 2 * alpha * elr / (1 + 2 * alpha * elr * r_sq / (1 + r_sq))


def ratio_drop_bounds(alpha, elr):
    """Lower and upper bound of ratio_drop over r [regimes eq. 21]."""
    return 2 * alpha * elr / (1 + 2 * alpha * elr), 2 * alpha * elr


def ratio_next(alpha, elr, r):
    """Ratio r = x/y after one step on the sphere [regimes eq. 19]."""
    return r * (1 - ratio_drop(alpha, elr, r**2))


def ratio_factor(alpha, elr, r_sq):
    """kappa, the factor by which |r| changes in one step [regimes eq. 20]."""
    return abs(1 - ratio_drop(alpha, elr, r_sq))


def fixed_ratio_sq(alpha, elr):
    """r*^2, the level of r^2 at which |r| stands still, for elr > 1/alpha [regimes eq. 22]."""
    return (alpha * elr - 1) / (alpha * elr + 1)


def level(alpha, elr):
    """The value (alpha - 1/elr)/2 that one quotient stabilises at [regimes prop. 2.2]."""
    return (alpha - 1 / elr) / 2


def ratio_eff_grad_sq(alpha, r_sq):
    """Squared effective gradient norm of alpha * quotient, in r^2 [regimes eq. 26]."""
    return 4 * alpha**2 * r_sq / (1 + r_sq) ** 2


def level_ess_sq(alpha, elr):
    """Squared ESS of one quotient at its level, alpha^2 elr^2 - 1 [regimes eq. 26]."""
    return alpha**2 * elr**2 - 1


def threshold(alpha):
    """The total ELR 1 / sum(alpha) above which F cannot converge to 0 [regimes eq. 8]."""
    return 1 / sum(alpha)


def equilibrium_elrs(alpha, elr):
    """The groups' ELRs elr * sum(alpha) / alpha_i at which all ESS are equal [regimes eq. 9]."""
    total = sum(alpha)
    return [elr * total / a for a in alpha]


def equilibrium_loss(alpha, elr):
    """F at the equilibrium of eq. 9, (sum(alpha) - 1/elr)/2 [regimes eq. 25]."""
    return (sum(alpha) - 1 / elr) / 2


def random_walk_loss(alpha):
    """Mean of F over uniformly random directions, sum(alpha)/2 [regimes remark 2]."""
    return sum(alpha) / 2


def levels_sum(alpha, elrs):
    """sum_i (alpha_i - 1/elr_i)/2, the lower side of the bound [regimes eq. 25]."""
    return sum(level(a, e) for a, e in zip(alpha, elrs))


def gap_factor(ess_sq):
    """Factor by which a step multiplies a quotient's distance to its level [beyond:level-rate]."""
    return (1 - ess_sq) / (1 + ess_sq)


def level_drift(level, value, ess_sq):
    """The change of one group's alpha * quotient in a step [beyond:level-average]."""
    return 2 * (level - value) * ess_sq / (1 + ess_sq)


def landing_ratio_sq(alpha, elr):
    """r^2 from which one step lands on r = 0, for elr > 1/(2 alpha) [beyond:landing]."""
    return 2 * alpha * elr - 1


def landing_equation(alpha, elr, r, after):
    """The cubic whose only positive root r steps to the ratio ``after`` without a change of sign [beyond:landing]."""
    return r**3 - (1 + 2 * alpha * elr) * after * r**2 - (2 * alpha * elr - 1) * r - after


def excess(alpha, elr):
    """Total ELR over its threshold, K = elr * sum(alpha) [beyond:spectrum]."""
    return elr * sum(alpha)


def turn_cos(excess):
    """Cosine of the angle that a step turns small deviations from eq. 9 by [beyond:spectrum]."""
    return 2 / excess**2 - 1


def balance_cos(excess, r_sq):
    """A group's direction as c = K (1 - r^2)/(1 + r^2), which is 1 at its level in eq. 9 [beyond:mean-field]."""
    return excess * (1 - r_sq) / (1 + r_sq)


def balance_share(weight, norm_sq):
    """A group's squared norm over its value in eq. 9; weight = alpha_i / sum(alpha) [beyond:mean-field]."""
    return norm_sq / weight


def balance_ess_sq(excess, cos, share):
    """Squared ESS of a group with direction c and share a, (K^2 - c^2)/a^2 [beyond:mean-field]."""
    return (excess**2 - cos**2) / share**2


def balance_cos_next(excess, cos, share):
    """A group's direction after one step, which its own c and a decide [beyond:mean-field]."""
    ess_sq = balance_ess_sq(excess, cos, share)
    return cos + 2 * (share - cos) * ess_sq / (1 + ess_sq)


def balance_grown(excess, cos, share):
    """A group's share after the gradient step, before the projection [beyond:mean-field]."""
    return share * (1 + balance_ess_sq(excess, cos, share))


def balance_shares_next(weights, grown):
    """The groups' shares after the projection: they meet in this one mean [beyond:mean-field]."""
    mean = sum(w * g for w, g in zip(weights, grown))
    return [g / mean for g in grown]


def energy_gain(excess):
    """g(K) of dH = g |<z^2>|^2, the energy that deviations from eq. 9 gain a step [beyond:normal-form]."""
    return 4 * (excess**2 - 3) / (excess**4 - 5 * excess**2 + 8)
