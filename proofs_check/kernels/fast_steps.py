"""kernel: the fast algebra of ``theory.kernels`` is the printed equation, for all reals."""

from proofs_check import And, Claim, Clause, Form, Statement, algebra, kernel, reals
from proofs_check.coq.generate import Printed
from sitheory.theory import kernels, periodic, regimes, sharpness

NOTE = (
    "For all reals; identities have the algebra alone. Rounding is the tests' business, which "
    "compare each loop with "
    "a naive twin."
)


def claim(name, source, sentence, *parts):
    """One claim; each part is (its name, a statement, wrong variants), or a check that is ready; each is a clause."""
    checks = []
    for part in parts:
        if isinstance(part, tuple):
            text, statement, mutants = part
            checks.append(algebra(statement, mutants=mutants, part=text))
        else:
            checks.append(part)
    named = dict.fromkeys(check.part for check in checks)
    clauses = tuple(Clause(part, (part,)) for part in named) if len(named) > 1 else ()
    printed = Form(sentence, tuple(checks), note=NOTE, clauses=clauses)
    return Claim(id=f"kernel:{name}", source=source, printed=printed)


alpha, elr, x, y, whole = reals("alpha elr x y S")
s = kernels.group_norm_sq(x, y)
rate = kernels.group_rate(elr, alpha)
turn = kernels.group_turn(rate, x, y, s)
moved = kernels.group_step(x, y, turn, whole)
grad_x, grad_y = regimes.quotient_grad(alpha, x, y)
printed = regimes.gradient_step(x, y, grad_x, grad_y, elr * whole)
halved = regimes.gradient_step(x, y, grad_x, grad_y, elr * whole / 2)
step = Statement([s != 0], And(moved[0] == printed[0], moved[1] == printed[1]))
group_elr = kernels.group_elr(elr, whole, s)
ess_sq = group_elr**2 * regimes.quotient_eff_grad_sq(alpha, x, y)
observed = Statement(
    [s != 0],
    And(
        kernels.group_loss(alpha, x, s) == alpha * regimes.quotient(x, y),
        group_elr == elr * whole / s,
        kernels.group_ess_sq(turn, whole) == ess_sq,
        kernels.quotient_value(alpha, x, y) == alpha * regimes.quotient(x, y),
    ),
)
length, root = reals("m t")
grown = whole + length
turned = Statement(
    [grown != 0, grown + root != 0, root * root == whole * grown],
    kernels.cos_dist_of_step(length, grown, root) == 1 - root / grown,
)

inverse = kernels.reciprocal(s)
k = 2 * elr * whole
slope, h, p, q = kernels.square_rates(alpha, x**2, y**2, inverse, k)
squares = kernels.square_step(x**2, y**2, p, q)
squared = Statement([s != 0], And(squares[0] == printed[0] ** 2, squares[1] == printed[1] ** 2))
seen = Statement(
    [s != 0],
    And(
        kernels.square_norm_sq(x**2, y**2) == s,
        kernels.square_loss(slope, x**2) == alpha * regimes.quotient(x, y),
        h == 2 * alpha * group_elr,
        kernels.square_elr(k, inverse) == group_elr,
        kernels.square_ess_sq(p, q) == ess_sq,
    ),
)
a, b, c = reals("a b c")
two, three = kernels.reciprocals_of_two(a, b), kernels.reciprocals_of_three(a, b, c)
merged = Statement(
    [a != 0, b != 0, c != 0],
    And(two[0] == 1 / a, two[1] == 1 / b, three[0] == 1 / a, three[1] == 1 / b, three[2] == 1 / c),
)

grad, lr, wd, norm_sq, grad_sq, tan_sq = reals("g lr wd n d q")
keep = periodic.resting_cos(lr, wd)
kept = Statement(
    [],
    And(
        kernels.kept_step(x, grad, lr, keep) == periodic.decay_step(x, grad, lr, wd),
        kernels.sphere_step(x, grad, elr) == regimes.gradient_step(x, y, grad, grad, elr)[0],
    ),
)
angle = Statement(
    [norm_sq != 0, keep != 0],
    kernels.step_tan_sq(norm_sq, grad_sq, lr, keep)
    == periodic.inverse_cos_sq(norm_sq, norm_sq * grad_sq, lr, wd) - 1,
)
cosine = Statement(
    [root != 0, 1 + root != 0, root * root == 1 + tan_sq],
    kernels.cos_dist_of_tan(tan_sq, root) == 1 - 1 / root,
)

following = kernels.harmonic_next(
    *(Printed(t) for t in ("cos (k * phi)", "sin (k * phi)", "cos phi", "sin phi"))
)
ANGLES = (
    f"forall k phi : R, {following[0].text} = cos (k * phi + phi) /\\ "
    f"{following[1].text} = sin (k * phi + phi)"
)
WRONG_ANGLES = ANGLES.replace("sin (k * phi + phi)", "sin (k * phi - phi)")

