"""``python -m paper_figs``: list the figures; ``python -m paper_figs NAME...`` or ``--all``: draw them.

A figure names the results that it needs; where one is absent or stale the simulations' own command
computes it first. Files go to ``figures/`` as PNG and PDF, byte-identical between runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from paper_figs import (
    periodic_digits,
    periodic_fig2,
    periodic_fig3,
    periodic_fig4,
    periodic_fig7,
    periodic_fig8,
    periodic_fig13,
    periodic_fig14,
    periodic_interval,
    periodic_jumps,
    periodic_period,
    periodic_rescaling,
    periodic_settle,
    periodic_times,
    regimes_bifurcation,
    regimes_digits,
    regimes_fig2,
    regimes_fig8,
    sharpness_fig1,
    sharpness_fig3,
    sharpness_fig4,
    sharpness_fig5,
    sharpness_orbits,
    sharpness_tracking,
)
from paper_figs.style import write
from sitheory import trajectory

DRAWN = (
    regimes_fig2,
    regimes_fig8,
    regimes_bifurcation,
    periodic_fig2,
    periodic_fig3,
    periodic_fig4,
    periodic_fig7,
    periodic_fig8,
    periodic_fig13,
    periodic_fig14,
    periodic_jumps,
    periodic_times,
    periodic_interval,
    periodic_period,
    periodic_settle,
    periodic_rescaling,
    sharpness_fig1,
    sharpness_fig3,
    sharpness_fig4,
    sharpness_fig5,
    sharpness_orbits,
    sharpness_tracking,
    regimes_digits,
    periodic_digits,
)
FIGURES = {m.__name__.rsplit(".", 1)[1]: m for m in DRAWN}


def main(argv: list[str]) -> int:
    """List or draw; return the exit code."""
    parser = argparse.ArgumentParser(prog="paper_figs", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to draw")
    parser.add_argument("--all", action="store_true", help="draw every figure")
    parser.add_argument("--out", type=Path, default=Path("figures"), help="folder to write to (figures)")
    asked = parser.parse_args(argv)
    unknown = [name for name in asked.names if name not in FIGURES]
    if unknown:
        print(f"paper_figs: need names from {', '.join(FIGURES)}, got {unknown[0]!r}", file=sys.stderr)
        return 2
    names = list(FIGURES) if asked.all else asked.names
    if not names:
        for name, module in FIGURES.items():
            print(f"{name:<22}{module.COST:<16}{(module.__doc__ or '').splitlines()[0]}")
    for name in names:
        module = FIGURES[name]
        results = [trajectory.load(_result(need)) for need in module.NEEDS]
        for path in write(module.draw(*results), asked.out / name):
            print(path)
    return 0


def _result(experiment: str) -> Path:
    command = [sys.executable, "-m", "simulations", experiment]
    return Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
