"""What papers say beyond real arithmetic: vectors of any dimension, boxes, one time of a process, what is nearest."""

import math
import random
import shutil
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest
import z3

from proofs_check import (
    Process,
    Q,
    Statement,
    Status,
    Vectors,
    all_of,
    at_most,
    ball,
    enclosure,
    everywhere,
    induction,
    kernel,
    less,
    reals,
    root,
    smt,
    trial,
)
from proofs_check.engines import boxes, slopes
from proofs_check.statements.terms import evaluate

KIND = "conformance"

needs_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="no coqc")

a, b, lr = reals("a b lr")
PAIR = Vectors("x g")
LINE = Vectors("x g", dimension=1)
P, R = LINE
X, G = PAIR
SCHWARZ = Statement(PAIR.real, (X @ G) ** 2 <= (X @ X) * (G @ G))


# Vectors of any dimension.


@pytest.mark.parametrize("seed", range(5))
def test_an_inner_product_is_that_of_the_coordinates(seed):
    """Twin: the Gram matrix's term against sums over coordinates, in exact fractions."""
    chance, space = random.Random(seed), Vectors("u v w")
    values = {n: [Fraction(chance.randint(-5, 5), 3) for _ in range(4)] for n in ("u", "v", "w")}
    point = {
        str(space.product(p, q)): sum(i * j for i, j in zip(values[p], values[q], strict=True))
        for p in values
        for q in values
    } | {"a": Fraction(2, 3), "b": Fraction(-5)}
    u, v, w = space
    left, right = a * u - v / b + 2 * w, sum([u, -v * b, Fraction(1, 2) * w])
    in_coordinates = [
        (point["a"] * i - j / point["b"] + 2 * k) * (i - j * point["b"] + k / 2)
        for i, j, k in zip(*values.values(), strict=True)
    ]
    assert evaluate(left @ right, point) == sum(in_coordinates)
    assert all(evaluate(fact, point) for fact in space.real)


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        (SCHWARZ, Status.PROVED),
        (
            SCHWARZ.but(given=PAIR.real[:2]),
            Status.OPEN,
        ),  # two squares alone make no Gram matrix, and break no vectors
        (SCHWARZ.but(given=[]), Status.OPEN),
        (Statement([X @ X > 0], (X @ G) ** 2 <= X @ X), Status.REFUTED),
        (Statement([X == G], X @ X == G @ G), Status.OPEN),
        (Statement([*PAIR.real, X == G], X @ X == G @ G), Status.PROVED),
        (Statement([*PAIR.real, X != G], X @ X > G @ G), Status.REFUTED),
        (SCHWARZ.but(then=(X @ G) ** 2 == (X @ X) * (G @ G)), Status.REFUTED),
        (
            Statement(LINE.real, (P @ R) ** 2 == (P @ P) * (R @ R)),
            Status.PROVED,
        ),
        (
            Statement(PAIR.real, 2 * (X @ X) + 2 * (G @ G) == (X + G) @ (X + G) + (X - G) @ (X - G)),
            Status.PROVED,
        ),
        (Statement(PAIR.real, (X - G) @ (X - G) >= 0), Status.PROVED),
        (Statement([], (X - G) @ (X - G) >= 0), Status.OPEN),
        (Statement([*PAIR.real, X @ G == 0], (X - lr * G) @ (X - lr * G) >= X @ X), Status.PROVED),
    ],
    ids=[
        "schwarz",
        "two squares alone",
        "nothing given",
        "one length unbounded",
        "equal vectors, not given as real",
        "equal vectors",
        "vectors that differ",
        "equality",
        "on a line",
        "parallelogram",
        "square",
        "no Gram matrix",
        "norm grows",
    ],
)
def test_a_statement_of_vectors_holds_in_every_dimension_or_has_real_vectors_against_it(statement, status):
    verdict = smt(statement).run()
    assert verdict.status is status
    if (
        status is Status.REFUTED and "x_dot_g" in verdict.witness
    ):  # then it is a Gram matrix, and so of vectors
        gram = {name: Fraction(value) for name, value in verdict.witness.items()}
        assert gram["x_dot_x"] * gram["g_dot_g"] >= gram["x_dot_g"] ** 2 and gram["x_dot_x"] >= 0


