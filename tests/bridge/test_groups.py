"""Groups found by numbers: no false positive and no false negative on the papers' networks, and on traps."""

import copy
import math
from functools import cache

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from sitheory import bridge  # noqa: E402
from sitheory.bridge.symmetry import candidates  # noqa: E402
from tests.bridge.test_networks import NETWORKS, images, texts  # noqa: E402

KIND = "conformance"

EXACT = 1e-13
"""Rounding of a float64 forward pass through twenty layers, relative to the output, is some 1e-15."""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def build(name, scale_invariant=True):
    make, sizes, inputs = NETWORKS[name]
    side = {} if inputs is texts else {"side": 32 if name in ("VGG11", "MLP") else 8, "count": 8}
    return make(**sizes, scale_invariant=scale_invariant, rng=0), inputs(**side)


@cache
def found_in(name, scale_invariant=True):
    return bridge.find_groups(*build(name, scale_invariant))


def moved(net, inputs, names, factor=3.0, seed=7):
    """The naive twin: rescale at a generic point in float64 with eps gone, and look. Independent of the bridge."""
    net = copy.deepcopy(net).double().train()
    inputs = inputs.double() if inputs.is_floating_point() else inputs
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(getattr(module, "eps", None), float):
            module.eps = 1e-30
    with torch.no_grad():
        for p in net.parameters():
            if p.requires_grad:
                p += 0.3 * torch.randn(p.shape, generator=generator, dtype=p.dtype) * (p.abs().mean() + 0.1)
        before = net(inputs)
        for name, p in net.named_parameters():
            if name in names:
                p *= factor
        return float((net(inputs) - before).abs().max() / before.abs().max())


@pytest.mark.parametrize("name", NETWORKS)
def test_every_trainable_parameter_of_a_scale_invariant_version_is_in_a_group(name):
    """Identity, and twin: each group of each of the papers' networks."""
    net, inputs = build(name)
    found = found_in(name)
    assert found.fully_scale_invariant and not found.balances
    assert set(found.names) == {n for n, p in net.named_parameters() if p.requires_grad}
    assert all(g.deviation < EXACT and moved(net, inputs, g.names) < EXACT for g in found.groups)
    assert found.gap[0] < 1e-12 and found.gap[1] > 1e-3
    if name != "ResNet18":
        assert found.individual == found.names


def test_resnet18_has_twenty_tensors_eight_alone_and_four_streams():
    """Closed form: each residual stream ties the convolutions that write to it."""
    net, inputs = build("ResNet18")
    found = found_in("ResNet18")
    assert (len(found.names), len(found.individual), len(found.groups)) == (20, 8, 12)
    assert set(found.individual) == {f"blocks.{i}.conv1.weight" for i in range(8)}
    streams = [{"conv1.weight", "blocks.0.conv2.weight", "blocks.1.conv2.weight"}]
    for i in (2, 4, 6):
        streams.append(
            {f"blocks.{i}.conv2.weight", f"blocks.{i}.shortcut.1.weight", f"blocks.{i + 1}.conv2.weight"}
        )
    assert [set(g.names) for g in found.groups if len(g.names) > 1] == streams
    for stream in streams:
        assert all(moved(net, inputs, stream - {name}) > 1e-3 for name in stream)


CONVENTIONAL = {
    "ConvNet": (
        {f"convs.{i}.weight" for i in range(4)},
        [{f"norms.{i}.weight", f"norms.{i}.bias"} for i in range(3)],
    ),
    "MLP": ({"layers.0.weight", "layers.1.weight"}, [{"norms.0.weight", "norms.0.bias"}]),
    "VGG11": ({f"convs.{i}.weight" for i in range(8)}, []),
    "Transformer": (set(), [{f"layers.0.{n}.{p}" for p in ("weight", "bias")} for n in ("up", "down")]),
}


