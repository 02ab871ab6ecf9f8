"""What a watch says of each law: its worst step so far, kept as it goes, in the same time for any length of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from sitheory.bridge.watching.laws import HOLDS

LAWS = {
    "radial_cos": "gradient orthogonal to weights",
    "norm_residual": "norm recursion and ELR rule",
    "cos_dist_residual": "angle of a step",
    "inner_residual": "angle of a step with momentum",
}


@dataclass
class Worst:
    """The step at which a law's residual was largest beside what explains it, and whether any step was large enough."""

    held: tuple[Tensor, ...] | None = None
    told: Tensor | None = None

    def join(self, found: dict[str, Tensor], name: str, step: int, finite: Tensor, telling: Tensor) -> None:
        """Take in a step, unless it is not finite; telling, if a breach of the law would have been seen."""
        ratio, residual, floor = (found[n] for n in (f"{name}_ratio", name, f"{name}_floor"))
        new = (ratio, residual, floor, torch.full_like(ratio, step))
        if self.held is None or self.told is None:
            nothing = torch.full_like(ratio, torch.nan)
            self.held, self.told = (nothing,) * 4, torch.zeros_like(ratio, dtype=torch.bool)
        take = finite & ~torch.isnan(ratio) & ~(self.held[0] >= ratio)
        self.held = tuple(torch.where(take, n, o) for n, o in zip(new, self.held, strict=True))
        self.told = self.told | (finite & telling)

    @property
    def lawful(self) -> bool:
        """Whether there was a step that the law speaks of."""
        return self.held is not None and not math.isnan(float(self.held[0]))

    def said(self, name: str, unseen: bool) -> str:
        """Return the verdict in words; unseen, if there was no pass to predict by."""
        if self.held is None or self.told is None:
            return "not watched"
        ratio, residual, floor, step = (float(v) for v in self.held)
        if math.isnan(ratio):
            return "not told: no pass of the model was seen" if unseen else "no law for this optimiser"
        verdict = "holds" if ratio <= HOLDS else f"BROKEN at step {step:.0f}"
        if verdict == "holds" and not bool(self.told):
            verdict = "too small a step to tell" if name != "radial_cos" else "too much is explained to tell"
        return f"residual {residual:.2g}, explained {floor:.2g}: {verdict}"


@dataclass
class Verdicts:
    """All laws' worst steps, the jumps, the extremes of the gradient, and from which step on numbers are not finite."""

    worst: dict[str, Worst] = field(default_factory=dict)
    jumps: Tensor | None = None
    least: Tensor | None = None
    greatest: Tensor | None = None
    failed: Tensor | None = None
    steps: int = 0

    def extremes(self, eff_grad: Tensor) -> tuple[Tensor, Tensor]:
        """Take in a gradient norm and return the least and the greatest so far."""
        self.least = eff_grad if self.least is None else torch.fmin(self.least, eff_grad)
        self.greatest = eff_grad if self.greatest is None else torch.fmax(self.greatest, eff_grad)
        return self.least, self.greatest

    def join(self, found: dict[str, Tensor], step: int, size_sq: Tensor, sharp: Tensor, delta: float) -> None:
        """Take in a step: its numbers by the schema's names, the square of its size beside the weights, and sharpness.

        Sharp is a step of which so little is explained that a gradient without any symmetry would be seen.
        """
        finite = torch.isfinite(found["total_norm"]) & torch.isfinite(found["cos_dist"])
        finite = finite & torch.isfinite(found["total_eff_grad"])
        self.steps += 1
        jump = (found["cos_dist"] > delta).long()
        self.jumps = jump if self.jumps is None else self.jumps + jump
        before = torch.full_like(jump, -1) if self.failed is None else self.failed
        self.failed = torch.where((before < 0) & ~finite, step, before)
        for name in LAWS:
            if name in found:
                telling = sharp if name == "radial_cos" else size_sq > found[f"{name}_floor"]
                self.worst.setdefault(name, Worst()).join(found, name, step, finite, telling)

    def lines(self) -> list[str]:
        """Return a line for each law; of momentum's only where there is some."""
        told = [n for n in LAWS if n in self.worst and (n != "inner_residual" or self.worst[n].lawful)]
        unseen = "radial_cos" in self.worst and not self.worst["radial_cos"].lawful
        return [f"{LAWS[name]:<32}{self.worst[name].said(name, unseen)}" for name in told]
