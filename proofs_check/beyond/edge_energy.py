"""The edge of stability at every energy: what the averaged system keeps, its period, and the drift of the energy.

The averaged system is y'' = 1 - e^y with y = log(h^2/mean), s = t sqrt(8 eta_in), p = y' (``sharpness:hamiltonian``).
The next order comes from one exact step: log|h| gains log(1 + delta + C h^2), delta goes to ``delta_next``.
"""

import math
import random

from proofs_check import And, Claim, Clause, Form, Statement, algebra, kernel, reals, trial
from proofs_check.beyond import edge_runs, regression_cubic
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
                total=True,
                part="the mean of p^2",
            ),
            trial(
                "40 orbits by leapfrog steps from y = -0.1 to -40 over a period each: E and the "
                "means within 1 per cent",
                edge_runs.means(),
                n=2,
                part="the means",
                mutants=[("the mean of p^2 is at least 3/4 of E", edge_runs.means(0.75))],
            ),
        ),
        clauses=(
            Clause(
                "the energy is kept, and what it is in delta and h",
                ("the energy", "the energy in delta and h"),
            ),
            Clause("the means over a period", ("the means",)),
            Clause("the mean of p^2 is at least 2E/3", ("the mean of p^2",)),
        ),
        note="Integrals have the kernel alone. That the system is the average of descent is "
        "sharpness:hamiltonian.",
    ),
)
# One step in sigma = sqrt(eta_in): delta = sigma d, h^2 = sigma^2 w, so that p^2 = d^2/2 and e^y = (4 + G^2) w/2.
# G^2 moves with phi, which moves by h^2 a step: at the rate dG^2/dtau of the flow, where h^2 has its mean.
d, w, slope_sq, cubic, slope_rate = reals("d w G_sq C G_sq_rate")
RING = Ring(("d", "w", "G_sq", "C", "G_sq_rate"))
(sigma,) = variables(RING.polynomial, (1,), 5)
small, h_sq = sigma * d, sigma**2 * w
rest = (4 + slope_sq) / 2
moved = sharpness.delta_next(small, h_sq, sigma**2, sigma.constant(slope_sq))
stretch = small + h_sq * cubic
grown = (1 + stretch) ** 2
# 4 + G^2 gains this share in the step: eta_in h^2/mean times its rate in the flow's time.
wider = sigma**2 * (w * slope_rate / 2)
gained = (
    ((moved**2 - small**2) / 4).over(2)
    + (grown * (1 + wider) - 1) * w * rest
    - 2 * log1p(stretch)
    - log1p(wider)
)
gained = [RING.term(c) for c in gained.coefficients()]
rate = sharpness.energy_rate(cubic, slope_sq, slope_rate)
first = RING.term(moved.coefficient(2)) == sharpness.delta_gain(w, 1, slope_sq)


def along(by_d, by_w):
    """The derivative along the averaged system, a step over sigma, of a function with these derivatives."""
    return by_d * 4 * (1 - w * rest) + by_w * 2 * d * w


back = 12 + 2 * slope_sq
coefficient = 4 * cubic / (4 + slope_sq)
p_cubed = (6 + coefficient - 2 * back / (4 + slope_sq)) / 24
# The total derivative of d - (4 + c + m)/4 d e^y - (p_cubed + m/24) d^3, e^y = w rest, m of the moving G.
moving = slope_rate / (4 + slope_sq)
by_peak, by_cube = (4 + coefficient + moving) / 4, p_cubed + moving / 24
total = along(1 - by_peak * w * rest - 3 * by_cube * d**2, -by_peak * d * rest)
SQUARED = [slope_sq >= 0]
leading = Statement(SQUARED, And(first, gained[1] == 0))
second = Statement(SQUARED, gained[2] == rate * d**2 / 2 + total)


TAU = 0.4


