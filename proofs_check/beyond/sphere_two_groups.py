"""Two groups below the threshold: a quantity that never increases, how far a run turns, and where it ends."""

import math
import random

import numpy as np

from proofs_check import Claim, Clause, Form, Statement, algebra, kernel, reals, trial
from proofs_check.beyond import toy_runs
from proofs_check.engines.falsify import Attempt, generator

RUNS = (
    "forall alpha lr x0 y0, (forall i, (i < 2)%nat -> 0 < alpha i) -> 0 < lr -> "
    "(forall i, (i < 2)%nat -> lr * alpha i {} / 2) -> on_sphere 2 (x0, y0) -> "
    "(forall i, (i < 2)%nat -> y0 i <> 0) -> "
)
RUN = "(toy_run 2 alpha lr x0 y0 {})"
SQUARES = [f"ln (BeyondTwoGroups.group_sq {RUN} {i})" for i in (0, 1)]
POTENTIAL = f"(lr * toy_value 2 alpha {RUN} - ({SQUARES[0]} + {SQUARES[1]}) / 2)"


def _potential(t: str) -> str:
    return POTENTIAL.replace("{}", t)


FALLS = (
    RUNS.format("<= 1")
    + f"forall t, {_potential('(S t)')} + {{share}}BeyondTwoGroups.two_fall alpha lr {RUN.format('t')} "
    f"<= {_potential('t')}"
)
TURNS = (
    RUNS.format("<= 1")
    + f"forall T, {_potential('T')} + {{share}}sum_to T (fun t => BeyondTwoGroups.two_fall alpha lr "
    f"{RUN.format('t')}) <= {_potential('0')}"
)
VANISHES = RUNS.format("< {}") + f"is_lim_seq (fun t => toy_value 2 alpha {RUN.format('t')}) 0"

# The core of one step: u^2 = 1 + ESS_1^2, w^2 = 1 + ESS_2^2, p and q the groups' shares of the squared norm.
p, u, w = reals("p u w")
q = 1 - p
core = (
    (2 * p - 1) * (u**2 - w**2)
    + 2 * p**2 * (u**2 - 1) ** 2 * w**2
    + 2 * q**2 * (w**2 - 1) ** 2 * u**2
    - 2 * (p * u**3 * w + q * w**3 * u - u**2 * w**2)
)
leading = (u - w) ** 2 + 2 * u * w * (u**2 - 1) * (u * w - 1)
square = (leading * p - u * w * (u - w) ** 2 * q) ** 2 + (
    (u * w - 1) * (2 * u**2 * w**2 - u**2 - w**2) * q
) ** 2
certificate = Statement([], leading * core == square)


def _pairs(rng: np.random.Generator, lanes: int, most: float, least: float = 0.01) -> toy_runs.Toy:
    """Two groups with lr max alpha = most, alphas and shares orders of magnitude apart, angles near all rests too."""
    alpha = 10 ** rng.uniform(math.log10(least), 1, (lanes, 2))
    alpha[::4] = 1.0  # equal pairs, where lr sum(alpha) = 2 lr max alpha
    light = np.exp(rng.uniform(-12, 0, lanes)) / 2
    share = np.where((rng.random(lanes) < 0.5)[:, None], [[1, 0]], [[0, 1]])
    share = np.where(share == 1, light[:, None], 1 - light[:, None])
    angle = rng.uniform(-np.pi, np.pi, (lanes, 2))
    near = 10.0 ** rng.uniform(-5, 0, (lanes, 2)) * rng.choice([-1, 1], (lanes, 2))
    angle = np.where(rng.random((lanes, 2)) < 0.4, near + rng.choice([0, np.pi / 2], (lanes, 2)), angle)
    elr = most / np.max(alpha, axis=1, keepdims=True)
    return toy_runs.Toy(alpha, elr, np.sqrt(share) * np.sin(angle), np.sqrt(share) * np.cos(angle))


def _level(state: toy_runs.Toy) -> np.ndarray:
    """The value of lr F - log(r_1 r_2), r_i the groups' norms."""
    return state.elr[:, 0] * np.sum(state.values, axis=1) - np.sum(np.log(state.norms), axis=1) / 2


