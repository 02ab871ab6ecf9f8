"""Gradient descent with weight decay on a scale-invariant loss: ``python -m sitheory.decay --lr 0.1 --wd 1e-3``.

Runs x' = (1 - lr wd) x - lr grad f(x) and says, in a person's terms, what the norm did, whether the run cycles
as *periodic* describes, and where that paper's statements do not hold for it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from sitheory.losses.compiled import SphereQuadratics
from sitheory.losses.planar import Fourier
from sitheory.losses.protocol import ScaleInvariantLoss
from sitheory.losses.quotients import Quotients
from sitheory.reports.command_line import OneLine, check_plot, file_name, run_command, whole
from sitheory.reports.decay import draw, in_words, run
from sitheory.rules import DecayGD
from sitheory.simulation import starts, windows
from sitheory.trajectory.progress import progress_bar

TURN = 0.3
"""Planar losses are turned by this, so that no minimum lies on an axis (see ``Fourier.turned``)."""

LOSSES = {
    "quartic": "sin^2 phi + bend sin^4 phi in the plane",
    "cosine": "1 - cos phi in the plane",
    "quotients": "the toy function of regimes with --alpha",
    "fourier": "a planar loss with --cos and --sin",
    "noisy": "16 random mini-batch quadratics in 8 dimensions",
    "interpolating": "the same, with a direction that fits all mini-batches",
}

BELONGS = {"bend": "quartic", "alpha": "quotients", "cos": "fourier", "sin": "fourier"}
"""Options that only one loss has."""


def _parser() -> OneLine:
    listed = "\n".join(f"  {name:<15} {meaning}" for name, meaning in LOSSES.items())
    parser = OneLine(
        prog="sitheory.decay",
        description=(__doc__ or "").split("\n", 1)[0],
        epilog=f"losses:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lr", type=float, required=True, help="learning rate")
    parser.add_argument("--wd", type=float, required=True, help="weight decay")
    parser.add_argument("--loss", choices=LOSSES, default="quartic", help="see below (quartic)")
    parser.add_argument("--bend", type=float, help="of the quartic loss (1)")
    parser.add_argument("--alpha", type=float, nargs="+", help="of the quotients (1 2 4)")
    parser.add_argument("--cos", type=float, nargs="+", help="a_1 a_2 ... of the fourier loss")
    parser.add_argument("--sin", type=float, nargs="+", help="b_1 b_2 ... of the fourier loss")
    parser.add_argument(
        "--delta", type=float, default=1e-2, help="cosine distance that a jump exceeds (0.01)"
    )
    parser.add_argument("--steps", type=whole, default=200_000, help="how many steps (200000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of the start and the mini-batches (0)")
    parser.add_argument("--start", type=float, nargs="+", metavar="V", help="a start; its norm matters")
    parser.add_argument("--plot", type=file_name, metavar="FILE", help="draw the run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _loss(asked) -> ScaleInvariantLoss:
    for option, whose in BELONGS.items():
        if getattr(asked, option) is not None and asked.loss != whose:
            raise ValueError(f"need --loss {whose} for --{option}, got --loss {asked.loss}")
    if asked.loss == "quotients":
        return Quotients((1, 2, 4) if asked.alpha is None else tuple(asked.alpha))
    if asked.loss in ("noisy", "interpolating"):
        return SphereQuadratics.random(8, 16, asked.seed, interpolating=asked.loss == "interpolating")
    if asked.loss == "fourier":
        return Fourier(tuple(asked.cos or ()), tuple(asked.sin or ()))
    if asked.loss == "cosine":
        return Fourier(cos=(-1,), level=1).turned(TURN)
    return Fourier.quartic(1.0 if asked.bend is None else asked.bend).turned(TURN)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        rule = DecayGD(asked.lr, asked.wd)
        starts.seed_sequence(asked.seed)
        loss = _loss(asked)
        steps = windows.check_steps(asked.steps)
        if not 0 < asked.delta < 1:
            raise ValueError(f"need 0 < delta < 1, got delta={asked.delta!r}")
        start = None if asked.start is None else starts.checked_decay_start(loss, np.array(asked.start))
        if asked.plot is not None:
            check_plot(asked.plot)
    except ValueError as bad:
        parser.error(str(bad))
    with progress_bar(steps) as progress:
        report = run(LOSSES[asked.loss], loss, rule, steps, asked.seed, start, asked.delta, progress)
    print(report.as_json() if asked.json else in_words(report))
    if asked.plot is not None:
        draw(report, asked.plot)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("sitheory.decay", main))
