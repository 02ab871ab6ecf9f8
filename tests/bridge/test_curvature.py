"""Spherical sharpness, Fisher trace and gradient moments against dense matrices and independent solvers."""

import itertools

import numpy as np
import pytest
import scipy.sparse.linalg

torch = pytest.importorskip("torch")

from sitheory import bridge  # noqa: E402
from sitheory.bridge.curvature.lanczos import largest_eigenpairs  # noqa: E402
from sitheory.measure import spherical_sharpness  # noqa: E402

KIND = "conformance"


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def drawn(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def setting(count=20, eps=1e-20, **options):
    net = bridge.MLP(6, (5, 4), classes=3, eps=eps, rng=0, **options)
    return net, drawn(count, 6), torch.arange(count) % 3


def dense(net, batches, loss=bridge.cross_entropy):
    """The naive twin: weights, gradient and Hessian of the mean loss, all entries, by torch.func in eager float64."""
    flat_loss = bridge.FlatLoss(net, batches, loss=loss)
    w = flat_loss.own
    samples = sum(len(y) for _, y in batches)

    def total(flat):
        parts = [len(b[1]) / samples * flat_loss.of_batch(flat[None], b)[0] for b in flat_loss.batches]
        return torch.stack(parts).sum()

    return w, torch.func.grad(total)(w), torch.func.hessian(total)(w)


def on_the_sphere(w, hessian):
    """|w|^2 P H P."""
    across = torch.eye(len(w), dtype=w.dtype) - torch.outer(w, w) / w.square().sum()
    return w.square().sum() * across @ hessian @ across


@pytest.mark.parametrize("parts", [1, 2])
def test_sharpness_is_the_dense_matrix_s_eigenvalue(parts):
    """Twin: eigh of the whole matrix, with one batch and with the mean of two."""
    net, x, y = setting()
    batches = list(zip(x.chunk(parts), y.chunk(parts), strict=True))
    found = bridge.sharpness(net, batches, tolerance=1e-9)
    w, _, hessian = dense(net, batches)
    values, vectors = torch.linalg.eigh(on_the_sphere(w, hessian))
    assert float(found) == pytest.approx(float(values[-1]), rel=1e-8)
    assert abs(float(found.vectors[0] @ vectors[:, -1])) == pytest.approx(1, abs=1e-8)
    assert found.converged and float(found.residuals) <= 2e-9 * float(values.abs().max())
    assert abs(float(found.vectors[0] @ w)) < 1e-8 * float(w.norm())


def test_sharpness_agrees_with_scipy_and_the_library_s_own_lanczos():
    """Twin: ARPACK and sitheory.measure.lanczos on the same products."""
    net, x, y = setting()
    flat_loss = bridge.FlatLoss(net, [(x, y)])
    w = flat_loss.own
    product = flat_loss.hessian(w[None])
    unit = (w / w.norm()).numpy()

    def across(v):
        v = v - (unit @ v) * unit
        v = float(w.square().sum()) * product(torch.from_numpy(v)[None])[0].numpy()
        return v - (unit @ v) * unit

    operator = scipy.sparse.linalg.LinearOperator((len(w), len(w)), matvec=across, dtype=float)
    start = np.random.default_rng(0).standard_normal(len(w))
    arpack = scipy.sparse.linalg.eigsh(operator, k=1, which="LA", v0=start, return_eigenvectors=False)[0]
    ours = float(bridge.sharpness(net, [(x, y)], tolerance=1e-9))
    assert ours == pytest.approx(arpack, rel=1e-8)
    assert ours == pytest.approx(spherical_sharpness.lanczos(across, across(start), 1e-9, 50).value, rel=1e-8)


def test_sharpness_agrees_with_pyhessian():
    """Twin: `pip install --no-deps PyHessian`, whose power iteration stops at 1e-4 and which leaves train mode."""
    pyhessian = pytest.importorskip("pyhessian")
    net, x, y = setting()
    net.double().train()
    ours = float(bridge.sharpness(net, [(x, y)], tangent=False, tolerance=1e-9))
    norm_sq = sum(float(p.detach().square().sum()) for p in net.parameters() if p.requires_grad)

    def mean(logits, targets):
        return bridge.cross_entropy(logits, targets).mean()

    def theirs():
        found = pyhessian.hessian(net, mean, data=(x, y), cuda=False)
        return norm_sq * found.eigenvalues(top_n=1, maxIter=1000, tol=1e-8)[0][0]

    in_eval_mode = theirs()
    net.train().eval = lambda: net
    assert theirs() == pytest.approx(ours, rel=1e-4)
    assert in_eval_mode != pytest.approx(ours, rel=0.1)


def test_the_whole_space_adds_the_radial_direction():
    """Closed form: in the printed definition the matrix has the gradient beside the tangent block."""
    net, x, y = setting()
    w, gradient, hessian = dense(net, [(x, y)])
    printed = float(bridge.sharpness(net, [(x, y)], tangent=False, tolerance=1e-9))
    assert printed == pytest.approx(float(torch.linalg.eigvalsh(w.square().sum() * hessian)[-1]), rel=1e-8)
    assert printed > float(bridge.sharpness(net, [(x, y)], tolerance=1e-9))
    # f(cw) = f(w) twice differentiated: H w = -g, the self-test.
    assert torch.allclose(hessian @ w, -gradient, rtol=0, atol=1e-9 * float(gradient.norm()))


def test_the_self_test_sees_what_is_not_scale_invariant():
    """Rate: rounding without eps, eps at its floor, order one with a trainable head."""
    for options, low, high in (
        ({}, 0, 1e-9),
        ({"eps": 1e-5}, 1e-6, 1e-2),
        ({"scale_invariant": False}, 0.05, 1e3),
    ):
        net, x, y = setting(**options)
        assert low <= float(bridge.sharpness(net, [(x, y)]).radial) < high


def test_the_sharpness_is_that_of_the_direction():
    """Identity: any norm, eval mode or not, and any number of sets of weights at a time."""
    net, x, y = setting()
    alone = bridge.sharpness(net, [(x, y)], tolerance=1e-10)
    net.eval()
    own = bridge.FlatLoss(net, [(x, y)]).own
    rows = torch.stack([own, 0.01 * own, drawn(len(own), seed=5)])
    many = bridge.sharpness(net, [(x, y)], weights=rows, tolerance=1e-10)
    assert many.converged.all()
    assert many.values[0] == pytest.approx(float(alone), rel=1e-9)
    assert many.values[1] == pytest.approx(float(alone), rel=1e-9)
    third = bridge.sharpness(net, [(x, y)], weights=rows[2:], tolerance=1e-10)
    assert many.values[2] == pytest.approx(float(third), rel=1e-9) != float(alone)


def test_stacked_convolutional_networks_and_float32():
    """Twin: two ConvNets at a time as one by one; float32 to its rounding."""
    net, x, y = bridge.ConvNet(1, rng=0), drawn(6, 3, 8, 8), torch.arange(6)
    own = bridge.FlatLoss(net, [(x, y)]).own
    rows = torch.stack([own, drawn(len(own))])
    many = bridge.sharpness(net, [(x, y)], weights=rows)
    alone = [float(bridge.sharpness(net, [(x, y)], weights=rows[i : i + 1])) for i in range(2)]
    assert many.values.tolist() == pytest.approx(alone, rel=1e-5)
    single = bridge.sharpness(net, [(x, y)], dtype=torch.float32, tolerance=1e-4)
    assert single.values.dtype == torch.float32 and float(single) == pytest.approx(alone[0], rel=1e-2)


def test_a_warm_start_needs_fewer_products_and_too_few_are_said():
    """Conformance."""
    net, x, y = setting()
    cold = bridge.sharpness(net, [(x, y)], tolerance=1e-8)
    warm = bridge.sharpness(net, [(x, y)], tolerance=1e-8, start=cold.vectors)
    assert warm.products < cold.products / 2
    short = bridge.sharpness(net, [(x, y)], tolerance=1e-8, iterations=2)
    assert not short.converged and short.values < cold.values and float(short.residuals) > 0
    with pytest.raises(ValueError, match="need a converged value, got residual"):
        float(short)


def test_float32_first_is_as_good_as_float64_throughout_and_cheaper():
    """Twin: the same value and residual, fewer products in float64; progress counts them all."""
    net, x, y = setting()
    seen = []
    ours = bridge.sharpness(net, [(x, y)], tolerance=1e-9, progress=seen.append)
    wide = bridge.sharpness(net, [(x, y)], tolerance=1e-9, dtype=torch.float64)
    assert ours.values.dtype == torch.float64
    assert float(ours) == pytest.approx(float(wide), rel=1e-9)
    assert float(ours.residuals) <= 2e-9 * float(ours)
    assert seen == sorted(seen) and ours.products - 2 <= seen[-1] <= ours.products
    assert sum(b - a > 1 for a, b in itertools.pairwise(seen)) == 1, "two searches, one after the other"


@pytest.mark.parametrize(
    ("spoilt", "said"), [("nan", "products that are finite"), ("zero", "gradient by these")]
)
def test_a_loss_without_a_sharpness_is_said_so(spoilt, said):
    """Conformance: NaN in the inputs, weights that the loss does not see."""
    net, x, y = setting()
    if spoilt == "nan":
        x = x * float("nan")
    else:
        torch.nn.init.zeros_(net.head.weight)
    with pytest.raises(ValueError, match=said):
        float(bridge.sharpness(net, [(x, y)]))


def test_a_convolutional_network_and_a_transformer_have_second_derivatives():
    """Twin: central differences of the gradient along the eigenvector."""
    cases = (
        (bridge.ConvNet(1, rng=0), drawn(4, 3, 8, 8), torch.arange(4)),
        (
            bridge.Transformer(20, length=6, width=4, rng=0),
            torch.arange(24).reshape(4, 6) % 20,
            torch.arange(4),
        ),
    )
    for net, x, y in cases:
        flat_loss = bridge.FlatLoss(net, [(x, y)])
        w = flat_loss.own[None]
        v = drawn(1, w.shape[1])
        step = 1e-6
        differences = (flat_loss.gradient(w + step * v) - flat_loss.gradient(w - step * v)) / (2 * step)
        assert torch.allclose(
            flat_loss.hessian(w)(v), differences, rtol=1e-4, atol=1e-4 * float(differences.norm())
        )


def test_lanczos_finds_the_largest_of_many_operators_with_degeneracies():
    """Twin: eigh of random matrices, of a multiple of the identity, of one with a double top, of a negative one."""
    size = 30
    square = drawn(5, size, size)
    matrices = square + square.transpose(1, 2)
    matrices[1] = 3 * torch.eye(size)
    spectrum = torch.linspace(-5, 1, size, dtype=torch.float64)
    spectrum[-2] = 1
    basis = torch.linalg.qr(square[2])[0]
    matrices[2] = basis * spectrum @ basis.T
    matrices[3] = -(square[3] @ square[3].T)
    found = largest_eigenpairs(
        lambda v: torch.einsum("rij,rj->ri", matrices, v),
        drawn(5, size, seed=2),
        tolerance=1e-10,
        iterations=size,
    )
    exact = torch.linalg.eigvalsh(matrices)[:, -1]
    assert found.converged.all()
    scale = matrices.abs().amax((1, 2)) * size
    assert ((found.values - exact).abs() <= 1e-9 * scale).all()


def fisher_by_hand(net, x, y):
    """The naive twin: sum over samples and classes of p |grad log p|^2, one backward pass each."""
    flat_loss = bridge.FlatLoss(net, [(x, y)])
    total = 0.0
    for i in range(len(x)):
        for c in range(3):
            log_p = lambda w, i=i, c=c: flat_loss.logits(w, flat_loss.batches[0][0])[i].log_softmax(-1)[c]  # noqa: E731
            value, gradient = torch.func.grad_and_value(log_p)(flat_loss.own)[::-1]
            total += float(value.exp() * gradient.square().sum())
    return float(flat_loss.own.square().sum()) * total / len(x)


def test_fisher_trace_exact_and_estimated():
    """Twin, and trial: 400 sign vectors within five standard errors."""
    net, x, y = setting(count=6)
    exact = bridge.fisher_trace(net, [(x, y)])
    assert exact.error == 0 and float(exact) == pytest.approx(fisher_by_hand(net, x, y), rel=1e-10)
    guess = bridge.fisher_trace(net, [(x, y)], probes=400)
    assert abs(guess.value - exact.value) < 5 * guess.error < exact.value
    halves = [bridge.fisher_trace(net, [(x[i], y[i])]).value for i in (slice(3), slice(3, 6))]
    both = bridge.fisher_trace(net, [(x[:3], y[:3]), (x[3:], y[3:])])
    assert both.value == pytest.approx(sum(halves) / 2)
    with pytest.raises(ValueError, match="need probes >= 2, got probes=1"):
        bridge.fisher_trace(net, [(x, y)], probes=1)


def test_gradient_moments():
    """Twin: the mini-batches' gradients one by one; identity: the covariance is the second moment about the mean."""
    net, x, y = setting()
    batches = list(zip(x.split(5), y.split(5), strict=True))
    found = bridge.gradient_moments(net, batches)
    w = bridge.FlatLoss(net, batches).own
    gradients = torch.stack([dense(net, [b])[1] for b in batches]) * w.norm()
    assert found.mean_norm == pytest.approx(float(gradients.norm(dim=1).mean()))
    assert found.second_moment == pytest.approx(float(gradients.square().sum(1).mean()))
    about = found.second_moment - float(gradients.mean(0).square().sum())
    assert found.covariance_trace == pytest.approx(about, rel=1e-9)


def test_an_empty_question_is_refused():
    """Conformance."""
    net, x, y = setting()
    with pytest.raises(ValueError, match="need a batch and a parameter, got 0, 2"):
        bridge.sharpness(net, [])
    with pytest.raises(ValueError, match="got 1, 0"):
        bridge.sharpness(net.requires_grad_(False), [(x, y)])
