"""Weight decay in the plane: what the map keeps, its multipliers at rest, and which losses settle.

The map of the angle phi and l = log of the effective learning rate e (``scale.elr_with_decay``): phi turns back by
arctan(e f'(phi)), and e is divided by (1 - eta lambda)^2 (1 + e^2 f'^2). At rest the steps go to and fro, each by
theta = arccos(1 - eta lambda). q is 1 - eta lambda, s the tangent e f' there, a and b are e f'' at the two points.
"""

import math
import random

from proofs_check import And, Claim, Clause, Form, Q, Statement, algebra, kernel, reals, smt, trial
from proofs_check.beyond import planar_runs
from proofs_check.statements.jets import variables
from proofs_check.statements.polynomials import Ring
from sitheory.theory import periodic, regimes, scale, sharpness

lr, wd, x, y, s, a, b, alpha = reals("lr wd x y s a b alpha")
q, keep = 1 - lr * wd, (1 - lr * wd) ** 2
SMALL = [lr > 0, wd > 0, lr * wd < 1]

# The quotient alpha x^2/(x^2 + y^2): its step keeps the area d log|x| d log|y|.
size = x**2 + y**2
moved = [
    periodic.decay_step(u, g, lr, wd) for u, g in zip((x, y), regimes.quotient_grad(alpha, x, y), strict=True)
]
SECOND = (  # d(grad_x)/dx, d(grad_x)/dy, d(grad_y)/dx, d(grad_y)/dy
    2 * alpha * y**2 * (size - 4 * x**2) / size**3,
    4 * alpha * x * y * (size - 2 * y**2) / size**3,
    -4 * alpha * x * y * (size - 2 * x**2) / size**3,
    -2 * alpha * x**2 * (size - 4 * y**2) / size**3,
)
jacobian = (q - lr * SECOND[0]) * (q - lr * SECOND[3]) - lr**2 * SECOND[1] * SECOND[2]
area = Statement([size > 0], jacobian * x * y == moved[0] * moved[1])
COQ_SECOND = (
    "forall a x y, 0 < x ^ 2 + y ^ 2 -> "
    "is_derive (fun x => regimes_quotient_grad_0 a x y) x "
    "(2 * a * y ^ 2 * (x ^ 2 + y ^ 2 - 4 * x ^ 2) / (x ^ 2 + y ^ 2) ^ 3) /\\ "
    "is_derive (fun y => regimes_quotient_grad_0 a x y) y "
    "(4 * a * x * y * (x ^ 2 + y ^ 2 - 2 * y ^ 2) / (x ^ 2 + y ^ 2) ^ 3) /\\ "
    "is_derive (fun x => regimes_quotient_grad_1 a x y) x "
    "(- (4 * a * x * y * (x ^ 2 + y ^ 2 - 2 * x ^ 2) / (x ^ 2 + y ^ 2) ^ 3)) /\\ "
    "is_derive (fun y => regimes_quotient_grad_1 a x y) y "
    "(- (2 * a * x ^ 2 * (x ^ 2 + y ^ 2 - {four} * y ^ 2) / (x ^ 2 + y ^ 2) ^ 3))"
)
PROVE_SECOND = """ltac:(intros a x y D; unfold regimes_quotient_grad_0, regimes_quotient_grad_1;
  split; [|split; [|split]]; auto_derive; try nra; field; nra)"""
turns = Statement(
    SMALL,
    And(
        periodic.rest_multipliers(2, lr, wd)[1] == 1,
        periodic.rest_multipliers(2, lr, wd)[0] == 2 * (2 * q**2 - 1),
    ),
)


def _stays_near(step: float):
    """Whether an orbit on sin^2 phi from near the rest stays near it: a step and a mirror, 60/distance times."""

    def attempt(chance: random.Random):
        keep, far, way = (1 - step) ** 2, 10 ** chance.uniform(-3, -2), chance.uniform(0, 2 * math.pi)
        rest = math.acos(1 - step) / 2, -math.log(1 - step)
        phi, log_elr = rest[0] + far * math.cos(way), rest[1] + far * math.sin(way)
        for _ in range(int(60 / far)):
            tangent = math.exp(log_elr) * math.sin(2 * phi)
            phi, log_elr = math.atan(tangent) - phi, log_elr - math.log(keep * (1 + tangent**2))
            if math.hypot(phi - rest[0], log_elr - rest[1]) > 20 * far:
                return None
        return {"lr wd": step, "distance": far, "direction": way}

    return attempt


