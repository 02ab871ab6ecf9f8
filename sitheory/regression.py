"""Linear regression with batch normalisation at the edge of stability: ``python -m sitheory.regression``.

Runs gradient descent with weight decay and says, in a person's terms, when it reached the edge, how it
oscillates there, and whether it goes to the minimum-norm interpolant as *sharpness* Theorem 5.1 says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from sitheory import edge, series
from sitheory.commands import OneLine, check_plot, save_whole, whole
from sitheory.files import written_whole
from sitheory.regression_loss import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.theory import sharpness as law

RECORDS = 4000
"""About how many steps of a run are recorded; the stride is odd, so that both signs of h are seen."""

PIECE = 500_000
"""A checkpoint is written about every so many steps, always at the same ones: resuming changes no bit."""

FITTED = 1e-3
"""Below this fraction of its first value the training loss counts as fitted."""

MOSTLY = 0.5
"""A distance that fell below this fraction has mostly gone."""

START_SCALE = 0.3
"""Standard deviation of the start's weights: fitted soon, at the edge in one or two thousand steps."""


@dataclass(frozen=True)
class Report:
    """What one run showed: series over recorded steps, and where it began."""

    loss: BatchNormRegression
    rule: DecayGD
    steps: int
    seed: int
    times: np.ndarray
    seen: dict[str, np.ndarray]

    @property
    def fitted(self) -> int | None:
        """The first record at which the training data are fitted."""
        low = np.flatnonzero(self.seen["loss"] < FITTED * self.seen["loss"][0])
        return int(low[0]) if len(low) else None

    @property
    def edge(self) -> int | None:
        """The first record after that at which elr * sharpness reaches 2."""
        if self.fitted is None:
            return None
        over = np.flatnonzero((self.seen["elr"] * self.seen["sharpness"])[self.fitted :] >= 2)
        return self.fitted + int(over[0]) if len(over) else None

    @property
    def burst(self) -> int | None:
        """The first record after the edge at which the oscillation has its full size."""
        if self.edge is None:
            return None
        rest = law.mean_h_sq(self.rule.lr * self.rule.wd, self._grad_sq[self.edge :])
        high = np.flatnonzero(self.seen["h"][self.edge :] ** 2 >= rest)
        return self.edge + int(high[0]) if len(high) else None

    @property
    def _grad_sq(self) -> np.ndarray:
        return law.regression_log_sharp_grad(self.seen["tan_flattest"]) ** 2

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers of the report; what is not a finite number is None."""
        late = slice(len(self.times) // 2, None)
        eta, h_sq = self.rule.lr * self.rule.wd, self.seen["h"][late] ** 2
        oscillates = self.burst is not None and self.burst < len(self.times) // 2
        signs = self.seen["h"][late]
        flattest = law.regression_eigenvalue(
            self.loss.variance, self.loss.flat.mu[0], self.loss.flat.reach, 1.0
        )
        first = self.fitted or 0
        tests = self.seen.get("test_loss", np.full(len(self.times), np.nan))
        numbers = {
            "n": len(self.loss.y),
            "d": self.loss.dim,
            "lr": self.rule.lr,
            "wd": self.rule.wd,
            "steps": self.steps,
            "seed": self.seed,
            "edge_step": None if self.edge is None else int(self.times[self.edge]),
            "burst_step": None if self.burst is None else int(self.times[self.burst]),
            "loss": float(np.mean(self.seen["loss"][late])),
            "test_loss_fitted": float(tests[first]),
            "test_loss": float(np.mean(tests[-len(tests) // 10 :])),
            "elr_times_sharpness": float(np.mean((self.seen["elr"] * self.seen["sharpness"])[late])),
            "sharpness": float(self.seen["sharpness"][-1]),
            "flattest_sharpness": float(flattest),
            "sign_changes": float(np.mean(signs[1:] * signs[:-1] < 0)) if oscillates else None,
            "mean_h_sq_over_derived": float(np.mean(h_sq / law.mean_h_sq(eta, self._grad_sq[late])))
            if oscillates
            else None,
            "tan_fitted": float(self.seen["tan_flattest"][first]),
            "tan": float(self.seen["tan_flattest"][-1]),
            "dist_min_norm_fitted": float(self.seen["dist_min_norm"][first]),
            "dist_min_norm": float(self.seen["dist_min_norm"][-1]),
            "energy": float(np.median(self.seen["energy"][late])),
        }
        return {k: v if v is None or np.isfinite(v) else None for k, v in numbers.items()}


def run(
    loss: BatchNormRegression,
    rule: DecayGD,
    steps: int,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: series.Progress | None = None,
) -> Report:
    """Run linear regression from a Gaussian start and measure it.

    Args:
        loss: The regression.
        rule: Gradient descent with weight decay.
        steps: How many steps.
        seed: The seed of the start.
        checkpoint: A file to resume from if it is there, and to write on the way.
        progress: Called with the number of steps done since the last call.

    Returns:
        The report.

    Raises:
        ValueError: If the checkpoint belongs to another run.
    """
    start = START_SCALE * np.random.default_rng([seed, 1]).standard_normal(loss.dim)
    state, every = edge.state_of(loss, start), max(1, steps // RECORDS) | 1
    config, parts = _config(loss, rule, steps, seed), []
    if checkpoint is not None and checkpoint.exists():
        state, parts = _resume(checkpoint, config, state)
        if progress is not None:
            progress(state.step)
    piece = max(1, PIECE // every) * every
    while state.step < steps:
        now = min(piece, steps - state.step)
        done = edge.run_regression(loss, rule, now, state, every=every, progress=progress)
        parts.append({"step": done.steps, **edge.observe(loss, rule, done)})
        state = done.end
        if checkpoint is not None and state.step < steps:
            _write(checkpoint, config, state, parts)
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    return Report(loss, rule, steps, seed, joined.pop("step"), joined)


def sentences(report: Report) -> list[str]:
    """Say what the run means, and where it contradicts the paper."""
    d = report.as_dict()
    if report.fitted is None:
        return ["The training data were not fitted: more steps or a smaller learning rate would tell."]
    if report.edge is None:
        return [
            "The training data are fitted, but the ELR has not reached 2 / sharpness, the edge of stability"
            + (": without weight decay it never does." if report.rule.wd == 0 else ": more steps would tell.")
        ]
    said = [f"At step {d['edge_step']:,} the ELR reached 2 / sharpness, the edge of stability."]
    if report.burst is None:
        return [*said, "The oscillation has not grown from rounding yet: more steps would tell."]
    said.append(
        f"From step {d['burst_step']:,} on the weights oscillate across the minimisers, along the top "
        "eigenvector."
    )
    if d["mean_h_sq_over_derived"] is not None:
        ratio = d["mean_h_sq_over_derived"]
        said.append(
            f"The mean of h^2 is {ratio:.4g} of 2 lr wd / (4 + G^2), so that of 2 h^2 is about "
            f"{2 * ratio:.2g} times what the paper prints at small G; eq. (3) is right all the same."
        )
    fallen = d["dist_min_norm"] / d["dist_min_norm_fitted"]
    ending = "as Theorem 5.1 says" if fallen < MOSTLY else "more steps would bring it further down"
    said.append(
        f"The distance to the minimum-norm interpolant fell to {fallen:.2g} of that when the data were "
        f"fitted: {ending}."
    )
    return said


def in_words(report: Report) -> str:
    """Return the report as the command prints it."""
    d = report.as_dict()
    rows = [
        ("edge of stability", "not reached" if d["edge_step"] is None else f"step {d['edge_step']:,}"),
        ("training loss", f"{d['loss']:.4g}   (mean of the second half)"),
        ("test loss", _pair(d["test_loss_fitted"], d["test_loss"], "no test samples")),
        ("ELR x sharpness", f"{d['elr_times_sharpness']:.5g}   edge: 2"),
        ("sharpness", f"{d['sharpness']:.5g}   flattest minimiser {d['flattest_sharpness']:.5g}"),
        (
            "sign changes of h",
            "-" if d["sign_changes"] is None else f"{100 * d['sign_changes']:.4g} % of steps",
        ),
        ("distance to (M)", _pair(d["dist_min_norm_fitted"], d["dist_min_norm"], "-")),
        ("angle from (M), tan", _pair(d["tan_fitted"], d["tan"], "-")),
    ]
    head = (
        f"Linear regression with BN, n = {d['n']}, d = {d['d']}, lr {d['lr']:g}, wd {d['wd']:g}, "
        f"{report.steps:,} steps, seed {report.seed}"
    )
    return "\n".join([head, *(f"  {name:<21}{text}" for name, text in rows), "", *sentences(report)])


def _pair(before: float | None, after: float | None, missing: str) -> str:
    return missing if before is None or after is None else f"{before:.4g} when fitted, {after:.4g} at the end"


def draw(report: Report, path: Path) -> None:
    """Draw losses, ELR against sharpness, distance to (M) and h, and write the file whole or not at all.

    Args:
        report: The run.
        path: Where to; its ending names the format.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 6), layout="constrained")
    (a, b), (c, d) = figure.subplots(2, 2, sharex=True)
    a.semilogy(
        report.times, np.maximum(report.seen["loss"], 1e-32), color="black", linewidth=0.6, label="train"
    )
    if "test_loss" in report.seen:
        a.semilogy(report.times, report.seen["test_loss"], color="grey", label="test")
    a.legend()
    a.set_ylabel("loss")
    b.plot(report.times, 2 / report.seen["elr"], color="grey", label="2 / ELR")
    b.plot(report.times, report.seen["sharpness"], "k--", linewidth=0.8, label="sharpness at phi")
    b.set_ylim(0, 3 * float(np.median(report.seen["sharpness"])))
    b.legend()
    c.semilogy(report.times, report.seen["dist_min_norm"], color="black")
    c.set(xlabel="step", ylabel="relative distance to (M)")
    d.plot(report.times, report.seen["h"], ".", markersize=1, color="black")
    d.set(xlabel="step", ylabel="h along the top eigenvector")
    save_whole(figure, path)


