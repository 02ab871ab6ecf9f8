"""Coq text that is trusted to say no more than it seems to: the sentences of a file, terms, and names.

The development may only use commands that define and prove. What could change the reading of a statement
(notations, coercions, plugins) or what the kernel checks (axioms, flags, attributes) is not on the list; so
a command that nobody thought of is refused as well.
"""

import re
from collections.abc import Iterator
from functools import cache

from proofs_check.verdicts.claims import Refused

NAME = r"[A-Za-z_][\w']*"
STATED = "Definition|Fixpoint|Lemma|Theorem|Corollary|Let"
COMMANDS = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"From (Coq|Coquelicot|Sitheory) Require Import [\w\s]+",
        r"Open Scope R_scope",
        rf"({STATED})\s[^\"]*",
        r"Proof|Qed",
        rf"Section {NAME}|End {NAME}",
        r"(Variable|Variables|Hypothesis|Hypotheses)\s[^\"]*",
        rf"Local Notation {NAME}( {NAME})* := [^\"]*",
        rf"Ltac (?!lra|nra|lia|ring|field|exact|apply|intros?\b){NAME}( {NAME})* := [^\"]*",
    )
)
"""The commands of the development. ``Variable`` and ``Hypothesis`` are those of a section."""
_PROOF_STEP = re.compile(r"(?:[-+*{}]\s*)*(?:(?:\d+|all)\s*:\s*)?(?:[a-z(\[]|now\b)|[-+*{}\s]+$")
_NOT_A_STEP = re.compile(r"exact_no_check|native_cast_no_check|vm_cast_no_check")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a file, without comments.

    Yields:
        Each sentence on one line, without its dot.

    Raises:
        Refused: if a comment or a string is not closed, or what follows the last sentence is not blank.
    """
    depth, sentence, i = 0, "", 0
    while i < len(text):
        two = text[i : i + 2]
        if two == "(*":
            depth, i = depth + 1, i + 2
        elif depth and two == "*)":
            depth, i, sentence = depth - 1, i + 2, sentence + " "
        elif depth and text[i] == '"':  # Coq reads strings in comments: a bracket in one closes nothing
            end = text.find('"', i + 1)
            i = end + 1 if end > 0 else len(text)
        elif text[i] == '"':
            raise Refused("need Coq text without strings")
        elif depth:
            i += 1
        elif text[i] == "." and (i + 1 == len(text) or text[i + 1].isspace()):
            yield " ".join(sentence.split())
            sentence, i = "", i + 1
        else:
            sentence, i = sentence + text[i], i + 1
    if depth or sentence.strip():
        raise Refused("need Coq text whose comments and sentences end")


@cache
def check_file(name: str, text: str) -> None:
    """Let a file of the development pass only if each sentence defines, states or proves.

    Raises:
        Refused: naming the first sentence that does anything else.
    """
    proving, sections = False, 0
    for sentence in sentences(text):
        bare = re.sub(r"^(?:[-+*{}]\s*)+", "", sentence)
        if proving:
            proving = bare != "Qed"
            if proving and (not _PROOF_STEP.match(sentence) or _NOT_A_STEP.search(sentence)):
                raise Refused(f"need tactics in a proof, got in {name}.v: {sentence[:80]}")
            continue
        if not any(command.fullmatch(sentence) for command in COMMANDS):
            raise Refused(f"need commands that define, state or prove, got in {name}.v: {sentence[:80]}")
        sections += sentence.startswith("Section ") - sentence.startswith("End ")
        if re.match("Variable|Hypothes", sentence) and sections < 1:
            raise Refused(f"need no axioms, got in {name}.v: {sentence[:80]}")
        proving = sentence == "Proof"


def check_term(text: str, tactics: bool = True) -> None:
    """Let a term pass only if it cannot end the sentence that it stands in.

    Args:
        text: a proof term, or a proposition.
        tactics: whether ``ltac:(...)`` may stand in it.

    Raises:
        Refused: if a dot ends a sentence, or comments, strings or unbalanced brackets hide one.
    """
    dots = [m.start() for m in re.finditer(r"\.", text)]
    if any(not re.match(r"[\w'][.][A-Za-z_0-9]", text[max(d - 1, 0) : d + 2], re.ASCII) for d in dots):
        raise Refused("need a term in which no sentence ends, got a dot that is not part of a name")
    if '"' in text or "(*" in text or "*)" in text or (not text.isprintable() and not text.isascii()):
        raise Refused("need a term without comments and strings")
    if not tactics and re.search(r"ltac\s*:", text):
        raise Refused("need a statement without tactics")
    open_brackets: list[str] = []
    for character in text:
        if character in "([{":
            open_brackets.append({"(": ")", "[": "]", "{": "}"}[character])
        elif character in ")]}" and (not open_brackets or open_brackets.pop() != character):
            raise Refused("need a term whose brackets are balanced")
    if open_brackets or not text.strip():
        raise Refused("need a term whose brackets are balanced, and not an empty one")


_DIVIDES = re.compile(r"(?<!\\)/(?!\\)(?!\s*[1-9])|\b(?:Rinv|Rdiv|sqrt|ln|tan|Rpower)\b")
_DEFINED = re.compile(rf"(Definition|Fixpoint)\s+({NAME})\b(.*)", re.DOTALL)


@cache
def defined(text: str) -> tuple[str, ...]:
    """The names that a file defines without recursion."""
    found = (_DEFINED.match(sentence) for sentence in sentences(text))
    return tuple(m[2] for m in found if m and m[1] == "Definition")


@cache
def recursive(text: str) -> tuple[str, ...]:
    """The names that a file defines with recursion."""
    found = (_DEFINED.match(sentence) for sentence in sentences(text))
    return tuple(m[2] for m in found if m and m[1] == "Fixpoint")


@cache
def of_values(text: str) -> tuple[str, ...]:
    """The names of a file's lemmas that say of a divisor, root or logarithm that it has a value."""
    found = (re.match(rf"(?:Lemma|Theorem)\s+({NAME}_has_value)\b", sentence) for sentence in sentences(text))
    return tuple(m[1] for m in found if m)


def dividing(proposition: str, sources: tuple[str, ...]) -> list[str]:
    """The recursive definitions that a proposition uses, directly or not, and that have a place to look at.

    That is a root, a logarithm, or a divisor other than a number.

    Args:
        proposition: Coq's text.
        sources: the texts of the files whose definitions it may use.

    Returns:
        Their names.
    """
    recursive, bodies = _bodies(sources)
    used, todo = set[str](), set(re.findall(NAME, proposition)) & bodies.keys()
    while todo:
        used |= todo
        todo = {word for name in todo for word in re.findall(NAME, bodies[name])} & bodies.keys() - used
    divides = {name for name in used if _DIVIDES.search(bodies[name])}
    while more := {n for n in used - divides if divides & set(re.findall(NAME, bodies[n]))}:
        divides |= more
    return sorted(divides & recursive)


@cache
def _bodies(sources: tuple[str, ...]) -> tuple[frozenset[str], dict[str, str]]:
    """The recursive definitions, and what each definition says."""
    found = [m for text in sources for s in sentences(text) if (m := _DEFINED.match(s))]
    return frozenset(m[2] for m in found if m[1] == "Fixpoint"), {m[2]: m[3] for m in found}
