"""Gradient descent with weight decay: losses, runs, measures and the command."""

import json
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

import sitheory as si
from sitheory import decay
from sitheory.losses.compiled import Compiled, SphereQuadratics
from sitheory.losses.planar import PLANAR, Fourier
from sitheory.measure import cycles
from sitheory.measure.cycles import Behaviour
from sitheory.rules import DecayGD
from sitheory.simulation import decay as simulation_decay, sphere
from sitheory.theory import periodic, scale

KIND = "conformance"

# Two orders of the same sums part by a few roundings a step, which 60 steps across the basin grow a thousandfold.
ROUNDING = 1e-9
SIX = SphereQuadratics.random(6, 5)


@njit
def _grad(w, out):
    norm_sq = w[0] ** 2 + w[1] ** 2
    push = 2 * w[0] * w[1] / norm_sq**2
    out[0] = push * w[1]
    out[1] = -push * w[0]


@njit
def _value(w):
    return w[0] ** 2 / (w[0] ** 2 + w[1] ** 2)


LOSSES = {
    "lopsided": PLANAR["lopsided"],
    "quadratics": SIX,
    "quotients": si.Quotients((1, 2, 4)),
    "user": Compiled(2, _grad, _value),
}


@pytest.fixture(params=LOSSES, ids=list(LOSSES))
def loss(request):
    return LOSSES[request.param]


@pytest.fixture
def w(loss, rng):
    return rng.standard_normal(loss.dim)


