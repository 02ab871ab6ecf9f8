"""Checks that stand in for those of a GPU: processes that do them need no torch."""

import os
import time

from benchmarks.gpu.machine import Impossible, Machine


class NoDevice(Machine):
    """A machine whose processes need no torch."""

    def told(self):
        return {"device": "none"}


def fine(machine, found):
    found["seen"] = 1


def broken(machine, found):
    found["before"] = 2
    raise AssertionError("captured is not called")


def impossible(machine, found):
    raise Impossible("only a GPU has it")


def hangs(machine, found):
    found["before"] = 3
    time.sleep(60)


def dies(machine, found):
    os._exit(7)
