"""``python -m simulations``: list the experiments; ``python -m simulations NAME``: make sure of a result.

Prints the path of the result file. Fields of the configuration are flags: ``python -m simulations
toy_three_regimes --steps 1000``; ``python -m simulations NAME --help`` lists them. An experiment that answers
a question prints its answer with ``--table``. Experiments on networks take ``--size paper`` for the papers' own
data, networks and lengths.
"""

import sys
from pathlib import Path

import tyro

from simulations import (
    decay_ablation,
    decay_beta,
    decay_cycles,
    decay_interval,
    decay_jumps,
    decay_period,
    decay_phases,
    decay_products,
    decay_rescaling,
    decay_settle,
    decay_times,
    digits_decay,
    digits_sphere,
    net_regimes_grid,
    sharpness_curve,
    sharpness_descent,
    sharpness_matrix,
    sharpness_min_norm,
    sharpness_orbits,
    sharpness_oscillation,
    sharpness_precision,
    sharpness_regression,
    sharpness_rmsprop,
    sharpness_tracking,
    toy_bifurcation,
    toy_three_regimes,
)
from simulations.experiment import ensure, result_path
from sitheory import trajectory

EXPERIMENTS = {
    e.name: e
    for e in (
        toy_three_regimes.ThreeRegimes,
        toy_bifurcation.Bifurcation,
        decay_jumps.Jumps,
        decay_interval.Interval,
        decay_period.Period,
        decay_times.Times,
        decay_settle.Settle,
        decay_rescaling.Rescaling,
        decay_cycles.Cycles,
        decay_phases.Phases,
        decay_products.Products,
        decay_ablation.Ablation,
        decay_beta.Beta,
        sharpness_regression.Regression,
        sharpness_curve.Curve,
        sharpness_matrix.Matrix,
        sharpness_oscillation.Oscillation,
        sharpness_orbits.Orbits,
        sharpness_tracking.Tracking,
        sharpness_min_norm.MinNorm,
        sharpness_precision.Precision,
        sharpness_descent.Descent,
        sharpness_rmsprop.RMSprop,
        digits_sphere.DigitsSphere,
        digits_decay.DigitsDecay,
        net_regimes_grid.Grid,
    )
}
RESULTS = Path("results")


def main(argv: list[str]) -> int:
    """List, or run one experiment; return the exit code."""
    if not argv:
        for name, experiment in EXPERIMENTS.items():
            state = "fresh" if result_path(experiment(), RESULTS).exists() else "absent or stale"
            print(f"{name:<22}{experiment.cost:<16}{state:<17}{(experiment.__doc__ or '').splitlines()[0]}")
        return 0
    if argv[0] not in EXPERIMENTS:
        print(f"simulations: need one of {', '.join(EXPERIMENTS)}, got {argv[0]!r}", file=sys.stderr)
        return 2
    words = [word for word in argv[1:] if word != "--table"]
    experiment = tyro.cli(EXPERIMENTS[argv[0]], args=words, prog=f"simulations {argv[0]}")
    try:
        path = ensure(experiment, RESULTS)
    except (ImportError, FileNotFoundError) as missing:  # an extra or a data set: it says which
        print(f"simulations: {missing}", file=sys.stderr)
        return 1
    if "--table" not in argv:
        print(path)
    elif hasattr(experiment, "table"):
        print(experiment.table(trajectory.load(path)))
    else:
        print(f"simulations: need an experiment with a table for --table, got {argv[0]!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
