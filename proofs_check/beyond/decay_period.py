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
    Clause,
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
from proofs_check.beyond import planar_runs
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
t, d, re, im = reals("t d re im")
pair = Statement(
    [re**2 - im**2 - t * re + d == 0, im * (2 * re - t) == 0, im != 0], And(2 * re == t, re**2 + im**2 == d)
)
SMALL_PERIOD = Claim(
    id="beyond:decay-period",
    source="beyond",
    printed=Form(
        r"Where the determinant at rest is 1, as on the quotient for every $\eta\lambda$, small "
        r"oscillations of the norm "
        r"have, in the limit of small ones, the period $P = \frac{\pi}{\arccos(1-\eta\lambda)}$, and "
        r"for $\eta\lambda \le "
        r"\frac14$ "
        r"$\frac{\pi}{\sqrt{2\eta\lambda(1+\eta\lambda/4)}} \le P \le \frac{\pi}{\sqrt{2\eta\lambda}}$: "
        r"inversely proportional not to $\eta\lambda$, as corollary 1 has it, but to its root, up to "
        r"these bounds. "
        r"For even $f$ whose multipliers (beyond:decay-multipliers) are a complex pair, $P = "
        r"\frac{2\pi}{\arccos\left(\frac{\operatorname{tr}}{2\sqrt{\det}}\right)}$.",
        (
            algebra(at_centre, mutants=[at_centre.but(then=trace == 2 * (1 - lr * wd))], part="the angle"),
            kernel(
                PERIOD.format(four=4),
                "BeyondDecay.small_period",
                mutants=[PERIOD.format(four=8)],
                part="the bounds",
            ),
            smt(pair, mutants=[pair.but(without=2)], part="a pair"),
            trial(
                "swings of 1e-5 of the norm on the quotient and on random even losses, lr wd from "
                "1e-3 to 0.2, "
                "resonances among them: the period within 1e-3, and within the bounds on the quotient",
                planar_runs.periods(),
                n=100,
                part="the angle",
                mutants=[("on the quotient it is inversely proportional to lr wd", planar_runs.periods(1.0))],
            ),
        ),
        clauses=(
            Clause("the period where the determinant is 1, as on the quotient", ("the angle",)),
            Clause("its bounds, inversely as the root of eta lambda", ("the bounds",)),
            Clause("the period of any complex pair: the angle of the multipliers", ("a pair",)),
        ),
        note="theta = arccos(1 - eta lambda) is the turn of each step at rest; at the centre the "
        "multipliers are "
        "e^(+-2 i theta). On the quotient e f'' = 2 at rest: its derivatives are sin and 2 cos of 2 phi.",
    ),
    needs=("beyond:decay-multipliers",),
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
    """Entry u, exit u and log of the exit over the entry phi of each spell with |phi| < 1e-4."""
    keep, phi, elr, inside = (1 - step) ** 2, 0.3, 1.0, None
    bend = sum(k * k * c for k, c in waves)
    for _ in range(int(cycles / step)):
        tangent = elr * sum(k * c * math.sin(k * phi) for k, c in waves)
        turned = phi - math.atan(tangent)
        if inside is not None and abs(turned) > 1e-4:
            yield inside[0], elr * bend, math.log(abs(phi / inside[1]))
            inside = None
        elr /= keep * (1 + tangent * tangent)
        if inside is None and abs(turned) < 1e-4 <= abs(phi):
            inside = elr * bend, turned
        phi = turned


def _exits(constant: float, phase: int = 1, ends: int = 1):
    def attempt(chance: random.Random):
        step = 10 ** chance.uniform(-2.3, -1.3)
        growth = -2 * math.log(1 - step)
        waves = WAVES[chance.choice(sorted(WAVES))]
        for entry, exit, wider in list(_quiet_phases(step, waves, 30))[1:]:
            if entry > 0.5:
                continue
            passing = math.sin(math.pi * math.log(1 / entry) / growth)
            at_pole, at_ends = periodic.quiet_corrections(entry, exit, passing, math.log)
            expected = growth * (phase * at_pole + ends * at_ends - wider)
            if abs(float(_gauge(exit) - _gauge(entry)) - expected) > constant * growth**2:
                return {"lr wd": step, "entry": entry, "exit": exit}
        return None

    return attempt


def _later_than(level: float):
    """Whether some of 1000 runs on 1 - cos phi - 0.2 (1 - cos 2 phi), lr wd 0.035 to 0.06, has a later exit."""

    def attempt(chance: random.Random):
        last = 0.0
        for _ in range(1000):
            phases = list(_quiet_phases(chance.uniform(0.035, 0.06), ((1, 1.0), (2, -0.2)), 60))[1:]
            last = max([last, *(exit for _, exit, _ in phases)])
            if last > level:
                return None
        return {"latest exit": last}

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
        r"leaves at $u_1$, as wide as it entered, with $\operatorname{Re}\mathrm{Li}_2(u_1) = "
        r"\operatorname{Re}\mathrm{Li}_2(u_0) + "
        r"g\left(\log|2\sin\pi s| + \frac12\log\left|\frac{1-u_0}{1-u_1}\right|\right) + O(g^2)$, "
        r"$g = -2\log(1-\eta\lambda)$, $s = \log(1/u_0)/g$ the time at which $u$ passes 1: it lasts "
        r"$\frac{\log(u_1/u_0)}g$ steps. Here $u_0 \le \frac12$; for $s$ away from the "
        r"integers $u_1$ tends to at most $12.5952$ as $\eta\lambda \to 0$; no bound holds for all $s$. So "
        r"relaxation cycles have a period of order $(\eta\lambda)^{-1}$, as corollary 1 says, but "
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
                "entries u_0 <= 1/2 and exits of quiet phases meet the law, their widths counted, "
                "within g^2/2, "
                "lr wd from 0.005 to 0.05, three losses",
                _exits(0.5),
                n=12,
                part="entry and exit",
                mutants=[
                    ("without the term of the phase s", _exits(0.5, phase=0)),
                    ("without the term of the ends", _exits(0.5, ends=0)),
                ],
            ),
            trial(
                "on 1 - cos phi - 0.2 (1 - cos 2 phi) some of 1000 runs with lr wd from 0.035 to "
                "0.06 has an exit "
                "above 12.5952",
                _later_than(12.5952),
                n=1,
                part="no bound",
                mutants=[("above 40", _later_than(40))],
            ),
        ),
        clauses=(
            Clause("u grows by this", ("the growth",)),
            Clause("entry and exit, with the terms of order g", ("entry and exit",)),
            Clause("the limit 12.5952", ("the latest exit",)),
            Clause("which is no bound", ("no bound",)),
            Clause("a period of order 1/(eta lambda)", why="u_0 depends on the loss through the burst"),
        ),
        note="The sum of log|1 - u_t| over a quiet phase is the log of exit over entry width. Euler "
        "and Maclaurin's "
        "formula makes of it the integral, -Re Li_2 over g, half of the end terms, and log|2 sin(pi "
        "s)| of the "
        "pole at u = 1. Where s is near an integer one step all but lands on the minimum and the "
        "quiet is long: "
        "12.5952 is a limit and no bound. "
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


