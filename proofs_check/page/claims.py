"""One claim on the page: its line in the table, and what unfolds below it."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from proofs_check.page.figures import Drawn
from proofs_check.page.prose import in_symbols, prose
from proofs_check.page.tex import formula, sentence
from proofs_check.page.views import Answer, Shown, View, lines, theorems
from proofs_check.statements.derivations import Derivation
from proofs_check.verdicts.claims import Status
from proofs_check.verdicts.clauses import Clause
from sitheory.references import citations

LETTER = {
    Status.PROVED: "P",
    Status.SUPPORTED: "S",
    Status.APPROXIMATE: "A",
    Status.OPEN: "O",
    Status.REFUTED: "R",
    Status.CRASHED: "X",
    Status.CONFLICT: "C",
}
ABOUT = {
    Status.PROVED: "true for all that it quantifies",
    Status.SUPPORTED: "no counterexample in a stated number of trials",
    Status.APPROXIMATE: "says about how much: an exact restatement is decided, or the distance measured",
    Status.OPEN: "not decided, the reason given",
    Status.REFUTED: "false for some of what it quantifies, with an exact witness",
}


def badge(status: Status) -> str:
    """A status, by colour, letter and word."""
    return f'<span class="badge {str(status).lower()}"><b>{LETTER[status]}</b>{status}</span>'


def letters(view: View) -> str:
    """The statuses of a claim's forms as letters."""
    return "→".join(LETTER[form.status] for form in view.forms)


def named(engine: str) -> str:
    """An engine's name as the page writes it."""
    return {"smt": "SMT"}.get(engine, engine)


def link(claim_id: str) -> str:
    """A link to a claim's place in the table."""
    return f'<a href="#{escape(claim_id)}">{escape(claim_id)}</a>'


def pairs(values: Mapping[str, str]) -> str:
    """A witness as equations."""
    return ", ".join(f'<span class="whole">{prose(f"{k} = {v}")}</span>' for k, v in values.items())


def clash(shown: Shown) -> str:
    """The relation that fails at the witness, with the numbers on its two sides, in the papers' symbols."""
    entries = (a.entry for a in shown.answers if a.entry and a.status is Status.REFUTED)
    found = next((e.get("reason", "") for e in entries if e.get("witness") == shown.witness), "")
    said = shown.form.failure.clash if shown.form.failure else ""
    return next(iter(in_symbols({said or found: ""})))


def claim_rows(view: View, drawn: Sequence[Drawn] = ()) -> str:
    """A claim's body of the table: a line for each form, and what unfolds.

    Args:
        view: The claim with its verdicts.
        drawn: The figures that show it.
    """
    claim = view.claim
    engines = " ".join(dict.fromkeys(answer.check.engine for answer in view.answers))
    data = (
        f'data-paper="{escape(view.paper)}" data-printed="{view.printed.status}" '
        f'data-standing="{view.standing.status}" data-engine="{engines}" data-full="{int(view.fully_proved)}"'
    )
    span = len(view.forms)
    full = '<span class="yes">all proved</span>' if view.fully_proved else '<span class="no">no</span>'
    first, *rest = map(_line, view.forms)
    address = citations.address(view.paper)
    read = f' <a class="out" href="{address}" rel="noreferrer">the paper</a>' if address else ""
    source = f'<span class="source">{escape(claim.source)}</span>{read}'
    head = f'<th scope="row" rowspan="{span}">{link(claim.id)}{source}</th>'
    more = "".join(f'<tr class="amended">{line}</tr>' for line in rest)
    return f"""<tbody id="{escape(claim.id)}" {data}>
<tr>{head}{first}<td rowspan="{span}" class="fully">{full}</td></tr>{more}
<tr class="more"><td colspan="4">{_drawn(drawn)}{_unfolding(view)}</td></tr>
</tbody>"""


def _drawn(drawn: Sequence[Drawn]) -> str:
    """The figures of a claim, in the gallery beside this page, with the experiments that they draw."""
    told = [
        f'<a class="out" href="gallery.html#{escape(d.name)}" title="{escape(d.title)}">{escape(d.name)}</a>'
        + (f" ({escape(', '.join(d.experiments))})" if d.experiments else "")
        for d in drawn
    ]
    return f'<p class="drawn">Shown by {", ".join(told)}</p>' if told else ""


