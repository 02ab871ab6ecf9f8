"""``python -m paper_figs``: list the figures; ``python -m paper_figs NAME...`` or ``--all``: draw them.

A figure names the results that it needs; where one is absent or stale the simulations' own command
computes it first, with ``--size paper`` at the papers' size; ``--result FILE`` is drawn in place of a result of
the same experiment. Files go to ``figures/`` as PNG and PDF, byte-identical between runs, with the names of
the results that they drew in their metadata. ``--html FILE`` puts what was drawn on one page, with the
papers' statements and the numbers that they predict. A folder of your own in front, ``python -m paper_figs FOLDER
NAME``, draws its figures.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from paper_figs import discovery, overview
from sitheory.references import paper_folders
from sitheory.references.paper_folders import DoesNotLoadError
from sitheory.reports.command_line import OneLine, check_writable, file_name, run_command, unknown_name
from sitheory.reports.text import columns

if TYPE_CHECKING:
    from paper_figs.gallery import Plate

APART: dict[str, Any] = {"stdout": subprocess.PIPE, "start_new_session": True}
"""How the simulations' command runs: Ctrl-C stops this one, which stops that one, and says so once."""

OUT = Path("figures")
"""Where figures go by default."""


def main(argv: list[str]) -> int:
    """List or draw; return the exit code."""
    asked = _parser().parse_args(argv)
    own = Path(asked.names[0]).resolve() if asked.names and paper_folders.is_own(asked.names[0]) else None
    try:
        figures, broken = discovery.figures(own)
    except ValueError as bad:
        return _refused(str(bad))
    asked.names = asked.names[1:] if own else asked.names
    if own and not (figures or broken):
        return _refused(f"need a figure, a file that names what it NEEDS, got none in {str(own)!r}")
    if ignored := _ignored(asked):
        return _refused(ignored)
    every = discovery.named(figures)
    if asked.table:
        print(overview.page(), end="")
        return 0
    unknown = [name for name in asked.names if name not in every]
    if unknown:
        return _refused(unknown_name("a figure", unknown[0], every), *broken)
    if not (asked.all or asked.names):
        print("\n".join(_listed(figures)))
        return _refused(*broken, code=1) if broken else 0
    modules, failed = _loaded(figures if asked.all else every, None if asked.all else asked.names)
    if asked.all:
        failed = [*broken, *failed]
    try:
        given = _by_experiment(asked.result, {need for module in modules.values() for need in module.NEEDS})
        _try_outputs(asked.out, asked.html)
        plates = [_drawn(name, module, asked, given, own) for name, module in modules.items()]
    except ValueError as bad:
        return _refused(str(bad))
    except subprocess.CalledProcessError as stopped:  # the simulations' command has said why in one line
        return stopped.returncode
    if asked.html:
        _write_page(plates, asked.html, own)
    return _refused(*failed, code=1) if failed else 0


