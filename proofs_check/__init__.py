r"""Decide the claims of theory papers by machine; one folder a paper, one file a numbered statement.

How to write a claim. A file ``proofs_check/<paper>/<statement>.py`` defines ``CLAIMS``, a tuple:

    >>> from proofs_check import Claim, Form, Q, Statement, algebra, decide, reals, smt
    >>> from sitheory.theory import periodic
    >>> alpha, gamma = reals("alpha gamma")
    >>> climbs = Statement(
    ...     given=[0 < alpha, alpha < Q(1, 2), 0 < gamma, gamma < 1],
    ...     then=periodic.phi(gamma, alpha) > gamma,
    ... )
    >>> slips = [climbs.but(then=periodic.phi(gamma, alpha) > 1), climbs.but(given=climbs.given[:3])]
    >>> mine = Claim(
    ...     id="mine:climbs",
    ...     source="periodic A.4, (13a)",
    ...     printed=Form(r"$\gamma < 1 \Rightarrow \varphi(\gamma) > \gamma$", (smt(climbs, mutants=slips),)),
    ... )
    >>> str(decide(mine).printed.status)
    'PROVED'

**Statements.** ``Statement(given, then, forall=())`` is: for all real values of the variables, all of
``given`` implies ``then``. Make variables with ``reals("x y")``, constants with ``Q(1, 2)``, and
terms by calling ``sitheory.theory`` on them (``abs`` works). Connectives are ``And, Or, Not,
Implies`` and ``==`` between Booleans for "if and only if". A root: ``t, is_root = root(s, "t")`` with
``is_root`` among ``given``. Each divisor must be non-zero by what stands before it, or the verdict is
OPEN ("undefined"): order ``given`` so. ``statement.but(given=..., then=..., without=i)`` makes mutants. A maximum
is ``If(x > y, x, y)``.

**Vectors** of every dimension: ``space = Vectors("x g")``, ``x, g = space``. They add, take factors, and have inner
products ``x @ g``; ``space.real`` belongs to ``given``. Random variables are vectors, with E[x y] as product.

**Engines** make the checks of a form; all take ``mutants=`` (wrong variants: statements) and ``part=``:

- ``algebra(statement)``: ``then`` is an equation or an ``And`` of some; equations in ``given`` are used;
- ``smt(statement, timeout=20)``: z3, cvc5 for a second opinion;
- ``certificate(statement, hints=())``: a non-negative combination, exact, checked by Coq besides;
- ``kernel(statement_or_coq_text, term, refutes=None)``: the term is a theorem, as ``python -m proofs_check.coq.lemmas
  WORD`` prints them (``"Beta.eq13a"``), or any Coq term (``"ltac:(intros; apply Beta.eq13a; lra)"``); to refute, the
  term proves ``~ (statement)`` and ``refutes={"x": "1/2"}`` names the witness;
- ``induction(Process(state, following, given, start, invariant, then=None, inputs=None), by=...)``: all times t;
  ``inputs`` are the letters that differ from step to step, all others stay; ``process.after(2)`` is the claim after
  two steps, which ``smt`` can refute;
- ``enclosure(text, holds)``: ``holds()`` returns ``less(ball, ball)`` or ``at_most``, or some put together by
  ``& | ~`` and ``all_of``: yes, no or cannot tell, never a Boolean; numbers are ``ball(Q(1, 10))`` and
  ``flint.arb.pi()``, floats are refused;
- ``everywhere(text, holds, over={"x": (0, 1)})``: the same at every point of a box; ``holds(x=...)`` takes balls, which
  have ``.exp() .log() .sin() .erf()`` and more;
- ``trial(statement, n=2000, seed=0)`` or ``trial(text, attempt)``: can refute, never prove;
  ``attempt(random.Random)`` gives a checked witness dict or None. Mutants of texts are pairs.

**Clauses.** A sentence that says several things names its ``clauses``, each with the parts that decide it; one
without parts keeps the form from being PROVED. ``hedge`` holds the words that make a sentence inexact, and
``failure`` in what way it fails.

**Forms.** Checks with the same ``part`` confirm each other; a form is PROVED when all its parts are.
Confirm every proved inequality with two engines, or say in ``Form(note=...)`` why not. Formalise
``printed`` exactly as printed. Where that is REFUTED or says nothing exact (no checks, and a note),
add ``amended=Form(...)``, the strongest true statement near it; ``needs=("periodic:13b", ...)`` names
the claims that it depends on. Each claim has at least one mutant. ``derivation=function`` gives a
list of ``Derivation(start, [Step(expression, why, using={}), ...], therefore="")`` of sympy
expressions, each equal to the one before it (after substituting ``using``).

``python -m proofs_check periodic:13a`` decides a claim; ``python -m proofs_check`` all of them.
``proofs_check/si/`` is the worked example.
"""

from typing import Any

from proofs_check.verdicts.claims import Check, Claim, Form, Outcome, Status, Verdict
from proofs_check.verdicts.clauses import Clause, Failure, Kind

try:
    from z3 import And, If, Implies, Not, Or

    from proofs_check.engines.balls import at_most, ball, enclosure, less
    from proofs_check.engines.boxes import everywhere
    from proofs_check.engines.coq_kernel import kernel
    from proofs_check.engines.exact_algebra import algebra
    from proofs_check.engines.falsify import trial
    from proofs_check.engines.handelman import certificate
    from proofs_check.engines.induction import Process, induction
    from proofs_check.engines.solvers import smt
    from proofs_check.statements.answers import all_of
    from proofs_check.statements.derivations import Derivation, Step
    from proofs_check.statements.terms import Q, Statement, between, reals, root
    from proofs_check.statements.vectors import Vectors
except ModuleNotFoundError as absent:
    # Named like the package itself: so ``python -m proofs_check`` says it in one line.
    law = f"need the solvers, pip install 'sitheory[proofs]', got no module {absent.name!r}"
    raise ModuleNotFoundError(law, name="proofs_check") from None

__all__ = [
    "And", "Check", "Claim", "Clause", "Derivation", "Failure", "Form", "If", "Implies", "Kind", "Not", "Or",
    "Outcome", "Process", "Q", "Statement", "Status", "Step", "Vectors", "Verdict", "algebra", "all_of",
    "at_most", "ball", "between", "certificate", "decide", "enclosure", "everywhere", "induction", "kernel",
    "less", "reals", "root", "smt", "trial",
]  # fmt: skip


def decide(claim: Claim) -> Outcome:
    """Decide a claim now: the statuses and verdicts of its printed and amended forms."""
    return claim.verify()


def __getattr__(name: str) -> Any:
    """Load the ledger, with its committed verdicts, when it is first used."""
    if name == "ledger":
        from proofs_check.verdicts.book import load

        return load()
    raise AttributeError(f"module 'proofs_check' has no attribute {name!r}")
