"""Conformance: training, its laws and its measures take their arithmetic from the theory's function objects.

Every theory function that a file of the bridge names is replaced by a wrong variant while short programs run; what
the programs that come to it give must then differ.
"""

import sys
from functools import partial
from pathlib import Path

import pytest
import torch

import sitheory as si
from sitheory import bridge
from sitheory.bridge.watching import laws
from tests.bridge.digits_runs import digits, perceptron
from tests.bridge.test_watch import loop
from tests.theory.wrong_formulas import VARIANTS, label, named, replaced

KIND = "conformance"

ROOT = Path(bridge.__file__).parent
PLACES = [(path, formula) for path in sorted(ROOT.rglob("*.py")) for formula in named(path)]
RULES = (
    bridge.SphereSGD(0.02),
    bridge.SGD(0.5, 0.02),
    bridge.SGD(0.1, 0.02, momentum=0.9),
    bridge.GroupSphereSGD(0.02),
    bridge.FixedELR(0.02),
)
LIBRARY_RULES = (
    si.Momentum(0.1, 0.1, decoupled=True),
    si.Lion(0.1, 0.1),
    si.Muon(0.1, 0.1, iterations=3),
    si.Hyperball(0.1, si.AdamW(1.0)),
)
OPTIMIZERS = (
    (torch.optim.SGD, {"lr": 0.5, "weight_decay": 0.02}),
    (torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.02, "momentum": 0.9}),
    (torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.02}),
)


def trained(rule):
    return bridge.train(
        perceptron(), rule, digits(200, 0), epochs=2, batches=bridge.Batches(100, drop_last=True)
    )


def watched(kind, options):
    net = perceptron()
    optimizer = kind([p for p in net.parameters() if p.requires_grad], **options)
    watch = bridge.Watch(net, optimizer, every=2, laws=kind is torch.optim.SGD)
    loop(net, optimizer, 6)
    return str(watch), as_text(watch.dataset())


def ruled():
    """Weights after two steps of the library's rules that torch lacks."""
    out = []
    for rule in LIBRARY_RULES:
        p = torch.nn.Parameter(torch.tensor([[1.0, -2.0], [0.5, 0.3], [2.0, 1.0]], dtype=torch.float64))
        steps = bridge.optimizer([p], rule)
        for grad in ([[0.3, 1.0], [-1.0, 0.2], [0.5, 0.5]], [[1.0, -0.4], [0.1, 0.7], [-0.2, 0.6]]):
            p.grad = torch.tensor(grad, dtype=torch.float64)
            steps.step()
        out.append(p.tolist())
    return str(out)


def gradients():
    data = digits(20, 0)
    batch = [(torch.as_tensor(data.x), torch.as_tensor(data.y))]
    return str(
        (bridge.fisher_trace(perceptron(), batch, probes=2), bridge.gradient_moments(perceptron(), batch))
    )


def as_text(run):
    return str({name: values.values.tolist() for name, values in run.data_vars.items()})


@pytest.fixture(scope="module")
def of_watching():
    """Laws read from runs that were made right, and watched loops."""
    runs = [trained(rule) for rule in RULES[:2]]
    programs = [
        *(lambda run=run: laws.table(laws.confront(run)) for run in runs),
        *(partial(watched, kind, options) for kind, options in OPTIMIZERS),
    ]
    return [used(program) for program in programs]


@pytest.fixture(scope="module")
def of_training():
    """Gradients' moments, and a run of each rule."""
    return [
        used(program)
        for program in (gradients, ruled, *(lambda rule=rule: as_text(trained(rule)) for rule in RULES))
    ]


def used(program):
    """A program, what it gives, and the files and formulas that it calls."""
    called = set()
    with pytest.MonkeyPatch.context() as patch:
        for home, function in {formula for _, formula in PLACES}:
            patch.setattr(home, function, noting(getattr(home, function), function, called))
        return program, program(), called


def noting(formula, name, called):
    def noted(*given):
        called.add((sys._getframe(1).f_code.co_filename, name))
        return formula(*given)

    return noted


def differs(program, before):
    try:
        return program() != before
    except (ArithmeticError, RuntimeError, ValueError):  # it fails, which is seen
        return True


def check(path, formula, programs):
    users = [(program, before) for program, before, called in programs if (str(path), formula[1]) in called]
    assert users, "no program comes to it"
    for variant in VARIANTS:
        with replaced(formula, variant):
            if any(differs(program, before) for program, before in users):
                return
    pytest.fail(f"nothing in {len(users)} programs depends on it")


def places(watching):
    chosen = [place for place in PLACES if (place[0].parent.name == "watching") is watching]
    ids = [f"{path.stem}-{label(formula)}" for path, formula in chosen]
    return pytest.mark.parametrize(("path", "formula"), chosen, ids=ids)


@places(watching=True)
def test_a_wrong_formula_changes_the_laws_of_networks(of_watching, path, formula):
    check(path, formula, of_watching)


@pytest.mark.slow
@places(watching=False)
def test_a_wrong_formula_changes_training_and_what_it_measures(of_training, path, formula):
    check(path, formula, of_training)
