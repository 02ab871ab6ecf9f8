"""Whatever happened to a sweep's files, each start ends with the right result."""

import itertools
import logging
import random
import shutil
import zipfile
from concurrent.futures import BrokenExecutor

import numpy as np
import pytest

import sitheory as si
from sitheory.sweeps import block_files, run
from sitheory.trajectory import schema
from tests.sweeps.grids import Lanes, same

KIND = "conformance"

SMALL = Lanes(elrs=4, block_size=3)
RIGHT = run.collect(SMALL)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    return folder, run.ensure(SMALL, folder)


@pytest.fixture
def files(finished, tmp_path):
    """A copy of a finished sweep: the folder, the result and the blocks in order."""
    folder, path = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    kept = run.blocks_folder(tmp_path / path.name, SMALL.grid())
    return tmp_path, tmp_path / path.name, sorted(kept.glob("*.npz"))


def starts_right(folder):
    """Twice, as a user who is not sure."""
    return all(same(si.load(run.ensure(SMALL, folder)), RIGHT) for _ in range(2))


def swapped(one, other):
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)


def huge(path):
    """A block whose header claims more values than there are."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    before, after = b"(3,), }" + 10 * b" ", b"(99999999999,), }"
    assert before in held["status.npy"] and len(before) == len(after)
    held["status.npy"] = held["status.npy"].replace(before, after)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)


def as_folder(path):
    path.unlink()
    path.mkdir()


def another_grids(blocks):
    """Another grid's block of the same shape, under this one's name."""
    other, folder = Lanes(elrs=4, block_size=3, bad=0.2), blocks[1].parent.with_name("another.cells")
    folder.mkdir()
    block_files.write(folder, 1, run.compute(other, other.grid(), 1), other.grid())
    shutil.copy(folder / blocks[1].name, blocks[1])


DAMAGES = {
    "one block over another": lambda path, blocks: shutil.copy(blocks[3], blocks[1]),
    "two blocks swapped": lambda path, blocks: swapped(blocks[0], blocks[2]),
    "a block of another grid": lambda path, blocks: another_grids(blocks),
    "a block cut short": lambda path, blocks: blocks[0].write_bytes(blocks[0].read_bytes()[:300]),
    "an empty block": lambda path, blocks: blocks[0].write_bytes(b""),
    "a block of zeros": lambda path, blocks: blocks[0].write_bytes(bytes(2000)),
    "a huge header": lambda path, blocks: huge(blocks[0]),
    "a folder for a block": lambda path, blocks: as_folder(blocks[2]),
    "a folder for the result": lambda path, blocks: as_folder(path),
    "a copy beside": lambda path, blocks: shutil.copy(blocks[1], blocks[1].with_name("00000001 copy.npz")),
    "a name that is none": lambda path, blocks: shutil.copy(blocks[1], blocks[1].with_name("00zz.npz")),
    "a number too high": lambda path, blocks: shutil.copy(blocks[1], blocks[1].with_name("00000099.npz")),
    "the result of another": lambda path, blocks: shutil.copy(run.ensure(Lanes(elrs=3), path.parent), path),
    "the note damaged": lambda path, blocks: blocks[0].with_name("about.json").write_bytes(b"\xff{"),
    "all blocks gone": lambda path, blocks: shutil.rmtree(blocks[0].parent),
}


@pytest.mark.parametrize("gone", [True, False])
@pytest.mark.parametrize("what", DAMAGES)
def test_each_start_ends_with_the_right_result(what, gone, files, caplog):
    """Twin: the sweep in memory; with the result there, and with blocks alone."""
    folder, path, blocks = files
    if gone and "result" not in what:
        path.unlink()
    DAMAGES[what](path, blocks)
    with caplog.at_level(logging.WARNING):
        assert starts_right(folder)
    lines = [record.getMessage() for record in caplog.records]
    assert all(line.startswith("set aside ") and "\n" not in line for line in lines)
    needs_line = gone and what not in ("the note damaged", "all blocks gone")
    assert len(lines) >= needs_line and len(lines) <= 2


@pytest.mark.parametrize("times", [25, pytest.param(500, marks=pytest.mark.slow)])
def test_no_flipped_bit_of_a_result_goes_unseen(times, finished, tmp_path):
    """Conformance: what ``intact`` calls intact opens and holds every value, coordinate and attribute."""
    whole, draw, file = finished[1].read_bytes(), random.Random(times), tmp_path / "r.nc"
    seen = 0
    for _ in range(times):
        content, at = bytearray(whole), draw.randrange(len(whole))
        content[at] ^= 1 << draw.randrange(8)
        file.write_bytes(content)
        if schema.intact(file):
            assert same(si.load(file), RIGHT)
        else:
            seen += 1
            with pytest.raises(ValueError, match=r"^need an undamaged result with its checksum, got .*$"):
                si.load(file)
    assert seen > times / 8  # most of so small a file is padding of HDF5's


@pytest.mark.slow
def test_no_flipped_bit_of_a_block_goes_unseen(files):
    """Conformance: each single bit of a block with values and messages."""
    *_, blocks = files
    grid, path = SMALL.grid(), blocks[2]
    good, whole, index = block_files.read(path.parent, 2, grid), path.read_bytes(), 2
    assert good.messages and path.stem == "00000002"
    for at, bit in itertools.product(range(len(whole)), range(8)):
        content = bytearray(whole)
        content[at] ^= 1 << bit
        path.write_bytes(content)
        block = block_files.read(path.parent, index, grid)
        if block is not None:
            assert block.messages == good.messages and block.seconds == good.seconds
            assert all(np.array_equal(block.values[n], v, equal_nan=True) for n, v in good.values.items())
        elif at % 100 == 0:
            shutil.rmtree(path.parent / block_files.ASIDE)


def test_a_cut_result_and_a_stranger_s_file_are_refused_in_one_line(finished, tmp_path):
    whole = finished[1].read_bytes()
    for content in (b"", b"\x89HDF\r\n\x1a\n" + bytes(500), whole[:-100], whole[: len(whole) // 2], b"not"):
        (tmp_path / "r.nc").write_bytes(content)
        with pytest.raises(ValueError, match=r"^need an undamaged result with its checksum, got .*$"):
            si.load(tmp_path / "r.nc")
        assert not schema.intact(tmp_path / "r.nc")
    with pytest.raises(FileNotFoundError):
        si.load(tmp_path / "none.nc")


class Counted:
    """An executor of remote jobs that cannot call back, which counts how many it has at once."""

    def __init__(self):
        self.waiting, self.most = [], 0

    def submit(self, function, *args):
        task = Job(self, function, args)
        self.waiting.append(task)
        self.most = max(self.most, len(self.waiting))
        return task


class Job:
    def __init__(self, executor, function, args):
        self.executor, self.work = executor, (function, args)

    def done(self):
        return self is self.executor.waiting[0]

    def result(self):
        self.executor.waiting.remove(self)
        function, args = self.work
        return function(*args)

    def cancel(self):
        pass


@pytest.mark.parametrize(("in_flight", "most"), [(None, 3), (2, 2), (1000, 12)])
def test_a_remote_executor_has_a_bounded_number_of_jobs(in_flight, most, monkeypatch):
    """Conformance: as many as there are cores, or as many as one says."""
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    executor = Counted()
    options = {"elr": np.arange(1, 13) / 10, "seeds": 1, "steps": 100}
    found = si.sweep(si.Fourier((1.0,)), si.SphereGD, executor=executor, in_flight=in_flight, **options)
    assert found.sizes["elr"] == 12 and executor.most == most
    with pytest.raises(ValueError, match=r"^need in_flight >= 1, got in_flight=0$"):
        si.sweep(si.Fourier((1.0,)), si.SphereGD, executor=executor, in_flight=0, **options)


class Broken:
    """A pool whose workers cannot import what they are sent."""

    def submit(self, *_):
        raise BrokenExecutor("A process in the process pool was terminated abruptly")


def test_a_pool_that_breaks_says_what_workers_need():
    """Conformance: what Python says of it names no cause."""
    with pytest.raises(BrokenExecutor) as broken:
        run.collect(SMALL, executor=Broken())
    assert broken.value.__notes__ == [run.IMPORTABLE]
