"""The papers' steps in the algebra that is fast: squares, merged divisions, recurrences, kept factors.

The compiled loops take their arithmetic from here and from the papers' modules. Each function equals a printed
equation for all reals, which the claims ``kernel:...`` prove. The place of every operation is fixed, since it
decides the last bits: a change here changes results.
"""

# One trajectory of the toy, in coordinates. No state is normalised: ``whole`` is the sum S of the groups' squared
# norms ``s``, and g = 2 alpha elr x y / s^2 turns a group's (x, y) by the angle whose tangent is S g.


def group_norm_sq(x, y):
    """A group's squared norm s [regimes eq. 6]."""
    return x * x + y * y


def group_turn(rate, x, y, s):
    """The rate g at which a group turns; ``rate`` = 2 elr alpha [regimes eq. 18]."""
    return (rate * (x * y)) / (s * s)


def group_rate(elr, alpha):
    """2 elr alpha [regimes eq. 18]."""
    return 2 * elr * alpha


def group_step(x, y, turn, whole):
    """One group's (x, y) after a step, S times the step on the unit sphere [regimes eqs. 2 and 18]."""
    return x - turn * (whole * y), y + turn * (whole * x)


def group_loss(alpha, x, s):
    """One group's share of F [regimes eq. 7]."""
    return alpha * (x * x / s)


def group_elr(elr, whole, s):
    """One group's effective learning rate [regimes eq. 3]."""
    return elr * (whole / s)


def group_ess_sq(turn, whole):
    """One group's squared ESS [regimes eq. 26]."""
    return (turn * whole) * (turn * whole)


def cos_dist_of_step(moved, grown, root):
    """1 - cos between adjacent iterates: ``moved`` is the squared step, ``grown`` = S + moved, root^2 = S grown."""
    return moved / (grown + root)


def tangent_turn(x, y, dx, dy, rate, turn, inverse, whole):
    """The derivative of S g along (dx, dy) at fixed S; ``inverse`` = 1 / s [regimes eq. 18]."""
    along = (rate * (y * dx + x * dy)) * (inverse * inverse)
    return whole * (along - 4 * (turn * (x * dx + y * dy)) * inverse)


def tangent_step(x, y, dx, dy, angle, change):
    """The tangent after a step: ``angle`` = S g and its derivative ``change`` [regimes eq. 2]."""
    return dx - change * y - angle * dy, dy + change * x + angle * dx


# Many lanes of the toy, in u = x^2 and v = y^2. The divisions of three groups are merged into one (a divide costs as
# much as sixteen additions), which loses nothing of the range that the statuses leave.


def reciprocals(s):
    """1/s_i of each group, with one division for three groups in turn."""
    out = []
    for first in range(0, len(s), 3):
        part = s[first : first + 3]
        if len(part) == 3:
            out += reciprocals_of_three(*part)
        elif len(part) == 2:
            out += reciprocals_of_two(*part)
        else:
            out += [reciprocal(*part)]
    return out


def reciprocal(s):
    """1 / s."""
    return 1 / s


def reciprocals_of_two(s, t):
    """1 / s and 1 / t by one division."""
    rest = 1 / (s * t)
    return rest * t, rest * s


def reciprocals_of_three(s, t, u):
    """1 / s, 1 / t and 1 / u by one division."""
    pair = s * t
    inverse = 1 / (pair * u)
    rest = inverse * u
    return rest * t, rest * s, inverse * pair


def total(terms):
    """The sum from left to right."""
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


def square_norm_sq(u, v):
    """A group's squared norm s [regimes eq. 6]."""
    return u + v


def square_norms(u, v):
    """The groups' squared norms s_i and their sum S."""
    s = [square_norm_sq(ui, vi) for ui, vi in zip(u, v)]
    return s, total(s)


def square_slope(alpha, inverse):
    """alpha / s; ``inverse`` = 1 / s [regimes eq. 18]."""
    return alpha * inverse


def square_rates(alpha, u, v, inverse, k):
    """One group's slope = alpha/s, h = 2 alpha elr_i, p = d v, q = d u with d = 2 elr S alpha / s^2 [regimes eq. 18].

    ``inverse`` is 1 / s and ``k`` is 2 elr S.
    """
    slope = square_slope(alpha, inverse)
    h = k * slope
    d = h * inverse
    return slope, h, d * v, d * u


def square_step(u, v, p, q):
    """The new u (1 - p)^2 and v (1 + q)^2, the step of gradient descent [regimes eqs. 2 and 18]."""
    a = 1 - p
    b = 1 + q
    return u * (a * a), v * (b * b)


def square_loss(slope, u):
    """One group's share of F [regimes eq. 7]."""
    return slope * u


def square_elr(k, inverse):
    """One group's effective learning rate; ``k`` = 2 elr S [regimes eq. 3]."""
    return (k * inverse) / 2


def square_ess_sq(p, q):
    """One group's squared ESS [regimes eq. 26]."""
    return p * q


def step_norm_sq(s, ess_sq):
    """A group's share of the squared length of the whole step [regimes eq. 4]."""
    return s * ess_sq


def square_losses(u, factors):
    """F from the groups' ``square_rates`` [regimes eq. 7]."""
    return total([square_loss(slope, ui) for (slope, *_), ui in zip(factors, u)])


