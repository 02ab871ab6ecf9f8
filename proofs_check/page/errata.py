"""The list of errata: what was amended, as printed, where it fails and what is true instead."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from proofs_check.page.claims import badge, clash, link, named, pairs
from proofs_check.page.prose import in_symbols, prose
from proofs_check.page.tex import sentence
from proofs_check.page.views import View
from proofs_check.verdicts.claims import Status
from proofs_check.verdicts.clauses import Kind

KINDS = (
    "Does not hold as printed",
    "Says about how much, with the exact form",
    "Not decided as printed, with an exact form near it",
    "Holds as printed, and more is true",
)


def kind(view: View) -> str:
    """Which of KINDS a claim is, empty if it is no erratum."""
    if view.printed.status is Status.REFUTED:
        return KINDS[0]
    if view.printed.status is Status.APPROXIMATE and view.paper != "beyond":
        return KINDS[1]
    return "" if view.amended is None else KINDS[3 if view.printed.status is Status.PROVED else 2]


def failures(shown: Sequence[View]) -> dict[Kind, int]:
    """How many distinct failures there are of each kind; a row that repeats another's does not count."""
    failed = [v.claim.printed.failure for v in shown if v.printed.status is Status.REFUTED]
    counts = Counter(f.kind for f in failed if f is not None and not f.repeats)
    return {kind: counts[kind] for kind in Kind if counts[kind]}


def counted(shown: Sequence[View]) -> str:
    """The distinct failures by kind, as a sentence."""
    numbers = failures(shown)
    named_kinds = ", ".join(f"{kind} {number}" for kind, number in numbers.items())
    return f"Distinct failures: {sum(numbers.values())} ({named_kinds})." if numbers else ""


def errata(shown: Sequence[View]) -> str:
    """The section of the page that lists what was amended or refuted."""
    kinds = [(told, [view for view in shown if kind(view) == told]) for told in KINDS]
    parts = [
        f'<h3>{told} <span class="count">{len(own)}</span></h3>\n'
        f'<ul class="errata">{"".join(map(_erratum, own))}</ul>'
        for told, own in kinds
        if own
    ]
    return f"""<section id="errata">
<h2>Errata</h2>
<p>For the authors and readers of the papers: each statement that was amended, with what a machine found. A
statement is read with every quantifier and sign as printed; one exact example outside it is enough to list it
here, however small the correction. {counted(shown)}</p>
{"".join(parts) or "<p>None.</p>"}
</section>"""


def _erratum(view: View) -> str:
    lines = [f"<dt>as printed</dt><dd>{sentence(view.claim.printed.sentence)}</dd>"]
    if view.printed.status is Status.REFUTED:
        engine = f"{escape(named(view.printed.engine))} proves that it fails; see the claim."
        witness = view.printed.witness
        if failure := view.printed.form.failure:
            again = f", the failure of {link(failure.repeats)}" if failure.repeats else ""
            lines.append(f"<dt>kind</dt><dd>{failure.kind}{again}: {sentence(failure.why)}</dd>")
        lines.append(f"<dt>fails at</dt><dd>{pairs(in_symbols(witness)) if witness else engine}</dd>")
        if told := clash(view.printed):
            lines.append(f"<dt>there</dt><dd>{prose(told)}</dd>")
    if view.printed.form.hedge:
        lines.append(f"<dt>inexact</dt><dd>{sentence(view.printed.form.hedge)}</dd>")
    if view.amended:
        word = {Status.REFUTED: "corrected", Status.PROVED: "stronger"}.get(view.printed.status, "made exact")
        by = f" by {named(view.amended.engine)}" if view.amended.engine else ""
        lines.append(
            f"<dt>{word}</dt><dd>{sentence(view.amended.form.sentence)} "
            f"<span class='by'>{badge(view.amended.status)}{escape(by)}</span></dd>"
        )
    elif view.printed.status is Status.REFUTED:
        lines.append("<dt>corrected</dt><dd>no corrected form has been found yet</dd>")
    if view.claim.printed.note:
        lines.append(f"<dt>note</dt><dd>{sentence(view.claim.printed.note)}</dd>")
    source = f'<span class="source">{escape(view.claim.source)}</span>'
    return f"<li>{link(view.claim.id)} {source}<dl>{''.join(lines)}</dl></li>"
