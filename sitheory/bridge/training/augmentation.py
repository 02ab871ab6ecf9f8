"""Augmentation of image batches, drawn on their device from the seed, the step and each sample's own number."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from sitheory.bridge.functional.counted_random import Draws


@dataclass(frozen=True)
class Shifted:
    """Random crops of padded images and random horizontal flips [periodic appendix B].

    Args:
        padding: How many pixels an image may be shifted by either way; the papers' 4 on CIFAR.
        flip: Whether each image is flipped with probability 1/2; not for digits.

    Raises:
        ValueError: If nothing would change.
    """

    padding: int = 4
    flip: bool = True

    def __post_init__(self):
        if self.padding < 0 or not (self.padding or self.flip):
            raise ValueError(
                f"need padding >= 0, and more than 0 without flips, got padding={self.padding!r}"
            )

    def __call__(self, images: Tensor, border: Tensor, draws: Draws, samples: Tensor) -> Tensor:
        """Return the images shifted and flipped.

        Args:
            images: Shape (batch, channels, height, width).
            border: What is around an image, shape (channels,): black, in the images' own units.
            draws: The step's random numbers.
            samples: Each image's number in the data set, shape (batch,); it decides how the image is changed.

        Returns:
            Images of the same shape.
        """
        count, channels, height, width = images.shape
        places = 2 * self.padding + 1
        down, right, flipped = draws.below((places, places, 2), samples)
        light = border.view(1, -1, 1, 1)
        padded = functional.pad(images - light, [self.padding] * 4) + light
        rows = (down[:, None] + torch.arange(height, device=images.device))[:, None, :, None]
        columns = (right[:, None] + torch.arange(width, device=images.device))[:, None, None, :]
        sample = torch.arange(count, device=images.device)[:, None, None, None]
        channel = torch.arange(channels, device=images.device)[None, :, None, None]
        cropped = padded[sample, channel, rows, columns]
        if self.flip:
            cropped = torch.where(flipped[:, None, None, None] == 1, cropped.flip(-1), cropped)
        return torch.empty_like(images).copy_(cropped)  # images may lie channels last


def darkest(images: Tensor) -> Tensor:
    """Return each channel's least value, which is black however the images were normalised, shape (channels,).

    Raises:
        ValueError: If these are no images.
    """
    if images.ndim != 4:
        raise ValueError(
            f"need images of shape (samples, channels, height, width), got {tuple(images.shape)}"
        )
    return images.amin((0, 2, 3))
