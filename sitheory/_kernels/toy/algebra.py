"""One step of an ensemble's lane in u = x^2, v = y^2, as plain arithmetic without imports.

The functions run on whatever has ``+ - * /``: here on the values from which the vector kernel is built.
Every operation's place is fixed, so that all paths give the same bits. Against the textbook form
``d = 2 elr S alpha / s^2`` the divisions of three groups are merged into one (a divide costs as much as
sixteen additions), which loses nothing of the range that the statuses leave.
"""


def reciprocals(s):
    """1/s_i of each group, with one division for three groups in turn."""
    out = []
    for first in range(0, len(s), 3):
        out += _reciprocals_of_at_most_three(s[first : first + 3])
    return out


def _reciprocals_of_at_most_three(s):
    if len(s) == 1:
        return [1.0 / s[0]]
    pair = s[0] * s[1]
    if len(s) == 2:
        rest = 1.0 / pair
        return [rest * s[1], rest * s[0]]
    inverse = 1.0 / (pair * s[2])
    rest = inverse * s[2]
    return [rest * s[1], rest * s[0], inverse * pair]


def total(terms):
    """The sum from left to right."""
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


def norms(u, v):
    """The groups' squared norms s_i and their sum S."""
    s = [ui + vi for ui, vi in zip(u, v, strict=True)]
    return s, total(s)


def rates(alpha, u, v, r, k):
    """One group's slope = alpha/s, h = 2 alpha elr_i, p = d v and q = d u with d = 2 elr S alpha / s^2.

    Args:
        alpha: The group's coefficient.
        u: x^2.
        v: y^2.
        r: 1 / s.
        k: 2 elr S.
    """
    slope = alpha * r
    h = k * slope
    d = h * r
    return slope, h, d * v, d * u


def moved(u, v, p, q):
    """The new u (1 - p)^2 and v (1 + q)^2, the step of gradient descent [regimes eqs. 2, 18]."""
    a = 1.0 - p
    b = 1.0 + q
    return u * (a * a), v * (b * b)


def loss(u, factors):
    """F [regimes eq. 7] from the groups' ``rates``."""
    return total([slope * ui for (slope, *_), ui in zip(factors, u, strict=True)])


def ess(s, factors):
    """The groups' squared ESS [regimes eq. 26], and the squared length of the whole step."""
    squares = [p * q for *_, p, q in factors]
    return squares, total([si * ei for si, ei in zip(s, squares, strict=True)])
