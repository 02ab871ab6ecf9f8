"""Linear regression with batch normalisation: a scale-invariant loss whose minimisers are known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sitheory.theory import sharpness as law
from sitheory.trajectory.array_archives import read_arrays

RANK_TOLERANCE = 1e-11
"""Gram eigenvalues below this fraction of the largest are rounding; targets this far off cannot be fitted."""


KINDS = {b"PAR1": "a Parquet file", b"PK": "a spreadsheet or an archive", b"\x1f\x8b": "compressed"}
"""What a file is that ends in .csv and is none, by its first bytes."""

COUNTED = 4
"""With so many rows or more, a first column that counts them is taken for an index."""


class GramBasis(NamedTuple):
    """The row space of the centred inputs.

    ``values`` are the Gram eigenvalues, ascending, shape (r,); ``targets`` the centred targets in that basis,
    of norm one; ``frame`` orthonormal columns of weights, shape (d, r): Xc frame = basis sqrt(values).
    """

    values: np.ndarray
    targets: np.ndarray
    frame: np.ndarray


class FlatBasis(NamedTuple):
    """Weights split into deviations from the minimisers and the minimum-norm interpolant.

    ``mu`` holds the eigenvalues of the deviations ``modes``, shape (d, r - 1), descending; ``flattest`` the
    unit minimum-norm interpolant; ``pull`` and ``reach`` how modes and interpolant predict the unit targets.
    """

    mu: np.ndarray
    modes: np.ndarray
    flattest: np.ndarray
    pull: np.ndarray
    reach: float


@dataclass(frozen=True, eq=False)
class BatchNormRegression:
    """L(w) = (1/n) sum_i (sigma_y BN(w^T x_i) + mean_y - y_i)^2, scale and shift fixed [sharpness §5].

    Args:
        x: Inputs, shape (n, d), d >= n usually.
        y: Targets that some linear model fits, shape (n,).
        x_test: Inputs to measure the test loss on, shape (m, d), or None.
        y_test: Their targets, shape (m,).

    Raises:
        ValueError: If shapes disagree, a value is not finite, the targets are constant or no linear model
            fits them, or fewer than three samples are in general position.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None

    def __post_init__(self):
        for name in ("x", "y", "x_test", "y_test"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if self.x.ndim != 2 or self.y.shape != self.x.shape[:1]:
            raise ValueError(f"need x (n, d) and y (n,), got shapes {self.x.shape} and {self.y.shape}")
        if (self.x_test is None) != (self.y_test is None):
            raise ValueError("need x_test and y_test together, got one of them")
        if self.x_test is not None and self.x_test.shape != (*self.y_test.shape, self.dim):
            raise ValueError(
                f"need x_test (m, d) and y_test (m,), got {self.x_test.shape}, {self.y_test.shape}"
            )
        if not self.variance > 0:
            raise ValueError("need targets that differ, got constant ones")
        if len(self.gram.values) < 2:
            raise ValueError(f"need at least 3 samples in general position, got rank {len(self.gram.values)}")
        missed = 1 - math.sqrt(self.gram.targets @ self.gram.targets)
        if abs(missed) > RANK_TOLERANCE:
            raise ValueError(
                f"need targets that a linear model fits, got one that misses {missed:.2g} of them"
            )

    @classmethod
    def random(cls, n: int, d: int, rng: np.random.Generator, tests: int = 2000) -> BatchNormRegression:
        """Return Gaussian inputs with variances 1, 1/2, ..., 1/d and targets of a Gaussian linear model.

        Args:
            n: How many samples.
            d: How many inputs.
            rng: Where they come from.
            tests: How many test samples.

        Returns:
            The loss.

        Raises:
            ValueError: If n < 3 or d < n - 1.
        """
        if n < 3 or d < n - 1:
            raise ValueError(f"need n >= 3 and d >= n - 1, got n={n} and d={d}")
        spread = 1 / np.sqrt(np.arange(1, d + 1))
        truth = rng.standard_normal(d)
        truth /= np.linalg.norm(spread * truth)
        x, x_test = spread * rng.standard_normal((n, d)), spread * rng.standard_normal((tests, d))
        return cls(x, x @ truth, x_test, x_test @ truth)

    @classmethod
    def from_file(cls, path: str | Path) -> BatchNormRegression:
        """Return the regression of a file: ``.npz`` with x, y (and x_test, y_test), or ``.csv``, y last.

        Args:
            path: The file. A .csv may have commas, semicolons or tabs; lines before the first numbers, if they
                hold none or count the columns, are taken for headers, and lines that begin with # for comments. A first
                column without a name, as pandas writes its index, is left out; one that counts the rows is refused.

        Returns:
            The loss.

        Raises:
            ValueError: If the file cannot be read as that.
        """
        path = Path(path)
        if path.suffix.lower() not in (".npz", ".csv"):
            way = ", which pandas turns into one: read_parquet(...).to_csv(..., index=False)"
            told = way if path.suffix.lower() in (".parquet", ".pq") else ""
            raise ValueError(f"need a data file that ends in .npz or .csv, got {str(path)!r}{told}")
        if path.exists() and not path.is_file():
            raise ValueError(f"need a readable data file, got {str(path)!r}, which is no file")
        if path.suffix.lower() == ".npz":
            return cls(**_archive(path))
        table = _table(path)
        return cls(table[:, :-1], table[:, -1])

    @property
    def dim(self) -> int:
        """Number of weights."""
        return self.x.shape[1]

    @property
    def groups(self) -> tuple[slice, ...]:
        """All weights together."""
        return (slice(0, self.dim),)

    @cached_property
    def variance(self) -> float:
        """Variance of the targets, gamma^2."""
        return float(self.y.var())

    @cached_property
    def centred(self) -> np.ndarray:
        """The inputs less their mean, shape (n, d)."""
        return self.x - self.x.mean(axis=0)

    @cached_property
    def unit_targets(self) -> np.ndarray:
        """The targets less their mean, scaled to norm one, shape (n,)."""
        centred = self.y - self.y.mean()
        return centred / np.linalg.norm(centred)

    def value(self, w: np.ndarray) -> np.ndarray:
        """Return L(w), shape (...), for w of shape (..., d)."""
        z = np.asarray(w, dtype=float) @ self.centred.T
        norm = np.linalg.norm(z, axis=-1, keepdims=True)
        return law.bn_loss(self.variance, z, self.unit_targets, norm).sum(axis=-1)

    def grad(self, w: np.ndarray) -> np.ndarray:
        """Return the gradient at w, shape (..., d)."""
        z = np.asarray(w, dtype=float) @ self.centred.T
        norm = np.linalg.norm(z, axis=-1, keepdims=True)
        along = (z @ self.unit_targets)[..., None]
        return law.bn_grad(self.variance, z, self.unit_targets, along, norm) @ self.centred

    def hvp(self, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the Hessian at w times v, both of shape (d,)."""
        z, s, y = self.centred @ w, self.centred @ v, self.unit_targets
        norm, along = np.linalg.norm(z), z @ y
        mixed, twice = law.bn_hessian_rank_two(self.variance, along, norm)
        diagonal = law.bn_hessian_diagonal(self.variance, along, norm)
        turned = diagonal * s + mixed * (y * (z @ s) + z * (y @ s)) + twice * z * (z @ s)
        return self.centred.T @ turned

    @cached_property
    def gram(self) -> GramBasis:
        """The eigenbasis of the Gram matrix of the centred inputs."""
        left, roots, right = np.linalg.svd(self.centred, full_matrices=False)
        kept = np.flatnonzero(roots**2 > RANK_TOLERANCE * roots[0] ** 2)[::-1]
        return GramBasis(roots[kept] ** 2, left[:, kept].T @ self.unit_targets, right[kept].T)

    @cached_property
    def flat(self) -> FlatBasis:
        """The basis in which the minimisers are flat [sharpness:lr-hessian]."""
        g, q, frame = self.gram
        flattest = q / np.sqrt(g)
        reach = 1 / np.linalg.norm(flattest)
        root = np.sqrt(g)
        curved = np.diag(g) - np.outer(root * q, root * q)
        mu, modes = np.linalg.eigh(curved)
        mu, modes = mu[:0:-1], modes[:, :0:-1]
        return FlatBasis(mu, frame @ modes, frame @ (flattest * reach), modes.T @ (root * q), float(reach))

    def coordinates(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return w as deviations a (..., r - 1), share b (...) of the flattest, and kernel part (..., d)."""
        a, b = w @ self.flat.modes, w @ self.flat.flattest
        return a, b, w - (w @ self.gram.frame) @ self.gram.frame.T

    def project(self, w: np.ndarray) -> np.ndarray:
        """Return phi, the unit minimiser that w is displaced from at right angles, shape (..., d).

        Args:
            w: Shape (..., d), on the minimisers' side: <w, flattest> > 0.

        Returns:
            The minimiser.
        """
        _, b, kernel = self.coordinates(np.asarray(w, dtype=float))
        flat = b[..., None] * self.flat.flattest + kernel
        return flat / np.linalg.norm(flat, axis=-1, keepdims=True)

    def sharpness_at(self, theta: np.ndarray) -> np.ndarray:
        """Return the spherical sharpness at a minimiser, in closed form [sharpness:lr-hessian]."""
        cos = np.asarray(theta) @ self.flat.flattest / np.linalg.norm(theta, axis=-1)
        return law.regression_eigenvalue(self.variance, self.flat.mu[0], self.flat.reach, cos**2)

    def top_direction(self, theta: np.ndarray) -> np.ndarray:
        """Return the top eigenvector at a minimiser: the same at each of them."""
        return self.flat.modes[:, 0]

    def log_sharp_grad(self, theta: np.ndarray) -> np.ndarray:
        """Return grad_Gamma log lambda_1 at a unit minimiser, shape (d,) [sharpness:lr-hessian]."""
        cos = theta @ self.flat.flattest
        # 2 tan(alpha) times the unit tangent (cos(alpha) theta - flattest) / sin(alpha).
        return law.regression_log_sharp_grad(1 / cos) * (cos * theta - self.flat.flattest)

    def flow(self, theta: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Return the sharpness-reduction flow from a unit minimiser, shape (time, d), in closed form.

        Args:
            theta: The start, shape (d,).
            times: Shape (time,).

        Returns:
            Unit minimisers: tan of the angle from the flattest decays as exp(-tau) [sharpness thm. 5.1].
        """
        _, b, kernel = self.coordinates(theta)
        tan = np.linalg.norm(kernel) / b
        later = law.regression_flow_tan(tan, np.exp(-np.asarray(times)))[:, None]
        side = kernel / np.linalg.norm(kernel) if tan > 0 else kernel
        return (self.flat.flattest + later * side) / np.sqrt(1 + later**2)

    def predictor(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the linear model (weights (..., d), bias (...)) that w stands for [sharpness eq. 4]."""
        w = np.asarray(w, dtype=float)
        spread = np.linalg.norm(w @ self.centred.T, axis=-1, keepdims=True) / math.sqrt(len(self.y))
        weights = math.sqrt(self.variance) * w / spread
        return weights, self.y.mean() - weights @ self.x.mean(axis=0)

    def minimum_norm(self) -> np.ndarray:
        """Return the weights of the minimum-norm interpolant (M), shape (d,)."""
        return self.predictor(self.flat.flattest)[0]

    def test_loss(self, w: np.ndarray) -> np.ndarray:
        """Return the mean squared error on the test samples, shape (...).

        Raises:
            ValueError: If there are none.
        """
        if self.x_test is None:
            raise ValueError("need test samples for a test loss, got a regression without them")
        weights, bias = self.predictor(w)
        return np.mean((weights @ self.x_test.T + bias[..., None] - self.y_test) ** 2, axis=-1)


def _numbers(name: str, values) -> np.ndarray:
    try:
        given = np.asarray(values)
        numbers = np.array([] if given.dtype.kind in "cmMV" else given, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"need numbers in {name}, got something else") from None
    if given.dtype.kind in "cmMV":
        raise ValueError(f"need real numbers in {name}, got {given.dtype}")
    if not np.all(np.isfinite(numbers)):
        raise ValueError(f"need finite numbers in {name}, got one that is not")
    return numbers


def _archive(path: Path) -> dict[str, np.ndarray]:
    try:
        found = read_arrays(path, ("x", "y", "x_test", "y_test"))
    except OSError as bad:
        raise ValueError(f"need a readable data file, got {str(path)!r}: {bad.strerror or bad}") from None
    if not {"x", "y"} <= found.keys():
        raise ValueError(f"need arrays x and y in {str(path)!r}, got {', '.join(found) or 'neither'}")
    return found


def _table(path: Path) -> np.ndarray:
    """The numbers of a .csv with commas, semicolons (then a comma may be a decimal one) or tabs."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as bad:
        raise ValueError(f"need a readable data file, got {str(path)!r}: {bad.strerror or bad}") from None
    except UnicodeDecodeError as bad:
        kind = next((f"it is {what}" for head, what in KINDS.items() if content.startswith(head)), str(bad))
        raise ValueError(f"need a readable data file, got {str(path)!r}: {kind}") from None
    rows: list[list[float]] = []
    first = 0  # The first column that counts.
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        if not rows and _is_header(cells):
            first = int(_is_index(cells[0]) and len(cells) > 1)
            continue
        row = [_cell(text) for text in cells[first:]]
        if None in row:
            raise ValueError(f"need rows of numbers in {str(path)!r}, got line {number}: {line.strip()!r}")
        if rows and len(row) != len(rows[0]):
            widths = f"{len(rows[0])} columns and then {len(row)} in line {number}"
            raise ValueError(f"need rows of one length in {str(path)!r}, got {widths}")
        rows.append(row)  # type: ignore[arg-type]
    if not rows or len(rows[0]) < 2:
        raise ValueError(
            f"need at least two columns in {str(path)!r}, got {len(rows[0]) if rows else 'none'}"
        )
    table = np.array(rows)
    _check_no_index(table, path)
    return table


def _check_no_index(table: np.ndarray, path: Path) -> None:
    counted = np.arange(len(table))
    if len(table) >= COUNTED and any(np.array_equal(table[:, 0], counted + start) for start in (0, 1)):
        raise ValueError(
            f"need columns of data in {str(path)!r}, got a first one that counts the rows, like an index with a name: "
            "leave it out (to_csv(index=False)), or keep it in an .npz"
        )


def _is_header(cells: list[str]) -> bool:
    """Whether a first line holds no numbers, or the columns' numbers as pandas writes them for want of names."""
    named = [cell.strip().strip('"') for cell in cells]
    if _is_index(cells[0]) and len(named) > 1:
        named = named[1:]
    numbers = [_cell(cell) for cell in named]
    return numbers == [*range(len(named))] or all(number is None for number in numbers)


def _is_index(cell: str) -> bool:
    """Whether a column has the name of a written index: none, or what pandas calls it when it reads it back."""
    name = cell.strip().strip('"')
    return not name or name.startswith("Unnamed:")


def _cells(line: str) -> list[str]:
    if ";" in line:
        return [cell.replace(",", ".") for cell in line.split(";")]
    return line.split("\t" if "\t" in line else ",")


def _cell(text: str) -> float | None:
    try:
        return float(text.strip().strip('"'))
    except ValueError:
        return None
