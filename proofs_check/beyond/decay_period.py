"""How long a cycle of the norm lasts in the plane: near rest, in relaxation, and where rounding ends the quiet.

In the quiet phase the angle is so small that its step is linear, phi' = (1 - u) phi with u = e f'', and u grows by
1/(1 - eta lambda)^2 a step: the phase ends when the product of the factors is back at 1.
"""

import math
import random

from flint import acb, arb

from proofs_check import (
    And,
    Claim,
    Form,
    Q,
    Statement,
    algebra,
    all_of,
    ball,
    enclosure,
    kernel,
    less,
    reals,
    smt,
    trial,
)
from proofs_check.statements.answers import Answer
from sitheory.theory import periodic, sharpness

lr, wd, u, f_sq, elr = reals("lr wd u F e")
SMALL = [lr > 0, wd > 0, lr * wd < Q(1, 4)]
trace, det = periodic.rest_multipliers(2, lr, wd)
at_centre = Statement(SMALL, And(det == 1, trace == 2 * periodic.small_period_cos(lr, wd)))
PERIOD = (
    "forall lr wd theta, 0 < lr -> 0 < wd -> lr * wd <= 1 / 4 -> 0 < theta <= 1 -> "
    "cos theta = periodic_resting_cos lr wd -> cos (2 * theta) = periodic_small_period_cos lr wd /\\ "
    "PI ^ 2 / (2 * (lr * wd) * (1 + lr * wd / {four})) <= (2 * PI / (2 * theta)) ^ 2 <= PI ^ 2 / (2 * (lr "
    "* wd))"
)
SMALL_PERIOD = Claim(
    id="beyond:decay-period",
    source="beyond",
    printed=Form(
        r"Where the determinant at rest is 1, as on the quotient for every $\eta\lambda$, small "
        r"oscillations of the norm "
        r"have the period $P = \frac{\pi}{\arccos(1-\eta\lambda)}$ exactly, and for $\eta\lambda \le "
        r"\frac14$ "
        r"$\frac{\pi}{\sqrt{2\eta\lambda(1+\eta\lambda/4)}} \le P \le \frac{\pi}{\sqrt{2\eta\lambda}}$. In "
        r"general $P = "
        r"\frac{2\pi}{\arccos\left(\frac{\operatorname{tr}}{2\sqrt{\det}}\right)}$ with the multipliers of "
        r"beyond:decay-multipliers. So it is not inversely proportional to $\eta\lambda$, as corollary 1 "
        r"has it, but to "
        r"its root.",
        (
            algebra(at_centre, mutants=[at_centre.but(then=trace == 2 * (1 - lr * wd))], part="the angle"),
            kernel(
                PERIOD.format(four=4),
                "BeyondDecay.small_period",
                mutants=[PERIOD.format(four=8)],
                part="the bounds",
            ),
        ),
        note="theta = arccos(1 - eta lambda) is the turn of each step at rest; at the centre the multipliers are "
        "e^(+-2 i theta). On the quotient e f'' = 2 at rest: its derivatives are sin and 2 cos of 2 phi.",
    ),
    needs=("beyond:decay-multipliers", "beyond:decay-area"),
)


def _gauge(value):
    """Re Li_2, whose derivative is -log|1 - u|/u."""
    return acb(value).polylog(2).real


def longest() -> Answer:
    """Whether Re Li_2 changes its sign between 12.595170 and 12.595171."""
    return all_of(less(ball(0), _gauge(arb("12.595170"))), less(_gauge(arb("12.595171")), ball(0)))


def too_early() -> Answer:
    """Whether it has changed it at 12.5."""
    return less(_gauge(arb("12.5")), ball(0))


WAVES = {"cosine": ((1, 1.0),), "two cosines": ((1, 1.0), (2, 0.3)), "bend": ((2, 0.5), (4, -0.05))}


def _quiet_phases(step: float, waves, cycles: float):
    """Entry u, exit u and length of each spell with |phi| < 1e-4, minimum on the axis."""
    keep, phi, elr, inside = (1 - step) ** 2, 0.3, 1.0, None
    bend = sum(k * k * c for k, c in waves)
    for t in range(int(cycles / step)):
        tangent = elr * sum(k * c * math.sin(k * phi) for k, c in waves)
        turned = phi - math.atan(tangent)
        if inside is not None and abs(turned) > 1e-4:
            yield inside[0], elr * bend, t - inside[1]
            inside = None
        elr /= keep * (1 + tangent * tangent)
        if inside is None and abs(turned) < 1e-4 <= abs(phi):
            inside = elr * bend, t
        phi = turned


def _exits(constant: float, gauge=None):
    def attempt(chance: random.Random):
        step = 10 ** chance.uniform(-2.3, -1.3)
        waves = WAVES[chance.choice(sorted(WAVES))]
        for entry, exit, _ in list(_quiet_phases(step, waves, 30))[1:]:
            value = gauge or (lambda v: float(_gauge(v)))
            if abs(value(entry) - value(exit)) > constant * step:
                return {"lr wd": step, "entry": entry, "exit": exit}
        return None

    return attempt


