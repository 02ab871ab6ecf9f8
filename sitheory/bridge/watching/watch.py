"""An observer for anyone's own training loop: logs what scale invariance makes of it and checks the laws live.

watch = bridge.Watch(model, optimizer, every=10)
for samples, labels in loader: ...            # your loop, unchanged
print(watch)                                  # each law's largest residual beside what explains it
log = watch.dataset()                         # norms, ELRs, ESS, cosine distances over the watched steps
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sitheory.bridge.symmetry.groups import Groups
from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.training.first_gradients import Asked, told
from sitheory.bridge.watching.step_laws import Before, angle_law, norm_law
from sitheory.theory import periodic, scale
from sitheory.trajectory import schema

if TYPE_CHECKING:
    import xarray as xr

HOLDS = 1.05
"""A law holds if its residual is at most this many times what explains it: the floors are first-order terms."""


class Watch:
    """Hooks around ``optimizer.step`` that look at each k-th step; the loop itself needs no change.

    Plain SGD must obey eq. (3) of *periodic*, group by group, and eq. (8) for the angle of a step; with heavy-ball
    momentum it must obey the second-order law of ``periodic.norm_sq_next_momentum``, and the angle has no law.
    For other optimisers the laws are not known: they can be logged, with ``laws=False``, but not checked.

    Args:
        model: The network.
        optimizer: Its optimiser.
        every: Look at each k-th step.
        groups: The scale-invariant groups, by "tensor" or by "row" as the first gradients tell, or as
            ``bridge.find_groups`` found them, or a partition.
        delta: The cosine distance that a jump exceeds.
        laws: Whether to check the laws.

    Raises:
        ValueError: If laws are asked of an optimiser that has none, or every is below 1.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        every: int = 10,
        groups: Asked = "tensor",
        delta: float = 1e-2,
        laws: bool = True,
    ):
        if every < 1:
            raise ValueError(f"need every >= 1, got every={every!r}")
        if laws:
            _check_lawful(optimizer)
        self.every, self.delta, self.laws = every, delta, laws
        self.rows: list[dict[str, Tensor]] = []
        self.steps: list[int] = []
        self.left_out: list[str] = []
        self._named = {n: p for n, p in model.named_parameters() if p.requires_grad}
        self._asked, self._optimizer, self._count = groups, optimizer, 0
        self._groups: Partition | None = None
        self._before: Before | None = None
        self._hooks = [
            optimizer.register_step_pre_hook(self._look),
            optimizer.register_step_post_hook(self._compare),
        ]

    def close(self) -> None:
        """Stop watching."""
        for hook in self._hooks:
            hook.remove()

    @property
    def groups(self) -> Partition:
        """The scale-invariant groups.

        Raises:
            ValueError: If no step has been watched yet.
        """
        if self._groups is None:
            raise ValueError("need a watched step, got none yet")
        return self._groups

    def dataset(self) -> xr.Dataset:
        """Return the watched steps as a Dataset over ``step`` and ``group``: each state and the step it then took."""
        labels = self.groups.labels
        series = {n: torch.stack([row[n] for row in self.rows]).cpu().numpy() for n in self.rows[0]}
        variables = {n: (("step", "group") if v.ndim == 2 else ("step",), v) for n, v in series.items()}
        config = {"every": self.every, "delta": self.delta, "optimizer": type(self._optimizer).__name__}
        attrs = {
            **schema.provenance(config, None),
            "reduction": "sample",
            "left_out": json.dumps(self.left_out),
        }
        return schema.dataset(variables, {"step": self.steps, "group": labels}, attrs)

    def __str__(self) -> str:
        """Say of each law what its largest residual is, beside what rounding and radial gradients explain."""
        if not self.rows:
            return "no step watched yet"
        head = f"{len(self.rows)} steps watched, {self.groups.count} scale-invariant groups"
        jumps = sum(float(row["cos_dist"]) > self.delta for row in self.rows)
        said = [f"{head}, {jumps} delta-jumps (delta = {self.delta:g})"]
        if self.left_out:
            said.append(f"not scale-invariant by themselves: {', '.join(self.left_out)}")
        for name, law in (
            ("norm_residual", "norm recursion and ELR rule"),
            ("cos_dist_residual", "angle of a step"),
        ):
            if name in self.rows[0]:
                said.append(f"{law:<28}{self._judged(name)}")
        return "\n".join(said)

    def _judged(self, name: str) -> str:
        worst = max(range(len(self.rows)), key=lambda i: _or_zero(self.rows[i][f"{name}_ratio"]))
        row = self.rows[worst]
        ratio = float(row[f"{name}_ratio"])
        if math.isnan(ratio):
            return "no law for this optimiser"
        verdict = "holds" if ratio <= HOLDS else f"BROKEN at step {self.steps[worst]}"
        if (
            verdict == "holds"
            and max(float(r["ess"].max()) ** 2 / float(r[f"{name}_floor"]) for r in self.rows) < 1
        ):
            verdict = "too small a step to tell"
        return f"residual {float(row[name]):.2g}, explained {float(row[f'{name}_floor']):.2g}: {verdict}"

    def _look(self, optimizer, args, kwargs) -> None:
        self._count += 1
        if (self._count - 1) % self.every:
            return
        if any(a is not None for a in (*args[1:], *kwargs.values())):  # args opens with the optimiser itself
            raise ValueError(
                "need optimizer.step() without a closure, whose gradients come too late to be seen"
            )
        if self._groups is None:
            self._settle_groups()
        params = [self._named[n] for n in self.groups.names]
        rates = _rates(optimizer, params)
        state = [optimizer.state.get(p, {}).get("momentum_buffer") for p in params]
        velocity = [torch.zeros_like(p) if v is None else v for v, p in zip(state, params, strict=True)]
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
        self._before = Before(_flat(params), _flat(grads), _flat(velocity) if rates[2] else None, *rates)

    def _compare(self, optimizer, args, kwargs) -> None:
        if self._before is None:
            return
        before, self._before = self._before, None
        params = [self._named[n] for n in self.groups.names]
        velocity = [optimizer.state[p]["momentum_buffer"] for p in params] if before.momentum else None
        numbers = self._numbers(before, _flat(params), None if velocity is None else _flat(velocity))
        self.rows.append(numbers)
        self.steps.append(self._count - 1)

    def _numbers(self, before: Before, w: Tensor, velocity: Tensor | None) -> dict[str, Tensor]:
        norm_sq, grad_sq = self.groups.sums(before.w**2)[0], self.groups.sums(before.grad**2)[0]
        after = self.groups.sums(w**2)[0]
        elr = scale.elr(before.lr, norm_sq)
        eff_grad_sq = scale.eff_grad_sq(grad_sq, norm_sq)
        total, total_grad_sq = norm_sq.sum(), scale.eff_grad_sq(grad_sq.sum(), norm_sq.sum())
        turned = w / after.sum().sqrt() - before.w / total.sqrt()
        found = {
            "norm": norm_sq.sqrt(),
            "total_norm": total.sqrt(),
            "elr_group": elr,
            "total_elr": scale.elr(before.lr, total),
            "eff_grad": eff_grad_sq.sqrt(),
            "total_eff_grad": total_grad_sq.sqrt(),
            "ess": scale.ess_sq(elr, eff_grad_sq).sqrt(),
            "total_ess": scale.ess_sq(scale.elr(before.lr, total), total_grad_sq).sqrt(),
            "cos_dist": turned.square().sum() / 2,
        }
        if not self.laws:
            return found
        unit = torch.finfo(self._named[self.groups.names[0]].dtype).eps / 2
        radial = (before.w * before.grad)[:, : self.groups.size].sum()
        found |= norm_law(self.groups, before, after, velocity, unit)
        return found | angle_law(before, found, radial, unit) | self._delta_bounds(before, found)

    def _delta_bounds(self, before: Before, found: dict[str, Tensor]) -> dict[str, Tensor]:
        """The figure's bounds by the least and the greatest gradient watched so far."""
        seen = torch.stack([row["total_eff_grad"] for row in [*self.rows, found]])
        total = found["total_norm"] ** 2
        return {
            "delta_min": periodic.delta_bound(total, seen.min() ** 2, before.lr),
            "delta_max": periodic.delta_bound(total, seen.max() ** 2, before.lr),
        }

    def _settle_groups(self) -> None:
        if isinstance(self._asked, Partition):
            self._groups = self._asked
        elif isinstance(self._asked, Groups):
            self._groups = Partition.found({n: p.shape for n, p in self._named.items()}, self._asked)
        else:
            known = {n: p for n, p in self._named.items() if p.grad is not None}
            self._groups = told(
                known, {n: p.grad for n, p in known.items() if p.grad is not None}, self._asked
            )
        self.left_out = [n for n in self._named if n not in self._groups.names]


