"""Rules with a state: the compiled steps against torch and numpy, and the walks against the theory."""

import dataclasses
from math import asin, pi

import numpy as np
import pytest
import scipy.linalg
import torch

import sitheory as si
from sitheory.simulation import optimisers
from sitheory.simulation.polar import newton_schulz, newton_schulz_values, polar
from sitheory.theory import rotation

LOSS = si.Quotients((1, 2, 4))
ROUNDING = 1e-10
"""60 steps in another order of operations."""


def _torch_sgd(rule, w):
    options = {"nesterov": isinstance(rule, si.Nesterov), "momentum": rule.momentum}
    return torch.optim.SGD([w], rule.lr, weight_decay=rule.wd, **options)


def _torch_adam(rule, w):
    kind = torch.optim.AdamW if isinstance(rule, si.AdamW) else torch.optim.Adam
    return kind([w], rule.lr, (rule.b1, rule.b2), rule.eps, rule.wd)


TORCH = (
    (si.Momentum(0.05, 0.1, 0.9), _torch_sgd),
    (si.Nesterov(0.05, 0.1, 0.8), _torch_sgd),
    (si.AdamW(0.05, 0.3, 0.9, 0.95), _torch_adam),
    (si.AdamL2(0.05, 0.3, 0.9, 0.95), _torch_adam),
)


@pytest.mark.parametrize(("rule", "made"), TORCH, ids=lambda v: type(v).__name__)
def test_steps_are_those_of_torch(rule, made):
    """Twin: norms of the samples, against torch.optim in float64; another decay is seen."""
    start = np.array([1.0, -2.0, 0.5, 0.3, 1.5, -0.7])
    traj = si.simulate(LOSS, rule, 60, every=1, start=start, rng=0)
    other = si.simulate(LOSS, dataclasses.replace(rule, wd=2 * rule.wd), 60, every=1, start=start, rng=0)
    w = torch.tensor(start, requires_grad=True)
    steps, norms = made(rule, w), []
    for _ in range(60):
        norms.append([float(w[g].detach().norm()) for g in LOSS.groups])
        w.grad = torch.tensor(LOSS.grad(w.detach().numpy()))
        steps.step()
    np.testing.assert_allclose(traj["norm"], norms, rtol=ROUNDING)
    assert not np.allclose(other["norm"], norms, rtol=1e-3)


def _by_hand(rule, grads, w):
    """The other rules, as their papers write them."""
    m, path = np.zeros_like(w), []
    for g in grads:
        path.append(w)
        if isinstance(rule, si.Lion):
            u = np.sign(rule.b1 * m + (1 - rule.b1) * g)
            m = rule.b2 * m + (1 - rule.b2) * g
        else:
            m = rule.momentum * m + (1 - rule.momentum) * g
            nesterov = isinstance(rule, si.Nesterov) or getattr(rule, "nesterov", False)
            u = rule.momentum * m + (1 - rule.momentum) * g if nesterov else m
        if isinstance(rule, si.Muon):
            u = np.stack([scipy.linalg.polar(a)[0] for a in u]) * max(np.sqrt(u.shape[1] / u.shape[2]), 1)
        w = (1 - rule.lr * rule.wd) * w - rule.lr * u
    return path


@pytest.mark.parametrize(
    "rule",
    [
        si.Momentum(0.05, 0.1, decoupled=True),
        si.Nesterov(0.05, 0.1, decoupled=True),
        si.Lion(0.05, 0.3, 0.8, 0.95),
        si.Muon(0.05, 0.1),
        si.Muon(0.05, 0.1, nesterov=True),
    ],
    ids=lambda rule: f"{type(rule).__name__}",
)
def test_steps_are_those_of_the_papers(rule):
    """Twin: matrices in numpy on the same noise, polar factors by scipy."""
    walk = si.RandomWalk((2, 5, 3))
    start = np.random.default_rng(1).standard_normal(walk.dim)
    traj = si.simulate(walk, rule, 30, every=1, start=start, rng=5)
    source, grads, out = np.random.default_rng(np.random.SeedSequence(5)), [], np.empty(walk.dim)
    for _ in range(30):
        walk.draw(start, source, out)
        grads.append(out.reshape(walk.shape).copy())
    path = _by_hand(rule, grads, start.reshape(walk.shape))
    np.testing.assert_allclose(traj["norm"], np.linalg.norm(path, axis=(2, 3)), rtol=ROUNDING)
    units = [w / np.linalg.norm(w, axis=(1, 2), keepdims=True) for w in path]
    turns = np.linalg.norm(np.diff(units, axis=0), axis=(2, 3))
    np.testing.assert_allclose(traj["turn"][:-1], turns, rtol=1e-8)


