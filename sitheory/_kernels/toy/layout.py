"""Where a block of lanes keeps what: rows of doubles, one column a lane.

A block's rows are the state (u, v, 2 elr, exponents taken out by rescaling, status), then the sums of the
running window (parts since the last flush, totals, the totals' compensations), then its logarithms of
products (fractions, exponents), then what the path over arrays needs between two loops.

Sets of averages (``level``): NOTHING; LIGHT = loss, h; LOGS = those and log loss; FULL = everything. The
rows of sums are loss, h, and in FULL ESS^2, cosine distance, groups' ESS^2; those of logarithms loss, h.
Here h_i = 2 alpha_i elr_i, which a step computes anyway.
"""

ARRAY_LANES = 64  # in a block of the path over arrays
CADENCE = 8  # steps between two rescalings; a power of two
FLUSH = 512  # steps between two additions of the parts to the totals; a power of two
STEEP = 64.0  # elr * sum(alpha) above which a lane is rescaled at every step
FLOOR = 2.0**-700  # a squared coordinate's least share of S
VANISHING = 2.0**-300  # a group's least share of S
LIMIT = 2.0**300  # of S between two rescalings

NOTHING, LIGHT, LOGS, FULL = -1, 0, 1, 2


def state_rows(n):
    """Rows of the state."""
    return 2 * n + 3


def sums(n, level):
    """Rows of parts, of totals and of compensations, each."""
    if level == NOTHING:
        return 0
    return 1 + n + (2 + n if level == FULL else 0)


def logs(n, level):
    """Rows of fractions and of exponents, each."""
    return 0 if level < LOGS else 1 if level == LOGS else 1 + n


def block_rows(n, level):
    """All rows of a block."""
    return scratch_row(n, level) + n + 4


def scratch_row(n, level):
    """First of the rows for 1/s_i, S, k, F and the step's length."""
    return state_rows(n) + 3 * sums(n, level) + 2 * logs(n, level)


def record_rows(n):
    """Rows of one record: loss, ESS^2, ELRs, groups' ESS^2."""
    return 2 + 2 * n


def mark_rows(n):
    """Rows of a mark between two windows: s_i, exponent taken out so far, sum of u."""
    return n + 2