def valley(slopes, quartic, eta_in, at, h, steps):
    """Descent on exp(g(phi)) (T + kappa T^2)/2, T = z^2/(x^2 + y^2): phi, h and delta at each step.

    ``slopes`` gives g, g' and g'' at phi. The sharpness on z = 0 is exp(g(phi)), so that any G is to be had.

    Yields:
        The longitude phi, the latitude h and delta = elr * sharpness - 2, before each step.
    """
    w = [math.cos(at) * math.cos(h), math.sin(at) * math.cos(h), math.sin(h)]
    elr = 2 / math.exp(slopes(at)[0])
    for _ in range(steps):
        x, y, z = w
        flat, tangent_sq = x * x + y * y, z * z / (x * x + y * y)
        phi = math.atan2(y, x)
        height, slope, _ = slopes(phi)
        height = math.exp(height)
        yield phi, math.atan2(z, math.sqrt(flat)), elr * height - 2
        wall, bend = sharpness.tangent_wall(tangent_sq, quartic)
        along, inwards = height * slope * wall / flat, 2 * height * bend * tangent_sq / flat
        grad = (-along * y - inwards * x, along * x - inwards * y, 2 * height * bend * z / flat)
        w = [v - elr * g for v, g in zip(w, grad, strict=True)]
        elr = sharpness.pgd_elr_next(elr, sum(g * g for g in grad), eta_in)
        norm = math.sqrt(sum(v * v for v in w))
        w = [v / norm for v in w]


def _profile(chance: random.Random):
    """A profile of log sharpness along the circle with a phase at which G^2 rises, or one at which it falls."""
    size, waves = chance.uniform(0.3, 1.5), chance.choice([1, 2])
    at = chance.choice([0.35, 1.0]) * math.pi / 2 / waves  # past the crest, or on to the trough
    at += chance.uniform(-0.2, 0.2) / waves

    def slopes(phi):
        return (
            size * math.cos(waves * phi),
            -size * waves * math.sin(waves * phi),
            -size * waves**2 * math.cos(waves * phi),
        )

    return slopes, at


def _rates(slopes, at, cubic, share):
    """K at each step of a short Euler integration of the flow over TAU, the moving G counted ``share`` times."""
    cuts = 400
    for _ in range(cuts):
        _, slope, bend = slopes(at)
        moved = -sharpness.flow_speed(slope**2) * slope
        yield sharpness.energy_rate(cubic, slope**2, share * 2 * slope * bend * moved)
        at += moved * TAU / cuts


def _drifts(sign: int = 1, share: int = 1):
    """Whether log E leaves the integrals of 2K/3 and of K along the flow, by more than 0.1."""

    def attempt(chance: random.Random):
        slopes, at = _profile(chance)
        quartic, eta_in, below = chance.uniform(-3, 0), 1e-5, chance.uniform(1, 3)
        start = (sharpness.mean_h_sq(eta_in, slopes(at)[1] ** 2) * math.exp(-below)) ** 0.5
        energies = []
        for phi, h, delta in valley(slopes, quartic, eta_in, at, start, int(TAU / eta_in)):
            ratio = h * h / sharpness.mean_h_sq(eta_in, slopes(phi)[1] ** 2)
            energies.append(sharpness.energy(delta, ratio, eta_in, math.log(ratio)))
        cut = len(energies) // 20
        first, last = (sum(part) / cut for part in (energies[:cut], energies[-cut:]))
        found = math.log(last / first)
        rates = list(_rates(slopes, at, sharpness.tangent_cubic(quartic), share))
        mean = sign * 0.95 * TAU * sum(rates) / len(rates)
        bad = not min(2 / 3 * mean, mean) - 0.1 <= found <= max(2 / 3 * mean, mean) + 0.1
        return {"kappa": quartic, "phi": at, "log E gains": found, "K tau": mean} if bad else None

    return attempt


