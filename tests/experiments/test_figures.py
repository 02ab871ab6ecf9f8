"""Figures draw what the result holds, the same bytes each time, through the doors that a user takes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.ticker import LogLocator

from paper_figs.regimes import bifurcation as regimes_bifurcation, fig2 as regimes_fig2, fig8 as regimes_fig8
from paper_figs.style import write
from simulations.experiment import ensure, result_path
from simulations.regimes.toy_bifurcation import Bifurcation
from simulations.regimes.toy_three_regimes import ThreeRegimes
from sitheory import theory
from sitheory.trajectory import schema

KIND = "conformance"

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def three_regimes():
    return ThreeRegimes(steps=300).run()


def test_fig2_shows_the_losses_and_the_predicted_levels(three_regimes):
    (axes,) = regimes_fig2.draw(three_regimes).axes
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(drawn["ELR 0.5"], three_regimes["loss"].sel(elr=0.5))
    levels = [line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1]
    assert levels == [theory.equilibrium_loss((1, 2, 4), e) for e in (0.2, 0.5)]


def test_fig8_shows_each_groups_elr_and_its_equilibrium(three_regimes):
    panels = np.reshape(regimes_fig8.draw(three_regimes).axes, (3, 3))
    for row, elr in zip(panels, (0.1, 0.2, 0.5), strict=True):
        for group, axes in enumerate(row):
            series, equilibrium = (line.get_ydata() for line in axes.lines)
            np.testing.assert_array_equal(series, three_regimes["elr_group"].sel(elr=elr, group=group))
            assert equilibrium[0] == theory.equilibrium_elrs((1, 2, 4), elr)[group]


def labelled(axes):
    """How many numbers stand beside the visible part of an axis of y."""
    low, high = axes.get_ylim()
    return sum(bool(t.get_text()) and low <= t.get_position()[1] <= high for t in axes.get_yticklabels())


def test_every_panel_of_fig8_has_numbers_at_its_axis(three_regimes):
    """Conformance: at least two; without our labels a panel of less than a decade has none."""
    panels = regimes_fig8.draw(three_regimes).axes
    assert all(labelled(axes) >= 2 for axes in panels)
    panels[0].yaxis.set_major_locator(LogLocator())
    assert labelled(panels[0]) < 2


def test_bifurcation_shows_all_starts():
    result = Bifurcation(elrs=3, settle=200, keep=10, seeds=2).run()
    top, bottom = regimes_bifurcation.draw(result).axes
    assert len(top.lines[0].get_ydata()) == 3 * 2 * 10
    np.testing.assert_array_equal(
        bottom.containers[0].lines[0].get_ydata(), result["lyapunov"].values.ravel()
    )


def test_the_same_result_gives_the_same_bytes(three_regimes, tmp_path):
    first, second = (write(regimes_fig2.draw(three_regimes), tmp_path / n / "f") for n in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["f.pdf", "f.png"]


def test_a_result_is_named_by_its_configuration_and_computed_once(tmp_path, monkeypatch):
    small = ThreeRegimes(steps=20)
    path = ensure(small, tmp_path)
    assert path == result_path(small, tmp_path) != result_path(ThreeRegimes(steps=21), tmp_path)
    monkeypatch.setattr(ThreeRegimes, "run", lambda self: pytest.fail("computed again"))
    assert ensure(small, tmp_path) == path and schema.load(path).attrs["code"]


def door(room, *words, cwd, timeout=300):
    command = [sys.executable, "-m", room, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, cwd=cwd)


def test_the_doors_list_what_they_have():
    assert "regimes_fig8" in door("paper_figs", cwd=ROOT).stdout
    listed = door("simulations", cwd=ROOT).stdout
    assert "toy_three_regimes" in listed and "to compute: about" in listed and "about nan" not in listed


@pytest.mark.parametrize("room", ["paper_figs", "simulations"])
def test_an_unknown_name_gets_one_line(room):
    done = door(room, "regimes_fig99", cwd=ROOT)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "got 'regimes_fig99'" in done.stderr
