"""Linear regression with batch normalisation in the algebra that is fast: the eigenbasis of the Gram matrix.

The centred inputs have X X^T = U diag(gain) U^T, and p = U^T X w are the predictions; unit_y are the targets there,
of norm one, and push = gain unit_y. The loops of ``_kernels/regression`` take their arithmetic from here. Each function
equals a printed equation for all reals, which ``proofs_check/kernels/regression_steps.py`` proves. The place of every
operation and argument is fixed, since it decides the last bits: a change here changes results.
"""

# A step needs ``pull`` = strength / |p|, ``ratio`` = <p, unit_y> / |p|^2 and ``shrink`` = pull ratio.


def gram_strength(variance, lr):
    """What a step is proportional to, 2 variance lr [sharpness eq. 4]."""
    return 2 * variance * lr


def gram_step(p, gain, push, keep, pull, shrink):
    """One prediction after a step of descent with weight decay [sharpness eq. 4, periodic eq. 1]."""
    return p * (keep - gain * shrink) + push * pull


def gram_products(p, gain, unit_y, push):
    """One sample's share of the six sums from which the next state's norm follows [sharpness eq. 4].

    Returns:
        The shares of <p, p>, <p, gain p>, <gain p, gain p>, <p, unit_y>, <gain p, unit_y>, <gain p, push>.
    """
    scaled = gain * p
    return p * p, scaled * p, scaled * scaled, p * unit_y, scaled * unit_y, scaled * push


def gram_target_products(unit_y, push):
    """One sample's share of the two sums over targets only, <push, unit_y> and <push, push> [sharpness eq. 4]."""
    return push * unit_y, push * push


def gram_norm_sq_next(s0, s1, s2, a1, a2, c2, keep, pull, shrink):
    """<p, p> after a step, from the sums before it [sharpness eq. 4]."""
    lean = keep * a1 - shrink * a2
    bend = shrink * s2 - keep * s1 - keep * s1
    return keep * keep * s0 + shrink * bend + pull * (pull * c2 + lean + lean)


def gram_along_next(a0, a1, c1, keep, pull, shrink):
    """<p, unit_y> after a step, from the sums before it [sharpness eq. 4]."""
    return keep * a0 - shrink * a1 + pull * c1


def gram_norm_sq_late(s0, s1, s2, a1, a2, c2, keep, pull, ratio):
    """``gram_norm_sq_next`` in powers of ``pull``, which is known last [sharpness eq. 4]."""
    once = keep * (a1 - ratio * s1)
    twice = ratio * (ratio * s2 - (a2 + a2)) + c2
    return keep * keep * s0 + pull * ((once + once) + pull * twice)


def gram_along_late(a0, a1, c1, keep, pull, ratio):
    """``gram_along_next`` in powers of ``pull``, which is known last [sharpness eq. 4]."""
    return keep * a0 + pull * (c1 - ratio * a1)


def gram_pull(strength, inverse_norm):
    """``pull`` by a multiplication [sharpness eq. 4]."""
    return strength * inverse_norm


def gram_ratio(along, inverse):
    """``ratio`` by a multiplication; ``inverse`` = 1 / |p|^2 [sharpness eq. 4]."""
    return along * inverse


def gram_cosine(along, inverse_norm):
    """The cosine between p and the targets, by a multiplication [sharpness eq. 4]."""
    return along * inverse_norm


def gram_shrink(pull, ratio):
    """``shrink`` [sharpness eq. 4]."""
    return pull * ratio


# What a step shows, in units of the variance.


def gram_missed(p, ratio, unit_y):
    """One sample of ratio p - unit_y, what of the targets the predictions' direction lacks [sharpness eq. 4]."""
    return p * ratio - unit_y


def gram_missed_sq(missed):
    """One sample's share of sine^2, the squared sine of the angle between p and the targets [sharpness eq. 4]."""
    return missed * missed


def gram_slope(missed, gain):
    """One sample's share of the squared gradient times |p|^2 / (2 variance)^2 [sharpness eq. 4]."""
    return missed * gain * missed


def gram_weight_sq(p, inverse_gain):
    """One sample's share of |w|^2 outside of the inputs' kernel [sharpness eq. 4]."""
    return p * inverse_gain * p


def gram_loss(miss, sine_sq):
    """Loss / variance without cancellation; ``miss`` = 1 - cosine [sharpness eq. 4]."""
    return miss * miss + sine_sq


def gram_moved_sq(pull, slope):
    """The squared length of the gradient's part of the step [sharpness eq. 4]."""
    return pull * pull * slope


def gram_weights_next(weights, moved_sq, keep):
    """|w|^2 after a step [periodic eq. 3]."""
    return keep * keep * weights + moved_sq


def gram_tan_sq(short_sq, moved_sq, flat):
    """tan^2 of the angle between iterates; ``short_sq`` = 1 / keep^2, ``flat`` = 1 / |w|^2 [periodic eq. 8]."""
    return short_sq * moved_sq * flat