def test_three_vectors_in_a_plane_have_a_vanishing_determinant():
    """Closed form: three unit vectors with equal angles have product -1/2 in a plane, and 0 nearby only in space."""
    space, plane = Vectors("u v w"), Vectors("u v w", dimension=2)

    def angle(vectors):
        u, v, w = vectors
        units = [u @ u == 1, v @ v == 1, w @ w == 1, u @ v == u @ w, v @ w == u @ w, u @ v <= 0]
        return Statement([*vectors.real, *units], u @ v == Q(-1, 2))

    assert smt(angle(plane)).run().status is Status.PROVED
    assert smt(angle(space)).run().status is Status.REFUTED
    with pytest.raises(ValueError, match="one name for one inner product, got u_dot2_v and u_dot_v"):
        angle(space).but(given=plane.real)


def test_no_counterexample_has_products_that_no_vectors_have():
    """Identity: a point counts if vectors of its products are found, the facts given or not; in a plane, of rank 2."""
    u, v, _w = Vectors("u v w")
    a, b, c = Vectors("a b c", dimension=2)
    claim = Statement([], u @ v <= Q(1, 2))
    at = lambda **products: claim.at({name: Fraction(value) for name, value in products.items()})  # noqa: E731
    assert at(u_dot_v=1) is False  # nothing bounds the lengths
    assert at(u_dot_v=1, u_dot_u=1) is False and at(u_dot_v=1, u_dot_u=0) is None
    assert at(u_dot_v=1, u_dot_u=1, v_dot_v=1) is False and at(u_dot_v=2, u_dot_u=1, v_dot_v=3) is None
    chain = dict(u_dot_u=1, v_dot_v=1, w_dot_w=1, u_dot_v=1, v_dot_w=1)
    assert at(**chain) is False and at(**chain, u_dot_w=0) is None
    apart = Statement([a @ a == 1, b @ b == 1, c @ c == 1, a @ b == 0, a @ c == 0], b @ c != 0)
    assert smt(apart).run().status is Status.OPEN and trial(apart).run().status is not Status.REFUTED
    d, e, f = Vectors("a b c")
    room = Statement([d @ d == 1, e @ e == 1, f @ f == 1, d @ e == 0, d @ f == 0], e @ f != 0)
    assert smt(room).run().status is Status.REFUTED and trial(room).run().status is Status.REFUTED
    opposed = Statement([u @ u >= 1, u @ u <= 0], u @ v >= 0)
    lengths = Statement([u @ u < 0], u @ v == u @ v)  # true at points of no vectors alone
    assert trial(opposed).run().status is trial(lengths).run().status is Status.OPEN
    with pytest.raises(ValueError, match="got u_dot_v and v_dot_u"):
        Statement([], u @ v == Vectors("v u").product("u", "v"))


