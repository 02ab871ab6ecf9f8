"""How a run may fail numerically, as data."""

from __future__ import annotations

from sitheory import _kernels

RAISED = 3
STATUS_MEANINGS = {
    _kernels.OK: "ok",
    _kernels.VANISHED: "a group's norm shrank to nothing beside the others', so its ELR is not finite",
    _kernels.OVERFLOW: "the state left the range of float64",
    RAISED: "the cell raised an error, which the variable message names",
}
