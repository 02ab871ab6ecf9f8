"""What cannot be recorded is named with its module; refusing to read values stands in for a CUDA device."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from sitheory import bridge
from sitheory.bridge.functional.cuda_graphs import explained
from sitheory.bridge.training import train
from sitheory.bridge.training.run import Run
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"


@pytest.fixture
def on_gpu(monkeypatch):
    """Let training take the CPU for a device that records."""
    monkeypatch.setattr(Run, "on_gpu", True)


class ReadsValues(nn.Module):
    """A layer that reads a value to the host in each pass."""

    def forward(self, x):
        return x * float(x.sum().detach() > -1e9)


class RefusedValues(TorchDispatchMode):
    """Refuse what waits for a value, as a CUDA device does while it records."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing")
        return func(*args, **(kwargs or {}))


def strict_recorder(net):
    """A recorder that refuses, as a CUDA device does, and says where."""

    def record(work):
        with RefusedValues():
            work()
        return work

    return explained(record, net, RefusedValues)


def reading(where):
    """A perceptron's layers with one that reads a value, by what it is."""
    layers = {
        "own": ReadsValues(),
        "momentum=None": nn.BatchNorm1d(12, affine=False, momentum=None),
        "nothing": nn.BatchNorm1d(12, affine=False),
    }
    inner = nn.Sequential(nn.Linear(64, 12, bias=False), layers[where], nn.BatchNorm1d(12, affine=False))
    return nn.Sequential(nn.Flatten(), inner, nn.ReLU(), nn.Linear(12, 10).requires_grad_(False)).double()


@pytest.mark.parametrize(
    ("where", "said"),
    [("own", r"'1\.1' \(ReadsValues\)"), ("momentum=None", r"'1\.1' \(BatchNorm1d\)"), ("nothing", None)],
)
def test_what_cannot_be_recorded_is_named_with_its_module(where, said, on_gpu, monkeypatch):
    """Trial: a value read in a forward pass; batch normalisation with an average over all batches reads its count."""
    monkeypatch.setattr(train, "cuda_graphs", lambda device, net: strict_recorder(net))
    options = {"epochs": 2, "batches": bridge.FullBatch(), "groups": "tensor", "together": False}
    if said is None:
        bridge.train(reading(where), bridge.SphereSGD(1e-3), digits(50, 0), **options)
        return
    with pytest.raises(ValueError, match=rf"got what does in {said} \(operation not .*\): recorded=False"):
        bridge.train(reading(where), bridge.SphereSGD(1e-3), digits(50, 0), **options)
    bridge.train(reading(where), bridge.SphereSGD(1e-3), digits(50, 0), recorded=False, **options)


def test_what_waits_outside_of_all_modules_is_said_to(on_gpu, monkeypatch):
    def loss(logits, labels):
        return bridge.cross_entropy(logits, labels) * float(logits.detach().sum() > -1e9)

    monkeypatch.setattr(train, "cuda_graphs", lambda device, net: strict_recorder(net))
    options = {"epochs": 2, "batches": bridge.FullBatch(), "together": False, "loss": loss}
    with pytest.raises(ValueError, match="in no module's forward pass, but the loss or a backward pass"):
        bridge.train(perceptron(), bridge.SGD(0.1), digits(50, 0), **options)
