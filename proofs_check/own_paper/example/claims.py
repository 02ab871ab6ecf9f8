"""Five statements: two that hold, one that fails, one that says about how much, one that no engine here decides."""

from dataclasses import replace

from proofs_check import (
    Claim,
    Failure,
    Form,
    Kind,
    Or,
    Process,
    Statement,
    algebra,
    induction,
    kernel,
    reals,
    smt,
)

from . import formulas

a, lr, x, low, high = reals("a lr x low high")

descends = Statement(
    given=[a > 0, lr > 0, lr * a < 2],
    then=formulas.loss(a, formulas.step(a, lr, x)) <= formulas.loss(a, x),
)
DESCENT = Claim(
    id="example:descent",
    source="Lemma 1",
    printed=Form(
        r"for $0 < \eta < 2/a$ no step makes the loss larger",
        (smt(descends, mutants=[descends.but(without=2), descends.but(then=formulas.step(a, lr, x) <= x)]),),
    ),
)

# A power of time is one more state variable, multiplied by its base at each step.
start, power = reals("start power")
by_time = Process(
    state=[x, power],
    following=[formulas.step(a, lr, x), power * formulas.factor(a, lr)],
    given=[],
    start=[x == start, power == 1],
    invariant=[x == power * start],
)
GEOMETRIC = Claim(
    id="example:geometric",
    source="eq. 4",
    printed=Form(
        r"$x_t = (1 - \eta a)^t x_0$ for all $t$",
        (
            induction(by_time, mutants=[replace(by_time, invariant=[x == power * x])]),
            kernel(
                "forall a lr x t, Lemmas.run a lr x t = (1 - lr * a) ^ t * x",
                "Lemmas.geometric",
                mutants=["forall a lr x t, Lemmas.run a lr x t = (1 + lr * a) ^ t * x"],
            ),
        ),
    ),
)


def no_step_beats(rate):
    """For curvatures from low to high, one of the two ends shrinks by no less than the rate."""
    ends = [abs(formulas.factor(curvature, lr)) >= rate for curvature in (low, high)]
    return Statement(given=[low > 0, low <= high, lr > 0], then=Or(*ends))


best = no_step_beats(formulas.best_rate(low, high))
BEST = Claim(
    id="example:best",
    source="Proposition 2",
    printed=Form(
        r"over curvatures from $l$ to $h$ no step size has a smaller worst factor than $1/h$ has, $1 - l/h$",
        (smt(no_step_beats(1 - low / high)),),
        failure=Failure(Kind.CONSTANT, "2/(l + h) balances the two ends and is better than 1/h"),
    ),
    amended=Form(
        r"no step size has a smaller worst factor than $2/(l + h)$ has, $(h - l)/(h + l)$",
        (smt(best, mutants=[no_step_beats((high - low) / high), no_step_beats(high / (high + low))]),),
    ),
    needs=("example:descent",),
)

two_steps = formulas.factor(a, lr) ** 2
exactly = Statement([], two_steps == 1 - 2 * lr * a + (lr * a) ** 2)
SMALL = Claim(
    id="example:small-steps",
    source="remark after eq. 4",
    printed=Form(
        r"for small $\eta$ two steps multiply $x$ by about $1 - 2 \eta a$",
        hedge="about",
        note="How small, and how much about: see the amended form.",
    ),
    amended=Form(
        r"two steps multiply $x$ by $1 - 2 \eta a + (\eta a)^2$",
        (algebra(exactly, mutants=[exactly.but(then=two_steps == 1 - 2 * lr * a)]),),
    ),
)

CONVEX = Claim(
    id="example:convex",
    source="section 3",
    printed=Form(
        "the same step sizes do for every convex function with the same curvatures",
        note="Quantifies over functions: it needs a proof for the kernel, and none is written yet.",
    ),
)

CLAIMS = (DESCENT, GEOMETRIC, BEST, SMALL, CONVEX)
