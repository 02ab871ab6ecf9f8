"""The compiled loops against twins: bit for bit in their own algebra, closely in the paper's."""

import math
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from sitheory._kernels import OK, OVERFLOW, VANISHED, run_ensemble, run_single
from sitheory.theory import regimes

KIND = "twin"

ALPHA = [1.0, 2.0, 4.0]
# A settled trajectory forgets its rounding errors; those of some hundred operations a step remain.
SETTLED = 1e-11
# The largest exponent seen here is under 0.5 a step, but a start far off may be stretched more at first:
# 20 steps keep rounding under 1e-8.
CHAOTIC_STEPS, CHAOTIC = 20, 1e-8
# Averages in another order of summation, over 10**4 terms.
MEAN = 1e-12


def starts(n, lanes, seed=0):
    return np.random.default_rng(seed).standard_normal((2, n, lanes))


def naive_step(x, y, alpha, elr):
    """[regimes eq. 2] on the unit sphere, with the gradient of eq. 18."""
    grads = [regimes.quotient_grad(*group) for group in zip(alpha, x, y, strict=True)]
    moved = [regimes.gradient_step(xi, yi, *grad, elr) for xi, yi, grad in zip(x, y, grads, strict=True)]
    norm = sum(xi**2 + yi**2 for xi, yi in moved) ** 0.5
    return [xi / norm for xi, _ in moved], [yi / norm for _, yi in moved]


def naive(x, y, alpha, elr, steps):
    """Records of the state before each step, and the state after the last."""
    norm = sum(xi**2 + yi**2 for xi, yi in zip(x, y, strict=True)) ** 0.5
    x, y = [xi / norm for xi in x], [yi / norm for yi in y]
    records = {"loss": [], "ess_sq": [], "elr": [], "group_ess_sq": []}
    for _ in range(steps):
        elrs = [elr / (xi**2 + yi**2) for xi, yi in zip(x, y, strict=True)]
        ess = [
            e**2 * regimes.quotient_eff_grad_sq(*group) for e, *group in zip(elrs, alpha, x, y, strict=True)
        ]
        records["loss"].append(regimes.toy_loss(alpha, x, y))
        records["ess_sq"].append(regimes.total_ess_sq(elrs, ess))
        records["elr"].append(elrs)
        records["group_ess_sq"].append(ess)
        x, y = naive_step(x, y, alpha, elr)
    return x, y, {key: np.array(value) for key, value in records.items()}


def same(left, right):
    assert left.keys() == right.keys()
    for key in left:
        np.testing.assert_array_equal(left[key], right[key], err_msg=key)


# Twins in the same algebra


def twin_reciprocals(s):
    out = []
    for i in range(0, len(s), 3):
        a, b, c = [*s[i : i + 3], 1.0, 1.0][:3]
        inverse = 1.0 / ((a * b) * c)
        rest = inverse * c
        out += [rest * b, rest * a, inverse * (a * b)][: len(s) - i]
    return np.array(out)


def twin(x2, y2, alpha, elr, steps, cadence=8, squared=True, sign=1.0, power=2, with_total=True):
    """The ensemble's algebra in numpy. The last four arguments make it wrong."""
    u, v = x2.copy(), y2.copy()
    status = np.zeros(elr.size)
    records = []
    for t in range(steps):
        if t % cadence == 0:
            whole = sum(u + v)
            scale = np.ldexp(1.0, 1 - np.frexp(whole)[1])
            failed = np.where(~(whole < 2.0**300), 2, np.where(((u + v) * scale).min(0) < 2.0**-300, 1, 0))
            status = np.where(status == 0, failed, status)
            u, v = (np.where(status > 0, np.nan, w * scale) for w in (u, v))
            u, v = (np.where((w > 0) & (w < 2.0**-700), 2.0**-700, w) for w in (u, v))
        s = u + v
        whole = sum(s)
        r = twin_reciprocals(s)
        k = (2.0 * elr) * (whole if with_total else 1.0)
        slope = alpha[:, None] * r
        d = (k * slope) * (r if power == 2 else 1.0)
        p, q = d * v, d * u
        records.append([sum(slope * u), sum(s * (p * q)) / whole, k * r * 0.5, p * q])
        a, b = 1.0 - p, 1.0 + sign * q
        u, v = (u * (a * a), v * (b * b)) if squared else (u * a, v * b)
    keys = ("loss", "ess_sq", "elr", "group_ess_sq")
    return {"x2": u, "y2": v, "status": status} | dict(
        zip(keys, map(np.array, zip(*records, strict=True)), strict=False)
    )


