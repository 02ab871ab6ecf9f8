"""Simulated runs against their naive twin, against closed forms, and against each other."""

import json
from itertools import pairwise

import numpy as np
import pytest

import sitheory as si
from sitheory.measure import statistics
from sitheory.simulation import sphere, starts
from sitheory.theory import regimes

KIND = "conformance"

TOY = si.Quotients((1, 2, 4))


class Plain:
    """The toy function as a stranger: no kernel knows it, so it runs by the transcription of eq. 2."""

    def __init__(self, loss):
        self.dim, self.groups, self.value, self.grad = loss.dim, loss.groups, loss.value, loss.grad


# The twin normalises at each step, so it rounds differently (about 30 roundings a step). Errors shrink in
# regimes 1 and 2, where 400 steps stay within 1e-11; in regime 3 they grow by e^0.2 a step at most.
@pytest.mark.parametrize(
    ("elr", "steps", "tolerance"), [(0.05, 400, 1e-11), (0.2, 400, 1e-11), (0.5, 40, 1e-9)]
)
def test_kernel_is_its_naive_twin(elr, steps, tolerance):
    """Twin: regimes eq. 2, transcribed."""
    fast = si.simulate(TOY, si.SphereGD(elr), steps, every=1, rng=3)
    slow = si.simulate(Plain(TOY), si.SphereGD(elr), steps, every=1, rng=3)
    for name in slow.data_vars:
        np.testing.assert_allclose(fast[name], slow[name], rtol=tolerance, atol=1e-60, err_msg=str(name))


def test_window_means_are_those_of_the_naive_twin():
    fast = si.simulate(TOY, si.SphereGD(0.2), 300, windows=7, rng=3)
    slow = si.simulate(Plain(TOY), si.SphereGD(0.2), 300, windows=7, rng=3)
    assert set(fast.data_vars) == set(slow.data_vars)
    for name in slow.data_vars:
        np.testing.assert_allclose(fast[name], slow[name], rtol=1e-10, err_msg=str(name))
    np.testing.assert_array_equal(fast["step"], slow["step"])


def test_window_means_are_means_of_samples():
    means = si.simulate(TOY, si.SphereGD(0.2), 300, windows=7, rng=3)
    samples = si.simulate(TOY, si.SphereGD(0.2), 300, every=1, rng=3)
    edges = [0, *means["step"].values]
    for name in ("loss", "elr_group", "cos_dist"):
        direct = [samples[name][a:b].mean("step") for a, b in pairwise(edges)]
        np.testing.assert_allclose(means[name], direct, rtol=1e-12, err_msg=name)


def test_every_kth_sample_is_the_kth():
    all_steps = si.simulate(TOY, si.SphereGD(0.3), 100, every=1, rng=0)
    thinned = si.simulate(TOY, si.SphereGD(0.3), 100, every=7, rng=0)
    np.testing.assert_array_equal(thinned["loss"], all_steps["loss"].sel(step=thinned["step"]))


def test_samples_keep_the_laws(rng):
    """Identity: eqs. 3, 4 and 5 along a chaotic run, to rounding."""
    traj = si.simulate(TOY, si.SphereGD(0.5), 500, every=1, rng=7)
    elr, ess_sq, total = (traj[n].values for n in ("elr_group", "ess", "total_ess"))
    np.testing.assert_allclose((1 / elr).sum(axis=1), 1 / 0.5, rtol=1e-12)
    np.testing.assert_allclose(total**2, regimes.total_ess_sq(elr.T, ess_sq.T**2), rtol=1e-12)
    after = regimes.elr_next(elr.T[:, :-1], ess_sq.T[:, :-1] ** 2, total[:-1] ** 2)
    np.testing.assert_allclose(elr.T[:, 1:], after, rtol=1e-11)


@pytest.mark.parametrize("alpha_elr", [0.05, 0.3, 0.45, 0.7, 0.95])
def test_regime_1_decays_at_its_linear_rate(alpha_elr):
    """Rate: near 0 the loss shrinks by (1 - 2 alpha elr)^2 a step [regimes prop. 2.1]."""
    one = si.Quotients((2.0,))
    traj = si.simulate(one, si.SphereGD(alpha_elr / 2), 4000, every=1, start=np.array([1e-3, 1.0]))
    slope = np.log(traj["loss"].values[1:21] / traj["loss"].values[:20]).mean()
    # The relative correction of the rate is of order r^2 = 1e-6.
    assert slope == pytest.approx(2 * np.log(abs(1 - 2 * alpha_elr)), rel=1e-4)


