"""Beta-undetermined sequences (10) between determined ones: Lemma 2, Remark 2 and Corollary 2."""

from dataclasses import replace

from proofs_check import (
    And,
    Claim,
    Clause,
    Form,
    Or,
    Process,
    Q,
    Statement,
    algebra,
    between,
    induction,
    kernel,
    reals,
    root,
    smt,
)
from proofs_check.attacks import sequences
from proofs_check.periodic.searches import searched
from sitheory.theory import periodic

alpha, beta, a, b, x, y, v, s, w = reals("alpha beta a b x y v s w")
SMALL = between(Q(0), alpha, high=Q(1, 2))
BETAS = [a >= 0, a <= b, a <= beta, beta <= b]
low, is_low = root(periodic.stationary_sq(alpha, a), "x_a")
high, is_high = root(periodic.stationary_sq(alpha, b), "x_b")
following = periodic.beta_next(x, alpha, beta)
slow, fast = periodic.beta_rates(alpha)
slow_sq, fast_sq = periodic.beta_rates_of_squares(alpha)
enough = periodic.order_product(alpha, b)
SEQUENCE = "forall alpha a b beta x, beta_sequence alpha a b beta x -> "

# Lemma 2.1: y is x_{a,t}.
under = Process(
    state=[x, y],
    following=[following, periodic.beta_next(y, alpha, a)],
    given=[*SMALL, *BETAS],
    start=[x > 0, y == x],
    invariant=[y > 0, y <= x, Or(x == y, y * y >= periodic.order_product(alpha, a))],
    then=y <= x,
)
beta0, beta1 = reals("beta_0 beta_1")
twice_a = periodic.beta_next(periodic.beta_next(x, alpha, a), alpha, a)
twice = periodic.beta_next(periodic.beta_next(x, alpha, beta0), alpha, beta1)
second_step = Statement([*SMALL, a >= 0, x > 0, a <= beta0, a <= beta1], twice_a <= twice)
LOWER = Claim(
    id="periodic:lemma2.1",
    source="periodic Lemma 2.1",
    printed=Form(
        r"With $x_{a,0} = x_0$: $x_{a,t} \le x_t$ for all $t$.",
        (
            induction(
                under,
                part="all t",
                mutants=[
                    replace(under, given=[*SMALL, a >= 0, a <= b, beta >= 0, beta <= b]),
                    replace(under, given=[*between(Q(0), alpha, high=Q(1)), *BETAS]),
                ],
            ),
            kernel(
                SEQUENCE + "forall t, beta_orbit alpha a (x O) t <= x t",
                "Beta.lemma2_1",
                part="all t",
                mutants=[SEQUENCE + "forall t, beta_orbit alpha b (x O) t <= x t"],
            ),
            smt(
                second_step,
                part="its second step",
                mutants=[
                    second_step.but(given=[*between(Q(0), alpha, high=Q(1)), *second_step.given[2:]]),
                    second_step.but(given=[*SMALL, a >= 0, x > 0, a <= beta0, beta1 >= 0]),
                ],
            ),
            searched(
                sequences.LEMMA2_1_AS_PRINTED, wrong=[sequences.LEMMA2_1_WITH_X_B_T_FOR_X_T], part="all t"
            ),
        ),
        note="From every start and with a = 0 too. The printed induction needs x_{a,t} > sqrt(a/(1-alpha)), "
        "which may fail at t = 0 but holds from t = 1 on, and at t = 0 both sequences are equal. Where "
        "alpha > 1/2 the order can be lost at the second step.",
        clauses=(
            Clause(
                "the lower path stays below",
                (
                    "all t",
                    "its second step",
                ),
            ),
        ),
    ),
    needs=("periodic:13f", "periodic:13g", "periodic:chain"),
)

