"""The gallery: predictions beside measured numbers, on one offline page with the papers' statements."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from paper_figs import discovery, style
from paper_figs.__main__ import main
from paper_figs.gallery import Plate, _title, page
from paper_figs.numbers import Number, mean_of, share_of, slope_of
from paper_figs.periodic import fig7 as periodic_fig7
from paper_figs.regimes import fig2 as regimes_fig2
from proofs_check.page.claims import LETTER
from proofs_check.verdicts import book
from simulations.experiment import ensure
from simulations.regimes.toy_three_regimes import ThreeRegimes
from sitheory.trajectory import schema
from tests.proofs.test_page import Parsed, browser

KIND = "conformance"

ROOT = Path(__file__).parents[2]
__all__ = ["browser"]  # a fixture


# Numbers.


@pytest.mark.parametrize(
    ("number", "agrees"),
    [
        (Number("", 1.0, 1.29, 0.1), True),
        (Number("", 1.0, 1.31, 0.1), False),
        (Number("", 1.0, 0.69, 0.1), False),
        (Number("", 1.0, 1.35, 0.1, slack=0.1, why="so"), True),
        (Number("", 1.0, 0.0, 0.1, "<="), True),
        (Number("", 1.0, 1.31, 0.1, "<="), False),
        (Number("", 1.0, 2.0, 0.1, ">="), True),
        (Number("", 1.0, 0.69, 0.1, ">="), False),
        (Number("", 1.0, 1.31, 0.1, ">"), True),
        (Number("", 1.0, 1.29, 0.1, ">"), False),
        (Number("", 1.0, float("nan"), 0.1), False),
    ],
)
def test_a_number_agrees_within_three_errors(number, agrees):
    assert number.agrees is agrees


def test_a_number_needs_a_reason_for_its_slack_and_a_known_relation():
    for wrong in ({"slack": 0.1}, {"why": "so"}, {"relation": "~"}):
        with pytest.raises(ValueError, match="need"):
            Number("", 1.0, 1.0, **wrong)


def test_estimates():
    """Closed form: means and shares of few values, and the power of an exact power law."""
    assert mean_of([1, 3]) == (2, 1) and mean_of([5]) == (5, 0)
    assert share_of([True, False]) == (0.5, pytest.approx(0.5 / 2**0.5))
    assert share_of([True] * 100)[1] == pytest.approx(0.01, rel=0.01)
    x = np.array([1.0, 2, 4, np.nan])
    assert slope_of(x, np.stack([x**-0.5, 3 * x**-0.5], axis=1)) == pytest.approx((-0.5, 0), abs=1e-12)


# The page.


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    """Two figures as the command draws them, one of a small result and one of none."""
    folder = tmp_path_factory.mktemp("gallery")
    path = ensure(ThreeRegimes(steps=2000), folder)
    result = schema.load(path)
    drawn = []
    for module, results in ((regimes_fig2, {path: result}), (periodic_fig7, {})):
        name = "_".join(module.__name__.split(".")[1:])
        image, _ = style.write(module.draw(*results.values()), folder / name)
        numbers = module.numbers(*results.values())
        drawn.append(Plate(name, "A <caption>.", module.COST, module.CLAIMS, image, numbers, results))
    return drawn


def test_the_page_shows_each_figure_beside_its_statements_and_numbers(plates):
    text = page(plates)
    assert all(n.agrees for plate in plates for n in plate.numbers)
    parsed = Parsed(text)
    assert not parsed.open and {"regimes_fig2", "periodic_fig7"} <= set(parsed.ids)
    for plate in plates:
        assert all(claim_id in text for claim_id in plate.claims)
        assert all(path.name in text for path in plate.results)
    assert text.count("data:image/png;base64,") == 2 and "A &lt;caption&gt;." in text
    assert text.count('class="agrees"') == sum(len(plate.numbers) for plate in plates)
    wrong = Plate(**vars(plates[1]) | {"numbers": [Number("x", 1.0, 2.0)]})
    assert 'class="differs"' in page([wrong])


def test_titles_are_words_and_figures_stand_by_paper(plates):
    text = page(plates)
    assert re.findall(r'<h2 class="paper" id="(\w+)">', text) == ["regimes", "periodic"]
    for name, figure in discovery.figures()[0].items():
        source = (ROOT / figure.module.replace(".", "/")).with_suffix(".py").read_text()
        caption = " ".join(ast.get_docstring(ast.parse(source)).split("\n\n")[0].split())
        title = _title(Plate(name, caption, "", (), Path(), (), {}))
        assert len(title.split()) > 1 and not re.search(r"_|[Ff]igure \d|[(:]$", title), title
        assert title.count("(") == title.count(")") and not re.search(r"\b(eqs?|prop|cor)$", title), title


@pytest.mark.slow
def test_a_figure_enlarges_and_closes(browser, plates, tmp_path):
    file = tmp_path / "gallery.html"
    file.write_text(page(plates), encoding="utf-8")
    browser.get(file.as_uri())
    browser.execute_script("document.querySelector('.plate button').click()")
    shown = (
        "return [document.querySelector('dialog').open, document.querySelector('dialog img').naturalWidth]"
    )
    opened, width = browser.execute_script(shown)
    assert opened and width > 500
    browser.execute_script("document.querySelector('dialog button').click()")
    assert not browser.execute_script(shown)[0]
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]


def test_the_page_is_the_same_twice_and_fetches_nothing(plates):
    text = page(plates)
    assert text == page(plates)
    for tag, attrs in Parsed(text).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert not {"srcset", "action", "style"} & set(attrs) and not any(a.startswith("on") for a in attrs)
        assert attrs.get("src", "data:image/png").startswith("data:image/png")
    assert not re.search(r"https?:|url\(|@import", text.replace("url(data:font/woff2;base64,", ""))
    assert text.count("<script>") == 1 and "script-src 'sha256-" in text


def test_every_figure_names_claims_of_the_ledger_and_tells_numbers():
    known = set(book.load())
    for name, figure in discovery.figures()[0].items():
        module = discovery.load(figure)
        assert module.CLAIMS and set(module.CLAIMS) <= known, name
        assert callable(module.numbers), name


def test_a_page_of_nothing_is_refused(capsys):
    assert main(["--html", "x.html"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_inks_differ_in_grey():
    """Lightness of CIE 1976: nine steps between any two."""

    def lightness(ink):
        parts = np.array([int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return 116 * (linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3) - 16

    found = np.sort([lightness(ink) for ink in style.INKS])
    assert np.all(np.diff(found) >= 9) and found[-1] < 75


# All of it, as the README's command makes it.

COMMAND = "python -m paper_figs --all --html gallery.html"
LONG = ("three minutes", "four minutes", "five minutes")
"""What a figure costs that only the nightly test draws."""


def drawn(folder, long):
    """The gallery of the figures that take so long, or of all others, in place of all of them."""
    assert f"\n{COMMAND} " in (ROOT / "README.md").read_text(encoding="utf-8")
    figures = discovery.figures()[0]
    wanted = [name for name, module in figures.items() if (discovery.load(module).COST in LONG) == long]
    words = (
        COMMAND.replace("gallery.html", f"{folder}/gallery.html")
        .replace("--all", " ".join(wanted))
        .split()[1:]
    )
    done = subprocess.run(
        [sys.executable, *words, "--out", str(folder)], capture_output=True, text=True, timeout=5400, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return folder, sorted(wanted)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    return drawn(tmp_path_factory.mktemp("all"), long=False)[0]


@pytest.mark.nightly
def test_the_figures_that_take_minutes_agree_with_what_is_derived(tmp_path):
    agrees(*drawn(tmp_path, long=True))


@pytest.mark.slow
def test_one_command_draws_every_figure_and_what_is_derived_agrees(gallery):
    costs = {name: discovery.load(module).COST for name, module in discovery.figures()[0].items()}
    text = agrees(gallery, sorted(name for name, cost in costs.items() if cost not in LONG))
    assert all(f"<b>{letter}</b>" in text for letter in ("P", "R")) and set(LETTER.values()) >= {"P", "R"}


def agrees(gallery, wanted):
    figures = discovery.figures()[0]
    assert sorted(p.stem for p in gallery.glob("*.png")) == wanted
    text = (gallery / "gallery.html").read_text(encoding="utf-8")
    rows, sections = book.committed_rows(), re.split(r'<section class="figure" id="', text)[1:]
    for section in sections:
        name = section.split('"')[0]
        differing = [row for row in section.split("<tr>") if 'class="differs"' in row]
        assert all("<i>printed</i>" in row for row in differing), f"{name} differs from what is derived"
        claims = discovery.load(figures[name]).CLAIMS
        inexact = [i for i in claims if i in rows and rows[i]["printed_status"] in ("REFUTED", "APPROXIMATE")]
        assert inexact or not differing, (
            f"{name}: a printed prediction fails, and the ledger says it is exact"
        )
    return text


@pytest.mark.slow
def test_the_readme_s_figure_is_the_one_that_is_drawn(gallery):
    """Up to what another version of the drawing library moves."""
    kept, drawn = (image.imread(f / "regimes_bifurcation.png")[..., :3] for f in (ROOT / "docs", gallery))
    assert kept.shape == drawn.shape and np.mean(np.abs(kept - drawn)) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_gallery_stands_in_a_browser(browser, gallery, width, scheme):
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    preference = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", preference)
    browser.get((gallery / "gallery.html").as_uri())
    wide, seen = browser.execute_script(
        "return [document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen <= width
    images = browser.execute_script(
        "return Array.from(document.querySelectorAll('main img')).map(i => [i.naturalWidth, i.width])"
    )
    assert len(images) == len(list(gallery.glob("*.png"))) and all(
        natural > 0 and 0 < w <= width for natural, w in images
    )
    assert not [line for line in browser.get_log("browser") if line["level"] in ("SEVERE", "WARNING")]