stays = Statement(
    [lr > 0, wd > 0, lr * wd < 1, elr > 0, f_sq >= 0, f_sq * elr**2 <= Q(1, 10**8)],
    And(
        sharpness.pgd_elr_next(elr, f_sq, lr * wd) <= elr / (1 - lr * wd) ** 2,
        sharpness.pgd_elr_next(elr, f_sq, lr * wd) >= (1 - Q(1, 10**8)) * elr / (1 - lr * wd) ** 2,
    ),
)
RELAXATION = Claim(
    id="beyond:decay-relaxation",
    source="beyond",
    printed=Form(
        r"In the quiet phase $u = \tilde\eta f''$ grows by $(1-\eta\lambda)^{-2}$ a step, and it enters at "
        r"$u_0$ and "
        r"leaves at $u_1$ with $\operatorname{Re}\mathrm{Li}_2(u_1) = \operatorname{Re}\mathrm{Li}_2(u_0) + "
        r"O(\eta\lambda)$: it lasts $\frac{\log(u_1/u_0)}{-2\log(1-\eta\lambda)}$ steps, $u_1 < 12.5952$, "
        r"whatever the "
        r"loss. So relaxation cycles have a period of order $(\eta\lambda)^{-1}$, as corollary 1 says, but "
        r"only these.",
        (
            smt(stays, mutants=[stays.but(without=-1)], part="the growth"),
            enclosure(
                "Re Li_2 changes its sign between 12.595170 and 12.595171",
                longest,
                mutants=[("Re Li_2(12.5) < 0", too_early)],
                part="the latest exit",
            ),
            trial(
                "entry and exit of quiet phases agree in Re Li_2 within 30 lr wd, lr wd from 0.005 to "
                "0.05, three losses",
                _exits(30),
                n=12,
                part="entry and exit",
                mutants=[("within lr wd/10", _exits(0.1)), ("in u itself", _exits(30, float))],
            ),
        ),
        note="Of log|1 - u| over a quiet phase the sum vanishes exactly; divided by 2 eta lambda it is the integral of "
        "log|1 - u|/u, -Re Li_2, up to O(eta lambda) and the logarithmic pole at u = 1, which is what is "
        "only tried. "
        "u_0 depends on the loss through the burst.",
    ),
    needs=("beyond:decay-multipliers",),
)


def _noisy_period(step: float, waves, log_floor: float, chance: random.Random) -> float:
    keep, phi, elr, noise = (1 - step) ** 2, 0.2, 1.0, math.exp(-log_floor)
    bursts, quiet = [], False
    for t in range(int(14 * periodic.floored_period_sq(log_floor, 1.0, step) ** 0.5)):
        tangent = elr * sum(k * c * math.sin(k * phi) for k, c in waves)
        phi += chance.uniform(-noise, noise) - math.atan(tangent)
        elr /= keep * (1 + tangent * tangent)
        if quiet and abs(tangent) > 1e-2:
            bursts.append(t)
        quiet = abs(tangent) < 1e-4 or (quiet and abs(tangent) <= 1e-2)
    return (bursts[-1] - bursts[2]) / (len(bursts) - 3)


def _rounded(share: float):
    def attempt(chance: random.Random):
        step, floor = 10 ** chance.uniform(-3.7, -2.7), chance.uniform(25, 40)
        found = _noisy_period(step, WAVES[chance.choice(["cosine", "two cosines"])], floor, chance)
        expected = share * periodic.floored_period_sq(floor, 1.0, step) ** 0.5
        return (
            {"lr wd": step, "log floor": floor, "period": found} if abs(found / expected - 1) > 0.1 else None
        )

    return attempt


ROUNDING = Claim(
    id="beyond:decay-rounding",
    source="beyond",
    printed=Form(
        r"Where noise of size $\epsilon$ in $\phi$, such as rounding, ends the quiet phase, the period is "
        r"$\sqrt{\frac{2\log(1/\epsilon)}{\eta\lambda}}$, exponent $-\frac12$ again, whatever the loss.",
        (
            trial(
                "two losses that cycle, lr wd from 2e-4 to 2e-3, noise e^-25 to e^-40: within a tenth",
                _rounded(1.0),
                n=12,
                mutants=[("it is half of this", _rounded(0.5))],
            ),
        ),
        note="The averaged system from h at its floor (beyond:edge-energy): log(1/noise) of decay and of growth, at "
        "4 eta lambda a step each. In float64 with a minimum off the axes the noise is about 1e-16.",
    ),
    needs=("beyond:decay-relaxation",),
)

CLAIMS = (SMALL_PERIOD, RELAXATION, ROUNDING)
