"""The edge of stability at every energy: what the averaged system keeps, its period, and the drift of the energy.

The averaged system is y'' = 1 - e^y with y = log(h^2/mean), s = t sqrt(8 eta_in), p = y' (``sharpness:hamiltonian``).
The next order comes from one exact step: log|h| gains log(1 + delta + C h^2), delta goes to ``delta_next``.
"""

import math
import random

from proofs_check import And, Claim, Form, Statement, algebra, kernel, reals, trial
from proofs_check.sharpness.oscillation import cone
from proofs_check.statements.jets import log1p, variables
from proofs_check.statements.polynomials import Ring
from sitheory.theory import sharpness

ORBIT = "forall y p, BeyondEdge.orbit y p -> "
PERIOD = "forall y p T, BeyondEdge.orbit y p -> BeyondEdge.period y p T -> "
MEANS = PERIOD + (
    "is_RInt (fun s => 1 - exp (y s)) 0 T 0 /\\ is_RInt (fun s => p s ^ 2 - p s ^ 2 * exp (y s)) 0 T 0 /\\ "
    "is_RInt (fun s => p s ^ 2 * exp (y s) - (exp (y s) ^ 2 - {one}exp (y s))) 0 T 0 /\\ "
    "is_RInt (fun s => p s ^ 2 - y s * (exp (y s) - 1)) 0 T 0"
)
KINETIC = PERIOD + "{share} * BeyondEdge.energy y p 0 * T <= RInt (fun s => p s ^ 2) 0 T"
delta, eta_in, ratio, log_ratio = reals("delta eta_in ratio log_ratio")
kinetic = Statement(
    [eta_in > 0],
    sharpness.energy(delta, ratio, eta_in, log_ratio)
    == sharpness.kinetic(delta, eta_in) / 2 + ratio - log_ratio - 1,
)


def _orbit(energy: float):
    """Period and mean of p^2 of an orbit, by leapfrog steps from its lowest point."""
    y = -energy - 1.0
    for _ in range(80):
        y -= (math.exp(y) - y - 1 - energy) / (math.exp(y) - 1)
    p, time, square, step = 0.0, 0.0, 0.0, 2e-3 * min(1.0, 1 / (1 + energy) ** 0.5)
    while True:
        middle = p + step / 2 * (1 - math.exp(y))
        y += step * middle
        p, before = middle + step / 2 * (1 - math.exp(y)), p
        time, square = time + step, square + step * middle**2
        if before < 0 <= p:
            return time, square / time


def _between(low: float, high: float):
    def attempt(chance: random.Random):
        energy = 10 ** chance.uniform(-2, 2)
        time, mean = _orbit(energy)
        bad = not (low * energy * 0.999 <= mean <= high * energy * 1.001)
        bad = bad or not (2 * math.pi * 0.999 <= time <= (2 * math.pi + 2 * (2 * energy) ** 0.5) * 1.001)
        return {"energy": energy, "mean p^2 / energy": mean / energy, "period": time} if bad else None

    return attempt


ENERGY = Claim(
    id="beyond:edge-energy",
    source="beyond",
    printed=Form(
        r"On every orbit of $y'' = 1-e^y$ the energy $E = \frac{p^2}2+e^y-y-1$ is kept, which is "
        r"$\frac{\delta^2}{4\eta_{\mathrm{in}}}+\frac{h^2}{\overline{h^2}}-\log\frac{h^2}{\overline{h^2}}-1$; over a "
        r"period the means of $e^y$, $p^2e^y$, $e^{2y}-e^y$ and $y(e^y-1)$ are $1$, $\overline{p^2}$, "
        r"$\overline{p^2}$ "
        r"and $\overline{p^2}$, and $\overline{p^2} \ge \frac23E$.",
        (
            kernel(
                ORBIT + "forall s t, BeyondEdge.energy y p s = BeyondEdge.energy y p t",
                "BeyondEdge.energy_kept",
                mutants=[ORBIT + "forall s t, p s ^ 2 + exp (y s) - y s = p t ^ 2 + exp (y t) - y t"],
                part="the energy",
            ),
            algebra(
                kinetic,
                mutants=[
                    kinetic.but(
                        then=sharpness.energy(delta, ratio, eta_in, log_ratio)
                        == sharpness.kinetic(delta, eta_in) + ratio - log_ratio - 1
                    )
                ],
                part="the energy in delta and h",
            ),
            kernel(
                MEANS.format(one=""), "BeyondEdge.means", mutants=[MEANS.format(one="2 * ")], part="the means"
            ),
            kernel(
                KINETIC.format(share="2 / 3"),
                "BeyondEdge.kinetic_mean",
                mutants=[KINETIC.format(share="3 / 4")],
                part="the mean of p^2",
            ),
        ),
        note="Integrals have the kernel alone. That the system is the average of descent is "
        "sharpness:hamiltonian.",
    ),
)
ORBITS = Claim(
    id="beyond:edge-period",
    source="beyond",
    printed=Form(
        r"At every energy $\frac23E \le \overline{p^2} \le E$, and the period lies between $2\pi$ and "
        r"$2\pi+2\sqrt{2E}$ "
        r"in $s$: between $\frac{\pi}{\sqrt{2\eta_{\mathrm{in}}}}$ and "
        r"$\frac{\pi+\sqrt{2E}}{\sqrt{2\eta_{\mathrm{in}}}}$ steps.",
        (
            trial(
                "orbits by leapfrog at random energies from 0.01 to 100",
                _between(2 / 3, 1),
                n=25,
                mutants=[("the mean of p^2 is at most 9/10 of E", _between(2 / 3, 0.9))],
            ),
        ),
        note="The lower bound of the mean is proved (beyond:edge-energy). The upper one says that the period "
        "grows with the energy: by Chicone's criterion that V/V'^2, V = e^y - 1 - y, is convex, whose pole "
        "at y = 0 "
        "no engine "
        "here gets past.",
    ),
    needs=("beyond:edge-energy",),
)

