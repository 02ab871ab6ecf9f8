"""Projection, norm, cosine and step size at rest: sections 2.3 to 2.5."""

import math
import random
from fractions import Fraction

import numpy as np
from flint import arb

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Kind,
    Statement,
    algebra,
    ball,
    certificate,
    enclosure,
    less,
    reals,
    smt,
    trial,
)
from sitheory.losses.random_walk import RandomWalk
from sitheory.rules import Muon, Scaling
from sitheory.simulation.single_run import simulate
from sitheory.theory import optimisers, rotation

lr, alpha, beta, inner, update_sq, norm_sq, gamma = reals("eta alpha b p U_sq N gamma")
UNIT = [lr > 0, alpha > 0, alpha < 1, beta >= 0, beta < 1]
DIVISORS = [alpha * beta < 1, 1 - alpha**2 > 0]
w, m, g = reals("w_1 w_2 w_3"), reals("m_1 m_2 m_3"), reals("g_1 g_2 g_3")


def product(left, right):
    """The inner product in coordinates."""
    return sum(a * b for a, b in zip(left, right, strict=True))


after = [optimisers.decayed(a, b, lr, alpha) for a, b in zip(w, m, strict=True)]
m_after = [optimisers.averaged(a, b, beta) for a, b in zip(m, g, strict=True)]
in_space = Statement(
    [product(after, g) == 0],
    product(after, m_after) == rotation.average_inner_next(product(w, m), product(m, m), lr, alpha, beta),
)
resting = rotation.inner_at_rest(rotation.geometric_memory(update_sq, beta, alpha), lr)
contracts = Statement(
    [alpha * beta != 1],
    rotation.average_inner_next(inner, update_sq, lr, alpha, beta) - resting
    == alpha * beta * (inner - resting),
)
told = Statement([alpha * beta != 1], resting == -lr * beta / (1 - alpha * beta) * update_sq)
PROJECTION = Claim(
    id="hyperball:projection",
    source="hyperball part 2, 2.3",
    printed=Form(
        r"$\langle W_t, u_t\rangle/\|u_t\|^2 \to -\frac{\eta\beta_1}{1-\alpha\beta_1}$ for momentum $u_t$ with "
        r"$W_{t+1} = \alpha W_t - \eta u_t$.",
        (
            algebra(in_space, part="a step", mutants=[in_space.but(without=0)]),
            algebra(
                contracts,
                part="the limit",
                mutants=[contracts.but(then=contracts.then.arg(0) == beta * (inner - resting))],
            ),
            algebra(
                told,
                part="its value",
                mutants=[told.but(then=resting == -lr / (1 - alpha * beta) * update_sq)],
            ),
        ),
        clauses=(
            Clause("every step of momentum whose gradients are orthogonal to the weights", ("a step",)),
            Clause("the limit", ("the limit", "its value")),
        ),
        note="Stronger than printed for momentum: with gradients orthogonal to the weights, as every "
        "scale-invariant loss "
        "has them, <W', m'> = b (alpha <W, m> - eta |m|^2) at every step, without noise and stationarity; with "
        "independent "
        "noise the same in expectation. |u|^2 is read as constant, or as its mean. For AdamW and Muon see "
        "hyperball:geometric.",
    ),
    needs=("si:orthogonality",),
)

moved = [alpha * a - lr * b for a, b in zip(w, m, strict=True)]
recursion = Statement(
    [product(w, m) == gamma * product(m, m)],
    product(moved, moved) == alpha**2 * product(w, w) + (lr**2 - 2 * alpha * lr * gamma) * product(m, m),
)
RECURSION = Claim(
    id="hyperball:recursion",
    source="hyperball part 2, 2.4, (star)",
    printed=Form(
        r"$\|W_{t+1}\|^2 = \alpha^2\|W_t\|^2 + (\eta^2-2\alpha\eta\gamma)U^2$ where $\langle W_t, u_t\rangle = "
        r"\gamma U^2$, "
        r"$\|u_t\| = U$.",
        (algebra(recursion, mutants=[recursion.but(without=0)]),),
        note="In coordinates, n = 3, which two vectors do not need all of; exact at every step with "
        "the gamma and U of that step.",
    ),
)

