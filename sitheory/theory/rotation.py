"""Norm and turn of weights under momentum, AdamW, Lion, Muon, Adam with L2, Hyperball, and schedules.

Decoupled decay is W' = alpha W - lr u with alpha = 1 - lr wd. Its law needs one thing of the updates: their
autocovariance R_k = E<u_t, u_{t-k}>, through R_0 (``update_sq``) and the discounted sum S = sum_{k>=1} alpha^(k-1) R_k
(``memory``). Squares stand in for norms; ``chord_sq`` is the squared length of the step of W/|W|, ``sin_sq`` belongs to
the same angle. Functions that need a root, an arcsine or a logarithm take it as an argument.
"""


def keep(lr, wd):
    """alpha = 1 - lr wd, what decoupled decay leaves of the weights [hyperball:recursion]."""
    return 1 - lr * wd


# The law of decoupled decay, for updates with any stationary autocovariance.


def memory(autocovariances, alpha):
    """S = sum_{k>=1} alpha^(k-1) R_k of updates that forget: R_1, R_2, ... up to the last that counts."""
    total = 0
    for covariance in reversed(autocovariances):
        total = covariance + alpha * total
    return total


def pole_memory(first, beta, alpha):
    """S where R_k = R_1 beta^(k-1) for k >= 1 [hyperball:projection]."""
    return first / (1 - alpha * beta)


def geometric_memory(update_sq, beta, alpha):
    """S where R_k = R_0 beta^k: an average of gradients that are noise [hyperball:projection]."""
    return pole_memory(beta * update_sq, beta, alpha)


def inner_at_rest(memory, lr):
    """E<W, u> at rest: the weights are the discounted sum of the past updates [hyperball:projection]."""
    return -lr * memory


def norm_sq_next(norm_sq, inner, update_sq, lr, alpha):
    """|W'|^2 from |W|^2, <W, u> and |u|^2, exactly, for every optimiser [hyperball:recursion]."""
    return alpha**2 * norm_sq - 2 * alpha * lr * inner + lr**2 * update_sq


def dot_next(norm_sq, inner, lr, alpha):
    """<W', W>, exactly, for every optimiser [hyperball:step-size]."""
    return alpha * norm_sq - lr * inner


def rest_norm_sq(update_sq, memory, lr, alpha):
    """E|W|^2 at rest [hyperball:weight-norm]."""
    return lr**2 * (update_sq + 2 * alpha * memory) / (1 - alpha**2)


def rest_chord_sq(update_sq, memory, alpha):
    """Squared step of the direction at rest, 2 (1 - cos): the updates' size is not in it [hyperball:step-size]."""
    return 2 * (1 - alpha) * (update_sq - (1 - alpha) * memory) / (update_sq + 2 * alpha * memory)


def sin_sq(chord_sq):
    """sin^2 of the angle whose squared chord is given [hyperball:step-size-projected]."""
    return chord_sq * (1 - chord_sq / 4)


def chord_sq(distance_sq, norm, next_norm):
    """2 (1 - cos) between W and W', without cancellation; ``distance_sq`` is |W' - W|^2 [hyperball:step-size]."""
    return (distance_sq - (next_norm - norm) ** 2) / (norm * next_norm)


def rest_update_cos_sq(update_sq, memory, alpha):
    """cos^2 between W and u at rest; the cosine is negative where S > 0 [hyperball:cosine]."""
    return memory**2 * (1 - alpha**2) / (update_sq * (update_sq + 2 * alpha * memory))


def relaxation_time(alpha, log):
    """Steps in which what is left of the start in |W|^2 falls by a factor e [rotation:time]."""
    return -1 / (2 * log(alpha))


# An average of gradients: laws of every step, for every scale-invariant loss.


def average_inner_next(inner, update_sq, lr, alpha, beta):
    """<W', m'> from <W, m> and |m|^2, where m' = beta m + (1 - beta) g' and <W', g'> = 0 [hyperball:projection].

    W' = alpha W - lr m. No stationarity and no noise is supposed: orthogonal gradients leave m as the only memory.
    """
    return beta * (alpha * inner - lr * update_sq)


