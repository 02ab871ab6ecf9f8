"""What the data sets are: whole numbers as they were recorded, and the preparations of the papers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, repr=False)
class Data:
    """A training and a test set.

    Args:
        name: Of the data set.
        classes: How many.
        x: Images of shape (samples, channels, height, width), uint8 until normalised; or texts as token numbers of
            shape (samples, length), 0 for padding.
        y: Labels, integers of shape (samples,), or one for each token.
        x_test: As ``x``.
        y_test: As ``y``.
        moments: Mean and standard deviation of each channel, pixels counting from 0 to 1; None for the training set's.
        tokens: Size of the vocabulary, 0 for images.
    """

    name: str
    classes: int
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    moments: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    tokens: int = 0

    def __post_init__(self):
        for inputs, labels in ((self.x, self.y), (self.x_test, self.y_test)):
            if len(inputs) != len(labels):
                raise ValueError(
                    f"need a label for each sample, got {len(inputs)} samples, {len(labels)} labels"
                )
            if len(labels) and not (labels.min() >= 0 and labels.max() < self.classes):
                raise ValueError(f"need labels in 0..{self.classes - 1}, got {labels.min()}..{labels.max()}")

    def __repr__(self) -> str:
        """Return what is in it, in one line."""
        return (
            f"Data({self.name!r}: {len(self.y)} training and {len(self.y_test)} test samples of shape "
            f"{self.x.shape[1:]}, {self.x.dtype}, {self.classes} classes)"
        )

    def padded(self, side: int = 32) -> Data:
        """Return the images in the middle of black ones, side x side.

        Args:
            side: Height and width to reach.

        Returns:
            The padded data.

        Raises:
            ValueError: If images are normalised already, or larger.
        """
        if self.x.dtype != np.uint8 or max(self.x.shape[2:]) > side:
            raise ValueError(
                f"need uint8 images of at most {side} x {side}, got {self.x.dtype} {self.x.shape[2:]}"
            )
        widths = [(0, 0), (0, 0), *(((side - n) // 2, side - n - (side - n) // 2) for n in self.x.shape[2:])]
        return replace(self, x=np.pad(self.x, widths), x_test=np.pad(self.x_test, widths))

    def normalised(self, dtype: type = np.float32) -> Data:
        """Return the images with mean 0 and variance 1 in each channel, over the training set.

        Args:
            dtype: Precision.

        Returns:
            The normalised data; images without any variance are only centred.

        Raises:
            ValueError: If these are no uint8 images.
        """
        if self.x.dtype != np.uint8 or self.x.ndim != 4:
            raise ValueError(f"need uint8 images, got {self.x.dtype} of shape {self.x.shape}")
        mean, deviation = self.moments or moments_of(self.x)
        gain = np.where(np.asarray(deviation) > 0, deviation, 1.0)
        # One number for each channel and level: the images are never held in float64.
        table = ((np.arange(256) / 255 - np.asarray(mean)[:, None]) / gain[:, None]).astype(dtype)
        x, x_test = (
            np.stack([levels[images[:, c]] for c, levels in enumerate(table)], axis=1)
            for images in (self.x, self.x_test)
        )
        return replace(self, x=x, x_test=x_test)

    def with_label_noise(self, share: float, rng: int = 0) -> Data:
        """Return the data with a share of the training labels redrawn, uniformly over ALL classes [regimes fig. 15].

        So one in ``classes`` of them keeps its label by chance.

        Args:
            share: Each label's probability to be redrawn.
            rng: Seed.

        Returns:
            The noisy data; the test set is left as it is.

        Raises:
            ValueError: If the share is no probability.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"need 0 <= share <= 1, got share={share}")
        random = np.random.default_rng(rng)
        drawn = random.integers(0, self.classes, len(self.y))
        return replace(self, y=np.where(random.random(len(self.y)) < share, drawn, self.y))

    def subset(self, train: int, test: int | None = None, rng: int = 0) -> Data:
        """Return a random part, as the papers' 4,500 and 5,000 for full-batch descent [periodic appendix B].

        Args:
            train: Training samples to keep.
            test: Test samples to keep; all by default.
            rng: Seed.

        Returns:
            The smaller data.

        Raises:
            ValueError: If there are fewer.
        """
        random = np.random.default_rng(rng)
        sizes = (train, len(self.y_test) if test is None else test)
        for wanted, labels in zip(sizes, (self.y, self.y_test), strict=True):
            if not 0 <= wanted <= len(labels):
                raise ValueError(f"need a part of {len(labels)} samples, got {wanted}")
        of_train = random.permutation(len(self.y))[: sizes[0]]
        of_test = random.permutation(len(self.y_test))[: sizes[1]]
        return replace(
            self,
            x=self.x[of_train],
            y=self.y[of_train],
            x_test=self.x_test[of_test],
            y_test=self.y_test[of_test],
        )


def moments_of(images: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and standard deviation of each channel of uint8 images, pixels counting from 0 to 1."""
    # Counts are exact and small, where a float copy of 50,000 images is neither.
    counts = np.stack([np.bincount(images[:, c].ravel(), minlength=256) for c in range(images.shape[1])])
    levels = np.arange(256) / 255
    total = counts.sum(1)
    mean = counts @ levels / total
    variance = (counts * (levels - mean[:, None]) ** 2).sum(1) / total
    return tuple(mean.tolist()), tuple(np.sqrt(variance).tolist())