@pytest.mark.parametrize("name", CONVENTIONAL)
def test_conventional_versions_hold_these_groups_and_no_others(name):
    """Closed form: weights before a normalisation; gain and shift before the next, if ReLU is between (not Swish)."""
    found = found_in(name, scale_invariant=False)
    alone, together = CONVENTIONAL[name]
    assert set(found.individual) == alone
    assert [set(g.names) for g in found.groups if len(g.names) > 1] == together


@pytest.mark.parametrize("name", NETWORKS)
def test_conventional_versions_agree_with_naive_rescaling(name):
    """Twin: groups and inert parameters stay, members of groups without their partners and all others move."""
    net, inputs = build(name, scale_invariant=False)
    found = found_in(name, scale_invariant=False)
    for group in found.groups:
        assert moved(net, inputs, group.names) < EXACT
        for left in group.names[:1] if len(group.names) > 1 else ():
            assert moved(net, inputs, set(group.names) - {left}) > 1e-6
    assert all(moved(net, inputs, {name}) < EXACT for name in found.inert)
    assert all(moved(net, inputs, {name}) > 1e-6 for name in found.others)


def test_resnet18_conventional_counts():
    """Closed form: 12 groups of convolutions, 8 of the first normalisations' pairs, 3 of the shortcuts' streams."""
    net, _ = build("ResNet18", scale_invariant=False)
    found = found_in("ResNet18", scale_invariant=False)
    assert len(found.groups) == 12 + 8 + 3
    assert set(found.individual) == {f"blocks.{i}.conv1.weight" for i in range(8)}
    # A shift before a shortcut's 1x1 convolution is a constant of each channel of the stream.
    assert found.inert == tuple(f"blocks.{i}.shortcut.0.bias" for i in (2, 4, 6))
    convolutions = {n for n, p in net.named_parameters() if p.ndim == 4}
    assert convolutions <= set(found.names)


def test_rows_are_the_neurons_groups():
    """Closed form: k neurons of a perceptron are k groups; a stream of k channels k joint ones."""
    net, inputs = build("MLP")
    found = bridge.find_groups(net, inputs, per="row")
    assert found.individual == tuple(
        f"layers.{i}.weight[{r}]" for i, n in ((0, 20), (1, 10)) for r in range(n)
    )
    net, inputs = build("ResNet18")
    found = bridge.find_groups(net, inputs, per="row")
    assert found.fully_scale_invariant
    assert (len(found.individual), len(found.groups)) == (2 * 15 * 2, 3 * 15 * 2)
    assert {"conv1.weight[1]", "blocks.0.conv2.weight[1]", "blocks.1.conv2.weight[1]"} in [
        set(g.names) for g in found.groups
    ]
    net, inputs = build("Transformer")
    found = bridge.find_groups(net, inputs, per="row")
    # Layer normalisation ties the rows of a matrix; those of an embedding are free, and inert where no text shows them.
    present = {f"embedding.weight[{t}]" for t in inputs.unique().tolist() if t}
    assert set(found.individual) == present and len(found.groups) == len(present) + 6


def test_eval_mode_has_no_scale_invariant_weights():
    """Conformance: with running statistics a network is a plain one with shifts."""
    net, inputs = build("ConvNet")
    net(inputs)
    found = bridge.find_groups(net, inputs, training=False)
    assert not found.groups and len(found.others) == 4


def test_the_network_is_left_as_it_was():
    """Conformance: parameters, buffers, mode, random numbers."""
    net, inputs = build("ConvNet", scale_invariant=False)
    net.eval()
    before, state = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    bridge.find_groups(net, inputs)
    bridge.what_breaks(net, inputs)
    assert torch.equal(state, torch.get_rng_state()) and not net.training
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    assert all(p.requires_grad and p.grad is None and p.dtype == torch.float32 for p in net.parameters())


class Twice(nn.Module):
    """u W W x: W enters twice."""

    def __init__(self):
        super().__init__()
        self.u, self.w = nn.Linear(4, 3, bias=False), nn.Linear(4, 4, bias=False)

    def forward(self, x):
        return self.u(self.w(self.w(x)))


