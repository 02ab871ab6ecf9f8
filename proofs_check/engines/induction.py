"""Engine ``induction``: statements over all times t, from a start and a step that engines decide.

What is given holds at every time (for each step's own inputs); ``state`` moves to ``following`` in
one step; the ``invariant`` holds at the start, is kept by a step, and implies the conclusion.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import z3

from proofs_check.engines import exact_algebra, handelman, solvers, variants
from proofs_check.statements import terms
from proofs_check.statements.language import checked, checked_variable
from proofs_check.statements.terms import Statement, facts_text, text
from proofs_check.statements.vectors import gram_facts, vectors_of
from proofs_check.verdicts.claims import Check, Status, Verdict

Decide = Callable[[Statement], Verdict]
REACHED = 3
"""A process of which no run gets as far as this step says nothing about all times."""


@dataclass(frozen=True, eq=False)
class Process:
    """A statement over all times of a system that moves step by step.

    Attributes:
        state: variables whose values change.
        following: their values one step later, in terms of state, parameters and the step's inputs.
        given: facts that hold at every time, for each step's own inputs; one on the state holds for as long as the run
            is followed.
        start: facts on the state at time 0.
        invariant: what is kept; a sequence of facts.
        then: what is claimed of the state at every time; the invariant itself if None.
        inputs: the letters that may be another number at every step; all others that are no state stay the same. If
            None, so do those of the start, the invariant and the conclusion; a proof then holds whatever the others do,
            and ``after`` refuses them, since a counterexample needs to know.

    Raises:
        ValueError: If a state is no variable, has no following value, or a fact is none of the language; if an input
            is a state, or is named by the start, the invariant or the conclusion, which speak of one time; if an inner
            product would stay the same while a state is a changing product of one of its vectors.
    """

    state: Sequence[Any]
    following: Sequence[Any]
    given: Sequence[Any]
    start: Sequence[Any]
    invariant: Sequence[Any]
    then: Any = None
    inputs: Sequence[Any] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, list | tuple | None):
            raise ValueError(f"need a list of variables as inputs, or None, got {self.inputs!r}")
        for variable in (*self.state, *(self.inputs or ())):
            checked_variable(variable)
        names = [str(variable) for variable in self.state]
        if not names or len(set(names)) != len(names) or len(self.following) != len(names):
            raise ValueError(
                f"need states with one following value each, got {names} and {len(self.following)} values"
            )
        for value in self.following:
            checked(value, z3.Z3_REAL_SORT)
        for name in ("state", "following", "given", "start", "invariant"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # what was checked is what is decided
        facts = (*self.given, *self.start, *self.invariant, *(() if self.then is None else (self.then,)))
        for fact in facts:
            checked(fact)
        if self.inputs is not None:
            object.__setattr__(self, "inputs", tuple(self.inputs))
            own = {str(variable) for variable in self.inputs}
            if clash := sorted(
                own & {*names, *self._named(*self.start, *self.invariant, *self._terms()["then"])}
            ):
                raise ValueError(
                    "need inputs that are no state and that start, invariant and conclusion do not name, got "
                    f"{clash[0]!r}"
                )
        moving = {s: v for s, v in zip(self.state, self.following, strict=True) if not z3.eq(s, v)}
        vectors = vectors_of(map(str, moving))
        if held := [name for name in self.constants if vectors_of([name]) & vectors]:
            raise ValueError(
                f"need a state for each inner product of a vector that may move, got {held[0]}, which would stay the "
                "same; one that does follows as itself"
            )

    @property
    def parts(self) -> dict[str, Statement]:
        """The statements that compose to the one over all t."""
        kept = z3.And(*self.invariant)
        unseen = [
            v for s, v in zip(self.state, self.following, strict=True) if str(s) not in self._named(kept)
        ]
        later = z3.substitute(kept, *zip(self.state, self.following, strict=True))
        if values := _have_values(unseen):  # a step that has none ends the run
            later = z3.And(later, *values)
        still = [fact for fact in self.start if self._named(fact) <= set(self.constants)]
        parts = {
            "start": Statement([*self.given, *self.start], kept),
            "step": Statement([*self.given, *still, *self.invariant], later),
        }
        if self.then is not None:
            parts["conclusion"] = Statement([*self.given, *still, *self.invariant], self.then)
        return parts

    @property
    def followed(self) -> list[Any]:
        """What is given of the state, whatever the inputs are: where it fails a run is followed no longer."""
        states, inputs = {str(variable) for variable in self.state}, set(self._varying())
        real = gram_facts(
            dict.fromkeys(n for fact in self.given for n in terms.variables(fact))
        )  # of any vectors
        own = [fact for fact in self.given if not any(z3.eq(fact, one) for one in real)]
        return [fact for fact in own if (named := self._named(fact)) & states and not named & inputs]

    def _named(self, *terms_of: Any) -> set[str]:
        """The variables of some terms."""
        return {name for term in terms_of for name in terms.variables(term)}

    def after(self, steps: int) -> Statement:
        """What is claimed of the state at one time: a statement that an engine can refute.

        Args:
            steps: How many steps from the start; each has inputs of its own, ``a_0``, ``a_1``, .. for an input ``a``.

        Returns:
            The statement: what is given holds at each of these times.

        Raises:
            ValueError: If it is no whole number >= 0, if it is not known which letters are ``inputs``, or if inner
                products are not given as those of real vectors.
        """
        if type(steps) is not int or steps < 0:
            raise ValueError(f"need a whole number of steps >= 0, got {steps!r}")
        if self.inputs is None and (unsaid := self._varying()):
            raise ValueError(
                f"need inputs=[..] with the letters that differ from step to step, [] for none: got none, and "
                f"{unsaid[0]!r}, of which it is not known"
            )
        self._check_products()
        claim = z3.And(*self.invariant) if self.then is None else self.then
        facts, now = self.run(steps)
        return Statement(facts, z3.substitute(claim, *zip(self.state, now, strict=True)))

    def run(self, steps: int) -> tuple[list[Any], list[Any]]:
        """The facts along the first steps of a run, each step's inputs with its number, and the state after them."""
        named = self._named(*self.state, *self.following, *self.given) | set(self.constants)
        inputs = self._varying()
        at_time = {n: [f"{n.replace('_dot', '_times')}_{k}" for k in range(steps + 1)] for n in inputs}
        if taken := sorted(named.intersection(*[{n for each in at_time.values() for n in each}])):
            raise ValueError(f"need no variable with the name of an input's at one time, got {taken[0]!r}")
        now, facts = list(self.state), list(self.start)
        for k in range(steps + 1):
            own = [(z3.Real(n), z3.Real(at_time[n][k])) for n in inputs]
            at = [*zip(self.state, now, strict=True), *own]
            facts += [z3.substitute(fact, *at) for fact in self.given]
            now = [z3.substitute(value, *at) for value in self.following] if k < steps else now
            facts += _have_values(now) if k < steps else []
        return facts, now

    def _check_products(self) -> None:
        """Refuse inner products that are not given as real ones: a run's have names of each time, which tell nothing.

        The facts are not added, as a variable of such a name need be no product.

        Raises:
            ValueError: If they are not.
        """
        terms_of = (*self.state, *self.following, *self.given, *self.invariant, *self._terms()["then"])
        named = dict.fromkeys(name for term in terms_of for name in terms.variables(term))
        facts = gram_facts(named)
        given = all(any(z3.eq(fact, own) for own in self.given) for fact in facts)
        if vectors_of(named) and not (facts and given):
            raise ValueError(
                "need space.real of at most five vectors among what is given, got products without"
            )

    def _varying(self) -> tuple[str, ...]:
        """The letters that may be another number at every step."""
        if self.inputs is not None:
            return tuple(str(variable) for variable in self.inputs)
        named = (n for term in (*self.following, *self.given) for n in terms.variables(term))
        fixed = {*map(str, self.state), *self.constants}
        return tuple(dict.fromkeys(n for n in named if n not in fixed))

    def but(self, name: str, i: int, new: tuple[Any, ...]) -> "Process":
        """The process with other facts in the place of one, the i-th of a field."""
        own = self._terms()[name]
        put = (*own[:i], *new, *own[i + 1 :])
        return replace(self, **{name: put[0] if name == "then" else put})

    def fields(self) -> str:
        """Every field by its name: what a remembered verdict is filed under."""
        return json.dumps({name: [text(t) for t in facts] for name, facts in self._terms().items()})

    def _terms(self) -> dict[str, Sequence[Any]]:
        then = () if self.then is None else (self.then,)
        names = ("state", "following", "given", "start", "invariant")
        said = {} if self.inputs is None else {"inputs": self.inputs}
        return {**{name: getattr(self, name) for name in names}, "then": then, **said}

    def __str__(self) -> str:
        moves = ", ".join(f"{s}' = {text(f)}" for s, f in zip(self.state, self.following, strict=True))
        held, facts = facts_text(self.given), facts_text(self.start)
        kept = text(z3.And(*self.invariant))
        claim = kept if self.then is None else text(self.then)
        fixed = ", ".join(self.constants)
        other = ", ".join(map(str, self.inputs or ()))
        return (
            f"for all t along {moves}{held and f', with {held} at every time up to t'}, from {facts or 'anywhere'}"
            f"{fixed and f', where {fixed} stay the same'}{other and f', with another {other} at every step'}"
            f"  =>  {claim}  [invariant: {kept}]"
        )

    @property
    def constants(self) -> tuple[str, ...]:
        """The variables that stay the same from step to step, as ``inputs`` says."""
        facts = [*self.start, *self.invariant, *self._terms()["then"]]
        facts += [] if self.inputs is None else [*self.following, *self.given]
        moving = {str(variable) for variable in (*self.state, *(self.inputs or ()))}
        return tuple(dict.fromkeys(n for fact in facts for n in terms.variables(fact) if n not in moving))


