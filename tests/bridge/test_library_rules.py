"""The library's rules on torch's weights: the steps of ``si.simulate``, and a watched run of a network."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import sitheory as si  # noqa: E402
from sitheory import bridge  # noqa: E402
from sitheory.bridge.training.library_rules import optimizer, set_part  # noqa: E402
from sitheory.simulation.optimisers import stepper  # noqa: E402
from sitheory.theory import rotation  # noqa: E402

KIND = "twin"

SHAPES = ((5, 3), (2, 6))
STEPS = 7
ROUNDING = 1e-9
"""Seven steps in float64 in another order of operations; the polar factor of a random matrix loses some digits."""

RULES = (
    si.Momentum(0.05, 0.3, 0.8),
    si.Momentum(0.05, 0.3, 0.8, decoupled=True),
    si.Nesterov(0.05, 0.3, 0.8),
    si.Nesterov(0.05, 0.3, 0.8, decoupled=True),
    si.AdamW(0.05, 0.3, 0.8, 0.9),
    si.AdamL2(0.05, 0.3, 0.8, 0.9),
    si.Lion(0.05, 0.3, 0.8, 0.9),
    si.Muon(0.05, 0.3, 0.8),
    si.Muon(0.05, 0.3, 0.8, nesterov=True, iterations=5, scaling=si.rules.Scaling.MOONLIGHT),
    si.Hyperball(0.05, si.Muon(1.0, momentum=0.8)),
    si.Hyperball(0.05, si.AdamW(1.0, b1=0.8, b2=0.9)),
    si.Hyperball(0.05, si.Lion(1.0, b1=0.8, b2=0.9)),
)


@dataclasses.dataclass
class Matrices:
    """What ``stepper`` reads of a loss."""

    dim = 27
    groups = (slice(0, 15), slice(15, 27))
    shapes = SHAPES


def simulated(rule, start, gradients):
    """The weights after the library's own compiled steps."""
    rule = dataclasses.replace(rule, schedule=si.Linear())
    w, step = start.copy(), stepper(rule, Matrices(), start)
    coupled = isinstance(rule, (si.AdamL2, si.Hyperball)) or not getattr(rule, "decoupled", True)
    for t, grad in enumerate(gradients):
        lr = rule.lr * rule.schedule.share((t + 0.5) / STEPS)
        step(w, grad, lr, 1.0 if coupled else rotation.keep(lr, rule.wd), t)
    return w


def on_torch(rule, start, gradients):
    """The weights after torch's steps."""
    rule = dataclasses.replace(rule, schedule=si.Linear())
    params = [torch.tensor(start[g].reshape(s)) for g, s in zip(Matrices.groups, SHAPES, strict=True)]
    steps = optimizer([torch.nn.Parameter(p) for p in params], rule)
    (group,) = steps.param_groups
    for t, grad in enumerate(gradients):
        set_part(steps, rule, (t + 0.5) / STEPS)
        for p, g in zip(group["params"], Matrices.groups, strict=True):
            p.grad = torch.tensor(grad[g]).reshape(p.shape)
        steps.step()
    return np.concatenate([p.detach().numpy().ravel() for p in group["params"]])


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_steps_are_those_of_the_simulator(rule):
    """Twin: along a linear decay; another momentum is seen."""
    random = np.random.default_rng(3)
    start, gradients = random.standard_normal(27), random.standard_normal((STEPS, 27))
    expected = simulated(rule, start, gradients)
    assert on_torch(rule, start, gradients) == pytest.approx(expected, rel=ROUNDING, abs=ROUNDING)
    inner = rule.of if isinstance(rule, si.Hyperball) else rule
    other = dataclasses.replace(inner, **{"b1" if hasattr(inner, "b1") else "momentum": 0.5})
    if isinstance(rule, si.Hyperball):
        other = dataclasses.replace(rule, of=other)
    assert on_torch(other, start, gradients) != pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.fixture(scope="module")
def small_run():
    """A tiny language model under AdamW, half of its run done."""
    torch.set_num_threads(1)
    data = bridge.data.topics(length=8)
    net = bridge.LanguageModel(data.tokens, length=8, width=8, layers=1, rng=0)
    run = bridge.RuledRun(net, si.AdamW(0.02, 1.0, schedule=si.Cosine()), data, steps=12, batch=4)
    run.advance(6)
    return run


def test_every_trained_tensor_of_the_language_model_is_scale_invariant(small_run):
    """Conformance: the watch finds each by rescaling; queries, keys and values too."""
    trained = [n for n, p in small_run.net.named_parameters() if p.requires_grad]
    assert list(small_run.shapes()) == trained and not small_run.watch.left_out
    assert small_run.shapes()["layers.0.up.weight"] == (32, 8)


def test_the_language_model_does_not_look_ahead(small_run):
    """Conformance: a later character changes no earlier prediction."""
    x = torch.as_tensor(bridge.data.topics(length=8).x[:2])
    other = x.clone()
    other[:, 5] = x[:, 5] % 90 + 1
    with torch.no_grad():
        one, two = small_run.net(x), small_run.net(other)
    assert torch.equal(one[:, :5], two[:, :5]) and not torch.equal(one[:, 5:], two[:, 5:])


def test_the_text_is_what_comes_next(small_run):
    """Conformance: labels are the inputs one character on, and English."""
    data = bridge.data.topics(length=8)
    assert np.array_equal(data.x[:, 1:], data.y[:, :-1]) and data.x.min() >= 1
    assert np.array_equal(data.y[:-1, -1], data.x[1:, 0])
    counts = np.bincount(data.x.ravel())
    assert 30 < len(counts) < 200 and counts.max() > 0.1 * counts.sum()  # the space


def test_what_is_left_of_a_schedule_is_foreseen(small_run):
    """Conformance: as many steps as are left; the run goes on from where it was."""
    assert small_run.ahead().sizes == {"step": 6, "group": 7}
    small_run.advance()
    assert np.isfinite(small_run.losses).all() and small_run.watch.stopped is None
    with pytest.raises(ValueError, match="need a run that is under way"):
        small_run.ahead()


def test_the_turn_of_the_log_is_that_of_the_weights():
    """Twin: the chord of W/|W| from copies of the weights, under plain SGD too."""
    data = bridge.data.digits().normalised()
    net = bridge.MLP(64, (6,), rng=0)
    run = bridge.RuledRun(net, si.Momentum(0.5, 0.01, 0.0), data, steps=3, batch=32)
    (name,) = [n for n, p in net.named_parameters() if p.requires_grad]
    states = [dict(net.named_parameters())[name].detach().double().clone()]
    for _ in range(3):
        run.advance(1)
        states.append(dict(net.named_parameters())[name].detach().double().clone())
    units = [s / s.norm() for s in states]
    naive = [float((b - a).norm()) for a, b in pairwise(units)]
    assert run.watch.dataset()["turn"].values[:, 0] == pytest.approx(naive, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "law"),
    [({"steps": 0, "batch": 4}, "need steps >= 1"), ({"steps": 2, "batch": 0}, "need a batch")],
)
def test_a_run_that_cannot_be_is_refused(options, law):
    """Conformance."""
    data = bridge.data.digits().normalised()
    with pytest.raises(ValueError, match=law):
        bridge.RuledRun(bridge.MLP(64, (6,)), si.Lion(0.1, 0.1), data, **options)
