"""Images as bytes on a device: the same runs bit for bit, and nothing where that would lose something."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sitheory import bridge
from sitheory.bridge.data.dataset import Data
from sitheory.bridge.evaluation import true_metrics
from sitheory.bridge.evaluation.coded_images import Coded, coded
from tests.bridge.digits_runs import same

KIND = "conformance"


@pytest.mark.parametrize("images", ["bytes", "normalised", "too many values"])
def test_images_as_bytes_give_the_same_run_bit_for_bit(images, monkeypatch):
    """Twin: on a device that keeps bytes and on one that does not; images are shifted, in float32."""
    draw = np.random.default_rng(0)
    x, x_test = draw.integers(0, 256, (2, 40, 3, 8, 8), dtype=np.uint8)
    y, y_test = draw.integers(0, 10, (2, 40))
    data = Data("noise", 10, x, y, x_test, y_test)
    if images == "normalised":
        data = data.normalised()
    if images == "too many values":
        data = SimpleNamespace(
            x=draw.standard_normal(x.shape).astype("f4"), y=y, x_test=x_test, y_test=y_test
        )
    options = {"epochs": 2, "batches": bridge.Batches(20), "augment": bridge.Shifted(2)}
    seen, real = [], true_metrics.on_device

    def kept(*given, **how):
        seen.append(real(*given, **how))
        return seen[-1]

    monkeypatch.setattr("sitheory.bridge.training.run.on_device", kept)
    plain = bridge.train(bridge.ConvNet(2, rng=0), bridge.SphereSGD(1e-4), data, **options)
    monkeypatch.setattr(true_metrics, "_as_bytes", lambda place: True)
    as_bytes = bridge.train(bridge.ConvNet(2, rng=0), bridge.SphereSGD(1e-4), data, **options)
    same(plain, as_bytes)
    assert isinstance(seen[0].x, torch.Tensor) and isinstance(seen[1].x_test, Coded)
    assert isinstance(seen[1].x, Coded) == (images != "too many values")
    assert torch.equal(seen[0].x, seen[1].x[:]) and seen[1].x[:3].is_contiguous(
        memory_format=torch.channels_last
    )


def test_images_with_what_is_no_number_are_not_coded():
    images = torch.ones(2, 1, 2, 2)
    assert torch.equal(coded(images, last=False)[:], images)
    images[0, 0, 0, 0] = torch.nan
    assert coded(images, last=False) is None
