"""How a run may end, as data: one code for each kernel, simulator and result."""

from enum import IntEnum


class Status(IntEnum):
    """The code that a result's variable ``status`` holds."""

    OK = 0
    VANISHED = 1
    OVERFLOW = 2
    RAISED = 3
    NOT_FINITE = 4

    @property
    def meaning(self) -> str:
        """What the code says, in words."""
        return {
            Status.OK: "ok",
            Status.VANISHED: "a group's norm shrank to nothing, alone or beside the others', so its ELR is not finite",
            Status.OVERFLOW: "the state left the range of float64",
            Status.RAISED: "the cell raised an error, which the variable message names",
            Status.NOT_FINITE: "a network's loss or a group's norm was not finite, from failed_step on",
        }[self]

    @classmethod
    def meanings(cls) -> str:
        """All codes with what they say, as a result's attribute ``status_meanings`` holds them."""
        return "; ".join(f"{status.value}: {status.meaning}" for status in cls)

    @classmethod
    def of_end(cls, finite: bool) -> "Status":
        """The status of a run whose last state is finite, or not."""
        return cls.OK if finite else cls.OVERFLOW
