"""The ledger's page: complete, offline, the same for the same ledger, and usable in a real browser."""

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from paper_figs.discovery import figures
from proofs_check import Claim, Form, Status, Verdict
from proofs_check.__main__ import main
from proofs_check.page import frame as math_font
from proofs_check.page.document import page
from proofs_check.page.errata import kind
from proofs_check.page.graph_layout import GAP, depths, draw, spread
from proofs_check.page.prose import prose
from proofs_check.page.tex import formula, sentence
from proofs_check.page.views import lines, theorems, views
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Check, Ledger
from sitheory.references import citations

KIND = "conformance"

HOSTILE = "<script>alert('x')</script> & \"quoted\""


def check(engine, formula, **more):
    return Check(engine, formula, lambda: Verdict(Status.OPEN), **more)


def claim(name, printed, amended=None, needs=(), note=""):
    forms = [Form(f"${name.removeprefix('mine:')}_t < 1$ {HOSTILE}", tuple(printed), note)]
    forms += [Form(r"$\rho_t^2 \le \frac{1}{2}$", tuple(amended))] if amended else []
    return Claim(f"mine:{name}", HOSTILE, *forms, needs=tuple(f"mine:{n}" for n in needs))


def entry(form, engine, formula, status, **more):
    return {"form": form, "engine": engine, "formula": formula, "status": status} | more


CLAIMS = [
    claim("a", [check("smt", "x > 0, (f(x, y), 1) = 2  =>  x > 1", mutants=(check("smt", "x > 2"),))]),
    claim(
        "b", [check("smt", "x < 1")], [check("kernel", "forall x, 0 < x -> x < 1")], needs="a", note=HOSTILE
    ),
    claim("c", [check("algebra", f"x = 1 {HOSTILE}")], needs="ab"),
    claim("d", [check("smt", "new formula")]),
    claim("e", [], note="says nothing exact"),
]
WITNESS = {"lr": "1/8", "rho_t^2": "1/5", HOSTILE: HOSTILE}
ROWS = {
    "mine:a": {
        "engines": [
            entry("printed", "smt", CLAIMS[0].printed.checks[0].formula, "PROVED", version="z3 5.4.0")
        ]
    },
    "mine:b": {
        "engines": [
            entry("printed", "smt", "x < 1", "REFUTED", witness=WITNESS, reason=HOSTILE),
            entry("amended", "kernel", "forall x, 0 < x -> x < 1", "PROVED", certificate="Beta.eq13a"),
        ]
    },
    "mine:c": {"engines": [entry("printed", "algebra", f"x = 1 {HOSTILE}", "SUPPORTED")]},
    "mine:d": {"engines": [entry("printed", "smt", "old formula", "PROVED")]},
}
small = Ledger(CLAIMS)


class Parsed(HTMLParser):
    """What a page's tags say: ids, attributes, balance, and the text outside style and script."""

    VOID = ("meta", "input", "wbr")

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags, self.open, self.text = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


@pytest.fixture(scope="module")
def whole():
    """The page of the ledger as it stands."""
    ledger = book.load()
    return ledger, page(ledger, book.committed_rows())


# Sentences.


def test_every_sentence_of_the_ledger_converts_without_leftover_tex():
    for item in book.load().values():
        for form in item.forms:
            html = sentence(form.sentence)
            ElementTree.fromstring(f"<p>{html}</p>")
            text = re.sub(r"<[^>]*>", "", html)
            assert not re.search(r"[\\$]", text), f"{item.id}: {form.sentence}"
            formulas = form.sentence.count("$") // 2
            assert html.count("data-tex=") == formulas, f"{item.id}: {form.sentence}"


def test_tex_that_the_converter_does_not_know_is_shown_as_it_is():
    assert formula(r"\nosuchcommand x") == r"<code>\nosuchcommand x</code>"
    assert formula(r"\frac{1") == r"<code>\frac{1</code>"


def test_a_long_formula_breaks_after_relations_outside_brackets_only():
    html = sentence(r"$f(a, b) = \frac{1}{2} + c + d \le e$.")
    assert html.count("<wbr />") == 2
    assert html.endswith("</math>.</span></span>")


def test_formulas_are_cut_into_lines_at_their_hypotheses():
    assert lines("x > 0, f(x, y) = 2  =>  x > 1") == "x > 0,\nf(x, y) = 2\n=>  x > 1"
    assert lines("forall x, 0 < x -> (x -> y) -> z") == "forall x, 0 < x ->\n(x -> y) ->\nz"