def gram_eff_grad_sq(slope, inverse, weights):
    """The squared effective gradient / (2 variance)^2; ``inverse`` = 1 / |p|^2 [sharpness eq. 4]."""
    return slope * inverse * weights


# Deviations from the minimisers: a_i with eigenvalues mu_i on Gamma, ``share`` of the minimum-norm interpolant.


def deviation_along(lean, reach, share):
    """<z, y-hat>, ``lean`` = sum pull_i a_i [sharpness:lr-hessian]."""
    return lean + reach * share


def deviation_off_sq(a, mu):
    """One a_i's share of |z|^2 - <z, y-hat>^2 [sharpness:lr-hessian]."""
    return mu * a * a


def deviation_norm_sq(along, off_sq):
    """|z|^2 [sharpness:lr-hessian]."""
    return along * along + off_sq


def deviation_factor(strength, norm_sq, norm):
    """What both parts of the gradient share [sharpness:lr-hessian]."""
    return strength / (norm_sq * norm)


def deviation_step(a, mu, pull, keep, bend, tilt):
    """One a_i after a step; ``bend`` = factor along, ``tilt`` = factor off_sq [sharpness:lr-hessian]."""
    return a * (keep - mu * bend) + pull * tilt


def deviation_share_next(share, reach, keep, tilt):
    """The interpolant's share after a step [sharpness thm. 5.1]."""
    return keep * share + reach * tilt


# The Hessian H = |z|^2 G^(1/2) Hess_z G^(1/2) / (2 variance) is c diag(gain) + W S W^T, where c is the cosine between
# z and the targets, W = G^(1/2) (unit_y, z / |z|) and S = ((0, 1), (1, -3 c)). A shift is an eigenvalue where the
# matrix K = S^-1 + W^T (c diag(gain) - shift)^-1 W, two by two, is singular; K x = kappa x.


def secular_distance(cosine, gain, shift):
    """How far one pole lies above the shift [sharpness eq. 4]."""
    return cosine * gain - shift


def secular_terms(push, gain, p, unit_y, r):
    """One sample's share of the secular sums, with z for z / |z|; ``r`` is 1 / distance [sharpness eq. 4].

    Returns:
        The shares of W^T R W (yy, yz, zz), of its derivative W^T R^2 W, and of the sum of R^2.
    """
    by_y, by_z = push * r, gain * p * r
    one_y, one_z, other = by_y * unit_y, by_z * p, by_y * p
    return one_y, other, one_z, one_y * r, other * r, one_z * r, r * r


def secular_matrix(yy, yz, zz, cosine, inverse, inverse_sq):
    """The entries 00, 01 and 11 of K; ``inverse`` = 1 / |z| [sharpness eq. 4]."""
    return 3 * cosine + yy, 1 + yz * inverse, zz * inverse_sq


def secular_determinant(k00, k01, k11):
    """det K [sharpness eq. 4]."""
    return k00 * k11 - k01 * k01


def secular_trace(k00, k11):
    """trace K [sharpness eq. 4]."""
    return k00 + k11


def secular_spread_sq(k00, k01, k11):
    """The squared difference of the eigenvalues of K [sharpness eq. 4]."""
    return (k00 - k11) * (k00 - k11) + 4 * k01 * k01


def secular_kappa(det, trace, spread):
    """The eigenvalue of K that is nearer to 0, without cancellation; ``spread`` has the sign of the trace."""
    return 2 * det / (trace + spread)


def secular_rank_two(x0, x1, cosine):
    """S x [sharpness eq. 4]."""
    return x1, x0 - 3 * cosine * x1


def secular_slope(dyy, dyz, dzz, x0, x1, inverse, inverse_sq):
    """|x|^2 times the derivative of kappa by the shift, x its eigenvector [sharpness eq. 4]."""
    return dyy * x0 * x0 + 2 * dyz * inverse * x0 * x1 + dzz * inverse_sq * x1 * x1


def secular_newton(kappa, x0, x1, inverse_slope):
    """Newton's step of the shift to where kappa is 0 [sharpness eq. 4]."""
    return -kappa * (x0 * x0 + x1 * x1) * inverse_slope


def secular_residual_sq(kappa, lean, inverse_slope):
    """(kappa lean)^2 over |(c diag(gain) - shift)^-1 W x|^2, with ``lean`` = |S x|_1 [sharpness eq. 4]."""
    return kappa * kappa * lean * lean * inverse_slope


def secular_width_sq(p, gain):
    """One sample's share of <z, gain z> [sharpness eq. 4]."""
    return gain * p * p


def secular_bound(cosine, steepest, width_y, width_z):
    """A bound of all |eigenvalues| of H [sharpness eq. 4].

    Args:
        cosine: |c|.
        steepest: The largest gain.
        width_y: The length of W's first column.
        width_z: The length of its second.
    """
    return cosine * steepest + 2 * width_y * width_z + 3 * cosine * width_z * width_z
