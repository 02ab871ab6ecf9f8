"""The commands' numbers, and every constructor of a rule or a loss, over the whole range of float64.

Kind: conformance. Each call ends with an answer without a NaN, a status, or one line with the law and the value.
"""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import simulations.__main__ as simulations
import sitheory as si
from sitheory import advise, decay, regression, toy
from sitheory.losses.compiled import SphereQuadratics
from sitheory.losses.curved import Cone
from sitheory.losses.planar import Fourier
from sitheory.measure import periods, regimes, statistics
from sitheory.reports.command_line import run_command

KIND = "conformance"

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
EDGES = [5e-324, 2.3e-308, 1e-160, 1e-16, 2.0**-53, 0.5, 1.0, 2.0, 2.0**53, 1e16, 1e154, 1.7e308]


def examples(count):
    """The same cases on every machine, and no clock."""
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=QUIET)


def spread():
    """Positive floats whose logarithm is uniform, among them the ends of the range."""
    exponents = st.floats(-307, 308).map(lambda e: min(10.0**e, 1.7e308))
    return st.one_of(st.sampled_from(EDGES), exponents, st.floats(1e-6, 1e3))


def any_float():
    """Any float at all: signs, zeros, infinities and NaN too."""
    return st.one_of(spread(), spread().map(lambda v: -v), st.floats())


def mostly_right():
    """Mostly numbers that no law refuses."""
    return st.one_of(*[spread()] * 4, any_float())


def rates():
    """A learning rate and a weight decay, mostly with a product below 1 of any size."""
    product = st.one_of(st.floats(-320, -0.7).map(lambda e: 10.0**e), st.floats(1e-3, 0.9))
    paired = st.tuples(spread(), product).map(lambda pair: (pair[0], pair[1] / pair[0]))
    return st.one_of(*[paired] * 4, st.tuples(any_float(), any_float()))


def answer(capsys, main, words):
    """Run a command in this process; return what it printed, having checked how it ended."""
    capsys.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = left.code
    out, err = capsys.readouterr()
    if code == 2:
        assert err.count("\n") == 1 and not out, err
    else:
        assert code == 0 and not err, (code, err)
        assert "nan" not in out.lower().replace("dominate", ""), out
    return out


def words(**flags):
    """Flags with their values; a value that starts with a minus sign is part of the flag's word."""
    return [f"--{name.replace('_', '-')}={value!r}" for name, value in flags.items()]


@examples(60)
@given(
    elr=mostly_right(),
    alpha=st.lists(spread(), min_size=1, max_size=3),
    steps=st.sampled_from([1, 2, 9, 40]),
    form=st.sampled_from([[], ["--json"]]),
)
def test_toy(capsys, elr, alpha, steps, form):
    answer(capsys, toy.main, [*words(elr=elr, steps=steps), *form, "--alpha", *map(repr, alpha)])


@examples(60)
@given(
    pair=rates(),
    delta=st.one_of(st.just(0.01), st.floats(0, 1), any_float()),
    bend=st.one_of(st.just(1.0), mostly_right()),
    form=st.sampled_from([[], ["--json"]]),
)
def test_decay(capsys, pair, delta, bend, form):
    lr, wd = pair
    answer(capsys, decay.main, [*words(lr=lr, wd=wd, delta=delta, bend=bend, steps=40), *form])


@examples(60)
@given(
    pair=rates(),
    cos=st.lists(spread(), min_size=1, max_size=3),
    start=st.none() | st.tuples(spread(), spread()),
    matched=st.booleans(),
)
def test_decay_of_any_wave(capsys, pair, cos, start, matched):
    lr, wd = pair
    if matched:  # steps that turn: the learning rate and the loss cancel
        lr, wd = 0.1 / max(cos), 0.01 * max(cos)
    given_start, waves = [] if start is None else ["--start", *map(repr, start)], map(repr, cos)
    flags = words(lr=lr, wd=wd, steps=40)
    answer(capsys, decay.main, [*flags, "--loss", "fourier", "--cos", *waves, *given_start])


@examples(150)
@given(
    pair=rates(),
    norm=mostly_right(),
    grad=mostly_right(),
    shares=st.none() | st.tuples(st.sampled_from([0.0, 1e-3, 1.0, 2.0]), st.sampled_from([0.5, 1.0, 1e9])),
    delta=st.none() | st.floats(0, 1) | any_float(),
    within=st.none() | st.floats(1e-15, 2) | any_float(),
    steps=st.none() | st.integers(0, 10**30),
    form=st.sampled_from([[], ["--json"]]),
)
def test_advise(capsys, pair, norm, grad, shares, delta, within, steps, form):
    flags = {"lr": pair[0], "wd": pair[1], "norm": norm, "grad": grad}
    if shares is not None:
        flags |= {"grad_lo": shares[0] * grad, "grad_hi": shares[1] * grad}
    optional = {"delta": delta, "within": within, "steps": steps}
    flags |= {name: value for name, value in optional.items() if value is not None}
    answer(capsys, advise.main, [*words(**flags), *form])