def _line(shown: Shown) -> str:
    by = f'<span class="by">{named(shown.engine)}</span>' if shown.engine else ""
    text = sentence(shown.form.sentence) or '<span class="no">not formalised yet</span>'
    label = '<span class="label">amended</span> ' if shown.name == "amended" else ""
    verdict = f'<td class="verdict">{badge(shown.status)}{by}</td>'
    why = "".join(f'<p class="why"><b>{name}</b> {told}</p>' for name, told in _reasons(shown))
    return f'{verdict}<td><div class="sentence">{label}{text}</div>{why}</td>'


def _reasons(shown: Shown) -> Iterator[tuple[str, str]]:
    """Why a form that is not proved has its status: where it fails and what clashes there, or what is missing."""
    if shown.status is Status.PROVED:
        return
    if shown.form.hedge:
        yield "inexact:", sentence(shown.form.hedge)
    if shown.witness:
        yield "fails at", pairs(in_symbols(shown.witness))
    if told := clash(shown):
        yield "there", prose(told)
    if failure := shown.form.failure:
        yield f"{failure.kind}:", sentence(failure.why)
    for clause, status in shown.clauses if shown.form.clauses else ():
        if status is not Status.PROVED:
            yield f"{str(status).lower()}:", f"{sentence(clause.text)} {sentence(clause.why)}"
    tried = [a.entry.get("reason", "") for a in shown.answers if a.entry and a.status is shown.status]
    if shown.status in (Status.SUPPORTED, Status.OPEN) and not shown.form.clauses:
        yield from (("because", prose(reason)) for reason in dict.fromkeys(filter(None, tried[:1])))


def _unfolding(view: View) -> str:
    checks = view.answers
    wrong = sum(len(answer.check.mutants) for answer in checks)
    told = [_several(len(checks), "check"), _several(wrong, "wrong variant")]
    told += [f"depends on {len(set(view.claim.needs))}"] if view.claim.needs else []
    told += [f"needed by {len(view.needed_by)}"] if view.needed_by else []
    below = ", ".join(map(link, dict.fromkeys(view.claim.needs)))
    above = ", ".join(map(link, view.needed_by))
    graph = (
        f'<p class="rests">Depends on: {below or "nothing else"}. Needed by: {above or "none"}. '
        f'<a href="#graph" data-show="{escape(view.claim.id)}">Show it in the graph</a></p>'
    )
    origin = '<p class="small">Decided in the run that wrote this page.</p>' if view.decided_now else ""
    body = "".join(_form(shown) for shown in view.forms) + _derivations(view) + graph + origin
    return f'<details class="claim"><summary>{", ".join(told)}</summary>{body}</details>'


def _several(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _form(shown: Shown) -> str:
    note = f'<p class="note">{sentence(shown.form.note)}</p>' if shown.form.note else ""
    if shown.form.hedge:
        note = f'<p class="note">Inexact: {sentence(shown.form.hedge)}</p>{note}'
    note += "".join(map(_clause, shown.clauses)) if shown.form.clauses else ""
    answers = "".join(map(_answer, shown.answers)) or '<p class="no">No engine has a formula of it.</p>'
    name = {"printed": "As printed", "amended": "Amended"}[shown.name]
    return f"""<section class="form"><h4>{name} {badge(shown.status)}</h4>
<div class="beside"><div class="said"><div class="sentence">{sentence(shown.form.sentence)}</div>{note}</div>
<div class="seen">{answers}</div></div></section>"""


def _clause(decided: tuple[Clause, Status]) -> str:
    clause, status = decided
    by = ", ".join(part or "its check" for part in clause.parts)
    why = " ".join(filter(None, (f"({prose(by)})" if by else "Not decided.", sentence(clause.why))))
    return f'<p class="note">{badge(status)} {sentence(clause.text)} {why}</p>'


def _rests(item: str) -> str:
    """What a verdict rests on, places in Coq's words as code."""
    kind, here, places = item.partition(" here: ")
    return f"{escape(kind)}{here}<code>{escape(places)}</code>" if places else escape(item)


def _answer(answer: Answer) -> str:
    entry = answer.entry or {}
    part = f' <span class="part">{prose(answer.check.part)}</span>' if answer.check.part else ""
    reason = entry.get("reason", "") if answer.entry else "no verdict on this formula in the ledger"
    told = [
        ("rests on", ", ".join(map(_rests, entry.get("rests_on", ())))),
        ("version", escape(entry.get("version", ""))),
    ]
    told += [("witness", pairs(entry["witness"]))] if entry.get("witness") else []
    told += [("note" if answer.status is Status.PROVED else "reason", prose(reason))]
    facts = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in told if text)
    return f"""<article class="check"><p>{badge(answer.status)} <b>{named(answer.check.engine)}</b>{part}</p>
<pre class="stated">{escape(lines(answer.check.formula), quote=False)}</pre>
<dl>{facts}</dl>{_evidence(answer)}</article>"""