first, second, third = reals("b1 b2 b3")
low, width, u1, u2, u3 = reals("l h u1 u2 u3")
factor = kernels.kept_share(alpha)
scales = kernels.beta_scaled(factor, low, width)
shares = [
    kernels.scaled_beta(scales[1 + 2 * i], share, scales[2 + 2 * i]) for i, share in enumerate((u1, u2, u3))
]
betas = [kernels.beta_between(low, low + width, share) for share in (u1, u2, u3)]
x1 = periodic.beta_next(x, alpha, betas[0])
x2 = periodic.beta_next(x1, alpha, betas[1])
triple = Statement(
    [x != 0, factor != 0, x1 != 0, x2 != 0],
    kernels.beta_triple(x, scales[0], *shares) == periodic.beta_next(x2, alpha, betas[2]),
)
single = Statement([x != 0], kernels.kept_beta_next(x, factor, first) == periodic.beta_next(x, alpha, first))

w, sign, beta, cone, side, quartic, lift = reals("w sigma beta cone side kappa h")
wall, bend, rest = kernels.cone_walls(lift, cone, side, quartic)
flat, slanted, _ = sharpness.cone_wall(cone, quartic)
cone_grad = sharpness.cone_grad(w, alpha, sign, beta, norm_sq, lift, cone, side, flat, slanted)
cone_step = Statement(
    [norm_sq != 0],
    kernels.cone_step(w, alpha, sign, beta, wall, bend, rest, kernels.cone_rate(lr, 1 / norm_sq), keep)
    == periodic.decay_step(w, cone_grad, lr, wd),
)

CLAIMS = (
    claim(
        "toy-coordinates",
        "regimes (2), (7), (18), (26)",
        r"At any norm, with $S = \sum_i (x_i^2+y_i^2)$, the loop's step of $(x, y)$ is that of "
        r"learning rate $\tilde\eta S$; its loss, ELRs, $\mathrm{ESS}^2$ and $1-\cos$ are those of the state "
        r"divided by $\sqrt S$.",
        ("the step", step, [Statement(step.given, And(moved[0] == halved[0], moved[1] == halved[1]))]),
        (
            "what is observed",
            observed,
            [observed.but(then=kernels.group_ess_sq(turn, whole) == ess_sq * 2)],
        ),
        (
            "the cosine distance",
            turned,
            [turned.but(then=kernels.cos_dist_of_step(length, grown, root) == 1 - whole / grown)],
        ),
    ),
    claim(
        "toy-squares",
        "regimes (2), (7), (18), (26)",
        r"In $u = x^2$, $v = y^2$ the step is $u(1-p)^2$, $v(1+q)^2$ with $p = dv$, $q = du$, "
        r"$d = 2\tilde\eta S\alpha/(u+v)^2$, and $pq$ is the squared ESS.",
        ("the step", squared, [squared.but(then=squares[0] == halved[0] ** 2)]),
        ("what is observed", seen, [seen.but(then=h == alpha * group_elr)]),
    ),
    claim(
        "reciprocals",
        "regimes (18)",
        r"The reciprocals of two or three numbers that are not zero follow from that of their product.",
        ("two and three", merged, [merged.but(then=three[0] == 1 / b)]),
    ),
    claim(
        "decay-step",
        "periodic (1), (8)",
        r"With $k = 1-\eta\lambda$ the step is $kx - \eta g$; $\tan^2$ of the angle between adjacent "
        r"iterates is "
        r"$\eta^2|g|^2/(k^2\rho^2)$, and $1-\cos = \tan^2/(r(1+r))$ with $r^2 = 1+\tan^2$.",
        ("the step", kept, [kept.but(then=kernels.kept_step(x, grad, lr, keep) == x - lr * grad)]),
        (
            "the angle",
            angle,
            [angle.but(then=kernels.step_tan_sq(norm_sq, grad_sq, lr, keep) == lr**2 * grad_sq / norm_sq)],
        ),
        (
            "the cosine",
            cosine,
            [cosine.but(then=kernels.cos_dist_of_tan(tan_sq, root) == 1 - root)],
        ),
    ),
    claim(
        "harmonics",
        "periodic (1)",
        r"The recurrence of the planar loss takes $\cos k\varphi$, $\sin k\varphi$ to $\cos(k+1)\varphi$, "
        r"$\sin(k+1)\varphi$.",
        kernel(
            ANGLES,
            "ltac:(intros k phi; rewrite cos_plus, sin_plus; split; ring)",
            mutants=[WRONG_ANGLES],
            part="the recurrence",
        ),
    ),
    claim(
        "beta-steps",
        "periodic (10)",
        r"A beta-sequence's step with $k = 1-\alpha$ is $kx + \beta/x$; three steps with one division "
        r"are three steps.",
        (
            "one step",
            single,
            [single.but(then=kernels.kept_beta_next(x, factor, first) == alpha * x + first / x)],
        ),
        (
            "three steps",
            triple,
            [triple.but(then=kernels.beta_triple(x, scales[0], *shares) == x2)],
        ),
    ),
    claim(
        "cone-step",
        "sharpness figure 4",
        r"On the cone the loop's step $w(k - s\,(\dots))$, $s = 2\eta/|w|^2$, is the step of descent "
        r"with weight decay "
        r"along the printed gradient.",
        (
            "the step",
            cone_step,
            [
                cone_step.but(
                    then=kernels.cone_step(w, alpha, sign, beta, wall, bend, rest, lr * (1 / norm_sq), keep)
                    == periodic.decay_step(w, cone_grad, lr, wd)
                )
            ],
        ),
    ),
)
