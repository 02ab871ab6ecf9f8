"""All figures on one page for a browser, offline: each beside its statements, its numbers and its result file.

For the same results and the same ledger the page is the same, byte for byte. Its policy forbids the browser
to fetch anything, or to run more than the script that enlarges a figure.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

import xarray as xr

from paper_figs.numbers import RELATIONS, Number
from proofs_check.own_paper.folder import Paper
from proofs_check.page.claims import badge, named
from proofs_check.page.frame import framed
from proofs_check.page.prose import prose
from proofs_check.page.tex import sentence
from proofs_check.page.views import TITLES, View, views
from proofs_check.verdicts import book


@dataclass(frozen=True)
class Plate:
    """A drawn figure and what stands beside it.

    Args:
        name: The figure's name on the command line.
        caption: What it shows.
        cost: What its results cost to compute.
        claims: The ids of the ledger's claims that it is about.
        image: The PNG file.
        numbers: Its predictions with what was measured.
        results: The files it drew, with what they hold.
    """

    name: str
    caption: str
    cost: str
    claims: Sequence[str]
    image: Path
    numbers: Sequence[Number]
    results: Mapping[Path, xr.Dataset]


def page(plates: Sequence[Plate], own: Path | None = None) -> str:
    """Return the page's HTML.

    Args:
        plates: The figures.
        own: A folder of claims of somebody's own, which the figures may name beside the papers'.
    """
    paper = Paper(own) if own else None
    ledger, rows = (paper.ledger(), paper.rows()) if paper else (book.load(), {})
    known = {view.claim.id: view for view in views(ledger, book.committed_rows() | rows)}
    style = "".join(
        files(room).joinpath(name).read_text(encoding="utf-8")
        for room, name in (("proofs_check.page", "page.css"), ("paper_figs", "gallery.css"))
    )
    script = files("paper_figs").joinpath("gallery.js").read_text(encoding="utf-8")
    papers = list(dict.fromkeys(map(_paper, plates)))
    groups = {paper: [plate for plate in plates if _paper(plate) == paper] for paper in papers}
    contents = "".join(
        f'<div><h2><a href="#{paper}">{escape(paper)}</a></h2><ul>{"".join(map(_entry, own))}</ul></div>'
        for paper, own in groups.items()
    )
    figures = "\n".join(
        f'<h2 class="paper" id="{paper}">{escape(TITLES.get(paper, paper))}</h2>\n'
        + "\n".join(_figure(plate, [known[i] for i in plate.claims]) for plate in own)
        for paper, own in groups.items()
    )
    body = f"""<header>
<h1>The gallery</h1>
<p class="lead">{_sum(plates)}</p>
<p>{len(plates)} figures, each beside the statements of the papers that it is about, with the ledger's verdicts, and
beside the numbers that theory predicts. A measured number agrees if it lies within three standard errors of the
prediction, and what the prediction itself leaves out is said. Numbers marked <i>printed</i> are predictions as the
paper prints them; where the ledger refutes a statement they differ. A figure opens in full size when it is clicked.</p>
<nav class="toc" aria-label="Figures">{contents}</nav>
</header>
<main>
{figures}
</main>
<dialog aria-label="The figure in full size"><button type="button">close</button><div><img alt="" /></div></dialog>"""
    return framed("sitheory: the gallery", style, body, script=script, images=True, font=True)


def _paper(plate: Plate) -> str:
    """The paper that a figure belongs to, which its name begins with."""
    return plate.name.partition("_")[0]


def _title(plate: Plate) -> str:
    """What a figure shows, in words: the first sentence of its caption, without the number in the paper."""
    first = re.split(r"(?<=:)\s|(?<=\.)\s(?=[A-Z])", plate.caption, maxsplit=1)[0].rstrip(".:")
    return re.sub(r"\s*\([^()]*[Ff]igures?[^()]*\)|:?\s*\w+ [Ff]igures? \d+\w*$", "", first) or plate.name


def _entry(plate: Plate) -> str:
    return f'<li><a href="#{plate.name}">{prose(_title(plate))}</a> {_tally(plate)}</li>'


def _sum(plates: Sequence[Plate]) -> str:
    """How theory and figures agree, in one sentence."""
    told = [number for plate in plates for number in plate.numbers]
    derived, printed = ([n for n in told if n.printed is which] for which in (False, True))
    return (
        f"Of {len(derived)} numbers that theory derives, <b>{sum(n.agrees for n in derived)}</b> agree with what was "
        f"measured; of {len(printed)} as the papers print them, <b>{sum(n.agrees for n in printed)}</b>."
    )


def _tally(plate: Plate) -> str:
    """How many of the derived predictions agree, and which printed ones do not."""
    derived = [n for n in plate.numbers if not n.printed]
    failed = sum(not n.agrees for n in plate.numbers if n.printed)
    told = f"{sum(n.agrees for n in derived)} of {len(derived)}" if derived else "no number"
    return f'<span class="small">{told} as derived{f", {failed} not as printed" if failed else ""}</span>'


def _figure(plate: Plate, about: Sequence[View]) -> str:
    image = b64encode(plate.image.read_bytes()).decode()
    alt, caption = escape(plate.caption), prose(plate.caption)
    rows = "".join(map(_number, plate.numbers))
    return f"""<section class="figure" id="{plate.name}">