told_gamma = -lr * beta / (1 - alpha * beta)
rest = rotation.average_rest_norm_sq(update_sq, lr, alpha, beta)
at_rest = Statement(
    DIVISORS,
    alpha**2 * rest + (lr**2 - 2 * alpha * lr * told_gamma) * update_sq == rest,
)
unique = Statement(
    [*DIVISORS, alpha**2 * norm_sq + (lr**2 - 2 * alpha * lr * told_gamma) * update_sq == norm_sq],
    norm_sq == rest,
)
NORM = Claim(
    id="hyperball:weight-norm",
    source="hyperball part 2, 2.4",
    printed=Form(
        r"At rest $\|W\| = \eta U\sqrt{\frac{1+\alpha\beta_1}{(1-\alpha^2)(1-\alpha\beta_1)}}$.",
        (
            algebra(
                at_rest,
                part="it rests",
                mutants=[
                    at_rest.but(
                        then=alpha**2 * norm_sq + (lr**2 - 2 * alpha * lr * told_gamma) * update_sq == norm_sq
                    )
                ],
            ),
            smt(unique, part="nothing else does", mutants=[unique.but(then=norm_sq == 2 * rest)]),
        ),
        clauses=(
            Clause("rest of the recursion", ("it rests",)),
            Clause("the only one", ("nothing else does",)),
        ),
        note="Squares. Exact for momentum (hyperball:projection); for other updates the memory is not "
        "geometric, and the "
        "general law is eta^2 (R_0 + 2 alpha S)/(1 - alpha^2), S = sum alpha^(k-1) R_k.",
    ),
    needs=("hyperball:projection", "hyperball:recursion"),
)

cosine_sq = Statement(
    [*DIVISORS, lr != 0, update_sq != 0, 1 + alpha * beta != 0],
    (told_gamma * update_sq) ** 2 == rotation.average_rest_cos_sq(alpha, beta) * rest * update_sq,
)
sign = Statement([*UNIT, alpha * beta < 1, beta > 0], told_gamma < 0)
COSINE = Claim(
    id="hyperball:cosine",
    source="hyperball part 2, 2, the table",
    printed=Form(
        r"$\cos(W_t, u_t) = -\beta_1\sqrt{\frac{1-\alpha^2}{(1+\alpha\beta_1)(1-\alpha\beta_1)}}$ at rest.",
        (
            algebra(
                cosine_sq,
                part="square",
                mutants=[cosine_sq.but(then=(told_gamma * update_sq) ** 2 == rest * update_sq)],
            ),
            smt(sign, part="sign", mutants=[sign.but(then=told_gamma > 0)]),
            certificate(sign, part="sign", mutants=[sign.but(then=told_gamma > 0)]),
        ),
        clauses=(Clause("its square", ("square",)), Clause("its sign", ("sign",))),
        note="The ratio of E<W, u> and the root mean squares of both.",
    ),
    needs=("hyperball:projection", "hyperball:weight-norm"),
)

