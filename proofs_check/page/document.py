"""The ledger as one page for a browser, offline: ``python -m proofs_check --html ledger.html``.

The page holds all it needs, and its own policy forbids the browser to fetch or to run anything else.
For the same ledger it is the same, byte for byte: no date, no time taken.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from types import MappingProxyType

from proofs_check.page import figures
from proofs_check.page.claims import LETTER, badge, claim_rows, link, named
from proofs_check.page.errata import errata
from proofs_check.page.frame import framed
from proofs_check.page.graph_svg import graph
from proofs_check.page.picture import holds, picture
from proofs_check.page.views import TITLES, Row, View, views
from proofs_check.verdicts.claims import STRENGTH, Ledger, Status

ENGINES = {
    "kernel": "Coq's kernel checks a proof of this very statement and reports the axioms it used.",
    "certificate": "an exact non-negative combination that adds up to a contradiction, multiplied out again.",
    "smt": "z3 and cvc5 decide the statement over all reals; a counterexample is evaluated exactly.",
    "induction": "the start and the step, each decided by an engine, give all times t.",
    "algebra": "an exact zero test of rational functions, evaluated again at random exact points.",
    "enclosure": "balls of growing precision that hold for every number inside.",
    "trial": "a search for a counterexample; it can refute and support, never prove.",
}


def page(
    ledger: Ledger,
    rows: Mapping[str, Row],
    now: Iterable[str] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Write the ledger as one HTML page.

    Args:
        ledger: the claims.
        rows: what is known of them, by id, as the committed ledger holds it.
        now: the ids whose rows were decided in this run, and not read from the committed ledger.
        titles: what the ids' prefixes stand for, beside those of our papers.

    Returns:
        The page's text.
    """
    shown = views(ledger, rows, frozenset(now))
    style, script = _package_file("page.css"), _package_file("page.js")
    body = "\n".join(
        [
            _head(shown, titles),
            _summary(shown, {**TITLES, **titles}),
            _filters(shown),
            _table(shown),
            graph(shown),
            errata(shown),
            _trust(shown),
        ]
    )
    return framed("sitheory: the ledger", style, body, script=script, font=True)


def _package_file(name: str) -> str:
    return files("proofs_check.page").joinpath(name).read_text(encoding="utf-8")


def _head(shown: Sequence[View], titles: Mapping[str, str]) -> str:
    fresh = [view.claim.id for view in shown if view.decided_now]
    committed = "Verdicts: the committed ledger, <code>ledger.jsonl</code>"
    if len(fresh) == len(shown):
        origin = "Verdicts: decided in the run that wrote this page."
    elif fresh:
        listed = ", ".join(link(claim_id) for claim_id in fresh)
        origin = f"{committed}; decided in the run that wrote this page: {listed}."
    else:
        origin = f"{committed}."
    versions = ", ".join(escape(v) for v in sorted(_versions(shown))) or "none has answered yet"
    return f"""<header id="top">
<h1>{escape(", ".join(titles.values()) or "The ledger")}</h1>
<p class="lead">{holds(shown)}</p>
{picture(shown)}
<nav><a href="#claims">Claims</a> <a href="#graph">What depends on what</a> <a href="#errata">Errata</a>
<a href="#engines">Engines</a></nav>
<p class="small">Each numbered statement is formalised exactly as printed and decided by machine. A verdict counts only
for the formula shown beside it; every status is computed from the verdicts, none is typed. {origin} Engines:
{versions}.</p>
</header>"""


def _versions(shown: Sequence[View]) -> set[str]:
    told = {answer.entry.get("version", "") for view in shown for answer in view.answers if answer.entry}
    return {part.strip() for version in told for part in version.split(",") if re.search(r"\d+\.\d", part)}