def square_ess(s, factors):
    """The groups' squared ESS, and the squared length of the whole step [regimes eqs. 4 and 26]."""
    squares = [square_ess_sq(p, q) for *_, p, q in factors]
    return squares, total([step_norm_sq(si, ei) for si, ei in zip(s, squares)])


# Descent with weight decay; ``keep`` is 1 - lr wd, which no step recomputes.


def kept_step(x, grad, lr, keep):
    """One coordinate after a step of gradient descent with weight decay [periodic eq. 1]."""
    return keep * x - lr * grad


def sphere_step(x, grad, elr):
    """One coordinate after the gradient step, before the projection [regimes eq. 2]."""
    return x - elr * grad


def step_tan_sq(norm_sq, grad_sq, lr, keep):
    """tan^2 of the angle between adjacent iterates; ``grad_sq`` is no effective one [periodic eq. 8]."""
    return lr * lr * grad_sq / (keep * keep * norm_sq)


def cos_dist_of_tan(tan_sq, root):
    """1 - cos without cancellation; root^2 = 1 + tan^2 [periodic eq. 8]."""
    return tan_sq / (root * (1 + root))


def quotient_value(alpha, x, y):
    """alpha * quotient [regimes eq. 7]."""
    return alpha * x * x / (x * x + y * y)


def harmonic_next(ck, sk, c, s):
    """cos and sin of (k + 1) phi from those of k phi and of phi."""
    return ck * c - sk * s, sk * c + ck * s


def harmonic_value(a, b, ck, sk):
    """a cos(k phi) + b sin(k phi)."""
    return a * ck + b * sk


def harmonic_slope(k, a, b, ck, sk):
    """Its derivative in phi."""
    return k * (b * ck - a * sk)


def planar_push(slope, x, y):
    """f'(phi) / rho^2 at rho (cos phi, sin phi) = (x, y)."""
    return slope / (x * x + y * y)


def planar_grad(push, x, y):
    """The gradient of a function of the direction only, from ``planar_push``."""
    return -push * y, push * x


def rayleigh_grad(row, w, level, twice):
    """One coordinate of the gradient of w^T A w / |w|^2: ``row`` of A w, level = F, twice = 2 / |w|^2."""
    return twice * (row - level * w)


# Beta-sequences; ``keep`` is 1 - alpha.


def kept_share(alpha):
    """keep [periodic eq. 10]."""
    return 1 - alpha


def kept_beta_next(x, keep, beta):
    """One step of a beta-sequence [periodic eq. 10]."""
    return keep * x + beta / x


def beta_between(low, high, share):
    """The beta that lies the given share of the way up."""
    return low + share * (high - low)


def beta_scaled(keep, low, width):
    """keep^3, then low and width of beta over keep, keep^3 and keep^5, for ``beta_triple``.

    With x1 = keep (x^2 + b1 / keep) / x and so on, all factors keep move to the end [periodic eq. 10].
    """
    square = keep * keep
    cube = square * keep
    fifth = cube * square
    return cube, low / keep, width / keep, low / cube, width / cube, low / fifth, width / fifth


def scaled_beta(low, share, width):
    """A scaled beta: what ``beta_between`` is of the unscaled bounds."""
    return low + share * width


def beta_triple(x, cube, first, second, third):
    """Three steps per division: x = p / q with p' = keep p^2 + beta q^2, q' = p q [periodic eq. 10]."""
    square = x * x
    p = square + first
    p, q = p * p + second * square, p * x
    return cube * ((p * p + third * (q * q)) / (p * q))


# Losses with curved minimisers. ``inverse`` is 1 / |w|^2.


def cone_walls(slope, cone, side, quartic):
    """The wall, bend (1 + slope) and the radial part that the gradient loses [sharpness figure 4]."""
    square = cone * cone
    wall = square * (1 + quartic * square)
    bend = (1 + slope) * cone * (2 + 4 * quartic * square)
    return wall, bend, wall * slope + bend * cone + side


def cone_rate(lr, inverse):
    """What a step on the cone is proportional to, 2 lr / |w|^2 [sharpness figure 4]."""
    return 2 * lr * inverse


def cone_step(w, alpha, sign, beta, wall, bend, rest, step, keep):
    """One coordinate after a step of descent with weight decay; ``step`` is ``cone_rate`` [sharpness figure 4]."""
    pull = wall * alpha + bend * sign + beta - rest
    return w * (keep - step * pull)


def valley_height(alpha, x):
    """What one x adds to the height a of the valley, or of the cone at |w| = 1 [sharpness:quasi-rmsprop]."""
    return alpha * x * x


def valley_grad(alpha, x, wall):
    """The derivative in one x [sharpness:quasi-rmsprop]."""
    return 2 * alpha * x * wall


def valley_step(x, alpha, wall, step):
    """One x after a step; ``step`` is lr over the root of the moment [sharpness:quasi-rmsprop]."""
    return x - step * 2 * alpha * x * wall


def valley_step_across(y, height, slope, step):
    """The coordinate across the valley after a step [sharpness:quasi-rmsprop]."""
    return y - step * height * slope
