"""All figures on one page for a browser, offline: each beside its statements, its numbers and its result file.

For the same results and the same ledger the page is the same, byte for byte. Its policy forbids the browser
to fetch or to run anything.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

import xarray as xr

from paper_figs.numbers import RELATIONS, Number
from proofs_check.own_paper.folder import Paper
from proofs_check.page.claims import badge, named
from proofs_check.page.tex import sentence
from proofs_check.page.views import View, views
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
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    contents = "".join(f'<li><a href="#{p.name}">{escape(p.name)}</a> {_tally(p)}</li>' for p in plates)
    body = "\n".join(_figure(plate, [known[i] for i in plate.claims]) for plate in plates)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="{policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>sitheory: the gallery</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>The gallery</h1>
<p>{len(plates)} figures, each beside the statements of the papers that it is about, with the ledger's verdicts, and
beside the numbers that theory predicts. A measured number agrees if it lies within three standard errors of the
prediction, and what the prediction itself leaves out is said. Numbers marked <i>printed</i> are predictions as the
paper prints them; where the ledger refutes a statement they differ.</p>
<nav aria-label="Figures"><ul class="toc">{contents}</ul></nav>
</header>
<main>
{body}
</main>
</body>
</html>
"""


def _tally(plate: Plate) -> str:
    """How many of the derived predictions agree, and which printed ones do not."""
    derived = [n for n in plate.numbers if not n.printed]
    failed = sum(not n.agrees for n in plate.numbers if n.printed)
    told = f"{sum(n.agrees for n in derived)} of {len(derived)}" if derived else "no number"
    return f'<span class="small">{told} as derived{f", {failed} not as printed" if failed else ""}</span>'


def _figure(plate: Plate, about: Sequence[View]) -> str:
    image = b64encode(plate.image.read_bytes()).decode()
    caption = escape(plate.caption)
    rows = "".join(map(_number, plate.numbers))
    return f"""<section class="figure" id="{plate.name}">
<h2>{escape(plate.name)}</h2>
<div class="pair">
<figure class="plate"><img src="data:image/png;base64,{image}" alt="{caption}" />
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
