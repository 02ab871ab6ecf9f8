"""The bridge: what watching a training loop costs, and what stacking effective learning rates saves."""

import importlib.util
import tempfile
from types import SimpleNamespace

import numpy as np

from .pairs import Skipped, own_seconds, ratio

STEPS = 10
BATCH = 128
ELRS = np.geomspace(1e-4, 1, 9)
ELR = 1e-3
LONG, EPOCHS = 30, 3


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


def images(count):
    """Noise in the shape of CIFAR: x, y and as much again to test."""
    import torch

    draw = torch.Generator().manual_seed(0)
    x, x_test = torch.randn(2, count, 3, 32, 32, generator=draw)
    y, y_test = torch.randint(0, 10, (2, count), generator=draw)
    return SimpleNamespace(x=x.numpy(), y=y.numpy(), x_test=x_test.numpy(), y_test=y_test.numpy())


def sphere_loop(net, batches):
    """Steps on the sphere as anyone writes them: SGD at lr = ELR rho^2, then one rescaling."""
    import torch
    from torch.nn import functional

    weights = [p for p in net.parameters() if p.requires_grad]
    norm = torch.nn.utils.parameters_to_vector(weights).detach().norm()
    optimizer = torch.optim.SGD(weights, lr=ELR * float(norm) ** 2)
    for x, y in batches:
        optimizer.zero_grad()
        functional.cross_entropy(net(x), y).backward()
        optimizer.step()
        with torch.no_grad():
            scale = norm / torch.nn.utils.parameters_to_vector(weights).norm()
            for p in weights:
                p.mul_(scale)


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
    """Logged epochs over the papers' protocol: a DataLoader, a checkpoint an epoch, then three passes over it.

    On a GPU 10 times is the goal; on a CPU the arithmetic binds both, and ours looks once more, at the start.
    """
    import torch

    from sitheory import bridge

    data = images(4 * BATCH)
    train_set, test_set = (
        torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))
        for x, y in ((data.x, data.y), (data.x_test, data.y_test))
    )

    def protocol():
        net = bridge.ConvNet(8, rng=0)
        for _ in range(EPOCHS):
            sphere_loop(net.train(), torch.utils.data.DataLoader(train_set, BATCH, shuffle=True))
            with tempfile.TemporaryFile() as kept:
                torch.save(net.state_dict(), kept)
            for part, with_grad, evaluate in (
                (train_set, False, False),
                (train_set, True, False),
                (test_set, False, True),
            ):
                metrics(net.train(not evaluate), torch.utils.data.DataLoader(part, BATCH), with_grad)

    def ours():
        bridge.train(
            bridge.ConvNet(8, rng=0), bridge.SphereSGD(ELR), data, epochs=EPOCHS, log_every=1, survey_every=1
        )

    return ratio("logged epochs: speed over the papers' protocol, CPU", ours, protocol, repeats, None, 1)


def metrics(net, batches, with_grad):
    """One pass for the mean loss and error, or for the gradient's norm."""
    import torch
    from torch.nn import functional

    weights = [p for p in net.parameters() if p.requires_grad]
    seen = []
    for x, y in batches:
        with torch.set_grad_enabled(with_grad):
            logits = net(x)
            loss = functional.cross_entropy(logits, y)
        found = [loss.item(), float((logits.argmax(1) != y).float().mean())]
        if with_grad:
            found.append(
                float(torch.nn.utils.parameters_to_vector(torch.autograd.grad(loss, weights)).norm())
            )
        seen.append(found)
    return np.mean(seen, axis=0)