def ensemble_case(n, lanes=50):
    x, y = starts(n, lanes, seed=n)
    alpha = np.array([2.0 ** (i % 3) for i in range(n)])
    return x**2, y**2, alpha, np.geomspace(0.3, 30, lanes) / alpha.sum()


@pytest.mark.parametrize("path", ["vectors", "arrays"])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 16, pytest.param(64, marks=pytest.mark.slow)])
def test_ensemble_is_its_twin_bit_for_bit(n, path):
    case = ensemble_case(n)
    same(run_ensemble(*case, 203, every=1, path=path), twin(*case, 203))


def test_rescaling_changes_no_bit():
    """Twin: one that rescales at each step, and the same start at another scale.

    Forty steps are too few for any coordinate to reach the floor, which is lifted at the cadence.
    """
    x2, y2, *rest = ensemble_case(3)
    seen, scaled = (
        run_ensemble(x2, y2, *rest, 40, every=1),
        run_ensemble(x2 * 2.0**40, y2 * 2.0**40, *rest, 40, every=1),
    )
    naive = twin(x2, y2, *rest, 40, cadence=1)
    for key in ("loss", "ess_sq", "elr", "group_ess_sq"):
        np.testing.assert_array_equal(seen[key], naive[key])
        np.testing.assert_array_equal(seen[key], scaled[key])


@pytest.mark.parametrize("wrong", [{"sign": -1.0}, {"squared": False}, {"power": 1}, {"with_total": False}])
def test_a_wrong_twin_is_noticed(wrong):
    x, y = starts(3, 4)
    elr = np.full(4, 0.2)
    seen = run_ensemble(x**2, y**2, ALPHA, elr, 20, every=1)["loss"]
    with np.errstate(all="ignore"):
        found = twin(x**2, y**2, np.array(ALPHA), elr, 20, **wrong)["loss"]
    assert not np.abs(seen - found).max() < 1e-3


@pytest.mark.parametrize("n", [1, 3, 9])
@pytest.mark.parametrize("extra", [{}, {"windows": 3, "tangent": True}])
def test_single_runs_plain_and_compiled_with_the_same_bits(n, extra):
    x, y = starts(n, 1, seed=n)[..., 0].tolist()
    alpha = [2.0 ** (i % 3) for i in range(n)]
    if extra:
        extra = {"windows": 3, "tangent": ([1.0] * n, [0.5] * n)}
    for elr in (0.1, 0.4, 30.0):
        plain = run_single(x, y, alpha, elr, 500, every=3, engine="python", **extra)
        assert type(plain["loss"]) is list
        same(run_single(x, y, alpha, elr, 500, every=3, engine="compiled", **extra), plain)


# Twins in the paper's algebra


def both(x, y, alpha, elr, steps):
    """Records of a single run and of a lane."""
    single = run_single(x, y, alpha, elr, steps, every=1, engine="python")
    squares = [[[e**2] for e in z] for z in (x, y)]
    lane = run_ensemble(*squares, alpha, [elr], steps, every=1)
    return single, {key: value[..., 0] for key, value in lane.items()}


@pytest.mark.parametrize(
    ("alpha", "elr", "steps", "tolerance"),
    [
        ([1.0], 1.5, 2000, SETTLED),
        (ALPHA, 0.1, 1000, SETTLED),
        (ALPHA, 0.2, 2000, CHAOTIC),  # settles after some stretching
        (ALPHA, 0.5, CHAOTIC_STEPS, CHAOTIC),
        (ALPHA, 2.0, CHAOTIC_STEPS, CHAOTIC),
        ([0.5, 3.0], 40.0, CHAOTIC_STEPS, CHAOTIC),
    ],
)
def test_runs_follow_the_paper(alpha, elr, steps, tolerance):
    x, y = starts(len(alpha), 1, seed=5)[..., 0].tolist()
    _, _, expected = naive(x, y, alpha, elr, steps)
    for run in both(x, y, alpha, elr, steps):
        for key, values in expected.items():
            np.testing.assert_allclose(run[key], values, rtol=tolerance, atol=1e-200, err_msg=key)


