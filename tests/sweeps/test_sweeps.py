"""Grids of cells: what is finished survives kills, damage and full disks."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

import sitheory as si
from sitheory._kernels.status import Status
from sitheory.simulation import sphere
from sitheory.simulation.starts import starts
from sitheory.sweeps import block_files, run
from sitheory.sweeps.compute_cells import compute
from sitheory.sweeps.grid import Grid, rectangle
from sitheory.trajectory import schema
from tests.sweeps.grids import Lanes, Logged, same

KIND = "conformance"

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("block_size", [1, 3, 7, 100])
def test_the_size_of_a_block_changes_no_bit(block_size):
    small, usual = (run.collect(Lanes(block_size=b)).drop_attrs() for b in (block_size, 5))
    assert small.identical(usual)


def test_blocks_are_rectangles_that_cover_the_grid_once():
    for shape in ((3,), (4, 5), (2, 3, 4)):
        for most in range(1, 26):
            grid = Grid({n: range(s) for n, s in zip("abc", shape, strict=False)}, {}, {}, block=most)
            count = np.zeros(shape, int)
            for index in range(grid.blocks):
                count[grid.where(index)] += 1
                assert grid.size(index) <= most
            assert np.all(count == 1) and sum(map(grid.size, range(grid.blocks))) == grid.cells
    assert rectangle((1000, 300), 1000) == (3, 300) and rectangle((1000, 300), 200) == (1, 200)


def test_sweeps_of_rules_are_single_runs(tmp_path):
    """Twin: simulate, for weight decay on a planar loss; a product of 1 and more is data."""
    loss = si.Fourier((1.0,))
    grid = si.sweep(loss, si.DecayGD, lr=[0.1, 10.0], wd=[1e-3, 0.5], seeds=2, steps=640, folder=tmp_path)
    assert grid["loss"].dims == ("lr", "wd", "seed", "step")
    start = starts(loss, 2, 0)[1]
    one = si.simulate(loss, si.DecayGD(10.0, 1e-3), 640, windows=64, start=start)
    for name in one.data_vars:
        np.testing.assert_array_equal(grid[name].sel(lr=10.0, wd=1e-3, seed=1), one[name], err_msg=str(name))
    assert "need lr * wd < 1" in str(grid["message"].sel(lr=10.0, wd=0.5, seed=0).values)
    assert int(grid["status"].sel(lr=10.0, wd=0.5, seed=0)) == Status.RAISED


def test_a_sweep_with_a_tangent_shows_exponents():
    loss = si.Quotients((1, 2, 4))
    grid = si.sweep(loss, si.SphereGD, elr=[0.2, 0.5], seeds=2, steps=6400, tangent=True)
    for elr in (0.2, 0.5):
        for seed, start in enumerate(starts(loss, 2, 0)):
            one = sphere.window_means(loss, si.SphereGD(elr), 6400, start, 64, tangent=True)
            np.testing.assert_array_equal(grid["log_stretch"].sel(elr=elr, seed=seed), one["log_stretch"])


@pytest.mark.parametrize(
    ("options", "law"),
    [
        ({"elr": [0.1], "seeds": 0}, "need at least one seed and one value of each field, got seeds=0"),
        ({"elr": [], "seeds": 1}, "need at least one seed and one value"),
        ({"lr": [0.1], "seeds": 1}, "need values of elr, got lr"),
        ({"elr": [-0.1], "seeds": 1}, "need elr > 0"),
        ({"elr": [0.1], "seeds": 1, "rng": None, "folder": "x"}, "need a number rng"),
    ],
)
def test_bad_sweeps_name_the_law(options, law):
    with pytest.raises(ValueError, match=law):
        si.sweep(si.Quotients((1, 2)), si.SphereGD, steps=100, **options)


def test_a_cell_of_the_wrong_shape_stops_the_sweep():
    class Wrong(Lanes):
        def block(self, at):
            return {"loss": at["elr"], "lyapunov": at["elr"]}

    with pytest.raises(ValueError, match=r"need loss as numbers or text of shape \(3, 2\)"):
        run.collect(Wrong())


def test_cells_beside_one_that_raises_still_run_together():
    ran = []

    class Counted(Lanes):
        def block(self, at):
            ran.append(len(at["elr"]))
            return super().block(at)

    whole = run.collect(Counted(elrs=64, block_size=192))
    # The halves that hold one of the three that raise, down to these, and the halves beside them.
    assert int((whole["status"] == Status.RAISED).sum()) == 3 and len(ran) <= 25 and max(ran[1:]) == 96
    assert whole.drop_attrs().identical(run.collect(Lanes(elrs=64, block_size=1)).drop_attrs())


def test_a_large_grid_is_chunked_and_opens_without_being_read(tmp_path):
    case = Logged(str(tmp_path / "log"), cells=120, seconds=0)
    path = run.ensure(case, tmp_path)
    with h5py.File(path) as file:
        assert file["loss"].chunks == (65, 2000) and file["loss"].fletcher32
    with si.load(path, lazy=True) as lazy:
        assert not lazy["loss"].variable._in_memory
        np.testing.assert_array_equal(lazy["loss"].sel(lr=77.0), case.cell(77.0)["loss"])
        assert same(lazy.load(), run.collect(case))


def test_progress_counts_cells_and_begins_with_those_on_disk(tmp_path):
    case, told = Lanes(), []
    path = run.ensure(case, tmp_path, progress=told.append)
    assert told[0] == 0 and told[-1] == 18 and told == sorted(told)
    path.unlink()
    kept = run.blocks_folder(path, case.grid())
    block_files.block_path(kept, 2).unlink()
    told.clear()
    run.ensure(case, tmp_path, progress=told.append)
    assert told == [15, 18]


# What is finished survives.


def computed(folder):
    return Path(folder, "log").read_text().split() if Path(folder, "log").exists() else []


def start(folder, workers=0, **options):
    """A process that makes sure of Logged, in a group of its own, so that its workers die with it."""
    words = [sys.executable, "-m", "tests.sweeps.grids", str(folder), str(workers)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, cwd=ROOT, start_new_session=True, **pipes, **options)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return run.collect(Logged(str(tmp_path_factory.mktemp("whole") / "log"), seconds=0))


def kill_at_random(folder, times, workers, draw):
    """Start and kill; return how many cells were on disk each time."""
    seen = []
    for _ in range(times):
        with start(folder, workers) as process:
            begun = len(computed(folder))
            while process.poll() is None and len(computed(folder)) == begun:
                time.sleep(0.002)
            time.sleep(draw.uniform(0, 0.2 / times))
            with suppress(ProcessLookupError):  # it was done
                os.killpg(process.pid, signal.SIGKILL)
        seen.append(len(list(folder.glob("*.cells/[0-9]*.npz"))))
    return seen


MANY = [pytest.param(25, workers, marks=pytest.mark.slow) for workers in (0, 2)]


@pytest.mark.parametrize(("times", "workers"), [(3, 0), (2, 2), *MANY])
def test_kill_9_loses_at_most_the_cells_in_flight(times, workers, tmp_path, uninterrupted):
    seen = kill_at_random(tmp_path, times, workers, random.Random(times + workers))
    assert seen == sorted(seen)
    with start(tmp_path, workers) as last:
        out, err = last.communicate(timeout=120)
    assert last.returncode == 0, err
    assert same(si.load(out.strip()), uninterrupted)
    # A kill costs at most the cells that its workers had begun.
    assert len(computed(tmp_path)) <= 40 + times * max(workers, 1)


def test_a_dying_worker_loses_its_cell_only(tmp_path, uninterrupted):
    case = Logged(str(tmp_path / "log"), deadly=20)
    with ProcessPoolExecutor(1) as pool, pytest.raises(BrokenProcessPool):
        run.ensure(case, tmp_path, executor=pool)
    before = computed(tmp_path)
    with ProcessPoolExecutor(1) as pool:
        path = run.ensure(case, tmp_path, executor=pool)
    after = computed(tmp_path)[len(before) :]
    assert len(before) + len(after) == 41 and set(before) & set(after) == {"20"}
    assert same(si.load(path), uninterrupted)


def test_two_processes_share_the_work_and_do_no_harm(tmp_path, uninterrupted):
    both = [start(tmp_path), start(tmp_path)]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert same(si.load(out.strip()), uninterrupted)
    assert len(computed(tmp_path)) < 60
    assert not list(tmp_path.rglob(".*"))


def limit_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))


def test_a_file_that_does_not_fit_leaves_nothing_half(tmp_path, uninterrupted):
    with start(tmp_path, preexec_fn=limit_files) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1 and "File too large" in err.splitlines()[-1]
    assert not list(tmp_path.rglob("*.nc"))
    # Cells that fail hold little but a message: their blocks may fit, and are then whole.
    kept, grid = tmp_path.rglob("*.npz"), Logged(str(tmp_path / "log")).grid()
    assert all(block_files.read(path.parent, int(path.stem), grid) is not None for path in kept)
    with start(tmp_path) as process:
        out, _ = process.communicate(timeout=120)
    assert same(si.load(out.strip()), uninterrupted)


def test_a_full_disk_keeps_what_is_finished(tmp_path, uninterrupted):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        case = Logged(str(tmp_path / "log"), seconds=0)
        with pytest.raises(OSError, match="No space left"):
            run.ensure(case, disk)
        begun = len(computed(tmp_path))
        assert 5 < begun < 20
        subprocess.run(["mount", "-o", "remount,size=20m", disk], check=True)
        assert same(si.load(run.ensure(case, disk)), uninterrupted)
        assert len(computed(tmp_path)) == 40 + 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_damage_is_seen_whatever_byte_it_hits(tmp_path):
    """Every byte of a block's file, and every length: the values are the same or the file is gone."""
    grid = Lanes().grid()
    good = compute(Lanes(), grid, 2)
    assert good.messages
    block_files.write(tmp_path, 2, good, grid)
    file, seen = block_files.block_path(tmp_path, 2), 0
    whole = file.read_bytes()
    damaged = [whole[:i] + bytes([whole[i] ^ 0x55]) + whole[i + 1 :] for i in range(len(whole))]
    for content in [*damaged, *(whole[:i] for i in range(0, len(whole), 7))]:
        file.write_bytes(content)
        block = block_files.read(tmp_path, 2, grid)
        if block is None:
            assert not file.exists()
            seen += 1
        else:
            assert block.messages == good.messages and block.values.keys() == good.values.keys()
            for name, values in good.values.items():
                np.testing.assert_array_equal(block.values[name], values)
    assert seen > len(whole) / 2