def test_second_moments_of_a_noisy_recursion_are_inner_products():
    """Closed form: E|x|^2 at rest under x' = a x + noise is s^2 / (1 - a^2), by the same vectors."""
    x, noise = Vectors("x noise")
    after = a * x + noise
    rest = Statement([a**2 < 1, x @ noise == 0, after @ after == x @ x], x @ x == noise @ noise / (1 - a**2))
    assert smt(rest).run().status is Status.PROVED
    assert smt(rest.but(without=1)).run().status is Status.REFUTED


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Vectors("x x"), "different names"),
        (lambda: Vectors("u v w x y z"), "one to 5"),
        (lambda: Vectors("a b_dot_c a_dot_b c"), "without dot as a word"),
        (lambda: Vectors("a_dot b"), "without dot as a word, got 'a_dot'"),
        (lambda: Vectors("a dot_b"), "without dot as a word"),
        (lambda: Vectors("x", dimension=0), "dimension >= 1"),
        (lambda: X + PAIR, "same space"),
        (lambda: X @ next(iter(Vectors("x y"))), "same space"),
        (lambda: X * G, "x @ y for an inner product"),
        (lambda: X * 0.5, "0.5"),
        (lambda: X + 1, "same space"),
        (lambda: X**2, "x @ x"),
        (lambda: abs(X), "root"),
    ],
)
def test_what_is_no_vector_is_refused(make, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make()


def published():
    """Statements of five papers that are not this project's, each with a wrong variant."""
    m, big, gap, n = reals("m L gap n")
    contracts = Statement(
        [
            *PAIR.real,
            m > 0,
            big >= m,
            lr > 0,
            lr * (m + big) <= 2,
            (X @ G) * (m + big) >= m * big * (X @ X) + G @ G,
        ],
        ((X - lr * G) @ (X - lr * G)) * (m + big) <= (m + big - 2 * lr * m * big) * (X @ X),
    )
    yield contracts, contracts.but(without=6)  # Nesterov, theorem 2.1.15
    space = Vectors("x y z")
    u, v, w = space
    three = Statement(
        space.real, (u - w) @ (u - w) == (u - v) @ (u - v) + (v - w) @ (v - w) + 2 * ((v - w) @ (u - v))
    )
    yield three, three.but(then=(u - w) @ (u - w) <= (u - v) @ (u - v) + (v - w) @ (v - w))  # mirror descent
    bessel = Statement(
        [*space.real, v @ v == 1, w @ w == 1, v @ w == 0], (u @ v) ** 2 + (u @ w) ** 2 <= u @ u
    )
    yield bessel, bessel.but(then=(u @ v) ** 2 + 2 * (u @ w) ** 2 <= u @ u)
    least = Statement([*PAIR.real, (X - G) @ G == 0], G @ G <= X @ X)
    yield least, least.but(then=X @ X <= G @ G)  # the interpolator in the row space has the least norm
    tangent = (a / n) * (
        X - (X @ G / n**2) * G
    )  # weight normalisation, equation 3: G is the direction's vector
    normal = Statement([*PAIR.real, n > 0, n**2 == G @ G], tangent @ G == 0)
    yield normal, normal.but(then=X @ G == 0)
    polyak = Statement(
        [*PAIR.real, G @ G > 0, gap >= 0, gap <= G @ X, lr == gap / (G @ G)],
        (X - lr * G) @ (X - lr * G) <= X @ X - gap**2 / (G @ G),
    )
    corners = Vectors("p q r s")
    p, q, r, s = corners
    sides = sum((side @ side for side in (p - q, q - r, r - s, s - p)), Q(0))
    about = p - q + r - s  # a square that the proof uses, in place of all that makes four vectors real
    quadrilateral = Statement([about @ about >= 0], (p - r) @ (p - r) + (q - s) @ (q - s) <= sides)
    yield quadrilateral, quadrilateral.but(without=0)
    yield polyak, polyak.but(then=(X - lr * G) @ (X - lr * G) <= X @ X - 2 * gap**2 / (G @ G))


@pytest.mark.parametrize(("statement", "wrong"), list(published()))
def test_published_statements_on_vectors_are_decided(statement, wrong):
    verdict = smt(statement, mutants=[wrong]).run()
    assert verdict.status is Status.PROVED and verdict.killed == 1


def test_a_length_over_time_is_a_state():
    """Polyak: t m^2 <= G |x_0 - x*|^2 for all t, if each gap is at least m and each |g|^2 at most G."""
    least, most, first, t = reals("m G first t")
    new = X - (least / (G @ G)) * G
    run = Process(
        state=[X @ X, t],
        following=[new @ new, t + 1],
        given=[*PAIR.real, least >= 0, most > 0, G @ G > 0, most >= G @ G, least <= X @ G],
        start=[first == X @ X, t == 0],
        invariant=[(X @ X) * most <= first * most - t * least**2, t >= 0],
    )
    twice = replace(run, invariant=[(X @ X) * most <= first * most - 2 * t * least**2, t >= 0])
    verdict = induction(run, mutants=[twice]).run()
    assert verdict.status is Status.PROVED and verdict.killed == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_quadratic_form_of_two_vectors_is_decided_as_its_matrix_says(seed):
    """Closed form: p x.x + 2 q x.g + r g.g >= 0 in every dimension if and only if p, r >= 0 and p r >= q^2."""
    chance = random.Random(seed)
    p, q, r = (Fraction(chance.randint(-2, 6)) for _ in range(3))
    form = Statement(PAIR.real, p * (X @ X) + 2 * q * (X @ G) + r * (G @ G) >= 0)
    holds = p >= 0 and r >= 0 and p * r >= q**2
    assert smt(form).run().status is (Status.PROVED if holds else Status.REFUTED)


# One time of a process.

x, step, total = reals("x step total")
SUM = Process(
    state=[x, total],
    following=[x / 2, total + x + step],
    given=[step >= 0],
    start=[x == 1, total == 0],
    invariant=[x >= 0, total >= 0],
    then=total < 2,
    inputs=[step],
)


def test_a_claim_over_all_times_is_refuted_at_one_time():
    verdict = smt(SUM.after(1)).run()
    assert verdict.status is Status.REFUTED and Fraction(verdict.witness["step_0"]) >= 1
    assert smt(SUM.after(0)).run().status is Status.PROVED
    still = replace(SUM, given=[step == 0], invariant=[x >= 0, total == 2 - 2 * x, x <= 1], then=total <= 2)
    assert induction(still).run().status is Status.PROVED
    assert all(smt(still.after(n)).run().status is Status.PROVED for n in range(4))


def test_each_step_has_inputs_of_its_own_and_constants_stay():
    statement = replace(SUM, start=[x == a, total == 0], given=[step >= 0, b > 0], inputs=[step, b]).after(2)
    assert set(statement.variables) == {"x", "a", "total", "step_0", "step_1", "step_2", "b_0", "b_1", "b_2"}
    assert set(replace(SUM, given=[step >= 0, b > 0]).after(1).variables) == {
        "x",
        "total",
        "step_0",
        "step_1",
        "b",
    }
    with pytest.raises(ValueError, match="whole number of steps"):
        SUM.after(-1)
    with pytest.raises(ValueError, match="'step_1'"):
        replace(SUM, given=[z3.Real("step_1") > step]).after(2)
    # A state of that name would be held at its start by the step's input: 0 after any step to any put.
    state, put = reals("put_0 put")
    named = Process([state], [put], [], [state == 0], [state == state], state == 0, inputs=[put])
    with pytest.raises(ValueError, match="'put_0'"):
        named.after(1)


RATE = Process([x], [x - a * x], [a > 0, a < 1], [x == 1, b == 1], [x <= b, x > 0], then=2 * x - x**2 <= b)


def test_a_fixed_rate_is_not_refuted_by_one_that_moves():
    """Closed form: x_2 - x_1^2 = 0 at one rate for both steps; at two it is (1 - a)(a - a')."""
    last = reals("last")[0]
    squares = Process([x, last], [x * (1 - a), x], [a > 0, a < 1], [x == 1, last == 1], [x > 0], x == last**2)
    with pytest.raises(ValueError, match=r"need inputs=\[..\] .* got none, and 'a'"):
        squares.after(2)
    moves, stays = replace(squares, inputs=[a]), replace(squares, inputs=[])
    refuted = smt(moves.after(2)).run()
    assert refuted.status is Status.REFUTED and refuted.witness["a_0"] != refuted.witness["a_1"]
    assert smt(stays.after(2)).run().status is Status.PROVED
    assert "another a at every step" in str(moves) and "where a stay the same" in str(stays)
    assert len({one.fields() for one in (squares, moves, stays)}) == 3
    for named in ([x], [b]):
        with pytest.raises(ValueError, match="need inputs that are no state"):
            replace(RATE, inputs=named)
    with pytest.raises(ValueError, match="need a list of variables as inputs, or None, got a"):
        replace(squares, inputs=a)


def test_what_the_start_says_of_constants_holds_at_every_time():
    """Identity: b = 1 need not be repeated in the invariant; of a letter that moves it has to be."""
    assert induction(RATE).run().status is Status.PROVED
    unsaid = replace(RATE, start=[x == 1, b >= 1], then=x <= 1)
    assert induction(unsaid).run().status is Status.OPEN
    shrinks = Process([x, b], [x, b / 2], [], [x == 1, b == 1], [x <= 1], then=x <= b)
    assert induction(shrinks).run().status is Status.OPEN  # b is a state: that it was 1 says nothing of later


def test_a_process_that_ends_at_once_says_nothing_of_all_times():
    """Conformance: x grows by 1 and is given below 2, so no run takes three steps, and nothing is proved of any."""
    ends = Process([x], [x + 1], [x < 2], [x == 0], [x >= 0], then=x < 2)
    verdict = induction(ends).run()
    assert verdict.status is Status.OPEN and "no run comes to its step 3" in verdict.reason
    assert (
        induction(replace(ends, given=[x < 4])).run().status is Status.OPEN
    )  # the conclusion does not follow
    followed = induction(replace(ends, given=[x < 4], then=x < 5)).run()
    assert followed.status is Status.PROVED and "runs as long as x < 4" in followed.rests_on
    assert not any("as long as" in r for r in induction(RATE).run().rests_on)


def test_vectors_are_named_in_place_of_the_facts_that_make_them_real():
    """Conformance: all facts of a space are one word, some of them stay; different statements read differently."""
    plane = Vectors("p q r", dimension=2)
    p, q, _ = plane
    assert str(SCHWARZ) == "vectors(x, g)  =>  x_dot_g^2 <= x_dot_x*g_dot_g"
    assert str(SCHWARZ.but(without=1)).startswith("x_dot_x >= 0, x_dot_x*g_dot_g")
    assert str(Statement([p @ q > 0, *plane.real], p @ p > 0)).startswith(
        "p_dot2_q > 0, vectors(p, q, r; dimension 2)"
    )
    run = Process([X @ X], [X @ X / 2], PAIR.real, [X @ X == 1], [X @ X >= 0])
    assert "with vectors(x, g) at every time" in str(run)
    assert not run.followed  # the products of vectors are real for ever
    for wrong in (3, None, 1.5):
        with pytest.raises(TypeError, match=f"vector of the same space, got {wrong}"):
            assert wrong == X
    assert smt(Statement([*PAIR.real, X == 0], X @ G == 0)).run().status is Status.PROVED


def test_a_product_of_a_vector_that_moves_does_not_stay():
    """Identity: x' = x - g has x'.g = x.g - g.g, so that |x_t|^2 from x.g = 0 grows by t^2 and not by t."""
    t = reals("t")[0]
    grows = [t * (G @ G) == X @ X, t >= 0]
    start = [X @ X == 0, X @ G == 0, t == 0]
    with pytest.raises(ValueError, match="that may move, got x_dot_g"):
        Process([X @ X, t], [(X - G) @ (X - G), t + 1], [], start, [*grows, X @ G == 0])
    states, following = [X @ X, X @ G, G @ G, t], [(X - G) @ (X - G), (X - G) @ G, G @ G, t + 1]
    with pytest.raises(ValueError, match="that may move, got g_dot_g"):
        Process(states[:2], following[:2], [], start[:2], [X @ X <= G @ G])
    moved = [t**2 * (G @ G) == X @ X, -t * (G @ G) == X @ G]
    right = Process(states, following, [*PAIR.real], start, moved)
    assert induction(right).run().status is Status.PROVED
    assert smt(replace(right, invariant=grows, inputs=[]).after(2)).run().status is Status.REFUTED


def test_a_step_without_a_value_ends_the_run():
    """Conformance: 1/b at b = 0 is no number, so nothing is proved of later times, and no run breaks a claim there."""
    run = Process([x, b], [x + 1, 1 / b], [], [x == 0], [x >= 0], then=x <= 1)
    undefined = induction(replace(run, then=x >= 0)).run()
    assert undefined.status is Status.OPEN and "divisor" in undefined.reason
    assert induction(replace(run, given=[b != 0], then=x >= 0)).run().status is Status.PROVED
    assert replace(run, inputs=[]).after(2).at({"x": Fraction(0), "b": Fraction(0)}) is None
    assert replace(run, inputs=[]).after(2).at({"x": Fraction(0), "b": Fraction(1)}) is False


def test_products_of_vectors_at_each_time_are_real():
    """Identity: |x - g| <= |x| + |g| for each step's own g; what makes the products real has to be given."""
    state = Process(
        [X @ X], [(X - G) @ (X - G)], PAIR.real, [X @ X == 1], [X @ X >= 0], inputs=[X @ G, G @ G]
    )
    assert smt(replace(state, then=X @ X >= 0).after(1)).run().status is Status.PROVED
    refuted = smt(replace(state, then=X @ X <= 1).after(1)).run()
    assert refuted.status is Status.REFUTED
    gram = {name: Fraction(value) for name, value in refuted.witness.items()}
    assert gram["x_times_g_0"] ** 2 <= gram["x_dot_x"] * gram["g_times_g_0"]
    for few in ([], PAIR.real[:2]):
        with pytest.raises(ValueError, match=r"need space\.real"):
            replace(state, given=few).after(1)


def test_a_variable_with_a_product_s_name_proves_nothing():
    """Identity: x_dot_x = a for any a is not >= 0 because of its name."""
    square, put = z3.Real("x_dot_x"), reals("put")[0]
    run = Process([square], [put], [], [square == 0], [square >= 0], inputs=[put])
    assert induction(run).run().status is Status.OPEN
    with pytest.raises(ValueError, match=r"need space\.real"):
        run.after(1)
    assert smt(Statement([], square >= 0)).run().status is Status.OPEN
    assert smt(Statement([square >= -1], square >= 0)).run().status is not Status.PROVED


# Boxes.


def exp_below(x):
    return less(x.exp(), 1 + x + x**2)


@pytest.mark.parametrize(
    ("holds", "over", "status"),
    [
        (exp_below, {"x": (Fraction(1, 10), 1)}, Status.PROVED),
        (exp_below, {"x": (Fraction(1, 10), 2)}, Status.REFUTED),  # 1 + 2 + 4 < e^2
        (exp_below, {"x": (0, 1)}, Status.OPEN),  # the two sides touch at 0
        (
            lambda x, y: less((x + y).sin(), 1 + x * y + ball(Q(1, 100))),
            {"x": (0, 1), "y": (0, 1)},
            Status.PROVED,
        ),
        (
            lambda x: less((-x).exp(), 1 - x + x**2),
            {"x": (-1, 1)},
            Status.REFUTED,
        ),  # equal at 0, and so not less
        (lambda x: at_most((-x).exp(), 1 - x + x**2), {"x": (-1, 1)}, Status.OPEN),  # true
        (lambda x: at_most((-x).exp(), 1 - x + x**2 / 4), {"x": (-1, 1)}, Status.REFUTED),
        (lambda x: at_most(x.log(), x), {"x": (0, 1)}, Status.OPEN),  # no number at 0
        (lambda x: less(x.erf(), 1) & less(-1, x.erf()), {"x": (-3, 3)}, Status.PROVED),
        (lambda x: less(np.exp(-x), 1), {"x": (Q(1, 100), 50)}, Status.PROVED),
        (lambda x: less(x, 1) | less(Fraction(1, 2), x), {"x": (0, 2)}, Status.PROVED),
        (
            lambda u: less(np.log(np.cosh(u)), u**2 / 2),
            {"u": (Q(1, 100), 3)},
            Status.PROVED,
        ),  # nearly touches
        (lambda x: less(Fraction(22, 25), x.gamma()), {"x": (Q(1, 2), 3)}, Status.PROVED),  # no slope known
        (lambda x: less(abs(x), 1 + x**2 / 2), {"x": (-3, 3)}, Status.PROVED),
        (lambda x: less(np.arctan(x), x * (Q(1, 2) + Q(1, 2))), {"x": (Q(1, 10), 4)}, Status.PROVED),
        (lambda x: less(x.floor(), x + 1), {"x": (Q(1, 3), Q(1, 2))}, Status.PROVED),
        # What has no value decides nothing from the left, and is not asked for where the left decides.
        (lambda x: less((x - 2).sqrt(), 1) | less(0, 1), {"x": (0, 1)}, Status.OPEN),
        (lambda x: less(0, 1) | less((x - 2).sqrt(), 1), {"x": (0, 1)}, Status.PROVED),
        (lambda x: less((x - 2).sqrt(), 1) & less(1, 0), {"x": (0, 1)}, Status.OPEN),
        (lambda x: less(1, 0) & less((x - 2).sqrt(), 1), {"x": (0, 1)}, Status.REFUTED),
        (lambda x: ~(less(1 / (x - x), 1) & less(1, 0)), {"x": (0, 1)}, Status.OPEN),
        (lambda x: less(x, Q(1, 2)) | less(0, x.sqrt()), {"x": (0, 1)}, Status.PROVED),
        (lambda x: less(x.mid(), x + 1), {"x": (0, 1)}, Status.OPEN),  # a ball's middle is no function of x
        (lambda x: less(x.upper(), 2), {"x": (0, 1)}, Status.OPEN),
        (lambda x: True, {"x": (0, 2)}, Status.OPEN),
    ],
)
def test_a_bound_over_a_box_is_proved_refuted_at_a_point_or_open(holds, over, status):
    verdict = everywhere("the bound", holds, over).run()
    assert verdict.status is status
    if status is Status.REFUTED:
        (value,) = map(Fraction, verdict.witness.values())
        (low, high) = map(Fraction, map(str, over["x"]))
        answer = holds(**boxes._sloped({"x": (value, value)}, {"x": value}))
        assert low <= value <= high and answer.value is False


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        (lambda x: x < 2, "need less"),
        (lambda x: less(max(x, 1), 2), "need less"),
        (lambda x: less(math.exp(x), 3), "np.exp"),
        (lambda x: less(x.nothing(), 3), "got 'nothing'"),
        (lambda x: less(x ** Q(1, 2), 3), "whole power"),
        (lambda x: less(x + Q(1, 1) / 0, 3), "ZeroDivisionError"),
        (lambda x: less(np.cbrt(x), 3), "no callable cbrt"),
        (lambda x: less(np.floor(x), 3), "np.exp"),
    ],
)
def test_what_is_no_function_of_balls_is_named(holds, said):
    verdict = everywhere("none", holds, {"x": (0, 1)}).run()
    assert verdict.status is Status.OPEN and verdict.reason.startswith("refused: ") and said in verdict.reason


