"""Experiments of weight decay answer their questions with small configurations, and figures draw the answers."""

import numpy as np
import pytest

from paper_figs.periodic import (
    fig2 as periodic_fig2,
    fig3 as periodic_fig3,
    fig4 as periodic_fig4,
    fig7 as periodic_fig7,
    fig8 as periodic_fig8,
    fig13 as periodic_fig13,
    fig14 as periodic_fig14,
    interval as periodic_interval,
    jumps as periodic_jumps,
    period as periodic_period,
    rescaling as periodic_rescaling,
    settle as periodic_settle,
    times as periodic_times,
)
from simulations.periodic.decay_ablation import Ablation
from simulations.periodic.decay_beta import Beta
from simulations.periodic.decay_cycles import Cycles
from simulations.periodic.decay_interval import Interval
from simulations.periodic.decay_jumps import Jumps
from simulations.periodic.decay_period import Period
from simulations.periodic.decay_phases import Phases
from simulations.periodic.decay_products import Products
from simulations.periodic.decay_rescaling import Rescaling
from simulations.periodic.decay_settle import Settle
from simulations.periodic.decay_times import Times
from sitheory.measure import statistics
from sitheory.reports import text
from sitheory.theory import periodic

KIND = "conformance"


def test_jumps_are_told_exactly_by_the_exact_level_only():
    experiment = Jumps(products=(0.01, 0.3), deltas=(0.01, 0.3), steps=4000, seeds=2)
    result = experiment.run()
    assert np.nanmax(result["false_exact"]) == 0 == np.nanmax(result["missed_exact"])
    assert np.nanmax(result["false_printed"]) > 0 and np.nanmax(result["missed_prop1"]) > 0
    assert experiment.table(result).count("\n") == 2 + 4
    assert len(periodic_jumps.draw(result).axes) == 3


def test_the_adversary_fills_the_interval():
    experiment = Interval(alphas=(0.4,), lows=(0.01,), sequences=3000, seeds=2)
    result = experiment.run()
    assert np.all(result["x_max"] <= result["interval_high"] * (1 + 1e-12))
    against = result.isel(run=int(np.flatnonzero(result["choice"].values == "against")[0]))
    assert float(against["x_max"].max()) == pytest.approx(float(against["interval_high"]), rel=1e-5)
    assert float(against["x_max"].max()) > 2 * float(against["printed_high"])
    assert "against" in experiment.table(result) and periodic_interval.draw(result).axes


def test_exponents_of_the_period():
    """Rate: -1/2 near rest; -1 in relaxation, to 10 % over a factor of four in lr * wd."""
    experiment = Period(
        oscillating=("cosine", "bend -0.3"), relaxation=("cosine",), with_rounding=("cosine",),
        products=(4e-3, 2e-3, 1e-3), steep=(4e-2, 2e-2, 1e-2), seeds=2,
    )  # fmt: skip
    result = experiment.run()
    slopes = [
        statistics.power(p, v).mean
        for p, v in zip(result["product"].values, result["period"].values, strict=True)
    ]
    np.testing.assert_allclose(slopes, [-0.5, -0.5, -1, -0.5], atol=0.1)
    predicted = 2 * np.pi / np.arccos(periodic.small_period_cos(1, 1e-3))
    assert result["period"].values[0, -1].mean() == pytest.approx(predicted, abs=0.5)
    assert "relaxation" in experiment.table(result) and len(periodic_period.draw(result).axes) == 3


def test_the_index_tells_who_settles():
    experiment = Settle(product=1e-2, random=6)
    result = experiment.run()
    index, growth = result["settling_index"].values, result["growth"].values
    clear = np.abs(index) > 0.1
    assert np.all(np.sign(index[clear]) == np.sign(growth[clear])) and clear.sum() > 8
    assert "random losses with index < 0" in experiment.table(result) and periodic_settle.draw(result).axes


def test_times_bound_the_adversary():
    experiment = Times(products=(0.1, 0.01), sequences=100, seeds=2)
    result = experiment.run()
    low = result.isel(run=np.flatnonzero(result["bound"].values == "min"))
    assert np.all(low["t_kept"] <= low["t_exact"]) and not np.all(low["t_printed"] <= low["t_exact"])
    assert np.all(low["first_jump"] >= low["t_exact"])
    assert "printed NO, kept yes" in experiment.table(result) and periodic_times.draw(result).axes


def test_rescaling_by_powers_of_two_only():
    experiment = Rescaling(factors=(4.0, 3.0), steps=300, seeds=2)
    result = experiment.run()
    same = (result["first_difference"] < 0).all("seed").values
    np.testing.assert_array_equal(same, result["factor"].values == 4)
    assert "100% of 2 runs" in experiment.table(result) and periodic_rescaling.draw(result).axes


def test_figure_3_draws_the_phases_and_bounds_the_cosine_distance():
    result = Phases(steps=4000).run()
    assert set(np.unique(result["phase"])) == {"A", "B", "C"}
    bounds = periodic_fig3.draw(result).axes[-1]
    drawn = {line.get_label(): line.get_ydata() for line in bounds.lines}
    middle = drawn["cosine distance"]
    assert np.nanmin(middle) < 1e-20 and np.nanmax(middle) > 1e-4
    low, high = (drawn[rf"$\delta_{{\{end}}}$"] for end in ("min", "max"))
    seen = ~np.isnan(middle)
    # Their O(delta^2) and (1 - lr wd)^-2 are two percent here.
    assert np.all((low * 0.98 <= middle) & (middle <= high * 1.03) | ~seen)


@pytest.mark.parametrize(
    ("figure", "experiment"),
    [
        (periodic_fig2, Cycles(steps=8000)),
        (periodic_fig4, Ablation()),
        (periodic_fig8, Beta()),
        (periodic_fig13, Products(steps=8000)),
        (periodic_fig14, Products(steps=8000)),
    ],
)
def test_figures_draw_their_results(figure, experiment):
    assert all(axes.lines for axes in figure.draw(experiment.run()).axes)


def test_the_ablation_has_no_periods():
    result = Ablation().run()
    loss, names = result["loss"].values, result["held"].values.astype(str)
    assert loss[0, 3000:].max() > 1e-3 > 1e-12 > loss[0, 3000:].min()
    assert loss[names == "norm 0.8", 3000:].max() < 1e-12 and loss[names == "norm 0.1", 3000:].min() > 1e-3


def test_figure_7_marks_the_minimum():
    lines = periodic_fig7.draw().axes[0].lines
    (mark,) = [line for line in lines if line.get_label() == "minimum"]
    assert mark.get_ydata()[0] == pytest.approx(np.nanmin(lines[0].get_ydata()), rel=1e-4)


def test_tables_show_digits_that_errors_allow():
    assert text.plus_minus(1.23456, 0.02) == "1.235 +- 0.020" and text.plus_minus(2.0, 0.0) == "2"
    assert (
        text.with_error(np.array([np.nan])) == "-"
        and text.columns({"a": ["1"], "bc": ["22"]}) == "a  bc\n1  22"
    )