def _check_lawful(optimizer: torch.optim.Optimizer) -> None:
    if type(optimizer) is not torch.optim.SGD:
        raise ValueError(
            f"need torch.optim.SGD for the laws (laws=False only logs), got {type(optimizer).__name__}"
        )
    for group in optimizer.param_groups:
        for name in ("nesterov", "dampening", "maximize"):
            if group[name]:
                raise ValueError(
                    f"need {name}=0 for the laws (laws=False only logs), got {name}={group[name]!r}"
                )


def _rates(optimizer: torch.optim.Optimizer, params: list[nn.Parameter]) -> tuple[float, float, float]:
    found = {
        tuple(float(group.get(n, 0.0)) for n in ("lr", "weight_decay", "momentum"))
        for group in optimizer.param_groups
        if any(p is q for p in params for q in group["params"])
    }
    if len(found) != 1:
        raise ValueError(
            f"need one lr, weight_decay and momentum for all scale-invariant weights, got {found}"
        )
    lr, wd, momentum = next(iter(found))
    return lr, wd, momentum


def _flat(tensors: list[Any]) -> Tensor:
    return torch.cat([t.detach().reshape(-1).double() for t in tensors])[None]


def _or_zero(value: Tensor) -> float:
    return 0.0 if torch.isnan(value) else float(value)
