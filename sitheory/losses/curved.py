"""Losses with curved minimisers: the cone in D dimensions, matrix completion, and a valley for RMSprop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from sitheory.theory import sharpness as law


@dataclass(frozen=True)
class Cone:
    """L = (1 + sum_i alpha_i x_i^2/|w|^2) (c^2 + kappa c^4) + sum_j beta_j t_j^2/|w|^2.

    w = (x, z, t) and c = (|x|^2 - z^2)/|w|^2. The minimisers on the unit sphere with z > 0 form a sphere
    |x|^2 = z^2 = 1/2, t = 0 of dimension len(alpha) - 1, on which the sharpness is
    8 (1 + sum_i alpha_i x_i^2): it varies along the sphere, and so does the top eigenvector.
    ``Cone.curve`` is the loss in 3-D.

    Args:
        alpha: The heights, one an x, at least two.
        beta: The curvatures across, one a t; 2 beta_j stays below every sharpness.
        quartic: kappa; it leaves the minimisers and their Hessian alone and stiffens what lies beyond.

    Raises:
        ValueError: If a height is not above -2, a curvature is not in (0, 4 + 2 min(alpha)), or kappa < 0.

    Example:
        >>> Cone.curve(1.0).value(np.array([1.0, 0, 1]))
        np.float64(0.0)
    """

    alpha: tuple[float, ...]
    beta: tuple[float, ...] = ()
    quartic: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "alpha", tuple(float(a) for a in self.alpha))
        object.__setattr__(self, "beta", tuple(float(b) for b in self.beta))
        if len(self.alpha) < 2:
            raise ValueError(f"need at least two heights alpha, got {len(self.alpha)}")
        for a in self.alpha:
            if not -2 < a < math.inf:
                raise ValueError(f"need every alpha > -2 and finite, got alpha={a!r}")
        if not 0 <= self.quartic < math.inf:
            raise ValueError(f"need quartic >= 0 and finite, got quartic={self.quartic!r}")
        most = law.cone_sharpness(min(self.alpha) / 2) / 2
        for b in self.beta:
            if not 0 < b < most:
                raise ValueError(f"need 0 < beta < {most:g}, half the smallest sharpness, got beta={b!r}")

    @classmethod
    def curve(cls, height: float, quartic: float = 0.0) -> Cone:
        """Return the three-dimensional loss of heights (height, 0) [sharpness figure 4]."""
        return cls((height, 0.0), quartic=quartic)

    @property
    def dim(self) -> int:
        """Number of weights, len(alpha) + 1 + len(beta)."""
        return len(self.alpha) + 1 + len(self.beta)

    @property
    def groups(self) -> tuple[slice, ...]:
        """All weights together."""
        return (slice(0, self.dim),)

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """alpha, the sign of |x|^2 - z^2 and beta of each coordinate."""
        rest = len(self.beta)
        alpha = np.array([*self.alpha, 0.0, *[0.0] * rest])
        sign = np.array([*[1.0] * len(self.alpha), -1.0, *[0.0] * rest])
        return alpha, sign, np.array([*[0.0] * (len(self.alpha) + 1), *self.beta])

    def _parts(self, w):
        first = np.moveaxis(np.asarray(w, dtype=float), -1, 0)
        n = len(self.alpha)
        return law.cone_parts(self.alpha, self.beta, first[:n], first[n], first[n + 1 :])

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return L(w), shape (...), for w of shape (..., dim)."""
        _, slope, cone, side = self._parts(w)
        return law.cone_loss(slope, law.cone_wall(cone, self.quartic)[0], side)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim)."""
        norm_sq, slope, cone, side = (np.asarray(p)[..., None] for p in self._parts(w))
        wall, bend, _ = law.cone_wall(cone, self.quartic)
        alpha, sign, beta = self.weights
        w = np.asarray(w, dtype=float)
        return law.cone_grad(w, alpha, sign, beta, norm_sq, slope, cone, side, wall, bend)

    def hvp(self, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian at w times v, both of shape (dim,), by the chain rule on the quotients."""
        norm_sq, slope, cone, side = self._parts(w)
        wall, bend, stiff = law.cone_wall(cone, self.quartic)
        pairs = zip(self.weights, (slope, cone, side), strict=True)
        grads, turned = zip(*[_quotient_hvp(d, q, w, v, norm_sq) for d, q in pairs], strict=True)
        (g_slope, g_cone, _), (h_slope, h_cone, h_side) = grads, turned
        along_slope, along_cone = g_slope @ v, g_cone @ v
        across = bend * (along_cone * g_slope + along_slope * g_cone)
        return wall * h_slope + across + (1 + slope) * (stiff * along_cone * g_cone + bend * h_cone) + h_side

    def project(self, w: np.ndarray) -> np.ndarray:
        """Return the unit minimiser nearest to w, shape (..., dim), for z > 0."""
        w, n = np.array(w, dtype=float), len(self.alpha)
        phi = np.zeros_like(w)
        phi[..., :n] = w[..., :n] / np.linalg.norm(w[..., :n], axis=-1, keepdims=True) / math.sqrt(2)
        phi[..., n] = 1 / math.sqrt(2)
        return phi

    def sharpness_at(self, theta: np.ndarray) -> np.ndarray:
        """Return the spherical sharpness at a minimiser, in closed form."""
        return law.cone_sharpness(self._parts(theta)[1])

    def top_direction(self, theta: np.ndarray) -> np.ndarray:
        """Return the top eigenvector at a unit minimiser, (x, -z, 0): across the cone."""
        return theta * self.weights[1]

    def log_sharp_grad(self, theta: np.ndarray) -> np.ndarray:
        """Return grad_Gamma log lambda_1 at unit minimisers, shape (..., dim)."""
        n = len(self.alpha)
        grad = np.zeros_like(theta, dtype=float)
        slope = np.asarray(self._parts(theta)[1])[..., None]
        grad[..., :n] = law.cone_log_sharp_grad(np.array(self.alpha), theta[..., :n], slope)
        return grad


