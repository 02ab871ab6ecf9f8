"""Whether a GPU takes the steps that a CPU takes, recorded or called, in narrow products, compiled."""

import numpy as np

from benchmarks.gpu.machine import Impossible, Machine, images, must, texts

SAME = 1e-9
"""Between a CPU and a GPU after a few steps in float64, whose sums run in another order."""

UNITS = {"tf32": 2.0**-10, "bf16": 2.0**-8}
"""The rounding of each narrow type."""

FELT = 16
"""So many roundings may a network of some ten layers make of one."""

COMPILED = 1e-4
"""Compiled passes in float32 sum in another order, relative to a step's turn."""


def networks(machine):
    """Each kind of network in float64 with data for it, by name."""
    from sitheory import bridge

    count = 24 if machine.tiny else 96
    seen = images(count, machine.side)
    kinds = {
        "perceptron": (bridge.MLP(3 * machine.side**2, (12, 8), rng=0), seen),
        "transformer": (bridge.Transformer(50, length=16, width=8, rng=0), texts(count)),
        "convnet": (bridge.ConvNet(2, rng=0), seen),
        "resnet": (bridge.ResNet18(2, rng=0), seen),
        "vgg": (bridge.VGG11(width=0.05, rng=0), seen),
    }
    names = ("perceptron", "convnet") if machine.tiny else kinds
    return {name: (kinds[name][0].double(), kinds[name][1]) for name in names}


def rules(machine):
    """Each rule, by name."""
    from sitheory import bridge

    kinds = {
        "sphere": [bridge.SphereSGD(elr, schedule=bridge.Schedule("cosine")) for elr in (1e-4, 1e-3)],
        "group spheres": [bridge.GroupSphereSGD(1e-4)],
        "fixed ELR": [bridge.FixedELR(1e-4)],
        "momentum": [bridge.SGD(lr, 1e-2, 0.9) for lr in (0.01, 0.1)],
        "ascent": [bridge.ascent(1e-4)],
    }
    names = ("sphere", "momentum") if machine.tiny else kinds
    return {name: kinds[name] for name in names}


