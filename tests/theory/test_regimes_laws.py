"""The laws of regimes section 3 and appendix A, exactly, on rational states of the toy function.

Kind: identity. One step of projected gradient descent (eq. 2) is carried out in exact fractions; the
projection's root never appears because the laws speak of squared norms only. Each law comes with
wrong variants that the same check must catch.
"""

from fractions import Fraction

import pytest
from hypothesis import Phase, assume, given, settings, strategies as st

from sitheory.theory import regimes, scale

KIND = "identity"

positive = st.fractions(Fraction(1, 20), 20, max_denominator=20)
signed = st.builds(lambda size, sign: size * sign, positive, st.sampled_from([-1, 1]))
groups = st.lists(st.tuples(positive, signed, signed), min_size=1, max_size=4)


def law(*strategies):
    """A property test, with a form of it that does not shrink, to run wrong variants against."""

    def decorate(check):
        test = settings(deadline=None)(given(*strategies)(check))
        test.fails_quickly = settings(
            deadline=None, database=None, derandomize=True, max_examples=2000, phases=[Phase.generate]
        )(given(*strategies)(check))
        return test

    return decorate


class Step:
    """One step of eq. 2 from the state (alpha_i, x_i, y_i), with everything that the laws speak of."""

    def __init__(self, state, lr):
        self.alpha, self.x, self.y = (list(column) for column in zip(*state, strict=True))
        grads = [regimes.quotient_grad(*s) for s in state]
        stepped = [
            regimes.gradient_step(x, y, gx, gy, lr)
            for x, y, (gx, gy) in zip(self.x, self.y, grads, strict=True)
        ]
        self.norm_sq = [x * x + y * y for x, y in zip(self.x, self.y, strict=True)]
        self.grad_sq = [gx * gx + gy * gy for gx, gy in grads]
        stretched = [x * x + y * y for x, y in stepped]
        shrink = sum(self.norm_sq) / sum(stretched)
        self.norm_sq_after = [s * shrink for s in stretched]
        self.ratio_after = [x / y for x, y in stepped]
        self.elr = [scale.elr(lr, s) for s in self.norm_sq]
        self.elr_after = [scale.elr(lr, s) for s in self.norm_sq_after]
        self.ess_sq = [
            scale.ess_sq(e, scale.eff_grad_sq(g, s))
            for e, g, s in zip(self.elr, self.grad_sq, self.norm_sq, strict=True)
        ]
        self.total_elr = scale.elr(lr, sum(self.norm_sq))
        self.total_ess_sq = scale.ess_sq(
            self.total_elr, scale.eff_grad_sq(sum(self.grad_sq), sum(self.norm_sq))
        )


steps = st.builds(Step, groups, positive)


@law(steps)
def test_eq3_the_inverse_elrs_add_up(step):
    assert regimes.total_elr(step.elr) == step.total_elr
    assert regimes.total_elr(step.elr_after) == step.total_elr


@law(steps)
def test_eq4_the_total_ess_is_a_convex_combination(step):
    weights = regimes.ess_weights(step.elr)
    assert sum(weights) == 1 and min(weights) > 0
    assert regimes.total_ess_sq(step.elr, step.ess_sq) == step.total_ess_sq


@law(steps)
def test_eq5_the_elr_update(step):
    for before, ess_sq, after in zip(step.elr, step.ess_sq, step.elr_after, strict=True):
        assert regimes.elr_next(before, ess_sq, step.total_ess_sq) == after


@law(steps)
def test_eq16_the_norm_update(step):
    for before, ess_sq, after in zip(step.norm_sq, step.ess_sq, step.norm_sq_after, strict=True):
        assert regimes.norm_sq_next(before, ess_sq, step.total_ess_sq) == after


@law(positive, signed, signed)
def test_eq17_the_loss_in_the_ratio(alpha, x, y):
    assert regimes.ratio_loss(alpha, (x / y) ** 2) == alpha * regimes.quotient(x, y)