def test_hyperball_keeps_the_norm_and_steps_as_far_as_its_formula():
    """Twin: the norm of each group stays, and the turn is that of the cosine that was measured."""
    rule = si.Hyperball(0.1, si.Momentum(1.0, decoupled=True))
    walk = si.RandomWalk((2, 6, 4))
    traj = si.simulate(walk, rule, 50, every=1, rng=0)
    np.testing.assert_allclose(traj["norm"], np.broadcast_to(traj["norm"][0], (50, 2)), rtol=1e-13)
    sin_sq = rotation.sin_sq(traj["turn"].values ** 2)
    across = si.simulate(walk, si.Hyperball(0.1, si.Momentum(1.0, momentum=0.0)), 50, every=1, rng=0)
    assert np.all(sin_sq <= 0.1**2 * (1 + 1e-12))  # no cosine gives more than sin = lr
    assert not np.allclose(across["turn"], 0.1, rtol=1e-4)


def test_newton_and_schulz_leave_singular_values_that_are_not_one():
    """Twin: the iteration on matrices and on their singular values; the exact factor, of what rank it may be."""
    stack = np.random.default_rng(0).standard_normal((4, 7, 5))
    made = newton_schulz(stack, 5)
    values = newton_schulz_values(np.linalg.svd(stack, compute_uv=False), 5)
    found = np.sort(np.linalg.svd(made, compute_uv=False), axis=-1)
    np.testing.assert_allclose(found, np.sort(values, axis=-1), rtol=1e-9)
    assert np.all((values > 0.6) & (values < 1.3)) and np.max(np.abs(values - 1)) > 0.05
    np.testing.assert_allclose(np.linalg.svd(polar(stack), compute_uv=False), 1, rtol=1e-12)
    np.testing.assert_allclose(polar(np.zeros((2, 3, 1))), 0)


WALK = si.RandomWalk((12, 20, 20))


def _rest(rule, steps=2_400, walk=WALK):
    """Norm and turn of the groups over the last quarter of a run, and their standard errors by the groups' spread."""
    last = si.simulate(walk, rule, steps, windows=4, rng=3).isel(step=-1)
    out = []
    for name in ("norm", "turn"):
        values = last[name].values
        out.append((values.mean(), values.std(ddof=1) / np.sqrt(values.size)))
    return out


def _close(measured, predicted, room=0.0):
    value, error = measured
    return abs(value - predicted) < 5 * error + room * predicted


def _predicted(update_sq, memory, rule, size):
    alpha = rotation.keep(rule.lr, rule.wd)
    norm_sq = rotation.rest_norm_sq(update_sq, memory, rule.lr, alpha)
    return (size * norm_sq) ** 0.5, rotation.rest_chord_sq(update_sq, memory, alpha) ** 0.5


def _cases():
    alpha, size = 0.99, 20 * 20
    adam, lion = si.AdamW(0.1, 0.1, 0.9, 0.98), si.Lion(0.1, 0.1, 0.9, 0.95)
    average = si.Momentum(0.1, 0.1, 0.8, decoupled=True)
    nesterov = si.Nesterov(0.1, 0.1, 0.8, decoupled=True)
    v = rotation.average_sq(0.8)
    yield average, v, rotation.geometric_memory(v, 0.8, alpha), size
    first = rotation.blend_first(0.64, 0.8)
    yield nesterov, rotation.blend_sq(0.64, 0.8), rotation.pole_memory(first, 0.8, alpha), size
    yield adam, rotation.adam_covariance(0.9, 0.98, 1, 1), rotation.adam_memory(0.9, 0.98, alpha), size
    ratio = rotation.blend_first(0.9, 0.95) / rotation.blend_sq(0.9, 0.95)
    yield lion, 1.0, rotation.sign_memory(ratio, 0.95, alpha, 500, asin, pi), size


@pytest.mark.parametrize(
    ("rule", "update_sq", "memory", "size"), tuple(_cases()), ids=lambda v: type(v).__name__
)
def test_walks_come_to_rest_where_the_law_says(rule, update_sq, memory, size):
    """Trial: 12 matrices of 20 x 20, 2,400 steps, seed 3: norm and turn within 5 standard errors, Adam 0.2 % more."""
    norm, turn = _rest(rule)
    told_norm, told_turn = _predicted(update_sq, memory, rule, size)
    room = 0.002 if isinstance(rule, si.AdamW) else 0.0  # (1 - b2)^2 and what the covariances leave out
    assert _close(norm, told_norm, room) and _close(turn, told_turn, room)
    assert not _close(turn, _predicted(update_sq, 0.0, rule, size)[1], room)