chord = rotation.average_rest_chord_sq(alpha, beta)
printed_sq = rotation.average_rest_sin_sq(alpha, beta)
STEP = [alpha > 0, alpha < 1, beta >= 0, beta < 1]
dot = rotation.dot_next(rest, resting, lr, alpha)
exact = Statement([*UNIT, *DIVISORS, update_sq > 0, 1 + alpha * beta > 0], 2 * (rest - dot) == chord * rest)
wrong = Statement(STEP, printed_sq == chord)
sine = Statement([1 + alpha * beta != 0], printed_sq == rotation.sin_sq(chord))
below = Statement(STEP, And(printed_sq < chord, chord < printed_sq * (1 + chord / 2)))
STEP_SIZE = Claim(
    id="hyperball:step-size",
    source="hyperball part 2, 2.5",
    printed=Form(
        r"$\eta_{eff} = \|\hat W_{t+1}-\hat W_t\| = \frac{\sqrt{(1-\alpha^2)(1-\beta_1^2)}}{1+\alpha\beta_1}$ "
        r"at rest.",
        (smt(wrong, mutants=[wrong.but(then=printed_sq > chord)]),),
        note="What is printed is the sine of the turn. At rest |W'| = |W|, so that the length of the update "
        "across W over |W| "
        "is the sine, and the step of the direction is the chord, 2 sin of half the angle.",
        failure=Failure(
            Kind.CONSTANT,
            "the sine of the turn stands for its chord",
            "the printed square is 3/4, the squared chord 1",
        ),
    ),
    amended=Form(
        r"$\|\hat W_{t+1}-\hat W_t\|^2 = \frac{2(1-\alpha)(1-\beta_1)}{1+\alpha\beta_1}$ at rest (twice the "
        r"mean cosine "
        r"distance); the printed square is $\sin^2$ of that angle, smaller by a factor between 1 and "
        r"$1+\frac12\eta_{eff}^2$.",
        (
            algebra(exact, part="the chord", mutants=[exact.but(then=2 * (rest - dot) == printed_sq * rest)]),
            algebra(sine, part="the sine", mutants=[sine.but(then=printed_sq == chord * (1 - chord / 2))]),
            smt(below, part="how far apart", mutants=[below.but(then=chord < printed_sq * (1 + chord / 8))]),
        ),
        clauses=(
            Clause("the chord", ("the chord",)),
            Clause("the printed form is its sine", ("the sine",)),
            Clause("how far they are apart", ("how far apart",)),
        ),
    ),
    needs=("hyperball:projection", "hyperball:weight-norm"),
)

along = product(w, m)
across_sq = product(m, m) - along**2 / product(w, w)
sine_law = Statement(
    [product(w, w) > 0],
    lr**2 * across_sq * product(w, w) == product(w, w) * product(moved, moved) - product(w, moved) ** 2,
)
half_sine, turn_cosine = reals("s c")
chord = Statement([turn_cosine == 1 - 2 * half_sine**2], 2 - 2 * turn_cosine == (2 * half_sine) ** 2)
PROJECTED = Claim(
    id="hyperball:step-size-projected",
    source="hyperball part 2, 2.5, step 1",
    printed=Form(
        r"$\eta_{eff} \approx \frac{\eta}{\|W\|}\|P_{W^\perp}u\|$, $P$ the projection off $W$.",
        note="The text goes on with an equals sign; see hyperball:step-size.",
        hedge="'geometric approximation'",
    ),
    amended=Form(
        r"For every step: $\frac{\eta}{\|W\|}\|P_{W^\perp}u\| = \frac{\|W'\|}{\|W\|}\sin\angle(W, W')$; the "
        r"step of the "
        r"direction is $2\sin\frac{\angle(W, W')}2$.",
        (
            algebra(
                sine_law,
                mutants=[
                    sine_law.but(
                        then=lr**2 * product(m, m) * product(w, w)
                        == product(w, w) * product(moved, moved) - product(w, moved) ** 2
                    )
                ],
                part="the sine",
            ),
            algebra(chord, mutants=[chord.but(without=0)], part="the chord"),
        ),
        clauses=(
            Clause("the projected update is the sine of the turn", ("the sine",)),
            Clause("the step of the direction is the chord", ("the chord",)),
        ),
        note="In coordinates, n = 3: eta^2 |P u|^2 |W|^2 = |W|^2 |W'|^2 - <W, W'>^2. The chord's square is "
        "2 - 2 cos.",
    ),
)

