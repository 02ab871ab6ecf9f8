"""The watch in loops as people have them: right or warned, never an exception out of the step, never a false BROKEN."""

import copy
import socket
import warnings

import pytest
import torch
import torch.multiprocessing
from torch import distributed, nn
from torch.nn import functional

from sitheory import bridge

KIND = "conformance"

torch.set_num_threads(1)


def net():
    torch.manual_seed(0)
    parts = [nn.Linear(8, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU()]
    parts += [nn.Linear(16, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4)]
    return nn.Sequential(*parts)


def loss_of(model, step):
    draw = torch.Generator().manual_seed(step)
    x, y = torch.randn(32, 8, generator=draw), torch.randint(0, 4, (32,), generator=draw)
    return functional.cross_entropy(model(x), y)


def trained(model, optimizer, steps, between=lambda step: None, first=0):
    for step in range(first, first + steps):
        optimizer.zero_grad()
        loss_of(model, step).backward()
        between(step)
        optimizer.step()


def started(**options):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), **{"lr": 0.1, **options})
    return model, optimizer, bridge.Watch(model, optimizer, every=1)


def right(watch, steps):
    assert watch.stopped is None and "BROKEN" not in str(watch), str(watch)
    assert len(watch.rows) == steps and str(watch).count("holds") >= 2


def test_a_hook_that_clips_after_the_watch_came():
    """Conformance: the watch looks at what the step uses; the first step, when it learns of the hook, is left out."""
    model, optimizer, watch = started()
    optimizer.register_step_pre_hook(lambda *_: nn.utils.clip_grad_norm_(model.parameters(), 0.05) and None)
    trained(model, optimizer, 10)
    right(watch, 9)
    assert float(watch.dataset()["total_eff_grad"].max() / watch.dataset()["total_norm"].min()) < 0.05


class Decaying(torch.optim.SGD):
    """A subclass that does something of its own after its base's step."""

    def step(self, closure=None):
        loss = super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(1 - group["lr"] * 0.1)
        return loss


def test_a_subclass_with_a_step_of_its_own_is_not_taken_for_sgd():
    """Conformance: its step is one step, and SGD's laws are not asked of it, by name if one insists."""
    model = net()
    torch.optim.SGD(model.parameters(), lr=0.1)  # torch hooks SGD's own step, too, from then on
    optimizer = Decaying(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"need torch\.optim\.SGD for its laws .*, got Decaying"):
        bridge.Watch(model, optimizer, laws=True)
    watch = bridge.Watch(model, optimizer, every=2)
    trained(model, optimizer, 6)
    assert list(watch.steps) == [0, 2, 4] and "BROKEN" not in str(watch) and "ess" not in watch.dataset()


def test_a_step_left_by_an_exception_is_forgotten():
    """Conformance: the next steps are watched as before."""
    model = net()

    class Failing(torch.optim.SGD):
        broken = False

        def step(self, closure=None):
            if self.broken:
                raise MemoryError
            return super().step(closure)

    optimizer = Failing(model.parameters(), lr=0.1)
    watch = bridge.Watch(model, optimizer, every=1)
    trained(model, optimizer, 3)
    optimizer.broken = True
    with pytest.raises(MemoryError):
        trained(model, optimizer, 1)
    optimizer.broken = False
    trained(model, optimizer, 3, first=4)
    assert len(watch.rows) == 6 and watch.stopped is None


