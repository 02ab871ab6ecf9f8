"""Appendix B: the mean gradient norm (28) and the mean square (29) over equally likely mini-batches."""

from proofs_check import (
    And,
    Claim,
    Clause,
    Failure,
    Form,
    Implies,
    Kind,
    Q,
    Statement,
    algebra,
    certificate,
    kernel,
    reals,
    smt,
)

HALF = Q(1, 2)
u, v = reals("u_1 u_2"), reals("v_1 v_2")
a, b = reals("a b")


def _mean(first, second):
    return HALF * first + HALF * second


def _norm_sq(vector):
    return sum(c * c for c in vector)


means = [_mean(c, d) for c, d in zip(u, v, strict=True)]
trace = sum(_mean((c - m) ** 2, (d - m) ** 2) for c, d, m in zip(u, v, means, strict=True))
second_moment = _mean(_norm_sq(u), _norm_sq(v))
is_trace = Statement([], trace == second_moment)
same = Statement([a >= 0, b >= 0], _mean(a, b) ** 2 == _mean(a * a, b * b))
exact = Statement([], trace == second_moment - _norm_sq(means))
jensen = Statement(
    [a >= 0, b >= 0],
    And(
        _mean(a, b) ** 2 <= _mean(a * a, b * b),
        Implies(_mean(a, b) ** 2 == _mean(a * a, b * b), a == b),
        Implies(a == b, _mean(a, b) ** 2 == _mean(a * a, b * b)),
    ),
)
TRACE_COQ = (
    "forall N P (g : nat -> nat -> R), (0 < N)%nat -> "
    "sum_to P (fun j => mean N (fun b => (g b j - mean N (fun c => g c j)) ^ 2)) "
    "= mean N (fun b => norm_sq P (g b)){}"
)
CENTRED = " - norm_sq P (fun j => mean N (fun c => g c j))"
JENSEN_COQ = (
    "forall N a, (0 < N)%nat -> mean N a ^ 2 {} mean N (fun b => a b ^ 2) /\\ "
    "(mean N a ^ 2 = mean N (fun b => a b ^ 2) <-> forall b, (b < N)%nat -> a b = mean N a)"
)
COVARIANCE = Claim(
    id="regimes:covariance-trace",
    source="regimes appendix B, (28), (29)",
    printed=Form(
        r"$\mathbb E\|\nabla L_B\|^2$ is the trace of the gradient covariance (29), and (28) and (29) "
        r"are identical up to "
        r"taking the square.",
        (
            smt(is_trace, part="the trace", mutants=[is_trace.but(then=trace == 2 * second_moment)]),
            smt(same, part="the square", mutants=[same.but(then=_mean(a, b) == _mean(a * a, b * b))]),
        ),
        note="Two equally likely batches. (29) is the trace of the second moment E g g^T, which the "
        "paper writes down "
        "and calls the covariance. 'Up to the square under the expectation' is true as typography; read "
        "as a "
        "statement about the two measures, (28)^2 = (29), it fails.",
        failure=Failure(
            Kind.HYPOTHESIS,
            "the mean gradient has to be 0: else its square is to be taken off",
            "two batches of gradients (0, 0) and (0, 1): the trace is 1/4, the mean square 1/2",
        ),
        clauses=(
            Clause("the mean square is the trace of the covariance", ("the trace",)),
            Clause("(28) and (29) agree up to the square", ("the square",)),
        ),
    ),
    amended=Form(
        r"$\operatorname{tr}\operatorname{Cov}(g) = \mathbb E\|g\|^2 - \|\mathbb E g\|^2$, and "
        r"$(\mathbb E\|g\|)^2 \le \mathbb E\|g\|^2$, with equality if and only if all batches have the "
        r"same gradient norm; "
        r"the gap is the variance of the norm.",
        (
            algebra(exact, part="the trace", mutants=[is_trace]),
            kernel(
                TRACE_COQ.format(CENTRED),
                "RegimesMore.covariance_trace_exact",
                part="the trace",
                mutants=[TRACE_COQ.format("")],
            ),
            smt(jensen, part="the square", mutants=[jensen.but(then=_mean(a, b) ** 2 < _mean(a * a, b * b))]),
            certificate(
                jensen,
                hints=(a - b,),
                part="the square",
                mutants=[jensen.but(then=_mean(a, b) ** 2 < _mean(a * a, b * b))],
            ),
            kernel(
                JENSEN_COQ.format("<="),
                "RegimesMore.covariance_trace",
                part="the square",
                mutants=[JENSEN_COQ.format("<")],
            ),
        ),
        note="The kernel has any number of batches and any dimension, the other engines two batches. "
        "That the two "
        "measures nearly agree on networks (Figure 9) is an observation about the variance of the norm.",
        clauses=(
            Clause("the trace", ("the trace",)),
            Clause("the squared mean is at most the mean square, with equality only if", ("the square",)),
        ),
    ),
)

CLAIMS = (COVARIANCE,)