def _summary(shown: Sequence[View], titles: Mapping[str, str]) -> str:
    papers = list(dict.fromkeys(view.paper for view in shown))
    columns = [s for s in LETTER if any(s in (v.printed.status, v.standing.status) for v in shown)]
    lines = []
    for paper in papers:
        own = [view for view in shown if view.paper == paper]
        lines.append(
            _counts(
                f'<th scope="row" data-paper="{escape(paper)}">{escape(paper)}'
                f"<span>{escape(titles.get(paper, ''))}</span></th>",
                own,
                columns,
            )
        )
    total = _counts('<th scope="row">all</th>', shown, columns)
    head = "".join(f'<th scope="col">{badge(s)}</th>' for s in columns)
    return f"""<details class="numbers"><summary>The numbers as a table</summary>
<div class="scroll"><table class="counts">
<thead><tr><th rowspan="2">paper</th><th colspan="{len(columns)}">as printed</th>
<th colspan="{len(columns)}">as it stands</th><th rowspan="2">fully proved</th></tr>
<tr>{head}{head}</tr></thead>
<tbody>{"".join(lines)}</tbody><tfoot>{total}</tfoot>
</table></div></details>"""


def _counts(head: str, own: Sequence[View], columns: Sequence[Status]) -> str:
    printed = Counter(view.printed.status for view in own)
    standing = Counter(view.standing.status for view in own)
    numbers = [*(printed[s] for s in columns), *(standing[s] for s in columns)]
    numbers.append(sum(view.fully_proved for view in own))
    cells = "".join(f"<td>{number or '·'}</td>" for number in numbers)
    return f"<tr>{head}{cells}</tr>"


def _filters(shown: Sequence[View]) -> str:
    papers = list(dict.fromkeys(view.paper for view in shown))
    engines = [e for e in STRENGTH if any(e == a.check.engine for v in shown for a in v.answers)]
    printed = [s for s in LETTER if any(v.printed.status is s for v in shown)]
    standing = [s for s in LETTER if any(v.standing.status is s for v in shown)]
    return f"""<section class="filters" id="claims" aria-label="Claims">
<h2>Claims</h2>
<div class="controls" role="search">
<label>search <input type="search" id="search" autocomplete="off"
placeholder="proposition 3, eq. 9, hop" /></label>
{_select("paper", papers)}
{_select("printed", printed)}
{_select("standing", standing)}
{_select("engine", engines)}
<label class="tick"><input type="checkbox" id="full" /> fully proved only</label>
<output id="count" aria-live="polite">{len(shown)} of {len(shown)}</output>
<a class="up" href="#top">top</a>
</div>"""


def _select(name: str, values: Sequence[str]) -> str:
    told = {"printed": "as printed", "standing": "as it stands"}.get(name, name)
    options = "".join(f'<option value="{escape(v)}">{escape(v)}</option>' for v in values)
    return f'<label>{told} <select id="{name}"><option value="">any</option>{options}</select></label>'


def _table(shown: Sequence[View]) -> str:
    drawn = figures.that_show()
    rows = "\n".join(claim_rows(view, drawn.get(view.claim.id, ())) for view in shown)
    return f"""<table class="ledger">
<thead><tr><th scope="col">claim</th><th scope="col">verdict</th><th scope="col">statement</th>
<th scope="col">depends only on proofs</th></tr></thead>
{rows}
</table>
<p id="none" hidden="hidden">No claim matches.</p>
</section>"""


def _trust(shown: Sequence[View]) -> str:
    counts = Counter(a.check.engine for v in shown for a in v.answers if a.entry)
    entries = (a.entry for v in shown for a in v.answers if a.entry)
    rests = Counter(r.partition(" here: ")[0] for entry in entries for r in entry.get("rests_on", ()))
    engines = "".join(
        f"<dt>{named(name)} <span class='count'>{counts[name]}</span></dt><dd>{escape(about)}</dd>"
        for name, about in ENGINES.items()
    )
    trusted = "".join(
        f"<li><code>{escape(r)}</code> <span class='count'>{n}</span></li>" for r, n in _ranked(rests)
    )
    return f"""<section id="engines">
<h2>Engines</h2>
<p>Strongest first, with the number of verdicts. Each check also meets wrong variants of its statement, which
it has to refuse; one that lets a variant pass counts for nothing.</p>
<dl class="engines">{engines}</dl>
<details><summary>All that the verdicts rest on</summary><ul>{trusted}</ul></details>
</section>"""


def _ranked(counts: Counter[str]) -> Iterator[tuple[str, int]]:
    yield from sorted(counts.items(), key=lambda item: (-item[1], item[0]))
