"""Conformance of the edge-of-stability losses, and the closed forms of their minimisers."""

import numpy as np
import pytest

from sitheory.losses.curved import Cone, MatrixCompletion, Valley
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.losses.regression import BatchNormRegression
from sitheory.measure.spherical_sharpness import lanczos, sharpness

KIND = "identity"

# Sums of a hundred terms, a few roundings each.
ROUNDING = 1e-11
SEED = 5


def made(kind):
    rng = np.random.default_rng(SEED)
    return {
        "regression": lambda: BatchNormRegression.random(8, 30, rng, tests=50),
        "square regression": lambda: BatchNormRegression.random(6, 5, rng, tests=50),
        "cone3d": lambda: Cone.curve(1.5, 0.7),
        "cone7d": lambda: Cone((1, 2, 0.5, -0.3), (1.0, 0.5)),
        "matrix": lambda: MatrixCompletion.random(6, 2, 20, rng),
    }[kind]()


SCALE_INVARIANT = ("regression", "square regression", "cone3d", "cone7d", "matrix")
WITH_MINIMISERS = ("regression", "cone3d", "cone7d")


@pytest.fixture(params=SCALE_INVARIANT)
def loss(request):
    return made(request.param)


@pytest.fixture(params=WITH_MINIMISERS)
def known(request):
    return made(request.param)


def point(loss):
    w = np.abs(np.random.default_rng(3).standard_normal(loss.dim))
    return w + 3 * loss.flat.flattest if isinstance(loss, BatchNormRegression) else w


def test_conformance(loss, rng):
    assert isinstance(loss, ScaleInvariantLoss)
    w = rng.standard_normal((4, loss.dim))
    np.testing.assert_allclose(loss.value(3 * w), loss.value(w), rtol=ROUNDING)
    np.testing.assert_allclose(loss.grad(3 * w), loss.grad(w) / 3, rtol=ROUNDING, atol=ROUNDING)
    size = np.linalg.norm(loss.grad(w), axis=1) * np.linalg.norm(w, axis=1)
    assert np.all(np.abs(np.sum(loss.grad(w) * w, axis=1)) <= ROUNDING * size)


@pytest.mark.parametrize("valley", [None, Valley((1.0, 2.0)), Valley((1.0, 2.0), 3.0)])
def test_gradient_and_product_are_derivatives(loss, valley, rng):
    """Rate: central differences err by O(h^2), so a tenth of h leaves about a hundredth of the error."""
    loss = valley or loss
    w, v = rng.standard_normal(loss.dim), rng.standard_normal(loss.dim)
    for f, slope in ((loss.value, loss.grad(w) @ v), (loss.grad, loss.hvp(w, v))):
        errors = [np.abs((f(w + h * v) - f(w - h * v)) / (2 * h) - slope).max() for h in (1e-2, 1e-3)]
        assert errors[1] < errors[0] / 30 + ROUNDING


def test_hessian_homogeneity_and_null_direction(loss, rng):
    w, v = rng.standard_normal(loss.dim), rng.standard_normal(loss.dim)
    np.testing.assert_allclose(loss.hvp(2 * w, v), loss.hvp(w, v) / 4, rtol=1e-9, atol=ROUNDING)
    # Differentiate <grad, w> = 0: Hess w = -grad.
    np.testing.assert_allclose(loss.hvp(w, w), -loss.grad(w), rtol=1e-8, atol=1e-9)


def test_minimisers_and_their_top_eigenpair(known):
    """Closed form: value and gradient vanish on Gamma; eigenpair and gradient of its log are true."""
    phi = known.project(point(known))
    assert known.value(phi) < 1e-25 and np.linalg.norm(known.grad(phi)) < 1e-12
    hessian = np.array([known.hvp(phi, e) for e in np.eye(known.dim)])
    values, vectors = np.linalg.eigh(hessian)
    assert values[-1] == pytest.approx(float(known.sharpness_at(phi)), rel=1e-11)
    assert abs(vectors[:, -1] @ known.top_direction(phi)) == pytest.approx(1, abs=1e-9)
    direction = np.random.default_rng(1).standard_normal(known.dim)
    left, right = known.project(phi - 1e-5 * direction), known.project(phi + 1e-5 * direction)
    slope = np.log(known.sharpness_at(right) / known.sharpness_at(left))
    assert slope == pytest.approx(known.log_sharp_grad(phi) @ (right - left), rel=1e-4)
    assert abs(known.log_sharp_grad(phi) @ phi) < 1e-12


def test_null_space_is_the_tangent_space(known):
    """Assumption 4.5: rank H = D - D_Gamma on Gamma."""
    phi = known.project(point(known))
    hessian = np.array([known.hvp(phi, e) for e in np.eye(known.dim)])
    rank = np.sum(np.linalg.eigvalsh(hessian) > 1e-8)
    expected = len(known.flat.mu) if isinstance(known, BatchNormRegression) else 1 + len(known.beta)
    assert rank == expected


def test_flattest_is_the_minimum_norm_interpolant():
    loss = made("regression")
    weights, bias = loss.predictor(loss.flat.flattest)
    np.testing.assert_allclose(weights, np.linalg.pinv(loss.centred) @ (loss.y - loss.y.mean()), atol=1e-12)
    np.testing.assert_allclose(loss.x @ weights + bias, loss.y, atol=1e-12)
    assert loss.sharpness_at(loss.flat.flattest) < loss.sharpness_at(loss.project(point(loss)))


