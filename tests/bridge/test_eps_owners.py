"""What eps makes of each group's radial gradient, found in the pass itself: exact where known, said where not."""

import numpy as np
import pytest
import torch
from torch import nn

from sitheory import bridge
from sitheory.bridge.functional.stacked import Stack
from sitheory.bridge.symmetry.eps_owners import owners_of
from sitheory.bridge.symmetry.radial_gradient import Recorded
from sitheory.bridge.watching import laws
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"

ROUNDING = 1e-12
"""Of the gradient's length, in float64."""


class HandMade(nn.Module):
    """A normalisation whose eps torch does not know of, as an attribute or not."""

    def __init__(self, attribute):
        super().__init__()
        if attribute:
            self.eps = 0.1

    def forward(self, x):
        return x / (x.square().mean(-1, keepdim=True) + getattr(self, "eps", 0.1)).sqrt()


def normalised(norm, weight=None):
    torch.manual_seed(0)
    return nn.Sequential(weight or nn.Linear(64, 12, bias=False), norm, nn.Tanh(), nn.Linear(12, 10)).double()


def images(norm):
    torch.manual_seed(0)
    first = [nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 6, 3, bias=False), norm]
    return nn.Sequential(*first, nn.Tanh(), nn.Flatten(), nn.Linear(216, 10)).double()


def seen_by(net, groups):
    """Return <w, gradient> of each group, what the owners make of it, its length, and what is known."""
    data = digits(40, 0)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    stack = Stack(net, list(groups.names), probed=True)
    logits = net(x).detach()
    slopes = (torch.softmax(logits, 1) - torch.nn.functional.one_hot(y, 10)) / len(y)
    owners = owners_of(net, groups, Recorded((x,), {}, [slopes]))
    w, buffers = stack.start(1)
    found = stack.gradient(w, buffers, x, y)
    w, grad = w[:, : groups.size], found.grad[:, : groups.size]
    size = (groups.sums(w * w) * groups.sums(grad * grad)).sqrt()
    return groups.sums(w * grad)[0], owners.radial(found.eps_slopes)[0], size[0], owners.known


def groups_of(net, name, per):
    return bridge.Partition.of({name: net.get_parameter(name).shape}, per)


KNOWN = {
    "batch, by neuron": (normalised(nn.BatchNorm1d(12, eps=0.1)), "0.weight", "row"),
    "batch without gains": (normalised(nn.BatchNorm1d(12, eps=0.1, affine=False)), "0.weight", "row"),
    "batch of images": (images(nn.BatchNorm2d(6, eps=0.1)), "1.weight", "row"),
    "layer": (normalised(nn.LayerNorm(12, eps=0.1)), "0.weight", "tensor"),
    "root mean square": (normalised(nn.RMSNorm(12, eps=0.1)), "0.weight", "tensor"),
    "group": (images(nn.GroupNorm(3, 6, eps=0.1)), "1.weight", "tensor"),
}


@pytest.mark.parametrize(("net", "name", "per"), KNOWN.values(), ids=KNOWN)
def test_eps_explains_the_radial_gradient_exactly(net, name, per):
    """Identity: <w, gradient> = -2 eps dL/d(eps), with an eps so large that first orders are not enough."""
    for module in net.modules():
        if getattr(module, "weight", None) is not None and module.weight.dim() == 1:
            nn.init.normal_(module.weight)
            if getattr(module, "bias", None) is not None:
                nn.init.normal_(module.bias)
    radial, explained, size, known = seen_by(net, groups_of(net, name, per))
    assert known.all() and (radial.abs() > 1e-4 * size).any()
    assert ((radial - explained).abs() <= ROUNDING * size).all()


@pytest.mark.parametrize("attribute", [True, False])
def test_an_eps_of_an_unknown_kind_is_not_explained(attribute):
    net = normalised(HandMade(attribute))
    *_, known = seen_by(net, groups_of(net, "0.weight", "tensor"))
    assert not known.any()


def test_a_weight_that_is_not_invariant_is_explained_by_nothing():
    """Mutant: the head, and a weight behind no normalisation."""
    for net, name in ((normalised(nn.BatchNorm1d(12)), "3.weight"), (normalised(nn.Identity()), "0.weight")):
        radial, explained, size, known = seen_by(net, groups_of(net, name, "tensor"))
        assert known.all() and not explained.any() and (radial.abs() > 1e-3 * size).all()


def test_steps_at_random_keep_the_norms_law_and_a_declared_head_breaks_it():
    """Trial: at ELR 1 the gradient's direction is mostly what eps makes of it; at lr 0.1 the head's norm moves."""
    options = {"epochs": 6, "batches": bridge.Batches(50), "log_every": 1}
    wild = bridge.train(perceptron(torch.float32), bridge.SphereSGD(1.0), digits(), **options)
    assert laws.HOLDS > float(wild["norm_residual_ratio"].max()) > 0.5
    net = perceptron(torch.float32, scale_invariant=False)
    shapes = {n: p.shape for n, p in net.named_parameters() if p.dim() > 1}
    run = bridge.train(
        net, bridge.SGD(0.1), digits(), groups=bridge.Partition.of(shapes, "tensor"), **options
    )
    assert float(run["norm_residual_ratio"].max()) > 100


def test_what_is_not_known_is_left_out_with_a_word():
    net = normalised(HandMade(attribute=True)).float().requires_grad_(False)
    net[0].requires_grad_(True)
    run = bridge.train(net, bridge.SphereSGD(1e-2), digits(), epochs=1, groups="tensor")
    assert np.isnan(run["norm_residual_ratio"].values).all()
    said = {line.law: line for line in laws.confront(run)}
    assert said["norms after a step, log [regimes eq. 16, periodic eq. 3]"].holds is None
    assert said["log ELR_i, first to last step [regimes eq. 5]"].holds is None
