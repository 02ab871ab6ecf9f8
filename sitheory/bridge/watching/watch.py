"""An observer for anyone's own training loop: logs what scale invariance makes of it and checks the laws live.

watch = bridge.Watch(model, optimizer, every=10)
for samples, labels in loader: ...            # your loop, unchanged
print(watch)                                  # each law's largest residual beside what explains it
log = watch.dataset()                         # norms, ELRs, ESS, cosine distances over the watched steps
"""

from __future__ import annotations

import json
import warnings
from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from sitheory.bridge.functional.network_copy import unwrapped
from sitheory.bridge.functional.pure_network import Call, real_view
from sitheory.bridge.symmetry.groups import Groups
from sitheory.bridge.symmetry.partition import Partition
from sitheory.bridge.symmetry.radial_gradient import Copies, Leaning, cosines, gradient_of, leaning
from sitheory.bridge.symmetry.tested_groups import Asked, invariant_alone
from sitheory.bridge.watching import optimisers, step_laws
from sitheory.bridge.watching.forward_passes import Passes
from sitheory.bridge.watching.hooks import StepHooks
from sitheory.bridge.watching.laws import HOLDS
from sitheory.bridge.watching.optimisers import Rates
from sitheory.bridge.watching.rotation import LAGS, Rotation, Updates, measured_time
from sitheory.bridge.watching.schedules import factors_of
from sitheory.bridge.watching.step_laws import Before
from sitheory.bridge.watching.verdicts import Verdicts
from sitheory.bridge.watching.watched_parameters import Held
from sitheory.theory import periodic, rotation, scale
from sitheory.trajectory import schema

if TYPE_CHECKING:
    import xarray as xr

VARIABLES = {
    "lr_group": schema.Variable(
        ("step", "group"), "learning rate of a group: 0 if the step left it alone, nan if it has several"
    )
}
"""The variables of the log that the schema lacks."""


