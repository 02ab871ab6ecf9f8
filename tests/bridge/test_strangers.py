"""Groups and sharpness of networks that others wrote: the kinds that were wrong, or crashed, each with its truth."""

import copy
import functools

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from sitheory import bridge
from sitheory.bridge.functional.network_copy import eps_of

from .test_watch_strangers import FloatRMS, HiddenEps

KIND = "conformance"

torch.set_num_threads(1)


def inputs(*shape, seed=0):
    return torch.randn(*(shape or (16, 8)), generator=torch.Generator().manual_seed(seed))


def normed(norm=None):
    torch.manual_seed(0)
    norm = nn.BatchNorm1d(16) if norm is None else norm
    return nn.Sequential(nn.Linear(8, 16, bias=False), norm, nn.ReLU(), nn.Linear(16, 4))


class Holding(nn.Module):
    """Another network, called in a way of one's own."""

    def __init__(self, call):
        super().__init__()
        self.net, self.call, self.kept = normed(), call, None

    def forward(self, *args, **kwargs):
        return self.call(self, *args, **kwargs)


def keeping(self, x):
    self.kept = [self.net(x)]
    return self.kept[0]


class Complex(nn.Module):
    """A complex weight before a normalisation."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(
            torch.randn(5, 4, dtype=torch.cfloat, generator=torch.Generator().manual_seed(1))
        )
        self.norm, self.head = nn.BatchNorm1d(8, affine=False), nn.Linear(8, 4)

    def forward(self, x):
        z = torch.fft.rfft(x)
        z = z @ self.w.to(z.dtype)
        return self.head(self.norm(torch.cat([z.real, z.imag], 1)))


class OwnTrain(nn.Sequential):
    """Batch normalisation that its owner keeps in eval mode."""

    def train(self, mode=True):
        super().train(mode)
        self[1].eval()
        return self


def frozen():
    net = normed()
    net(inputs())
    net[1].eval()
    return net


def old_weight_norm():
    net = nn.Sequential(nn.utils.weight_norm(nn.Linear(8, 6)), nn.ReLU(), nn.Linear(6, 4))
    net(inputs())
    return net


def kept():
    net = Holding(keeping)
    net(inputs())
    return net


X = inputs()
STRANGERS = {
    "float32 inside": (lambda: normed(FloatRMS(16)), X, {"0.weight"}),
    "frozen by mode": (frozen, X, set()),
    "frozen by train()": (lambda: OwnTrain(*frozen()), X, set()),
    "kept activations": (kept, X, {"net.0.weight"}),
    "checkpointed": (
        lambda: Holding(lambda s, x: checkpoint(s.net, x, use_reentrant=False)),
        X,
        {"net.0.weight"},
    ),
    "checkpointed anew": (
        lambda: Holding(lambda s, x: checkpoint(s.net, x, use_reentrant=True)),
        X,
        {"net.0.weight"},
    ),
    "dict": (lambda: Holding(lambda s, a, b: s.net(a + b)), {"a": X, "b": X}, {"net.0.weight"}),
    "one dict": (lambda: Holding(lambda s, d: s.net(d["a"])), ({"a": X},), {"net.0.weight"}),
    "tuple": (lambda: Holding(lambda s, a, b: s.net(a - 2 * b)), (X, X), {"net.0.weight"}),
    "logits": (lambda: Holding(lambda s, x: {"logits": s.net(x), "cache": s.net[0](x)}), X, {"net.0.weight"}),
    "data parallel": (lambda: nn.DataParallel(normed()), X, {"0.weight"}),
    "compiled": (lambda: torch.compile(normed(), backend="eager"), X, {"0.weight"}),
    "old weight norm": (old_weight_norm, X, {"0.weight_v"}),
    "complex": (Complex, X, {"w"}),
    "sparse": (
        lambda: nn.Sequential(
            nn.Embedding(9, 16, sparse=True), nn.Flatten(), nn.LayerNorm(32), nn.Linear(32, 4)
        ),
        torch.arange(16).reshape(8, 2) % 9,
        {"0.weight"},
    ),
}


@pytest.mark.parametrize(("make", "batch", "truth"), STRANGERS.values(), ids=STRANGERS)
def test_groups_of_other_people_s_networks(make, batch, truth):
    """Closed form: the weight before the normalisation, however the network is written, wrapped or called."""
    net = make()
    mode = net.training
    assert set(bridge.find_groups(net, batch).names) - {"1.weight", "1.bias"} == truth
    assert net.training is mode


def test_an_eps_has_many_names():
    """Conformance: by attribute or buffer, never "steps"."""
    net = nn.Module()
    for name in ("eps", "variance_epsilon", "norm_eps", "epsilon", "layer_norm_eps", "steps", "deps"):
        setattr(net, name, 1e-6)
    net.register_buffer("rms_eps", torch.tensor(1e-5))
    assert set(eps_of(net)) == {"eps", "variance_epsilon", "norm_eps", "epsilon", "layer_norm_eps", "rms_eps"}
    effect = bridge.what_breaks(normed(FloatRMS(16, 1e-3)), X)
    assert effect.eps_now > 1e-4 and effect.eps[0].unexplained < 1e-12


@pytest.mark.parametrize("gate", [1e-6, 1e-10, 1e-12])
def test_a_branch_of_little_weight_is_as_much_a_branch(gate):
    """Conformance: neither scale-invariant nor inert, since it is judged beside its own effect."""

    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.head = (
                nn.Linear(8, 8, bias=False),
                nn.Linear(8, 8, bias=False),
                nn.Linear(8, 4),
            )

        def forward(self, x):
            return self.head(x + gate * self.b(torch.tanh(self.a(x))))

    found = bridge.find_groups(Gated(), X)
    assert not found.groups and not found.inert and set(found.others) >= {"a.weight", "b.weight"}


def test_a_stream_through_small_layer_scales_has_its_joint_group():
    """Closed form: with branches of weight 1e-6, as in ConvNeXt, the degrees are still whole numbers."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.up, self.down = nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8, bias=False)
            self.gamma = nn.Parameter(1e-6 * torch.ones(8))

        def forward(self, x):
            return x + self.gamma * self.down(functional.gelu(self.up(self.norm(x))))

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 8, bias=False), Block(), Block(), nn.LayerNorm(8), nn.Linear(8, 4))
    groups = [set(g.names) for g in bridge.find_groups(net, X).groups]
    assert any("0.weight" in g and len(g) == 3 for g in groups), groups