# Lemma 2.2: y is x_{b,t}; the hypothesis on x_t is among what is given at each step.
over = Process(
    state=[x, y],
    following=[following, periodic.beta_next(y, alpha, b)],
    given=[*SMALL, *BETAS, x * x > enough],
    start=[x > 0, y == x],
    invariant=[x > 0, x <= y],
    then=x <= y,
)
by_product = replace(over, given=[*SMALL, *BETAS, Or(x == y, x * y >= enough)])
keeps_order = Statement(
    [*between(Q(0), alpha, high=Q(1)), b >= 0, x > 0, x <= y],
    (periodic.beta_next(x, alpha, b) <= periodic.beta_next(y, alpha, b)) == Or(x == y, x * y >= enough),
)
WHILE_ABOVE = (
    "forall alpha a b beta x T, beta_sequence alpha a b beta x -> "
    "(forall t, (t <= T)%nat -> x t > sqrt ({level})) -> "
    "forall t, (t <= T + 1)%nat -> x t <= beta_orbit alpha b (x O) t"
)
KEPT = (
    "forall alpha b x y : R, alpha < 1 -> 0 < x -> x <= y -> "
    "(periodic_beta_next x alpha b <= periodic_beta_next y alpha b <-> x = y \\/ {level} <= x * y)"
)
BY_PRODUCT = (
    "forall alpha a b beta x T, beta_sequence alpha a b beta x -> "
    "(forall t, (1 <= t <= T)%nat -> {level} <= x t * beta_orbit alpha b (x O) t) -> "
    "forall t, (t <= T + 1)%nat -> x t <= beta_orbit alpha b (x O) t"
)
UPPER = Claim(
    id="periodic:lemma2.2",
    source="periodic Lemma 2.2",
    printed=Form(
        r"With $x_{b,0} = x_0$: if $x_t > \sqrt{b/(1-\alpha)}$ for $t = 0, \ldots, T$, "
        r"then $x_t \le x_{b,t}$ for $t = 0, \ldots, T+1$.",
        (
            induction(
                over,
                mutants=[
                    replace(over, given=[*SMALL, *BETAS]),
                    replace(over, given=[*SMALL, *BETAS, x * x > periodic.hop_level_sq(alpha, b)]),
                ],
            ),
            kernel(
                WHILE_ABOVE.format(level="b / (1 - alpha)"),
                "Beta.lemma2_2",
                mutants=[WHILE_ABOVE.format(level="b / 2")],
            ),
            searched(sequences.LEMMA2_2_AS_PRINTED, wrong=[sequences.LEMMA2_2_WITHOUT_ITS_PREMISE]),
        ),
    ),
    amended=Form(
        r"Stronger: nothing is asked at $t = 0$, and later only $x_t x_{b,t} \ge b/(1-\alpha)$, "
        r"$t = 1, \ldots, T$. From $x \le y$ a step with $\beta = b$ keeps the order "
        r"if and only if $x = y$ or $xy \ge b/(1-\alpha)$.",
        (
            smt(
                keeps_order,
                part="the exact condition of a step",
                mutants=[keeps_order.but(then=keeps_order.then.arg(0) == (x * x >= enough))],
            ),
            kernel(
                KEPT.format(level="b / (1 - alpha)"),
                "BetaMore.order_kept_iff",
                part="the exact condition of a step",
                mutants=[KEPT.format(level="b / (1 + alpha)")],
            ),
            induction(
                by_product,
                part="all t up to T + 1",
                mutants=[replace(by_product, given=[*SMALL, *BETAS, Or(x == y, x * y >= b)])],
            ),
            kernel(
                BY_PRODUCT.format(level="b / (1 - alpha)"),
                "ltac:(intros al a b be x T (Ha & Hab & H0 & Hb & Hs) Hm t Ht; "
                "apply (BetaMore.lemma2_upper_by_product al b be x (beta_orbit al b (x O)) T); "
                "auto; try lra; try (intro u; specialize (Hb u); lra); lia)",
                part="all t up to T + 1",
                mutants=[BY_PRODUCT.format(level="b")],
            ),
            searched(
                sequences.LEMMA2_2_BY_PRODUCT,
                wrong=[sequences.LEMMA2_2_BY_PRODUCT_WITH_B_FOR_B_1_ALPHA],
                part="all t up to T + 1",
            ),
        ),
        clauses=(
            Clause("the exact condition of a step", ("the exact condition of a step",)),
            Clause("the upper path stays above, nothing asked at t = 0", ("all t up to T + 1",)),
        ),
    ),
    needs=("periodic:13f",),
)

