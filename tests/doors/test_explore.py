"""The notebook: its cells run headless, its sliders reach every regime, and its door says what it needs."""

import os
import sys

import pytest

from sitheory import explore
from sitheory.losses.quotients import Quotients
from sitheory.measure.cycles import Behaviour
from sitheory.measure.regimes import Regime
from sitheory.rules import DecayGD, SphereGD

KIND = "conformance"

QUIET = {"decay_rule": DecayGD(0.1, 0.01), "planar": Quotients((1,))}
"""A run with weight decay that is over at once, where another cell is looked at."""


@pytest.fixture(scope="module")
def app():
    pytest.importorskip("marimo")
    pytest.importorskip("matplotlib")
    from sitheory.explore.notebook import app

    return app


@pytest.fixture(scope="module")
def opened(app):
    return app.run()


def test_the_notebook_runs_and_shows_what_its_sliders_say(opened):
    outputs, defs = opened
    assert defs["loss"] == Quotients((1, 2, 4)) and defs["rule"] == SphereGD(0.2)
    assert defs["toy"].decision.regime is Regime.EQUILIBRIUM
    measured = {name: (seen, predicted) for name, seen, predicted in defs["toy_table"]}
    assert measured["mean ELR, group 1"] == ("1.4013 ± 0.0009 (drifting)", "1.4")
    assert measured["Lyapunov exponent a step"][0].startswith("-0.000")
    assert defs["decay"].cycle.behaviour is Behaviour.OSCILLATES
    assert r"(--steps)" not in "".join(output.text for output in outputs if hasattr(output, "text"))
    html = "".join(output.text for output in outputs if hasattr(output, "text"))
    assert all(word in html for word in ("equilibrium", "Lyapunov exponent", "oscillates", "spells of jumps"))


@pytest.mark.parametrize(("elr", "regime"), [(0.1, Regime.CONVERGENCE), (0.5, Regime.DIVERGENCE)])
def test_what_is_shown_follows_the_sliders(app, elr, regime):
    _, defs = app.run(defs={"loss": Quotients((1, 2, 4)), "rule": SphereGD(elr), **QUIET})
    assert defs["toy"].rule.elr == elr and defs["toy"].decision.regime is regime


def test_it_opens_on_runs_that_move_and_has_a_tab_for_each_subject(opened):
    outputs, defs = opened
    (tabs,) = (output.text for output in outputs if hasattr(output, "text"))
    first = defs["opening"].text
    assert "iframe" in first and "Training on a sphere" in first and "play" in first
    assert tabs.index("three spheres") < tabs.index("on the sphere")
    assert all(word in tabs for word in ("on the sphere", "weight decay", "edge of stability", "a network"))
    assert (
        "ELR x sharpness" in defs["edge_tab"].text
        and "oscillate across the minimisers" in defs["edge_tab"].text
    )
    assert tabs.count('class="plot"') == 3 and "train" in defs["network_tab"].text


def test_a_trained_network_is_shown_with_its_regime_and_its_laws(app):
    bridge = pytest.importorskip("sitheory.bridge")
    data = bridge.data.digits().normalised()
    trained = bridge.train(bridge.MLP(64, (8,), rng=0), bridge.SphereSGD(1.0), data, epochs=4)
    _, defs = app.run(defs={"missing": [], "trained": trained, **QUIET})
    shown = defs["network_tab"].text
    assert 'class="plot"' in shown and "total ELR from the groups" in shown and "divergence" in shown


def test_a_network_without_torch_says_what_it_needs(app):
    _, defs = app.run(defs={"missing": ["torch"], "trained": None, **QUIET})
    assert "need torch for networks" in defs["network_tab"].text


def test_in_the_dark_drawings_are_turned():
    """Conformance: the style sheet that the notebook names turns its plots, and the theme is the system's."""
    notebook = explore.NOTEBOOK.read_text(encoding="utf-8")
    style = explore.NOTEBOOK.with_name("notebook.css").read_text(encoding="utf-8")
    assert '# theme = "system"' in notebook and 'css_file="notebook.css"' in notebook
    assert ".dark .plot { filter: invert(1)" in style


def test_the_door_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(explore, "find_spec", lambda name: None)
    assert explore.main([]) == 2
    assert "pip install 'sitheory[explore]'" in capsys.readouterr().err


def test_the_door_serves_the_notebook_with_the_words_given(monkeypatch):
    pytest.importorskip("marimo")
    seen = []
    monkeypatch.setattr(os, "execv", lambda program, command: seen.append(command))
    explore.main(["--port", "1"])
    assert explore.NOTEBOOK.exists()
    assert seen == [[sys.executable, "-m", "marimo", "run", str(explore.NOTEBOOK), "--port", "1"]]