def _harmless(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Let whatever goes wrong in a hook end the watching, with a warning, and not the training."""

    @wraps(hook)
    def guarded(self: Watch, *args: Any) -> Any:
        if self.stopped is not None:
            return None
        try:
            with torch.no_grad():
                return hook(self, *args)
        except Exception as error:  # the user's run is worth more than ours
            self._stop(f"{type(error).__name__}: {error}")
            return None

    return guarded


class Watch:
    """Hooks around ``optimizer.step`` that look at each k-th step; the loop itself needs no change.

    A gradient must be orthogonal to the weights of each group, up to what eps and rounding do to it, which passes over
    copies of the network predict: at the first, second, fourth, ... watched step, and whenever a gradient leans further
    than was predicted before. Plain SGD must obey eq. (3) of *periodic*, group by group, and eq. (8) for the angle of a
    step; with heavy-ball momentum it must obey the second-order laws of ``periodic.norm_sq_next_momentum`` for norms
    and of ``scale.heavy_ball_dot_next`` for <w', w>. Of every optimiser, ``rotation`` says in one table how far each
    group turns and what the law of decoupled decay makes of it, from the weights and their decay alone.

    Under DDP each process may watch. Sharded parameters (FSDP) are not watched, which is said in one line. A watch
    holds one copy of the watched weights in float64 during a step, one update of them in float32, inputs and slopes of
    at most eight passes of the step that it looks at, and ``keep`` rows.

    It can be used as a context. Nothing that goes wrong in it stops the training: it warns, once, and stops watching.

    Args:
        model: The network.
        optimizer: Its optimiser, or what wraps it.
        every: Look at each k-th step.
        groups: The scale-invariant groups, by "tensor" or by "row" as finite rescaling shows on the first batch, or as
            ``bridge.find_groups`` found them, or a partition.
        delta: The cosine distance that a jump exceeds.
        laws: Whether to check SGD's laws; None checks them where they speak of the optimiser.
        keep: At most this many rows of the log, the last ones; None keeps all. Verdicts are on all steps.

    Raises:
        ValueError: If laws are requested of an optimiser that has none, groups are given by another name or of
            parameters that are not trained, or every or keep is below 1.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        *,
        every: int = 10,
        groups: Asked = "tensor",
        delta: float = 1e-2,
        laws: bool | None = None,
        keep: int | None = None,
    ):
        if every < 1:
            raise ValueError(f"need every >= 1, got every={every!r}")
        if keep is not None and keep < 1:
            raise ValueError(f"need keep >= 1, got keep={keep!r}")
        self._optimizer = optimisers.innermost(optimizer)
        why = optimisers.unlawful(self._optimizer)
        if laws and why is not None:
            raise ValueError(why)
        if not isinstance(self._optimizer, torch.optim.Optimizer):
            raise ValueError(f"need an optimiser of torch's kind, got {type(self._optimizer).__name__}")
        self.every, self.delta, self.laws = every, delta, why is None if laws is None else laws
        self.rows: deque[dict[str, Tensor]] = deque(maxlen=keep)
        self.steps: deque[int] = deque(maxlen=keep)
        self.left_out: list[str] = []
        self.stopped: str | None = None
        self._net = unwrapped(model)
        self._plain = optimisers.is_sgd(self._optimizer)
        self._held = Held(self._net, self._optimizer)
        self._named = self._held.named
        self._asked, self._count, self._looks, self._stale = groups, 0, 0, 0
        self._groups = self._declared(groups)
        self._before: Before | None = None
        self._moving: _Moving | None = None
        self._updates: Updates | None = None
        self._changed: int | None = None
        self._leaning: Leaning | None = None
        self._guilty: Tensor | None = None
        self._verdicts = Verdicts()
        self._passes = Passes(model)
        self._hooks = StepHooks(self._optimizer, self._passes, self._open, self._compare)
        if sharded(self._net):
            self._stop("its parameters are sharded (FSDP): watch a run of one process, or under DDP")

    def close(self) -> None:
        """Stop watching."""
        self._hooks.close()
        self._passes.close()

    def __enter__(self) -> Watch:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self.close()

    @property
    def groups(self) -> Partition:
        """The scale-invariant groups, none if none was found.

        Raises:
            ValueError: If no step has been watched yet.
        """
        if self._groups is None:
            raise ValueError("need a watched step, got none yet")
        return self._groups

    def latest(self) -> dict[str, float]:
        """Return the last watched step's numbers that are one for all groups, to be logged; none before the first."""
        return {n: float(v) for n, v in self.rows[-1].items() if v.ndim == 0} if self.rows else {}

    def dataset(self) -> xr.Dataset:
        """Return the watched steps as a Dataset over ``step`` and ``group``: each state and the step it then took.

        Raises:
            ValueError: If no step has been watched yet.
        """
        labels = self.groups.labels
        if not self.rows:
            raise ValueError("need a watched step, got none yet")
        series = {n: torch.stack([row[n] for row in self.rows]).cpu().numpy() for n in self.rows[0]}
        variables = {n: (("step", "group") if v.ndim == 2 else ("step",), v) for n, v in series.items()}
        config = {"every": self.every, "delta": self.delta, "optimizer": type(self._optimizer).__name__}
        attrs = {
            **schema.provenance(config, None),
            "reduction": "sample",
            "left_out": json.dumps(self.left_out),
        }
        coords = {"step": list(self.steps), "group": labels}
        return schema.dataset(variables, coords, attrs, declared=VARIABLES)

    def __str__(self) -> str:
        """Say of each law what its largest residual is, beside what rounding and eps explain."""
        seen, said = self._verdicts, []
        if self._groups is not None and not self._groups.names:
            said.append("no scale-invariant parameters found: nothing to watch")
        elif not seen.steps:
            said.append("no step watched yet")
        else:
            head = f"{seen.steps} steps watched, {self.groups.count} scale-invariant groups"
            jumps = 0 if seen.jumps is None else int(seen.jumps)
            said.append(f"{head}, {jumps} delta-jumps (delta = {self.delta:g})")
        if seen.failed is not None and int(seen.failed) >= 0:
            said.append(f"not finite from step {int(seen.failed)} on; before it:")
        if self.left_out:
            said.append(f"not scale-invariant by themselves, or not known to be: {', '.join(self.left_out)}")
        if self.stopped is not None:
            said.append(f"stopped watching: {self.stopped}")
        said += seen.lines()
        if self._stale:
            said.append(f"{self._stale} steps left out: no pass of the model since the step before")
        if self._changed is not None:
            said.append(
                f"step {self._changed}: what was added to the passes' gradient (clipping by value, noise, a term of "
                "the loss that reads the weights) is not orthogonal; that of the passes alone is"
            )
        if not self._plain and self._updates is not None and self._updates.means:
            said.append(str(self.rotation()))
        return "\n".join(said)

    def rotation(self) -> Rotation:
        """Return how each group turns beside what theory says of it, over about the last hundred watched steps.

        Raises:
            ValueError: If no step has been watched yet.
        """
        if self._updates is None or not self._updates.means:
            raise ValueError("need a watched step, got none yet")
        # A schedule moves the norm, too: the time constant is of the last rows with one learning rate.
        at = len(self.rows) - 1
        rates = [row["lr_group"].nan_to_num() for row in self.rows]
        while at > 0 and torch.equal(rates[at - 1], rates[-1]):
            at -= 1
        steps = torch.tensor(list(self.steps)[at:])
        norm_sq = torch.stack([row["norm"] for row in list(self.rows)[at:]]).square()
        time = measured_time(steps.numpy(), norm_sq.cpu().numpy())
        return self._updates.rotation(-1 if self._plain else 0, time, optimisers.is_coupled(self._optimizer))

    def ahead(self, schedule: Any, steps: int | None = None) -> xr.Dataset:
        """Return what a schedule will do to norm and turn of each group, if the updates stay what they are.

        Args:
            schedule: A scheduler of torch, which is not changed, or the coming learning rates as multiples of the last.
            steps: How many steps ahead, which a scheduler needs; None for as many as there are multiples.

        Returns:
            A Dataset over ``step`` (steps from now) and ``group``: ``norm`` before a step and ``turn`` in it.
        """
        return self.rotation().ahead(factors_of(schedule, steps))

    @_harmless
    def _open(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Look at the state before a step; if a closure is to find the gradient, then when it has."""
        self._before = self._moving = None
        optimizer = self._optimizer
        if self._count % self.every:
            if self._updates is not None and self._updates.due(self._count):
                self._moving = self._move()
            return None
        closure = args[1] if len(args) > 1 else kwargs.get("closure")  # args opens with the optimiser itself
        if not callable(closure):
            return self._look(optimizer)

        def and_look() -> Any:
            loss = closure()
            if self._before is None:
                self._look(optimizer)
            return loss

        if len(args) > 1:
            return (args[0], and_look, *args[2:]), kwargs
        return args, {**kwargs, "closure": and_look}

    @_harmless
    def _look(self, optimizer: Any) -> None:
        if optimisers.overflowed(optimizer) or self._passes.follow():
            return
        self._notice_changes()
        if self._groups is None:
            self._settle_groups()
        if self._groups is None or not self._groups.names or self.stopped is not None:
            return
        if self._leaning is not None and not self._passes.any:
            self._stale += 1
            return
        self._moving = self._move()
        groups, params = self._groups, [self._named[n] for n in self._groups.names]
        rates = _rates(optimizer, params)
        w, grad = self._moving.w, _flat(optimisers.gradients_of(optimizer, params))
        norm_sq, grad_sq = groups.sums(w**2)[0], groups.sums(grad**2)[0]
        heavy = self.laws and any(rates.momentum)
        lr, wd, momentum = rates.by_group(groups, w.device)
        self._before = Before(
            w=w,
            norm_sq=norm_sq,
            grad_sq=grad_sq,
            radial=groups.sums(w * grad)[0],
            leaning=self._explained(w, grad, norm_sq),
            lr=lr,
            wd=wd,
            momentum=momentum,
            plain=len(set(zip(*rates, strict=True))) == 1 and not any(rates.momentum),
            velocity=_flat(optimisers.velocities_of(optimizer, params)) if heavy else None,
        )

    def _move(self) -> _Moving:
        params = [self._named[n] for n in self.groups.names]
        w, rates = _flat(params), _rates(self._optimizer, params)
        rates = rates._replace(wd=optimisers.decays_of(self._optimizer, rates))
        lr, wd, _ = rates.by_group(self.groups, w.device)
        return _Moving(w, lr, wd)

    @_harmless
    def _compare(self) -> None:
        before, self._before = self._before, None
        moving, self._moving = self._moving, None
        step, self._count = self._count, self._count + 1
        self._passes.clear()
        self._passes.open = self._count % self.every == 0
        if moving is None:
            return
        params = [self._named[n] for n in self.groups.names]
        after = _flat(params)
        if self._updates is None:
            self._updates = Updates(self.groups, max(LAGS + 1, min(90, (LAGS + 1) * self.every)))
        self._updates.join(step, moving.w, after, moving.lr, moving.wd, looked=before is not None)
        if before is None:
            return
        velocities = optimisers.velocities_of(self._optimizer, params)
        numbers = self._numbers(before, after, None if before.velocity is None else _flat(velocities), params)
        sharp = step_laws.is_sharp(self.groups, before)
        self._verdicts.join(numbers, step, _size_sq(numbers), sharp, self.delta)
        self.rows.append(numbers)
        self.steps.append(step)

    def _numbers(
        self, before: Before, w: Tensor, velocity: Tensor | None, params: list[nn.Parameter]
    ) -> dict[str, Tensor]:
        norm_sq, grad_sq, after = before.norm_sq, before.grad_sq, self.groups.sums(w**2)[0]
        eff_grad_sq = scale.eff_grad_sq(grad_sq, norm_sq)
        total, total_grad_sq = norm_sq.sum(), scale.eff_grad_sq(grad_sq.sum(), norm_sq.sum())
        turned = w / after.sum().sqrt() - before.w / total.sqrt()
        distance_sq = self.groups.sums((w - before.w) ** 2)[0]
        found = {
            "norm": norm_sq.sqrt(),
            "total_norm": total.sqrt(),
            "eff_grad": eff_grad_sq.sqrt(),
            "total_eff_grad": total_grad_sq.sqrt(),
            "cos_dist": turned.square().sum() / 2,
            "lr_group": before.lr,
            "turn": rotation.chord_sq(distance_sq, norm_sq.sqrt(), after.sqrt()).clamp_min(0).sqrt(),
            **step_laws.orthogonality(before),
        }
        if not self._plain:
            return found | step_laws.taken(self.groups, before, w)
        elr = scale.elr(before.lr, norm_sq)
        ess_sq = scale.ess_sq(elr, eff_grad_sq)
        one_lr = torch.where((before.lr == before.lr[0]).all(), before.lr[0], torch.nan)
        found |= {
            "elr_group": elr,
            "total_elr": scale.elr(one_lr, total),
            "ess": ess_sq.sqrt(),
            "total_ess": ((ess_sq * norm_sq).sum() / total).sqrt(),
        }
        if not self.laws:
            return found
        unit = torch.finfo(real_view(params[0].detach()).dtype).eps / 2
        least, greatest = self._verdicts.extremes(found["total_eff_grad"])
        return {
            **found,
            **step_laws.norm_law(self.groups, before, after, velocity, unit),
            **step_laws.angle_law(before, found["cos_dist"], unit),
            **step_laws.inner_law(self.groups, before, w, unit),
            "delta_min": periodic.delta_bound(total, least**2, one_lr),
            "delta_max": periodic.delta_bound(total, greatest**2, one_lr),
        }

    def _explained(self, w: Tensor, grad: Tensor, norm_sq: Tensor) -> Tensor:
        """Return the largest |cos(w, grad)| that eps and rounding explain, predicted anew if the step is beyond it."""
        self._looks += 1
        cos = cosines(self.groups, w, grad)[0]
        allowed = torch.full_like(cos, torch.nan) if self._leaning is None else self._leaning.here(norm_sq)
        guilty = torch.zeros_like(cos, dtype=torch.bool) if self._guilty is None else self._guilty
        if not bool(torch.isfinite(cos).all()):
            return allowed
        due = self._looks & (self._looks - 1) == 0
        if not due and not bool(((cos > HOLDS * allowed) & ~guilty).any()):
            return allowed
        passes = self._passes.found() if self._copied() else []
        if not passes:
            return allowed
        copies = Copies.of(self._net, self.groups.names)
        now = leaning(copies, passes, self.groups)
        self._leaning = now if self._leaning is None else self._leaning.joined(now)
        allowed = self._leaning.here(norm_sq)
        accused = (cos > HOLDS * allowed) & ~guilty
        self._guilty = guilty | accused
        if self._changed is None and bool(accused.any()):
            own = gradient_of(copies.own, passes, copies.exact.values, self.groups)
            if bool((cosines(self.groups, w, own)[0] <= HOLDS * allowed)[accused].all()):
                self._changed = self._count
        return allowed

    def _copied(self) -> bool:
        """Whether a copy can be run here, without other processes that would have to take part."""
        return not any(isinstance(m, nn.SyncBatchNorm) for m in self._net.modules())

    def _declared(self, asked: Asked) -> Partition | None:
        if isinstance(asked, str):
            Partition.of({}, asked)  # says what is wrong with it
            return None
        if isinstance(asked, Groups):
            asked = Partition.found({n: real_view(p.detach()).shape for n, p in self._named.items()}, asked)
        if missing := [n for n in asked.names if n not in self._named]:
            raise ValueError(f"need groups of parameters that the optimizer trains, got {', '.join(missing)}")
        self.left_out = [n for n in self._named if n not in asked.names]
        return asked

    def _settle_groups(self) -> None:
        """Find the groups by rescaling the network on what it was given."""
        assert isinstance(self._asked, str)
        if not all(bool(torch.isfinite(p).all()) for p in self._named.values()):
            self._verdicts.failed = (
                torch.tensor(self._count) if self._verdicts.failed is None else self._verdicts.failed
            )
            return
        passes = self._passes.found() if self._copied() else []
        if not passes:
            self._groups, self.left_out = Partition((), (), ()), list(self._named)
            self._stop(
                "no pass of the model was seen to find groups by (what torch.compile returns is seen if it is what is "
                "watched): give groups=bridge.find_groups(model, x)"
            )
            return
        call = Call(passes[-1].args, passes[-1].kwargs)
        self._groups = invariant_alone(self._net, call, self._asked, names=list(self._named))
        self.left_out = [n for n in self._named if n not in self._groups.names]
        if not self._groups.names:
            self._stop(
                "no parameter is scale-invariant by itself (groups=bridge.find_groups(model, x) finds those "
                "that are so together)"
            )

    def _notice_changes(self) -> None:
        added, lost = self._held.changes()
        self.left_out += [n for n in added if n not in self.left_out]
        if added:
            warnings.warn(f"bridge.Watch leaves out parameters added later: {', '.join(added)}", stacklevel=2)
        if lost:
            said = f"bridge.Watch: no longer trained, or replaced by other tensors: {', '.join(lost)}"
            warnings.warn(said, stacklevel=2)
        watched = self._named if self._groups is None else self._groups.names
        if self._held.lost.issuperset(watched):
            self._stop("the optimizer has none of the watched parameters any more: make a new Watch")

    def _stop(self, why: str) -> None:
        self.stopped = why
        self._before = None
        self.close()
        warnings.warn(f"bridge.Watch stopped watching: {why}", stacklevel=2)


class _Moving(NamedTuple):
    """The weights before a step, shape (1, size), and each group's learning rate and decay, as if decoupled."""

    w: Tensor
    lr: Tensor
    wd: Tensor


def sharded(net: nn.Module) -> bool:
    """Return whether a process has a part of the parameters only."""
    if any(type(p.data) is not Tensor for p in net.parameters()):
        return True
    return any(hasattr(m, "_fsdp_wrapped_module") for m in net.modules())


def _rates(optimizer: torch.optim.Optimizer, params: list[nn.Parameter]) -> Rates:
    return optimisers.rates_of(optimizer, params)


def _size_sq(numbers: dict[str, Tensor]) -> Tensor:
    """The largest square of a step beside its weights."""
    return numbers["ess" if "ess" in numbers else "step_size"].max() ** 2


def _flat(tensors: list[Any]) -> Tensor:
    return torch.cat([real_view(t.detach()).reshape(-1).double() for t in tensors])[None]
