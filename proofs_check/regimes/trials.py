"""What only runs can speak to: appendix M on the toy, chaos, the third regime, runs below the threshold.

A run is the process (2) for F on the unit sphere, step by step in floats, with the theory's own
gradient. Attempts draw random starts; a witness is a start and what the run from it shows.
"""

import random
from collections.abc import Callable, Sequence
from math import sqrt

from proofs_check import (
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Q,
    Statement,
    algebra,
    certificate,
    enclosure,
    kernel,
    reals,
    smt,
    trial,
)
from proofs_check.engines.falsify import Attempt
from proofs_check.regimes import below_threshold
from proofs_check.regimes.one_group import gradient_step
from sitheory.theory import regimes, scale

State = tuple[list[float], list[float]]
ALPHA = (1, 2, 4)
"""The coefficients of Figure 2; its ELRs are 0.1, 0.2 and 0.5."""


def step(alpha: Sequence[float], elr: float, state: State) -> State:
    """One step of the process (2) on the unit sphere."""
    moved = [gradient_step(a, x, y, elr) for a, x, y in zip(alpha, *state, strict=True)]
    norm = sqrt(sum(x * x + y * y for x, y in moved))
    return [x / norm for x, _ in moved], [y / norm for _, y in moved]


def start(chance: random.Random, n: int) -> State:
    """A uniformly random point of the unit sphere, n groups."""
    drawn = [chance.gauss(0, 1) for _ in range(2 * n)]
    norm = sqrt(sum(d * d for d in drawn))
    return [d / norm for d in drawn[:n]], [d / norm for d in drawn[n:]]


def loss(alpha: Sequence[float], state: State) -> float:
    """F of a state."""
    return regimes.toy_loss(alpha, *state)


def last(alpha: Sequence[float], elr: float, state: State, skip: int, keep: int) -> list[State]:
    """The last ``keep`` states of a run of ``skip + keep`` steps."""
    for _ in range(skip):
        state = step(alpha, elr, state)
    kept = []
    for _ in range(keep):
        state = step(alpha, elr, state)
        kept.append(state)
    return kept


def mean_elr_excess(elr: float, states: Sequence[State]) -> list[float]:
    """The groups' mean ELRs, as multiples of eq. 9."""
    count = len(states)
    own = ([scale.elr(elr, x * x + y * y) for x, y in zip(*state, strict=True)] for state in states)
    means = [sum(column) / count for column in zip(*own, strict=True)]
    return [m / e for m, e in zip(means, regimes.equilibrium_elrs(ALPHA, elr), strict=True)]


SKIP, KEEP = 8_000, 1_000
STARTS = 12