HALF = 0.5


@pytest.mark.parametrize(
    ("holds", "what"),
    [
        (lambda x: less(0.5 * x, 3), "0.5"),
        (lambda x: less(HALF * x, 3), "0.5"),
        (lambda x, half=0.5: less(half * x, 3), "0.5"),
        (lambda x: less(x * np.log(ball(1) * np.e), x), "np.e"),
        (lambda x: less(0, (lambda: np.sin(ball(1) * np.pi))()), "np.pi"),
        (lambda x: less(ball(Q(3, 10)), ball(1) * (0.1 + 0.2)), "0.30000000000000004"),
    ],
)
def test_floats_are_no_exact_numbers(holds, what):
    """sin(pi) > 0 was PROVED by a float that is a little less than pi."""
    for check in (everywhere("none", holds, {"x": (1, 2)}), enclosure("none", lambda: holds(ball(1)))):
        verdict = check.run()
        assert verdict.status is Status.OPEN and verdict.reason.endswith(f"got {what}")


def test_two_roots_of_one_name_and_no_answers_are_refused():
    x, y = reals("x y")
    with pytest.raises(ValueError, match="one name for each root, got 't'"):
        Statement([root(x, "t")[1], root(y, "t")[1]], x == y)
    assert Statement([root(x, "t")[1], root(x, "t")[1]], x >= 0)
    with pytest.raises(ValueError, match="new name for the root of x, got 'x'"):
        root(x, "x")
    with pytest.raises(TypeError, match="at least one answer"):
        all_of()


