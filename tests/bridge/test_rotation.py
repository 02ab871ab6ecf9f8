"""Norm and turn under any optimiser: measured from the weights, predicted from their autocorrelation."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

import sitheory as si
from sitheory import bridge
from sitheory.bridge.watching.rotation import AS_PREDICTED, measured_time
from sitheory.theory import rotation

KIND = "conformance"

torch.set_num_threads(1)

CHANCE = 0.15
"""Of correlations: five bursts of a matrix of 32 by 32 are 5120 products."""


class Signs(torch.optim.Optimizer):
    """Lion as one would write it."""

    def __init__(self, params, lr, weight_decay=0.0, betas=(0.9, 0.99)):
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "betas": betas})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            share, beta = group["betas"]
            for p in (p for p in group["params"] if p.grad is not None):
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * (share * m + (1 - share) * p.grad).sign())
                m.lerp_(p.grad, 1 - beta)


class Polar(torch.optim.Optimizer):
    """Muon with an exact polar factor; no weight decay of its own."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                m = self.state[p].setdefault("m", torch.zeros_like(p)).lerp_(p.grad, 0.1)
                u, _, v = torch.linalg.svd(m, full_matrices=False)
                p.sub_(group["lr"] * u @ v)


def noisy_run(make, steps, lr_lambda=None, **settings):
    """A scale-invariant matrix whose gradients are noise: slopes that no input decides."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(32, 32, bias=False), nn.BatchNorm1d(32, affine=False))
    optimizer = make([net[0].weight])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda or (lambda step: 1.0))
    draw = torch.Generator().manual_seed(1)
    watch = bridge.Watch(net, optimizer, **{"every": 4, **settings})
    for _ in range(steps):
        optimizer.zero_grad()
        x, slopes = torch.randn(2, 32, 32, generator=draw)
        (net(x) * slopes).mean().backward()
        optimizer.step()
        schedule.step()
    assert watch.stopped is None and "BROKEN" not in str(watch)
    return watch, schedule


OPTIMISERS = {
    "AdamW": (
        lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.9, 0.95), weight_decay=1.0),
        lambda alpha: rotation.adam_memory(0.9, 0.95, alpha) / rotation.adam_covariance(0.9, 0.95, 1, 1),
    ),
    "Lion of one's own": (lambda p: Signs(p, lr=0.02, weight_decay=1.0), None),
    "Muon": (lambda p: torch.optim.Muon(p, lr=0.02, weight_decay=1.0), None),
    "SGD": (lambda p: torch.optim.SGD(p, lr=5.0, weight_decay=0.004), lambda alpha: 0.0),
    "SGD with momentum": (
        lambda p: torch.optim.SGD(p, lr=2.0, weight_decay=0.001, momentum=0.9),
        lambda alpha: rotation.geometric_memory(1.0, 0.9, alpha),
    ),
}


@pytest.mark.parametrize(("make", "memory"), OPTIMISERS.values(), ids=OPTIMISERS)
def test_an_optimisers_layer_turns_as_its_correlations_say(make, memory):
    """Trial: near rest turn and norm are the law's; the memory is that of the optimiser's betas if they decide it."""
    watch, _ = noisy_run(make, 200)
    found = watch.rotation()
    assert found.said() == ["as predicted"]
    assert found.turn[0] == pytest.approx(found.predicted_turn[0], rel=AS_PREDICTED)
    assert found.turn[0] == pytest.approx(found.rest_turn[0], rel=3 * AS_PREDICTED)
    assert found.norm[0] == pytest.approx(found.rest_norm[0], rel=3 * AS_PREDICTED)
    if memory is not None:
        expected = memory(found.alpha[0])
        assert found.memory[0] / found.update_sq[0] == pytest.approx(expected, rel=0.3, abs=CHANCE)
    assert ("ess" in watch.dataset()) == isinstance(watch._optimizer, torch.optim.SGD)


def test_a_wrong_memory_predicts_another_turn():
    """Trial: correlations taken for 0 make AdamW's turn at rest wrong by far more than it is called right by."""
    watch, _ = noisy_run(OPTIMISERS["AdamW"][0], 200)
    found = watch.rotation()
    blind = rotation.rest_chord_sq(found.update_sq, 0.0, found.alpha)[0] ** 0.5
    assert blind > 2 * found.turn[0]


def test_every_tenth_step_measures_the_same_correlations():
    """Twin: bursts between the watched steps see consecutive updates."""
    dense, sparse = (
        noisy_run(OPTIMISERS["Lion of one's own"][0], 120, every=k)[0].rotation() for k in (1, 10)
    )
    assert sparse.bursts[0] == 2 and dense.bursts[0] == 12 + 1
    assert sparse.correlations[0] == pytest.approx(dense.correlations[0], abs=CHANCE)