def _spread(elr: float, breaks: Callable[[float, float], bool]) -> Attempt:
    """Run from a random start at Figure 2's alpha; a witness where the late loss breaks a claim."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        begin = start(chance, len(ALPHA))
        losses = [loss(ALPHA, state) for state in last(ALPHA, elr, begin, SKIP, KEEP)]
        mean, spread = sum(losses) / KEEP, max(losses) - min(losses)
        return (
            {"x": begin[0], "y": begin[1], "mean loss": mean, "spread": spread}
            if breaks(mean, spread)
            else None
        )

    return attempt


LIVELY = 0.05
"""Less than a tenth of what Figure 2 shows at ELR 0.5, fifty times what is left at 0.2 after 8000 steps."""
STILL = 0.01
"""The spread falls like t^(-1/2); after 8000 steps it is about 0.002 at ELR 0.2."""
KEEPS_MOVING = (
    f"steps {SKIP} to {SKIP + KEEP}: the loss spreads over more than {LIVELY}, alpha = (1, 2, 4), ELR {{}}"
)
SETTLES = (
    f"steps {SKIP} to {SKIP + KEEP}: the loss is within {STILL} of (sum(alpha) - 1/elr)/2, alpha = (1, "
    f"2, 4), ELR {{}}"
)


def _leaves(elr: float) -> Attempt:
    level = regimes.equilibrium_loss(ALPHA, elr)
    return _spread(elr, lambda mean, spread: abs(mean - level) + spread > STILL)


def _rests(elr: float) -> Attempt:
    return _spread(elr, lambda _, spread: spread <= LIVELY)


CHAOTIC = Claim(
    id="regimes:chaotic",
    source="regimes 3.2, Figure 2, ELR 0.2",
    printed=Form(
        r"The second regime of the toy function, Figure 2 at $\tilde\eta = 0.2$, is a *chaotic* "
        r"equilibrium.",
        (
            trial(
                KEEPS_MOVING.format(0.2),
                _rests(0.2),
                n=STARTS,
                mutants=[(KEEPS_MOVING.format(0.1), _rests(0.1))],
            ),
        ),
        note="Whatever 'chaotic' means exactly, a run that settles on a constant loss is not. From "
        "every start that was "
        "tried at ELR 0.2 it does, with r_i changing sign at every step.",
        hedge="a name: the paper says of no quantity what makes an equilibrium chaotic",
    ),
    amended=Form(
        r"At $\tilde\eta = 0.2$ the loss settles on $\frac12(\sum\alpha_i - 1/\tilde\eta) = 1$, from "
        r"random starts; at 0.5 it "
        r"keeps moving.",
        (
            trial(
                SETTLES.format(0.2),
                _leaves(0.2),
                n=STARTS,
                part="0.2",
                mutants=[(SETTLES.format(0.5), _leaves(0.5))],
            ),
            trial(
                KEEPS_MOVING.format(0.5),
                _rests(0.5),
                n=STARTS,
                part="0.5",
                mutants=[(KEEPS_MOVING.format(0.2), _rests(0.2))],
            ),
        ),
        note="A trial, no proof. It settles slowly, like t^(-1/2): the equilibrium is a centre at "
        "linear order "
        "(regimes:eq9-attracts), so the largest Lyapunov exponent there is 0. Other ELRs of the second "
        "regime differ: "
        "at 0.18 about a quarter of the random starts end on a second attractor, at 0.25 none settles.",
        clauses=(
            Clause("at 0.2 the loss settles", ("0.2",)),
            Clause("at 0.5 it keeps moving", ("0.5",)),
        ),
    ),
    needs=("regimes:eq9", "regimes:eq9-attracts"),
)

alpha, elr = reals("alpha elr")
below_walk = Statement(
    [alpha > 0, alpha * elr > 1], regimes.random_walk_loss([alpha]) <= regimes.level(alpha, elr)
)
alphas = reals("alpha_1 alpha_2 alpha_3")
THREE = [elr > 0, *(a > 0 for a in alphas), elr * sum(alphas) > 1]
gap = regimes.random_walk_loss(alphas) - regimes.equilibrium_loss(alphas, elr)
by_gap = Statement(THREE, gap == 1 / (2 * elr))
above = Statement(THREE, gap > 0)
GAP_COQ = (
    "forall a b c elr, 0 < elr -> "
    "regimes_random_walk_loss_of3 a b c - regimes_equilibrium_loss_of3 a b c elr = 1 / ({} * elr)"
)
WALK_STEPS = 2_000
BOUNDED_BY_WALK = (
    f"mean loss over {WALK_STEPS} steps >= the walk's sum(alpha)/2 {{}}, alpha = (1, 2, 4), ELR {{}}"
)


def _under_the_walk(total: float, share: float) -> Attempt:
    def attempt(chance: random.Random) -> dict[str, object] | None:
        begin = start(chance, len(ALPHA))
        mean = sum(loss(ALPHA, s) for s in last(ALPHA, total, begin, 100, WALK_STEPS)) / WALK_STEPS
        walk = share * regimes.random_walk_loss(ALPHA)
        return None if mean >= walk else {"x": begin[0], "y": begin[1], "mean loss": mean, "walk": walk}

    return attempt


WALK = Claim(
    id="regimes:random-walk",
    source="regimes appendix M, on the toy function",
    printed=Form(
        r"The third regime resembles a random walk, and the random walk is a lower bound of its loss.",
        (
            smt(
                below_walk,
                part="one group",
                mutants=[below_walk.but(then=regimes.random_walk_loss([alpha]) < regimes.level(alpha, elr))],
            ),
            trial(
                BOUNDED_BY_WALK.format("", 0.5),
                _under_the_walk(0.5, 1.0),
                n=4,
                part="three groups",
                mutants=[(BOUNDED_BY_WALK.format("times 11/10", 0.5), _under_the_walk(0.5, 1.1))],
            ),
        ),
        note="Appendix M reports networks; the toy function has the inequality the other way round. A "
        "random walk has the "
        "mean loss sum(alpha)/2 (regimes:remark2). 'Resembles' says nothing exact: what the two share "
        "on the toy is the "
        "angle, cos = (1 + ESS^2)^(-1/2), which tends to 0 as the ELR grows.",
        hedge="'resembles'",
        clauses=(
            Clause("the random walk is a lower bound of its loss", ("one group", "three groups")),
            Clause(
                "the third regime resembles a random walk",
                why="no measure of resemblance is printed, and the sentence speaks of networks",
            ),
        ),
    ),
    amended=Form(
        r"On the toy function the loss at the equilibrium of (9) is below that of the random walk by "
        r"$1/(2\tilde\eta)$ "
        r"exactly.",
        (
            algebra(by_gap, mutants=[by_gap.but(then=gap == 1 / elr)]),
            kernel(
                GAP_COQ.format(2),
                "ltac:(intros; unfold regimes_random_walk_loss_of3, regimes_equilibrium_loss_of3; "
                "field; lra)",
                mutants=[GAP_COQ.format(3)],
            ),
            smt(above, part="below", mutants=[above.but(then=gap < 0)]),
            certificate(above, part="below", mutants=[above.but(then=gap < 0)]),
        ),
        note="Runs at ELR 0.5, 1, 2, 5 and 50 keep their mean loss below sum(alpha)/2 as well, and "
        "within 0.04 of the "
        "equilibrium's; that is a trial's finding, not part of this form.",
        clauses=(
            Clause(
                "below the random walk by exactly this",
                (
                    "",
                    "below",
                ),
            ),
        ),
    ),
    needs=("regimes:remark2", "regimes:eq9"),
)

AVERAGE_STEPS = 4_000
OFF_BY = 1.5
FAR_OFF = (
    f"some group's mean ELR over {AVERAGE_STEPS} steps is more than {OFF_BY} times eq. (9), alpha = (1, "
    f"2, 4), ELR {{}}"
)


def start_far_from_average(total: float, factor: float) -> Attempt:
    """An attempt to find a start whose mean ELRs exceed eq. (9) by more than a factor."""

    def attempt(chance: random.Random) -> dict[str, object] | None:
        begin = start(chance, len(ALPHA))
        excess = mean_elr_excess(total, last(ALPHA, total, begin, 500, AVERAGE_STEPS))
        return (
            {"x": begin[0], "y": begin[1], "mean ELRs over eq. 9": excess} if max(excess) > factor else None
        )

    return attempt


def _close(total: float) -> Attempt:
    def attempt(chance: random.Random) -> dict[str, object] | None:
        begin = start(chance, len(ALPHA))
        excess = mean_elr_excess(total, last(ALPHA, total, begin, 500, AVERAGE_STEPS))
        return (
            None if max(excess) > OFF_BY else {"x": begin[0], "y": begin[1], "mean ELRs over eq. 9": excess}
        )

    return attempt


ONE_GROUP = (
    "forall alpha lr x0 y0, 0 < alpha -> 0 < lr -> y0 <> 0 -> x0 ^ 2 + y0 ^ 2 = 1 -> 1 < alpha * lr -> {}"
    "is_lim_seq (fun t => circle_loss alpha (circle_run alpha lr (x0, y0) t)) (regimes_level alpha lr)"
)
NEVER = "(forall t, fst (circle_run alpha lr (x0, y0) t) <> 0) -> "
CENTRE = (
    "forall K, 1 < K -> let a := centre K in let b := - (1 - centre K) / (2 * K) in let c := 4 / K in "
    "(forall p q, a * p - (1 - centre K) / (2 * K) * q = a * p + b * q) /\\ "
    "(forall p q, q + ess_slope K p q / K ^ 2 = c * p + a * q) /\\ a * a - b * c = {} /\\ -1 < a < 1"
)
THIRD = Claim(
    id="regimes:third-regime",
    source="regimes 3.2 and A.5, ELR 0.5",
    printed=Form(
        r"At high ELR chaos dominates equilibration: the individual ELRs no longer match (9) on average.",
        (trial(FAR_OFF.format(0.5), _close(0.5), n=8, mutants=[(FAR_OFF.format(0.2), _close(0.2))]),),
        note="'Dominates' is made exact as: the mean ELRs leave eq. (9) by a factor. At ELR 0.5 the "
        "factors are about "
        "4.6, 3.8 and 2.1; at 0.2 they are 1 within one per cent.",
    ),
    amended=Form(
        r"What is exact: one group has no third regime, since at every $\tilde\eta > 1/\alpha$ its "
        r"value converges (or "
        r"lands on 0); and for every number of groups and every ELR above the threshold the equilibrium "
        r"(9) is a centre "
        r"at linear order, so that no ELR at which it loses linear stability divides the second regime "
        r"from the third.",
        (
            kernel(
                ONE_GROUP.format(NEVER),
                "RegimesMore.converges_to_level",
                part="one group",
                mutants=[ONE_GROUP.format("")],
            ),
            kernel(
                CENTRE.format(1),
                "RegimesMore.equilibrium_is_a_centre",
                part="a centre",
                mutants=[CENTRE.format(2)],
            ),
        ),
        note="The kernel alone for the limit; the centre has a second engine at regimes:eq9-attracts.",
        clauses=(
            Clause("one group has no third regime", ("one group",)),
            Clause("(9) is a centre at every ELR above the threshold", ("a centre",)),
        ),
    ),
    needs=("regimes:prop2.2", "regimes:eq9-attracts"),
)

balanced = Statement(
    [elr > 0, *(v > 0 for v in alphas), elr * sum(alphas) < 1],
    Q(1) > alphas[0] * regimes.equilibrium_elrs(alphas, elr)[0],
)
r, lo, hi, q = reals("r lo hi q")
uniform = Statement(
    [
        alpha > 0,
        elr > 0,
        lo > 0,
        lo <= alpha * elr,
        alpha * elr <= hi,
        q >= abs(1 - 2 * hi),
        q >= 1 / (1 + 2 * lo),
    ],
    abs(regimes.ratio_next(alpha, elr, r)) <= q * abs(r),
)
BASIN = (
    "forall n alpha lr x0 y0 c lo s, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i /\\ lo <= "
    "alpha i * lr) -> "
    "0 < lr -> on_sphere n (x0, y0) -> (forall i, (i < n)%nat -> y0 i <> 0) -> 0 < lo -> 0 < c < {} -> "
    "(forall i, (i < n)%nat -> alpha i * scale_elr lr (x0 i ^ 2 + y0 i ^ 2) <= c /\\ (x0 i / y0 i) ^ 2 "
    "<= s) -> "
    "0 <= s <= (1 - basin_rate lo ((1 + c) / 2) ^ 2) * (1 - c) / 16 -> "
    "forall t, 0 <= toy_value n alpha (toy_run n alpha lr x0 y0 t) "
    "<= sum_to n alpha * s * (basin_rate lo ((1 + c) / 2) ^ 2) ^ t"
)
SUFFICIENT = Claim(
    id="regimes:eq8-sufficient",
    source="regimes A.4, below (24)",
    printed=Form(
        r"If $\tilde\eta < 1/\sum\alpha_i$ there is enough capacity for all $\tilde\eta_i < "
        r"1/\alpha_i$, and $F$ converges to 0, "
        r"from every start.",
        (
            smt(balanced, part="capacity", mutants=[balanced.but(without=-1)]),
            certificate(balanced, part="capacity", mutants=[balanced.but(without=-1)]),
            enclosure(
                "F tends to 0 also from the start of beyond:stuck-below, five equal groups at elr sum(alpha) < 1/3",
                below_threshold.tends(),
                part="from every start",
                refutes=below_threshold.WITNESS,
                mutants=[
                    (
                        "it does from each such start with elr sum(alpha) < 1/2",
                        below_threshold.tends("1/2"),
                    )
                ],
            ),
        ),
        note="Capacity for such ELRs does not make a run take them: an ELR exceeds 1/alpha_i on the way, its group's "
        "ESS exceeds 1, and the norm that it gains lowers the others' shares. Five equal groups can hand this on for "
        "ever (beyond:stuck-below). That run repels its neighbours. From random starts F -> 0 in all trials, and for "
        "n = 1 (regimes:prop2.1), for two groups with elr max(alpha) <= 1/2 (beyond:two-groups) from every start; on "
        "y_i = 0, outside the paper's domain, F stays up.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "exceptional starts keep handing norm from group to group",
            "F stays 1.2652 at a third of the threshold, 0 is claimed",
        ),
        clauses=(
            Clause("below it there is enough capacity for all ELRs", ("capacity",)),
            Clause("F converges to 0, from every start", ("from every start",)),
        ),
    ),
    amended=Form(
        r"For every $n$ and every $c < 1$ there is an $s > 0$ such that $F \to 0$ linearly from every "
        r"start with all "
        r"$\alpha_i\tilde\eta_i \le c$ and all $r_i^2 \le s$. Such starts exist, an open set of them, "
        r"exactly below the "
        r"threshold.",
        (
            smt(uniform, part="one group", mutants=[uniform.but(without=-1), uniform.but(without=-2)]),
            kernel(
                BASIN.format(1),
                "RegimesMore.basin_below_threshold",
                part="every n and t",
                mutants=[BASIN.format(2)],
                total=True,
            ),
            smt(balanced, part="such starts exist", mutants=[balanced.but(without=-1)]),
            certificate(balanced, part="such starts exist", mutants=[balanced.but(without=-1)]),
        ),
        note="With s = (1 - q^2)(1 - c)/16 and the rate q^2, q = max(|1 - 2h|, 1/(1 + 2l)), h = (1 + c)/2, "
        "l = min alpha_i elr: the ELRs' growth is bounded by the sum of the squared ESS, a geometric "
        "series.",
        clauses=(
            Clause(
                "linearly from every start in the set, for every n",
                (
                    "every n and t",
                    "one group",
                ),
            ),
            Clause("such starts exist exactly below the threshold", ("such starts exist",)),
        ),
    ),
    needs=("regimes:eq8", "regimes:prop2.1", "beyond:stuck-below"),
)

CLAIMS = (CHAOTIC, WALK, THIRD, SUFFICIENT)
