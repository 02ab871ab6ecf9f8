"""Small grids that the tests of sweeps run, in a module that workers can import; and a process that runs one.

``python -m tests.grids FOLDER [workers]`` makes sure of the result of ``Logged`` and prints its path.
"""

import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from sitheory import _kernels
from sitheory.sweeps import run
from sitheory.sweeps.grid import Grid
from sitheory.trajectory import schema
from sitheory.trajectory.schema import Variable


def same(one, other):
    """All values to the bit, all coordinates and labels; seconds and a file's name are each run's own."""
    kept = ({k: v for k, v in ds.attrs.items() if k not in ("seconds", schema.NAME)} for ds in (one, other))
    return (
        one.drop_attrs().identical(other.drop_attrs())
        and len({json.dumps(k, sort_keys=True) for k in kept}) == 1
    )


@dataclass(frozen=True)
class Lanes:
    """Lanes of the toy function, several a block; one ELR raises, beside others in its block."""

    name: ClassVar[str] = "lanes"
    elrs: int = 6
    bad: float = 0.3
    block_size: int = 5

    def grid(self):
        axes = {"elr": np.arange(1, self.elrs + 1) / 10, "seed": np.arange(3)}
        variables = {"loss": ("step",), "lyapunov": ()}
        coords = {"step": np.array([100, 200])}
        return Grid(axes, variables, asdict(self), coords, entropy=0, block=self.block_size)

    def block(self, at):
        if np.any(at["elr"] == self.bad):
            raise ValueError(f"need another elr than {self.bad}")
        angle = np.array([[1.0], [2.0]]) + at["seed"]
        squares = np.cos(angle) ** 2, np.sin(angle) ** 2
        out = _kernels.run_ensemble(*squares, (1.0, 2.0), at["elr"], 200, windows=2, threads=1)
        return {"loss": out["mean_loss"].T, "lyapunov": at["elr"], "status": out["status"]}


@dataclass(frozen=True)
class Logged:
    """Cells of random numbers that note in a log who computed them; a marked cell kills its worker once."""

    name: ClassVar[str] = "logged"
    log: str
    cells: int = 40
    values: int = 2000
    seconds: float = 0.005
    deadly: int = -1

    def grid(self):
        axes = {"lr": np.arange(float(self.cells))}
        config = {"cells": self.cells, "values": self.values}
        variables = {"loss": ("step",), "behaviour": Variable((), "odd or even")}
        return Grid(axes, variables, config, {"step": np.arange(self.values)})

    def cell(self, lr):
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{lr:g}\n".encode())
        os.close(handle)
        if lr == self.deadly and not Path(f"{self.log}.dead").exists():
            Path(f"{self.log}.dead").touch()
            os._exit(9)
        time.sleep(self.seconds)
        if lr % 7 == 3:
            raise ZeroDivisionError(f"cell {lr:g}")
        loss = np.random.default_rng(int(lr)).standard_normal(self.values)
        return {"loss": loss, "behaviour": "odd" if lr % 2 else "e"}


def main(folder, workers="0", **options):
    case = Logged(str(Path(folder) / "log"), **options)
    if workers == "0":
        return run.ensure(case, folder)
    with ProcessPoolExecutor(int(workers)) as pool:
        return run.ensure(case, folder, executor=pool)


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