@law(positive, signed, signed)
def test_eq18_the_gradient_is_the_derivative(alpha, x, y):
    """f(x + h) - f(x) - h f' is exactly h^2 times a bounded term: the quotient by h^2 settles."""
    slope_x, slope_y = regimes.quotient_grad(alpha, x, y)
    value = alpha * regimes.quotient(x, y)
    remainders = []
    for h in (Fraction(1, 10**8), Fraction(1, 10**9)):
        along_x = (alpha * regimes.quotient(x + h, y) - value - h * slope_x) / h**2
        along_y = (alpha * regimes.quotient(x, y + h) - value - h * slope_y) / h**2
        remainders.append((along_x, along_y))
    scale_of_curvature = alpha / (x * x + y * y)
    for far, near in zip(*remainders, strict=True):
        assert abs(far - near) < scale_of_curvature / 1000


@law(positive, signed, signed, positive)
def test_eq19_and_20_the_map_of_the_ratio(alpha, x, y, lr):
    step = Step([(alpha, x, y)], lr)
    after = regimes.ratio_next(alpha, step.total_elr, x / y)
    assert after == step.ratio_after[0]
    assert abs(after) == regimes.ratio_factor(alpha, step.total_elr, (x / y) ** 2) * abs(x / y)


@law(steps)
def test_eq19_holds_in_each_group_with_its_own_elr(step):
    """[regimes eq. 23]: optimising F is n such maps whose ELRs move by eq. 5."""
    for alpha, elr, x, y, after in zip(step.alpha, step.elr, step.x, step.y, step.ratio_after, strict=True):
        assert regimes.ratio_next(alpha, elr, x / y) == after


@law(positive, positive, signed)
def test_eq21_the_bounds(alpha, elr, r):
    low, high = regimes.ratio_drop_bounds(alpha, elr)
    assert 0 < low < regimes.ratio_drop(alpha, elr, r**2) < high


@law(positive, positive, signed)
def test_eq22_when_the_ratio_grows(alpha, elr, r):
    assume(alpha * elr > 1)
    grows = regimes.ratio_factor(alpha, elr, r**2) > 1
    assert grows == (r**2 < regimes.fixed_ratio_sq(alpha, elr))


@law(positive, positive)
def test_eq22_the_level_stands_still(alpha, elr):
    assume(alpha * elr > 1)
    r_sq = regimes.fixed_ratio_sq(alpha, elr)
    assert regimes.ratio_factor(alpha, elr, r_sq) == 1
    assert regimes.ratio_loss(alpha, r_sq) == regimes.level(alpha, elr)


@law(positive, signed, signed)
def test_eq26_the_effective_gradient(alpha, x, y):
    grad_x, grad_y = regimes.quotient_grad(alpha, x, y)
    by_definition = scale.eff_grad_sq(grad_x**2 + grad_y**2, x * x + y * y)
    assert regimes.quotient_eff_grad_sq(alpha, x, y) == by_definition
    assert regimes.ratio_eff_grad_sq(alpha, (x / y) ** 2) == by_definition


@law(positive, positive)
def test_eq26_the_ess_at_the_level(alpha, elr):
    assume(alpha * elr > 1)
    at_level = regimes.ratio_eff_grad_sq(alpha, regimes.fixed_ratio_sq(alpha, elr))
    assert scale.ess_sq(elr, at_level) == regimes.level_ess_sq(alpha, elr)


@law(positive, positive, signed)
def test_regime_1_contracts_at_a_fixed_rate(alpha, elr, r):
    """Rate: for alpha elr < 1 the factor never exceeds max(|1 - 2 a|, 1 - 2a/(1 + 2a)) < 1, a = alpha elr."""
    a = alpha * elr
    assume(a < 1)
    low, high = regimes.ratio_drop_bounds(alpha, elr)
    bound = max(1 - low, abs(1 - high))
    assert bound < 1
    assert regimes.ratio_factor(alpha, elr, r**2) <= bound