def _config(loss: BatchNormRegression, rule: DecayGD, steps: int, seed: int) -> str:
    held = [a for a in (loss.x, loss.y, loss.x_test, loss.y_test) if a is not None]
    data = hashlib.sha256(b"".join(a.tobytes() for a in held))
    return json.dumps([data.hexdigest(), rule.lr, rule.wd, steps, seed])


def _write(path: Path, config: str, state: edge.RegressionState, parts: list[dict[str, np.ndarray]]) -> None:
    joined = {f"seen_{k}": np.concatenate([p[k] for p in parts]) for k in parts[0]}
    with written_whole(path) as temporary:
        held: dict[str, Any] = {"config": config, "row": state.row, "step": state.step, **joined}
        np.savez(temporary, **held)


def _resume(path: Path, config: str, start: edge.RegressionState):
    try:
        with np.load(path) as held:
            kept = {name: held[name] for name in held}
        said, row, step = str(kept.pop("config")), kept.pop("row"), int(kept.pop("step"))
    except (OSError, KeyError, EOFError, ValueError, BadZipFile) as bad:
        raise ValueError(f"need a readable checkpoint, got {str(path)!r}: {bad}") from None
    if said != config:
        raise ValueError(f"need a checkpoint of this very run, got {str(path)!r} of another")
    return replace(start, row=row, step=step), [{k.removeprefix("seen_"): v for k, v in kept.items()}]