def test_muon_turns_faster_than_the_geometric_law():
    """Trial: square matrices, 2,000 steps: the turn is between the bounds of odd functions, which the law is not."""
    rule = si.Muon(0.1, 0.1, momentum=0.9)
    _, turn = _rest(rule, 2_000, si.RandomWalk((8, 16, 16)))
    alpha, stack = 0.99, np.random.default_rng(0).standard_normal((400, 16, 16))
    nuclear = np.linalg.svd(stack, compute_uv=False).sum(axis=-1).mean()
    share = rotation.polar_share(nuclear, 16, 16, 16)
    bounds = rotation.odd_memory_bounds(share, 0.9, 0.9, alpha)
    slow, fast = (rotation.rest_chord_sq(1.0, s, alpha) ** 0.5 for s in reversed(bounds))
    geometric = rotation.average_rest_chord_sq(alpha, 0.9) ** 0.5
    assert geometric < 0.97 * slow
    assert slow - 5 * turn[1] < turn[0] < fast + 5 * turn[1]
    assert not _close(turn, geometric)


def test_coupled_decay_turns_as_the_table_says():
    """Trial: Momentum with coupled decay: chord and norm, exactly; and Adam with L2 to first order in the turn."""
    rule = si.Momentum(0.1, 0.1, 0.8)
    norm, turn = _rest(rule)
    assert _close(turn, rotation.heavy_chord_sq(0.1, 0.1, 0.8) ** 0.5)
    assert _close(norm, rotation.heavy_norm_sq(20 * 20, 0.1, 0.1, 0.8) ** 0.5)
    assert not _close(norm, rotation.small_heavy_norm_sq(20 * 20, 0.1, 0.1 * 1.02, 0.8) ** 0.5)


def test_orthogonal_noise_rests_where_the_norm_and_the_noise_agree():
    """Trial: gradients over the norm, as a scale-invariant loss has them: norm^4 of the coupled law."""
    rule = si.Momentum(0.1, 0.1, 0.8)
    norm, turn = _rest(rule, walk=dataclasses.replace(WALK, noise=si.Orthogonal()))
    told = rotation.heavy_norm_sq(20 * 20 - 1, 0.1, 0.1, 0.8) ** 0.25
    assert _close(norm, told, 0.001) and _close(turn, rotation.heavy_chord_sq(0.1, 0.1, 0.8) ** 0.5, 0.001)


@pytest.mark.parametrize("noise", [si.Isotropic(), si.HeavyTailed(5.0), si.Orthogonal()], ids=repr)
def test_noise_has_the_moments_that_it_says(noise):
    """Trial: unit variance at unit norm; orthogonal noise is orthogonal; the signal is the mean's gradient."""
    walk = si.RandomWalk((2, 50, 40), noise, signal=0.2)
    w = np.concatenate([np.ones(2000), np.arange(2000.0)])
    w[:2000] /= np.linalg.norm(w[:2000])
    out, rng = np.empty(walk.dim), np.random.default_rng(0)
    walk.draw(w, rng, out)
    if walk.scale_invariant:
        assert abs(out[2000:] @ w[2000:]) < 1e-12 * np.linalg.norm(out[2000:]) * np.linalg.norm(w[2000:])
        si.check_loss(walk)
    spread = np.std(out[:2000] - walk.grad(w)[:2000])
    assert abs(spread - 1) < 0.2  # 2,000 draws, of kurtosis 9 where tails are heavy


@pytest.mark.parametrize("rule", [si.AdamW(0.05, 0.1), si.Hyperball(0.1, si.Lion(1.0))], ids=repr)
@pytest.mark.parametrize(
    "loss",
    [
        LOSS,
        si.Fourier(cos=(1,)),
        si.SphereQuadratics.random(4, 3),
        si.RandomWalk((3, 2, 2)),
        si.Cone((1.0, 0.3), (0.5,), 0.2),
    ],
    ids=lambda v: type(v).__name__,
)
def test_windows_are_means_of_the_samples(loss, rule):
    """Conformance: on losses of every kind, and again bit for bit; a sweep's cell is a run of its own."""
    each = si.simulate(loss, rule, 90, every=1, rng=0)
    again = si.simulate(loss, rule, 90, windows=3, rng=0)
    np.testing.assert_array_equal(again["turn"], si.simulate(loss, rule, 90, windows=3, rng=0)["turn"])
    for name, power in (("turn", 2), ("norm", 2), ("loss", 1)):
        parts = [np.mean(p**power, axis=0) ** (1 / power) for p in np.split(each[name].values, 3)]
        np.testing.assert_allclose(again[name], parts, rtol=1e-9, atol=1e-12)


