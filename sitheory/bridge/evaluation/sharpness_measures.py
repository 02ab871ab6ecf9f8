"""The measures of sharpness of regimes appendix B, all of one network at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from sitheory.bridge.curvature.fisher import fisher_trace, gradient_moments
from sitheory.bridge.curvature.spherical_sharpness import FlatLoss, sharpness
from sitheory.bridge.data.batches import Dealer
from sitheory.bridge.evaluation.true_metrics import on_device, picked


def sharpness_measures(
    net: nn.Module,
    data: Any,
    batches: Dealer,
    *,
    probes: int = 16,
    tolerance: float = 1e-4,
    device: str = "cpu",
) -> dict[str, float]:
    """Return the loss and four measures of sharpness on the unit sphere [regimes appendix B].

    Args:
        net: A scale-invariant network; it is evaluated in train mode.
        data: Samples.
        batches: How a pass over the training set deals it out.
        probes: Random vectors for the Fisher matrix's trace.
        tolerance: Of the Hessian's eigenvalue, relative.
        device: Where to compute.

    Returns:
        ``loss``; ``batch_eff_grad``, the mean norm of the batches' gradients [regimes eq. 28]; ``second_moment``, the
        mean of its square [regimes eq. 29]; ``fisher_trace``; ``sharpness``, the Hessian's largest eigenvalue, NaN
        if it did not converge.
    """
    samples = on_device(data, next(net.parameters()).dtype, device)
    parts = [picked(samples, indices) for indices in batches.passes(len(samples.y))]
    net = net.to(device)
    flat = FlatLoss(net, parts)
    with torch.no_grad():
        losses = [
            share * float(flat.of_batch(flat.own[None], b))
            for share, b in zip(flat.shares, flat.batches, strict=True)
        ]
    found = sharpness(net, parts, tolerance=tolerance)
    moments = gradient_moments(net, parts)
    return {
        "loss": sum(losses),
        "batch_eff_grad": moments.mean_norm,
        "second_moment": moments.second_moment,
        "fisher_trace": float(fisher_trace(net, parts, probes=probes)),
        "sharpness": float(torch.where(found.converged, found.values, torch.nan)),
    }