# One step in sigma = sqrt(eta_in): delta = sigma d, h^2 = sigma^2 w, so that p^2 = d^2/2 and e^y = (4 + G^2) w/2.
d, w, slope_sq, cubic = reals("d w G_sq C")
RING = Ring(("d", "w", "G_sq", "C"))
(sigma,) = variables(RING.polynomial, (1,), 5)
small, h_sq = sigma * d, sigma**2 * w
rest = (4 + slope_sq) / 2
moved = sharpness.delta_next(small, h_sq, sigma**2, sigma.constant(slope_sq))
stretch = small + h_sq * cubic
grown = (1 + stretch) ** 2
gained = ((moved**2 - small**2) / 4).over(2) + (grown - 1) * w * rest - 2 * log1p(stretch)
gained = [RING.term(c) for c in gained.coefficients()]
rate = sharpness.energy_rate(cubic, slope_sq)
first = RING.term(moved.coefficient(2)) == sharpness.delta_gain(w, 1, slope_sq)


def along(by_d, by_w):
    """The derivative along the averaged system, a step over sigma, of a function with these derivatives."""
    return by_d * 4 * (1 - w * rest) + by_w * 2 * d * w


back = 12 + 2 * slope_sq
coefficient = 4 * cubic / (4 + slope_sq)
p_cubed = (6 + coefficient - 2 * back / (4 + slope_sq)) / 24
# The total derivative of d - (4 + c)/4 d e^y - p_cubed d^3, e^y = w rest.
total = along(1 - (4 + coefficient) / 4 * w * rest - 3 * p_cubed * d**2, -(4 + coefficient) / 4 * d * rest)
SQUARED = [slope_sq >= 0]
leading = Statement(SQUARED, And(first, gained[1] == 0))
second = Statement(SQUARED, gained[2] == rate * d**2 / 2 + total)


def _drifts_as(sign: int):
    """Whether the energy of a wide swing on the flat cone drifts at other than ``sign`` times 2K/3 to K."""

    def attempt(chance: random.Random):
        quartic, eta_in = chance.uniform(0, 0.5), 2e-5
        start = (eta_in / 2) ** 0.5 * math.exp(chance.uniform(1.5, 3) / 2)
        rate = sign * sharpness.energy_rate(sharpness.cone_cubic(quartic), 0)
        energies = [
            sharpness.energy(at, 2 * h * h / eta_in, eta_in, math.log(2 * h * h / eta_in))
            for h, _, at in cone(0.0, eta_in, 0.7, start, 0.0, int(0.1 / eta_in), quartic)
        ]
        cut = len(energies) // 10
        first, last = (sum(part) / cut for part in (energies[:cut], energies[-cut:]))
        found = math.log(last / first) / 0.09
        bad = not min(2 / 3 * rate, rate) - 0.4 <= found <= max(2 / 3 * rate, rate) + 0.4
        return {"kappa": quartic, "d log E/d tau": found, "K": rate} if bad else None

    return attempt


DRIFT = Claim(
    id="beyond:edge-drift",
    source="beyond",
    printed=Form(
        r"With $\log\left|\frac{h_{t+1}}{h_t}\right| = \log(1+\delta+Ch^2)$ and the exact step of "
        r"$\delta$, a "
        r"step changes the energy by $\eta_{\mathrm{in}}\left(Kp^2 + \sqrt8\frac{d\Phi}{ds}\right) + "
        r"O(\eta_{\mathrm{in}}^{3/2})$ with a polynomial $\Phi$ of the state and $K = "
        r"\frac{16+6G^2+4C}{4+G^2}$: over the flow's time $\frac{dE}{d\tau} = K\,\overline{p^2}$ at every "
        r"energy, and $\overline{p^2} > 0$.",
        (
            algebra(leading, mutants=[leading.but(then=gained[1] == d)], part="to first order nothing"),
            algebra(
                second,
                mutants=[
                    second.but(then=gained[2] == rate * d**2 + total),
                    second.but(then=gained[2] == (4 + cubic) * d**2 / 2 + total),
                ],
                part="the second order",
            ),
        ),
        note="Identities of formal power series in sqrt(eta_in); a total derivative has no mean over an orbit "
        "(beyond:edge-energy). From the step to dE/dtau is the averaging principle, which no engine here "
        "restates "
        "(beyond:edge-bursts tries it). The energy_rate of small orbits is the case of a mean of p^2 that "
        "is E.",
    ),
    needs=("beyond:edge-energy",),
)
FADES = Claim(
    id="beyond:edge-bursts",
    source="beyond",
    printed=Form(
        r"Bursts of any size die out where $C < -4-\frac32G^2$ and grow where $C > -4-\frac32G^2$: along "
        r"descent "
        r"$\frac{d\log E}{d\tau}$ lies between $\frac23K$ and $K$.",
        (
            trial(
                "wide swings on the cone with constant sharpness, kappa from 0 to 0.5: within 0.4",
                _drifts_as(1),
                n=8,
                mutants=[("it lies between -K and -2K/3", _drifts_as(-1))],
            ),
        ),
        note="That descent on a loss has the step of beyond:edge-drift, C being its cubic coefficient, is what is "
        "tried, here at G = 0.",
    ),
    needs=("beyond:edge-drift", "beyond:edge-period"),
)

CLAIMS = (ENERGY, ORBITS, DRIFT, FADES)
