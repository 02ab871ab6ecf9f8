"""A checkpoint goes on only with the run that wrote it, and a damaged one says so in one line."""

import io
import pickle
import random

import numpy as np
import pytest
import torch
from torch import nn

from sitheory import bridge
from sitheory.bridge.functional import checkpoints

KIND = "conformance"


class Small(nn.Module):
    """One layer without a bias and a normalisation; the activation has no weights."""

    def __init__(self, active=torch.relu, power=1):
        super().__init__()
        self.inner = nn.Linear(4, 6, bias=False)
        self.norm = nn.BatchNorm1d(6, affine=False)
        self.outer = nn.Linear(6, 2, bias=False).requires_grad_(False)
        self.active, self.power = active, power

    def forward(self, x):
        return self.outer(self.active(self.norm(self.inner(x))) ** self.power)


class Samples:
    x_test = y_test = None

    def __init__(self, seed=0):
        draw = np.random.default_rng(seed)
        self.x = draw.standard_normal((16, 4)).astype(np.float32)
        self.y = np.arange(16) % 2


def net(*args, seed=0):
    torch.manual_seed(seed)
    return Small(*args)


def run(path, network=None, data=None, rule=None, **options):
    options = {"epochs": 2, "batches": bridge.Batches(8), **options}
    return bridge.train(
        network or net(), rule or bridge.SphereSGD(elr=1e-3), data or Samples(), checkpoint=path, **options
    )


OTHERS = {
    "an activation": {"network": net(torch.tanh)},
    "an attribute": {"network": net(torch.relu, 2)},
    "a start": {"network": net(seed=1)},
    "data": {"data": Samples(1)},
    "a rule": {"rule": bridge.SphereSGD(elr=2e-3)},
    "batches": {"batches": bridge.Batches(4)},
    "a seed": {"rng": 1},
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "run.pt"
    run(path)
    return path


@pytest.mark.parametrize("what", OTHERS)
def test_a_checkpoint_of_another_run_is_refused(what, written):
    """Conformance: also where all shapes and all weights are the same."""
    with pytest.raises(
        ValueError, match=r"^need a checkpoint of this very run, got .*, which differs in \w+"
    ):
        run(written, **OTHERS[what])


def test_a_checkpoint_of_this_run_is_taken(written):
    assert run(written, net()).equals(run(written))


def test_the_code_counts(written, monkeypatch):
    monkeypatch.setattr("sitheory.trajectory.code_hash.hash_of_modules", lambda *_: "another")
    with pytest.raises(ValueError, match=r"which differs in .*code"):
        run(written)


SAID = {
    "it is empty",
    "it is no file of torch.save",
    "it is damaged, or holds more than tensors and plain values",
    "it is not that of a run",
    "its checksum is another",
}
"""All that is said of a checkpoint that cannot be read: torch's reader has no words of use to anybody."""


def saved(thing):
    kept = io.BytesIO()
    torch.save(thing, kept)
    return kept.getvalue()


JUNK = {
    "empty": (b"", "it is empty"),
    "words": (b"something", "it is no file of torch.save"),
    "zeros": (bytes(999), "it is no file of torch.save"),
    "an old pickle": (pickle.dumps([1, 2], 2), "it is no file of torch.save"),
    "another archive": (b"PK\3\4" + bytes(99), "it is damaged, or holds more than tensors and plain values"),
    "a list": (saved([1]), "it is not that of a run"),
    "weights": (saved(nn.Linear(2, 2).state_dict()), "it is not that of a run"),
    "a module": (saved(nn.Linear(2, 2)), "it is damaged, or holds more than tensors and plain values"),
    "no checksum": (saved({"config": "{}", "w": torch.ones(2)}), "it is not that of a run"),
    "sparse": (
        saved({"config": "{}", "checksum": "", "w": torch.eye(2).to_sparse()}),
        "its checksum is another",
    ),
}


@pytest.mark.parametrize("what", JUNK)
def test_what_is_no_checkpoint_is_refused_in_our_words(what, tmp_path):
    """Conformance: one line says which law the file breaks, and quotes no error of torch's reader."""
    content, said = JUNK[what]
    file = tmp_path / "junk.pt"
    file.write_bytes(content)
    with pytest.raises(ValueError) as refusal:
        run(file)
    assert str(refusal.value) == f"need a readable checkpoint, got {str(file)!r}: {said}"


@pytest.mark.parametrize(
    "times", [40, pytest.param(2000, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.nightly)]
)
def test_a_damaged_checkpoint_is_refused_and_nothing_else_is_raised(times, written, tmp_path):
    """Conformance: bits flipped, cut short or filled with zeros; what is read is what was written."""
    whole, draw, file = written.read_bytes(), random.Random(times), tmp_path / "damaged.pt"
    good, refused = checkpoints.read(written, None), 0
    for _ in range(times):
        content, at = bytearray(whole), draw.randrange(len(whole))
        match draw.randrange(3):
            case 0:
                content[at] ^= 1 << draw.randrange(8)
            case 1:
                del content[at:]
            case 2:
                content[at : at + 64] = bytes(len(content[at : at + 64]))
        file.write_bytes(content)
        try:
            found = checkpoints.read(file, None)
        except ValueError as refusal:
            refused += 1
            assert str(refusal).removeprefix(f"need a readable checkpoint, got {str(file)!r}: ") in SAID
        else:
            assert torch.equal(found["w"], good["w"]) and found["config"] == good["config"]
    assert refused > times / 4


def test_weights_go_into_a_network_of_their_structure_alone(written):
    """Conformance: the cell's number, and the names and sizes of the network."""
    assert torch.isfinite(checkpoints.load_cell(net(seed=3), written).inner.weight).all()
    with pytest.raises(ValueError, match=r"^need a cell below 1, .*, got cell=1$"):
        checkpoints.load_cell(net(), written, 1)
    with pytest.raises(ValueError, match=r"^need a network of the checkpoint's structure, got Linear with "):
        checkpoints.load_cell(nn.Linear(4, 6), written)
    with pytest.raises(OSError, match="No such file"):
        checkpoints.load_cell(net(), written.with_name("none.pt"))