def trained(machine, net, asked, data, **options):
    """A short run of three steps, of which one is called, one recorded and one replayed."""
    from sitheory import bridge

    how = {"batches": bridge.Batches(len(data.y) // 3), "device": machine.device, "groups": "tensor"}
    return bridge.train(net, asked, data, **{"epochs": 1, "log_every": 1, **how, **options})


SEEN = ("loss", "norm", "ess", "cos_dist", "total_elr", "test_loss")
"""Of a run, what two of them are compared by."""


def apart(one, other):
    """The largest relative difference of two runs, and of which variable."""
    worst, name = 0.0, SEEN[0]
    for variable in SEEN:
        a, b = one[variable].values, other[variable].values
        scale = np.nanmax(np.abs(b)) or 1.0
        found = float(np.nanmax(np.abs(a - b)) / scale)
        if not np.array_equal(np.isnan(a), np.isnan(b)):
            found = np.inf
        if found > worst:
            worst, name = found, variable
    return worst, name


def unequal(one, other):
    """The variables in which two runs are not the same bits."""
    return [n for n in one.data_vars if not np.array_equal(one[n].values, other[n].values, equal_nan=True)]


def each_pair(machine, found, judge):
    """Judge each network with each rule; one that fails says so and the others go on."""
    failed = []
    for net_name, (net, data) in networks(machine).items():
        for rule_name, asked in rules(machine).items():
            name = f"{net_name}, {rule_name}"
            try:
                found[name], right = judge(net, asked, data)
            except Exception as error:  # what a pair meets is what it reports
                found[name], right = f"{type(error).__name__}: {error}", False
            if not right:
                failed.append(name)
    must(not failed, f"not as it must be: {'; '.join(failed)}")


def cpu_equals_gpu(machine, found):
    def judge(net, asked, data):
        here = trained(Machine("cpu"), net, asked, data)
        there = trained(machine, net, asked, data, recorded=False)
        worst, name = apart(there, here)
        return {"apart": worst, "in": name}, worst < SAME

    each_pair(machine, found, judge)


def captured_equals_called(machine, found):
    def judge(net, asked, data):
        called = trained(machine, net, asked, data, recorded=False)
        with machine.recording():
            captured = trained(machine, net, asked, data, recorded=True)
        differ = unequal(called, captured)
        return {"differ": differ}, not differ

    each_pair(machine, found, judge)


def _convnet(machine):
    from sitheory import bridge

    return bridge.ConvNet(2 if machine.tiny else 16, rng=0), images(32 if machine.tiny else 512, machine.side)


def _captured(machine, found, name, asked, both=False, **options):
    """Put under a name how a captured run differs from a called one and, if asked, a GPU's from a CPU's."""
    net, data = _convnet(machine)
    net = net.double()
    called = trained(machine, net, asked, data, recorded=False, **options)
    with machine.recording():
        captured = trained(machine, net, asked, data, recorded=True, **options)
    differ, seen = unequal(called, captured), {}
    if both:
        here = trained(Machine("cpu"), net, asked, data, **options)
        seen["cpu and gpu apart"], seen["in"] = apart(called, here)
    found[name] = {"differ": differ, **seen}
    must(not differ, f"{name}: captured is not called in {', '.join(differ)}")
    must(seen.get("cpu and gpu apart", 0.0) < SAME, f"{name}: another run on a CPU, in {seen.get('in')}")


def random_walk(machine, found):
    from sitheory import bridge

    _captured(machine, found, "random walk", [bridge.random_walk(e) for e in (1e-4, 1e-3)], both=True)


def augmentation(machine, found):
    from sitheory import bridge

    shifted, asked = bridge.Shifted(4, flip=True), [bridge.SphereSGD(1e-4)]
    _captured(machine, found, "augmentation", asked, both=True, augment=shifted)


def ghost_batches(machine, found):
    from sitheory import bridge

    ghosts = bridge.GhostBatch(8 if machine.tiny else 64)
    asked = [bridge.SphereSGD(e) for e in (1e-4, 1e-3)]
    _captured(machine, found, "ghost batches", asked, both=True, batches=ghosts, epochs=3)


def precisions(machine, found):
    """A step's turn in narrow products over that in float32, from the same weights."""
    from sitheory import bridge

    net, data = _convnet(machine)
    asked, options = [bridge.SphereSGD(1e-4)], {"batches": bridge.FullBatch(), "recorded": False}
    own = trained(machine, net, asked, data, **options)
    for precision, unit in UNITS.items():
        if machine.tiny and precision == "tf32":
            found[precision] = "a CPU has none"
            continue
        narrow = trained(machine, net, asked, data, precision=precision, **options)
        off = abs(float(narrow["cos_dist"].values.flat[1] / own["cos_dist"].values.flat[1]) - 1)
        found[precision] = {"a step's turn is off by": off, "rounding": unit}
        must(0 < off < FELT * unit, f"{precision}: a step's turn is off by {off:.2g} of itself")
        must(
            np.array_equal(own["loss"].values.flat[0], narrow["loss"].values.flat[0]),
            f"{precision}: the true loss before any step is another",
        )
        law = float(narrow["norm_residual_ratio"].max())
        found[precision] = {**found[precision], "norm law over its floor": law}
        must(law <= 1.05, f"{precision}: the norm law is off by {law:.3g} times what explains it")


def compiled(machine, found):
    """Compiled passes, recorded, over plain ones; the first takes as long as torch compiles."""
    from sitheory import bridge

    net, data = _convnet(machine)
    asked = [bridge.SphereSGD(e) for e in (1e-4, 1e-3)]
    plain = trained(machine, net, asked, data, together=False)
    with machine.recording():
        run = []
        found["seconds"] = machine.seconds(
            lambda: run.append(
                trained(machine, net, asked, data, together=False, compiled=True, recorded=True)
            )
        )
    found["apart"], found["in"] = apart(run[0], plain)
    must(found["apart"] < COMPILED, f"compiled passes are off by {found['apart']:.2g}")


def no_waiting(machine, found):
    """Called steps under torch's alarm for whatever waits for the device."""
    import torch

    from sitheory import bridge
    from sitheory.bridge.training.run import Run

    if machine.tiny:
        raise Impossible("only a GPU makes a host wait; tests/bridge/test_loops.py shows it without values")
    net, data = _convnet(machine)
    for name, asked in {**rules(machine), "random walk": [bridge.random_walk(1e-3)]}.items():
        seed = np.random.SeedSequence(0)
        how = (bridge.Batches(128), seed, machine.device, "tensor", 1e-2, None, "never", None, "own", False)
        run = Run(net, asked, data, 1, *how)
        carry, steps = run.start(), list(run.inputs(0, fresh=True))
        carry = run.advance(carry, steps[0])
        torch.cuda.set_sync_debug_mode("error")
        try:
            for inputs in steps[1:]:
                carry = run.advance(carry, inputs)
            found[name] = "waits for nothing"
        finally:
            torch.cuda.set_sync_debug_mode("default")
