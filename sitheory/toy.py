"""The toy function of *regimes* on the sphere: ``python -m sitheory.toy --elr 0.2``.

Runs projected gradient descent on F(x, y) = sum_i alpha_i x_i^2 / (x_i^2 + y_i^2) with a fixed
effective learning rate (ELR) and says, in a person's terms, what happened and what the paper predicts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sitheory.losses.quotients import Quotients
from sitheory.reports import toy_film
from sitheory.reports.command_line import OneLine, check_plot, file_name, run_command, whole
from sitheory.reports.toy import as_table, draw, in_words, run
from sitheory.rules import SphereGD
from sitheory.simulation import starts, windows
from sitheory.trajectory.atomic_files import written_whole
from sitheory.trajectory.progress import Progress, progress_bar

STEPS, SEED = 10_000, 0


def _parser() -> OneLine:
    parser = OneLine(prog="sitheory.toy", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--elr", type=float, nargs="+", required=True, help="total ELR; several make a sweep")
    parser.add_argument("--alpha", type=float, nargs="*", default=[1, 2, 4], help="coefficients (1 2 4)")
    parser.add_argument("--steps", type=whole, default=STEPS, help="how many steps (10000)")
    parser.add_argument("--seed", type=whole, default=SEED, help="seed of the random start (0)")
    parser.add_argument("--start", type=float, nargs="+", metavar="V", help="a start x1 y1 x2 y2 ...")
    parser.add_argument("--plot", type=file_name, metavar="FILE", help="draw loss and ELRs")
    parser.add_argument(
        "--page", type=file_name, metavar="FILE", help="write a page that runs up to three ELRs in a browser"
    )
    parser.add_argument("--gif", type=file_name, metavar="FILE", help="film the runs, at most four")
    parser.add_argument("--mp4", type=file_name, metavar="FILE", help="the same, by ffmpeg")
    parser.add_argument(
        "--json", action="store_true", help="print JSON lines: one object a run, each on a line"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        loss, rules = Quotients(tuple(asked.alpha)), [SphereGD(elr) for elr in asked.elr]
        windows.check_steps(asked.steps)
        starts.seed_sequence(asked.seed)
        start = None if asked.start is None else starts.on_sphere(loss, np.array(asked.start))
        if asked.plot is not None:
            check_plot(asked.plot)
        films = {kind: path for kind, path in (("gif", asked.gif), ("mp4", asked.mp4)) if path is not None}
        for kind, path in films.items():
            toy_film.check_film(path, kind)
            toy_film.check_runs(len(rules))
        if asked.page is not None:
            _check_page_alone(asked)
            return _write_page(asked.page, asked.elr, asked.alpha)
    except ValueError as bad:
        parser.error(str(bad))
    with progress_bar(asked.steps * len(rules)) as progress:
        reports = [
            run(loss, rule, asked.steps, asked.seed, start, _after(progress, i * asked.steps))
            for i, rule in enumerate(rules)
        ]
    if asked.json:
        print("\n".join(r.as_json() for r in reports))
    else:
        print(in_words(reports[0]) if len(reports) == 1 else as_table(reports))
    if asked.plot is not None:
        try:
            draw(reports, asked.plot)
        except OSError as failed:
            parser.exit(1, f"{parser.prog}: need room for {asked.plot}, got {failed}\n")
    if films:
        w = starts.starts(loss, 1, asked.seed)[0] if start is None else start
        runs = [toy_film.record(loss, rule, asked.steps, w) for rule in rules]
        for path in films.values():
            toy_film.write_film(runs, path)
    return 0


def _check_page_alone(asked: argparse.Namespace) -> None:
    """Raise ValueError for an option that the page would ignore: it runs in the browser, from starts of its own."""
    ignored = {
        "plot": None,
        "gif": None,
        "mp4": None,
        "start": None,
        "json": False,
        "steps": STEPS,
        "seed": SEED,
    }
    for name, default in ignored.items():
        if getattr(asked, name) != default:
            raise ValueError(f"need --page without --{name}, got both")


def _write_page(path: Path, elrs: Sequence[float], alpha: Sequence[float]) -> int:
    from sitheory.reports import classroom  # nobody else waits for it

    text = classroom.page(elrs, alpha)
    try:
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as failed:
        raise ValueError(
            f"need a writable file for --page, got {path}: {failed.strerror or failed}"
        ) from None
    print(path)
    return 0


def _after(progress: Progress | None, done_before: int) -> Progress | None:
    return None if progress is None else lambda done: progress(done_before + done)


if __name__ == "__main__":
    sys.exit(run_command("sitheory.toy", main))
