"""The documentation as a site: one command, no warning, and every link leads somewhere when it is read from files."""

import html
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

KIND = "conformance"

ROOT = Path(__file__).parents[2]


class Loader(yaml.SafeLoader):
    """Reads what mkdocs adds to YAML as plain strings."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def pages(entries):
    for entry in entries:
        (value,) = entry.values()
        yield from [value] if isinstance(value, str) else pages(value)


def test_every_page_of_the_documents_has_its_place_in_the_site():
    """Conformance: the navigation names each document once, and nothing that is not there."""
    listed = list(pages(yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)["nav"]))
    there = {file.relative_to(ROOT / "docs").as_posix() for file in (ROOT / "docs").glob("**/*.md")}
    assert len(listed) == len(set(listed)) and set(listed) == there | {"changelog.md", "contributing.md"}


def dead_links(site):
    """The links of a site's pages that lead nowhere."""
    pages_of = [
        file for file in site.rglob("*.html") if file.name != "404.html"
    ]  # that one only a server shows
    texts = {file: file.read_text(encoding="utf-8") for file in pages_of}
    ids = {file: set(re.findall(r'\bid="([^"]+)"', text)) for file, text in texts.items()}
    for file, text in texts.items():
        for link in map(html.unescape, re.findall(r'<a [^>]*?href="([^"]*)"', text)):
            if link.startswith(("http", "mailto:", "javascript:")) or link in ("", "."):
                continue
            path, _, anchor = link.partition("#")
            place = (file.parent / path).resolve() if path else file
            if not place.exists() or (anchor and place in ids and anchor not in ids[place] | {"__top"}):
                yield f"{file.relative_to(site)}: {link}"


def run_on_lists(text):
    """List items of a page that were taken for the text before them: Markdown of the site wants four spaces there."""
    shown = re.sub(r"<(pre|code|script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    return re.findall(r"\n {0,3}(?:[-*]|\d+\.) .{0,40}", shown)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if not all(map(find_spec, ("mkdocs", "material", "mkdocstrings"))):
        pytest.skip("needs the extra [site]")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_works_from_files(site):
    """Conformance: strict build, links and anchors lead somewhere, formulas are MathML, nothing is fetched."""
    for page in ("index", "ledger", "gallery", "classroom", "errata", "exercises", "api/losses", "changelog"):
        assert (site / f"{page}.html").exists(), page
    assert list(dead_links(site)) == []
    (site / "broken.html").write_text('<a href="nowhere.html">')
    assert list(dead_links(site)) == ["broken.html: nowhere.html"]
    (site / "broken.html").unlink()
    assert run_on_lists("<p>One\n- two</p>")
    for page in site.glob("*.html"):
        assert not run_on_lists(page.read_text(encoding="utf-8")), page.name
    errata, losses = (
        (site / f"{name}.html").read_text(encoding="utf-8") for name in ("errata", "api/losses")
    )
    assert errata.count("<math>") > 100 and "formula-0-of" not in errata and "Quotients" in losses
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?:[^"]*)"', text)
        assert not fetched, (page, fetched)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_the_note_beyond_the_papers_is_a_document_of_its_own(site, tmp_path):
    """Conformance: the command that the page names writes a PDF of several pages."""
    page = (ROOT / "docs" / "beyond.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"`(chromium [^`]*)`", page)
    words = command.replace("=beyond.pdf site/", f"={tmp_path}/beyond.pdf {site}/").split()
    subprocess.run([*words, "--no-sandbox"], check=True, capture_output=True, timeout=300)
    written = (tmp_path / "beyond.pdf").read_bytes()
    assert written.startswith(b"%PDF") and len(re.findall(rb"/Type ?/Page\b", written)) > 8