def test_a_sweep_shares_what_is_no_axis():
    """Conformance: cells of lr and wd of a rule with betas and a schedule; laws of the arguments."""
    rule = si.AdamW(1.0, b2=0.9, schedule=si.Cosine(warmup=0.1))
    grid = si.sweep(LOSS, rule, lr=[0.01, 0.1], wd=[0.1], seeds=2, steps=50, windows=2)
    assert dict(grid.sizes) == {"lr": 2, "wd": 1, "seed": 2, "step": 2, "group": 3}
    assert np.all(grid["status"] == 0) and np.all(grid["rate"].isel(lr=1) > grid["rate"].isel(lr=0))
    plain = si.sweep(LOSS, si.AdamW, lr=[0.01, 0.1], wd=[0.1], seeds=2, steps=50, windows=2)
    assert not np.allclose(grid["norm"], plain["norm"], rtol=1e-6)
    ball = si.sweep(LOSS, si.Hyperball(1.0, si.Muon(1.0)), lr=[0.1], seeds=1, steps=10, windows=2)
    assert ball["turn"].dims == ("lr", "seed", "step", "group")
    with pytest.raises(ValueError, match="need values of lr, wd, got lr"):
        si.sweep(LOSS, si.Lion, lr=[0.1], seeds=1, steps=10)


def test_schedules_are_what_they_say():
    """Closed form: shares at the ends, half-way, and while warming up; the rate of a run follows."""
    assert si.Linear(end=0.1).share(0.5) == pytest.approx(0.55) and si.Cosine().share(0.5) == pytest.approx(
        0.5
    )
    assert si.Cosine(warmup=0.2).share(0.1) == 0.5 == si.Linear(warmup=0.2).share(0.1)
    wsd = si.WarmupStableDecay(warmup=0.2, decay=0.4)
    assert [wsd.share(p) for p in (0.1, 0.2, 0.6)] == [0.5, 1, 1] and wsd.share(0.8) == pytest.approx(0.5)
    traj = si.simulate(LOSS, si.Lion(0.1, schedule=si.Linear()), 10, every=1, rng=0)
    np.testing.assert_allclose(traj["rate"], 0.1 * (1 - (np.arange(10) + 0.5) / 10))
    for wrong in (lambda: si.Linear(warmup=1.0), lambda: si.WarmupStableDecay(0.7, 0.5)):
        with pytest.raises(ValueError, match="need"):
            wrong()


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        (lambda: si.AdamW(0.1, b1=1.0), "need 0 <= b1 < 1, got b1=1.0"),
        (lambda: si.AdamL2(0.1, eps=-1.0), "need eps >= 0 and finite, got eps=-1.0"),
        (lambda: si.Momentum(2.0, 0.5), "need lr [*] wd < 1, got lr=2.0 and wd=0.5"),
        (lambda: si.Muon(0.1, iterations=-1), "need iterations >= 0, got iterations=-1"),
        (lambda: si.Hyperball(0.1, si.AdamW(0.1, 0.1)), "need of.wd == 0, got of.wd=0.1"),
        (lambda: si.RandomWalk(()), "need a shape of one to three lengths > 0"),
        (lambda: si.HeavyTailed(2.0), "need freedom > 2, got freedom=2.0"),
        (
            lambda: si.simulate(LOSS, si.Lion(0.1), 9, windows=2, tangent=True),
            "need SphereGD for tangent=True",
        ),
        (
            lambda: si.simulate(si.RandomWalk((3,)), si.SphereGD(0.1), 9),
            "need a scale-invariant loss for SphereGD",
        ),
    ],
)
def test_laws_of_arguments(wrong, law):
    """Conformance: the law, then the value."""
    with pytest.raises(ValueError, match=law):
        wrong()


def test_a_run_that_overflows_says_so():
    """Conformance: the status and no exception."""
    loss = si.RandomWalk((4,))
    out = optimisers.samples(loss, si.Momentum(1e300, 0.0), 400, np.full(4, 1e100), rng=0)
    assert int(out["status"]) != 0 and np.isnan(out["norm"][0, -1]) and out["norm"][0, 0] == 2e100
