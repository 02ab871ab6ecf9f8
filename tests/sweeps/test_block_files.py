"""The rules of a grid's blocks and of their files, each by hand."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sitheory.sweeps import assemble, block_files, grid, run
from sitheory.sweeps.block_files import Block

KIND = "conformance"

CELLS = grid.Grid({"elr": [0.1, 0.2, 0.3]}, {"loss": ("step",)}, {}, {"step": [0, 5]}, block=2)


def block(shape=(2, 2), codes=2):
    return Block({"loss": np.ones(shape)}, np.zeros(codes, int), {}, 0.5)


def test_a_block_comes_back_with_its_own_shapes_alone(tmp_path, caplog):
    """Conformance: values or codes of other shapes are no block, though their file is whole; the log says why."""
    block_files.write(tmp_path, 0, block(), CELLS)
    found = block_files.read(tmp_path, 0, CELLS)
    assert found is not None and found.values["loss"].shape == (2, 2) and found.seconds == 0.5
    for wrong in (block((2, 3)), block((2,)), block((3, 2)), block(codes=3)):
        block_files.write(tmp_path, 0, wrong, CELLS)
        with caplog.at_level(logging.WARNING):
            assert block_files.read(tmp_path, 0, CELLS) is None
        assert "it has other shapes than its cells" in caplog.records[-1].getMessage()
    (tmp_path / "00000000.npz").mkdir()
    assert block_files.read(tmp_path, 0, CELLS) is None
    assert "it is no block" in caplog.records[-1].getMessage()


def test_a_grid_has_no_block_behind_its_last(tmp_path):
    """Closed form: two blocks, 0 and 1; a file of the number 2 is none and is set aside."""
    assert CELLS.blocks == 2
    for index in range(3):
        block_files.block_path(tmp_path, index).write_bytes(b"")
    assert block_files.finished(tmp_path, CELLS) == {0, 1}
    block_files.set_strangers_aside(tmp_path, CELLS)
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == ["00000000.npz", "00000001.npz"]


def test_a_folder_says_once_what_it_belongs_to(tmp_path):
    """Conformance: the note is written, and the first one stands."""
    for about in ({"name": "first"}, {"name": "second"}):
        block_files.open_folder(tmp_path / "deep" / "down", about)
    assert (tmp_path / "deep" / "down" / block_files.ABOUT).read_text() == '{"name": "first"}'


@pytest.mark.parametrize(
    ("shape", "most", "slab"),
    [
        ((4, 3), 1, (1, 1)),
        ((4, 3), 2, (1, 2)),
        ((4, 3), 3, (1, 3)),
        ((4, 3), 7, (2, 3)),
        ((4, 3), 99, (4, 3)),
        ((2, 4, 3), 12, (1, 4, 3)),
        ((2, 4, 3), 2, (1, 1, 2)),
        ((4, 3), 0, (1, 1)),
    ],
)
def test_a_rectangle_takes_whole_rows_as_far_as_they_go(shape, most, slab):
    """Closed form: and one element at least."""
    assert grid.rectangle(shape, most) == slab


def test_coordinates_are_values_or_a_pair_with_their_dimensions():
    """Conformance: a pair of numbers is two values, and a name beside an array is no value."""
    for coords, size in (((0.1, 0.2), 2), ([1, 2, 3], 3), (("step", [1, 2, 3]), 3), ((("step",), [7]), 1)):
        cells = grid.Grid({"elr": [0.1]}, {"loss": ("step",)}, {}, {"step": coords})
        assert cells.inner("loss") == (size,)


def test_a_pool_has_more_in_flight_than_an_executor_that_starts_jobs():
    """Conformance: no executor and a pool alike; one per core for any other; what is given goes before."""
    with ThreadPoolExecutor(1) as pool:
        for executor in (None, pool):
            assert run._Machinery.of(executor, None).in_flight == run.IN_FLIGHT
    assert run._Machinery.of(object(), None).in_flight == (os.cpu_count() or 1)
    assert run._Machinery.of(object(), 5).in_flight == 5
    with pytest.raises(ValueError, match="need in_flight >= 1"):
        run._Machinery.of(None, 0)


def test_a_result_took_as_long_as_its_blocks():
    """Closed form: 0.5 and 0.25 seconds; and each block's values stand where its cells are."""
    filling = assemble.Filling(CELLS, lambda name, shape, dtype: np.zeros(shape, dtype))
    filling.add(0, block())
    filling.add(1, Block({"loss": np.full((1, 2), 3.0)}, np.zeros(1, int), {}, 0.25))
    assert filling.seconds == 0.75
    assert filling.arrays["loss"].tolist() == [[1, 1], [1, 1], [3, 3]]
