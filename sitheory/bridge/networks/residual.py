"""Residual networks: the pre-activation ResNet-18 of periodic and regimes, the ResNet-20 of sharpness."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from sitheory.bridge.networks.layers import conv, head, seeded


class PreActivationBlock(nn.Module):
    """x + conv2(relu(bn2(conv1(y)))) with y = relu(bn1(x)); where the shape changes, x gives way to conv(bn(y))."""

    def __init__(self, inputs: int, outputs: int, stride: int, norm: dict[str, Any]):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs, **norm)
        self.conv1 = conv(inputs, outputs, stride=stride)
        self.bn2 = nn.BatchNorm2d(outputs, **norm)
        self.conv2 = conv(outputs, outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            # The extra normalisation of Li and Arora 2020, appendix C, in their place: before the convolution.
            self.shortcut = nn.Sequential(
                nn.BatchNorm2d(inputs, **norm), conv(inputs, outputs, size=1, stride=stride)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        y = functional.relu(self.bn1(x))
        stream = x if self.shortcut is None else self.shortcut(y)
        return stream + self.conv2(functional.relu(self.bn2(self.conv1(y))))


class ResNet18(nn.Module):
    """The pre-activation ResNet-18 of width k with extra normalisation on its shortcuts [periodic appendix B].

    Regimes takes k = 32 when scale-invariant [regimes appendix C]; the standard width, 64, is that of conventional
    training and of periodic. The head has no bias.
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
            k: The width.
            classes: How many classes.
            in_channels: Channels of the images.
            scale_invariant: Whether normalisation has no affine parameters and the head is frozen.
            head_norm: Frobenius norm of a frozen head.
            eps: What batch normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.
        """
        super().__init__()
        norm: dict[str, Any] = {"eps": eps, "affine": not scale_invariant}
        shapes = [(k, k, 1), (k, 2 * k, 2), (2 * k, 4 * k, 2), (4 * k, 8 * k, 2)]
        with seeded(rng):
            self.conv1 = conv(in_channels, k)
            self.blocks = nn.Sequential(
                *(
                    PreActivationBlock(*shape, norm)
                    for a, b, stride in shapes
                    for shape in ((a, b, stride), (b, b, 1))
                )
            )
            self.head = head(8 * k, classes, bias=False, scale_invariant=scale_invariant, norm=head_norm)
        self.bn = nn.BatchNorm2d(8 * k, **norm)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of images of shape (batch, in_channels, side, side)."""
        x = self.blocks(self.conv1(images))
        return self.head(functional.relu(self.bn(x)).mean((2, 3)))


class Block(nn.Module):
    """relu(bn(conv(relu(bn(conv(x))))) + x); where the shape changes, bn(conv(x)) takes the place of x."""

    def __init__(self, inputs: int, outputs: int, stride: int, norm: dict[str, Any]):
        super().__init__()
        self.conv1 = conv(inputs, outputs, stride=stride)
        self.bn1 = nn.BatchNorm2d(outputs, **norm)
        self.conv2 = conv(outputs, outputs)
        self.bn2 = nn.BatchNorm2d(outputs, **norm)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                conv(inputs, outputs, size=1, stride=stride), nn.BatchNorm2d(outputs, **norm)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet20(nn.Module):
    """The ResNet-20 for images of He et al. 2016, normalised shortcuts, ReLU [sharpness appendix P.2].

    Each convolution is followed by its own batch normalisation, so in the scale-invariant version every one of them
    is scale-invariant by itself.
    """

    def __init__(
        self,
        k: int = 16,
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
            k: The width of the first stage; 16 in ResNet-20.
            classes: How many classes.
            in_channels: Channels of the images.
            scale_invariant: Whether normalisation has no affine parameters and the head is frozen.
            head_norm: Frobenius norm of a frozen head.
            eps: What batch normalisation adds to the variance.
            rng: Seed of the initialisation; None draws from torch's global generator.
        """
        super().__init__()
        norm: dict[str, Any] = {"eps": eps, "affine": not scale_invariant}
        shapes = [(k, k, 1), (k, 2 * k, 2), (2 * k, 4 * k, 2)]
        with seeded(rng):
            self.conv1 = conv(in_channels, k)
            self.blocks = nn.Sequential(
                *(
                    Block(*shape, norm)
                    for a, b, stride in shapes
                    for shape in ((a, b, stride), (b, b, 1), (b, b, 1))
                )
            )
            self.head = head(4 * k, classes, bias=True, scale_invariant=scale_invariant, norm=head_norm)
        self.bn1 = nn.BatchNorm2d(k, **norm)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits, shape (batch, classes), of images of shape (batch, in_channels, side, side)."""
        x = self.blocks(functional.relu(self.bn1(self.conv1(images))))
        return self.head(x.mean((2, 3)))
