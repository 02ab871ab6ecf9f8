"""Training: stacked against alone, resumed and killed against uninterrupted, failures, batches, the schema."""

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import sitheory as si
from sitheory import bridge
from sitheory._kernels.status import Status
from sitheory.bridge.functional import checkpoints
from sitheory.bridge.functional.stacked import Stack
from sitheory.bridge.training.records import marks
from tests.bridge.digits_runs import digits, perceptron

KIND = "conformance"

ELRS = (1e-3, 5e-3, 2e-2, 1e-1)
BATCHES = bridge.Batches(50, drop_last=True)
KERNELS = 1e-9
"""Between torch's batch normalisation and ours, in float64 over 60 steps: 1e-16 a step, times what chaos makes."""


def grid(data=None, **options):
    rules = [bridge.SphereSGD(elr) for elr in ELRS]
    return bridge.train(
        perceptron(), rules, data or digits(), **{"epochs": 10, "batches": BATCHES, **options}
    )


@pytest.fixture(scope="module")
def whole():
    return grid()


def test_a_stacked_cell_is_what_it_is_alone_bit_for_bit(whole):
    """Twin: 60 steps in float64, one cell in a stack of its own."""
    for i in (1, 3):
        alone = bridge.train(perceptron(), bridge.SphereSGD(ELRS[i]), digits(), epochs=10, batches=BATCHES)
        assert alone["step"][-1] == 60
        for name in alone.data_vars:
            assert np.array_equal(alone[name].values, whole[name].isel(elr=i).values, equal_nan=True), name


def test_cells_one_after_the_other_agree_with_the_batched_pass(whole):
    """The loop uses torch's own batch normalisation, whose sums run in another order."""
    looped = grid(together=False)
    for name in ("loss", "norm", "test_loss", "ess", "cos_dist"):
        calm = slice(0, 2)  # at larger ELRs rounding has grown to size 1e-3 by the end
        seen, other = (run[name].isel(elr=calm).values for run in (whole, looped))
        assert np.allclose(seen, other, rtol=KERNELS, atol=1e-12, equal_nan=True), name


def test_one_step_in_float32_agrees_with_float64():
    """Rate: single precision has 6e-8; a step and its gradient keep all but a digit or two of it."""
    rule, data = bridge.SphereSGD(1e-2), digits(50, 0)
    ends = []
    for dtype in (torch.float32, torch.float64):
        run = bridge.train(perceptron(dtype), rule, data, epochs=1, batches=bridge.FullBatch())
        ends.append(run["norm"].values[-1])
    assert 0 < np.abs(ends[0] / ends[1] - 1).max() < 1e-6


def test_the_result_keeps_the_schema_and_is_saved(whole, tmp_path):
    assert whole["loss"].dims == ("elr", "step") and whole["ess"].dims == ("elr", "step", "group")
    assert np.isnan(whole["online_loss"].values[:, 0]).all() and not np.isnan(whole["loss"].values).any()
    again = si.load(si.save(whole, tmp_path / "run.nc"))
    assert again.equals(whole)
    assert whole["loss"].values[:2, -1].max() < whole["loss"].values[:2, 0].min() / 2
    assert whole["test_error"].values[1, -1] < 0.6  # chance has 0.9


def test_every_step_keeps_the_laws_up_to_what_is_explained(whole):
    assert float(whole["norm_residual_ratio"].max()) < 1.01
    assert float(whole["cos_dist_residual_ratio"].max()) < 1.01
    assert np.allclose(whole["total_norm"], whole["total_norm"][0, 0], rtol=1e-14)


def test_gradients_are_logged_times_the_norm_and_as_they_are():
    """Identity: of a network all of whose weights are scale-invariant; the trained head adds to the second alone."""
    options = {"epochs": 1, "batches": BATCHES}
    run = bridge.train(perceptron(), bridge.SphereSGD(1e-2), digits(), **options)
    assert np.allclose(run["batch_eff_grad"], run["batch_grad"] * run["total_norm"], rtol=1e-12)
    headed = bridge.train(perceptron(scale_invariant=False), bridge.SGD(0.1), digits(), **options)
    assert (headed["batch_eff_grad"] < 0.99 * headed["batch_grad"] * headed["total_norm"]).all()


