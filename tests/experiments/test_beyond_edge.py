"""Beyond the papers, the edge of stability: the drift at every energy, bursts, regression; experiment and figure."""

import numpy as np
import pytest

from paper_figs.beyond import edge_drift as beyond_edge_drift
from simulations.beyond.beyond_bursts import Bursts, highest
from sitheory.theory import sharpness as law

KIND = "trial"

DRIFT = 0.2
"""Of the drift, whose O(1) numbers have errors of about 0.1 at lr wd = 1e-5."""


def test_energy_drifts_alike_at_every_size_and_bursts_keep_their_bounds():
    experiment = Bursts(
        intrinsic_lr=1e-5, time=0.1, kappas=(0.0, 0.4), widths=(0.5, 3.0), depths=(3.0, 20.0), rates=(1e-5,)
    )
    result = experiment.run()
    drifts = result.isel(run=np.flatnonzero(result["case"].values == "drift"))
    assert np.all(np.abs(drifts["measured"] - drifts["predicted"]) < DRIFT)
    assert np.all(np.sign(drifts["measured"]) == np.sign(drifts["product"] - 0.25))
    rate = np.array([law.energy_rate(law.cone_cubic(k), 0.0) for k in drifts["product"].values])
    share = drifts["predicted"].values / rate
    assert np.all((share > 2 / 3) & (share < 1.001)) and share.min() < 0.8
    heights = result.isel(run=np.flatnonzero(result["case"].values == "height"))
    depth, seen = heights["energy"].values, heights["measured"].values
    assert np.all((depth <= seen) & (seen <= 2 * depth + 2)) and seen == pytest.approx(
        heights["predicted"], rel=0.01
    )
    assert "energy" in experiment.table(result) and len(beyond_edge_drift.draw(result).axes) == 2


def test_delta_next_is_the_gain_to_first_order():
    """Rate: what delta_next adds to delta_gain is of the order sigma^3 for delta ~ sigma, h^2 and eta_in ~ sigma^2."""

    def rest(sigma):
        delta, h_sq, eta = sigma, 0.7 * sigma**2, sigma**2
        return law.delta_next(delta, h_sq, eta, 1.3) - delta - law.delta_gain(h_sq, eta, 1.3)

    orders = np.log2([abs(rest(s) / rest(s / 2)) for s in (1e-2, 5e-3)])
    assert orders == pytest.approx(3, abs=0.1)


def test_the_mean_of_p_squared_gives_the_rate_of_small_orbits():
    """Closed form: on small orbits the mean of p^2 is the energy; the sign is that of the rate at any energy."""
    assert law.energy_drift(-8, 0.0, 0.3) == 0.3 * law.energy_rate(-8, 0.0) == pytest.approx(-1.2)
    assert law.kinetic(0.2, 0.01) / 2 == pytest.approx(law.energy(0.2, 1.0, 0.01, 0.0), rel=1e-14)


@pytest.mark.parametrize("depth", [0.5, 5.0, 50.0])
def test_the_highest_burst_solves_its_equation(depth):
    energy = np.exp(-depth) + depth - 1
    ratio = highest(depth)
    assert ratio - np.log(ratio) - 1 == pytest.approx(energy, rel=1e-9)
    low, high = law.peak_ratio_bounds(energy)
    assert low <= ratio <= high and depth <= ratio


def test_sharpness_of_regression_along_the_flow():
    """Closed form: lambda_1 at angle alpha over that at w+ is 1/cos^2, with tan alpha = tan alpha_0 e^-tau."""
    tan, decay = 1.7, np.exp(-0.4)
    angle = np.arctan(law.regression_flow_tan(tan, decay))
    share = law.regression_eigenvalue(2.0, 0.3, 1.1, np.cos(angle) ** 2) / law.regression_eigenvalue(
        2.0, 0.3, 1.1, 1
    )
    assert share == pytest.approx(law.regression_sharpness_left(tan**2, decay), rel=1e-14)