def _have_values(terms_of: Sequence[Any]) -> list[Any]:
    """Facts that hold where some terms have a value, and nowhere else."""
    return [term == term for term in terms_of if terms.divides(term)]


def induction(
    process: Process, *, by: Decide = solvers.decide, mutants: Sequence[Process] = (), part: str = ""
) -> Check:
    """Decide a statement over all times by induction.

    Args:
        process: the system, its start, the invariant and the conclusion.
        by: the ``decide`` of the engine that settles start, step and conclusion: smt's, algebra's or certificate's.
        mutants: wrong variants, which must not be proved.
        part: the part of the form that this decides.

    Returns:
        A check: PROVED if start, step and conclusion are; otherwise OPEN, because an invariant that
        is not kept refutes nothing but itself.

    Raises:
        ValueError: If the process is none, or ``by`` is no engine's.
    """
    if type(process) is not Process:
        raise ValueError(f"need a Process, got one of Python's type {type(process).__name__}")
    if by not in (solvers.decide, exact_algebra.decide, handelman.decide):
        raise ValueError(f"need by an engine's own decide, got {by!r}")
    sentence = str(process)
    return Check(
        "induction",
        sentence,
        lambda: decide(process, by),
        tuple(induction(mutant, by=by) for mutant in mutants),
        part,
        f"induction {by.__module__} {process.fields()}",
        frozenset(name for part in process.parts.values() for name in part.variables),
        made_by_rule(process),
    )