class HiddenEps(nn.Module):
    """A normalisation of one's own with its eps written into the formula."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4, bias=False), nn.Linear(4, 3)

    def forward(self, x):
        y = self.a(x)
        return self.b((y - y.mean(0)) / (y.var(0) + 1e-5).sqrt())


class Streams(nn.Module):
    """Two convolutions side by side in one normalisation, one of them frozen in the test."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4, bias=False), nn.Linear(5, 4, bias=False)
        self.norm, self.head = nn.BatchNorm1d(4, affine=False), nn.Linear(4, 3).requires_grad_(False)

    def forward(self, x):
        return self.head(self.norm(self.a(x) + self.b(x)))


class SqueezeExcite(nn.Module):
    """A depthwise block whose channels are gated by a perceptron of their means."""

    def __init__(self):
        super().__init__()
        self.wide, self.deep = nn.Conv2d(3, 8, 3, bias=False), nn.Conv2d(8, 8, 3, groups=8, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(8), nn.BatchNorm2d(8)
        self.down, self.up, self.head = nn.Linear(8, 4), nn.Linear(4, 8), nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.norm2(self.deep(torch.relu(self.norm1(self.wide(x))))))
        gate = torch.sigmoid(self.up(torch.relu(self.down(x.mean((2, 3))))))
        return self.head((x * gate[:, :, None, None]).mean((2, 3)))


class Dense(nn.Module):
    """One normalisation over two layers' channels side by side."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm1d(4, affine=False), nn.BatchNorm1d(8, affine=False)
        self.head = nn.Linear(8, 3).requires_grad_(False)

    def forward(self, x):
        y = self.a(x)
        return self.head(self.norm2(torch.cat([y, self.b(torch.relu(self.norm1(y)))], dim=1)))


def samples(count=12, width=5):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(3))


def test_degrees_other_than_one_are_balances():
    """Closed form: u W W with degrees -2 and +1; ReLU layers with their biases."""
    found = bridge.find_groups(Twice(), samples(width=4))
    assert not found.groups and found.balances[0].degrees == {"u.weight": 2, "w.weight": -1}
    plain = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    found = bridge.find_groups(plain, samples())
    assert not found.groups and set(found.others) == set(dict(plain.named_parameters()))
    assert found.balances[0].degrees == {"0.weight": 1, "0.bias": 1, "2.weight": -1}


def test_networks_of_other_kinds():
    """Closed form: a gated depthwise block, channels side by side, an encoder layer that normalises after."""
    found = bridge.find_groups(SqueezeExcite(), images(8))
    assert [set(g.names) for g in found.groups] == [
        {"wide.weight"},
        {"deep.weight"},
        {"norm1.weight", "norm1.bias"},
    ]
    assert {frozenset(b.degrees.items()) for b in found.balances} == {
        frozenset({("norm2.weight", 1), ("norm2.bias", 1), ("down.weight", -1), ("head.weight", -1)}),
        frozenset({("down.weight", 1), ("down.bias", 1), ("up.weight", -1)}),
    }
    assert bridge.find_groups(Dense(), samples()).individual == ("a.weight", "b.weight")
    found = bridge.find_groups(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), torch.randn(4, 6, 8))
    # The stream behind the first normalisation: what is written to it, and what makes its branch's scale follow.
    assert {"linear1.bias", "linear2.bias", "norm1.weight", "norm1.bias"} in [
        set(g.names) for g in found.groups
    ]


def test_a_start_at_zero_hides_nothing():
    """Conformance: gains and shifts that start at 0 are no false positives, nor the weights behind them."""
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    nn.init.zeros_(net[1].weight)
    found = bridge.find_groups(net, samples())
    assert found.individual == ("0.weight",) and found.inert == ("0.bias",)
    assert set(found.others) == {"1.weight", "1.bias", "2.weight", "2.bias"}
    for start in net[2].parameters():
        nn.init.zeros_(start)
    assert bridge.find_groups(net, samples()).individual == ("0.weight",)


@pytest.mark.parametrize(
    "norm", [nn.LayerNorm(8), nn.GroupNorm(2, 8), nn.RMSNorm(8, eps=None), nn.BatchNorm1d(8)]
)
def test_torch_s_normalisations(norm):
    """Closed form: the weight before each is a group, with its bias where normalisation is not the batch's."""
    net = nn.Sequential(nn.Linear(5, 8), norm, nn.Linear(8, 3))
    groups = [set(g.names) for g in bridge.find_groups(net, samples()).groups]
    assert groups == [{"0.weight"} if isinstance(norm, nn.BatchNorm1d) else {"0.weight", "0.bias"}]


