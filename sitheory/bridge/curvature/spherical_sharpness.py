"""Spherical sharpness of networks: the Hessian's largest eigenvalue on the sphere of their scale-invariant weights."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from sitheory.bridge.curvature.lanczos import Eigenpairs, largest_eigenpairs
from sitheory.bridge.functional.losses import Loss, cross_entropy
from sitheory.bridge.functional.network_copy import exact_passes
from sitheory.bridge.functional.pure_network import Pure, accepted, computes_in_float32
from sitheory.trajectory.progress import patient_bar

Batch = tuple[torch.Tensor, torch.Tensor]


class FlatLoss:
    """A training loss as a function of flat weights, with gradients and Hessian products.

    The loss is the samples' mean, or what its reduction makes of them, each batch with statistics of its own: one batch
    of everything is true full-batch normalisation, several are the expected loss of SGD, which is another function.
    """

    def __init__(
        self,
        net: nn.Module,
        batches: Sequence[Batch],
        *,
        loss: Loss = cross_entropy,
        names: Iterable[str] | None = None,
        dtype: torch.dtype = torch.float64,
    ):
        """Copy the network, in train mode, and cast the batches.

        Args:
            net: Any module.
            batches: Pairs of inputs and targets.
            loss: Takes logits and targets to a loss for each sample.
            names: The parameters that vary; the trainable ones by default.
            dtype: Precision of it all; curvature is lost in less than float64 where losses are small.

        Raises:
            ValueError: If there is no batch, nothing that varies, or the network does not take the first batch.
        """
        self.pure = Pure(net, dtype=dtype, names=names)
        self.batches = [(self.pure.cast(x), self.pure.cast(y)) for x, y in batches]
        self._loss = loss
        if not self.batches or not self.pure.values:
            raise ValueError(
                f"need a batch and a parameter, got {len(self.batches)}, {len(self.pure.values)}"
            )
        accepted(self.pure.net, self.batches[0][0])
        self.samples = sum(len(y) for _, y in self.batches)
        self.own = torch.cat([v.flatten() for v in self.pure.values.values()])
        self.shares = self._shares()

    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the loss, of each sample or of all, in the precision of the logits."""
        with exact_passes(wide=self.pure.dtype is torch.float64):
            return self._loss(logits, targets)

    @torch.no_grad()
    def _shares(self) -> list[float]:
        """Return what part each batch's loss has in the whole, found by joining batches, for any reduction.

        A sum's parts are 1. A mean's are each batch's samples or, where classes have weights or some are ignored,
        what it counts of them.
        """
        equal = [len(y) / self.samples for _, y in self.batches]
        (inputs, targets), logits = self.batches[0], []
        first = self.pure(self.pure.values, inputs)
        if self.loss(first, targets).dim():  # a loss for each sample
            return equal
        once = float(self.loss(first, targets))
        twice = float(self.loss(torch.cat([first, first]), torch.cat([targets, targets])))
        if abs(twice - 2 * once) < abs(twice - once):
            return [1.0] * len(self.batches)
        generator = torch.Generator().manual_seed(0)
        for k, (inputs, _) in enumerate(self.batches):
            like = self.pure(self.pure.values, inputs)
            drawn = torch.randn(like.shape, generator=generator, dtype=torch.float64).to(like)
            logits.append(
                10 * drawn if k == 0 else 0 * drawn
            )  # far apart, so that their mean says its weights
        high = float(self.loss(logits[0], targets))
        counted = [1.0]
        for low_logits, (_, others) in zip(logits[1:], self.batches[1:], strict=True):
            low = float(self.loss(low_logits, others))
            both = float(self.loss(torch.cat([logits[0], low_logits]), torch.cat([targets, others])))
            counted.append((high - both) / (both - low))
        if not all(math.isfinite(c) and c >= 0 for c in counted):
            return equal
        return [c / sum(counted) for c in counted]

    def unflatten(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return flat weights of shape (size,) as tensors by name."""
        parts = flat.split([v.numel() for v in self.pure.values.values()])
        return {n: p.view(v.shape) for p, (n, v) in zip(parts, self.pure.values.items(), strict=True)}

    def logits(self, flat: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        """Return the network's outputs at flat weights of shape (size,)."""
        return self.pure(self.unflatten(flat), inputs)

    def of_batch(self, flat: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return the mean loss of one batch at each row of flat weights, shape (rows,)."""
        inputs, targets = batch

        def one(row: torch.Tensor) -> torch.Tensor:
            return self.loss(self.pure.draw(self.unflatten(row), inputs), targets).mean()

        with self.pure.fixed_draws():
            if len(flat) == 1:
                return one(flat[0])[None]
            return torch.func.vmap(one, randomness="same")(flat)

    def gradients(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """Return each batch's gradient at each row, shapes (rows, size)."""
        return [self._gradient(flat, batch)[1].detach() for batch in self.batches]

    def gradient(self, flat: torch.Tensor) -> torch.Tensor:
        """Return the loss's gradient at each row, shape (rows, size)."""
        return torch.stack([s * g for s, g in zip(self.shares, self.gradients(flat), strict=True)]).sum(0)

    def hessian(self, flat: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return the function that takes vectors, one for each row of weights, to the Hessians' images.

        With one batch its graph is kept, and a product costs one backward pass.
        """
        kept = [self._gradient(flat, self.batches[0])] if len(self.batches) == 1 else None

        def product(vectors: torch.Tensor) -> torch.Tensor:
            image = torch.zeros_like(vectors)
            for i, batch in enumerate(self.batches):
                leaf, slope = kept[i] if kept else self._gradient(flat, batch)
                (part,) = torch.autograd.grad(slope, leaf, vectors, retain_graph=kept is not None)
                image += self.shares[i] * part
            return image

        return product

    @torch.enable_grad()
    def _gradient(self, flat: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        leaf = flat.detach().requires_grad_()
        (slope,) = torch.autograd.grad(self.of_batch(leaf, batch).sum(), leaf, create_graph=True)
        return leaf, slope


ROUGH = 1e-4
"""Relative residual to which float32 is taken where float64 does the rest: its rounding leaves 1e-5."""

RADIAL = 0.01
"""A loss whose |H w + g| / |g| is above this is not scale-invariant: a normalisation's eps leaves less."""


@dataclass(frozen=True)
class SphericalSharpness:
    """The largest eigenvalue for each set of weights, each field of shape (rows,), ``vectors`` of (rows, size).

    ``residuals`` are |H v - value v| and ``radial`` is |H w + g| / |g|, which is 0 for a scale-invariant loss: the
    self-test that the network is in train mode, its eps small, and its weights scale-invariant all together.
    """

    values: torch.Tensor
    vectors: torch.Tensor
    residuals: torch.Tensor
    converged: torch.Tensor
    radial: torch.Tensor
    products: int

    @property
    def invariant(self) -> torch.Tensor:
        """Whether the loss is scale-invariant in the weights, all together, so that it has a spherical sharpness."""
        return self.radial <= RADIAL

    def __float__(self) -> float:
        """Return the value, if there is one set of weights and it has one.

        Raises:
            ValueError: If the value did not converge, or the loss is not scale-invariant in these weights.
        """
        if not bool(self.converged.all()):
            raise ValueError(
                f"need a converged value, got residual {float(self.residuals.max()):.2g} after "
                f"{self.products} products: more iterations, or a larger tolerance"
            )
        if bool(self.radial.isnan().any()):
            raise ValueError(
                "need a loss whose gradient by these weights is not 0, got 0: it does not see them"
            )
        if not bool(self.invariant.all()):
            raise ValueError(
                f"need a loss that is scale-invariant in these weights, got |H w + g| / |g| = "
                f"{float(self.radial.max()):.2g}: names=, or bridge.find_groups(net, x), which says what is not"
            )
        return float(self.values)


def sharpness(
    net: nn.Module,
    batches: Sequence[Batch],
    *,
    loss: Loss = cross_entropy,
    names: Iterable[str] | None = None,
    weights: torch.Tensor | None = None,
    tangent: bool = True,
    tolerance: float = 1e-6,
    iterations: int = 200,
    start: torch.Tensor | None = None,
    rng: int = 0,
    dtype: torch.dtype | None = None,
    progress: Callable[[int], Any] | None = None,
) -> SphericalSharpness:
    """Return the spherical sharpness, lambda_1 of the Hessian at w / |w| [sharpness def. 1.1].

    The Hessian is taken at w itself and multiplied by |w|^2, which is the same where the loss is scale-invariant and
    keeps a normalisation's eps as small beside its variance as it is in training.

    Args:
        net: Any module; it is evaluated in train mode, without which its loss is not scale-invariant.
        batches: Pairs of inputs and targets: one for full-batch normalisation, several for the mean of their losses.
        loss: Takes logits and targets to a loss for each sample, or to one number, a mean (weighted or not) or a sum.
        names: The scale-invariant parameters, one sphere for all; the trainable ones by default.
        weights: Flat weights in their place, shape (rows, size): all rows at a time.
        tangent: Whether on the sphere's tangent space; otherwise in the whole space, as printed, where the radial
            direction adds a little unless the gradient is 0.
        tolerance: Residual to reach, relative to the value.
        iterations: At most this many products, beside those that check what is found.
        start: First vectors, such as those found a little earlier, shape (rows, size).
        rng: Seed of random first vectors.
        dtype: Precision. By default a network in float32 is searched in float32, at a fifth of the price a product, to
            a residual of 1e-4, and the rest is done in float64, with a residual as good as if all were. torch.float32
            for all is as good to some 1e-6 unless losses are small; torch.float64 for all takes longest.
        progress: Called with the number of products done; by default a bar is drawn on a terminal if it takes more
            than two seconds. A product takes about three times as long as a gradient of all batches.

    Returns:
        The eigenpairs with their residuals; not converging is data, not an error, until it is read as a number.

    Raises:
        ValueError: If the network draws random numbers, as dropout does: its loss is no function of the weights; or if
            the loss has no finite second derivatives.
    """  # noqa: DOC502  raised by what it calls
    wide = FlatLoss(net, batches, loss=loss, names=names, dtype=torch.float64 if dtype is None else dtype)
    _require_no_draws(wide)
    flat = wide.own[None] if weights is None else weights.to(wide.own)
    count = min(iterations, flat.shape[1] - tangent)
    if start is None:
        drawn = torch.randn(flat.shape[1], generator=torch.Generator().manual_seed(rng), dtype=torch.float64)
        start = drawn.to(flat).expand_as(flat)
    used = 0
    with patient_bar("product") as bar:

        def told(done: int) -> None:
            if progress is not None:
                progress(used + done)
            elif bar is not None:
                bar(used + done, None)

        if dtype is None and computes_in_float32(net):
            narrow = FlatLoss(net, batches, loss=loss, names=names, dtype=torch.float32)
            # What overflows there may be finite in float64.
            with contextlib.suppress(ValueError):
                rough = _largest(
                    narrow, flat.float(), start.float(), tangent, max(tolerance, ROUGH), count, told
                )
                start, used = rough.vectors.to(flat), rough.products
        found = _largest(wide, flat, start, tangent, tolerance, max(count - used, 1), told)
    gradient = wide.gradient(flat)
    radial = (wide.hessian(flat)(flat) + gradient).norm(dim=1) / gradient.norm(dim=1)
    return SphericalSharpness(
        found.values, found.vectors, found.residuals, found.converged, radial, used + found.products
    )


def _largest(
    flat_loss: FlatLoss,
    flat: torch.Tensor,
    start: torch.Tensor,
    tangent: bool,
    tolerance: float,
    iterations: int,
    progress: Callable[[int], Any],
) -> Eigenpairs:
    """Return the largest eigenpairs of |w|^2 H on the tangent space or the whole."""
    norms = flat.norm(dim=1, keepdim=True)
    direction = flat / norms
    hessian = flat_loss.hessian(flat)

    def across(vectors: torch.Tensor) -> torch.Tensor:
        return vectors - (direction * vectors).sum(1, keepdim=True) * direction if tangent else vectors

    return largest_eigenpairs(
        lambda v: across(norms**2 * hessian(across(v))),
        across(start.to(flat)),
        tolerance=tolerance,
        iterations=iterations,
        progress=progress,
    )


@torch.no_grad()
def _require_no_draws(flat_loss: FlatLoss) -> None:
    pure, inputs = flat_loss.pure, flat_loss.batches[0][0]
    with pure.fixed_draws():
        first, second = (pure.draw(pure.values, inputs) for _ in range(2))
    if not torch.equal(first.nan_to_num(), second.nan_to_num()):
        raise ValueError("need a network without dropout or other random numbers, got outputs that differ")
