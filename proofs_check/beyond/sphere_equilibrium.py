"""The equilibrium of eq. 9: coordinates that show it, its full spectrum, and whether runs settle there."""

from math import sqrt

from proofs_check import And, Claim, Clause, Form, Statement, algebra, kernel, reals, smt, trial
from proofs_check.beyond import sphere_runs as runs, toy_runs
from sitheory.theory import regimes, scale

HYPOTHESES = (
    "forall n alpha lr x0 y0, (0 < n)%nat -> (forall i, (i < n)%nat -> 0 < alpha i) -> 0 < lr -> on_sphere "
    "n (x0, y0) -> (forall i, (i < n)%nat -> y0 i <> 0) -> "
)
COORDINATES = (
    "let K := lr * sum_to n alpha in let w := fun i => alpha i / sum_to n alpha in let x := fun t => fst "
    "(toy_run n alpha lr x0 y0 t) in let y := fun t => snd (toy_run n alpha lr x0 y0 t) in let c := fun t "
    "i => regimes_balance_cos K ((x t i / y t i) ^ 2) in let a := fun t i => regimes_balance_share (w i) "
    "(x t i ^ 2 + y t i ^ 2) in forall t i, (i < n)%nat -> "
)
MOVES = (
    HYPOTHESES + COORDINATES + "scale_ess_sq (scale_elr lr (x t i ^ 2 + y t i ^ 2)) "
    "(regimes_ratio_eff_grad_sq (alpha i) ((x t i / y t i) ^ 2)) = regimes_balance_ess_sq K (c t i) (a t "
    "i) /\\ c (S t) i = regimes_balance_cos_next K (c t i) (a t i) /\\ a (S t) i = regimes_balance_grown K "
    "(c t i) (a t i) / sum_to n (fun j => {}regimes_balance_grown K (c t j) (a t j))"
)
BY_PARTS = (
    "ltac:(intros n alpha lr x0 y0 Hn Ha Hl H1 Hy K w x y c a t i Hi; repeat split; [exact "
    "(BeyondSphereGroups.balance_ess n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi)|exact "
    "(BeyondSphereGroups.balance_cos_step n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi)|exact "
    "(BeyondSphereGroups.balance_share_step n alpha lr x0 y0 Hn Ha Hl H1 Hy t i Hi)])"
)
alpha, whole, total, u, v = reals("alpha A elr x y")
GROUP = [alpha > 0, whole > 0, total > 0, u != 0, v != 0]
K = total * whole
own = scale.elr(total, u * u + v * v)
share = regimes.balance_share(alpha / whole, u * u + v * v)
cosine = regimes.balance_cos(K, (u / v) ** 2)
one_group = Statement(
    GROUP,
    And(
        regimes.balance_cos(K, regimes.ratio_next(alpha, own, u / v) ** 2)
        == regimes.balance_cos_next(K, cosine, share),
        scale.ess_sq(own, regimes.ratio_eff_grad_sq(alpha, (u / v) ** 2))
        == regimes.balance_ess_sq(K, cosine, share),
    ),
)
MEAN_FIELD = Claim(
    id="beyond:mean-field",
    source="beyond",
    printed=Form(
        r"In $c_i = K\frac{1-r_i^2}{1+r_i^2}$ and $a_i = \rho_i^2/\omega_i$, with $K = "
        r"\tilde\eta\sum\alpha_j$, $\omega_i = \alpha_i/\sum\alpha_j$, all groups move by one and the same "
        r"map: $\mathrm{ESS}^2 = (K^2-c^2)/a^2$, $c' = c + 2(a-c)\frac{\mathrm{ESS}^2}{1+\mathrm{ESS}^2}$, "
        r"$\hat a = a(1+\mathrm{ESS}^2)$, and meet only in $a_i' = \hat a_i/\sum_j\omega_j\hat a_j$. $K$ "
        r"is the only parameter; $\alpha$ enters as the weights of one mean; the equilibrium (9) is $c_i = "
        r"a_i = 1$.",
        (
            kernel(MOVES.format("w j * "), BY_PARTS, mutants=[MOVES.format("")], total=True),
            algebra(
                one_group, mutants=[one_group.but(then=cosine == regimes.balance_cos_next(K, cosine, share))]
            ),
            trial(
                "steps of the toy function of 1 to 6 groups from random starts, K from 0.02 to 50",
                toy_runs.mean_field(),
                n=10,
                mutants=[("the groups meet in the plain mean", toy_runs.mean_field(same=False))],
            ),
        ),
        note="For every n in the kernel; one group's two identities also by exact algebra.",
    ),
    needs=("regimes:separable", "regimes:eq5", "regimes:prop2.2"),
)

