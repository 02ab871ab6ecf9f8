"""Data files as people have them: pandas' tables are read as they are meant, and damaged files say so in one line."""

import os
import random

import numpy as np
import pytest

from sitheory.edge import long_run
from sitheory.losses.regression import BatchNormRegression
from sitheory.rules import DecayGD
from sitheory.trajectory import array_archives

KIND = "conformance"

DRAW = np.random.default_rng(0)
TABLE = DRAW.standard_normal((8, 21))
ROWS = [",".join(f"{v:.17g}" for v in row) for row in TABLE]
COUNTED = ",".join(map(str, range(21)))
NAMED = ",".join(f"f{i}" for i in range(21))

PANDAS = {
    "to_csv(index=False), no names": [COUNTED, *ROWS],
    "to_csv(), no names": [f",{COUNTED}", *(f"{i},{row}" for i, row in enumerate(ROWS))],
    "to_csv(), names": [f",{NAMED}", *(f"{i},{row}" for i, row in enumerate(ROWS))],
    "to_csv(), dates": [f",{NAMED}", *(f"2026-01-0{i + 1},{row}" for i, row in enumerate(ROWS))],
    "read back and written": [f"Unnamed: 0,{NAMED}", *(f"{i},{row}" for i, row in enumerate(ROWS))],
    "numbers with a point for names": [",".join(f"{i}.0" for i in range(21)), *ROWS],
    "quoted names": [",".join(f'"{i}"' for i in range(21)), *ROWS],
    "no header": ROWS,
    "tabs": [f"\t{COUNTED}".replace(",", "\t"), *(f"{i},{r}".replace(",", "\t") for i, r in enumerate(ROWS))],
    "semicolons, decimal commas": [
        COUNTED.replace(",", ";"),
        *(r.replace(",", ";").replace(".", ",") for r in ROWS),
    ],
}


@pytest.mark.parametrize("what", PANDAS)
def test_tables_are_read_as_pandas_means_them(what, tmp_path):
    """Closed form: the table that was written, without its index and its header."""
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(PANDAS[what]) + "\n")
    found = BatchNormRegression.from_file(file)
    np.testing.assert_array_equal(found.x, TABLE[:, :-1])
    np.testing.assert_array_equal(found.y, TABLE[:, -1])


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("header", [[f"id,{NAMED}"], []])
def test_an_index_with_a_name_or_without_a_header_is_no_column_of_data(start, header, tmp_path):
    """Conformance: it is refused and not dropped, for only the user knows; one number changed, it is data."""
    file = tmp_path / "mine.csv"
    counted = [f"{i + start},{row}" for i, row in enumerate(ROWS)]
    file.write_text("\n".join([*header, *counted]) + "\n")
    with pytest.raises(
        ValueError, match=r"^need columns of data in .*, got a first one that counts the rows"
    ):
        BatchNormRegression.from_file(file)
    file.write_text("\n".join([*header, *counted[:-1], f"99,{ROWS[-1]}"]) + "\n")
    assert BatchNormRegression.from_file(file).x.shape == (8, 21)


def npz(path, **arrays):
    held = {"x": TABLE[:, :-1], "y": TABLE[:, -1], **arrays}
    np.savez_compressed(path, **held)


def bomb(path):
    npz(path, x_test=np.zeros(1 << 18), y_test=np.zeros(1))


