"""Schedules, to their end, and Hyperball's own step: sections 2.6 and 3, and part 1."""

import math
import random

from proofs_check import And, Claim, Clause, Failure, Form, Kind, Statement, algebra, reals, root, smt, trial
from sitheory.theory import rotation

norm_sq, inner, update_sq, lr, wd, factor = reals("N p U_sq eta lambda C")
last = Statement(
    [norm_sq > 0, wd > 0, lr == 0],
    rotation.norm_sq_next(norm_sq, inner, update_sq, lr, rotation.keep(lr, wd)) == factor * lr / wd,
)
falls = Statement(
    [norm_sq > 0, wd > 0, lr > 0, lr * wd < 1, update_sq >= 0, inner <= 0],
    rotation.norm_sq_next(norm_sq, inner, update_sq, lr, rotation.keep(lr, wd))
    >= rotation.keep(lr, wd) ** 2 * norm_sq,
)


def end_ratio(share, steps: int, decay: float) -> float:
    """|W|_end/|W|_peak squared, the recursion of uncorrelated updates from rest under lr = peak share(part)."""
    peak = decay / steps
    rest = now = rotation.rest_norm_sq(1.0, 0.0, peak, rotation.keep(peak, 1.0))
    for t in range(steps):
        rate = peak * share((t + 0.5) / steps)
        now = rotation.norm_sq_next(now, 0.0, 1.0, rate, rotation.keep(rate, 1.0))
    return now / rest


def _linear(scale):
    def attempt(chance: random.Random):
        decay, steps = chance.uniform(4, 40), 4_000
        found = end_ratio(rotation.ramp, steps, decay) ** 2
        told = scale * rotation.linear_end_ratio_4(decay, math.pi)
        room = 4 * math.exp(-decay) + decay / steps
        return None if abs(found / told - 1) < room else {"eta lambda T": decay, "found": found, "said": told}

    return attempt


def _cosine(scale):
    def attempt(chance: random.Random):
        decay, steps = chance.uniform(20, 200), 8_000
        found = end_ratio(lambda part: rotation.cosine(math.cos(math.pi * part)), steps, decay) ** 3
        told = scale * rotation.cosine_end_ratio_6(decay, math.pi, math.gamma(5 / 3))
        room = 2 * decay ** (-2 / 3) + decay / steps
        return None if abs(found / told - 1) < room else {"eta lambda T": decay, "found": found, "said": told}

    return attempt


LINEAR = "linear decay: (|W|_end/|W|_peak)^4 = {}/(4 eta lambda T) up to 4 exp(-eta lambda T) + eta lambda"
COSINE = "cosine: (|W|_end/|W|_peak)^6 = {} 9 pi^2 Gamma(5/3)^3/(16 (eta lambda T)^2) up to 2 (eta lambda T)^(-2/3)"
SCHEDULE = Claim(
    id="hyperball:schedule-norm",
    source="hyperball part 2, 2.6",
    printed=Form(
        r"Under a schedule $\|W_t\| = C\sqrt{\eta_t/\lambda}$, and the gradient norm grows like "
        r"$\sqrt{\lambda/\eta_t}$, to "
        r"the end.",
        (smt(last, mutants=[last.but(then=last.then.arg(0) > norm_sq)]),),
        note="Decided at the last step of a schedule that ends at zero, where nothing moves and the norm would "
        "have to vanish.",
        failure=Failure(
            Kind.ORDER,
            "weights forget at the rate eta_t lambda, which the schedule itself takes away",
            "where eta_t is 0 the squared length of W is still 1, printed 0",
        ),
    ),
    amended=Form(
        r"While $\eta_t$ changes slowly over $1/(2\eta_t\lambda)$ steps. A decay to zero over $T$ steps leaves "
        r"$(\|W\|_{end}/\|W\|_{peak})^4 = \pi/(4\eta\lambda T)$ when linear, $(\cdot)^6 = "
        r"\frac{9\pi^2\Gamma(5/3)^3}"
        r"{16(\eta\lambda T)^2}$ when cosine. No schedule shrinks the norm by more than "
        r"$\prod(1-\eta_t\lambda)$ while updates "
        r"point outwards, and the gradients of a scale-invariant loss grow by no more than the inverse.",
        (
            trial(
                LINEAR.format("pi"),
                _linear(1.0),
                n=12,
                mutants=[(LINEAR.format("2"), _linear(2 / math.pi))],
                part="linear",
            ),
            trial(
                COSINE.format("1"),
                _cosine(1.0),
                n=8,
                mutants=[(COSINE.format("2"), _cosine(2.0))],
                part="cosine",
            ),
            smt(
                falls,
                mutants=[
                    falls.but(without=5),
                    falls.but(then=falls.then.arg(0) >= norm_sq),
                ],
                part="how fast at most",
            ),
        ),
        clauses=(
            Clause(
                "linear",
                ("linear",),
                "the recursion iterated; the closed form is derived in docs/rotation.md",
            ),
            Clause(
                "cosine",
                ("cosine",),
                "the recursion iterated; the closed form is derived in docs/rotation.md",
            ),
            Clause("how fast at most", ("how fast at most",)),
        ),
        note="For eta lambda T = 10 a linear decay ends at 0.53 of the peak's norm, not at 0: gradients grow by "
        "1.9. The closed "
        "forms are for uncorrelated updates, or a memory that is short beside the schedule's end; a long one "
        "(Lion's, 100 "
        "steps) remembers larger steps, and the norm ends higher still.",
    ),
    needs=("hyperball:recursion", "si:gradient-homogeneity"),
)