def test_single_keeps_signs():
    x, y = [0.3, -0.5, 0.2], [0.4, 0.1, -0.6]
    run = run_single(x, y, ALPHA, 0.3, CHAOTIC_STEPS)
    expected = np.array(naive(x, y, ALPHA, 0.3, CHAOTIC_STEPS)[:2])
    found = np.array([run["x"], run["y"]])
    np.testing.assert_allclose(found / np.linalg.norm(found), expected, rtol=CHAOTIC)


def test_one_step_is_that_of_exact_fractions():
    """Closed form: the update of x^2 and y^2 in rationals, for a start on no special place."""
    x2, y2, elr = [Fraction(1, 7), Fraction(2, 3)], [Fraction(5, 4), Fraction(1, 9)], Fraction(3, 5)
    whole = sum(x2) + sum(y2)
    run = run_ensemble([[float(e)] for e in x2], [[float(e)] for e in y2], [1.0, 3.0], [0.6], 1)
    expected = []
    for alpha, u, v in zip([1, 3], x2, y2, strict=True):
        d = 2 * elr * whole * alpha / (u + v) ** 2
        expected += [u * (1 - d * v) ** 2, v * (1 + d * u) ** 2]
    found = np.ravel([run["x2"], run["y2"]], order="F")
    np.testing.assert_allclose(found / sum(found), [float(e / sum(expected)) for e in expected], rtol=1e-14)


# Nothing else may matter: threads, places, cuts


def test_threads_places_and_paths_do_not_matter():
    x2, y2, alpha, elr = ensemble_case(3, lanes=500)
    kind = {"every": 7, "windows": 3, "full": True}
    one = run_ensemble(x2, y2, alpha, elr, 300, threads=1, **kind)
    same(run_ensemble(x2, y2, alpha, elr, 300, threads=2, **kind), one)
    same(run_ensemble(x2, y2, alpha, elr, 300, threads=3, path="arrays", **kind), one)
    order = np.random.default_rng(1).permutation(500)[:333]
    moved = run_ensemble(x2[:, order], y2[:, order], alpha, elr[order], 300, **kind)
    same(moved, {key: value[..., order] for key, value in one.items()})


def test_averages_do_not_depend_on_records():
    case = ensemble_case(3)
    bare, recorded = (run_ensemble(*case, 300, windows=2, full=True, every=every) for every in (0, 3))
    same(bare, {key: recorded[key] for key in bare})


def test_a_run_may_be_cut_anywhere():
    case = ensemble_case(3)
    long = run_ensemble(*case, 301, every=4)
    head = run_ensemble(*case, 109, every=4)
    tail = run_ensemble(head["x2"], head["y2"], *case[2:], 192, start=109, every=4)
    same({"x2": tail["x2"], "y2": tail["y2"]}, {"x2": long["x2"], "y2": long["y2"]})
    np.testing.assert_array_equal(np.concatenate([head["elr"], tail["elr"]]), long["elr"])


@pytest.mark.parametrize("engine", ["python", "compiled"])
def test_a_single_run_may_be_cut_anywhere(engine):
    x, y = starts(3, 1)[..., 0].tolist()
    kind = {"every": 4, "engine": engine}
    long = run_single(x, y, ALPHA, 0.4, 301, tangent=([1, 0, 0], [0, 0, 0]), **kind)
    head = run_single(x, y, ALPHA, 0.4, 109, tangent=([1, 0, 0], [0, 0, 0]), **kind)
    tail = run_single(head["x"], head["y"], ALPHA, 0.4, 192, start=109, tangent=head["tangent"], **kind)
    for key in ("x", "y", "tangent"):
        np.testing.assert_array_equal(tail[key], long[key])
    np.testing.assert_array_equal(np.concatenate([head["loss"], tail["loss"]]), long["loss"])