def test_a_counterexample_is_found_though_the_two_sides_cross_elsewhere():
    """The search looks all over the box before it goes down to where the sides are equal."""

    def series(x, y):
        return less((x * y).sin(), x * y - (x * y) ** 3 / 6 + Fraction(1, 1000))

    verdict = everywhere("sin t < t - t^3/6 + 1/1000 at t = x y", series, {"x": (0, 1), "y": (0, 2)}).run()
    t = math.prod(map(Fraction, verdict.witness.values()))
    assert verdict.status is Status.REFUTED and math.sin(t) > t - t**3 / 6 + Fraction(1, 1000)


FUNCTIONS = sorted(slopes._SLOPES)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_values_on_a_piece_lie_in_its_ball_and_the_slopes_are_those_of_differences(name, seed):
    """Twin: the mean value form of a function of two variables against its values at many points of the piece."""
    chance = random.Random(seed)
    low = {n: Fraction(chance.randint(3, 40), 10) for n in ("x", "y")}
    piece = {n: (value, value + Fraction(1, 100)) for n, value in low.items()}

    def function(x, y):
        return getattr(x * y - x / (y + 3) + Fraction(1, 7), name)() / 2 - abs(y - 2) * x**3

    def at(point):
        return function(**boxes._sloped({n: (v, v) for n, v in point.items()}, point))

    middle = {n: (a + b) / 2 for n, (a, b) in piece.items()}
    whole = function(**boxes._sloped(piece, middle))
    mean = whole.middle + sum((whole.slopes[n] * whole.away[n] for n in piece), flint.arb(0))
    for _ in range(30):
        point = {n: a + (b - a) * Fraction(chance.randint(0, 100), 100) for n, (a, b) in piece.items()}
        value = at(point).enclosed
        assert whole.value.overlaps(value) and mean.overlaps(value) and whole.enclosed.overlaps(value)
    step = Fraction(1, 10**6)
    for n in piece:
        moved = at(middle | {n: middle[n] + step}).value - at(middle | {n: middle[n] - step}).value
        assert abs(float(moved.mid()) / float(2 * step) - float(at(middle).slopes[n].mid())) < 1e-3 * (
            1 + abs(float(at(middle).slopes[n].mid()))
        )


