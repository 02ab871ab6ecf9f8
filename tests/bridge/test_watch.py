"""The observer: lawful optimisers keep the laws up to their floors, unlawful ones are refused, wrong laws are seen."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from sitheory import bridge
from sitheory.bridge.watching import watch as watching
from sitheory.bridge.watching.laws import HOLDS
from sitheory.measure.cycles import jumps
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"


def loop(net, optimizer, steps=40, seed=0):
    """Anyone's own loop."""
    data, draw = digits(), np.random.default_rng(seed)
    like = next(net.parameters())
    for _ in range(steps):
        batch = draw.choice(len(data.y), 50, replace=False)
        optimizer.zero_grad()
        loss = functional.cross_entropy(
            net(torch.as_tensor(data.x[batch]).to(like)), torch.as_tensor(data.y[batch])
        )
        loss.backward()
        optimizer.step()


def watched(options, *, dtype=torch.float32, steps=40, scale_invariant=True, **settings):
    net = perceptron(dtype, scale_invariant=scale_invariant)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], **options)
    watch = bridge.Watch(net, optimizer, **{"every": 4, **settings})
    loop(net, optimizer, steps)
    return watch


LAWFUL = [
    {"lr": 0.1},
    {"lr": 0.5, "weight_decay": 0.02},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "weight_decay": 0.02, "momentum": 0.9},
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", LAWFUL)
def test_lawful_optimisers_keep_the_laws_up_to_the_floors(options, dtype):
    watch = watched(options, dtype=dtype)
    log = watch.dataset()
    assert len(log["step"]) == 10 and log["step"].values[1] == 4
    assert float(log["norm_residual_ratio"].max()) < HOLDS
    if "momentum" in options:
        assert np.isnan(log["cos_dist_residual"]).all()
        assert 0 < float(log["inner_residual_ratio"].max()) < HOLDS
    else:
        assert np.isnan(log["inner_residual"]).all() and "with momentum" not in str(watch)
        assert float(log["cos_dist_residual_ratio"].max()) < HOLDS
    assert "holds" in str(watch) and "BROKEN" not in str(watch)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"lr": 0.1, "momentum": 0.9}, {"momentum": 0.0}),
        ({"lr": 0.1, "weight_decay": 0.02, "momentum": 0.9}, {"wd": 0.0}),
        ({"lr": 0.5, "weight_decay": 0.02}, {"wd": 0.0}),
        ({"lr": 0.1}, {"lr": 0.11}),
    ],
)
def test_a_wrong_law_is_seen(options, wrong, monkeypatch):
    """Trial: the plain law under momentum, a forgotten decay, another rate: each far above its floor."""
    true_rates = watching._rates

    def rates(optimizer, params):
        true = true_rates(optimizer, params)
        return true._replace(**{name: [value] * len(params) for name, value in wrong.items()})

    monkeypatch.setattr(watching, "_rates", rates)
    watch = watched(options)
    assert float(watch.dataset()["norm_residual_ratio"].max()) > 30
    if watch.rows[0]["inner_residual"].isfinite():
        assert float(watch.dataset()["inner_residual_ratio"].max()) > 30
    assert "BROKEN at step" in str(watch)


def test_a_step_below_rounding_is_not_called_lawful():
    watch = watched({"lr": 1e-9})
    assert "too small a step to tell" in str(watch)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: torch.optim.Adam(p), "got Adam"),
        (lambda p: torch.optim.AdamW(p), "got AdamW"),
        (lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True), "nesterov"),
        (lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, dampening=0.5), "dampening"),
        (lambda p: torch.optim.SGD(p, 0.1, maximize=True), "maximize"),
    ],
)
def test_optimisers_without_a_law_are_refused_or_only_logged(make, said):
    net = perceptron()
    optimizer = make([p for p in net.parameters() if p.requires_grad])
    with pytest.raises(ValueError, match=said):
        bridge.Watch(net, optimizer, laws=True)
    watch = bridge.Watch(net, optimizer, every=1)
    loop(net, optimizer, 3)
    assert "norm_residual" not in watch.dataset() and float(watch.dataset()["cos_dist"].min()) > 0


def test_parameters_that_are_not_invariant_are_left_out_and_named():
    watch = watched({"lr": 0.1}, scale_invariant=False)
    assert watch.groups.names == ("layers.0.weight", "layers.1.weight")
    assert set(watch.left_out) >= {"head.weight", "norms.0.weight"} and "head.weight" in str(watch)
    assert float(watch.dataset()["norm_residual_ratio"].max()) < HOLDS


def test_groups_by_row_and_as_found():
    rows = watched({"lr": 0.1}, groups="row")
    assert rows.groups.count == 20 and rows.groups.labels[12] == "layers.1.weight[0]"
    net = perceptron()
    found = bridge.find_groups(net, torch.as_tensor(digits().x[:20]))
    assert watched({"lr": 0.1}, groups=found).groups.names == ("layers.0.weight", "layers.1.weight")


def test_the_log_says_what_a_step_by_step_twin_says():
    """Twin: norms, ELR, ESS and cosine distance recomputed from copies of the weights."""
    net = perceptron()
    params = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=0.4)
    watch = bridge.Watch(net, optimizer, every=1)
    flat = lambda: torch.cat([p.detach().flatten() for p in params])  # noqa: E731
    before, turned, ess = flat(), [], []
    for seed in range(5):
        loop(net, optimizer, 1, seed)
        grad = torch.cat([p.grad.flatten() for p in params])
        ess.append(float(0.4 * grad.norm() / before.norm()))
        turned.append(float(1 - before @ flat() / before.norm() / flat().norm()))
        before = flat()
    log = watch.dataset()
    assert np.allclose(log["total_ess"], ess, rtol=1e-12)
    assert np.allclose(log["cos_dist"], turned, atol=1e-15)
    assert np.allclose(log["total_elr"], 0.4 / log["total_norm"] ** 2, rtol=1e-14)
    assert len(jumps(log, 1e-3)) == sum(t > 1e-3 for t in turned)
    assert (log["delta_min"] <= log["delta_max"]).all()


def test_changing_rates_are_followed():
    net = perceptron()
    params = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(params, lr=0.4, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    watch = bridge.Watch(net, optimizer, every=1)
    for seed in range(4):
        loop(net, optimizer, 1, seed)
        schedule.step()
    assert float(watch.dataset()["norm_residual_ratio"].max()) < HOLDS
    watch.close()


def test_early_questions_are_answered_in_words():
    net = perceptron()
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
    watch = bridge.Watch(net, optimizer)
    assert "no step" in str(watch)
    with pytest.raises(ValueError, match="watched step"):
        watch.dataset()
    with pytest.raises(ValueError, match="every >= 1"):
        bridge.Watch(net, optimizer, every=0)