def test_a_hidden_eps_makes_nearly_invariant_and_nothing_else_does():
    """Rate: the deviation falls with the square of the norm; a weight of little effect does not."""
    net = nn.Sequential(HiddenEps(8, 16), nn.Tanh(), nn.Linear(16, 4))
    found = bridge.find_groups(net, X)
    assert [s.names for s in found.nearly] == [("0.weight",)] and "0.weight" in found.others
    assert f"nearly invariant ({found.nearly[0].deviation:.1e}): 0.weight" in str(found)
    assert not bridge.find_groups(nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4)), X).nearly


class Residual(nn.Module):
    """A stream behind a normalisation of one's own."""

    def __init__(self, norm):
        super().__init__()
        self.norm, self.first = norm, nn.Linear(8, 8, bias=False)
        self.up, self.down = nn.Linear(8, 16), nn.Linear(16, 8, bias=False)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.first(x)
        x = x + self.down(functional.gelu(self.up(self.norm(x))))
        return self.head(self.norm(x))


HARD_CODED = {
    "root mean square": lambda x: x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5),
    "batch": lambda x: (x - x.mean(0)) / (x.var(0) + 1e-4).sqrt(),
    "added to a norm": lambda x: x / (x.norm(dim=-1, keepdim=True) + 1e-5),
}


@pytest.mark.parametrize("norm", HARD_CODED.values(), ids=HARD_CODED)
def test_a_joint_group_behind_a_hidden_eps_is_nearly_invariant(norm):
    """Closed form: the stream's members together, with how far the eps moves the output; no group, and no other."""
    torch.manual_seed(0)
    net = Residual(norm)
    found = bridge.find_groups(net, X)
    assert not found.groups and [s.names for s in found.nearly] == [("first.weight", "down.weight")]
    assert 1e-9 < found.nearly[0].deviation < 1e-2
    assert f"nearly invariant ({found.nearly[0].deviation:.1e}): first.weight, down.weight" in str(found)
    assert "together with down.weight" in bridge.what_breaks(net, X, found=found).parameters["first.weight"]
    assert not bridge.find_groups(Residual(lambda x: torch.tanh(x)), X).nearly


def test_an_eps_in_a_call_of_torch_s_functions_is_taken_away():
    """Closed form: layer normalisation called as a function, its eps by default, by place or by name."""
    torch.manual_seed(0)
    calls = (
        lambda x: functional.layer_norm(x, (8,)),
        lambda x: functional.layer_norm(x, (8,), None, None, 1e-3),
        lambda x: functional.rms_norm(x, (8,), eps=1e-4),
        lambda x: functional.batch_norm(x, None, None, training=True),
        lambda x: functional.group_norm(x, 2, eps=1e-4),
    )
    for norm in calls:
        found = bridge.find_groups(Residual(norm), X)
        assert [s.names for s in found.groups] == [("first.weight", "down.weight")]
        assert bridge.what_breaks(Residual(norm), X, found=found).eps_now > 1e-9


