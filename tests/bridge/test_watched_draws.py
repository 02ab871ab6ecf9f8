"""The watch of networks that draw random numbers: the prediction is of the pass that was seen, with what it drew."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from sitheory import bridge
from sitheory.bridge.watching.forward_passes import Passes

KIND = "conformance"

torch.set_num_threads(1)


class Noisy(nn.Module):
    """A layer that draws."""

    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def forward(self, x):
        return self.draw(x)


DRAWS = {
    "uniform_": lambda x: x + torch.zeros_like(x).uniform_(-0.3, 0.3),
    "randn_like": lambda x: x + 0.3 * torch.randn_like(x),
    "randn of a type": lambda x: x + 0.3 * torch.randn(x.shape, dtype=x.dtype),
    "rand_like": lambda x: x * (torch.rand_like(x) > 0.3),
    "bernoulli": lambda x: x * torch.bernoulli(torch.full_like(x, 0.7)),
    "stochastic depth": lambda x: x * x.new_empty(len(x), 1).bernoulli_(0.7) / 0.7,
    "normal": lambda x: x + torch.normal(x.detach(), 0.3),
    "gumbel": lambda x: x * functional.gumbel_softmax(x),
    "rrelu": lambda x: functional.rrelu(x, training=True),
    "dropout": lambda x: functional.dropout(x, 0.3),
    "dropout of channels": lambda x: functional.dropout1d(x[..., None], 0.3)[..., 0],
    "alpha dropout": lambda x: functional.alpha_dropout(x, 0.2, training=True),
    "a distribution": lambda x: torch.distributions.Normal(x, 0.3).rsample(),
    "a permutation": lambda x: x[:, torch.randperm(x.shape[1])],
}


def watched(draw, dtype=torch.float32, steps=8):
    torch.manual_seed(0)
    # The curved layer behind makes the gradient depend on noise that is added, too.
    net = nn.Sequential(
        nn.Linear(8, 16, bias=False), nn.BatchNorm1d(16), Noisy(draw), nn.Tanh(), nn.Linear(16, 4)
    )
    net.to(dtype)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    watch = bridge.Watch(net, optimizer, every=1)
    for _ in range(steps):
        optimizer.zero_grad()
        x, y = torch.randn(32, 8, dtype=dtype), torch.randint(0, 4, (32,))
        functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return watch


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_network_that_draws_is_not_accused_and_the_law_keeps_its_edge(draw, dtype):
    """Conformance: what eps does is predicted of this very pass, to within a part of it, and no more than that."""
    watch = watched(draw, dtype)
    assert watch.groups.names == ("0.weight",) and "BROKEN" not in str(watch), str(watch)
    assert float(watch.dataset()["radial_cos_floor"].max()) < 2e-4


def test_copies_that_draw_other_numbers_explain_anything(monkeypatch):
    """Trial: what one precision draws from a generator is not what another does, and their gradients differ by it."""
    monkeypatch.setattr(Passes, "_begin", lambda *_: None)
    assert float(watched(DRAWS["rand_like"]).dataset()["radial_cos_floor"].max()) > 0.01


def test_the_generator_is_left_where_the_loop_has_it(monkeypatch):
    """Twin: of a loop that is not watched."""
    watched(DRAWS["dropout"])
    seen = torch.get_rng_state()
    monkeypatch.setattr(bridge, "Watch", lambda *_, **__: None)
    watched(DRAWS["dropout"])
    assert torch.equal(seen, torch.get_rng_state())