def test_progress_reaches_the_end_in_order():
    seen = []
    run_single([0.3], [0.4], [1.0], 0.5, 3000, progress=seen.append, engine="python")
    assert seen == sorted(seen)
    assert seen[-1] == 3000


# Averages


def brute_force(records, bounds):
    """Means over the windows, summed exactly."""

    def mean(values):
        parts = [np.array(values)[a:b] for a, b in pairwise(bounds)]
        return [np.apply_along_axis(lambda e: math.fsum(e) / len(e), 0, part) for part in parts]

    loss, ess = np.array(records["loss"]), np.array(records["ess_sq"])
    elr, group = np.array(records["elr"]), np.array(records["group_ess_sq"])
    return {
        "mean_loss": mean(loss),
        "mean_log_loss": mean(np.log(loss)),
        "mean_elr": mean(elr),
        "mean_log_elr": mean(np.log(elr)),
        "mean_ess_sq": mean(ess),
        "mean_log1p_ess_sq": mean(np.log1p(ess)),
        "mean_cos_dist": mean(1 - 1 / np.sqrt(1 + ess)),
        "mean_group_ess_sq": mean(group),
        "mean_group_log1p_ess_sq": mean(np.log1p(group)),
    }


@pytest.mark.parametrize("n", [1, 3])
def test_averages_are_those_of_all_records(n):
    x2, y2, alpha, elr = ensemble_case(n, lanes=9)
    run = run_ensemble(x2, y2, alpha, elr, 10_001, every=1, windows=3, full=True)
    for key, expected in brute_force(run, [0, 3333, 6667, 10_001]).items():
        np.testing.assert_allclose(run[key], expected, rtol=MEAN, atol=1e-15, err_msg=key)


@pytest.mark.parametrize("elr", [0.1, 0.2, 0.5, 30.0])
def test_averages_of_a_single_run_are_those_of_all_records(elr):
    run = run_single([0.3, -0.5, 0.2], [0.4, 0.1, 0.6], ALPHA, elr, 1001, every=1, windows=3)
    for key, expected in brute_force(run, [0, 333, 667, 1001]).items():
        np.testing.assert_allclose(run[key], expected, rtol=MEAN, atol=1e-15, err_msg=key)


def test_few_averages_are_those_of_many():
    case = ensemble_case(3)
    full = run_ensemble(*case, 500, windows=2, full=True)
    for kind in ({}, {"log_loss": True}):
        few = run_ensemble(*case, 500, windows=2, **kind)
        same(few, {key: full[key] for key in few})
    assert "mean_log_loss" in few


# The edges


@pytest.mark.parametrize("path", ["vectors", "arrays"])
def test_groups_on_an_axis_stay_there(path):
    x2 = np.array([[0.0, 0.5, 0.0], [0.5, 0.3, 0.0]])
    y2 = np.array([[0.5, 0.0, 0.5], [0.5, 0.2, 0.3]])
    run = run_ensemble(x2, y2, [1.0, 2.0], [0.1, 0.1, 0.1], 40, windows=1, full=True, path=path)
    assert (run["status"] == OK).all()
    assert ((run["x2"] == 0) == (x2 == 0)).all()
    assert ((run["y2"] == 0) == (y2 == 0)).all()
    assert np.isfinite(run["mean_log_loss"][0, :2]).all()
    assert run["mean_log_loss"][0, 2] == -np.inf
    assert run["mean_group_ess_sq"][0, 0, 0] == 0


@pytest.mark.parametrize("engine", ["python", "compiled"])
def test_a_single_group_on_an_axis_stays_there(engine):
    run = run_single([0.0, 0.5], [0.5, 0.0], [1.0, 2.0], 0.7, 50, every=1, windows=1, engine=engine)
    assert run["status"] == OK
    assert run["x"][0] == 0
    assert run["y"][1] == 0
    assert set(np.ravel(run["loss"])) == {2.0}