def _parser() -> argparse.ArgumentParser:
    parser = OneLine(prog="sitheory.regression", description=__doc__.split("\n", 1)[0], allow_abbrev=False)
    parser.add_argument("--n", type=whole, default=20, help="samples (20)")
    parser.add_argument("--d", type=whole, default=100, help="inputs (100)")
    parser.add_argument("--lr", type=float, default=1.0, help="learning rate (1)")
    parser.add_argument("--wd", type=float, default=5e-4, help="weight decay (5e-4)")
    parser.add_argument("--steps", type=whole, default=12_000, help="how many steps (12000)")
    parser.add_argument("--seed", type=whole, default=0, help="seed of data and start (0)")
    parser.add_argument("--data", type=Path, metavar="FILE", help=".npz with x, y or .csv with y last")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help=".npz to resume from and write to")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        rule, steps = DecayGD(asked.lr, asked.wd), series.check_steps(asked.steps)
        series.seed_sequence(asked.seed)
        if asked.data is not None:
            loss = BatchNormRegression.from_file(asked.data)
        else:
            loss = BatchNormRegression.random(asked.n, asked.d, np.random.default_rng(asked.seed))
        if asked.plot is not None:
            check_plot(asked.plot)
        _check_checkpoint(asked.checkpoint)
        with series.progress_bar(steps) as progress:
            report = run(loss, rule, steps, asked.seed, asked.checkpoint, progress)
    except ValueError as bad:
        parser.error(str(bad))
    except KeyboardInterrupt:
        kept = asked.checkpoint is not None and asked.checkpoint.exists()
        parser.exit(
            130, f"{parser.prog}: stopped{'; the same command resumes from its checkpoint' if kept else ''}\n"
        )
    print(json.dumps(report.as_dict()) if asked.json else in_words(report))
    if asked.plot is not None:
        draw(report, asked.plot)
    return 0


def _check_checkpoint(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix != ".npz":
        raise ValueError(f"need a checkpoint that ends in .npz, got {str(path)!r}")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"need a writable checkpoint, got {str(path)!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
