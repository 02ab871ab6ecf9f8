"""The advisor's predictions against runs with weight decay; its command."""

import json

import numpy as np
import pytest
import xarray as xr

import sitheory as si
from simulations.periodic.net_advice import NetAdvice, cells_of
from sitheory.advise import Advice, Phase, main
from sitheory.losses.compiled import SphereQuadratics
from sitheory.losses.planar import PLANAR
from sitheory.reports import optimiser_command
from sitheory.simulation import decay
from sitheory.theory import periodic

KIND = "closed_form"

LR, WD = 0.1, 0.01


def _run(loss, steps, w, rng=None):
    return decay.samples(loss, si.DecayGD(LR, WD), steps, np.asarray(w, dtype=float), rng=rng)


def _advice(seen, at=0, **changes):
    """Advice from the first step's numbers, with bounds from the whole run."""
    norm, eff = seen["total_norm"], seen["total_eff_grad"]
    bounds = {
        "grad_lo": float(eff[at:].min() / norm[at]),
        "grad_hi": float(eff[at:].max() / norm[at]),
    } | changes
    return Advice(LR, WD, float(norm[at]), float(eff[at] / norm[at]), **bounds)


LOSSES = {
    "cosine": (PLANAR["cosine"].turned(0.3), (2.0, 1.5)),
    "three waves": (PLANAR["three waves"].turned(0.3), (2.0, 1.5)),
    "toy": (si.Quotients((1, 2, 4)), (1.0, 2.0, -0.5, 1.5, 2.0, 1.0)),
    "noisy": (SphereQuadratics.random(8, 16, 0), np.ones(8)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_bounds_hold_all_along_a_run(name):
    """Conformance: no norm leaves what was bound from the first step; a range half as wide would fail somewhere."""
    loss, w = LOSSES[name]
    seen = _run(loss, 3000, w, rng=0)
    advice, norm = _advice(seen), seen["total_norm"]
    for steps in (0, 1, 10, 100, 1000, 2999):
        low, high = advice.norm_after(steps)
        assert low * (1 - 1e-12) <= norm[steps] <= high * (1 + 1e-12)
    low, high = advice.end_norm
    assert np.all((norm[2000:] >= 0.999 * low) & (norm[2000:] <= 1.001 * high))
    assert advice.end_elr == pytest.approx((LR / high**2, LR / low**2 if low else np.inf))


def test_rest_of_a_run_that_settles():
    """Closed form: with its last gradient the rest, its ELR and its turn are those of the run."""
    loss, w = LOSSES["three waves"]
    seen = _run(loss, 20_000, w)
    advice = _advice(seen, -1, grad_lo=None, grad_hi=None)
    assert advice.phase is Phase.RESTS and advice.warmup == (0, 0)
    assert seen["total_norm"][-1] == pytest.approx(advice.rest_norm[0], rel=1e-4)
    assert LR / seen["total_norm"][-1] ** 2 == pytest.approx(advice.rest_elr[0], rel=1e-4)
    assert 1 - np.cos(np.radians(advice.turn_at_rest)) == pytest.approx(LR * WD)
    assert advice.turn == pytest.approx(advice.turn_at_rest, rel=1e-3)
    assert seen["cos_dist"][-1] == pytest.approx(LR * WD, rel=1e-3)


def test_period_of_small_swings():
    """Closed form: the linear recursion of the log norm turns by 2 arccos(1 - lr wd) a step, to a thousandth."""
    half = np.arccos(1 - LR * WD) / 2
    elr = (1 - LR * WD) * np.tan(2 * half) / np.sin(2 * half)
    phi = half + 0.3
    w = np.array([np.cos(phi), np.sin(phi)]) * (LR / elr) ** 0.5 * 1.0001
    seen = _run(PLANAR["quotient"].turned(0.3), 400, w)
    path = np.log(seen["total_norm"])
    rows = np.column_stack([path[1:-1], -path[:-2], np.ones(398)])
    trace, det, _ = np.linalg.lstsq(rows, path[2:], rcond=None)[0]
    found = 2 * np.pi / np.arccos(trace / 2 / det**0.5)
    assert found == pytest.approx(_advice(seen).small_period, rel=1e-3)


def test_warm_up_under_a_constant_gradient():
    """Closed form: the recursion of rho^2 itself reaches 1 % between the two bounds, which are lr wd apart."""
    advice = Advice(LR, WD, 30.0, 0.1)
    grad_sq, norm_sq, steps = (0.1 * 30.0) ** 2, 900.0, 0
    rest = periodic.rest_norm_4(grad_sq, LR, WD)
    while norm_sq**2 > 1.01 * rest:
        norm_sq, steps = periodic.norm_sq_next(norm_sq, grad_sq, LR, WD), steps + 1
    low, high = advice.warmup
    assert advice.phase is Phase.SHRINKS and low <= steps <= high + 1 and high / low < 1.0011
    below = Advice(LR, WD, 0.1, 30.0)
    assert below.phase is Phase.GROWS and below.warmup[0] == 1


def test_jumps_come_by_the_step_that_is_said():
    loss, _ = LOSSES["cosine"]
    seen = _run(loss, 4000, (6.0, 5.0))
    advice, delta = _advice(seen), LR * WD / 2
    first = int(np.argmax(seen["cos_dist"] > delta))
    assert seen["cos_dist"][first] > delta and 0 < first <= advice.latest_jump(delta)
    assert advice.latest_jump(LR * WD) == np.inf
    assert Advice(LR, WD, 1e-3, 1.0).latest_jump(delta) == 0


def _spread(chance, low=-300.0, high=300.0):
    """A float whose logarithm is uniform."""
    return float(chance.uniform(1, 10)) * 10.0 ** float(chance.uniform(low, high))


def _anywhere(seed):
    """Advice from numbers anywhere among the floats, a third of them with lr wd from 1e-30 to 1e-3."""
    chance = np.random.default_rng(seed)
    while True:
        lr, wd, norm, grad = (_spread(chance) for _ in range(4))
        if seed % 3:
            wd = _spread(chance, -30, -3) / lr
            norm, grad = _spread(chance, -3, 3), _spread(chance, -3, 3)
        bounds = chance.choice([1.0, 0.5, 1e-3]), chance.choice([1.0, 2.0, 1e3])
        if 0 < wd < np.inf and lr * wd < 0.25:
            return Advice(
                lr, wd, norm, grad, grad_lo=grad * float(bounds[0]), grad_hi=grad * float(bounds[1])
            )


class Balls:
    """The same numbers in ball arithmetic, wide enough for lr wd = 1e-647."""

    def __init__(self, advice):
        from flint import arb, ctx

        ctx.prec = 2600
        self.arb = arb
        self.lr, self.wd, self.norm = arb(advice.lr), arb(advice.wd), arb(advice.norm)
        self.grads = [arb(g) * self.norm for g in (advice.grad_lo, advice.grad, advice.grad_hi)]
        self.keep = (1 - self.lr * self.wd) ** 2

    def rest(self, grad):
        """rho at rest: rho^4 (1 - keep) = (lr g)^2."""
        return ((self.lr * grad) ** 2 / (1 - self.keep)).sqrt().sqrt()

    def step(self, norm_sq, grad):
        return self.keep * norm_sq + (self.lr * grad) ** 2 / norm_sq

    def within(self, pair, value):
        low, high = (self.arb(end) if np.isfinite(end) else None for end in pair)
        return (low is None or bool(low <= value)) and (high is None or bool(value <= high))


@pytest.mark.parametrize("third", range(3))
def test_the_intervals_hold_wherever_the_numbers_are(third):
    """Closed form: in ball arithmetic, rests, steps of random gradients and warm-ups lie within their bounds."""
    pytest.importorskip("flint")
    for seed in range(third, 150, 3):
        advice = _anywhere(seed)
        balls, chance = Balls(advice), np.random.default_rng(seed)
        low, now, high = balls.grads
        for pair in (advice.rest_norm, advice.end_norm):
            assert balls.within(pair, balls.rest(low)) and balls.within(pair, balls.rest(high)), seed
            assert np.nextafter(pair[0], -1) >= 0 and pair[1] >= pair[0]
        norm_sq = balls.norm**2
        for steps in range(1, 7):
            norm_sq = balls.step(norm_sq, [low, now, high][int(chance.integers(3))])
            assert balls.within(advice.norm_after(steps), norm_sq.sqrt()), (seed, steps)
        for grad in (low, high):
            elr_sq = (1 - balls.keep) / grad**2
            assert balls.within(advice.rest_elr, elr_sq.sqrt()), seed
        if advice.phase is Phase.SHRINKS and np.isfinite(advice.warmup[1]):
            goal = (1 + balls.arb(advice.within)) * balls.rest(high) ** 4
            for time, grad, rate, sign in zip(
                advice.warmup, (low, high), (2 * balls.keep - 1, balls.keep**2), (1, -1), strict=True
            ):
                rest = balls.rest(grad) ** 4
                left = rest + rate ** balls.arb(time) * (balls.norm**4 - rest)
                assert bool(sign * (left - goal) >= 0), seed


@pytest.mark.parametrize("product", [1e-10, 1e-13, 1e-15, 1e-17, 1e-300])
def test_a_rest_lies_within_its_bounds_where_floats_cancel(product):
    """Closed form: a constant gradient's rest, in ball arithmetic; the same formula in floats misses it."""
    pytest.importorskip("flint")
    advice = Advice(1.0, product, 1.0, 0.7, grad_lo=0.7, grad_hi=0.7)
    balls = Balls(advice)
    rest = balls.rest(balls.grads[0])
    assert balls.within(advice.end_norm, rest) and balls.within(advice.rest_norm, rest)
    assert advice.end_norm[1] <= np.nextafter(np.nextafter(advice.end_norm[0], np.inf), np.inf)
    alpha = periodic.beta_alpha_exact(1.0, product)
    naive = (0.7**2 / alpha) ** 0.25 if alpha else 0.0
    assert not balls.within((naive, naive), rest)


def test_turns_and_periods_where_floats_cancel():
    """Closed form: arccos(1 - p) = sqrt(2 p) (1 + p/12 + ...), whose next term is 1e-11 of it at most."""
    for p in (1e-5, 1e-9, 1e-17, 1e-200):
        advice = Advice(1.0, p, 1.0, 1e-9)
        turn = (2 * p) ** 0.5 * (1 + p / 12)
        assert np.radians(advice.turn_at_rest) == pytest.approx(turn, rel=1e-11)
        assert advice.small_period == pytest.approx(np.pi / turn, rel=1e-11)
        assert np.radians(advice.turn) == pytest.approx(1e-9 / (1 - p), rel=1e-13)


def test_the_command_says_it_in_words_and_as_json(capsys):
    words = ["--lr", "0.1", "--wd", "1e-3", "--norm", "10", "--grad", "0.05", "--steps", "1000"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "nothing was run" in said and "weight decay shrinks it" in said
    assert main([*words, "--grad-hi", "0.2", "--delta", "0.5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["latest_jump"] is None and told["rest_norm"][0] < told["rest_norm"][1] < 10
    assert told["norm_after"][0] < told["norm_after"][1] < 10


@pytest.mark.parametrize(
    "changes",
    [
        {"--lr": "-1"},
        {"--wd": "10"},
        {"--grad-lo": "1"},
        {"--delta": "2"},
        {"--steps": "-1"},
        {"--norm": "nan"},
    ],
)
def test_what_the_command_refuses_in_one_line(capsys, changes):
    words = {"--lr": "0.1", "--wd": "1e-3", "--norm": "10", "--grad": "0.05"} | changes
    with pytest.raises(SystemExit) as left:
        main([part for pair in words.items() for part in pair])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("sitheory.advise: need")


def test_what_the_advisor_says_holds_on_a_network():
    """Trial: digits with label noise. The turn to 5 %, no norm out of bounds, but many with the mean for both."""
    pytest.importorskip("torch")
    small = NetAdvice(pairs=((0.3, 0.01), (0.3, 0.03)), epochs=60, seeds=1)
    result = small.run()
    for index, (lr, wd) in enumerate(small.pairs):
        run = next(cells_of(result, index))
        told = small.confronted(run, lr, wd)
        assert told["turn"] == pytest.approx(1, abs=0.05)
        assert told["out of bounds"] == 0
        usual = xr.full_like(run["total_ess"], float((run["total_ess"] / run["total_elr"]).median()))
        narrow = run.assign(total_eff_grad_min=usual, total_eff_grad_max=usual)
        assert small.confronted(narrow, lr, wd)["out of bounds"] > 10


def test_the_help_names_the_other_optimisers_and_whence_the_two_numbers_come(capsys):
    """Conformance: who has AdamW finds it from --help, and where norm and gradient are to be had."""
    with pytest.raises(SystemExit):
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(name in said for name in optimiser_command.OPTIMISERS)
    assert "--optimizer adamw --help" in said and "bridge.Watch" in said


def test_norm_and_gradient_are_asked_for_with_the_way_out(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--lr", "3e-4", "--wd", "0.1", "--norm", "1"])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.count("\n") == 1
    assert "or --optimizer NAME; missing: --grad" in said