p, q, weight, k = reals("p q w K")
LINEAR = (
    "forall n w K (p q : nat -> R) i, 0 < K -> (0 < n)%nat -> sum_to n w = 1 -> is_derive (fun h => "
    "regimes_balance_cos_next K (1 + h * p i) (1 + h * q i)) 0 ({}turned_p K (p i) (q i)) /\\ is_derive "
    "(fun h => regimes_balance_grown K (1 + h * p i) (1 + h * q i) / sum_to n (fun j => w j * "
    "regimes_balance_grown K (1 + h * p j) (1 + h * q j))) 0 (turned_q n w K p q i)"
)
SPECTRUM_COQ = (
    "forall n w K, 1 < K -> sum_to n w = 1 -> let c := regimes_turn_cos K in -1 < c < 1 /\\ (forall p0 i, "
    "turned_p K p0 0 = c * p0 /\\ turned_q n w K (fun _ => p0) (fun _ => 0) i = 0) /\\ forall p q, sum_to "
    "n (fun i => w i * p i) = 0 -> sum_to n (fun i => w i * q i) = 0 -> let p' := fun i => turned_p K (p "
    "i) (q i) in let q' := turned_q n w K p q in sum_to n (fun i => w i * p' i) = 0 /\\ sum_to n (fun i => "
    "w i * q' i) = 0 /\\ forall i, turned_p K (p' i) (q' i) = {} * c * p' i - p i /\\ turned_q n w K p' q' "
    "i = {} * c * q' i - q i"
)
cos = regimes.turn_cos(k)
matrix = ((cos, 1 - cos), (-(1 + cos), cos))
determinant = matrix[0][0] * matrix[1][1] - matrix[0][1] * matrix[1][0]
turns = Statement([k > 1], And(determinant == 1, matrix[0][0] + matrix[1][1] == 2 * cos))
inside = Statement([k > 1], And(cos > -1, cos < 1))
SPECTRUM = Claim(
    id="beyond:spectrum",
    source="beyond",
    printed=Form(
        r"At the equilibrium (9), for every $n$ and $\alpha$, the $2n-1$ multipliers of a step depend on "
        r"$K = \tilde\eta\sum\alpha_i > 1$ alone: $e^{i\theta}$ and $e^{-i\theta}$, each $n-1$ times, and "
        r"$\cos\theta$ once, with $\cos\theta = 2/K^2 - 1$, that is $\theta = 2\arccos(1/K)$. None is 1.",
        (
            kernel(
                LINEAR.format(""),
                "BeyondSphereGroups.linear_step",
                part="the derivative",
                mutants=[LINEAR.format("2 * ")],
                total=True,
            ),
            kernel(
                SPECTRUM_COQ.format(2, 2),
                "BeyondSphereGroups.spectrum",
                part="its spectrum",
                mutants=[SPECTRUM_COQ.format(1, 1)],
            ),
            algebra(turns, part="one turn", mutants=[turns.but(then=determinant == cos)]),
            smt(inside, part="no real multiplier 1", mutants=[inside.but(given=[k > 0])]),
            trial(
                "the derivative of a step of the toy function in |r_i| and the shares at eq. 9, by "
                "differences, 1 to 5 "
                "groups, K from 1.02 to 20, resonances among them",
                toy_runs.spectrum(),
                n=40,
                part="its spectrum",
                mutants=[("9/10 of the angle", toy_runs.spectrum(0.9))],
            ),
        ),
        clauses=(
            Clause("the 2n - 1 multipliers", ("the derivative", "its spectrum", "one turn")),
            Clause("none is 1", ("no real multiplier 1", "one turn")),
        ),
        note="In c_i = 1 + h p_i, a_i = 1 + h q_i, sum w_i q_i = 0. Equal p_i shrink by cos(theta), the "
        "rate of one group; on the other 2(n - 1) directions (sum w_i p_i = 0) the step J satisfies J^2 - "
        "2 cos(theta) J + 1 = 0. In x and y each r_i also changes its sign in every step, and the radial "
        "direction of the projection has multiplier 0.",
    ),
    needs=("beyond:mean-field", "regimes:eq9-attracts"),
)

