"""How steps are carried out: recorded and replayed against called, narrow products, compiled passes.

A recording is stood in for, on a machine without a GPU, by calling the work itself, more than once before it counts as
recorded, as a CUDA graph's recorder does: what stays in place, is copied and put back is then the same.
"""

import shutil
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sitheory import bridge
from sitheory.bridge.evaluation import true_metrics
from sitheory.bridge.functional import stacked
from sitheory.bridge.functional.counted_random import Draws, key_of
from sitheory.bridge.functional.cuda_graphs import Loop
from sitheory.bridge.functional.precision import Precision, computing
from sitheory.bridge.functional.stacked import Stack
from sitheory.bridge.symmetry.eps_owners import Owners
from sitheory.bridge.training import train
from sitheory.bridge.training.run import Run
from tests.bridge.digits_runs import digits, perceptron, same

KIND = "conformance"

NARROW = 2.0**-8
"""The rounding of bfloat16, which has 8 significant bits."""
COMPILED = 1e-5
"""Float32 sums in another order, over a gradient's length."""

RULES = {
    "sphere": [bridge.SphereSGD(elr, schedule=bridge.Schedule("cosine")) for elr in (1e-3, 1e-1)],
    "group spheres": [bridge.GroupSphereSGD(1e-3)],
    "fixed ELR": [bridge.FixedELR(1e-2)],
    "momentum": [bridge.SGD(lr, 1e-2, 0.9) for lr in (0.1, 1.0)],
    "random walk": [bridge.random_walk(1e-2)],
}


def twice_before(work):
    """Record nothing: do the work twice, as a warm-up, and hand it back."""
    work(), work()
    return work


@pytest.fixture
def recording(monkeypatch):
    """Let training take the CPU for a device that records."""
    monkeypatch.setattr(train, "cuda_graphs", lambda *how: twice_before)
    monkeypatch.setattr(Run, "on_gpu", True)


@pytest.mark.parametrize("together", [True, False])
def test_replayed_passes_for_true_metrics_are_the_called_ones(together, recording, monkeypatch):
    """Twin: four batches of a pass, the last smaller, recorded in each row from two on; and not where they are few."""
    recorded, real = [], true_metrics.Loop

    def counted(function, carry, recorder):
        recorded.append(recorder is not None)
        return real(function, carry, recorder)

    monkeypatch.setattr(true_metrics, "Loop", counted)
    options = {"epochs": 2, "batches": bridge.Batches(80), "log_every": 1, "together": together}
    called = bridge.train(perceptron(), RULES["sphere"], digits(), **options)
    assert recorded == [False] * 3
    monkeypatch.setattr(true_metrics, "RECORDED_FROM", 2)
    same(called, bridge.train(perceptron(), RULES["sphere"], digits(), **options))
    assert recorded == [False] * 3 + [True] * 3


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("batches", [bridge.Batches(80), bridge.GhostBatch(100)], ids=["rest", "ghost"])
def test_replayed_steps_are_the_called_ones_bit_for_bit(rules, batches, recording):
    """Twin: four steps an epoch, the last of a smaller batch, or one in three parts; a row every other epoch."""
    options = {"epochs": 5, "batches": batches, "log_every": 2}
    replayed = bridge.train(perceptron(), rules, digits(), **options)
    called = bridge.train(perceptron(), rules, digits(), recorded=False, **options)
    same(called, replayed)
    assert np.isfinite(replayed["loss"].values).all()


def test_augmentation_is_drawn_anew_in_each_replayed_step(recording):
    """Twin: shifts and flips of real images, four steps an epoch."""
    options = {"epochs": 3, "batches": bridge.Batches(80), "log_every": 1}
    flat = digits()
    data = SimpleNamespace(x=flat.x.reshape(-1, 1, 8, 8).astype("f4"), y=flat.y)
    net, rules = bridge.MLP(64, (12, 8), rng=0), RULES["sphere"]
    runs = [
        bridge.train(net, rules, data, recorded=recorded, augment=augment, **options)
        for recorded, augment in ((None, bridge.Shifted(1)), (False, bridge.Shifted(1)), (False, None))
    ]
    same(runs[1], runs[0])
    assert not np.array_equal(runs[1]["online_loss"], runs[2]["online_loss"], equal_nan=True)


def test_a_replayed_run_resumes_to_the_same_numbers(recording, tmp_path):
    options = {"epochs": 4, "batches": bridge.Batches(80), "checkpoint": tmp_path / "run.pt"}

    class Stopped(Exception):
        pass

    def stop(epoch):
        if epoch == 2:
            raise Stopped

    with pytest.raises(Stopped):
        bridge.train(perceptron(), RULES["momentum"], digits(), progress=stop, **options)
    resumed = bridge.train(perceptron(), RULES["momentum"], digits(), **options)
    same(bridge.train(perceptron(), RULES["momentum"], digits(), **{**options, "checkpoint": None}), resumed)