@pytest.mark.parametrize("a", [1.1, np.sqrt(2), 2.0, 5.0])
def test_one_group_above_the_threshold_settles_at_its_level(a):
    """Closed form: (alpha - 1/elr)/2 [regimes prop. 2.2]."""
    traj = si.simulate(si.Quotients((3.0,)), si.SphereGD(a / 3), 20_000, rng=1)
    assert float(traj["loss"][-1]) == pytest.approx(regimes.level(3.0, a / 3), rel=1e-10)


def test_the_threshold_itself_converges_sublinearly():
    """Rate: at alpha elr = 1 r' = -r (1 - 4 r^2 + ...), so the loss falls like alpha/(8 t)."""
    traj = si.simulate(si.Quotients((1.0,)), si.SphereGD(1.0), 1_000_000, every=1000, rng=0)
    t = traj["step"].values[500:]
    np.testing.assert_allclose(traj["loss"].values[500:] * 8 * t, 1, atol=1e-3)


def test_time_averages_converge_like_one_over_root_t():
    """Rate: the seeds' spread of the mean loss falls by about 4 when the run is 16 times longer."""
    spread = []
    for steps in (2_000, 32_000):
        grid = si.sweep(TOY, si.SphereGD, elr=[0.5], seeds=40, steps=steps)
        spread.append(float(si.time_average(grid, "loss")["mean"].std()))
    # 40 seeds give each standard deviation to 11 %; 4 within a factor 1.6 is three sigma.
    assert 2.5 < spread[0] / spread[1] < 6.4


def test_error_bars_are_the_seeds_spread():
    """Trial: the error bar of one run agrees with the spread of 40 runs."""
    average = si.time_average(si.sweep(TOY, si.SphereGD, elr=[0.5], seeds=40, steps=20_000), "loss")
    assert 0.6 < float(average["error"].median() / average["mean"].std(ddof=1)) < 1.7


def test_sweep_cells_are_single_runs():
    """Twin: the ensemble steps squares, the single run coordinates; they round differently."""
    grid = si.sweep(TOY, si.SphereGD, elr=[0.05, 0.2], seeds=1, steps=640, rng=5)
    for elr in grid["elr"].values:
        one = si.simulate(TOY, si.SphereGD(elr), 640, windows=64, rng=5)
        # The ensemble's mean logarithm telescopes: its error is absolute, a few roundings of a logarithm.
        for name in set(grid.data_vars) & set(one.data_vars):
            absolute = (
                1e-14 if name.startswith("log") else 1e-200
            )  # where converged coordinates are lifted to
            cell = grid[name].sel(elr=elr, seed=0)
            np.testing.assert_allclose(cell, one[name], rtol=1e-9, atol=absolute, err_msg=name)


def test_all_elrs_share_the_same_starts_and_more_seeds_change_no_run():
    few = si.sweep(TOY, si.SphereGD, elr=[0.1, 0.5], seeds=2, steps=64, rng=5)
    many = si.sweep(TOY, si.SphereGD, elr=[0.5, 0.9], seeds=5, steps=64, rng=5)
    np.testing.assert_array_equal(few["loss"].sel(elr=0.5).values, many["loss"].sel(elr=0.5).values[:2])


def test_threads_change_no_bit():
    options = {"elr": np.geomspace(0.02, 2, 37), "seeds": 11, "steps": 500}
    one, two = (si.sweep(TOY, si.SphereGD, threads=n, **options) for n in (1, 2))
    assert one.equals(two)


def test_a_run_that_fails_is_data():
    """A group that rests exactly on its axis takes no steps while the others grow: its ELR diverges."""
    start = np.array([1.0, 0.0, 0.3, 0.4])
    traj = si.simulate(si.Quotients((1, 1)), si.SphereGD(2.0), 1280, windows=64, start=start)
    assert (
        int(traj["status"]) != 0 and np.isnan(traj["loss"].values[-1]) and np.isfinite(traj["loss"].values[0])
    )
    assert si.regime(traj) is si.Regime.UNDECIDED