DRIFT = Claim(
    id="beyond:edge-drift",
    source="beyond",
    printed=Form(
        r"With $\log\left|\frac{h_{t+1}}{h_t}\right| = \log(1+\delta+Ch^2)$ and the exact step of "
        r"$\delta$, a "
        r"step along which $G^2$ moves by $\frac{h^2}{\overline{h^2}}\eta_{\mathrm{in}}\frac{dG^2}{d\tau}$ "
        r"changes the energy by $\eta_{\mathrm{in}}\left(Kp^2 + \sqrt8\frac{d\Phi}{ds}\right) + "
        r"O(\eta_{\mathrm{in}}^{3/2})$ with a polynomial $\Phi$ of the state and $K = "
        r"\frac{16+6G^2+4C+dG^2/d\tau}{4+G^2}$. "
        r"For regression with BN, where $\frac{dG^2}{d\tau} = -2G^2$, let $p_i$ be the prediction of "
        r"mode $v_i$ along the "
        r"unit targets, and $S = 3\mu_1+24p_1^2+4\sum_{i\ge2}\frac{\mu_1}{\mu_i}p_i^2$: with the "
        r"modes $i \ge 2$ at "
        r"rest where the oscillation puts them $C = -\frac{S}{r^2\cos^2\alpha}$, so that $K = "
        r"4-\frac{S}{r^2}$ all along "
        r"the flow; this is $4-\frac32\min_\Gamma\lambda_1/\sigma_y^2$ where all $p_i$ vanish, and "
        r"less elsewhere.",
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
            algebra(
                regression_cubic.cubic,
                mutants=[regression_cubic.straight, regression_cubic.moving],
                part="C of regression",
            ),
            algebra(
                regression_cubic.root_series,
                mutants=[
                    regression_cubic.root_series.but(then=regression_cubic.root_series.then.arg(0) == 1)
                ],
                part="the root's series",
            ),
            algebra(regression_cubic.constant, mutants=[regression_cubic.held], part="K of regression"),
            trial(
                "descent with weight decay on regressions with BN of 3 to 5 random samples in 6 to 8 "
                "dimensions, eta lambda "
                "= 1e-5, over 0.4 of the flow's time: log E within 0.12 of the integrals of 2K/3 and K",
                edge_runs.burst_growth(),
                n=10,
                part="K of regression",
                mutants=[
                    ("with all p_i = 0", edge_runs.burst_growth(tilted=0.0)),
                    ("with G held fixed", edge_runs.burst_growth(moving=0.0)),
                ],
            ),
        ),
        clauses=(
            Clause("a step changes the energy by this", ("to first order nothing", "the second order")),
            Clause("the C of regression with BN", ("C of regression", "the root's series")),
            Clause("for regression with BN K is constant", ("K of regression",)),
        ),
        note="Identities of formal power series in sqrt(eta_in); a total derivative has no mean over "
        "an orbit "
        "(beyond:edge-energy). From the step to dE/dtau is the averaging principle, which no engine here "
        "restates "
        "(beyond:edge-bursts tries it). G does not stand still: bursts, where h^2 is above its mean, "
        "drift most, "
        "and p^2 has the mean of e^(2y) - e^y. With G held fixed the term dG^2/dtau would be missing; for "
        "regression with BN it takes 2G^2/(4 + G^2) from K.",
    ),
    needs=("beyond:edge-energy", "beyond:decay-index", "sharpness:lr-hessian"),
)
FADES = Claim(
    id="beyond:edge-bursts",
    source="beyond",
    printed=Form(
        r"Along descent $\frac{d\log E}{d\tau}$ lies between $\frac23K$ and $K$, so that bursts of any size "
        r"die out while $C < -4-\frac32G^2-\frac14\frac{dG^2}{d\tau}$ and grow while $C$ is above that.",
        (
            trial(
                "log E over 0.4 of the flow's time, on exp(a cos k phi) (T + kappa T^2)/2, kappa "
                "from -3 to 0, "
                "where G rises and where it falls: within 0.1 of the integrals",
                _drifts(),
                n=8,
                mutants=[
                    ("it lies between -K and -2K/3", _drifts(-1)),
                    ("with dG^2/dtau left out of K", _drifts(share=0)),
                ],
            ),
        ),
        note="That descent on a loss has the step of beyond:edge-drift, C being its cubic "
        "coefficient, is what is "
        "tried, at eta_in = 1e-5. Means over the first and the last twentieth of the run stand for E.",
    ),
    needs=("beyond:edge-drift", "beyond:edge-period"),
)

CLAIMS = (ENERGY, DRIFT, FADES)
