"""``python -m simulations --list``: what there is; ``python -m simulations NAME``: make sure of a result.

Prints the path of the result file. Fields of the configuration are flags: ``python -m simulations
toy_three_regimes --steps 1000``; ``python -m simulations NAME --help`` lists them. An experiment that answers
a question prints its answer with ``--table``. ``--executor`` says what runs the cells; a command that was
stopped or killed goes on where it was. Experiments on networks take ``--size paper`` for the papers' own data,
networks and lengths.
"""

import argparse
import os
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import tyro

from simulations import (
    beyond_bursts,
    beyond_planar,
    beyond_sphere_equilibrium,
    beyond_sphere_one_group,
    beyond_sphere_threshold,
    beyond_sphere_turns,
    beyond_times,
    decay_ablation,
    decay_beta,
    decay_cycles,
    decay_interval,
    decay_jumps,
    decay_period,
    decay_phases,
    decay_plane,
    decay_products,
    decay_rescaling,
    decay_settle,
    decay_times,
    digits_decay,
    digits_sphere,
    executors,
    listing,
    net_advice,
    net_periodic_descent,
    net_periodic_fixed_norm,
    net_periodic_grid,
    net_periodic_minima,
    net_periodic_practice,
    net_periodic_step_by_step,
    net_regimes_augmentation,
    net_regimes_conventional,
    net_regimes_finetune,
    net_regimes_grid,
    net_regimes_noise,
    net_regimes_paths,
    net_regimes_perceptron,
    net_regimes_sharpness,
    net_regimes_transformer,
    net_regimes_walk,
    net_regimes_whole_space,
    net_regimes_width,
    net_sharpness_time,
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
    toy_basins,
    toy_bifurcation,
    toy_phases,
    toy_three_regimes,
)
from simulations.experiment import ensure, is_swept
from sitheory.reports.command_line import OneLine, run_command, whole
from sitheory.trajectory import schema
from sitheory.trajectory.progress import cells_bar

EXPERIMENTS = {
    e.name: e
    for e in (
        toy_three_regimes.ThreeRegimes,
        toy_bifurcation.Bifurcation,
        toy_phases.Phases,
        toy_basins.Basins,
        decay_jumps.Jumps,
        decay_interval.Interval,
        decay_period.Period,
        decay_plane.Plane,
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
        net_advice.NetAdvice,
        net_periodic_grid.Grid,
        net_periodic_step_by_step.StepByStep,
        net_periodic_fixed_norm.FixedNorm,
        net_periodic_fixed_norm.FixedNormDescent,
        net_periodic_descent.Descent,
        net_periodic_minima.Minima,
        net_periodic_practice.Practice,
        net_sharpness_time.Sharpness,
        net_regimes_grid.Grid,
        net_regimes_finetune.Finetune,
        net_regimes_finetune.FinetuneFirst,
        net_regimes_paths.Paths,
        net_regimes_walk.Walk,
        net_regimes_perceptron.Perceptron,
        net_regimes_transformer.Transformer,
        net_regimes_width.Width,
        net_regimes_noise.Noise,
        net_regimes_augmentation.Augmentation,
        net_regimes_sharpness.Sharpness,
        net_regimes_whole_space.WholeSpace,
        net_regimes_conventional.Conventional,
        beyond_sphere_one_group.OneGroup,
        beyond_sphere_threshold.Threshold,
        beyond_sphere_equilibrium.Equilibrium,
        beyond_sphere_turns.Turns,
        beyond_planar.Planar,
        beyond_times.Times,
        beyond_bursts.Bursts,
    )
}
RESULTS = Path("results")


def main(argv: list[str]) -> int:
    """List, or run one experiment; return the exit code."""
    asked, words = _parser().parse_known_args(argv)
    if asked.list or not argv:
        print("\n".join(listing.lines(EXPERIMENTS, RESULTS)))
        return 0
    if not words or words[0] not in EXPERIMENTS:
        got = repr(words[0]) if words else "none"
        print(f"simulations: need one of {', '.join(EXPERIMENTS)}, got {got}", file=sys.stderr)
        return 2
    name, kind = words[0], EXPERIMENTS[words[0]]
    if asked.table and not hasattr(kind, "table"):
        print(f"simulations: need an experiment with a table for --table, got {name!r}", file=sys.stderr)
        return 2
    experiment = tyro.cli(kind, args=words[1:], prog=f"simulations {name}", description=_help(kind))
    try:
        path = _ensured(experiment, asked)
    except ValueError as bad:
        print(f"simulations: {str(bad).splitlines()[0]}", file=sys.stderr)
        return 2
    except (ImportError, FileNotFoundError) as missing:  # an extra or a data set: it says which
        print(f"simulations: {str(missing).splitlines()[0]}", file=sys.stderr)
        return 1
    except (OSError, BrokenExecutor) as stopped:
        print(f"simulations: stopped, {stopped}; the same command goes on from there", file=sys.stderr)
        return 1
    _warn_of_failures(path)
    print(experiment.table(schema.load(path)) if asked.table else path)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = OneLine(prog="simulations", add_help=False, allow_abbrev=False)
    parser.add_argument("--list", action="store_true", help="what exists, what is stale, what it would cost")
    parser.add_argument("--table", action="store_true", help="print the experiment's answer")
    parser.add_argument("--executor", choices=executors.KINDS, default="threads", help="what runs the cells")
    parser.add_argument("--workers", type=whole, default=os.cpu_count(), help="how many at a time here")
    parser.add_argument(
        "--options", nargs="*", type=_option, default=[], metavar="KEY=VALUE", help="the executor's"
    )
    return parser


def _help(kind: Any) -> str:
    return f"{kind.__doc__}\n\n{_parser().format_help().partition('options:')[2]}"


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"need KEY=VALUE, got {text!r}")
    return key, int(value) if value.isdigit() else value


def _ensured(experiment: Any, asked: argparse.Namespace) -> Path:
    cells = experiment.grid().cells if is_swept(experiment) else 0
    with (
        executors.opened(asked.executor, asked.workers, dict(asked.options), RESULTS) as machinery,
        cells_bar(cells) as progress,
    ):
        return ensure(experiment, RESULTS, progress=progress, **machinery)


def _warn_of_failures(path: Path) -> None:
    with schema.load(path, lazy=True) as result:
        if "message" in result:
            messages = result["message"].values.ravel()
            raised = [message for message in messages if message]
            count = f"{len(raised)} of {len(messages)}"
            print(
                f"simulations: {count} cells raised an error, see status and message: {raised[0]}",
                file=sys.stderr,
            )


if __name__ == "__main__":
    sys.exit(run_command("simulations", lambda: main(sys.argv[1:])))