def test_value_is_the_loss_as_printed(rng):
    """Twin: gamma (w x - mean)/deviation + beta, squared error."""
    loss, w = made("regression"), rng.standard_normal(30)
    z = loss.x @ w
    out = loss.y.std() * (z - z.mean()) / z.std() + loss.y.mean()
    assert loss.value(w) == pytest.approx(np.mean((out - loss.y) ** 2), rel=1e-12)
    weights, bias = loss.predictor(w)
    np.testing.assert_allclose(loss.x @ weights + bias, out, rtol=1e-10)


def test_matrix_value_is_the_loss_as_printed(rng):
    loss, w = made("matrix"), rng.standard_normal(72)
    u, v = loss.factors(w)
    z, target = (u @ v.T)[loss.known], loss.matrix[loss.known]
    out = target.std() * (z - z.mean()) / z.std() + target.mean()
    assert loss.value(w) == pytest.approx(np.mean((out - target) ** 2), rel=1e-12)
    np.testing.assert_allclose(loss.predicted(w)[loss.known], out, rtol=1e-10)


def test_lanczos_agrees_with_dense_eigenvalues(loss, rng):
    w = rng.standard_normal(loss.dim)
    theta = w / np.linalg.norm(w)
    dense = np.linalg.eigvalsh(np.array([loss.hvp(theta, e) for e in np.eye(loss.dim)]))[-1]
    found = sharpness(loss, w)
    assert found.converged and abs(found.value - dense) <= 1e-7 * max(1, abs(dense))
    assert float(found) == found.value


def test_a_weight_of_zero_is_no_hindrance(loss, rng):
    """Twin: the sharpness where one weight is 0 is the dense one, and the origin alone is refused."""
    w = rng.standard_normal(loss.dim)
    w[0] = 0.0
    theta = w / np.linalg.norm(w)
    dense = np.linalg.eigvalsh(np.array([loss.hvp(theta, e) for e in np.eye(loss.dim)]))[-1]
    assert abs(sharpness(loss, w).value - dense) <= 1e-7 * max(1, abs(dense))
    with pytest.raises(ValueError, match="finite norm > 0"):
        sharpness(loss, np.zeros(loss.dim))


def test_lanczos_without_products_uses_the_gradient(rng):
    class Bare:
        dim, groups = 7, (slice(0, 7),)
        inner = made("cone7d")
        value, grad = inner.value, inner.grad

    w = rng.standard_normal(7)
    assert sharpness(Bare(), w).value == pytest.approx(sharpness(Bare.inner, w).value, rel=1e-6)


@pytest.mark.parametrize("size", [1.0, 1e-300, 1e-307, 1e300])
def test_lanczos_at_the_ends_of_float64(size):
    """Closed form: the eigenvalues of a diagonal matrix times any number that float64 holds."""
    diagonal = np.array([3.0, 1.0, -2.0, 0.5, 0.0])
    found = lanczos(lambda v: size * (diagonal * v), np.ones(5), 1e-8, 5)
    # The least of these numbers has 30 bits fewer than the others.
    assert found.converged and found.value == pytest.approx(3 * size, rel=1e-8)


@pytest.mark.parametrize("size", [np.nan, np.inf])
def test_sharpness_of_gradients_that_are_not_finite_is_refused(size):
    with pytest.raises(ValueError, match="need finite gradients near w"):
        lanczos(lambda v: size * v, np.ones(5), 1e-8, 5)


def test_lanczos_says_when_it_did_not_converge(rng):
    found = sharpness(made("regression"), rng.standard_normal(30), iterations=2)
    assert not found.converged and found.residual > 0


def test_files(tmp_path):
    loss = made("regression")
    np.savez(tmp_path / "a.npz", x=loss.x, y=loss.y)
    np.savetxt(tmp_path / "a.csv", np.column_stack([loss.x, loss.y]), delimiter=",", header="h", comments="")
    for name in ("a.npz", "a.csv"):
        np.testing.assert_allclose(BatchNormRegression.from_file(tmp_path / name).x, loss.x)
    (tmp_path / "b.csv").write_text("a,b\n1,x\n")
    for bad in ("b.csv", "none.npz", "a.txt"):
        with pytest.raises(ValueError, match=r"^need"):
            BatchNormRegression.from_file(tmp_path / bad)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.eye(3), np.ones(3)),
        (np.eye(3), np.ones(2)),
        (np.full((3, 3), np.nan), np.arange(3)),
        (np.eye(2), np.arange(2)),
        (np.arange(5.0)[:, None] ** [1, 2], np.array([0, 0, 1, 0, 0])),
    ],
)
def test_bad_data_names_the_law(x, y):
    with pytest.raises(ValueError, match=r"^need"):
        BatchNormRegression(x, y)


@pytest.mark.parametrize("bad", [((1.0,),), ((1, -2),), ((1, 1), (9.0,)), ((1, 1), (), -1.0)])
def test_bad_cones_name_the_law(bad):
    with pytest.raises(ValueError, match=r"^need"):
        Cone(*bad)
