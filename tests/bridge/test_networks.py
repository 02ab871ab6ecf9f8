"""The papers' networks: their sizes, what is trainable in them, and that a start is a function of its seed."""

import pytest

torch = pytest.importorskip("torch")

from sitheory import bridge  # noqa: E402

KIND = "conformance"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def images(side=32, count=4, channels=3):
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(1))


def texts(count=4, length=12, tokens=50):
    drawn = torch.randint(1, tokens, (count, length), generator=torch.Generator().manual_seed(1))
    drawn[:, 9:] = 0
    return drawn


NETWORKS = {
    "ConvNet": (bridge.ConvNet, {"k": 2}, images),
    "ResNet18": (bridge.ResNet18, {"k": 2}, images),
    "ResNet20": (bridge.ResNet20, {"k": 2}, images),
    "VGG11": (bridge.VGG11, {"width": 1 / 32}, images),
    "MLP": (bridge.MLP, {"inputs": 3 * 32 * 32, "hidden": (20, 10)}, images),
    "Transformer": (bridge.Transformer, {"tokens": 50, "length": 12, "width": 8, "classes": 10}, texts),
}


def parameters(net, trainable=None):
    return sum(p.numel() for p in net.parameters() if trainable is None or p.requires_grad == trainable)


def test_convnet_32_has_the_papers_sizes():
    """Closed form: 9 (3 k + 2 k^2 + 8 k^2 + 32 k^2) convolution weights, 8k x 10 + 10 in the head."""
    net = bridge.ConvNet(32, rng=0)
    assert parameters(net) == 390_506
    assert parameters(net, trainable=True) == 387_936 == 9 * (3 * 32 + 42 * 32**2)
    norm = torch.cat([p.detach().flatten() for p in net.parameters() if p.requires_grad]).norm()
    # Torch's initialisation has variance 1 / (3 fan_in), so each layer's squared norm is its channels / 3.
    assert float(norm) == pytest.approx((15 * 32 / 3) ** 0.5, rel=0.01) == pytest.approx(12.6, abs=0.1)


@pytest.mark.parametrize(
    ("net", "trainable"),
    [
        # 27 k, four k x k of 9, and from width a to 2 a: 18 + 36 + 2 for the shortcut + 72 times a^2
        (lambda: bridge.ResNet18(32, rng=0), 27 * 32 + 32**2 * (36 + 128 * (1 + 4 + 16))),
        (lambda: bridge.MLP(rng=0), 784 * 300 + 300 * 100),
        (
            lambda: bridge.VGG11(rng=0),
            9 * (3 * 64 + 64 * 128 + 128 * 256 + 256**2 + 256 * 512 + 3 * 512**2) + 5120,
        ),
    ],
)
def test_sizes(net, trainable):
    """Closed form: the sizes counted by hand."""
    assert parameters(net(), trainable=True) == trainable


@pytest.mark.parametrize("name", NETWORKS)
def test_heads_are_frozen_constants_of_the_asked_norm_or_free(name):
    """Closed form: scale-invariant versions freeze the rescaled head and nothing else; conventional ones nothing."""
    make, sizes, _ = NETWORKS[name]
    assert parameters(make(**sizes, scale_invariant=False), trainable=False) == 0
    net = make(**sizes)
    frozen = {n for n, p in net.named_parameters() if not p.requires_grad}
    if name == "VGG11":
        assert not frozen
        return
    assert frozen <= {"head.weight", "head.bias"}
    assert ("head.bias" in frozen) == (name != "ResNet18")
    for norm in (10.0, 20.0):
        head = make(**sizes, head_norm=norm, rng=3).head
        assert float(head.weight.norm()) == pytest.approx(norm)
    with pytest.raises(ValueError, match="need head_norm > 0"):
        make(**sizes, head_norm=-1.0)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("scale_invariant", [True, False])
def test_the_seed_fixes_the_start_and_leaves_the_global_generator_alone(name, scale_invariant):
    """Conformance."""
    make, sizes, inputs = NETWORKS[name]
    state = torch.get_rng_state()
    first, again, other = (make(**sizes, scale_invariant=scale_invariant, rng=s) for s in (5, 5, 6))
    assert torch.equal(state, torch.get_rng_state())
    logits = [net(inputs()) for net in (first, again, other)]
    assert logits[0].shape == (4, 10)
    assert torch.equal(logits[0], logits[1]) and not torch.equal(logits[0], logits[2])
    for p, q in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(p, q)


def test_padding_of_a_text_changes_nothing():
    """Identity: more padding, the same logits (to rounding); another token, other logits."""
    net = bridge.Transformer(50, length=20, width=8, rng=0).double()
    text = texts()
    longer = torch.nn.functional.pad(text, (0, 8))
    assert torch.allclose(net(text), net(longer), rtol=0, atol=1e-12)
    text[0, 0] += 1
    assert not torch.allclose(net(text)[0], net(longer)[0], rtol=0, atol=1e-6)
