"""The bridge's cross-entropy: its value and derivatives against closed forms, where torch's own fails too."""

import math

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402

from sitheory import bridge  # noqa: E402
from sitheory.bridge.functional.losses import cross_entropy  # noqa: E402
from tests.bridge.digits_runs import digits, perceptron  # noqa: E402

KIND = "conformance"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_equals_torch_s_in_float64():
    """Twin: torch's cross-entropy, with gradient and Hessian."""
    logits = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 3
    targets = torch.tensor([0, 1, 2, 3, 3])

    def theirs(z):
        return torch.nn.functional.cross_entropy(z, targets, reduction="sum")

    def ours(z):
        return cross_entropy(z, targets).sum()

    for of in (lambda f: f, torch.func.grad, torch.func.hessian):
        assert torch.allclose(of(ours)(logits), of(theirs)(logits), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("margin", [-200.0, -17.0, 0.0, 17.0, 20.0, 40.0, 80.0])
def test_is_exact_at_any_margin_in_float32(margin):
    """Closed form with two classes: log1p(exp(-m)), and its first two derivatives."""
    lead = torch.tensor(-margin, requires_grad=True)
    loss = cross_entropy(torch.stack([torch.zeros_like(lead), lead]), torch.tensor(0))
    (slope,) = torch.autograd.grad(loss, lead, create_graph=True)
    (bend,) = torch.autograd.grad(slope, lead)
    p = 1 / (1 + math.exp(margin))
    exact = math.log1p(math.exp(-margin)), p, p / (1 + math.exp(-margin))
    # float32 rounds the exponential to about 1e-7, and the second derivative to one part in 1e-7 of the first.
    assert (loss.item(), slope.item()) == pytest.approx(exact[:2], rel=1e-6, abs=1e-37)
    assert bend.item() == pytest.approx(exact[2], rel=1e-6, abs=1.2e-7 * exact[1])
    if margin >= 20:
        assert (
            float(torch.nn.functional.cross_entropy(torch.tensor([[0.0, -margin]]), torch.tensor([0]))) == 0
        )


def test_one_loss_a_sample_of_any_shape():
    """Conformance: batch dimensions pass through, under vmap too."""
    logits, targets = torch.randn(3, 5, 4), torch.arange(15).reshape(3, 5) % 4
    stacked = torch.func.vmap(cross_entropy)(logits, targets)
    assert torch.equal(stacked, cross_entropy(logits, targets)) and stacked.shape == (3, 5)


def test_the_squared_loss_is_torch_s_and_what_training_follows():
    """Twin: torch's mean squared error of one-hot labels, alone and as the loss of a run's first row and step."""
    draw = torch.Generator().manual_seed(0)
    z, y = torch.randn(7, 5, generator=draw, dtype=torch.float64), torch.arange(7) % 5
    naive = functional.mse_loss(z, functional.one_hot(y, 5).double())
    assert bridge.squared_error(z, y).mean() == pytest.approx(float(naive), rel=1e-14)
    net, data = perceptron(torch.float64), digits(50, 0)
    options = {"epochs": 1, "batches": bridge.FullBatch()}
    runs = [
        bridge.train(net, bridge.SGD(0.1), data, loss=loss, **options)
        for loss in (bridge.squared_error, bridge.cross_entropy)
    ]
    x, labels = torch.as_tensor(data.x).double(), torch.as_tensor(data.y)
    out = net.train()(x)
    expected = functional.mse_loss(out, functional.one_hot(labels, out.shape[1]).double())
    trained = [p for p in net.parameters() if p.requires_grad]
    gradient = torch.autograd.grad(expected, trained)
    length_sq = sum(float(g.square().sum()) for g in gradient)
    along = sum(
        float((g * p.detach()).sum()) for g, p in zip(gradient, trained, strict=True)
    )  # what eps leaves of it
    assert float(runs[0]["loss"][0]) == pytest.approx(float(expected.detach()), rel=1e-12)
    norms = runs[0]["total_norm"].values
    assert norms[1] ** 2 - norms[0] ** 2 == pytest.approx(0.1**2 * length_sq - 2 * 0.1 * along, rel=1e-9)
    assert abs(float(runs[1]["loss"][0]) / float(expected.detach()) - 1) > 0.1