wd = reals("lambda")[0]
small = rotation.small_step_sq(lr, wd, beta)
kept_chord = rotation.average_rest_chord_sq(1 - lr * wd, beta)
SMALL = [lr > 0, wd > 0, lr * wd < 1, beta >= 0, beta < 1, 1 + (1 - lr * wd) * beta > 0]
ratio = Statement(SMALL, kept_chord == small * (1 + lr * wd * beta / (1 + (1 - lr * wd) * beta)))
error = Statement(SMALL, And(small <= kept_chord, kept_chord <= small * (1 + lr * wd)))
APPROX = Claim(
    id="hyperball:step-size-approx",
    source="hyperball part 2, 2.5",
    printed=Form(
        r"$\eta_{eff} \approx \sqrt{2\eta\lambda\frac{1-\beta_1}{1+\beta_1}}$.",
        note="No bound is printed on how far off it is.",
        hedge="'if we assume that eta lambda is small'",
    ),
    amended=Form(
        r"$\eta_{eff}^2 = "
        r"2\eta\lambda\frac{1-\beta_1}{1+\beta_1}\Big(1+\frac{\eta\lambda\beta_1}{1+\alpha\beta_1}\Big)$, "
        r"which is between 1 and $1 + \eta\lambda$ times the printed square.",
        (
            algebra(ratio, part="exactly", mutants=[ratio.but(then=kept_chord == small)]),
            smt(error, part="the error", mutants=[error.but(then=kept_chord <= small)]),
        ),
        clauses=(Clause("the ratio", ("exactly",)), Clause("its bounds", ("the error",))),
    ),
    needs=("hyperball:step-size",),
)

c1, c3, c5, r = reals("c_1 c_3 c_5 r")
MEHLER = [c1 >= 0, c3 >= 0, c5 >= 0, c1 + c3 + c5 == 1, r >= 0, r <= 1]
series = c1 * r + c3 * r**3 + c5 * r**5
bracket = Statement(MEHLER, And(c1 * r <= series, series <= c1 * r + (1 - c1) * r**3, series <= r))
one_later = Statement([], beta * update_sq == optimisers.averaged(update_sq, 0, beta))


def half():
    """E sign(x) sign(y) at correlation 1/2, the sixth root of unity's arcsine: 1/3."""
    return rotation.sign_covariance(ball(Fraction(1, 2)), arb.asin, arb.pi())


def _polar_memory(low_share):
    def attempt(chance: random.Random):
        rng = np.random.default_rng(chance.randrange(2**32))
        n, r = 24, chance.choice([0.3, 0.6, 0.9])
        a, b = rng.standard_normal((2, 60, n, n))
        stack = np.stack([a, r * a + math.sqrt(1 - r**2) * b])
        left, values, right = np.linalg.svd(stack)
        share = rotation.polar_share(values.sum(axis=-1).mean(), n, n, n)
        products = np.einsum("sij,sij->s", *(left @ right)) / n
        mean, error = products.mean(), products.std() / math.sqrt(60)
        low = (share if low_share is None else low_share) * r
        high = share * r + (1 - share) * r**3
        inside = low - 5 * error <= mean <= high + 5 * error
        return None if inside else {"r": r, "measured": mean, "low": low, "high": high}

    return attempt


POLAR_SAID = "24 x 24 Gaussian matrices of correlation r: E<polar, polar'>/24 is between {} r and c_1 r + (1 - c_1) r^3"
B1, B2, LAG = 0.9, 0.96, 2


def _adam_covariance(told):
    """R_2 of Adam on noise, over 20,000 entries at 60 times 10 steps apart, far from the start."""

    def attempt(chance: random.Random):
        rng = np.random.default_rng(chance.randrange(2**32))
        m, v = np.zeros(20_000), np.ones(20_000)
        past: list[np.ndarray] = []
        products: list[float] = []
        for t in range(750):
            g = rng.standard_normal(m.size)
            m, v = optimisers.averaged(m, g, B1), optimisers.averaged(v, g * g, B2)
            past = [*past[-LAG:], m / np.sqrt(v)]
            if t >= 150 and t % 10 == 0:
                products.append(float(np.mean(past[0] * past[-1])))
        found, error = float(np.mean(products)), 2 / math.sqrt(20_000 * 60) * rotation.average_sq(B1)
        off, room = abs(found - told), 5 * error + 3 * (1 - B2) ** 2 * rotation.average_sq(B1)
        return None if off <= room else {"R_2": found, "said": told}

    return attempt