def test_a_step_is_not_mistaken_for_no_effect():
    """Conformance: two numbers normalised are +1 and -1, without gradient, but their order matters."""
    net = nn.Sequential(
        nn.Linear(5, 2, bias=False), nn.LayerNorm(2, elementwise_affine=False), nn.Linear(2, 3)
    )
    found = bridge.find_groups(net, samples())
    assert found.individual == ("0.weight",) and not found.inert


def test_a_vocabulary_of_rows_is_no_burden():
    """Conformance: thousands of rows, most of them in no text."""
    net = bridge.Transformer(5000, length=12, width=8, rng=0)
    found = bridge.find_groups(net, texts(), per="row")
    assert len(found.inert) + len(found.names) == 5000 + 3 * 8 + 8 + 32 + 8 and not found.others


def test_weight_normalisation_and_instance_normalisation():
    """Closed form: the direction of a weight-normalised layer is scale-invariant, its length is not."""
    net = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(5, 4)), nn.ReLU(), nn.Linear(4, 3))
    assert bridge.find_groups(net, samples()).individual == ("0.parametrizations.weight.original1",)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.InstanceNorm2d(4), nn.Flatten(), nn.LazyLinear(3))
    net(images(8))
    assert bridge.find_groups(net, images(8)).individual == ("0.weight",)


def test_dropout_is_analysed_with_its_draws_fixed():
    """Conformance: and said to be there."""
    net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 3))
    assert bridge.find_groups(net, samples()).individual == ("0.weight",)
    assert bridge.what_breaks(net, samples()).random > 0.01
    assert bridge.what_breaks(net[:2], samples()).random == 0


def test_an_eps_that_is_no_attribute_is_no_group_but_nearly():
    """Conformance: exact means exact."""
    found = bridge.find_groups(HiddenEps(), samples())
    assert "a.weight" in found.others
    assert "nearly invariant" in bridge.what_breaks(HiddenEps(), samples()).parameters["a.weight"]


def test_a_frozen_partner_is_named():
    """Conformance."""
    net = Streams()
    assert [set(g.names) for g in bridge.find_groups(net, samples()).groups] == [{"a.weight", "b.weight"}]
    net.b.requires_grad_(False)
    assert "only together with b.weight, frozen" in bridge.what_breaks(net, samples()).parameters["a.weight"]


@pytest.mark.parametrize("name", ["ConvNet", "ResNet18", "Transformer"])
def test_eps_explains_what_rescaling_does(name):
    """Identity: rescaling a group by c is dividing the eps behind it by c^2, to rounding, and so is its floor."""
    net, inputs = build(name)
    for effect in bridge.what_breaks(net, inputs).eps:
        assert set(effect.tied.values()) == {2}
        assert effect.unexplained < EXACT
        assert effect.observed == pytest.approx(effect.predicted, rel=1e-6) and effect.observed > 1e-9


def test_no_one_eps_makes_up_for_half_a_rescaled_input():
    """Conformance: said as nan, not guessed."""
    effects = {e.names: e for e in bridge.what_breaks(Dense(), samples()).eps}
    assert effects[("a.weight",)].observed > 1e-9 and math.isnan(effects[("a.weight",)].predicted)
    assert not effects[("a.weight",)].tied


def test_eps_floor_of_convnet_32_grows_as_the_norm_falls():
    """Rate: 1/c^2 from some 1e-4 at the start; the numbers of a full-size network."""
    net = bridge.ConvNet(32, rng=0)
    floors = [bridge.eps_floor(net, images(), factor=c) for c in (1.0, 0.1)]
    assert 2e-5 < floors[0] < 1e-3 and 50 < floors[1] / floors[0] < 150


