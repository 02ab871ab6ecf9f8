"""The bridge: what watching a training loop costs, and what stacking effective learning rates saves."""

import importlib.util

import numpy as np

from .pairs import Skipped, ratio

STEPS = 10
BATCH = 128
ELRS = np.geomspace(1e-4, 1, 9)


def rows(repeats):
    """All lines, one after the other."""
    if importlib.util.find_spec("torch") is None:
        yield Skipped("the bridge", "needs torch")
        return
    import torch

    torch.set_num_threads(1)
    yield watch(repeats)
    yield stack(repeats)


def watch(repeats):
    """Ten steps of a user's own loop on ConvNet k = 8, one of them watched."""
    import torch
    from torch.nn import functional

    from sitheory import bridge

    draw = torch.Generator().manual_seed(0)
    images = torch.randn(BATCH, 3, 32, 32, generator=draw)
    labels = torch.randint(0, 10, (BATCH,), generator=draw)

    def loop(watched):
        net = bridge.ConvNet(8, rng=0)
        optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.03)
        if watched:
            bridge.Watch(net, optimizer, every=STEPS)

        def run():
            for _ in range(STEPS):
                optimizer.zero_grad()
                functional.cross_entropy(net(images), labels).backward()
                optimizer.step()

        return run

    name = "watching each 10th step of ConvNet k = 8: cost"
    return ratio(name, loop(True), loop(False), repeats, 1.10, 1.02, at_most=True)


def stack(repeats):
    """Nine effective learning rates of a perceptron in one model, against one after the other."""
    import torch

    from sitheory import bridge
    from sitheory.bridge.stacked import Stack

    net = bridge.MLP(64, (100, 50), rng=0)
    draw = torch.Generator().manual_seed(0)
    samples, labels = torch.randn(BATCH, 64, generator=draw), torch.randint(0, 10, (BATCH,), generator=draw)
    stacks = {together: Stack(net, together=together) for together in (True, False)}
    w, buffers = stacks[True].start(len(ELRS))

    def run(together):
        def passes():
            for _ in range(STEPS):
                stacks[together].gradient(w, buffers, samples, labels)

        return passes

    return ratio("nine ELRs stacked: speed over one after the other", run(True), run(False), repeats, 1.3, 3)
