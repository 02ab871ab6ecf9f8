"""The watch on networks and loops that others wrote: what is wrong is called broken, what is right is not."""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional

from sitheory import bridge
from sitheory.bridge.symmetry import radial_gradient
from sitheory.bridge.symmetry.finite_rescaling import relative_change
from sitheory.bridge.symmetry.tested_groups import invariant_alone

KIND = "conformance"

torch.set_num_threads(1)


class FloatRMS(nn.Module):
    """As in Llama: computed in float32, under another name for eps."""

    def __init__(self, width, eps=1e-6):
        super().__init__()
        self.weight, self.variance_epsilon = nn.Parameter(torch.ones(width)), eps

    def forward(self, h):
        wide = h.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.variance_epsilon)
        return wide.type_as(h) * self.weight


class HiddenEps(nn.Module):
    """Weight standardisation with an eps that is no attribute."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))

    def forward(self, x):
        w = self.weight
        return x @ ((w - w.mean(1, keepdim=True)) / (w.var(1, keepdim=True) + 1e-3).sqrt()).T


class Lora(nn.Module):
    """A low-rank branch that starts at zero: its first gradient is 0."""

    def __init__(self, base, rank=4):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + x @ self.down.T @ self.up.T


def normed(width=16, dtype=torch.float32, norm=nn.BatchNorm1d):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, width, bias=False), norm(width), nn.ReLU(), nn.Linear(width, 4)).to(
        dtype
    )


def plain(width=16):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4)
    )


def batch(step, net, inputs=8):
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(32, inputs, generator=generator)
    return x.to(next(net.parameters())), torch.randint(0, 4, (32,), generator=generator)


def loss_of(net, step):
    x, y = batch(step, net)
    return functional.cross_entropy(net(x), y)


def watched(net, steps=12, after=None, loss=loss_of, options=None, **settings):
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], **(options or {"lr": 0.1}))
    watch = bridge.Watch(net, optimizer, **{"every": 1, **settings})
    for step in range(steps):
        optimizer.zero_grad()
        loss(net, step).backward()
        optimizer.step()
        if after is not None:
            after(net, step)
    return watch


def matrices(net):
    return bridge.Partition.of({n: p.shape for n, p in net.named_parameters() if p.ndim > 1}, "tensor")


GOOD = {
    "batch norm": normed,
    "batch norm in float64": lambda: normed(dtype=torch.float64),
    "eps 1e-12 in float64": lambda: normed(dtype=torch.float64, norm=lambda w: nn.BatchNorm1d(w, eps=1e-12)),
    "eps of 1e-2": lambda: normed(norm=lambda w: nn.BatchNorm1d(w, eps=1e-2)),
    "layer norm": lambda: normed(norm=nn.LayerNorm),
    "RMSNorm in float32": lambda: normed(norm=FloatRMS),
    "RMSNorm in float32, net in float64": lambda: normed(dtype=torch.float64, norm=FloatRMS),
    "hidden eps": lambda: nn.Sequential(HiddenEps(8, 16), nn.Tanh(), nn.Linear(16, 4)),
    "dropout": lambda: nn.Sequential(*normed()[:3], nn.Dropout(0.2), nn.Linear(16, 4)),
}


@pytest.mark.parametrize("options", [{"lr": 0.1}, {"lr": 0.3, "weight_decay": 0.05, "momentum": 0.9}])
@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_networks_with_scale_invariant_weights_are_not_accused(make, options):
    """Conformance: eps of any size, by any name or none, in any precision, is predicted."""
    watch = watched(make(), options=options, steps=40)
    assert watch.groups.names == ("0.weight",)
    # Beside an eps of 1e-2 a step may be too small to tell of norms; of the gradient it never is.
    assert "BROKEN" not in str(watch) and str(watch).count("holds") >= 1, str(watch)


BAD = {
    "nothing normalised": (lambda: plain(), {}),
    "nothing normalised, wide": (lambda: plain(1024), {}),
    "nothing normalised, momentum": (lambda: plain(), {"options": {"lr": 0.1, "momentum": 0.9}}),
    "the head too": (normed, {}),
    "decay in the loss": (
        normed,
        {"groups": "tensor", "loss": lambda n, s: loss_of(n, s) + 1e-3 * n[0].weight.square().sum()},
    ),
    "frozen statistics": (
        lambda: nn.Sequential(*[m if i != 1 else m.eval() for i, m in enumerate(normed())]),
        {},
    ),
}


@pytest.mark.parametrize(("make", "settings"), BAD.values(), ids=BAD)
def test_what_is_not_scale_invariant_is_caught(make, settings):
    """Conformance: by the gradient's own law, also where momentum's law of norms is an identity."""
    net = make()
    watch = watched(net, **{"groups": matrices(net), **settings})
    line = next(x for x in str(watch).splitlines() if x.startswith("gradient orthogonal"))
    assert "BROKEN" in line, str(watch)
    log = watch.dataset()
    assert float(log["radial_cos_ratio"].max()) > 10 and float(log["norm_residual_ratio"].max()) > 10
    if "momentum" in settings.get("options", {}):
        assert float(log["inner_residual_ratio"].max()) > 10


def test_the_prediction_is_needed_and_is_of_eps(monkeypatch):
    """Trial: with copies that keep their eps, nothing of it is predicted and a good network is accused."""
    make = GOOD["eps of 1e-2"]
    monkeypatch.setattr(radial_gradient, "NO_EPS", 1e-2)
    monkeypatch.setattr(radial_gradient, "FARTHER", (1.0,))  # nor may it be told by rescaling
    monkeypatch.setattr(radial_gradient, "falls", lambda *_: torch.zeros(1, dtype=torch.bool))
    assert "BROKEN" in str(watched(make()))


def test_a_tampered_step_is_caught():
    """Conformance: weights times 1.001 between the optimiser's step and the watch."""
    net = normed()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    optimizer.register_step_post_hook(lambda *_: net[0].weight.data.mul_(1.001))
    watch = bridge.Watch(net, optimizer, every=1)
    for step in range(5):
        optimizer.zero_grad()
        loss_of(net, step).backward()
        optimizer.step()
    lines = {x.split("  ")[0]: x for x in str(watch).splitlines()}
    assert "BROKEN" in lines["norm recursion and ELR rule"]
    assert "holds" in lines["gradient orthogonal to weights"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_precision_that_explains_a_random_gradient_tells_nothing(dtype):
    """Conformance: the cosine of n random numbers is about n^-1/2, below the rounding of bfloat16 in a wide layer."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 4))
    shapes = {"2.weight": net[2].weight.shape}
    watch = watched(
        net.to(dtype), steps=5, groups=bridge.Partition.of(shapes, "tensor"), options={"lr": 0.01}
    )
    line = next(x for x in str(watch).splitlines() if x.startswith("gradient orthogonal"))
    assert ("BROKEN" if dtype is torch.float32 else "too much is explained to tell") in line
    good = watched(normed(1024).to(dtype), steps=5)
    line = next(x for x in str(good).splitlines() if x.startswith("gradient orthogonal"))
    assert ("holds" if dtype is torch.float32 else "too much is explained to tell") in line


@pytest.mark.parametrize("bad", [0, 7])
def test_what_is_not_finite_is_said_with_its_step(bad):
    """Conformance."""

    def loss(net, step):
        return loss_of(net, step) * (float("nan") if step == bad else 1.0)

    text = str(watched(normed(), loss=loss, groups=matrices(nn.Sequential(normed()[0]))))
    assert f"not finite from step {bad} on" in text and "BROKEN" not in text


UNKNOWN = {
    "LoRA": lambda: nn.Sequential(Lora(nn.Linear(8, 16)), nn.ReLU(), Lora(nn.Linear(16, 4))),
    "zero head": lambda: (net := plain(), nn.init.zeros_(net[4].weight))[0],
    "wide": lambda: plain(2048),
    "bias before layer norm": lambda: nn.Sequential(
        nn.Linear(8, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 4)
    ),
}


@pytest.mark.parametrize("make", UNKNOWN.values(), ids=UNKNOWN)
def test_no_group_is_found_by_chance(make):
    """Conformance: zero gradients, and small cosines in many dimensions, say nothing; the loop goes on, warned once."""
    net = make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        watch = watched(net, steps=3)
    assert watch.groups.names == () and watch.groups.count == 0 and len(caught) == 1
    assert "no scale-invariant parameters" in str(watch) and "find_groups" in str(watch)
    assert invariant_alone(net, batch(0, net)[0], "row").names == ()


def test_training_on_the_sphere_refuses_declared_groups_that_are_none():
    """Conformance: by name; the good one, and one with a hidden eps, pass."""
    data = bridge.data.digits().normalised()
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 8, bias=False), nn.BatchNorm1d(8, affine=False))
    head = nn.Linear(8, 10, bias=False)
    bad = nn.Sequential(*copy.deepcopy(net), head)
    shapes = {n: p.shape for n, p in bad.named_parameters()}
    with pytest.raises(ValueError, match=r"need groups that are scale-invariant, got 3\.weight"):
        bridge.train(bad, bridge.SphereSGD(1e-3), data, epochs=1, groups=bridge.Partition.of(shapes, "row"))
    good = nn.Sequential(*net, head.requires_grad_(False))
    run = bridge.train(good, bridge.SphereSGD(1e-3), data, epochs=1)
    assert float(run["radial_cos_ratio"].max()) < 1 and run.sizes["group"] == 8


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_scaled_gradients_are_those_of_the_step(fused, momentum):
    """Twin: GradScaler leaves it to a fused optimiser to undo its scale."""
    logs = []
    for scale in (1.0, 1024.0):
        net = normed()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=momentum, fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        with bridge.Watch(net, optimizer, every=1) as watch:
            for step in range(4):
                optimizer.zero_grad()
                scaler.scale(loss_of(net, step) * (float("inf") if step == 2 else 1)).backward()
                scaler.step(optimizer)
                scaler.update()
        assert "BROKEN" not in str(watch) and "not finite" not in str(watch)
        logs.append(watch.dataset()["total_ess"].values)
    assert len(logs[0]) == 3 and logs[0] == pytest.approx(logs[1], rel=1e-4)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("missing", [range(3), range(4, 8)], ids=["at first", "midway"])
def test_what_a_step_leaves_alone_is_no_breach(momentum, missing):
    """Conformance: without a gradient SGD applies no decay and no velocity either."""

    def loss(net, step):
        net[0].requires_grad_(step not in missing)
        return loss_of(net, step)

    options = {"lr": 0.1, "weight_decay": 0.1, "momentum": momentum}
    watch = watched(normed(), loss=loss, options=options, groups=matrices(nn.Sequential(normed()[0])))
    assert watch.stopped is None and "BROKEN" not in str(watch) and len(watch.rows) == 12


def test_closures_wrappers_and_subclasses():
    """Conformance: Lightning's closure, Accelerate's wrapper, a subclass whose step is SGD's."""

    class Own(torch.optim.SGD):
        pass

    class Wrapped(torch.optim.Optimizer):
        def __init__(self, optimizer):
            self.optimizer = optimizer

        def step(self, closure=None):
            return self.optimizer.step(closure)

    net = normed()
    optimizer = Own(net.parameters(), lr=0.1)
    watch = bridge.Watch(net, Wrapped(optimizer), every=2)
    for step in range(6):

        def closure(step=step):
            optimizer.zero_grad()
            loss = loss_of(net, step)
            loss.backward()
            return loss

        assert Wrapped(optimizer).step(closure).item() > 0
    assert list(watch.steps) == [0, 2, 4] and str(watch).count("holds") == 3


def test_several_rates_decays_beyond_the_whole_and_a_bounded_log():
    """Conformance: each group has its own law; lr wd > 1 turns the weights round; ``keep`` rows, verdicts on all."""
    net = nn.Sequential(*normed()[:3], nn.Linear(16, 16, bias=False), nn.BatchNorm1d(16), nn.Linear(16, 4))
    parts = [
        {"params": net[:3].parameters(), "lr": 0.1},
        {"params": net[3:].parameters(), "weight_decay": 0.1},
    ]
    optimizer = torch.optim.SGD(parts, lr=0.2)
    watch = bridge.Watch(net, optimizer, every=1, keep=5)
    for step in range(20):
        optimizer.zero_grad()
        loss_of(net, step).backward()
        optimizer.step()
    assert str(watch).count("holds") == 2 and "20 steps watched" in str(watch)
    assert watch.dataset().sizes["step"] == 5 and watch.dataset()["step"].values[-1] == 19
    assert watch.groups.names == ("0.weight", "3.weight")
    round_ = watched(normed(dtype=torch.float64), options={"lr": 2.0, "weight_decay": 0.7})
    assert str(round_).count("holds") == 3 and float(round_.dataset()["cos_dist"].min()) > 1


@pytest.mark.parametrize("kind", [torch.optim.AdamW, torch.optim.Adam, torch.optim.RMSprop])
def test_other_optimisers_log_their_own_steps(kind):
    """Identity: rho'^2 from lr |u| / rho and cos(w, u), which are not SGD's numbers and not under their names."""
    net = normed(dtype=torch.float64)
    lr, wd = 1e-3, 0.1 if kind is torch.optim.AdamW else 0.0
    optimizer = kind(net.parameters(), lr=lr, weight_decay=wd)
    watch = bridge.Watch(net, optimizer, every=1, laws=False)
    norms = []
    for step in range(6):
        norms.append(float(net[0].weight.detach().square().sum()))
        optimizer.zero_grad()
        loss_of(net, step).backward()
        optimizer.step()
    log = watch.dataset()
    assert not {"ess", "total_ess", "elr_group"} & set(log)
    size, cos = log["step_size"].values[:, 0], log["step_cos"].values[:, 0]
    kept = 1 - lr * wd
    grown = [n * (kept**2 - 2 * kept * s * c + s**2) for n, s, c in zip(norms, size, cos, strict=True)]
    assert grown[:-1] == pytest.approx(norms[1:], rel=1e-13)
    assert "holds" in str(watch) and "turn per step" in str(watch)


def test_muon_for_one_matrix_and_parameters_added_later():
    """Conformance: what the optimiser does not have is not watched; what comes later is said to be left out, once."""
    net = normed()
    muon = torch.optim.Muon([net[0].weight], lr=0.02)
    watch = bridge.Watch(net, muon, every=1, laws=False)
    loss_of(net, 0).backward()
    muon.step()
    assert watch.groups.names == ("0.weight",) and watch.left_out == []
    optimizer = torch.optim.SGD([net[0].weight], lr=0.1)
    watch = bridge.Watch(net, optimizer, every=1)
    with pytest.warns(UserWarning, match="leaves out parameters added later: 3.weight, 3.bias") as caught:
        for step in range(4):
            if step == 2:
                optimizer.add_param_group({"params": list(net[3].parameters())})
            optimizer.zero_grad()
            loss_of(net, step).backward()
            optimizer.step()
    assert len(caught) == 1 and str(watch).count("holds") == 3


def test_a_watched_network_is_copied_and_saved_as_any():
    """Conformance: its hooks stay behind, and copies are not taken for the network."""
    net = normed()
    with bridge.Watch(net, torch.optim.SGD(net.parameters(), lr=0.1), every=1):
        other = pickle.loads(pickle.dumps(net))
        loss_of(copy.deepcopy(net), 0).backward()
        assert relative_change(other(batch(0, net)[0]).detach(), net(batch(0, net)[0]).detach()) == 0
        assert bridge.find_groups(net, batch(0, net)[0]).names == ("0.weight",)


def test_a_watch_that_fails_lets_the_training_go_on(monkeypatch):
    """Conformance: a warning in place of an exception out of the user's step."""
    monkeypatch.setattr("sitheory.bridge.watching.step_laws.norm_law", lambda *_: 1 / 0)
    with pytest.warns(UserWarning, match="stopped watching: ZeroDivisionError"):
        watch = watched(normed(), steps=3)
    assert "stopped watching" in str(watch) and "holds" not in str(watch)


def test_the_cost_of_a_watched_step_does_not_grow():
    """Conformance: no more tensors are read at the thousandth step than at the tenth."""
    watch = watched(normed(), steps=40, keep=1)
    calls = []

    class Counted(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            calls[-1] += 1
            return func(*args, **(kwargs or {}))

    optimizer = watch._optimizer
    for step in range(40, 62):
        optimizer.zero_grad()
        loss_of(watch._net, step).backward()
        calls.append(0)
        with Counted():
            optimizer.step()
    assert max(calls[-8:]) <= max(calls[:8])