def average_rest_norm_sq(update_sq, lr, alpha, beta):
    """|W|^2 at rest, with |u|^2 its mean over the run [hyperball:weight-norm]."""
    return lr**2 * update_sq * (1 + alpha * beta) / ((1 - alpha**2) * (1 - alpha * beta))


def average_rest_chord_sq(alpha, beta):
    """Squared step of the direction at rest [hyperball:step-size]."""
    return 2 * (1 - alpha) * (1 - beta) / (1 + alpha * beta)


def average_rest_sin_sq(alpha, beta):
    """sin^2 of the same turn: the square of what is printed as the step size [hyperball:step-size]."""
    return (1 - alpha**2) * (1 - beta**2) / (1 + alpha * beta) ** 2


def average_rest_cos_sq(alpha, beta):
    """cos^2 between W and u at rest [hyperball:cosine]."""
    return beta**2 * (1 - alpha**2) / ((1 + alpha * beta) * (1 - alpha * beta))


def small_step_sq(lr, wd, beta):
    """2 lr wd (1 - beta)/(1 + beta), the squared turn at small lr wd [hyperball:step-size-approx, rotation:adamw]."""
    return 2 * lr * wd * (1 - beta) / (1 + beta)


def average_norm_sq_after(norm_sq, rest_sq, inner_gap, kept, remembered, lr, alpha, beta):
    """E|W|^2 after t steps of constant lr [rotation:time].

    ``inner_gap`` is <W, m> less its value at rest, both at the start; ``kept`` is alpha^(2t), ``remembered``
    (alpha beta)^t. Both rates are seen: alpha^2 of the norm and alpha beta of the average.
    """
    return rest_sq + kept * (norm_sq - rest_sq) - 2 * lr * inner_gap * (remembered - kept) / (beta - alpha)


def average_sq(beta):
    """E m^2 of an average of unit noise, (1 - beta)/(1 + beta) [hyperball:momentum-variance]."""
    return (1 - beta) / (1 + beta)


def corrected_covariance(beta, power, power_later, gap):
    """E u_t u_t' of a bias-corrected average of unit noise [hyperball:autocovariance].

    ``power`` is beta^(t+1) and ``power_later`` beta^(t'+1) for t <= t', ``gap`` beta^(t'-t).
    """
    return average_sq(beta) * (1 - power**2) * gap / ((1 - power) * (1 - power_later))


# Lion and Nesterov: a direction that reads an average of another rate.


def blend_sq(share, beta):
    """E c^2 of c = share m + (1 - share) g, m the average before g, of unit noise [rotation:lion]."""
    return (1 - share) ** 2 + share**2 * average_sq(beta)


def blend_first(share, beta):
    """E c_t c_{t-1}; later ones fall by beta [rotation:lion]."""
    return share * (share * beta * average_sq(beta) + (1 - share) * (1 - beta))


def nesterov_share(momentum):
    """The share of the average before the gradient in Nesterov's direction, mu m' + (1 - mu) g [rotation:sgdm]."""
    return momentum**2


def sign_covariance(correlation, asin, pi):
    """E sign(x) sign(y) of Gaussians: the arcsine law [rotation:lion]."""
    return 2 * asin(correlation) / pi


def sign_memory(first, beta, alpha, terms, asin, pi):
    """S of signs whose arguments correlate by first beta^(k-1) [rotation:lion].

    Later terms than ``terms`` are taken as linear in the correlation r: what is left out is positive and less than
    (1 - 2/pi) alpha^terms r^3/(1 - alpha beta^3), r the first correlation that was not summed.
    """
    correlations = [first]
    for _ in range(terms):
        correlations.append(correlations[-1] * beta)
    tail = pole_memory(2 * correlations[-1] / pi, beta, alpha)
    return memory([sign_covariance(r, asin, pi) for r in correlations[:-1]] + [tail], alpha)


def odd_memory_bounds(share, first, beta, alpha):
    """Least and greatest S/R_0 of an odd function of a Gaussian average [hyperball:geometric].

    Its autocorrelation is sum_j c_j r^j over odd j, c_j >= 0 and adding up to 1 (Mehler), ``share`` = c_1; r is the
    average's own, first beta^(k-1). A sign has the share 2/pi, the polar factor ``polar_share``.
    """
    low = share * pole_memory(first, beta, alpha)
    return low, low + (1 - share) * pole_memory(first**3, beta**3, alpha)