ADAM_SAID = (
    f"R_{LAG} of Adam at b_1 = {B1}, b_2 = {B2} is that of {{}} up to 3 (1 - b_2)^2 and 5 standard errors"
)
GEOMETRIC = Claim(
    id="hyperball:geometric",
    source="hyperball part 2, 2.3",
    printed=Form(
        r"$\langle u_k, u_t\rangle \approx \|u_t\|^2\beta_1^{t-k}$ for large $t$, for AdamW and Muon alike.",
        (
            enclosure(
                "Muon on 1 x 1 matrices: where b_1^(t-k) = 1/2, E u_k u_t = 1/2 up to 1/10",
                lambda: less(ball(Fraction(2, 5)), half()) & less(half(), ball(Fraction(3, 5))),
                mutants=[("it is above 9/10", lambda: less(ball(Fraction(9, 10)), half()))],
                refutes={"b_1^(t-k)": "1/2", "E u_k u_t": "1/3"},
                part="Muon",
            ),
        ),
        clauses=(
            Clause("Muon", ("Muon",)),
            Clause("AdamW", (), "true to first order in 1 - b_2, see the amended form"),
        ),
        note="Read as an equality for large t, stationary Gaussian noise. The polar factor of one number is its "
        "sign, whose "
        "covariance is the arcsine law, 1/3 at correlation 1/2; square matrices lie at 0.72 of the law for small "
        "correlations. No limit makes the error small but that of one side much longer than the other.",
        hedge="≈",
    ),
    amended=Form(
        r"Exactly geometric for the average itself. For AdamW $R_k = \beta_1^k(A + B\beta_2^k) + "
        r"O((1-\beta_2)^2)$. For an odd "
        r"function of a Gaussian average, as the polar factor and the sign, $R_k/R_0 = \sum_j c_j\beta_1^{jk}$ "
        r"over odd $j$ "
        r"with $c_j \ge 0$, $\sum c_j = 1$: it lies between $c_1\beta_1^k$ and "
        r"$c_1\beta_1^k+(1-c_1)\beta_1^{3k}$, where "
        r"$c_1 = (E\|X\|_*)^2/(d_{in}d_{out}\min(d_{in}, d_{out}))$, $2/\pi$ for one number, $(8/3\pi)^2 = "
        r"0.72$ for large "
        r"square matrices, 1 for long vectors.",
        (
            algebra(
                one_later, part="the average", mutants=[one_later.but(then=beta * update_sq == update_sq)]
            ),
            smt(bracket, part="the bounds", mutants=[bracket.but(then=series <= c1 * r)]),
            trial(
                ADAM_SAID.format("first order"),
                _adam_covariance(rotation.adam_covariance(B1, B2, B1**LAG, B2**LAG)),
                n=1,
                mutants=[
                    (
                        ADAM_SAID.format("the geometric law"),
                        _adam_covariance(B1**LAG * rotation.average_sq(B1)),
                    )
                ],
                part="AdamW",
            ),
            trial(
                POLAR_SAID.format("c_1"),
                _polar_memory(None),
                n=12,
                mutants=[(POLAR_SAID.format("1"), _polar_memory(1.0))],
                part="polar factors",
            ),
        ),
        clauses=(
            Clause("the average", ("the average",)),
            Clause("AdamW", ("AdamW",), "measured at one pair of betas"),
            Clause(
                "the bounds",
                ("the bounds",),
                "three terms of the series; Mehler's expansion itself is quoted",
            ),
            Clause("polar factors", ("polar factors",), "measured"),
        ),
        note="The bounds: both solvers, no certificate is found. c_1 is the share of the linear part. So Muon's "
        "weights rest lower and turn faster than the law "
        "says: for square "
        "matrices by 15 to 20 % in the turn at b_1 = 0.9.",
    ),
    needs=("hyperball:autocovariance",),
)


def sign_chord():
    """The squared step at rest of Muon on 1 x 1 matrices, b = 9/10, alpha = 99/100, as a ball."""
    terms, b, keep = 200, ball(Fraction(9, 10)), ball(Fraction(99, 100))
    low = rotation.sign_memory(b, b, keep, terms, arb.asin, arb.pi())
    left = ball(Fraction(9, 10) ** (terms + 1)) ** 3 * ball(2)
    held = low + left.union(ball(0))  # what sign_memory leaves out is below this
    return rotation.rest_chord_sq(ball(1), held, keep)