# Remark 2: the condition of Proposition 5 in squares, which is how the theory has it.
settles = periodic.least_a(alpha, b) <= a
root_a, is_root_a = root(a, "s")
root_b, is_root_b = root(b, "w")
condition = Statement(
    [*SMALL, a >= 0, b >= 0, is_root_a, is_root_b], (periodic.hop_ratio(alpha) * root_b <= root_a) == settles
)
enveloped = Process(
    state=[x, y],
    following=over.following,
    given=[*SMALL, *BETAS, is_low, is_high, settles],
    start=[y == x, x > high],
    invariant=[x > low, y > high, x <= y],
    then=And(x <= y, y > high, x > low, low**2 >= periodic.hop_level_sq(alpha, b)),
)
# With a = s^2 and b = w^2: the product of x's next value and x_{b,t}'s, and why it clears b / (1 - alpha).
next_low = periodic.beta_next(x, alpha, s**2)
first_product = next_low * periodic.beta_next(x, alpha, w**2) == (
    ((1 - alpha) * x - s * w / x) ** 2 + (1 - alpha) * (s + w) ** 2
)
next_product = next_low * periodic.beta_next(y, alpha, w**2) == (
    (((1 - alpha) * (x * y) + s * w) ** 2 + (1 - alpha) * (w * x - s * y) ** 2) / (x * y)
)
products = Statement([x > 0, y > 0], And(first_product, next_product))
product, square = reals("product square")
ROOTS = [*SMALL, s >= 0, w >= 0, periodic.hop_ratio(alpha) * w <= s, square >= 0]
level = periodic.order_product(alpha, w**2)
first_clears = Statement(ROOTS, square + (1 - alpha) * (s + w) ** 2 >= level)
next_clears = Statement(
    [*ROOTS, product > 0, product >= level],
    (((1 - alpha) * product + s * w) ** 2 + (1 - alpha) * square) / product >= level,
)
REMARK = (
    SEQUENCE + "alpha / (1 - alpha) * sqrt b <= sqrt a -> x O > {start} -> "
    "forall t, x t <= beta_orbit alpha b (x O) t /\\ sqrt (b / alpha) < beta_orbit alpha b (x O) t /\\ "
    "sqrt (alpha * b) / (1 - alpha) <= x t /\\ sqrt (a / alpha) < x t"
)
EVERY_START = SEQUENCE + "{ratio} * sqrt b <= sqrt a -> forall t, x t <= beta_orbit alpha b (x O) t"
NEEDED = (
    "forall alpha a b x0 : R, 0 < alpha < 1 / 2 -> 0 <= a <= b -> 0 < x0 -> "
    "sqrt a {less} alpha / (1 - alpha) * sqrt b -> "
    "exists beta x, beta_sequence alpha a b beta x /\\ x O = x0 /\\ exists t, beta_orbit alpha b x0 t < x t"
)
REMARK_2 = Claim(
    id="periodic:remark2",
    source="periodic Remark 2",
    printed=Form(
        r"If $\frac{\alpha}{1-\alpha}\sqrt b \le \sqrt a$ and $x_0 > \sqrt{b/\alpha}$, then for all $t$: "
        r"$x_t \le x_{b,t}$, $x_{b,t} > \sqrt{b/\alpha}$ and "
        r"$x_t > \sqrt{a/\alpha} \ge \sqrt{\alpha b}/(1-\alpha)$.",
        (
            induction(
                enveloped,
                mutants=[
                    replace(enveloped, given=[*SMALL, *BETAS, is_low, is_high]),
                    replace(enveloped, start=[y == x, x >= high]),
                ],
            ),
            kernel(
                REMARK.format(start="sqrt (b / alpha)"),
                "Beta.remark2",
                mutants=[REMARK.format(start="sqrt (a / alpha)")],
            ),
            searched(sequences.REMARK2_AS_PRINTED, wrong=[sequences.REMARK2_WITHOUT_ITS_CONDITION]),
        ),
        note="b = 0 included, where the remark's aside sqrt(b/alpha) > sqrt(b/(1-alpha)) is an equality "
        "that nothing rests on.",
    ),
    amended=Form(
        r"Stronger: if $\frac{\alpha}{1-\alpha}\sqrt b \le \sqrt a$, then $x_t \le x_{b,t}$ for all $t$ "
        r"from every start $x_0 > 0$; if not, some choice of $\beta_t \in [a, b]$ breaks it, "
        "from every start.",
        (
            smt(
                condition,
                part="the condition in squares",
                mutants=[condition.but(then=condition.then.arg(0) == (periodic.hop_ratio(alpha) * b <= a))],
            ),
            algebra(
                products,
                part="the product of the next values",
                mutants=[products.but(then=next_product.arg(0) == first_product.arg(1))],
            ),
            smt(
                first_clears,
                part="the product clears the level",
                mutants=[
                    first_clears.but(given=[*SMALL, s >= 0, w >= 0, alpha * w <= s, square >= 0]),
                    first_clears.but(then=square + (1 - alpha) * (s + w) ** 2 > level),
                ],
            ),
            smt(
                next_clears,
                part="the product clears the level again",
                mutants=[
                    next_clears.but(given=[*SMALL, s >= 0, w >= 0, alpha * w <= s, *next_clears.given[5:]]),
                    next_clears.but(given=[*ROOTS, product > 0]),
                ],
            ),
            kernel(
                EVERY_START.format(ratio="alpha / (1 - alpha)"),
                "ltac:(intros al a b be x (Ha & Hab & H0 & Hb & Hs) Hr; "
                "apply (BetaMore.upper_bound_every_start al a b be x (beta_orbit al b (x O))); auto; lra)",
                part="every start",
                mutants=[EVERY_START.format(ratio="alpha")],
            ),
            kernel(
                NEEDED.format(less="<"),
                "ltac:(intros al a b x0 Ha Hab H0 Hr; "
                "destruct (BetaMore.upper_bound_condition_needed al a b x0 Ha Hab H0 Hr) "
                "as (be & x & E & Hb & Hs & Ht); "
                "exists be, x; repeat split; try tauto; try apply Hb; lra)",
                part="the condition is needed",
                mutants=[NEEDED.format(less="<=")],
            ),
            searched(
                sequences.REMARK2_FROM_EVERY_START,
                wrong=[sequences.REMARK2_FROM_EVERY_START_WITHOUT_CONDITION],
                part="every start",
            ),
        ),
        note="From x_0 = x_{b,0} the product of the next values clears b/(1-alpha), and then clears it again "
        "and again, so that the order of Lemma 2.2 is kept: the kernel composes these steps. That the "
        "condition is needed is a construction over infinitely many steps: the kernel's alone.",
        clauses=(
            Clause(
                "under the condition the upper path stays above from every start",
                (
                    "every start",
                    "the condition in squares",
                    "the product of the next values",
                    "the product clears the level",
                    "the product clears the level again",
                ),
            ),
            Clause("without it some choice breaks it", ("the condition is needed",)),
        ),
    ),
    needs=("periodic:lemma2.2", "periodic:13b", "periodic:13d"),
)

