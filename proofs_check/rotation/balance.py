"""Balance between layers, the time to equilibrium, and the rotational variants."""

from proofs_check import And, Claim, Clause, Form, Statement, algebra, ball, enclosure, less, reals, root, smt
from sitheory.theory import rotation

lr, wd, alpha, beta, update_sq, memory, factor = reals("eta lambda alpha b R_0 S k")
SAME = [alpha > 0, alpha < 1, update_sq > 0, memory >= 0, factor > 0]
balance = Statement(
    SAME,
    rotation.rest_chord_sq(factor * update_sq, factor * memory, alpha)
    == rotation.rest_chord_sq(update_sq, memory, alpha),
)
rms, first, second, entries = reals("s a c C")
adam_l2 = Statement(
    [
        *(lr > 0, wd > 0, rms > 0, first > 0, second > 0, entries > 0, beta >= 0, beta < 1, factor > 0),
        first**3 == rotation.adam_l2_norm_cubed(rms, lr, wd),
        second**3 == rotation.adam_l2_norm_cubed(factor * rms, lr, wd),
    ],
    rotation.adam_l2_step_sq(entries, first**2, lr, beta)
    == rotation.adam_l2_step_sq(entries, second**2, lr, beta),
)
heavy = Statement(
    [lr > 0, beta >= 0, beta < 1], rotation.heavy_chord_sq(lr, wd, beta) * (1 + beta) == 2 * (lr * wd)
)
differs = adam_l2.but(
    given=[*adam_l2.given, factor > 1],
    then=rotation.adam_l2_step_sq(entries, second**2, lr, beta)
    < rotation.adam_l2_step_sq(entries, first**2, lr, beta),
)
BALANCE = Claim(
    id="rotation:balance",
    source="rotation 3 and 4",
    printed=Form(
        r"At equilibrium all layers and neurons turn at the same rate, whatever their size and the scale of "
        r"their gradients "
        r"(SGD with momentum, AdamW, Lion); Adam with L2 does not balance them.",
        (
            algebra(
                balance,
                mutants=[balance.but(then=balance.then.arg(0) == factor * balance.then.arg(1))],
                part="same memory",
            ),
            algebra(
                heavy,
                mutants=[heavy.but(then=rotation.heavy_chord_sq(lr, wd, beta) == 2 * lr * wd)],
                part="momentum",
            ),
            smt(
                differs,
                mutants=[differs.but(then=adam_l2.then)],
                part="Adam with L2",
            ),
        ),
        clauses=(
            Clause("decoupled decay: the updates' size is not in the turn", ("same memory",)),
            Clause("SGD with momentum: eta lambda and mu alone", ("momentum",)),
            Clause("Adam with L2: larger gradients turn less", ("Adam with L2",)),
        ),
        note="In the mean, of layers whose gradients are noise with one and the same memory, which is none. A "
        "signal, which "
        "differs from layer to layer, breaks it; so does Muon between layers of different shapes "
        "(hyperball:geometric).",
    ),
    needs=("hyperball:step-size", "rotation:adam-l2", "rotation:sgdm"),
)

norm_sq, rest_sq, gap, kept, remembered = reals("N N_0 d q r")
TWO = [alpha > 0, alpha < 1, beta >= 0, beta < 1, beta != alpha]
later = rotation.average_norm_sq_after(norm_sq, rest_sq, gap, kept, remembered, lr, alpha, beta)
resting = rotation.average_rest_norm_sq(update_sq, lr, alpha, beta)
inner_rest = rotation.inner_at_rest(rotation.geometric_memory(update_sq, beta, alpha), lr)
DIVISORS = [alpha * beta < 1, 1 - alpha**2 > 0]
onward = Statement(
    [*TWO, *DIVISORS, rest_sq == resting],
    rotation.norm_sq_next(later, inner_rest + remembered * gap, update_sq, lr, alpha)
    == rotation.average_norm_sq_after(
        norm_sq, rest_sq, gap, alpha**2 * kept, alpha * beta * remembered, lr, alpha, beta
    ),
)
begins = Statement(
    TWO, rotation.average_norm_sq_after(norm_sq, rest_sq, gap, 1, 1, lr, alpha, beta) == norm_sq
)


def between(low, high):
    """Whether the time constant at eta lambda = 1/100 is within low and high of 1/(2 eta lambda) = 50."""
    time = rotation.relaxation_time(ball("99/100"), lambda x: x.log())
    return less(ball(low), time) & less(time, ball(high))


