"""What a run of linear regression shows: loss, sharpness, displacement, energy, distances."""

from __future__ import annotations

import numpy as np

from sitheory.edge.regression import RegressionRun
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import scale, sharpness as law


def observe(loss: BatchNormRegression, rule: DecayGD, run: RegressionRun) -> dict[str, np.ndarray]:
    """Return what a run shows, each of shape (R,) under the schema's names.

    Args:
        loss: The regression.
        rule: The rule that it ran under.
        run: The records.

    Returns:
        loss, test_loss (with test samples), norm, eff_grad, elr, sharpness (at phi), h, tan_flattest,
        align, energy, dist_min_norm (relative, of the predictors), dist_flattest (of phi, an angle);
        lambda_w if recorded.
    """
    a, b, k = run.deviations, run.share, run.kernel
    mu, _, _, pull, reach = loss.flat
    off_sq, along = (mu * a**2).sum(axis=1), reach * b + a @ pull
    norm_sq = (a**2).sum(axis=1) + b**2 + k**2
    z = np.sqrt(along**2 + off_sq)
    elr, tan, h = scale.elr_with_decay(rule.lr, rule.wd, norm_sq), k / b, a[:, 0] / np.sqrt(norm_sq)
    sharp = law.regression_eigenvalue(loss.variance, mu[0], reach, 1 / (1 + tan**2))
    fitted = reach / z
    slopes = (
        law.regression_grad_a(loss.variance, a, mu, pull, along[:, None], off_sq[:, None], z[:, None]),
        law.regression_grad_b(loss.variance, reach, off_sq, z)[:, None],
    )
    gap = (fitted**2) * (norm_sq - b**2) + (fitted * b - 1) ** 2
    seen = {
        "loss": np.where(
            along > 0,
            law.regression_loss(loss.variance, along, off_sq, z),
            2 * loss.variance * (1 - along / z),
        ),
        "norm": np.sqrt(norm_sq),
        "eff_grad": np.linalg.norm(np.concatenate(slopes, axis=1), axis=1) * np.sqrt(norm_sq),
        "elr": elr,
        "sharpness": sharp,
        "h": h,
        "align": np.abs(a[:, 0]) / np.maximum(np.linalg.norm(a, axis=1), np.finfo(float).tiny),
        "tan_flattest": tan,
        "dist_flattest": np.arctan2(k, b),
        "dist_min_norm": np.sqrt(gap),
        "energy": energies(elr, sharp, h, rule.lr * rule.wd, law.regression_log_sharp_grad(tan) ** 2),
    }
    if loss.x_test is not None:
        seen["test_loss"] = _test_losses(loss, run, z)
    return seen if run.lambda_w is None else {**seen, "lambda_w": run.lambda_w}


def energies(
    elr: np.ndarray, sharp: np.ndarray, h: np.ndarray, intrinsic_lr: float, grad_sq: np.ndarray
) -> np.ndarray:
    """Return the averaged system's energy; infinite where h is 0 or there is no weight decay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = h**2 / law.mean_h_sq(intrinsic_lr, grad_sq)
        log_ratio = 2 * np.log(np.abs(h)) - np.log(law.mean_h_sq(intrinsic_lr, grad_sq))
        energy = law.energy(elr * sharp - 2, ratio, intrinsic_lr, log_ratio)
    return np.where(np.isfinite(energy), energy, np.inf)


def _test_losses(loss, run, z):
    """The test loss is a quadratic form in the predictor's coordinates, so no record needs d numbers."""
    frame = np.column_stack([loss.flat.modes, loss.flat.flattest, run.end.side])
    features = (loss.x_test - loss.x.mean(axis=0)) @ frame
    coords = np.column_stack([run.deviations, run.share, run.kernel])
    coords = coords * (np.sqrt(loss.variance * len(loss.y)) / z)[:, None]
    wanted = loss.y_test - loss.y.mean()
    square, cross = features.T @ features / len(wanted), features.T @ wanted / len(wanted)
    return np.einsum("ti,ij,tj->t", coords, square, coords) - 2 * coords @ cross + np.mean(wanted**2)
