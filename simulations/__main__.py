"""``python -m simulations --list``: what there is; ``python -m simulations NAME``: make sure of a result.

Prints the path of the result file. Fields of the configuration are flags: ``python -m simulations
toy_three_regimes --steps 1000``; ``python -m simulations NAME --help`` lists them. An experiment that answers
a question prints its answer with ``--table``. ``--executor`` says what runs the cells; a command that was
stopped or killed goes on where it was. A folder of your own in front, ``python -m simulations FOLDER NAME``, runs its
experiments. Experiments on networks take ``--size paper`` for the papers' own data,
networks and lengths.
"""

import argparse
import contextlib
import dataclasses
import io
import os
import sys
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

try:
    import tyro

    from simulations import discovery, executors, listing
    from simulations.experiment import ensure, is_swept
except ModuleNotFoundError as absent:
    law = "need what experiments use, pip install 'sitheory[figures]'"
    raise SystemExit(f"simulations: {law}, got no module {absent.name!r}") from None
from sitheory.references import paper_folders
from sitheory.references.paper_folders import DoesNotLoadError
from sitheory.reports.command_line import OneLine, one_line, run_command, unknown_name, whole
from sitheory.trajectory import schema
from sitheory.trajectory.progress import cells_bar

RESULTS = Path("results")


def main(argv: list[str]) -> int:
    """List, or run one experiment; return the exit code."""
    asked, words = _parser().parse_known_args(argv)
    if words and words[0] in ("-h", "--help"):
        print(_parser().format_help(), end="")
        return 0
    own = Path(words[0]).resolve() if words and paper_folders.is_own(words[0]) else None
    try:
        places, broken = discovery.experiments(own)
    except ValueError as bad:
        return _refused(str(bad))
    words = words[1:] if own else words
    if own and not (places or broken):
        return _refused(
            f"need an experiment, a class with a name and a run or cell, got none in {str(own)!r}"
        )
    unknown = [word for word in (words if asked.list else words[:1]) if word not in places]
    if unknown or not (words or asked.list or own or not argv):
        return _refused(unknown_name("an experiment", unknown[0] if unknown else None, places), *broken)
    if asked.list or not words:
        return _listed({name: places[name] for name in words or places}, broken)
    name = words[0]
    try:
        kind = discovery.load(places[name])
    except DoesNotLoadError as failed:
        return _refused(str(failed), code=1)
    if asked.table and not hasattr(kind, "table"):
        return _refused(f"need an experiment with a table for --table, got {name!r}")
    if asked.workers < 1:
        return _refused(f"need workers >= 1, got workers={asked.workers}")
    try:
        experiment = _configured(name, kind, words[1:])
        _require_counts(experiment)
        path = _ensured(experiment, asked)
    except ValueError as bad:
        said = one_line(bad)
        return _refused(said if said.startswith("need ") else f"need a configuration that runs, got: {said}")
    except (ArithmeticError, TypeError, MemoryError) as bad:
        return _refused(f"need a configuration that runs, got: {one_line(bad)}")
    except (ImportError, FileNotFoundError) as missing:  # an extra or a data set: it says which
        return _refused(str(missing).splitlines()[0], code=1)
    except (OSError, BrokenExecutor) as stopped:
        return _refused(f"stopped, {one_line(stopped)}; the same command goes on from there", code=1)
    _warn_of_failures(path)
    print(experiment.table(schema.load(path)) if asked.table else path)
    return 0


def _refused(*lines: str, code: int = 2) -> int:
    for line in lines:
        print(f"simulations: {line}", file=sys.stderr)
    return code


def _listed(places: Mapping[str, discovery.Place], broken: list[str]) -> int:
    """Print the list of these experiments, and a line for each that does not load."""
    kinds, broken = {}, list(broken)
    for name, place in places.items():
        try:
            kinds[name] = discovery.load(place)
        except DoesNotLoadError as failed:
            broken.append(str(failed))
    print("\n".join(listing.lines(kinds, RESULTS)))
    return _refused(*broken, code=1) if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = OneLine(
        prog="simulations",
        usage="%(prog)s [--list] [NAME ...] | NAME [--table] [options] [the experiment's own options]",
        description=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument("--list", action="store_true", help="what exists, what is stale, what it would cost")
    parser.add_argument("--table", action="store_true", help="print the experiment's answer")
    parser.add_argument("--executor", choices=executors.KINDS, default="threads", help="what runs the cells")
    parser.add_argument("--workers", type=whole, default=os.cpu_count(), help="how many at a time here")
    parser.add_argument(
        "--options", nargs="*", type=_option, default=[], metavar="KEY=VALUE", help="the executor's"
    )
    return parser


def _configured(name: str, kind: Any, words: list[str]) -> Any:
    """The experiment as its flags say.

    Raises:
        ValueError: If a flag is wrong; tyro explains that in a box, of which the first sentence is kept.
        SystemExit: After help.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(
                kind, args=words, prog=f"simulations {name}", description=_help(kind), registry=_numbers()
            )
    except SystemExit as left:
        if not left.code:
            raise
    _, *inside = (line.strip(" │") for line in said.getvalue().splitlines())
    rules = [
        not line.strip("─╰╯-") for line in inside
    ]  # the title may have one below it, and the sentence has
    begin = rules.index(False)
    sentence = inside[begin : rules.index(True, begin)]
    raise ValueError(f"{' '.join(sentence)}; see python -m simulations {name} --help")


def _numbers() -> tyro.constructors.ConstructorRegistry:
    """How numbers are read: whole ones also as 1e4, as all commands take them."""
    registry = tyro.constructors.ConstructorRegistry()

    @registry.primitive_rule
    def whole_number(
        info: tyro.constructors.PrimitiveTypeInfo,
    ) -> tyro.constructors.PrimitiveConstructorSpec[int] | None:
        if info.type is not int:
            return None
        return tyro.constructors.PrimitiveConstructorSpec(
            nargs=1,
            metavar="INT",
            instance_from_str=_whole,
            is_instance=_is_whole,
            str_from_instance=_as_words,
        )

    return registry


def _whole(words: list[str]) -> int:
    try:
        return whole(words[0])
    except argparse.ArgumentTypeError as refused:
        raise ValueError(str(refused)) from None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int)


def _as_words(value: int) -> list[str]:
    return [str(value)]


def _require_counts(experiment: Any) -> None:
    """Refuse a whole number below 0: each counts something, or starts random numbers.

    Raises:
        ValueError: If there is one.
    """
    for field in dataclasses.fields(experiment):
        value = getattr(experiment, field.name)
        if isinstance(value, int) and value < 0:
            raise ValueError(f"need {field.name} >= 0, got {field.name}={value}")


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