def test_the_box_belongs_to_the_sentence_and_a_wider_one_is_a_wrong_variant():
    check = everywhere(
        "e^x < 1 + x + x^2",
        exp_below,
        {"x": (Fraction(1, 10), 1)},
        mutants=[
            ("e^x < 1 + x", lambda x: less(x.exp(), 1 + x)),
            ("e^x < 1 + x + x^2", exp_below, {"x": (Fraction(1, 10), 2)}),
        ],
    )
    verdict = check.run()
    assert verdict.status is Status.PROVED and verdict.killed == 2
    assert check.formula == "for all 1/10 <= x <= 1: e^x < 1 + x + x^2"
    open_one = everywhere("touches", exp_below, {"x": (0, 1)}).run()
    assert "near x = " in open_one.reason and "divide by what vanishes" in open_one.reason


@pytest.mark.parametrize("ends", [(1, 0), (0, 0.5), 3, (0, 1, 2), (0, "a"), (0, "inf")], ids=str)
def test_a_side_that_is_no_interval_is_refused(ends):
    with pytest.raises(ValueError, match="value of x"):
        everywhere("none", exp_below, {"x": ends})


# What cannot be said is said in one line, with what is nearest.


@pytest.mark.parametrize(
    ("make", "nearest"),
    [
        (lambda: math.log(x), "everywhere"),
        (lambda: np.exp(x), "everywhere"),
        (lambda: np.sqrt(x), "root"),
        (lambda: x ** Q(1, 2) >= 0, "root"),
        (lambda: x**0.5 >= 0, "root"),
        (lambda: x**a >= 0, "Process"),
        (lambda: 2**x >= 0, "Process"),
        (lambda: math.pi * x, "between two exact numbers"),
        (lambda: math.floor(x), "nat"),
        (lambda: x % 2, "nat"),
        (lambda: z3.Int("k") >= 0, "nat"),
        (lambda: z3.ToReal(z3.Int("k")) >= 0, "nat"),
        (lambda: z3.Exists([x], x * a == 1), "what exists is named"),
        (lambda: z3.Function("f", z3.RealSort(), z3.RealSort())(x) >= 0, "stands for f"),
        (lambda: max(x, a) >= x, "If"),
        (lambda: x @ a, "Vectors"),
    ],
)
def test_what_the_language_does_not_take_names_what_is_nearest(make, nearest):
    with pytest.raises((TypeError, ValueError)) as refused:
        Statement([], make())
    assert nearest in str(refused.value).partition("nearest:")[2] and "\n" not in str(refused.value)