def test_what_a_step_returns_may_be_what_it_was_given():
    """Identity: Fibonacci's pair, whose second is the old first; copied in place without care it would be lost."""
    loop = Loop(lambda pair, _: (pair[0] + pair[1], pair[0]), (torch.ones(1), torch.zeros(1)), twice_before)
    for _ in range(10):
        loop.step(None)
    assert [float(v) for v in loop.carry] == [89, 55]


def test_each_shape_and_each_plain_value_has_a_recording_of_its_own():
    made = []

    def recorder(work):
        made.append(work)
        return work

    def function(carry, inputs):
        return carry + inputs[0].sum() if inputs[1] else carry - inputs[0].sum()

    loop = Loop(function, torch.zeros(()), recorder)
    for size, up in ((2, True), (2, True), (3, True), (2, False), (3, True)):
        loop.step((torch.ones(size), up))
    assert float(loop.carry) == 2 + 2 + 3 - 2 + 3 and len(made) == 3


class OnDeviceAlone(TorchDispatchMode):
    """Refuse operations that take or make a tensor elsewhere than on "meta", whose values nobody can read."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        elsewhere = [
            t for t in tree_leaves((args, kwargs, made)) if isinstance(t, torch.Tensor) and not t.is_meta
        ]
        assert not elsewhere, f"{func} with a tensor on {elsewhere[0].device}"
        return made


IMAGES = SimpleNamespace(x=np.ones((12, 3, 32, 32), "f4"), y=np.arange(12) % 10)
TEXTS = SimpleNamespace(x=np.ones((12, 16), int), y=np.arange(12) % 4)
NETS = {
    "perceptron": (perceptron(torch.float32), SimpleNamespace(x=np.ones((12, 64), "f4"), y=IMAGES.y)),
    "transformer": (bridge.Transformer(50, length=16, width=8, rng=0), TEXTS),
    "convnet": (bridge.ConvNet(2, rng=0), IMAGES),
    "resnet": (bridge.ResNet18(2, rng=0), IMAGES),
    "vgg": (bridge.VGG11(width=0.05, rng=0), IMAGES),
}


def on_no_device(net, data, rules, monkeypatch):
    """Return a run whose tensors have shapes and no values."""
    monkeypatch.setattr("sitheory.bridge.functional.checkpoints.fingerprint", lambda *values: "")
    monkeypatch.setattr(
        "sitheory.bridge.functional.stacked.computing", lambda *how: nullcontext()
    )  # autocast knows no such device

    def whose(net, groups, seen):
        """Any owners; the right ones are found by values."""
        units = torch.zeros(groups.count, 1, dtype=torch.int64, device="meta")
        return Owners(units, torch.ones(groups.count, dtype=torch.bool, device="meta"))

    monkeypatch.setattr("sitheory.bridge.training.run.owners_of", whose)
    shapes = {n: p.shape for n, p in net.named_parameters() if p.requires_grad}
    groups = bridge.Partition.joint(shapes, [[n] for n in shapes])
    seed = np.random.SeedSequence(0)
    deal = bridge.GhostBatch(4) if data is IMAGES else bridge.Batches(8)
    return Run(net, rules, data, 2, deal, seed, "meta", groups, 1e-2, None, "never", None, "own", False)


@pytest.mark.parametrize("net, data", NETS.values(), ids=NETS)
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_a_step_needs_nothing_from_the_host(net, data, rules, monkeypatch):
    """Trial: a recording must not wait for a value, nor take one along that is another in the next step."""
    run = on_no_device(net, data, rules, monkeypatch)
    carry = run.start()
    for inputs in run.inputs(0, fresh=True):
        with OnDeviceAlone():
            carry = run.advance(carry, inputs)
    assert carry.state.w.is_meta and carry.window["ess"].shape == (len(rules), run.groups.count)


@pytest.mark.parametrize(
    "reads", [lambda w: w * float(w.sum()), lambda w: w[:, torch.tensor([0, 2])]], ids=["value", "index"]
)
def test_what_needs_the_host_is_seen(reads):
    with OnDeviceAlone(), pytest.raises((AssertionError, RuntimeError), match=r"[Mm]eta|cpu"):
        reads(torch.ones(2, 3, device="meta"))


@pytest.mark.parametrize("together", [True, False])
def test_training_does_not_mind_where_gradients_are_off(together):
    options = {"epochs": 1, "batches": bridge.FullBatch(), "together": together}
    with torch.no_grad():
        off = bridge.train(perceptron(), bridge.SGD(0.1), digits(50, 0), **options)
    same(off, bridge.train(perceptron(), bridge.SGD(0.1), digits(50, 0), **options))


def test_recording_needs_a_gpu():
    with pytest.raises(ValueError, match="need a CUDA device for recorded=True, got device='cpu'"):
        bridge.train(perceptron(), bridge.SGD(0.1), digits(50, 0), epochs=1, recorded=True)


@pytest.mark.parametrize("together", [True, False])
def test_narrow_products_change_the_steps_and_leave_true_metrics_alone(together):
    """Rate: a step's turn keeps bfloat16's digits; the moment before it is measured in float32."""
    net, rule = perceptron(torch.float32), bridge.SphereSGD(1e-2)
    options = {"epochs": 1, "batches": bridge.FullBatch(), "together": together}
    own, narrow = (bridge.train(net, rule, digits(), precision=p, **options) for p in ("own", "bf16"))
    assert np.array_equal(own["loss"][0], narrow["loss"][0])
    off = abs(float(narrow["cos_dist"][1] / own["cos_dist"][1]) - 1)
    assert 0 < off < 4 * NARROW
    assert float(narrow["norm_residual_ratio"].max()) < 1.01


def test_precision_is_the_passes_alone_and_bad_ones_are_refused():
    with computing(Precision.BF16, torch.device("cpu")):
        assert torch.ones(2, 2).mm(torch.ones(2, 2)).dtype == torch.bfloat16
    assert torch.ones(2, 2).mm(torch.ones(2, 2)).dtype == torch.float32
    net, data = perceptron(), digits(50, 0)
    for precision, said in (
        ("tf32", "need a CUDA device"),
        ("half", "need precision in"),
        ("bf16", "float32 net"),
    ):
        with pytest.raises(ValueError, match=said):
            bridge.train(net, bridge.SGD(0.1), data, epochs=1, precision=precision)
    with pytest.raises(ValueError, match="together=False"):
        bridge.train(net, bridge.SGD(0.1), data, epochs=1, compiled=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles by way of C++")
def test_compiled_passes_give_the_same_gradient_and_statistics(monkeypatch, tmp_path):
    """Twin: float32 convolutions, two cells; compiled afresh, whatever files lie about."""
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    net = bridge.ConvNet(2, in_channels=1, rng=0)
    images, labels = torch.randn(8, 1, 32, 32, generator=torch.Generator().manual_seed(0)), torch.arange(8)
    plain, compiled = Stack(net), Stack(net, compiled=True)
    w, buffers = plain.start(2)
    a, b = (stack.gradient(w, buffers, images, labels) for stack in (plain, compiled))
    assert a.grad.norm() > 0
    for one, other in ((a.grad, b.grad), (a.loss, b.loss), *((a.buffers[n], b.buffers[n]) for n in buffers)):
        assert (one.double() - other.double()).norm() < COMPILED * one.double().norm()


def test_a_process_may_compile_the_passes_of_any_number_of_networks(monkeypatch):
    """Trial: torch gives up at the ninth shape that one piece of code meets; compiled without C++."""
    real = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, options, **how: real(f, backend="eager", **how))
    for width in range(4, 14):
        stack = Stack(bridge.MLP(8, (width, 4), rng=0), together=False, compiled=True)
        w, buffers = stack.start(1)
        assert torch.isfinite(stack.gradient(w, buffers, torch.randn(8, 8), torch.arange(8)).loss).all()


def test_compiled_passes_with_another_gradient_are_refused(monkeypatch):
    """Twin: plain passes in the place of compiled ones, and a mutant of them, whose logits are squared."""
    monkeypatch.setattr(stacked, "_compiled", lambda f: lambda *given: f(*given).square())
    data = digits(50, 0)
    with pytest.raises(
        ValueError, match=r"need compiled passes with the plain ones' gradient of norm .*, got"
    ):
        bridge.train(perceptron(), bridge.SGD(0.1), data, epochs=1, compiled=True, together=False)
    monkeypatch.setattr(stacked, "_compiled", lambda f: f)
    bridge.train(perceptron(), bridge.SGD(0.1), data, epochs=1, compiled=True, together=False)


def test_many_cells_one_after_the_other_are_not_recorded_unless_asked(recording, monkeypatch):
    """Two cells are two passes where convolutions keep them apart, and one else; parts are recorded by themselves."""
    made = []
    monkeypatch.setattr(train, "cuda_graphs", lambda *how: lambda work: made.append(work) or work)
    monkeypatch.setattr(train, "RECORDED", 1)
    for asked, recorded in (
        ({"together": False}, False),
        ({"together": True}, True),
        ({"together": False, "recorded": True}, True),
    ):
        for batches, kinds in ((bridge.FullBatch(), 1), (bridge.GhostBatch(100), 3)):
            made.clear()
            bridge.train(perceptron(), RULES["sphere"], digits(), epochs=3, batches=batches, **asked)
            assert len(made) == recorded * kinds


def test_a_step_of_many_parts_is_replayed_part_by_part(recording, monkeypatch):
    """Twin: however many ghost batches there are, the first, those between and the last are recorded once each."""
    made = []
    monkeypatch.setattr(
        train, "cuda_graphs", lambda *how: lambda work: made.append(work) or twice_before(work)
    )
    options = {"epochs": 3, "batches": bridge.GhostBatch(30), "together": False}
    replayed = bridge.train(perceptron(), RULES["sphere"], digits(), **options)
    assert len(made) == 3
    same(bridge.train(perceptron(), RULES["sphere"], digits(), recorded=False, **options), replayed)


def test_narrow_products_and_augmentation_keep_the_images_layout():
    images = torch.rand(3, 2, 4, 4).contiguous(memory_format=torch.channels_last)
    drawn = Draws(key_of((0,), 2), torch.tensor(0)), torch.arange(3)
    moved = bridge.Shifted(1)(images, torch.zeros(2), *drawn)
    assert moved.is_contiguous(memory_format=torch.channels_last)
    plain = bridge.Shifted(1)(images.contiguous(), torch.zeros(2), *drawn)
    assert plain.is_contiguous() and torch.equal(plain, moved)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize(
    "net", [perceptron(torch.float32), bridge.Transformer(20, length=64, width=8, rng=0)]
)
def test_a_cuda_graph_replays_the_steps_of_stacked_networks(net):
    draw = np.random.default_rng(0)
    x = draw.standard_normal((300, 64)) if isinstance(net, bridge.MLP) else draw.integers(0, 20, (300, 64))
    data = SimpleNamespace(x=x, y=draw.integers(0, 4, 300))
    options = {"epochs": 2, "batches": bridge.Batches(128), "device": "cuda"}
    rules = [bridge.SGD(lr, 1e-3, 0.9) for lr in (1e-3, 1e-2)]
    same(*(bridge.train(net, rules, data, recorded=r, **options) for r in (False, True)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["own", "tf32", "bf16"])
def test_a_cuda_graph_replays_the_steps_of_a_convolutional_network(precision):
    draw = np.random.default_rng(0)
    data = SimpleNamespace(x=draw.standard_normal((300, 3, 32, 32)).astype("f4"), y=draw.integers(0, 10, 300))
    rules = [bridge.SphereSGD(elr) for elr in (1e-3, 1e-2)]
    options = {"epochs": 2, "batches": bridge.Batches(128), "device": "cuda", "precision": precision}
    net = bridge.ConvNet(4, rng=0)
    called, replayed = (bridge.train(net, rules, data, recorded=r, **options) for r in (False, True))
    if precision == "own":
        same(called, replayed)
    else:  # the fastest algorithms may sum in another order each time
        assert np.allclose(called["norm"], replayed["norm"], rtol=COMPILED)
        assert np.allclose(called["ess"], replayed["ess"], rtol=NARROW, equal_nan=True)


@pytest.mark.parametrize("precision", Precision)
def test_narrow_products_take_the_fastest_algorithms_and_own_ones_those_that_repeat(precision):
    """Conformance: cuDNN's switches within, and afterwards as they were, in an error too."""
    switches, before = (
        torch.backends.cudnn,
        (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark),
    )
    own = precision is Precision.OWN
    with pytest.raises(KeyError), computing(precision, torch.device("cuda")):
        assert (switches.deterministic, switches.benchmark) == (own, not own)
        raise KeyError
    assert (switches.deterministic, switches.benchmark) == before