@pytest.mark.parametrize("path", ["vectors", "arrays"])
def test_a_lane_that_ends_disturbs_no_other(path):
    """A group on an axis takes no steps while the others grow: its share of S falls under 2**-300."""
    x2, y2, alpha, elr = ensemble_case(3, lanes=100)
    elr = np.minimum(elr, 60 / alpha.sum())
    kind = {"every": 1, "windows": 4, "full": True, "path": path}
    healthy = run_ensemble(x2, y2, alpha, elr, 2000, **kind)
    x2[0, [7, 60]], elr[[7, 60]] = 0.0, [1.0, 2.0]
    x2[:, 61], elr[61] = 0.3, 1e200
    run = run_ensemble(x2, y2, alpha, elr, 2000, **kind)
    ended = [7, 60, 61]
    assert run["status"][ended].tolist() == [VANISHED, VANISHED, OVERFLOW]
    others = np.setdiff1d(np.arange(100), ended)
    same(*({key: value[..., others] for key, value in r.items()} for r in (run, healthy)))
    for key in set(run) - {"status", "x2", "y2"}:
        assert np.isnan(run[key][-1][..., ended]).all(), key
    assert np.isfinite(run["loss"][:20, 7]).all()
    assert np.isnan(run["x2"][:, ended]).all()


@pytest.mark.parametrize("engine", ["python", "compiled"])
def test_a_single_run_that_ends_says_so(engine):
    kind = {"every": 10, "windows": 2, "engine": engine}
    run = run_single([0.0, 0.5], [0.5, 0.5], [1.0, 2.0], 1.0, 5000, **kind)
    assert run["status"] == VANISHED
    assert np.isfinite(run["loss"][0])
    assert np.isnan(run["loss"][-1])
    assert np.isnan(run["mean_loss"][-1])
    assert run_single([0.1, 0.5], [0.5, 0.5], [1.0, 2.0], 1e200, 50, **kind)["status"] == OVERFLOW


def test_converged_coordinates_rest_and_can_return():
    """At elr = 0.1 all groups converge; at a later total ELR over the threshold all of them come back."""
    x, y = starts(3, 1)
    rested = run_ensemble(x**2, y**2, ALPHA, [0.1], 5000)
    shares = rested["x2"] / (rested["x2"] + rested["y2"]).sum(axis=0)
    assert (shares > 2.0**-1000).all()  # up to eight steps below the floor
    assert (shares < 2.0**-690).all()
    again = run_ensemble(rested["x2"], rested["y2"], ALPHA, [0.2], 20_000, windows=2)
    np.testing.assert_allclose(again["mean_loss"][1], regimes.equilibrium_loss(ALPHA, 0.2), rtol=1e-3)


# The largest Lyapunov exponent


@pytest.mark.parametrize("a", [0.1, 0.3, 0.7, 0.95])
def test_exponent_at_the_minimum(a):
    """Closed form: at r = 0 the multiplier of r is 1 - 2a [regimes eq. 20]."""
    run = run_single([0.0], [1.0], [2.0], a / 2, 1000, windows=1, tangent=([1.0], [0.0]))
    np.testing.assert_allclose(run["mean_growth"], math.log(abs(1 - 2 * a)), rtol=1e-12)


@pytest.mark.parametrize("a", [1.1, 1.5, 2.5, 10.0, 100.0])
def test_exponent_at_the_level(a):
    """Closed form: at r*^2 = (a - 1)/(a + 1) the multiplier of |r| is 2/a^2 - 1 [regimes eq. 22]."""
    x, y = math.sqrt(regimes.fixed_ratio_sq(2.0, a / 2)), 1.0
    run = run_single([x], [y], [2.0], a / 2, 2000, windows=2, tangent=([y], [-x]))
    np.testing.assert_allclose(run["mean_growth"], math.log(abs(2 / a**2 - 1)), rtol=1e-9)


