"""The drawing of the graph of claims, with colours, frames and letters from their computed statuses."""

from collections.abc import Sequence
from html import escape

from proofs_check.page.claims import ABOUT, badge, letters
from proofs_check.page.graph_layout import HEIGHT, WIDTH, draw
from proofs_check.page.views import View


def graph(shown: Sequence[View]) -> str:
    """The section of the page that holds the graph."""
    drawing = draw({view.claim.id: view.claim.needs for view in shown})
    edges = "\n".join(_edge(*edge, points) for edge, points in sorted(drawing.edges.items()))
    nodes = "\n".join(_node(view, *drawing.nodes[view.claim.id]) for view in shown)
    key = "".join(f"<li>{badge(status)} {about}</li>" for status, about in ABOUT.items())
    papers = "".join(f"<option>{escape(p)}</option>" for p in dict.fromkeys(view.paper for view in shown))
    width, height = drawing.width + 8, drawing.height + 8
    return f"""<section id="graph">
<h2>What depends on what</h2>
<p>An arrow leads from a claim to one whose proof depends on it; a box links to its claim. The left half of a
box is the statement as printed, the right half the one that stands: two letters mean amended. A heavy frame
means all proved: the statement, and all that it depends on.</p>
<ul class="key">{key}</ul>
<div class="tools"><label>paper <select id="graph-paper"><option value="">all</option>{papers}</select></label>
<button type="button" data-zoom="0.8" aria-label="smaller">−</button>
<button type="button" data-zoom="1.25" aria-label="larger">+</button>
<button type="button" data-zoom="0">whole</button></div>
<div class="scroll view" tabindex="0" aria-label="The graph; it scrolls">
<svg class="graph" width="{width}" height="{height}" viewBox="-4 -4 {width} {height}" role="img"
aria-label="Graph of the claims and what they depend on">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 8 4 0 8z" /></marker></defs>
{edges}
{nodes}
</svg>
</div>
</section>"""


def _edge(start: str, end: str, points: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = points
    path = f"M{x} {y}"
    for number, (a, b) in enumerate(rest):
        half = (x + a) // 2
        path += f"H{a}" if number % 2 else f"C{half} {y} {half} {b} {a} {b}"
        x, y = a, b
    ends = f'data-from="{escape(start)}" data-to="{escape(end)}"'
    return f'<path class="edge" d="{path}" marker-end="url(#tip)" {ends} />'


def _node(view: View, x: int, y: int) -> str:
    paper, _, name = view.claim.id.rpartition(":")
    printed, standing = (str(s.status).lower() for s in (view.printed, view.standing))
    frame = " full" if view.fully_proved else ""
    half = WIDTH // 2
    right = f"M{half} 0H{WIDTH - 5}q5 0 5 5V{HEIGHT - 5}q0 5 -5 5H{half}z"
    told = f"{view.claim.id}: {view.printed.status} as printed"
    told += f", amended form {view.standing.status}" if view.amended else ""
    return (
        f'<a class="node{frame}" href="#{escape(view.claim.id)}" data-id="{escape(view.claim.id)}">'
        f'<g transform="translate({x} {y})"><title>{escape(told)}</title>'
        f'<path class="{printed}" d="M5 0H{half}V{HEIGHT}H5q-5 0 -5 -5V5q0 -5 5 -5z" />'
        f'<path class="{standing}" d="{right}" />'
        f'<rect class="frame {standing}" width="{WIDTH}" height="{HEIGHT}" rx="5" />'
        f'<text class="paper" x="7" y="11">{escape(paper)}</text>'
        f'<text class="name" x="7" y="24">{escape(name)}</text>'
        f'<text class="letter" x="{WIDTH - 6}" y="12">{letters(view)}</text></g></a>'
    )
