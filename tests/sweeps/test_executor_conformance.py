"""The one suite that every executor of ``simulations.executors`` passes; executors are discovered."""

import shutil
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest

import sitheory as si
from simulations import executors
from sitheory._kernels.status import Status
from sitheory.sweeps import run
from tests.sweeps.grids import Lanes, same

KIND = "conformance"

ROOT = Path(__file__).parents[2]
ALL = [
    pytest.param(
        kind, marks=pytest.mark.skipif(kind == "slurm" and shutil.which("srun") is None, reason="no SLURM")
    )
    for kind in executors.KINDS
]


@pytest.mark.parametrize("kind", ALL)
def test_every_executor_gives_the_same_bits(kind, tmp_path, monkeypatch):
    """Twin: in this thread, one block after the other. One cell in six raises, beside others in its block."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)  # where dask keeps its files
    case = Lanes(block_size=9 if kind in ("submitit", "slurm") else 5)  # a job takes seconds to start
    with executors.opened(kind, 2, {}, tmp_path) as machinery:
        if machinery["executor"] is not None:
            assert isinstance(machinery["executor"], Executor) or hasattr(machinery["executor"], "submit")
        scaled = si.load(run.ensure(case, tmp_path, **machinery))
    serial = run.collect(case)
    assert same(scaled, serial)
    assert int((serial["status"] == Status.RAISED).sum()) == 3
    assert str(serial["message"].sel(elr=0.3, seed=1).values) == "ValueError: need another elr than 0.3"
    assert np.isnan(serial["loss"].sel(elr=0.3)).all() and np.isfinite(serial["loss"].sel(elr=0.4)).all()


@pytest.mark.parametrize("kind", [kind for kind in executors.KINDS if kind not in ("dask", "slurm")])
def test_an_option_that_it_does_not_take_is_refused_in_words(kind, tmp_path):
    """Conformance: a dask cluster takes what distributed does, and SLURM stands at the head of its own."""
    with (
        pytest.raises(ValueError, match=r"^need .*(options|submitit)"),
        executors.opened(kind, 2, {"no_such_option": 1}, tmp_path),
    ):
        pytest.fail("it was opened")


@pytest.mark.skipif(shutil.which("srun") is not None, reason="SLURM is here")
def test_without_slurm_one_line_says_what_is_missing(tmp_path):
    with pytest.raises(ValueError, match="need srun"), executors.opened("slurm", 2, {}, tmp_path):
        pytest.fail("it was opened")