def _evidence(answer: Answer) -> str:
    """The certificate or the Coq text, and the wrong variants, folded."""
    entry = answer.entry or {}
    certificate = entry.get("certificate", "")
    folded = []
    if certificate and answer.check.engine == "kernel":
        goal = "its negation" if answer.status is Status.REFUTED else "this statement"
        folded.append(_fold("Coq: the proof", f"(* a term of the type of {goal} *)\n{certificate}"))
        folded += [_fold(f"Coq: {name}", text) for name, text in theorems(certificate)]
    elif certificate:
        folded.append(_fold("certificate", certificate.replace("; ", ";\n")))
    return "".join([*folded, *_variants(answer)])


def _variants(answer: Answer) -> Iterator[str]:
    """The wrong variants of a check's author, folded, and those made by rule that are true as well."""
    entry = answer.entry or {}
    mutants, survivors, hollow = (
        answer.check.mutants,
        entry.get("survivors", ()),
        entry.get("hollow", ()),
    )
    told = _several(len(mutants), "wrong variant")
    told += f", {entry['killed']} rejected" if "killed" in entry else ", none rejected" if survivors else ""
    told += f", {len(hollow)} counted for nothing" if hollow else ""
    if entry.get("no_variant") and mutants:
        told += ": met none that counts"
    marks = {
        formula: f"\n({mark})"
        for found, mark in ((survivors, "passes!"), (hollow, "counts for nothing"))
        for formula in found
    }
    text = "\n\n".join(lines(m.formula) + _mark(m.formula, marks) for m in mutants)
    if mutants:
        yield _fold(told, text)
    elif answer.entry:
        yield f'<p class="small">{told}</p>'
    if true := entry.get("variants_true", ()):
        counted = f"made by rule: {entry.get('variants_refuted', 0)} refuted, {len(true)} true as well"
        yield _fold(counted, "\n".join(true))


def _mark(formula: str, marks: Mapping[str, str]) -> str:
    return next((mark for named, mark in marks.items() if named.startswith(formula)), "")


def _fold(title: str, text: str) -> str:
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text, quote=False)}</pre></details>"


def _derivations(view: View) -> str:
    if view.claim.derivation is None:
        return ""
    try:
        return "".join(map(_derivation, view.claim.derivation()))
    except Exception as error:  # one broken derivation must not hide what else is known
        return f'<p class="no">Its derivation fails: {escape(f"{type(error).__name__}: {error}")}</p>'


def _derivation(derivation: Derivation) -> str:
    gaps = derivation.gaps()
    signs = ["≠" if any(step is gap for gap in gaps) else "=" for step in derivation.steps]
    steps = "".join(
        f"<tr><td>{sign}</td><td>{_expression(step.expression)}</td><td>{prose(step.why)}</td></tr>"
        for sign, step in zip(signs, derivation.steps, strict=True)
    )
    start = f"<tr><td></td><td>{_expression(derivation.start)}</td><td></td></tr>"
    therefore = f"<p>So {prose(derivation.therefore)}.</p>" if derivation.therefore else ""
    title = f"derivation: {derivation.name}" if derivation.name else "derivation"
    return (
        f'<details class="derivation"><summary>{prose(title)}</summary>'
        f'<div class="scroll"><table>{start}{steps}</table></div>{therefore}</details>'
    )


def _expression(expression: object) -> str:
    from sympy import latex

    return formula(latex(expression))
