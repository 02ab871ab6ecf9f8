"""What runs, sharpness, groups, watching and ensembles take on a GPU, beside what they must not exceed."""

import time

import numpy as np

from benchmarks.gpu.agreement import UNITS
from benchmarks.gpu.machine import images, must
from benchmarks.protocol import BATCH, protocol

PAPER = 50_000
ELRS, EPOCHS, MINUTES = 30, 1000, 60
"""Regimes Figure 1, and the time that it may take in bfloat16."""

FASTER = 10
"""A logged epoch over the papers' protocol in narrow products."""


def _largest_memory(machine, work):
    import torch

    if machine.tiny:
        work()
        return 0
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    work()
    return torch.cuda.max_memory_allocated() - before


def sharpness(machine, found):
    """Its value, and what it keeps: of several batches one at a time, of one batch all of it."""
    import torch

    from sitheory import bridge

    width, size, parts = (0.05, 2, 2) if machine.tiny else (0.5, 128, 8)
    net, data = bridge.VGG11(width=width, rng=0).to(machine.device), images(size * parts, 32)
    x, y = (torch.as_tensor(v).to(machine.device) for v in (data.x, data.y))
    batches = [(x[i : i + size], y[i : i + size]) for i in range(0, len(y), size)]
    options = {"tolerance": 1e-3, "iterations": 4 if machine.tiny else 20}
    seen = {}

    def measured(some):
        def call():
            seen["last"] = bridge.sharpness(net, some, **options)

        return call

    few = bridge.VGG11(width=0.05, rng=0)
    part = [(x[:8].cpu(), y[:8].cpu())]
    here, there = (
        bridge.sharpness(few.to(d), part, tolerance=1e-4, iterations=300) for d in ("cpu", machine.device)
    )
    found["eight images, cpu and gpu"] = [float(here.values), float(there.values)]
    must(bool(here.converged and there.converged), "eight images: not converged")
    off = abs(float(there.values) / float(here.values) - 1)
    must(off < 1e-5, f"eight images: the GPU's value is off by {off:.2g}")
    one, many = (_largest_memory(machine, measured(batches[:n])) for n in (2, parts))
    found["bytes of two batches"], found["bytes of all"] = one, many
    found["seconds"] = machine.seconds(measured(batches))
    found["products"] = seen["last"].products
    half, whole = (_largest_memory(machine, measured([(x[:n], y[:n])])) for n in (size, 2 * size))
    each = (whole - half) / size
    found["bytes an image of one batch"] = each
    if machine.tiny:
        return
    memory = torch.cuda.mem_get_info()[1]
    found["images that one batch can have"] = int(memory / each)
    must(many < 1.3 * one, f"more batches take more memory: {one} bytes for 2, {many} for {parts}")


def _elrs(count):
    from sitheory import bridge

    return [bridge.SphereSGD(elr) for elr in np.geomspace(1e-5, 1e-2, count)]


def _epochs(machine, net, asked, data, **ways):
    """Seconds of an epoch's steps, of a row, and of one pass for true metrics, each over all cells.

    There is a row every other epoch; the first two epochs, in which all is compiled and recorded, do not count, and the
    last ends with true metrics.
    """
    from sitheory import bridge

    at = []

    def told(epoch):
        machine.sync()
        at.append(time.perf_counter())

    bridge.train(
        net,
        asked,
        data,
        epochs=8,
        groups="tensor",
        device=machine.device,
        log_every=2,
        survey_every=8,
        progress=told,
        **ways,
    )
    took = np.diff(at)  # of the second to the eighth epoch
    steps, with_row = float(np.median(took[1::2])), float(np.median(took[2:-1:2]))
    return steps, max(0.0, with_row - steps), max(0.0, float(took[-1]) - with_row)