def made_by_rule(process: Process) -> Check:
    """The check that decides the variants of a process made by rule, as ``variants`` does for a statement.

    Args:
        process: what an induction proved.

    Returns:
        A check, OPEN itself. A variant counts as refuted where z3 refutes its start, its step or its conclusion: this
        induction no longer goes through.
    """

    def decided() -> Verdict:
        return variants.counted(
            (w, set(map(_answer, ps))) for w, ps in islice(changed(process), variants.MOST)
        )

    depends = f"variants {variants.VERSION} {variants.MOST} {variants.STEPS} {process.fields()}"
    return Check("variants", str(process), decided, depends=depends)


def changed(process: Process) -> Iterator[tuple[str, tuple[Process, ...]]]:
    """The variants of a process, in words: a fact left out, a strictness turned, a constant moved up and down."""
    claim = "invariant" if process.then is None else "then"
    facts = [(name, i, t) for name in ("given", "start", claim) for i, t in enumerate(process._terms()[name])]
    for name, i, fact in facts:
        if name != claim:
            yield f"without {text(fact)}", (process.but(name, i, ()),)
    for name, i, fact in facts:
        for new in variants.turned(fact, says_more=name == claim):
            yield f"{text(new)} in place of {text(fact)}", (process.but(name, i, (new,)),)
    for name, i, fact in facts:
        for old, moved in variants.moved(fact):
            ways = tuple(process.but(name, i, (new,)) for new in moved)
            yield f"{old} moved up or down in {text(fact)}", ways


def _answer(process: Process) -> str:
    found = {variants.answer(part) for part in process.parts.values()}
    return "true" if found == {"true"} else "refuted" if "refuted" in found else "undecided"


def decide(process: Process, by: Decide = solvers.decide) -> Verdict:
    """Decide each part and compose."""
    verdicts = {name: by(statement) for name, statement in process.parts.items()}
    failed = {name: v for name, v in verdicts.items() if v.status is not Status.PROVED}
    followed = [f"runs as long as {text(fact)}" for fact in process.followed]
    engines = (r for v in verdicts.values() for r in v.rests_on)
    rests_on = tuple(dict.fromkeys(["induction over t", *followed, *engines]))
    version = next(iter(verdicts.values())).version
    if not failed and variants.ask(process.run(REACHED)[0]) == "unsat":
        reason = f"vacuous: no run comes to its step {REACHED}, as what is given cannot hold as long as that"
        return Verdict(Status.OPEN, version=version, reason=reason)
    if not failed:
        certificate = "; ".join(f"{name}: {statement}" for name, statement in process.parts.items())
        return Verdict(Status.PROVED, version=version, rests_on=rests_on, certificate=certificate)
    reasons = (f"{name}: {v.status} {v.reason or dict(v.witness or {})}" for name, v in failed.items())
    return replace(
        next(iter(failed.values())), status=Status.OPEN, rests_on=(), witness=None, reason="; ".join(reasons)
    )