def _quotient_hvp(diagonal, quotient, w, v, norm_sq):
    """Gradient of w^T D w / |w|^2 and its Hessian times v."""
    bent = diagonal - quotient
    grad = 2 * bent * w / norm_sq
    turned = 2 * bent * v / norm_sq - 2 * ((grad @ v) * w + (w @ v) * grad) / norm_sq
    return grad, turned


@dataclass(frozen=True, eq=False)
class MatrixCompletion:
    """L(U, V) = mean over known entries of (sigma BN(U V^T) + mean - M)^2 [sharpness figure 1].

    BN's mean and deviation run over the known entries, scale and shift are fixed to those of M's.

    Args:
        matrix: M, shape (m, m).
        known: Which entries are known, shape (m, m), bool.

    Raises:
        ValueError: If shapes disagree or fewer than three entries are known.
    """

    matrix: np.ndarray
    known: np.ndarray

    def __post_init__(self):
        for name, kind in (("matrix", float), ("known", bool)):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=kind))
        if self.matrix.ndim != 2 or self.matrix.shape != self.known.shape:
            raise ValueError(
                f"need one shape of matrix and mask, got {self.matrix.shape}, {self.known.shape}"
            )
        if self.known.sum() < 3:
            raise ValueError(f"need at least 3 known entries, got {self.known.sum()}")

    @classmethod
    def random(cls, size: int, rank: int, entries: int, rng: np.random.Generator) -> MatrixCompletion:
        """Return a Gaussian matrix of a given rank and entry variance one, some entries known.

        Args:
            size: Rows and columns.
            rank: Of the matrix.
            entries: How many are known, drawn without repetition.
            rng: Where all of it comes from.

        Returns:
            The loss.

        Raises:
            ValueError: If entries is not in [3, size^2].
        """
        if not 3 <= entries <= size**2:
            raise ValueError(f"need 3 <= entries <= {size**2}, got entries={entries}")
        matrix = rng.standard_normal((size, rank)) @ rng.standard_normal((rank, size))
        known = np.zeros(size**2, dtype=bool)
        known[rng.choice(size**2, entries, replace=False)] = True
        return cls((matrix - matrix.mean()) / matrix.std(), known.reshape(size, size))

    @property
    def dim(self) -> int:
        """Number of weights, U then V."""
        return 2 * self.matrix.size

    @property
    def groups(self) -> tuple[slice, ...]:
        """U and V together: BN sees only the product."""
        return (slice(0, self.dim),)

    @cached_property
    def _targets(self):
        known = self.matrix[self.known]
        centred = known - known.mean()
        return centred / np.linalg.norm(centred), float(known.var()), float(known.mean())

    def factors(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return U and V, both of the matrix's shape."""
        u, v = np.reshape(w, (2, *self.matrix.shape))
        return u, v

    def _outputs(self, w):
        u, v = self.factors(w)
        product = u @ v.T
        known = product[self.known]
        z = known - known.mean()
        return u, v, product, z, np.linalg.norm(z)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return L(w), shape (...), for w of shape (..., dim)."""
        w = np.asarray(w, dtype=float)
        if w.ndim > 1:
            return np.array([self.value(row) for row in w])
        *_, z, norm = self._outputs(w)
        unit, variance, _ = self._targets
        return law.bn_loss(variance, z, unit, norm).sum()

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim)."""
        w = np.asarray(w, dtype=float)
        if w.ndim > 1:
            return np.array([self.grad(row) for row in w])
        u, v, _, z, norm = self._outputs(w)
        unit, variance, _ = self._targets
        slope = self._spread(law.bn_grad(variance, z, unit, z @ unit, norm))
        return np.concatenate([(slope @ v).ravel(), (slope.T @ u).ravel()])

    def hvp(self, w: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Return the Hessian at w times a direction, both of shape (dim,)."""
        u, v, _, z, norm = self._outputs(w)
        du, dv = self.factors(direction)
        unit, variance, _ = self._targets
        along = z @ unit
        slope = self._spread(law.bn_grad(variance, z, unit, along, norm))
        s = (du @ v.T + u @ dv.T)[self.known]
        s = s - s.mean()
        mixed, twice = law.bn_hessian_rank_two(variance, along, norm)
        diagonal = law.bn_hessian_diagonal(variance, along, norm)
        turned = diagonal * s + mixed * (unit * (z @ s) + z * (unit @ s)) + twice * z * (z @ s)
        bent = self._spread(turned)
        return np.concatenate([(bent @ v + slope @ dv).ravel(), (bent.T @ u + slope.T @ du).ravel()])

    def _spread(self, entries):
        full = np.zeros_like(self.matrix)
        full[self.known] = entries - entries.mean()
        return full

    def test_loss(self, w: np.ndarray) -> float:
        """Return the mean squared error over all entries, BN with the known entries' statistics."""
        return float(np.mean((self.predicted(w) - self.matrix) ** 2))

    def predicted(self, w: np.ndarray) -> np.ndarray:
        """Return the batch-normalised product, shape of the matrix."""
        *_, product, z, norm = self._outputs(w)
        _, variance, mean = self._targets
        shifted = product - product[self.known].mean()
        return math.sqrt(variance * len(z)) * shifted / norm + mean


@dataclass(frozen=True)
class Valley:
    """L(x, y) = (1 + sum_i alpha_i x_i^2) (1 - cos(s y)) / s^2 [sharpness:quasi-rmsprop].

    It is not scale-invariant. The minimisers are y = 0, of sharpness 1 + sum_i alpha_i x_i^2; w = (x, y).
    For s = 0 the valley is the parabola y^2 / 2, where only the learning rate resists an oscillation.

    Args:
        alpha: The heights, positive.
        soft: s, which flattens the walls away from the minimisers.

    Raises:
        ValueError: If alpha is empty or holds a height that is not positive and finite, or soft < 0.
    """

    scale_invariant: ClassVar[bool] = False
    alpha: tuple[float, ...]
    soft: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "alpha", tuple(float(a) for a in self.alpha))
        if not self.alpha:
            raise ValueError("need at least one height alpha, got none")
        if not 0 <= self.soft < math.inf:
            raise ValueError(f"need soft >= 0 and finite, got soft={self.soft!r}")
        for a in self.alpha:
            if not 0 < a < math.inf:
                raise ValueError(f"need every alpha > 0 and finite, got alpha={a!r}")

    @property
    def dim(self) -> int:
        """Number of weights."""
        return len(self.alpha) + 1

    @property
    def groups(self) -> tuple[slice, ...]:
        """All weights together."""
        return (slice(0, self.dim),)

    def sharpness_at(self, w: np.ndarray) -> np.ndarray:
        """Return the top Hessian eigenvalue at the minimiser (x, 0)."""
        return 1 + np.sum(np.array(self.alpha) * w[..., :-1] ** 2, axis=-1)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return L(w), shape (...), for w of shape (..., dim)."""
        return self.sharpness_at(w) * law.valley_wall(*self._wave(w[..., -1]))[0]

    def _wave(self, y):
        """sin(s y) / s and cos(s y), which the wall is made of; y and 1 on the parabola."""
        if not self.soft:
            return y, np.ones_like(y)
        return np.sin(self.soft * y) / self.soft, np.cos(self.soft * y)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., dim)."""
        x, y = w[..., :-1], w[..., -1:]
        wall, slope, _ = law.valley_wall(*self._wave(y))
        across = self.sharpness_at(w)[..., None] * slope
        return np.concatenate([2 * np.array(self.alpha) * x * wall, across], axis=-1)

    def log_sharp_grad(self, w: np.ndarray) -> np.ndarray:
        """Return grad_Gamma log lambda_1 at the minimiser (x, 0), shape (..., dim)."""
        x = w[..., :-1]
        grad = 2 * np.array(self.alpha) * x / self.sharpness_at(w)[..., None]
        return np.concatenate([grad, np.zeros_like(w[..., -1:])], axis=-1)

    def hvp(self, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian at w times v, both of shape (dim,)."""
        alpha, x, y = np.array(self.alpha), w[:-1], w[-1]
        wall, slope, bend = law.valley_wall(*self._wave(y))
        across = 2 * slope * alpha * x
        along_y = across @ v[:-1] + self.sharpness_at(w) * bend * v[-1]
        return np.append(2 * alpha * wall * v[:-1] + across * v[-1], along_y)
