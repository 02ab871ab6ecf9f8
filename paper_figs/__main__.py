"""``python -m paper_figs``: list the figures; ``python -m paper_figs NAME...`` or ``--all``: draw them.

A figure names the results that it needs; where one is absent or stale the simulations' own command
computes it first. Files go to ``figures/`` as PNG and PDF, byte-identical between runs, with the names of
the results that they drew in their metadata. ``--html FILE`` puts what was drawn on one page, with the
papers' statements and the numbers that they predict.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from paper_figs.gallery import Plate, page
from paper_figs.style import write
from sitheory.trajectory import schema
from sitheory.trajectory.atomic_files import written_whole

DRAWN = tuple(
    import_module(f"paper_figs.{name}")
    for name in (
        "regimes_fig1",
        "regimes_fig2",
        "regimes_fig3",
        "regimes_fig4",
        "regimes_fig5",
        "regimes_fig6",
        "regimes_fig7",
        "regimes_fig8",
        "regimes_fig9",
        "regimes_fig10",
        "regimes_fig13",
        "regimes_fig14",
        "regimes_fig15",
        "regimes_fig16",
        "regimes_fig17",
        "regimes_fig18",
        "regimes_fig19",
        "regimes_fig20",
        "regimes_fig21",
        "regimes_fig22",
        "regimes_fig23",
        "regimes_fig24",
        "regimes_fig27",
        "regimes_fig28",
        "regimes_bifurcation",
        "regimes_phases",
        "regimes_basins",
        "periodic_fig1",
        "periodic_fig2",
        "periodic_net_fig2",
        "periodic_fig3",
        "periodic_net_fig3",
        "periodic_fig4",
        "periodic_net_fig4",
        "periodic_fig5",
        "periodic_fig6",
        "periodic_fig7",
        "periodic_fig8",
        "periodic_fig9",
        "periodic_fig10",
        "periodic_fig11",
        "periodic_fig12",
        "periodic_fig13",
        "periodic_net_fig13",
        "periodic_fig14",
        "periodic_net_fig14",
        "periodic_fig16",
        "periodic_fig17",
        "periodic_jumps",
        "periodic_times",
        "periodic_interval",
        "periodic_period",
        "periodic_plane",
        "periodic_settle",
        "periodic_rescaling",
        "sharpness_fig1",
        "sharpness_fig2",
        "sharpness_fig3",
        "sharpness_fig4",
        "sharpness_fig5",
        "sharpness_orbits",
        "sharpness_tracking",
        "regimes_digits",
        "periodic_digits",
        "beyond_sphere_one_group",
        "beyond_sphere_threshold",
        "beyond_sphere_equilibrium",
        "beyond_sphere_turns",
        "beyond_decay_planar",
        "beyond_decay_times",
        "beyond_edge_drift",
    )
)
FIGURES = {m.__name__.rsplit(".", 1)[1]: m for m in DRAWN}


def main(argv: list[str]) -> int:
    """List or draw; return the exit code."""
    parser = argparse.ArgumentParser(prog="paper_figs", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to draw")
    parser.add_argument("--all", action="store_true", help="draw every figure")
    parser.add_argument("--out", type=Path, default=Path("figures"), help="folder to write to (figures)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write what is drawn as one page, too")
    asked = parser.parse_args(argv)
    unknown = [name for name in asked.names if name not in FIGURES]
    if unknown:
        print(f"paper_figs: need names from {', '.join(FIGURES)}, got {unknown[0]!r}", file=sys.stderr)
        return 2
    names = list(FIGURES) if asked.all else asked.names
    if not names:
        for name, module in FIGURES.items():
            print(f"{name:<27}{module.COST:<16}{(module.__doc__ or '').splitlines()[0]}")
    if asked.html and not names:
        print("paper_figs: need --all or names with --html, got none", file=sys.stderr)
        return 2
    try:
        plates = [_drawn(name, asked.out) for name in names]
    except subprocess.CalledProcessError as failed:  # the simulations' command has said why in one line
        return failed.returncode
    if asked.html:
        with written_whole(asked.html) as temporary:
            temporary.write_text(page(plates), encoding="utf-8")
        print(asked.html)
    return 0


def _drawn(name: str, folder: Path) -> Plate:
    """Draw a figure, print where it lies, and return it with what stands beside it in the gallery."""
    module = FIGURES[name]
    results = {path: schema.load(path) for path in map(_result, module.NEEDS)}
    for path in write(module.draw(*results.values()), folder / name, [path.name for path in results]):
        print(path)
    caption = " ".join((module.__doc__ or "").split("\n\n")[0].split())
    numbers = module.numbers(*results.values())
    return Plate(name, caption, module.COST, module.CLAIMS, folder / f"{name}.png", numbers, results)


def _result(experiment: str) -> Path:
    command = [sys.executable, "-m", "simulations", experiment]
    return Path(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
