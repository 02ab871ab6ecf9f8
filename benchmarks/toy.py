"""The toy function on the sphere: ensembles, single trajectories, logging, start-up, memory."""

import importlib.util
import os
import subprocess
import sys

import numpy as np

from benchmarks import ceiling, peers
from benchmarks.c_code import by_lanes
from benchmarks.pairs import Ratio, Skipped, ratio
from sitheory._kernels import run_ensemble, run_single
from sitheory._kernels.toy.ensemble import Job, Span
from sitheory._kernels.toy.layout import CADENCE, NOTHING

ALPHA = (1.0, 2.0, 4.0)
LANES = 24 * 64
STEPS = 8_000
X, Y = [0.3, -0.5, 0.2], [0.4, 0.1, 0.6]


def alphas(n):
    return tuple(2.0 ** (i % 3) for i in range(n))


def ensemble(n=3, lanes=LANES, elr=3.0):
    """Lanes in the second and third regime: elr is the total ELR over its threshold."""
    x, y = np.random.default_rng(0).standard_normal((2, n, lanes))
    return x**2, y**2, alphas(n), np.full(lanes, elr / sum(alphas(n)))


def rows(repeats):
    """All lines, one after the other."""
    for part in (against_ceiling, on_arrays, against_peers, logging, single, start_up, memory):
        yield from part(repeats)


def against_ceiling(repeats):
    case = ensemble()

    def ours():
        run_ensemble(*case, STEPS, threads=1)

    for name, merged, contract, must, aim in (
        ("C by hand, strict, our algebra", True, False, 0.85, 0.95),
        ("C by hand, contracted, our algebra", True, True, None, 0.92),
        ("C by hand, strict, a divide a group", False, False, 0.85, 0.95),
    ):
        theirs = ceiling.by_hand(*case, STEPS, merged=merged, contract=contract)
        if theirs is None:
            yield Skipped(f"ensemble n=3: speed over {name}", "needs gcc")
        else:
            yield ratio(f"ensemble n=3: speed over {name}", ours, theirs, repeats, must, aim)
    name = "ensemble n=3: two threads over one"
    if (os.cpu_count() or 1) < 2:
        yield Skipped(name, "needs two cores")
    else:
        two = ensemble(lanes=4 * LANES)
        jobs = [lambda k=k: run_ensemble(*two, STEPS, threads=k) for k in (2, 1)]
        yield ratio(name, *jobs, repeats, 1.8, 1.95, wall=True)
        # What a busy machine does not hide: how much more work two threads make of it together.
        spent = "ensemble n=3: processor time of two threads over one"
        yield ratio(spent, *jobs, repeats, 1.05, 1.0, at_most=True)
    yield ratio(
        "ensemble n=3: cost of converged lanes",
        lambda: run_ensemble(*ensemble(elr=0.7), STEPS, threads=1),
        ours, repeats, 1.1, 1.0, at_most=True,
    )  # fmt: skip