STRANGERS = {
    ("data.parquet", r"ends in \.npz or \.csv, got .*parquet', which pandas turns into one"): lambda p: (
        p.touch()
    ),
    ("data.csv", r"it is a Parquet file$"): lambda p: p.write_bytes(b"PAR1\x15\x04\xff\xfe"),
    ("data.csv", r"it is a spreadsheet or an archive$"): lambda p: p.write_bytes(b"PK\3\4\xff\xfe"),
    ("data.csv", "which is no file$"): lambda p: p.mkdir(),
    ("data.npz", "which is no file$"): lambda p: os.mkfifo(p),
    ("data.csv", "symbolic links"): lambda p: p.symlink_to(p),
    ("none.csv", "'[^']*none.csv': No such file or directory$"): lambda p: None,
    ("data.npz", r"it is a single array \(\.npy\)"): lambda p: np.save(p.open("wb"), TABLE),
    ("data.npz", "it is empty$"): lambda p: p.touch(),
    ("data.npz", "it is no archive of arrays"): lambda p: p.write_bytes(b"something"),
    ("data.npz", "x holds Python objects"): lambda p: npz(p, x=np.array([None, {}])),
    ("data.npz", "need real numbers in y, got complex128"): lambda p: npz(p, y=TABLE[:, -1] * 1j),
    ("data.npz", "it opens to [0-9,]+ bytes, [0-9]+ times its size"): bomb,
}


@pytest.mark.parametrize(("name", "law"), STRANGERS)
def test_what_is_no_table_is_refused_by_what_it_is(name, law, tmp_path, monkeypatch):
    """Conformance: one line, law then value; nothing is run and no memory taken."""
    monkeypatch.setattr(array_archives, "FREE_BYTES", 1 << 20)
    STRANGERS[name, law](tmp_path / name)
    with pytest.raises(ValueError, match=law) as refusal:
        BatchNormRegression.from_file(tmp_path / name)
    assert str(refusal.value).startswith("need ") and "\n" not in str(refusal.value)


def mutated(whole, times):
    """Copies with flipped bits, other bytes, parts cut out, doubled or filled with zeros."""
    draw = random.Random(times)
    for _ in range(times):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 1, 2, 8))):
            at, kind = draw.randrange(len(content)), draw.randrange(5)
            if kind == 0:
                content[at] ^= 1 << draw.randrange(8)
            elif kind == 1:
                content[at] = draw.randrange(256)
            elif kind == 2:
                del content[at : at + draw.choice((1, 20, 10_000))]
            elif kind == 3:
                content[at:at] = content[at : at + draw.choice((1, 30))]
            else:
                content[at : at + 8] = bytes(8)
            if not content:
                break
        yield bytes(content)


def refused_or_read(read, path, whole, times):
    """How many mutated files a reader refuses; it raises nothing but ValueError and OSError, in one line."""
    refused = 0
    for content in mutated(whole, times):
        path.write_bytes(content)
        try:
            read(path)
        except (ValueError, OSError) as refusal:
            refused += 1
            assert "\n" not in str(refusal)
    return refused


TIMES = [100, pytest.param(10_000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_mutated_archives_are_refused(save, times, tmp_path):
    file = tmp_path / "data.npz"
    save(file, x=TABLE[:4, :6], y=TABLE[:4, 6])
    assert refused_or_read(array_archives.read_arrays, file, file.read_bytes(), times) > times / 2


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_mutated_tables_are_refused_or_read(times, tmp_path):
    """Conformance: another digit is another table; numbers at the ends of the range may overflow."""
    file = tmp_path / "data.csv"
    whole = "\n".join(row[:60].rpartition(",")[0] for row in ROWS[:3]).encode()
    assert refused_or_read(BatchNormRegression.from_file, file, whole, times) > times / 10


@pytest.mark.parametrize(
    "times", [30, pytest.param(1000, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.nightly)]
)
def test_mutated_checkpoints_are_refused(times, tmp_path):
    file = tmp_path / "run.npz"
    loss, rule = BatchNormRegression(TABLE[:4, :6], TABLE[:4, 6]), DecayGD(1e-3, 1e-3)
    first = long_run.run(loss, rule, 50, checkpoint=file)

    def resumed(path):
        again = long_run.run(loss, rule, 50, checkpoint=path)
        assert all(np.array_equal(again.seen[name], values) for name, values in first.seen.items())

    assert refused_or_read(resumed, file, file.read_bytes(), times) > times / 2
