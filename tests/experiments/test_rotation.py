"""Norm and turn of walks under their optimisers: the experiment and its figure."""

import numpy as np

from paper_figs.rotation import walks
from simulations.rotation.rotation_walks import Walks

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
