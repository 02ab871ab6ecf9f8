"""The papers' data, and real data that comes in packages: one function each, arrays in a ``Data``.

A file that is missing is named, with the way to get it. What is read from an archive is converted once to an ``.npz``
beside it, written whole or not at all.
"""

from sitheory.bridge.data.dataset import Data
from sitheory.bridge.data.images import cifar10, cifar100, digits, fashion_mnist, mnist
from sitheory.bridge.data.text import ag_news, news, topics

__all__ = ["Data", "ag_news", "cifar10", "cifar100", "digits", "fashion_mnist", "mnist", "news", "topics"]