SWITCHES = """
import sys, torch
from sitheory.bridge.functional.counted_random import Draws, key_of
from sitheory.bridge.functional.precision import Precision, computing
products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
user = sys.argv[1]
if user == "newer":
    products.fp32_precision, convolutions.conv.fp32_precision = "tf32", "ieee"
if user == "older":
    torch.set_float32_matmul_precision("high")
    convolutions.allow_tf32 = False
def seen():
    if user == "newer":
        return products.fp32_precision, convolutions.conv.fp32_precision
    return torch.get_float32_matmul_precision(), convolutions.allow_tf32
before = seen()
for precision in Precision:
    with computing(precision, torch.device("cuda")):
        print(*seen())
assert seen() == before
"""


@pytest.mark.parametrize(
    ("user", "own", "narrow"),
    [
        ("newer", "ieee ieee", "tf32 tf32"),
        ("older", "highest False", "high True"),
        ("neither", "highest False", "high True"),
    ],
)
def test_either_generation_of_switches_for_tf32_is_used_and_left_as_it_was(user, own, narrow):
    """Trial: in a process of its own, since torch remembers which generation was used."""
    if user == "newer" and not hasattr(torch.backends.cuda.matmul, "fp32_precision"):
        pytest.skip("torch has the older switches alone")
    run = subprocess.run([sys.executable, "-c", SWITCHES, user], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [own, narrow, narrow]