def _drifts(rise: float):
    """Whether the ratio to the formula rises by as much on the cosine from lr wd = 2e-4 to 2e-2, with noise e^-30."""

    def attempt(chance: random.Random):
        ratios = [
            _noisy_period(step, WAVES["cosine"], 30.0, chance)
            / periodic.floored_period_sq(30.0, 1.0, step) ** 0.5
            for step in (2e-4, 2e-2)
        ]
        return None if ratios[1] - ratios[0] > rise else {"ratios": ratios}

    return attempt


ROUNDING = Claim(
    id="beyond:decay-rounding",
    source="beyond",
    printed=Form(
        r"Where noise of size $\epsilon$ in $\phi$, such as rounding, ends the quiet phase, the period is "
        r"about $\sqrt{\frac{2\log(1/\epsilon)}{\eta\lambda}}$: within a tenth for $\eta\lambda$ from "
        r"$2\cdot10^{-4}$ "
        r"to $2\cdot10^{-3}$ and $\epsilon$ from $e^{-40}$ to $e^{-25}$, with a drift beyond.",
        (
            trial(
                "two losses that cycle, lr wd from 2e-4 to 2e-3, noise e^-25 to e^-40: within a tenth",
                _rounded(1.0),
                n=12,
                mutants=[("it is half of this", _rounded(0.5))],
                part="within a tenth",
            ),
            trial(
                "on the cosine, noise e^-30, the ratio of period and formula rises by more than 0.08 from "
                "lr wd = 2e-4 to 2e-2",
                _drifts(0.08),
                n=4,
                part="the drift",
                mutants=[("by more than 0.3", _drifts(0.3))],
            ),
        ),
        clauses=(
            Clause("within a tenth in this window", ("within a tenth",)),
            Clause("the ratio drifts beyond it", ("the drift",)),
        ),
        note="The averaged system from h at its floor (beyond:edge-energy): log(1/noise) of decay "
        "and of growth, at "
        "4 eta lambda a step each. The ratio drifts with eta lambda: the peak of h scales with it, "
        "too, so that log(1/noise) alone does not count. In float64 with a minimum off the axes the "
        "noise is about 1e-16.",
        hedge="'about': no error term is known",
    ),
    needs=("beyond:decay-relaxation",),
)

CLAIMS = (SMALL_PERIOD, RELAXATION, ROUNDING)