def test_a_coq_term_brings_the_theorems_it_names():
    found = dict(theorems("ltac:(intros; apply Beta.eq13a; lra)"))
    assert list(found) == ["Beta.eq13a"]
    assert found["Beta.eq13a"].startswith(("Theorem eq13a", "Lemma eq13a"))
    assert found["Beta.eq13a"].endswith("Qed.")
    assert not dict(theorems("Nowhere.at_all Beta.no_such_theorem"))


PROSE = {
    "w + (-eta + -eta)*w_dot_g + -eta*-eta*g, *stressed*": "w + (-η + -η)*w_dot_g + -η*-η*g, <em>stressed</em>",
    "kappa' L > kappa L, t >> 1": "κ′ L &gt; κ L, t ≫ 1",
    "2^(n-1) signs, x_{b,t} <= sqrt(b/alpha)": "2<sup>n−1</sup> signs, x<sub>b,t</sub> ≤ √(b/α)",
    "'Every n' has <grad f, x> = 0 and f''": "'Every n' has ⟨grad f, x⟩ = 0 and f′′",
    "see periodic:delta-bounds, Norm.eq8_sign": "see periodic:delta-bounds, <code>Norm.eq8_sign</code>",
    "the kernel's run, a delta-jump": "the kernel's run, a δ-jump",
    "rho_t^2 <=> ρ_t^2, g~^2": "ρ<sub>t</sub><sup>2</sup> ⇔ ρ<sub>t</sub><sup>2</sup>, g\u0303<sup>2</sup>",
    "`a <= b` and *this* < that & so": "<code>a &lt;= b</code> and <em>this</em> &lt; that &amp; so",
    "x = 0 + 1/e_1": "x = 1/e<sub>1</sub>",
    "x^2/2, t^(-1/2), (1 + phi) h^2/8, N^{2/3}": (
        "x<sup>2</sup>/2, t<sup>−1/2</sup>, (1 + φ) h<sup>2</sup>/8, N<sup>2/3</sup>"  # a slash ends an exponent
    ),
    "10 + x, K^2 - 0": "10 + x, K<sup>2</sup> - 0",
}


@pytest.mark.parametrize("plain", PROSE)
def test_mathematics_in_plain_characters_is_written_as_by_hand(plain):
    assert prose(plain) == PROSE[plain]


def test_no_sentence_note_or_witness_of_the_page_shows_plain_formulas(whole):
    """Conformance: outside code no exponent, no arrow, no Greek letter's name and no sum that begins from 0."""
    text = re.sub(r"<(code|pre|svg|script|style|title|math)\b.*?</\1>", "", whole[1], flags=re.S)
    words = re.sub(r"<[^>]*>", "", text)
    for plain in (
        r"\w\^[\w(]",
        r"&lt;=&gt;|&lt;=|-&gt;",
        r"(?<![\w:'-])(?:kappa|lambda|eta|rho|alpha)\b(?!-)",
        r"= 0 \+ \w",
    ):
        found = re.findall(rf".{{30}}(?:{plain}).{{30}}", words)
        assert not found, found[:5]


def missing(characters):
    from fontTools.ttLib import TTFont

    pytest.importorskip("brotli")
    font = TTFont(Path(math_font.__file__).with_name("latin-modern-math.woff2"))
    assert "MATH" in font
    return {c for c in characters if ord(c) not in font.getBestCmap()}


def test_the_font_has_every_character_of_the_formulas(whole):
    formulas = "".join(re.findall(r"<math>.*?</math>", whole[1]))
    used = set(html.unescape(re.sub(r"<[^>]*>", "", formulas))) - set(" \u2009\u2061")
    assert len(used) > 60 and missing(used) == set()
    assert missing("\u0416") == {"\u0416"}


def test_the_first_screen_says_what_holds(whole):
    """Conformance: one sentence with the counts of the ledger, and a square for each statement."""
    ledger, text = whole
    shown = views(ledger, book.committed_rows())
    head = text.partition("<header")[2].partition("</header>")[0]
    counts = re.findall(r"<b>(\d+)</b> (hold|fail)", head)
    printed = [view.printed.status for view in shown]
    assert dict((word, int(n)) for n, word in counts) == {
        "hold": printed.count("PROVED"),
        "fail": printed.count("REFUTED"),
    }
    assert f"Of {len(ledger)} statements" in head and head.count('class="unit"') == len(ledger)