AREA = Claim(
    id="beyond:decay-area",
    source="beyond",
    printed=Form(
        r"On $f = \frac{\alpha x^2}{x^2+y^2}$ gradient descent with weight decay keeps area in the "
        r"logarithms of the "
        r"weights: its Jacobian is $\frac{x'y'}{xy}$, for every $\eta$, $\lambda$ and $\alpha$. So on the "
        r"toy function $\prod_i \frac{dx_i\,dy_i}{|x_iy_i|}$ is kept. To first order a step and a "
        r"mirror turn the "
        r"neighbourhood of the rest by $2\arccos(1-\eta\lambda)$. That makes it no centre: where this is a "
        r"third of a turn, at $\eta\lambda = \frac12$, orbits leave it from however near.",
        (
            algebra(
                area,
                mutants=[
                    area.but(then=jacobian == q**2),
                    area.but(then=jacobian * x * y == 2 * moved[0] * moved[1]),
                ],
                part="the Jacobian",
            ),
            kernel(
                COQ_SECOND.format(four=4),
                PROVE_SECOND,
                mutants=[COQ_SECOND.format(four=2)],
                part="its entries",
                total=True,
            ),
            trial(
                "steps on the toy function of 1 to 4 groups, lr wd from 1e-3 to 2: the volume that "
                "is kept, by differences",
                planar_runs.area(),
                n=200,
                part="the Jacobian",
                mutants=[("the plain volume dx dy is kept", planar_runs.area(weighted=False))],
            ),
            algebra(
                turns,
                mutants=[turns.but(then=periodic.rest_multipliers(2, lr, wd)[0] == 2 * q)],
                part="the turn",
            ),
            trial(
                "at lr wd = 1/2 orbits from distance d of the rest are at 20 d within 60/d steps, d "
                "from 1e-3 to 1e-2",
                _stays_near(0.5),
                n=12,
                part="a third of a turn",
                mutants=[("at lr wd = 0.495", _stays_near(0.495))],
            ),
        ),
        clauses=(
            Clause(
                "the Jacobian, and so the area and the volume that are kept", ("the Jacobian", "its entries")
            ),
            Clause("the turn to first order", ("the turn",)),
            Clause("at a third of a turn orbits leave", ("a third of a turn",)),
        ),
        note="With learning rate and weight decay the same for all weights the toy function's groups "
        "do not feel one "
        "another. Kept area gives neither closed curves nor stability. From 0.495 and 0.505, and where "
        "the turn is a quarter, a fifth, a sixth or an eighth, no orbit that was tried got to three "
        "times its "
        "first distance; that it never does is not proved. The map folds where a weight changes sign.",
    ),
)

# The map, its derivatives, and its multipliers at rest.
u, v, h = reals("u v h")
turned = [periodic.decay_step(u, -h * v, lr, wd), periodic.decay_step(v, h * u, lr, wd)]
flat = u * u + v * v
elr = scale.elr_with_decay(lr, wd, flat)
the_map = Statement(
    [*SMALL, flat > 0],
    And(
        u * turned[1] - v * turned[0] == -elr * (h * flat) * (u * turned[0] + v * turned[1]),
        turned[0] ** 2 + turned[1] ** 2 == keep * flat * (1 + (elr * (h * flat)) ** 2),
    ),
)
JACOBIAN = (
    "forall g keep phi l c, is_derive g phi c -> let s := exp l * g phi in let d := 1 + s ^ 2 in "
    "is_derive (fun x => BeyondDecay.planar_angle g x l) phi (1 - exp l * c / d) /\\ "
    "is_derive (fun x => BeyondDecay.planar_angle g phi x) l (- (s / d)) /\\ "
    "is_derive (fun x => BeyondDecay.planar_log_elr g keep x l) phi (- (2 * s * (exp l * c) / d)) /\\ "
    "is_derive (fun x => BeyondDecay.planar_log_elr g keep phi x) l (1 - {two} * s ^ 2 / d)"
)


def _matrix(tangent, bend):
    """The derivative of (phi, l) at rest, where 1 + s^2 = 1/q^2."""
    return (
        (1 - keep * bend, -keep * tangent),
        (-2 * keep * tangent * bend, 1 - 2 * keep * tangent**2),
    )


def _trace_and_det(first, then):
    """Of the product of two matrices."""
    trace = sum(then[i][k] * first[k][i] for i in (0, 1) for k in (0, 1))
    return trace, _det(first) * _det(then)