def test_a_damaged_block_is_computed_again(tmp_path, uninterrupted):
    case = Logged(str(tmp_path / "log"), seconds=0)
    path = run.ensure(case, tmp_path)
    path.unlink()
    kept = run.blocks_folder(path, case.grid())
    block_files.block_path(kept, 11).write_bytes(b"")
    block_files.block_path(kept, 12).write_bytes(block_files.block_path(kept, 13).read_bytes()[:-100])
    assert same(si.load(run.ensure(case, tmp_path)), uninterrupted)
    assert computed(tmp_path)[40:] in (["11", "12"], ["12", "11"])


def test_a_damaged_result_is_made_of_its_blocks_again(tmp_path, uninterrupted):
    case = Logged(str(tmp_path / "log"), seconds=0)
    path = run.ensure(case, tmp_path)
    with h5py.File(path) as file:
        somewhere = file["loss"].id.get_chunk_info(0).byte_offset
    whole = path.read_bytes()
    flipped = whole[:somewhere] + bytes([whole[somewhere] ^ 1]) + whole[somewhere + 1 :]
    for damaged in (whole[: len(whole) // 2], flipped):
        assert schema.intact(path)
        path.write_bytes(damaged)
        assert not schema.intact(path)
        assert same(si.load(run.ensure(case, tmp_path)), uninterrupted)
    assert len(computed(tmp_path)) == 40