def on_arrays(repeats):
    for n in (1, 2, 3, 8, 64):
        case = ensemble(n, lanes=max(64, 64 * (48 // n)))
        theirs = ceiling.arrays(*case, STEPS)
        name = f"ensemble n={n}: speed over C structure of arrays"
        if theirs is None:
            yield Skipped(name, "needs gcc")
        else:
            yield ratio(name, lambda c=case: run_ensemble(*c, STEPS, threads=1), theirs, repeats, 0.6, 1.0)


def against_peers(repeats):
    few, many = ensemble(), ensemble(lanes=64 * LANES)
    printed = by_lanes({8: (20, 25), 4: (14, 17)}) or (None, None)
    for name, make, case, steps, part, must, aim in (
        (
            "numpy, equations as printed",
            peers.numpy_printed,
            few,
            STEPS,
            40,
            *printed,
        ),
        ("numpy, our algebra in place", peers.numpy_ensemble, few, STEPS, 40, 10, 20),
        ("the same, 10^5 lanes", peers.numpy_ensemble, many, 4 * STEPS // 64, 25, 10, 20),
        ("naive numba", peers.naive_ensemble, few, STEPS, 10, 12, 22),
        ("JAX", peers.jax_ensemble, few, STEPS, 4, None, None),
    ):
        theirs = make(*case, steps // part)
        line = f"ensemble n=3: speed over {name}"
        if theirs is None:
            yield Skipped(line, "not installed")
        else:
            yield ratio(
                line,
                lambda c=case, s=steps: run_ensemble(*c, s, threads=1),
                theirs,
                repeats,
                must,
                aim,
                scale=part,
            )


def logging(repeats):
    case = ensemble()

    def bare():
        run_ensemble(*case, STEPS, threads=1)

    for name, kind, must, aim in (
        ("mean loss and ELRs", {"windows": 4}, None, 1.2),
        ("mean log F", {"windows": 4, "log_loss": True}, 1.5, 1.35),
        ("all means", {"windows": 4, "full": True}, None, 3),
    ):
        yield ratio(
            f"ensemble n=3: cost of {name}",
            lambda k=kind: run_ensemble(*case, STEPS, threads=1, **k),
            bare, repeats, must, aim, at_most=True,
        )  # fmt: skip
    yield ratio(
        "ensemble n=3: cost of records of every 10th step, memory at hand",
        _advance(case, 10), _advance(case, 0), repeats, by_lanes({8: 1.1, 4: 1.25}), 1.0, at_most=True,
    )  # fmt: skip
    yield ratio(
        "ensemble n=3: the same with new memory from the system",
        lambda: run_ensemble(*case, STEPS, threads=1, every=10), bare, repeats, at_most=True,
    )  # fmt: skip


def _advance(case, every):
    """The compiled loop alone, which writes its records again and again to the same place."""
    job = Job(*case[:2], case[3], np.array(ALPHA), Span(0, STEPS, every, 0, CADENCE), NOTHING, "vectors")
    return lambda: job.advance(0, job.count, 0, STEPS)


def single(repeats):
    steps, part = 4_000_000, 20

    def ours():
        run_single(X, Y, ALPHA, 0.4, steps)

    yield ratio(
        "single n=3: speed over naive numba",
        ours, peers.naive_single(X, Y, ALPHA, 0.4, steps), repeats, 3, 3.5,
    )  # fmt: skip
    theirs = peers.pynamicalsys_single(X, Y, ALPHA, 0.4, steps // part)
    if theirs is None:
        yield Skipped("single n=3: speed over pynamicalsys", "not installed")
    else:
        yield ratio("single n=3: speed over pynamicalsys", ours, theirs, repeats, 7, 9, scale=part)
    tangent = ([1, 0, 0], [0, 0, 1])
    for name, kind, must in (
        ("records of every 10th step", {"every": 10}, None),
        ("all means", {"windows": 4}, None),
        ("all means and the Lyapunov exponent", {"windows": 4, "tangent": tangent}, None),
    ):
        yield ratio(
            f"single n=3: cost of {name}",
            lambda k=kind: run_single(X, Y, ALPHA, 0.4, steps, **k), ours, repeats, must, at_most=True,
        )  # fmt: skip


def start_up(repeats):
    def command(*arguments):
        return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    name = "start-up: `-m sitheory.toy --elr 0.2` over `import numpy`"
    if importlib.util.find_spec("sitheory.toy") is None:
        yield Skipped(name, "no sitheory.toy yet")
    else:
        toy, numpy = command("-m", "sitheory.toy", "--elr", "0.2"), command("-c", "import numpy")
        yield ratio(name, toy, numpy, repeats, 3, 1, at_most=True, wall=True)
    code = f"from sitheory._kernels import run_single;run_single({X}, {Y}, {ALPHA}, 0.2, 10_000, windows=10)"
    yield ratio(
        "start-up: a plain run of 10^4 steps over `import numpy`",
        command("-c", code), command("-c", "import numpy"), repeats, 3, 1, at_most=True, wall=True,
    )  # fmt: skip


def memory(repeats):
    """Largest resident size of 10^8 steps with all means over that of 10^6: not a time, so once."""
    for call in (
        "run_ensemble(*np.ones((2, 3, 8)) * [[[1], [2], [3]], [[2], [2], [1]]], [1, 2, 4], [0.4] * 8, steps,"
        " windows=4, full=True)",
        f"run_single({X}, {Y}, {ALPHA}, 0.4, steps, windows=4, engine='compiled')",
    ):
        code = (
            "import sys, resource, numpy as np; from sitheory._kernels import run_ensemble, run_single;"
            f"steps = int(sys.argv[1]); {call};"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        sizes = [
            int(subprocess.run([sys.executable, "-c", code, steps], check=True, capture_output=True).stdout)
            for steps in ("1000000", "1000000", "100000000")
        ][1:]
        name = f"memory: 10^8 steps over 10^6, {call.partition('(')[0]}"
        note = f"{sizes[1] // 1024} MiB against {sizes[0] // 1024} MiB"
        value = sizes[1] / sizes[0]
        yield Ratio(name, value, value, value, 1.05, 1.0, True, note)