def _det(matrix):
    return matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]


REST = [*SMALL, keep * s**2 == 1 - keep]
two_steps = _trace_and_det(_matrix(s, a), _matrix(-s, b))
formula = periodic.rest_multipliers_two_steps(a, b, lr, wd)
both = Statement(REST, And(two_steps[0] == formula[0], two_steps[1] == formula[1]))
mirrored = _matrix(s, a)
even = periodic.rest_multipliers(a, lr, wd)
one = Statement(REST, And(-mirrored[0][0] + mirrored[1][1] == even[0], -_det(mirrored) == even[1]))
trace, det, re, im = reals("trace det re im")


def jury(t, d):
    """The roots of z^2 - t z + d lie inside the unit circle."""
    return And(d < 1, t < 1 + d, -t < 1 + d)


ROOT = [re**2 - im**2 - trace * re + det == 0, im * (2 * re - trace) == 0]
inside = Statement([jury(trace, det), *ROOT], re**2 + im**2 < 1)
outside_real = Statement([trace == re + im, det == re * im, re**2 < 1, im**2 < 1], jury(trace, det))
outside_pair = Statement([trace == 2 * re, det == re**2 + im**2, det < 1, im != 0], jury(trace, det))
settles = Statement(SMALL, jury(*even) == And(a > 0, a < 2))
settles_two = Statement(
    SMALL,
    jury(*formula)
    == And(a + b > 0, formula[1] < 1, (1 - keep * a) * (1 - keep * b) + (2 * keep - 1) ** 2 > 0),
)
MULTIPLIERS = Claim(
    id="beyond:decay-multipliers",
    source="beyond",
    printed=Form(
        r"Let $f$ be even about its minimum and $\theta = \arccos(1-\eta\lambda)$. The orbit at rest, "
        r"$\phi = "
        r"\pm\theta/2$, has over a step (and a mirror) the exact trace $q^2c-2(1-q^2)$ and determinant "
        r"$1+q^2(c-2)$, $q "
        r"= 1-\eta\lambda$, $c = \frac{\tan\theta\, f''(\theta/2)}{f'(\theta/2)}$. Both multipliers lie "
        r"inside the unit "
        r"circle if and only if $0 < c < 2$. For "
        r"any $f$, $a$ and $b$ being $\tilde\eta f''$ at the two points: if and only if $a+b > 0$, "
        r"$(2q^2-1-q^2a)(2q^2-1-q^2b) < 1$ and $(1-q^2a)(1-q^2b)+(2q^2-1)^2 > 0$.",
        (
            algebra(
                the_map,
                mutants=[the_map.but(then=turned[0] ** 2 + turned[1] ** 2 == keep * flat)],
                part="the map",
            ),
            kernel(
                JACOBIAN.format(two=2),
                "BeyondDecay.planar_jacobian",
                mutants=[JACOBIAN.format(two=1)],
                part="its derivatives",
                total=True,
            ),
            algebra(both, mutants=[both.but(without=-1)], part="two steps"),
            algebra(one, mutants=[one.but(without=-1)], part="a step and a mirror"),
            smt(inside, mutants=[inside.but(then=re**2 + im**2 < Q(1, 2))], part="inside the circle"),
            smt(outside_real, mutants=[outside_real.but(without=-1)], part="and only then: real"),
            smt(outside_pair, mutants=[outside_pair.but(without=2)], part="and only then: a pair"),
            smt(settles, mutants=[settles.but(then=jury(*even) == (a < 2))], part="the criterion, f even"),
            smt(
                settles_two,
                mutants=[settles_two.but(then=jury(*formula) == And(a + b > 0, formula[1] < 1))],
                part="the criterion, any f",
            ),
            trial(
                "random losses of three waves, even and not, lr wd from 1e-3 to 0.89, resonances "
                "among them: trace, "
                "determinant and multipliers of one or two steps, by differences",
                planar_runs.multipliers(),
                n=100,
                part="a step and a mirror",
                mutants=[
                    ("settling needs c < 8/5, the product to be below 4/5", planar_runs.multipliers(0.8))
                ],
            ),
        ),
        clauses=(
            Clause(
                "trace and determinant over a step and a mirror",
                ("the map", "its derivatives", "a step and a mirror"),
            ),
            Clause(
                "both multipliers inside if and only if 0 < c < 2",
                (
                    "inside the circle",
                    "and only then: real",
                    "and only then: a pair",
                    "the criterion, f even",
                ),
            ),
            Clause("the criterion for any f", ("two steps", "the criterion, any f")),
        ),
        note="Exact in eta lambda. What multipliers say of nearby runs is beyond:decay-settles.",
    ),
    needs=("periodic:eq3", "periodic:unit-sphere"),
)