def test_regimes_of_a_grid():
    grid = si.sweep(TOY, si.SphereGD, elr=[0.05, 0.2, 0.5], seeds=2, steps=20_000)
    found = si.regime(grid)
    assert found.dims == ("elr", "seed")
    assert [str(r) for r in found.isel(seed=0).values] == ["convergence", "equilibrium", "divergence"]


def test_period_of_a_level_is_one():
    """Closed form: a = alpha elr = 1.2 contracts to the level by 2/a^2 - 1 = 0.39 a step."""
    late = si.simulate(si.Quotients((1,)), si.SphereGD(1.2), 5000, every=1, rng=0).isel(
        step=slice(4000, None)
    )
    assert si.period(late) == 1


def test_the_equilibrium_of_several_groups_is_approached_like_one_over_root_t():
    """Rate: its linearisation has all group modes on the unit circle, so only the cubic terms contract."""
    rule, w, done, distance = si.SphereGD(0.2), starts.starts(TOY, 1, 0)[0], 0, []
    for time in (10_000, 100_000, 1_000_000):
        w, done = sphere.window_means(TOY, rule, time - done, w, 1)["end"], time
        near = sphere.samples(TOY, rule, 500, w)["elr_group"].T
        distance.append(np.abs(near / regimes.equilibrium_elrs(TOY.alpha, 0.2) - 1).max())
    slopes = np.diff(np.log10(distance))
    # Several modes beat against each other within the 500 steps looked at.
    assert np.all(np.abs(slopes + 0.5) < 0.1)


def test_period_refuses_thinned_runs():
    with pytest.raises(ValueError, match="need a run sampled with every=1"):
        si.period(si.simulate(TOY, si.SphereGD(0.2), 5000, every=2, rng=0))


def test_lyapunov_vanishes_at_the_equilibrium_and_is_positive_in_chaos():
    """Closed form: at eq. 9 the group modes are neutral; the exponent goes to 0 like log(t)/t."""
    calm, wild = (
        si.lyapunov(si.simulate(TOY, si.SphereGD(elr), 50_000, windows=64, tangent=True, rng=0))
        for elr in (0.2, 0.5)
    )
    assert abs(float(calm["mean"])) < 1e-4
    assert float(wild["mean"]) > 0.3 > 10 * float(wild["error"])


@pytest.mark.parametrize(("elr", "exponent"), [(2**0.5, -np.inf), (0.5, -np.inf), (1.2, np.log(0.56 / 1.44))])
def test_the_exponent_of_a_superstable_orbit_is_minus_infinity(elr, exponent):
    """Closed form: one group's factor is 0 at alpha elr = 1/2 and sqrt 2; at 1.2 it is (1 - s)/(1 + s), s = 0.44."""
    found = si.lyapunov(
        si.simulate(si.Quotients((1.0,)), si.SphereGD(elr), 5000, windows=64, tangent=True, rng=0)
    )
    assert float(found["mean"]) == pytest.approx(exponent, rel=1e-9)
    assert bool(np.isfinite(found["error"])) is bool(np.isfinite(exponent))


def test_a_sweep_s_exponents_are_those_of_single_runs():
    """Twin: a run alone, with its error and flag; minus infinity on the superstable orbit at alpha elr = 1/2."""
    loss, options = si.Quotients((1.0,)), {"steps": 5000, "windows": 64, "tangent": True}
    swept = si.lyapunov(
        si.sweep(loss, si.SphereGD, elr=[0.5, 1.2, 0.8], seeds=2, rng=3, threads=1, **options)
    )
    for seed, start in enumerate(starts.starts(loss, 2, 3)):
        for elr in (0.5, 1.2, 0.8):
            alone = si.lyapunov(si.simulate(loss, si.SphereGD(elr), start=start, **options))
            assert alone.identical(swept.sel(elr=elr, seed=seed, drop=True))
    assert np.all(swept["mean"].sel(elr=0.5) == -np.inf) and np.all(np.isfinite(swept["mean"].sel(elr=1.2)))
    assert "too short" in swept["flag"].attrs["flag_meanings"]


