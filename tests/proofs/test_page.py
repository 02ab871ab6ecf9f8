"""The ledger's page: complete, offline, the same for the same ledger, and usable in a real browser."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from proofs_check import Claim, Form, Status, Verdict
from proofs_check.__main__ import main
from proofs_check.page.document import page
from proofs_check.page.errata import kind
from proofs_check.page.graph_layout import GAP, depths, draw, spread
from proofs_check.page.tex import formula, sentence
from proofs_check.page.views import lines, theorems, views
from proofs_check.verdicts import book
from proofs_check.verdicts.claims import Check, Ledger

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
    assert all(href.startswith("#") and href[1:] in parsed.ids for href in links)
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
    assert not re.search(r"https?:|url\((?!#)|@import", re.sub(r'marker-end="[^"]*"', "", text))
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
    assert "η = 1/8" in errata and "ρ_t^2 = 1/5" in errata
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


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
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
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