def test_a_row_says_where_and_why_it_fails_before_it_is_unfolded(whole):
    ledger, text = whole
    for view in views(ledger, book.committed_rows()):
        row = text.partition(f'<tbody id="{view.claim.id}"')[2].partition("<details")[0]
        if view.printed.status is Status.REFUTED and view.printed.witness:
            assert "<b>fails at</b>" in row, view.claim.id
        assert ('<p class="why">' in row) or view.printed.status is not Status.REFUTED, view.claim.id


def test_the_page_keeps_to_its_size(whole):
    """Conformance: what docs/pages/ledger.md says: four megabytes at most."""
    assert len(whole[1].encode()) < 4e6


# Verdicts.


def test_statuses_are_added_up_from_verdicts_on_the_same_formulas():
    shown = {view.claim.id: view for view in views(small, ROWS)}
    statuses = {name: (v.printed.status, v.standing.status, v.fully_proved) for name, v in shown.items()}
    assert statuses == {
        "mine:a": ("PROVED", "PROVED", True),
        "mine:b": ("REFUTED", "PROVED", True),
        "mine:c": ("SUPPORTED", "SUPPORTED", False),
        "mine:d": ("OPEN", "OPEN", False),  # its formula has changed since the verdict
        "mine:e": ("OPEN", "OPEN", False),
    }
    assert shown["mine:a"].needed_by == ("mine:b", "mine:c")


def test_a_surviving_mutant_takes_the_status_away():
    row = {"engines": [ROWS["mine:a"]["engines"][0] | {"survivors": ["x > 2"]}]}
    assert views(small, {"mine:a": row})[0].printed.status is Status.OPEN
    assert "(passes!)" in page(small, {"mine:a": row})


def test_statuses_agree_with_the_committed_rows():
    rows = book.committed_rows()
    for view in views(book.load(), rows):
        row = rows.get(view.claim.id)
        answered = sum(answer.entry is not None for answer in view.answers)
        same = row and len(row["engines"]) == len(view.answers) == answered
        forms = row and (row["amended_status"] is None) == (view.amended is None)
        if same and forms and not any(e.get("missing") for e in row["engines"]):
            assert view.printed.status == row["printed_status"], view.claim.id
            assert (view.amended and view.amended.status) == row["amended_status"], view.claim.id


# The page.


@pytest.mark.parametrize("which", ["small", "whole"])
def test_each_id_is_one_anchor_and_each_link_leads_somewhere(which, whole):
    ledger, text = (small, page(small, ROWS)) if which == "small" else whole
    parsed = Parsed(text)
    assert not parsed.open
    assert len(parsed.ids) == len(set(parsed.ids))
    bodies = [attrs["id"] for tag, attrs in parsed.tags if tag == "tbody" and "id" in attrs]
    assert bodies == list(ledger)
    links = [attrs["href"] for tag, attrs in parsed.tags if tag == "a"]
    inside = [href for href in links if href.startswith("#")]
    assert all(href[1:] in parsed.ids for href in inside)
    papers = {citations.address(paper) for paper in citations.PAPERS} - {""}
    drawn = {f"gallery.html#{name}" for name in figures()[0]}
    assert set(links) - set(inside) <= papers | drawn
    assert which == "small" or (papers <= set(links) and set(links) & drawn)
    nodes = [attrs["data-id"] for tag, attrs in parsed.tags if attrs.get("class", "").startswith("node")]
    assert sorted(nodes) == sorted(ledger)


@pytest.mark.parametrize("which", ["small", "whole"])
def test_the_page_fetches_and_runs_nothing_of_others(which, whole):
    text = page(small, ROWS) if which == "small" else whole[1]
    parsed = Parsed(text)
    for tag, attrs in parsed.tags:
        assert not {"src", "srcset", "action", "style"} & set(attrs), (tag, attrs)
        assert not any(name.startswith("on") for name in attrs), (tag, attrs)
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), (tag, attrs)
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    followed = re.sub(r'marker-end="[^"]*"|<a class="out" href="[^"]*"', "", text)  # only when clicked
    fetched = followed.replace("url(data:font/woff2;base64,", "")
    assert not re.search(r"https?:|url\((?!#)|@import", fetched) and followed != fetched
    assert "default-src 'none'" in text


def test_what_users_write_is_escaped():
    text = page(small, ROWS)
    assert "alert('x')</script>" not in text
    assert "".join(Parsed(text).text).count("<script>alert('x')</script> & \"quoted\"") >= 10