def test_true_and_online_means_are_different_things(whole):
    """Trial: within an epoch the loss moves far more than rounding, so its mean is not its value at the end."""
    true, online = whole["loss"].values[2, 1:], whole["online_loss"].values[2, 1:]
    assert np.all(np.abs(true / online - 1) > 1e-3) and np.all(np.abs(np.log(true / online)) < np.log(3))


def test_a_resumed_run_is_the_uninterrupted_one_bit_for_bit(whole, tmp_path):
    class Stopped(Exception):
        pass

    def stop(epoch):
        if epoch == 4:
            raise Stopped

    path = tmp_path / "run.pt"
    with pytest.raises(Stopped):
        grid(checkpoint=path, progress=stop)
    assert path.exists()
    resumed = grid(checkpoint=path)
    for name in whole.data_vars:
        assert np.array_equal(resumed[name].values, whole[name].values, equal_nan=True), name
    assert grid(checkpoint=path, progress=stop).equals(resumed)  # complete: nothing left to do
    with pytest.raises(ValueError, match="this very run"):
        grid(checkpoint=path, rng=1)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="readable checkpoint"):
        grid(checkpoint=path)


KILLED = """
import sys
from pathlib import Path
from tests.bridge.test_train import grid
def hang(epoch):
    if epoch == 3:
        print("there", flush=True)
        input()
grid(epochs=10, checkpoint=Path(sys.argv[1]), progress=hang)
"""


def test_a_killed_run_resumes_to_the_same_numbers(whole, tmp_path):
    """Trial: kill -9 while the run is under way, three epochs done."""
    path = tmp_path / "run.pt"
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], cwd=root, **pipes) as run:
        assert run.stdout.readline() == "there\n"
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]
    assert checkpoints.read(path, None)["epoch"] == 3
    resumed = grid(checkpoint=path)
    for name in whole.data_vars:
        assert np.array_equal(resumed[name].values, whole[name].values, equal_nan=True), name


def test_a_failing_elr_ends_alone():
    """A norm that outgrows float32 ends one cell; the other has the numbers that it has alone."""
    rules = [bridge.SGD(0.1), bridge.SGD(1e300)]
    run = bridge.train(perceptron(torch.float32), rules, digits(), epochs=4, batches=BATCHES)
    assert run["status"].values.tolist() == [Status.OK, Status.NOT_FINITE]
    assert 0 <= int(run["failed_step"][1]) < 24 and int(run["failed_step"][0]) == -1
    assert "finite" in run.attrs["status_meanings"]
    alone = bridge.train(perceptron(torch.float32), rules[0], digits(), epochs=4, batches=BATCHES)
    assert np.array_equal(alone["loss"], run["loss"][0]) and np.isnan(run["loss"].values[1, -1])


def test_full_batch_descent_and_ghost_batches_are_different_losses():
    data, rule = digits(200, 0), bridge.SphereSGD(1e-3)
    full = bridge.train(perceptron(), rule, data, epochs=3, batches=bridge.FullBatch())
    ghost = bridge.train(perceptron(), rule, data, epochs=3, batches=bridge.GhostBatch(50))
    same = bridge.train(perceptron(), rule, data, epochs=3, batches=bridge.GhostBatch(200))
    assert "test_loss" not in full and full["step"][-1] == 3
    assert np.array_equal(same["loss"], full["loss"])
    assert np.allclose(
        ghost["online_loss"][1], ghost["loss"][0], rtol=1e-12
    )  # one step an epoch, at the row before
    assert abs(float(ghost["loss"][0] / full["loss"][0]) - 1) > 1e-3


def test_ghost_batches_follow_the_mean_of_their_gradients():
    """Twin: the gradient of the mean loss over separately normalised chunks."""
    data, net = digits(150, 0), perceptron()
    x, y = torch.as_tensor(data.x), torch.as_tensor(data.y)
    parts = [nn.functional.cross_entropy(net(x[i : i + 50]), y[i : i + 50]) for i in (0, 50, 100)]
    sum(parts).div(3).backward()
    grad = torch.cat([p.grad.flatten() for p in net.parameters() if p.requires_grad])
    elr, start = 1e-2, torch.cat([p.detach().flatten() for p in net.parameters() if p.requires_grad])
    run = bridge.train(net, bridge.SphereSGD(elr), data, epochs=1, batches=bridge.GhostBatch(50))
    moved = start - elr * start.norm() ** 2 * grad
    assert np.isclose(
        float(run["cos_dist"][1]), float(1 - moved @ start / moved.norm() / start.norm()), rtol=1e-6
    )