TIME = Claim(
    id="rotation:time",
    source="rotation 3.2, appendix",
    printed=Form(
        r"The norm approaches equilibrium exponentially, $\|W\|^2$ with the time constant $1/(2\eta\lambda)$ "
        r"(AdamW, Lion).",
        note="First order in eta lambda by derivation.",
        hedge="a derivation that drops the square of eta lambda",
    ),
    amended=Form(
        r"For an average with decoupled decay $E\|W_t\|^2$ is exactly its rest plus $A\alpha^{2t} + "
        r"B(\alpha\beta_1)^t$: two "
        r"rates, of which the first is the slower one where $\beta_1 < \alpha$, with the time constant "
        r"$-1/(2\ln\alpha)$, at "
        r"$\eta\lambda = 1/100$ between 49.7 and 49.8.",
        (
            algebra(onward, mutants=[onward.but(without=7)], part="a step"),
            algebra(
                begins,
                mutants=[
                    begins.but(
                        then=rotation.average_norm_sq_after(norm_sq, rest_sq, gap, 1, 0, lr, alpha, beta)
                        == norm_sq
                    )
                ],
                part="the start",
            ),
            enclosure(
                "-1/(2 log(99/100)) is between 497/10 and 498/10",
                lambda: between("497/10", "498/10"),
                mutants=[("between 50 and 51", lambda: between("50", "51"))],
                part="the constant",
            ),
        ),
        clauses=(
            Clause("the closed form", ("a step", "the start")),
            Clause("the constant", ("the constant",)),
        ),
        note="Start and step give every t. SGD on a scale-invariant loss has twice the rate in |W|^4 "
        "(periodic:prop3).",
    ),
    needs=("hyperball:projection", "hyperball:recursion"),
)

rate, average_sq, share, power = reals("eta_r M d_u q")
moved_root, is_root = root(1 + rate**2, "h")
FIRST = [rate > 0, rate < 1, update_sq > 0]
first_step = Statement(FIRST, (rate**2 / update_sq) * update_sq == rate**2)
stays = Statement(
    [share >= 0, share < 1, average_sq == (1 - power) * update_sq],
    share * average_sq + (1 - share) * update_sq == (1 - share * power) * update_sq,
)
chord_sq = 2 * (1 - 1 / moved_root)
projected = Statement(
    [rate > 0, rate < 1, is_root, moved_root > 0],
    And(chord_sq < rate**2, chord_sq > rate**2 * (1 - 3 * rate**2 / 4)),
)
RMS = Claim(
    id="rotation:rms",
    source="rotation 4.3, algorithm 1; the authors' code",
    printed=Form(
        r"The rotational variants, $W' = \mathrm{Norm}(W - \eta_r\|W\|\,\Delta/\sqrt{\overline{\|\Delta\|^2}})$ "
        r"with $\Delta$ "
        r"across $W$ and a bias-corrected mean of squares, keep the equilibrium rate $\eta_r$ from the first step.",
        note="What is kept exactly is the tangent of the turn.",
        hedge="in the RMS, and before the projection back",
    ),
    amended=Form(
        r"At the first step the mean is $\|\Delta\|^2$ itself, and while $\|\Delta\|$ is constant it stays so: "
        r"then $\tan$ of "
        r"the turn is $\eta_r$ at every step ($\epsilon = 0$), and the squared step of the direction between "
        r"$(1-\frac34\eta_r^2)\eta_r^2$ and $\eta_r^2$.",
        (
            algebra(
                first_step,
                mutants=[first_step.but(then=first_step.then.arg(0) == rate)],
                part="the first step",
            ),
            algebra(
                stays,
                mutants=[stays.but(then=stays.then.arg(0) == (1 - power) * update_sq)],
                part="constant updates",
            ),
            smt(projected, mutants=[projected.but(then=chord_sq >= rate**2)], part="projected back"),
        ),
        clauses=(
            Clause("the first step", ("the first step",)),
            Clause("constant updates", ("constant updates",)),
            Clause("the step of the direction", ("projected back",)),
        ),
        note="The tangent, where equilibrium itself has eta_r as a chord (rotation:sgdm) or but for 1 + eta "
        "lambda (AdamW). "
        "Where |Delta| grows within the memory of the mean, steps are longer for as long.",
    ),
    needs=("hyperball:hyperball-step",),
)

CLAIMS = (BALANCE, TIME, RMS)