# Sums of symbolic length, bounds for all t and limits: lemmas for the kernel.

STEPS = "forall (e : nat -> R) q c, {q} -> (forall t, e (S t) <= q * e t + c) -> "


@needs_coq
@pytest.mark.parametrize(
    ("said", "term", "wrong"),
    [
        pytest.param(
            "forall (a : nat -> R) n, (forall t, 0 <= a t) -> "
            "sum_to n (fun t => a t / (1 + sum_to (S t) a)) <= ln (1 + sum_to n a)",
            "ltac:(intros a n H; pose proof (Sequences.shares_below_log n a 1 ltac:(lra) H) as B; "
            "rewrite ln_1 in B; lra)",
            ("<= ln (1 + sum_to n a)", "<= ln (sum_to n a)"),
            marks=pytest.mark.slow,
        ),
        (
            STEPS.format(q="0 <= q < 1")
            + "forall eps, 0 < eps -> exists T, forall t, (T <= t)%nat -> e t < c / (1 - q) + eps",
            "ltac:(exact Sequences.contraction_eventually)",
            ("c / (1 - q) + eps", "c + eps"),
        ),
    ],
    ids=["AdaGrad's sum", "an eps and a T"],
)
def test_sums_of_symbolic_length_and_limits_have_lemmas_for_the_kernel(said, term, wrong):
    verdict = kernel(said, term, mutants=[said.replace(*wrong)]).run()
    assert verdict.status is Status.PROVED and verdict.killed == 1, verdict.reason
