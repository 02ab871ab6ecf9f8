"""What the bridge's tests share: a little real data and a little network, in float64."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.datasets import load_digits

from sitheory import bridge

torch.set_num_threads(1)


def digits(samples: int = 300, tests: int = 100) -> SimpleNamespace:
    """Real 8x8 images, shuffled and normalised."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(labels))[: samples + tests]
    x, y = images[order] / 8 - 1, labels[order]
    test = {"x_test": x[samples:], "y_test": y[samples:]} if tests else {}
    return SimpleNamespace(x=x[:samples], y=y[:samples], **test)


def perceptron(dtype: torch.dtype = torch.float64, **options) -> bridge.MLP:
    """A scale-invariant perceptron 64-12-8-10."""
    return bridge.MLP(64, (12, 8), rng=0, **options).to(dtype)


def same(one, other) -> None:
    """Runs are equal bit for bit."""
    for name in one.data_vars:
        assert np.array_equal(one[name].values, other[name].values, equal_nan=True), name