def test_the_page_is_the_same_for_the_same_ledger_whatever_the_time_it_took():
    later = {i: row | {"seconds": 9.0} for i, row in ROWS.items()}
    for row in later.values():
        row["engines"] = [e | {"seconds": 9.0, "date": "2001-01-01"} for e in row["engines"]]
    assert page(small, ROWS) == page(small, later)
    changed = ROWS | {"mine:a": {"engines": []}}
    assert page(small, ROWS) != page(small, changed)


def test_the_page_says_where_its_verdicts_come_from():
    assert "Verdicts: the committed ledger, <code>ledger.jsonl</code>. " in page(small, ROWS)
    some = page(small, ROWS, ["mine:b"])
    assert 'decided in the run that wrote this page: <a href="#mine:b">mine:b</a>.' in some
    assert "Verdicts: decided in the run that wrote this page." in page(small, ROWS, list(small))
    assert "z3 5.4.0" in page(small, ROWS)


def test_the_errata_list_all_that_was_amended_or_refuted(whole):
    ledger, text = whole
    rows = book.committed_rows()
    listed = set(re.findall(r'<li><a href="#([^"]+)"', text[text.index('id="errata"') :]))
    shown = views(ledger, rows)
    assert listed == {v.claim.id for v in shown if kind(v)}
    errata = page(small, ROWS).partition('id="errata"')[2].partition("</section>")[0]
    assert "Does not hold as printed" in errata
    assert "η = 1/8" in errata and "ρ<sub>t</sub><sup>2</sup> = 1/5" in errata
    assert "corrected" in errata and "<mfrac>" in errata


def test_the_command_writes_the_page_without_deciding(tmp_path, monkeypatch):
    def never(*_):
        raise AssertionError("decides, where it should read the committed ledger")

    monkeypatch.setattr("proofs_check.verify.run", never)
    file = tmp_path / "ledger.html"
    main(["--html", str(file)])
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# The graph.


def test_every_arrow_leads_right_and_no_boxes_overlap():
    needs = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("c", "a"), "e": (), "f": ("e",), "g": ()}
    drawing = draw(needs)
    assert set(drawing.edges) == {(j, i) for i, below in needs.items() for j in below}
    assert all(points[0][0] < points[-1][0] for points in drawing.edges.values())
    places = sorted(drawing.nodes.values())
    assert all(x != a or abs(y - b) >= GAP for n, (x, y) in enumerate(places) for a, b in places[:n])
    assert depths(needs) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 0, "f": 1, "g": 0}


def test_no_boxes_of_the_ledger_overlap():
    drawing = draw({item.id: item.needs for item in book.load().values()})
    places = list(drawing.nodes.values())
    assert all(x != a or abs(y - b) >= GAP for n, (x, y) in enumerate(places) for a, b in places[:n])


def test_places_are_the_nearest_that_keep_their_distance():
    assert spread([0, 0, 0], [2, 2, 2]) == [-2, 0, 2]
    assert spread([5, 0], [1, 1]) == [2, 3]
    assert spread([0, 10], [1, 1]) == [0, 10]


# A real browser.

PROGRAMS = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture
def browser(tmp_path):
    if not all(PROGRAMS):
        pytest.skip("needs chromium and chromedriver (Debian: chromium, chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = PROGRAMS[0]
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(PROGRAMS[1]))
    yield driver
    driver.quit()


def support():
    return pytest.importorskip("selenium.webdriver.support.ui")


def visible(browser):
    script = "return Array.from(document.querySelectorAll('table.ledger > tbody'))"
    return browser.execute_script(f"{script}.filter(b => b.offsetParent || b.offsetHeight).map(b => b.id)")


def choose(browser, field, value):
    script = (
        "const f = document.getElementById(arguments[0]); f.value = arguments[1];"
        "f.dispatchEvent(new Event('change')); f.dispatchEvent(new Event('input'))"
    )
    browser.execute_script(script, field, value)


@pytest.mark.slow
def test_search_filters_and_unfolding_work_in_a_browser(browser, tmp_path, whole):
    file = Path(tmp_path / "small.html")
    file.write_text(page(small, ROWS), encoding="utf-8")
    browser.get(file.as_uri())
    assert visible(browser) == list(small)
    for field, value, left in [
        ("search", "RHO frac", "b"),  # in the TeX
        ("search", "beta.eq13a", "b"),  # in what is folded
        ("search", "nothing of this kind", ""),
        ("paper", "mine", "abcde"),
        ("printed", "REFUTED", "b"),
        ("standing", "PROVED", "ab"),
        ("engine", "algebra", "c"),
    ]:
        choose(browser, field, value)
        assert visible(browser) == [f"mine:{name}" for name in left], (field, value)
        choose(browser, field, "")
    browser.find_element("id", "full").click()
    assert visible(browser) == ["mine:a", "mine:b"]
    assert browser.find_element("id", "count").text == "2 of 5"
    details = browser.find_element("css selector", "[id='mine:a'] details")
    assert not details.get_property("open")
    details.find_element("tag name", "summary").click()
    assert details.get_property("open")
    assert "(f(x, y), 1) = 2" in details.text
    node = browser.find_element("css selector", "a.node[data-id='mine:c']")
    browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", node)
    browser.execute_script("location.hash = '#mine:c'")
    hidden = "return document.getElementById('mine:c').hidden"
    assert not browser.execute_script(hidden)  # a link to a claim that the filters hide shows it
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]