# Expansion in the half turn h: f' = x + a x^2/2 + b x^3/6 + ..., in units of f''; the points are m h^2 +- h.
f3, f4, unit, shift = reals("f3 f4 unit m")
RING = Ring(("f3", "f4", "m"))
(half,) = variables(RING.polynomial, (1,), 3)
middle, BALANCED = half**2 * shift, [2 * shift + f3 == 0]


def _slope(at):
    """The slope f' at a point that is a jet."""
    return at + at**2 * (f3 / 2) + at**3 * (f4 / 6)


def _bend(at):
    """The curvature f'' there."""
    return 1 + at * f3 + at**2 * (f4 / 2)


def _expanded(jet):
    """Its coefficients, as terms."""
    return [RING.term(c) for c in jet.coefficients()]


balance = _expanded(_slope(middle + half) + _slope(middle - half))
cos_4h, sin_4h = 1 - 8 * half**2, 2 - half**2 * 16 / 3  # the latter over 2h
rise = _slope(middle + half).over(1)
bends = [_bend(middle + half), _bend(middle - half)]
expanded_det = _expanded((cos_4h - sin_4h * bends[0] / rise) * (cos_4h - sin_4h * bends[1] / rise))
index = periodic.settling_index(1, f3, f4)
midpoint = Statement(BALANCED, And(balance[1] == 0, balance[2] == 0))
expansion = Statement(
    BALANCED, And(expanded_det[0] == 1, expanded_det[1] == 0, expanded_det[2] == Q(4, 3) * index)
)
homogeneous = Statement(
    [unit > 0],
    And(
        periodic.settling_index(unit, unit * f3, unit * f4) == unit**2 * index,
        periodic.swing_rate(unit, unit * f3, unit * f4) == index / 6,
    ),
)
cubic = periodic.cubic_of_planar(1, f3, f4)
again = half - 2 * _slope(half) + half**3 * 8 / 3  # arctan to third order, at e f'' = 2
twice = _expanded(again - 2 * _slope(again) + again**3 * 8 / 3)
same_cubic = Statement([], And(twice[1] == 1, twice[2] == 0, twice[3] == 2 * cubic))
same_index = Statement([], sharpness.energy_rate(cubic, 0) == 2 * periodic.swing_rate(1, f3, f4))
INDEX = Claim(
    id="beyond:decay-index",
    source="beyond",
    printed=Form(
        r"For small $\eta\lambda$ the sign of $I = 4(f'')^2+f''f''''-3(f''')^2$ at the minimum decides: over "
        r"two steps at "
        r"rest the determinant is $1+\frac43\frac{I}{(f'')^2}h^2+O(h^3)$ in the half turn $h = \theta/2$, so "
        r"that the multipliers, a complex pair, are below 1 in size if $I < 0$ and above if $I > 0$: "
        r"the logarithm of a "
        r"small swing gains $\eta\lambda\left(\frac{I}{6(f'')^2}+O(\sqrt{\eta\lambda})\right)$ a "
        r"step. Half the rate of the energy at the edge of stability, $4+C$, is the same number: $C = "
        r"\frac{f''''}{3f''}-\frac83-\frac{(f''')^2}{(f'')^2}$.",
        (
            algebra(midpoint, mutants=[midpoint.but(without=0)], part="the middle"),
            algebra(
                expansion,
                mutants=[
                    expansion.but(then=expanded_det[2] == Q(4, 3) * (4 + f4 - 2 * f3**2)),
                    expansion.but(then=expanded_det[2] == Q(2, 3) * index),
                ],
                part="the determinant",
            ),
            algebra(
                homogeneous,
                mutants=[homogeneous.but(then=periodic.settling_index(unit, f3, f4) == unit**2 * index)],
                part="the units",
            ),
            algebra(same_cubic, mutants=[same_cubic.but(then=twice[3] == cubic)], part="the cubic C"),
            algebra(
                same_index,
                mutants=[
                    same_index.but(then=sharpness.energy_rate(cubic, 0) == periodic.swing_rate(1, f3, f4))
                ],
                part="the two indices are one",
            ),
            trial(
                "random losses of three waves, even and not, lr wd from 1e-5 to 1e-4: the growth of "
                "a swing of 1e-3 "
                "over 0.3/(lr wd) steps, within 0.02 and 2 per cent",
                planar_runs.index(),
                n=12,
                part="the determinant",
                mutants=[("it is 9/10 of that", planar_runs.index(0.9))],
            ),
        ),
        clauses=(
            Clause("the determinant over two steps at rest", ("the middle", "the determinant")),
            Clause("its sign and the growth of small swings", ("the determinant", "the units")),
            Clause(
                "half the rate at the edge of stability is the same number",
                ("the cubic C", "the two indices are one"),
            ),
        ),
        note="Identities of formal power series in h, Taylor's for analytic f: the expansion is of the exact "
        "determinant of beyond:decay-multipliers. The rate is log(det)/4 a step where the "
        "multipliers are complex, "
        "as they are for small eta lambda, with theta^2 ~ 2 eta lambda (beyond:decay-period). For I "
        "= 0 the next "
        "order decides; on the quotient every order vanishes (beyond:decay-area).",
    ),
    needs=("beyond:decay-multipliers",),
)


