"""The bridge's update rules: twins against plain loops and torch's own, identities of the laws."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from sitheory import bridge
from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.training.optimisers import knobs_of
from sitheory.bridge.training.search_directions import directed
from sitheory.theory import periodic, scale
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"

ROUNDING = 1e-11  # float64 over some twenty steps of a network, each of which multiplies errors a little


def batches_of(data, epochs, size=50):
    for epoch in range(epochs):
        for (batch,) in bridge.Batches(size).order(len(data.y), (0,), epoch):
            yield torch.as_tensor(data.x[batch]), torch.as_tensor(data.y[batch])


def by_hand(net, data, epochs, step):
    """Twin: a plain torch loop; ``step(params, number)`` moves the parameters."""
    net.train()
    params = [p for p in net.parameters() if p.requires_grad]
    losses = []
    for x, y in batches_of(data, epochs):
        net.zero_grad()
        loss = functional.cross_entropy(net(x), y)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            step(params)
    return np.array(losses), torch.cat([p.detach().flatten() for p in params])


def trained(rule, data, epochs, tmp_path, **options):
    net = perceptron()
    run = bridge.train(
        net,
        rule,
        data,
        epochs=epochs,
        batches=bridge.Batches(50),
        log_every=1,
        checkpoint=tmp_path / "run.pt",
        **options,
    )
    bridge.load_cell(net, tmp_path / "run.pt")
    return run, torch.cat([p.detach().flatten() for p in net.parameters() if p.requires_grad])


def test_the_sphere_s_rule_is_a_plain_loop_with_one_rescaling(tmp_path):
    data, elr = digits(), 5e-3
    net = perceptron()
    kept = sum(p.square().sum() for p in net.parameters() if p.requires_grad).sqrt()

    def step(params):
        for p in params:
            p -= elr * kept**2 * p.grad
        norm = sum(p.square().sum() for p in params).sqrt()
        for p in params:
            p *= kept / norm

    losses, w = by_hand(net, data, 3, step)
    run, found = trained(bridge.SphereSGD(elr), data, 3, tmp_path)
    assert torch.allclose(found, w, rtol=0, atol=ROUNDING)
    assert np.allclose(run["online_loss"].values[1:], losses.reshape(3, -1).mean(1), rtol=ROUNDING)


@pytest.mark.parametrize(
    "options", [{"lr": 0.3}, {"lr": 0.3, "wd": 0.05}, {"lr": 0.1, "wd": 0.01, "momentum": 0.9}]
)
def test_sgd_is_torch_s(options, tmp_path):
    data, net = digits(), perceptron()
    params = [p for p in net.parameters() if p.requires_grad]
    named = {"weight_decay" if k == "wd" else k: v for k, v in options.items()}
    optimizer = torch.optim.SGD(params, **named)
    _, w = by_hand(net, data, 3, lambda _: optimizer.step())
    _, found = trained(bridge.SGD(**options), data, 3, tmp_path)
    assert torch.allclose(found, w, rtol=0, atol=ROUNDING)


def test_a_conventional_network_trains_all_its_parameters_by_sgd(tmp_path):
    data = digits()
    net = perceptron(scale_invariant=False)
    params = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=0.1, weight_decay=1e-3, momentum=0.5)
    _, w = by_hand(net, data, 2, lambda _: optimizer.step())
    twin = perceptron(scale_invariant=False)
    rule = bridge.SGD(0.1, 1e-3, momentum=0.5)
    run = bridge.train(
        twin, rule, data, epochs=2, batches=bridge.Batches(50), groups="tensor", checkpoint=tmp_path / "c.pt"
    )
    bridge.load_cell(twin, tmp_path / "c.pt")
    found = torch.cat([p.detach().flatten() for p in twin.parameters()])
    assert torch.allclose(found, w, rtol=0, atol=ROUNDING)
    assert list(run["group"].values) == ["layers.0.weight", "layers.1.weight"]
    assert float(run["norm_residual_ratio"].max()) < 1.001
    with pytest.raises(ValueError, match="scale-invariant on a sphere"):
        bridge.train(twin, bridge.SphereSGD(0.1), data, epochs=1)


def test_a_fixed_elr_in_the_whole_space_moves_directions_as_on_the_sphere(tmp_path):
    """Identity: f(cw) = f(w) makes the two the same; only eps of batch normalisation knows the norm."""
    data = digits()
    runs = [
        trained(rule(5e-3), data, 3, tmp_path / rule.__name__) for rule in (bridge.SphereSGD, bridge.FixedELR)
    ]
    (_, sphere), (free, space) = runs
    eps_knows_the_norm = 1e-4
    assert float((sphere / sphere.norm() - space / space.norm()).norm()) < eps_knows_the_norm
    norm = free["total_norm"].values
    assert np.all(np.diff(norm) > 0)
    grown = np.diff(2 * np.log(norm)) / np.diff(free["step"].values)
    assert np.allclose(grown, free["log1p_total_ess_sq"].values[1:], rtol=1e-3)


def test_the_group_wise_sphere_keeps_each_group_s_norm_and_elr(tmp_path):
    run, _ = trained(bridge.GroupSphereSGD(5e-3), digits(), 2, tmp_path)
    assert np.allclose(run["norm"], run["norm"][0], rtol=1e-13)
    assert np.allclose(run["elr_group"], 5e-3, rtol=1e-13)


def test_a_random_walk_is_as_long_as_the_gradient_s_step_and_orthogonal_in_each_group(rng):
    groups = Partition(("a", "b"), (3, 1), (12, 5))
    w, grad = (torch.from_numpy(rng.standard_normal((4, 17))) for _ in range(2))
    step = directed(bridge.Along.RANDOM, w, grad, torch.from_numpy(rng.standard_normal(17)), groups)
    assert torch.allclose(step.norm(dim=1), grad.norm(dim=1))
    assert float(groups.sums(step * w).abs().max()) < 1e-12
    assert torch.equal(directed(bridge.Along.ASCENT, w, grad, None, groups), -grad)


def test_ascent_raises_the_loss_and_descent_lowers_it(tmp_path):
    data = digits()
    ends = {}
    for name, rule in {"up": bridge.ascent(1e-3), "down": bridge.SphereSGD(1e-3)}.items():
        run, _ = trained(rule, data, 3, tmp_path / name)
        ends[name] = float(run["loss"][-1] - run["loss"][0])
    assert ends["up"] > 0 > ends["down"]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_norm_s_second_order_law_is_exact_for_orthogonal_gradients(momentum, rng):
    """Identity: heavy ball with weight decay against ``periodic.norm_sq_next_momentum``, at changing rates."""
    wd, before, w = 0.05, None, rng.standard_normal(6)
    velocity, lr_before = np.zeros(6), 1.0
    for lr in (0.3, 0.3, 0.1, 0.7, 0.2):
        grad = rng.standard_normal(6)
        grad -= grad @ w / (w @ w) * w
        old, velocity = velocity, momentum * velocity + grad + wd * w
        after = w - lr * velocity
        if before is not None:
            steps = lr**2 * velocity @ velocity, lr_before**2 * old @ old
            found = periodic.norm_sq_next_momentum(
                w @ w, before @ before, *steps, lr, wd, momentum * lr / lr_before
            )
            assert np.isclose(after @ after, found, rtol=1e-12)
            plain = periodic.norm_sq_next(w @ w, scale.eff_grad_sq(grad @ grad, w @ w), lr, wd)
            assert np.isclose(after @ after, plain, rtol=1e-12) == (momentum == 0)
        before, w, lr_before = w, after, lr


def test_a_cosine_schedule_ends_at_rest(tmp_path):
    run, _ = trained(bridge.SGD(0.3, schedule=bridge.Schedule.COSINE), digits(), 4, tmp_path)
    lr = run["total_elr"].values * run["total_norm"].values ** 2
    assert np.allclose(lr, 0.15 * (1 + np.cos(np.pi * np.arange(5) / 4)), atol=1e-15)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: bridge.SphereSGD(0.0), "elr > 0"),
        (lambda: bridge.SGD(0.1, -1), "wd >= 0"),
        (lambda: bridge.SGD(2, 0.5), "lr \\* wd < 1"),
        (lambda: bridge.SGD(0.1, momentum=1), "momentum < 1"),
        (lambda: bridge.Batches(1), "size >= 2"),
        (lambda: knobs_of([]), "at least one rule"),
        (lambda: knobs_of([bridge.SGD(0.1), bridge.SGD(0.1, momentum=0.9)]), "momentum in all"),
        (lambda: knobs_of([bridge.SphereSGD(0.1), bridge.ascent(0.1)]), "differ in numbers alone"),
    ],
)
def test_bad_rules_are_refused_in_words(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_seen_sums_add_up_over_tied_tensors(rng):
    shapes = {"a": (3, 4), "b": (2, 2), "c": (5,)}
    groups = Partition.joint(shapes, [("a", "c"), ("b",)])
    flat = torch.from_numpy(rng.standard_normal((2, 21)))
    sums = groups.sums(flat)
    assert torch.allclose(sums[:, 0], flat[:, :12].sum(1) + flat[:, 16:].sum(1))
    assert torch.allclose(sums[:, 1], flat[:, 12:16].sum(1))
    assert torch.equal(groups.spread(sums)[:, 16:], sums[:, :1].expand(2, 5))
    assert groups.labels == ["a+c", "b"]
    with pytest.raises(ValueError, match="in one group"):
        Partition.joint(shapes, [("a",), ("b",)])