FOUND = {
    "proposition 3": "periodic:prop3",
    "prop. 3": "periodic:prop3",
    "regimes eq. 9": "regimes:eq9",
    "PL condition": "sharpness:pl",
    "sharpness reduction": "sharpness:",
    "regimes proposition 2": "regimes:prop2.1",
    "eq9": "periodic:eq9",
    "eq. 9": "periodic:eq9",
    "(9)": "periodic:eq9",
    "Equation 9": "periodic:eq9",
    "equation (13a)": "periodic:13a",
    "theorem 4.7": "sharpness:thm4.7",
    "corollary 1 thesis": "thesis:cor1",
}
"""What a reader types, and the claim that stands first (the claims of that paper, where it ends in a colon)."""


@pytest.mark.slow
def test_search_finds_a_statement_by_its_name_and_the_rest_of_the_page_works(browser, tmp_path, whole):
    """Conformance: ids and sources rank first; filters stay in sight; the graph zooms and filters; links are copied."""
    file = Path(tmp_path / "whole.html")
    file.write_text(whole[1], encoding="utf-8")
    browser.get(file.as_uri())
    for asked, first in FOUND.items():
        choose(browser, "search", asked)
        assert visible(browser)[0].startswith(first), (asked, visible(browser)[:4])
    counts = {}
    for asked in ("eq. 9", "(9)", "Equation 9"):
        choose(browser, "search", asked)
        counts[asked] = visible(browser)
    assert len(set(map(tuple, counts.values()))) == 1
    browser.execute_script("window.scrollTo(0, 0)")
    choose(browser, "search", "PL condition")
    where = "return document.getElementById('sharpness:pl').getBoundingClientRect().top < window.innerHeight"
    assert browser.execute_script(where)  # what was found is in sight, not below the first screen
    choose(browser, "search", "")
    assert visible(browser) == list(whole[0])  # in the ledger's order again
    browser.execute_script("location.hash = '#periodic:prop3'")
    top = "return document.querySelector('.controls').getBoundingClientRect().top"
    assert browser.execute_script("return window.scrollY") > 1000 and abs(browser.execute_script(top)) < 2
    row = browser.find_element("css selector", "[id='periodic:prop3'] details")
    support().WebDriverWait(browser, 10).until(lambda b: row.find_elements("css selector", ".copy"))
    browser.execute_script(
        "const put = t => { window.put = t; return Promise.resolve(); };"
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: put}})"
    )
    row.find_element("css selector", ".rests .copy").click()
    assert browser.execute_script("return window.put").endswith("#periodic%3Aprop3")
    wide = "return document.querySelector('svg.graph').getBoundingClientRect().width"
    before = browser.execute_script(wide)
    browser.execute_script("document.querySelector('[data-zoom=\"1.25\"]').click()")
    assert browser.execute_script(wide) == pytest.approx(1.25 * before)
    choose(browser, "graph-paper", "rotation")
    seen = browser.execute_script(
        "return [...document.querySelectorAll('a.node:not(.off)')].map(n => n.dataset.id)"
    )
    assert 7 <= len(seen) < len(whole[0]) / 2 and {i for i in whole[0] if i.startswith("rotation:")} <= set(
        seen
    )
    assert browser.execute_script("return document.fonts.check('16px \"Latin Modern Math\"')")
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_scrolls_sideways_and_the_console_is_quiet(browser, tmp_path, whole, width):
    file = Path(tmp_path / "whole.html")
    file.write_text(whole[1], encoding="utf-8")
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(file.as_uri())
    assert visible(browser) == list(whole[0])
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    wide, seen = browser.execute_script(
        "return [document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen <= width
    left = "return Math.min(...[...document.querySelectorAll('.picture text')].map(t => t.getBBox().x))"
    assert browser.execute_script(left) >= 0  # no paper's name is cut off
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
