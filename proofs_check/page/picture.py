"""What holds, as one sentence and one picture: a square for each statement, a row for each paper."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from proofs_check.page.claims import LETTER, badge
from proofs_check.page.views import View
from proofs_check.verdicts.claims import Status

SAID = {
    Status.PROVED: "hold exactly as printed, with a proof",
    Status.REFUTED: "fail as printed, at an exact counterexample",
    Status.APPROXIMATE: "say only about how much, with an exact form decided beside them",
    Status.SUPPORTED: "stand unbroken after a stated number of trials",
    Status.OPEN: "are not decided",
    Status.CRASHED: "have no answer, since an engine crashed",
    Status.CONFLICT: "have two engines that disagree",
}
LETTER_WIDTH, SIDE, ROW = 13, 15, 38
"""Widths of a letter of a paper's name, as large as a phone shows it, and of a square; height of a row."""


def holds(shown: Sequence[View]) -> str:
    """What holds and what does not, in one sentence."""
    printed = Counter(view.printed.status for view in shown)
    told = [f"<b>{printed[status]}</b> {said}" for status, said in SAID.items() if printed[status]]
    standing = sum(view.standing.status is Status.PROVED for view in shown)
    listed = (
        ", ".join(told[:-1]) + (" and " if told[:-1] else "") + told[-1] if told else "none is entered yet"
    )
    return (
        f"Of {len(shown)} statements, {listed}; in the strongest form found for each, "
        f"<b>{standing}</b> are proved."
    )


def picture(shown: Sequence[View]) -> str:
    """The squares, sorted by what was decided; the upper half is the statement as printed, the lower as it stands."""
    papers = list(dict.fromkeys(view.paper for view in shown))
    groups = [[view for view in shown if view.paper == paper] for paper in papers]
    label = 12 + LETTER_WIDTH * max(map(len, papers), default=0)
    width = label + SIDE * max(map(len, groups), default=1) + 4
    rows = "\n".join(
        _row(paper, own, label, ROW * n) for n, (paper, own) in enumerate(zip(papers, groups, strict=True))
    )
    there = {form.status for view in shown for form in view.forms}
    key = "".join(f"<li>{badge(s)}</li>" for s in LETTER if s in there)
    return f"""<figure class="picture"><svg viewBox="0 0 {width} {ROW * len(papers)}" role="img"
aria-label="A square for each statement, by paper: upper half as printed, lower half as it stands">
{rows}
</svg>
<figcaption><ul class="key">{key}</ul> A square is a statement: its upper half as printed, its lower half in the
strongest form that was found. It links to its row.</figcaption></figure>"""


def _row(paper: str, own: Sequence[View], label: int, top: int) -> str:
    ranks = list(LETTER)
    ordered = sorted(own, key=lambda v: (ranks.index(v.printed.status), ranks.index(v.standing.status)))
    squares = "".join(_square(view, label + SIDE * n, top) for n, view in enumerate(ordered))
    return f'<text x="{label - 8}" y="{top + 20}">{escape(paper)}</text>{squares}'


def _square(view: View, x: int, top: int) -> str:
    printed, standing = (str(form.status).lower() for form in (view.printed, view.standing))
    told = f"{view.claim.id}: {view.printed.status} as printed"
    told += f", amended {view.standing.status}" if view.amended else ""
    return (
        f'<a class="unit" tabindex="-1" href="#{escape(view.claim.id)}"><title>{escape(told)}</title>'
        f'<path class="{printed}" d="M{x} {top}h13v15h-13z"/>'
        f'<path class="{standing}" d="M{x} {top + 16}h13v13h-13z"/></a>'
    )
