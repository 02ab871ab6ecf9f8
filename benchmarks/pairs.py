"""Paired timing: two pieces of work by turns, and the median of the ratios of neighbours."""

import statistics
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """One line of the table: how many times faster (or, with a ceiling, slower) ours is."""

    name: str
    median: float
    low: float
    high: float
    must: float | None
    aim: float | None
    at_most: bool
    note: str

    @property
    def missed(self):
        if self.must is None:
            return False
        return self.median > self.must if self.at_most else self.median < self.must

    def __str__(self):
        sign = "<=" if self.at_most else ">="
        must, aim = (f"{sign}{g:g}" if g is not None else "" for g in (self.must, self.aim))
        flag = "!" if self.missed else ""
        spread = f"{self.low:.3g} .. {self.high:.3g}"
        return f"{flag:2}{self.name:58}{self.median:10.3g}{must:>8}{aim:>8}   {spread}; {self.note}"


@dataclass(frozen=True)
class Goal:
    """One line for the share of a time that was set which ours takes."""

    name: str
    share: float

    @property
    def missed(self):
        return self.share > 1

    def __str__(self):
        return f"{'!' if self.missed else '':2}{self.name:58}{self.share:10.3g}{'<=1':>8}"


@dataclass(frozen=True)
class Skipped:
    """A line for what could not be measured here."""

    name: str
    why: str
    missed = False

    def __str__(self):
        return f"  {self.name:58}{'-':>10}   {self.why}"


def seconds(work, clock):
    """Time of one call."""
    begin = clock()
    work()
    return clock() - begin


def own_seconds(work, clock):
    """Time of the part of a call that is to count, by a work that takes the clock and returns it."""
    return work(clock)


def ratio(
    name, ours, theirs, repeats, must=None, aim=None, at_most=False, scale=1.0, wall=False, timed=seconds
):
    """Compare two callables, each warmed up once.

    With ``at_most`` the ratio is ours / theirs, a cost; otherwise theirs / ours, a speed-up. ``scale``
    is ours' amount of work over theirs', where one of them would take too long. Time is that of the
    processor, which does not mind what else the machine does, unless ``wall`` asks for the clock's.
    """
    clock = time.perf_counter if wall else time.process_time
    timed(ours, clock), timed(theirs, clock)
    times = []
    for _ in range(repeats):
        times.append((timed(ours, clock) / scale, timed(theirs, clock)))
    ratios = sorted(a / b if at_most else b / a for a, b in times)
    low, median, high = statistics.quantiles(ratios, n=4) if repeats > 1 else ratios * 3
    fast = min(a for a, _ in times), min(b for _, b in times)
    note = f"{_unit(fast[0] * scale)} against {_unit(fast[1])}"
    return Ratio(name, median, low, high, must, aim, at_most, note)


def _unit(duration):
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if duration >= size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration * 1e6:.3g} us"
