"""One runner for each rule: every rule on every loss, in samples and in windows, compiled or not."""

import dataclasses

import numpy as np
import pytest

import sitheory as si
from sitheory.losses.curved import Cone, MatrixCompletion, Valley
from sitheory.rules import OPTIMISERS, DecayGD, ScalarRMSprop, SphereGD
from sitheory.simulation.runners import RUNNERS

KIND = "conformance"

ROUNDING = 1e-9
"""300 contracting steps in another order of operations."""

LOSSES = (
    si.Quotients((1, 2, 4)),
    si.Fourier(cos=(1,)),
    si.SphereQuadratics.random(4, 3),
    Cone((1.0, 0.3), (0.5,), 0.2),
    MatrixCompletion.random(5, 2, 18, np.random.default_rng(0)),
    si.BatchNormRegression.random(6, 15, np.random.default_rng(0)),
)
RULES = (SphereGD(0.05), DecayGD(0.05, 1e-2), ScalarRMSprop(0.05, 0.9), ScalarRMSprop(0.05, 0.9, after=True))
VALLEY = Valley((1.0, 2.0), 0.5)


class Plain:
    """The loss without its compiled forms."""

    def __init__(self, loss):
        self.loss, self.dim, self.groups = loss, loss.dim, loss.groups

    def value(self, w):
        return self.loss.value(w)

    def grad(self, w):
        return self.loss.grad(w)


def named(thing):
    return type(thing).__name__


@pytest.mark.parametrize("rule", RULES, ids=named)
@pytest.mark.parametrize("loss", (*LOSSES, VALLEY), ids=named)
def test_windows_are_means_of_the_samples(loss, rule):
    """Conformance: every rule runs on every loss of the library."""
    if loss is VALLEY and not isinstance(rule, ScalarRMSprop):
        with pytest.raises(ValueError, match="need a scale-invariant loss"):
            si.simulate(loss, rule, 10, rng=0)
        return
    each = si.simulate(loss, rule, 300, every=1, rng=0)
    means = si.simulate(loss, rule, 300, windows=7, rng=0)
    cuts = means["step"].values[:-1]
    for name in ("loss", "elr_group"):
        parts = [part.mean(axis=0) for part in np.split(each[name].values, cuts)]
        np.testing.assert_allclose(means[name].values, parts, rtol=ROUNDING, atol=ROUNDING)
    thinned = si.simulate(loss, rule, 300, every=7, rng=0)
    np.testing.assert_allclose(thinned["loss"].values, each["loss"].values[::7], rtol=ROUNDING, atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "rule"), [(LOSSES[3], DecayGD(0.05, 1e-2)), *((VALLEY, rule) for rule in RULES[2:])], ids=named
)
def test_compiled_runs_are_their_twin_in_numpy(loss, rule):
    """Twin."""
    start = np.linspace(0.5, 1.0, loss.dim)
    for options in ({"every": 3}, {"windows": 5}):
        fast, plain = (si.simulate(one, rule, 100, start=start, **options) for one in (loss, Plain(loss)))
        for name in fast.data_vars:
            np.testing.assert_allclose(fast[name], plain[name], rtol=1e-7, atol=1e-12, err_msg=name)
    wrong = si.simulate(
        Plain(loss), dataclasses.replace(rule, lr=1.01 * rule.lr), 100, windows=5, start=start
    )
    assert not np.allclose(fast["loss"], wrong["loss"], rtol=1e-7)


@pytest.mark.parametrize("after", [False, True])
def test_rmsprop_is_the_iteration_as_written(after):
    """Twin: w - lr g / sqrt(v), and the angle of each step from the states themselves."""
    loss, lr, beta, w = LOSSES[0], 0.05, 0.9, np.linspace(0.5, 1.0, 6)
    run = si.simulate(loss, ScalarRMSprop(lr, beta, after), 40, every=1, start=w)
    moment = np.sum(loss.grad(w) ** 2)
    for t in range(40):
        grad = loss.grad(w)
        later = beta * moment + (1 - beta) * np.sum(grad**2)
        rate = lr / np.sqrt(later if after else moment)
        new, moment = w - rate * grad, later
        cos_dist = np.sum((new / np.linalg.norm(new) - w / np.linalg.norm(w)) ** 2) / 2
        np.testing.assert_allclose(run["cos_dist"][t], cos_dist, rtol=1e-6)
        np.testing.assert_allclose(run["loss"][t], loss.value(w), rtol=1e-12)
        np.testing.assert_allclose(run["total_elr"][t], rate / np.sum(w**2), rtol=1e-12)
        w = new


def test_a_rule_that_no_runner_knows_is_refused_in_one_line():
    with pytest.raises(
        ValueError, match=r"need a rule of SphereGD, DecayGD, ScalarRMSprop, .*Hyperball, got str"
    ):
        si.simulate(LOSSES[0], "sgd", 10)
    with pytest.raises(ValueError, match="need SphereGD for tangent=True, got DecayGD"):
        si.simulate(LOSSES[0], DecayGD(0.1, 0.1), 10, windows=2, tangent=True)
    assert {type(rule) for rule in RULES} == set(RUNNERS) - set(OPTIMISERS)  # those have a file of their own