@law(st.lists(positive, min_size=1, max_size=5), positive)
def test_eq9_the_equilibrium_keeps_eq3_and_equal_ess(alpha, elr):
    elrs = regimes.equilibrium_elrs(alpha, elr)
    assert regimes.total_elr(elrs) == elr
    assert len({regimes.level_ess_sq(a, e) for a, e in zip(alpha, elrs, strict=True)}) == 1
    assert regimes.levels_sum(alpha, elrs) == regimes.equilibrium_loss(alpha, elr)


@law(
    st.lists(positive, min_size=1, max_size=4),
    st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50),
)
def test_eq9_the_equilibrium_stands_still_under_the_step(alpha, r):
    """With a = (1 + r^2)/(1 - r^2) the level r*^2 = (a - 1)/(a + 1) is the square of a rational r."""
    total = (1 + r**2) / (1 - r**2) / sum(alpha)
    elrs = regimes.equilibrium_elrs(alpha, total)
    ess_sq = [scale.ess_sq(e, regimes.ratio_eff_grad_sq(a, r**2)) for a, e in zip(alpha, elrs, strict=True)]
    total_ess_sq = regimes.total_ess_sq(elrs, ess_sq)
    assert [regimes.elr_next(e, q, total_ess_sq) for e, q in zip(elrs, ess_sq, strict=True)] == elrs
    assert [regimes.ratio_next(a, e, r) for a, e in zip(alpha, elrs, strict=True)] == [-r] * len(alpha)


# A wrong variant of each law, as a patch of the formula it belongs to, and the test that must fail.
WRONG = [
    ("total_elr", lambda elrs: sum(elrs), test_eq3_the_inverse_elrs_add_up),
    (
        "ess_weights",
        lambda elrs: [e / sum(elrs) for e in elrs],
        test_eq4_the_total_ess_is_a_convex_combination,
    ),
    ("elr_next", lambda e, own, total: e * (1 + own) / (1 + total), test_eq5_the_elr_update),
    ("norm_sq_next", lambda s, own, total: s * (1 + total) / (1 + own), test_eq16_the_norm_update),
    ("ratio_loss", lambda a, r_sq: a / (1 + r_sq), test_eq17_the_loss_in_the_ratio),
    (
        "quotient_grad",
        lambda a, x, y: (2 * a * x * y * y / (x * x + y * y) ** 2, 2 * a * x * x * y / (x * x + y * y) ** 2),
        test_eq18_the_gradient_is_the_derivative,
    ),
    (
        "ratio_next",
        lambda a, e, r: r * (1 - 2 * a * e / (1 + a * e * r**2 / (1 + r**2))),
        test_eq19_and_20_the_map_of_the_ratio,
    ),
    ("ratio_drop_bounds", lambda a, e: (2 * a * e / (1 + a * e), 2 * a * e), test_eq21_the_bounds),
    ("fixed_ratio_sq", lambda a, e: (a * e - 1) / (2 * a * e), test_eq22_when_the_ratio_grows),
    ("level", lambda a, e: a - 1 / e, test_eq22_the_level_stands_still),
    ("ratio_eff_grad_sq", lambda a, r_sq: 4 * a * r_sq / (1 + r_sq) ** 2, test_eq26_the_effective_gradient),
    ("level_ess_sq", lambda a, e: a * e - 1, test_eq26_the_ess_at_the_level),
    (
        "equilibrium_elrs",
        lambda alpha, e: [e * len(alpha)] * len(alpha),
        test_eq9_the_equilibrium_keeps_eq3_and_equal_ess,
    ),
]


@pytest.mark.parametrize(("name", "wrong", "test"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_wrong_variant_is_caught(monkeypatch, name, wrong, test):
    monkeypatch.setattr(regimes, name, wrong)
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        test.fails_quickly()
