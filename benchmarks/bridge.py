"""The bridge: what watching a training loop costs, and what stacking effective learning rates saves."""

import importlib.util

import numpy as np

from benchmarks.pairs import Goal, Skipped, own_seconds, ratio
from benchmarks.protocol import BATCH, ELR, images, protocol, sphere_loop

STEPS = 10
ELRS = np.geomspace(1e-4, 1, 9)
LONG, EPOCHS = 30, 3
CORES = 2


def rows(repeats):
    """All lines, one after the other."""
    if importlib.util.find_spec("torch") is None:
        yield Skipped("the bridge", "needs torch")
        return
    import torch

    torch.set_num_threads(1)
    yield watch(repeats)
    yield stack(repeats)
    yield step(repeats)
    yield epoch(repeats)
    yield from groups()


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
    from sitheory.bridge.functional.stacked import Stack

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


def step(repeats):
    """Logged steps of ConvNet k = 8 (norms, ELR, ESS, cosine, laws at each) over a plain loop that logs nothing.

    A row is written every other step. Of each loop the first two steps are left out, and with them what comes
    before; so are ours' passes for true metrics, which are no part of a step.
    """
    import torch

    from sitheory import bridge

    data = images(2 * BATCH)
    x, y = torch.as_tensor(data.x), torch.as_tensor(data.y)
    both = [(x[:BATCH], y[:BATCH]), (x[BATCH:], y[BATCH:])]

    def ours(clock):
        at = []
        bridge.train(
            bridge.ConvNet(8, rng=0),
            bridge.SphereSGD(ELR),
            data,
            epochs=LONG,
            log_every=1,
            survey_every=LONG,
            progress=lambda epoch: at.append(clock()),
        )
        return at[-2] - at[0]

    def theirs(clock):
        net = bridge.ConvNet(8, rng=0)
        sphere_loop(net, both)
        begin = clock()
        sphere_loop(net, both * (LONG - 2))
        return clock() - begin

    name = "a logged step of ConvNet k = 8 over a plain one"
    return ratio(name, ours, theirs, repeats, 1.05, at_most=True, timed=own_seconds)


def epoch(repeats):
    """Logged epochs over the papers' protocol on a CPU, where the arithmetic binds both.

    Ours has a pass for true metrics after each epoch too, and one more at the start.
    """
    from sitheory import bridge

    data = images(4 * BATCH)

    def ours():
        bridge.train(
            bridge.ConvNet(8, rng=0), bridge.SphereSGD(ELR), data, epochs=EPOCHS, log_every=1, survey_every=1
        )

    def theirs():
        protocol(bridge.ConvNet(8, rng=0), data, EPOCHS)

    return ratio("logged epochs: speed over the papers' protocol, CPU", ours, theirs, repeats, None, 1)


def groups():
    """Finding the groups of ResNet-18 (11 M) and GPT-2 (124 M), in CPU seconds, beside what two cores may take."""
    import time

    import torch

    from sitheory import bridge
    from tests.bridge.families import GPT2, ResNet

    torch.manual_seed(0)
    sizes = {"widths": (64, 128, 256, 512), "blocks": 2}
    cases = (
        ("ResNet-18, 32 x 32", ResNet(**sizes, classes=10), torch.randn(8, 3, 32, 32), 15),
        ("ResNet-18, 224 x 224", ResNet(**sizes, classes=1000, cifar=False), torch.randn(8, 3, 224, 224), 15),
        ("GPT-2", GPT2(12, 768, 12, 50257, 1024), torch.randint(0, 50257, (2, 16)), 120),
    )
    for name, net, inputs, seconds in cases:
        begin = time.process_time()
        bridge.find_groups(net, inputs)
        took = time.process_time() - begin
        yield Goal(f"groups of {name}: of {seconds} s on two cores", took / (CORES * seconds))