def _step(slope, phi, elr, keep):
    """A step of the map of (phi, e)."""
    tangent = elr * slope(phi)
    return phi - math.atan(tangent), elr / (keep * (1 + tangent * tangent))


def _follows(error: float, mirror: int = 1):
    """Whether a run of a random even loss near rest has another trace or determinant than the formulas."""

    def attempt(chance: random.Random):
        step = 10 ** chance.uniform(-3, -1.3)
        waves = [(1, 1.0), (2, chance.uniform(-0.2, 1)), (3, chance.uniform(-0.1, 0.3))]

        def slope(phi):
            return sum(k * c * math.sin(k * phi) for k, c in waves)

        half = math.acos(1 - step) / 2
        bend = periodic.rest_bend(
            slope(half), sum(k * k * c * math.cos(k * half) for k, c in waves), math.tan(2 * half)
        )
        trace, det = periodic.rest_multipliers(bend, 1.0, step)
        at_rest = math.tan(2 * half) / slope(half)
        phi, elr, seen = half, at_rest * (1 + 1e-6), []
        for _ in range(40):
            seen.append(math.log(elr / at_rest))
            phi, elr = _step(slope, phi, elr, (1 - step) ** 2)
        # Three values in a row and the next three give trace and determinant.
        pairs = [(seen[t], seen[t + 1], seen[t + 2]) for t in (4, 9)]
        (x0, x1, x2), (y0, y1, y2) = pairs
        below = x1 * y0 - y1 * x0
        found = ((x2 * y0 - y2 * x0) / below, (x2 * y1 - y2 * x1) / below)
        far = max(abs(found[0] - trace), abs(found[1] - mirror * det))
        return {"lr wd": step, "waves": waves, "trace, det": found} if far > error * step else None

    return attempt


SETTLE = Claim(
    id="beyond:decay-settles",
    source="beyond",
    printed=Form(
        r"Runs near rest follow the multipliers of beyond:decay-multipliers: to first order in a small swing "
        r"$x_t = \log\frac{\rho_t^2}{\rho_*^2}$ obeys $x_{t+2} = \operatorname{tr}x_{t+1} - \det x_t$ "
        r"for even $f$; "
        r"for any $f$ small swings settle where both multipliers lie inside the unit circle, and grow "
        r"where one lies "
        r"outside.",
        (
            trial(
                "on random even losses of three waves, lr wd from 1e-3 to 0.05, swing 1e-6: both within lr "
                "wd/100",
                _follows(0.01),
                n=200,
                mutants=[
                    ("the determinant is minus this", _follows(0.01, -1)),
                    ("within lr wd/10^8", _follows(1e-8)),
                ],
                part="even f",
            ),
            trial(
                "random losses of three waves, even and not, lr wd from 1e-3 to 0.5, resonances "
                "among them: swings up to "
                "1e-4 shrink or grow as the multipliers over two steps say, by differences",
                planar_runs.swings(),
                n=100,
                mutants=[("the other way round", planar_runs.swings(-1))],
                part="settle or grow",
            ),
        ),
        clauses=(
            Clause("the recursion of the log norm, even f", ("even f",)),
            Clause("small swings settle or grow as the multipliers say", ("settle or grow",)),
        ),
        note="The formulas are beyond:decay-multipliers; that the library's map has them is what is tried.",
    ),
    needs=("beyond:decay-multipliers",),
)

CLAIMS = (AREA, MULTIPLIERS, INDEX, SETTLE)