def _warm(scale):
    def attempt(chance: random.Random):
        decay, steps, part = chance.uniform(30, 80), 40_000, chance.uniform(0.6, 1.0)
        peak, now = decay / steps, 0.0
        rest = rotation.rest_norm_sq(1.0, 0.0, peak, rotation.keep(peak, 1.0))
        done = int(part * steps)
        for t in range(done):
            rate = peak * (t + 0.5) / steps
            now = rotation.norm_sq_next(now, 0.0, 1.0, rate, rotation.keep(rate, 1.0))
        share = done / steps
        lag = rest * share - now
        told = scale * rotation.warmup_lag(rest, share, decay)
        room = 2 / (decay * share**2) + decay * decay / steps
        return (
            None
            if abs(lag / told - 1) < room
            else {"eta lambda T": decay, "part": share, "lag": lag, "said": told}
        )

    return attempt


WARM = "linear warm-up from 0: |W|^2 lacks {}/(2 eta lambda T part) of the peak's rest, up to 2/(eta lambda T part^2)"
first, second, alpha = reals("a b alpha")
carried = Statement(
    [],
    rotation.norm_sq_next(first, inner, update_sq, lr, alpha)
    - rotation.norm_sq_next(second, inner, update_sq, lr, alpha)
    == alpha**2 * (first - second),
)
WARMUP = Claim(
    id="hyperball:warmup",
    source="hyperball part 2, 3, phenomenon 1",
    printed=Form(
        r"The weight norm tracks learning-rate warm-up and decay throughout training.",
        note="Nothing is said of how closely.",
        hedge="'tracks'",
    ),
    amended=Form(
        r"From $W = 0$, under a linear warm-up over $T$ steps, $\|W\|^2$ at part $x$ lacks $\frac1{2\eta\lambda "
        r"Tx}$ of the "
        r"peak's rest, to first order in $1/(\eta\lambda Tx^2)$. From another start the difference is carried "
        r"on by "
        r"$\prod(1-\eta_t\lambda)^2$, about $e^{-\eta\lambda Tx^2}$: a warm-up with $\eta\lambda T \ll 1$ "
        r"leaves the start's "
        r"norm as it is. For the decay see hyperball:schedule-norm.",
        (
            trial(
                WARM.format("1"), _warm(1.0), n=10, mutants=[(WARM.format("2"), _warm(2.0))], part="the lag"
            ),
            algebra(
                carried,
                mutants=[carried.but(then=carried.then.arg(0) == alpha * (first - second))],
                part="the start",
            ),
        ),
        clauses=(
            Clause("the lag", ("the lag",), "the recursion iterated"),
            Clause("what the start leaves", ("the start",)),
        ),
    ),
    needs=("hyperball:recursion",),
)

cos = reals("c")[0]
moved_root, is_root = root(rotation.hyperball_norm_sq(lr, cos), "m")
STEP = [lr > 0, lr < 1, cos >= -1, cos <= 1, is_root, moved_root > 0]
turned = rotation.hyperball_cos(lr, cos, moved_root)
chord_sq = 2 * (1 - turned)
printed = Statement(STEP, chord_sq == lr**2)
sine = Statement([lr > 0, is_root, moved_root > 0], rotation.hyperball_sin_sq(lr, cos) == 1 - turned**2)
across = Statement([*STEP, cos == 0], And(chord_sq < lr**2, chord_sq > lr**2 * (1 - 3 * lr**2 / 4)))
most = Statement(STEP, rotation.hyperball_sin_sq(lr, cos) <= lr**2)
HYPERBALL = Claim(
    id="hyperball:hyperball-step",
    source="hyperball part 1",
    printed=Form(
        r"$W' = R\,\mathrm{Norm}(W-\eta R\,\mathrm{Norm}(u))$, $\|W\| = R$: the step in direction is $\eta$.",
        (smt(printed, mutants=[printed.but(then=chord_sq < 0)]),),
        note="Read as |W'/R - W/R| = eta. It depends on the cosine between W and u: along W there is no step at "
        "all.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "it needs u across W, and is then the tangent of the turn",
            "u along W: the squared chord is 0, eta^2 is 1/4",
        ),
    ),
    amended=Form(
        r"With $c = \cos(W, u)$ the turn has $\sin^2\theta = \frac{\eta^2(1-c^2)}{1-2\eta c+\eta^2} \le \eta^2$ "
        r"($\eta < 1$, attained at $c = \eta$). Where $u$ is across $W$, $\tan\theta = \eta$ and the step in "
        r"direction is "
        r"$\eta$ but for a factor between $1$ and $\sqrt{1-\frac34\eta^2}$.",
        (
            algebra(
                sine,
                mutants=[sine.but(then=rotation.hyperball_sin_sq(lr, cos) == 1 - turned)],
                part="the turn",
            ),
            smt(
                most, mutants=[most.but(then=rotation.hyperball_sin_sq(lr, cos) <= lr**2 / 2)], part="at most"
            ),
            smt(across, mutants=[across.but(without=6)], part="across"),
        ),
        clauses=(
            Clause("the turn", ("the turn",)),
            Clause("its bound", ("at most",)),
            Clause("across W", ("across",)),
        ),
        note="With momentum c is not zero: the direction remembers steps that have become radial.",
    ),
)

CLAIMS = (SCHEDULE, WARMUP, HYPERBALL)