def odd_correlation_bounds(share, correlation):
    """Least and greatest correlation of an odd function of Gaussians that correlate by r >= 0 [hyperball:geometric]."""
    low = share * correlation
    return low, low + (1 - share) * correlation**3


def polar_share(nuclear, rows, columns, rank):
    """c_1 of the polar factor of Gaussian matrices, ``nuclear`` the mean of their nuclear norm [hyperball:geometric].

    ``rank`` is the smaller of rows and columns. One column gives a unit vector, one number a sign.
    """
    return nuclear**2 / (rows * columns * rank)


def large_polar_density(cos, ratio, root_ratio, pi, sqrt):
    """The integrand over the angles 0 to pi of sqrt(c_1) for large Gaussian matrices [hyperball:geometric].

    ``ratio`` is the shorter side over the longer one, ``root_ratio`` its root, ``cos`` that of the angle: the mean of a
    singular value under the law of Marchenko and Pastur. It is 8/(3 pi) for square matrices and 1 for vectors.
    """
    return 2 * (1 - cos**2) / (pi * sqrt(1 + ratio + 2 * root_ratio * cos))


# Adam: the division by the root of v, to first order in 1 - b2.


def second_moment_spread(beta):
    """Var v / (E v)^2 of an average of squares of Gaussian noise [hyperball:update-norm-adamw]."""
    return 2 * average_sq(beta)


def adam_parts(b1, b2):
    """A and B of R_k = b1^k (A + B b2^k), to first order in 1 - b2 [hyperball:update-norm-adamw]."""
    own, spread = average_sq(b1), second_moment_spread(b2)
    shared = (1 - b1) ** 2 * (1 - b2) / (1 - b1**2 * b2)
    return own * (1 + 3 * spread / 4) - shared, own * spread / 4 - shared


def adam_covariance(b1, b2, power1, power2):
    """R_k of an entry of m/sqrt(v), Gaussian noise, to first order in 1 - b2 [hyperball:update-norm-adamw].

    ``power1`` and ``power2`` are b1^k and b2^k. The error is of order (1 - b2)^2 at fixed b1.
    """
    constant, falling = adam_parts(b1, b2)
    return power1 * (constant + falling * power2)


def adam_memory(b1, b2, alpha):
    """S of the same [hyperball:update-norm-adamw]."""
    constant, falling = adam_parts(b1, b2)
    return geometric_memory(constant, b1, alpha) + geometric_memory(falling, b1 * b2, alpha)


def gaussian_ratio_density(s, averaging, squaring, sqrt):
    """The integrand over s > 0 of E (sum c_i g_i)^2 / sum a_i g_i^2, exactly [hyperball:update-norm-adamw].

    ``averaging`` holds the c_i, ``squaring`` the a_i > 0, g_i are independent standard Gaussians.
    """
    scale, total = 1, 0
    for c, a in zip(averaging, squaring):
        scale = scale / sqrt(1 + 2 * s * a)
        total = total + c**2 / (1 + 2 * s * a)
    return total * scale


# Coupled decay: the gradient of wd |W|^2 / 2 passes through the momentum, or through Adam's division.


def heavy_norm_sq(grad_sq, lr, wd, momentum):
    """|W|^2 at rest of SGD with momentum and coupled decay [rotation:sgdm]."""
    return lr * grad_sq * (1 + momentum) / (wd * (1 - momentum) * (2 * (1 + momentum) - lr * wd))


def heavy_chord_sq(lr, wd, momentum):
    """Squared step of the direction at rest, 2 lr wd/(1 + momentum): exactly that of the table [rotation:sgdm]."""
    return 2 * lr * wd / (1 + momentum)


def small_heavy_norm_sq(grad_sq, lr, wd, momentum):
    """The table's |W|^2 at rest [rotation:sgdm]."""
    return lr * grad_sq / (2 * wd * (1 - momentum))


def small_norm_sq(size_sq, lr, wd):
    """lr C/(2 wd): |W|^2 at rest where each gradient adds C to the squared sum of its updates [rotation:adamw]."""
    return lr * size_sq / (2 * wd)


