"""The command line of ``python -m sitheory.advise --optimizer NAME``: the forecast as text or JSON."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from sitheory.reports.command_line import OneLine, whole
from sitheory.reports.optimiser_advice import Forecast, Pair
from sitheory.reports.text import beside, columns
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
    "muon": lambda a, s: Muon(a.lr, a.wd, 0.95 if a.momentum is None else a.momentum, a.nesterov, schedule=s),
    "hyperball": lambda a, s: Hyperball(a.lr, DIRECTIONS[a.of](a), schedule=s),
}
"""What makes the rule of a name, with the defaults of the common code."""

DIRECTIONS: dict[str, Callable[[argparse.Namespace], Momentum | AdamW | Lion | Muon]] = {
    "momentum": lambda a: Momentum(1.0, 0.0, 0.9 if a.momentum is None else a.momentum),
    "adamw": lambda a: AdamW(1.0, 0.0, *_betas(a, 0.9, 0.999)),
    "lion": lambda a: Lion(1.0, 0.0, *_betas(a, 0.9, 0.99)),
    "muon": lambda a: Muon(1.0, 0.0, 0.95 if a.momentum is None else a.momentum, a.nesterov),
}
"""What makes the rule whose direction Hyperball takes."""

Matrix = tuple[str, int, int, float]
"""A layer of a checkpoint: name, rows, columns, norm."""

ALONE = "each matrix is scale-invariant by itself; bridge.find_groups(model, x) says which are, heads are not"
FRESH = "the run starts at these norms, without memory of earlier steps"

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
        "--nesterov", action="store_true", help="of Muon: its average takes the gradient twice"
    )
    parser.add_argument("--of", choices=DIRECTIONS, default="muon", help="whose direction Hyperball takes")
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
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="a line per weight matrix of a state_dict, or of what holds one"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(argv: Sequence[str], layers_of: Callable[[str], Sequence[Matrix]]) -> int:
    """Run the command line; return the exit code.

    Args:
        argv: The words.
        layers_of: What reads the layers of a checkpoint; an ImportError or ValueError of it is said in one line.
    """
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        ahead = _forecast(asked)
        if asked.checkpoint is not None:
            layers = _layers(ahead, _matrices(asked, layers_of))
            print(json.dumps(layers) if asked.json else layer_table(ahead, asked, layers))
            return 0
    except (ValueError, ImportError) as bad:
        parser.error(str(bad))
    print(json.dumps(_numbers(ahead, asked.norm)) if asked.json else _in_words(ahead, asked))
    return 0


def _matrices(asked: argparse.Namespace, layers_of: Callable[[str], Sequence[Matrix]]) -> Sequence[Matrix]:
    for name, given in (("norm", asked.norm), ("grad", asked.grad)):
        if given is not None:
            raise ValueError(f"need no --{name} with --checkpoint, which has the norms, got {given:g}")
    if asked.optimizer == "adam-l2":
        raise ValueError(
            "need a gradient for adam-l2, got a checkpoint, which has none: --norm and --grad instead"
        )
    return layers_of(asked.checkpoint)


def _layers(ahead: Forecast, matrices: Sequence[Matrix]) -> list[dict]:
    """Return what is said of each layer, a dictionary each."""
    rows = []
    for name, rows_, columns_, norm in matrices:
        of = replace(ahead, shape=(rows_, columns_))
        row: dict = {"layer": name, "shape": [rows_, columns_], "norm": norm, "rest_norm": of.rest_norm}
        if isinstance(ahead.rule, Hyperball):
            row["rest_norm"] = (norm, norm)
        sound = norm > 0 and math.isfinite(norm)
        row |= {"turn_degrees": of.turn_at(norm) if sound else math.nan, "rest_turn_degrees": of.turn}
        if of.followed and sound:
            _, end, turn = list(of.along(norm))[-1]
            row |= {"end_norm": end, "end_turn_degrees": turn}
        rows.append({key: _finite(value) for key, value in row.items()})
    return rows


def layer_table(ahead: Forecast, asked: argparse.Namespace, layers: Sequence[dict]) -> str:
    """Return a line per layer with a heading and a unit for each number, and what is supposed."""

    def shown(key: str) -> list[str]:
        return [_shown(layer.get(key)) for layer in layers]

    cells = {
        "layer": [layer["layer"] for layer in layers],
        "rows x columns": ["{} x {}".format(*layer["shape"]) for layer in layers],
        "norm": shown("norm"),
        "norm at rest": shown("rest_norm"),
        "turn, deg/step": shown("turn_degrees"),
        "at rest, deg/step": shown("rest_turn_degrees"),
    }
    if ahead.followed:
        cells |= {
            "norm at the end": shown("end_norm"),
            "turn at the end, deg/step": shown("end_turn_degrees"),
        }
    supposed = [*ahead.assumptions, ALONE, *([] if ahead.steps is None else [FRESH])]
    said = [f"  supposed: {one}" for one in supposed]
    length = [] if ahead.steps is None else [f"The run: {ahead.steps:,} steps, schedule {asked.schedule}."]
    table = columns(cells, left=("layer",))
    return "\n".join([_head(ahead, asked), *_clock(ahead), *length, "", table, "", *said])


def _clock(ahead: Forecast) -> list[str]:
    """The time constant, if one number is all layers'."""
    if isinstance(ahead.rule, Hyperball):
        return []
    power = "|W|^4" if isinstance(ahead.rule, Momentum) else "|W|^2"
    return [f"Time constant: {ahead.time_constant:.4g} steps, in which a start's part of {power} falls by e."]


