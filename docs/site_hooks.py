"""What the site holds besides the pages in this folder: formulas as MathML, the ledger, the gallery, the classroom."""

import re
import sys
from html import escape
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tree that the site is of, whatever is installed

from paper_figs import discovery  # noqa: E402
from proofs_check.page.document import page as ledger_page  # noqa: E402
from proofs_check.page.frame import framed, math_font  # noqa: E402
from proofs_check.page.tex import formula  # noqa: E402
from proofs_check.verdicts import book  # noqa: E402
from sitheory.reports import classroom  # noqa: E402

CODE_OR_FORMULA = re.compile(
    r"(?P<code>^```.*?^```|`[^`\n]+`)|\$(?P<tex>[^$\n]+)\$", re.DOTALL | re.MULTILINE
)
MARK = "formula-{}-of-the-page"
SHIM = "https://unpkg.com/iframe-worker/shim"
GALLERY = ROOT / "gallery.html"


def on_files(files, config):
    """Add the pages that are written from the ledger and the figures, and the documents of the repository's root."""
    for name, text in {
        "ledger.html": ledger_page(book.load(), book.committed_rows()),
        "gallery.html": gallery(),
        "classroom.html": classroom.page((0.1, 0.2, 0.5), (1.0, 2.0, 4.0)),
        "site.css": math_font() + "math { font-size: 1.12em; } .nobr { white-space: nowrap; }\n",
        "changelog.md": moved((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")),
        "contributing.md": moved((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")),
    }.items():
        files.append(File.generated(config, name, content=text))
    return files


def moved(text):
    """A document of the root, with its links as they lead from this folder."""
    return text.replace("](README.md#set-up)", "](index.md#set-up)").replace("](docs/", "](")


def gallery():
    """The gallery that `python -m paper_figs --all --html gallery.html` wrote here, or the list of its figures."""
    if GALLERY.exists():
        return GALLERY.read_text(encoding="utf-8")
    rows = "".join(
        f'<li id="{name}"><b>{name}</b> {escape(figure.title)} ({escape(figure.cost)})</li>'
        for name, figure in discovery.figures()[0].items()
    )
    told = (
        "<p>The figures are not drawn in this build: <code>python -m paper_figs --all --html gallery.html</code> draws "
        "them, with the numbers that theory predicts beside those that were measured.</p>"
    )
    return framed("sitheory: the figures", "", f"<h1>The figures</h1>{told}<ul>{rows}</ul>")


def on_page_markdown(markdown, page, **_):
    """Put a mark in place of each formula, so that Markdown leaves its signs alone."""
    page.formulas = []

    def mark(found):
        if found["code"]:
            return found[0]
        page.formulas.append(found["tex"])
        return MARK.format(len(page.formulas) - 1)

    return CODE_OR_FORMULA.sub(mark, markdown)


def on_page_content(html, page, **_):
    """Put the formulas in, as MathML."""
    return re.sub(MARK.format(r"(\d+)"), lambda found: formula(page.formulas[int(found[1])]), html)


def on_post_page(output, page, **_):
    """Let the search of pages that are read from files find its shim beside them: nothing is fetched."""
    return output.replace(SHIM, "../" * page.url.count("/") + "iframe-worker-shim.js")


def on_post_template(output, **_):
    """The same for the page of addresses that are not there, which only a server shows."""
    return output.replace(SHIM, "/iframe-worker-shim.js")
