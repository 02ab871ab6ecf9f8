"""Other measures of sharpness: the Fisher matrix's trace and the moments of the mini-batches' gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from sitheory.bridge.curvature.spherical_sharpness import Batch, FlatLoss, Loss
from sitheory.bridge.functional.losses import cross_entropy
from sitheory.theory import scale

CHUNK = 64
"""How many backward passes run side by side."""


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error, 0 where it is exact."""

    value: float
    error: float

    def __float__(self) -> float:
        """Return the number."""
        return self.value


def fisher_trace(
    net: nn.Module,
    batches: Sequence[Batch],
    *,
    names: Iterable[str] | None = None,
    probes: int | None = None,
    rng: int = 0,
    dtype: torch.dtype = torch.float64,
) -> Estimate:
    """Return the trace of the Fisher matrix on the unit sphere, |w|^2 times that at w [regimes appendix B].

    The Fisher matrix is the mean over samples and over classes, drawn with the network's own probabilities, of the
    squared gradient of log p. In train mode a sample's p depends on its batch, and the gradient takes that in.

    Args:
        net: Any module; it is evaluated in train mode.
        batches: Pairs of inputs and targets, the targets unused.
        names: The scale-invariant parameters; the trainable ones by default.
        probes: How many random sign vectors to estimate it from, at a backward pass each; by default it is exact,
            at a backward pass for each sample and class.
        rng: Seed of the signs.
        dtype: Precision.

    Returns:
        The trace and its standard error.

    Raises:
        ValueError: If there are fewer than two probes.
    """
    if probes is not None and probes < 2:
        raise ValueError(f"need probes >= 2, got probes={probes}")
    flat_loss = FlatLoss(net, batches, names=names, dtype=dtype)
    generator = torch.Generator().manual_seed(rng)
    totals = torch.zeros(probes or 1, dtype=torch.float64)
    for inputs, _ in flat_loss.batches:
        leaf = flat_loss.own.detach().requires_grad_()
        with torch.enable_grad():
            logits = flat_loss.logits(leaf, inputs)
        roots = _score_roots(logits.detach())
        if probes is None:
            totals += _squares(logits, leaf, roots).sum()
            continue
        signs = torch.randint(0, 2, (probes, *roots.shape[:2]), generator=generator).to(roots) * 2 - 1
        seeds = torch.einsum("pny,nyc->pnc", signs, roots)
        totals += torch.cat([_squared_gradients(logits, leaf, part) for part in seeds.split(CHUNK)])
    totals = scale.eff_grad_sq(totals, float(flat_loss.own.square().sum())) / flat_loss.samples
    error = float(totals.std() / len(totals) ** 0.5) if probes else 0.0
    return Estimate(float(totals.mean()), error)


def _score_roots(logits: torch.Tensor) -> torch.Tensor:
    """Return sqrt(p_y) (e_y - p) for each sample and class y, shape (samples, classes, classes).

    The squares of these, summed over y, are diag(p) - p p', the Fisher matrix of the logits.
    """
    p = logits.softmax(-1)
    unit = torch.eye(p.shape[1], dtype=p.dtype, device=p.device)
    return p.sqrt()[:, :, None] * (unit - p[:, None, :])


def _squares(logits: torch.Tensor, leaf: torch.Tensor, roots: torch.Tensor) -> torch.Tensor:
    """Return the squared gradient norm for each sample and class."""
    samples, classes = roots.shape[:2]
    parts = []
    for pairs in torch.arange(samples * classes, device=roots.device).split(CHUNK):
        seeds = torch.zeros(len(pairs), samples, classes, dtype=roots.dtype, device=roots.device)
        sample, label = pairs // classes, pairs % classes
        seeds[torch.arange(len(pairs), device=roots.device), sample] = roots[sample, label]
        parts.append(_squared_gradients(logits, leaf, seeds))
    return torch.cat(parts)


def _squared_gradients(logits: torch.Tensor, leaf: torch.Tensor, seeds: torch.Tensor) -> torch.Tensor:
    """Return the squared norm of the gradient of each linear form in the logits, in float64 on the CPU."""
    (gradients,) = torch.autograd.grad(logits, leaf, seeds, retain_graph=True, is_grads_batched=True)
    return gradients.square().sum(1).double().cpu()


@dataclass(frozen=True)
class GradientMoments:
    """Moments of the effective gradient, |w| g, over mini-batches.

    ``mean_norm`` is E|g_B| [regimes eq. 28], ``second_moment`` E|g_B|^2 [regimes eq. 29], and
    ``covariance_trace`` the same about the mean, E|g_B|^2 - |E g_B|^2.
    """

    mean_norm: float
    second_moment: float
    covariance_trace: float


def gradient_moments(
    net: nn.Module,
    batches: Sequence[Batch],
    *,
    loss: Loss = cross_entropy,
    names: Iterable[str] | None = None,
    dtype: torch.dtype = torch.float64,
) -> GradientMoments:
    """Return the moments of the mini-batches' gradients on the unit sphere [regimes eqs. 28-29].

    Args:
        net: Any module; it is evaluated in train mode.
        batches: Pairs of inputs and targets, each weighed alike.
        loss: Takes logits and targets to a loss for each sample.
        names: The scale-invariant parameters; the trainable ones by default.
        dtype: Precision.

    Returns:
        The moments.
    """
    flat_loss = FlatLoss(net, batches, loss=loss, names=names, dtype=dtype)
    norm_sq = float(flat_loss.own.square().sum())
    gradients = torch.cat(flat_loss.gradients(flat_loss.own[None]))
    squares = scale.eff_grad_sq(gradients.square().sum(1), norm_sq)
    about = scale.eff_grad_sq((gradients - gradients.mean(0)).square().sum(1), norm_sq)
    return GradientMoments(float(squares.sqrt().mean()), float(squares.mean()), float(about.mean()))