@pytest.mark.parametrize("elr", [0.1, 0.2, 0.5, 3.0, 30.0])
def test_tangent_is_that_of_the_map_on_the_sphere(elr):
    """Twin: the derivative of the naive map by a complex step, which subtracts nothing."""
    x, y = starts(3, 1, seed=2)[..., 0]
    scale = np.linalg.norm([x, y])
    x, y = x / scale, y / scale
    w = np.array([[0.3, -1.0, 0.2], [0.5, 0.1, 0.9]])
    run = run_single(x, y, ALPHA, elr, CHAOTIC_STEPS, windows=1, tangent=w)
    w -= np.sum(w * [x, y]) * np.array([x, y])
    growth, tiny = 0.0, 1e-150
    for _ in range(CHAOTIC_STEPS):
        w /= np.linalg.norm(w)
        z = np.array([x, y]) + 1j * tiny * w
        moved = np.array(naive_step(*z, ALPHA, elr))
        (x, y), w = moved.real, moved.imag / tiny
        growth += math.log(np.linalg.norm(w))
    np.testing.assert_allclose(run["mean_growth"], growth / CHAOTIC_STEPS, rtol=CHAOTIC)
    found = np.array(run["tangent"])
    np.testing.assert_allclose(found / np.linalg.norm(found), w / np.linalg.norm(w), atol=1e-7)


def test_frozen_norms_leave_a_neutral_direction():
    """In the first regime the groups' norms freeze, and a change of their ratio neither grows nor dies."""
    run = run_single([0.3, -0.5], [0.4, 0.1], [1.0, 2.0], 0.1, 4000, windows=4, tangent=([1, 0], [0, 1]))
    np.testing.assert_allclose(run["mean_growth"][1:], 0, atol=1e-12)


def test_a_short_run_imports_neither_numba_nor_numpy():
    code = (
        "import sys; from sitheory._kernels import run_single;"
        "run_single([.3, .2], [.4, .1], [1, 2], .2, 1000, every=1, windows=4, tangent=([1, 0], [0, 1]));"
        "sys.exit(bool({'numba', 'numpy'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _regression(n, seed=0):
    from sitheory._kernels.regression import steps as regression_steps

    draw = np.random.default_rng(seed)
    gain, unit = np.sort(draw.uniform(0.1, 4, n))[::-1], draw.standard_normal(n)
    unit /= np.linalg.norm(unit)
    state = draw.standard_normal(n)
    return [regression_steps.padded(v) for v in (state, gain, unit, gain * unit)]


@pytest.mark.parametrize("n", [1, 5, 8, 20, 61])
def test_regression_in_registers_is_regression_over_arrays(n):
    """Twin: a few hundred roundings apart, records and padding included; a record may be shorter than p."""
    from sitheory._kernels.regression import steps as regression_steps

    p, *fixed = _regression(n)
    other, seen, expected = p.copy(), np.zeros((43, n)), np.zeros((43, n))
    regression_steps.gram_steps(p, *fixed, 0.999, 0.1, 300, seen, 7)
    regression_steps._array_steps(other, *fixed, 0.999, 0.1, 300, expected, 7, 0)
    np.testing.assert_allclose(seen, expected, atol=1e-12)
    np.testing.assert_allclose(p, other, atol=1e-12)
    assert not p[n:].any()


@pytest.mark.parametrize(("n", "period", "records"), [(3, 1, 203), (12, 2, 1009), (21, 2, 77)])
def test_eigenvalues_side_by_side_are_those_found_alone(n, period, records):
    """Twin: of a run at the edge of stability and of states without order, each begun cold."""
    from sitheory._kernels.regression import steps as regression_steps

    p, gain, unit, push = _regression(n)
    run = np.zeros((records, len(p)))
    regression_steps.gram_steps(p, gain, unit, push, 0.9, 2.0, records, run, 1)
    chance = np.random.default_rng(1).standard_normal((records, n))
    for states, fixed in ((run, (gain, unit, push)), (chance, (gain[:n], unit[:n], push[:n]))):
        found, looks = regression_steps.gram_spectrum(states, *fixed, period)
        alone = [regression_steps.top_eigenvalue(state, *fixed, np.nan, 0.0)[0] for state in states]
        np.testing.assert_allclose(found, alone, atol=1e-11 * gain.max())
        assert looks >= records