# The state v is rate^t (x_0 - x_a), and rate^t (x_0 - x_b) or its like further down.
falling = Process(
    state=[x, v],
    following=[following, slow * v],
    given=[*SMALL, *BETAS, is_low],
    start=[x > low, v == x - low],
    invariant=[x > 0, v <= x - low],
    then=v <= x - low,
)
from_anywhere = replace(falling, given=[*SMALL, a >= 0, a <= beta, is_low], start=[x > 0, v == x - low])
LOWER_RATE = (
    SEQUENCE + "x O > sqrt (a / alpha) -> "
    "forall t, (1 - {rate}) ^ t * (x O - sqrt (a / alpha)) <= x t - sqrt (a / alpha)"
)
ANY_START = (
    "forall (alpha a : R) (beta x : nat -> R), 0 < alpha < {upto} -> 0 <= a -> 0 < x 0%nat -> "
    "(forall t, a <= beta t) -> (forall t, x (S t) = periodic_beta_next (x t) alpha (beta t)) -> "
    "forall t, (1 - 2 * alpha) ^ t * (x 0%nat - sqrt (a / alpha)) <= x t - sqrt (a / alpha)"
)
COROLLARY_1 = Claim(
    id="periodic:cor2.1",
    source="periodic Corollary 2.1",
    printed=Form(
        r"If $x_0 > \sqrt{a/\alpha}$: "
        r"$(1-2\alpha)^t (x_0 - \sqrt{a/\alpha}) \le x_t - \sqrt{a/\alpha}$ for all $t$.",
        (
            induction(falling, mutants=[replace(falling, following=[following, fast * v])]),
            kernel(
                LOWER_RATE.format(rate="2 * alpha"),
                "Beta.corollary2_1",
                mutants=[LOWER_RATE.format(rate="alpha")],
            ),
            searched(sequences.COR2_1_AS_PRINTED, wrong=[sequences.COR2_1_WITH_RATE_1_ALPHA]),
        ),
    ),
    amended=Form(
        r"Stronger: the same from every start $x_0 > 0$ (below $\sqrt{a/\alpha}$ it bounds what is missing), "
        r"and without an upper bound on $\beta_t$.",
        (
            induction(
                from_anywhere,
                mutants=[
                    replace(
                        from_anywhere, given=[*between(Q(0), alpha, high=Q(1)), a >= 0, a <= beta, is_low]
                    ),
                    replace(from_anywhere, following=[following, fast * v]),
                ],
            ),
            kernel(
                ANY_START.format(upto="1 / 2"),
                "ltac:(intros al a be x Ha; apply BetaMore.lower_rate_every_start; lra)",
                mutants=[ANY_START.format(upto="1")],
            ),
            searched(
                sequences.COR2_1_FROM_EVERY_START, wrong=[sequences.COR2_1_FROM_EVERY_START_WITH_RATE_1_ALPHA]
            ),
        ),
        note="One tangent: (1-alpha) x + a/x - x_a - (1-2 alpha)(x - x_a) = alpha (x - x_a)^2 / x >= 0.",
    ),
    needs=("periodic:lemma1", "periodic:lemma2.1"),
)

