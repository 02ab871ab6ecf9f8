"""The checks of a GPU: each measures, and raises if what it measured is not as it must be."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.gpu import agreement, cost


@dataclass(frozen=True)
class Check:
    """One check: how long it may take, and in a line what it shows."""

    name: str
    seconds: float
    what: str
    run: Callable


CHECKS = (
    Check(
        "cpu_equals_gpu",
        50,
        "a CPU's numbers, each network and rule",
        agreement.cpu_equals_gpu,
    ),
    Check(
        "captured_equals_called",
        50,
        "recorded steps are the called ones",
        agreement.captured_equals_called,
    ),
    Check("no_waiting", 10, "no step waits for the device", agreement.no_waiting),
    Check("random_walk", 10, "its noise is drawn in the recorded step", agreement.random_walk),
    Check("augmentation", 10, "shifts and flips are drawn in the recorded step", agreement.augmentation),
    Check("ghost_batches", 10, "a step of many parts is recorded", agreement.ghost_batches),
    Check("precisions", 10, "how far TF32 and bfloat16 move a step", agreement.precisions),
    Check("epoch", 60, "a logged epoch over the papers' protocol", cost.epoch),
    Check("grid", 45, "the time of the grid of regimes Figure 1", cost.grid),
    Check("compiled", 35, "compiled passes give the plain ones' steps", agreement.compiled),
    Check("sharpness", 25, "its value, time and memory", cost.sharpness),
    Check("groups", 15, "find_groups on the device", cost.groups),
    Check("watch", 10, "Watch on the device", cost.watch),
    Check("ensembles", 10, "stacked networks and the toy's lanes beside a CPU", cost.ensembles),
)
