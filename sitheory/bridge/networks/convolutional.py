"""Plain convolutional networks: the ConvNet of periodic and regimes, the VGG-11 of sharpness."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from sitheory.bridge.networks.layers import conv, head, seeded


class ConvNet(nn.Module):
    """The ConvNet(k): four 3x3 convolutions of k, 2k, 4k, 8k channels [periodic appendix B, regimes appendix C].

    Each is followed by batch normalisation and ReLU, all but the first by 2x2 max pooling too; then comes a global
    max pooling, which for 32x32 inputs is the papers' 4x4, and the head. The papers take k = 32 on CIFAR-10, and
    k = 64 on CIFAR-100 and with practical modifications.
    """

    def __init__(
        self,
        k: int = 32,
        *,
        classes: int = 10,
        in_channels: int = 3,
        scale_invariant: bool = True,
        head_norm: float = 10.0,
        eps: float = 1e-5,
        rng: int | None = None,
    ):
        """Build the network with torch's standard initialisation.

        Args:
            k: The width factor.
            classes: How many classes.
            in_channels: Channels of the images, whose sides are multiples of 8.
            scale_invariant: Whether normalisation has no affine parameters and the head is frozen.
            head_norm: Frobenius norm of a frozen head; the papers' 10, and 20 on CIFAR-100 in periodic.
            eps: What batch normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.
        """
        super().__init__()
        widths = [in_channels, k, 2 * k, 4 * k, 8 * k]
        with seeded(rng):
            self.convs = nn.ModuleList(conv(a, b) for a, b in pairwise(widths))
            self.head = head(8 * k, classes, bias=True, scale_invariant=scale_invariant, norm=head_norm)
        self.norms = nn.ModuleList(nn.BatchNorm2d(c, eps=eps, affine=not scale_invariant) for c in widths[1:])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of images of shape (batch, in_channels, side, side)."""
        x = images
        for layer, (convolution, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = functional.relu(norm(convolution(x)))
            if layer:
                x = functional.max_pool2d(x, 2)
        return self.head(functional.max_pool2d(x, x.shape[-2:]).flatten(1))


class VGG11(nn.Module):
    """The smooth VGG-11: Swish, and batch normalisation after every linear layer, the last too [sharpness fig. 2].

    So all its layers are scale-invariant, the last one as well, and nothing is frozen. The paper's text does not say
    what scale the normalised logits get: ``logit_scale`` sets it. The conventional version has affine parameters, and
    no normalisation of its logits.
    """

    WIDTHS = (64, 128, 256, 256, 512, 512, 512, 512)
    POOLED = (0, 1, 3, 5, 7)

    def __init__(
        self,
        *,
        classes: int = 10,
        in_channels: int = 3,
        width: float = 1.0,
        scale_invariant: bool = True,
        logit_scale: float = 1.0,
        eps: float = 1e-5,
        rng: int | None = None,
    ):
        """Build the network with torch's standard initialisation.

        Args:
            classes: How many classes.
            in_channels: Channels of the images, whose sides are multiples of 32.
            width: Factor of all widths; 1 is VGG-11.
            scale_invariant: Whether normalisation has no affine parameters, and the logits are normalised too.
            logit_scale: Constant factor of the normalised logits.
            eps: What batch normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.
        """
        super().__init__()
        affine = not scale_invariant
        widths = [in_channels, *(max(1, round(width * w)) for w in self.WIDTHS)]
        with seeded(rng):
            self.convs = nn.ModuleList(conv(a, b) for a, b in pairwise(widths))
            self.head = nn.Linear(widths[-1], classes, bias=affine)
        self.norms = nn.ModuleList(nn.BatchNorm2d(c, eps=eps, affine=affine) for c in widths[1:])
        self.head_norm = nn.Identity() if affine else nn.BatchNorm1d(classes, eps=eps, affine=False)
        self.logit_scale = 1.0 if affine else logit_scale

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of images of shape (batch, in_channels, side, side)."""
        x = images
        for layer, (convolution, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = functional.silu(norm(convolution(x)))
            if layer in self.POOLED:
                x = functional.max_pool2d(x, 2)
        return self.logit_scale * self.head_norm(self.head(x.mean((2, 3))))