DECAYS = (
    "two groups, K in ({}, {}): from near eq. 9, 1/H grows by {} 4(3 - K^2)/(K^4 - 5K^2 + 8) a step, within "
    f"{runs.WITHIN:.0%}"
)
RESTS = "two groups, K in ({}, {}): near eq. 9, H < {} after {} steps".format(
    "{}", "{}", runs.REST / 30, runs.SETTLED
)
LEAVES = f"2 to 5 groups, K in ({{}}, {{}}): a run from near eq. 9 leaves H < {runs.FAR} within {runs.SETTLED} steps"
gain = regimes.energy_gain(k)
sign = Statement([k > 1], And((gain < 0) == (k * k < 3), (gain == 0) == (k * k == 3)))
ROOT_THREE = sqrt(3)
STABILITY = Claim(
    id="beyond:stability",
    source="beyond",
    printed=Form(
        r"For every $n$ and $\alpha$ the gain $g(K)$ of beyond:normal-form changes its sign at $K = "
        r"\tilde\eta\sum\alpha_i = \sqrt3$, from negative to positive. Below, but for $K = \sqrt2$, "
        r"two groups that "
        r"begin near enough approach (9) like "
        r"$t^{-1/2}$: $1/H$ grows by $-g(K) = \frac{4(3-K^2)}{K^4-5K^2+8}$ a step, whatever the "
        r"$\alpha_i$; how near depends on $\alpha$ and $K$, and the more so the nearer $K$ is to "
        r"$\sqrt2$ from above. "
        r"Above $\sqrt3$, random starts near it, of two and more groups, leave it.",
        (
            smt(sign, part="the sign", mutants=[sign.but(then=(gain < 0) == (k * k < 2))]),
            trial(
                DECAYS.format(1.1, 1.7, ""),
                runs.gain_differs(1.1, 1.7),
                n=12,
                part="two groups",
                mutants=[(DECAYS.format(1.1, 1.7, "2 times"), runs.gain_differs(1.1, 1.7, 2))],
            ),
            trial(
                RESTS.format(1.05, 1.65),
                runs.keeps_away(1.05, 1.65),
                n=12,
                part="below",
                mutants=[(RESTS.format(1.77, 2.2), runs.keeps_away(1.77, 2.2))],
            ),
            trial(
                LEAVES.format(1.77, 2.2),
                runs.stays(1.77, 2.2, (2, 3, 4, 5)),
                n=12,
                part="above",
                mutants=[(LEAVES.format(1.5, 1.7), runs.stays(1.5, 1.7, (2, 3, 4, 5)))],
            ),
            trial(
                "two groups of weights up to 8 : 1 at K = sqrt 2 + 5e-3: of 40 random starts with H "
                "= 1e-2 some "
                "keep a third of it for 20,000 steps, of those with H = 1e-4 none; at K = sqrt 2 - 1e-2 none of "
                "those with H = 1e-2",
                toy_runs.basin_shrinks(),
                n=2,
                part="near sqrt 2",
                mutants=[("some of those with H = 1e-4 too", toy_runs.basin_shrinks(also_small=True))],
            ),
        ),
        clauses=(
            Clause("the gain changes its sign at sqrt 3", ("the sign",)),
            Clause("below, two groups that begin near approach it, at this rate", ("two groups", "below")),
            Clause("how near they have to begin", ("near sqrt 2",)),
            Clause("above, random starts near it leave it", ("above",)),
        ),
        note="ELR sqrt(3)/7 = 0.2474 for alpha = (1, 2, 4). The sign is proved; the rest are trials. From "
        "the normal form to stability is the theory of centre manifolds, which no engine here has: for two "
        "groups it holds for 1 < K < sqrt(3) but K = sqrt(2) (beyond:resonance). K = sqrt(3) is no "
        "resonance: theta = arccos(-1/3), and A and C of the normal form vanish together there.",
    ),
    needs=("beyond:spectrum", "beyond:normal-form"),
)

GROWS = f"alpha = (1, 2, 4), ELR {{}}: two close runs separate by less than {runs.CHAOS} a step on average"
PARTS = "alpha = (1, 2, 4), ELR {}: two close runs separate by 0.3 to 0.5 a step on average"
CALM = Claim(
    id="beyond:not-chaotic",
    source="beyond",
    printed=Form(
        r"The paper's 'chaotic equilibrium', $\alpha = (1,2,4)$ at $\tilde\eta = 0.2$ ($K = 1.4 < "
        r"\sqrt3$), is not chaotic: the largest Lyapunov exponent is 0. At $\tilde\eta = 0.5$ it is about "
        r"0.4 a step.",
        (
            trial(
                GROWS.format(0.2),
                runs.separates(0.2),
                n=6,
                part="0.2",
                mutants=[(GROWS.format(0.5), runs.separates(0.5))],
            ),
            trial(
                PARTS.format(0.5),
                runs.keeps_together(0.5),
                n=6,
                part="0.5",
                mutants=[(PARTS.format(0.2), runs.keeps_together(0.2))],
            ),
        ),
        clauses=(
            Clause("not chaotic at 0.2: exponent 0", ("0.2",)),
            Clause("chaotic at 0.5: about 0.4 a step", ("0.5",)),
        ),
        note="A trial. The equilibrium's multipliers lie on the unit circle, so an exponent of 0 is what "
        "convergence to it gives.",
    ),
    needs=("beyond:stability", "regimes:chaotic"),
)

