"""The papers' protocol written plainly: a loop over a DataLoader, a checkpoint an epoch, three passes over it."""

import tempfile
from types import SimpleNamespace

import numpy as np

BATCH = 128
ELR = 1e-3


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
        functional.cross_entropy(net(x.to(norm.device)), y.to(norm.device)).backward()
        optimizer.step()
        with torch.no_grad():
            scale = norm / torch.nn.utils.parameters_to_vector(weights).norm()
            for p in weights:
                p.mul_(scale)


def protocol(net, data, epochs):
    """Epochs on the sphere, and after each the train metrics, the gradient norm and the test metrics."""
    import torch

    train_set, test_set = (
        torch.utils.data.TensorDataset(torch.as_tensor(x), torch.as_tensor(y))
        for x, y in ((data.x, data.y), (data.x_test, data.y_test))
    )
    for _ in range(epochs):
        sphere_loop(net.train(), torch.utils.data.DataLoader(train_set, BATCH, shuffle=True))
        with tempfile.TemporaryFile() as kept:
            torch.save(net.state_dict(), kept)
        for part, with_grad, evaluate in (
            (train_set, False, False),
            (train_set, True, False),
            (test_set, False, True),
        ):
            metrics(net.train(not evaluate), torch.utils.data.DataLoader(part, BATCH), with_grad)


def metrics(net, batches, with_grad):
    """One pass for the mean loss and error, or for the gradient's norm."""
    import torch
    from torch.nn import functional

    weights = [p for p in net.parameters() if p.requires_grad]
    seen = []
    for x, y in batches:
        x, y = x.to(weights[0].device), y.to(weights[0].device)
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