def geometric_chord():
    """What is printed for it, with the chord in place of the sine."""
    return rotation.average_rest_chord_sq(ball(Fraction(99, 100)), ball(Fraction(9, 10)))


def _walks(excess):
    def attempt(chance: random.Random):
        rule = Muon(0.1, 0.1, momentum=0.9, scaling=Scaling.NONE)
        last = simulate(RandomWalk((8, 16, 16)), rule, 900, windows=3, rng=chance.randrange(2**32))
        turns = last["turn"].values[-1]
        told = rotation.average_rest_chord_sq(0.99, 0.9) ** 0.5
        found = turns.mean() / told
        return None if found > excess else {"turn over the printed one": found}

    return attempt


WALK_SAID = (
    "Muon on 16 x 16 walks, b_1 = 0.9, eta lambda = 0.01: the turn is more than {} times that of AdamW's law"
)
scale_free = Statement(
    [r > 0, update_sq + 2 * alpha * inner > 0],
    rotation.rest_chord_sq(r * update_sq, r * inner, alpha)
    == rotation.rest_chord_sq(update_sq, inner, alpha),
)
faster = Statement(
    [alpha > 0, alpha < 1, update_sq > 0, inner >= 0, gamma > inner],
    rotation.rest_chord_sq(update_sq, gamma, alpha) < rotation.rest_chord_sq(update_sq, inner, alpha),
)
MUON = Claim(
    id="hyperball:muon-same",
    source="hyperball part 2, 2, the table; 2.3",
    printed=Form(
        r"Projection, cosine and effective step size of Muon and Moonlight are those of AdamW.",
        (
            enclosure(
                "Muon on 1 x 1 matrices, b_1 = 9/10, alpha = 99/100: the squared step is AdamW's up to a fifth",
                lambda: less(sign_chord(), ball(Fraction(6, 5)) * geometric_chord()),
                mutants=[
                    ("up to a third", lambda: less(sign_chord(), ball(Fraction(4, 3)) * geometric_chord()))
                ],
                refutes={"d_in": "1", "d_out": "1", "b_1": "9/10", "alpha": "99/100"},
            ),
        ),
        note="It rests on the geometric memory, which Muon has not.",
        failure=Failure(
            Kind.SUBSTANCE,
            "orthogonalising shortens the memory of the average",
            "the squared step over AdamW's is above 6/5, printed 1",
        ),
    ),
    amended=Form(
        r"Muon and Moonlight turn alike, and faster than AdamW: $\eta_{eff}^2 = \frac{2(1-\alpha)(R_0-(1-\alpha)S)}"
        r"{R_0+2\alpha S}$ with $S/R_0$ between $\frac{c_1\beta_1}{1-\alpha\beta_1}$ and that plus "
        r"$\frac{(1-c_1)\beta_1^3}{1-\alpha\beta_1^3}$.",
        (
            algebra(
                scale_free,
                part="the scale",
                mutants=[
                    scale_free.but(
                        then=scale_free.then.arg(0) == r * rotation.rest_chord_sq(update_sq, inner, alpha)
                    )
                ],
            ),
            smt(
                faster,
                part="less memory turns more",
                mutants=[faster.but(then=faster.then.arg(0) > faster.then.arg(1))],
            ),
            trial(
                WALK_SAID.format(1.1),
                _walks(1.1),
                n=3,
                mutants=[(WALK_SAID.format(1.5), _walks(1.5))],
                part="square matrices",
            ),
        ),
        clauses=(
            Clause("Muon and Moonlight turn alike", ("the scale",)),
            Clause("faster than AdamW", ("less memory turns more", "square matrices")),
        ),
    ),
    needs=("hyperball:geometric",),
)

CLAIMS = (PROJECTION, RECURSION, NORM, COSINE, STEP_SIZE, PROJECTED, APPROX, GEOMETRIC, MUON)