SPLAYED = (
    "three groups of weights {}, K = 1.4, a third of a turn apart: H stays above a third of its start for "
    f"{runs.SETTLED} steps"
)
square_re, square_im = reals("square_re square_im")
idle = Statement([square_re == 0, square_im == 0, k > 1], gain * (square_re**2 + square_im**2) == 0)
SPLAY = Claim(
    id="beyond:splay",
    source="beyond",
    printed=Form(
        r"With three or more groups $K < \sqrt3$ is not enough: where $\langle z^2\rangle = \sum\omega_i "
        r"z_i^2 = 0$ the third order does not damp. Three equal groups that start a third of a turn apart "
        r"stay away from (9) for 20,000 steps at $K = 1.4$, where from near it two groups of any "
        r"weights, and "
        r"$\alpha = (1,2,4)$, approach it.",
        (
            trial(
                SPLAYED.format("(1, 1, 1)/3"),
                runs.splayed((1 / 3, 1 / 3, 1 / 3)),
                n=4,
                part="equal",
                mutants=[(SPLAYED.format("(1, 2, 4)/7"), runs.splayed((1 / 7, 2 / 7, 4 / 7)))],
            ),
            trial(
                "two groups of random weights, and alpha = (1, 2, 4), from H = 9e-4 at K = 1.4: "
                "after 20,000 steps of "
                "the toy function H is below a fifth of that",
                toy_runs.approaches(),
                n=3,
                part="others",
                mutants=[("at K = 1.8", toy_runs.approaches(1.8))],
            ),
            algebra(idle, part="the third order", mutants=[idle.but(without=0)]),
        ),
        clauses=(
            Clause("where <z^2> = 0 the third order does not change H", ("the third order",)),
            Clause("three equal groups a third of a turn apart stay away", ("equal",)),
            Clause("two groups, and alpha = (1, 2, 4), approach it", ("others",)),
        ),
        note="At third order such states turn without decay only if all |z_i| are equal, which for three "
        "groups forces equal alpha. From random starts three equal groups are chaotic at K = 1.5 already "
        "(the figure).",
    ),
    needs=("beyond:normal-form",),
)

ENDS = f"alpha = (1, 2), K = {{}}: after {runs.SETTLED} steps every random start is at rest in eq. 9{{}}"
ISLANDS = Claim(
    id="beyond:islands",
    source="beyond",
    printed=Form(
        r"Below $\sqrt3$ the equilibrium (9) need not be the only attractor: for $\alpha = (1,2)$ at $K = "
        r"1.45$, just above the resonance $K = \sqrt2$ where $\theta = \pi/2$, random starts end either "
        r"there or on a cycle of period 4, and both occur. At $K = 1.35$ all end there.",
        (
            trial(
                ENDS.format(1.45, " or on a cycle of period 4"),
                runs.ends_elsewhere(1.45, (1, 2)),
                n=12,
                part="one or the other",
                mutants=[
                    (ENDS.format(1.45, ""), runs.ends_elsewhere(1.45, (1, 2), cycle=0)),
                    ("on the cycle only", runs.ends_elsewhere(1.45, (1, 2), rest=False)),
                ],
            ),
            trial(
                ENDS.format(1.35, ""),
                runs.ends_elsewhere(1.35, (1, 2), cycle=0),
                n=12,
                part="away from it",
                mutants=[(ENDS.format(1.45, ""), runs.ends_elsewhere(1.45, (1, 2), cycle=0))],
            ),
        ),
        clauses=(
            Clause(
                "at K = 1.45 random starts end in one or the other, and both occur", ("one or the other",)
            ),
            Clause("at K = 1.35 all end there", ("away from it",)),
        ),
        note="A trial. In the same way cycles of period 5 and tori around them sit above K = 1/cos(pi/5) = "
        "1.236 for alpha = (1, 2, 4): the second attractor at ELR 0.18 (K = 1.26) of regimes:chaotic.",
    ),
    needs=("beyond:spectrum", "beyond:resonance", "beyond:second-attractor"),
)

CLAIMS = (MEAN_FIELD, SPECTRUM, STABILITY, CALM, SPLAY, ISLANDS)