def _shown(value: float | Sequence[float | None] | None) -> str:
    if isinstance(value, Sequence):
        return "-" if None in value else _range((value[0], value[1]))  # type: ignore[arg-type]
    return "-" if value is None else f"{value:.4g}"


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
    if _relative(ahead):
        _, norm, turn = list(replace(ahead, eff_grad=1.0).along())[-1]
        share = norm / replace(ahead, eff_grad=1.0).rest_norm[0]
        numbers |= {"steps": ahead.steps, "end_norm_over_rest": share, "end_turn_degrees": turn}
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
    if ahead.followed or _relative(ahead):
        rows += _end(ahead, asked.norm)
    supposed = [f"  supposed: {said}" for said in ahead.assumptions]
    return "\n".join([_head(ahead, asked), *beside(rows), "", *supposed])


def _head(ahead: Forecast, asked: argparse.Namespace) -> str:
    wd = getattr(ahead.rule, "wd", None)
    head = (
        f"{asked.optimizer}, lr {ahead.rule.lr:g}{'' if wd is None else f', wd {wd:.4g}'}; nothing was run:"
    )
    return "Plain SGD, without momentum. " + head if asked.optimizer == "sgd" else head


def _relative(ahead: Forecast) -> bool:
    """Whether the end of a run from rest is known up to the gradient, which sets the norm's unit."""
    return ahead.steps is not None and isinstance(ahead.rule, Momentum) and ahead.eff_grad is None


def _end(ahead: Forecast, start: float | None) -> list[tuple[str, str]]:
    """What the schedule does by its end."""
    if isinstance(ahead.rule, Hyperball):
        *_, (_, _, turn) = ahead.along(start)
        return [("at the end", f"{turn:.3g} degrees per step, the norm as it was")]
    of = replace(ahead, eff_grad=1.0) if _relative(ahead) else ahead
    *_, (_, norm, turn) = of.along(None if of is not ahead else start)
    rest = sum(of.rest_norm) / 2
    powers = 3 if isinstance(ahead.rule, AdamL2) else 4
    memory = powers * of.time_constant if ahead.coupled else 1 / (ahead.rule.lr * ahead.rule.wd)
    known = (
        f"norm {norm / rest:.3g} of the peak's rest, from rest"
        if of is not ahead
        else (f"norm {norm:.4g} ({norm / rest:.3g} of the peak's rest)")
    )
    return [
        (
            "length",
            f"{(ahead.steps or 0) / memory:.4g} times the {memory:.4g} steps that weights remember, at the peak",
        ),
        ("at the end", f"{known}, {turn:.3g} degrees per step"),
        ("gradients", f"grow by {rest / norm:.3g} from the peak's rest to the end, by the norm alone"),
    ]


def _range(pair: Pair) -> str:
    low, high = pair
    return f"{low:.4g}" if math.isclose(low, high, rel_tol=1e-9) else f"{low:.4g} to {high:.4g}"
