"""Original files that are damaged or hostile are refused in one line, and a damaged converted file is made again."""

import gzip
import io
import pickle
import tarfile

import numpy as np
import pytest

from sitheory.bridge import data
from sitheory.bridge.data import files
from tests.bridge.test_data import add, cifar_archive, pixels, write_idx
from tests.losses.test_damaged_files import TIMES, mutated, refused_or_read

KIND = "conformance"

CIFAR = "cifar-100-python.tar.gz"


@pytest.fixture
def cifar(tmp_path):
    cifar_archive(tmp_path / CIFAR, {n: (pixels(2, 32), [1, 2]) for n in ("train", "test")}, b"fine_labels")
    return tmp_path


def fresh(folder):
    (folder / "cifar100.npz").unlink(missing_ok=True)
    return data.cifar100(folder)


@pytest.mark.parametrize(
    "times",
    [100, pytest.param(3000, marks=pytest.mark.slow), pytest.param(10_000, marks=pytest.mark.nightly)],
)
def test_mutated_image_archives_are_refused(times, cifar):
    whole = (cifar / CIFAR).read_bytes()
    assert refused_or_read(lambda _: fresh(cifar), cifar / CIFAR, whole, times) > times / 2


@pytest.mark.parametrize("times", TIMES)
def test_mutated_pickles_and_idx_files_are_refused(times):
    """Conformance: without the archive around them, whose checksum would tell."""
    batch = pickle.dumps({b"data": pixels(1, 4).reshape(1, -1), b"labels": [3]}, protocol=2)
    idx = b"\0\0\x08\x02" + bytes([0, 0, 0, 2, 0, 0, 0, 3]) + bytes(6)
    for read, whole in (
        (files.unpickled, batch),
        (files.idx_array, idx),
        (files.unzipped, gzip.compress(batch)),
    ):
        refused = 0
        for content in mutated(whole, times):
            try:
                read(content)
            except ValueError as refusal:
                refused += 1
                assert "\n" not in str(refusal) and str(refusal).startswith("need ")
        assert refused > times / 10


def test_a_pickle_that_reserves_more_places_than_it_has_bytes_is_refused():
    bomb = b"\x80\x02]r" + (2**32 - 1).to_bytes(4, "little") + b"."
    with pytest.raises(ValueError, match="need a pickle of arrays, got one that reserves place 4294967295"):
        files.unpickled(bomb)


def link_to_itself(archive):
    member = tarfile.TarInfo("train")
    member.type, member.linkname = tarfile.SYMTYPE, "train"
    archive.addfile(member)


def huge(archive):
    member = tarfile.TarInfo("train")
    member.size = files.MOST_BYTES + 1
    archive.fileobj.write(member.tobuf())


HOSTILE = {
    "a link to itself": (link_to_itself, "need train in .*, got none of its parts"),
    "a part of a terabyte": (huge, r"need parts of at most [0-9,]+ bytes, got train of [0-9,]+"),
    "code": (lambda a: add(a, "train", b"cos\nsystem\n(S'touch ran'\ntR."), r"got one that calls os\.system"),
    "no dictionary": (
        lambda a: [add(a, n, pickle.dumps(3)) for n in ("train", "test")],
        "need readable original",
    ),
    "no arrays": (
        lambda a: [add(a, n, pickle.dumps({})) for n in ("train", "test")],
        "need readable original",
    ),
    "a deep nest": (
        lambda a: add(a, "train", b"(" * 100_000 + b"l" * 100_000 + b"."),
        "need test in .*, got train$",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_archives_are_refused(what, tmp_path):
    fill, law = HOSTILE[what]
    with tarfile.open(tmp_path / CIFAR, "w:gz") as archive:
        fill(archive)
    with pytest.raises(ValueError, match=law) as refusal:
        data.cifar100(tmp_path)
    assert "\n" not in str(refusal.value) and not (tmp_path / "cifar100.npz").exists()


def test_a_gzip_bomb_is_not_opened(monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    assert len(files.unzipped(gzip.compress(bytes(1000)))) == 1000
    with pytest.raises(ValueError, match="need a gzip file of at most 1,000 bytes"):
        files.unzipped(gzip.compress(bytes(1001)))


@pytest.mark.parametrize("content", [b"", b"PK", None])
def test_a_damaged_converted_file_is_made_again(content, cifar, caplog):
    """Twin: the data as converted the first time; with a part missing too."""
    first, kept = data.cifar100(cifar), cifar / "cifar100.npz"
    if content is None:
        buffer = io.BytesIO()
        np.savez(buffer, x=first.x)
        content = buffer.getvalue()
    kept.write_bytes(content)
    again = data.cifar100(cifar)
    assert np.array_equal(again.x, first.x) and np.array_equal(again.y_test, first.y_test)
    assert "made again from its archive" in caplog.text and len(caplog.records) == 1
    (cifar / CIFAR).unlink()
    assert np.array_equal(data.cifar100(cifar).x, first.x)
    kept.write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"^need .*put it there from"):
        data.cifar100(cifar)


def test_idx_files_that_are_cut_are_refused(tmp_path):
    write_idx(tmp_path)
    images = tmp_path / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:40])
    with pytest.raises(ValueError, match=r"^need a readable gzip file"):
        data.mnist(tmp_path)