def test_correlations_are_those_of_consecutive_updates():
    """Twin: naive products of updates recomputed from copies of the weights."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.BatchNorm1d(4, affine=False))
    optimizer = Signs(net.parameters(), lr=0.1, weight_decay=0.5)
    watch, states = bridge.Watch(net, optimizer, every=1), [net[0].weight.detach().double().clone()]
    for _ in range(9):
        optimizer.zero_grad()
        net(torch.randn(8, 4)).mul(torch.randn(8, 4)).sum().backward()
        optimizer.step()
        states.append(net[0].weight.detach().double().clone())
    u = [(0.95 * a - b) / 0.1 for a, b in pairwise(states)]
    naive = [float((u[0] * u[k]).sum() / (u[0].norm() * u[k].norm())) for k in range(1, 9)]
    found = watch.rotation()
    assert found.correlations[0] == pytest.approx(naive, abs=1e-6)  # the first update is kept in float32
    inner = size_sq = 0.0
    for n, (w, v) in enumerate(zip(states, u, strict=False), 1):
        inner += 4 / (n + 3) * (float((w * v).sum() / (w * w).sum()) - inner)
        size_sq += 4 / (n + 3) * (float((v * v).sum() / (w * w).sum()) - size_sq)
    assert found.cos[0] == pytest.approx(inner / size_sq**0.5, rel=1e-9)


def test_what_has_no_law_of_rest_says_so():
    """Conformance: L2 through Adam's division, and no decay at all."""
    watch, _ = noisy_run(lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.01), 30)
    assert np.isnan(watch.rotation().rest_norm).all() and "no law of rest" in str(watch)
    watch, _ = noisy_run(lambda p: Polar(p, lr=0.02), 30)
    found = watch.rotation()
    assert np.isinf(found.rest_norm).all() and found.rest_turn[0] == 0 and np.isinf(found.predicted_time[0])


def test_a_norm_that_the_optimiser_keeps_is_foreseen_to_stay():
    """Trial: Hyperball rests from its first step; AdamW's norm is not kept, however near to rest it is."""
    watch, _ = noisy_run(lambda p: bridge.optimizer(p, si.Hyperball(0.05, si.Muon(1.0, momentum=0.9))), 40)
    found = watch.rotation()
    assert found.kept.all() and found.rest_norm == pytest.approx(found.norm, rel=1e-6)
    assert found.turn == pytest.approx(found.rest_turn, rel=1e-3) and found.said() == ["as predicted"]
    ahead = watch.ahead([1.0, 0.5, 0.1])
    assert ahead["norm"].values == pytest.approx(found.norm[0], rel=1e-6)
    turned = ahead["turn"].values[:, 0]
    assert turned[2] / turned[0] == pytest.approx(0.1, rel=1e-2)
    assert not noisy_run(OPTIMISERS["AdamW"][0], 40)[0].rotation().kept.any()


def test_a_turn_is_compared_with_that_of_the_rates_it_was_measured_at():
    """Trial: at the end of a cosine the last rate is next to nothing, which the mean turn is not."""
    watch, _ = noisy_run(
        OPTIMISERS["AdamW"][0], 160, lambda step: (1 + np.cos(np.pi * (step + 0.5) / 160)) / 2
    )
    found = watch.rotation()
    assert found.said() == ["as predicted"] and found.lr[0] < found.mean_lr[0] / 20


def test_a_schedules_end_is_foreseen():
    """Trial: norm and turn at the end of a linear decay, foreseen from its beginning, the scheduler left as it was."""
    total = 300

    def linear(step):
        return max(1 - max(step - 150, 0) / (total - 150), 0.0)

    make = OPTIMISERS["AdamW"][0]
    early, schedule = noisy_run(make, 150, linear)
    before = schedule.state_dict()["last_epoch"]
    ahead = early.ahead(schedule, total - 150)
    assert schedule.state_dict()["last_epoch"] == before and ahead.sizes["step"] == total - 150
    late, _ = noisy_run(make, total, linear)
    last = late.dataset()
    foreseen = ahead["norm"].values[-1, 0]
    assert foreseen == pytest.approx(float(last["norm"][-1, 0]), rel=AS_PREDICTED)
    still = early.ahead(np.ones(total - 150))["norm"].values[-1, 0]
    assert abs(still / foreseen - 1) > 2 * AS_PREDICTED
    with pytest.raises(ValueError, match="need steps >= 1"):
        early.ahead(schedule)
    with pytest.raises(ValueError, match="need factors >= 0"):
        early.ahead([-1.0])


def test_the_time_constant_of_a_relaxation():
    """Closed form."""
    steps = np.arange(0, 300, 5)
    seen = measured_time(steps, np.stack([2 + np.exp(-steps / 70), 3 - np.exp(-steps / 40)], axis=1))
    assert seen == pytest.approx([70, 40], rel=1e-9)
    assert np.isnan(measured_time(steps, np.exp(steps / 70)[:, None])).all()