def falls(most: float = 0.5, half: float = 0.5) -> Attempt:
    """A witness against the fall of lr F - log(r_1 r_2) by what the steps turn."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng = generator(chance)
        state = _pairs(rng, 400, most * math.exp(-chance.choice([0.0, chance.expovariate(1)])))
        for _ in range(30):
            after, turned = state.step(), state.ess_sq / (1 + state.ess_sq)
            least = np.sum((half - state.elr * state.alpha) * turned, axis=1)
            short = least - (_level(state) - _level(after))
            at = int(np.argmax(short))
            if short[at] > 1e-9 * (1 + abs(_level(state)[at])):
                return {"lr alpha": state.elr[at] * state.alpha[at], "x": state.x[at], "y": state.y[at]}
            state = after
        return None

    return attempt


def vanishes(most: float = 0.499) -> Attempt:
    """A witness against F -> 0: a run whose value does not shrink to a thousandth of sum(alpha)."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        rng = generator(chance)
        end = _pairs(rng, 60, most, least=0.2).run(20_000)
        share = np.sum(end.values, axis=1) / np.sum(end.alpha, axis=1)
        at = int(np.argmax(share))
        return {"lr alpha": end.elr[at] * end.alpha[at], "F/sum": share[at]} if share[at] > 1e-3 else None

    return attempt


TWO_GROUPS = Claim(
    id="beyond:two-groups",
    source="beyond",
    printed=Form(
        r"For two groups and $\tilde\eta\max(\alpha_1,\alpha_2) \le \frac12$, $\tilde\eta F - \log(\rho_1\rho_2)$, "
        r"$\rho_i$ the groups' norms, falls in every step of (2) from a start with $y_1, y_2 \ne 0$ by at least "
        r"$\sum_i\left(\frac12-\tilde\eta\alpha_i\right)\frac{\mathrm{ESS}_i^2}{1+\mathrm{ESS}_i^2}$, "
        r"the weighted squared sines of the angles by which the groups turn: these, added up over the run, and what "
        r"it is in the end are together at most what it was at the start. If "
        r"$\tilde\eta\max(\alpha_1,\alpha_2) < \frac12$, $F \to 0$ from every such start.",
        (
            kernel(
                FALLS.format(share=""),
                "BeyondTwoGroups.two_groups_fall",
                mutants=[FALLS.format(share="3 * ")],
                part="a step",
                total=True,
            ),
            algebra(
                certificate,
                mutants=[certificate.but(then=leading * core == 2 * square)],
                part="the core of a step",
            ),
            kernel(
                TURNS.format(share=""),
                "BeyondTwoGroups.two_groups_turn",
                mutants=[TURNS.format(share="3 * ")],
                part="all steps",
                total=True,
            ),
            kernel(
                VANISHES.format("1"),
                "BeyondTwoGroups.two_groups_settle",
                mutants=[VANISHES.format("4")],
                part="the end",
                total=True,
            ),
            trial(
                "400 pairs at a time, a quarter equal, shares up to e^12 apart, starts near every rest: 30 steps",
                falls(),
                n=20,
                part="a step",
                mutants=[("it falls by Σ (1 - lr alpha_i) ...", falls(half=1.0))],
            ),
            trial(
                "such pairs, alphas at most a factor of 50 apart, lr max alpha = 0.499: below a thousandth of "
                "sum(alpha) after 20,000 steps",
                vanishes(),
                n=4,
                part="the end",
                mutants=[("at lr max alpha = 1.2", vanishes(1.2))],
            ),
        ),
        clauses=(
            Clause("it falls by at least this in every step", ("a step", "the core of a step")),
            Clause("added up over the run at most what it was at the start", ("all steps",)),
            Clause("F tends to 0", ("the end",)),
        ),
        note="For two equal groups this is every ELR below the threshold. One step: with p, q the shares, u^2 = 1 + "
        "ESS_1^2 and w^2 = 1 + ESS_2^2 it comes down to a quadratic form in p and q being non-negative; its leading "
        "coefficient is non-negative and its determinant is ((uw - 1)(2 u^2 w^2 - u^2 - w^2))^2. The end: the shares "
        "stay away from 0, so the squared ESS have a finite sum, so the y_i, which no step shrinks before the "
        "projection, could not stay bounded if the sum of F over the steps were infinite. The paper states eq. 8 as "
        "necessary only. For unequal pairs between lr max alpha = 1/2 and K = 1, and for n > 2, this is open.",
    ),
    needs=("regimes:eq8", "regimes:separable"),
)

CLAIMS = (TWO_GROUPS,)