<h3>{prose(_title(plate))} <a class="small" href="#{plate.name}">{escape(plate.name)}</a></h3>
<div class="pair">
<figure class="plate"><button type="button" aria-label="Show {escape(plate.name)} in full size">
<img src="data:image/png;base64,{image}" alt="{alt}" /></button>
<figcaption>{caption}</figcaption></figure>
<div><ul class="states">{"".join(map(_statement, about))}</ul></div>
</div>
<table class="numbers"><thead><tr><th scope="col">number</th><th scope="col">predicted</th>
<th scope="col">measured</th><th scope="col">verdict</th></tr></thead><tbody>{rows}</tbody></table>
<p class="made">{_made(plate)}</p>
</section>"""


def _statement(view: View) -> str:
    lines = [
        f'<div class="sentence"><span class="label">{escape(view.claim.id)}</span> {_verdict(view, 0)} '
        f"{sentence(view.claim.printed.sentence)}</div>"
    ]
    if view.amended:
        lines.append(
            f'<div class="sentence"><span class="label">amended</span> {_verdict(view, 1)} '
            f"{sentence(view.amended.form.sentence)}</div>"
        )
    return f"<li>{''.join(lines)}</li>"


def _verdict(view: View, form: int) -> str:
    shown = view.forms[form]
    by = f'<span class="by">{escape(named(shown.engine))}</span>' if shown.engine else ""
    return f"{badge(shown.status)} {by}"


def _number(number: Number) -> str:
    relation = "" if number.relation == "=" else f"{RELATIONS[number.relation]} "
    printed = " <i>printed</i>" if number.printed else ""
    why = (
        f'<span class="why">allows {number.slack:.2g} for {sentence(number.why)}</span>' if number.why else ""
    )
    error = f" ± {number.error:.2g}" if number.error else ""
    flag = f" ({escape(number.flag)})" if number.flag else ""
    verdict = "agrees" if number.agrees else "differs"
    return f"""<tr><td>{sentence(number.what)}{why}</td>
<td data-head="predicted">{relation}{number.predicted:.6g}{printed}</td>
<td data-head="measured">{number.measured:.6g}{error}{flag}</td><td class="{verdict}">{verdict}</td></tr>"""


def _made(plate: Plate) -> str:
    """What was drawn, with which versions, and what it cost."""
    drawn = []
    for path, result in plate.results.items():
        versions = ", ".join(f"{k} {v}" for k, v in json.loads(result.attrs.get("versions", "{}")).items())
        drawn.append(f"<code>{escape(path.name)}</code> ({escape(versions)})")
    source = f"Drew {', '.join(drawn)}" if drawn else "Drew no result: a formula"
    command = f"<code>python -m paper_figs {escape(plate.name)}</code>"
    return f"{source}. To compute and draw: {escape(plate.cost)}, {command}."
