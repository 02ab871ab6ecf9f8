"""The C of regression with batch normalisation, where predictions along the targets break the mirror of the valley.

On Gamma, at angle alpha from w+, the loss over 2 sigma_y^2 is 1 - (1 + q)^(-1/2), q = sum_i m_i t_i^2 over
(1 + sum_i p_i t_i)^2: t_i is the tangent in the direction of mode i, m_i = mu_i/(reach cos alpha)^2 and
p_i = pull_i/(reach cos alpha). The sharpest mode oscillates, by t_1 = tan h; the others rest where its square puts
them, t_j = s_j h^2.
"""

from proofs_check import And, Statement, reals
from proofs_check.statements.jets import variables
from proofs_check.statements.polynomials import Ring
from sitheory.theory import periodic, sharpness

CLAIMS = ()
NAMES = "m_1 m_2 m_3 p_1 p_2 p_3 s_2 s_3"
m_1, m_2, m_3, p_1, p_2, p_3, s_2, s_3 = reals(NAMES)
RING = Ring(tuple(NAMES.split()))
(h,) = variables(RING.polynomial, (1,), 4)


def _coefficients(second, third):
    """Of the loss over sigma_y^2, up to h^4; (1 + q)^(-1/2) by ``root_series``."""
    tangents = h + h**3 / 3, h**2 * second, h**2 * third
    square = sum(t**2 * m for t, m in zip(tangents, (m_1, m_2, m_3), strict=True))
    tilt = sum(t * p for t, p in zip(tangents, (p_1, p_2, p_3), strict=True))
    ratio = square * (1 - 2 * tilt + 3 * tilt**2)  # 1/(1 + tilt)^2 up to the order that counts
    return [RING.term(c) for c in (ratio - 3 * ratio**2 / 4).coefficients()]


def _rests(second_by, third_by):
    """The slope of the loss in the tangents of the other modes, at h^4, by exact differences of a quadratic."""
    high, low = (_coefficients(s_2 + sign * second_by, s_3 + sign * third_by)[4] for sign in (1, -1))
    return high - low == 0


loss = _coefficients(s_2, s_3)
derived = periodic.cubic_of_planar(2 * loss[2], 6 * loss[3], 24 * loss[4])
LAW = sharpness.regression_cubic((m_1, m_2, m_3), (p_1, p_2, p_3), 1, 1)
AT_REST = [m_1 > 0, m_2 > 0, m_3 > 0, _rests(1, 0), _rests(0, 1)]
cubic = Statement(AT_REST, derived == LAW)
straight = cubic.but(then=derived == sharpness.regression_cubic((m_1, m_2, m_3), (0, 0, 0), 1, 1))
moving = cubic.but(given=AT_REST[:3])

q, tan, cos_sq, mu_1, mu_2, reach = reals("q tan cos_sq mu_1 mu_2 r")
root_series = Statement(
    [], (1 - q / 2 + 3 * q**2 / 8) ** 2 * (1 + q) == 1 + q**3 * (5 - 15 * q / 8 + 9 * q**2 / 8) / 8
)
slope_sq = sharpness.regression_log_sharp_grad(tan) ** 2
slope_rate = sharpness.regression_log_sharp_grad_sq_rate(tan)
of_angle = sharpness.regression_cubic((mu_1, mu_2), (p_1, p_2), reach, cos_sq)
GAMMA = [mu_1 > 0, mu_2 > 0, reach > 0, cos_sq > 0, cos_sq * (1 + tan**2) == 1]
constant = Statement(
    GAMMA,
    And(
        sharpness.energy_rate(of_angle, slope_sq, slope_rate)
        == 4 - (3 * mu_1 + 24 * p_1**2 + 4 * mu_1 * p_2**2 / mu_2) / reach**2,
    ),
)
held = constant.but(then=sharpness.energy_rate(of_angle, slope_sq) == constant.then.arg(0).arg(1))