so_far = x * x >= periodic.hop_level_sq(alpha, b)
rising = Process(
    state=[x, v],
    following=[following, fast * v],
    given=[*SMALL, *BETAS, is_high, so_far],
    start=[x > high, v == x - high],
    invariant=[x > 0, v >= 0, x - high <= v],
    then=x - high <= v,
)
rising_squares = replace(
    rising,
    following=[following, fast_sq * v],
    start=[x > high, v == x**2 - high**2],
    invariant=[x > 0, v >= 0, x**2 - high**2 <= v],
    then=x**2 - high**2 <= v,
)
UPPER_RATE = (
    "forall alpha a b beta x t, beta_sequence alpha a b beta x -> x O > sqrt (b / alpha) -> "
    "(forall u, (u {upto} t)%nat -> x u >= {level}) -> "
    "x t - sqrt (b / alpha) <= (1 - alpha) ^ t * (x O - sqrt (b / alpha))"
)
POINTWISE = (
    "forall alpha a b beta x t, beta_sequence alpha a b beta x -> x O > sqrt (b / alpha) -> "
    "x t >= sqrt (alpha * b) / (1 - alpha) -> "
    "x t - sqrt (b / alpha) <= (1 - alpha) ^ t * (x O - sqrt (b / alpha))"
)
IN_SQUARES = (
    "forall alpha a b beta x t, beta_sequence alpha a b beta x -> x O > sqrt (b / alpha) -> "
    "(forall u, (u < t)%nat -> sqrt (alpha * b) / (1 - alpha) <= x u) -> "
    "x t ^ 2 - b / alpha <= (1 - {rate}) ^ (2 * t) * (x O ^ 2 - b / alpha)"
)
LEVEL = "sqrt (alpha * b) / (1 - alpha)"
so_far_by_kernel = kernel(
    UPPER_RATE.format(upto="<=", level=LEVEL),
    "ltac:(intros al a b be x t HS H0 HT; apply (Beta.corollary2_2 al a b be x t HS H0 HT); lia)",
    mutants=[UPPER_RATE.format(upto="<=", level="alpha * sqrt (alpha * b)")],
)
pointwise = kernel(
    POINTWISE,
    "ltac:(intro H; destruct Beta.corollary2_2_pointwise_refuted "
    "as (al & a & b & be & x & t & HS & H0 & HL & HN); "
    "exact (HN (H al a b be x t HS H0 HL)))",
    refutes={"alpha": "2/5", "a": "0", "b": "2/5", "beta": "0, 0, 2/5", "x_0": "6/5", "t": "3"},
)
COROLLARY_2 = Claim(
    id="periodic:cor2.2",
    source="periodic Corollary 2.2",
    printed=Form(
        r"If $x_0 > \sqrt{b/\alpha}$: $x_t - \sqrt{b/\alpha} \le (1-\alpha)^t (x_0 - \sqrt{b/\alpha})$ "
        r"while $x_t \ge \sqrt{\alpha b}/(1-\alpha)$.",
        (
            induction(
                rising,
                mutants=[
                    replace(rising, given=[*SMALL, *BETAS, is_high]),
                    replace(rising, given=[*SMALL, *BETAS, is_high, x * x >= alpha * b]),
                    replace(rising, following=[following, slow * v]),
                ],
            ),
            replace(so_far_by_kernel, mutants=(*so_far_by_kernel.mutants, pointwise)),
            searched(sequences.COR2_2_WHILE_IS_AS_LONG_AS, wrong=[sequences.COR2_2_WHILE_IS_WHENEVER]),
        ),
        note="'While' is read as: as long as all values so far were at or above the level. Read as 'at each "
        "t with x_t at or above it', the sentence is false: alpha = 2/5, a = 0, b = 2/5, x_0 = 6/5 and "
        "beta = 0, 0, 2/5 go below the level and hop to x_3 > 1 + (3/5)^3/5. The level is below that of "
        "Lemma 2.2, so the lemma alone does not give it; (13d) does.",
    ),
    amended=Form(
        r"Stronger: $x_t^2 - b/\alpha \le (1-\alpha)^{2t} (x_0^2 - b/\alpha)$ "
        r"if $x_u \ge \sqrt{\alpha b}/(1-\alpha)$ for all $u < t$.",
        (
            induction(
                rising_squares,
                mutants=[
                    replace(rising_squares, given=[*SMALL, *BETAS, is_high]),
                    replace(rising_squares, following=[following, alpha * v]),
                ],
            ),
            kernel(
                IN_SQUARES.format(rate="alpha"),
                "ltac:(intros al a b be x t (Ha & Hab & Hp & Hb & Hs) H0 HT; "
                "apply (BetaMore.upper_rate_in_squares al b be x t); auto; try lra; "
                "intro u; specialize (Hb u); lra)",
                mutants=[IN_SQUARES.format(rate="2 * alpha")],
            ),
            searched(
                sequences.COR2_2_SQUARES_AS_LONG_AS_IT_WAS_SO_BEFORE,
                wrong=[sequences.COR2_2_SQUARES_WHENEVER],
            ),
        ),
        note="It gives the printed bound as in Lemma 1, and holds one step longer than printed.",
    ),
    needs=("periodic:lemma1", "periodic:13d"),
)

CLAIMS = (LOWER, UPPER, REMARK_2, COROLLARY_1, COROLLARY_2)