def _ignored(asked: argparse.Namespace) -> str:
    """A line on what would be ignored beside what is asked for, empty if there is nothing."""
    given = {"--html": asked.html, "--size": asked.size, "--result": asked.result, "--all": asked.all}
    given |= {"--out": asked.out != OUT, "names": asked.names}
    beside = [name for name, value in given.items() if value]
    if asked.table:
        return f"need --table alone, got {beside[0]} beside it" if beside else ""
    if asked.all and asked.names:
        return f"need --all or names, got --all and {asked.names[0]!r}"
    if beside and not (asked.all or asked.names):
        return f"need --all or names with {beside[0]}, got none"
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = OneLine(prog="paper_figs", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to draw")
    parser.add_argument(
        "--table", action="store_true", help="print which printed figures are drawn, on what data"
    )
    parser.add_argument("--all", action="store_true", help="draw every figure")
    parser.add_argument("--out", type=file_name, default=OUT, help="folder to write to (figures)")
    parser.add_argument("--html", type=file_name, metavar="FILE", help="write what is drawn as one page, too")
    parser.add_argument("--size", choices=("small", "paper"), help="of the experiments on networks")
    parser.add_argument(
        "--result",
        type=file_name,
        metavar="FILE",
        action="append",
        default=[],
        help="a result of the simulations to draw in place of the default one; may be repeated",
    )
    return parser


def _refused(*lines: str, code: int = 2) -> int:
    for line in lines:
        print(f"paper_figs: {line}", file=sys.stderr)
    return code


def _listed(figures: Mapping[str, discovery.Listed]) -> Iterator[str]:
    costs = [figure.cost for figure in figures.values()]
    titles = [f"{f.title} [also {', '.join(f.also)}]" if f.also else f.title for f in figures.values()]
    cells = {"figure": list(figures), "takes": costs, "shows": titles}
    yield from columns(cells, left=cells).splitlines()


def _loaded(
    figures: Mapping[str, discovery.Listed], names: Collection[str] | None
) -> tuple[dict[str, ModuleType], list[str]]:
    """The figures' modules, of all where no names are given, and a line for each that does not load."""
    modules, failed = {}, []
    for name in figures if names is None else names:
        try:
            modules[name] = discovery.load(figures[name])
        except DoesNotLoadError as error:
            failed.append(str(error))
    return modules, failed


def _by_experiment(files: Collection[Path], needed: Collection[str]) -> dict[str, Path]:
    """The given results by experiment, which their names begin with.

    Raises:
        ValueError: If a file is missing, or no figure needs its experiment.
    """
    given = {}
    for file in files:
        experiment = file.name.rpartition("-")[0]
        if not file.is_file():
            raise ValueError(f"need a file for --result, got {str(file)!r}")
        if experiment not in needed:
            raise ValueError(f"need a result of {' or '.join(sorted(needed))}, got {file.name!r}")
        given[experiment] = file
    return given


def _try_outputs(folder: Path, page: Path | None) -> None:
    """Make the folder, and try to write where files are to lie: results take long.

    Raises:
        ValueError: If nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failed:
        said = failed.strerror or failed
        raise ValueError(f"need a writable folder for --out, got {str(folder)!r}: {said}") from None
    check_writable(folder / "figure.png", "folder for --out")
    if page is not None:
        check_writable(page, "file for --html")


def _drawn(
    name: str, module: ModuleType, asked: argparse.Namespace, given: Mapping[str, Path], own: Path | None
) -> Plate:
    """Draw a figure, print where it lies, and return it with what stands beside it in the gallery."""
    from paper_figs.gallery import Plate
    from paper_figs.style import write
    from sitheory.trajectory import schema

    paths = [given.get(need) or _result(need, asked.size, own) for need in module.NEEDS]
    results = {path: schema.load(path) for path in paths}
    for path in write(module.draw(*results.values()), asked.out / name, [path.name for path in results]):
        print(path)
    caption = " ".join((module.__doc__ or "").split("\n\n")[0].split())
    numbers = module.numbers(*results.values())
    return Plate(name, caption, module.COST, module.CLAIMS, asked.out / f"{name}.png", numbers, results)


def _result(experiment: str, size: str | None, own: Path | None) -> Path:
    whose = [str(own)] if own and _is_in(own, experiment) else []
    command = [sys.executable, "-m", "simulations", *whose, experiment, *(["--size", size] if size else [])]
    return Path(subprocess.run(command, check=True, text=True, **APART).stdout.strip())


def _is_in(own: Path, experiment: str) -> bool:
    """Whether a class of the folder states that name; the papers' experiments can be drawn from it, too."""
    trees = (tree for _, tree in paper_folders.own_modules(own) if isinstance(tree, ast.Module))
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.AnnAssign))
    return any(isinstance(c, ast.Constant) and c.value == experiment for c in constants)


def _write_page(plates: list[Plate], path: Path, own: Path | None) -> None:
    from paper_figs.gallery import page
    from sitheory.trajectory.atomic_files import written_whole

    with written_whole(path) as temporary:
        temporary.write_text(page(plates, own), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    sys.exit(run_command("paper_figs", lambda: main(sys.argv[1:])))