@pytest.mark.parametrize("name", ["ConvNet", "ResNet18", "MLP"])
def test_scale_invariant_makes_the_papers_versions_from_the_conventional_ones(name):
    """Twin: the same trainable parameters, the head frozen at its norm."""
    net, inputs = build(name, scale_invariant=False)
    made = bridge.scale_invariant(net, inputs, head_norm=7.0)
    ours, _ = build(name)
    trainable = {n for n, p in made.named_parameters() if p.requires_grad}
    assert trainable == {n for n, p in ours.named_parameters() if p.requires_grad} - {"head.weight"}
    assert float(made.head.weight.norm()) == pytest.approx(7.0)
    assert bridge.find_groups(made, inputs).fully_scale_invariant
    assert all(p.requires_grad for p in net.parameters())


def test_scale_invariant_freezes_what_cannot_matter_and_says_what_breaks():
    """Conformance: a bias before normalisation is frozen; a layer without normalisation is refused by name."""
    good = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
    made = bridge.scale_invariant(good, samples())
    assert [n for n, p in made.named_parameters() if p.requires_grad] == ["0.weight"]
    bad = nn.Sequential(*good[:3], nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
    with pytest.raises(
        ValueError, match=r"need all trainable .*\n  3.weight: weight of a Linear(.|\n)*3.bias"
    ):
        bridge.scale_invariant(bad, samples())
    with pytest.raises(ValueError, match="got none that is trainable"):
        bridge.scale_invariant(nn.Linear(5, 3), samples())


@pytest.mark.parametrize("given", [lambda x: x.double(), lambda x: x.double().numpy()])
def test_inputs_may_be_of_another_precision_or_an_array(given):
    """Conformance: a float32 network with its head, found and frozen."""
    net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    made = bridge.scale_invariant(net, given(samples().float()))
    assert [n for n, p in made.named_parameters() if p.requires_grad] == ["0.weight"]


def test_wrong_arguments_are_named():
    """Conformance."""
    net = Streams()
    with pytest.raises(ValueError, match="need per='tensor' or per='row', got per='layer'"):
        bridge.find_groups(net, samples(), per="layer")
    with pytest.raises(ValueError, match="need names of parameters, got 'c'"):
        bridge.find_groups(net, samples(), names=["c"])
    with pytest.raises(ValueError, match="finite and not 0 at generic parameters, got nan"):
        bridge.find_groups(net, samples() * float("nan"))
    with pytest.raises(ValueError, match=r"the network takes, got shape \(8, 7\): mat1 and mat2"):
        bridge.find_groups(nn.Linear(5, 3), torch.zeros(8, 7))
    with pytest.raises(TypeError, match="need a network that returns one tensor, got tuple"):
        bridge.find_groups(nn.LSTM(5, 4), samples())


class Offset(nn.Module):
    """Adds so much that normalisation loses digits."""

    def forward(self, x):
        return x + 1e4


def test_a_gradient_that_is_rounding_hides_no_group():
    """Conformance: filters of one weight each are invariant one by one, so that all their gradient is rounding."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(8, 16, bias=False),
        nn.BatchNorm1d(16),
        Offset(),
        nn.Unflatten(1, (16, 1)),
        nn.Conv1d(16, 16, 1, groups=16, bias=False),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    assert bridge.find_groups(net.double(), torch.randn(8, 8)).individual == (
        "0.weight",
        "1.weight",
        "4.weight",
    )


def test_a_batch_that_does_not_tell_is_refused_in_a_line(monkeypatch):
    """Conformance: the line says what to give."""
    monkeypatch.setattr(candidates, "null_space", lambda *_: whole_numbers_missed())
    with pytest.raises(ArithmeticError, match="this batch does not tell"):
        bridge.find_groups(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)), torch.randn(4, 8))


def whole_numbers_missed():
    raise ArithmeticError("need degrees that are small whole numbers, got one 1.0e-02 off")
