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


@pytest.fixture(scope="module")
def app():
    pytest.importorskip("marimo")
    pytest.importorskip("matplotlib")
    from sitheory.reports.notebook import app

    return app


def test_the_notebook_runs_and_shows_what_its_sliders_say(app):
    outputs, defs = app.run()
    assert defs["loss"] == Quotients((1, 2, 4)) and defs["rule"] == SphereGD(0.2)
    assert defs["toy"].decision.regime is Regime.EQUILIBRIUM
    measured = {name: (seen, predicted) for name, seen, predicted in defs["toy_table"]}
    assert measured["mean ELR, group 1"] == ("1.4013 ± 0.0009 (drifting)", "1.4")
    assert measured["Lyapunov exponent a step"][0].startswith("-0.000")
    assert defs["decay"].cycle.behaviour is Behaviour.OSCILLATES
    html = "".join(output.text for output in outputs if hasattr(output, "text"))
    assert all(word in html for word in ("equilibrium", "Lyapunov exponent", "oscillates", "spells of jumps"))


@pytest.mark.parametrize(("elr", "regime"), [(0.1, Regime.CONVERGENCE), (0.5, Regime.DIVERGENCE)])
def test_what_is_shown_follows_the_sliders(app, elr, regime):
    quiet = {"decay_rule": DecayGD(0.1, 0.01), "planar": Quotients((1,))}
    _, defs = app.run(defs={"loss": Quotients((1, 2, 4)), "rule": SphereGD(elr), **quiet})
    assert defs["toy"].rule.elr == elr and defs["toy"].decision.regime is regime


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
