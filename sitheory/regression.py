"""Linear regression with batch normalisation at the edge of stability: ``python -m sitheory.regression``.

Runs gradient descent with weight decay and says, in a person's terms, when it reached the edge, how it
oscillates there, and whether it goes to the minimum-norm interpolant as *sharpness* Theorem 5.1 says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sitheory.edge.long_run import run
from sitheory.losses.regression import BatchNormRegression
from sitheory.reports.command_line import (
    OneLine,
    check_plot,
    check_writable,
    file_name,
    run_command,
    stopped_code,
    whole,
)
from sitheory.reports.regression import Report, draw, in_words
from sitheory.rules import DecayGD
from sitheory.simulation import starts, windows
from sitheory.trajectory.progress import progress_bar

SAMPLES, INPUTS = 20, 100
RESUMES = "; the same command resumes from its checkpoint"


def _parser() -> argparse.ArgumentParser:
    parser = OneLine(
        prog="sitheory.regression", description=(__doc__ or "").split("\n", 1)[0], allow_abbrev=False
    )
    parser.add_argument("--n", type=whole, help=f"samples ({SAMPLES})")
    parser.add_argument("--d", type=whole, help=f"inputs ({INPUTS})")
    parser.add_argument("--lr", type=float, default=1.0, help="learning rate (1)")
    parser.add_argument("--wd", type=float, default=5e-4, help="weight decay (5e-4)")
    parser.add_argument("--steps", type=whole, default=12_000, help="how many steps (12000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of data and start (0)")
    parser.add_argument(
        "--data",
        type=file_name,
        metavar="FILE",
        help=".npz with x, y, or .csv with y last, in place of --n and --d",
    )
    parser.add_argument(
        "--checkpoint", type=file_name, metavar="FILE", help=".npz to resume from and write to"
    )
    parser.add_argument("--plot", type=file_name, metavar="FILE", help="draw the run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _loss(asked: argparse.Namespace) -> BatchNormRegression:
    if asked.data is None:
        n, d = (SAMPLES if asked.n is None else asked.n), (INPUTS if asked.d is None else asked.d)
        return BatchNormRegression.random(n, d, np.random.default_rng(asked.seed))
    if asked.n is not None or asked.d is not None:
        raise ValueError("need --n and --d only without --data, whose samples and inputs they are, got both")
    return BatchNormRegression.from_file(asked.data)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 1 if a checkpoint was requested and could not be written."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        rule, steps = DecayGD(asked.lr, asked.wd), windows.check_steps(asked.steps)
        starts.seed_sequence(asked.seed)
        loss = _loss(asked)
        if asked.plot is not None:
            check_plot(asked.plot)
        if asked.checkpoint is not None:
            _check_checkpoint(asked.checkpoint)
        with progress_bar(steps) as progress:
            done = run(loss, rule, steps, asked.seed, asked.checkpoint, progress)
    except ValueError as bad:
        parser.error(str(bad))
    except KeyboardInterrupt as why:
        kept = asked.checkpoint is not None and asked.checkpoint.exists()
        parser.exit(stopped_code(why), f"{parser.prog}: stopped{RESUMES if kept else ''}\n")
    report = Report(loss, rule, steps, asked.seed, done)
    print(json.dumps(report.as_dict()) if asked.json else in_words(report))
    if asked.plot is not None:
        draw(report, asked.plot)
    if done.unsaved:
        print(f"{parser.prog}: {done.unsaved}; the run went on without one", file=sys.stderr)
    return 1 if done.unsaved else 0


def _check_checkpoint(path: Path) -> None:
    if path.suffix != ".npz":
        raise ValueError(f"need a checkpoint that ends in .npz, got {str(path)!r}")
    check_writable(path, "checkpoint")


if __name__ == "__main__":
    sys.exit(run_command("sitheory.regression", main))