def small_lion_norm_sq(entries, lr, wd, share, beta, pi):
    """The table's |W|^2 at rest for Lion, which takes the sign as linear [rotation:lion]."""
    return lr * entries / (pi * wd * blend_sq(share, beta))


def small_lion_step_sq(lr, wd, share, beta, pi):
    """The table's squared turn for Lion [rotation:lion]."""
    return pi * lr * wd * blend_sq(share, beta)


def adam_l2_norm_cubed(grad_rms, lr, wd):
    """|W|^3 at rest of Adam with L2 at small lr wd [rotation:adam-l2].

    ``grad_rms`` is the sum over the entries of the gradient's RMS there, on the unit sphere.
    """
    return lr * grad_rms / (2 * wd)


def heavy_relaxation_time(lr, wd, momentum):
    """Steps in which what is left of the start in |W|^4 falls by e, coupled decay, small lr wd [rotation:time]."""
    return (1 - momentum) / (4 * lr * wd)


def adam_l2_relaxation_time(grad_rms, norm, lr, wd):
    """The same for |W|^3 of Adam with L2 near the norm |W|; ``grad_rms`` is of an entry [rotation:adam-l2].

    An entry decays by lr wd |W|/grad_rms of itself per step, since its gradient is divided by its own size.
    """
    return grad_rms / (3 * lr * wd * norm)


def relaxed(value, rest, kept):
    """A quantity on its way to rest, of whose distance ``kept`` is left [rotation:time]."""
    return rest + kept * (value - rest)


def chord_sq_off_rest(chord_sq, rest_norm_4, norm_4):
    """Squared step of the direction at another norm, of gradients that fall as 1/|W|, small lr wd [rotation:sgdm]."""
    return chord_sq * rest_norm_4 / norm_4


def adam_l2_step_sq(entries, norm_sq, lr, beta):
    """Squared turn of Adam with L2 at rest: it depends on the gradients through the norm [rotation:adam-l2]."""
    return lr**2 * entries * average_sq(beta) / norm_sq


# Schedules: the norm of the weights under a learning rate that changes, at constant wd.


def ramp(part):
    """The share of the peak that is left at ``part`` of a linear decay [hyperball:schedule-norm]."""
    return 1 - part


def cosine(cos):
    """The same for a cosine decay, ``cos`` = cos(pi part) [hyperball:schedule-norm]."""
    return (1 + cos) / 2


def linear_end_ratio_4(decay, pi):
    """(|W|_end/|W|_peak)^4 after a linear decay to zero of ``decay`` = lr wd T, long [hyperball:schedule-norm].

    The sum of lr wd that is left ends before the weights have forgotten. Left out: exp(-decay) and lr wd, relatively.
    """
    return pi / (4 * decay)


def cosine_end_ratio_6(decay, pi, gamma):
    """(|W|_end/|W|_peak)^6 after a cosine decay to zero, ``gamma`` = Gamma(5/3) [hyperball:schedule-norm].

    Left out, relatively: decay^(-2/3) and lr wd.
    """
    return 9 * pi**2 * gamma**3 / (16 * decay**2)


def warmup_lag(rest_sq, part, decay):
    """|W|^2 that a linear warm-up from W = 0 lacks, to first order in 1/(decay part^2) [hyperball:warmup].

    ``part`` is the share of the warm-up of T steps that is done, ``decay`` the peak's lr wd T.
    """
    return rest_sq / (2 * decay * part)


# Hyperball: the norm is set, and the step in direction follows.


def hyperball_cos(lr, cos, root):
    """cos of the turn of R Norm(W - lr R u/|u|), ``cos`` that of W and u [hyperball:hyperball-step].

    ``root`` is that of ``hyperball_norm_sq``.
    """
    return (1 - lr * cos) / root


def hyperball_norm_sq(lr, cos):
    """|W/R - lr u/|u||^2 before it is normalised [hyperball:hyperball-step]."""
    return 1 - 2 * lr * cos + lr**2


def hyperball_sin_sq(lr, cos):
    """sin^2 of the turn of Hyperball [hyperball:hyperball-step]."""
    return lr**2 * (1 - cos**2) / hyperball_norm_sq(lr, cos)