CHANGES = {
    "clipped by value": lambda model: nn.utils.clip_grad_value_(model.parameters(), 0.01),
    "noise": lambda model: [p.grad.add_(0.01 * torch.randn_like(p)) for p in model.parameters()],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_done_to_a_gradient_is_told_from_the_network(change):
    """Conformance: the step's gradient does lean; the report says that the network's own does not."""
    model, optimizer, watch = started()
    trained(model, optimizer, 10, lambda step: change(model))
    assert "BROKEN" in str(watch) and "that of the passes alone is" in str(watch)
    other = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    optimizer = torch.optim.SGD(other.parameters(), lr=0.1)
    shapes = {n: p.shape for n, p in other.named_parameters() if p.ndim > 1}
    bad = bridge.Watch(other, optimizer, every=1, groups=bridge.Partition.of(shapes, "tensor"))
    trained(other, optimizer, 5, lambda step: change(other))
    assert "BROKEN" in str(bad) and "that of the passes alone is" not in str(bad)


def test_a_second_step_with_the_gradient_of_earlier_weights_is_left_out():
    """Conformance: such a gradient is not orthogonal to the weights that moved meanwhile."""
    model, optimizer, watch = started()
    trained(model, optimizer, 5, lambda step: optimizer.step())
    right(watch, 5)
    assert "5 steps left out" in str(watch)


def test_parameters_that_leave_are_named_and_the_last_one_ends_it():
    """Conformance: replaced in the network, or taken from the optimiser."""
    model, optimizer, watch = started()
    trained(model, optimizer, 2)
    model[3] = nn.Linear(16, 16, bias=False)
    with pytest.warns(UserWarning, match=r"replaced by other tensors: 3\.weight"):
        trained(model, optimizer, 2)
    right(watch, 4)
    with pytest.warns(UserWarning, match="has none of the watched parameters any more"):
        model.load_state_dict(copy.deepcopy(model.state_dict()), assign=True)
        trained(model, optimizer, 2)
    assert len(watch.rows) == 4


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_averages_beside_and_resumed_runs(momentum):
    """Conformance: EMA passes and swaps, states loaded midway and in a new run."""
    model, optimizer, watch = started(momentum=momentum, weight_decay=0.01)
    average = torch.optim.swa_utils.AveragedModel(model)

    def validated(step):
        average.update_parameters(model)
        loss_of(average, step)
        kept = copy.deepcopy(model.state_dict())
        with torch.no_grad():
            model.load_state_dict(average.module.state_dict())
            loss_of(model, step)
            model.load_state_dict(kept)

    trained(model, optimizer, 6, validated)
    states = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    trained(model, optimizer, 3, first=6)
    again, resumed, other = started(momentum=momentum, weight_decay=0.01)
    for net_, optimizer_, watch_ in ((again, resumed, other), (model, optimizer, watch)):
        net_.load_state_dict(states[0])
        optimizer_.load_state_dict(copy.deepcopy(states[1]))
        trained(net_, optimizer_, 3, first=6)
        right(watch_, 3 if watch_ is other else 12)
    last = [w.dataset()["total_norm"].values[-1] for w in (watch, other)]
    assert last[0] == last[1]


def test_an_optimiser_in_the_backward_pass_and_one_without_a_rate():
    """Conformance: a step in the hook of each parameter; a missing lr ends the watching with a warning."""
    model = net()
    optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in model.parameters()}
    watches = [bridge.Watch(model, optimizers[model[i].weight], every=1) for i in (0, 3)]

    def stepped(p):
        optimizers[p].step()
        optimizers[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(stepped)
    for step in range(5):
        loss_of(model, step).backward()
    for watch in watches:
        right(watch, 5)

    class Bare(torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def step(self, closure=None):
            return None

    model = net()
    with pytest.warns(UserWarning, match="need param_groups with a learning rate lr, got none"):
        optimizer = Bare(model.parameters())
        bridge.Watch(model, optimizer, every=1)
        trained(model, optimizer, 1)


@pytest.mark.parametrize("groups", ["tensor", "as found"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_network_compiled_in_place_is_seen(when, groups):
    """Conformance: its hooks are compiled away; the step at which that is noticed is left out, and all is put back."""
    model = net()
    found = bridge.find_groups(model, torch.randn(32, 8))
    if when == "before":
        model.compile(backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = bridge.Watch(model, optimizer, every=1, groups="tensor" if groups == "tensor" else found)
    if when == "after":
        model.compile(backend="eager")
    call = model._compiled_call_impl
    copy.deepcopy(model)
    trained(model, optimizer, 5)
    right(watch, 4 if when == "after" else 5)
    watch.close()
    assert (model._compiled_call_impl is call) == (when == "after")
    trained(model, optimizer, 1)


def test_what_no_pass_was_seen_of_has_no_verdict():
    """Conformance: a network that is watched, while what torch.compile made of it is called."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch = bridge.Watch(model, optimizer, every=1, groups=bridge.find_groups(model, torch.randn(32, 8)))
    trained(torch.compile(model, backend="eager"), optimizer, 3)
    assert str(watch).count("not told: no pass of the model was seen") == 3 and "holds" not in str(watch)
    model, optimizer, watch = started()
    with pytest.warns(UserWarning, match=r"what torch\.compile returns is seen if it is what is watched"):
        trained(torch.compile(model, backend="eager"), optimizer, 1)


def ranked(rank, world, port, results):
    """One process of a run under DDP, and of one under FSDP."""
    distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world)
    model = nn.parallel.DistributedDataParallel(net())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    watch = bridge.Watch(model, optimizer, every=1)
    for step in range(6):
        optimizer.zero_grad()
        loss_of(model, step * world + rank).backward()
        optimizer.step()
    whole = float(watch.dataset()["total_norm"][-1])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from torch.distributed.fsdp import fully_shard

        mesh = distributed.device_mesh.init_device_mesh("cpu", (world,))
        parts = fully_shard(
            nn.Sequential(nn.Linear(8, 16, bias=False), nn.LayerNorm(16), nn.Linear(16, 4)), mesh=mesh
        )
        optimizer = torch.optim.SGD(parts.parameters(), lr=0.1)
        refused = bridge.Watch(parts, optimizer, every=1)
        loss_of(parts, rank).backward()
        optimizer.step()
    said = [str(w.message) for w in caught if "Watch" in str(w.message)]
    results.put((str(watch), whole, refused.stopped, said))
    distributed.destroy_process_group()


@pytest.mark.slow
@pytest.mark.skipif(not distributed.is_gloo_available(), reason="torch without gloo")
@pytest.mark.parametrize("world", [1, 2])
def test_every_process_of_ddp_may_watch_and_fsdp_is_refused_in_one_line(world):
    """Conformance: processes agree to the last digit on the norms."""
    context = torch.multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [context.Process(target=ranked, args=(r, world, port, results)) for r in range(world)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        assert process.exitcode == 0
    told = [results.get() for _ in processes]
    for text, whole, refused, said in told:
        assert "BROKEN" not in text and text.count("holds") >= 2 and whole == told[0][1]
        assert "sharded (FSDP)" in refused and len(said) == 1