def test_a_creeping_equilibrium_is_flagged():
    """Closed form: at ELR 0.2 the mean ELRs creep to eq. 9, nine bare error bars away after 10^4 steps."""
    run = si.simulate(TOY, si.SphereGD(0.2), 10_000, windows=64, rng=0)
    found = si.time_average(run, "elr_group").isel(group=0)
    assert statistics.Flag.meanings() == found["flag"].attrs["flag_meanings"]
    assert int(found["flag"]) == statistics.Flag.DRIFTING.code
    assert abs(float(found["mean"]) - 1.4) < 1.96 * float(found["error"])


def test_bifurcation_shows_level_and_exponent():
    diagram = si.bifurcation(TOY, [0.1, 0.2, 0.5], settle=20_000, keep=50)
    assert diagram["loss"].dims == ("elr", "seed", "step")
    np.testing.assert_allclose(diagram["loss"].sel(elr=0.2), 1, atol=1e-3)
    assert float(diagram["loss"].sel(elr=0.5).std()) > 0.3
    assert float(diagram["lyapunov"].sel(elr=0.5)[0]) > 0.3 > abs(float(diagram["lyapunov"].sel(elr=0.2)[0]))
    both = si.bifurcation(TOY, [0.5], settle=8, keep=8, seeds=2, rng=3)
    for seed, start in enumerate(starts.starts(TOY, 2, 3)):
        alone = si.simulate(TOY, si.SphereGD(0.5), 16, every=1, start=start)["loss"][8:]
        np.testing.assert_allclose(both["loss"].sel(elr=0.5, seed=seed), alone, rtol=1e-9)


def test_results_carry_their_provenance_and_survive_the_disk(tmp_path):
    traj = si.simulate(TOY, si.SphereGD(0.2), 100, rng=9)
    config = json.loads(traj.attrs["config"])
    assert config["loss"] == {"name": "Quotients", "alpha": [1, 2, 4]} and config["rule"]["elr"] == 0.2
    assert json.loads(traj.attrs["entropy"]) == 9
    assert si.load(si.save(traj, tmp_path / "t.nc")).identical(traj)


def test_generators_and_sequences_are_accepted():
    by_int = starts.starts(TOY, 2, 4)
    np.testing.assert_array_equal(by_int, starts.starts(TOY, 2, np.random.SeedSequence(4)))
    np.testing.assert_array_equal(by_int, starts.starts(TOY, 2, np.random.default_rng(4)))
    np.testing.assert_allclose(np.linalg.norm(by_int, axis=1), 1)


def test_chunks_of_a_progress_bar_change_no_bit():
    told = []
    quiet = si.simulate(TOY, si.SphereGD(0.5), 2_000_000, windows=16, rng=0)
    watched = si.simulate(TOY, si.SphereGD(0.5), 2_000_000, windows=16, rng=0, progress=told.append)
    assert told == sorted(told) and told[-1] <= 2_000_000 and quiet.identical(watched)


@pytest.mark.parametrize(
    ("options", "law"),
    [
        ({"every": 0}, "need every >= 1, got every=0"),
        ({"every": 5, "windows": 5}, "need every or windows"),
        ({"windows": 0}, "need 1 <= windows <= steps, got windows=0 and steps=10"),
        ({"windows": 11}, "need 1 <= windows <= steps, got windows=11 and steps=10"),
        ({"tangent": True}, "need windows for tangent=True"),
        ({"rng": -1}, "need seed >= 0, got seed=-1"),
        ({"start": [0.0, 0, 1, 1, 1, 1]}, "need no group at the origin, got group 1"),
        (
            {"start": [1, 1, 1e-200, 1e-200, 1, 1]},
            r"need groups whose squares .* beside 1.0 squared, got group 2 = ",
        ),
        (
            {"start": [1, 1, 1, 1, 1e200, 1]},
            r"need groups whose squares .* beside 1e\+200 squared, got group 1 = ",
        ),
        ({"rng": "a"}, "need rng to be a whole number, a SeedSequence, a Generator or None, got rng='a'"),
        ({"rng": 1.5}, "need rng to be a whole number, .* got rng=1.5"),
    ],
)
def test_bad_arguments_name_the_law(options, law):
    with pytest.raises(ValueError, match=law):
        si.simulate(TOY, si.SphereGD(0.1), 10, **options)