def epoch(machine, found):
    """Logged epochs of the papers' ConvNet over their protocol, at the share of each ELR of ten and of one alone."""
    from sitheory import bridge

    samples, width, many = (2 * BATCH, 2, 2) if machine.tiny else (64 * BATCH, 32, 10)
    data, scale = images(samples, machine.side), PAPER / samples
    theirs_net = bridge.ConvNet(width, rng=0).to(machine.device)
    protocol(theirs_net, images(BATCH, machine.side), 1)
    theirs = machine.seconds(lambda: protocol(theirs_net, data, 1)) * scale
    found["the papers' protocol, seconds an epoch"] = theirs
    best = {}
    for precision, as_compiled in (("own", False), ("tf32", False), ("bf16", False), ("bf16", True)):
        if machine.tiny and (precision == "tf32" or as_compiled):
            continue
        for cells in (1, many):
            name = f"{precision}{', compiled' if as_compiled else ''}, ELRs: {cells}"
            ways = {"precision": precision, "compiled": as_compiled}
            took = _epochs(machine, bridge.ConvNet(width, rng=0), _elrs(cells), data, **ways)
            steps, row, survey = (seconds / cells for seconds in took)
            logged = steps * scale + row
            found[name] = {
                "seconds of an epoch's steps and ELR": steps * scale,
                "seconds of a row and ELR": row,
                "seconds of true metrics and ELR": survey * scale,
                "times the protocol": theirs / logged,
                "times the protocol, with true metrics each epoch": theirs / (logged + survey * scale),
            }
            best[precision] = max(best.get(precision, 0.0), theirs / logged)
    if machine.tiny:
        return
    for precision in UNITS:
        must(best[precision] >= FASTER, f"{precision}: {best[precision]:.3g} times the protocol for {FASTER}")


def grid(machine, found):
    """What Figure 1 of regimes takes: all of its ELRs together, over a part of an epoch."""
    from sitheory import bridge
    from sitheory.bridge.training.records import marks

    samples, width, cells = (2 * BATCH, 2, 3) if machine.tiny else (40 * BATCH, 32, ELRS)
    data, scale = images(samples, machine.side), PAPER / samples
    rows, minutes = len(marks(EPOCHS, None)), {}
    for as_compiled in (False,) if machine.tiny else (False, True):
        ways = {"precision": "bf16", "compiled": as_compiled}
        steps, row, survey = _epochs(machine, bridge.ConvNet(width, rng=0), _elrs(cells), data, **ways)
        name = "bf16, compiled" if as_compiled else "bf16"
        minutes[name] = (EPOCHS * steps * scale + rows * (row + survey * scale)) / 60
        found[name] = {
            "seconds of an epoch's steps": steps * scale,
            "seconds of a row": row,
            "seconds of true metrics": survey * scale,
            "minutes of the grid": minutes[name],
        }
    if not machine.tiny:
        least = min(minutes.values())
        must(least <= MINUTES, f"the grid takes {least:.3g} minutes for {MINUTES}")


def groups(machine, found):
    import torch

    from sitheory import bridge

    net = bridge.ResNet18(2 if machine.tiny else 16, rng=0, scale_invariant=False)
    inputs = torch.randn(8, 3, machine.side, machine.side, generator=torch.Generator().manual_seed(0))
    here = bridge.find_groups(net, inputs)
    seen = []
    net, inputs = net.to(machine.device), inputs.to(machine.device)
    found["seconds"] = machine.seconds(lambda: seen.append(bridge.find_groups(net, inputs)))
    found["single"] = len(seen[0].names)
    must(seen[0].names == here.names and len(here.names), "other groups than on a CPU")