@examples(15)
@given(pair=rates())
def test_regression(capsys, pair):
    lr, wd = pair
    answer(capsys, regression.main, words(lr=lr, wd=wd, n=4, d=6, steps=40))


@examples(200)
@given(numbers=st.lists(any_float(), min_size=1, max_size=4))
def test_rules_and_losses_take_any_float_or_refuse_it_in_one_line(numbers):
    a, b = numbers[0], numbers[-1]
    makers = [
        lambda: si.SphereGD(a),
        lambda: si.DecayGD(a, b),
        lambda: si.ScalarRMSprop(a, b),
        lambda: si.Quotients(tuple(numbers)),
        lambda: Fourier(tuple(numbers)),
        lambda: Fourier.quartic(a).turned(b),
        lambda: Cone(tuple(numbers), (1.0, 2.0)),
        lambda: SphereQuadratics(np.full((1, 2, 2), a)),
    ]
    for make in makers:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                make()
            except ValueError as refused:
                assert str(refused).startswith("need ") and "\n" not in str(refused)


@examples(150)
@given(values=st.lists(st.floats(), min_size=1, max_size=70), burn_in=st.sampled_from([0, 0.5, 0.75]))
def test_measures_of_any_series(values, burn_in):
    """No series of floats raises, warns, or gets an error bar that is not above rounding without a flag."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = statistics.estimate(np.array(values), burn_in)
        regimes.decide_regime(np.array(values), np.array(values), np.array(values), 1000)
        if len(values) >= 16:
            periods.find_period(np.array(values), 4)
    if not found.flag:
        assert np.isfinite(found.mean) and found.error >= statistics.ROUNDING * abs(found.mean)


def test_a_regression_that_leaves_float64_says_so(capsys):
    said = answer(capsys, regression.main, words(lr=1e300, wd=1e-301, n=4, d=6, steps=40))
    assert "failed numerically: the state left the range of float64" in said and "training loss" in said


@pytest.mark.parametrize(
    ("main", "given_words", "law"),
    [
        (decay.main, "--lr 0.1 --wd -1e-3", "need wd >= 0 and finite, got wd=-0.001"),
        (
            decay.main,
            "--lr 0.1 --wd 1e-3 --bend -inf",
            "need finite coefficients, got cos=(0.0, inf, 0.0, -inf)",
        ),
        (toy.main, "--elr -1E+5", "need elr > 0 and finite, got elr=-100000.0"),
        (advise.main, "--lr inf --wd 1e-3 --norm 1 --grad 1", "need lr > 0 and finite, got lr=inf"),
        (
            advise.main,
            "--lr 1e300 --wd 1e-310 --norm 1 --grad 1 --optimizer adamw",
            "need numbers that doubles can hold, got Numerical result out of range",
        ),
        (simulations.main, "toy_phases --elrs -3", "need elrs >= 0, got elrs=-3"),
        (simulations.main, "toy_phases --workers 0", "need workers >= 1, got workers=0"),
    ],
)
def test_numbers_that_no_law_allows_are_refused_by_it(main, given_words, law, capsys):
    """Conformance: also those with a sign and an exponent, which Python's parser takes for an option."""
    try:
        code = run_command("mine", lambda: main(given_words.split()))
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    assert code == 2 and said.err.endswith(f": {law}\n") and said.err.count("\n") == 1 and not said.out


@pytest.mark.parametrize("broken", ["nan", "1.5\n"])
def test_the_check_of_an_answer_can_fail(capsys, broken):
    """A wrong variant: a NaN with exit code 0, and an error that is no line of its own."""

    def main(given):
        if broken == "nan":
            print(broken)
            return 0
        raise SystemExit(2)

    with pytest.raises(AssertionError):
        answer(capsys, main, [])


@pytest.mark.slow
def test_commands_at_length(capsys):
    """The same for toy and decay from many more numbers than the other tests draw."""
    chance = np.random.default_rng(0)
    for _ in range(1000):
        lr, wd, bend = (10.0 ** chance.uniform(-300, 300) for _ in range(3))
        wd = wd if chance.random() < 0.3 else 10.0 ** chance.uniform(-20, 0) / lr
        answer(capsys, decay.main, words(lr=lr, wd=float(wd), bend=bend, steps=20))
        answer(capsys, toy.main, words(elr=lr, steps=20))