@pytest.mark.parametrize("chosen", ["by place", "by size"])
def test_what_a_few_samples_cannot_show_is_searched_for_on_all(chosen):
    """Closed form: on the first samples alone a part is idle that others use."""

    class Experts(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two, self.head = nn.Linear(8, 4), nn.Linear(8, 4), nn.Linear(4, 4)

        def forward(self, x):
            late = (torch.arange(len(x)) >= 10)[:, None] if chosen == "by place" else x[:, :1] > 3
            return self.head(torch.where(late, torch.tanh(self.two(x)), torch.tanh(self.one(x))))

    x = X.clone()
    x[12, 0] = 4.0
    found = bridge.find_groups(Experts(), x)
    assert not found.inert and not found.groups and "two.weight" in found.others


def labels(count=16):
    return torch.arange(count) % 4


def dense(net, name, mean):
    """The naive twin: the largest eigenvalue on the sphere of a loss of one weight, by torch.func in float64."""
    net = copy.deepcopy(net).double()
    own = dict(net.named_parameters())
    w = own[name].detach().flatten()

    def loss(flat):
        return mean(lambda x: torch.func.functional_call(net, {name: flat.view_as(own[name])}, (x,)))

    across = torch.eye(len(w), dtype=w.dtype) - torch.outer(w, w) / w.square().sum()
    hessian = torch.func.hessian(loss)(w).detach()
    return float(torch.linalg.eigvalsh(w.square().sum() * across @ hessian @ across)[-1])


WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 0.5])
LOSSES = {
    "sum": functools.partial(functional.cross_entropy, reduction="sum"),
    "mean": functional.cross_entropy,
    "class weights": functools.partial(functional.cross_entropy, weight=WEIGHTS),
    "module": nn.CrossEntropyLoss(weight=WEIGHTS),
    "ignored": nn.CrossEntropyLoss(ignore_index=2),
}


@pytest.mark.parametrize("kind", LOSSES)
def test_sharpness_weighs_batches_as_the_loss_does(kind):
    """Twin: dense Hessian of the whole objective over two batches, whatever the reduction."""
    net = normed(nn.BatchNorm1d(16, affine=False, track_running_stats=False))
    x, y = X, torch.tensor([0, 0, 1, 2, 2, 2, 3, 0, 1, 1, 3, 3, 2, 1, 0, 3])
    halves = [(x[:6], y[:6]), (x[6:], y[6:])]

    def whole(net):
        logits = torch.cat([net(part.double()) for part, _ in halves])
        if kind == "ignored":
            return functional.cross_entropy(logits, y, ignore_index=2)
        weight = None if kind in ("sum", "mean") else WEIGHTS.double()
        return functional.cross_entropy(
            logits, y, weight=weight, reduction="sum" if kind == "sum" else "mean"
        )

    found = float(bridge.sharpness(net, halves, names=["0.weight"], loss=LOSSES[kind], tolerance=1e-9))
    assert found == pytest.approx(dense(net, "0.weight", whole), rel=1e-6)


def test_sharpness_of_spectral_normalisation_is_that_of_the_norm():
    """Twin: the matrix over its norm, which the power iteration comes to."""
    torch.manual_seed(4)
    net = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(8, 6, bias=False)), nn.Tanh(), nn.Linear(6, 4)
    )
    net[2].weight.data.mul_(4)
    for _ in range(300):
        net(X)
    exact = nn.Sequential(nn.Linear(8, 6, bias=False), nn.Tanh(), copy.deepcopy(net[2])).double()
    raw = net[0].parametrizations.weight.original.detach().double()
    exact[0].weight.data = raw

    class Over(nn.Module):
        def __init__(self):
            super().__init__()
            self.raw = nn.Parameter(raw.clone())

        def forward(self, x):
            return exact[2](torch.tanh(x @ (self.raw / torch.linalg.matrix_norm(self.raw, 2)).T))

    truth = dense(Over(), "raw", lambda net: functional.cross_entropy(net(X.double()), labels()))
    name = "0.parametrizations.weight.original"
    assert float(bridge.sharpness(net, [(X, labels())], names=[name])) == pytest.approx(truth, rel=1e-5)


def test_attention_has_second_derivatives():
    """Conformance: with the math backend, chosen without being told."""

    class Attending(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
            self.head = nn.Linear(16, 4)

        def forward(self, x):
            return self.head(self.layer(x).mean(1))

    found = bridge.sharpness(Attending(), [(inputs(16, 5, 16), labels())], iterations=5)
    assert torch.isfinite(found.values).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"names": None}, "need a loss that is scale-invariant in these weights"),
        ({"iterations": 3}, "need a converged value"),
        ({"net": nn.Sequential(*normed(), nn.Dropout(0.2))}, "need a network without dropout"),
    ],
)
def test_a_sharpness_that_is_none_is_no_number(change, said):
    """Conformance: the head left in, too few products, dropout."""
    settings = {"net": normed(), "names": ["0.weight"], **change}
    with pytest.raises(ValueError, match=said):
        float(bridge.sharpness(settings.pop("net"), [(X, labels())], **settings))


def test_sharpness_of_a_negative_spectrum_is_as_exact_as_asked():
    """Twin: the residual is beside the value, not beside the least eigenvalue."""
    from sitheory.bridge.curvature.lanczos import largest_eigenpairs

    spectrum = torch.linspace(-350, 4.303, 40, dtype=torch.float64)[None]
    start = torch.ones(1, 40, dtype=torch.float64)
    found = largest_eigenpairs(lambda v: spectrum * v, start, tolerance=1e-3, iterations=40)
    assert found.converged and float(found.residuals) < 3e-3 * 4.303
    assert float(found.values) == pytest.approx(4.303, rel=1e-4)