def test_gradient_is_the_derivative_orthogonal_and_homogeneous(loss, w):
    grad, h = loss.grad(w), 1e-6
    difference = [(loss.value(w + h * e) - loss.value(w - h * e)) / (2 * h) for e in np.eye(loss.dim)]
    np.testing.assert_allclose(
        grad, difference, atol=1e-8 * (1 + np.abs(grad).max())
    )  # O(h^2) and rounding / h
    for group in loss.groups:
        assert abs(grad[group] @ w[group]) < 1e-13 * (1 + np.abs(grad).max() * np.abs(w).max())
    np.testing.assert_allclose(loss.grad(3 * w), grad / 3, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("wd", [0.0, 0.05, 2.0])
def test_compiled_loops_are_their_twin_in_numpy(loss, w, wd, monkeypatch):
    """Twin: transcribed from eq. (1), samples and window means."""
    rule, steps = DecayGD(0.05, wd), 60
    seen = simulation_decay.samples(loss, rule, steps, w, every=7, rng=1)
    means = simulation_decay.window_means(loss, rule, steps, w, 7, rng=1)
    monkeypatch.setattr(simulation_decay, "compiled_kind", lambda loss: None)
    for got, twin in (
        (seen, simulation_decay.samples(loss, rule, steps, w, every=7, rng=1)),
        (means, simulation_decay.window_means(loss, rule, steps, w, 7, rng=1)),
    ):
        assert got.keys() == twin.keys()
        for name in got:
            np.testing.assert_allclose(got[name], twin[name], rtol=ROUNDING, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("machinery", [{"every": 1}, {"every": 7}, {"windows": 6}])
def test_compiled_gradients_run_compiled_on_the_sphere_too(loss, w, machinery, monkeypatch):
    """Twin: the same Dataset as a loss that numba knows nothing of, whose gradient runs in numpy."""
    if isinstance(loss, si.Quotients):
        pytest.skip("has kernels of its own")

    class Plain:
        dim, groups, value, grad = loss.dim, loss.groups, loss.value, loss.grad

    monkeypatch.setattr(sphere, "BLOCK", 17)
    rule = si.SphereGD(0.05)
    plain = si.simulate(Plain(), rule, 60, start=w, **machinery)
    if hasattr(loss, "compiled"):
        monkeypatch.setattr(sphere, "_plain", lambda *_: pytest.fail("it ran in numpy"))
    fast = si.simulate(loss, rule, 60, start=w, **machinery)
    assert set(fast.variables) == set(plain.variables)
    for name in fast.variables:
        np.testing.assert_allclose(fast[name], plain[name], rtol=ROUNDING, atol=1e-12, err_msg=name)


def test_functions_that_numba_has_not_compiled_are_refused_in_one_line():
    good = njit(lambda w: 0.0)
    with pytest.raises(ValueError, match=r"^need grad_into compiled by numba.njit, got <function [^\n]*$"):
        si.Compiled(2, lambda w, out: None, good)
    with pytest.raises(ValueError, match=r"^need value_at compiled by numba.njit, got 3$"):
        si.Compiled(2, good, 3)


def test_a_run_may_be_cut_into_chunks(loss, w, monkeypatch):
    whole = simulation_decay.samples(loss, DecayGD(0.05, 0.1), 100, w, every=3)
    monkeypatch.setattr(simulation_decay, "CHUNK", 17)
    if len(getattr(loss, "table", [0])) < 2:  # mini-batches are drawn chunk by chunk
        np.testing.assert_array_equal(
            whole["loss"], simulation_decay.samples(loss, DecayGD(0.05, 0.1), 100, w, every=3)["loss"]
        )
    assert simulation_decay.samples(loss, DecayGD(0.05, 0.1), 100, w, every=3)["loss"].shape == (34,)


def test_the_norm_obeys_equations_3_and_8(loss, w):
    """Identity: with the logged effective gradients, and the cosine distance from the iterates' norms."""
    rule = DecayGD(0.05, 0.3)
    seen = simulation_decay.samples(loss, rule, 50, w, rng=0)
    norm_sq, eff_grad_sq = seen["total_norm"] ** 2, seen["total_eff_grad"] ** 2
    after = periodic.norm_sq_next(norm_sq, eff_grad_sq, rule.lr, rule.wd)
    np.testing.assert_allclose(after[:-1], norm_sq[1:], rtol=1e-12)
    cosine = (1 - rule.lr * rule.wd) * seen["total_norm"][:-1] / seen["total_norm"][1:]
    np.testing.assert_allclose(seen["cos_dist"][:-1], 1 - cosine, atol=1e-12)
    suppressed = (1 - 2 * rule.lr * rule.wd) * norm_sq + rule.lr**2 * eff_grad_sq / norm_sq
    assert not np.allclose(suppressed[:-1], norm_sq[1:], rtol=1e-6)


def test_the_exact_elr_reproduces_the_step_on_the_sphere(loss, w):
    """Identity: with eta/rho^2, as the papers define it, the directions part."""
    rule, norm = DecayGD(0.05, 2.0), np.linalg.norm(w)
    unit, step = w / norm, periodic.decay_step(w, loss.grad(w), 0.05, 2.0)
    directions = []
    for elr in (scale.elr_with_decay(rule.lr, rule.wd, norm**2), rule.lr / norm**2):
        on_sphere = unit - elr * loss.grad(unit)
        directions.append(on_sphere / np.linalg.norm(on_sphere))
    np.testing.assert_allclose(directions[0], step / np.linalg.norm(step), atol=1e-14)
    assert np.abs(directions[1] - step / np.linalg.norm(step)).max() > 1e-6


def test_proposition_4_bit_for_bit(loss, w):
    """Identity: for c a power of two, and not for c = 3."""
    one = simulation_decay.samples(loss, DecayGD(0.1, 0.1), 200, w, rng=0)
    for c, same in ((8.0, True), (3.0, False)):
        other = simulation_decay.samples(loss, DecayGD(c**2 * 0.1, 0.1 / c**2), 200, c * w, rng=0)
        assert np.array_equal(one["loss"], other["loss"]) is same


def test_simulate_keeps_the_schema_and_both_elrs(loss):
    rule = DecayGD(0.1, 0.5)
    for options in ({"every": 5}, {"windows": 4}):
        run = si.simulate(loss, rule, 40, rng=0, **options)
        np.testing.assert_allclose(run["total_elr_exact"], run["total_elr"] / (1 - 0.05))
        if "every" in options:
            np.testing.assert_allclose(run["total_elr"], 0.1 / run["total_norm"] ** 2)
        assert json.loads(run.attrs["config"])["rule"]["wd"] == 0.5
    assert np.all(run["total_norm_min"] <= run["total_norm"]) and np.all(
        run["total_norm"] <= run["total_norm_max"]
    )


def test_a_vanishing_norm_ends_the_run_with_a_status():
    run = si.simulate(Fourier((-1,)), DecayGD(0.5, 0.2), 5000, every=10, start=np.array([1.0, 0.0]))
    assert int(run["status"]) == 1 and np.isnan(run["loss"][-1]) and run["loss"][0] == -1


def test_minima_of_a_fourier_loss():
    """Closed form: sin^2 + bend sin^4 has its minima at 0 and pi, a turned one with it."""
    for bend in (-0.3, 0.0, 2.0):
        np.testing.assert_allclose(
            np.sort(Fourier.quartic(bend).turned(0.3).minima()), [0.3 - np.pi, 0.3], atol=1e-9
        )
    phi = np.linspace(-3, 3, 7)
    values = Fourier.quartic(0.7).value(np.stack([np.cos(phi), np.sin(phi)], axis=-1))
    np.testing.assert_allclose(values, np.sin(phi) ** 2 + 0.7 * np.sin(phi) ** 4, atol=1e-14)


@pytest.mark.parametrize("product", [0.03, 0.003])
def test_small_oscillations_of_the_quotient_have_the_predicted_period(product):
    """Closed form: cos(2 pi / P) = 2 (1 - lr wd)^2 - 1, over about ten periods."""
    half = np.arccos(periodic.resting_cos(1, product)) / 2
    elr = (1 - product) * np.tan(2 * half) / np.sin(2 * half)
    w = np.array([np.cos(half * 1.001), np.sin(half * 1.001)]) / elr**0.5
    predicted = 2 * np.pi / np.arccos(periodic.small_period_cos(1, product))
    norm = simulation_decay.samples(PLANAR["quotient"], DecayGD(1, product), int(20 * predicted), w)[
        "total_norm"
    ]
    maxima, _ = cycles.turns(np.log(norm), 0.3 * np.ptp(np.log(norm)))
    assert np.diff(maxima).mean() == pytest.approx(
        predicted, rel=1 / 19 / predicted + 0.002
    )  # one step in 19 periods


@pytest.mark.parametrize("bend", [-0.3, 0.3])
def test_the_settling_index_decides(bend):
    """Trial: the same loss settles or cycles by the sign of its index."""
    loss = Fourier.quartic(bend).turned(0.3)
    index = periodic.settling_index(*(float(loss.derivative(0.3, k)) for k in (2, 3, 4)))
    assert index == pytest.approx(48 * bend)
    run = si.simulate(loss, DecayGD(1, 1e-2), 30_000, every=2, rng=0)
    expected = Behaviour.SETTLES if index < 0 else Behaviour.OSCILLATES
    assert si.cycle(run, 1, 1e-2).behaviour is expected


def test_a_degenerate_minimum_lets_the_norm_vanish():
    run = si.simulate(PLANAR["degenerate"].turned(0.3), DecayGD(1, 1e-2), 1000, every=1, rng=0)
    assert si.cycle(run, 1, 1e-2).behaviour is Behaviour.VANISHES


def test_cycle_of_a_sine_and_of_noise(rng):
    """Closed form."""
    t = np.arange(4000)
    found = cycles.find_cycle(np.sin(2 * np.pi * t / 125), 3.0, 1e-3)
    assert found.behaviour is Behaviour.OSCILLATES and found.period.mean == pytest.approx(375, rel=0.01)
    assert found.swing == pytest.approx(2, abs=1e-2)
    assert cycles.find_cycle(rng.standard_normal(4000), 1.0, 1e-3).behaviour is Behaviour.FLUCTUATES
    assert cycles.find_cycle(np.exp(-t / 300) * np.sin(t / 20), 1.0, 1e-3).behaviour is Behaviour.SETTLES
    assert cycles.find_cycle(np.ones(10), 1.0, 1e-3).behaviour is Behaviour.UNDECIDED
    assert cycles.find_cycle(-2e-3 * t, 1.0, 1e-3, 0.0).behaviour is Behaviour.VANISHES
    assert cycles.find_cycle(-1e-3 * t, 1.0, 1e-3, 0.0).behaviour is not Behaviour.VANISHES
    # The same fall from a norm so large that gradients cannot matter yet.
    assert cycles.find_cycle(-2e-3 * t, 1.0, 1e-3, -8.0).behaviour is Behaviour.UNDECIDED
    assert cycles.find_cycle(-2e-3 * t, 1.0, 1e-3).behaviour is Behaviour.UNDECIDED


@pytest.mark.parametrize("steps", [20, 50, 100, 1000])
@pytest.mark.parametrize("loss", ["quartic", "cosine", "noisy", "interpolating"])
def test_a_run_cut_short_in_its_quiet_phase_is_undecided(loss, steps):
    """All of these cycle or fluctuate in the end; their norm falls at first, as weight decay has it fall."""
    asked = decay._parser().parse_args(["--lr", "0.1", "--wd", "1e-3", "--loss", loss])
    for seed in range(3):
        report = decay.run(loss, decay._loss(asked), DecayGD(0.1, 1e-3), steps, seed)
        assert report.cycle.behaviour is Behaviour.UNDECIDED


def test_a_gradient_that_is_zero_has_died_out():
    run = si.simulate(Fourier((-1,)), DecayGD(0.1, 0.01), 200, every=1, start=np.array([1.0, 0.0]))
    assert si.cycle(run, 0.1, 0.01).behaviour is Behaviour.VANISHES


def test_turns_alternate():
    maxima, minima = cycles.turns(np.array([0, 2, 1.9, 2, 0, 3, -1, 5, 4.0]), 1.0)
    assert maxima.tolist() == [1, 5] and minima.tolist() == [4, 6]


def test_phases_of_a_drawn_cycle():
    """Closed form: the norm falls for 6, rises for 4, the gradient peaks after one of these."""
    norm = np.tile(np.exp(np.r_[np.linspace(0, -1, 7), [-0.7, -0.4, -0.2]]), 5)
    grad = np.tile(np.r_[np.full(6, 0.1), [1, 2, 1, 0.5]], 5)
    assert "".join(cycles.find_phases(norm, grad)[10:30]) == "BBBBBBCAAA" * 2


@pytest.fixture(scope="module")
def cycling():
    return si.simulate(PLANAR["bend 1"].turned(0.3), DecayGD(0.1, 0.1), 4000, every=1, rng=0)


def test_jumps_are_where_the_iterates_say(cycling):
    norm = cycling["total_norm"].values
    turned = 1 - (1 - 0.01) * norm[:-1] / norm[1:]
    for delta in (1e-3, 0.1):
        found = si.jumps(
            cycling, delta
        )  # the turn of the last recorded step needs a norm that was not recorded
        np.testing.assert_array_equal(found[found < len(turned)], np.flatnonzero(turned > delta))
    assert len(si.jumps(cycling, 0.1)) > 10
    with pytest.raises(ValueError, match=r"need 0 < delta < 1, got delta=1"):
        si.jumps(cycling, 1)
    with pytest.raises(ValueError, match=r"need a run sampled with every=k"):
        si.jumps(si.simulate(SIX, DecayGD(0.1, 0.1), 40, windows=4, rng=0))


def test_the_bounds_of_figure_3_hold_to_second_order(cycling):
    """Trial: delta_min (1 - lr wd)^-2 - O(delta^2) encloses from below, delta_max from above."""
    bounds = cycles.jump_bounds(cycling, 0.1, 5)
    small = bounds["delta_max"].values < 1e-3
    upper = bounds["delta_max"].values / (1 - 0.01) ** 2
    assert small.any() and np.all(bounds["cos_dist"].values[small] <= upper[small] * (1 + 1e-9))
    assert np.all(bounds["cos_dist"].values[small] >= bounds["delta_min"].values[small] * (1 - 3e-3))


KEYS = (
    "loss behaviour lr wd steps seed status period period_error period_spread small_period swing delta bursts"
)
PAIRS = "loss_mean eff_grad norm_sq norm_sq_printed norm_sq_exact"


def command(capsys, *words):
    assert decay.main(["--lr", "0.1", "--wd", "0.01", "--steps", "2e4", *words]) == 0
    return capsys.readouterr().out


def test_json_has_the_documented_keys(capsys):
    report = json.loads(command(capsys, "--json"))
    assert list(report) == f"{KEYS} {PAIRS}".split() and report["behaviour"] == "oscillates"
    assert (
        report["norm_sq_exact"][0]
        <= report["norm_sq"][0]
        < report["norm_sq"][1]
        <= report["norm_sq_exact"][1]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bend", "-0.3"], "The norm settles"),
        (["--loss", "cosine"], "the periodic behaviour of the paper"),
        (["--loss", "noisy"], "irregular intervals"),
        (["--loss", "fourier", "--cos", "0", "0", "-1", "--sin", "0.001"], "expected to settle"),
        (["--steps", "10"], "too short to tell"),
        (["--steps", "100"], "too short to tell"),
        (["--wd", "0"], "Without weight decay the norm cannot shrink"),
        (["--wd", "0"], "it has stopped growing"),
        (["--wd", "0", "--lr", "1e-6", "--start", "1", "1"], "it still grows"),
    ],
)
def test_the_command_says_what_happened(capsys, words, said):
    assert said in command(capsys, *words)


@pytest.mark.parametrize(
    ("words", "law"),
    [
        (["--lr", "0"], "need lr > 0 and finite, got lr=0.0"),
        (["--wd", "-1"], "need wd >= 0 and finite, got wd=-1.0"),
        (["--wd", "10"], "need lr * wd < 1"),
        (["--delta", "2"], "need 0 < delta < 1, got delta=2.0"),
        (["--steps", "0"], "need steps >= 1"),
        (["--loss", "any"], "invalid choice"),
        (["--loss", "fourier"], "need a coefficient other than 0, got none"),
        (["--start", "0", "0"], "need no group at the origin"),
        (["--start", "1"], "need a start of 2 values"),
        (
            ["--start", "1e-200", "1e-200"],
            "need a start of norm from 2**-240 to 2**240, got norm 1.4142135623730",
        ),
        (["--plot", "run.xyz"], "need a plot file that ends in"),
    ],
)
def test_what_is_refused_gets_one_line_and_2(capsys, words, law):
    with pytest.raises(SystemExit) as left:
        decay.main(["--lr", "0.1", "--wd", "0.01", *words])
    error = capsys.readouterr().err
    assert left.value.code == 2 and error.count("\n") == 1 and law in error


def test_help_names_the_losses(capsys):
    with pytest.raises(SystemExit):
        decay.main(["--help"])
    said = capsys.readouterr().out
    assert all(f"\n  {name:<15} {meaning}\n" in said for name, meaning in decay.LOSSES.items())


def test_without_weight_decay_nothing_is_infinite_or_nan(capsys):
    said = command(capsys, "--wd", "0")
    assert (
        "nan" not in said
        and " inf" not in said
        and "no weight decay" in said
        and "equilibrium, and adjacent" not in said
    )


def test_the_command_draws(capsys, tmp_path):
    command(capsys, "--plot", str(tmp_path / "run.png"))
    assert [p.name for p in tmp_path.iterdir()] == ["run.png"]


def test_the_command_as_a_user_types_it():
    words = [sys.executable, "-m", "sitheory.decay", "--lr", "0.1", "--wd", "1e-2", "--steps", "1000"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and "behaviour" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "rule", [si.DecayGD(1e300, 1e-301), si.DecayGD(1e300, 0), si.DecayGD(1e-300, 1e-300)]
)
@pytest.mark.parametrize("machinery", [{"every": 1}, {"windows": 8}])
def test_rates_at_the_ends_of_float64_end_in_a_status(rule, machinery):
    run = si.simulate(si.Quotients((1, 2, 4)), rule, 40, rng=0, **machinery)
    assert int(run["status"]) in (0, 1, 2)
    assert np.isfinite(run["loss"][0]) or int(run["status"])


def test_a_run_whose_angle_underflows_says_so_of_its_one_group(capsys):
    said = command(capsys, "--loss", "fourier", "--cos", "1", "--steps", "400000", "--wd", "1e-2")
    assert "exactly on a point without a gradient" in said and "others'" not in said and "nan" not in said
