"""Norm and turn of walks and networks under their optimisers: the experiments and their figures."""

import numpy as np
import pytest

from paper_figs.rotation import muon as muon_figure, schedule_end, walks
from simulations.rotation import rotation_networks
from simulations.rotation.rotation_muon import Polar
from simulations.rotation.rotation_networks import Networks
from simulations.rotation.rotation_schedules import Schedules
from simulations.rotation.rotation_walks import Walks
from sitheory.theory import rotation

KIND = "trial"


def test_walks_follow_their_laws_to_the_end_of_the_schedule():
    """Trial: 6 layers of 12 x 12, 1,000 steps: norms at the end to 4 % of the law; C sqrt(lr/wd) misses by half."""
    experiment = Walks(layers=6, side=12, steps=1_000, windows=20)
    result = experiment.run()
    last = result.isel(step=-1)
    np.testing.assert_allclose(last["walk_norm"], last["told_norm"], rtol=0.04)
    np.testing.assert_allclose(last["walk_turn"], last["told_turn"], rtol=0.08)
    ended = last["schedule"].values == "linear"
    assert np.all((last["walk_norm"] / last["rest_norm"]).values[ended] > 1.5)
    muon = (last["optimiser"].values == "Muon") & ~ended
    assert np.all((last["walk_turn"] / last["geometric_turn"]).values[muon] > 1.08)
    assert all(number.agrees for number in walks.numbers(result))
    assert len(walks.draw(result).axes) == 6 and "over its law" in experiment.table(result)


LAYERS = 0.12
"""Of the median layer's turn and norm: what a signal and matrices of 32 by 32 leave of a forecast from noise."""


SHORT = {"nets": ("transformer",), "steps": 100, "seeds": 1, "windows": 10}


@pytest.fixture(scope="module")
def networks():
    """A language model under AdamW along both schedules, 220 steps, and under Hyperball, 60 steps of a cosine."""
    pytest.importorskip("torch")
    adamw = Networks(optimisers=("adamw",), **SHORT | {"steps": 220}).run()
    ball = Networks(optimisers=("hyperball",), schedules=("cosine",), **SHORT | {"steps": 60}).run()
    return {
        "adamw": of_run(adamw, "adamw"),
        "cosine": of_run(adamw, "adamw", "cosine"),
        "ball": of_run(ball, "hyperball", "cosine"),
        "table": Networks.table(adamw),
        "result": adamw,
    }


@pytest.fixture(scope="module")
def lion():
    """The same under Lion."""
    pytest.importorskip("torch")
    return of_run(Networks(optimisers=("lion",), schedules=("constant",), **SHORT).run(), "lion")


def of_run(result, optimiser, schedule="constant"):
    return result.sel(run=f"transformer, {optimiser}, {schedule}")


def test_layers_turn_as_their_optimiser_says(networks):
    """Trial: AdamW's and Hyperball's median layer; the formula of coupled decay is refused for AdamW."""
    for run in ("adamw", "ball"):
        off = rotation_networks.over_forecast(networks[run]).median("group")
        assert float(off["turn"][0]) == pytest.approx(1, abs=LAYERS), run
        assert float(off["norm"][0]) == pytest.approx(1, abs=LAYERS), run
    rule = rotation_networks.rule_of("adamw", 1e-2, 0)
    coupled = rotation.heavy_chord_sq(rule.lr, rule.wd, rule.b1) ** 0.5
    by_memory = networks["adamw"]["turn_by_memory"].median()
    assert float(by_memory) == pytest.approx(1, abs=LAYERS)  # with the correlations that are measured
    seen = networks["adamw"]["turn"].isel(step=slice(5, None)).median(("group", "step"))
    assert float(seen[0]) < coupled / 2


def test_what_breaks_a_forecast_is_measured(lion):
    """Trial: Lion's updates remember more than noise's do, and so it turns less."""
    assert float(rotation_networks.over_forecast(lion)["turn"].median()) < 0.8
    assert float((lion["memory"] / lion["forecast_memory"]).median()) > 2


def test_the_end_of_a_schedule_is_foreseen_for_networks(networks):
    """Trial: norms at the end from half of the run; Hyperball's stays; the table has a row for each run."""
    for of in (networks["cosine"], networks["ball"]):
        assert float((of["last_norm"] / of["foreseen_norm"]).median()) == pytest.approx(1, abs=LAYERS)
    assert "transformer  adamw      cosine" in networks["table"] and "end / foreseen" in networks["table"]


def test_a_killed_run_goes_on_from_its_finished_cells(tmp_path):
    """Conformance: a cell that is there is read and not computed again; a seed decides all of it."""
    pytest.importorskip("torch")
    short = {"optimisers": ("hyperball",), "schedules": ("constant",)} | SHORT | {"steps": 20}
    cell = Networks(**short)._kept(tmp_path, "transformer", "hyperball", "constant", 0)
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    again = Networks(**short).run(kept=tmp_path)
    assert path.stat().st_mtime_ns == before
    np.testing.assert_array_equal(again["turn"].values[0, 0], cell["turn"].values)
    np.testing.assert_array_equal(Networks(**short).run()["turn"].values[0, 0], cell["turn"].values)


def test_a_decay_to_zero_leaves_what_the_closed_form_says():
    """Trial: lr wd T = 5, linear and cosine; the law that forgets at once leaves a tenth of that."""
    result = Schedules(decays=(5.0,)).run()
    assert all(number.agrees for number in schedule_end.numbers(result))
    np.testing.assert_allclose(result["left"], result["left_followed"], rtol=0.04)
    assert np.all(result["left_quasistatic"] < result["left"] / 10)
    assert "followed" in Schedules.table(result) and len(schedule_end.draw(result).axes) == 2


def test_muon_forgets_faster_than_an_average():
    """Trial: 8 matrices of 16 x 16, 300 steps: Muon off the geometric law, AdamW on it."""
    result = Polar(shapes=((16, 16),), momenta=(0.9,), steps=300).run()
    muon, adamw = (result.isel(run=i) for i in (0, 1))
    assert float(muon["turned"]) > 1.08 and float(adamw["turned"]) == pytest.approx(1, abs=0.05)
    assert np.all(muon["correlation"][:6] < muon["correlation_geometric"][:6] - 0.03)
    np.testing.assert_allclose(adamw["correlation"][:4], adamw["correlation_geometric"][:4], atol=0.03)
    assert all(number.agrees for number in muon_figure.numbers(result))
    assert "R8 geometric" in Polar.table(result) and len(muon_figure.draw(result).axes) == 2


def test_figures_of_networks_show_each_optimiser(networks):
    """Conformance: a column per optimiser with both schedules; a turn that is wrong by a third does not agree."""
    from paper_figs.rotation import networks as drawn

    assert len(drawn.draw(networks["result"]).axes) == 2
    assert all(number.agrees for number in drawn.numbers(networks["result"]))
    wrong = networks["result"].assign(forecast_turn=1.3 * networks["result"]["forecast_turn"])
    assert not all(number.agrees for number in drawn.numbers(wrong))