def watch(machine, found):
    """Steps of a loop of one's own, each fifth watched: the laws hold, and what it costs."""
    import torch
    from torch.nn import functional

    from sitheory import bridge

    width, size, steps = (2, 16, 10) if machine.tiny else (32, BATCH, 200)
    data = images(size, machine.side)
    x, y = (torch.as_tensor(v).to(machine.device) for v in (data.x, data.y))
    kept = {}

    def loop(watched):
        net = bridge.ConvNet(width, rng=0).to(machine.device)
        weights = [p for p in net.parameters() if p.requires_grad]
        optimizer = torch.optim.SGD(weights, lr=0.03, weight_decay=1e-3)
        if watched:
            kept["watch"] = bridge.Watch(net, optimizer, every=5)

        def take():
            for _ in range(steps):
                optimizer.zero_grad()
                functional.cross_entropy(net(x), y).backward()
                optimizer.step()

        take()
        return machine.seconds(take)

    plain, with_it = loop(False), loop(True)
    found["cost over a plain loop"] = with_it / plain
    found["says"] = str(kept["watch"])
    rows = kept["watch"].dataset()
    found["rows"] = rows.sizes["step"]
    must(rows.sizes["step"] == 2 * steps // 5, "rows are missing")
    must("BROKEN" not in found["says"] and "holds" in found["says"], "a law does not hold")


def ensembles(machine, found):
    """Stacked perceptrons, and the toy's lanes as a graph of the theory's formulas, beside the CPU's."""
    import torch

    from sitheory import bridge
    from sitheory.bridge.functional.stacked import Stack

    cells, steps = (3, 2) if machine.tiny else (ELRS, 20)
    net = bridge.MLP(64, (100, 50), rng=0)
    draw = torch.Generator().manual_seed(0)
    samples, labels = torch.randn(BATCH, 64, generator=draw), torch.randint(0, 10, (BATCH,), generator=draw)
    took = {}
    for device in ("cpu", machine.device):
        stack = Stack(net, device=device)
        w, buffers = stack.start(cells)
        some, wanted = samples.to(device), labels.to(device)

        def passes(stack=stack, w=w, buffers=buffers, some=some, wanted=wanted):
            for _ in range(steps):
                stack.gradient(w, buffers, some, wanted)

        passes()
        took[device] = machine.seconds(passes) / steps
    found[f"{cells} stacked perceptrons, seconds a pass, cpu and {machine.device}"] = list(took.values())
    _toy(machine, found)


def _toy(machine, found):
    import torch

    from sitheory._kernels import run_ensemble
    from sitheory.bridge.functional.cuda_graphs import Loop
    from sitheory.theory import kernels

    lanes, bursts, burst = (64, 2, 8) if machine.tiny else (1 << 20, 12, 8)
    alpha, elr, draw = (1.0, 2.0, 4.0), 0.02, np.random.default_rng(0)
    x2, y2 = draw.standard_normal((2, 3, lanes)) ** 2
    u, v = (torch.from_numpy(rows).to(machine.device) for rows in (x2, y2))

    def take(state, _):
        u, v = list(state[0]), list(state[1])
        for _ in range(burst):
            s, whole = kernels.square_norms(u, v)
            rates = [
                kernels.square_rates(*group, 2 * elr * whole)
                for group in zip(alpha, u, v, kernels.reciprocals(s), strict=True)
            ]
            moved = [kernels.square_step(a, b, p, q) for a, b, (_, _, p, q) in zip(u, v, rates, strict=True)]
            u, v = map(list, zip(*moved, strict=True))
        return torch.stack(u) / whole, torch.stack(v) / whole

    loop = Loop(take, (u, v), machine.recorder())
    loop.step(None), loop.step(None)
    took = machine.seconds(lambda: [loop.step(None) for _ in range(bursts)])
    steps = burst * (bursts + 2)
    with_cpu = run_ensemble(x2, y2, alpha, np.full(lanes, elr), steps)
    share = with_cpu["x2"] / (with_cpu["x2"] + with_cpu["y2"])
    mine = (loop.carry[0] / (loop.carry[0] + loop.carry[1])).cpu().numpy()
    found["toy, apart from the CPU's"] = float(np.abs(mine - share).max())
    begin = time.perf_counter()
    run_ensemble(x2, y2, alpha, np.full(lanes, elr), steps)
    there = time.perf_counter() - begin
    found["toy, group-steps a second, this device"] = 3 * lanes * burst * bursts / took
    found["toy, group-steps a second, CPU"] = 3 * lanes * steps / there
    must(found["toy, apart from the CPU's"] < 1e-6, "the toy's lanes are others than the CPU's")
