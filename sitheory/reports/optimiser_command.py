"""The command line of ``python -m sitheory.advise --optimizer NAME``: the forecast as text or JSON."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence

from sitheory.reports.command_line import OneLine, whole
from sitheory.reports.optimiser_advice import Forecast, Pair
from sitheory.reports.text import beside
from sitheory.rules import (
    AdamL2,
    AdamW,
    Constant,
    Cosine,
    Hyperball,
    Linear,
    Lion,
    Momentum,
    Muon,
    Schedule,
    WarmupStableDecay,
)

Made = Callable[[argparse.Namespace, Schedule], "Momentum | AdamW | AdamL2 | Lion | Muon | Hyperball"]


def _betas(asked: argparse.Namespace, b1: float, b2: float) -> Pair:
    return tuple(asked.betas) if asked.betas else (b1, b2)


OPTIMISERS: dict[str, Made] = {
    "sgd": lambda a, s: Momentum(a.lr, a.wd, 0.0, schedule=s),
    "momentum": lambda a, s: Momentum(a.lr, a.wd, 0.9 if a.momentum is None else a.momentum, schedule=s),
    "adamw": lambda a, s: AdamW(a.lr, a.wd, *_betas(a, 0.9, 0.999), schedule=s),
    "adam-l2": lambda a, s: AdamL2(a.lr, a.wd, *_betas(a, 0.9, 0.999), schedule=s),
    "lion": lambda a, s: Lion(a.lr, a.wd, *_betas(a, 0.9, 0.99), schedule=s),
    "muon": lambda a, s: Muon(a.lr, a.wd, 0.95 if a.momentum is None else a.momentum, schedule=s),
    "hyperball": lambda a, s: Hyperball(a.lr, Muon(1.0), schedule=s),
}
"""What makes the rule of a name, with the defaults of the common code."""

SCHEDULES: dict[str, Callable[[argparse.Namespace], Schedule]] = {
    "constant": lambda a: Constant(),
    "linear": lambda a: Linear(warmup=a.warmup),
    "cosine": lambda a: Cosine(warmup=a.warmup),
    "wsd": lambda a: WarmupStableDecay(warmup=a.warmup, decay=a.decay),
}
"""What makes the schedule of a name."""


def _parser() -> OneLine:
    parser = OneLine(prog="sitheory.advise --optimizer", description=__doc__, allow_abbrev=False)
    parser.add_argument("--optimizer", choices=OPTIMISERS, required=True, help="which optimiser")
    parser.add_argument("--lr", type=float, required=True, metavar="X", help="learning rate at its peak")
    parser.add_argument("--wd", type=float, default=0.0, metavar="X", help="weight decay")
    parser.add_argument("--betas", type=float, nargs=2, metavar="B", help="of Adam and Lion")
    parser.add_argument("--momentum", type=float, metavar="X", help="of momentum and Muon")
    parser.add_argument(
        "--shape", type=whole, nargs=2, default=(1, 1), metavar="N", help="rows, columns of the layer"
    )
    parser.add_argument("--norm", type=float, metavar="X", help="norm of the layer at the start")
    parser.add_argument(
        "--grad", type=float, metavar="X", help="norm of its gradient there, for coupled decay"
    )
    parser.add_argument("--schedule", choices=SCHEDULES, default="constant", help="of the learning rate")
    parser.add_argument(
        "--warmup", type=float, default=0.0, metavar="X", help="share of the run that warms up"
    )
    parser.add_argument("--decay", type=float, default=0.2, metavar="X", help="share that decays, of wsd")
    parser.add_argument("--steps", type=whole, metavar="N", help="length of the run")
    parser.add_argument("--epochs", type=whole, metavar="N", help="or so many passes over")
    parser.add_argument("--samples", type=whole, metavar="N", help="so many samples")
    parser.add_argument("--batch", type=whole, metavar="N", help="in batches of so many")
    parser.add_argument(
        "--target-turn", type=float, metavar="X", help="degrees per step: which wd gives them"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        ahead = _forecast(asked)
    except ValueError as bad:
        parser.error(str(bad))
    print(json.dumps(_numbers(ahead, asked.norm)) if asked.json else _in_words(ahead, asked))
    return 0


def _forecast(asked: argparse.Namespace) -> Forecast:
    grad = asked.grad
    if grad is not None:
        if asked.norm is None:
            raise ValueError("need --norm with --grad, got none")
        grad *= asked.norm
    steps = asked.steps
    passes = (asked.epochs, asked.samples, asked.batch)
    if steps is None and any(passes):
        if not all(passes):
            raise ValueError("need --epochs, --samples and --batch together, or --steps, got some of them")
        steps = asked.epochs * math.ceil(asked.samples / asked.batch)
    wanted = asked.target_turn
    if wanted is not None and not asked.wd:
        asked.wd = 0.5 / asked.lr  # where the search begins says nothing of where it ends
    rule = OPTIMISERS[asked.optimizer](asked, SCHEDULES[asked.schedule](asked))
    ahead = Forecast(rule, tuple(asked.shape), grad, steps)
    return ahead if wanted is None else ahead.with_turn(wanted)


def _numbers(ahead: Forecast, start: float | None) -> dict:
    numbers: dict = {
        "rule": type(ahead.rule).__name__,
        "wd": getattr(ahead.rule, "wd", None),
        "turn_degrees": ahead.turn,
        "rest_norm": ahead.rest_norm,
        "time_constant_steps": ahead.time_constant,
        "assumptions": ahead.assumptions,
    }
    if ahead.followed:
        _, norm, turn = list(ahead.along(start))[-1]
        numbers |= {"steps": ahead.steps, "end_norm": norm, "end_turn_degrees": turn}
    return {name: _finite(value) for name, value in numbers.items()}


def _finite(value):
    if isinstance(value, (tuple, list)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _in_words(ahead: Forecast, asked: argparse.Namespace) -> str:
    rule = ahead.rule
    wd = getattr(rule, "wd", None)
    rows = [("turn at rest", f"{_range(ahead.turn)} degrees per step")]
    if asked.target_turn is not None:
        rows.insert(0, ("weight decay", f"{wd:.4g} gives {asked.target_turn:g} degrees per step"))
    if not math.isnan(ahead.rest_norm[0]):
        rows.append(
            ("norm at rest", f"{_range(ahead.rest_norm)} of a layer of {ahead.shape[0]} x {ahead.shape[1]}")
        )
    if wd is not None:
        if not math.isnan(ahead.time_constant):
            power = (
                "|W|^4" if isinstance(rule, Momentum) else "|W|^3" if isinstance(rule, AdamL2) else "|W|^2"
            )
            rows.append(
                ("time constant", f"{ahead.time_constant:.4g} steps: the start's part of {power} falls by e")
            )
        rows.insert(0, ("lr * wd", f"{rule.lr * wd:g}"))
    if ahead.followed:
        rows += _end(ahead, asked.norm)
    head = f"{asked.optimizer}, lr {rule.lr:g}{'' if wd is None else f', wd {wd:.4g}'}; nothing was run:"
    if asked.optimizer == "sgd":
        head = "Plain SGD, without momentum. " + head
    supposed = [f"  supposed: {said}" for said in ahead.assumptions]
    return "\n".join([head, *beside(rows), "", *supposed])


def _end(ahead: Forecast, start: float | None) -> list[tuple[str, str]]:
    """What the schedule does by its end."""
    _, norm, turn = list(ahead.along(start))[-1]
    rest = sum(ahead.rest_norm) / 2
    decay = ahead.rule.lr * ahead.rule.wd * (ahead.steps or 0)  # type: ignore[union-attr]
    return [
        ("lr * wd * steps", f"{decay:.4g}: the run is so many times what the weights remember, at the peak"),
        (
            "at the end",
            f"norm {norm:.4g} ({norm / rest:.3g} of the peak's rest), {turn:.3g} degrees per step",
        ),
        ("gradients", f"grow by {rest / norm:.3g} from the peak's rest to the end, by the norm alone"),
    ]


def _range(pair: Pair) -> str:
    low, high = pair
    return f"{low:.4g}" if math.isclose(low, high, rel_tol=1e-9) else f"{low:.4g} to {high:.4g}"