def test_batches_are_drawn_by_seed_and_epoch_and_name_what_they_drop():
    deal = bridge.Batches(50, drop_last=True)
    (first, *_), (again, *_), (other, *_) = (deal.order(120, (0,), e)[0] for e in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert deal.steps(120) == 2 and bridge.Batches(50).steps(120) == 3
    assert [len(b) for (b,) in bridge.Batches(50).order(101, (0,), 0)] == [50, 51]
    assert sorted(np.concatenate(deal.passes(120)).tolist()) == list(range(120))
    with pytest.raises(ValueError, match="drop_last"):
        deal.steps(30)


def test_convolutions_run_cell_by_cell_and_equal_the_batched_pass():
    net = bridge.ConvNet(2, in_channels=1, rng=0).double()
    images, labels = torch.randn(8, 1, 32, 32, dtype=torch.float64), torch.arange(8)
    looped, batched = Stack(net), Stack(net, together=True)
    assert not looped.together
    w, buffers = looped.start(2)
    a, b = (stack.gradient(w, buffers, images, labels) for stack in (looped, batched))
    assert torch.allclose(a.grad, b.grad, rtol=0, atol=1e-13) and torch.allclose(a.loss, b.loss)
    for name in buffers:
        assert torch.allclose(a.buffers[name].double(), b.buffers[name].double(), rtol=1e-12)
    assert torch.equal(buffers["norms.0.running_mean"], torch.zeros(2, 2, dtype=torch.float64))


def test_sharpness_of_stacked_cells_is_the_network_s_own():
    """Twin: Lanczos on the network itself, which both cells start from."""
    data = digits(40, 0)
    rules = [bridge.SphereSGD(elr) for elr in ELRS[:2]]
    run = bridge.train(perceptron(), rules, data, epochs=1, batches=bridge.FullBatch(), sharpness="surveys")
    batch = [(torch.as_tensor(data.x), torch.as_tensor(data.y))]
    assert np.allclose(run["sharpness"].values[:, 0], float(bridge.sharpness(perceptron(), batch)), rtol=1e-5)
    assert abs(float(run["sharpness"][1, 1] / run["sharpness"][0, 1]) - 1) > 1e-3
    with pytest.raises(ValueError, match="for sharpness"):
        net = perceptron(scale_invariant=False)
        bridge.train(net, bridge.SGD(0.1), data, epochs=1, sharpness="end")


class Residual(nn.Module):
    """Two layers that are scale-invariant only together."""

    def __init__(self, drop=0.0):
        super().__init__()
        self.first, self.second = (nn.Linear(a, 12, bias=False) for a in (64, 12))
        self.norms = nn.ModuleList(nn.BatchNorm1d(12, affine=False) for _ in range(2))
        self.head = nn.Linear(12, 10).requires_grad_(False)
        self.drop = nn.Dropout(drop)

    def forward(self, x):
        stream = self.first(x)
        return self.head(self.drop(self.norms[1](stream + self.second(self.norms[0](stream).relu())).relu()))


def test_tensors_that_are_invariant_only_together_train_as_one_group():
    torch.manual_seed(0)
    net, data, options = Residual().double(), digits(100, 0), {"epochs": 3, "batches": bridge.Batches(50)}
    with pytest.raises(ValueError, match="find_groups"):
        bridge.train(net, bridge.SphereSGD(0.01), data, **options)
    groups = bridge.find_groups(net, torch.as_tensor(data.x[:30]))
    run = bridge.train(net, bridge.SphereSGD(0.01), data, groups=groups, **options)
    assert run["group"].values.tolist() == ["first.weight+second.weight"]
    assert float(run["norm_residual_ratio"].max()) < 1.01
    with pytest.raises(ValueError, match="whole trained tensors"):
        rows = bridge.find_groups(perceptron(), torch.as_tensor(data.x[:30]), per="row")
        bridge.train(perceptron(), bridge.SphereSGD(0.01), data, groups=rows, **options)


def test_a_transformer_trains_stacked_on_tokens():
    """Twin: a stacked cell against the cell alone, on whole-number inputs that stay what they are."""
    tokens, labels = np.random.default_rng(0).integers(1, 30, (24, 8)), np.arange(24) % 4
    net = bridge.Transformer(30, length=8, width=8, rng=0).double()
    groups = bridge.find_groups(net, torch.as_tensor(tokens))
    options = {"epochs": 2, "batches": bridge.Batches(12), "groups": groups}
    data, rules = SimpleNamespace(x=tokens, y=labels), [bridge.SphereSGD(elr) for elr in (1e-3, 1e-2)]
    run = bridge.train(net, rules, data, **options)
    alone = bridge.train(net, rules[1], data, **options)
    assert np.allclose(alone["loss"], run["loss"][1], rtol=KERNELS) and run.sizes["group"] > 5
    assert float(run["norm_residual_ratio"].max()) < 1.01


def test_dropout_is_refused():
    with pytest.raises(ValueError, match="without dropout"):
        bridge.train(Residual(0.5), bridge.SGD(0.1), digits(50, 0), epochs=1)


@pytest.mark.parametrize(
    ("net", "change", "said"),
    [
        (bridge.MLP(32, (8,), rng=0), {}, r"need inputs .* got shape \(2, 64\): mat1 and mat2"),
        (bridge.MLP(64, (8,), classes=9, rng=0), {}, r"each label 0\.\.9, got outputs of shape \(2, 9\)"),
        (
            perceptron(),
            {"y": np.zeros(7, int)},
            "need samples and a label for each, got 50 samples, 7 labels",
        ),
        (perceptron(), {"x": np.zeros((0, 1, 8, 8)), "y": np.zeros(0, int)}, "got 0 samples, 0 labels"),
    ],
)
def test_a_network_that_does_not_fit_the_data_gets_one_line(net, change, said):
    data = digits(50, 0)
    given = SimpleNamespace(**{"x": data.x, "y": data.y} | change)
    with pytest.raises(ValueError, match=said):
        bridge.train(net, bridge.SphereSGD(0.1), given, epochs=1)


def test_data_may_be_lists():
    data = digits(50, 0)
    given = SimpleNamespace(x=data.x.tolist(), y=data.y.tolist())
    run = bridge.train(perceptron(), bridge.SphereSGD(0.1), given, epochs=1)
    assert run.equals(
        bridge.train(perceptron(), bridge.SphereSGD(0.1), SimpleNamespace(x=data.x, y=data.y), epochs=1)
    )


def test_rows_are_spaced_in_the_logarithm_unless_told():
    assert marks(1, None) == [0, 1] and marks(10, 4) == [0, 4, 8, 10]
    spaced = marks(1000, None)
    assert spaced[0] == 0 and spaced[-1] == 1000 and 40 < len(spaced) <= 61
    with pytest.raises(ValueError, match="log_every"):
        marks(10, 0)


def test_several_rates_make_runs_and_one_makes_its_own_dimension():
    data = digits(60, 0)
    rules = [bridge.SGD(0.1, 1e-3), bridge.SGD(0.2, 1e-2)]
    run = bridge.train(perceptron(), rules, data, epochs=1, batches=bridge.FullBatch())
    assert run["loss"].dims == ("run", "step") and run["wd"].values.tolist() == [1e-3, 1e-2]
    decays = [bridge.SGD(0.1, wd) for wd in (0, 1e-2)]
    run = bridge.train(perceptron(), decays, data, epochs=1, batches=bridge.FullBatch())
    assert run["loss"].dims == ("wd", "step")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_agrees_with_the_cpu(whole):
    """Sums run in another order there: 1e-9 after 60 float64 steps of the calm ELRs, as between two CPU kernels."""
    run = grid(device="cuda")
    for name in ("loss", "norm", "test_loss", "ess"):
        seen, other = (r[name].isel(elr=slice(0, 2)).values for r in (whole, run))
        assert np.allclose(seen, other, rtol=KERNELS, atol=1e-12, equal_nan=True), name


def test_torch_absent_names_the_extra_and_the_rest_works():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from sitheory import bridge\n"
        "import simulations.__main__ as door; door.main([])\n"
        "try: bridge.train\n"
        "except ImportError as e: print(e)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sitheory[torch]" in done.stdout.splitlines()[-1]
